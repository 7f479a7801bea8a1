/* Names of files: taking them away and changing them.
 *
 * Decides that a name is changed by way of the open file, and that a file has no second one. Neighbours: open.c, path.c;
 * initfs/runtime/src/file/names.rs is the same in Rust.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "call.h"
#include "path.h"

/* What UNLINKAT removes. */
#define A_FILE 0
#define A_DIRECTORY 0x200

/* An open file that is only named: neither read nor written. */
#define NAMED_ONLY 0

static int take_away(const char *path, long kind)
{
    char plain[PATH_SIZE];
    long length = __plain_path(path, plain);
    if (length < 0)
        return -1;
    return (int)CALL_4(CALL_UNLINKAT, NAMESPACE, plain, length, kind);
}

int unlink(const char *path)
{
    return take_away(path, A_FILE);
}

int rmdir(const char *path)
{
    return take_away(path, A_DIRECTORY);
}

/* As the standard has it, of a directory too; servers answer EPERM where unlink meets one. */
int remove(const char *path)
{
    int removed = unlink(path);
    return removed < 0 && errno == EPERM ? rmdir(path) : removed;
}

int rename(const char *from, const char *to)
{
    char plain[PATH_SIZE];
    long length = __plain_path(from, plain);
    if (length < 0)
        return -1;
    int file = (int)CALL_5(CALL_OPENAT, NAMESPACE, plain, length, NAMED_ONLY, LOWEST_FREE);
    if (file < 0)
        return -1;
    length = __plain_path(to, plain);
    int result = length < 0 ? -1 : (int)CALL_3(CALL_FRENAME, file, plain, length);
    int error = errno;
    close(file);
    errno = error;
    return result;
}

/* A file has one name here. */
int link(const char *path, const char *name)
{
    (void)path;
    (void)name;
    errno = ENOSYS;
    return -1;
}

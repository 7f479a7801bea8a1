/* Files by their paths.
 *
 * Decides that a path goes to the kernel in its plain form, and that a mode is dropped: servers choose it. Neighbours:
 * path.c, descriptor.c, directory.c; initfs/runtime/src/file.rs is the same in Rust.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "path.h"

int open(const char *path, int flags, ...)
{
    char plain[PATH_SIZE];
    long length = __plain_path(path, plain);
    if (length < 0)
        return -1;
    return (int)CALL_5(CALL_OPENAT, NAMESPACE, plain, length, flags, LOWEST_FREE);
}

int creat(const char *path, mode_t mode)
{
    (void)mode;
    return open(path, O_CREAT | O_WRONLY | O_TRUNC);
}

int mkdir(const char *path, mode_t mode)
{
    (void)mode;
    int made = open(path, O_CREAT | O_EXCL | O_DIRECTORY | O_RDONLY);
    return made < 0 ? -1 : close(made);
}

int fstat(int descriptor, struct stat *status)
{
    return CALL_3(CALL_FSTAT, descriptor, status, sizeof *status) < 0 ? -1 : 0;
}

int stat(const char *path, struct stat *status)
{
    int file = open(path, O_RDONLY);
    if (file < 0)
        return -1;
    int result = fstat(file, status);
    int error = errno;
    close(file);
    errno = error;
    return result;
}

int lstat(const char *path, struct stat *status)
{
    return stat(path, status);
}

/* Whether the mode's bits for the owner allow it: there are no other checks before a file is used. */
int access(const char *path, int mode)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return -1;
    if ((status.st_mode >> 6 & mode) == mode || (geteuid() == 0 && mode != X_OK))
        return 0;
    errno = EACCES;
    return -1;
}

/* What newlib calls and this system has not: removing, renaming and linking files.
 *
 * Decides that each fails with ENOSYS and does nothing. Neighbours: open.c has what there is.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int unlink(const char *path)
{
    (void)path;
    errno = ENOSYS;
    return -1;
}

int rmdir(const char *path)
{
    return unlink(path);
}

int link(const char *path, const char *name)
{
    (void)name;
    return unlink(path);
}

int rename(const char *path, const char *name)
{
    return link(path, name);
}

int remove(const char *path)
{
    return unlink(path);
}

/* The calls as newlib makes them: each with the thread's struct _reent first.
 *
 * Decides that they are the plain calls, because errno already lies in that structure. Neighbours: thread.c gives each
 * thread its structure; newlib's reent.h declares these names.
 */
#include <fcntl.h>
#include <reent.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "thread.h"

struct _reent *__getreent(void)
{
    return current_thread()->reent;
}

int _close_r(struct _reent *own, int descriptor)
{
    (void)own;
    return close(descriptor);
}

int _fcntl_r(struct _reent *own, int descriptor, int command, int argument)
{
    (void)own;
    return fcntl(descriptor, command, argument);
}

int _fstat_r(struct _reent *own, int descriptor, struct stat *status)
{
    (void)own;
    return fstat(descriptor, status);
}

int _stat_r(struct _reent *own, const char *path, struct stat *status)
{
    (void)own;
    return stat(path, status);
}

int _isatty_r(struct _reent *own, int descriptor)
{
    (void)own;
    return isatty(descriptor);
}

_off_t _lseek_r(struct _reent *own, int descriptor, _off_t offset, int whence)
{
    (void)own;
    return lseek(descriptor, offset, whence);
}

int _open_r(struct _reent *own, const char *path, int flags, int mode)
{
    (void)own;
    return open(path, flags, mode);
}

_ssize_t _read_r(struct _reent *own, int descriptor, void *buffer, size_t size)
{
    (void)own;
    return read(descriptor, buffer, size);
}

_ssize_t _write_r(struct _reent *own, int descriptor, const void *buffer, size_t size)
{
    (void)own;
    return write(descriptor, buffer, size);
}

void *_sbrk_r(struct _reent *own, ptrdiff_t step)
{
    (void)own;
    return sbrk(step);
}

int _unlink_r(struct _reent *own, const char *path)
{
    (void)own;
    return unlink(path);
}

int _link_r(struct _reent *own, const char *path, const char *name)
{
    (void)own;
    return link(path, name);
}

int _gettimeofday_r(struct _reent *own, struct timeval *time, void *zone)
{
    (void)own;
    return gettimeofday(time, zone);
}

clock_t _times_r(struct _reent *own, struct tms *times)
{
    (void)own;
    clock_t now = clock();
    *times = (struct tms){ .tms_utime = now };
    return now;
}

/* Reading and writing descriptors, and the descriptors themselves.
 *
 * Decides nothing but the order of arguments. Neighbours: open.c makes descriptors, newlib's stdio stands on read and write,
 * initfs/runtime/src/file is the same in Rust.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "call.h"

ssize_t read(int descriptor, void *buffer, size_t size)
{
    return CALL_3(CALL_READ, descriptor, buffer, size);
}

ssize_t write(int descriptor, const void *buffer, size_t size)
{
    return CALL_3(CALL_WRITE, descriptor, buffer, size);
}

ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset)
{
    return CALL_4(CALL_PREAD, descriptor, buffer, size, offset);
}

ssize_t pwrite(int descriptor, const void *buffer, size_t size, off_t offset)
{
    return CALL_4(CALL_PWRITE, descriptor, buffer, size, offset);
}

off_t lseek(int descriptor, off_t offset, int whence)
{
    return CALL_3(CALL_LSEEK, descriptor, offset, whence);
}

int close(int descriptor)
{
    return (int)CALL_1(CALL_CLOSE, descriptor);
}

int dup(int descriptor)
{
    return (int)CALL_4(CALL_DUP_INTO, descriptor, LOWEST_FREE, NULL, 0);
}

int dup2(int descriptor, int target)
{
    if (target < 0) {
        errno = EBADF;
        return -1;
    }
    if (descriptor == target)
        return fcntl(descriptor, F_GETFD) < 0 ? -1 : target;
    return (int)CALL_4(CALL_DUP_INTO, descriptor, target, NULL, 0);
}

int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return (int)CALL_3(CALL_FCNTL, descriptor, command, (int)argument);
}

/* A pipe's ends both read and write, as FreeBSD's do; the first one is what a program reads from by custom. */
int pipe(int ends[2])
{
    static const char name[] = "pipe:", other[] = "peer";
    long one = CALL_5(CALL_OPENAT, NAMESPACE, name, sizeof name - 1, O_RDWR, LOWEST_FREE);
    if (one < 0)
        return -1;
    long two = CALL_4(CALL_DUP_INTO, one, LOWEST_FREE, other, sizeof other - 1);
    if (two < 0) {
        raw_call(CALL_CLOSE, one, 0, 0, 0, 0, 0);
        return -1;
    }
    ends[0] = (int)one;
    ends[1] = (int)two;
    return 0;
}

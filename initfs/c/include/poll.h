/* Waiting for one of several files (POSIX poll).
 *
 * Decides the bits: FreeBSD's. Neighbours: src/poll.c, sys/select.h (newlib's), which is served by the same.
 */
#ifndef _POLL_H_
#define _POLL_H_

#include <sys/cdefs.h>

#define POLLIN 0x0001
#define POLLPRI 0x0002
#define POLLOUT 0x0004
#define POLLERR 0x0008
#define POLLHUP 0x0010
#define POLLNVAL 0x0020
#define POLLRDNORM 0x0040
#define POLLWRNORM POLLOUT

typedef unsigned int nfds_t;

struct pollfd {
    int fd;
    short events;
    short revents;
};

__BEGIN_DECLS
/** Waits until one of the files is ready, for so many milliseconds, for ever if that is negative; how many are. */
int poll(struct pollfd *files, nfds_t count, int timeout);
__END_DECLS

#endif

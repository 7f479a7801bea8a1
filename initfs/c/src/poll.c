/* Waiting for one of several files: poll and select.
 *
 * Decides that waiting and looking are apart: one event queue ends the wait, then each file is asked by a queue of its own,
 * because two descriptors of one open file are one source of a queue. What cannot be watched is always ready, as files are
 * in POSIX. Neighbours: poll.h, sys/select.h; kernel/core/src/file/event.rs.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "call.h"

#define READABLE 1UL
#define WRITABLE 2UL
#define READ_EVENTS (POLLIN | POLLRDNORM)
#define NANOSECONDS 1000000000L

/* Redox's Event. */
struct event {
    unsigned long descriptor;
    unsigned long flags;
    unsigned long data;
};

static unsigned long wanted(const struct pollfd *file)
{
    return (file->events & READ_EVENTS ? READABLE : 0) | (file->events & POLLOUT ? WRITABLE : 0);
}

/* Has `queue` tell of a file; 0, or an error. */
static int watch(int queue, int descriptor, unsigned long flags)
{
    struct event event = { (unsigned long)descriptor, flags, 0 };
    return write(queue, &event, sizeof event) < 0 ? errno : 0;
}

/* What a file is ready for now. */
static short ready_for(const struct pollfd *file)
{
    if (fcntl(file->fd, F_GETFD) < 0)
        return POLLNVAL;
    int queue = open("event:", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (queue < 0)
        return POLLERR;
    struct event event = { 0, 0, 0 };
    if (watch(queue, file->fd, wanted(file)) != 0)
        event.flags = READABLE | WRITABLE;
    else if (wanted(file) != 0 && read(queue, &event, sizeof event) < 0)
        event.flags = 0;
    close(queue);
    short ready = event.flags & READABLE ? file->events & READ_EVENTS : 0;
    return ready | (event.flags & WRITABLE ? file->events & POLLOUT : 0);
}

static int look(struct pollfd *files, nfds_t count)
{
    int ready = 0;
    for (nfds_t index = 0; index < count; index++) {
        files[index].revents = files[index].fd < 0 ? 0 : ready_for(&files[index]);
        ready += files[index].revents != 0;
    }
    return ready;
}

/* A file that is ready at the deadline. */
static int start_timer(const struct timespec *deadline)
{
    int timer = open("time:4", O_RDWR | O_CLOEXEC);
    if (timer >= 0 && write(timer, deadline, sizeof *deadline) < 0) {
        close(timer);
        return -1;
    }
    return timer;
}

static int has_passed(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->tv_sec || (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

/* Watches everything with one queue and looks again whenever it tells something. */
static int wait_for_any(int queue, struct pollfd *files, nfds_t count, const struct timespec *deadline)
{
    for (nfds_t index = 0; index < count; index++) {
        unsigned long flags = 0;
        /* Two descriptors may be one source: each is watched for all that is wanted of any. */
        for (nfds_t other = 0; other < count; other++)
            flags |= files[other].fd < 0 ? 0 : wanted(&files[other]);
        if (files[index].fd >= 0 && flags != 0)
            watch(queue, files[index].fd, flags);
    }
    for (;;) {
        int ready = look(files, count);
        if (ready != 0 || (deadline != NULL && has_passed(deadline)))
            return ready;
        struct event event;
        if (read(queue, &event, sizeof event) < 0)
            return -1;
    }
}

/* Waits until `deadline`, for ever without one. */
static int poll_until(struct pollfd *files, nfds_t count, const struct timespec *deadline)
{
    int ready = look(files, count);
    if (ready != 0 || (deadline != NULL && has_passed(deadline)))
        return ready;
    int queue = open("event:", O_RDWR | O_CLOEXEC);
    if (queue < 0)
        return -1;
    int timer = -1;
    if (deadline == NULL || ((timer = start_timer(deadline)) >= 0 && watch(queue, timer, READABLE) == 0))
        ready = wait_for_any(queue, files, count, deadline);
    else
        ready = -1;
    int error = errno;
    if (timer >= 0)
        close(timer);
    close(queue);
    errno = error;
    return ready;
}

/* The monotonic time so far from now. */
static struct timespec from_now(long seconds, long nanoseconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    nanoseconds += now.tv_nsec;
    return (struct timespec){ now.tv_sec + seconds + nanoseconds / NANOSECONDS, nanoseconds % NANOSECONDS };
}

int poll(struct pollfd *files, nfds_t count, int timeout)
{
    if (timeout < 0)
        return poll_until(files, count, NULL);
    struct timespec deadline = from_now(timeout / 1000, timeout % 1000 * 1000000L);
    return poll_until(files, count, &deadline);
}

static int is_in(const fd_set *set, int descriptor)
{
    return set != NULL && FD_ISSET(descriptor, set);
}

static int keep_ready(fd_set *set, const struct pollfd *file, int bits)
{
    if (!is_in(set, file->fd))
        return 0;
    if (file->revents & bits)
        return 1;
    FD_CLR(file->fd, set);
    return 0;
}

int select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional, struct timeval *timeout)
{
    struct pollfd files[FD_SETSIZE];
    nfds_t used = 0;
    if (count < 0 || count > FD_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    for (int descriptor = 0; descriptor < count; descriptor++) {
        short events = is_in(readable, descriptor) ? POLLIN : 0;
        events |= is_in(writable, descriptor) ? POLLOUT : 0;
        if (events != 0)
            files[used++] = (struct pollfd){ descriptor, events, 0 };
    }
    struct timespec deadline;
    if (timeout != NULL)
        deadline = from_now(timeout->tv_sec, timeout->tv_usec * 1000L);
    if (poll_until(files, used, timeout == NULL ? NULL : &deadline) < 0)
        return -1;
    int ready = 0;
    if (exceptional != NULL)
        FD_ZERO(exceptional);
    for (nfds_t index = 0; index < used; index++) {
        if (files[index].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        ready += keep_ready(readable, &files[index], POLLIN) + keep_ready(writable, &files[index], POLLOUT);
    }
    return ready;
}

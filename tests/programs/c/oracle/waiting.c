/* Waiting for each other and for files: locks, barriers, semaphores, poll, select, commands with a stream.
 *
 * Prints nothing that depends on who was faster. Neighbours: initfs/c/src/{rwlock,semaphore,poll,popen}.c; the host prints the
 * same (tests/qemu/tests/c.rs).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 100

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t items, room;
static long one, two, torn, serials, consumed;
static int buffer[3];

static void *read_and_write(void *argument)
{
    long number = (long)argument;
    for (int round = 0; round < ROUNDS; round++) {
        if ((round + number) % 4 == 0) {
            pthread_rwlock_wrlock(&lock);
            one++;
            two++;
            pthread_rwlock_unlock(&lock);
        } else {
            pthread_rwlock_rdlock(&lock);
            if (one != two)
                __atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
            pthread_rwlock_unlock(&lock);
        }
    }
    return NULL;
}

static void *meet(void *argument)
{
    (void)argument;
    for (int round = 0; round < ROUNDS; round++) {
        int result = pthread_barrier_wait(&barrier);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serials, 1, __ATOMIC_RELAXED);
        else if (result != 0)
            __atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void *consume(void *argument)
{
    (void)argument;
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&items);
        consumed += buffer[round % 3];
        sem_post(&room);
    }
    return NULL;
}

static void run(void *(*body)(void *), int count)
{
    pthread_t threads[THREADS];
    for (long number = 0; number < count; number++)
        pthread_create(&threads[number], NULL, body, (void *)number);
    for (int number = 0; number < count; number++)
        pthread_join(threads[number], NULL);
}

static void lock_for_many(void)
{
    run(read_and_write, THREADS);
    printf("rwlock: %ld %ld, torn %ld\n", one, two, torn);
    int first = pthread_rwlock_rdlock(&lock), second = pthread_rwlock_tryrdlock(&lock);
    printf("two readers: %d %d, a writer: %d\n", first, second, pthread_rwlock_trywrlock(&lock));
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_unlock(&lock);
    first = pthread_rwlock_trywrlock(&lock);
    printf("a writer: %d, a reader: %d\n", first, pthread_rwlock_tryrdlock(&lock));
    printf("again: %d\n", pthread_rwlock_wrlock(&lock));
    first = pthread_rwlock_unlock(&lock);
    printf("unlock: %d, destroy: %d\n", first, pthread_rwlock_destroy(&lock));
}

static void meet_at_barriers(void)
{
    pthread_barrier_init(&barrier, NULL, THREADS);
    run(meet, THREADS);
    printf("barrier: %ld serial of %d, wrong %ld, destroy %d\n", serials, ROUNDS, torn, pthread_barrier_destroy(&barrier));
    printf("none: %d\n", pthread_barrier_init(&barrier, NULL, 0));
}

static void count_with_semaphores(void)
{
    pthread_t thread;
    int value;
    sem_init(&items, 0, 0);
    sem_init(&room, 0, 3);
    pthread_create(&thread, NULL, consume, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&room);
        buffer[round % 3] = round;
        sem_post(&items);
    }
    pthread_join(thread, NULL);
    sem_getvalue(&room, &value);
    printf("semaphores: %ld, %d left\n", consumed, value);
    int none = sem_trywait(&items);
    printf("try: %d %d\n", none, errno);
    struct timespec past = { 1, 0 };
    none = sem_timedwait(&items, &past);
    printf("timed: %d %d\n", none, errno);
    none = sem_init(&items, 0, 0x80000000U);
    printf("too much: %d %d\n", none, errno);
}

static void *write_later(void *argument)
{
    sem_wait(&items);
    write(*(int *)argument, "late", 4);
    return NULL;
}

static void poll_pipes(void)
{
    int first[2], second[2];
    char text[16];
    pthread_t thread;
    pipe(first);
    pipe(second);
    struct pollfd files[3] = { { first[0], POLLIN, 0 }, { second[0], POLLIN, 0 }, { first[1], POLLOUT, 0 } };
    printf("nothing: %d\n", poll(files, 2, 0));
    printf("in time: %d\n", poll(files, 2, 20));
    int ready = poll(files, 3, -1);
    printf("room: %d, %d %d %d\n", ready, files[0].revents, files[1].revents, files[2].revents);
    write(second[1], "abc", 3);
    ready = poll(files, 2, -1);
    printf("bytes: %d, %d %d, read %zd\n", ready, files[0].revents, files[1].revents, read(second[0], text, 16));
    sem_init(&items, 0, 0);
    pthread_create(&thread, NULL, write_later, &first[1]);
    sem_post(&items);
    ready = poll(files, 2, -1);
    printf("later: %d, %d %d, read %zd\n", ready, files[0].revents, files[1].revents, read(first[0], text, 16));
    pthread_join(thread, NULL);
    struct pollfd wrong[2] = { { 77, POLLIN, 0 }, { -1, POLLIN, 0 } };
    ready = poll(wrong, 2, -1);
    printf("no file: %d, %d %d\n", ready, wrong[0].revents, wrong[1].revents);

    fd_set readable, writable;
    struct timeval moment = { 0, 1000 };
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(first[0], &readable);
    FD_SET(first[1], &writable);
    ready = select(first[1] + 1, &readable, &writable, NULL, NULL);
    printf("select: %d, %d %d\n", ready, FD_ISSET(first[0], &readable) != 0, FD_ISSET(first[1], &writable) != 0);
    FD_ZERO(&readable);
    FD_SET(first[0], &readable);
    ready = select(first[0] + 1, &readable, NULL, NULL, &moment);
    printf("select in time: %d, %d\n", ready, FD_ISSET(first[0], &readable) != 0);
    write(first[1], "x", 1);
    FD_SET(first[0], &readable);
    ready = select(first[0] + 1, &readable, NULL, NULL, NULL);
    printf("select bytes: %d, %d\n", ready, FD_ISSET(first[0], &readable) != 0);
}

static void run_commands(void)
{
    char line[64];
    FILE *reads = popen("echo one; echo two; exit 3", "r");
    while (fgets(line, sizeof line, reads) != NULL)
        printf("from a command: %s", line);
    int status = pclose(reads);
    printf("exited %d: %d\n", WIFEXITED(status), WEXITSTATUS(status));
    fflush(stdout);
    FILE *writes = popen("cat", "w");
    fprintf(writes, "to a command\n");
    printf("exited: %d\n", WEXITSTATUS(pclose(writes)));
    reads = popen("exit 0", "x");
    printf("mode: %d %d\n", reads == NULL, errno);
}

int main(void)
{
    lock_for_many();
    meet_at_barriers();
    count_with_semaphores();
    poll_pipes();
    run_commands();
    return 0;
}

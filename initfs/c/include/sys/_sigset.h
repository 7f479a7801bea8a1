/* The set of signals.
 *
 * Decides FreeBSD's layout, 128 bits in four words, signal n being bit n - 1. Neighbours: sys/signal.h gives it its public
 * name; schemes/proc-abi/src/signal.rs is the server's view of it.
 */
#ifndef _SYS__SIGSET_H_
#define _SYS__SIGSET_H_

typedef struct __sigset {
    unsigned int __bits[4];
} __sigset_t;

#endif

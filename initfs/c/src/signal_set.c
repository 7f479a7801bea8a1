/* Sets of signals.
 *
 * Decides that signal n is bit n - 1 of four words, and EINVAL for numbers outside 1 to 128. Neighbours: sys/_sigset.h.
 */
#include <signal.h>
#include <string.h>

#include "call.h"

#define SIGNAL_MAX 128
#define WORD_BITS 32

static unsigned int *word_of(const sigset_t *set, int signal)
{
    if (signal < 1 || signal > SIGNAL_MAX) {
        errno = EINVAL;
        return NULL;
    }
    return (unsigned int *)&set->__bits[(signal - 1) / WORD_BITS];
}

static unsigned int bit_of(int signal)
{
    return 1U << (signal - 1) % WORD_BITS;
}

int sigemptyset(sigset_t *set)
{
    memset(set, 0, sizeof *set);
    return 0;
}

int sigfillset(sigset_t *set)
{
    memset(set, 0xff, sizeof *set);
    return 0;
}

int sigaddset(sigset_t *set, int signal)
{
    unsigned int *word = word_of(set, signal);
    if (word == NULL)
        return -1;
    *word |= bit_of(signal);
    return 0;
}

int sigdelset(sigset_t *set, int signal)
{
    unsigned int *word = word_of(set, signal);
    if (word == NULL)
        return -1;
    *word &= ~bit_of(signal);
    return 0;
}

int sigismember(const sigset_t *set, int signal)
{
    unsigned int *word = word_of(set, signal);
    if (word == NULL)
        return -1;
    return (*word & bit_of(signal)) != 0;
}

/* Terminals, as far as ordinary programs ask about them.
 *
 * Decides that a terminal is what answers FreeBSD's ioctl numbers (SYS_CALL with the number in word 0). Neighbours:
 * initfs/runtime/src/terminal.rs, schemes/tty.
 */
#include <unistd.h>

#include "call.h"

#define TIOCGETA 0x402c7413UL
#define TIOCGPGRP 0x40047477UL
#define TIOCSPGRP 0x80047476UL

/* Bytes of FreeBSD's struct termios. */
#define SETTINGS_SIZE 44

static long request(int descriptor, unsigned long number, void *argument, size_t size)
{
    unsigned long words[3] = { number, 0, 0 };
    return CALL_5(CALL_CALL, descriptor, argument, size, 3, words);
}

int isatty(int descriptor)
{
    char settings[SETTINGS_SIZE];
    if (request(descriptor, TIOCGETA, settings, sizeof settings) >= 0)
        return 1;
    if (errno != EBADF)
        errno = ENOTTY;
    return 0;
}

pid_t tcgetpgrp(int descriptor)
{
    pid_t group;
    return request(descriptor, TIOCGPGRP, &group, sizeof group) < 0 ? -1 : group;
}

int tcsetpgrp(int descriptor, pid_t group)
{
    return request(descriptor, TIOCSPGRP, &group, sizeof group) < 0 ? -1 : 0;
}

/* Terminals, as far as ordinary programs ask about them.
 *
 * Decides that a terminal is what answers FreeBSD's ioctl numbers (SYS_CALL with the number in word 0). Neighbours:
 * initfs/runtime/src/terminal.rs, schemes/tty.
 */
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "call.h"

#define TIOCGETA 0x402c7413UL
#define TIOCSETA 0x802c7414UL
#define TIOCSETAF 0x802c7416UL
#define TIOCGPGRP 0x40047477UL
#define TIOCSPGRP 0x80047476UL

_Static_assert(sizeof(struct termios) == 44, "FreeBSD's struct termios");

/* Bytes of memory that a request is about, as its number says. */
#define SIZE_OF(number) ((number) >> 16 & 0x1fff)

static long request(int descriptor, unsigned long number, void *argument, size_t size)
{
    unsigned long words[3] = { number, 0, 0 };
    return CALL_5(CALL_CALL, descriptor, argument, size, 3, words);
}

int ioctl(int descriptor, unsigned long number, ...)
{
    va_list rest;
    va_start(rest, number);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return request(descriptor, number, argument, SIZE_OF(number)) < 0 ? -1 : 0;
}

int tcgetattr(int descriptor, struct termios *settings)
{
    return request(descriptor, TIOCGETA, settings, sizeof *settings) < 0 ? -1 : 0;
}

/* Output is not waited for: the server has it in order with the change. */
int tcsetattr(int descriptor, int when, const struct termios *settings)
{
    if (when != TCSANOW && when != TCSADRAIN && when != TCSAFLUSH) {
        errno = EINVAL;
        return -1;
    }
    struct termios copy = *settings;
    return request(descriptor, when == TCSAFLUSH ? TIOCSETAF : TIOCSETA, &copy, sizeof copy) < 0 ? -1 : 0;
}

void cfmakeraw(struct termios *settings)
{
    settings->c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    settings->c_oflag &= ~OPOST;
    settings->c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    settings->c_cflag = (settings->c_cflag & ~(CSIZE | PARENB)) | CS8;
    settings->c_cc[VMIN] = 1;
    settings->c_cc[VTIME] = 0;
}

speed_t cfgetispeed(const struct termios *settings)
{
    return settings->c_ispeed;
}

speed_t cfgetospeed(const struct termios *settings)
{
    return settings->c_ospeed;
}

int cfsetispeed(struct termios *settings, speed_t speed)
{
    settings->c_ispeed = speed;
    return 0;
}

int cfsetospeed(struct termios *settings, speed_t speed)
{
    settings->c_ospeed = speed;
    return 0;
}

int isatty(int descriptor)
{
    struct termios settings;
    if (tcgetattr(descriptor, &settings) == 0)
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

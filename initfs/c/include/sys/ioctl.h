/* Requests to files that are more than bytes: the size of a terminal's window.
 *
 * Decides that a request's number says how much memory it is about, as FreeBSD's do. Neighbours: src/terminal.c, termios.h.
 */
#ifndef _SYS_IOCTL_H_
#define _SYS_IOCTL_H_

#include <sys/cdefs.h>

struct winsize {
    unsigned short ws_row;
    unsigned short ws_col;
    unsigned short ws_xpixel;
    unsigned short ws_ypixel;
};

#define TIOCGWINSZ 0x40087468UL
#define TIOCSWINSZ 0x80087467UL

__BEGIN_DECLS
int ioctl(int descriptor, unsigned long request, ...);
__END_DECLS

#endif

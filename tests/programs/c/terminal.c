/* A debug target: what a program in C asks of the terminal it runs on.
 *
 * Decides by what it prints whether settings are read, changed and put back. Neighbours: initfs/c/src/terminal.c, schemes/tty;
 * tests/qemu/tests/c.rs runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
    struct termios before, raw, now;
    struct winsize size = { 30, 100, 0, 0 }, told;
    printf("terminal: %d\n", tcgetattr(STDIN_FILENO, &before));
    int lines = (before.c_lflag & ICANON) != 0, signals = (before.c_lflag & ISIG) != 0;
    printf("lines: %d, signals: %d, interrupt: %d, speed: %u\n", lines, signals, before.c_cc[VINTR], cfgetospeed(&before));
    raw = before;
    cfmakeraw(&raw);
    int set = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    tcgetattr(STDIN_FILENO, &now);
    lines = (now.c_lflag & (ICANON | ISIG | ECHO)) != 0;
    int back = tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    tcgetattr(STDIN_FILENO, &now);
    printf("raw: %d, cooked: %d, back: %d, same: %d\n", set, lines, back, memcmp(&now, &before, sizeof now) == 0);
    set = ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
    back = ioctl(STDIN_FILENO, TIOCGWINSZ, &told);
    printf("window: %d %d, %d by %d\n", set, back, told.ws_row, told.ws_col);
    back = tcsetattr(STDIN_FILENO, 9, &before);
    printf("no such time: %d, %s\n", back, strerror(errno));
    int ends[2];
    pipe(ends);
    back = tcgetattr(ends[0], &now);
    printf("a pipe: %d, terminal: %d\n", back, isatty(ends[0]));
    return 0;
}

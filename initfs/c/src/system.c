/* Running a command by the shell.
 *
 * Decides that the shell is /bin/sh, and that SIGINT and SIGQUIT are the command's while it runs (POSIX system). Neighbours:
 * fork.c, execute.c, wait.c.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

/* What a shell that cannot be started exits with. */
#define NOT_STARTED 127

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

int system(const char *command)
{
    if (command == NULL)
        return access("/bin/sh", X_OK) == 0;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t pid = fork();
    if (pid == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(NOT_STARTED);
    }
    int status = pid < 0 ? -1 : wait_for(pid);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return status;
}

/* A command with a stream to it or from it.
 *
 * Decides that the child's pid is kept beside the descriptor of its stream, and that a child has no other such stream (POSIX
 * popen). Neighbours: system.c, fork.c, execute.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

/* What a shell that cannot be started exits with. */
#define NOT_STARTED 127

/* A stream that is open to a command. */
struct command {
    FILE *stream;
    pid_t pid;
    struct command *next;
};

static struct command *commands;

static _Noreturn void become(const char *line, int mine, int place)
{
    /* Pipes of other commands are closed by exec; this one may be in its place already. */
    if (mine == place)
        fcntl(mine, F_SETFD, 0);
    else
        dup2(mine, place);
    execl("/bin/sh", "sh", "-c", line, NULL);
    _exit(NOT_STARTED);
}

FILE *popen(const char *line, const char *mode)
{
    if ((mode[0] != 'r' && mode[0] != 'w') || (mode[1] != 0 && mode[1] != 'e')) {
        errno = EINVAL;
        return NULL;
    }
    int reads = mode[0] == 'r', ends[2];
    struct command *command = malloc(sizeof *command);
    if (command == NULL || pipe(ends) < 0) {
        free(command);
        return NULL;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    command->pid = fork();
    if (command->pid == 0)
        become(line, ends[reads], reads ? STDOUT_FILENO : STDIN_FILENO);
    close(ends[reads]);
    command->stream = command->pid < 0 ? NULL : fdopen(ends[!reads], reads ? "r" : "w");
    if (command->stream == NULL) {
        close(ends[!reads]);
        free(command);
        return NULL;
    }
    command->next = commands;
    commands = command;
    return command->stream;
}

int pclose(FILE *stream)
{
    struct command **place = &commands;
    while (*place != NULL && (*place)->stream != stream)
        place = &(*place)->next;
    struct command *command = *place;
    if (command == NULL) {
        errno = ECHILD;
        return -1;
    }
    *place = command->next;
    pid_t pid = command->pid;
    free(command);
    fclose(stream);
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

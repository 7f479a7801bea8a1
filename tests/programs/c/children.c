/* A debug target: fork, vfork, exec, wait, pipes.
 *
 * Without arguments it makes children of each kind and prints how each ended; `children echo WORD` is what it executes.
 * Neighbours: initfs/c/src/{fork,execute,wait}.c; tests/qemu/tests/c.rs runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, int status)
{
    if (WIFEXITED(status))
        printf("%s: exited %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: status %#x\n", what, status);
    fflush(stdout);
}

static void wait_and_tell(const char *what, pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) == pid)
        tell(what, status);
    else
        printf("%s: %s\n", what, strerror(errno));
}

static void fork_a_child(void)
{
    int value = 1;
    pid_t pid = fork();
    if (pid == 0) {
        value += 10;
        _exit(value);
    }
    wait_and_tell("fork", pid);
    printf("own value: %d\n", value);
}

static void execute(const char *self)
{
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        execl(self, self, "echo", "by exec", NULL);
        _exit(99);
    }
    wait_and_tell("vfork and exec", pid);
}

static void execute_by_name(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        char *arguments[] = { "echo", "by name", NULL };
        execvp("echo", arguments);
        _exit(98);
    }
    wait_and_tell("execvp", pid);
    pid = vfork();
    if (pid == 0) {
        execlp("no-such-program", "no-such-program", NULL);
        _exit(errno == ENOENT ? 44 : 45);
    }
    wait_and_tell("no such program", pid);
}

static void kill_a_child(void)
{
    int ends[2];
    char byte;
    pipe(ends);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        for (;;)
            pause();
    }
    close(ends[1]);
    kill(pid, SIGKILL);
    wait_and_tell("killed", pid);
    printf("the pipe ends: %zd\n", read(ends[0], &byte, 1));
    close(ends[0]);
}

static void read_from_a_child(void)
{
    int ends[2];
    char buffer[64];
    pipe(ends);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        printf("%d bytes of %s", 17, "a child");
        exit(3);
    }
    close(ends[1]);
    FILE *stream = fdopen(ends[0], "r");
    printf("read: %s\n", fgets(buffer, sizeof buffer, stream));
    fclose(stream);
    wait_and_tell("writer", pid);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "echo") == 0) {
        puts(arguments[2]);
        return 6;
    }
    fork_a_child();
    execute(arguments[0]);
    execute_by_name();
    kill_a_child();
    read_from_a_child();
    printf("system: %d\n", WEXITSTATUS(system("exit 5")));
    printf("no children: %s\n", wait(NULL) < 0 && errno == ECHILD ? "ECHILD" : "?");
    return 0;
}

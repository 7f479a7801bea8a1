/* Waiting for children and tracees.
 *
 * Decides nothing: statuses and options are FreeBSD's, and so the server's. Neighbours: sys/wait.h,
 * schemes/ptrace/src/wait.rs.
 */
#include <string.h>
#include <sys/wait.h>

#include "call.h"

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    return (pid_t)CALL_4(CALL_WAIT4, pid, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
    return wait4(WAIT_ANY, status, 0, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t *information, int options)
{
    int status;
    siginfo_t found = { 0 };
    long pid = CALL_6(CALL_WAIT6, type, id, &status, options, NULL, &found);
    if (pid < 0)
        return -1;
    if (information != NULL)
        *information = found;
    return 0;
}

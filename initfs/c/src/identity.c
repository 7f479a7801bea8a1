/* Who a process is, and what it may use.
 *
 * Decides nothing: the process server answers. Neighbours: schemes/ptrace/src/calls/{identity,credentials,groups}.rs.
 */
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "call.h"

pid_t getpid(void)
{
    return (pid_t)CALL_0(CALL_GETPID);
}

pid_t getppid(void)
{
    return (pid_t)CALL_0(CALL_GETPPID);
}

uid_t getuid(void)
{
    return (uid_t)CALL_0(CALL_GETUID);
}

uid_t geteuid(void)
{
    return (uid_t)CALL_0(CALL_GETEUID);
}

gid_t getgid(void)
{
    return (gid_t)CALL_0(CALL_GETGID);
}

gid_t getegid(void)
{
    return (gid_t)CALL_0(CALL_GETEGID);
}

int setuid(uid_t user)
{
    return (int)CALL_1(CALL_SETUID, user);
}

int setgid(gid_t group)
{
    return (int)CALL_1(CALL_SETGID, group);
}

pid_t getpgrp(void)
{
    return (pid_t)CALL_0(CALL_GETPGRP);
}

pid_t getpgid(pid_t pid)
{
    return (pid_t)CALL_1(CALL_GETPGID, pid);
}

int setpgid(pid_t pid, pid_t group)
{
    return (int)CALL_2(CALL_SETPGID, pid, group);
}

pid_t getsid(pid_t pid)
{
    return (pid_t)CALL_1(CALL_GETSID, pid);
}

pid_t setsid(void)
{
    return (pid_t)CALL_0(CALL_SETSID);
}

int getrlimit(int resource, struct rlimit *limit)
{
    return (int)CALL_2(CALL_GETRLIMIT, resource, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
    return (int)CALL_2(CALL_SETRLIMIT, resource, limit);
}

int sched_yield(void)
{
    return (int)CALL_0(CALL_SCHED_YIELD);
}

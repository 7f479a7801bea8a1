/* Waiting for children and tracees.
 *
 * Decides FreeBSD's statuses and options (sys/wait.h there). Neighbours: schemes/proc-abi/src/wait.rs is the server's view,
 * src/wait.c makes the calls.
 */
#ifndef _SYS_WAIT_H
#define _SYS_WAIT_H

#include <sys/cdefs.h>
#include <sys/resource.h>
#include <sys/signal.h>
#include <sys/types.h>

#define WNOHANG 1
#define WUNTRACED 2
#define WSTOPPED WUNTRACED
#define WCONTINUED 4
#define WNOWAIT 8
#define WEXITED 16
#define WTRAPPED 32

#define WAIT_ANY (-1)
#define WAIT_MYPGRP 0

#define _WSTATUS(word) ((word) & 0177)
#define WIFSTOPPED(word) (_WSTATUS(word) == 0177)
#define WSTOPSIG(word) ((int)((unsigned int)(word) >> 8 & 0377))
#define WIFSIGNALED(word) (_WSTATUS(word) != 0177 && _WSTATUS(word) != 0 && (word) != SIGCONT)
#define WTERMSIG(word) (_WSTATUS(word))
#define WIFEXITED(word) (_WSTATUS(word) == 0)
#define WEXITSTATUS(word) ((int)((unsigned int)(word) >> 8 & 0377))
#define WIFCONTINUED(word) ((word) == SIGCONT)
#define WCOREDUMP(word) (((word) & 0200) != 0)

typedef enum { P_PID = 0, P_PGID = 2, P_ALL = 7 } idtype_t;

__BEGIN_DECLS
/** Waits for the end of any child. */
pid_t wait(int *status);
/** Waits for a child: a process, a group (negative), the own group (0), any (-1). */
pid_t waitpid(pid_t pid, int *status, int options);
/** The same, with what it used. */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
/** Waits for the states that the options name. */
int waitid(idtype_t type, id_t id, siginfo_t *information, int options);
__END_DECLS

#endif

/* ptrace(2).
 *
 * Decides that errno is 0 after a request that succeeded, as FreeBSD's library has it: the word that PT_READ_D returns may
 * be -1. Neighbours: sys/ptrace.h; schemes/ptrace/src/request.rs answers.
 */
#include <sys/ptrace.h>

#include "call.h"

int ptrace(int request, pid_t pid, caddr_t address, int data)
{
    errno = 0;
    return (int)CALL_4(CALL_PTRACE, request, pid, address, data);
}

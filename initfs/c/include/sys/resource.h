/* What processes use, and may use.
 *
 * Decides FreeBSD's layouts (sys/resource.h there). Neighbours: schemes/proc-abi/src/resource.rs, src/identity.c.
 */
#ifndef _SYS_RESOURCE_H_
#define _SYS_RESOURCE_H_

#include <sys/cdefs.h>
#include <sys/time.h>
#include <sys/types.h>

struct rusage {
    struct timeval ru_utime;
    struct timeval ru_stime;
    long ru_maxrss;
    long ru_ixrss;
    long ru_idrss;
    long ru_isrss;
    long ru_minflt;
    long ru_majflt;
    long ru_nswap;
    long ru_inblock;
    long ru_oublock;
    long ru_msgsnd;
    long ru_msgrcv;
    long ru_nsignals;
    long ru_nvcsw;
    long ru_nivcsw;
};

typedef __int64_t rlim_t;

struct rlimit {
    rlim_t rlim_cur;
    rlim_t rlim_max;
};

#define RLIM_INFINITY ((rlim_t)(((__uint64_t)1 << 63) - 1))

#define RLIMIT_CPU 0
#define RLIMIT_FSIZE 1
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_NOFILE 8

__BEGIN_DECLS
/** A limit of the calling process. */
int getrlimit(int resource, struct rlimit *limit);
/** Changes one. */
int setrlimit(int resource, const struct rlimit *limit);
__END_DECLS

#endif

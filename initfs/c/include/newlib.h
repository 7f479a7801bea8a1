/* How newlib is configured for Proctor.
 *
 * Decides what newlib's configure would have written here, and the switches that its sys/config.h has for each system:
 * one struct _reent for each thread (found by __getreent), standard streams shared by all threads, locks of ours.
 * Neighbours: sys/features.h reads what is defined here first, src/lock.c has the locks, src/thread.c has __getreent.
 */
#ifndef __NEWLIB_H__
#define __NEWLIB_H__ 1

#include <_newlib_version.h>

#define _ELIX_LEVEL 4
#define _WANT_IO_C99_FORMATS 1
#define _WANT_IO_LONG_LONG 1
#define _WANT_IO_LONG_DOUBLE 1
#define _WANT_IO_POS_ARGS 1
#define _WANT_REENT_GLOBAL_STDIO_STREAMS 1
#define _WANT_USE_LONG_TIME_T 1
#define _MB_LEN_MAX 1
#define _ATEXIT_DYNAMIC_ALLOC 1
#define _HAVE_LONG_DOUBLE 1
#define _HAVE_CC_INHIBIT_LOOP_TO_LIBCALL 1
#define _FVWRITE_IN_STREAMIO 1
#define _FSEEK_OPTIMIZATION 1
#define _UNBUF_STREAM_OPT 1
#define _REENT_GLOBAL_ATEXIT 1
#define _RETARGETABLE_LOCKING 1
#define _REENT_CHECK_VERIFY 1
#define HAVE_INITFINI_ARRAY 1
#define HAVE_FCNTL 1
#define HAVE_BLKSIZE 1
#define _STDIO_BSD_SEMANTICS 1
#define REENTRANT_SYSCALLS_PROVIDED 1

#define __DYNAMIC_REENT__ 1
#define _READ_WRITE_RETURN_TYPE _ssize_t
#define _READ_WRITE_BUFSIZE_TYPE __SIZE_TYPE__

/* newlib's own streams would turn off cancellation, which there is none of. */
#ifndef _COMPILING_NEWLIB
#define _POSIX_THREADS 200809L
#endif
#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_REALTIME_SIGNALS 200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS 200809L

#endif

/* Opening files, and what can be changed about a descriptor.
 *
 * Decides the flags, which are Redox's with O_CLOEXEC kept by the kernel (docs/abi.md). A file's mode is its server's
 * business: open takes one and ignores it. Neighbours: src/open.c, src/descriptor.c; unistd.h has the rest.
 */
#ifndef _SYS_FCNTL_H_
#define _SYS_FCNTL_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#define O_RDONLY 0x00010000
#define O_WRONLY 0x00020000
#define O_RDWR 0x00030000
#define O_ACCMODE 0x00030000
#define O_NONBLOCK 0x00040000
#define O_APPEND 0x00080000
#define O_CLOEXEC 0x01000000
#define O_CREAT 0x02000000
#define O_TRUNC 0x04000000
#define O_EXCL 0x08000000
#define O_DIRECTORY 0x10000000
#define O_NOCTTY 0

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4

#define FD_CLOEXEC 1

__BEGIN_DECLS
/** Opens a file; the lowest free descriptor, or -1. */
int open(const char *path, int flags, ...);
/** open with O_CREAT, O_WRONLY and O_TRUNC. */
int creat(const char *path, mode_t mode);
/** Asks about or changes a descriptor: one of the F_ commands. */
int fcntl(int descriptor, int command, ...);
__END_DECLS

#endif

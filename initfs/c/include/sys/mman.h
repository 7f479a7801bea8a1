/* Memory: mapping, protecting, unmapping.
 *
 * Decides the flags as the kernel takes them, which are Redox's; MAP_ANONYMOUS is this library's own. Neighbours:
 * src/memory.c; docs/programs.md says what lies where.
 */
#ifndef _SYS_MMAN_H_
#define _SYS_MMAN_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#define PROT_NONE 0
#define PROT_EXEC 0x00010000
#define PROT_WRITE 0x00020000
#define PROT_READ 0x00040000

#define MAP_SHARED 0x0001
#define MAP_PRIVATE 0x0002
#define MAP_FIXED 0x0004
#define MAP_EXCL 0x0008
#define MAP_ANONYMOUS 0x1000
#define MAP_ANON MAP_ANONYMOUS
#define MAP_FAILED ((void *)-1)

__BEGIN_DECLS
/** Maps a file, or with MAP_ANONYMOUS zeroed memory. */
void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset);
/** Unmaps whole pages. */
int munmap(void *address, size_t length);
/** Changes what may be done with whole pages. */
int mprotect(void *address, size_t length, int protection);
__END_DECLS

#endif

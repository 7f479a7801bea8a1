/* Memory: mmap and its like, and the heap that newlib's malloc grows.
 *
 * Decides where the heap lies: a gap of the address space below what mmap places, taken piece by piece as it grows and never
 * given back. Neighbours: docs/programs.md (addresses), newlib's mallocr.c (the only caller of sbrk).
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"

/* Redox's struct Map. */
struct map {
    size_t offset;
    size_t size;
    size_t flags;
    size_t address;
};

#define ANONYMOUS ((long)-1)

#define HEAP_START 0x100000000000UL
#define HEAP_END 0x180000000000UL
/* The heap's steps; pages of it cost nothing before they are used. */
#define HEAP_STEP 0x100000UL

static char *heap_used = (char *)HEAP_START;
static char *heap_end = (char *)HEAP_START;

static long map(long descriptor, struct map wanted)
{
    return CALL_3(CALL_MMAP, descriptor, &wanted, sizeof wanted);
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    struct map wanted = {
        .offset = (size_t)offset,
        .size = (length + 4095) & ~4095UL,
        .flags = (size_t)(protection | (flags & ~MAP_ANONYMOUS)),
        .address = (size_t)address,
    };
    return (void *)map(flags & MAP_ANONYMOUS ? ANONYMOUS : descriptor, wanted);
}

int munmap(void *address, size_t length)
{
    return (int)CALL_2(CALL_MUNMAP, address, (length + 4095) & ~4095UL);
}

int mprotect(void *address, size_t length, int protection)
{
    return (int)CALL_3(CALL_MPROTECT, address, (length + 4095) & ~4095UL, protection);
}

/* malloc holds its lock around every call. */
void *sbrk(ptrdiff_t step)
{
    char *before = heap_used;
    if (step < 0 ? (uintptr_t)before - HEAP_START < -(uintptr_t)step : HEAP_END - (uintptr_t)before < (uintptr_t)step) {
        errno = ENOMEM;
        return (void *)-1;
    }
    if (before + step > heap_end) {
        size_t missing = (size_t)(before + step - heap_end);
        struct map wanted = {
            .size = (missing + HEAP_STEP - 1) & ~(HEAP_STEP - 1),
            .flags = PROT_READ | PROT_WRITE | MAP_PRIVATE | MAP_FIXED | MAP_EXCL,
            .address = (size_t)heap_end,
        };
        if (map(ANONYMOUS, wanted) < 0)
            return (void *)-1;
        heap_end += wanted.size;
    }
    heap_used = before + step;
    return before;
}

int getpagesize(void)
{
    return 4096;
}

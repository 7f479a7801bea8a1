/* Thread-local storage of a static program.
 *
 * Decides where a thread's variables lie: below its descriptor, as far as their alignment wants. The program's segment
 * PT_TLS has their first values. Neighbours: start.c gives the auxiliary vector, thread.c the memory.
 */
#include <stdint.h>
#include <string.h>

#include "thread.h"

/* Types of auxiliary entries, as FreeBSD numbers them. */
#define AT_PHDR 3
#define AT_PHNUM 5

#define PT_TLS 7

/* A descriptor begins at a multiple of this at least. */
#define ALIGNMENT 64

/* ELF64's program header. */
struct header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t physical;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};

static struct {
    const void *values;
    size_t file_size;
    /* How far below the descriptor they begin: the linker rounds their size up to their alignment. */
    size_t distance;
    size_t alignment;
} image = { .alignment = ALIGNMENT };

static size_t round_up(size_t value, size_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

void __tls_find(const unsigned long *auxiliary)
{
    const struct header *headers = NULL;
    size_t count = 0;
    for (; auxiliary[0] != 0; auxiliary += 2) {
        if (auxiliary[0] == AT_PHDR)
            headers = (const struct header *)auxiliary[1];
        if (auxiliary[0] == AT_PHNUM)
            count = auxiliary[1];
    }
    for (size_t index = 0; headers != NULL && index < count; index++) {
        if (headers[index].type != PT_TLS)
            continue;
        image.values = (const void *)headers[index].address;
        image.file_size = headers[index].file_size;
        image.distance = round_up(headers[index].memory_size, headers[index].alignment);
        if (headers[index].alignment > image.alignment)
            image.alignment = headers[index].alignment;
    }
}

size_t __tls_size(void)
{
    return image.distance + sizeof(struct __pthread) + image.alignment;
}

struct __pthread *__tls_place(char *start, size_t size)
{
    uintptr_t end = (uintptr_t)start + size - sizeof(struct __pthread);
    struct __pthread *thread = (struct __pthread *)(end & ~(image.alignment - 1));
    /* The memory is fresh, so the rest of both is zero. */
    memcpy((char *)thread - image.distance, image.values, image.file_size);
    thread->self = thread;
    return thread;
}

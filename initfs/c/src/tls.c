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

/* Everything begins at a multiple of this at least: what SSE and the ABI's stacks want. */
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
    size_t memory_size;
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
        image.memory_size = headers[index].memory_size;
        if (headers[index].alignment > image.alignment)
            image.alignment = headers[index].alignment;
    }
}

size_t __tls_size(void)
{
    return round_up(image.memory_size, image.alignment) + sizeof(struct __pthread) + image.alignment;
}

struct __pthread *__tls_place(char *start, size_t size)
{
    uintptr_t end = (uintptr_t)start + size - sizeof(struct __pthread);
    struct __pthread *thread = (struct __pthread *)(end & ~(image.alignment - 1));
    char *variables = (char *)thread - round_up(image.memory_size, image.alignment);
    memcpy(variables, image.values, image.file_size);
    memset(variables + image.file_size, 0, image.memory_size - image.file_size);
    memset(thread, 0, sizeof *thread);
    thread->self = thread;
    return thread;
}

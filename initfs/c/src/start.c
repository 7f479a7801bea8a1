/* Where a C program begins.
 *
 * Decides what happens before main and after it: the System V block on the stack, thread-local storage, constructors, exit.
 * Neighbours: docs/programs.md ("What a program finds"), tls.c, newlib's exit and atexit.
 */
#include <stdlib.h>
#include <unistd.h>

#include "call.h"
#include "thread.h"

extern int main(int count, char **arguments, char **environment);

typedef void (*initialiser)(int, char **, char **);

/* Given by the linker. */
extern initialiser __preinit_array_start[], __preinit_array_end[];
extern initialiser __init_array_start[], __init_array_end[];
extern void (*__fini_array_start[])(void), (*__fini_array_end[])(void);

char **environ;
const char *__progname = "program";

static void run_destructors(void)
{
    for (size_t index = __fini_array_end - __fini_array_start; index > 0; index--)
        __fini_array_start[index - 1]();
}

static void run_constructors(int count, char **arguments)
{
    for (initialiser *each = __preinit_array_start; each < __preinit_array_end; each++)
        (*each)(count, arguments, environ);
    for (initialiser *each = __init_array_start; each < __init_array_end; each++)
        (*each)(count, arguments, environ);
}

/* The last name of a path. */
static const char *last_name(const char *path)
{
    const char *name = path;
    for (; *path != 0; path++) {
        if (*path == '/')
            name = path + 1;
    }
    return name;
}

__attribute__((noreturn, used)) static void begin(const unsigned long *block)
{
    int count = (int)block[0];
    char **arguments = (char **)(block + 1);
    environ = arguments + count + 1;
    char **end = environ;
    while (*end != NULL)
        end++;
    __tls_find((const unsigned long *)(end + 1));
    __thread_begin();
    if (count > 0)
        __progname = last_name(arguments[0]);
    atexit(run_destructors);
    run_constructors(count, arguments);
    exit(main(count, arguments, environ));
}

void _exit(int status)
{
    for (;;)
        raw_call(CALL_EXIT, status & 0xff, 0, 0, 0, 0, 0);
}

/* The kernel enters with rsp at the block; rbp = 0 ends backtraces by frame pointers, the undefined rip those by CFI. */
__asm__(".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined rip\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call begin\n"
        "    ud2\n"
        "    .cfi_endproc\n"
        ".size _start, . - _start\n");

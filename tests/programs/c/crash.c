/* A debug target: ends that no program wants.
 *
 * `crash KIND` dies of what KIND names, three calls deep, after a line on an unflushed stream. Neighbours: docs/c.md;
 * tests/qemu/tests/c.rs runs each kind.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int zero;
static int *volatile nowhere;

static void die(const char *kind)
{
    if (strcmp(kind, "null") == 0)
        *nowhere = 1;
    else if (strcmp(kind, "divide") == 0)
        zero = 100 / zero;
    else if (strcmp(kind, "abort") == 0)
        abort();
    else if (strcmp(kind, "assert") == 0)
        assert(zero == 1);
    else if (strcmp(kind, "trap") == 0)
        __asm__ volatile("int3");
    else if (strcmp(kind, "raise") == 0)
        raise(SIGTERM);
}

static void middle(const char *kind)
{
    char local[32];
    strncpy(local, kind, sizeof local - 1);
    local[sizeof local - 1] = 0;
    die(local);
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    printf("about to end\n");
    middle(count > 1 ? arguments[1] : "null");
    printf("still here\n");
    return 0;
}

/* A debug target: recursion with locals and structures.
 *
 * `factorial [N]` prints N factorial (N is 5 unless given), a point that was moved, and a table summed through a pointer.
 * Neighbours: docs/c.md; tests/qemu/tests/c.rs runs it, a debugger steps through it.
 */
#include <stdio.h>
#include <stdlib.h>

struct point {
    int x;
    int y;
    const char *name;
};

static unsigned long factorial(unsigned int n)
{
    unsigned long rest;
    if (n <= 1)
        return 1;
    rest = factorial(n - 1);
    return n * rest;
}

static struct point move(struct point from, int by)
{
    struct point to = from;
    to.x += by;
    to.y -= by;
    return to;
}

static int sum(const int *table, int length)
{
    int total = 0;
    for (int index = 0; index < length; index++)
        total += table[index];
    return total;
}

int main(int count, char **arguments)
{
    unsigned int n = count > 1 ? (unsigned int)strtoul(arguments[1], NULL, 0) : 5;
    struct point start = { 3, 4, "start" };
    struct point end = move(start, 10);
    int table[4] = { 2, 3, 5, 7 };
    printf("factorial(%u) = %lu\n", n, factorial(n));
    printf("%s: %d, %d\n", end.name, end.x, end.y);
    printf("sum = %d\n", sum(table, 4));
    return 0;
}

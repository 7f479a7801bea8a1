/*
 * A debug target: structures in a list, a recursion, a loop worth a condition, a global worth watching.
 *
 * Decides nothing; `account [N]` adds up two entries and counts to N (10 unless given). Neighbours:
 * tests/qemu/tests/gdb/c.rs debugs it with GDB and knows its names, README.md shows a session.
 */
#include <stdio.h>
#include <stdlib.h>

struct entry {
    int number;
    double amount;
    const char *label;
    struct entry *next;
};

int counter;

static struct entry *add(struct entry *list, int number, double amount, const char *label)
{
    struct entry *entry = malloc(sizeof *entry);
    entry->number = number;
    entry->amount = amount;
    entry->label = label;
    entry->next = list;
    return entry;
}

static double total(const struct entry *list)
{
    if (list == NULL) {
        return 0;
    }
    return list->amount + total(list->next);
}

static int twice(int value)
{
    return 2 * value;
}

static void count(int limit)
{
    for (int i = 0; i < limit; i++) {
        counter += twice(i);
    }
}

int main(int argc, char **argv)
{
    struct entry *list = NULL;
    list = add(list, 1, 2.5, "first");
    list = add(list, 2, 4, "second");
    count(argc > 1 ? atoi(argv[1]) : 10);
    printf("total %.2f, counter %d\n", total(list), counter);
    return argc - 1;
}

/* A debug target: a linked list on the heap.
 *
 * `list WORD...` keeps its arguments in a list, reverses and sorts it, prints each and frees it. Neighbours: docs/c.md;
 * tests/qemu/tests/c.rs runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    size_t length;
    char *word;
};

static struct node *push(struct node *list, const char *word)
{
    struct node *node = malloc(sizeof *node);
    if (node == NULL)
        abort();
    node->next = list;
    node->length = strlen(word);
    node->word = strdup(word);
    return node;
}

static struct node *reverse(struct node *list)
{
    struct node *reversed = NULL;
    while (list != NULL) {
        struct node *next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

static struct node *insert(struct node *sorted, struct node *node)
{
    if (sorted == NULL || strcmp(node->word, sorted->word) < 0) {
        node->next = sorted;
        return node;
    }
    sorted->next = insert(sorted->next, node);
    return sorted;
}

static struct node *sort(struct node *list)
{
    struct node *sorted = NULL;
    while (list != NULL) {
        struct node *next = list->next;
        sorted = insert(sorted, list);
        list = next;
    }
    return sorted;
}

static void print(const char *title, const struct node *list)
{
    printf("%s:", title);
    for (; list != NULL; list = list->next)
        printf(" %s/%zu", list->word, list->length);
    printf("\n");
}

static void release(struct node *list)
{
    while (list != NULL) {
        struct node *next = list->next;
        free(list->word);
        free(list);
        list = next;
    }
}

int main(int count, char **arguments)
{
    struct node *list = NULL;
    for (int index = 1; index < count; index++)
        list = push(list, arguments[index]);
    print("pushed", list);
    list = reverse(list);
    print("reversed", list);
    list = sort(list);
    print("sorted", list);
    release(list);
    return count - 1;
}

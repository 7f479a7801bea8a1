/* Strings, characters, sorting, dates, jumps: the host's C library says what is right.
 *
 * Comparisons are printed by their sign, which is all that the standard says. Neighbours: tests/qemu/tests/c.rs.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void strings(void)
{
    char buffer[64] = "hello", *rest, words[] = "one,two;;three";
    printf("%zu %s %s\n", strlen(buffer), strcat(buffer, " world"), strchr(buffer, 'o'));
    printf("%s %s %zu %zu\n", strrchr(buffer, 'o'), strstr(buffer, "lo w"), strspn(buffer, "hel"), strcspn(buffer, " "));
    printf("%d %d %d\n", sign(strcmp("a", "b")), sign(strncmp("abc", "abd", 2)), sign(strcasecmp("ABC", "abd")));
    for (char *word = strtok_r(words, ",;", &rest); word != NULL; word = strtok_r(NULL, ",;", &rest))
        printf("<%s>", word);
    memmove(buffer + 2, buffer, 5);
    printf("\n%s %d %s\n", buffer, sign(memcmp("a\0b", "a\0c", 3)), (char *)memchr(buffer, 'w', 20));
    printf("%s|%s\n", strpbrk("find any", "ya"), strncpy(memset(buffer, 0, sizeof buffer), "abcdef", 3));
    char *copy = strndup("duplicate", 3);
    printf("%s %zu\n", copy, strnlen(copy, 2));
    free(copy);
    printf("%s / %s / %s\n", strerror(ENOENT), strerror(EACCES), strerror(EINVAL));
}

static void characters(void)
{
    for (int each = 0; each < 128; each++) {
        printf("%d%d%d%d%d%d", !!isalpha(each), !!isdigit(each), !!isspace(each), !!isupper(each), !!islower(each),
               !!isprint(each));
        printf("%d%d%d%d ", !!ispunct(each), !!iscntrl(each), !!isxdigit(each), !!isgraph(each));
        if (isalpha(each))
            printf("%c%c ", toupper(each), tolower(each));
    }
    printf("\n");
}

static int by_value(const void *one, const void *other)
{
    int left = *(const int *)one, right = *(const int *)other;
    return (left > right) - (left < right);
}

static void sorting(void)
{
    int numbers[100], key = 37 * 41 % 101;
    for (int index = 0; index < 100; index++)
        numbers[index] = (index + 1) * 41 % 101;
    qsort(numbers, 100, sizeof numbers[0], by_value);
    int *found = bsearch(&key, numbers, 100, sizeof numbers[0], by_value);
    for (int index = 0; index < 100; index += 9)
        printf("%d ", numbers[index]);
    printf("found %d\n", found != NULL && *found == key);
}

static void dates(void)
{
    static const time_t times[] = { 0, 951782400, 1700000000, 4102444799 };
    char text[128];
    for (size_t index = 0; index < sizeof times / sizeof times[0]; index++) {
        struct tm broken;
        gmtime_r(&times[index], &broken);
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %A %b %B %j %U %w %y %e %I %p", &broken);
        printf("%s %ld\n", text, (long)mktime(&broken));
    }
}

static jmp_buf place;

static void jump(int depth)
{
    if (depth == 0)
        longjmp(place, 5);
    jump(depth - 1);
}

static int sum(int count, ...)
{
    va_list rest;
    int total = 0;
    va_start(rest, count);
    while (count-- > 0)
        total += va_arg(rest, int);
    va_end(rest);
    return total;
}

static void last(void)
{
    printf("last\n");
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    strings();
    characters();
    sorting();
    dates();
    volatile int before = 1;
    int jumped = setjmp(place);
    if (jumped == 0) {
        before = 2;
        jump(3);
    }
    printf("jumped %d %d\n", jumped, before);
    printf("sum %d\n", sum(4, 1, 2, 3, 4));
    unsetenv("NOTHING");
    setenv("NAME", "value", 1);
    setenv("NAME", "other", 0);
    printf("%s %s %d\n", getenv("NAME"), getenv("NOTHING") == NULL ? "none" : "some", putenv("PUT=x"));
    char *arguments[] = { "program", "-a", "-b", "value", "rest", NULL };
    for (int option; (option = getopt(5, arguments, "ab:")) != -1;)
        printf("-%c %s\n", option, option == 'b' ? optarg : "");
    printf("rest %s\n", arguments[optind]);
    atexit(last);
    return 0;
}

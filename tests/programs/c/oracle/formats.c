/* printf in all its formats: the host's C library says what is right.
 *
 * Prints the same on every system with 64-bit longs and IEEE numbers. Neighbours: tests/qemu/tests/c.rs compares the outputs.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void integers(void)
{
    static const long values[] = { 0, 1, -1, 42, -12345, 2147483647, -2147483648L, 9223372036854775807L };
    for (size_t index = 0; index < sizeof values / sizeof values[0]; index++) {
        long value = values[index];
        printf("[%ld] [%5ld] [%-8ld] [%08ld] [%+ld] [% ld]\n", value, value, value, value, value, value);
        printf("[%lu] [%lx] [%#lX] [%lo] [%#lo]\n", value, value, value, value, value);
        printf("[%.3ld] [%10.4ld] [%-10.4ld] [%.0ld]\n", value, value, value, value);
        printf("[%hhd] [%hd] [%d] [%hhu] [%hu] [%u]\n", (signed char)value, (short)value, (int)value,
               (unsigned char)value, (unsigned short)value, (unsigned int)value);
    }
    printf("%jd %ju %zd %zu %td\n", (intmax_t)-5, (uintmax_t)5, (ptrdiff_t)-6, (size_t)6, (ptrdiff_t)7);
    printf("%lld %llu %" PRId64 " %" PRIx32 "\n", -8LL, 8ULL, (int64_t)-9, (uint32_t)0xabc);
    printf("%*d|%-*d|%.*d|%*.*d\n", 6, 1, 6, 2, 4, 3, 7, 3, 4);
    printf("%2$s %1$d\n", 1, "positional");
}

static void texts(void)
{
    int so_far = 0;
    printf("[%s] [%10s] [%-10s] [%.2s] [%10.3s] [%c] [%%] [%5c]\n", "text", "text", "text", "text", "text", 'c', 'd');
    printf("12345%n678\n", &so_far);
    printf("%d %s\n", so_far, "");
    printf("%p\n", (void *)0x1234abcd);
}

static void reals(double value)
{
    printf("[%f] [%e] [%g]\n", value, value, value);
    /* The first digit of %a is nobody's business for numbers below the normal ones (C17 7.21.6.1). */
    if (value == 0 || fabs(value) >= DBL_MIN)
        printf("[%a] [%.3a] [%A]\n", value, value, value);
    printf("[%.0f] [%.1f] [%.10f] [%.20f]\n", value, value, value, value);
    printf("[%.0e] [%.3e] [%.17e] [%E]\n", value, value, value, value);
    printf("[%.0g] [%.3g] [%.17g] [%#g] [%G]\n", value, value, value, value, value);
    printf("[%15.3f] [%-15.3f] [%015.3f] [%+.2f] [% .2f]\n", value, value, value, value, value);
    printf("[%Lf] [%.18Le] [%Lg]\n", (long double)value, (long double)value, (long double)value);
}

static void strings(void)
{
    char buffer[8];
    int wanted = snprintf(buffer, sizeof buffer, "%s", "too long for it");
    printf("%d [%s]\n", wanted, buffer);
    wanted = snprintf(NULL, 0, "%d-%s", 12345, "x");
    printf("%d\n", wanted);
    sprintf(buffer, "%03d", 7);
    puts(buffer);
}

int main(void)
{
    static const double values[] = {
        0.0, -0.0, 1.0, -1.5, 0.1, 1.0 / 3, 2.5, 3.5, 9.995, 99999.95, 123456789.125, 1e-5, 1e15, 1e16, 1e22, 1e100,
        DBL_MAX, DBL_MIN, 5e-324, DBL_EPSILON, INFINITY, -INFINITY,
    };
    integers();
    texts();
    for (size_t index = 0; index < sizeof values / sizeof values[0]; index++)
        reals(values[index]);
    printf("%Lg %.20Lg %Lf\n", LDBL_EPSILON, 1.0L / 3, 1e30L / 7);
    strings();
    return 0;
}

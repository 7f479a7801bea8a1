/* Reading numbers, and the functions of math.h: the host's C library says what is right.
 *
 * Functions that no standard demands to be exact are printed to twelve digits. Neighbours: tests/qemu/tests/c.rs.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void integer(const char *text, int base)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    printf("strtol(%s, %d) = %ld, rest [%s], range %d\n", text, base, value, end, errno == ERANGE);
    errno = 0;
    unsigned long big = strtoul(text, &end, base);
    printf("strtoul(%s, %d) = %lu, rest [%s], range %d\n", text, base, big, end, errno == ERANGE);
}

static void real(const char *text)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    printf("strtod(%s) = %.17g, rest [%s], range %d\n", text, value, end, errno == ERANGE);
    printf("strtof %.9g, strtold %.18Lg, atof %.17g\n", strtof(text, NULL), strtold(text, NULL), atof(text));
}

static void scan(void)
{
    int one = -1, two = -1, count;
    char word[16] = "", set[16] = "";
    double number = 0;
    float small = 0;
    long wide = 0;
    count = sscanf("12 0x1f word 3.25e2", "%d %i %15s %lf", &one, &two, word, &number);
    printf("%d: %d %d %s %g\n", count, one, two, word, number);
    count = sscanf("abc-123:7", "%[a-z]-%ld:%f", set, &wide, &small);
    printf("%d: %s %ld %g\n", count, set, wide, small);
    count = sscanf("x", "%d", &one);
    printf("%d\n", count);
    count = sscanf("", "%d", &one);
    printf("%d\n", count);
    count = sscanf("1,2,3", "%d,%*d,%d%n", &one, &two, &wide == NULL ? NULL : &(int){ 0 });
    printf("%d: %d %d\n", count, one, two);
}

static void functions(double x)
{
    printf("%.12g: sqrt %.12g sin %.12g cos %.12g tan %.12g atan %.12g\n", x, sqrt(x), sin(x), cos(x), tan(x), atan(x));
    printf("exp %.12g log %.12g log10 %.12g log2 %.12g pow %.12g\n", exp(x), log(x), log10(x), log2(x), pow(x, 1.5));
    printf("floor %g ceil %g round %g trunc %g rint %g fmod %.12g\n", floor(x), ceil(x), round(x), trunc(x), rint(x),
           fmod(x, 0.7));
    printf("sinh %.12g tanh %.12g cbrt %.12g hypot %.12g erf %.12g\n", sinh(x), tanh(x), cbrt(x), hypot(x, 2), erf(x));
    int exponent;
    double whole, mantissa = frexp(x, &exponent), part = modf(x, &whole);
    printf("frexp %.17g %d modf %.17g %.17g ldexp %.17g\n", mantissa, exponent, part, whole, ldexp(x, 5));
}

int main(void)
{
    static const char *const integers[] = { "0", "  42x", "-17", "0x1F", "077", "zz", "9223372036854775808", "-9223372036854775809", "", "+" };
    static const char *const reals[] = {
        "0", "1.5", "-2.25e3", "1e400", "1e-400", "0x1.8p3", "inf", "  7.0abc", "1e", ".5", "5.", "2.2250738585072014e-308",
        "9007199254740993", "123456789012345678901234567890", "0.1", "1.7976931348623159e308",
    };
    for (size_t index = 0; index < sizeof integers / sizeof integers[0]; index++) {
        integer(integers[index], 0);
        integer(integers[index], 10);
        integer(integers[index], 36);
    }
    for (size_t index = 0; index < sizeof reals / sizeof reals[0]; index++)
        real(reals[index]);
    scan();
    static const double values[] = { 0.1, 0.5, 1, 2.5, 3.14159, 10, 100.75 };
    for (size_t index = 0; index < sizeof values / sizeof values[0]; index++)
        functions(values[index]);
    printf("%d %d %ld %lld\n", abs(-3), atoi(" 12"), labs(-4L), llabs(-5LL));
    div_t divided = div(-7, 2);
    printf("%d %d %" PRIdMAX "\n", divided.quot, divided.rem, imaxabs(-9));
    return 0;
}

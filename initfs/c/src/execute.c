/* Becoming another program.
 *
 * Decides how a name is looked up in PATH, and that the lists of strings go to the server as they are. Neighbours: path.c;
 * initfs/loader builds the new program.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "path.h"

extern char **environ;

/* Most arguments of execl and its kin. */
#define LIST_LENGTH 256

#define DEFAULT_PATH "/bin"

int execve(const char *path, char *const arguments[], char *const variables[])
{
    char plain[PATH_SIZE];
    if (__plain_path(path, plain) < 0)
        return -1;
    return (int)CALL_3(CALL_EXECVE, plain, arguments, variables);
}

int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

/* Tries `folder`/`name`; the folder ends at a colon or at the end. */
static void try_in(const char *folder, size_t length, const char *name, char *const arguments[])
{
    char path[PATH_SIZE];
    if (length + 1 + strlen(name) >= sizeof path) {
        errno = ENAMETOOLONG;
        return;
    }
    memcpy(path, folder, length);
    path[length] = '/';
    strcpy(path + length + 1, name);
    execv(length == 0 ? name : path, arguments);
}

int execvp(const char *name, char *const arguments[])
{
    if (strchr(name, '/') != NULL)
        return execv(name, arguments);
    const char *folder = getenv("PATH");
    if (folder == NULL)
        folder = DEFAULT_PATH;
    int denied = 0;
    for (;;) {
        size_t length = strcspn(folder, ":");
        try_in(folder, length, name, arguments);
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            return -1;
        denied |= errno == EACCES;
        if (folder[length] == 0)
            break;
        folder += length + 1;
    }
    errno = denied ? EACCES : ENOENT;
    return -1;
}

/* Collects the arguments of a variable list up to its null pointer; 0 if there are too many. */
static int collect(char *list[LIST_LENGTH], const char *first, va_list *rest)
{
    const char *next = first;
    for (size_t index = 0; index < LIST_LENGTH; index++) {
        list[index] = (char *)next;
        if (next == NULL)
            return 1;
        next = va_arg(*rest, const char *);
    }
    errno = E2BIG;
    return 0;
}

int execl(const char *path, const char *first, ...)
{
    char *list[LIST_LENGTH];
    va_list rest;
    va_start(rest, first);
    int complete = collect(list, first, &rest);
    va_end(rest);
    return complete ? execv(path, list) : -1;
}

int execlp(const char *name, const char *first, ...)
{
    char *list[LIST_LENGTH];
    va_list rest;
    va_start(rest, first);
    int complete = collect(list, first, &rest);
    va_end(rest);
    return complete ? execvp(name, list) : -1;
}

int execle(const char *path, const char *first, ...)
{
    char *list[LIST_LENGTH];
    va_list rest;
    va_start(rest, first);
    int complete = collect(list, first, &rest);
    char **variables = complete ? va_arg(rest, char **) : NULL;
    va_end(rest);
    return complete ? execve(path, list, variables) : -1;
}

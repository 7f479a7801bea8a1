/* The current directory, and paths relative to it.
 *
 * Decides that the current directory is a string of the program's own, inherited as PWD, and that `.`, `..` and doubled
 * slashes are resolved by name alone: there are no symbolic links. Neighbours: path.h.
 */
#include "path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"

/* What chdir chose; empty until then. */
static char directory[PATH_SIZE];

/* Bytes of NAME in `NAME:rest`, 0 if the path is none; no name holds a slash. */
static size_t scheme_length(const char *path)
{
    size_t length = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+");
    return path[length] == ':' ? length : 0;
}

/* Appends the names of `path`, never going up beyond the first `root` bytes; the new length, or -1. */
static long append_names(char plain[PATH_SIZE], size_t length, size_t root, const char *path)
{
    while (*path != 0) {
        size_t name = strcspn(path, "/");
        if (name == 2 && path[0] == '.' && path[1] == '.') {
            while (length > root && plain[--length] != '/')
                continue;
        } else if (name > 0 && !(name == 1 && path[0] == '.')) {
            if (length + 1 + name >= PATH_SIZE)
                return -1;
            plain[length++] = '/';
            memcpy(plain + length, path, name);
            length += name;
        }
        path += name;
        path += *path == '/';
    }
    return (long)length;
}

/* As above for all of the directory or path that `path` starts from; says where its root ends. */
static long begin(char plain[PATH_SIZE], const char *path, size_t *root)
{
    static const char prefix[] = "/scheme/";
    size_t scheme = scheme_length(path);
    *root = 0;
    if (scheme > 0) {
        if (sizeof prefix + scheme >= PATH_SIZE)
            return -1;
        memcpy(plain, prefix, sizeof prefix - 1);
        memcpy(plain + sizeof prefix - 1, path, scheme);
        *root = sizeof prefix - 1 + scheme;
        path += scheme + 1;
    }
    return append_names(plain, *root, *root, path);
}

static const char *current_directory(void)
{
    if (directory[0] != 0)
        return directory;
    const char *inherited = getenv("PWD");
    return inherited != NULL && (inherited[0] == '/' || scheme_length(inherited) > 0) ? inherited : "/";
}

static long make_plain(const char *path, char plain[PATH_SIZE])
{
    size_t root;
    long length;
    if (scheme_length(path) > 0) {
        length = (long)strlen(path);
        if (length < PATH_SIZE)
            memcpy(plain, path, (size_t)length);
    } else if (path[0] == '/') {
        length = begin(plain, path, &root);
    } else {
        length = begin(plain, current_directory(), &root);
        if (length >= 0)
            length = append_names(plain, (size_t)length, root, path);
    }
    if (length == 0)
        plain[length++] = '/';
    return length;
}

long __plain_path(const char *path, char plain[PATH_SIZE])
{
    if (path[0] == 0) {
        errno = ENOENT;
        return -1;
    }
    long length = make_plain(path, plain);
    if (length < 0 || length >= PATH_SIZE) {
        errno = ENAMETOOLONG;
        return -1;
    }
    plain[length] = 0;
    return length;
}

int chdir(const char *path)
{
    char plain[PATH_SIZE];
    if (__plain_path(path, plain) < 0)
        return -1;
    int found = open(plain, O_RDONLY | O_DIRECTORY);
    if (found < 0)
        return -1;
    close(found);
    memcpy(directory, plain, sizeof directory);
    return setenv("PWD", plain, 1);
}

char *getcwd(char *buffer, size_t size)
{
    const char *current = current_directory();
    size_t length = strlen(current) + 1;
    if (buffer == NULL) {
        size = size == 0 ? length : size;
        buffer = size < length ? NULL : malloc(size);
        if (buffer == NULL)
            return NULL;
    }
    if (size < length) {
        errno = size == 0 ? EINVAL : ERANGE;
        return NULL;
    }
    return memcpy(buffer, current, length);
}

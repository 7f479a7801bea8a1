/* Reading directories.
 *
 * Decides how the servers' records (Redox's, 19 bytes and a name) are taken apart with checked lengths. Neighbours:
 * initfs/runtime/src/file/directory.rs is the same in Rust.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"

struct record {
    unsigned long inode;
    unsigned long next;
    unsigned short length;
    unsigned char kind;
    char name[];
} __attribute__((packed));

#define BUFFER_SIZE 2048

struct __directory {
    int descriptor;
    size_t used;
    size_t length;
    unsigned long next;
    struct dirent entry;
    char records[BUFFER_SIZE];
};

/* Redox's kinds. */
enum { KIND_UNKNOWN, KIND_CHARACTER = 2, KIND_DIRECTORY = 4, KIND_REGULAR = 8 };

DIR *fdopendir(int descriptor)
{
    DIR *directory = calloc(1, sizeof *directory);
    if (directory != NULL)
        directory->descriptor = descriptor;
    return directory;
}

DIR *opendir(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    DIR *directory = fdopendir(descriptor);
    if (directory == NULL)
        close(descriptor);
    return directory;
}

/* Reads more records; how many bytes. */
static long refill(DIR *directory)
{
    long length = CALL_4(CALL_GETDIRENTRIES, directory->descriptor, directory->records, BUFFER_SIZE, directory->next);
    directory->used = 0;
    directory->length = length < 0 ? 0 : (size_t)length;
    return length;
}

static unsigned char type_of(unsigned char kind)
{
    switch (kind) {
    case KIND_CHARACTER:
        return DT_CHR;
    case KIND_DIRECTORY:
        return DT_DIR;
    case KIND_REGULAR:
        return DT_REG;
    default:
        return DT_UNKNOWN;
    }
}

struct dirent *readdir(DIR *directory)
{
    if (directory->used == directory->length && refill(directory) <= 0)
        return NULL;
    const struct record *record = (const struct record *)(directory->records + directory->used);
    size_t left = directory->length - directory->used;
    if (left < sizeof *record || record->length <= sizeof *record || record->length > left) {
        errno = EIO;
        return NULL;
    }
    directory->used += record->length;
    directory->next = record->next;
    struct dirent *entry = &directory->entry;
    entry->d_ino = record->inode;
    entry->d_type = type_of(record->kind);
    size_t room = record->length - sizeof *record;
    strlcpy(entry->d_name, record->name, room < sizeof entry->d_name ? room : sizeof entry->d_name);
    return entry;
}

void rewinddir(DIR *directory)
{
    directory->used = directory->length = 0;
    directory->next = 0;
}

int dirfd(DIR *directory)
{
    return directory->descriptor;
}

int closedir(DIR *directory)
{
    int result = close(directory->descriptor);
    free(directory);
    return result;
}

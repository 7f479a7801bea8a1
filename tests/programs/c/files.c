/* Files as C programs see them: descriptors, streams, directories, the current directory.
 *
 * Decides by what it prints whether stdio over descriptors and the paths of this library work. Neighbours:
 * initfs/c/src/{open,names,descriptor,path,directory}.c; tests/qemu/tests/c.rs runs it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_and_read(void)
{
    char line[32];
    FILE *stream = fopen("tmp:notes", "w+");
    if (stream == NULL) {
        perror("tmp:notes");
        return;
    }
    fprintf(stream, "%s\n%d\n", "first", 2);
    fseek(stream, 0, SEEK_SET);
    fgets(line, sizeof line, stream);
    int number = 0;
    int found = fscanf(stream, "%d", &number);
    printf("line: %zu, scanned %d: %d, at %ld\n", strlen(line), found, number, ftell(stream));
    fclose(stream);
    stream = fopen("tmp:notes", "a");
    fputs("third\n", stream);
    fclose(stream);
    struct stat status;
    int result = stat("tmp:notes", &status);
    printf("stat: %d, size %ld, regular %d\n", result, (long)status.st_size, S_ISREG(status.st_mode));
}

static void use_descriptors(void)
{
    char buffer[16] = { 0 };
    int file = open("tmp:notes", O_RDONLY);
    int copy = dup(file);
    long end = lseek(file, -6, SEEK_END);
    ssize_t count = read(copy, buffer, 5);
    printf("at %ld: %zd bytes: %s\n", end, count, buffer);
    int set = fcntl(file, F_SETFD, FD_CLOEXEC);
    printf("cloexec: %d %d\n", set, fcntl(file, F_GETFD));
    close(file);
    close(copy);
    printf("closed: %s\n", read(file, buffer, 1) < 0 && errno == EBADF ? "EBADF" : "?");
    printf("not there: %s\n", open("tmp:nothing", O_RDONLY) < 0 && errno == ENOENT ? "ENOENT" : "?");
    printf("a terminal: %d, a file: %d\n", isatty(0), isatty(file));
}

static void use_bad_addresses(void)
{
    const char *paths[] = { "tmp:notes", "console:", "pipe:" };
    printf("nowhere:");
    for (int i = 0; i < 3; i++) {
        int file = open(paths[i], O_RDWR);
        printf(" %s", write(file, (void *)16, 1) < 0 && errno == EFAULT ? "EFAULT" : "?");
        close(file);
    }
    int file = open("tmp:notes", O_RDONLY);
    printf(" %s\n", read(file, (void *)16, 1) < 0 && errno == EFAULT ? "EFAULT" : "?");
    close(file);
}

static const char *failure(int result)
{
    return result == 0 ? "done" : strerror(errno);
}

static void change_names(void)
{
    struct stat status;
    printf("rename: %s\n", failure(rename("tmp:notes", "tmp:kept")));
    printf("old: %s\n", failure(stat("tmp:notes", &status)));
    printf("elsewhere: %s\n", failure(rename("tmp:kept", "/bin/kept")));
    printf("unlink: %s\n", failure(unlink("tmp:kept")));
    printf("again: %s\n", failure(remove("tmp:kept")));
    printf("mkdir: %s\n", failure(mkdir("tmp:folder", 0777)));
    fclose(fopen("tmp:folder/file", "w"));
    printf("unlink a directory: %s\n", failure(unlink("tmp:folder")));
    printf("rmdir: %s\n", failure(rmdir("tmp:folder")));
    printf("emptied: %s\n", failure(remove("tmp:folder/file")));
    printf("remove: %s\n", failure(remove("tmp:folder")));
    printf("link: %s\n", failure(link("tmp:folder", "tmp:other")));
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void list_a_directory(void)
{
    char *names[64];
    size_t count = 0;
    DIR *directory = opendir("/bin/targets");
    for (struct dirent *entry; directory != NULL && count < 64 && (entry = readdir(directory)) != NULL;)
        names[count++] = strdup(entry->d_name);
    if (directory != NULL)
        closedir(directory);
    qsort(names, count, sizeof names[0], by_name);
    for (size_t index = 0; index < count; index++) {
        if (names[index][0] != '.')
            printf("%s ", names[index]);
        free(names[index]);
    }
    printf("\n");
}

static void change_directory(void)
{
    char directory[64];
    int changed = chdir("/bin/../bin/./targets");
    printf("chdir: %d, %s\n", changed, getcwd(directory, sizeof directory));
    struct stat status;
    printf("relative: %d, up: %d\n", stat("crash", &status), stat("../sh", &status));
    printf("no directory: %d\n", chdir("nowhere"));
}

static void map_memory(void)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages[8191] = 'x';
    int value = pages[0] + (pages[8191] == 'x');
    int protected = mprotect(pages, 4096, PROT_READ);
    printf("mapped: %d, protected: %d, unmapped: %d\n", value, protected, munmap(pages, 8192));
    char *big = malloc(3 << 20);
    memset(big, 1, 3 << 20);
    big = realloc(big, 5 << 20);
    printf("heap: %d\n", big[(3 << 20) - 1]);
    free(big);
}

int main(void)
{
    write_and_read();
    use_descriptors();
    use_bad_addresses();
    change_names();
    list_a_directory();
    change_directory();
    map_memory();
    return 0;
}

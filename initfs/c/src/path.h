/* Paths as the kernel takes them.
 *
 * Decides that a path is made absolute and plain before any call, because the kernel knows no current directory.
 * Neighbours: path.c, open.c, execute.c; initfs/runtime/src/path.rs is the same in Rust.
 */
#ifndef PROCTOR_PATH_H
#define PROCTOR_PATH_H

#include <stddef.h>

/* The longest path with its NUL. */
#define PATH_SIZE 1024

/* Writes `path` in its plain form; its length, or -1 with errno set. */
long __plain_path(const char *path, char plain[PATH_SIZE]);

#endif

/* Widths of the system's types.
 *
 * Decides off_t, ino_t, mode_t and their like as the calls of docs/abi.md carry them; pid_t is newlib's int already.
 * Neighbours: newlib's sys/_types.h fills in what is not defined here, sys/stat.h builds struct stat from these.
 */
#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>

#define __machine_dev_t_defined
typedef __uint64_t __dev_t;
#define __machine_ino_t_defined
typedef __uint64_t __ino_t;
#define __machine_mode_t_defined
typedef __uint16_t __mode_t;
#define __machine_uid_t_defined
typedef __uint32_t __uid_t;
#define __machine_gid_t_defined
typedef __uint32_t __gid_t;
#define __machine_blkcnt_t_defined
typedef __int64_t __blkcnt_t;
#define __machine_blksize_t_defined
typedef __int32_t __blksize_t;

#endif

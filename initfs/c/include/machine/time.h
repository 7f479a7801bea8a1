/* The unit of clock().
 *
 * Decides POSIX's microsecond. Neighbours: newlib's time.h, src/time.c.
 */
#ifndef _MACHTIME_H_
#define _MACHTIME_H_

#define _CLOCKS_PER_SEC_ 1000000

#endif

/*
 * base: what every file of the program may assume.
 *
 * Included by all other headers of the room; holds the attributes and the size
 * helpers.
 */
#ifndef GM_BASE_BASE_H
#define GM_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result says whether it worked: ignoring it is a bug. */
#define GM_MUST_CHECK __attribute__((warn_unused_result))
/* Checks the arguments of a printf-like function. */
#define GM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* Runs `fn(&var)` when the variable goes out of scope. */
#define GM_AUTO(fn) __attribute__((cleanup(fn)))
#define GM_UNUSED __attribute__((unused))
#define GM_NORETURN __attribute__((noreturn))

#define GM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Stop at once: an invariant of the program itself is broken. */
#define GM_BUG(why) gm_bug(__FILE__, __LINE__, (why))

/* Print "BUG: file:line: why" on stderr and abort. */
GM_NORETURN void gm_bug(const char *file, int line, const char *why);

/* The program's version, as `git migrate --version` prints it. */
extern const char gm_version[];

#endif

/*
 * base/err: the one way a function says that it could not do its work.
 *
 * Functions that can fail return int: 0 (or a positive answer) when they did
 * it, -1 when they could not, and then `*err`, always the last parameter,
 * holds the class, the message, the place and what to do next.  They never
 * print and never exit; only cmd/ and main print.  On failure outputs are
 * left as they were; on success `*err` is left as it was.
 *
 * "Found nothing" and "refused" are results, not errors.
 *
 * A message is in lower case without a full stop, names user text in quotes,
 * and is escaped when it is printed, not here.  A hint is a sentence.
 */
#ifndef GM_BASE_ERR_H
#define GM_BASE_ERR_H

#include "base/base.h"

enum gm_errcode {
	GM_ENONE,
#define GM_ERROR(name, status, text) GM_E##name,
#include "base/err.def"
#undef GM_ERROR
};

struct gm_err {
	enum gm_errcode code;
	char msg[1024];
	char hint[1024];
	char path[1024]; /* file the message is about, or "" */
	size_t line;     /* 1-based; 0: none */
	size_t column;   /* 1-based, in bytes; 0: none */
};

#define GM_ERR_INIT                                                            \
	{                                                                      \
		.code = GM_ENONE                                               \
	}

/* Set class and message, clearing the rest.  Always returns -1. */
int gm_fail(struct gm_err *err, enum gm_errcode code, const char *fmt, ...)
	GM_PRINTF(3, 4);

/* As gm_fail, with the text of `errnum` (an errno value) behind it. */
int gm_fail_errno(struct gm_err *err, int errnum, const char *fmt, ...)
	GM_PRINTF(3, 4);

/* Say what to do next.  Returns -1, to end a failing function with it. */
int gm_hint(struct gm_err *err, const char *fmt, ...) GM_PRINTF(2, 3);

/* Say where: a path and, when not 0, line and column.  Returns -1. */
int gm_fail_at(struct gm_err *err, const char *path, size_t line,
	       size_t column);

/* Put context in front of the message: "context: message".  Returns -1. */
int gm_fail_in(struct gm_err *err, const char *fmt, ...) GM_PRINTF(2, 3);

#if defined(__clang_analyzer__) && !defined(GM_ERR_INTERNAL)
/* The analyzer sees one file at a time: tell it that these return -1. */
static inline int gm_err_minus_one(int ignored)
{
	(void)ignored;
	return -1;
}
#define gm_fail(...) gm_err_minus_one(gm_fail(__VA_ARGS__))
#define gm_fail_errno(...) gm_err_minus_one(gm_fail_errno(__VA_ARGS__))
#define gm_hint(...) gm_err_minus_one(gm_hint(__VA_ARGS__))
#define gm_fail_at(...) gm_err_minus_one(gm_fail_at(__VA_ARGS__))
#define gm_fail_in(...) gm_err_minus_one(gm_fail_in(__VA_ARGS__))
#endif

/* The program's exit status for a class: 128 or 129. */
int gm_err_status(enum gm_errcode code);

#endif

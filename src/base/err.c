#define GM_ERR_INTERNAL
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clear(struct gm_err *err, enum gm_errcode code)
{
	err->code = code;
	err->hint[0] = '\0';
	err->path[0] = '\0';
	err->line = 0;
	err->column = 0;
}

int gm_fail(struct gm_err *err, enum gm_errcode code, const char *fmt, ...)
{
	va_list args;

	clear(err, code);
	va_start(args, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	return -1;
}

int gm_fail_errno(struct gm_err *err, int errnum, const char *fmt, ...)
{
	char what[128];
	va_list args;
	size_t len;

	clear(err, GM_EIO);
	va_start(args, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
		 strerror_r(errnum, what, sizeof(what)));
	return -1;
}

int gm_hint(struct gm_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return -1;
}

int gm_fail_at(struct gm_err *err, const char *path, size_t line, size_t column)
{
	snprintf(err->path, sizeof(err->path), "%s", path);
	err->line = line;
	err->column = column;
	return -1;
}

int gm_fail_in(struct gm_err *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	va_list args;
	size_t len;

	memcpy(old, err->msg, sizeof(old));
	va_start(args, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	len = strlen(err->msg);
	if (len > sizeof(err->msg) - 3)
		return -1;
	memcpy(err->msg + len, ": ", 3);
	len += 2;
	snprintf(err->msg + len, sizeof(err->msg) - len, "%.*s",
		 (int)(sizeof(err->msg) - len - 1), old);
	return -1;
}

int gm_err_status(enum gm_errcode code)
{
	switch (code) {
	case GM_ENONE:
		return 0;
#define GM_ERROR(name, status, text)                                           \
	case GM_E##name:                                                       \
		return status;
#include "base/err.def"
#undef GM_ERROR
	}
	return 128;
}

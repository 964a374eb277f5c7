#include "migration/scaffold.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "migration/layout.h"

static const struct gm_scaffold scaffolds[] = {
	{ "directory", "%v_%n", "%v_%n/up.sql", "%v_%n/down.sql",
	  "%v_%n/verify.sql" },
	{ "diesel", "%v_%n", "%v_%n/up.sql", "%v_%n/down.sql", NULL },
	{ "golang-migrate", "%v_%n", "%v_%n.up.sql", "%v_%n.down.sql", NULL },
	{ "flyway", "V%v__%n", "V%v__%n.sql", NULL, NULL },
};

const struct gm_scaffold *gm_scaffold_find(const char *layout)
{
	for (size_t i = 0; i < GM_COUNT(scaffolds); i++)
		if (!strcmp(scaffolds[i].layout, layout))
			return &scaffolds[i];
	return NULL;
}

const char *gm_scaffold_fill(struct gm_arena *a, const char *pattern,
			     const char *version, const char *name)
{
	struct gm_buf out = gm_buf(a);

	for (; *pattern; pattern++) {
		if (pattern[0] == '%' &&
		    (pattern[1] == 'v' || pattern[1] == 'n'))
			gm_buf_puts(&out, *++pattern == 'v' ? version : name);
		else
			gm_buf_putc(&out, *pattern);
	}
	return out.ptr;
}

const char *gm_scaffold_name(struct gm_arena *a, const char *text)
{
	struct gm_buf out = gm_buf(a);
	bool gap = false;

	for (; *text; text++) {
		char c = *text;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
			gap = true;
			continue;
		}
		if (gap && out.len)
			gm_buf_putc(&out, '_');
		gap = false;
		gm_buf_putc(&out, c);
	}
	return out.ptr;
}

/* The ways to write a time, told apart by length and shape. */
enum style { STYLE_NUMBER, STYLE_TIME, STYLE_SECONDS, STYLE_MILLISECONDS };

static bool all_digits(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

static int number(struct gm_str s, size_t from, size_t len)
{
	uint64_t n = 0;

	return gm_str_uint(&n, gm_str_sub(s, from, from + len)) ? (int)n : -1;
}

/* "YYYYMMDDHHMM" and what may follow it. */
static bool is_time(struct gm_str s)
{
	int year, month, day;

	if (s.len != 12 && s.len != 14 && s.len != 17)
		return false;
	year = number(s, 0, 4);
	month = number(s, 4, 2);
	day = number(s, 6, 2);
	return year >= 1990 && year < 2200 && month >= 1 && month <= 12 &&
	       day >= 1 && day <= 31 && number(s, 8, 2) < 24 &&
	       number(s, 10, 2) < 60;
}

static enum style style_of(struct gm_str digits, int64_t now)
{
	uint64_t value;

	if (!all_digits(digits))
		return STYLE_NUMBER;
	if (is_time(digits))
		return STYLE_TIME;
	if (!gm_str_uint(&value, digits))
		return STYLE_NUMBER;
	/* From 2001 on, and no more than ten years ahead. */
	if (digits.len == 10 && value < (uint64_t)now + 315360000)
		return STYLE_SECONDS;
	if (digits.len == 13 && value < ((uint64_t)now + 315360000) * 1000)
		return STYLE_MILLISECONDS;
	return STYLE_NUMBER;
}

static const char *write_time(struct gm_arena *a, int64_t now, size_t len)
{
	time_t t = (time_t)now;
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	return len == 17 ? gm_printf(a, "%s000", text)
			 : gm_strndup(a, text, len);
}

/* One more, of the same width while it fits. */
static const char *plus_one(struct gm_arena *a, struct gm_str digits)
{
	char *copy = gm_str_dup(a, digits);

	for (size_t i = digits.len; i-- > 0;) {
		if (copy[i] < '9') {
			copy[i]++;
			return copy;
		}
		copy[i] = '0';
	}
	return gm_printf(a, "1%s", copy);
}

/* The next second after a time of 14 digits. */
static const char *next_second(struct gm_arena *a, struct gm_str s)
{
	struct tm tm = {
		.tm_year = number(s, 0, 4) - 1900,
		.tm_mon = number(s, 4, 2) - 1,
		.tm_mday = number(s, 6, 2),
		.tm_hour = number(s, 8, 2),
		.tm_min = number(s, 10, 2),
		.tm_sec = number(s, 12, 2),
	};

	return write_time(a, (int64_t)timegm(&tm) + 1, s.len);
}

static const char *next_time(struct gm_arena *a, struct gm_str digits,
			     enum style style, int64_t now)
{
	const char *fresh = NULL, *next;

	if (style == STYLE_TIME)
		fresh = write_time(a, now, digits.len);
	else if (style == STYLE_SECONDS)
		fresh = gm_printf(a, "%" PRId64, now);
	else if (style == STYLE_MILLISECONDS)
		fresh = gm_printf(a, "%" PRId64 "000", now);
	if (fresh && gm_version_cmp(gm_str(fresh), digits) > 0)
		return fresh;
	next = plus_one(a, digits);
	if (style == STYLE_TIME && digits.len == 14 &&
	    gm_version_cmp(gm_str(next_second(a, digits)), digits) > 0)
		next = next_second(a, digits);
	return next;
}

/* "20261121100000" as "2026-11-21-100000". */
static const char *dashed(struct gm_arena *a, const char *v)
{
	return gm_printf(a, "%.4s-%.2s-%.2s-%s", v, v + 4, v + 6, v + 8);
}

static struct gm_str undashed(struct gm_arena *a, struct gm_str s)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '-')
			gm_buf_putc(&out, s.ptr[i]);
	return gm_buf_view(&out);
}

const char *gm_version_next(struct gm_arena *a, const char *layout,
			    struct gm_str highest, int64_t now)
{
	bool dashes = highest.len ? gm_str_find(highest, '-') < highest.len
				  : !strcmp(layout, "diesel");
	struct gm_str digits = undashed(a, highest);
	const char *next;
	size_t at;

	if (!highest.len) {
		next = write_time(a, now, 14);
		return dashes ? dashed(a, next) : next;
	}
	if (all_digits(digits)) {
		next = next_time(a, digits, style_of(digits, now), now);
		return dashes && strlen(next) > 8 ? dashed(a, next) : next;
	}
	/* 1.2 or 1_2: the last part counts. */
	for (at = digits.len; at > 0; at--)
		if (digits.ptr[at - 1] < '0' || digits.ptr[at - 1] > '9')
			break;
	next = plus_one(a, gm_str_sub(digits, at, digits.len));
	return gm_printf(a, "%.*s%s", (int)at, digits.ptr, next);
}

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTE ((int64_t)60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

/* The first second of the year 0 and the last of 9999: four digits. */
#define TIME_MIN (-62167219200)
#define TIME_MAX 253402300799

static const struct {
	char letter;
	int64_t seconds;
} units[] = {
	{ 'w', WEEK }, { 'd', DAY }, { 'h', HOUR }, { 'm', MINUTE }, { 's', 1 },
};

int64_t gm_now(void)
{
	const char *fixed = getenv("GIT_MIGRATE_NOW");
	int64_t now;

	if (fixed && gm_time_parse(&now, gm_str(fixed)))
		return now;
	return (int64_t)time(NULL);
}

int64_t gm_ticks_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		GM_BUG("no monotonic clock");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool gm_duration_parse(int64_t *seconds, struct gm_str s)
{
	uint64_t count;

	if (!s.len || !gm_str_uint(&count, gm_str_sub(s, 0, s.len - 1)) ||
	    count < 1 || count > (uint64_t)GM_DURATION_MAX)
		return false;
	for (size_t i = 0; i < GM_COUNT(units); i++) {
		int64_t value = (int64_t)count * units[i].seconds;

		if (s.ptr[s.len - 1] != units[i].letter)
			continue;
		if (value > GM_DURATION_MAX)
			return false;
		*seconds = value;
		return true;
	}
	return false;
}

const char *gm_duration_format(struct gm_arena *a, int64_t seconds)
{
	size_t i = 0;

	while (!seconds ? units[i].seconds > 1 : seconds % units[i].seconds)
		i++;
	return gm_printf(a, "%lld%c", (long long)(seconds / units[i].seconds),
			 units[i].letter);
}

const char *gm_duration_words(struct gm_arena *a, int64_t seconds)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} words[] = {
		{ "day", DAY },
		{ "hour", HOUR },
		{ "minute", MINUTE },
		{ "second", 1 },
	};
	uint64_t s = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	uint64_t unit, count;
	size_t i = 0;

	/* "36 hours" says more than "2 days", "1 day" more than "24 hours". */
	for (; i < GM_COUNT(words) - 1; i++) {
		unit = (uint64_t)words[i].seconds;
		if (s == unit || s >= 2 * unit)
			break;
	}
	unit = (uint64_t)words[i].seconds;
	count = s / unit + (s % unit >= unit - unit / 2);
	return gm_printf(a, "%llu %s%s", (unsigned long long)count,
			 words[i].name, count == 1 ? "" : "s");
}

const char *gm_time_format(struct gm_arena *a, int64_t time)
{
	int64_t shown = time < TIME_MIN   ? TIME_MIN
			: time > TIME_MAX ? TIME_MAX
					  : time;
	time_t t = (time_t)shown;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		GM_BUG("a year of four digits has no date");
	return gm_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
}

/* The number that `n` digits at s[at] make. */
static int number(struct gm_str s, size_t at, size_t n)
{
	int value = 0;

	for (size_t i = at; i < at + n; i++)
		value = value * 10 + (s.ptr[i] - '0');
	return value;
}

bool gm_time_parse(int64_t *time, struct gm_str s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	struct tm tm = { 0 }, again;
	time_t t;

	if (s.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';

		if (form[i] == 'd' ? !digit : s.ptr[i] != form[i])
			return false;
	}
	tm.tm_year = number(s, 0, 4) - 1900;
	tm.tm_mon = number(s, 5, 2) - 1;
	tm.tm_mday = number(s, 8, 2);
	tm.tm_hour = number(s, 11, 2);
	tm.tm_min = number(s, 14, 2);
	tm.tm_sec = number(s, 17, 2);
	again = tm;
	/* timegm() turns 31 April into 1 May: what it changed was no date. */
	t = timegm(&again);
	if (again.tm_mday != tm.tm_mday || again.tm_mon != tm.tm_mon ||
	    again.tm_hour != tm.tm_hour || again.tm_min != tm.tm_min ||
	    again.tm_sec != tm.tm_sec || again.tm_year != tm.tm_year)
		return false;
	*time = (int64_t)t;
	return true;
}

#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	unsetenv("GIT_MIGRATE_NOW");
	gm_arena_done(&arena);
	return 0;
}

static void now_is_now(void **state)
{
	int64_t before = time(NULL), now;

	(void)state;
	unsetenv("GIT_MIGRATE_NOW");
	now = gm_now();
	assert_true(now >= before && now <= before + 60);
}

static void tests_fix_the_time(void **state)
{
	(void)state;
	setenv("GIT_MIGRATE_NOW", "2026-11-21T10:00:00Z", 1);
	assert_int_equal(gm_now(), 1795255200);
	setenv("GIT_MIGRATE_NOW", "yesterday", 1);
	assert_int_not_equal(gm_now(), 1795255200);
	assert_true(gm_now() >= time(NULL) - 1);
}

static void ticks_go_forward(void **state)
{
	struct timespec nap = { 0, 5 * 1000 * 1000 };
	int64_t before = gm_ticks_ms();

	(void)state;
	nanosleep(&nap, NULL);
	assert_true(gm_ticks_ms() >= before + 4);
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1s", 1 },
		{ "90m", 5400 },
		{ "24h", 86400 },
		{ "2d", 172800 },
		{ "1w", 604800 },
		{ "3650d", GM_DURATION_MAX },
		{ "315360000s", GM_DURATION_MAX },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(good); i++) {
		int64_t seconds = 0;

		assert_true(gm_duration_parse(&seconds, gm_str(good[i].text)));
		assert_int_equal(seconds, good[i].seconds);
	}
}

static void no_durations(void **state)
{
	static const char *const bad[] = { "",
					   "h",
					   "24",
					   "0h",
					   "-1h",
					   "+1h",
					   "1.5h",
					   "1 h",
					   " 1h",
					   "1h ",
					   "1H",
					   "1y",
					   "1hh",
					   "3651d",
					   "315360001s",
					   "18446744073709551615w",
					   "99999999999999999999s",
					   "0x1h" };
	int64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (gm_duration_parse(&seconds, gm_str(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	assert_false(gm_duration_parse(&seconds, GM_STR_NONE));
	assert_false(gm_duration_parse(&seconds, GM_STR("1\0h")));
	assert_int_equal(seconds, 7);
}

static void durations_shortest_exact(void **state)
{
	(void)state;
	assert_string_equal(gm_duration_format(&arena, 5400), "90m");
	assert_string_equal(gm_duration_format(&arena, 172800), "2d");
	assert_string_equal(gm_duration_format(&arena, 14 * 86400), "2w");
	assert_string_equal(gm_duration_format(&arena, 3601), "3601s");
	assert_string_equal(gm_duration_format(&arena, 0), "0s");
	assert_string_equal(gm_duration_format(&arena, 36 * 3600), "36h");
}

static void durations_in_words(void **state)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} cases[] = {
		{ 0, "0 seconds" },        { 1, "1 second" },
		{ 40, "40 seconds" },      { 60, "1 minute" },
		{ 90, "90 seconds" },      { 149, "2 minutes" },
		{ 150, "3 minutes" },      { 3600, "1 hour" },
		{ 3 * 3600, "3 hours" },   { 86400, "1 day" },
		{ 36 * 3600, "36 hours" }, { 2 * 86400, "2 days" },
		{ -3600, "1 hour" },       { 30 * 86400, "30 days" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(gm_duration_words(&arena, cases[i].seconds),
				    cases[i].words);
	assert_non_null(gm_duration_words(&arena, INT64_MIN));
}

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-21T10:00:00Z", 1795255200 },
		{ "2024-02-29T23:59:59Z", 1709251199 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
		{ "0000-01-01T00:00:00Z", -62167219200 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		int64_t t = 7;

		assert_string_equal(gm_time_format(&arena, cases[i].time),
				    cases[i].text);
		assert_true(gm_time_parse(&t, gm_str(cases[i].text)));
		assert_int_equal(t, cases[i].time);
	}
}

static void times_of_no_four_digit_year(void **state)
{
	(void)state;
	assert_string_equal(gm_time_format(&arena, INT64_MAX),
			    "9999-12-31T23:59:59Z");
	assert_string_equal(gm_time_format(&arena, INT64_MIN),
			    "0000-01-01T00:00:00Z");
}

static void no_times(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-21",
		"2026-11-21T10:00:00",
		"2026-11-21T10:00:00z",
		"2026-11-21 10:00:00Z",
		"2026-11-21T10:00:00+00:00",
		"2026-11-21T10:00:00.0Z",
		"2026-11-21T10:00:60Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-02-29T10:00:00Z",
		"2026-04-31T10:00:00Z",
		"2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z",
		"2026-01-00T10:00:00Z",
		"2026-1-021T10:00:00Z",
		"+026-11-21T10:00:00Z",
		" 026-11-21T10:00:00Z",
		"2026-11-21T10:00:00ZZ",
	};
	int64_t t = 7;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (gm_time_parse(&t, gm_str(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(t, 7);
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(now_is_now, done),
	     cmocka_unit_test_teardown(tests_fix_the_time, done),
	     cmocka_unit_test(ticks_go_forward), cmocka_unit_test(durations),
	     cmocka_unit_test(no_durations),
	     cmocka_unit_test_teardown(durations_shortest_exact, done),
	     cmocka_unit_test_teardown(durations_in_words, done),
	     cmocka_unit_test_teardown(times, done),
	     cmocka_unit_test_teardown(times_of_no_four_digit_year, done),
	     cmocka_unit_test(no_times))

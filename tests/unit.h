/*
 * tests/unit: what every unit test includes.
 *
 * A unit test is a cmocka program that mirrors one source file:
 * tests/unit/<room>/<file>.c tests src/<room>/<file>.c.  It prints TAP, one
 * line a test, for prove.  Start it with GM_UNIT_MAIN.
 */
#ifndef GM_TESTS_UNIT_H
#define GM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

/* The error a failing call left, for assertion messages. */
#define assert_ok(call)                                                        \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, err.msg);                    \
	} while (0)

/* The slice equals the C string. */
#define assert_str(slice, text)                                                \
	do {                                                                   \
		struct gm_str got_ = (slice);                                  \
		if (!gm_str_is(got_, (text)))                                  \
			fail_msg("'%.*s' is not '%s'", (int)got_.len,          \
				 got_.ptr, (text));                            \
	} while (0)

#define GM_UNIT_MAIN(...)                                                      \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
		cmocka_set_message_output(CM_OUTPUT_TAP);                      \
		return cmocka_run_group_tests(tests, NULL, NULL);              \
	}

#endif

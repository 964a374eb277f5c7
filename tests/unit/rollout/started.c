#include "rollout/started.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static int64_t got;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static int read_it(const char *text, long status)
{
	err = (struct gm_err)GM_ERR_INIT;
	return gm_started_read(&got, &arena, gm_str(text), status, &err);
}

static void refused(const char *text, long status, enum gm_errcode code,
		    const char *part)
{
	assert_int_equal(read_it(text, status), -1);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, part))
		fail_msg("'%s' has no '%s'", err.msg, part);
}

#define JOB(meta) "{\"kind\":\"Job\",\"metadata\":{" meta "}}"

static void test_read(void **state)
{
	(void)state;
	assert_ok(read_it(JOB("\"creationTimestamp\":\"2026-11-21T10:00:00Z\""),
			  200));
	assert_int_equal(got, 1795255200);
	refused(JOB("\"creationTimestamp\":\"today\""), 200, GM_EINPUT, "none");
	refused(JOB(""), 200, GM_EINPUT, "none");
	refused("{\"kind\":\"Pod\",\"metadata\":{\"creationTimestamp\":"
		"\"2026-11-21T10:00:00Z\"}}",
		200, GM_EINPUT, "none");
	refused("", 200, GM_EINPUT, "none");
	refused("[]", 200, GM_EINPUT, "none");
}

static void test_refused(void **state)
{
	(void)state;
	refused("{\"kind\":\"Status\",\"message\":\"jobs is forbidden\"}", 403,
		GM_EINPUT, "(status 403): jobs is forbidden");
	assert_non_null(strstr(err.hint, "allowed to get jobs"));
	refused("", 404, GM_EINPUT, "does not say why");
	refused("<html>", 503, GM_EPROGRAM, "status 503");
}

static void test_asked(void **state)
{
	const struct gm_http h = { .url = "http://127.0.0.1:1/",
				   .timeout_ms = 5000 };

	(void)state;
	err = (struct gm_err)GM_ERR_INIT;
	assert_int_equal(gm_started(&got, &arena, &h, &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

GM_UNIT_MAIN(TEST(test_read), TEST(test_refused), TEST(test_asked))

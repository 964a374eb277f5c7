#include "rollout/prometheus.h"

#include <math.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_samples got;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	got = (struct gm_samples){ 0 };
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

#define MATRIX(series)                                                         \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","         \
	"\"result\":[" series "]}}"

static int read_it(const char *text, long status)
{
	got = (struct gm_samples){ 0 };
	err = (struct gm_err)GM_ERR_INIT;
	return gm_prometheus_read(&got, &arena, gm_str(text), status, &err);
}

static void test_samples(void **state)
{
	(void)state;
	assert_ok(read_it(MATRIX(""), 200));
	assert_int_equal(got.n, 0);
	assert_ok(read_it(MATRIX("{\"metric\":{},\"values\":[[1.5,\"0.25\"],"
				 "[2,\"NaN\"]]},{\"values\":[[3,\"+Inf\"],"
				 "[4,\"-Inf\"],[5,\"1e3\"]]}"),
			  200));
	assert_int_equal(got.n, 5);
	assert_int_equal(got.items[0].time, 1);
	assert_true(got.items[0].value == 0.25);
	assert_true(isnan(got.items[1].value));
	assert_true(isinf(got.items[2].value) && got.items[2].value > 0);
	assert_true(isinf(got.items[3].value) && got.items[3].value < 0);
	assert_true(got.items[4].value == 1000);
}

static void refused(const char *text, long status, enum gm_errcode code,
		    const char *part)
{
	assert_int_equal(read_it(text, status), -1);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, part))
		fail_msg("'%s' has no '%s'", err.msg, part);
	assert_int_equal(got.n, 0);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", 200, GM_EPROGRAM, "no JSON");
	refused("<html>", 502, GM_EPROGRAM, "status 502");
	refused("{}", 200, GM_EPROGRAM, "no JSON of its own");
	refused("{\"status\":\"success\",\"status\":\"success\"}", 200,
		GM_EPROGRAM, "no JSON");
	refused("{\"status\":\"success\"}", 200, GM_EPROGRAM, "matrix");
	refused("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
		"\"result\":[]}}",
		200, GM_EPROGRAM, "matrix");
	refused(MATRIX("5"), 200, GM_EPROGRAM, "without values");
	refused(MATRIX("{\"values\":[[1]]}"), 200, GM_EPROGRAM, "no sample");
	refused(MATRIX("{\"values\":[[1,2]]}"), 200, GM_EPROGRAM, "no sample");
	refused(MATRIX("{\"values\":[[1,\"x\"]]}"), 200, GM_EPROGRAM,
		"no sample");
	refused(MATRIX("{\"values\":[[1,\"\"]]}"), 200, GM_EPROGRAM,
		"no sample");
	refused(MATRIX("{\"values\":[[1,\"1x\"]]}"), 200, GM_EPROGRAM,
		"no sample");
	refused(MATRIX(""), 500, GM_EPROGRAM, "refuses (status 500)");
	refused("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":"
		"\"parse error\"}",
		400, GM_EINPUT, "parse error");
	refused("{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":"
		"\"slow\"}",
		503, GM_EPROGRAM, "slow");
	refused("{\"status\":\"success\",\"warnings\":[\"a part\"],\"data\":{"
		"\"resultType\":\"matrix\",\"result\":[]}}",
		200, GM_EPROGRAM, "a warning: a part");
	refused("{\"status\":\"success\",\"warnings\":[5],\"data\":{}}", 200,
		GM_EPROGRAM, "without words");
}

static void asked(const char *url, enum gm_errcode code)
{
	const struct gm_prometheus p = { .url = url, .timeout_ms = 5000 };

	err = (struct gm_err)GM_ERR_INIT;
	assert_int_equal(
		gm_prometheus_range(&got, &arena, &p, "up", 1, 2, 1, &err), -1);
	assert_int_equal(err.code, code);
}

static void test_urls(void **state)
{
	(void)state;
	asked("file:///etc/passwd", GM_EINPUT);
	asked("ftp://127.0.0.1", GM_EINPUT);
	asked("http://127.0.0.1:1/", GM_EPROGRAM);
}

GM_UNIT_MAIN(TEST(test_samples), TEST(test_refused), TEST(test_urls))

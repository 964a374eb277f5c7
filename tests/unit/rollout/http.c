#include "rollout/http.h"

#include "unit.h"

static void test_field(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_buf form = gm_buf(&a);

	(void)state;
	gm_http_field(&form, "query", "rate(e{a=\"b\"}[5m]) + 1");
	gm_http_field(&form, "x", "a-b._~\xc3\xa9%");
	assert_string_equal(form.ptr,
			    "query=rate%28e%7Ba%3D%22b%22%7D%5B5m%5D%29%20%2B"
			    "%201&x=a-b._~%C3%A9%25");
}

static void asked(const char *url, enum gm_errcode code)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_http h = {
		.url = url, .token = "t", .ca = "/nowhere", .timeout_ms = 5000
	};
	struct gm_err err = GM_ERR_INIT;
	struct gm_str out;
	long status;

	assert_int_equal(gm_http_ask(&out, &status, &a, &h, &err), -1);
	assert_int_equal(err.code, code);
}

static void test_urls(void **state)
{
	(void)state;
	asked("file:///etc/passwd", GM_EINPUT);
	asked("ftp://127.0.0.1", GM_EINPUT);
	asked("http://127.0.0.1:1/", GM_EPROGRAM);
}

GM_UNIT_MAIN(cmocka_unit_test(test_field), cmocka_unit_test(test_urls))

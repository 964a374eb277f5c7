#include "rollout/objectives.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_objectives o;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

static int read_it(const char *text)
{
	char *copy = gm_strdup(&arena, text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	o = (struct gm_objectives){ 0 };
	err = (struct gm_err)GM_ERR_INIT;
	return gm_objectives_read(&o, &arena, "o.json", gm_str(copy), &err);
}

#define CONFIG(url, window, query)                                             \
	"{'version':1,'migration':'1_a','env':'staging','prometheus':'" url    \
	"','window':" window ",'every':60,'queries':[" query "]}"
#define QUERY "{'name':'errors','query':'rate(e[5m])','max':'0.01'}"

static void test_read(void **state)
{
	(void)state;
	assert_ok(read_it(CONFIG("http://p:9090", "86400", QUERY)));
	assert_string_equal(o.prometheus, "http://p:9090");
	assert_int_equal(o.window, 86400);
	assert_int_equal(o.every, 60);
	assert_int_equal(o.n, 1);
	assert_string_equal(o.items[0].name, "errors");
	assert_string_equal(o.items[0].max, "0.01");
	assert_null(o.items[0].min);
}

static void refused(const char *text, const char *part)
{
	assert_int_equal(read_it(text), -1);
	assert_int_equal(err.code, GM_EINPUT);
	if (!strstr(err.msg, part))
		fail_msg("'%s' has no '%s'", err.msg, part);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", "no JSON");
	refused("{}", "'version'");
	refused(CONFIG("file:///x", "1", QUERY), "'prometheus'");
	refused(CONFIG("", "1", QUERY), "'prometheus'");
	refused(CONFIG("http://p", "0", QUERY), "'window'");
	refused(CONFIG("http://p", "'1'", QUERY), "'window'");
	refused(CONFIG("http://p", "1", ""), "'queries'");
	refused(CONFIG("http://p", "1", "{'name':'x','query':'y'}"),
		"'queries'");
	refused(CONFIG("http://p", "1", "{'name':'x','query':'y','max':1}"),
		"'queries'");
	refused(CONFIG("http://p", "1", "{'name':'x','query':'y','max':'z'}"),
		"'queries'");
	refused(CONFIG("http://p", "1", "{'query':'y','max':'1'}"),
		"'queries'");
}

static const char *judge(bool want, bool whole)
{
	const char *why;

	assert_int_equal(gm_objectives_kept(&why, &arena, &o, whole), want);
	return why;
}

static void test_kept(void **state)
{
	(void)state;
	assert_ok(read_it(CONFIG("http://p", "1000", QUERY)));
	judge(true, false);
	assert_non_null(strstr(judge(false, true), "measured nothing"));
	o.items[0].samples = 5;
	judge(true, true);
	o.items[0].gap = 220;
	judge(true, true);
	o.items[0].gap = 221;
	judge(true, false);
	assert_non_null(strstr(judge(false, true), "nothing for"));
	o.items[0].gap = 0;
	o.items[0].broken = 1795255200;
	o.items[0].worst = 0.5;
	assert_string_equal(judge(false, false),
			    "'errors' was 0.5 at 2026-11-21T10:00:00Z, and"
			    " 0.01 is the most");
	o.items[0].min = "0.9";
	assert_non_null(strstr(judge(false, true), "0.9 is the least"));
}

static void test_cannot_look(void **state)
{
	const struct gm_prometheus p = { .url = "http://127.0.0.1:1" };

	(void)state;
	assert_ok(read_it(CONFIG("http://p", "1000", QUERY)));
	assert_int_equal(gm_objectives_look(&o, &p, 1, 100, &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_non_null(strstr(err.msg, "errors: "));
	assert_int_equal(o.items[0].samples, 0);
	assert_int_equal(o.items[0].gap, 0);
}

GM_UNIT_MAIN(TEST(test_read), TEST(test_refused), TEST(test_kept),
	     TEST(test_cannot_look))

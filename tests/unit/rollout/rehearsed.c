#include "rollout/rehearsed.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_rehearsed got;

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
	err = (struct gm_err)GM_ERR_INIT;
	return gm_rehearsed_read(&got, &arena, "d.json", gm_str(copy), "1_a",
				 &err);
}

#define DRILL(verdict, restore)                                                \
	"{'version':1,'migrations':[{'id':'0_z','verdict':'fail'},"            \
	"{'id':'1_a','verdict':'" verdict "','checks':{'restore':"             \
	"{'answer':'" restore "'}},'rto_ms':1234,"                             \
	"'digest':'sha256:00'}]}"

static void test_answers(void **state)
{
	(void)state;
	assert_ok(read_it(DRILL("pass", "yes")));
	assert_true(got.good);
	assert_int_equal(got.rto_ms, 1234);
	assert_string_equal(got.digest, "sha256:00");
	assert_string_equal(got.why,
			    "the drill says pass, and of the restore yes");
	assert_ok(read_it(DRILL("fail", "yes")));
	assert_false(got.good);
	assert_ok(read_it(DRILL("pass", "skipped")));
	assert_false(got.good);
	assert_ok(read_it(DRILL("pass", "no")));
	assert_false(got.good);
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
	refused("{}", "no report of a drill");
	refused("{'version':2,'migrations':[]}", "no report of a drill");
	refused("{'version':1,'migrations':{}}", "no report of a drill");
	refused("{'version':1,'migrations':[]}", "'1_a' was not rehearsed");
	refused("{'version':1,'migrations':[5,{'id':7}]}", "not rehearsed");
	refused("{'version':1,'migrations':[{'id':'1_a'}]}", "no report");
	refused(DRILL("perhaps", "yes"), "no report");
	refused("{'version':1,'migrations':[{'id':'1_a','verdict':'pass',"
		"'checks':{'restore':{'answer':'yes'}},'rto_ms':'x',"
		"'digest':'sha256:00'}]}",
		"no report");
	refused("{'version':1,'migrations':[{'id':'1_a','verdict':'pass',"
		"'checks':{'restore':{'answer':'yes'}},'rto_ms':1}]}",
		"no report");
}

GM_UNIT_MAIN(TEST(test_answers), TEST(test_refused))

#include "git/notes.h"

#include "git/ref.h"
#include "place.h"

#define REF "refs/notes/migrate/x"

static struct gm_oid one, two;

static void setup(void)
{
	make_repo();
	put("file", "x");
	commit_all("one");
	commit_all("two");
	one = rev("HEAD~1");
	two = rev("HEAD");
	open_repo();
}

static int hang(const struct gm_oid *on, const char *text)
{
	return gm_notes_put(repo, REF, on, gm_str(text), "Put it", &err);
}

static void test_put(void **state)
{
	(void)state;
	setup();
	assert_ok(hang(&one, "a text\n\nof lines"));
	assert_ok(hang(&two, "another"));
	assert_string_equal(GIT("notes", "--ref", REF, "show", "HEAD~1"),
			    "a text\n\nof lines");
	assert_string_equal(GIT("notes", "--ref", REF, "show", "HEAD"),
			    "another");
	assert_string_equal(GIT("rev-list", "--count", REF), "2");
	assert_string_equal(GIT("log", "-1", "--format=%s", REF), "Put it");
}

static void test_again(void **state)
{
	const char *before;

	(void)state;
	setup();
	assert_ok(hang(&one, "a text"));
	before = GIT("rev-parse", REF);
	assert_ok(hang(&one, "a text"));
	assert_string_equal(GIT("rev-parse", REF), before);
	assert_int_equal(hang(&one, "b text"), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, "another note on"));
	assert_string_equal(GIT("rev-parse", REF), before);
}

/* The object need not exist: what counts is its name. */
static void test_on_no_object(void **state)
{
	static const char name[] = "0123456789012345678901234567890123456789";
	struct gm_oid none;

	(void)state;
	setup();
	assert_true(gm_oid_parse(&none, gm_str(name)));
	assert_ok(hang(&none, "text"));
	assert_string_equal(GIT("notes", "--ref", REF, "show", name), "text");
}

static void test_bad_place(void **state)
{
	char *much = gm_alloc(&arena, GM_NOTE_MAX + 2);

	(void)state;
	setup();
	memset(much, 'x', GM_NOTE_MAX + 1);
	assert_int_equal(hang(&one, much), -1);
	assert_int_equal(err.code, GM_ELIMIT);
	GIT("update-ref", REF, "HEAD");
	assert_int_equal(hang(&one, "x"), -1);
	assert_int_equal(err.code, GM_EINPUT);
	GIT("update-ref", "-d", REF);
	assert_int_equal(gm_notes_put(repo, "refs/notes/bad..name", &one,
				      GM_STR("x"), "x", &err),
			 -1);
}

GM_UNIT_MAIN(PLACE_TEST(test_put), PLACE_TEST(test_again),
	     PLACE_TEST(test_on_no_object), PLACE_TEST(test_bad_place))

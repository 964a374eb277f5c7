#include "git/trailer.h"

#include "base/buf.h"
#include "place.h"

static const char *const corpus[] = {
	"",
	"\n",
	"title only",
	"title only\n",
	"Title: looks like one\n",
	"title\n\nKey: value\n",
	"title\n\nKey: value",
	"title\n\nbody\n\nKey: value\n",
	"title\n\nbody\n\nKey: value\nOther: two\n",
	"title\nKey: value\n",
	"title\nsecond line\n\nKey: value\n",
	"title\n\nbody\nKey: value\n",
	"title\n\nKey: middle\n\nbody\n",
	"title\n\nKey: middle\n\nbody\n\nKey: last\n",
	"title\n\nbody\n\nSigned-off-by: A <a@b>\nnot a trailer\n",
	"title\n\nbody\n\nSigned-off-by: A <a@b>\none\ntwo\nthree\n",
	"title\n\nbody\n\nSigned-off-by: A <a@b>\none\ntwo\nthree\nfour\n",
	"title\n\nsome prose\nMigration: x\nmore prose\n"
	"Signed-off-by: A <a@b>\n",
	"title\n\n(cherry picked from commit 1234567)\n",
	"title\n\n(cherry picked from commit 1234567)\nKey: v\n",
	"title\n\nprose\n(cherry picked from commit 1234567)\nKey: v\n",
	"title\n\n(cherry picked from 1234567)\nKey: v\n",
	"title\n\nKey: first\n  second\n",
	"title\n\nKey: first\n\tsecond\n third\nOther: x\n",
	"title\n\nKey:\n  folded only\n",
	"title\n\n  indented first\nKey: value\n",
	"title\n\nprose\n  indented\nKey: value\n",
	"title\n\nKey: value\r\n",
	"title\r\n\r\nKey: value\r\n",
	"title\r\n\r\nbody\r\n\r\nKey: one\r\n two\r\nOther: x\r\n",
	"title\n\nKey: value\r\n more\r\nOther: x\n",
	"title\n\nKey : value\n",
	"title\n\nKey  \t: value\n",
	"title\n\nTwo words: value\n",
	"title\n\nKey:value\n",
	"title\n\nKey:\n",
	"title\n\nKey:    \n",
	"title\n\n: value\n",
	"title\n\nKey= value\n",
	"title\n\nKey# value\n",
	"title\n\nKey_x: value\n",
	"title\n\nKey.x: value\n",
	"title\n\nK\xc3\xa9y: value\n",
	"title\n\nKey: v\xc3\xa4lue \xe2\x82\xac\n",
	"title\n\nKey: value\xc2\xa0\n",
	"title\n\nKey: one\nKey: two\nkey: three\n",
	"title\n\nKey: value\n\n",
	"title\n\nKey: value\n\n\n\n",
	"title\n\nKey: value\n  \n",
	"title\n\nKey: value\n \t\n\n",
	"title\n\n# comment\nKey: value\n",
	"title\n\nKey: value\n# comment\n",
	"title\n\nKey: value\n# comment\nOther: x\n",
	"title\n\nKey: value\n\n# comment\n# more\n",
	"title\n\nprose\n# comment\nKey: value\n",
	"# comment\n\nKey: value\n",
	"#\n#\n",
	"title\n# comment\nKey: value\n",
	"title\n\nKey: value\n# ------------------------ >8 "
	"------------------------\ndiff\n\nOther: x\n",
	"# ------------------------ >8 ------------------------\n\nKey: v\n",
	"title\n\nKey: value\n\n# ------------------------ >8 "
	"------------------------",
	"title\n\nKey: value\n# ---- >8 ----\nOther: x\n",
	"title\n\nKey: value\n---\n\nOther: x\n",
	"title\n\nbody\n---\n file | 2 +-\n\nKey: value\n",
	"title\n\nKey: value\n\nConflicts:\n\tfile\n\tother\n",
	"title\n\nKey: value\n\nConflicts:\n\tfile\nprose\n",
	"Conflicts:\n\tfile\n\nKey: value\n",
	"\n\nKey: value\n",
	"\ntitle\n\nKey: value\n",
	" \n\nKey: value\n",
	"title\n \nKey: value\n",
	"title\n\f\nKey: value\n",
	"title\n\nKey: value\v\n",
	"title\n\nhttps://example.com/x\n",
	"title\n\nSee https://example.com/x\n\nKey: value\n",
	"title\n\nKey: a: b: c\n",
	"title\n\n-: dash\n",
	"title\n\n1: one\n",
	"title\n\nSigned-off-by:A <a@b>\nprose\n",
	"title\n\nsigned-off-by: A <a@b>\nprose\n",
	"title\n\nKey: value\n\xc2\xa0 odd blank\n",
	"title\n\nA: 1\nB: 2\nprose\nSigned-off-by: x\nC: 3\n",
	"\r\n\r\nKey: value\r\n",
};

static const char *parsed(struct gm_str message)
{
	struct gm_trailers trailers = { 0 };
	struct gm_buf out = gm_buf(&arena);

	gm_trailers_parse(&trailers, &arena, message);
	for (size_t i = 0; i < trailers.n; i++) {
		gm_buf_str(&out, trailers.items[i].key);
		gm_buf_puts(&out, ": ");
		gm_buf_str(&out, trailers.items[i].value);
		gm_buf_putc(&out, '\n');
	}
	return out.ptr;
}

/* What git makes of it, which strips its answer no more than we do. */
static const char *oracle(struct gm_str message)
{
	static const char *const argv[] = { "git", "interpret-trailers",
					    "--parse", "--no-divider", NULL };

	return gm_str_dup(&arena, git_with(message, argv));
}

static void test_as_git(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(corpus); i++) {
		const char *ours = parsed(gm_str(corpus[i]));
		const char *gits = oracle(gm_str(corpus[i]));

		if (strcmp(ours, gits))
			fail_msg("message %zu '%s': '%s', git says '%s'", i,
				 corpus[i], ours, gits);
	}
}

static void test_as_git_on_mixtures(void **state)
{
	static const char *const parts[] = {
		"title\n",
		"\n",
		"\n",
		"Key: value\n",
		"  folded\n",
		"prose here\n",
		"# comment\n",
		"Other-Key : x",
		"\r\n",
		"\tx\n",
		"a: b\r\n",
		"Signed-off-by: A\n",
		"Conflicts:\n",
		" \n",
		"(cherry picked from commit 1",
		")\n",
		"X:\n",
		"---\n",
		"# ------------------------ >8 ------------------------\n",
	};
	const char *many = getenv("GM_TEST_MIXTURES");
	unsigned long rounds = many ? strtoul(many, NULL, 10) : 250;
	uint32_t seed = 12345;

	(void)state;
	while (rounds--) {
		struct gm_buf message = gm_buf(&arena);
		const char *ours, *gits;

		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			gm_buf_puts(&message,
				    parts[(seed >> 16) % GM_COUNT(parts)]);
		}
		ours = parsed(gm_buf_view(&message));
		gits = oracle(gm_buf_view(&message));
		if (strcmp(ours, gits))
			fail_msg("message '%s': '%s', git says '%s'",
				 message.ptr, ours, gits);
	}
}

static void test_ignores_configuration(void **state)
{
	(void)state;
	make_repo();
	GIT("config", "trailer.separators", "=");
	assert_string_equal(parsed(GM_STR("title\n\nKey: value\n")),
			    "Key: value\n");
}

static void test_places(void **state)
{
	struct gm_trailers t = { 0 };

	(void)state;
	gm_trailers_parse(&t, &arena,
			  GM_STR("title\n\nbody\n\nKey: a\r\n b\nOther: c\n"));
	assert_int_equal(t.n, 2);
	assert_int_equal(t.items[0].line, 5);
	assert_true(t.items[0].has_cr);
	assert_str(t.items[0].value, "a\r b");
	assert_int_equal(t.items[1].line, 7);
	assert_false(t.items[1].has_cr);
}

static void test_nul_ends_the_message(void **state)
{
	struct gm_trailers t = { 0 };

	(void)state;
	gm_trailers_parse(&t, &arena, GM_STR("title\n\nA: b\n\0\nC: d\n"));
	assert_int_equal(t.n, 1);
	assert_str(t.items[0].key, "A");
}

static void test_add(void **state)
{
	static const char *const messages[] = {
		"title\n",
		"title\n\nbody\n",
		"title\n\nbody\n\nOld: x\n",
		"title\n\nbody\n\nOld: x\n folded\n",
		"title\n\nbody\n\n# comment\n",
		"title\n\nbody\n\nOld: x\n\n# comment\n# more\n",
		"title\n\nprose\nSigned-off-by: A <a@b>\n",
	};
	static const char *const argv[] = { "git",
					    "interpret-trailers",
					    "--no-divider",
					    "--if-exists",
					    "add",
					    "--where",
					    "end",
					    "--trailer",
					    "Key: some value",
					    NULL };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(messages); i++) {
		struct gm_str message = gm_str(messages[i]);

		assert_str(gm_trailer_add(&arena, message, "Key", "some value"),
			   gm_str_dup(&arena, git_with(message, argv)));
	}
}

static void test_add_to_what_git_leaves_alone(void **state)
{
	(void)state;
	assert_str(gm_trailer_add(&arena, GM_STR_NONE, "Key", "v"),
		   "\n\nKey: v\n");
	assert_str(gm_trailer_add(&arena, GM_STR("title"), "Key", "v"),
		   "title\n\nKey: v\n");
	assert_str(gm_trailer_add(&arena, GM_STR("t\n"), "Key", "a\nb\r\nc"),
		   "t\n\nKey: a b  c\n");
}

GM_UNIT_MAIN(PLACE_TEST(test_as_git), PLACE_TEST(test_as_git_on_mixtures),
	     PLACE_TEST(test_ignores_configuration), PLACE_TEST(test_places),
	     PLACE_TEST(test_nul_ends_the_message), PLACE_TEST(test_add),
	     PLACE_TEST(test_add_to_what_git_leaves_alone))

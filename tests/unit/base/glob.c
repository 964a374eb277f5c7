#include "base/glob.h"

#include "base/clock.h"

#include "unit.h"

struct match {
	const char *pattern, *path;
	bool matches;
};

static void check(const struct match *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *wrong = gm_glob_error(gm_str(cases[i].pattern));

		if (wrong)
			fail_msg("'%s': %s", cases[i].pattern, wrong);
		if (gm_glob_match(gm_str(cases[i].pattern),
				  gm_str(cases[i].path)) != cases[i].matches)
			fail_msg("'%s' on '%s'", cases[i].pattern,
				 cases[i].path);
	}
}

static void inside_a_component(void **state)
{
	static const struct match cases[] = {
		{ "README.md", "README.md", true },
		{ "README.md", "readme.md", false },
		{ "README.md", "docs/README.md", false },
		{ "README", "README.md", false },
		{ "*.md", "a.md", true },
		{ "*.md", ".md", true },
		{ "*.md", "a/b.md", false },
		{ "*.md", "a.md.txt", false },
		{ "a*b*c", "abc", true },
		{ "a*b*c", "aXbXbXc", true },
		{ "a*b*c", "aXcXb", false },
		{ "a*", "a", true },
		{ "?", "a", true },
		{ "?", "ab", false },
		{ "a?c", "a/c", false },
		{ "*", "a", true },
		{ "*", "a/b", false },
		{ "*/*", "a/b", true },
		{ "*/*", "a", false },
		{ "refs/heads/release/*", "refs/heads/release/1.2", true },
		{ "refs/heads/release/*", "refs/heads/release/1/2", false },
		{ "a\\*b", "a*b", true },
		{ "a\\*b", "axb", false },
		{ "\\!a", "!a", true },
	};

	(void)state;
	check(cases, GM_COUNT(cases));
}

static void brackets(void **state)
{
	static const struct match cases[] = {
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[!abc]", "d", true },
		{ "[!abc]", "a", false },
		{ "[^abc]", "d", true },
		{ "[a-f0-9]x", "ex", true },
		{ "[a-f0-9]x", "gx", false },
		{ "[a-f0-9]x", "7x", true },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[!]]", "x", true },
		{ "[a-]", "-", true },
		{ "[-a]", "-", true },
		{ "[-a]", "b", false },
		{ "[\\]x]", "]", true },
		{ "[\\]x]", "x", true },
		{ "[[:digit:]]*", "1abc", true },
		{ "[[:digit:]]*", "abc", false },
		{ "[![:upper:]_]", "a", true },
		{ "[![:upper:]_]", "A", false },
		{ "[![:upper:]_]", "_", false },
		{ "[[:alpha:]x-z1]", "1", true },
		{ "[[]", "[", true },
		{ "[[:]", ":", true },
		{ "*[0-9].sql", "v12.sql", true },
		{ "*[0-9].sql", "v12a.sql", false },
		{ "[\xc3]\xa4", "\xc3\xa4", true },
	};

	(void)state;
	check(cases, GM_COUNT(cases));
}

static void any_components(void **state)
{
	static const struct match cases[] = {
		{ "**", "a", true },
		{ "**", "a/b/c", true },
		{ "docs/**", "docs/a", true },
		{ "docs/**", "docs/a/b", true },
		{ "docs/**", "docs", false },
		{ "docs/**", "docsx/a", false },
		{ "docs/**", "x/docs/a", false },
		{ "**/*.md", "a.md", true },
		{ "**/*.md", "a/b/c.md", true },
		{ "**/*.md", "a/b/c.mdx", false },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b", "a/x/y/bc", false },
		{ "a/**/b", "a", false },
		{ "a/**/b", "ab", false },
		{ "**/a/**", "a/b", true },
		{ "**/a/**", "x/a/b", true },
		{ "**/a/**", "x/a", false },
		{ "**/a/**", "a/a", true },
		{ "**/a/b/**/c", "a/a/b/x/c", true },
		{ "**/a/b/**/c", "a/b/a/b/c", true },
		{ "**/a/b/**/c", "a/x/b/c", false },
		{ "**/**/a", "a", true },
		{ "**/**/a", "b", false },
		{ "**/**", "a", true },
		{ "**/x/*", "x/x/y", true },
	};

	(void)state;
	check(cases, GM_COUNT(cases));
}

static void nothing_matches_nothing(void **state)
{
	(void)state;
	assert_false(gm_glob_match(GM_STR("**"), GM_STR_NONE));
	assert_false(gm_glob_match(GM_STR("*"), GM_STR_NONE));
	assert_false(gm_glob_match(GM_STR_NONE, GM_STR("a")));
}

static void bad_patterns(void **state)
{
	static const char *const bad[] = {
		"",      "/a",         "!a",      "a/",      "a//b",  "./a",
		"a/..",  "a/./b",      "..",      "**a",     "a**",   "a/**b/c",
		"***",   "[a",         "a[",      "[",       "[]",    "[!]",
		"[a\\",  "a\\",        "a\\/b",   "a\nb",    "a\x7f", "\t",
		"[b-a]", "[[:nope:]]", "[[.a.]]", "[[=a=]]", "[a/b]"
	};
	char text[GM_GLOB_MAX + 2];

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (!gm_glob_error(gm_str(bad[i])))
			fail_msg("'%s' was taken", bad[i]);
	memset(text, 'a', sizeof(text));
	assert_non_null(
		gm_glob_error((struct gm_str){ text, GM_GLOB_MAX + 1 }));
	assert_null(gm_glob_error((struct gm_str){ text, GM_GLOB_MAX }));
	assert_non_null(gm_glob_error(GM_STR("a\0b")));
	/* They match nothing, and harm nobody. */
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		gm_glob_match(gm_str(bad[i]), GM_STR("a/b[/c\\"));
	assert_false(gm_glob_match(GM_STR("[a"), GM_STR("a")));
	assert_false(gm_glob_match(GM_STR("[b-a]"), GM_STR("a")));
}

static void time_is_bounded(void **state)
{
	char pattern[GM_GLOB_MAX], path[4096];
	int64_t before = gm_ticks_ms();

	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = 'b';
	assert_false(gm_glob_match((struct gm_str){ pattern, sizeof(pattern) },
				   (struct gm_str){ path, sizeof(path) }));
	for (size_t i = 0; i + 4 < sizeof(pattern); i += 5)
		memcpy(pattern + i, "**/a/", 5);
	for (size_t i = 1; i < sizeof(path); i += 2)
		path[i] = '/';
	path[sizeof(path) - 2] = 'b';
	assert_false(gm_glob_match((struct gm_str){ pattern, 1019 },
				   (struct gm_str){ path, 4095 }));
	assert_true(gm_ticks_ms() - before < 5000);
}

GM_UNIT_MAIN(cmocka_unit_test(inside_a_component), cmocka_unit_test(brackets),
	     cmocka_unit_test(any_components),
	     cmocka_unit_test(nothing_matches_nothing),
	     cmocka_unit_test(bad_patterns), cmocka_unit_test(time_is_bounded))

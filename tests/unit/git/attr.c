#include "git/attr.h"

#include "base/buf.h"
#include "place.h"

static const char *what;

/* The answer for m/1/up.sql with this text in the top .gitattributes. */
static int ask(const char *attributes)
{
	struct gm_oid commit;

	put(".gitattributes", attributes);
	commit = oid_of(commit_all("x"));
	what = NULL;
	return gm_attr_transforms(&what, &arena, repo, &commit,
				  GM_STR("m/1/up.sql"), &err);
}

static void setup(void)
{
	make_repo();
	GIT("config", "core.safecrlf", "false");
	put("m/1/up.sql", "SELECT 1;\n");
	open_repo();
}

static void test_harmless(void **state)
{
	static const char *const texts[] = {
		"",
		"# *.sql filter=x\n",
		"*.c filter=x\n",
		"*.sql text\n",
		"* text=auto\n",
		"*.sql text eol=lf\n",
		"*.sql -text eol=crlf\n",
		"*.sql binary eol=crlf\n",
		"*.sql -crlf eol=crlf\n",
		"*.sql filter=x\n*.sql -filter\n",
		"*.sql filter=x\n*.sql !filter\n",
		"*.sql filter=x\nm/1/* -filter\n",
		"*.sql filter\n",
		"*.sql -ident -export-subst -export-ignore\n",
		"*.sql diff=sql linguist-language=SQL\n",
		"n/** filter=x\n",
		"up.sql/ filter=x\n",
		"/up.sql filter=x\n",
		"m/up.sql filter=x\n",
		"!*.sql filter=x\n",
		"*.sql filters=x\n",
		"*.sql\n",
		"[attr]odd filter=x\n*.c odd\n",
		"[attr]odd filter=x\n*.sql odd\n*.sql -odd\n",
		"[attr]\n[attr]odd filter=x\n*.sql odd=1\n",
		"m/1/ filter=x eol=crlf ident\n",
	};

	(void)state;
	setup();
	for (size_t i = 0; i < GM_COUNT(texts); i++)
		if (ask(texts[i]))
			fail_msg("'%s': '%s' %s", texts[i], what ? what : "",
				 err.msg);
}

static void test_harmful(void **state)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{ "*.sql filter=lfs diff=lfs merge=lfs -text\n", "filter=lfs" },
		{ "*.sql ident\n", "ident" },
		{ "*.sql working-tree-encoding=ISO-8859-1\n",
		  "working-tree-encoding=ISO-8859-1" },
		{ "*.sql eol=crlf\n", "eol=crlf" },
		{ "*.sql text eol=crlf\n", "eol=crlf" },
		{ "* text=auto eol=crlf\n", "eol=crlf" },
		{ "*.sql text=input eol=crlf\n", "eol=crlf" },
		{ "*.sql text=odd eol=crlf\n", "eol=crlf" },
		{ "*.sql crlf eol=crlf\n", "eol=crlf" },
		{ "*.sql export-subst\n", "export-subst" },
		{ "*.sql export-ignore\n", "export-ignore" },
		{ "up.sql filter=x\n", "filter=x" },
		{ "up.* filter=x\n", "filter=x" },
		{ "/m/1/up.sql filter=x\n", "filter=x" },
		{ "m/1/up.sql filter=x\n", "filter=x" },
		{ "m/** filter=x\n", "filter=x" },
		{ "**/up.sql filter=x\n", "filter=x" },
		{ "m/**/up.sql filter=x\n", "filter=x" },
		{ "** filter=x\n", "filter=x" },
		{ "  *.sql\t filter=x\r\n", "filter=x" },
		{ "\xef\xbb\xbf*.sql filter=x\n", "filter=x" },
		{ "\"*.sql\" filter=x\n", "filter=x" },
		{ "\"\\165p.\\x73ql\" filter=x\n*.sql ident", "ident" },
		{ "\"\\165p.sql\" filter=x\n", "filter=x" },
		{ "\"u\\p.sql\" filter=x\n", "filter=x" },
		{ "*.sql -filter\n*.sql filter=x\n", "filter=x" },
		{ "*.sql -filter filter=x\n", "filter=x" },
		{ "[attr]odd filter=x\n*.sql odd\n", "filter=x" },
		{ "*.sql odd\n[attr]odd even\n[attr]even ident\n", "ident" },
		{ "[attr]odd odd filter=x\n*.sql odd\n", "filter=x" },
		{ "*.sql -text\n*.sql text eol=crlf\n", "eol=crlf" },
		/* The directory is left out, and all in it. */
		{ "m export-ignore\n", "export-ignore" },
		{ "m/ export-ignore\n", "export-ignore" },
		{ "1 export-ignore\n", "export-ignore" },
		{ "/m/1/ export-ignore\n", "export-ignore" },
		/* Patterns nobody can be sure of. */
		{ "u[p.sql filter=x\n", "filter=x" },
		{ "m/**p.sql ident\n", "ident" },
		{ "*.sql filter=x\nu[p.sql -filter\n", "-filter" },
		{ "u[p.sql odd\n[attr]odd ident\n", "odd" },
		{ "u[ eol=crlf\n", "eol=crlf" },
	};

	(void)state;
	setup();
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (ask(cases[i].text) != 1 || strcmp(what, cases[i].what))
			fail_msg("'%s': '%s' %s", cases[i].text,
				 what ? what : "", err.msg);
}

static void test_unclear_but_harmless(void **state)
{
	(void)state;
	setup();
	assert_int_equal(ask("u[p.sql diff=x -merge\n"), 0);
}

/* Where git has an answer, it is ours, too. */
static void test_patterns_as_git(void **state)
{
	static const char *const patterns[] = {
		"*",
		"*.sql",
		"up.sql",
		"/up.sql",
		"m/up.sql",
		"m/*/up.sql",
		"m/1/*",
		"m/*",
		"/m/1/*.sql",
		"**/1/up.sql",
		"**/*.sql",
		"m/**",
		"m/**/1/up.sql",
		"1/up.sql",
		"m/1/up.sql/",
		"m/1",
		"?p.sql",
		"[tu]p.sql",
		"[!u]p.sql",
		"[^u]p.sql",
		"u\\p.sql",
		"*/*/*",
		"*/*",
		"UP.SQL",
		"/*",
		"/**",
		"m/?/up.sql",
		"*p*q*",
	};

	(void)state;
	setup();
	for (size_t i = 0; i < GM_COUNT(patterns); i++) {
		int ours = ask(gm_printf(&arena, "%s filter=x\n", patterns[i]));
		const char *gits = GIT("check-attr", "filter", "m/1/up.sql");

		if (ours != !!strstr(gits, ": x"))
			fail_msg("'%s': %d, but '%s'", patterns[i], ours, gits);
	}
}

static void test_nearer_files_count_more(void **state)
{
	(void)state;
	setup();
	put("m/.gitattributes", "*.sql -filter\n");
	assert_int_equal(ask("*.sql filter=x\n"), 0);
	put("m/1/.gitattributes", "up.sql filter=y\n");
	assert_int_equal(ask(""), 1);
	assert_string_equal(what, "filter=y");
	put("m/1/.gitattributes", "1/up.sql filter=y\n/m/** filter=y\n");
	assert_int_equal(ask(""), 0);
	/* Only the top file may define macros. */
	put("m/1/.gitattributes", "[attr]odd -filter\n");
	assert_int_equal(ask("[attr]odd filter=x\n*.sql odd\n"), 0);
	put("m/.gitattributes", "");
	assert_int_equal(ask("[attr]odd filter=x\n*.sql odd\n"), 1);
}

static void test_info(void **state)
{
	(void)state;
	setup();
	put(".git/info/attributes", "*.sql ident\n");
	assert_int_equal(ask(""), 1);
	assert_string_equal(what, "ident");
	put(".git/info/attributes", "*.sql -ident\n");
	assert_int_equal(ask("*.sql ident\n"), 0);
	assert_int_equal(unlink(in_place(".git/info/attributes")), 0);
	assert_int_equal(mkdir(in_place(".git/info/attributes"), 0755), 0);
	assert_int_equal(ask(""), -1);
}

static void test_no_files(void **state)
{
	struct gm_oid commit;

	(void)state;
	setup();
	commit = oid_of(commit_all("x"));
	assert_int_equal(gm_attr_transforms(&what, &arena, repo, &commit,
					    GM_STR("m/1/up.sql"), &err),
			 0);
	commit = rev("HEAD^{tree}");
	assert_failed(gm_attr_transforms(&what, &arena, repo, &commit,
					 GM_STR("m/1/up.sql"), &err),
		      GM_EGIT, "is a tree");
}

static void test_link(void **state)
{
	struct gm_oid commit;

	(void)state;
	setup();
	assert_int_equal(symlink("x", in_place("m/.gitattributes")), 0);
	commit = oid_of(commit_all("x"));
	assert_int_equal(gm_attr_transforms(&what, &arena, repo, &commit,
					    GM_STR("m/1/up.sql"), &err),
			 1);
	assert_string_equal(what, ".gitattributes=link");
}

static void test_too_large(void **state)
{
	struct gm_buf text = gm_buf(&arena);

	(void)state;
	setup();
	while (text.len <= (size_t)1 << 20)
		gm_buf_puts(&text, "# a comment that never ends, all in all\n");
	assert_failed(ask(text.ptr), GM_ELIMIT, "the limit is");
}

GM_UNIT_MAIN(PLACE_TEST(test_harmless), PLACE_TEST(test_harmful),
	     PLACE_TEST(test_unclear_but_harmless),
	     PLACE_TEST(test_patterns_as_git),
	     PLACE_TEST(test_nearer_files_count_more), PLACE_TEST(test_info),
	     PLACE_TEST(test_no_files), PLACE_TEST(test_link),
	     PLACE_TEST(test_too_large))

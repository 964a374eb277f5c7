#include "unit.h"

#include "policy/value.h"

struct check {
	const char *(*check)(struct gm_str s);
	const char *good[16];
	const char *bad[24];
};

#define LONG63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct check checks[] = {
	{ gm_value_project,
	  { "shop", "a", "0", "2go", "a.b_c-d", LONG63 },
	  { "", "Shop", "-a", ".a", "_a", "a b", "a/b", "a\n", "\xc3\xa9",
	    LONG63 "4", "a:b" } },
	{ gm_value_name,
	  { "dba", "app-owner", "qa2" },
	  { "", "DBA", "a*", "a,b", " a" } },
	{ gm_value_layout,
	  { "directory", "golang-migrate", "auto", "a2" },
	  { "", "Directory", "2a", "a_b", "a b", "-a",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
	{ gm_value_principal,
	  { "ann@example.com", "ci", "a.b+c_d-e@x", "Ann", "9", "_x", "@x" },
	  { "", "-ann", "*", "*@example.com", "a?", "ann example", "a,b",
	    "a\"b", "ann@ex\xc3\xa4mple", "!a", "a\nb", "a;b", "a%b" } },
	{ gm_value_other_name,
	  { "ann", "Ann Lee", "ann@home.example", "bot[bot]", "1234",
	    "\xc3\x84nn" },
	  { "", " ann", "ann ", "*", "*@example.com", "an?", "a\nb",
	    "a\x7f" } },
	{ gm_value_ref,
	  { "refs/heads/main", "refs/heads/release/*", "refs/heads/**" },
	  { "", "main", "refs/notes/x", "refs/heads/", "refs/heads/a//b",
	    "refs/heads/[a", "!refs/heads/main", "REFS/heads/main" } },
	{ gm_value_pattern,
	  { "docs/**", "**/*.md", "db/schema.sql", "*.md", "a" },
	  { "", "**", "*", "**/*", "*/**", "/docs", "!docs", "a/../b", "./a",
	    "a//b", "a**b", "[a", "a\nb" } },
	{ gm_value_directory,
	  { ".", "migrations", "db/migrations", "a b/c", "\xc3\xa9t\xc3\xa9",
	    ".hidden", "a/.git2" },
	  { "",         "/",        "/a",        "a/",   "./a",   "a/./b",
	    "..",       "../a",     "a/..",      "a//b", "*",     "a/*.sql",
	    "a?",       "a[b",      "a\\b",      "a\tb", "a\x7f", ".git",
	    "a/.GIT/b", ".migrate", ".Migrate/x" } },
	{ gm_value_label,
	  { "app-db", "a", "9", "a.b", LONG63 },
	  { "", "A", "-a", "a-", "a.", ".a", "a_b", "a b", LONG63 "4" } },
	{ gm_value_kind,
	  { "Deployment", "GitRepository", "A" },
	  { "", "deployment", "1A", "A-b", "A b", "A" LONG63 } },
	{ gm_value_image,
	  { "...", "registry.example.com/a/b:1@sha256:00" },
	  { "", "a b", "a\nb", "\xc3\xa9", "a\x7f" } },
	{ gm_value_label_pattern,
	  { "a", "{cluster}-app", "{env}", "a-{env}-{cluster}" },
	  { "", "{name}", "{env", "env}", "{}", "-{env}", "{env}-", "A{env}",
	    LONG63 "4" } },
	{ gm_value_directory_pattern,
	  { "a", "db/{env}", "{cluster}/{env}" },
	  { "", "/{env}", "a/{x}", "a/{env}/", "../{env}", "{env}/*" } },
	{ gm_value_short,
	  { "m0042", "a", "0", "add-phone", "a23456789012345678901234567890" },
	  { "", "a-", "-a", "A", "a_b", "a.b",
	    "a234567890123456789012345678901" } },
	{ gm_value_decimal,
	  { "0", "5", "-5", "0.01", "-0.5", "12345.678" },
	  { "", "-", ".5", "5.", "1e3", "+1", "0x1", "1,5", "nan", "1.2.3",
	    "1234567890123456789012345678901" } },
	{ gm_value_quantity,
	  { "20Gi", "1Ti", "512Mi" },
	  { "", "Gi", "20", "20G", "020Gi", "1.5Gi", "1234567890Gi" } },
	{ gm_value_url,
	  { "http://prometheus:9090", "https://p.example.com/prom" },
	  { "", "prometheus", "ftp://p", "http://p/", "http://a b",
	    "http://a\"b", "http://a'b", "http://u@p", "http://p?x",
	    "http://p#x", "http://p\\x", "http://\xc3\xa9" } },
	{ gm_value_query,
	  { "rate(x{a=\"b\"}[5m]) > 0", "x", "\xc3\xa9" },
	  { "", "a\nb", "a\tb", "a\x7f" } },
};

static void test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(checks); i++) {
		const struct check *c = &checks[i];

		for (size_t k = 0; c->good[k]; k++)
			if (c->check(gm_str(c->good[k])))
				fail_msg("%zu: '%s' refused: %s", i, c->good[k],
					 c->check(gm_str(c->good[k])));
		for (size_t k = 0; c->bad[k]; k++)
			if (!c->check(gm_str(c->bad[k])))
				fail_msg("%zu: '%s' accepted", i, c->bad[k]);
	}
}

static void test_long(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_null(gm_value_principal((struct gm_str){ text, 255 }));
	assert_non_null(gm_value_principal((struct gm_str){ text, 256 }));
	assert_null(gm_value_other_name((struct gm_str){ text, 255 }));
	assert_non_null(gm_value_other_name((struct gm_str){ text, 256 }));
	assert_null(gm_value_image((struct gm_str){ text, 512 }));
	assert_non_null(gm_value_image((struct gm_str){ text, 513 }));
	assert_null(gm_value_directory((struct gm_str){ text, 1024 }));
	assert_non_null(gm_value_directory((struct gm_str){ text, 1025 }));
	assert_non_null(gm_value_project(GM_STR("a\0b")));
	assert_non_null(gm_value_directory(GM_STR("a\0b")));
	assert_non_null(gm_value_principal(GM_STR("\0")));
}

static void test_ambiguous(void **state)
{
	static const char *const yes[] = {
		"~",    "null",       "NULL",
		"true", "False",      "yes",
		"No",   "on",         "OFF",
		"y",    "N",          "1",
		"-1",   "+1.5",       ".5",
		"1e3",  "0x1F",       "0o17",
		"0b11", "017",        "1_000",
		"1:30", ".inf",       "-.INF",
		".NaN", "2026-11-21", "2026-11-21T10:00:00Z",
	};
	static const char *const no[] = {
		"",     "shop", "nope",     "yesterday", "24h",
		"v1",   "a1",   "1a",       "-",         "+",
		".",    "...",  "-a",       "0xyz",      "auto",
		"none", "o",    "1.2.3-rc", "1.2.3",     "192.168.0.1",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(yes); i++)
		if (!gm_value_ambiguous(gm_str(yes[i])))
			fail_msg("'%s' is not ambiguous", yes[i]);
	for (size_t i = 0; i < GM_COUNT(no); i++)
		if (gm_value_ambiguous(gm_str(no[i])))
			fail_msg("'%s' is ambiguous", no[i]);
}

GM_UNIT_MAIN(cmocka_unit_test(test_checks), cmocka_unit_test(test_long),
	     cmocka_unit_test(test_ambiguous))

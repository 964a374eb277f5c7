#include "migration/scaffold.h"

#include "unit.h"

#define NOW 1795255200 /* 2026-11-21T10:00:00Z */

static void next_versions(void **state)
{
	static const struct {
		const char *layout, *highest, *next;
	} cases[] = {
		{ "directory", "", "20261121100000" },
		{ "diesel", "", "2026-11-21-100000" },
		{ "flyway", "", "20261121100000" },
		/* A time before now, and times that are not. */
		{ "directory", "20260101000000", "20261121100000" },
		{ "directory", "20261121100000", "20261121100001" },
		{ "directory", "20261231235959", "20270101000000" },
		{ "directory", "20280228235959", "20280229000000" },
		{ "directory", "202601010000", "202611211000" },
		{ "directory", "202611211000", "202611211001" },
		{ "directory", "20260101000000000", "20261121100000000" },
		{ "directory", "20261121100000000", "20261121100000001" },
		{ "diesel", "2026-01-01-000000", "2026-11-21-100000" },
		{ "diesel", "2026-11-21-100000", "2026-11-21-100001" },
		{ "diesel", "20261121100000", "20261121100001" },
		/* Seconds and milliseconds since 1970. */
		{ "directory", "1700000000", "1795255200" },
		{ "directory", "1795255200", "1795255201" },
		{ "directory", "1700000000000", "1795255200000" },
		{ "directory", "1795255200000", "1795255200001" },
		/* Anything else is a number. */
		{ "golang-migrate", "000009", "000010" },
		{ "golang-migrate", "1", "2" },
		{ "golang-migrate", "9", "10" },
		{ "golang-migrate", "999", "1000" },
		{ "golang-migrate", "99999999999999", "100000000000000" },
		{ "golang-migrate", "20261399999999", "20261400000000" },
		{ "golang-migrate", "99999999999999999999",
		  "100000000000000000000" },
		{ "golang-migrate", "9999999999", "10000000000" },
		{ "flyway", "1.2", "1.3" },
		{ "flyway", "1_09", "1_10" },
		{ "flyway", "1.2.99", "1.2.100" },
		{ "flyway", "1.", "1.1" },
	};
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(gm_version_next(&a, cases[i].layout,
						    gm_str(cases[i].highest),
						    NOW),
				    cases[i].next);
	gm_arena_done(&a);
}

static void names(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{ "add_phone", "add_phone" },
		{ "Add Phone!", "add_phone" },
		{ "  a--b__c  ", "a_b_c" },
		{ "../../etc/passwd", "etc_passwd" },
		{ "V2", "v2" },
		{ "\303\251t\303\251", "t" },
		{ "...", "" },
		{ "", "" },
	};
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(gm_scaffold_name(&a, cases[i].text),
				    cases[i].name);
	gm_arena_done(&a);
}

static void patterns(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	assert_string_equal(gm_scaffold_fill(&a, "V%v__%n.sql", "1.2", "x"),
			    "V1.2__x.sql");
	assert_string_equal(gm_scaffold_fill(&a, "100%%v%", "1", "x"),
			    "100%1%");
	gm_arena_done(&a);
}

static void layouts(void **state)
{
	(void)state;
	assert_non_null(gm_scaffold_find("directory")->verify);
	assert_null(gm_scaffold_find("diesel")->verify);
	assert_null(gm_scaffold_find("flyway")->down);
	assert_null(gm_scaffold_find("unheard-of"));
}

GM_UNIT_MAIN(cmocka_unit_test(next_versions), cmocka_unit_test(names),
	     cmocka_unit_test(patterns), cmocka_unit_test(layouts))

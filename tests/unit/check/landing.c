/* check/landing: what has landed stays as it is, and in order. */
#include "check/fixture.h"

#define UP(id, sql)                                                            \
	{                                                                      \
		"migrations/" id "/up.sql", sql                                \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;"                      \
	}

static void rules(void **state)
{
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n\n" EXPAND,
		      UP("5_a", "CREATE TABLE a (b int);"), DOWN("5_a"));
	tip = COMMIT(&f, &root, "Edit\n", UP("5_a", "CREATE TABLE a ();"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	tip = COMMIT(&f, &root, "Add\n",
		     { "migrations/5_a/verify.sql", "SELECT 1;" });
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_EDITED_LANDED)->message,
			    "landed migration '5_a' has a new file");
	tip = COMMIT(&f, &root, "Lose\n", { "migrations/5_a/down.sql", NULL });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	tip = COMMIT(&f, &root, "Remove\n", { "migrations/5_a/up.sql", NULL },
		     { "migrations/5_a/down.sql", NULL });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	tip = COMMIT(&f, &root, "Late\n\n" EXPAND,
		     UP("4_b", "CREATE TABLE b (b int);"), DOWN("4_b"));
	fixture_judge(&f, &root, &tip);
	assert_string_equal(finding(&f, GM_RULE_OUT_OF_ORDER)->message,
			    "'4_b' sorts before '5_a', which has landed");
	tip = COMMIT(&f, &root, "Same\n\n" EXPAND,
		     UP("05_b", "CREATE TABLE b (b int);"), DOWN("05_b"));
	fixture_judge(&f, &root, &tip);
	assert_true(found(&f, GM_RULE_OUT_OF_ORDER) >= 1);
	tip = COMMIT(&f, &root, "Next\n\n" EXPAND,
		     UP("10_b", "CREATE TABLE b (b int);"), DOWN("10_b"));
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(rules))

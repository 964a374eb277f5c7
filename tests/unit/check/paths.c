/* check/paths: names, modes and attributes. */
#include "check/fixture.h"

/* What is wrong with one file in a migrations directory? */
static size_t odd(struct fixture *f, const char *path, unsigned mode)
{
	struct gm_oid root = COMMIT(f, NULL, "Start\n", { "app/code", "1" });
	struct gm_oid tip = COMMIT(f, &root, "Add\n\n" EXPAND,
				   { path, "CREATE TABLE t (a int);", mode },
				   { "migrations/1_x/down.sql", "SELECT 1;" });

	fixture_judge(f, &root, &tip);
	return found(f, GM_RULE_UNSAFE_PATH);
}

static void bytes(void **state)
{
	static const char *const bad[] = {
		"migrations/1_a\nb/up.sql",          /* control */
		"migrations/1_\x1b[2J/up.sql",       /* escape */
		"migrations/1_\xff/up.sql",          /* not UTF-8 */
		"migrations/1_e\xcc\x81/up.sql",     /* not NFC */
		"migrations/1_\xd0\xb0/up.sql",      /* Cyrillic a */
		"migrations/1_\xe2\x80\xaex/up.sql", /* bidi */
		"migrations/1_x\\y/up.sql",          /* backslash */
		"migrations/1_x./up.sql",            /* trailing dot */
		"migrations/1_x /up.sql",            /* trailing space */
		"migrations/1_x~1/up.sql",           /* short name */
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", 0), 0);
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (!odd(&f, bad[i], 0))
			fail_msg("accepted path %zu", i);
	fixture_done(&f);
}

static void modes(void **state)
{
	struct fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", GM_MODE_EXEC), 0);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", GM_MODE_LINK), 1);
	fixture_done(&f);
}

static void twins(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n\n" EXPAND,
		      { "migrations/1_x/up.sql", "CREATE TABLE t (a int);" },
		      { "migrations/1_x/down.sql", "SELECT 1;" });
	tip = COMMIT(&f, &root, "Twin\n", { "Migrations/readme", "x" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	tip = COMMIT(&f, &root, "Twin\n", { "migrations/1_X/notes", "x" },
		     { "migrations/1_x/notes", "x" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	fixture_done(&f);
}

static void a_link_on_the_way(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(&f, &root, "Link\n",
		     { "migrations", "elsewhere", GM_MODE_LINK });
	fixture_judge(&f, &root, &tip);
	/* As what the commit brings, and as where the way ends. */
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 2);
	tip = COMMIT(&f, &root, "File\n", { "migrations", "a file" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(bytes), cmocka_unit_test(modes),
	     cmocka_unit_test(twins), cmocka_unit_test(a_link_on_the_way))

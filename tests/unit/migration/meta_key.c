#include "unit.h"

#include "migration/meta_key.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	for (int k = 0; k < GM_KEY_COUNT; k++)
		assert_int_equal(gm_meta_key_find(gm_str(gm_meta_key_name(k))),
				 k);
	assert_int_equal(gm_meta_key_find(GM_STR("ROLLBACK-window")),
			 GM_KEY_WINDOW);
	assert_int_equal(gm_meta_key_find(GM_STR("Signed-off-by")),
			 GM_KEY_COUNT);
	assert_int_equal(gm_meta_key_find(GM_STR("")), GM_KEY_COUNT);
}

static void test_misspelt(void **state)
{
	static const struct {
		const char *name, *near;
		bool is;
	} cases[] = {
		{ "Migration-Phases", "Migration-Phase", true },
		{ "Rolback-Window", "Rollback-Window", true },
		{ "Migration-Owner", "Rollback-Owner", true },
		{ "Migration-Flag", "Feature-Flag", true },
		{ "Rollback-Plan", NULL, true },
		{ "Signed-off-by", NULL, false },
		{ "Migratory", NULL, false },
		/* Others may have these. */
		{ "Migrations", NULL, false },
		{ "Feature-Flags", NULL, false },
		{ "Break-Glas", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *near;

		if (gm_meta_key_misspelt(&near, gm_str(cases[i].name)) !=
		    cases[i].is)
			fail_msg("wrong of %s", cases[i].name);
		if (!cases[i].is)
			continue;
		if (cases[i].near)
			assert_string_equal(near, cases[i].near);
		else
			assert_null(near);
	}
}

static void test_phases(void **state)
{
	(void)state;
	assert_int_equal(gm_phase_parse(GM_STR("Backfill")), GM_PHASE_BACKFILL);
	assert_int_equal(gm_phase_parse(GM_STR("contract ")), GM_PHASE_NONE);
	assert_int_equal(gm_phase_parse(GM_STR("")), GM_PHASE_NONE);
	assert_string_equal(gm_phase_name(GM_PHASE_CONTRACT), "contract");
	assert_null(gm_phase_name(GM_PHASE_NONE));
}

static void test_contracts_none(void **state)
{
	(void)state;
	assert_true(gm_contracts_none("None : from before the tool"));
	assert_true(gm_contracts_none("none"));
	assert_false(gm_contracts_none("nonesuch: x"));
	assert_false(gm_contracts_none("1_a"));
}

static void test_values(void **state)
{
	static const struct {
		enum gm_meta_key key;
		const char *value, *why, *hint; /* parts of them */
	} cases[] = {
		{ GM_KEY_PHASE, "Expand", NULL, NULL },
		{ GM_KEY_PHASE, "expnd", "is no phase", "'expand'" },
		{ GM_KEY_PHASE, "late", "is no phase", "one of expand" },
		{ GM_KEY_WINDOW, "2w", NULL, NULL },
		{ GM_KEY_WINDOW, "2", "is no duration", "'24h'" },
		{ GM_KEY_OWNER, "Ann <a@b>", NULL, NULL },
		{ GM_KEY_OWNER, "Ann", "'Rollback-Owner: Ann' is no name",
		  "Ann Lee" },
		{ GM_KEY_FLAG, "a-b.c_d", NULL, NULL },
		{ GM_KEY_FLAG, "none: a typo", NULL, NULL },
		{ GM_KEY_FLAG, "none", "without a reason", "why there is" },
		{ GM_KEY_FLAG, "a b", "neither a word", "letters" },
		{ GM_KEY_CONTRACTS, "none: old", NULL, NULL },
		{ GM_KEY_CONTRACTS, "none:", "without a reason", "the id" },
		{ GM_KEY_BREAK_GLASS, "whatever it is", NULL, NULL },
		{ GM_KEY_BREAK_GLASS, "", "has no value", "one line" },
		{ GM_KEY_MIGRATION, "a\tb", "do not show", "plain text" },
		{ GM_KEY_REQUIRES, "\xff", "not UTF-8", "plain text" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *hint = NULL;
		const char *why = gm_meta_value_error(
			&hint, &arena, cases[i].key, gm_str(cases[i].value));

		if (!cases[i].why) {
			if (why)
				fail_msg("refused: %s", why);
			continue;
		}
		if (!why || !strstr(why, cases[i].why) ||
		    !strstr(hint, cases[i].hint))
			fail_msg("'%s': %s (%s)", cases[i].value,
				 why ? why : "accepted", hint ? hint : "-");
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_names), cmocka_unit_test(test_misspelt),
	     cmocka_unit_test(test_phases),
	     cmocka_unit_test(test_contracts_none),
	     cmocka_unit_test_teardown(test_values, done))

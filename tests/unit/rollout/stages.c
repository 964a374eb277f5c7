#include "rollout/stages.h"

#include "unit.h"

static void test_names(void **state)
{
	enum gm_stage stage = GM_STAGE_EXPAND;
	struct gm_str rest = GM_STR(GM_STEPS), word;
	int last = 0, n = 0;

	(void)state;
	for (; gm_str_split(&word, &rest, ' '); n++) {
		assert_true(gm_stage_find(&stage, word));
		assert_int_equal(stage, n);
		assert_str(word, gm_stage_name(stage));
		/* Objects are applied in the order of their names. */
		assert_true(gm_stage_order(stage) > last);
		last = gm_stage_order(stage);
	}
	assert_int_equal(n, GM_STAGE_COUNT);
	assert_string_equal(gm_stage_slug(GM_STAGE_ENABLE), "enable-canary");
	assert_false(gm_stage_find(&stage, GM_STR("deployed")));
}

static void test_short_name(void **state)
{
	static const struct {
		const char *id, *name;
	} good[] = {
		{ "20261121093000_add_phone", "20261121093000-add-phone" },
		{ "V1__Add_Users.x", "v1-add-users-x" },
		{ "_a__b_", "a-b" },
		{ "long_name_that_the_policy_has_a_word_for_its_own", "m1" },
		{ "123456789012345678901234567890123456789",
		  "123456789012345678901234567890123456789" },
	};
	static const char *const bad[] = {
		"",         "_",   "a\xc3\xa9",
		"a/b",      "a\n", "1234567890123456789012345678901234567890",
		"accounts",
	};
	struct gm_policy_short names[] = {
		{ "long_name_that_the_policy_has_a_word_for_its_own", "m1" },
	};
	const struct gm_policy_flux flux = { .names = names, .n_names = 1 };
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	const char *name;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(good); i++) {
		assert_ok(gm_short_name(&name, &a, &flux, good[i].id, &err));
		assert_string_equal(name, good[i].name);
		assert_ok(
			gm_object_name("Job",
				       gm_job_name(&a, name, GM_STAGE_BACKFILL,
						   "01234567", 99),
				       GM_NAME_MAX, &err));
	}
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		assert_int_equal(gm_short_name(&name, &a, &flux, bad[i], &err),
				 -1);
		assert_int_equal(err.code, GM_EINPUT);
		assert_non_null(strstr(err.msg, "R18"));
		assert_non_null(strstr(err.hint, "flux: {names:"));
	}
	gm_arena_done(&a);
}

static void test_object_name(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	const char *fifty =
		"a1234567890123456789012345678901234567890123456789";

	(void)state;
	assert_ok(gm_object_name("x", "a.b-c", GM_NAME_MAX, &err));
	assert_int_equal(gm_object_name("x", "a_b", GM_NAME_MAX, &err), -1);
	assert_int_equal(gm_object_name("x", "", GM_NAME_MAX, &err), -1);
	assert_ok(gm_object_name("c", fifty, GM_CLUSTER_NAME_MAX, &err));
	assert_int_equal(gm_object_name("c", "1a", GM_CLUSTER_NAME_MAX, &err),
			 -1);
	assert_int_equal(gm_object_name("c", "a.b", GM_CLUSTER_NAME_MAX, &err),
			 -1);
	assert_int_equal(gm_object_name("c",
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaa",
					GM_CLUSTER_NAME_MAX, &err),
			 -1);
	assert_non_null(strstr(err.msg, "longer than 50"));
}

static void test_patterns(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	assert_string_equal(
		gm_pattern_fill(&a, "{cluster}-{env}x{env}", "e", "c{env}"),
		"c{env}-exe");
	assert_string_equal(gm_pattern_fill(&a, "plain", "e", "c"), "plain");
	assert_null(gm_pattern_fill(&a, NULL, "e", "c"));
	gm_arena_done(&a);
}

static void test_hash_and_names(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	assert_string_equal(gm_content_hash(&a, GM_STR("abc")), "ba7816bf");
	assert_string_equal(
		gm_job_name(&a, "m1", GM_STAGE_EXPAND, "ba7816bf", 2),
		"gm-m1-expand-ba7816bf-2");
	assert_string_equal(
		gm_config_name(&a, "m1", GM_STAGE_EXPAND, "ba7816bf"),
		"gm-m1-expand-ba7816bf");
	gm_arena_done(&a);
}

static void test_lsn(void **state)
{
	static const char *const good[] = { "0/0", "0/3000060",
					    "FFFFFFFF/FFFFFFFF" };
	static const char *const bad[] = {
		"",      "/",   "0/",    "/0",          "0",           "0/g",
		"0/0/0", "0/a", "0x0/0", "0/123456789", "123456789/0", " 0/0"
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(good); i++)
		assert_true(gm_lsn_valid(gm_str(good[i])));
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		assert_false(gm_lsn_valid(gm_str(bad[i])));
}

GM_UNIT_MAIN(cmocka_unit_test(test_names), cmocka_unit_test(test_short_name),
	     cmocka_unit_test(test_object_name),
	     cmocka_unit_test(test_patterns),
	     cmocka_unit_test(test_hash_and_names), cmocka_unit_test(test_lsn))

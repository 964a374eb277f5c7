#include "check/sealed.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_bundle_file up = { GM_ROLE_UP, { "up.sql", 6 }, { "", 0 } };

static const char policy[] =
	"version: 1\nproject: shop\nroles:\n  dba: [ann@example.com]\n"
	"approvals:\n  contract: {need: {dba: 1}}\n";

static struct gm_bundle bundle(struct gm_bundle_part *parts, size_t n)
{
	struct gm_bundle b = { .project = "shop",
			       .ref = "refs/heads/main",
			       .id = "1_a",
			       .digest = "sha256:x" };

	b.meta.phase = GM_PHASE_CONTRACT;
	b.files.items = &up;
	b.files.n = 1;
	b.parts.items = parts;
	b.parts.n = n;
	return b;
}

static void test_nothing(void **state)
{
	struct gm_bundle b = bundle(NULL, 0);
	struct gm_sealed_answer answer;
	struct gm_sealed s;

	(void)state;
	assert_ok(gm_sealed_read(&s, &arena, "b", &b, &err));
	assert_false(s.asks);
	assert_ok(gm_sealed_judge(&answer, &arena, &s, &b, "contract",
				  "staging", 0, &err));
	assert_true(answer.approved);
}

static void test_missing(void **state)
{
	struct gm_bundle_part parts[] = {
		{ GM_BUNDLE_POLICY, gm_str(policy) },
		{ GM_BUNDLE_RECORDS, GM_STR("\n") },
	};
	struct gm_bundle b = bundle(parts, 2);
	struct gm_sealed_answer answer;
	struct gm_sealed s;

	(void)state;
	assert_ok(gm_sealed_read(&s, &arena, "b", &b, &err));
	assert_true(s.asks);
	assert_ok(gm_sealed_judge(&answer, &arena, &s, &b, "contract",
				  "staging", 0, &err));
	assert_false(answer.approved);
	assert_string_equal(answer.why, "missing 1 dba");
	b.meta.phase = GM_PHASE_EXPAND;
	assert_ok(gm_sealed_judge(&answer, &arena, &s, &b, "expand", NULL, 0,
				  &err));
	assert_true(answer.approved);
}

static void test_wrong(void **state)
{
	struct gm_bundle_part parts[] = {
		{ GM_BUNDLE_POLICY, gm_str(policy) },
		{ GM_BUNDLE_RECORDS, GM_STR("gm1 approve\n") },
		{ GM_BUNDLE_SIGNERS, GM_STR("nonsense\n") },
		{ GM_BUNDLE_KEY "ann@example.com" GM_BUNDLE_KEY_END,
		  GM_STR("nonsense\n") },
	};
	struct gm_bundle b = bundle(parts, 1);
	struct gm_sealed s;

	(void)state;
	b.project = "other";
	assert_int_equal(gm_sealed_read(&s, &arena, "b", &b, &err), -1);
	assert_non_null(strstr(err.msg, "and its policy of 'shop'"));
	for (size_t i = 1; i < GM_COUNT(parts); i++) {
		b = bundle(&parts[i], 1);
		assert_int_equal(gm_sealed_read(&s, &arena, "b", &b, &err), -1);
		if (i > 1)
			continue;
		assert_string_equal(err.path, "b/" GM_BUNDLE_RECORDS);
		assert_int_equal(err.line, 1);
		assert_non_null(strstr(err.hint, "git migrate bundle"));
	}
	parts[0].content = GM_STR("version: x\n");
	b = bundle(parts, 1);
	assert_int_equal(gm_sealed_read(&s, &arena, "b", &b, &err), -1);
}

GM_UNIT_MAIN(cmocka_unit_test(test_nothing), cmocka_unit_test(test_missing),
	     cmocka_unit_test_teardown(test_wrong, finish))

/* check/policychange: the policy changes alone, upwards, in its project. */
#include "check/policychange.h"
#include "check/fixture.h"

static void judge(struct fixture *f, const struct gm_oid *base,
		  const struct gm_oid *tip)
{
	struct gm_range range = { .base = *base,
				  .tip = *tip,
				  .policy_ref = true };
	struct gm_err err = GM_ERR_INIT;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	assert_ok(gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
				 &err));
}

static const char *policy(struct fixture *f, const char *version,
			  const char *project)
{
	return gm_printf(&f->arena, "version: %s\nproject: %s\n", version,
			 project);
}

static void paths(void **state)
{
	(void)state;
	assert_true(gm_is_policy_path(GM_STR(".migrate/policy.yaml")));
	assert_true(gm_is_policy_path(GM_STR(".migrate/allowed_signers")));
	assert_true(gm_is_policy_path(GM_STR(".migrate/keys/a.asc")));
	assert_true(gm_is_policy_path(GM_STR(".migrate")));
	assert_false(gm_is_policy_path(GM_STR(".migrate/templates/x")));
	assert_false(gm_is_policy_path(GM_STR(".migrated")));
}

static void changes(void **state)
{
	struct gm_oid root, one, two;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { ".migrate/policy.yaml", POLICY });
	one = COMMIT(&f, &root, "Policy\n",
		     { ".migrate/policy.yaml", policy(&f, "2", "shop") });
	judge(&f, &root, &one);
	assert_int_equal(f.result.findings.n, 0);
	one = COMMIT(&f, &root, "Same version\n",
		     { ".migrate/policy.yaml", policy(&f, "1", "shop") });
	judge(&f, &root, &one);
	assert_int_equal(found(&f, GM_RULE_POLICY_CHANGE), 1);
	one = COMMIT(&f, &root, "Other project\n",
		     { ".migrate/policy.yaml", policy(&f, "2", "mall") });
	judge(&f, &root, &one);
	assert_int_equal(found(&f, GM_RULE_POLICY_CHANGE), 1);
	one = COMMIT(&f, &root, "Unreadable\n",
		     { ".migrate/policy.yaml", "version: [\n" });
	judge(&f, &root, &one);
	assert_true(finding(&f, GM_RULE_POLICY_CHANGE)->line > 0);
	one = COMMIT(&f, &root, "Gone\n", { ".migrate/policy.yaml", NULL });
	judge(&f, &root, &one);
	assert_int_equal(found(&f, GM_RULE_POLICY_CHANGE), 1);
	one = COMMIT(&f, &root, "Mixed\n",
		     { ".migrate/policy.yaml", policy(&f, "2", "shop") },
		     { "app/code", "1" });
	judge(&f, &root, &one);
	assert_int_equal(finding(&f, GM_RULE_POLICY_CHANGE)->notes.n, 1);
	assert_string_equal(finding(&f, GM_RULE_POLICY_CHANGE)->notes.items[0],
			    "other: app/code");
	one = COMMIT(&f, &root, "Policy\n",
		     { ".migrate/policy.yaml", policy(&f, "2", "shop") });
	two = COMMIT(&f, &one, "App\n", { "app/code", "1" });
	judge(&f, &root, &two);
	assert_int_equal(found(&f, GM_RULE_POLICY_CHANGE), 1);
	/* Changed and put back: the version did not rise. */
	two = COMMIT(&f, &one, "Back\n", { GM_POLICY_PATH, POLICY });
	judge(&f, &root, &two);
	assert_int_equal(found(&f, GM_RULE_POLICY_CHANGE), 1);
	/* A merge that only joins brings nothing of its own. */
	two = fixture_commit(
		&f, (const struct gm_oid *const[]){ &root, &one, NULL }, 1,
		"Merge\n",
		(const struct put[]){
			{ GM_POLICY_PATH, policy(&f, "2", "shop"), 0 },
			{ 0 } });
	judge(&f, &root, &two);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* What does not touch it is no change of it. */
static void nothing_changed(void **state)
{
	struct gm_oid none = { { 0 } }, root, one, two;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	judge(&f, &none, &root);
	assert_int_equal(f.result.findings.n, 0);
	root = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, POLICY });
	one = COMMIT(&f, &root, "Template\n", { ".migrate/templates/x", "1" });
	judge(&f, &root, &one);
	assert_int_equal(f.result.findings.n, 0);
	two = COMMIT(&f, &one, "App\n", { "app/code", "1" });
	judge(&f, &root, &two);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* Templates may come along, alone or in the same commit; an app may not. */
static void beside(void **state)
{
	struct gm_oid root, one, two;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, POLICY });
	one = COMMIT(&f, &root, "Template\n", { ".migrate/templates/x", "1" });
	two = COMMIT(&f, &one, "Policy\n", { ".migrate/templates/x", "2" },
		     { GM_POLICY_PATH, policy(&f, "2", "shop") });
	judge(&f, &root, &two);
	assert_int_equal(f.result.findings.n, 0);
	/* A merge may bring something of its own, too. */
	two = fixture_commit(
		&f, (const struct gm_oid *const[]){ &root, &two, NULL }, 1,
		"Merge\n",
		(const struct put[]){
			{ ".migrate/templates/x", "2", 0 },
			{ GM_POLICY_PATH, policy(&f, "2", "shop"), 0 },
			{ "app/code", "1", 0 },
			{ 0 } });
	judge(&f, &root, &two);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_POLICY_CHANGE)->message,
			       "brings other commits"));
	fixture_done(&f);
}

/* A merge can take an older policy from its other side. */
static void brought_back(void **state)
{
	struct gm_oid old, new_, side, merge;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	old = COMMIT(&f, NULL, "Start\n",
		     { GM_POLICY_PATH, policy(&f, "1", "shop") });
	new_ = COMMIT(&f, &old, "Policy\n",
		      { GM_POLICY_PATH, policy(&f, "2", "shop") });
	side = COMMIT(&f, &old, "Side\n", { ".migrate/templates/x", "1" });
	f.cx.policy.version = 2;
	for (int ours = 0; ours < 2; ours++) {
		const char *version = ours ? "2" : "1";

		merge = fixture_commit(
			&f,
			(const struct gm_oid *const[]){ &side, &new_, NULL }, 1,
			"Merge\n",
			(const struct put[]){ { GM_POLICY_PATH,
						policy(&f, version, "shop"),
						0 },
					      { 0 } });
		judge(&f, &new_, &merge);
		assert_int_equal(f.result.findings.n, !ours);
	}
	fixture_done(&f);
}

/* A policy that cannot be applied would refuse every push after it. */
static void unusable(void **state)
{
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { GM_POLICY_PATH, POLICY });
	tip = COMMIT(&f, &root, "Policy\n",
		     { GM_POLICY_PATH,
		       "version: 2\nproject: shop\n"
		       "migrations: [{path: sql, layout: unheard-of}]\n" });
	judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_POLICY_CHANGE)->message,
			       "unheard-of"));
	assert_non_null(finding(&f, GM_RULE_POLICY_CHANGE)->hint);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(paths), cmocka_unit_test(changes),
	     cmocka_unit_test(nothing_changed), cmocka_unit_test(beside),
	     cmocka_unit_test(brought_back), cmocka_unit_test(unusable))

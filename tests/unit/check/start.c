#include "check/start.h"

#include "approval/landed.h"
#include "check/fixture.h"
#include "check/puts.h"

#define ASKS                                                                   \
	POLICY "roles: {dba: [ann@example.com]}\n"                             \
	       "approvals: {contract: {need: {dba: 1}}}\n"
#define DROP "ALTER TABLE a DROP COLUMN b;"

static struct fixture f;
static struct gm_oid base, evil, tip;
static struct gm_err err;

/* Main has moved from `base` to `tip` at once, past `evil`. */
static void start(void)
{
	err = (struct gm_err)GM_ERR_INIT;
	fixture_start(&f);
	fixture_policy(&f, ASKS);
	base = COMMIT(&f, NULL, "Start\n",
		      UP("1_a", "CREATE TABLE a (b int);"));
	evil = COMMIT(&f, &base, "Evil\n", UP("2_b", DROP),
		      UP("3_c", "CREATE TABLE c (d int);"));
	tip = COMMIT(&f, &evil, "Good\n", UP("2_b", "CREATE TABLE b (c int);"),
		     UP("3_c", "CREATE TABLE c (e int);"));
}

static int check(const struct gm_oid *commit)
{
	const struct gm_start s = {
		.commit = *commit,
		.guarded = tip,
		.history = "refs/heads/main",
		.ref = "refs/heads/release/1",
	};

	f.result = (struct gm_result){
		.findings = gm_findings(&f.arena, f.cx.policy.severity),
	};
	return gm_check_start(&f.result, &f.arena, f.repo, &f.cx.policy, &s,
			      &err);
}

static void passed_by(void **state)
{
	const struct gm_finding *found;

	(void)state;
	start();
	assert_ok(check(&evil));
	/* Who adds a table is not asked for approvals. */
	assert_int_equal(f.result.findings.n, 1);
	found = &f.result.findings.items[0];
	assert_int_equal(found->rule, GM_RULE_UNAPPROVED);
	assert_int_equal(found->severity, GM_SEV_ERROR);
	assert_str(found->path, "migrations/2_b/up.sql");
	assert_string_equal(found->ref, "refs/heads/release/1");
	assert_string_equal(found->commit, gm_oid_hex(&f.arena, &evil));
	assert_string_equal(found->subject, "Evil");
	assert_non_null(strstr(found->message, "'2_b' never landed"));
	assert_non_null(strstr(found->hint, "refs/heads/main"));
	fixture_done(&f);
}

static void stood_at(void **state)
{
	(void)state;
	start();
	assert_ok(check(&base));
	assert_int_equal(f.result.findings.n, 0);
	assert_ok(check(&tip));
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* What cannot be read counts as a contract, here too. */
static void opaque(void **state)
{
	struct gm_oid odd;

	(void)state;
	start();
	odd = COMMIT(&f, &base, "Odd\n", UP("2_b", "SELEKT 1;"));
	assert_ok(check(&odd));
	assert_int_equal(f.result.findings.n, 1);
	fixture_done(&f);
}

/* It did land, and was changed since with an override. */
static void landed(void **state)
{
	struct gm_landed l = {
		.project = "shop",
		.path = "migrations/2_b/other.sql",
		.digest = "sha256:0123456789abcdef0123456789abcdef"
			  "0123456789abcdef0123456789abcdef",
		.phase = "contract",
		.class_ = "contract",
		.ref = "refs/heads/main",
		.at = 1,
		.until = 1,
	};
	struct gm_oid up;

	(void)state;
	start();
	up = fixture_at(&f, &evil, "migrations/2_b/up.sql");
	assert_ok(gm_landed_append(f.repo, &l, &up, 1, &err));
	assert_ok(check(&evil));
	assert_int_equal(f.result.findings.n, 1);
	l.path = "migrations/2_b/up.sql";
	assert_ok(gm_landed_append(f.repo, &l, &up, 1, &err));
	assert_ok(check(&evil));
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

static void asks_for_none(void **state)
{
	(void)state;
	start();
	fixture_policy(&f, POLICY);
	assert_ok(check(&evil));
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

static void errors(void **state)
{
	const struct gm_oid none = { { 1 } };

	(void)state;
	start();
	assert_int_equal(check(&none), -1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(passed_by), cmocka_unit_test(stood_at),
	     cmocka_unit_test(opaque), cmocka_unit_test(landed),
	     cmocka_unit_test(asks_for_none), cmocka_unit_test(errors))

/* check/landing_time: what the server's records say, here and elsewhere. */
#include "check/fixture.h"

#include "check/land.h"

#define MAIN "refs/heads/main"
#define RELEASE "refs/heads/release/1"
#define DAY 86400
#define UP(id, sql)                                                            \
	{                                                                      \
		"migrations/" id "/up.sql", sql, 0                             \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;", 0                   \
	}
#define CONTRACT                                                               \
	"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"         \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Migration-Contracts: 2_t\n"
#define T UP("2_t", "CREATE TABLE t (a int);")
#define DROP UP("3_d", "DROP TABLE t;")

/* Note that all of a ref landed on that day, as the server does. */
static void land(struct fixture *f, const char *ref, int day)
{
	struct gm_err err = GM_ERR_INIT;

	setenv("GIT_MIGRATE_NOW",
	       gm_printf(&f->arena, "2026-01-%02dT00:00:00Z", day), 1);
	assert_ok(gm_land_all(f->repo, &f->cx.policy, ref, &err));
	unsetenv("GIT_MIGRATE_NOW");
}

/* Judge base..tip on that ref, on that day. */
static void judge(struct fixture *f, const char *ref, const struct gm_oid *base,
		  const struct gm_oid *tip, int day)
{
	struct gm_range range = { .ref = ref, .base = *base, .tip = *tip };
	struct gm_err err = GM_ERR_INIT;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	assert_true(gm_time_parse(
		&range.now,
		gm_str(gm_printf(&f->arena, "2026-01-%02dT00:00:00Z", day))));
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, base, tip, &err));
	assert_ok(gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
				 &err));
}

struct line {
	struct gm_oid old, expand, contract;
};

/* What main got: an expand on the 2nd, its contract on the 10th. */
static struct line start(struct fixture *f)
{
	struct line l;

	fixture_start(f);
	l.old = COMMIT(f, NULL, "Start\n\n" EXPAND, { "app/code", "1", 0 },
		       UP("1_a", "CREATE TABLE a ();"), DOWN("1_a"));
	fixture_ref(f, MAIN, &l.old);
	fixture_ref(f, RELEASE, &l.old);
	land(f, MAIN, 1);
	land(f, RELEASE, 1);
	l.expand = COMMIT(f, &l.old, "Add t\n\n" EXPAND, T, DOWN("2_t"));
	fixture_ref(f, MAIN, &l.expand);
	land(f, MAIN, 2);
	l.contract = COMMIT(f, &l.expand, CONTRACT, DROP);
	fixture_ref(f, MAIN, &l.contract);
	land(f, MAIN, 10);
	return l;
}

/* A release branch follows: to it, all of it is one push. */
static void follows(void **state)
{
	struct gm_oid edited, fresh;
	struct fixture f;
	struct line l;

	(void)state;
	l = start(&f);
	judge(&f, RELEASE, &l.old, &l.contract, 11);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.n, 2);
	/* As if main did not have them. */
	judge(&f, RELEASE, &l.old, &l.contract, 2);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	judge(&f, MAIN, &l.old, &l.contract, 11);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	/* A contract of its own, which main does not have. */
	fresh = COMMIT(&f, &l.expand, CONTRACT "Feature-Flag: x\n",
		       UP("3_e", "ALTER TABLE t DROP a;"));
	judge(&f, RELEASE, &l.old, &fresh, 11);
	assert_int_equal(f.result.findings.n, 0);
	judge(&f, RELEASE, &l.old, &fresh, 2);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	/* Other content, or other words, make another migration of it. */
	edited = COMMIT(&f, &l.expand, "Other\n",
			{ "migrations/2_t/down.sql", "SELECT 2;", 0 });
	edited = COMMIT(&f, &edited, CONTRACT, DROP);
	judge(&f, RELEASE, &l.old, &edited, 11);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	edited = COMMIT(&f, &l.old,
			"Add t\n\nMigration-Phase: expand\n"
			"Rollback-Window: 48h\n"
			"Rollback-Owner: Ann Lee <ann@example.com>\n"
			"Feature-Flag: FEATURE_X\n",
			T, DOWN("2_t"));
	edited = COMMIT(&f, &edited, CONTRACT, DROP);
	judge(&f, RELEASE, &l.old, &edited, 11);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

/* The release branch has one of its own, and takes back what is older. */
static void back_merge(void **state)
{
	struct gm_oid fix, merge;
	struct fixture f;
	struct line l;

	(void)state;
	l = start(&f);
	fix = COMMIT(&f, &l.old, "Fix\n\n" EXPAND,
		     UP("4_fix", "CREATE TABLE fix (a int);"), DOWN("4_fix"));
	fixture_ref(&f, RELEASE, &fix);
	land(&f, RELEASE, 5);
	merge = fixture_commit(
		&f, (const struct gm_oid *const[]){ &fix, &l.contract, NULL },
		1, "Merge\n",
		(const struct put[]){ T, DOWN("2_t"), DROP, { 0 } });
	judge(&f, RELEASE, &fix, &merge, 12);
	assert_int_equal(f.result.findings.n, 0);
	/* While its window is open there, it is new here. */
	judge(&f, RELEASE, &fix, &merge, 2);
	assert_int_equal(found(&f, GM_RULE_OUT_OF_ORDER), 2);
	/* And main takes the fix. */
	judge(&f, MAIN, &l.contract, &merge, 12);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* What landed before the rules were as they are now is asked for nothing;
 * what comes with it is, unless it came with the same commit. */
static void legacy(void **state)
{
	struct gm_oid old, mixed, again;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	old = COMMIT(&f, NULL, "Start\n", { "app/code", "1", 0 });
	mixed = COMMIT(&f, &old, "Legacy\n", { "app/code", "2", 0 },
		       UP("1_a", "DROP TABLE z; SELECT mystery();"),
		       { "migrations/1_a/verify.sql", "DELETE FROM z;", 0 });
	fixture_ref(&f, MAIN, &mixed);
	fixture_ref(&f, RELEASE, &old);
	land(&f, MAIN, 1);
	judge(&f, RELEASE, &old, &mixed, 5);
	assert_int_equal(f.result.findings.n, 0);
	again = COMMIT(&f, &old, "Again\n", { "app/code", "3", 0 },
		       UP("1_a", "DROP TABLE z; SELECT mystery();"),
		       { "migrations/1_a/verify.sql", "DELETE FROM z;", 0 });
	judge(&f, RELEASE, &old, &again, 5);
	assert_int_equal(f.result.findings.n, 1);
	assert_int_equal(found(&f, GM_RULE_MIXED_DESTRUCTIVE), 1);
	/* A file that is no plain one: there is no digest to compare. */
	again = COMMIT(&f, &old, "Link\n",
		       UP("1_a", "DROP TABLE z; SELECT mystery();"),
		       { "migrations/1_a/verify.sql", "x", GM_MODE_LINK });
	judge(&f, RELEASE, &old, &again, 5);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	fixture_done(&f);
}

/* A branch that was made a moment ago has old migrations all the same. */
static void new_branch(void **state)
{
	struct gm_oid contract;
	struct fixture f;
	struct line l;

	(void)state;
	l = start(&f);
	fixture_ref(&f, "refs/heads/release/2", &l.expand);
	land(&f, "refs/heads/release/2", 20);
	contract = COMMIT(&f, &l.expand, CONTRACT, DROP);
	judge(&f, "refs/heads/release/2", &l.expand, &contract, 20);
	assert_int_equal(f.result.findings.n, 0);
	/* Nothing is known of it there. */
	judge(&f, "refs/heads/release/3", &l.expand, &contract, 20);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

/* However many come, the answer is the same. */
static void many(void **state)
{
	struct put puts[101] = { { 0 } };
	struct gm_oid old, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	old = COMMIT(&f, NULL, "Start\n", { "app/code", "1", 0 });
	for (int i = 0; i < 100; i++)
		puts[i] = (struct put){
			gm_printf(&f.arena, "migrations/%d_x/up.sql", i + 1),
			gm_printf(&f.arena, "SELECT %d;", i / 2), 0
		};
	tip = fixture_commit(&f, (const struct gm_oid *const[]){ &old, NULL },
			     0, "Legacy\n", puts);
	fixture_ref(&f, MAIN, &tip);
	land(&f, MAIN, 1);
	judge(&f, RELEASE, &old, &tip, 5);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.n, 100);
	judge(&f, RELEASE, &old, &tip, 1);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 100);
	fixture_done(&f);
}

static void ends(void **state)
{
	struct gm_judge j;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	j = fixture_judgement(&f);
	assert_int_equal(gm_landing_end(&j, 100, 100 + 2 * DAY), 100 + 2 * DAY);
	assert_int_equal(gm_landing_end(&j, 100, 101), 100 + DAY);
	fixture_done(&f);
}

/* The SQL of what has landed, where it can be read. */
static void sql(void **state)
{
	static const struct {
		struct put put;
		bool read;
	} cases[] = {
		{ { "migrations/1_a/up.sql", "DROP TABLE a;", 0 }, true },
		{ { "migrations/1_a/up.sql", "", 0 }, true },
		{ { "migrations/1_a/up.sql", "x", GM_MODE_LINK }, false },
		{ { "migrations/1_a/up.sql", "\xff", 0 }, false },
		{ { "migrations/1_a/down.sql", "x", 0 }, false },
	};
	struct fixture f;
	char *large;

	(void)state;
	fixture_start(&f);
	large = gm_alloc(&f.arena, GM_SQL_MAX + 2);
	memset(large, '\n', GM_SQL_MAX + 1);
	for (size_t i = 0; i <= GM_COUNT(cases); i++) {
		struct put puts[2] = { { "migrations/1_a/up.sql", large, 0 } };
		struct gm_err err = GM_ERR_INIT;
		struct gm_landed_unit *unit;
		struct gm_oid tip;
		struct gm_judge j;

		if (i < GM_COUNT(cases))
			puts[0] = cases[i].put;
		tip = fixture_commit(&f, NULL, 0, "Start\n", puts);
		fixture_judged(&f, &tip);
		j = fixture_judgement(&f);
		assert_ok(gm_landing_load(&j, &tip, &err));
		unit = gm_landed_named(&j, NULL, "1_a");
		assert_ok(gm_landing_sql(&j, unit, &err));
		assert_ok(gm_landing_sql(&j, unit, &err));
		assert_int_equal(err.code, GM_ENONE);
		assert_int_equal(unit->sql != NULL,
				 i < GM_COUNT(cases) && cases[i].read);
		if (!i)
			assert_int_equal(unit->sql->n, 1);
	}
	fixture_done(&f);
}

struct push {
	struct line line;
};

static int judge_again(struct fixture *f, void *data, struct gm_err *err)
{
	const struct push *p = data;
	struct gm_range range = {
		.ref = RELEASE,
		.base = p->line.old,
		.tip = p->line.contract,
	};

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	assert_true(gm_time_parse(&range.now, GM_STR("2026-01-12T00:00:00Z")));
	if (gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
			   err) < 0)
		return -1;
	return (int)f->result.findings.n;
}

static void damage(void **state)
{
	struct fixture f;
	struct push p;

	(void)state;
	p.line = start(&f);
	fixture_judged(&f, &p.line.contract);
	fixture_sweep(&f, judge_again, &p);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(follows), cmocka_unit_test(back_merge),
	     cmocka_unit_test(legacy), cmocka_unit_test(new_branch),
	     cmocka_unit_test(many), cmocka_unit_test(ends),
	     cmocka_unit_test(sql), cmocka_unit_test(damage))

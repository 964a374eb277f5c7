/* check/history: a whole history, as a line of landings. */
#include "check/fixture.h"
#include "check/puts.h"

#define CONTRACT                                                               \
	"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"         \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Migration-Contracts: 1_a\n"

static struct gm_oid commit(struct fixture *f, const struct gm_oid *parent,
			    const struct gm_oid *second, int hours,
			    const char *message, const struct put *puts)
{
	return fixture_commit(
		f, (const struct gm_oid *const[]){ parent, second, NULL },
		hours, message, puts);
}

static void judge(struct fixture *f, const struct gm_oid *tip)
{
	struct gm_oid none = { { 0 } };
	struct gm_err err = GM_ERR_INIT;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, &none, tip, &err));
	assert_ok(gm_check_history(&f->result, &f->arena, f->repo, &f->cx, tip,
				   gm_now(), &err));
}

/* The dates of the first-parent line stand for the landings. */
static void windows_by_date(void **state)
{
	struct gm_oid root, a, early, late;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = commit(&f, NULL, NULL, 0, "Start\n",
		      (const struct put[]){ { "app/code", "1", 0 }, { 0 } });
	a = commit(&f, &root, NULL, 1, "Add\n\n" EXPAND,
		   (const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
					 DOWN("1_a"),
					 { 0 } });
	early = commit(&f, &a, NULL, 24, CONTRACT,
		       (const struct put[]){ UP("2_b", "DROP TABLE a;"),
					     DOWN("2_b"),
					     { 0 } });
	late = commit(&f, &a, NULL, 26, CONTRACT,
		      (const struct put[]){
			      UP("2_b", "DROP TABLE a;"), DOWN("2_b"), { 0 } });
	judge(&f, &early);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	assert_int_equal(f.result.commits, 3);
	judge(&f, &late);
	assert_int_equal(f.result.findings.n, 0);
	fixture_done(&f);
}

/* A side branch lands with its merge, and is judged commit by commit. */
static void side_branches(void **state)
{
	struct gm_oid root, side, side2, line, merge, edit;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = commit(&f, NULL, NULL, 0, "Start\n",
		      (const struct put[]){ { "app/code", "1", 0 }, { 0 } });
	side = commit(
		&f, &root, NULL, 1, "Add\n\n" EXPAND,
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
				      DOWN("1_a"),
				      { 0 } });
	/* Not landed yet: it may still change. */
	side2 = commit(
		&f, &side, NULL, 2, "Mend\n",
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b bigint);"),
				      { 0 } });
	line = commit(&f, &root, NULL, 2, "App\n",
		      (const struct put[]){ { "app/code", "2", 0 }, { 0 } });
	merge = commit(
		&f, &line, &side2, 3, "Merge\n",
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b bigint);"),
				      DOWN("1_a"),
				      { 0 } });
	edit = commit(&f, &merge, NULL, 4, "Edit\n",
		      (const struct put[]){
			      UP("1_a", "CREATE TABLE a (b text);"), { 0 } });
	judge(&f, &merge);
	assert_int_equal(f.result.findings.n, 0);
	assert_int_equal(f.result.commits, 5);
	judge(&f, &edit);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 1);
	fixture_done(&f);
}

/* Gone is gone: reported once, and what comes back is new again. */
static void deleted_and_back(void **state)
{
	struct gm_oid root, gone, back;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = commit(
		&f, NULL, NULL, 0, "Start\n\n" EXPAND,
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
				      DOWN("1_a"),
				      { 0 } });
	gone = commit(
		&f, &root, NULL, 1, "Remove\n",
		(const struct put[]){ { "migrations/1_a/up.sql", NULL, 0 },
				      { "migrations/1_a/down.sql", NULL, 0 },
				      { 0 } });
	back = commit(
		&f, &gone, NULL, 2, "Back\n\n" EXPAND,
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
				      DOWN("1_a"),
				      { 0 } });
	judge(&f, &back);
	assert_int_equal(found(&f, GM_RULE_DELETED_LANDED), 1);
	assert_int_equal(found(&f, GM_RULE_EDITED_LANDED), 0);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 0);
	/* What was said of it went with it. */
	back = commit(
		&f, &gone, NULL, 2, "Back\n",
		(const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
				      DOWN("1_a"),
				      { 0 } });
	judge(&f, &back);
	assert_int_equal(found(&f, GM_RULE_MISSING_PHASE), 1);
	fixture_done(&f);
}

static int judge_again(struct fixture *f, void *data, struct gm_err *err)
{
	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	if (gm_check_history(&f->result, &f->arena, f->repo, &f->cx, data,
			     gm_now(), err) < 0)
		return -1;
	return (int)f->result.findings.n;
}

static void damage(void **state)
{
	struct gm_oid root, a, side, merge;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = commit(
		&f, NULL, NULL, 0, "Start\n",
		(const struct put[]){ { "app/code", "1", 0 },
				      { ".gitattributes", "* -text\n", 0 },
				      { 0 } });
	a = commit(&f, &root, NULL, 1, "Add\n\n" EXPAND,
		   (const struct put[]){ UP("1_a", "CREATE TABLE a (b int);"),
					 { 0 } });
	side = commit(&f, &root, NULL, 2, "Add\n\n" EXPAND,
		      (const struct put[]){ UP("2_b", "DROP TABLE a;"),
					    { "app/side", "1", 0 },
					    { 0 } });
	merge = commit(&f, &a, &side, 3, "Merge\n",
		       (const struct put[]){ UP("2_b", "DROP TABLE a;"),
					     { "app/side", "1", 0 },
					     { 0 } });
	judge(&f, &merge);
	fixture_sweep(&f, judge_again, &merge);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(windows_by_date), cmocka_unit_test(side_branches),
	     cmocka_unit_test(deleted_and_back), cmocka_unit_test(damage))

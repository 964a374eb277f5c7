/* check/windows: an open window keeps what it is about. */
#include "check/fixture.h"

#define MAIN "refs/heads/main"
#define DAY 86400
#define UP(id, sql)                                                            \
	{                                                                      \
		"migrations/" id "/up.sql", sql, 0                             \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;", 0                   \
	}
#define CONTRACT(of)                                                           \
	"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"         \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Migration-Contracts: " of "\n"

/* The time the days are counted from. */
static int64_t start_of(void)
{
	int64_t time;

	assert_true(gm_time_parse(&time, GM_STR("2026-01-01T00:00:00Z")));
	return time;
}

/* A record of the server that a migration of a commit landed on that day. */
static void land(struct fixture *f, const struct gm_oid *commit,
		 const char *path, const char *phase, int day, int64_t window)
{
	struct gm_oid on = fixture_at(f, commit, path);
	struct gm_landed l = {
		.project = "shop",
		.path = path,
		.digest = gm_printf(&f->arena, "sha256:%064d", day),
		.phase = phase,
		.class_ = "expand",
		.ref = MAIN,
		.at = start_of() + (int64_t)day * DAY,
	};
	struct gm_err err = GM_ERR_INIT;

	l.until = l.at + window;
	assert_ok(gm_landed_append(f->repo, &l, &on, 1, &err));
}

/* Judge base..tip, that many hours after the first day. */
static void judge(struct fixture *f, const struct gm_oid *base,
		  const struct gm_oid *tip, int hours)
{
	struct gm_range range = { .ref = MAIN, .base = *base, .tip = *tip };
	struct gm_err err = GM_ERR_INIT;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	range.now = start_of() + (int64_t)hours * 3600;
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, base, tip, &err));
	assert_ok(gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
				 &err));
}

/*
 * 1_users landed long ago; 2_phone, on day 10 with two days' window, adds a
 * column.
 */
static struct gm_oid start(struct fixture *f)
{
	struct gm_oid base;

	fixture_start(f);
	base = COMMIT(f, NULL, "Start\n",
		      UP("1_users", "CREATE TABLE users (id int, fax text);"),
		      DOWN("1_users"),
		      UP("2_phone", "ALTER TABLE users ADD phone text;"),
		      DOWN("2_phone"));
	land(f, &base, "migrations/1_users/up.sql", "expand", 0, DAY);
	land(f, &base, "migrations/2_phone/up.sql", "expand", 10, 2 * DAY);
	return base;
}

static void open_windows(void **state)
{
	static const struct {
		const char *sql;
		const char *message; /* NULL: it may land */
	} cases[] = {
		{ "ALTER TABLE users DROP fax;", NULL },
		{ "ALTER TABLE users DROP phone;",
		  "3_drop: it drops column users.phone, but '2_phone' is"
		  " about column users.phone as well, and its rollback window"
		  " is open for another 47 hours, until"
		  " 2026-01-13T00:00:00Z" },
		{ "SELECT 1;\nDROP TABLE users;", "about table users" },
		{ "DROP TABLE orders;", NULL },
		{ "CALL purge();",
		  "but its SQL does not name all that it touches, '2_phone'"
		  " may be about the same, and its rollback window is open for"
		  " another 47 hours" },
		{ "DROP TABLE orders CASCADE;", "does not name all" },
		{ "DROP DATABASE shop;", "does not name all" },
		{ "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;",
		  "about schema public as well" },
	};
	const struct gm_finding *early;
	struct gm_oid base, tip;
	struct fixture f;

	(void)state;
	base = start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const struct put puts[] = {
			{ "migrations/3_drop/up.sql", cases[i].sql, 0 }, { 0 }
		};

		/* Whatever it names. */
		tip = fixture_commit(
			&f, (const struct gm_oid *const[]){ &base, NULL }, 0,
			CONTRACT("1_users"), puts);
		judge(&f, &base, &tip, 10 * 24 + 1);
		assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY),
				 cases[i].message != NULL);
		if (!cases[i].message)
			continue;
		early = finding(&f, GM_RULE_CONTRACT_TOO_EARLY);
		if (!strstr(early->message, cases[i].message))
			fail_msg("%s", early->message);
		assert_str(early->path, "migrations/3_drop/up.sql");
		assert_int_equal(early->line, i == 2 ? 2 : 1);
		assert_string_equal(early->subject, "Drop it");
		assert_non_null(strstr(early->hint, "2026-01-13T00:00:00Z"));
		judge(&f, &base, &tip, 12 * 24);
		assert_int_equal(f.result.findings.errors, 0);
	}
	/* The one it names is told once. */
	tip = COMMIT(&f, &base, CONTRACT("2_phone"),
		     UP("3_drop", "ALTER TABLE users DROP phone;"));
	judge(&f, &base, &tip, 10 * 24 + 1);
	assert_int_equal(f.result.findings.n, 1);
	fixture_done(&f);
}

/* Of several, the one that lasts longest; those nobody knows before it. */
static void several(void **state)
{
	struct gm_oid base, tip;
	struct fixture f;

	(void)state;
	start(&f);
	base = COMMIT(&f, NULL, "Start\n",
		      UP("1_users", "CREATE TABLE users (id int, fax text);"),
		      UP("2_phone", "ALTER TABLE users ADD phone text;"),
		      UP("3_mail", "ALTER TABLE users ADD mail text;"),
		      UP("4_note", "ALTER TABLE users ADD note text;"));
	land(&f, &base, "migrations/3_mail/up.sql", "expand", 11, 0);
	land(&f, &base, "migrations/4_note/up.sql", "expand", 10, 2 * DAY);
	tip = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("5_drop", "DROP TABLE users;"));
	judge(&f, &base, &tip, 11 * 24 + 1);
	assert_int_equal(f.result.findings.n, 1);
	/* No window is shorter than the policy's. */
	assert_non_null(strstr(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->message,
			       "'2_phone' is about"));
	base = COMMIT(&f, &base, "More\n",
		      UP("5_more", "ALTER TABLE users ADD more text;"));
	tip = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("6_drop", "DROP TABLE users;"));
	judge(&f, &base, &tip, 11 * 24 + 1);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->message,
			       "it is not known when that landed"));
	fixture_done(&f);
}

/* What a contract does besides is no expand; one by its name only is. */
static void contracts(void **state)
{
	struct gm_oid base, tip;
	struct fixture f;

	(void)state;
	start(&f);
	base = COMMIT(&f, NULL, "Start\n",
		      UP("1_users", "CREATE TABLE users (id int, fax text);"),
		      UP("2_drop", "UPDATE users SET a = b;"
				   "ALTER TABLE users DROP c;"),
		      UP("3_later", "ALTER TABLE users ADD d int;"));
	land(&f, &base, "migrations/2_drop/up.sql", "contract", 10, DAY);
	land(&f, &base, "migrations/3_later/up.sql", "contract", 0, DAY);
	tip = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("4_drop", "ALTER TABLE users DROP d;"));
	judge(&f, &base, &tip, 10 * 24 + 1);
	assert_int_equal(f.result.findings.n, 0);
	land(&f, &base, "migrations/3_later/up.sql", "contract", 10, DAY);
	judge(&f, &base, &tip, 10 * 24 + 1);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

/* What comes with it, whichever commit is the first. */
static void same_push(void **state)
{
	struct gm_oid base, one, tip;
	struct fixture f;

	(void)state;
	base = start(&f);
	one = COMMIT(&f, &base, "Add mail\n\n" EXPAND,
		     UP("3_mail", "ALTER TABLE users ADD mail text;"),
		     DOWN("3_mail"));
	tip = COMMIT(&f, &one, CONTRACT("1_users"),
		     UP("4_drop", "ALTER TABLE users DROP mail;"));
	judge(&f, &base, &tip, 20 * 24);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->message,
			       "'3_mail' is about column users.mail as"
			       " well, and comes in the same push"));
	/* Columns that have nothing to do with each other. */
	tip = COMMIT(&f, &one, CONTRACT("1_users"),
		     UP("4_drop", "ALTER TABLE users DROP fax;"));
	judge(&f, &base, &tip, 20 * 24);
	assert_int_equal(f.result.findings.n, 0);
	one = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("4_drop", "ALTER TABLE users DROP mail;"));
	tip = COMMIT(&f, &one, "Fill mail\n\nMigration-Phase: backfill\n",
		     UP("3_mail", "UPDATE users SET mail = '';"));
	judge(&f, &base, &tip, 20 * 24);
	assert_int_equal(f.result.findings.n, 1);
	assert_string_equal(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->subject,
			    "Drop it");
	one = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("3_drop", "ALTER TABLE users DROP mail;"));
	tip = COMMIT(&f, &one, "Add mail\n\n" EXPAND,
		     UP("4_mail", "ALTER TABLE users ADD mail text;"),
		     DOWN("4_mail"));
	judge(&f, &base, &tip, 20 * 24);
	assert_non_null(strstr(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->message,
			       "'4_mail' is about column users.mail"));
	/* The one it names is told once, and another contract is none. */
	one = COMMIT(&f, &base, "Add mail\n\n" EXPAND,
		     UP("3_mail", "ALTER TABLE users ADD mail text;"),
		     DOWN("3_mail"));
	one = COMMIT(&f, &one, CONTRACT("1_users"),
		     UP("4_drop", "UPDATE users SET id = 1;"
				  "ALTER TABLE users DROP fax;"));
	tip = COMMIT(&f, &one, CONTRACT("3_mail"),
		     UP("5_drop", "ALTER TABLE users DROP mail;"));
	judge(&f, &base, &tip, 20 * 24);
	assert_int_equal(f.result.findings.n, 1);
	assert_non_null(strstr(finding(&f, GM_RULE_CONTRACT_TOO_EARLY)->message,
			       "its expand '3_mail' comes"));
	fixture_done(&f);
}

/* A hook says it of what is staged. */
static void staged(void **state)
{
	struct gm_staged s = { .has_message = true,
			       .message = gm_str(CONTRACT("1_users")) };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid tip;
	struct fixture f;

	(void)state;
	s.base = start(&f);
	tip = COMMIT(&f, &s.base, "x\n",
		     UP("3_drop", "ALTER TABLE users DROP phone;"));
	s.tree = fixture_at(&f, &tip, "");
	s.now = start_of() + 10 * DAY + 3600;
	*GM_PUSH(&f.arena, &s.parents) = s.base;
	fixture_judged(&f, &tip);
	assert_ok(
		gm_check_staged(&f.result, &f.arena, f.repo, &f.cx, &s, &err));
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

/* What cannot be read may be about anything. */
static void unread(void **state)
{
	struct gm_oid base, tip;
	struct fixture f;

	(void)state;
	start(&f);
	base = COMMIT(&f, NULL, "Start\n",
		      UP("1_users", "CREATE TABLE users (id int, fax text);"),
		      UP("2_phone", "SELECT 1; -- \xff"));
	land(&f, &base, "migrations/2_phone/up.sql", "expand", 10, 3 * DAY);
	tip = COMMIT(&f, &base, CONTRACT("1_users"),
		     UP("3_drop", "DROP TABLE orders;"));
	judge(&f, &base, &tip, 10 * 24 + 1);
	assert_int_equal(found(&f, GM_RULE_CONTRACT_TOO_EARLY), 1);
	fixture_done(&f);
}

struct ends {
	struct gm_oid base, tip;
};

static int judge_again(struct fixture *f, void *data, struct gm_err *err)
{
	const struct ends *ends = data;
	struct gm_range range = {
		.ref = MAIN,
		.base = ends->base,
		.tip = ends->tip,
		.now = start_of() + 10 * DAY + 3600,
	};

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	if (gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
			   err) < 0)
		return -1;
	return (int)f->result.findings.n;
}

static void damage(void **state)
{
	struct ends ends;
	struct fixture f;

	(void)state;
	ends.base = start(&f);
	ends.tip = COMMIT(&f, &ends.base, CONTRACT("1_users"),
			  UP("3_drop", "ALTER TABLE users DROP phone;"));
	fixture_judged(&f, &ends.tip);
	fixture_sweep(&f, judge_again, &ends);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(open_windows), cmocka_unit_test(several),
	     cmocka_unit_test(contracts), cmocka_unit_test(same_push),
	     cmocka_unit_test(staged), cmocka_unit_test(unread),
	     cmocka_unit_test(damage))

/* A migration that is one transaction, through gm_apply. */
#include "db/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

static struct fixture f;

static void test_fails(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE TABLE a (b int);\nSELECT 1/0;\n"),
	};

	(void)state;
	fixture_open(&f, "failing");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "migration '1_a'");
	assert_has(err.msg, "division by zero");
	assert_string_equal(err.path, "migrations/1_a/up.sql");
	assert_int_equal(err.line, 2);
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	assert_value(&f, "SELECT count(*) FROM git_migrate.migration", "0");
	assert_value(&f,
		     "SELECT detail FROM git_migrate.event WHERE kind ="
		     " 'failed'",
		     "division by zero [22012]");
	/* Nothing is in the way of the next try. */
	units[0].up = GM_STR("CREATE TABLE a (b int);");
	assert_applied(&f, units);
	fixture_close(&f);
}

/* A call can change it too; what it is called in the ledger must stay. */
static void test_encoding(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_ä", GM_PHASE_NONE,
			"SELECT set_config('client_encoding', 'LATIN1',"
			" false)"),
	};

	(void)state;
	fixture_open(&f, "encoding");
	assert_applied(&f, units);
	assert_value(&f, "SELECT id FROM git_migrate.migration", "1_ä");
	assert_applied(&f, units);
	assert_int_equal(f.result.applied, 0);
	fixture_close(&f);
}

static void test_wrapped(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"BEGIN;\nSET search_path = pg_temp;\nCREATE ROLE"
			" wrapped_role;\nSET ROLE wrapped_role;\nSET LOCAL"
			" statement_timeout = '1h';\nCOMMIT;"),
		unit_of("2_b", GM_PHASE_EXPAND, "CREATE TABLE b (c int);"),
	};

	(void)state;
	fixture_open(&f, "wrapping");
	assert_script(f.look, "DROP ROLE IF EXISTS wrapped_role");
	assert_applied(&f, units);
	assert_value(&f, "SELECT to_regclass('public.b') IS NOT NULL", "t");
	assert_value(&f,
		     "SELECT DISTINCT applied_by FROM"
		     " git_migrate.migration",
		     "postgres");
	fixture_close(&f);
}

static void test_deferred(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND,
			"CREATE TABLE a (b int PRIMARY KEY); CREATE TABLE c (d"
			" int REFERENCES a DEFERRABLE INITIALLY DEFERRED);"
			" INSERT INTO c VALUES (1);"),
	};

	(void)state;
	fixture_open(&f, "deferring");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "violates foreign key");
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	fixture_close(&f);
}

/* The transaction that waits for a lock; "" for none. */
static int waiter(char *out, size_t size, struct gm_conn *c)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_rows rows;

	if (gm_conn_row(&rows, &a, c,
			"SELECT coalesce(max(virtualtransaction), '')"
			" FROM pg_locks WHERE NOT granted",
			NULL, 0, &ignored) < 0)
		return -1;
	snprintf(out, size, "%s", gm_cell(&rows, 0, 0));
	return 0;
}

/* When a second try is waiting. */
static void *let_go(void *arg)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_conn *c = arg;
	char first[32] = "", now[32] = "";

	do {
		usleep(5000);
		if (waiter(now, sizeof(now), c) < 0)
			return arg;
		if (!*first)
			snprintf(first, sizeof(first), "%s", now);
	} while (!*now || !strcmp(now, first));
	return gm_conn_script(c, "ROLLBACK", &ignored) < 0 ? arg : NULL;
}

static void test_ladder(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "ALTER TABLE a ADD c int;"),
	};
	struct gm_conn *c;
	pthread_t thread;

	(void)state;
	fixture_open(&f, "laddering");
	assert_script(f.look, "CREATE TABLE a (b int)");
	c = place_connect("laddering");
	assert_script(c, "BEGIN; SELECT * FROM a");
	assert_int_equal(pthread_create(&thread, NULL, let_go, c), 0);
	f.o.patience_ms = 60000;
	assert_applied(&f, units);
	pthread_join(thread, NULL);
	assert_has(f.news.ptr, "blocked 1_a process ");
	assert_has(f.news.ptr, "FROM pg_locks");
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_patience(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "ALTER TABLE a ADD c int;"),
	};
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "patience");
	assert_script(f.look, "CREATE TABLE a (b int)");
	c = place_connect("patience");
	assert_script(c, "BEGIN; SELECT * FROM a");
	f.o.patience_ms = 300;
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "lock timeout");
	assert_has(err.hint, "In the way: process ");
	assert_value(&f, "SELECT count(*) FROM git_migrate.migration", "0");
	gm_conn_close(&c);
	assert_applied(&f, units);
	fixture_close(&f);
}

static void test_too_long(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "SELECT pg_sleep(100);"),
	};

	(void)state;
	fixture_open(&f, "toolong");
	f.o.timeout_ms = 300;
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "statement timeout");
	units[0].up = GM_STR("SET application_name = 'statement_timeout';"
			     "SELECT pg_sleep(100);");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	/* Who sets it in the file is to know. */
	units[0].up = GM_STR("SET LOCAL \"Statement_Timeout\" = '20s';"
			     "SELECT pg_sleep(0.6);");
	assert_applied(&f, units);
	fixture_close(&f);
}

static void test_same_time(void **state)
{
	struct gm_apply_unit units[] = {
		unit_of("1_a", GM_PHASE_EXPAND, "CREATE TABLE a (b int);"),
	};
	struct gm_ledger_entry entry = { .id = "1_a",
					 .digest = units[0].digest,
					 .path = "",
					 .sql_sha256 = "",
					 .phase = "none",
					 .class_ = "expand" };

	(void)state;
	fixture_open(&f, "sametime");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_int_equal(gm_ledger_baseline(f.look, &entry, 1, "x", &err), 1);
	assert_applied(&f, units);
	assert_int_equal(f.result.applied, 0);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_fails), cmocka_unit_test(test_wrapped),
	   cmocka_unit_test(test_encoding), cmocka_unit_test(test_deferred),
	   cmocka_unit_test(test_ladder), cmocka_unit_test(test_patience),
	   cmocka_unit_test(test_too_long), cmocka_unit_test(test_same_time))

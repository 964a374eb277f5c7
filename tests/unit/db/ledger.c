#include "db/ledger.h"

#include "fixture.h"

static const struct gm_ledger_entry entry = {
	.id = "1_a",
	.digest = "sha256:d",
	.path = "migrations/1_a/up.sql",
	.sql_sha256 = "s",
	.phase = "expand",
	.class_ = "expand",
	.env = "staging",
	.revision = "abc",
	.steps = 2,
	.unit = 1,
};

static const struct gm_step step = {
	.kind = GM_STEP_ALONE, .line = 3, .tag = "CREATE INDEX", .sha256 = "h"
};

static void test_install(void **state)
{
	struct gm_ledger l;
	struct fixture f;

	(void)state;
	fixture_open(&f, "install");
	assert_ok(gm_ledger_read(&l, &arena, f.look, &err));
	assert_false(l.present);
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_int_equal(gm_ledger_install(f.look, &err), 0);
	assert_ok(gm_ledger_read(&l, &arena, f.look, &err));
	assert_true(l.present);
	assert_int_equal(l.version, GM_LEDGER_VERSION);
	assert_int_equal(l.n, 0);
	/* Each column says what it holds. */
	assert_value(&f,
		     "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON"
		     " c.oid = a.attrelid WHERE relnamespace ="
		     " 'git_migrate'::regnamespace AND relkind = 'r' AND attnum"
		     " > 0 AND col_description(c.oid, attnum) IS NULL",
		     "0");
	assert_script(f.look, "UPDATE git_migrate.ledger SET version = 99");
	assert_int_equal(gm_ledger_read(&l, &arena, f.look, &err), -1);
	assert_int_equal(err.code, GM_EUNSUPPORTED);
	assert_int_equal(gm_ledger_install(f.look, &err), -1);
	fixture_close(&f);
}

static void test_events_stay(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "events");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_ok(gm_ledger_event(f.look, NULL, "note", 0, "x", &err));
	assert_ok(gm_ledger_event(f.look, &entry, "note", 3, NULL, &err));
	assert_value(&f, "SELECT count(*) FROM git_migrate.event", "3");
	assert_int_equal(
		gm_conn_script(f.look, "DELETE FROM git_migrate.event", &err),
		-1);
	assert_int_equal(gm_conn_script(f.look,
					"UPDATE git_migrate.event SET kind ="
					" 'y' WHERE false",
					&err),
			 -1);
	assert_int_equal(
		gm_conn_script(f.look, "TRUNCATE git_migrate.event", &err), -1);
	assert_int_equal(gm_conn_script(f.look,
					"SET session_replication_role ="
					" replica; DELETE FROM"
					" git_migrate.event",
					&err),
			 -1);
	fixture_close(&f);
}

static void test_no_rights(void **state)
{
	struct gm_conn *c;
	struct fixture f;

	(void)state;
	fixture_open(&f, "norights");
	assert_script(f.look, "DROP ROLE IF EXISTS nobody_much; CREATE ROLE"
			      " nobody_much LOGIN");
	assert_ok(
		gm_server_connect(&c, server, "nobody_much", "norights", &err));
	assert_int_equal(gm_ledger_install(c, &err), -1);
	assert_non_null(strstr(err.hint, "may create it"));
	assert_int_equal(gm_conn_tx(c), GM_TX_IDLE);
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_steps(void **state)
{
	struct gm_ledger_steps steps;
	struct gm_ledger_row row;
	struct gm_ledger l;
	struct fixture f;
	int64_t xid = 0;

	(void)state;
	fixture_open(&f, "stepping");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_ok(gm_ledger_begin(&xid, f.look, &entry, &err));
	assert_true(xid > 0);
	assert_ok(gm_ledger_intend(f.look, &entry, &step, 1, &err));
	assert_ok(gm_ledger_end(f.look, &entry, 1, false, "no", &err));
	assert_ok(gm_ledger_intend(f.look, &entry, &step, 1, &err));
	assert_ok(gm_ledger_end(f.look, &entry, 1, true, NULL, &err));
	assert_int_equal(gm_ledger_intend(f.look, &entry, &step, 1, &err), -1);
	assert_int_equal(err.code, GM_ERACE);
	assert_ok(gm_ledger_steps(&steps, &arena, f.look, "1_a", &err));
	assert_int_equal(steps.n, 1);
	assert_string_equal(steps.items[0].kind, "alone");
	assert_string_equal(steps.items[0].state, "done");
	assert_string_equal(steps.items[0].sha256, "h");
	assert_ok(gm_ledger_set(f.look, &entry, GM_LEDGER_FAILED, "why", &err));
	assert_int_equal(gm_ledger_look(&row, &arena, f.look, "1_a", &err), 1);
	assert_int_equal(row.state, GM_LEDGER_FAILED);
	assert_string_equal(row.note, "why");
	assert_string_equal(row.finished_at, "");
	assert_int_equal(row.unit, 1);
	assert_ok(gm_ledger_set(f.look, &entry, GM_LEDGER_APPLIED, NULL, &err));
	assert_int_equal(gm_ledger_begin(&xid, f.look, &entry, &err), -1);
	assert_int_equal(err.code, GM_ERACE);
	assert_ok(gm_ledger_read(&l, &arena, f.look, &err));
	assert_int_equal(l.n, 1);
	assert_string_equal(gm_ledger_find(&l, "1_a")->env, "staging");
	assert_int_equal(strlen(gm_ledger_find(&l, "1_a")->finished_at), 20);
	assert_null(gm_ledger_find(&l, "2_b"));
	assert_int_equal(gm_ledger_look(&row, &arena, f.look, "2_b", &err), 0);
	fixture_close(&f);
}

static void test_baseline(void **state)
{
	struct gm_ledger_entry two[] = { entry, entry };
	struct gm_ledger l;
	struct fixture f;

	(void)state;
	two[1].id = "2_b";
	fixture_open(&f, "baseline");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_int_equal(gm_ledger_baseline(f.look, two, 1, "why", &err), 1);
	assert_int_equal(gm_ledger_baseline(f.look, two, 2, "why", &err), 1);
	assert_ok(gm_ledger_read(&l, &arena, f.look, &err));
	assert_int_equal(l.n, 2);
	assert_int_equal(l.items[0].state, GM_LEDGER_BASELINE);
	assert_true(gm_ledger_is_done(l.items[0].state));
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.event WHERE kind ="
		     " 'baseline' AND detail = 'why'",
		     "2");
	two[0].id = "3_c";
	two[1].id = "4_d";
	two[1].phase = "wrong";
	assert_int_equal(gm_ledger_baseline(f.look, two, 2, "why", &err), -1);
	assert_value(&f, "SELECT count(*) FROM git_migrate.migration", "2");
	fixture_close(&f);
}

static void test_lost(void **state)
{
	struct gm_ledger_steps steps;
	struct gm_ledger_row row;
	struct gm_ledger l;
	struct fixture f;
	int64_t xid;

	(void)state;
	fixture_open(&f, "lost");
	assert_int_equal(gm_conn_script(f.look,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	assert_int_equal(gm_ledger_read(&l, &arena, f.look, &err), -1);
	assert_int_equal(gm_ledger_look(&row, &arena, f.look, "a", &err), -1);
	assert_int_equal(gm_ledger_steps(&steps, &arena, f.look, "a", &err),
			 -1);
	assert_int_equal(gm_ledger_install(f.look, &err), -1);
	assert_int_equal(gm_ledger_begin(&xid, f.look, &entry, &err), -1);
	assert_int_equal(gm_ledger_intend(f.look, &entry, &step, 1, &err), -1);
	assert_int_equal(gm_ledger_baseline(f.look, &entry, 1, "", &err), -1);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_install), cmocka_unit_test(test_events_stay),
	   cmocka_unit_test(test_no_rights), cmocka_unit_test(test_steps),
	   cmocka_unit_test(test_baseline), cmocka_unit_test(test_lost))

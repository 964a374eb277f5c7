#include "db/checkpoint.h"

#include "fixture.h"

static const struct gm_ledger_entry entry = {
	.id = "20261121093000_a_long_name_that_says_what_it_is_about",
	.digest = "sha256:0123456789abcdef",
	.class_ = "contract",
};

static const struct gm_wait long_wait = { .limit_ms = 30000 };
static const struct gm_wait short_wait = { .limit_ms = 20 };

static int stop(void *ctx, struct gm_err *e)
{
	return *(unsigned *)ctx && --*(unsigned *)ctx
		       ? 0
		       : gm_fail(e, GM_EDB, "interrupted");
}

static void test_name(void **state)
{
	struct gm_ledger_entry e = { .id = "1_a",
				     .digest = "sha256:0123456789",
				     .class_ = "expand" };
	const char *name;

	(void)state;
	assert_string_equal(gm_checkpoint_name(&arena, &e, 36),
			    "gm:1_a:expand:0123456:10");
	name = gm_checkpoint_name(&arena, &entry, 1795248000000);
	assert_true(strlen(name) <= 63);
	assert_has(name, ":contract:0123456:");
	e.id = "1_\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	       "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
	name = gm_checkpoint_name(&arena, &e, 1);
	assert_has(name, "\xc3\xa4:expand");
}

static void test_take(void **state)
{
	struct gm_checkpoint_rights may;
	struct gm_checkpoint cp;
	struct fixture f;

	(void)state;
	fixture_open(&f, "points");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_ok(gm_checkpoint_ask(&may, f.look, &err));
	assert_true(may.known && may.point && may.switch_ && may.archiving);
	assert_ok(gm_checkpoint_take(&cp, &arena, f.look, &may, &entry, &err));
	assert_true(cp.id > 0);
	assert_null(cp.why);
	assert_int_equal(strlen(cp.wal_file), 24);
	assert_ok(gm_checkpoint_archive(&cp, &arena, f.look, &may, &entry,
					&long_wait, &err));
	assert_true(cp.archived);
	assert_value(&f,
		     "SELECT archived_at IS NOT NULL AND timeline = 1 AND"
		     " system_id <> 0 FROM git_migrate.checkpoint",
		     "t");
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.event WHERE kind IN"
		     " ('checkpoint', 'archived')",
		     "2");
	fixture_close(&f);
}

static void test_no_rights(void **state)
{
	struct gm_checkpoint_rights may;
	struct gm_checkpoint cp;
	struct gm_conn *c;
	struct fixture f;

	(void)state;
	fixture_open(&f, "nopoints");
	assert_script(f.look, "DROP ROLE IF EXISTS nobody_here; CREATE ROLE"
			      " nobody_here LOGIN; GRANT CREATE ON DATABASE"
			      " nopoints TO nobody_here");
	assert_ok(
		gm_server_connect(&c, server, "nobody_here", "nopoints", &err));
	assert_int_equal(gm_ledger_install(c, &err), 1);
	assert_ok(gm_checkpoint_ask(&may, c, &err));
	assert_ok(gm_checkpoint_take(&cp, &arena, c, &may, &entry, &err));
	assert_int_equal(cp.id, 0);
	assert_has(cp.why, "role nobody_here may not execute");
	assert_ok(gm_checkpoint_archive(&cp, &arena, c, &may, &entry,
					&short_wait, &err));
	assert_script(f.look, "GRANT EXECUTE ON FUNCTION"
			      " pg_create_restore_point(text) TO nobody_here");
	assert_ok(gm_checkpoint_ask(&may, c, &err));
	assert_ok(gm_checkpoint_take(&cp, &arena, c, &may, &entry, &err));
	assert_true(cp.id > 0);
	assert_ok(gm_checkpoint_archive(&cp, &arena, c, &may, &entry,
					&short_wait, &err));
	assert_has(cp.why, "pg_switch_wal");
	gm_conn_close(&c);
	assert_script(f.look, "REVOKE EXECUTE ON FUNCTION"
			      " pg_create_restore_point(text) FROM"
			      " nobody_here");
	fixture_close(&f);
}

static void test_not_archived(void **state)
{
	const struct gm_checkpoint_rights may = { .switch_ = true,
						  .archiving = true };
	struct gm_checkpoint cp = { .id = 1,
				    .wal_file = "FFFFFFFFFFFFFFFFFFFFFFFF" };
	unsigned times = 3;
	struct gm_wait wait = { .go_on = stop, .ctx = &times };
	struct fixture f;

	(void)state;
	fixture_open(&f, "notyet");
	assert_int_equal(gm_ledger_install(f.look, &err), 1);
	assert_ok(gm_checkpoint_archive(&cp, &arena, f.look, &may, &entry,
					&short_wait, &err));
	assert_false(cp.archived);
	assert_has(cp.why, "was not archived in 0 seconds");
	wait.limit_ms = 600000;
	assert_int_equal(gm_checkpoint_archive(&cp, &arena, f.look, &may,
					       &entry, &wait, &err),
			 -1);
	assert_string_equal(err.msg, "interrupted");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_name), cmocka_unit_test(test_take),
	   cmocka_unit_test(test_no_rights),
	   cmocka_unit_test(test_not_archived))

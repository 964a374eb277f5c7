#include "db/preflight.h"

#include "fixture.h"

static struct fixture f;

static const char *text(const struct gm_preflight *p)
{
	struct gm_buf b = gm_buf(&arena);

	for (size_t i = 0; i < p->n; i++)
		gm_buf_printf(&b, "%s %s %s\n",
			      gm_preflight_level_name(p->items[i].level),
			      p->items[i].check, p->items[i].what);
	return b.ptr;
}

static const char *look(const char *sql)
{
	struct gm_preflight p = { 0 };
	struct gm_steps s;

	assert_ok(gm_steps_read(&s, &arena, gm_str(sql), GM_PHASE_NONE, true,
				&err));
	assert_ok(gm_preflight_steps(&p, &arena, f.look, &s, &err));
	return text(&p);
}

static const char *look_server(void)
{
	struct gm_preflight p = { 0 };

	assert_ok(gm_preflight_server(&p, &arena, f.look, NULL, &err));
	return text(&p);
}

static void test_server(void **state)
{
	(void)state;
	fixture_open(&f, "serving");
	assert_null(strstr(look_server(), "no-go"));
	assert_script(f.look, "CREATE TABLE a (b int); CREATE INDEX i ON a (b);"
			      "CREATE FUNCTION e() RETURNS event_trigger"
			      " LANGUAGE plpgsql AS 'BEGIN END';"
			      "CREATE EVENT TRIGGER x ON ddl_command_end"
			      " EXECUTE FUNCTION e()");
	assert_script(f.look, "UPDATE pg_index SET indisvalid = false WHERE"
			      " indexrelid = 'i'::regclass");
	assert_has(look_server(), "warning indexes index i of a is INVALID");
	assert_has(look_server(), "note event triggers event trigger x");
	assert_null(strstr(look_server(), "search_path"));
	assert_script(f.look, "ALTER DATABASE serving SET search_path = s");
	gm_conn_close(&f.look);
	f.look = place_connect("serving");
	assert_has(look_server(), "warning session search_path is s in sessions"
				  " of postgres, and public in migrations");
	assert_script(f.look, "SET default_transaction_read_only = on");
	assert_has(look_server(), "no-go primary the session is read-only");
	fixture_close(&f);
}

static void test_holders(void **state)
{
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "holding");
	assert_script(f.look, "CREATE TABLE a (b int)");
	c = place_connect("holding");
	assert_script(c, "BEGIN; SELECT * FROM a");
	assert_string_equal(look("DROP TABLE a"), "");
	assert_script(c, "ROLLBACK");
	assert_script(c, "BEGIN; INSERT INTO a VALUES (1); PREPARE TRANSACTION"
			 " 'left'");
	assert_has(look("DROP TABLE a"), "no-go prepared a prepared"
					 " transaction, 'left' of postgres,"
					 " holds RowExclusiveLock on a");
	assert_has(look("CREATE INDEX i ON a (b)"), "no-go prepared");
	assert_string_equal(look("INSERT INTO a VALUES (1)"), "");
	assert_has(look_server(), "warning prepared prepared transaction"
				  " 'left'");
	assert_script(c, "ROLLBACK PREPARED 'left'");
	gm_conn_close(&c);
	fixture_close(&f);
}

static void test_rights(void **state)
{
	(void)state;
	fixture_open(&f, "rights");
	assert_script(f.look, "DROP ROLE IF EXISTS little; CREATE ROLE little;"
			      "CREATE TABLE a (b int); GRANT SELECT ON a TO"
			      " little");
	assert_script(f.look, "SET ROLE little");
	assert_has(look("ALTER TABLE a ADD c int"), "no-go rights role little"
						    " does not own a");
	assert_has(look("UPDATE a SET b = 1"), "no-go rights role little may"
					       " not write a");
	assert_string_equal(look("CREATE TABLE c (d int)"), "");
	/* It may not ask where the server's files are. */
	assert_script(f.look, "RESET ROLE; ALTER TABLE a OWNER TO little");
	assert_script(f.look, "SET ROLE little");
	assert_string_equal(look("CREATE INDEX i ON a (b)"), "");
	fixture_close(&f);
}

/* A role that inherits nothing, and whose migrations say SET ROLE first. */
static void test_member(void **state)
{
	(void)state;
	fixture_open(&f, "member");
	assert_script(f.look, "DROP ROLE IF EXISTS owner, deploy;"
			      "CREATE ROLE owner; CREATE ROLE deploy NOINHERIT"
			      " IN ROLE owner; CREATE TABLE a (b int); ALTER"
			      " TABLE a OWNER TO owner; SET ROLE deploy");
	assert_string_equal(look("ALTER TABLE a ADD c int"), "");
	assert_string_equal(look("UPDATE a SET b = 1"), "");
	fixture_close(&f);
}

static void test_targets(void **state)
{
	(void)state;
	fixture_open(&f, "targets");
	assert_script(f.look, "CREATE TABLE a (b int); CREATE INDEX i ON a (b);"
			      "CREATE PUBLICATION p FOR TABLE a");
	assert_script(f.look, "UPDATE pg_index SET indisvalid = false WHERE"
			      " indexrelid = 'i'::regclass");
	assert_has(look("ALTER TABLE a ALTER b TYPE bigint"),
		   "warning publications a is in publication p");
	assert_has(look("DROP INDEX i"), "warning indexes index i of a");
	assert_string_equal(look("DROP TABLE IF EXISTS missing"), "");
	fixture_close(&f);
}

static void test_identity(void **state)
{
	struct gm_identity one = { 0 }, two = { 0 };

	(void)state;
	fixture_open(&f, "identity");
	assert_ok(gm_identity_read(&one, f.look, &err));
	assert_ok(gm_identity_read(&two, f.look, &err));
	assert_true(one.system_id != 0);
	assert_true(one.system_id == two.system_id);
	assert_int_equal(one.timeline, 1);
	fixture_close(&f);
}

static void test_array(void **state)
{
	static const char *const words[] = { "a", "b\"c", "d\\" };

	(void)state;
	assert_string_equal(gm_sql_array(&arena, words, 3),
			    "{\"a\",\"b\\\"c\",\"d\\\\\"}");
	assert_string_equal(gm_sql_array(&arena, NULL, 0), "{}");
}

static void test_lost(void **state)
{
	struct gm_preflight p = { 0 };
	struct gm_identity id;
	struct gm_steps s;

	(void)state;
	fixture_open(&f, "losing");
	assert_ok(gm_steps_read(&s, &arena, GM_STR("DROP TABLE a"),
				GM_PHASE_NONE, true, &err));
	assert_int_equal(gm_conn_script(f.look,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	assert_int_equal(gm_preflight_server(&p, &arena, f.look, NULL, &err),
			 -1);
	assert_int_equal(gm_preflight_steps(&p, &arena, f.look, &s, &err), -1);
	assert_int_equal(gm_identity_read(&id, f.look, &err), -1);
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_server), cmocka_unit_test(test_holders),
	   cmocka_unit_test(test_rights), cmocka_unit_test(test_member),
	   cmocka_unit_test(test_targets), cmocka_unit_test(test_identity),
	   cmocka_unit_test(test_array), cmocka_unit_test(test_lost))

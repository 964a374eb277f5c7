#include "db/stage.h"

#include <stdlib.h>

#include "base/file.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_stage stage;

static int open_stage(void **state)
{
	(void)state;
	if (gm_stage_open(&stage, &arena, NULL, 20000, &err) == 0)
		return 0;
	print_error("%s\n", err.msg);
	return -1;
}

static int close_stage(void **state)
{
	(void)state;
	gm_stage_close(&stage);
	gm_arena_done(&arena);
	return 0;
}

static struct gm_conn *connect_to(const char *dbname)
{
	struct gm_conn *c = NULL;

	assert_ok(gm_stage_connect(&c, &stage, NULL, dbname, &err));
	return c;
}

static void the_role_owns_its_database_alone(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = connect_to(GM_STAGE_DB);
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_row(
		&r, &arena, c,
		"SELECT rolsuper OR rolcreaterole OR rolcreatedb OR"
		" rolreplication OR rolbypassrls, current_user,"
		" (SELECT count(*) FROM pg_auth_members WHERE member ="
		" r.oid), pg_get_userbyid(datdba),"
		" current_setting('search_path') FROM pg_roles r, pg_database"
		" WHERE rolname = current_user AND datname ="
		" current_database()",
		NULL, 0, &err));
	assert_false(gm_cell_bool(&r, 0, 0));
	assert_string_equal(gm_cell(&r, 0, 1), GM_STAGE_ROLE);
	assert_int_equal(gm_cell_int(&r, 0, 2), 0);
	assert_string_equal(gm_cell(&r, 0, 3), GM_STAGE_ROLE);
	assert_string_equal(gm_cell(&r, 0, 4), "public");
}

static void copies(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = connect_to(GM_STAGE_DB);
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_script(c, "CREATE TABLE t AS SELECT 1 AS a", &err));
	gm_conn_close(&c);
	for (int i = 0; i < 2; i++) {
		assert_ok(gm_stage_copy(&stage, "a copy", &err));
		c = connect_to("a copy");
		assert_ok(gm_conn_row(&r, &arena, c, "TABLE t", NULL, 0, &err));
		assert_int_equal(gm_cell_int(&r, 0, 0), 1);
		assert_ok(gm_conn_script(c, "DROP TABLE t", &err));
		gm_conn_close(&c);
	}
	assert_ok(gm_stage_drop(&stage, "a copy", &err));
	assert_ok(gm_stage_drop(&stage, "a copy", &err));
	assert_int_equal(gm_stage_connect(&c, &stage, NULL, "a copy", &err),
			 -1);
}

static void an_empty_one_again(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = connect_to(GM_STAGE_DB);

	(void)state;
	assert_ok(gm_conn_script(c, "CREATE TABLE gone AS SELECT 1", &err));
	gm_conn_close(&c);
	assert_ok(gm_stage_clear(&stage, &err));
	c = connect_to(GM_STAGE_DB);
	assert_ok(gm_conn_script(c, "CREATE TABLE gone AS SELECT 1", &err));
	assert_ok(gm_conn_script(c, "DROP TABLE gone", &err));
}

static int make_up(struct gm_conn *c, const char *sql)
{
	assert_int_equal(gm_conn_script(c, sql, &err), -1);
	return gm_stage_make_up(&stage, c, &err);
}

static void what_is_made_up(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = connect_to(GM_STAGE_DB);

	(void)state;
	assert_int_equal(make_up(c, "GRANT CREATE ON SCHEMA public TO"
				    " \"it's; \"\"x\""),
			 1);
	assert_string_equal(stage.made_up.items[0], "role it's; \"x");
	assert_int_equal(make_up(c, "GRANT CONNECT ON DATABASE shop TO PUBLIC"),
			 1);
	/* What dumps are full of. */
	assert_int_equal(make_up(c, "ALTER SCHEMA public OWNER TO postgres"),
			 1);
	assert_int_equal(make_up(c, "SELECT 'x'::nix"), 0);
	assert_int_equal(make_up(c, "SELECT 1/0"), 0);
	/* What only looks like it. */
	assert_int_equal(make_up(c, "DO $$ BEGIN RAISE 'role \"pg_x\" does not"
				    " exist' USING ERRCODE = '42704'; END $$"),
			 0);
	assert_int_equal(make_up(c, "DO $$ BEGIN RAISE 'role \"\" does not"
				    " exist' USING ERRCODE = '42704'; END $$"),
			 0);
	assert_int_equal(make_up(c,
				 "DO $$ BEGIN RAISE 'role \"" GM_STAGE_SUPERUSER
				 "\" does not exist' USING ERRCODE = '42704';"
				 " END $$"),
			 -1);
	assert_int_equal(stage.made_up.n, 3);
}

static void dumps_of_another(void **state)
{
	struct gm_str text;
	const char *uri = gm_server_uri(&arena, stage.server, NULL, "shop");
	struct gm_conn *c = NULL;

	(void)state;
	assert_ok(gm_server_connect(&c, stage.server, NULL, "shop", &err));
	assert_ok(gm_conn_script(c,
				 "CREATE TABLE dumped (a int PRIMARY KEY);"
				 "INSERT INTO dumped VALUES (4711)",
				 &err));
	gm_conn_close(&c);
	setenv("PGHOST", "/nowhere", 1);
	assert_ok(gm_stage_dump(&text, &arena, NULL, uri, &err));
	unsetenv("PGHOST");
	assert_non_null(strstr(text.ptr, "CREATE TABLE public.dumped"));
	assert_null(strstr(text.ptr, "4711"));
	assert_ok(gm_stage_load(&stage, "dump", text, &err));
	c = connect_to(GM_STAGE_DB);
	assert_ok(gm_conn_script(c, "SELECT a FROM dumped", &err));
	gm_conn_close(&c);
	assert_int_equal(gm_stage_dump(&text, &arena, NULL,
				       "postgresql://u:s3cret@[x", &err),
			 -1);
	assert_null(strstr(err.msg, "s3cret"));
	assert_int_equal(gm_stage_dump(&text, &arena, "/nowhere", uri, &err),
			 -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_role_owns_its_database_alone),
		cmocka_unit_test(copies),
		cmocka_unit_test(an_empty_one_again),
		cmocka_unit_test(what_is_made_up),
		cmocka_unit_test(dumps_of_another),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_stage, close_stage);
}

#include "db/drill.h"

#include <stdlib.h>

#include "base/file.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_drill result;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static struct gm_drill_unit unit(const char *id, const char *up,
				 const char *down, const char *verify)
{
	return (struct gm_drill_unit){
		.id = id,
		.path = gm_printf(&arena, "%s/up.sql", id),
		.down_path = gm_printf(&arena, "%s/down.sql", id),
		.verify_path = gm_printf(&arena, "%s/verify.sql", id),
		.up = gm_str(up),
		.down = gm_str(down),
		.verify = gm_str(verify),
	};
}

static int drill(const struct gm_drill_unit *units, size_t from, size_t to,
		 const struct gm_drill_options *options)
{
	struct gm_drill_options o = { .rows = 20, .limit_ms = 20000 };

	if (options)
		o = *options;
	memset(&err, 0, sizeof(err));
	return gm_drill(&result, &arena, units, from, to, &o, &err);
}

/* The answers, as words: "apply yes, verify skipped, ..." */
static const char *answers(const struct gm_drilled *d)
{
	const char *all = "";

	for (int i = 0; i < GM_DRILL_CHECKS; i++)
		all = gm_printf(&arena, "%s%s%s %s", all, i ? ", " : "",
				gm_drill_what_name(i),
				gm_drill_answer_name(d->checks[i].answer));
	return all;
}

static const char shop[] =
	"CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
	" name text NOT NULL); CREATE TABLE orders (id int PRIMARY KEY,"
	" user_id int NOT NULL REFERENCES users, total numeric(8, 2)"
	" CHECK (total >= 0));";

static void there_and_back(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_shop", shop, "DROP TABLE orders; DROP TABLE users;",
		     NULL),
		unit("2_phone", "ALTER TABLE users ADD phone text;",
		     "ALTER TABLE users DROP phone;",
		     "SELECT 1 / count(*) FROM information_schema.columns"
		     " WHERE column_name = 'phone'"),
	};
	const struct gm_drilled *d;

	(void)state;
	assert_ok(drill(units, 0, 2, NULL));
	assert_int_equal(result.n, 2);
	assert_int_equal(result.replayed, 0);
	assert_true(result.version >= 120000);
	d = &result.items[0];
	assert_string_equal(answers(d), "apply yes, verify skipped, again note,"
					" down yes, up again yes, restore yes");
	assert_int_equal(d->rows, 0);
	d = &result.items[1];
	assert_string_equal(answers(d), "apply yes, verify yes, again note,"
					" down yes, up again yes, restore yes");
	assert_false(d->no);
	assert_int_equal(d->rows, 40);
	assert_int_equal(d->fill.n, 2);
	assert_int_equal(d->n_stmts, 1);
	assert_int_equal(d->stmts[0].class_, GM_CLASS_EXPAND);
	assert_string_equal(d->stmts[0].seen.locks.items[0].mode,
			    "ACCESS EXCLUSIVE");
	assert_true(d->stmts[0].seen.locks.items[0].held_us > 0);
	assert_true(d->wal > 0 && d->ms > 0 && d->rto_ms > 0);
	assert_string_equal(d->point, "gm:2_phone");
	assert_int_equal(d->changes.n, 1);
	assert_string_equal(gm_change_name(&arena, &d->changes.items[0]),
			    "column public.users.phone");
	assert_non_null(strstr(d->checks[GM_DRILL_AGAIN].why,
			       "\"phone\" of relation \"users\" already"));
	assert_int_equal(d->checks[GM_DRILL_AGAIN].line, 1);
}

static void what_no_backup_holds(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_cache", "CREATE UNLOGGED TABLE cache (id int)", NULL,
		     NULL),
		unit("2_b", "ALTER TABLE cache ADD b int", NULL, NULL),
	};
	const struct gm_drill_check *restore;

	(void)state;
	assert_ok(drill(units, 1, 2, NULL));
	assert_false(result.items[0].no);
	restore = &result.items[0].checks[GM_DRILL_RESTORE];
	assert_int_equal(restore->answer, GM_DRILL_NOTE);
	assert_int_equal(restore->rows.n, 1);
	assert_string_equal(restore->rows.items[0],
			    "public.cache: 0 rows instead of 20");
}

static void what_down_loses(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_shop", shop, NULL, NULL),
		unit("2_gone", "ALTER TABLE users DROP name;",
		     "ALTER TABLE users ADD name text NOT NULL DEFAULT 'x';"
		     "ALTER TABLE users ALTER name DROP DEFAULT;",
		     NULL),
		unit("3_wrong", "CREATE TABLE IF NOT EXISTS t (a int);",
		     "ALTER TABLE t ADD b int;", NULL),
		unit("4_worse", "CREATE TABLE u (a int);", "DROP TABLE uu;",
		     NULL),
	};
	const struct gm_drill_check *c;

	(void)state;
	assert_int_equal(drill(units, 1, 4, NULL), 1);
	assert_int_equal(result.replayed, 1);
	assert_int_equal(result.n, 3);
	assert_string_equal(answers(&result.items[0]),
			    "apply yes, verify skipped, again note, down note,"
			    " up again yes, restore yes");
	c = &result.items[0].checks[GM_DRILL_DOWN];
	assert_int_equal(c->changes.n, 0);
	assert_int_equal(c->rows.n, 1);
	assert_string_equal(c->rows.items[0],
			    "public.users.name: the values are others");
	assert_false(result.items[0].no);
	/* A table that stays. */
	assert_string_equal(answers(&result.items[1]),
			    "apply yes, verify skipped, again yes, down no,"
			    " up again no, restore yes");
	c = &result.items[1].checks[GM_DRILL_DOWN];
	assert_int_equal(c->changes.n, 1);
	assert_string_equal(gm_change_name(&arena, &c->changes.items[0]),
			    "table public.t");
	assert_string_equal(answers(&result.items[2]),
			    "apply yes, verify skipped, again note, down no,"
			    " up again skipped, restore yes");
	assert_string_equal(result.items[2].checks[GM_DRILL_DOWN].path,
			    "4_worse/down.sql");
}

static void what_may_not_be(void **state)
{
	static const char *const hostile[] = {
		"COPY (SELECT 1) TO PROGRAM 'true';",
		"COPY (SELECT 1) TO '/tmp/gm-never';",
		"SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/gm-never');",
		"CREATE EXTENSION dblink;",
		"CREATE EXTENSION file_fdw;",
		"CREATE LANGUAGE plpython3u;",
		"SELECT pg_read_file('/etc/passwd');",
		"ALTER SYSTEM SET archive_command = 'true';",
		"CREATE ROLE root SUPERUSER;",
		"ALTER ROLE drill SUPERUSER;",
		"GRANT pg_execute_server_program TO drill;",
		"SET ROLE postgres;",
		"SET SESSION AUTHORIZATION postgres;",
		"CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p;",
		"LOAD '/tmp/x.so';",
		"CREATE TABLESPACE t LOCATION '/tmp';",
		"SET session_replication_role = replica;",
		"CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x', 'y';",
		"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION"
		" f();",
		"DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'true'; END $$;",
	};
	struct gm_drill_unit units[GM_COUNT(hostile)];

	(void)state;
	for (size_t i = 0; i < GM_COUNT(hostile); i++) {
		units[0] = unit("1_evil", hostile[i], NULL, NULL);
		if (i % 10)
			continue;
		assert_int_equal(drill(units, 0, 1, NULL), 1);
		assert_int_equal(result.items[0].checks[0].answer, GM_DRILL_NO);
		assert_int_equal(result.items[0].checks[0].line, 1);
	}
	/* All of them on one server, each in a subtransaction. */
	units[0] = unit("1_all", "", NULL, NULL);
	units[0].up = GM_STR("CREATE TABLE log (t text);");
	for (size_t i = 0; i < GM_COUNT(hostile); i++)
		units[0].up = gm_str(gm_printf(
			&arena,
			"%.*s\nDO $gm$ BEGIN EXECUTE $q$%.*s$q$;"
			" RAISE EXCEPTION 'it was done: %%', %zu USING ERRCODE"
			" = 'XX001'; EXCEPTION WHEN data_corrupted THEN RAISE;"
			" WHEN OTHERS THEN NULL; END $gm$;",
			(int)units[0].up.len, units[0].up.ptr,
			(int)strlen(hostile[i]) - 1, hostile[i], i));
	drill(units, 0, 1, NULL);
	assert_string_equal(result.items[0].checks[0].why, "");
	assert_int_equal(result.items[0].checks[0].answer, GM_DRILL_YES);
}

static void what_goes_wrong(void **state)
{
	const struct gm_drill_options hasty = { .rows = 5, .limit_ms = 300 };
	struct gm_drill_unit units[] = {
		unit("1_a", "SELECT 1;\n\nCREATE TABLE t (a integr);", NULL,
		     NULL),
		unit("2_b", "SELECT 1;", NULL, NULL),
	};

	(void)state;
	assert_int_equal(drill(units, 0, 2, NULL), 1);
	/* It ends there. */
	assert_int_equal(result.n, 1);
	assert_string_equal(answers(&result.items[0]),
			    "apply no, verify skipped, again skipped, down"
			    " skipped, up again skipped, restore yes");
	assert_int_equal(result.items[0].checks[0].line, 3);
	assert_int_equal(result.items[0].checks[0].column, 19);
	assert_string_equal(result.items[0].checks[0].path, "1_a/up.sql");
	/* In what comes before. */
	assert_int_equal(drill(units, 1, 2, NULL), -1);
	assert_string_equal(err.path, "1_a/up.sql");
	assert_int_equal(err.line, 3);
	units[0] = unit("1_psql", "SELECT 1;\n\\i other.sql\n", NULL, NULL);
	assert_int_equal(drill(units, 0, 1, NULL), 1);
	assert_int_equal(result.items[0].checks[0].line, 2);
	assert_non_null(strstr(result.items[0].checks[0].why, "psql"));
	assert_int_equal(drill(units, 1, 2, NULL), -1);
	assert_int_equal(err.line, 2);
	units[0] = unit("1_slow", "SELECT pg_sleep(60);", NULL, NULL);
	assert_int_equal(drill(units, 0, 1, &hasty), 1);
	assert_non_null(strstr(result.items[0].checks[0].why, "takes longer"));
	units[0] = unit("1_late",
			"CREATE FUNCTION slow() RETURNS trigger LANGUAGE"
			" plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL;"
			" END'; CREATE TABLE t (a int); CREATE CONSTRAINT"
			" TRIGGER g AFTER INSERT ON t DEFERRABLE INITIALLY"
			" DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();"
			" INSERT INTO t VALUES (1);",
			NULL, NULL);
	assert_int_equal(drill(units, 0, 1, &hasty), 1);
	assert_non_null(strstr(result.items[0].checks[0].why, "takes longer"));
}

static void step_by_step(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_shop", shop, NULL, NULL),
		unit("2_index",
		     "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON users"
		     " (name);",
		     "DROP INDEX CONCURRENTLY by_name;", NULL),
		unit("3_twice",
		     "-- migrate: steps a unique index\n"
		     "ALTER TABLE users ADD kind int;\n"
		     "UPDATE users SET kind = 1;\n"
		     "CREATE UNIQUE INDEX CONCURRENTLY u ON users (kind);",
		     NULL, NULL),
	};
	const struct gm_drilled *d;

	(void)state;
	assert_int_equal(drill(units, 1, 3, NULL), 1);
	d = &result.items[0];
	assert_string_equal(answers(d), "apply yes, verify skipped, again yes,"
					" down yes, up again yes, restore yes");
	assert_true(d->stmts[0].seen.locks.n > 0);
	d = &result.items[1];
	assert_int_equal(d->checks[0].answer, GM_DRILL_NO);
	assert_int_equal(d->checks[0].line, 4);
	assert_non_null(strstr(d->checks[0].hint, "has stayed"));
	assert_non_null(strstr(d->checks[0].hint, "--rows 0"));
}

static void a_backfill_with_a_range(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_shop", shop, NULL, NULL),
		unit("2_fill",
		     "UPDATE users SET name = 'x' WHERE id BETWEEN $1 AND $2;",
		     NULL, NULL),
	};

	(void)state;
	units[1].phase = GM_PHASE_BACKFILL;
	assert_ok(drill(units, 1, 2, NULL));
	assert_string_equal(answers(&result.items[0]),
			    "apply yes, verify skipped, again yes, down"
			    " skipped, up again skipped, restore yes");
	assert_int_equal(result.items[0].stmts[0].seen.affected, 20);
}

static void roles_that_are_not_there(void **state)
{
	struct gm_drill_unit units[] = {
		unit("1_grant",
		     "CREATE TABLE t (a int); GRANT SELECT ON t TO app, "
		     "\"Web\";"
		     " ALTER TABLE t OWNER TO app; GRANT CONNECT ON DATABASE"
		     " shop TO app;",
		     "DROP TABLE t;", NULL),
	};

	(void)state;
	assert_ok(drill(units, 0, 1, NULL));
	assert_int_equal(result.made_up.n, 3);
	assert_string_equal(result.made_up.items[0], "role app");
	assert_string_equal(result.made_up.items[1], "role Web");
	assert_string_equal(result.made_up.items[2], "database shop");
}

static void on_a_schema(void **state)
{
	struct gm_drill_options o = {
		.rows = 3,
		.limit_ms = 20000,
		.schema_path = "schema.sql",
		.schema = GM_STR("\\restrict abc\nSET search_path = '';"
				 "SET client_encoding = 'SQL_ASCII';\n"
				 "CREATE EXTENSION IF NOT EXISTS dblink WITH"
				 " SCHEMA public;\n"
				 "COMMENT ON EXTENSION plpgsql IS 'x';\n"
				 "COMMENT ON EXTENSION dblink IS 'x';\n"
				 "CREATE TABLE public.users (a int);\n"
				 "ALTER TABLE public.users OWNER TO shop;\n"
				 "CREATE SCHEMA git_migrate;"
				 "CREATE TABLE git_migrate.migration (id text);"
				 "\\unrestrict abc\n"),
	};
	struct gm_drill_unit units[] = {
		unit("1_a", "nonsense", NULL, NULL),
		unit("2_b", "ALTER TABLE users ADD b int;",
		     "ALTER TABLE users DROP b;", NULL),
	};

	(void)state;
	assert_ok(drill(units, 1, 2, &o));
	assert_int_equal(result.replayed, 0);
	assert_int_equal(result.notes.n, 3);
	assert_non_null(strstr(result.notes.items[0], "schema.sql:3: passed"));
	/* Not the ledger, which is no table of the app's. */
	assert_int_equal(result.items[0].rows, 3);
	o.schema = GM_STR("SELECT 1;\nCREATE TABLE x (a nix);");
	assert_int_equal(drill(units, 1, 2, &o), -1);
	assert_string_equal(err.path, "schema.sql");
	assert_int_equal(err.line, 2);
	o.schema = GM_STR("\n\\! true\n");
	assert_int_equal(drill(units, 1, 2, &o), -1);
	assert_int_equal(err.line, 2);
}

static void no_binaries(void **state)
{
	const struct gm_drill_options o = { .bin = "/nowhere" };
	struct gm_drill_unit units[] = { unit("1", "SELECT 1", NULL, NULL) };

	(void)state;
	assert_int_equal(drill(units, 0, 1, &o), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
}

static void defects_of_the_reading(void **state)
{
	const char *dropped[] = { "column public.t.a" };
	const char *renamed[] = { "table public.t to public.u" };
	const char *rewritten[] = { "table public.t" };
	struct gm_sql_stmt read = { .class_ = GM_CLASS_EXPAND };
	struct gm_object view[] = { { "view", "public.t", "", "" } };
	struct gm_catalog none = { NULL, 0 }, after = { view, 1 };
	struct gm_seen seen = { 0 };
	struct gm_strings list;

	(void)state;
	gm_drill_defects(&list, &arena, &read, &seen, &none);
	assert_int_equal(list.n, 0);
	seen.dropped = (struct gm_strings){ dropped, 1, 1 };
	seen.renamed = (struct gm_strings){ renamed, 1, 1 };
	seen.narrowed = (struct gm_strings){ dropped, 1, 1 };
	seen.rewritten = (struct gm_strings){ rewritten, 1, 1 };
	gm_drill_defects(&list, &arena, &read, &seen, &none);
	assert_int_equal(list.n, 4);
	assert_string_equal(list.items[0], "read as expand, but it dropped"
					   " column public.t.a");
	assert_string_equal(list.items[3], "read as expand, but it wrote anew"
					   " table public.t");
	/* A view stands where the table was. */
	gm_drill_defects(&list, &arena, &read, &seen, &after);
	assert_int_equal(list.n, 3);
	read.class_ = GM_CLASS_BACKFILL;
	gm_drill_defects(&list, &arena, &read, &seen, &none);
	assert_int_equal(list.n, 3);
	read.class_ = GM_CLASS_CONTRACT;
	gm_drill_defects(&list, &arena, &read, &seen, &none);
	assert_int_equal(list.n, 0);
}

GM_UNIT_MAIN(cmocka_unit_test(there_and_back),
	     cmocka_unit_test(what_no_backup_holds),
	     cmocka_unit_test(what_down_loses),
	     cmocka_unit_test(what_may_not_be),
	     cmocka_unit_test(what_goes_wrong), cmocka_unit_test(step_by_step),
	     cmocka_unit_test(a_backfill_with_a_range),
	     cmocka_unit_test(roles_that_are_not_there),
	     cmocka_unit_test(on_a_schema), cmocka_unit_test(no_binaries),
	     cmocka_unit_test_teardown(defects_of_the_reading, done))

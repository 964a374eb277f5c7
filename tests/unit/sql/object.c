#include "unit.h"

#include "base/buf.h"
#include "sql/sql.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

/* "kind schema.name.column" of each object, for all statements. */
static const char *objects(const char *sql)
{
	static const char *const kinds[] = { "table", "column",   "index",
					     "type",  "function", "schema",
					     "other" };
	struct gm_buf out = gm_buf(&arena);
	struct gm_err err = GM_ERR_INIT;
	struct gm_sql_file file;

	assert_ok(gm_sql_read(&file, &arena, gm_str(sql), NULL, &err));
	for (size_t i = 0; i < file.n; i++)
		for (size_t j = 0; j < file.items[i].objects.n; j++) {
			const struct gm_sql_object *o =
				&file.items[i].objects.items[j];

			gm_buf_printf(&out, "%s%s %s%s%s%s%s",
				      out.len ? ", " : "", kinds[o->kind],
				      o->schema, *o->schema ? "." : "", o->name,
				      *o->column ? "." : "", o->column);
		}
	return out.len ? out.ptr : "";
}

static void test_objects(void **state)
{
	static const struct {
		const char *sql, *objects;
	} cases[] = {
		{ "SELECT * FROM users", "" },
		{ "SET search_path = x", "" },
		{ "INSERT INTO Users VALUES (1)", "table users" },
		{ "INSERT INTO \"Users\" SELECT 1 FROM b", "table Users" },
		{ "UPDATE shop.users SET a = 1 FROM b", "table shop.users" },
		{ "DELETE FROM users", "table users" },
		{ "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b TABLE d",
		  "table b, table a" },
		{ "TRUNCATE a, b", "table a, table b" },
		{ "COPY a FROM '/tmp/x'", "table a" },
		{ "COPY a TO '/tmp/x'", "" },
		{ "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE",
		  "table a" },
		{ "SELECT 1 INTO a", "table a" },
		{ "CREATE TABLE a (x int)", "table a" },
		{ "CREATE FOREIGN TABLE a (x int) SERVER s", "table a" },
		{ "CREATE TABLE a AS SELECT 1", "table a" },
		{ "CREATE VIEW s.v AS SELECT 1", "table s.v" },
		{ "CREATE SEQUENCE s", "table s" },
		{ "CREATE SCHEMA s CREATE TABLE a (x int)",
		  "schema s, table a" },
		{ "CREATE INDEX i ON s.t (a, lower(b))",
		  "index s.i, table s.t, column s.t.a" },
		{ "CREATE INDEX ON t (a)", "table t, column t.a" },
		{ "CREATE INDEX i ON t (a); DROP INDEX i",
		  "index i, table t, column t.a, index i, table t" },
		{ "DROP INDEX CONCURRENTLY s.i", "index s.i" },
		{ "REINDEX INDEX i", "" },
		{ "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
		  "table t, other g" },
		{ "DROP TRIGGER g ON s.t", "table s.t, other g" },
		{ "CREATE RULE r AS ON INSERT TO t DO NOTHING",
		  "table t, other r" },
		{ "CREATE POLICY p ON t USING (true)", "table t, other p" },
		{ "ALTER POLICY p ON t USING (true)", "table t, other p" },
		{ "CREATE FUNCTION s.f(a int) RETURNS int RETURN 1",
		  "function s.f" },
		{ "CREATE AGGREGATE f (int) (sfunc = int4pl, stype = int)",
		  "function f" },
		{ "CREATE TYPE e AS ENUM ('a')", "type e" },
		{ "CREATE TYPE e AS RANGE (subtype = int)", "type e" },
		{ "CREATE TYPE s.e AS (a int)", "type s.e" },
		{ "CREATE TYPE e", "type e" },
		{ "CREATE DOMAIN e AS int", "type e" },
		{ "CREATE EXTENSION e", "other e" },
		{ "CREATE ROLE e", "other e" },
		{ "CREATE PUBLICATION e", "other e" },
		{ "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()",
		  "other e" },
		{ "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b",
		  "table t, column t.a, column t.b" },
		{ "ALTER TABLE t ALTER a TYPE int, ALTER b SET NOT NULL",
		  "table t, column t.a, column t.b" },
		{ "ALTER TABLE t ALTER a SET DEFAULT 1",
		  "table t, column t.a" },
		{ "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a, b)",
		  "table t, other c, column t.a, column t.b" },
		{ "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES o",
		  "table t, column t.a" },
		{ "ALTER TABLE t DROP CONSTRAINT c", "table t, other c" },
		{ "ALTER TABLE t ATTACH PARTITION p DEFAULT",
		  "table t, table p" },
		{ "ALTER TABLE t INHERIT p", "table t, table p" },
		{ "ALTER INDEX i SET (fillfactor = 70)", "index i" },
		{ "ALTER TYPE e ADD ATTRIBUTE a int", "type e, column e.a" },
		{ "ALTER TABLE t RENAME a TO b",
		  "table t, column t.a, column t.b" },
		{ "ALTER TABLE s.t RENAME TO u", "table s.t, table s.u" },
		{ "ALTER INDEX i RENAME TO j", "index i, index j" },
		{ "ALTER TABLE t RENAME CONSTRAINT a TO b",
		  "table t, other a, other b" },
		{ "ALTER TYPE a RENAME TO b", "type a, type b" },
		{ "ALTER FUNCTION f(int) RENAME TO g",
		  "function f, function g" },
		{ "ALTER SCHEMA a RENAME TO b", "schema a, schema b" },
		{ "ALTER TABLE t SET SCHEMA s", "table t, table s.t" },
		{ "ALTER TYPE a SET SCHEMA s", "type a" },
		{ "ALTER TABLE t OWNER TO x", "table t" },
		{ "ALTER SCHEMA s OWNER TO x", "schema s" },
		{ "ALTER SEQUENCE s RESTART", "table s" },
		{ "ALTER TYPE e ADD VALUE 'x'", "type e" },
		{ "ALTER TYPE e SET (storage = plain)", "type e" },
		{ "ALTER DOMAIN e DROP NOT NULL", "type e" },
		{ "ALTER FUNCTION f(int) STRICT", "function f" },
		{ "DROP TABLE a, s.b", "table a, table s.b" },
		{ "DROP VIEW a; DROP SEQUENCE b", "table a, table b" },
		{ "DROP TYPE a; DROP DOMAIN b", "type a, type b" },
		{ "DROP FUNCTION s.f(int)", "function s.f" },
		{ "DROP SCHEMA s", "schema s" },
		{ "DROP EXTENSION e", "other e" },
		{ "DROP ROLE a, b", "other a, other b" },
		{ "REVOKE SELECT ON t FROM x", "table t" },
		{ "DO $$ BEGIN DROP TABLE a; DROP TABLE a; END $$", "table a" },
		{ "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS"
		  " 'DROP TABLE a'; SELECT f()",
		  "function f, table a" },
		{ "CREATE VIEW v AS SELECT purge(); SELECT * FROM v",
		  "table v" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(objects(cases[i].sql), cases[i].objects);
}

static void test_same(void **state)
{
	struct gm_sql_object a = { GM_SQL_TABLE, "", "users", "" };
	struct gm_sql_object b = { GM_SQL_TABLE, "shop", "users", "" };
	struct gm_sql_object c = { GM_SQL_TABLE, "public", "users", "" };
	struct gm_sql_object d = { GM_SQL_COLUMN, "", "users", "a" };
	struct gm_sql_object e = { GM_SQL_COLUMN, "", "users", "b" };
	struct gm_sql_object f = { GM_SQL_TABLE, "", "orders", "" };

	(void)state;
	assert_true(gm_sql_same_object(&a, &b));
	assert_true(gm_sql_same_object(&c, &a));
	assert_false(gm_sql_same_object(&b, &c));
	assert_false(gm_sql_same_object(&a, &d));
	assert_false(gm_sql_same_object(&d, &e));
	assert_false(gm_sql_same_object(&a, &f));
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(test_objects, finish),
	     cmocka_unit_test(test_same))

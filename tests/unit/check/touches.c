/* check/touches: what two migrations have in common. */
#include "unit.h"

#include "check/touches.h"

static struct gm_arena arena = GM_ARENA_INIT;

static struct gm_sql_file read_sql(const char *sql)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_sql_file file = { 0 };

	assert_ok(gm_sql_read(&file, &arena, gm_str(sql), NULL, &err));
	return file;
}

static struct gm_touches touches_of(const char *sql)
{
	struct gm_touches t = gm_touches(&arena);
	struct gm_sql_file file = read_sql(sql);

	gm_touches_add(&t, &file);
	return t;
}

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void clashes(void **state)
{
	static const struct {
		const char *expand, *contract;
		/* NULL: they do not clash; "?": nobody can say that they do
		   not. */
		const char *what;
	} cases[] = {
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users DROP phone;", "column users.phone" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users DROP fax;", NULL },
		{ "ALTER TABLE users ADD phone text;", "DROP TABLE users;",
		  "table users" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users RENAME TO people;", "table users" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users RENAME fax TO phone;",
		  "column users.phone" },
		{ "ALTER TABLE users ADD phone text;", "TRUNCATE users;",
		  "table users" },
		{ "ALTER TABLE users ADD phone text;", "DROP TABLE orders;",
		  NULL },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users ALTER fax SET NOT NULL;", NULL },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users ALTER phone SET NOT NULL;",
		  "column users.phone" },
		/* What does not name columns may be about any of them. */
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users ADD CONSTRAINT c CHECK (fax <> '');",
		  "table users" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE users ADD CONSTRAINT c UNIQUE (fax);", NULL },
		{ "CREATE TABLE users (phone text, fax text);",
		  "ALTER TABLE users DROP fax;", "column users.fax" },
		{ "UPDATE users SET phone = fax;",
		  "ALTER TABLE users DROP fax;", "column users.fax" },
		{ "CREATE INDEX i ON users (phone);",
		  "ALTER TABLE users DROP phone;", "column users.phone" },
		{ "CREATE INDEX i ON users (phone);",
		  "ALTER TABLE users DROP fax;", NULL },
		{ "CREATE INDEX i ON users (phone);", "DROP INDEX i;",
		  "index i" },
		{ "CREATE INDEX i ON users (phone);", "DROP INDEX j;", NULL },
		/* Taking a right away is no harm to who gave it. */
		{ "GRANT SELECT ON users TO bob;",
		  "ALTER TABLE users DROP fax;", NULL },
		{ "SET lock_timeout = 1; COMMENT ON TABLE users IS 'x';",
		  "DROP TABLE users;", NULL },
		/* Schemas, where they are written. */
		{ "CREATE TABLE shop.users (a int);", "DROP TABLE users;",
		  "table users" },
		{ "CREATE TABLE users (a int);", "DROP TABLE shop.users;",
		  "table shop.users" },
		{ "CREATE TABLE shop.users (a int);", "DROP TABLE old.users;",
		  NULL },
		{ "CREATE TABLE shop.users (a int);", "DROP SCHEMA shop;",
		  "schema shop" },
		{ "CREATE SCHEMA shop;", "DROP SCHEMA shop;", "schema shop" },
		{ "CREATE TABLE users (a int);", "DROP SCHEMA shop;", NULL },
		{ "CREATE TABLE users (a int);", "DROP SCHEMA public CASCADE;",
		  "schema public" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER SCHEMA public RENAME TO old;", "schema public" },
		{ "CREATE TABLE shop.users (a int);", "DROP SCHEMA public;",
		  NULL },
		/* All that is in a schema, in a database, of a role. */
		{ "CREATE TABLE users (a int);",
		  "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;",
		  "schema public" },
		{ "CREATE TABLE shop.users (a int);",
		  "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;", NULL },
		{ "CREATE TABLE users (a int);", "DROP OWNED BY app;", "?" },
		{ "CREATE TABLE users (a int);", "REASSIGN OWNED BY a TO b;",
		  "?" },
		{ "CREATE TABLE users (a int);", "DROP DATABASE shop;", "?" },
		{ "CREATE TABLE users (a int);", "REVOKE admin FROM bob;",
		  "?" },
		{ "SELECT 1;", "DROP OWNED BY app;", NULL },
		/* What goes along has no name. */
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "DROP TABLE orders CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "DO $$ BEGIN DROP TABLE orders CASCADE; END $$;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$"
		  " BEGIN DROP TABLE x CASCADE; RETURN NEW; END $$;"
		  " CREATE TRIGGER t BEFORE INSERT ON y EXECUTE FUNCTION f();"
		  " INSERT INTO y VALUES (1);",
		  "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "ALTER TABLE orders DROP a CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "TRUNCATE orders CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "ALTER TYPE pair RENAME ATTRIBUTE a TO b CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "ALTER DOMAIN d DROP CONSTRAINT c CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "REVOKE SELECT ON orders FROM bob CASCADE;", "?" },
		{ "CREATE VIEW v AS SELECT * FROM orders;",
		  "DROP TABLE orders;", NULL },
		/* What is named comes first. */
		{ "CREATE TABLE users (a int);",
		  "DROP TABLE orders CASCADE; DROP TABLE users;",
		  "table users" },
		{ "CREATE TABLE users (a int);", "CALL purge();", "?" },
		{ "CREATE TABLE users (a int);", "SELEC 1;", "?" },
		{ "CREATE TABLE users (a int);",
		  "INSERT INTO orders VALUES (purge());", "?" },
		/* Types are named as tables are, the others by themselves. */
		{ "ALTER TYPE mood ADD VALUE 'sad';", "DROP TYPE mood;",
		  "type mood" },
		{ "CREATE FUNCTION f() RETURNS int RETURN 1;",
		  "DROP FUNCTION f();", "function f" },
		{ "CREATE TABLE f (a int);", "DROP FUNCTION f();", NULL },
		{ "CREATE EXTENSION hstore;", "DROP EXTENSION hstore;",
		  "hstore" },
		{ "ALTER TABLE users ADD phone text;",
		  "ALTER TABLE orders DROP CONSTRAINT c;", NULL },
		/* Only what takes away counts of a contract. */
		{ "ALTER TABLE users ADD phone text;",
		  "CREATE INDEX ON users (phone); DROP TABLE orders;", NULL },
		{ "ALTER TABLE users ADD phone text;", "", NULL },
		/* Names are as they are folded. */
		{ "ALTER TABLE Users ADD Phone text;",
		  "ALTER TABLE users DROP \"phone\";", "column users.phone" },
		{ "ALTER TABLE \"Users\" ADD phone text;",
		  "ALTER TABLE users DROP phone;", NULL },
		/* More than one. */
		{ "ALTER TABLE a ADD x int; ALTER TABLE b ADD y int, ADD z "
		  "int;",
		  "ALTER TABLE a DROP w; ALTER TABLE b DROP z;", "column b.z" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_touches t = touches_of(cases[i].expand);
		struct gm_sql_file contract = read_sql(cases[i].contract);
		const char *what = "";
		const struct gm_sql_stmt *s =
			gm_touches_clash(&what, &arena, &t, &contract);

		if (s && !what)
			what = "?";
		if (!s != !cases[i].what ||
		    (s && strcmp(what, cases[i].what) != 0))
			fail_msg("%s %s: %s", cases[i].expand,
				 cases[i].contract, s ? what : "nothing");
		if (s)
			assert_true(gm_class_destructive(s->class_));
	}
}

/* A great many places are everywhere. */
static void many(void **state)
{
	struct gm_touches t = gm_touches(&arena);
	struct gm_sql_file contract = read_sql("ALTER TABLE t DROP other;");
	const char *what;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct gm_sql_file sql = read_sql(
			gm_printf(&arena, "ALTER TABLE t ADD c%d int;", i));

		gm_touches_add(&t, &sql);
		if (i < 300)
			assert_null(
				gm_touches_clash(&what, &arena, &t, &contract));
	}
	assert_non_null(gm_touches_clash(&what, &arena, &t, &contract));
}

/* What nobody could read may be about anything. */
static void unread(void **state)
{
	struct gm_touches t = gm_touches(&arena);
	struct gm_sql_file contract = read_sql("SELECT 1; DROP TABLE a;");
	struct gm_sql_file neutral = read_sql("SELECT 1;");
	const char *what;

	(void)state;
	assert_null(gm_touches_clash(&what, &arena, &t, &contract));
	t.all = true;
	assert_ptr_equal(gm_touches_clash(&what, &arena, &t, &contract),
			 &contract.items[1]);
	assert_string_equal(what, "table a");
	assert_null(gm_touches_clash(&what, &arena, &t, &neutral));
	contract = read_sql("CALL purge();");
	assert_non_null(gm_touches_clash(&what, &arena, &t, &contract));
	assert_null(what);
	assert_false(gm_touches_apart(&t, &contract));
}

static void apart(void **state)
{
	static const struct {
		const char *expand, *contract;
		bool apart;
	} cases[] = {
		{ "CREATE TABLE a ();", "DROP TABLE b;", true },
		{ "CREATE TABLE a ();", "DROP TABLE a;", false },
		/* One table is enough, whichever its columns. */
		{ "ALTER TABLE a ADD x int;", "ALTER TABLE a DROP y;", false },
		{ "ALTER TABLE a ADD x int;",
		  "DROP TABLE b; ALTER TABLE a DROP y;", false },
		/* Nothing is known of one side. */
		{ "SELECT 1;", "DROP TABLE b;", false },
		{ "CREATE TABLE a ();", "SELECT 1;", false },
		{ "CREATE TABLE a ();", "SELECT mystery();", false },
		{ "CREATE TABLE a ();", "DROP TABLE b CASCADE;", false },
		{ "CREATE TABLE a ();", "INSERT INTO b VALUES (mystery());",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_touches t = touches_of(cases[i].expand);
		struct gm_sql_file contract = read_sql(cases[i].contract);

		if (gm_touches_apart(&t, &contract) != cases[i].apart)
			fail_msg("%s %s", cases[i].expand, cases[i].contract);
	}
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(clashes, finish),
	     cmocka_unit_test_teardown(many, finish),
	     cmocka_unit_test_teardown(unread, finish),
	     cmocka_unit_test_teardown(apart, finish))

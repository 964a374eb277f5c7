#include "db/catalog.h"

#include <pthread.h>
#include <unistd.h>

#include "place.h"

static const char everything[] =
	"CREATE SCHEMA s; CREATE ROLE catalog_app;"
	"CREATE EXTENSION IF NOT EXISTS pg_trgm;"
	"CREATE TYPE s.mood AS ENUM ('sad', 'ok');"
	"CREATE TYPE s.pair AS (a int, b text);"
	"CREATE TYPE s.span AS RANGE (subtype = float8);"
	"CREATE DOMAIN s.mail AS text NOT NULL DEFAULT 'x'"
	" CONSTRAINT at CHECK (VALUE ~ '@');"
	"CREATE SEQUENCE s.seq INCREMENT 5;"
	"CREATE TABLE s.users (id int GENERATED ALWAYS AS IDENTITY,"
	" name varchar(20) COLLATE \"C\" NOT NULL DEFAULT 'n',"
	" low text GENERATED ALWAYS AS (lower(name)) STORED, m s.mood,"
	" \"Odd name\" int, CONSTRAINT pk PRIMARY KEY (id),"
	" CONSTRAINT short CHECK (length(name) < 20));"
	"CREATE UNLOGGED TABLE s.logs (u int REFERENCES s.users, at date)"
	" PARTITION BY RANGE (at);"
	"CREATE TABLE s.logs1 PARTITION OF s.logs FOR VALUES FROM"
	" ('2026-01-01') TO ('2027-01-01') WITH (fillfactor = 50);"
	"CREATE TABLE s.kid (x int) INHERITS (s.users);"
	"CREATE INDEX by_name ON s.users (name text_pattern_ops);"
	"CREATE VIEW s.v AS SELECT id, name FROM s.users;"
	"CREATE MATERIALIZED VIEW s.mv AS SELECT 1 AS one;"
	"CREATE FUNCTION s.f(a int) RETURNS int LANGUAGE sql AS"
	" 'SELECT a';";
static const char more[] =
	"CREATE FUNCTION s.t() RETURNS trigger LANGUAGE plpgsql AS"
	" 'BEGIN RETURN NEW; END';"
	"CREATE AGGREGATE s.agg(int) (SFUNC = int4pl, STYPE = int);"
	"CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1';"
	"CREATE TRIGGER tr BEFORE INSERT ON s.users FOR EACH ROW"
	" EXECUTE FUNCTION s.t();"
	"CREATE RULE ru AS ON DELETE TO s.logs1 DO NOTHING;"
	"ALTER TABLE s.users ENABLE ROW LEVEL SECURITY;"
	"CREATE POLICY po ON s.users FOR SELECT TO catalog_app USING (id > 0);"
	"CREATE STATISTICS s.st ON id, name FROM s.users;"
	"CREATE PUBLICATION pub FOR TABLE s.users;"
	"CREATE CAST (s.pair AS s.mood) WITH INOUT;"
	"CREATE COLLATION s.col FROM \"C\";"
	"ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO"
	" catalog_app;"
	"GRANT SELECT, INSERT ON s.users TO catalog_app WITH GRANT OPTION;"
	"GRANT UPDATE (name) ON s.users TO catalog_app;"
	"COMMENT ON TABLE s.users IS 'people';"
	"COMMENT ON COLUMN s.users.name IS 'as written';";

static struct gm_conn *fresh(const char *name)
{
	struct gm_conn *c = place_connect("postgres");

	assert_script(c, gm_printf(&arena, "CREATE DATABASE %s", name));
	gm_conn_close(&c);
	return place_connect(name);
}

static struct gm_catalog read_all(struct gm_conn *c)
{
	struct gm_catalog all;

	assert_ok(gm_catalog_read(&all, &arena, c, NULL, &err));
	return all;
}

static const char *definition(const struct gm_catalog *c, const char *kind,
			      const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->items[i].kind, kind) &&
		    !strcmp(c->items[i].name, name))
			return c->items[i].definition;
	return NULL;
}

static void every_kind_is_there(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("everything");
	static const char *const expected[][3] = {
		{ "schema", "s", "OWNER postgres" },
		{ "table", "s.users", "ROW LEVEL SECURITY OWNER postgres" },
		{ "table", "s.logs",
		  "UNLOGGED PARTITION BY RANGE (at) OWNER postgres" },
		{ "table", "s.logs1",
		  "PARTITION OF s.logs FOR VALUES FROM ('2026-01-01') TO"
		  " ('2027-01-01') WITH (fillfactor=50) OWNER postgres" },
		{ "table", "s.kid", "INHERITS (s.users) OWNER postgres" },
		{ "column", "s.users.id",
		  "integer NOT NULL GENERATED ALWAYS AS IDENTITY" },
		{ "column", "s.users.name",
		  "character varying(20) COLLATE \"C\" NOT NULL DEFAULT"
		  " 'n'::character varying" },
		{ "column", "s.users.low",
		  "text GENERATED ALWAYS STORED AS lower((name)::text)" },
		{ "column", "s.users.m", "s.mood" },
		{ "column", "s.users.\"Odd name\"", "integer" },
		{ "column", "s.pair.b", "text" },
		{ "constraint", "pk of s.users", "PRIMARY KEY (id)" },
		{ "constraint", "short of s.users",
		  "CHECK ((length((name)::text) < 20))" },
		{ "constraint", "at of s.mail", "CHECK ((VALUE ~ '@'::text))" },
		{ "constraint", "logs_u_fkey of s.logs",
		  "FOREIGN KEY (u) REFERENCES s.users(id)" },
		{ "index", "s.by_name",
		  "CREATE INDEX by_name ON s.users USING btree (name"
		  " text_pattern_ops)" },
		{ "extension", "pg_trgm", "1.6 IN public" },
		{ "type", "s.mood", "ENUM ('sad', 'ok') OWNER postgres" },
		{ "type", "s.pair", "OWNER postgres" },
		{ "type", "s.span",
		  "RANGE OF double precision OWNER postgres" },
		{ "domain", "s.mail",
		  "text NOT NULL DEFAULT 'x'::text OWNER postgres" },
		{ "policy", "po of s.users",
		  "PERMISSIVE SELECT TO catalog_app USING ((id > 0))" },
		{ "grant", "on table s.users to catalog_app",
		  "INSERT WITH GRANT OPTION, SELECT WITH GRANT OPTION" },
		{ "grant", "on column s.users.name to catalog_app", "UPDATE" },
		{ "grant", "on function s.f(a integer) to PUBLIC", "EXECUTE" },
		{ "comment", "on table s.users", "people" },
		{ "comment", "on column name of table s.users", "as written" },
		{ "publication", "pub",
		  "insert update delete truncate s.kid, s.users" },
	};
	static const char *const present[][2] = {
		{ "view", "s.v" },
		{ "materialized view", "s.mv" },
		{ "sequence", "s.seq" },
		{ "sequence", "s.users_id_seq" },
		{ "function", "s.f(a integer)" },
		{ "aggregate", "s.agg(integer)" },
		{ "procedure", "s.p()" },
		{ "trigger", "tr of s.users" },
		{ "rule", "ru of s.logs1" },
		{ "statistics", "s.st" },
		{ "cast", "s.pair AS s.mood" },
		{ "collation", "s.col" },
		{ "default privileges", "of postgres on tables in s" },
	};
	struct gm_catalog all;

	(void)state;
	assert_script(c, everything);
	assert_script(c, more);
	all = read_all(c);
	for (size_t i = 0; i < GM_COUNT(expected); i++) {
		const char *got =
			definition(&all, expected[i][0], expected[i][1]);

		if (!got)
			fail_msg("there is no %s %s", expected[i][0],
				 expected[i][1]);
		assert_string_equal(got, expected[i][2]);
	}
	for (size_t i = 0; i < GM_COUNT(present); i++)
		if (!definition(&all, present[i][0], present[i][1]))
			fail_msg("there is no %s %s", present[i][0],
				 present[i][1]);
	/* What an extension brought is its own affair. */
	for (size_t i = 0; i < all.n; i++)
		assert_null(strstr(all.items[i].name, "gtrgm"));
	assert_non_null(strstr(definition(&all, "sequence", "s.users_id_seq"),
			       "owned by s.users.id"));
	assert_non_null(
		strstr(definition(&all, "sequence", "s.seq"), "increment 5"));
}

static struct gm_changes differ(struct gm_conn *c, const char *sql)
{
	struct gm_catalog before = read_all(c), after;
	struct gm_changes changes;

	assert_script(c, sql);
	after = read_all(c);
	gm_catalog_compare(&changes, &arena, &before, &after);
	assert_true(!strcmp(gm_catalog_digest(&arena, &before),
			    gm_catalog_digest(&arena, &after)) ==
		    (changes.n == 0));
	return changes;
}

static const char *told(const struct gm_changes *c)
{
	const char *all = "";

	for (size_t i = 0; i < c->n; i++)
		all = gm_printf(&arena, "%s%s %s\n", all,
				gm_change_word(&c->items[i]),
				gm_change_name(&arena, &c->items[i]));
	return all;
}

static void differences_by_object(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("differences");
	struct gm_changes d;

	(void)state;
	d = differ(c, "SELECT 1");
	assert_int_equal(d.n, 0);
	d = differ(c, "CREATE TABLE t (a int PRIMARY KEY, b text)");
	/* With all that came with it. */
	assert_string_equal(told(&d), "added table public.t\n");
	d = differ(c, "ALTER TABLE t ADD c int DEFAULT 1; ALTER TABLE t DROP b;"
		      " ALTER TABLE t ALTER a TYPE bigint");
	assert_string_equal(told(&d), "changed column public.t.a\n"
				      "removed column public.t.b\n"
				      "added column public.t.c\n");
	assert_string_equal(d.items[0].before->definition, "integer NOT NULL");
	assert_string_equal(d.items[0].after->definition, "bigint NOT NULL");
	d = differ(c, "CREATE INDEX i ON t (c); GRANT SELECT ON t TO PUBLIC;"
		      " COMMENT ON TABLE t IS 'x'");
	assert_string_equal(told(&d),
			    "added comment on table public.t\n"
			    "added grant on table public.t to PUBLIC\n"
			    "added index public.i\n");
	d = differ(c, "DROP TABLE t");
	assert_string_equal(told(&d), "removed comment on table public.t\n"
				      "removed table public.t\n");
}

/* The same columns in another order make no difference to SQL by names. */
/* What a person would call the same comes back when it is written by hand. */
static void written_otherwise(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("otherwise");
	struct gm_catalog before, after;
	struct gm_changes changes;

	(void)state;
	assert_script(c, "CREATE TABLE a (x int, y int,"
			 " CONSTRAINT k CHECK (x > 0 AND (x < 9 AND y > 0)));"
			 "CREATE DOMAIN d AS int"
			 " CONSTRAINT k CHECK (VALUE > 0 OR (VALUE < -5 OR"
			 " VALUE = -3));"
			 "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS"
			 " $$BEGIN RETURN 1; END$$;"
			 "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS"
			 " $$BEGIN RETURN 1; END$$");
	before = read_all(c);
	assert_script(c, "ALTER TABLE a DROP CONSTRAINT k, ADD CONSTRAINT k"
			 " CHECK (x > 0 AND x < 9 AND y > 0);"
			 "ALTER DOMAIN d DROP CONSTRAINT k;"
			 "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0 OR"
			 " VALUE < -5 OR VALUE = -3);"
			 "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE"
			 " plpgsql AS $$\nBEGIN\n\tRETURN 1;\nEND\n$$;"
			 "CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE"
			 " plpgsql AS $$BEGIN RETURN 2; END$$");
	after = read_all(c);
	assert_string_not_equal(
		definition(&before, "constraint", "k of public.a"),
		definition(&after, "constraint", "k of public.a"));
	assert_string_not_equal(gm_catalog_digest(&arena, &before),
				gm_catalog_digest(&arena, &after));
	gm_catalog_compare(&changes, &arena, &before, &after);
	assert_int_equal(changes.n, 1);
	assert_string_equal(gm_change_name(&arena, &changes.items[0]),
			    "function public.g()");
}

static void order_of_columns(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("ordered");
	struct gm_changes d;

	(void)state;
	assert_script(c, "CREATE TABLE t (a int, b int)");
	d = differ(c, "ALTER TABLE t DROP a; ALTER TABLE t ADD a int");
	assert_int_equal(d.n, 0);
}

static void in_a_transaction(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("inside");
	struct gm_catalog all;
	struct gm_rows r;

	(void)state;
	assert_script(c, "CREATE SCHEMA git_migrate;"
			 " CREATE TABLE git_migrate.t (a int)");
	assert_script(c, "SET search_path = git_migrate, public");
	assert_script(c, "BEGIN; CREATE TABLE public.u ()");
	assert_ok(gm_catalog_read(&all, &arena, c, "git_migrate", &err));
	assert_int_equal(gm_conn_tx(c), GM_TX_OPEN);
	assert_non_null(definition(&all, "table", "public.u"));
	assert_null(definition(&all, "table", "git_migrate.t"));
	assert_null(definition(&all, "schema", "git_migrate"));
	assert_ok(
		gm_conn_row(&r, &arena, c, "SHOW search_path", NULL, 0, &err));
	assert_string_equal(gm_cell(&r, 0, 0), "git_migrate, public");
	assert_int_equal(gm_conn_script(c, "SELECT 1/0", &err), -1);
	assert_int_equal(gm_catalog_read(&all, &arena, c, NULL, &err), -1);
	assert_script(c, "ROLLBACK");
}

static void on_a_dead_connection(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("dead");
	struct gm_catalog all;

	(void)state;
	assert_int_equal(gm_conn_script(c,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	assert_int_equal(gm_catalog_read(&all, &arena, c, NULL, &err), -1);
}

static void *look(void *c)
{
	GM_AUTO(gm_arena_done) struct gm_arena own = GM_ARENA_INIT;
	struct gm_err why = GM_ERR_INIT;
	struct gm_catalog all;

	return gm_catalog_read(&all, &own, c, NULL, &why) == 0 ? c : NULL;
}

/* A large one takes longer than what a session allows its other statements. */
static void takes_its_time(void **state)
{
	struct gm_conn *c = fresh("slowly"), *o = place_connect("slowly");
	struct gm_conn *see = place_connect("slowly");
	pthread_t reader;
	struct gm_rows r;
	void *done;

	(void)state;
	assert_script(c, "CREATE TABLE a (b int); CREATE VIEW v AS SELECT"
			 " FROM a; SET statement_timeout = '500ms'");
	assert_script(o, "BEGIN; LOCK a");
	assert_int_equal(pthread_create(&reader, NULL, look, c), 0);
	do
		assert_ok(gm_conn_exec(&r, &arena, see,
				       "SELECT FROM pg_locks WHERE NOT granted"
				       " AND pid = $1::int",
				       (const char *[]){ gm_printf(
					       &arena, "%d", gm_conn_pid(c)) },
				       1, &err));
	while (!r.n);
	usleep(600000);
	assert_script(o, "COMMIT");
	pthread_join(reader, &done);
	assert_ptr_equal(done, c);
	gm_conn_close(&see);
	gm_conn_close(&o);
	gm_conn_close(&c);
}

GM_DB_MAIN(cmocka_unit_test(takes_its_time),
	   cmocka_unit_test(every_kind_is_there),
	   cmocka_unit_test(differences_by_object),
	   cmocka_unit_test(written_otherwise),
	   cmocka_unit_test(order_of_columns),
	   cmocka_unit_test(in_a_transaction),
	   cmocka_unit_test(on_a_dead_connection))

#include "db/filler.h"

#include "fill.h"

static void checks_and_domains(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"checks",
		"CREATE DOMAIN mail AS varchar(80) CHECK (VALUE ~*"
		" '^[a-z0-9.]+@[a-z0-9]+\\.[a-z]{2,}$');"
		"CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);"
		"CREATE DOMAIN small AS positive CHECK (VALUE < 50);"
		"CREATE TABLE t (id serial PRIMARY KEY, m mail NOT NULL,"
		" n small, status text NOT NULL CHECK (status IN ('new',"
		" 'paid', 'it''s gone')), price numeric(8, 2) NOT NULL CHECK"
		" (price > 0), code char(3) NOT NULL CHECK (code ~"
		" '^[A-Z]{3}$'), starts date NOT NULL, ends date NOT NULL,"
		" CHECK (starts < ends), CHECK (ends < '2100-01-01'),"
		" kind text NOT NULL, ref int, CHECK ((kind = 'a' AND ref IS"
		" NOT NULL) OR (kind = 'b' AND ref IS NULL)), name text NOT"
		" NULL CHECK (length(name) >= 30), doc jsonb NOT NULL CHECK"
		" (jsonb_typeof(doc) = 'array'), tags text[] CHECK"
		" (cardinality(tags) = 2), \"Odd\"\" one\" int CHECK"
		" (\"Odd\"\" one\" <> 3), high int NOT NULL, low int NOT NULL,"
		" CHECK (high > low), tz text NOT NULL CHECK (tz = 'UTC'))");
	struct gm_fill f = fill(c, 300);

	(void)state;
	all_of_them(&f, 300);
	assert_int_equal(number(c, "SELECT count(DISTINCT status) FROM t"), 3);
	assert_int_equal(number(c, "SELECT count(DISTINCT kind) FROM t"), 2);
}

static void partitions(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"parts",
		"CREATE TABLE m (at timestamptz NOT NULL, n int) PARTITION BY"
		" RANGE (at);"
		"CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2020-01-01')"
		" TO ('2020-02-01');"
		"CREATE TABLE m2 PARTITION OF m DEFAULT;"
		"CREATE TABLE l (k text, n int) PARTITION BY LIST (k);"
		"CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('de', 'fr');"
		"CREATE TABLE h (id int) PARTITION BY HASH (id);"
		"CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (modulus 4,"
		" remainder 1)");
	struct gm_fill f = fill(c, 20);

	(void)state;
	assert_int_equal(f.n, 4);
	for (size_t i = 0; i < f.n; i++)
		assert_true(f.items[i].rows > 0);
	assert_int_equal(number(c, "SELECT count(DISTINCT k) FROM l1"), 2);
}

static void triggers_that_say_no(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"trigs",
		"CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN RAISE EXCEPTION ''never''; END';"
		"CREATE FUNCTION yes() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN NEW.b = 7; RETURN NEW; END';"
		"CREATE TABLE t (a int, b int); CREATE TRIGGER g BEFORE INSERT"
		" ON t FOR EACH ROW EXECUTE FUNCTION no();"
		"CREATE TRIGGER d BEFORE INSERT ON t FOR EACH ROW EXECUTE"
		" FUNCTION no(); ALTER TABLE t DISABLE TRIGGER d;"
		"CREATE TABLE u (a int, b int); CREATE TRIGGER g BEFORE INSERT"
		" ON u FOR EACH ROW EXECUTE FUNCTION yes();"
		"CREATE TABLE v (a int); CREATE RULE r AS ON UPDATE TO v DO"
		" INSTEAD NOTHING;"
		"CREATE TABLE w (a int UNIQUE DEFERRABLE)");
	struct gm_fill f = fill(c, 10);

	(void)state;
	all_of_them(&f, 10);
	assert_int_equal(number(c, "SELECT count(*) FROM u WHERE b = 7"), 10);
	assert_int_equal(number(c, "SELECT count(*) FROM pg_trigger WHERE"
				   " tgenabled = 'O' AND NOT tgisinternal"),
			 2);
}

/* As what a text is read, no check says. */
static void texts_that_are_read(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"texts",
		"CREATE TABLE a (n text NOT NULL, m int GENERATED ALWAYS AS"
		" (n::int) STORED);"
		"CREATE TABLE b (v varchar(40) NOT NULL, major int GENERATED"
		" ALWAYS AS (split_part(v, '.', 1)::int) STORED, minor int"
		" GENERATED ALWAYS AS (split_part(v, '.', 2)::int) STORED);"
		"CREATE TABLE d (t text NOT NULL, u uuid GENERATED ALWAYS AS"
		" (t::uuid) STORED);"
		"CREATE TABLE e (t text NOT NULL)");
	struct gm_fill f = fill(c, 20);

	(void)state;
	assert_int_equal(of(&f, "public.a")->rows, 20);
	assert_int_equal(of(&f, "public.b")->rows, 20);
	assert_int_equal(number(c, "SELECT count(*) FROM b WHERE major = 1"),
			 20);
	/* The first reason is told. */
	assert_int_equal(of(&f, "public.d")->rows, 0);
	assert_non_null(strstr(of(&f, "public.d")->why, "\"text 1\""));
	assert_int_equal(
		number(c, "SELECT count(*) FROM e WHERE t LIKE 'text %'"), 20);
}

static void what_cannot_be(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"cannot",
		"CREATE TABLE never (a int CHECK (a > 1 AND a < 0), b int NOT"
		" NULL CHECK (b > 1 AND b < 0));"
		"CREATE TABLE child (n int NOT NULL, b int NOT NULL);"
		"ALTER TABLE never ADD UNIQUE (b);"
		"ALTER TABLE child ADD FOREIGN KEY (b) REFERENCES never (b);"
		"CREATE TABLE flag (f bool PRIMARY KEY);"
		"CREATE TABLE x1 (id int PRIMARY KEY, y int NOT NULL);"
		"CREATE TABLE x2 (id int PRIMARY KEY, x int NOT NULL"
		" REFERENCES x1);"
		"ALTER TABLE x1 ADD FOREIGN KEY (y) REFERENCES x2;"
		"CREATE FUNCTION bad(int) RETURNS bool LANGUAGE plpgsql AS"
		" 'BEGIN RAISE EXCEPTION ''no value is good''; END';"
		"CREATE TABLE odd (a int NOT NULL CHECK (bad(a)));"
		"CREATE TABLE alone (id int GENERATED ALWAYS AS IDENTITY);"
		"CREATE TABLE nothing ()");
	struct gm_fill f = fill(c, 5);

	(void)state;
	assert_non_null(strstr(of(&f, "public.never")->why,
			       "no values are found that fulfil"));
	assert_non_null(
		strstr(of(&f, "public.child")->why, "no rows in public.never"));
	assert_int_equal(of(&f, "public.flag")->rows, 2);
	assert_non_null(strstr(of(&f, "public.flag")->why, "would break"));
	assert_non_null(strstr(of(&f, "public.x1")->why, "no rows in"));
	assert_non_null(strstr(of(&f, "public.odd")->why, "no value is good"));
	assert_int_equal(of(&f, "public.alone")->rows, 5);
	assert_int_equal(of(&f, "public.nothing")->rows, 5);
}

GM_DB_MAIN(cmocka_unit_test(checks_and_domains), cmocka_unit_test(partitions),
	   cmocka_unit_test(triggers_that_say_no),
	   cmocka_unit_test(texts_that_are_read),
	   cmocka_unit_test(what_cannot_be))

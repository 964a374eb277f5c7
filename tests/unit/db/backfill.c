/* Backfills in batches, through gm_apply. */
#include "db/engine.h"

#include "fixture.h"

static struct fixture f;

static struct gm_apply_unit fill(const char *sql)
{
	return unit_of("1_fill", GM_PHASE_BACKFILL, sql);
}

static void test_update(void **state)
{
	struct gm_apply_unit units[] = {
		fill("UPDATE a SET c = b + 1 WHERE c IS NULL;\nANALYZE a;"),
	};

	(void)state;
	fixture_open(&f, "updating");
	assert_script(f.look, "CREATE TABLE a (id bigint PRIMARY KEY, b int, c"
			      " int); INSERT INTO a SELECT i * 3, i FROM"
			      " generate_series(1, 25000) i; ANALYZE a");
	assert_applied(&f, units);
	assert_value(&f, "SELECT count(*) FROM a WHERE c = b + 1", "25000");
	assert_value(&f,
		     "SELECT rows || ' ' || last_key[1] || ' ' ||"
		     " (batches > 2) || ' ' || estimate FROM"
		     " git_migrate.backfill",
		     "25000 75000 true 25000");
	assert_value(&f,
		     "SELECT string_agg(kind || ' ' || outcome, ',' ORDER"
		     " BY ordinal) FROM git_migrate.step",
		     "batches 25000 rows");
	assert_has(f.news.ptr, "progress 1_fill");
	assert_applied(&f, units);
	fixture_close(&f);
}

static void test_keys(void **state)
{
	struct gm_apply_unit units[] = {
		fill("DELETE FROM s.a WHERE \"B\" > 10;\n"
		     "INSERT INTO d SELECT x, lower(y) FROM s.a AS z WHERE x <"
		     " 5000 ON CONFLICT DO NOTHING;\n"
		     "UPDATE e SET k = 1 WHERE e.g BETWEEN $1 AND $2;"),
	};

	(void)state;
	fixture_open(&f, "keys");
	assert_script(f.look,
		      "CREATE SCHEMA s; CREATE TABLE s.a (x int, y text, \"B\""
		      " int, PRIMARY KEY (y, x)); INSERT INTO s.a SELECT i, 'K'"
		      " || i % 7, i % 20 FROM generate_series(1, 6000) i;"
		      "CREATE TABLE d (x int, y text);"
		      "CREATE TABLE e (g date, k int); CREATE INDEX ON e (g);"
		      "INSERT INTO e SELECT '2020-01-01'::date + i % 900 FROM"
		      " generate_series(1, 5000) i; INSERT INTO e VALUES"
		      " (NULL)");
	assert_applied(&f, units);
	assert_value(&f, "SELECT count(*) FROM s.a", "3300");
	assert_value(&f,
		     "SELECT count(*) = (SELECT count(*) FROM s.a WHERE x <"
		     " 5000) FROM d WHERE y LIKE 'k%'",
		     "t");
	assert_value(&f, "SELECT count(*) FROM e WHERE k = 1", "5000");
	assert_value(&f,
		     "SELECT key_columns FROM git_migrate.backfill WHERE"
		     " ordinal = 1",
		     "{y,x}");
	fixture_close(&f);
}

static void test_refused(void **state)
{
	static const struct {
		const char *sql, *why;
	} cases[] = {
		{ "UPDATE a SET b = 2;", "no primary key" },
		{ "UPDATE missing SET b = 2;", "there is no table missing" },
		{ "UPDATE v SET b = 2;", "v is no table" },
		{ "UPDATE k SET id = id + 1;", "it changes id" },
		{ "UPDATE k SET b = f(b);", "f(integer) may read" },
		{ "INSERT INTO a SELECT g(b) FROM k;", "over many rows" },
		{ "UPDATE k SET b = 1 WHERE b BETWEEN $1 AND $2;",
		  "no index that begins with column b" },
		{ "UPDATE r SET b = 1;", "r has rules" },
	};

	(void)state;
	fixture_open(&f, "refusing");
	assert_script(f.look,
		      "CREATE TABLE a (b int); CREATE VIEW v AS SELECT * FROM"
		      " a; CREATE TABLE k (id int PRIMARY KEY, b int);"
		      "CREATE FUNCTION f(int) RETURNS int STABLE LANGUAGE sql"
		      " AS 'SELECT max(b) FROM k';"
		      "CREATE AGGREGATE g (int) (sfunc = int4larger, stype ="
		      " int); CREATE TABLE r (id int PRIMARY KEY, b int);"
		      "CREATE RULE x AS ON UPDATE TO r DO ALSO SELECT 1");
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_apply_unit units[] = { fill(cases[i].sql) };

		f.o.resume = i > 0;
		assert_int_equal(fixture_apply(&f, units, 1), -1);
		assert_has(err.msg, cases[i].why);
	}
	fixture_close(&f);
}

/* What may be batched does so with functions that only compute. */
static void test_calls(void **state)
{
	struct gm_apply_unit units[] = {
		fill("UPDATE k SET b = f(b) + (SELECT count(*) FROM o);"),
	};

	(void)state;
	fixture_open(&f, "calling");
	assert_script(f.look,
		      "CREATE TABLE k (id int PRIMARY KEY, b int); INSERT INTO"
		      " k VALUES (1, 1); CREATE TABLE o (x int);"
		      "CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE"
		      " sql AS 'SELECT $1 + 1'");
	assert_applied(&f, units);
	assert_value(&f, "SELECT b FROM k", "2");
	fixture_close(&f);
}

/* Killed in the middle, by the server. */
static void (*inner)(void *, const struct gm_news *);
static unsigned kills;

static void kill_worker(void *ctx, const struct gm_news *news)
{
	struct fixture *x = ctx;

	if (news->kind == GM_NEWS_STEP && kills) {
		kills--;
		assert_script(x->look,
			      "SELECT pg_terminate_backend(pid) FROM"
			      " pg_stat_activity WHERE application_name LIKE"
			      " 'git-migrate:%'");
	}
	inner(ctx, news);
}

static void test_resume(void **state)
{
	struct gm_apply_unit units[] = { fill("UPDATE a SET n = n + 1;") };

	(void)state;
	fixture_open(&f, "resuming");
	assert_script(f.look, "CREATE TABLE a (id int PRIMARY KEY, n int NOT"
			      " NULL); INSERT INTO a SELECT i, 0 FROM"
			      " generate_series(1, 5000) i");
	inner = f.o.news;
	f.o.news = kill_worker;
	kills = 2;
	assert_applied(&f, units);
	assert_int_equal(kills, 0);
	assert_value(&f, "SELECT count(*) FROM a WHERE n = 1", "5000");
	/* As another run finds it: begun, some of it done. */
	assert_script(f.look,
		      "UPDATE git_migrate.migration SET state = 'running';"
		      "UPDATE git_migrate.step SET state = 'intended';"
		      "UPDATE git_migrate.backfill SET last_key = '{3000}',"
		      " rows = 3000, batch_size = 700");
	assert_applied(&f, units);
	assert_value(&f, "SELECT count(*) FROM a WHERE n = 2", "2000");
	assert_value(&f, "SELECT rows FROM git_migrate.backfill", "5000");
	/* Another key. */
	assert_script(f.look,
		      "UPDATE git_migrate.migration SET state = 'running';"
		      "UPDATE git_migrate.step SET state = 'intended';"
		      "ALTER TABLE a DROP CONSTRAINT a_pkey;"
		      "ALTER TABLE a ADD k int GENERATED ALWAYS AS IDENTITY"
		      " PRIMARY KEY");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "the key of the table is another one");
	fixture_close(&f);
}

/* What was done by another text cannot be gone on with. */
static void test_changed(void **state)
{
	struct gm_apply_unit first[] = {
		fill("UPDATE a SET n = 1; UPDATE a SET m = 1;"),
	};
	struct gm_apply_unit other[] = {
		fill("UPDATE b SET n = 1; UPDATE a SET m = 1;"),
	};
	struct gm_apply_unit shorter[] = { fill("") };

	(void)state;
	fixture_open(&f, "changed");
	assert_script(f.look, "CREATE TABLE a (id int PRIMARY KEY, n int, m"
			      " int); CREATE TABLE b (LIKE a INCLUDING ALL);"
			      "INSERT INTO a SELECT generate_series(1, 3000);"
			      "INSERT INTO b SELECT * FROM a; ALTER TABLE a ADD"
			      " CHECK (id < 2500 OR n IS NULL)");
	assert_int_equal(fixture_apply(&f, first, 1), -1);
	f.o.resume = true;
	assert_int_equal(fixture_apply(&f, other, 1), 1);
	assert_has(refusals(&f), "step 1 (UPDATE) was changed after it was"
				 " done in 1 batches");
	assert_int_equal(fixture_apply(&f, shorter, 1), 1);
	assert_has(refusals(&f), "the file has only 0 steps now");
	assert_script(f.look, "DELETE FROM git_migrate.backfill");
	assert_applied(&f, other);
	assert_value(&f, "SELECT count(*) FROM b WHERE n = 1", "3000");
	fixture_close(&f);
}

/* A session that was left behind does a range, and then so do we. */
static void test_twice(void **state)
{
	struct gm_apply_unit units[] = { fill("UPDATE a SET n = n + 1;") };

	(void)state;
	fixture_open(&f, "twice");
	assert_script(
		f.look,
		"CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO"
		" a SELECT i, 0 FROM generate_series(1, 100) i;"
		"CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN UPDATE git_migrate.backfill SET last_key ="
		" ''{7}''; RETURN NULL; END';"
		"CREATE TRIGGER t AFTER UPDATE ON a EXECUTE FUNCTION t()");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "somebody else has done this range");
	assert_value(&f, "SELECT sum(n) FROM a", "0");
	fixture_close(&f);
}

/* Rows that a trigger adds are not walked, or there would be no end. */
static void test_trigger(void **state)
{
	struct gm_apply_unit units[] = { fill("UPDATE a SET n = 1;") };

	(void)state;
	fixture_open(&f, "triggering");
	assert_script(f.look,
		      "CREATE TABLE a (id serial, k int DEFAULT 1, n int,"
		      " PRIMARY KEY (k, id)); INSERT INTO a (n) SELECT 0 FROM"
		      " generate_series(1, 2500); CREATE FUNCTION t() RETURNS"
		      " trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO a (n)"
		      " VALUES (OLD.n); RETURN NULL; END'; CREATE TRIGGER t"
		      " AFTER UPDATE ON a FOR EACH ROW EXECUTE FUNCTION t()");
	assert_applied(&f, units);
	assert_value(&f, "SELECT sum(n) || ' of ' || count(*) FROM a",
		     "2500 of 5000");
	fixture_close(&f);
}

/* A trigger that counts is no trouble; one that moves keys is seen. */
static void test_moved(void **state)
{
	struct gm_apply_unit units[] = { fill("UPDATE a SET n = n + 1;") };

	(void)state;
	fixture_open(&f, "moving");
	assert_script(f.look,
		      "CREATE TABLE a (id int PRIMARY KEY, n int, t int);"
		      "INSERT INTO a SELECT i, 0, 0 FROM generate_series(1,"
		      " 1500) i; CREATE FUNCTION t() RETURNS trigger LANGUAGE"
		      " plpgsql AS 'BEGIN NEW.t = 1; RETURN NEW; END';"
		      "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE"
		      " FUNCTION t()");
	assert_applied(&f, units);
	assert_value(&f, "SELECT sum(n) || ' ' || sum(t) FROM a", "1500 1500");
	assert_value(&f, "SELECT rows FROM git_migrate.backfill", "1500");
	assert_script(f.look, "CREATE OR REPLACE FUNCTION t() RETURNS trigger"
			      " LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 1200"
			      " THEN NEW.id = 9000; END IF; RETURN NEW; END'");
	units[0].id = "2_fill";
	units[0].up = GM_STR("UPDATE a SET n = n + 1; -- again");
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "a trigger changes the key");
	assert_value(&f, "SELECT max(n) || ' ' || max(id) FROM a", "2 1500");
	assert_script(f.look, "ALTER TABLE a DISABLE TRIGGER t");
	f.o.resume = true;
	assert_applied(&f, units);
	assert_value(&f, "SELECT min(n) || ' ' || max(n) FROM a", "2 2");
	fixture_close(&f);
}

static void test_slow(void **state)
{
	struct gm_apply_unit units[] = {
		fill("UPDATE a SET n = (SELECT 1 FROM pg_sleep(0.002));"),
	};

	(void)state;
	fixture_open(&f, "slow");
	assert_script(f.look, "CREATE TABLE a (id int PRIMARY KEY, n int);"
			      "INSERT INTO a SELECT i FROM generate_series(1,"
			      " 300) i; CREATE FUNCTION slow() RETURNS trigger"
			      " LANGUAGE plpgsql AS 'BEGIN PERFORM"
			      " pg_sleep(0.002); RETURN NEW; END';"
			      "CREATE TRIGGER s BEFORE UPDATE ON a FOR EACH ROW"
			      " EXECUTE FUNCTION slow()");
	/* A batch that takes 20 times as long as it should is cut. */
	f.o.limits.batch_ms = 10;
	assert_applied(&f, units);
	assert_value(&f, "SELECT count(*) FROM a WHERE n = 1", "300");
	assert_value(&f,
		     "SELECT batches > 3 AND batch_size < 250 FROM"
		     " git_migrate.backfill",
		     "t");
	fixture_close(&f);
}

static void test_whole(void **state)
{
	struct gm_apply_unit units[] = {
		fill("-- migrate: whole one row\nUPDATE a SET n = 1;"),
	};

	(void)state;
	fixture_open(&f, "whole");
	assert_script(f.look, "CREATE TABLE a (n int); INSERT INTO a VALUES"
			      " (0)");
	assert_applied(&f, units);
	assert_value(&f, "SELECT kind FROM git_migrate.step", "transaction");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_update), cmocka_unit_test(test_keys),
	   cmocka_unit_test(test_refused), cmocka_unit_test(test_calls),
	   cmocka_unit_test(test_resume), cmocka_unit_test(test_slow),
	   cmocka_unit_test(test_changed), cmocka_unit_test(test_twice),
	   cmocka_unit_test(test_trigger), cmocka_unit_test(test_moved),
	   cmocka_unit_test(test_whole))

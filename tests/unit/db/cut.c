#include "db/cut.h"

#include "fixture.h"

static struct fixture f;

static struct gm_cut look(const char *sql)
{
	struct gm_batch b;
	struct gm_cut cut;

	gm_batch_read(&b, &arena, gm_str(sql));
	assert_null(b.refused);
	assert_ok(gm_cut_read(&cut, &arena, f.look, &b, &err));
	return cut;
}

static void test_refused(void **state)
{
	static const struct {
		const char *sql, *why;
	} cases[] = {
		{ "UPDATE a SET b = (SELECT s FROM v)", "v may show rows" },
		{ "UPDATE p SET b = (SELECT max(b) FROM p1)", "p1 may show" },
		{ "UPDATE p1 SET b = (SELECT max(b) FROM p)", "p may show" },
		{ "INSERT INTO p SELECT id FROM p1", "p may show" },
		{ "INSERT INTO v SELECT id FROM a", "v may show" },
		{ "INSERT INTO p1 SELECT id FROM a WHERE id NOT IN (SELECT id"
		  " FROM p)",
		  "p may show" },
		{ "UPDATE g SET b = b + 9",
		  "h, which the ranges go by, is computed" },
		{ "UPDATE g SET b = b + 9 WHERE h BETWEEN $1 AND $2",
		  "is computed from other columns" },
		{ "UPDATE c SET b = 1", "k, which the ranges go by, is of a" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_cut cut = look(cases[i].sql);

		assert_non_null(cut.why);
		assert_has(cut.why, cases[i].why);
	}
}

static void test_taken(void **state)
{
	static const char *const cases[] = {
		"UPDATE a SET b = 1",
		"UPDATE p SET b = (SELECT max(b) FROM a)",
		"INSERT INTO p1 SELECT id FROM p2",
		"DELETE FROM g",
		"UPDATE a SET b = v.s FROM v WHERE a.id BETWEEN $1 AND $2",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_null(look(cases[i]).why);
	assert_string_equal(look(cases[0]).relation, "\"a\"");
	assert_string_equal(look(cases[0]).key.items[0], "id");
}

static void test_triggers(void **state)
{
	(void)state;
	assert_script(f.look, "CREATE FUNCTION t() RETURNS trigger LANGUAGE"
			      " plpgsql AS 'BEGIN RETURN NEW; END';"
			      "CREATE TRIGGER t BEFORE UPDATE ON p2 FOR EACH"
			      " ROW EXECUTE FUNCTION t()");
	assert_false(look("UPDATE a SET b = 1").triggers);
	assert_false(look("UPDATE p1 SET b = 1").triggers);
	assert_true(look("UPDATE p SET b = 1").triggers);
	assert_true(look("UPDATE p SET b = 1").moves);
	assert_true(look("DELETE FROM p").triggers);
	assert_false(look("DELETE FROM p").moves);
	assert_true(look("INSERT INTO p2 SELECT id FROM a").triggers);
	assert_script(f.look, "ALTER TABLE p2 DISABLE TRIGGER t");
	assert_false(look("UPDATE p SET b = 1").triggers);
}

static int open_tables(void **state)
{
	(void)state;
	fixture_open(&f, "cutting");
	assert_script(f.look,
		      "CREATE TABLE a (id int PRIMARY KEY, b int);"
		      "CREATE VIEW v AS SELECT sum(b) s FROM a;"
		      "CREATE TABLE p (id int PRIMARY KEY, b int) PARTITION BY"
		      " RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES"
		      " FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR"
		      " VALUES FROM (10) TO (20);"
		      "CREATE TYPE k AS (x int, y int);"
		      "CREATE TABLE c (k k PRIMARY KEY, b int);"
		      "CREATE TABLE g (b int, h int GENERATED ALWAYS AS (b * 2)"
		      " STORED PRIMARY KEY)");
	return 0;
}

static int close_tables(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

GM_DB_MAIN(cmocka_unit_test_setup(test_refused, open_tables),
	   cmocka_unit_test(test_taken),
	   cmocka_unit_test_teardown(test_triggers, close_tables))

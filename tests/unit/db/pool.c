#include "db/pool.h"

#include "fill.h"

static void a_domain_speaks_of_its_value(void **state)
{
	(void)state;
	assert_string_equal(gm_pool_check(&arena,
					  "value > 'VALUE' AND (VALUE < 3)",
					  "\"a b\""),
			    "\"a b\" > 'VALUE' AND (\"a b\" < 3)");
}

/* What is no JSON, or no number, ends in an error where a check reads it. */
static void an_error_is_a_no(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"errors",
		"CREATE TABLE a (doc text NOT NULL CHECK"
		" (json_typeof(doc::json) = 'object'));"
		"CREATE TABLE b (doc varchar(200) NOT NULL CHECK"
		" (doc::jsonb ->> 'kind' IN ('cat', 'dog')));"
		"CREATE TABLE d (n text NOT NULL CHECK (n::int > 5));"
		"CREATE TABLE e (x int NOT NULL, y int NOT NULL,"
		" CHECK (100 / (x - y) > 10));"
		"CREATE TABLE f (\"loop\" text NOT NULL, body text NOT NULL,"
		" CHECK (\"loop\" <> 'json' OR body::json IS NOT NULL),"
		" CHECK (\"loop\" IN ('json', 'text')))");
	struct gm_fill f = fill(c, 20);

	(void)state;
	all_of_them(&f, 20);
	assert_int_equal(number(c, "SELECT count(DISTINCT doc::json ->> 'kind')"
				   " FROM b"),
			 2);
	assert_int_equal(number(c, "SELECT count(DISTINCT \"loop\") FROM f"),
			 2);
}

static void keys_and_values(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c =
		fresh("keys",
		      "CREATE TABLE a (doc jsonb NOT NULL CHECK"
		      " (doc ? 'name' AND doc ? 'age' AND doc ? 'mail'));"
		      "CREATE TABLE b (doc json NOT NULL CHECK"
		      " (doc ->> 'kind' = 'cat' AND doc ->> 'sound' = 'meow'));"
		      "CREATE TABLE d (doc jsonb NOT NULL CHECK"
		      " (jsonb_typeof(doc -> 'tags') = 'array'));"
		      "CREATE TABLE e (doc jsonb NOT NULL CHECK"
		      " (jsonb_array_length(doc) > 0))");
	struct gm_fill f = fill(c, 20);

	(void)state;
	all_of_them(&f, 20);
}

/* The first error is told, and not only that there is nothing. */
static void why_there_is_nothing(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c =
		fresh("why", "CREATE FUNCTION bad(int) RETURNS bool LANGUAGE"
			     " plpgsql AS 'BEGIN RAISE EXCEPTION ''none is"
			     " good''; END';"
			     "CREATE TABLE a (n int NOT NULL CHECK (bad(n)));"
			     "CREATE TABLE b (n int NOT NULL CHECK (n <> n))");
	struct gm_fill f = fill(c, 20);

	(void)state;
	assert_non_null(strstr(of(&f, "public.a")->why, "none is good"));
	assert_non_null(strstr(of(&f, "public.b")->why,
			       "no values are found that fulfil"));
}

static void without_the_language(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh("bare", "DROP EXTENSION plpgsql;"
					  "CREATE TABLE a (n text NOT NULL"
					  " CHECK (n::int > 5))");
	struct gm_fill f = fill(c, 20);

	(void)state;
	assert_non_null(strstr(of(&f, "public.a")->why, "invalid input"));
}

GM_DB_MAIN(cmocka_unit_test(a_domain_speaks_of_its_value),
	   cmocka_unit_test(an_error_is_a_no),
	   cmocka_unit_test(keys_and_values),
	   cmocka_unit_test(why_there_is_nothing),
	   cmocka_unit_test(without_the_language))

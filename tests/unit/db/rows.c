#include "db/rows.h"

#include "fill.h"

static void references_in_any_order(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"refs",
		"CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int NOT"
		" NULL, item text NOT NULL, boss bigint);"
		"CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY"
		" PRIMARY KEY, email text UNIQUE NOT NULL, org int, uid uuid"
		" UNIQUE, born date);"
		"CREATE TABLE orgs (id int PRIMARY KEY, head int REFERENCES"
		" users, UNIQUE (id, head));"
		"ALTER TABLE users ADD FOREIGN KEY (org) REFERENCES orgs;"
		"ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users,"
		" ADD FOREIGN KEY (boss) REFERENCES orders;"
		"CREATE TABLE lines (a bigint REFERENCES orders, b int"
		" REFERENCES users, PRIMARY KEY (a, b));"
		"CREATE TABLE two (x int, y int, PRIMARY KEY (x, y));"
		"CREATE TABLE of_two (p int, q int, n text, FOREIGN KEY (p, q)"
		" REFERENCES two)");
	struct gm_fill f = fill(c, 1000);

	(void)state;
	assert_int_equal(f.n, 6);
	all_of_them(&f, 1000);
	assert_true(number(c, "SELECT count(DISTINCT user_id) FROM orders") >
		    500);
	assert_int_equal(number(c, "SELECT count(*) FROM of_two WHERE p IS"
				   " NULL"),
			 100);
	assert_true(number(c, "SELECT count(*) FROM users WHERE email LIKE"
			      " '%@%'") == 1000);
	/* A second time there is nothing to do. */
	f = fill(c, 10);
	assert_true(of(&f, "public.users")->old);
	assert_int_equal(of(&f, "public.users")->rows, 10);
	assert_int_equal(number(c, "SELECT count(*) FROM users"), 1000);
}

static void all_pairs(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c =
		fresh("pairs", "CREATE TABLE a (id int PRIMARY KEY CHECK"
			       " (id <= 20)); CREATE TABLE b (id int PRIMARY"
			       " KEY CHECK (id BETWEEN 1 AND 20));"
			       "CREATE TABLE ab (a int REFERENCES a, b int"
			       " REFERENCES b, PRIMARY KEY (a, b))");
	struct gm_fill f = fill(c, 200);

	(void)state;
	assert_int_equal(of(&f, "public.b")->rows, 20);
	assert_non_null(of(&f, "public.b")->why);
	assert_int_equal(of(&f, "public.ab")->rows, 200);
}

static void on_a_dead_connection(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = fresh("dead", "SELECT 1");
	const struct gm_fill_options o = { .rows = 1 };
	struct gm_fill f;

	(void)state;
	assert_int_equal(gm_conn_script(c,
					"SELECT pg_terminate_backend("
					"pg_backend_pid())",
					&err),
			 -1);
	assert_int_equal(gm_rows_fill(&f, &arena, c, &o, &err), -1);
}

GM_DB_MAIN(cmocka_unit_test(references_in_any_order),
	   cmocka_unit_test(all_pairs), cmocka_unit_test(on_a_dead_connection))

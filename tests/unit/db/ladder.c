#include "db/ladder.h"

#include <pthread.h>

#include "place.h"

static void test_rungs(void **state)
{
	struct gm_ladder l = gm_ladder(60000);

	(void)state;
	assert_int_equal(l.timeout_ms, 100);
	assert_true(gm_ladder_up(&l));
	assert_int_equal(l.timeout_ms, 100);
	for (int i = 0; i < 30; i++)
		assert_true(gm_ladder_up(&l));
	assert_int_equal(l.timeout_ms, GM_LADDER_LAST_MS);
	assert_int_equal(l.pause_ms, GM_LADDER_LONGEST_PAUSE_MS);
	assert_int_equal(l.tries, 31);
	l = gm_ladder(0);
	gm_ladder_pause(&l);
	assert_false(gm_ladder_up(&l));
}

static void test_again(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *two = place_connect("postgres");

	(void)state;
	assert_script(one, "CREATE TABLE again (a int)");
	assert_script(one, "BEGIN; LOCK again");
	assert_int_equal(gm_conn_script(two,
					"SET lock_timeout = 10; SELECT * FROM"
					" again",
					&err),
			 -1);
	assert_true(gm_ladder_again(two));
	assert_int_equal(gm_conn_script(two, "SELECT 1/0", &err), -1);
	assert_false(gm_ladder_again(two));
	gm_conn_close(&one);
	gm_conn_close(&two);
}

struct waiter {
	struct gm_conn *c;
	int result;
};

static void *wait_in_line(void *arg)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct waiter *w = arg;

	w->result = gm_conn_script(w->c,
				   "SET lock_timeout = '10s';"
				   "LOCK blocked",
				   &ignored);
	return NULL;
}

static void test_blockers(void **state)
{
	struct gm_conn *one = place_connect("postgres");
	struct gm_conn *look = place_connect("postgres");
	struct waiter w = { place_connect("postgres"), 0 };
	struct gm_blockers b = { 0 };
	pthread_t thread;

	(void)state;
	assert_ok(gm_blockers_of(&b, &arena, look, gm_conn_pid(w.c), false,
				 &err));
	assert_int_equal(b.n, 0);
	assert_string_equal(gm_blockers_text(&arena, &b), "");
	assert_script(one, "SET application_name = 'psql';"
			   "CREATE TABLE blocked (a int)");
	assert_script(one, "BEGIN; LOCK blocked");
	assert_int_equal(pthread_create(&thread, NULL, wait_in_line, &w), 0);
	while (!b.n)
		assert_ok(gm_blockers_of(&b, &arena, look, gm_conn_pid(w.c),
					 true, &err));
	assert_null(strstr(b.items[0].what, "LOCK blocked"));
	assert_ok(gm_blockers_of(&b, &arena, look, gm_conn_pid(w.c), false,
				 &err));
	assert_int_equal(b.items[0].pid, gm_conn_pid(one));
	assert_string_equal(b.items[0].who, "postgres, psql");
	assert_non_null(strstr(b.items[0].what, "idle in transaction for "));
	assert_non_null(strstr(b.items[0].what, "LOCK blocked"));
	assert_non_null(strstr(gm_blockers_text(&arena, &b), "process "));
	assert_script(one, "ROLLBACK");
	pthread_join(thread, NULL);
	assert_int_equal(w.result, 0);
	gm_conn_close(&w.c);
	gm_conn_close(&one);
	gm_conn_close(&look);
}

static void test_many(void **state)
{
	struct gm_blocker items[7] = { { 0, "", "a prepared transaction: x" },
				       { 1, "a", "b" } };
	struct gm_blockers b = { items, 7, 7 };
	const char *text;

	(void)state;
	for (size_t i = 2; i < 7; i++)
		items[i] = items[1];
	text = gm_blockers_text(&arena, &b);
	assert_non_null(strstr(text, "a prepared transaction: x; process 1"));
	assert_non_null(strstr(text, "; and 2 more"));
}

GM_DB_MAIN(cmocka_unit_test(test_rungs), cmocka_unit_test(test_again),
	   cmocka_unit_test(test_blockers), cmocka_unit_test(test_many))

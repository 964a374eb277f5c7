#include "db/conn.h"

#include <signal.h>
#include <unistd.h>

#include "place.h"

static void rows_as_text(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const char *const params[] = { "7", NULL, "it's" };
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_exec(&r, &arena, c,
			       "SELECT i, $2::text AS none, $3::text, i > 8"
			       " FROM generate_series(1, $1::int) i",
			       params, 3, &err));
	assert_int_equal(r.n, 7);
	assert_int_equal(r.columns, 4);
	assert_string_equal(r.names[1], "none");
	assert_string_equal(r.tag, "SELECT 7");
	assert_int_equal(r.affected, 7);
	for (size_t i = 0; i < r.n; i++) {
		assert_int_equal(gm_cell_int(&r, i, 0), i + 1);
		assert_true(gm_cell_null(&r, i, 1));
		assert_string_equal(gm_cell(&r, i, 2), "it's");
		assert_false(gm_cell_bool(&r, i, 3));
	}
	assert_ok(gm_conn_exec(&r, &arena, c, "SELECT 1 WHERE false", NULL, 0,
			       &err));
	assert_int_equal(r.n, 0);
	assert_int_equal(r.columns, 1);
	assert_ok(gm_conn_exec(&r, &arena, c, "CREATE TEMP TABLE t (a int)",
			       NULL, 0, &err));
	assert_int_equal(r.columns, 0);
	assert_string_equal(r.tag, "CREATE TABLE");
	assert_ok(gm_conn_exec(&r, &arena, c, "INSERT INTO t VALUES (1), (2)",
			       NULL, 0, &err));
	assert_int_equal(r.affected, 2);
	assert_ok(gm_conn_exec(&r, &arena, c, "", NULL, 0, &err));
	assert_int_equal(r.n, 0);
}

static void many_rows_of_many_columns(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_exec(&r, &arena, c,
			       "SELECT i, i+1, i+2, i+3, i+4, i+5, i+6, i+7,"
			       " i+8 FROM generate_series(1, 3000) i",
			       NULL, 0, &err));
	assert_int_equal(r.n, 3000);
	for (size_t i = 0; i < r.n; i++)
		for (size_t k = 0; k < 9; k++)
			assert_int_equal(gm_cell_int(&r, i, k), i + k + 1);
	/* Without a place to put them they are dropped. */
	assert_ok(gm_conn_exec(NULL, NULL, c,
			       "SELECT repeat('x', 1000) FROM"
			       " generate_series(1, 3000)",
			       NULL, 0, &err));
}

static void one_row_or_none(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_row(&r, &arena, c, "SELECT 5", NULL, 0, &err));
	assert_int_equal(gm_cell_int(&r, 0, 0), 5);
	assert_int_equal(gm_conn_row(&r, &arena, c, "SELECT 5 WHERE false",
				     NULL, 0, &err),
			 -1);
	assert_non_null(strstr(err.msg, "0 rows"));
	assert_int_equal(gm_conn_row(&r, &arena, c, "SELECT x", NULL, 0, &err),
			 -1);
	assert_true(gm_conn_failed_with(c, "42703"));
}

static void only_one_statement_with_parameters(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");

	(void)state;
	assert_int_equal(gm_conn_exec(NULL, NULL, c, "SELECT 1; SELECT 2", NULL,
				      0, &err),
			 -1);
	assert_true(gm_conn_failed_with(c, "42601"));
	assert_script(c, "SELECT 1; SELECT 2");
}

static void copies_what_it_is_given(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const size_t lines = 200000;
	struct gm_rows r;
	char *text = gm_alloc(&arena, lines * 4);

	(void)state;
	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * 4, "123\n", 4);
	assert_script(c, "CREATE TEMP TABLE t (a int)");
	assert_ok(gm_conn_copy(c, "COPY t FROM STDIN",
			       (struct gm_str){ text, lines * 4 }, &err));
	assert_ok(gm_conn_row(&r, &arena, c, "SELECT count(*) FROM t", NULL, 0,
			      &err));
	assert_int_equal(gm_cell_int(&r, 0, 0), lines);
	assert_int_equal(
		gm_conn_copy(c, "COPY t FROM STDIN", GM_STR("x\n"), &err), -1);
	assert_true(gm_conn_failed_with(c, "22P02"));
	assert_int_equal(gm_conn_copy(c, "SELECT 1", GM_STR(""), &err), -1);
	assert_non_null(strstr(err.msg, "did not ask"));
	/* Where none is expected. */
	assert_int_equal(gm_conn_script(c, "COPY t FROM STDIN", &err), -1);
	assert_non_null(strstr(err.msg, "COPY"));
	assert_int_equal(
		gm_conn_exec(NULL, NULL, c, "COPY t TO STDOUT", NULL, 0, &err),
		-1);
	assert_non_null(strstr(err.msg, "COPY"));
	assert_script(c, "SELECT 1");
}

static void too_long(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const struct gm_watch w = { .limit_ms = 50 };

	(void)state;
	gm_conn_watch(c, &w);
	assert_int_equal(gm_conn_script(c, "SELECT pg_sleep(60)", &err), -1);
	assert_true(gm_conn_failed_with(c, GM_SQLSTATE_CANCELED));
	assert_true(gm_conn_canceled(c));
	gm_conn_watch(c, NULL);
	assert_script(c, "SELECT pg_sleep(0.1)");
	assert_false(gm_conn_canceled(c));
}

static void no_answer_at_all(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const struct gm_watch w = { .limit_ms = 50, .grace_ms = 100 };
	int pid = gm_conn_pid(c);

	(void)state;
	gm_conn_watch(c, &w);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(gm_conn_script(c, "SELECT 1", &err), -1);
	kill(pid, SIGCONT);
	assert_false(gm_conn_alive(c));
	assert_true(gm_conn_failed_with(c, GM_SQLSTATE_LOST));
	assert_non_null(strstr(err.msg, "did not answer any more"));
	/* And then nothing more. */
	assert_int_equal(gm_conn_script(c, "SELECT 1", &err), -1);
	assert_int_equal(gm_conn_copy(c, "SELECT 1", GM_STR(""), &err), -1);
	assert_int_equal(gm_conn_exec(NULL, NULL, c, "SELECT 1", NULL, 0, &err),
			 -1);
	assert_int_equal(err.code, GM_EDB);
	assert_int_equal(gm_conn_tx(c), GM_TX_UNKNOWN);
}

struct looker {
	struct gm_conn *control;
	int pid, looks, answer;
	bool blocked;
};

static int look(void *ctx, struct gm_err *e)
{
	struct looker *l = ctx;
	const char *const params[] = { gm_printf(&arena, "%d", l->pid) };
	struct gm_rows r;

	l->looks++;
	if (gm_conn_row(&r, &arena, l->control,
			"SELECT cardinality(pg_blocking_pids($1)) > 0", params,
			1, e) < 0)
		return -1;
	l->blocked = l->blocked || gm_cell_bool(&r, 0, 0);
	if (!l->blocked)
		return 0;
	if (l->answer < 0)
		return gm_fail(e, GM_ERACE, "somebody was faster");
	return l->answer;
}

static void somebody_looks_on(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	GM_AUTO(gm_conn_close) struct gm_conn *d = place_connect("postgres");
	struct looker l = { .control = d, .pid = gm_conn_pid(c), .answer = 1 };
	struct gm_watch w = { .poll = look, .ctx = &l, .every_ms = 5 };

	(void)state;
	assert_script(d, "CREATE TABLE looked (a int)");
	assert_script(d, "BEGIN; LOCK looked IN ACCESS EXCLUSIVE MODE");
	gm_conn_watch(c, &w);
	assert_int_equal(gm_conn_script(c, "SELECT * FROM looked", &err), -1);
	assert_true(gm_conn_failed_with(c, GM_SQLSTATE_CANCELED));
	assert_true(gm_conn_canceled(c));
	assert_true(l.blocked);
	l.blocked = false;
	l.answer = -1;
	assert_int_equal(gm_conn_script(c, "SELECT * FROM looked", &err), -1);
	assert_int_equal(err.code, GM_ERACE);
	assert_string_equal(err.msg, "somebody was faster");
	assert_true(gm_conn_alive(c));
	assert_script(d, "ROLLBACK");
	assert_script(d, "DROP TABLE looked");
	l = (struct looker){ .control = d, .pid = gm_conn_pid(c) };
	assert_script(c, "SELECT pg_sleep(0.05)");
	assert_true(l.looks > 0);
	assert_script(c, "SELECT 1");
}

static void the_server_goes_away(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	GM_AUTO(gm_conn_close) struct gm_conn *d = place_connect("postgres");
	const char *const params[] = { gm_printf(&arena, "%d",
						 gm_conn_pid(c)) };

	(void)state;
	assert_ok(gm_conn_exec(NULL, NULL, d, "SELECT pg_terminate_backend($1)",
			       params, 1, &err));
	assert_int_equal(gm_conn_script(c, "SELECT pg_sleep(20)", &err), -1);
	assert_false(gm_conn_alive(c));
	assert_true(gm_conn_failed_with(c, "57P01") ||
		    gm_conn_failed_with(c, GM_SQLSTATE_LOST));
	assert_non_null(strstr(err.msg, "lost the connection to postgres on"));
}

static void canceled_by_hand(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");

	(void)state;
	/* There is nothing to cancel. */
	gm_conn_cancel(c);
	assert_script(c, "SELECT pg_sleep(0)");
}

GM_DB_MAIN(cmocka_unit_test(rows_as_text),
	   cmocka_unit_test(many_rows_of_many_columns),
	   cmocka_unit_test(one_row_or_none),
	   cmocka_unit_test(only_one_statement_with_parameters),
	   cmocka_unit_test(copies_what_it_is_given),
	   cmocka_unit_test(too_long), cmocka_unit_test(no_answer_at_all),
	   cmocka_unit_test(somebody_looks_on),
	   cmocka_unit_test(the_server_goes_away),
	   cmocka_unit_test(canceled_by_hand))

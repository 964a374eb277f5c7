/*
 * tests/unit/db/place: a PostgreSQL for the tests of one file.
 *
 * Start the tests with GM_DB_MAIN.  Each can connect to `server`, which is
 * theirs together; use a database of its own where that matters.
 */
#ifndef GM_TESTS_UNIT_DB_PLACE_H
#define GM_TESTS_UNIT_DB_PLACE_H

#include "db/server.h"
#include "unit.h"

static struct gm_arena arena GM_UNUSED = GM_ARENA_INIT;
static struct gm_arena place_arena = GM_ARENA_INIT;
static struct gm_server *server;
static struct gm_err err;

static int place_open(void **state)
{
	static const char *const settings[] = {
		"max_prepared_transactions = 5",
		NULL,
	};
	const struct gm_server_options o = { .archive = true,
					     .settings = settings };

	(void)state;
	if (gm_server_open(&server, &place_arena, &o, &err) == 0)
		return 0;
	print_error("%s\n%s\n", err.msg, err.hint);
	return -1;
}

static int place_close(void **state)
{
	(void)state;
	gm_server_close(&server);
	gm_arena_done(&place_arena);
	gm_arena_done(&arena);
	return 0;
}

/* A connection as the superuser; the test ends when there is none. */
static GM_UNUSED struct gm_conn *place_connect(const char *dbname)
{
	struct gm_conn *c = NULL;

	assert_ok(gm_server_connect(&c, server, NULL, dbname, &err));
	return c;
}

#define assert_script(c, sql) assert_ok(gm_conn_script((c), (sql), &err))

#define GM_DB_MAIN(...)                                                        \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
		cmocka_set_message_output(CM_OUTPUT_TAP);                      \
		return cmocka_run_group_tests(tests, place_open, place_close); \
	}

#endif

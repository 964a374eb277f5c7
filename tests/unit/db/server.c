#include "db/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "place.h"

static int64_t number(struct gm_server *s, const char *sql)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_rows r;

	assert_ok(gm_server_connect(&c, s, NULL, "postgres", &err));
	assert_ok(gm_conn_row(&r, &arena, c, sql, NULL, 0, &err));
	return gm_cell_int(&r, 0, 0);
}

static void script(struct gm_server *s, const char *sql)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;

	assert_ok(gm_server_connect(&c, s, NULL, "postgres", &err));
	assert_script(c, sql);
}

static void only_its_owner_reaches_it(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_rows r;
	struct stat st;

	(void)state;
	assert_ok(gm_conn_row(&r, &arena, c,
			      "SELECT current_setting('listen_addresses'),"
			      " current_setting('archive_mode'),"
			      " inet_server_addr(),"
			      " current_setting('dynamic_shared_memory_type')",
			      NULL, 0, &err));
	assert_string_equal(gm_cell(&r, 0, 0), "");
	assert_string_equal(gm_cell(&r, 0, 1), "on");
	assert_true(gm_cell_null(&r, 0, 2));
	/* Files in its directory: after a kill -9, they go with that. */
	assert_string_equal(gm_cell(&r, 0, 3), "mmap");
	assert_int_equal(stat(gm_server_dir(server), &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_true(gm_server_version(server) >= 120000);
	assert_true(gm_server_times(server)->initdb > 0);
}

static void stops_and_starts(void **state)
{
	static const enum gm_server_stop ways[] = { GM_STOP_FAST,
						    GM_STOP_IMMEDIATE,
						    GM_STOP_KILL };

	(void)state;
	script(server, "CREATE TABLE stops (a int)");
	for (size_t i = 0; i < GM_COUNT(ways); i++) {
		GM_AUTO(gm_conn_close)
		struct gm_conn *c = place_connect("postgres");

		script(server, "INSERT INTO stops VALUES (1)");
		assert_ok(gm_server_stop(server, ways[i], &err));
		assert_int_equal(gm_server_pid(server), 0);
		assert_ok(gm_server_stop(server, ways[i], &err));
		assert_int_equal(gm_conn_script(c, "SELECT 1", &err), -1);
		assert_false(gm_conn_alive(c));
		assert_ok(gm_server_start(server, &err));
		assert_ok(gm_server_start(server, &err));
		assert_true(gm_server_pid(server) > 0);
		assert_int_equal(number(server, "SELECT count(*) FROM stops"),
				 i + 1);
	}
}

static void back_to_a_point(void **state)
{
	GM_AUTO(gm_server_close) struct gm_server *old = NULL;
	const char *lsn, *dir = gm_server_dir(server);

	(void)state;
	script(server, "CREATE TABLE points AS SELECT 1 AS a");
	assert_ok(gm_server_backup(server, &err));
	script(server, "INSERT INTO points VALUES (2)");
	assert_ok(gm_server_point(&lsn, &arena, server, "it's here", &err));
	assert_non_null(strchr(lsn, '/'));
	script(server, "DROP TABLE points");
	assert_ok(gm_server_restore(&old, &arena, server, "it's here", &err));
	assert_int_equal(number(old, "SELECT count(*) FROM points"), 2);
	assert_int_equal(number(server, "SELECT count(to_regclass('points'))"),
			 0);
	/* It is open for writing, and leaves the first one alone. */
	script(old, "INSERT INTO points VALUES (3)");
	assert_true(gm_server_times(server)->backup > 0);
	assert_true(gm_server_times(server)->restore > 0);
	gm_server_close(&old);
	assert_int_equal(access(gm_printf(&arena, "%s/backup0", dir), F_OK),
			 -1);
	assert_int_equal(number(server, "SELECT 7"), 7);
}

static void wal_that_is_of_no_use(void **state)
{
	const char *wal = gm_printf(&arena, "%s/wal", gm_server_dir(server));
	const char *old = gm_printf(&arena, "%s/%024d", wal, 1);
	const char *new = gm_printf(&arena, "%s/F%023d", wal, 1);

	(void)state;
	assert_ok(gm_file_write(old, GM_STR("x"), 0600, false, &err));
	assert_ok(gm_file_write(new, GM_STR("x"), 0600, false, &err));
	assert_ok(gm_server_backup(server, &err));
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(access(new, F_OK), 0);
	unlink(new);
}

static void a_point_that_is_not_there(void **state)
{
	struct gm_server *old = NULL;

	(void)state;
	assert_int_equal(gm_server_restore(&old, &arena, server, "never", &err),
			 -1);
	assert_non_null(strstr(err.msg, "no base backup"));
	assert_ok(gm_server_backup(server, &err));
	script(server, "SELECT txid_current()");
	assert_int_equal(gm_server_restore(&old, &arena, server, "never", &err),
			 -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_non_null(strstr(
		err.msg, "recovery ended before configured recovery target"));
	assert_null(old);
}

static void a_setting_that_is_wrong(void **state)
{
	static const char *const lines[] = { "no_such_setting = 1", NULL };
	const struct gm_server_options o = { .settings = lines };
	struct gm_server *s = NULL;

	(void)state;
	assert_int_equal(gm_server_open(&s, &arena, &o, &err), -1);
	assert_non_null(strstr(err.msg, "did not start"));
	assert_null(s);
	gm_server_close(&s);
}

static void binaries_that_are_not_there(void **state)
{
	const struct gm_server_options o = { .bin = "/nowhere" };
	struct gm_server *s = NULL;

	(void)state;
	assert_int_equal(gm_server_open(&s, &arena, &o, &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_not_equal(err.hint, "");
}

static void what_it_says_is_in_a_file(void **state)
{
	struct gm_str text;

	(void)state;
	assert_ok(gm_file_read(&text, &arena, gm_server_log(server),
			       (size_t)1 << 20, &err));
	assert_non_null(strstr(text.ptr, "ready to accept connections"));
}

GM_DB_MAIN(cmocka_unit_test(only_its_owner_reaches_it),
	   cmocka_unit_test(stops_and_starts),
	   cmocka_unit_test(back_to_a_point),
	   cmocka_unit_test(a_point_that_is_not_there),
	   cmocka_unit_test(a_setting_that_is_wrong),
	   cmocka_unit_test(binaries_that_are_not_there),
	   cmocka_unit_test(what_it_says_is_in_a_file),
	   cmocka_unit_test(wal_that_is_of_no_use))

#include "db/conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "place.h"

static struct gm_conn *open_uri(const char *uri)
{
	struct gm_conn_options o = { .uri = uri };
	struct gm_conn *c = NULL;

	memset(&err, 0, sizeof(err));
	return gm_conn_open(&c, &o, &err) < 0 ? NULL : c;
}

static void knows_where_it_is(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_conn_options o = {
		.uri = gm_server_uri(&arena, server, NULL, "template1"),
		.dbname = "postgres",
		.application = "git-migrate:1",
		.timeout = 5,
	};
	struct gm_rows r;

	(void)state;
	assert_ok(gm_conn_open(&c, &o, &err));
	assert_string_equal(gm_conn_name(c),
			    gm_printf(&arena, "postgres on %s:%d as postgres",
				      gm_server_dir(server),
				      gm_server_port(server)));
	assert_string_equal(gm_conn_dbname(c), "postgres");
	assert_string_equal(gm_conn_user(c), "postgres");
	assert_int_equal(gm_conn_version(c), gm_server_version(server));
	assert_string_equal(gm_conn_reports(c, "client_encoding"), "UTF8");
	assert_null(gm_conn_reports(c, "no_such"));
	assert_true(gm_conn_alive(c));
	assert_ok(gm_conn_row(&r, &arena, c,
			      "SELECT pg_backend_pid(),"
			      " current_setting('application_name')",
			      NULL, 0, &err));
	assert_int_equal(gm_cell_int(&r, 0, 0), gm_conn_pid(c));
	assert_string_equal(gm_cell(&r, 0, 1), "git-migrate:1");
}

static void the_environment_counts(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;

	(void)state;
	setenv("PGHOST", gm_server_dir(server), 1);
	setenv("PGPORT", gm_printf(&arena, "%d", gm_server_port(server)), 1);
	setenv("PGUSER", "postgres", 1);
	setenv("PGDATABASE", "template1", 1);
	setenv("PGCONNECT_TIMEOUT", "7", 1);
	c = open_uri(NULL);
	assert_non_null(c);
	assert_string_equal(gm_conn_dbname(c), "template1");
	gm_conn_close(&c);
	assert_null(c);
	c = open_uri("postgres");
	assert_non_null(c);
	assert_string_equal(gm_conn_dbname(c), "postgres");
	unsetenv("PGHOST");
	unsetenv("PGPORT");
	unsetenv("PGUSER");
	unsetenv("PGDATABASE");
	unsetenv("PGCONNECT_TIMEOUT");
}

static void no_password_is_shown(void **state)
{
	static const char *const uris[] = {
		"postgres//ann:s3cret=@db/app",
		"postgress://ann:s3cret@db/app",
		"postgresql://ann:s3cret@[db/app",
		"postgresql://ann:s3cret%zz@db/app",
		"postgresql://ann:p@s3cret@db/app",
		"postgresql://ann@db/app?s3cret",
		"postgresql://ann@db/app?s3cret=1",
		"password=x s3cret=y",
		"password=x s3cret",
		"password='s3cret",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(uris); i++) {
		assert_null(open_uri(uris[i]));
		assert_int_equal(err.code, GM_EINPUT);
		assert_string_not_equal(err.hint, "");
		if (strstr(err.msg, "s3cret") || strstr(err.hint, "s3cret"))
			fail_msg("'%s' tells: %s", uris[i], err.msg);
	}
	assert_null(open_uri("host=/nowhere password=s3cret dbname=x"));
	assert_int_equal(err.code, GM_EDB);
	assert_non_null(strstr(err.msg, "cannot connect"));
	assert_null(strstr(err.msg, "s3cret"));
}

static void for_other_programs(void **state)
{
	struct gm_strings env = { NULL };

	(void)state;
	assert_ok(gm_conn_environment(&env, &arena, NULL, &err));
	assert_ok(gm_conn_environment(&env, &arena, "", &err));
	assert_int_equal(env.n, 0);
	assert_ok(gm_conn_environment(&env, &arena, "shop", &err));
	assert_string_equal(env.items[0], "PGDATABASE=shop");
	env.n = 0;
	assert_ok(gm_conn_environment(
		&env, &arena, "postgresql://ann:s3cret@db:77/shop", &err));
	assert_int_equal(env.n, 5);
	for (size_t i = 0; i < env.n; i++)
		if (strcmp(env.items[i], "PGUSER=ann") &&
		    strcmp(env.items[i], "PGPASSWORD=s3cret") &&
		    strcmp(env.items[i], "PGHOST=db") &&
		    strcmp(env.items[i], "PGPORT=77") &&
		    strcmp(env.items[i], "PGDATABASE=shop"))
			fail_msg("what is '%s'?", env.items[i]);
	assert_int_equal(gm_conn_environment(&env, &arena, "a=b s3cret", &err),
			 -1);
	assert_null(strstr(err.msg, "s3cret"));
}

static void no_such_database(void **state)
{
	struct gm_conn *c = NULL;

	(void)state;
	assert_int_equal(gm_server_connect(&c, server, NULL, "nowhere", &err),
			 -1);
	assert_int_equal(err.code, GM_EDB);
	assert_non_null(strstr(err.msg, "\"nowhere\" does not exist"));
	assert_int_equal(gm_server_connect(&c, server, "it's\\me", "x", &err),
			 -1);
	assert_non_null(strstr(err.msg, "it's\\me"));
	assert_null(c);
	gm_conn_close(&c);
}

static void transactions(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");

	(void)state;
	assert_int_equal(gm_conn_tx(c), GM_TX_IDLE);
	assert_script(c, "BEGIN");
	assert_int_equal(gm_conn_tx(c), GM_TX_OPEN);
	assert_int_equal(gm_conn_script(c, "SELECT 1/0", &err), -1);
	assert_int_equal(gm_conn_tx(c), GM_TX_FAILED);
	assert_script(c, "ROLLBACK");
	assert_int_equal(gm_conn_tx(c), GM_TX_IDLE);
}

static void what_the_server_said(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const struct gm_said *s = gm_conn_said(c);

	(void)state;
	assert_string_equal(s->sqlstate, GM_SQLSTATE_NONE);
	assert_script(c, "CREATE TEMP TABLE t (a int CONSTRAINT pos"
			 " CHECK (a > 0), b int NOT NULL)");
	assert_int_equal(
		gm_conn_script(c, "INSERT INTO t VALUES (-1, 1)", &err), -1);
	assert_int_equal(err.code, GM_EDB);
	assert_non_null(strstr(err.msg, "violates check constraint \"pos\""
					" [23514]\nFailing row contains"));
	assert_string_equal(s->severity, "ERROR");
	assert_string_equal(s->table, "t");
	assert_string_equal(s->constraint, "pos");
	assert_true(gm_conn_failed_with(c, "23514"));
	assert_true(gm_conn_failed_with(c, "23"));
	assert_false(gm_conn_failed_with(c, "40"));
	assert_int_equal(gm_conn_script(c, "SELECT lower(1, 2)", &err), -1);
	assert_non_null(strstr(err.hint, "No function matches"));
	assert_script(c, "SELECT 1");
	assert_string_equal(s->sqlstate, GM_SQLSTATE_NONE);
	assert_string_equal(s->message, "");
}

static void points_at_the_place(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const char *text = "SELECT 1;\n-- \xc3\xa9\nSELECT '\xc3\xa9', nix;\n";

	(void)state;
	assert_int_equal(gm_conn_script(c, text + 16, &err), -1);
	assert_int_equal(gm_conn_said(c)->position, 13);
	assert_int_equal(gm_conn_fail_in(c, "up.sql", gm_str(text), 16, &err),
			 -1);
	assert_string_equal(err.path, "up.sql");
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 14);
	assert_int_equal(gm_conn_script(c, "SELECT 1/0", &err), -1);
	gm_conn_fail_in(c, "up.sql", gm_str(text), 16, &err);
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 1);
}

static void notices(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	const struct gm_notices *n = gm_conn_notices(c);

	(void)state;
	assert_int_equal(n->n, 0);
	assert_script(c, "DROP TABLE IF EXISTS never");
	assert_int_equal(n->n, 1);
	assert_string_equal(n->items[0].severity, "NOTICE");
	assert_non_null(strstr(n->items[0].message, "\"never\""));
	assert_script(c, "DO $$BEGIN FOR i IN 1..1100 LOOP"
			 " RAISE WARNING 'w%', i; END LOOP; END$$");
	assert_int_equal(n->n, GM_NOTICES_MAX);
	assert_int_equal(n->dropped, 101);
	gm_conn_forget(c);
	assert_int_equal(n->n, 0);
	assert_int_equal(n->dropped, 0);
}

/* A host that takes the connection and says nothing. */
static void nobody_answers(void **state)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&here, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
	/* Nobody listens. */
	assert_null(open_uri(gm_printf(&arena, "postgresql://127.0.0.1:%d/x",
				       ntohs(here.sin_port))));
	assert_non_null(strstr(err.msg, "cannot connect"));
	assert_int_equal(listen(fd, 1), 0);
	assert_null(open_uri(gm_printf(&arena,
				       "postgresql://u:s3cret@127.0.0.1:%d/x"
				       "?connect_timeout=1",
				       ntohs(here.sin_port))));
	assert_non_null(strstr(err.msg, "does not answer"));
	close(fd);
}

#define GUESTS 8

/* A host that does not even take the connection: its queue is full. */
static int deaf(struct sockaddr_in *here, int guests[GUESTS])
{
	socklen_t len = sizeof(*here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*here = (struct sockaddr_in){ .sin_family = AF_INET };
	here->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)here, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)here, &len), 0);
	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < GUESTS; i++) {
		guests[i] = socket(
			AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)!connect(guests[i], (struct sockaddr *)here, len);
	}
	return fd;
}

static void the_next_host(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	const volatile sig_atomic_t stop = 1;
	struct gm_conn_options o = { 0 };
	struct sockaddr_in here;
	int guests[GUESTS], fd = deaf(&here, guests);
	const char *uri = gm_printf(&arena,
				    "host=127.0.0.1,%s port=%d,%d"
				    " dbname=template1 user=postgres"
				    " connect_timeout=1 target_session_attrs="
				    "read-write",
				    gm_server_dir(server), ntohs(here.sin_port),
				    gm_server_port(server));

	(void)state;
	c = open_uri(uri);
	if (!c)
		fail_msg("%s", err.msg);
	assert_string_equal(gm_conn_dbname(c), "template1");
	o.uri = gm_printf(&arena, "host=127.0.0.1 port=%d",
			  ntohs(here.sin_port));
	assert_null(open_uri(gm_printf(&arena, "%s connect_timeout=1", o.uri)));
	assert_non_null(strstr(err.msg, "does not answer"));
	gm_conn_close(&c);
	o.stop = &stop;
	assert_int_equal(gm_conn_open(&c, &o, &err), -1);
	assert_string_equal(err.msg, "interrupted");
	for (size_t i = 0; i < GUESTS; i++)
		close(guests[i]);
	close(fd);
}

GM_DB_MAIN(cmocka_unit_test(the_next_host), cmocka_unit_test(knows_where_it_is),
	   cmocka_unit_test(the_environment_counts),
	   cmocka_unit_test(no_password_is_shown),
	   cmocka_unit_test(for_other_programs),
	   cmocka_unit_test(no_such_database), cmocka_unit_test(transactions),
	   cmocka_unit_test(what_the_server_said),
	   cmocka_unit_test(points_at_the_place), cmocka_unit_test(notices),
	   cmocka_unit_test(nobody_answers))

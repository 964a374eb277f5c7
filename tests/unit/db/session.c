/* The connections of an apply, through gm_apply. */
#include "db/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "db/lock.h"
#include "fixture.h"

static struct fixture f;

static struct gm_apply_unit table(const char *name)
{
	return unit_of(name, GM_PHASE_EXPAND,
		       gm_printf(&arena, "CREATE TABLE %s (b int);", name));
}

static void test_locked(void **state)
{
	struct gm_apply_unit units[] = { table("a") };
	struct gm_wait wait = { 0 };
	const char *holder;
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "locked");
	c = place_connect("locked");
	assert_int_equal(gm_lock_take(&holder, &arena, c, &wait, &err), 1);
	f.o.wait_ms = 100;
	assert_int_equal(fixture_apply(&f, units, 1), 1);
	assert_has(refusals(&f), "-: another apply runs here: process ");
	assert_has(f.news.ptr, "wait - process ");
	/* Looking needs no lock. */
	f.o.dry_run = true;
	assert_applied(&f, units);
	gm_conn_close(&c);
	f.o.dry_run = false;
	f.o.wait_ms = 60000;
	assert_applied(&f, units);
	fixture_close(&f);
}

static void (*inner)(void *, const struct gm_news *);
static struct gm_conn *orphan;

/* The orphan goes as soon as it is waited for. */
static void leave(void *ctx, const struct gm_news *news)
{
	inner(ctx, news);
	if (news->text && strstr(news->text, "whose client is gone"))
		gm_conn_close(&orphan);
}

/* A session whose client is gone is waited for. */
static void test_orphan(void **state)
{
	struct gm_apply_unit units[] = { table("a") };

	(void)state;
	fixture_open(&f, "orphans");
	inner = f.o.news;
	f.o.news = leave;
	orphan = place_connect("orphans");
	assert_script(orphan, "SET application_name = 'git-migrate:1_x'");
	assert_applied(&f, units);
	assert_null(orphan);
	/* A file may have given it another name. */
	orphan = place_connect("orphans");
	assert_script(orphan, gm_lock_mark_sql);
	assert_script(orphan, "SET application_name = 'other'");
	assert_applied(&f, units);
	assert_null(orphan);
	fixture_close(&f);
}

/* Whoever may not see what others do sees that they are there. */
static void test_orphan_hidden(void **state)
{
	struct gm_apply_unit units[] = { table("a") };

	(void)state;
	fixture_open(&f, "hiding");
	assert_script(f.look,
		      "DROP ROLE IF EXISTS nobody_here; CREATE ROLE"
		      " nobody_here LOGIN; ALTER DATABASE hiding OWNER"
		      " TO nobody_here; GRANT CREATE ON SCHEMA public TO"
		      " nobody_here");
	f.o.uri = gm_server_uri(&arena, server, "nobody_here", "hiding");
	inner = f.o.news;
	f.o.news = leave;
	orphan = place_connect("hiding");
	assert_script(orphan, "SET application_name = 'git-migrate:1_x'");
	assert_applied(&f, units);
	assert_null(orphan);
	fixture_close(&f);
}

static char *socket_path, *moved_path;

/* While the lock is waited for, the first server can no longer be found. */
static void hide_first(void *ctx, const struct gm_news *news)
{
	inner(ctx, news);
	if (news->kind != GM_NEWS_WAIT || !orphan)
		return;
	assert_int_equal(rename(socket_path, moved_path), 0);
	gm_conn_close(&orphan);
}

/* Two hosts are named, and each connection has reached another one. */
static void test_two_servers(void **state)
{
	const struct gm_server_options options = { 0 };
	struct gm_apply_unit units[] = { table("a") };
	struct gm_wait wait = { 0 };
	struct gm_server *other;
	const char *holder;
	struct gm_conn *c;

	(void)state;
	fixture_open(&f, "twice");
	assert_ok(gm_server_open(&other, &place_arena, &options, &err));
	assert_ok(gm_server_connect(&c, other, NULL, "postgres", &err));
	assert_script(c, "CREATE DATABASE twice");
	gm_conn_close(&c);
	f.o.uri = gm_printf(&arena,
			    "host=%s,%s port=%d,%d user=postgres dbname=twice",
			    gm_server_dir(server), gm_server_dir(other),
			    gm_server_port(server), gm_server_port(other));
	socket_path = gm_printf(&arena, "%s/.s.PGSQL.%d", gm_server_dir(server),
				gm_server_port(server));
	moved_path = gm_printf(&arena, "%s.moved", socket_path);
	inner = f.o.news;
	f.o.news = hide_first;
	orphan = place_connect("twice");
	assert_int_equal(gm_lock_take(&holder, &arena, orphan, &wait, &err), 1);
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_int_equal(rename(moved_path, socket_path), 0);
	assert_has(err.msg, "two connections reached two servers: ");
	assert_has(err.hint, "Name one host");
	assert_value(&f, "SELECT to_regclass('a') IS NULL", "t");
	assert_applied(&f, units);
	fixture_close(&f);
	gm_server_close(&other);
}

static void test_wrong(void **state)
{
	struct gm_apply_unit units[] = { table("a") };
	volatile sig_atomic_t stop = 1;

	(void)state;
	fixture_open(&f, "wrong");
	f.o.uri = "host=/nowhere dbname=none";
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_int_equal(err.code, GM_EDB);
	f.o.uri = gm_server_uri(&arena, server, NULL, "wrong");
	f.o.stop = &stop;
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	assert_has(err.msg, "interrupted");
	f.o.stop = NULL;
	f.o.search_path = "pg_temp'; DROP TABLE x; --";
	assert_int_equal(fixture_apply(&f, units, 1), -1);
	f.o.search_path = "\"S\"";
	assert_script(f.look, "CREATE SCHEMA \"S\"");
	assert_applied(&f, units);
	assert_value(&f, "SELECT to_regclass('\"S\".a') IS NOT NULL", "t");
	fixture_close(&f);
}

static unsigned kills;

static void kill_both(void *ctx, const struct gm_news *news)
{
	struct fixture *x = ctx;

	if (news->kind == GM_NEWS_BEGIN && kills) {
		kills--;
		assert_script(x->look,
			      "SELECT pg_terminate_backend(pid) FROM"
			      " pg_stat_activity WHERE application_name LIKE"
			      " 'git-migrate%' AND pid <> pg_backend_pid() AND"
			      " pid IN (SELECT pid FROM pg_locks WHERE locktype"
			      " = 'advisory') OR application_name LIKE"
			      " 'git-migrate:%'");
	}
	inner(ctx, news);
}

static void test_reopen(void **state)
{
	struct gm_apply_unit units[] = { table("a"), table("b") };

	(void)state;
	fixture_open(&f, "reopen");
	inner = f.o.news;
	f.o.news = kill_both;
	kills = 1;
	assert_applied(&f, units);
	assert_has(f.news.ptr, "the connection is lost; connecting again");
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.migration WHERE"
		     " state = 'applied'",
		     "2");
	fixture_close(&f);
}

static struct gm_apply_unit sleepers[2];

static void *apply_them(void *arg)
{
	return fixture_apply(arg, sleepers, 2) ? arg : NULL;
}

/* Wait until the migration is where it sleeps. */
static void wait_asleep(void)
{
	while (strcmp(value(&f, "SELECT count(*) FROM pg_stat_activity WHERE"
				" wait_event = 'PgSleep'"),
		      "1"))
		usleep(10000);
}

/* The server dies in the middle and comes back. */
static void test_server_dies(void **state)
{
	struct gm_err own = GM_ERR_INIT;
	pthread_t thread;
	void *failed;

	(void)state;
	fixture_open(&f, "dying");
	/* It is the first server only that knows us by this name. */
	assert_script(f.look, "SET application_name = 'looks on'");
	sleepers[0] = unit_of("1_a", GM_PHASE_EXPAND,
			      "CREATE TABLE a (b int); SELECT pg_sleep(300)"
			      " FROM pg_stat_activity WHERE application_name ="
			      " 'looks on';");
	sleepers[1] = table("b");
	f.o.timeout_ms = f.o.block_ms = 300000;
	assert_int_equal(pthread_create(&thread, NULL, apply_them, &f), 0);
	wait_asleep();
	assert_int_equal(gm_server_stop(server, GM_STOP_KILL, &own), 0);
	assert_int_equal(gm_server_start(server, &own), 0);
	pthread_join(thread, &failed);
	if (failed)
		fail_msg("%s %s", err.msg, refusals(&f));
	gm_conn_close(&f.look);
	f.look = place_connect("dying");
	assert_value(&f,
		     "SELECT count(*) FROM git_migrate.event WHERE kind ="
		     " 'applied'",
		     "2");
	fixture_close(&f);
}

GM_DB_MAIN(cmocka_unit_test(test_locked), cmocka_unit_test(test_orphan),
	   cmocka_unit_test(test_orphan_hidden),
	   cmocka_unit_test(test_two_servers), cmocka_unit_test(test_wrong),
	   cmocka_unit_test(test_reopen), cmocka_unit_test(test_server_dies))

/* The connections of an apply, through gm_apply. */
#include "db/engine.h"

#include <pthread.h>
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
	struct gm_lock_wait wait = { 0 };
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

static void *leave(void *arg)
{
	usleep(300000);
	gm_conn_close(arg);
	return NULL;
}

/* A session whose client is gone is waited for. */
static void test_orphan(void **state)
{
	struct gm_apply_unit units[] = { table("a") };
	struct gm_conn *c;
	pthread_t thread;

	(void)state;
	fixture_open(&f, "orphans");
	c = place_connect("orphans");
	assert_script(c, "SET application_name = 'git-migrate:1_x'");
	assert_int_equal(pthread_create(&thread, NULL, leave, &c), 0);
	assert_applied(&f, units);
	pthread_join(thread, NULL);
	assert_has(f.news.ptr, "whose client is gone");
	fixture_close(&f);
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
static void (*inner)(void *, const struct gm_news *);

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

/* The server dies in the middle and comes back. */
static void test_server_dies(void **state)
{
	struct gm_err own = GM_ERR_INIT;
	pthread_t thread;
	void *failed;

	(void)state;
	fixture_open(&f, "dying");
	sleepers[0] = unit_of("1_a", GM_PHASE_EXPAND,
			      "CREATE TABLE a (b int); SELECT pg_sleep(1.5);");
	sleepers[1] = table("b");
	assert_int_equal(pthread_create(&thread, NULL, apply_them, &f), 0);
	usleep(700000);
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
	   cmocka_unit_test(test_wrong), cmocka_unit_test(test_reopen),
	   cmocka_unit_test(test_server_dies))

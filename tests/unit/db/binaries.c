#include "db/binaries.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static char dir[] = "/tmp/gm-binaries.XXXXXX";
static const char *const names[] = { "initdb", "postgres", "pg_config" };

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int done(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(names); i++)
		unlink(gm_printf(&arena, "%s/%s", dir, names[i]));
	gm_arena_done(&arena);
	return rmdir(dir);
}

static void put(const char *name, const char *says)
{
	assert_ok(gm_file_write(
		gm_printf(&arena, "%s/%s", dir, name),
		gm_str(gm_printf(&arena, "#!/bin/sh\necho '%s'\n", says)), 0755,
		false, &err));
}

static void find_on_this_machine(void **state)
{
	struct gm_binaries b;

	(void)state;
	assert_ok(gm_binaries_find(&b, &arena, NULL, &err));
	assert_true(b.version >= GM_SERVER_OLDEST);
	assert_int_equal(access(gm_printf(&arena, "%s/initdb", b.dir), X_OK),
			 0);
}

static void a_version_that_is_named(void **state)
{
	struct gm_binaries b, same;
	const char *of;

	(void)state;
	assert_null(gm_binaries_of(&arena, 7));
	assert_ok(gm_binaries_find(&b, &arena, NULL, &err));
	of = gm_binaries_of(&arena, b.version / 10000);
	if (!of)
		skip();
	assert_ok(gm_binaries_find(&same, &arena, of, &err));
	assert_int_equal(same.version / 10000, b.version / 10000);
}

static void a_directory_that_is_named(void **state)
{
	struct gm_binaries b;

	(void)state;
	assert_int_equal(gm_binaries_find(&b, &arena, "/nowhere", &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_non_null(strstr(err.msg, "no 'initdb' in '/nowhere'"));
	put("initdb", "");
	assert_int_equal(gm_binaries_find(&b, &arena, dir, &err), -1);
	assert_non_null(strstr(err.msg, "no 'postgres'"));
	assert_string_not_equal(err.hint, "");
	put("postgres", "postgres (PostgreSQL) 16.3 (Debian 16.3-1)");
	assert_ok(gm_binaries_find(&b, &arena, dir, &err));
	assert_int_equal(b.version, 160003);
	put("postgres", "postgres (PostgreSQL) 18beta1");
	assert_ok(gm_binaries_find(&b, &arena, dir, &err));
	assert_int_equal(b.version, 180000);
}

static void what_is_too_old_or_odd(void **state)
{
	struct gm_binaries b;

	(void)state;
	put("initdb", "");
	put("postgres", "postgres (PostgreSQL) 9.6.24");
	assert_int_equal(gm_binaries_find(&b, &arena, dir, &err), -1);
	assert_non_null(strstr(err.msg, "too old"));
	assert_non_null(strstr(err.hint, "version 12"));
	put("postgres", "who knows");
	assert_int_equal(gm_binaries_find(&b, &arena, dir, &err), -1);
	assert_non_null(strstr(err.msg, "does not say"));
	put("postgres", "");
	assert_int_equal(gm_binaries_find(&b, &arena, dir, &err), -1);
}

static void pg_config_has_a_say(void **state)
{
	const char *path = getenv("PATH");
	const char *old = gm_strdup(&arena, path ? path : "");
	struct gm_binaries b;

	(void)state;
	put("initdb", "");
	put("postgres", "postgres (PostgreSQL) 17.1");
	put("pg_config", dir);
	setenv("PATH", gm_printf(&arena, "%s:%s", dir, old), 1);
	assert_ok(gm_binaries_find(&b, &arena, NULL, &err));
	assert_string_equal(b.dir, dir);
	assert_int_equal(b.version, 170001);
	/* One that names an empty place is passed over. */
	put("pg_config", "/nowhere");
	assert_ok(gm_binaries_find(&b, &arena, NULL, &err));
	setenv("PATH", old, 1);
}

GM_UNIT_MAIN(cmocka_unit_test(find_on_this_machine),
	     cmocka_unit_test(a_version_that_is_named),
	     cmocka_unit_test_setup(a_directory_that_is_named, setup),
	     cmocka_unit_test(what_is_too_old_or_odd),
	     cmocka_unit_test_teardown(pg_config_has_a_say, done))

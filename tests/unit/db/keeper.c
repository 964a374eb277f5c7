#include "db/keeper.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static bool gone(const char *path)
{
	for (int i = 0; i < 2000; i++) {
		if (access(path, F_OK) < 0)
			return true;
		usleep(5000);
	}
	return false;
}

static struct gm_keeper *keep(const char **dir)
{
	struct gm_identity who;
	struct gm_keeper *k = NULL;

	assert_ok(gm_identity_find(&who, &arena, &err));
	assert_ok(gm_keeper_open(&k, &arena, &who, &err));
	*dir = gm_keeper_dir(k);
	return k;
}

static void the_directory_is_private(void **state)
{
	const char *dir;
	struct gm_keeper *k = keep(&dir);
	struct stat st;

	(void)state;
	assert_int_equal(stat(dir, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_true(st.st_uid != 0);
	assert_true(strlen(dir) < 85);
	gm_keeper_close(&k);
	assert_null(k);
	assert_int_equal(access(dir, F_OK), -1);
	gm_keeper_close(&k);
}

static void it_goes_with_all_that_is_in_it(void **state)
{
	const char *dir;
	struct gm_keeper *k = keep(&dir);
	char outside[] = "/tmp/gm-keeper.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(outside));
	assert_int_equal(mkdir(gm_printf(&arena, "%s/a", dir), 0700), 0);
	assert_int_equal(mkdir(gm_printf(&arena, "%s/a/b", dir), 0700), 0);
	/* A link goes, what it points at stays. */
	assert_int_equal(symlink(outside, gm_printf(&arena, "%s/a/l", dir)), 0);
	assert_int_equal(symlink("nowhere", gm_printf(&arena, "%s/m", dir)), 0);
	gm_keeper_remove(gm_printf(&arena, "%s/a/b", dir));
	assert_int_equal(access(gm_printf(&arena, "%s/a/b", dir), F_OK), -1);
	gm_keeper_close(&k);
	assert_int_equal(access(dir, F_OK), -1);
	assert_int_equal(rmdir(outside), 0);
}

static void it_goes_when_we_are_killed(void **state)
{
	char name[128] = "";
	int pipes[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		struct gm_identity who;
		struct gm_keeper *k;

		/* The second one must not hold the first one alive. */
		if (gm_identity_find(&who, &arena, &err) < 0 ||
		    gm_keeper_open(&k, &arena, &who, &err) < 0 ||
		    write(pipes[1], gm_keeper_dir(k),
			  strlen(gm_keeper_dir(k)) + 1) < 0 ||
		    gm_keeper_open(&k, &arena, &who, &err) < 0 ||
		    write(pipes[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(read(pipes[0], name, sizeof(name)) > 0);
	assert_int_equal(access(name, F_OK), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(gone(name));
	close(pipes[0]);
	close(pipes[1]);
}

/* A process of the wrong directory is not ended, whatever a file says. */
static void strangers_live(void **state)
{
	pid_t stranger = fork();
	const char *dir, *path;
	struct gm_keeper *k;
	FILE *file;

	(void)state;
	if (!stranger)
		for (;;)
			pause();
	k = keep(&dir);
	path = gm_printf(&arena, "%s/data", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	file = fopen(gm_printf(&arena, "%s/postmaster.pid", path), "w");
	assert_non_null(file);
	fprintf(file, "%ld\n/x\n", (long)stranger);
	fclose(file);
	gm_keeper_close(&k);
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
}

static void where_it_can_be(void **state)
{
	const char *old = getenv("TMPDIR"), *dir;
	char blank[] = "/tmp/gm keeper.XXXXXX", own[] = "/tmp/gm-kept.XXXXXX";
	struct gm_keeper *k;

	(void)state;
	assert_non_null(mkdtemp(blank));
	assert_non_null(mkdtemp(own));
	assert_int_equal(chmod(own, 01777), 0);
	setenv("TMPDIR", blank, 1);
	k = keep(&dir);
	assert_memory_equal(dir, "/tmp/gm-pg.", 11);
	gm_keeper_close(&k);
	setenv("TMPDIR", own, 1);
	k = keep(&dir);
	assert_memory_equal(dir, own, strlen(own));
	gm_keeper_close(&k);
	if (geteuid() == 0) {
		assert_int_equal(chmod(own, 0700), 0);
		k = keep(&dir);
		assert_memory_equal(dir, "/tmp/gm-pg.", 11);
		gm_keeper_close(&k);
	}
	if (old)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(rmdir(blank), 0);
}

GM_UNIT_MAIN(cmocka_unit_test(the_directory_is_private),
	     cmocka_unit_test(it_goes_with_all_that_is_in_it),
	     cmocka_unit_test(it_goes_when_we_are_killed),
	     cmocka_unit_test(strangers_live),
	     cmocka_unit_test_teardown(where_it_can_be, done))

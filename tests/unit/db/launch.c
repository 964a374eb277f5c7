#include "db/launch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static char dir[] = "/tmp/gm-launch.XXXXXX";
static const char *log_file;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chmod(dir, 0777) < 0)
		return -1;
	log_file = gm_printf(&arena, "%s/log", dir);
	return 0;
}

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return rmdir(dir);
}

static struct gm_identity somebody(void)
{
	struct gm_identity who;

	assert_ok(gm_identity_find(&who, &arena, &err));
	return who;
}

/* Run a line of sh(1), the program under test here. */
static int sh(const char *line, int64_t limit)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	struct gm_launch l = { .argv = argv,
			       .dir = dir,
			       .log = log_file,
			       .who = somebody(),
			       .on_death = SIGKILL };

	unlink(log_file);
	memset(&err, 0, sizeof(err));
	return gm_launch_run(&l, limit, &err);
}

/* What it wrote into `out`: the log is also where its loader complains. */
static struct gm_str said(void)
{
	const char *out = gm_printf(&arena, "%s/out", dir);
	struct gm_str text;

	assert_ok(gm_file_read(&text, &arena, out, 4096, &err));
	unlink(out);
	unlink(log_file);
	return text;
}

static void never_as_root(void **state)
{
	struct gm_identity who = somebody();

	(void)state;
	assert_true(who.uid != 0);
	assert_true(who.other == (geteuid() == 0));
	assert_ok(sh("{ id -u; id -G; pwd; echo $PATH$HOME$PGHOST; } >out",
		     20000));
	assert_str(said(),
		   gm_printf(&arena,
			     "%ld\n%ld\n%s\n/usr/local/bin:/usr/bin:/bin\n",
			     (long)who.uid, (long)who.gid, dir));
}

static void nothing_of_ours_is_open(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_ok(sh("n=$(ls /proc/self/fd | wc -l); echo $n >out", 20000));
	close(fds[0]);
	close(fds[1]);
	/* 0 1 2 and the one that ls reads. */
	assert_str(said(), "4\n");
}

static void it_fails(void **state)
{
	(void)state;
	assert_int_equal(
		sh("echo one; echo FATAL: two; echo three; exit 1", 20000), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "'/bin/sh' failed: FATAL: two");
	assert_int_equal(sh("echo one; kill -9 $$", 20000), -1);
	assert_string_equal(err.msg, "'/bin/sh' failed: one");
	assert_int_equal(sh("sleep 60", 50), -1);
	assert_non_null(strstr(err.msg, "did not end"));
	unlink(log_file);
}

static void it_tells_more_than_why(void **state)
{
	(void)state;
	assert_int_equal(
		sh("echo FATAL: no such target >&2;"
		   "echo FATAL: the database system is shutting down >&2;"
		   "exit 1",
		   10000),
		-1);
	assert_non_null(strstr(err.msg, ": FATAL: no such target"));
	unlink(log_file);
}

static void it_is_not_there(void **state)
{
	const char *const argv[] = { "/nowhere/prog", NULL };
	struct gm_launch l = {
		.argv = argv, .dir = "/", .who = somebody(), .on_death = SIGKILL
	};
	pid_t pid = 0;

	(void)state;
	assert_int_equal(gm_launch_start(&pid, &l, &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_non_null(strstr(err.msg, "cannot start '/nowhere/prog'"));
	assert_non_null(strstr(err.msg, "No such file"));
	l.dir = "/nowhere";
	assert_int_equal(gm_launch_run(&l, 1000, &err), -1);
	assert_int_equal(pid, 0);
}

static void by_name_it_is_one_of_the_system(void **state)
{
	const char *const argv[] = { "true", NULL };
	const char *path = gm_strdup(&arena, getenv("PATH"));
	struct gm_launch l = {
		.argv = argv, .dir = "/", .who = somebody(), .on_death = SIGKILL
	};

	(void)state;
	setenv("PATH", "/nowhere", 1);
	assert_ok(gm_launch_run(&l, 20000, &err));
	setenv("PATH", path, 1);
}

static void what_is_theirs(void **state)
{
	const char *sub = gm_printf(&arena, "%s/sub", dir);
	const char *file = gm_printf(&arena, "%s/file", sub);
	struct gm_identity who = somebody();
	struct gm_str text;
	struct stat st;

	(void)state;
	assert_ok(gm_identity_mkdir(&who, sub, &err));
	assert_int_equal(gm_identity_mkdir(&who, sub, &err), -1);
	assert_non_null(strstr(err.msg, "cannot make"));
	assert_ok(gm_identity_write(&who, file, GM_STR("one"), &err));
	assert_ok(gm_identity_write(&who, file, GM_STR("two"), &err));
	assert_ok(gm_file_read(&text, &arena, file, 100, &err));
	assert_str(text, "two");
	assert_int_equal(stat(sub, &st), 0);
	assert_int_equal(st.st_uid, who.uid);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, who.uid);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(file);
	rmdir(sub);
	assert_int_equal(gm_identity_write(&who, file, GM_STR("x"), &err), -1);
}

static void it_goes_with_us(void **state)
{
	const char *const argv[] = { "/bin/sleep", "60", NULL };
	struct gm_launch l = {
		.argv = argv, .dir = "/", .who = somebody(), .on_death = SIGKILL
	};
	int status, pipes[2];
	pid_t pid, child = 0;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		if (gm_launch_start(&child, &l, &err) < 0 ||
		    write(pipes[1], &child, sizeof(child)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(kill(child, 0), 0);
	assert_int_equal(gm_launch_wait(&status, pid, 0), 0);
	kill(pid, SIGKILL);
	assert_int_equal(gm_launch_wait(&status, pid, 20000), 1);
	assert_true(WIFSIGNALED(status));
	/* A zombie of somebody else's has no directory to work in. */
	for (int i = 0; i < 2000; i++) {
		char where[8];

		if (readlink(gm_printf(&arena, "/proc/%ld/cwd", (long)child),
			     where, sizeof(where)) < 0)
			break;
		usleep(5000);
		assert_true(i < 1999);
	}
	close(pipes[0]);
	close(pipes[1]);
	/* What is not our child has ended, as far as we can know. */
	assert_int_equal(gm_launch_wait(&status, 1, 0), 1);
}

GM_UNIT_MAIN(cmocka_unit_test_setup(never_as_root, setup),
	     cmocka_unit_test(nothing_of_ours_is_open),
	     cmocka_unit_test(it_fails),
	     cmocka_unit_test(it_tells_more_than_why),
	     cmocka_unit_test(it_is_not_there),
	     cmocka_unit_test(by_name_it_is_one_of_the_system),
	     cmocka_unit_test(what_is_theirs),
	     cmocka_unit_test_teardown(it_goes_with_us, done))

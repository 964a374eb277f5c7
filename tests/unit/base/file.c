#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static char dir[512];

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/gm-file-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int kind,
		struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *in(const char *name)
{
	return gm_printf(&arena, "%s/%s", dir, name);
}

/* How many files and directories the test has left so far. */
static int names(void)
{
	DIR *d = opendir(dir);
	int n = -2;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void writes_and_reads(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;
	struct stat st;
	mode_t mask = umask(022);

	(void)state;
	assert_ok(gm_file_write(in("a"), GM_STR("one\0two\n"), 0666, false,
				&err));
	assert_ok(gm_file_read(&got, &arena, in("a"), 100, &err));
	assert_true(gm_str_eq(got, GM_STR("one\0two\n")));
	assert_int_equal(got.ptr[got.len], 0);
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_ok(gm_file_write(in("a"), GM_STR("new"), 0777, false, &err));
	assert_ok(gm_file_read(&got, &arena, in("a"), 100, &err));
	assert_str(got, "new");
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(names(), 1);
	umask(mask);
}

static void empty_file(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;

	(void)state;
	assert_ok(gm_file_write(in("e"), GM_STR_NONE, 0666, false, &err));
	assert_ok(gm_file_read(&got, &arena, in("e"), 0, &err));
	assert_int_equal(got.len, 0);
	assert_non_null(got.ptr);
}

static void keeps_what_is_there(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;

	(void)state;
	assert_int_equal(
		gm_file_write(in("k"), GM_STR("first"), 0666, true, &err), 0);
	assert_int_equal(
		gm_file_write(in("k"), GM_STR("second"), 0666, true, &err), 1);
	assert_ok(gm_file_read(&got, &arena, in("k"), 100, &err));
	assert_str(got, "first");
	/* A dangling link is something too. */
	assert_int_equal(symlink("nowhere", in("link")), 0);
	assert_int_equal(
		gm_file_write(in("link"), GM_STR("x"), 0666, true, &err), 1);
	assert_int_equal(names(), 2);
}

static void limits(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got = GM_STR("untouched");

	(void)state;
	assert_ok(gm_file_write(in("l"), GM_STR("12345"), 0666, false, &err));
	assert_int_equal(gm_file_read(&got, &arena, in("l"), 4, &err), -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_str(got, "untouched");
	assert_ok(gm_file_read(&got, &arena, in("l"), 5, &err));
	assert_str(got, "12345");
	assert_ok(gm_file_read(&got, &arena, in("l"), SIZE_MAX, &err));
	assert_str(got, "12345");
}

static void refuses(const char *path, enum gm_errcode code)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;

	assert_int_equal(gm_file_read(&got, &arena, path, 100, &err), -1);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.msg, path));
}

static void what_is_no_file(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	char name[5000];

	(void)state;
	refuses(in("none"), GM_ENOT_FOUND);
	assert_ok(gm_file_write(in("f"), GM_STR("x"), 0666, false, &err));
	refuses(in("f/below"), GM_ENOT_FOUND);
	refuses(dir, GM_EINPUT);
	refuses("/dev/null", GM_EINPUT);
	/* A pipe that nobody writes to must not hold us up. */
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	refuses(in("fifo"), GM_EINPUT);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	{
		struct gm_str got;

		assert_int_equal(gm_file_read(&got, &arena, name, 9, &err), -1);
		assert_int_equal(err.code, GM_EIO);
	}
}

static void large_and_slow_input(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		char block[10000];

		memset(block, 'b', sizeof(block));
		usleep(20000);
		for (int i = 0; i < 30; i++)
			if (gm_fd_write(fds[1],
					(struct gm_str){ block, sizeof(block) },
					&err) < 0)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	usleep(5000);
	assert_ok(gm_fd_read(&got, &arena, fds[0], 1 << 20, &err));
	assert_int_equal(got.len, 300000);
	assert_int_equal(got.ptr[299999], 'b');
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Run gm_file_read("-") on `fd`. */
static int read_stdin(struct gm_str *got, int fd, size_t max,
		      struct gm_err *err)
{
	int saved = dup(0), result;

	dup2(fd, 0);
	result = gm_file_read(got, &arena, "-", max, err);
	dup2(saved, 0);
	close(saved);
	return result;
}

static void standard_input(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;
	int fds[2], d;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "piped", 5), 5);
	close(fds[1]);
	assert_ok(read_stdin(&got, fds[0], 100, &err));
	assert_str(got, "piped");
	close(fds[0]);

	d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(read_stdin(&got, d, 100, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.msg, "standard input: is a directory");
	close(d);
}

static void bad_descriptors(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str got;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(gm_fd_read(&got, &arena, -1, 10, &err), -1);
	assert_int_equal(err.code, GM_EIO);
	assert_true(full >= 0);
	assert_int_equal(gm_fd_write(full, GM_STR("x"), &err), -1);
	assert_int_equal(err.code, GM_EIO);
	assert_string_equal(err.msg, "cannot write: No space left on device");
	close(full);
}

static void write_fails_without_a_trace(void **state)
{
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	assert_int_equal(
		gm_file_write(in("no/such"), GM_STR("x"), 0666, false, &err),
		-1);
	assert_int_equal(err.code, GM_EIO);
	assert_int_equal(mkdir(in("d"), 0777), 0);
	assert_int_equal(gm_file_write(in("d"), GM_STR("x"), 0666, false, &err),
			 -1);
	assert_int_equal(err.code, GM_EIO);
	assert_non_null(strstr(err.msg, in("d")));
	assert_int_equal(names(), 1);
}

/* A limit on the size of files stands for a full disk. */
static void full_disk_leaves_the_old_file(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct rlimit limit, small;
	struct gm_str got;
	int status;

	(void)state;
	assert_ok(gm_file_write(in("f"), GM_STR("old"), 0666, false, &err));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 4;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	status = gm_file_write(in("f"), GM_STR("too long"), 0666, false, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(status, -1);
	assert_int_equal(err.code, GM_EIO);
	assert_non_null(strstr(err.msg, "cannot write: File too large"));
	assert_ok(gm_file_read(&got, &arena, in("f"), 100, &err));
	assert_str(got, "old");
	assert_int_equal(names(), 1);
}

static void directories(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct stat st;

	(void)state;
	assert_ok(gm_dir_make(in("a/b//c/"), &err));
	assert_int_equal(stat(in("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_ok(gm_dir_make(in("a/b/c"), &err));
	assert_ok(gm_dir_make("/", &err));
	assert_ok(gm_dir_make(".", &err));
	assert_ok(gm_file_write(in("f"), GM_STR("x"), 0666, false, &err));
	assert_int_equal(gm_dir_make(in("f"), &err), -1);
	assert_int_equal(err.code, GM_EIO);
	assert_int_equal(gm_dir_make(in("f/g"), &err), -1);
	assert_int_equal(gm_dir_make("", &err), -1);
	assert_int_equal(err.code, GM_EIO);
}

static void temporaries(void **state)
{
	(void)state;
	assert_int_equal(gm_file_temporary("a/b.tmp-0123456789abcdef"), 3);
	assert_int_equal(gm_file_temporary(".tmp-0123456789abcdef"), 0);
	assert_int_equal(gm_file_temporary("a.tmp-0123456789abcde"), 0);
	assert_int_equal(gm_file_temporary("a.tmp-0123456789abcdeg"), 0);
	assert_int_equal(gm_file_temporary("a.tmp.0123456789abcdef"), 0);
	assert_int_equal(gm_file_temporary("a"), 0);
	assert_int_equal(gm_file_temporary(""), 0);
}

static void locks(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_ok(gm_dir_lock(in("absent"), &err));
	assert_ok(gm_dir_lock(dir, &err));
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	close(fd);
	assert_int_equal(names(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

GM_UNIT_MAIN(TEST(writes_and_reads), TEST(empty_file),
	     TEST(keeps_what_is_there), TEST(limits), TEST(what_is_no_file),
	     TEST(large_and_slow_input), TEST(standard_input),
	     TEST(bad_descriptors), TEST(write_fails_without_a_trace),
	     TEST(directories), TEST(temporaries), TEST(locks),
	     TEST(full_disk_leaves_the_old_file))

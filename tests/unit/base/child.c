#include "base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_str out;
static struct gm_err err;

static int setup(void **state)
{
	(void)state;
	out = GM_STR_NONE;
	memset(&err, 0, sizeof(err));
	return 0;
}

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static int run(const struct gm_child *child)
{
	return gm_child_run(&out, &arena, child, &err);
}

/* Run a line of sh(1), which is the program under test here, not a helper. */
static int sh(const char *line)
{
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct gm_child child = { .argv = argv };

	return run(&child);
}

static void status_and_output(void **state)
{
	(void)state;
	assert_int_equal(sh("printf 'a\\0b'; exit 0"), 0);
	assert_true(gm_str_eq(out, GM_STR("a\0b")));
	assert_int_equal(sh("echo no; exit 7"), 7);
	assert_str(out, "no\n");
	assert_int_equal(sh("exit 255"), 255);
	assert_int_equal(out.len, 0);
}

static void arguments_are_not_split(void **state)
{
	const char *const argv[] = { "printf", "%s|",       "a b",
				     "",       "$HOME;'*'", NULL };
	struct gm_child child = { .argv = argv };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "a b||$HOME;'*'|");
}

static void input_goes_through(void **state)
{
	const char *const argv[] = { "cat", NULL };
	struct gm_child child = { .argv = argv, .input = GM_STR("in\0put") };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_true(gm_str_eq(out, GM_STR("in\0put")));
	child.input = GM_STR_NONE;
	assert_int_equal(run(&child), 0);
	assert_int_equal(out.len, 0);
}

/* More than both pipes hold: whoever wrote all before reading would hang. */
static void both_sides_at_once(void **state)
{
	const char *const argv[] = { "cat", NULL };
	struct gm_child child = { .argv = argv };
	size_t size = (size_t)3 << 20;
	char *text = gm_alloc(&arena, size);

	(void)state;
	memset(text, 'x', size);
	child.input = (struct gm_str){ text, size };
	assert_int_equal(run(&child), 0);
	assert_true(gm_str_eq(out, child.input));
}

static void child_that_does_not_read(void **state)
{
	const char *const argv[] = { "sh", "-c", "exec <&-; sleep 0.1; exit 4",
				     NULL };
	struct gm_child child = { .argv = argv };
	struct sigaction before, after;
	size_t size = (size_t)1 << 20;

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	sigaction(SIGPIPE, NULL, &before);
	child.input = (struct gm_str){ gm_alloc(&arena, size), size };
	assert_int_equal(run(&child), 4);
	sigaction(SIGPIPE, NULL, &after);
	assert_ptr_equal(after.sa_handler, before.sa_handler);
}

static void child_gets_sigpipe_as_we_had_it(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sh("kill -PIPE $$; exit 0"), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "'sh' was killed by signal 13");
}

static void killed(void **state)
{
	(void)state;
	out = GM_STR("untouched");
	assert_int_equal(sh("echo x; kill -9 $$"), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "'sh' was killed by signal 9");
	assert_str(out, "untouched");
}

static void cannot_start(void **state)
{
	const char *argv[] = { "no-such-program-here", NULL };
	struct gm_child child = { .argv = argv };

	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	assert_int_equal(run(&child), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "cannot start 'no-such-program-here': "
				     "No such file or directory");
	assert_string_equal(err.hint,
			    "Install it, or put its directory on PATH.");
	argv[0] = "/";
	assert_int_equal(run(&child), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "cannot start '/': Permission denied");
	assert_string_equal(err.hint, "");
	argv[0] = "true";
	child.dir = "/no/such/directory";
	assert_int_equal(run(&child), -1);
	assert_string_equal(err.msg,
			    "cannot start 'true' in '/no/such/directory': "
			    "No such file or directory");
	assert_string_equal(err.hint, "");
}

static void too_much(void **state)
{
	const char *const argv[] = { "sh", "-c", "while :; do echo y; done",
				     NULL };
	struct gm_child child = { .argv = argv, .max_output = 10 };

	(void)state;
	assert_int_equal(run(&child), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
	assert_string_equal(err.msg, "'sh' printed more than 10 bytes");
}

static void exactly_enough(void **state)
{
	const char *const argv[] = { "printf", "1234567890", NULL };
	struct gm_child child = { .argv = argv, .max_output = 10 };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "1234567890");
}

static void elsewhere(void **state)
{
	const char *const argv[] = { "pwd", NULL };
	struct gm_child child = { .argv = argv, .dir = "/" };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "/\n");
}

static void environment(void **state)
{
	static const char line[] = "echo \"$GM_A-$GM_AB-$GM_C\"";
	const char *const argv[] = { "sh", "-c", line, NULL };
	const char *const unset[] = { "GM_A", "GM_C", "GM_NONE", NULL };
	struct gm_child child = { .argv = argv };

	(void)state;
	setenv("GM_A", "1", 1);
	setenv("GM_AB", "2", 1);
	setenv("GM_C", "3", 1);
	assert_int_equal(run(&child), 0);
	assert_str(out, "1-2-3\n");
	child.unset = unset;
	assert_int_equal(run(&child), 0);
	assert_str(out, "-2-\n");
	assert_string_equal(getenv("GM_A"), "1");
}

static void inherited(void **state)
{
	const char *const argv[] = { "sh", "-c", "read line; test x$line = xin",
				     NULL };
	struct gm_child child = { .argv = argv,
				  .inherit_input = true,
				  .inherit_output = true };
	int fds[2], saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "in\n", 3), 3);
	dup2(fds[0], STDIN_FILENO);
	assert_int_equal(gm_child_run(NULL, &arena, &child, &err), 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fds[0]);
	close(fds[1]);
}

/* The child has what we let it inherit, and nothing stays open here. */
static void no_descriptor_leaks(void **state)
{
	struct gm_buf want = gm_buf(&arena);
	int before = dup(STDIN_FILENO), after;

	(void)state;
	close(before);
	for (int fd = 3; fd < 10; fd++)
		if (fcntl(fd, F_GETFD) == 0)
			gm_buf_printf(&want, "%d\n", fd);
	assert_int_equal(sh("for n in 3 4 5 6 7 8 9; do "
			    "test ! -e /proc/$$/fd/$n || echo $n; done"),
			 0);
	assert_str(out, want.ptr);
	after = dup(STDIN_FILENO);
	close(after);
	assert_int_equal(after, before);
}

/* With none, one, two, three descriptors to spare, until it works. */
static void no_descriptors_left(void **state)
{
	struct rlimit limit, few;
	int status = -1, spare = 0, first = dup(STDIN_FILENO);

	(void)state;
	close(first);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	for (; status < 0 && spare < 8; spare++) {
		few.rlim_cur = (rlim_t)(first + spare);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		status = sh("exit 0");
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (status < 0)
			assert_int_equal(err.code, GM_EPROGRAM);
	}
	assert_int_equal(status, 0);
	assert_true(spare >= 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

GM_UNIT_MAIN(TEST(status_and_output), TEST(arguments_are_not_split),
	     TEST(input_goes_through), TEST(both_sides_at_once),
	     TEST(child_that_does_not_read),
	     TEST(child_gets_sigpipe_as_we_had_it), TEST(killed),
	     TEST(cannot_start), TEST(too_much), TEST(exactly_enough),
	     TEST(elsewhere), TEST(environment), TEST(inherited),
	     TEST(no_descriptor_leaks), TEST(no_descriptors_left))

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

static void ignored_sigchld(void **state)
{
	struct sigaction after;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(sh("exit 3"), 3);
	sigaction(SIGCHLD, NULL, &after);
	signal(SIGCHLD, SIG_DFL);
	assert_ptr_equal(after.sa_handler, SIG_IGN);
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
	static const char *const argv[] = { "cat", "/dev/fd/3", NULL };
	static const struct gm_str file = { "text", 4 };
	struct gm_child child = { .argv = argv, .files = &file, .n_files = 1 };
	struct rlimit limit, few;
	int status = -1, spare = 0, first = dup(STDIN_FILENO);

	(void)state;
	close(first);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	for (; status < 0 && spare < 12; spare++) {
		few.rlim_cur = (rlim_t)(first + spare);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		status = run(&child);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (status < 0)
			assert_int_equal(err.code, GM_EPROGRAM);
	}
	assert_int_equal(status, 0);
	assert_str(out, "text");
	assert_true(spare >= 4);
}

static void whole_environment(void **state)
{
	const char *const argv[] = { "env", NULL };
	const char *const env[] = { "B=2", "A=1 3", NULL };
	const char *const none[] = { NULL };
	struct gm_child child = { .argv = argv, .env = env };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "B=2\nA=1 3\n");
	child.env = none;
	assert_int_equal(run(&child), 0);
	assert_str(out, "");
}

static void files(void **state)
{
	static const char line[] =
		"cat /dev/fd/3 /dev/fd/5 /dev/fd/3; tail -c 2 /dev/fd/4; cat; "
		"cat <&3";
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct gm_str contents[] = { GM_STR("one."), GM_STR("two\0."),
				     GM_STR_NONE };
	struct gm_child child = { .argv = argv,
				  .input = GM_STR("in."),
				  .files = contents,
				  .n_files = GM_COUNT(contents) };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_true(gm_str_eq(out, GM_STR("one.one.\0.in.one.")));
	child.apart = true;
	assert_int_equal(run(&child), 0);
	assert_true(gm_str_eq(out, GM_STR("one.one.\0.in.one.")));
}

/* With numbers of two digits, and more than a pipe holds. */
static void many_large_files(void **state)
{
	static const char line[] =
		"for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do "
		"cat /dev/fd/$n; done";
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct gm_str contents[15];
	size_t size = 100000;
	struct gm_child child = { .argv = argv,
				  .apart = true,
				  .files = contents,
				  .n_files = GM_COUNT(contents) };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(contents); i++) {
		char *text = gm_alloc(&arena, size);

		memset(text, 'a' + (int)i, size);
		contents[i] = (struct gm_str){ text, size };
	}
	assert_int_equal(run(&child), 0);
	assert_int_equal(out.len, size * GM_COUNT(contents));
	for (size_t i = 0; i < GM_COUNT(contents); i++)
		assert_int_equal(out.ptr[i * size + size / 2], 'a' + (int)i);
}

/* Whatever is open already, also standard input and output themselves. */
static void files_with_low_descriptors(void **state)
{
	const char *const argv[] = { "sh", "-c", "cat /dev/fd/4 /dev/fd/3; cat",
				     NULL };
	struct gm_str contents[] = { GM_STR("one."), GM_STR("two.") };
	struct gm_child child = { .argv = argv,
				  .input = GM_STR("in."),
				  .files = contents,
				  .n_files = GM_COUNT(contents) };
	int in = dup(STDIN_FILENO), more = dup(STDIN_FILENO), status;

	(void)state;
	close(STDIN_FILENO);
	status = run(&child);
	dup2(in, STDIN_FILENO);
	close(in);
	assert_int_equal(status, 0);
	assert_str(out, "two.one.in.");
	assert_int_equal(run(&child), 0);
	assert_str(out, "two.one.in.");
	close(more);
}

static void files_cannot_be_changed(void **state)
{
	const char *const argv[] = {
		"sh", "-c",
		"(echo x >/dev/fd/3) || (echo x >>/dev/fd/0) || cat <&3", NULL
	};
	struct gm_str content = GM_STR("one");
	struct gm_child child = {
		.argv = argv, .files = &content, .n_files = 1, .mute = true
	};

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "one");
}

static void both(void **state)
{
	const char *const argv[] = { "sh", "-c", "echo one; echo two >&2",
				     NULL };
	struct gm_child child = { .argv = argv, .both = true };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "one\ntwo\n");
}

static void mute(void **state)
{
	const char *const argv[] = { "sh", "-c", "readlink /proc/$$/fd/2",
				     NULL };
	struct gm_child child = { .argv = argv, .mute = true };

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "/dev/null\n");
}

/* A line of sh(1) with a limit. */
static int limited(const char *line, bool apart, int64_t ms)
{
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct gm_child child = { .argv = argv,
				  .apart = apart,
				  .timeout_ms = ms };

	return run(&child);
}

static void too_long(void **state)
{
	static const char *const lines[] = {
		"exec sleep 1000",
		"echo x; exec sleep 1000",
		"exec >&-; exec sleep 1000",
		"trap '' TERM; while :; do sleep 1 & wait; done",
		"trap 'echo no; exit 0' TERM; sleep 1000 & wait",
		"sleep 1000; :",
		"kill -STOP $$",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(lines); i++) {
		out = GM_STR("untouched");
		assert_int_equal(limited(lines[i], true, 120), -1);
		assert_int_equal(err.code, GM_EPROGRAM);
		assert_string_equal(err.msg,
				    "'sh' did not end within 0.120 seconds");
		assert_str(out, "untouched");
	}
}

static void asked_to_end(void **state)
{
	static const char *const lines[] = {
		"exec sleep 1000",
		"trap 'exit 0' TERM; while :; do sleep 0.01; done",
		/* After the second that it is given. */
		"trap '' TERM; exec sleep 1000",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(lines); i++) {
		assert_int_equal(limited(lines[i], false, 120), -1);
		assert_string_equal(err.msg,
				    "'sh' did not end within 0.120 seconds");
	}
}

static void in_time(void **state)
{
	(void)state;
	assert_int_equal(limited("echo x; exit 3", false, 600000), 3);
	assert_str(out, "x\n");
	assert_int_equal(limited("echo x; exit 3", true, 600000), 3);
	assert_str(out, "x\n");
	assert_int_equal(limited("kill -9 $$", true, 600000), -1);
	assert_string_equal(err.msg, "'sh' was killed by signal 9");
}

/* The end of the program counts, not that of all who have its output. */
static void output_held_by_another(void **state)
{
	pid_t pid;

	(void)state;
	for (int apart = 0; apart < 2; apart++) {
		assert_int_equal(
			limited("setsid sleep 1000 & echo $!", apart, 600000),
			0);
		pid = (pid_t)strtol(gm_str_dup(&arena, out), NULL, 10);
		assert_true(pid > 1);
		kill(pid, SIGKILL);
	}
}

static void what_it_started_ends(void **state)
{
	pid_t pid;
	char *path;

	(void)state;
	assert_int_equal(limited("sleep 1000 & echo $!", true, 600000), 0);
	pid = (pid_t)strtol(gm_str_dup(&arena, out), NULL, 10);
	assert_true(pid > 1);
	/* Somebody else waits for it: until then it is there, but dead. */
	path = gm_printf(&arena, "/proc/%d/cmdline", (int)pid);
	for (char byte = 'x'; byte;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			break;
		if (read(fd, &byte, 1) != 1)
			byte = '\0';
		close(fd);
	}
}

static void apart(void **state)
{
	static const char line[] =
		"for n in 3 4 5 6 7 8 9; do "
		"test ! -e /proc/$$/fd/$n || echo $n; done; "
		"test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$";
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct gm_child child = { .argv = argv, .apart = true };
	int open_one = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(run(&child), 0);
	assert_str(out, "");
	close(open_one);
}

/* The i-th prints i and exits with it. */
static const struct gm_child *numbered(size_t n)
{
	struct gm_child *children = gm_alloc_n(&arena, n, sizeof(*children));

	for (size_t i = 0; i < n; i++) {
		const char **argv = gm_alloc_n(&arena, 4, sizeof(*argv));

		argv[0] = "sh";
		argv[1] = "-c";
		argv[2] = gm_printf(&arena, "echo %zu; cat; exit %zu", i, i);
		children[i].argv = argv;
		children[i].input = GM_STR("in");
	}
	return children;
}

static void all(void **state)
{
	enum { N = 150 };
	struct gm_str outs[N];
	int status[N];

	(void)state;
	assert_ok(gm_child_run_all(status, outs, &arena, numbered(N), N, &err));
	for (int i = 0; i < N; i++) {
		assert_int_equal(status[i], i);
		assert_str(outs[i], gm_printf(&arena, "%d\nin", i));
	}
	assert_ok(gm_child_run_all(status, NULL, &arena, numbered(9), 9, &err));
	assert_int_equal(status[8], 8);
	assert_ok(gm_child_run_all(NULL, NULL, &arena, NULL, 0, &err));
}

/* The first that fails is told; those before and after it end well. */
static void one_of_all_fails(void **state)
{
	static const struct {
		const char *line;
		const char *program;
		const char *part;
	} cases[] = {
		{ "exit 0", "no-such-program-here", "cannot start" },
		{ "kill -9 $$", "sh", "'sh' was killed by signal 9" },
		{ "while :; do echo y; done", "sh", "more than 10 bytes" },
		{ "exec sleep 1000", "sh", "did not end within 0.300" },
	};
	struct gm_str outs[7] = { GM_STR("untouched") };
	int status[7] = { -7 };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *argv[] = { cases[i].program, "-c", cases[i].line,
				       NULL };
		struct gm_child children[7];

		memcpy(children, numbered(7), sizeof(children));
		children[3] = (struct gm_child){ .argv = argv,
						 .max_output = 10,
						 .timeout_ms = 300 };
		assert_int_equal(gm_child_run_all(status, outs, &arena,
						  children, 7, &err),
				 -1);
		assert_int_equal(err.code, GM_EPROGRAM);
		if (!strstr(err.msg, cases[i].part))
			fail_msg("%s", err.msg);
		assert_int_equal(status[0], -7);
		assert_str(outs[0], "untouched");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

GM_UNIT_MAIN(TEST(status_and_output), TEST(arguments_are_not_split),
	     TEST(input_goes_through), TEST(both_sides_at_once),
	     TEST(child_that_does_not_read),
	     TEST(child_gets_sigpipe_as_we_had_it), TEST(ignored_sigchld),
	     TEST(killed), TEST(cannot_start), TEST(too_much),
	     TEST(exactly_enough), TEST(elsewhere), TEST(environment),
	     TEST(inherited), TEST(no_descriptor_leaks),
	     TEST(no_descriptors_left), TEST(whole_environment), TEST(files),
	     TEST(many_large_files), TEST(files_with_low_descriptors),
	     TEST(files_cannot_be_changed), TEST(both), TEST(mute),
	     TEST(too_long), TEST(asked_to_end), TEST(in_time),
	     TEST(output_held_by_another), TEST(what_it_started_ends),
	     TEST(apart), TEST(all), TEST(one_of_all_fails))

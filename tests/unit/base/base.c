#include "base/base.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void has_a_version(void **state)
{
	(void)state;
	assert_true(gm_version[0] != '\0');
	assert_null(strpbrk(gm_version, " \n"));
}

static void a_bug_aborts_with_its_place(void **state)
{
	char text[256] = "";
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		gm_bug("file.c", 12, "this cannot be");
	}
	close(fds[1]);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_string_equal(text, "BUG: file.c:12: this cannot be\n");
}

GM_UNIT_MAIN(cmocka_unit_test(has_a_version),
	     cmocka_unit_test(a_bug_aborts_with_its_place))

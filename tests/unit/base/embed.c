#include "base/embed.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void each_is_found(void **state)
{
	(void)state;
	assert_true(gm_embedded_n > 0);
	for (size_t i = 0; i < gm_embedded_n; i++) {
		struct gm_str text = gm_embed(gm_embedded[i].name);

		assert_ptr_equal(text.ptr, gm_embedded[i].text);
		assert_int_equal(text.len, gm_embedded[i].len);
		assert_int_equal(text.ptr[text.len], 0);
	}
}

static void sorted_by_name(void **state)
{
	(void)state;
	for (size_t i = 1; i < gm_embedded_n; i++)
		assert_true(strcmp(gm_embedded[i - 1].name,
				   gm_embedded[i].name) < 0);
}

static void unknown_name_ends_the_program(void **state)
{
	static const char *const names[] = { "", "migration/none", "\x7f\x7f" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (!pid) {
			struct rlimit none = { 0, 0 };

			setrlimit(RLIMIT_CORE, &none);
			signal(SIGABRT, SIG_DFL);
			fclose(stderr);
			gm_embed(names[i]);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(each_is_found), cmocka_unit_test(sorted_by_name),
	     cmocka_unit_test(unknown_name_ends_the_program))

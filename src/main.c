/* git-migrate: find the command and run it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"

static bool want_color(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term &&
	       !gm_str_is(gm_str(term), "dumb");
}

/*
 * Started with a standard descriptor closed, the next file opened would get
 * its number, and a message would go into it.
 */
static void open_standard(void)
{
	static const char *const files[] = { "/dev/null", "/dev/full",
					     "/dev/null" };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open(files[fd], O_RDWR) < 0)
			exit(128);
}

int main(int argc, char **argv)
{
	GM_AUTO(gm_arena_done) struct gm_arena arena = GM_ARENA_INIT;
	struct gm_ctx cx = {
		.arena = &arena,
		.out = stdout,
		.err = stderr,
		.color = want_color(),
	};
	int status;

	open_standard();
	status = gm_cmd_main(&cx, argc, (const char *const *)argv);

	gm_repo_close(&cx.repo);
	/* A product that did not arrive is no answer: full disk, closed pipe.
	 */
	if (fflush(stdout) || ferror(stdout) || fclose(stdout)) {
		perror("fatal: cannot write to standard output");
		return 128;
	}
	return status;
}

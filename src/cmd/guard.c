#include "cmd/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/pusher.h"

/* Before the configuration is read, and when there is none. */
#define FIRST_DEADLINE_MS 3500
/* Judging needs tens of megabytes; this is for what tries to need more. */
#define MEMORY_MAX ((rlim_t)1 << 30)

static int64_t started;

int gm_guard_environment(struct gm_arena *a, struct gm_err *err)
{
	static const char *const injected[] = { "GIT_CONFIG_PARAMETERS",
						"GIT_CONFIG_COUNT" };
	static const char *const kept[] = { "GIT_DIR", "GIT_OBJECT_DIRECTORY",
					    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
					    "GIT_QUARANTINE_PATH",
					    "GIT_NAMESPACE" };
	const char *values[GM_COUNT(kept)];
	struct gm_strings pusher = { 0 };

	for (size_t i = 0; i < GM_COUNT(injected); i++) {
		if (!getenv(injected[i]))
			continue;
		gm_fail(err, GM_EINPUT, "%s is set in the hook's environment",
			injected[i]);
		return gm_hint(err, "The server must not take git"
				    " configuration from its clients: remove"
				    " GIT_* from AcceptEnv in sshd_config.");
	}
	for (size_t i = 0; i < GM_COUNT(kept); i++) {
		const char *value = getenv(kept[i]);

		values[i] = value ? gm_strdup(a, value) : NULL;
	}
	for (const char *const *name = gm_pusher_variables; *name; name++) {
		const char *value = getenv(*name);

		if (value)
			value = gm_strdup(a, value);
		*GM_PUSH(a, &pusher) = value;
	}
	if (clearenv())
		return gm_fail(err, GM_EIO, "cannot clear the environment");
	for (size_t i = 0; i < GM_COUNT(kept); i++)
		if (values[i] && setenv(kept[i], values[i], 1))
			return gm_fail_errno(err, errno, "setenv");
	for (size_t i = 0; i < pusher.n; i++)
		if (pusher.items[i] &&
		    setenv(gm_pusher_variables[i], pusher.items[i], 1))
			return gm_fail_errno(err, errno, "setenv");
	return 0;
}

void gm_guard_deadline(int64_t ms)
{
	int64_t left = ms - (gm_ticks_ms() - started);
	struct itimerval timer = { 0 };

	if (left < 1)
		left = 1;
	timer.it_value.tv_sec = left / 1000;
	timer.it_value.tv_usec = left % 1000 * 1000;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };

	setrlimit(RLIMIT_DATA, &limit);
#endif
}

/* Whoever started us may have ignored or blocked what ends the judgement. */
static void default_signals(void)
{
	sigset_t none;

	signal(SIGALRM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

GM_NORETURN static void work_in_child(struct gm_ctx *cx,
				      int (*work)(struct gm_ctx *, const void *,
						  struct gm_err *),
				      const void *arg)
{
	struct gm_err err = GM_ERR_INIT;
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	default_signals();
	limit_memory();
	gm_guard_deadline(FIRST_DEADLINE_MS);
	result = work(cx, arg, &err);
	if (result < 0)
		gm_cmd_print_err(cx, &err);
	fflush(cx->err);
	/* Not _exit: handlers, such as those that count coverage, run. */
	gm_repo_close(&cx->repo);
	exit(result == 0 ? 0 : result < 0 ? 2 : 1);
}

static void explain_signal(struct gm_ctx *cx, int number)
{
	struct gm_err err = GM_ERR_INIT;

	if (number == SIGALRM) {
		gm_fail(&err, GM_ELIMIT,
			"the push could not be judged in time");
		gm_hint(&err, "Push in smaller steps, or have an administrator"
			      " raise migrate.deadline (milliseconds) in the"
			      " repository.");
	} else {
		gm_fail(&err, GM_EIO,
			"the judgement was ended by signal %d (%s)", number,
			strsignal(number));
		gm_hint(&err, "This is a defect or a lack of memory: tell the"
			      " administrator, who can run 'git migrate doctor"
			      " --server'.");
	}
	gm_cmd_print_err(cx, &err);
}

int gm_guard_run(struct gm_ctx *cx,
		 int (*work)(struct gm_ctx *, const void *, struct gm_err *),
		 const void *arg)
{
	int status;
	pid_t child;

	started = gm_ticks_ms();
	fflush(cx->out);
	fflush(cx->err);
	signal(SIGCHLD, SIG_DFL); /* ignored, there would be no status */
	child = fork();
	if (child < 0) {
		struct gm_err err = GM_ERR_INIT;

		gm_fail_errno(&err, errno, "cannot start the judgement");
		gm_cmd_print_err(cx, &err);
		return 1;
	}
	if (!child)
		work_in_child(cx, work, arg);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (WIFSIGNALED(status))
		explain_signal(cx, WTERMSIG(status));
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

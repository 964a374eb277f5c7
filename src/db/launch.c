#include "db/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* As much of the end of a log as is worth reading. */
#define LOG_TAIL ((size_t)8 << 10)
#define LOG_MAX ((size_t)64 << 20)
/* The child's end of the pipe on which it tells why it failed. */
#define TELL_FD 3

int gm_identity_find(struct gm_identity *out, struct gm_arena *a,
		     struct gm_err *err)
{
	static const char *const names[] = { "postgres", "nobody" };

	if (geteuid() != 0) {
		*out = (struct gm_identity){ .uid = geteuid(),
					     .gid = getegid(),
					     .name = "" };
		return 0;
	}
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		struct passwd entry, *found = NULL;
		size_t size = 16384;
		char *room = gm_alloc(a, size);

		if (getpwnam_r(names[i], &entry, room, size, &found) != 0 ||
		    !found || !found->pw_uid)
			continue;
		*out = (struct gm_identity){ .other = true,
					     .uid = found->pw_uid,
					     .gid = found->pw_gid,
					     .name = names[i] };
		return 0;
	}
	gm_fail(err, GM_EPROGRAM,
		"PostgreSQL does not start as root, and"
		" there is no user 'postgres' or 'nobody'");
	return gm_hint(err, "Run this as an ordinary user.");
}

static int give(const struct gm_identity *who, const char *path,
		struct gm_err *err)
{
	if (who->other && lchown(path, who->uid, who->gid) < 0)
		return gm_fail_errno(err, errno, "cannot give '%s' to %s", path,
				     who->name);
	return 0;
}

int gm_identity_mkdir(const struct gm_identity *who, const char *path,
		      struct gm_err *err)
{
	if (mkdir(path, 0700) < 0)
		return gm_fail_errno(err, errno, "cannot make '%s'", path);
	return give(who, path, err);
}

int gm_identity_write(const struct gm_identity *who, const char *path,
		      struct gm_str text, struct gm_err *err)
{
	if (gm_file_write(path, text, 0600, false, err) < 0)
		return -1;
	return give(who, path, err);
}

static void default_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become(const struct gm_identity *who)
{
	if (!who->other)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(who->gid) < 0 ||
	    setuid(who->uid) < 0)
		return -1;
	return 0;
}

/* Standard input and output of the child. */
static int open_streams(const char *log)
{
	int in = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out =
		log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		    : in;

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return -1;
	return 0;
}

/* In the child: returns only when it failed, with errno. */
static void run_it(const struct gm_launch *l, char *const *argv, pid_t parent)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	static char locale[] = "LC_ALL=C", zone[] = "TZ=UTC";
	static char *env[] = { path, locale, zone, NULL };

	default_signals();
	umask(077);
	if (setsid() < 0 || become(&l->who) < 0 || chdir(l->dir) < 0 ||
	    open_streams(l->log) < 0)
		return;
	/* Forgotten when the user changes: so it comes after that. */
	if (prctl(PR_SET_PDEATHSIG, l->on_death) < 0)
		return;
	if (getppid() != parent) {
		errno = ESRCH;
		return;
	}
	environ = env;
	execvp(argv[0], argv);
}

/* Did the child get as far as the program?  0, or an errno value. */
static int hear(int fd)
{
	int errnum = 0;
	ssize_t got;

	do {
		got = read(fd, &errnum, sizeof(errnum));
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(errnum) ? errnum : 0;
}

int gm_launch_start(pid_t *pid, const struct gm_launch *l, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	pid_t self = getpid(), child;
	int tell[2], errnum;
	size_t n = 0;
	char **argv;

	while (l->argv[n])
		n++;
	argv = gm_alloc_n(&a, n + 1, sizeof(*argv));
	for (size_t i = 0; i < n; i++)
		argv[i] = gm_strdup(&a, l->argv[i]);
	if (pipe2(tell, O_CLOEXEC) < 0)
		return gm_fail_errno(err, errno, "cannot make a pipe");
	child = fork();
	if (child == 0) {
		if (tell[1] != TELL_FD && dup3(tell[1], TELL_FD, O_CLOEXEC) < 0)
			_exit(126);
		close_range(TELL_FD + 1, ~0U, 0);
		run_it(l, argv, self);
		errnum = errno;
		_exit(write(TELL_FD, &errnum, sizeof(errnum)) < 0 ? 126 : 127);
	}
	errnum = child < 0 ? errno : 0;
	close(tell[1]);
	if (child > 0)
		errnum = hear(tell[0]);
	close(tell[0]);
	if (!errnum) {
		*pid = child;
		return 0;
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	gm_fail_errno(err, errnum, "cannot start '%s'%s%s", l->argv[0],
		      l->who.other ? " as " : "", l->who.name);
	err->code = GM_EPROGRAM;
	return -1;
}

int gm_launch_wait(int *status, pid_t pid, int64_t limit_ms)
{
	int64_t until = gm_ticks_ms() + limit_ms;
	const struct timespec moment = { .tv_nsec = 2000000 };

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid)
			return 1;
		if (got < 0 && errno != EINTR) {
			*status = 0;
			return 1;
		}
		if (gm_ticks_ms() >= until)
			return 0;
		nanosleep(&moment, NULL);
	}
}

/*
 * What a server tells whoever connects while it starts or stops, as we do to
 * see whether it is up, is no reason why it did not start.
 */
static bool is_answer(struct gm_str line)
{
	return memmem(line.ptr, line.len, "the database system is", 22);
}

int gm_launch_blame(const char *log, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text, line, why = GM_STR_NONE, last = GM_STR_NONE;

	if (!log || gm_file_read(&text, &a, log, LOG_MAX, &ignored) < 0)
		return -1;
	if (text.len > LOG_TAIL)
		text = gm_str_sub(text, text.len - LOG_TAIL, text.len);
	while (gm_str_line(&line, &text)) {
		line = gm_str_trim(line);
		if (line.len)
			last = line;
		for (const char *const *word =
			     (const char *const[]){
				     "FATAL:", "PANIC:", "error:", NULL };
		     *word; word++)
			if (memmem(line.ptr, line.len, *word, strlen(*word)) &&
			    !is_answer(line))
				why = line;
	}
	if (!why.len)
		why = last;
	if (why.len && strlen(err->msg) + why.len + 3 < sizeof(err->msg)) {
		size_t len = strlen(err->msg);

		memcpy(err->msg + len, ": ", 2);
		memcpy(err->msg + len + 2, why.ptr, why.len);
		err->msg[len + 2 + why.len] = '\0';
	}
	return -1;
}

int gm_launch_run(const struct gm_launch *l, int64_t limit_ms,
		  struct gm_err *err)
{
	pid_t pid;
	int status;

	if (gm_launch_start(&pid, l, err) < 0)
		return -1;
	if (!gm_launch_wait(&status, pid, limit_ms)) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		return gm_fail(err, GM_EPROGRAM,
			       "'%s' did not end within %lld seconds",
			       l->argv[0], (long long)(limit_ms / 1000));
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	gm_fail(err, GM_EPROGRAM, "'%s' failed", l->argv[0]);
	return gm_launch_blame(l->log, err);
}

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define DEFAULT_OUTPUT ((size_t)64 << 20)
/* As many run at once at most, however many processors there are. */
#define MOST_AT_ONCE 64
/* How long a child may take to end after SIGTERM. */
#define GRACE_MS 1000
/* How often to look after a child that has no descriptor. */
#define TICK_MS 10
#define FIRST_FILE 3

/* The child's ends of everything; -1: none. */
struct ends {
	int input;
	int output;
	int *files;
	size_t n_files;
};

/* A child that runs. */
struct run {
	const struct gm_child *child;
	size_t at;        /* its place in the list */
	int64_t deadline; /* ticks; 0: none */
	struct gm_buf out;
	pid_t pid;
	int watch;   /* readable when it has ended; -1: not to be had */
	int collect; /* our end of its output; -1: none, or closed */
	bool ended;  /* but was not waited for yet */
	bool late;   /* it was asked to end */
	bool failed; /* it is as good as dead */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_ends(struct ends *e)
{
	close_end(&e->input);
	close_end(&e->output);
	for (size_t i = 0; i < e->n_files; i++)
		close_end(&e->files[i]);
}

/* Put it where no descriptor of the child will be. */
static int move_up(int *fd, size_t n_files)
{
	int floor = FIRST_FILE + (int)n_files, up;

	if (*fd < 0 || *fd >= floor)
		return 0;
	up = fcntl(*fd, F_DUPFD_CLOEXEC, floor);
	if (up < 0)
		return -1;
	close(*fd);
	*fd = up;
	return 0;
}

/* A file in memory that nobody can change any more, read from its start. */
static int memory_file(struct gm_str content)
{
	const int seals =
		F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int fd = memfd_create("git-migrate", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	while (fd >= 0 && done < content.len) {
		ssize_t put = pwrite(fd, content.ptr + done, content.len - done,
				     (off_t)done);

		if (put > 0)
			done += (size_t)put;
		else if (put == 0 || errno != EINTR)
			close_end(&fd);
	}
	if (fd >= 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		close_end(&fd);
	return fd;
}

/* Make both pipes and files; an errno value when that fails. */
static int open_ends(struct ends *e, struct run *r, struct gm_arena *a)
{
	const struct gm_child *child = r->child;
	int fds[2];

	e->files = gm_alloc_n(a, child->n_files, sizeof(*e->files));
	for (; e->n_files < child->n_files; e->n_files++) {
		int *fd = &e->files[e->n_files];

		*fd = memory_file(child->files[e->n_files]);
		if (*fd < 0)
			return errno;
		if (move_up(fd, child->n_files) < 0) {
			e->n_files++;
			return errno;
		}
	}
	if (!child->inherit_input) {
		e->input = memory_file(child->input);
		if (e->input < 0 || move_up(&e->input, child->n_files) < 0)
			return errno;
	}
	if (!child->inherit_output) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return errno;
		r->collect = fds[0];
		e->output = fds[1];
		if (move_up(&e->output, child->n_files) < 0 ||
		    fcntl(r->collect, F_SETFL, O_NONBLOCK) < 0)
			return errno;
	}
	return 0;
}

/* Does "NAME=value" set one of the `unset` names? */
static bool is_unset(const char *entry, const char *const *unset)
{
	for (; *unset; unset++) {
		size_t len = strlen(*unset);

		if (!strncmp(entry, *unset, len) && entry[len] == '=')
			return true;
	}
	return false;
}

/* posix_spawn() does not change the words, but does not say so. */
static char **words(struct gm_arena *a, const char *const *list)
{
	size_t n = 0;
	char **copy;

	while (list[n])
		n++;
	copy = gm_alloc_n(a, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = gm_strdup(a, list[i]);
	return copy;
}

static char **environment(struct gm_arena *a, const struct gm_child *child)
{
	size_t n = 0, kept = 0;
	char **env;

	if (child->env)
		return words(a, child->env);
	if (!child->unset || !environ)
		return environ;
	while (environ[n])
		n++;
	env = gm_alloc_n(a, n + 1, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		if (!is_unset(environ[i], child->unset))
			env[kept++] = environ[i];
	return env;
}

/* What is to be done between fork and exec. */
static int plan(posix_spawn_file_actions_t *todo, const struct gm_child *child,
		const struct ends *e)
{
	int failed = 0;

	if (e->input >= 0)
		failed = posix_spawn_file_actions_adddup2(todo, e->input,
							  STDIN_FILENO);
	if (!failed && e->output >= 0)
		failed = posix_spawn_file_actions_adddup2(todo, e->output,
							  STDOUT_FILENO);
	if (!failed && child->both)
		failed = posix_spawn_file_actions_adddup2(todo, STDOUT_FILENO,
							  STDERR_FILENO);
	if (!failed && child->mute)
		failed = posix_spawn_file_actions_addopen(
			todo, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; !failed && i < e->n_files; i++)
		failed = posix_spawn_file_actions_adddup2(todo, e->files[i],
							  FIRST_FILE + (int)i);
	if (!failed && child->apart)
		failed = posix_spawn_file_actions_addclosefrom_np(
			todo, FIRST_FILE + (int)e->n_files);
	if (!failed && child->dir)
		failed = posix_spawn_file_actions_addchdir_np(todo, child->dir);
	return failed;
}

/* 0 and the child's id, or an errno value. */
static int spawn(struct run *r, struct gm_arena *a, const struct ends *e)
{
	char **argv = words(a, r->child->argv);
	char **env = environment(a, r->child);
	posix_spawn_file_actions_t todo;
	posix_spawnattr_t how;
	int failed;

	failed = posix_spawn_file_actions_init(&todo);
	if (failed)
		return failed;
	failed = posix_spawnattr_init(&how);
	if (!failed) {
		if (r->child->apart)
			failed = posix_spawnattr_setflags(&how,
							  POSIX_SPAWN_SETSID);
		if (!failed)
			failed = plan(&todo, r->child, e);
		if (!failed)
			failed = posix_spawnp(&r->pid, argv[0], &todo, &how,
					      argv, env);
		posix_spawnattr_destroy(&how);
	}
	posix_spawn_file_actions_destroy(&todo);
	return failed;
}

static int cannot_start(const struct gm_child *child, int errnum,
			struct gm_err *err)
{
	gm_fail_errno(err, errnum, "cannot start '%s'%s%s%s", child->argv[0],
		      child->dir ? " in '" : "", child->dir ? child->dir : "",
		      child->dir ? "'" : "");
	err->code = GM_EPROGRAM;
	/* EACCES: the same, with a directory on PATH that we may not see. */
	if ((errnum == ENOENT || errnum == EACCES) && !child->dir &&
	    !strchr(child->argv[0], '/'))
		gm_hint(err, "Install it, or put its directory on PATH.");
	return -1;
}

static int start(struct run *r, struct gm_arena *a, struct gm_err *err)
{
	GM_AUTO(close_ends) struct ends e = { -1, -1, NULL, 0 };
	int failed;

	r->watch = r->collect = -1;
	failed = open_ends(&e, r, a);
	if (failed) {
		close_end(&r->collect);
		gm_fail_errno(err, failed, "cannot make a pipe for '%s'",
			      r->child->argv[0]);
		err->code = GM_EPROGRAM;
		return -1;
	}
	failed = spawn(r, a, &e);
	if (failed) {
		close_end(&r->collect);
		return cannot_start(r->child, failed, err);
	}
	r->out = gm_buf(a);
	r->watch = pidfd_open(r->pid, 0);
	if (r->child->timeout_ms)
		r->deadline = gm_ticks_ms() + r->child->timeout_ms;
	return 0;
}

/* As long as it was not waited for, its number stays its own. */
static void end(const struct run *r, int signal)
{
	kill(r->child->apart ? -r->pid : r->pid, signal);
}

/* Never mind what else it prints: it has failed. */
static void give_up(struct run *r)
{
	r->failed = true;
	r->deadline = 0;
	close_end(&r->collect);
	end(r, SIGKILL);
}

/* Take what is there; -1 when it is too much or cannot be read. */
static int collect(struct run *r, struct gm_err *err)
{
	const struct gm_child *child = r->child;
	size_t max = child->max_output ? child->max_output : DEFAULT_OUTPUT;
	char block[16384];
	ssize_t got;

	while (r->collect >= 0) {
		got = read(r->collect, block, sizeof(block));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got < 0) {
			gm_fail_errno(err, errno,
				      "cannot read what '%s' prints",
				      child->argv[0]);
			err->code = GM_EPROGRAM;
			return -1;
		}
		if (!got)
			close_end(&r->collect);
		if ((size_t)got > max - r->out.len)
			return gm_fail(err, GM_EPROGRAM,
				       "'%s' printed more than %zu bytes",
				       child->argv[0], max);
		gm_buf_add(&r->out, block, (size_t)got);
	}
	return 0;
}

static int too_late(const struct run *r, struct gm_err *err)
{
	return gm_fail(
		err, GM_EPROGRAM, "'%s' did not end within %lld.%03lld seconds",
		r->child->argv[0], (long long)(r->child->timeout_ms / 1000),
		(long long)(r->child->timeout_ms % 1000));
}

/* Past its time? */
static int check_time(struct run *r, struct gm_err *err)
{
	if (!r->deadline || gm_ticks_ms() < r->deadline)
		return 0;
	if (!r->child->apart && !r->late) {
		r->late = true;
		r->deadline += GRACE_MS;
		end(r, SIGTERM);
		return 0;
	}
	return too_late(r, err);
}

/* Has it ended?  It is not waited for yet. */
static bool has_ended(struct run *r)
{
	siginfo_t info = { .si_pid = 0 };

	r->ended = r->ended ||
		   waitid(P_PID, (id_t)r->pid, &info,
			  WEXITED | WNOHANG | WNOWAIT) < 0 ||
		   info.si_pid;
	return r->ended;
}

/* The exit status. */
static int reap(struct run *r, struct gm_err *err)
{
	const char *name = r->child->argv[0];
	int status;

	if (r->child->apart)
		end(r, SIGKILL);
	close_end(&r->watch);
	close_end(&r->collect);
	while (waitpid(r->pid, &status, 0) < 0)
		if (errno != EINTR)
			return gm_fail(err, GM_EPROGRAM, "lost sight of '%s'",
				       name);
	if (r->late)
		return too_late(r, err);
	if (WIFSIGNALED(status))
		return gm_fail(err, GM_EPROGRAM, "'%s' was killed by signal %d",
			       name, WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* See how it does.  True when it is over: `*status`, or -1. */
static bool look_after(int *status, struct run *r, struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	/* First: what it printed before it ended is then there to be read. */
	bool ended = has_ended(r);

	if (!r->failed &&
	    (collect(r, err) < 0 || (!ended && check_time(r, err) < 0)))
		give_up(r);
	if (!ended || (r->collect >= 0 && !r->child->timeout_ms))
		return false;
	*status = reap(r, r->failed ? &ignored : err);
	if (r->failed)
		*status = -1;
	return true;
}

/* Until one of them has something to say, or no longer the time to. */
static void wait_for(const struct run *runs, size_t n)
{
	struct pollfd fds[2 * MOST_AT_ONCE];
	int64_t now = gm_ticks_ms(), most = INT_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct run *r = &runs[i];
		int watch = r->ended ? -1 : r->watch;

		if (r->deadline && r->deadline - now < most)
			most = r->deadline > now ? r->deadline - now : 0;
		if (r->watch < 0 && !r->ended && most > TICK_MS)
			most = TICK_MS;
		fds[2 * i] = (struct pollfd){ .fd = watch, .events = POLLIN };
		fds[2 * i + 1] =
			(struct pollfd){ .fd = r->collect, .events = POLLIN };
	}
	/* When it fails they are only looked after too early. */
	(void)poll(fds, 2 * n, most == INT_MAX ? -1 : (int)most);
}

static size_t processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : (size_t)n;
}

/* What came of a child. */
struct result {
	int status;
	struct gm_str out;
};

static int serve_all(struct result *results, struct gm_arena *a,
		     const struct gm_child *children, size_t n,
		     struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT, *first = err;
	struct run runs[MOST_AT_ONCE];
	size_t most = processors(), next = 0, busy = 0;

	while (busy || (next < n && first == err)) {
		while (busy < most && next < n && first == err) {
			struct run *r = &runs[busy];

			*r = (struct run){ &children[next], next };
			next++;
			if (start(r, a, err) < 0)
				first = &ignored;
			else
				busy++;
		}
		if (busy)
			wait_for(runs, busy);
		for (size_t i = busy; i-- > 0;) {
			struct run *r = &runs[i];
			struct result *result = &results[r->at];
			bool over = look_after(&result->status, r, first);

			if (r->failed || (over && result->status < 0))
				first = &ignored;
			if (!over)
				continue;
			result->out = gm_buf_view(&r->out);
			*r = runs[--busy];
		}
	}
	return first == err ? 0 : -1;
}

/* Who starts us may ignore SIGCHLD; then no child could be waited for. */
static int run_all(struct result *results, struct gm_arena *a,
		   const struct gm_child *children, size_t n,
		   struct gm_err *err)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, before;
	int failed;

	sigaction(SIGCHLD, &plain, &before);
	failed = serve_all(results, a, children, n, err);
	sigaction(SIGCHLD, &before, NULL);
	return failed;
}

int gm_child_run(struct gm_str *out, struct gm_arena *a,
		 const struct gm_child *child, struct gm_err *err)
{
	struct result result;

	if (run_all(&result, a, child, 1, err) < 0)
		return -1;
	if (out)
		*out = result.out;
	return result.status;
}

int gm_child_run_all(int *status, struct gm_str *out, struct gm_arena *a,
		     const struct gm_child *children, size_t n,
		     struct gm_err *err)
{
	struct result *results = gm_alloc_n(a, n, sizeof(*results));

	if (run_all(results, a, children, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		status[i] = results[i].status;
		if (out)
			out[i] = results[i].out;
	}
	return 0;
}

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

#define DEFAULT_OUTPUT ((size_t)64 << 20)

/* Our ends of the pipes and the child's; -1: none. */
struct pipes {
	int feed, input;
	int collect, output;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	close_end(&p->feed);
	close_end(&p->input);
	close_end(&p->collect);
	close_end(&p->output);
}

static int open_pipes(struct pipes *p, const struct gm_child *child,
		      struct gm_err *err)
{
	int fds[2];

	if (!child->inherit_input) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return gm_fail_errno(err, errno, "cannot make a pipe");
		p->input = fds[0];
		p->feed = fds[1];
		if (fcntl(p->feed, F_SETFL, O_NONBLOCK) < 0)
			return gm_fail_errno(err, errno, "cannot set a pipe");
	}
	if (!child->inherit_output) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return gm_fail_errno(err, errno, "cannot make a pipe");
		p->collect = fds[0];
		p->output = fds[1];
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

static char **environment(struct gm_arena *a, const char *const *unset)
{
	size_t n = 0, kept = 0;
	char **env;

	if (!unset || !environ)
		return environ;
	while (environ[n])
		n++;
	env = gm_alloc_n(a, n + 1, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		if (!is_unset(environ[i], unset))
			env[kept++] = environ[i];
	return env;
}

static char **arguments(struct gm_arena *a, const char *const *argv)
{
	size_t n = 0;
	char **copy;

	while (argv[n])
		n++;
	copy = gm_alloc_n(a, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = gm_strdup(a, argv[i]);
	return copy;
}

/* 0 and the child's id, or an errno value. */
static int spawn(pid_t *pid, struct gm_arena *a, const struct gm_child *child,
		 const struct pipes *p)
{
	char **argv = arguments(a, child->argv);
	char **env = environment(a, child->unset);
	posix_spawn_file_actions_t todo;
	int failed;

	failed = posix_spawn_file_actions_init(&todo);
	if (failed)
		return failed;
	if (p->input >= 0)
		failed = posix_spawn_file_actions_adddup2(&todo, p->input,
							  STDIN_FILENO);
	if (!failed && p->output >= 0)
		failed = posix_spawn_file_actions_adddup2(&todo, p->output,
							  STDOUT_FILENO);
	if (!failed && child->dir)
		failed =
			posix_spawn_file_actions_addchdir_np(&todo, child->dir);
	if (!failed)
		failed = posix_spawnp(pid, argv[0], &todo, NULL, argv, env);
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

/* Feed what the pipe takes; a child that stops reading has had enough. */
static void feed(struct pipes *p, struct gm_str *input)
{
	ssize_t put = input->len ? write(p->feed, input->ptr, input->len) : 0;

	if (put > 0)
		*input = gm_str_sub(*input, (size_t)put, input->len);
	if (!input->len || (put < 0 && errno != EINTR && errno != EAGAIN))
		close_end(&p->feed);
}

/* Take what is there; -1 when it is too much or cannot be read. */
static int collect(struct pipes *p, struct gm_buf *out, size_t max,
		   const char *name, struct gm_err *err)
{
	char block[16384];
	ssize_t got = read(p->collect, block, sizeof(block));

	if (got < 0 && errno == EINTR)
		return 0;
	if (got < 0) {
		gm_fail_errno(err, errno, "cannot read what '%s' prints", name);
		err->code = GM_EPROGRAM;
		return -1;
	}
	if (!got)
		close_end(&p->collect);
	if ((size_t)got > max - out->len)
		return gm_fail(err, GM_EPROGRAM,
			       "'%s' printed more than %zu bytes", name, max);
	gm_buf_add(out, block, (size_t)got);
	return 0;
}

/* Serve both pipes as they come ready, until both are done with. */
static int serve(struct pipes *p, struct gm_buf *out,
		 const struct gm_child *child, struct gm_err *err)
{
	size_t max = child->max_output ? child->max_output : DEFAULT_OUTPUT;
	struct gm_str input = child->input;

	while (p->feed >= 0 || p->collect >= 0) {
		struct pollfd fds[] = {
			{ .fd = p->feed, .events = POLLOUT },
			{ .fd = p->collect, .events = POLLIN },
		};

		if (poll(fds, GM_COUNT(fds), -1) < 0 && errno != EINTR)
			return gm_fail_errno(err, errno, "cannot wait for '%s'",
					     child->argv[0]);
		if (fds[0].revents)
			feed(p, &input);
		if (fds[1].revents &&
		    collect(p, out, max, child->argv[0], err) < 0)
			return -1;
	}
	return 0;
}

/* The exit status. */
static int wait_for(pid_t pid, const char *name, struct gm_err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return gm_fail(err, GM_EPROGRAM, "lost sight of '%s'",
				       name);
	if (WIFSIGNALED(status))
		return gm_fail(err, GM_EPROGRAM, "'%s' was killed by signal %d",
			       name, WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* serve(), with SIGPIPE off: a child that stops reading must not kill us. */
static int serve_safely(struct pipes *p, struct gm_buf *out,
			const struct gm_child *child, struct gm_err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int failed;

	sigaction(SIGPIPE, &ignore, &before);
	failed = serve(p, out, child, err);
	sigaction(SIGPIPE, &before, NULL);
	return failed;
}

int gm_child_run(struct gm_str *out, struct gm_arena *a,
		 const struct gm_child *child, struct gm_err *err)
{
	GM_AUTO(close_pipes) struct pipes p = { -1, -1, -1, -1 };
	struct gm_buf printed = gm_buf(a);
	struct gm_err ignored = GM_ERR_INIT;
	int failed, status;
	pid_t pid;

	if (open_pipes(&p, child, err) < 0) {
		err->code = GM_EPROGRAM;
		return -1;
	}
	failed = spawn(&pid, a, child, &p);
	if (failed)
		return cannot_start(child, failed, err);
	close_end(&p.input);
	close_end(&p.output);
	if (serve_safely(&p, &printed, child, err) < 0) {
		kill(pid, SIGKILL);
		wait_for(pid, child->argv[0], &ignored);
		return -1;
	}
	status = wait_for(pid, child->argv[0], err);
	if (status >= 0 && out)
		*out = gm_buf_view(&printed);
	return status;
}

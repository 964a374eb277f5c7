#include "db/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* "<dir>/.s.PGSQL.65535.lock" has to fit where 107 bytes do. */
#define DIR_MAX_LEN 84
#define GRACE_MS 5000
#define TRIES 5

struct gm_keeper {
	const char *dir;
	int alive; /* closed when we end: that is what is waited for */
	pid_t pid;
};

/* ---- removing ---- */

static void remove_in(int parent, const char *name, int depth)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *entry;
	DIR *dir;

	if (fd < 0) {
		unlinkat(parent, name, 0);
		return;
	}
	dir = depth ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			remove_in(fd, entry->d_name, depth - 1);
	closedir(dir);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void gm_keeper_remove(const char *path)
{
	struct stat st;

	for (int i = 0; i < TRIES && lstat(path, &st) == 0; i++)
		remove_in(AT_FDCWD, path, 32);
}

/* ---- the process beside ---- */

static void moment(void)
{
	const struct timespec t = { .tv_nsec = 5000000 };

	nanosleep(&t, NULL);
}

/* The first line of <dir>/<name>/postmaster.pid; 0: no server runs there. */
static pid_t server_in(int dir, const char *name)
{
	char path[512], text[32];
	ssize_t got;
	uint64_t pid;
	struct gm_str rest, line;
	int fd;

	if (snprintf(path, sizeof(path), "%s/postmaster.pid", name) >=
	    (int)sizeof(path))
		return 0;
	fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, text, sizeof(text));
	close(fd);
	rest = (struct gm_str){ text, got > 0 ? (size_t)got : 0 };
	if (!gm_str_line(&line, &rest) || !gm_str_uint(&pid, line) || pid < 2 ||
	    pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

/*
 * Is it the server of that directory, and not a stranger that got its number?
 * A server works in its data directory.
 */
static bool works_in(pid_t pid, const char *dir, const char *name)
{
	char proc[64], want[512], got[512];
	ssize_t len;

	snprintf(proc, sizeof(proc), "/proc/%ld/cwd", (long)pid);
	if (snprintf(want, sizeof(want), "%s/%s", dir, name) >=
	    (int)sizeof(want))
		return false;
	len = readlink(proc, got, sizeof(got));
	return len > 0 && (size_t)len == strlen(want) &&
	       !memcmp(got, want, (size_t)len);
}

static void end_server(pid_t pid, const char *dir, const char *name)
{
	int64_t until = gm_ticks_ms() + GRACE_MS;

	if (!works_in(pid, dir, name) || kill(pid, SIGQUIT) < 0)
		return;
	while (works_in(pid, dir, name) && gm_ticks_ms() < until)
		moment();
	if (works_in(pid, dir, name))
		kill(pid, SIGKILL);
}

static void end_servers(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	pid_t pid;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    (pid = server_in(dirfd(dir), entry->d_name)))
			end_server(pid, path, entry->d_name);
	closedir(dir);
}

GM_NORETURN static void keep(const char *dir, int watched)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	char byte;

	setsid();
	for (int i = 1; i < NSIG; i++)
		if (i != SIGCHLD)
			sigaction(i, &ignore, NULL);
	if (chdir("/") < 0)
		_exit(1);
	if (watched != STDIN_FILENO)
		dup2(watched, STDIN_FILENO);
	close_range(1, ~0U, 0);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	end_servers(dir);
	gm_keeper_remove(dir);
	_exit(0);
}

/* ---- the directory ---- */

/* May a user who is not its owner go through it, and what is above? */
static bool open_to_all(const char *path)
{
	char *copy = realpath(path, NULL);
	bool all = copy != NULL;
	struct stat st;

	while (all && *copy) {
		char *slash = strrchr(copy, '/');

		all = stat(copy, &st) == 0 && (st.st_mode & S_IXOTH);
		if (!slash)
			break;
		*slash = '\0';
	}
	free(copy);
	return all;
}

/* What shells and configuration files take as it stands. */
static bool plain(const char *path)
{
	for (; *path; path++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789/._-+,@",
			    *path))
			return false;
	return true;
}

static const char *place(const struct gm_identity *who)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || *tmp != '/' || strlen(tmp) > DIR_MAX_LEN - 16 ||
	    !plain(tmp) || (who->other && !open_to_all(tmp)))
		return "/tmp";
	return tmp;
}

int gm_keeper_open(struct gm_keeper **out, struct gm_arena *a,
		   const struct gm_identity *who, struct gm_err *err)
{
	char *dir = gm_printf(a, "%s/gm-pg.XXXXXX", place(who));
	struct gm_keeper *k = gm_alloc(a, sizeof(*k));
	char real[PATH_MAX];
	int alive[2], errnum;

	if (!mkdtemp(dir) || !realpath(dir, real))
		return gm_fail_errno(err, errno, "cannot make '%s'", dir);
	if (strlen(real) <= DIR_MAX_LEN && plain(real))
		dir = gm_strdup(a, real);
	if (who->other && chown(dir, who->uid, who->gid) < 0) {
		errnum = errno;
		rmdir(dir);
		return gm_fail_errno(err, errnum, "cannot give '%s' to %s", dir,
				     who->name);
	}
	if (pipe2(alive, O_CLOEXEC) < 0) {
		errnum = errno;
		rmdir(dir);
		return gm_fail_errno(err, errnum, "cannot make a pipe");
	}
	k->dir = dir;
	k->alive = alive[1];
	k->pid = fork();
	if (k->pid == 0)
		keep(dir, alive[0]);
	errnum = errno;
	close(alive[0]);
	if (k->pid < 0) {
		close(alive[1]);
		rmdir(dir);
		return gm_fail_errno(err, errnum, "cannot start a process");
	}
	*out = k;
	return 0;
}

const char *gm_keeper_dir(const struct gm_keeper *k)
{
	return k->dir;
}

void gm_keeper_close(struct gm_keeper **k)
{
	if (!*k)
		return;
	close((*k)->alive);
	while (waitpid((*k)->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*k = NULL;
}

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_READ ((size_t)4096)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* May the call be made again?  Waits when the descriptor is not ready. */
static bool again(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EAGAIN)
		poll(&p, 1, -1);
	return errno == EINTR || errno == EAGAIN;
}

/* Room for the whole content, where its size is known, and one byte more. */
static size_t first_size(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > max)
		return FIRST_READ;
	return (size_t)st.st_size + 2;
}

static char *doubled(struct gm_arena *a, const char *text, size_t *cap)
{
	char *bigger = gm_alloc_n(a, *cap, 2);

	memcpy(bigger, text, *cap);
	*cap *= 2;
	return bigger;
}

int gm_fd_read(struct gm_str *out, struct gm_arena *a, int fd, size_t max,
	       struct gm_err *err)
{
	size_t cap = first_size(fd, max), len = 0;
	char *text = gm_alloc(a, cap);

	for (;;) {
		size_t room = cap - len - 1;
		ssize_t got;

		if (!room) {
			text = doubled(a, text, &cap);
			continue;
		}
		if (room > max - len)
			room = max - len + 1;
		got = read(fd, text + len, room);
		if (got < 0 && again(fd, POLLIN))
			continue;
		if (got < 0 && errno == EISDIR)
			return gm_fail(err, GM_EINPUT, "is a directory");
		if (got < 0)
			return gm_fail_errno(err, errno, "cannot read");
		if (!got)
			break;
		len += (size_t)got;
		if (len > max)
			return gm_fail(err, GM_ELIMIT, "larger than %zu bytes",
				       max);
	}
	text[len] = '\0';
	*out = (struct gm_str){ text, len };
	return 0;
}

/* Open for reading; what is no regular file is refused, never waited for. */
static int open_regular(const char *path, struct gm_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return gm_fail(err, GM_ENOT_FOUND, "there is no file '%s'",
			       path);
	if (fd < 0)
		return gm_fail_errno(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return gm_fail(err, GM_EINPUT, "'%s' is not a regular file", path);
}

int gm_file_read(struct gm_str *out, struct gm_arena *a, const char *path,
		 size_t max, struct gm_err *err)
{
	GM_AUTO(close_fd) int fd = -1;

	if (!strcmp(path, "-")) {
		if (gm_fd_read(out, a, STDIN_FILENO, max, err) < 0)
			return gm_fail_in(err, "standard input");
		return 0;
	}
	fd = open_regular(path, err);
	if (fd < 0)
		return -1;
	if (gm_fd_read(out, a, fd, max, err) < 0)
		return gm_fail_in(err, "'%s'", path);
	return 0;
}

int gm_fd_write(int fd, struct gm_str content, struct gm_err *err)
{
	while (content.len) {
		ssize_t put = write(fd, content.ptr, content.len);

		if (put < 0 && again(fd, POLLOUT))
			continue;
		if (put < 0)
			return gm_fail_errno(err, errno, "cannot write");
		content = gm_str_sub(content, (size_t)put, content.len);
	}
	return 0;
}

#define TEMPORARY ".tmp-"
#define TEMPORARY_DIGITS 16

/* A new file beside `path`; open(2) applies the umask, mkstemp() would not. */
static int open_temporary(const char **name, struct gm_arena *a,
			  const char *path, unsigned mode)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -1;
	*name = gm_printf(a, "%s" TEMPORARY "%0*llx", path, TEMPORARY_DIGITS,
			  (unsigned long long)random);
	return open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    (mode_t)mode);
}

size_t gm_file_temporary(const char *name)
{
	const size_t mark = sizeof(TEMPORARY) - 1;
	size_t len = strlen(name), path = len - mark - TEMPORARY_DIGITS;

	if (len <= mark + TEMPORARY_DIGITS ||
	    memcmp(name + path, TEMPORARY, mark) != 0 ||
	    strspn(name + path + mark, "0123456789abcdef") != TEMPORARY_DIGITS)
		return 0;
	return path;
}

static int fill(int fd, struct gm_str content, struct gm_err *err)
{
	int failed = gm_fd_write(fd, content, err);

	if (!failed && fsync(fd) < 0 && errno != EINVAL)
		failed = gm_fail_errno(err, errno, "cannot write");
	if (close(fd) < 0 && !failed)
		failed = gm_fail_errno(err, errno, "cannot write");
	return failed;
}

/* Give `from` the name `to` unless that is taken: 0, or -1 and errno. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Network file systems know no such flag, but do know hard links. */
	if (link(from, to) < 0)
		return -1;
	unlink(from);
	return 0;
}

int gm_file_write(const char *path, struct gm_str content, unsigned mode,
		  bool keep, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *temporary;
	struct stat st;
	int fd, moved;

	if (keep && lstat(path, &st) == 0)
		return 1;
	fd = open_temporary(&temporary, &a, path, mode);
	if (fd < 0)
		return gm_fail_errno(err, errno, "cannot create '%s'", path);
	if (fill(fd, content, err) < 0) {
		unlink(temporary);
		return gm_fail_in(err, "'%s'", path);
	}
	moved = keep ? rename_new(temporary, path) : rename(temporary, path);
	if (moved == 0)
		return 0;
	if (keep && errno == EEXIST) {
		unlink(temporary);
		return 1;
	}
	gm_fail_errno(err, errno, "cannot create '%s'", path);
	unlink(temporary);
	return -1;
}

static int make_one(const char *path, struct gm_err *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		return gm_fail(err, GM_EIO, "'%s' is not a directory", path);
	}
	return gm_fail_errno(err, errno, "cannot make directory '%s'", path);
}

int gm_dir_make(const char *path, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	char *copy = gm_strdup(&a, path);

	for (char *p = copy; *p; p++) {
		/* A slash at the very start is the root, which is there. */
		if (*p != '/' || p == copy || p[1] == '/' || !p[1])
			continue;
		*p = '\0';
		if (make_one(copy, err) < 0)
			return -1;
		*p = '/';
	}
	return make_one(copy, err);
}

int gm_dir_lock(const char *path, struct gm_err *err)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		if (i == 200) {
			close(fd);
			gm_fail(err, GM_EIO, "somebody else is at work in '%s'",
				path);
			return gm_hint(err, "Try again when that is done.");
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

#include "base/twin.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool gm_twin_start(struct gm_twin *t, void (*work)(void *arg, int fd),
		   void *arg)
{
	int ends[2];
	pid_t pid;

	*t = (struct gm_twin){ 0 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (!pid) {
		close(ends[0]);
		work(arg, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return false;
	}
	*t = (struct gm_twin){ .pid = pid, .fd = ends[0] };
	return true;
}

bool gm_twin_send(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t sent = send(fd, p, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		p += sent;
		len -= (size_t)sent;
	}
	return true;
}

void gm_twin_last(int fd)
{
	shutdown(fd, SHUT_WR);
}

size_t gm_twin_receive(int fd, void *bytes, size_t len)
{
	char *p = bytes;
	size_t got = 0;

	while (got < len) {
		ssize_t more = recv(fd, p + got, len - got, MSG_WAITALL);

		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			break;
		got += (size_t)more;
	}
	return got;
}

void gm_twin_done(struct gm_twin *t)
{
	if (!t->pid)
		return;
	close(t->fd);
	kill(t->pid, SIGKILL);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*t = (struct gm_twin){ 0 };
}

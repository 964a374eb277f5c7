/*
 * base/twin: a fork of this process that works beside it.
 *
 * For work that only reads, shares what is open, and can be done again: the
 * twin has the memory of its parent, and a socket to it.  Whoever starts one
 * must do without it where it cannot be started or ends early.
 */
#ifndef GM_BASE_TWIN_H
#define GM_BASE_TWIN_H

#include <sys/types.h>

#include "base/base.h"

struct gm_twin {
	pid_t pid; /* 0: there is none */
	int fd;    /* the socket to it */
};

/*
 * Fork.  The twin runs work(arg, fd) and ends when that returns, without
 * exit handlers and without writing what its parent has not flushed.  False
 * when there is none.
 */
bool gm_twin_start(struct gm_twin *t, void (*work)(void *arg, int fd),
		   void *arg);

/* Send all bytes; false when the other side is gone. */
bool gm_twin_send(int fd, const void *bytes, size_t len);

/* Tell the other side that nothing more is sent. */
void gm_twin_last(int fd);

/* Fill `bytes`; less only at the end of what the other side sends. */
size_t gm_twin_receive(int fd, void *bytes, size_t len);

/* End the twin, done or not, and forget it. */
void gm_twin_done(struct gm_twin *t);

#endif

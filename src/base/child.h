/*
 * base/child: run another program.
 *
 * No shell is ever involved.  Standard input and output go through memory or
 * are inherited; standard error is inherited, dropped, or goes with the output.
 */
#ifndef GM_BASE_CHILD_H
#define GM_BASE_CHILD_H

#include "base/err.h"
#include "base/str.h"

struct gm_child {
	const char *const *argv;    /* NULL-terminated; argv[0] found on PATH
				       unless it holds a slash */
	const char *dir;            /* working directory, or NULL */
	struct gm_str input;        /* what it finds on standard input */
	bool inherit_input;         /* use ours instead of `input` */
	bool inherit_output;        /* use ours instead of collecting */
	size_t max_output;          /* 0: 64 MiB */
	const char *const *unset;   /* environment names to drop, or NULL */
	const char *const *env;     /* the whole environment instead of ours, or
				       NULL */
	const struct gm_str *files; /* contents: the i-th can be read by the
				       child as /dev/fd/(3 + i), any number of
				       times, and seeked in */
	size_t n_files;
	bool mute;          /* standard error goes to /dev/null */
	bool both;          /* standard error goes where the output goes */
	bool apart;         /* in a session of its own, so without a terminal;
			       it gets no other descriptor of ours, and what it
			       started is killed when it ends */
	int64_t timeout_ms; /* then it is killed; 0: no limit */
};

/*
 * Run it and wait.  Returns the exit status (0 to 255), with `*out` (may be
 * NULL) set to what it printed; -1 with GM_EPROGRAM when it could not be
 * started, was killed by a signal, printed too much, or took too long.
 *
 * Without a limit of time, all that has its output must close it.  With one,
 * what was printed until it ended counts, even when another program still
 * holds the output; past the limit a child that is not apart is asked to end
 * first, so that it can put the terminal right.
 */
GM_MUST_CHECK
int gm_child_run(struct gm_str *out, struct gm_arena *a,
		 const struct gm_child *child, struct gm_err *err);

/*
 * Run n of them, as many at once as there are processors.  status[i] and
 * out[i] (`out` may be NULL) are those of children[i].  Fails, after all that
 * were started have ended, when one of them could not be run as above.
 */
GM_MUST_CHECK
int gm_child_run_all(int *status, struct gm_str *out, struct gm_arena *a,
		     const struct gm_child *children, size_t n,
		     struct gm_err *err);

#endif

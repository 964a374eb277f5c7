/*
 * base/child: run another program.
 *
 * No shell is ever involved.  Standard input and output go through memory or
 * are inherited; standard error is inherited.
 */
#ifndef GM_BASE_CHILD_H
#define GM_BASE_CHILD_H

#include "base/err.h"
#include "base/str.h"

struct gm_child {
	const char *const *argv;  /* NULL-terminated; argv[0] found on PATH
				     unless it holds a slash */
	const char *dir;          /* working directory, or NULL */
	struct gm_str input;      /* fed to standard input */
	bool inherit_input;       /* use ours instead of `input` */
	bool inherit_output;      /* use ours instead of collecting */
	size_t max_output;        /* 0: 64 MiB */
	const char *const *unset; /* environment names to drop, or NULL */
};

/*
 * Run it and wait.  Returns the exit status (0 to 255), with `*out` (may be
 * NULL) set to what it printed; -1 with GM_EPROGRAM when it could not be
 * started, was killed by a signal, or printed too much.
 */
GM_MUST_CHECK
int gm_child_run(struct gm_str *out, struct gm_arena *a,
		 const struct gm_child *child, struct gm_err *err);

#endif

/*
 * cmd/cmd: what a command is, and what it is given to run.
 *
 * A command is one file with one constant entry, listed in commands.def.  It
 * parses nothing itself: the dispatcher fills its argument struct from the
 * option table, opens what `needs` names, calls `run`, prints the error and
 * turns the result into the exit status.
 */
#ifndef GM_CMD_CMD_H
#define GM_CMD_CMD_H

#include <stdio.h>

#include "base/err.h"
#include "base/opt.h"
#include "git/repo.h"

enum gm_cmd_needs {
	GM_NEEDS_REPO = 1 << 0,     /* cx->repo is open */
	GM_NEEDS_WORKTREE = 1 << 1, /* and has a work tree */
	GM_CMD_HIDDEN = 1 << 2,     /* not in lists, help or completion */
};

struct gm_ctx {
	struct gm_arena *arena; /* for the whole run */
	FILE *out;              /* the product */
	FILE *err;              /* messages and progress */
	struct gm_repo *repo;   /* NULL unless the command needs it */
	bool color;             /* `out` may be coloured */
};

struct gm_cmd {
	const char *name;
	const char *summary; /* one line, lower case, no full stop */
	unsigned needs;      /* enum gm_cmd_needs */
	const struct gm_opt *opts;
	size_t args_size; /* of the struct the options fill */
	/*
	 * 0: yes, clean; 1: no, refused; -1: could not, `err` says why.
	 */
	int (*run)(struct gm_ctx *cx, const void *args, struct gm_err *err);
};

/*
 * The commands of this program in the order of help, ended by NULL.  There are
 * two: all of them in commands.c; and in guard.c those that a push waits for,
 * whose program starts in half the time, as it is without the libraries that
 * talk to databases and to the web.
 */
extern const struct gm_cmd *const gm_cmds[];

/* The name of the program that has all commands; NULL: it is this one. */
extern const char *const gm_cmd_full;

/* By its exact name, or NULL. */
const struct gm_cmd *gm_cmd_find(const char *name);

/* Fail: there is no such command; with the one that was probably meant. */
int gm_cmd_unknown(struct gm_arena *a, const char *name, struct gm_err *err);

/*
 * The whole program but for the final flush: find the command, run it, print
 * what went wrong.  Returns the exit status.
 */
int gm_cmd_main(struct gm_ctx *cx, int argc, const char *const *argv);

/* Print an error with its place and hint, escaped, on cx->err. */
void gm_cmd_print_err(struct gm_ctx *cx, const struct gm_err *err);

/* Print a note for the user, escaped, on cx->err: "note: ...". */
void gm_cmd_note(struct gm_ctx *cx, const char *fmt, ...) GM_PRINTF(2, 3);

/* Everything there is to print for `-h`: usage, summary, options. */
const char *gm_cmd_usage(struct gm_arena *a, const struct gm_cmd *cmd);

#endif

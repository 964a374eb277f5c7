/*
 * cmd/hookfile: our hook scripts, beside whatever hooks are there.
 *
 * A hook of somebody else is never overwritten.  Where that is safe it is
 * renamed to `<name>.before-git-migrate`, and our script runs it first with
 * the same arguments and input; its failure wins.  Where it is not safe (the
 * file is versioned, shared with other repositories, or acts on its own name)
 * it is left alone and `why` and `line` say what to add by hand.
 */
#ifndef GM_CMD_HOOKFILE_H
#define GM_CMD_HOOKFILE_H

#include "git/repo.h"

enum gm_hookplace {
	GM_HOOKS_OWN,    /* in the git directory: this repository's alone */
	GM_HOOKS_TREE,   /* core.hooksPath, in the work tree: versioned */
	GM_HOOKS_SHARED, /* core.hooksPath, elsewhere: others use it too */
};

struct gm_hooks {
	const char *dir;  /* where git looks for hooks */
	const char *home; /* where the scripts are kept; husky runs those
			     beside its own `_` directory */
	enum gm_hookplace place;
};

/* Where the hooks of this repository are. */
GM_MUST_CHECK
int gm_hooks_find(struct gm_hooks *out, struct gm_arena *a,
		  const struct gm_repo *r, struct gm_err *err);

enum gm_hookstate {
	GM_HOOK_ABSENT,
	GM_HOOK_OURS,    /* our script */
	GM_HOOK_CALLS,   /* a hook of somebody else that runs ours */
	GM_HOOK_FOREIGN, /* a hook that does not */
};

struct gm_hookfile {
	const char *name;   /* "pre-commit" */
	const char *path;   /* of the script */
	const char *before; /* where a hook that was here is kept */
	enum gm_hookstate state;
	bool executable;
	bool altered;       /* ours, but not as any version of it is written */
	bool link;          /* a symbolic link */
	bool chained;       /* `before` exists */
	bool legacy;        /* written by the framework "pre-commit" */
	const char *why;    /* why it must be left alone; NULL: it need not */
	struct gm_str text; /* of the script, empty when it is no text */
};

/* Look at one hook: of gm_hooks_client or _server, or "update". */
GM_MUST_CHECK
int gm_hookfile_read(struct gm_hookfile *out, struct gm_arena *a,
		     const struct gm_hooks *hooks, const char *name,
		     struct gm_err *err);

/* The hooks that are installed, ended by NULL. */
extern const char *const gm_hooks_client[];
extern const char *const gm_hooks_server[];
extern const char *const gm_hooks_transactions[]; /* when asked for */

enum gm_hookdid {
	GM_HOOK_KEPT,    /* nothing to do */
	GM_HOOK_WROTE,   /* there was none, or an older one of ours */
	GM_HOOK_CHAINED, /* the one that was there runs first */
	GM_HOOK_LEFT,    /* nothing done: see `why` */
};

/*
 * Put our script in place.  Doing it again changes nothing.
 */
GM_MUST_CHECK
int gm_hookfile_install(enum gm_hookdid *did, struct gm_arena *a,
			const struct gm_hooks *hooks, struct gm_hookfile *hook,
			struct gm_err *err);

/* The line that makes a hook of somebody else run ours. */
const char *gm_hookfile_line(struct gm_arena *a, const char *name);

#endif

/*
 * cmd/doctor: the checks of `git migrate doctor`.
 */
#ifndef GM_CMD_DOCTOR_H
#define GM_CMD_DOCTOR_H

#include "cmd/cmd.h"
#include "migration/set.h"

enum gm_health { GM_HEALTH_OK, GM_HEALTH_WARN, GM_HEALTH_FAIL };

struct gm_symptom {
	enum gm_health health;
	const char *check; /* one word: what was looked at */
	const char *message;
	const char *hint; /* the way out; NULL when it is well */
};

struct gm_checkup {
	struct gm_symptom *items;
	size_t n, cap;
};

/* Add one line.  `hint` NULL: none. */
void gm_checkup_add(struct gm_checkup *c, struct gm_ctx *cx,
		    enum gm_health health, const char *check, const char *hint,
		    const char *fmt, ...) GM_PRINTF(6, 7);

/* Add a failure from an error. */
void gm_checkup_fail(struct gm_checkup *c, struct gm_ctx *cx, const char *check,
		     const struct gm_err *err);

/* git, and this program. */
void gm_doctor_programs(struct gm_checkup *c, struct gm_ctx *cx);

/* A clone: the programs that sign, policy, directories, hooks, notes. */
void gm_doctor_clone(struct gm_checkup *c, struct gm_ctx *cx);

/* A server: hooks, what is pinned, policy, what has landed. */
void gm_doctor_server(struct gm_checkup *c, struct gm_ctx *cx);

/*
 * The machine around it: who may write, the programs that verify, and the
 * configuration of sshd, where that can be read.
 */
void gm_doctor_host(struct gm_checkup *c, struct gm_ctx *cx,
		    const char *sshd_config);

/* The programs that signatures need, on PATH. */
void gm_doctor_signers(struct gm_checkup *c, struct gm_ctx *cx);

/*
 * One hook; `missing`: how bad it is when it does not run ours; `way`: how to
 * put it in place.
 */
struct gm_hooks;
void gm_doctor_hook(struct gm_checkup *c, struct gm_ctx *cx,
		    const struct gm_hooks *hooks, const char *name,
		    enum gm_health missing, const char *way);

#endif

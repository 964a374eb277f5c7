/*
 * report/plan: the plan of a rollout, for people who decide on it.
 *
 * What is to be done, in which order, where, what may stop it, and which way
 * back there is from where, with what is lost on it.  Markdown, or JSON.
 */
#ifndef GM_REPORT_PLAN_H
#define GM_REPORT_PLAN_H

#include "base/buf.h"
#include "sql/sql.h"

struct gm_plan_member {
	const char *id, *path, *digest, *class_;
	const char *phase;    /* NULL: not declared */
	const char *state;    /* "pending", "landed" */
	const char *purpose;  /* subject of the commit that brought it */
	const char *approval; /* who has to approve, or NULL: nobody */
	const char *review;   /* how far that is, or NULL */
	const struct gm_sql_file *sql;
	struct gm_str text; /* that `sql` was read from */
};

struct gm_plan_stage {
	const char *dir;    /* "20-expand"; NULL: the app's own */
	const char *stage;  /* "expand" */
	const char *commit; /* which of the commits it comes with */
	const char *runs;   /* id of the migration, or NULL */
	const char *why;    /* it is left out, and why; or NULL */
};

struct gm_plan_env {
	const char *name, *namespace_, *cluster, *after; /* or NULL */
	const char *why; /* nothing can be written for it, and why; or NULL */
	struct {
		struct gm_plan_stage *items;
		size_t n, cap;
	} stages;
};

struct gm_plan_rung {
	const char *name; /* "flag off" */
	const char *does, *loses;
	const char *rpo, *rto; /* how far back the data go; how long it takes */
	const char *why_not;   /* it is no way here; or NULL */
};

struct gm_plan {
	const char *id, *name;
	const char *window, *owner, *flag; /* NULL: not declared */
	struct {
		struct gm_plan_member *items;
		size_t n, cap;
	} members;
	struct {
		struct gm_plan_env *items;
		size_t n, cap;
	} envs;
	struct gm_strings no_go; /* sentences without a full stop */
	struct {
		struct gm_plan_rung *items;
		size_t n, cap;
	} ladder;
};

void gm_report_plan(struct gm_buf *out, const struct gm_plan *plan);
void gm_report_plan_json(struct gm_buf *out, const struct gm_plan *plan);

#endif

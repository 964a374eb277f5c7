/*
 * rollout/lint: the rules R1 to R22 over the manifests of a place, and a few
 * that have names.
 */
#ifndef GM_ROLLOUT_LINT_H
#define GM_ROLLOUT_LINT_H

#include "base/finding.h"
#include "rollout/manifests.h"

struct gm_lint {
	const struct gm_manifests *m;
	struct gm_findings *out;
};

/* All rules that a tree alone can break: R1 to R20, and those with names. */
void gm_lint(struct gm_findings *out, const struct gm_manifests *m);

/*
 * R21 and R22, of the step from `old` to `m`.  Fails when a file cannot be
 * read.
 */
GM_MUST_CHECK
int gm_lint_since(struct gm_findings *out, const struct gm_manifests *m,
		  const struct gm_manifests *old, struct gm_err *err);

/*
 * Is there a circle of dependsOn?  `*circle` says which ("a -> b -> a"), and
 * `*at` is one of its objects, and none of a rollout where it has others; NULL:
 * there is none.  Of several, it is one that a rollout is in.
 */
void gm_lint_circle(const struct gm_doc **at, const char **circle,
		    const struct gm_manifests *m);

/* --- parts of it, one file each --- */

/* A finding about a node (NULL: the document) of an object. */
struct gm_finding *gm_lint_at(const struct gm_lint *l, enum gm_rule rule,
			      const struct gm_doc *d,
			      const struct gm_yaml *node, const char *fmt, ...)
	GM_PRINTF(5, 6);

/* R1, R2, R10, R11, R14, R15: Jobs, and the SQL they mount. */
void gm_lint_jobs(const struct gm_lint *l);
/* R3, R5, R6, R9, R12: objects of Flux. */
void gm_lint_flux(const struct gm_lint *l);
/* R7, R8, R20: what waits for what. */
void gm_lint_graph(const struct gm_lint *l);
/* R16 to R19: all other objects. */
void gm_lint_objects(const struct gm_lint *l);
/* Rights: what accounts may do, and what is done with them. */
void gm_lint_rights(const struct gm_lint *l);
/* SQL: what several environments run has to be the same. */
void gm_lint_sql(const struct gm_lint *l);
/* R4, R13: directories. */
void gm_lint_units(const struct gm_lint *l);

/* The object of Flux of that name that `from` would wait for, or NULL. */
const struct gm_unit *gm_lint_find(const struct gm_manifests *m,
				   const struct gm_doc *from,
				   const struct gm_yaml *dependency);

/* "1h30m" in milliseconds; -1 when it is none. */
int64_t gm_flux_duration(const char *text);

#endif

/*
 * rollout/render: a rollout as files.
 *
 * What comes of equal input is equal, byte for byte.  All paths begin with the
 * directory of the rollout, "<flux.path>/<env>/<name>".
 */
#ifndef GM_ROLLOUT_RENDER_H
#define GM_ROLLOUT_RENDER_H

#include "rollout/owned.h"
#include "rollout/place.h"
#include "rollout/rollout.h"
#include "rollout/template.h"

struct gm_render {
	struct gm_arena *arena;
	struct gm_templates *templates;
	const struct gm_rollout *rollout;
	const struct gm_target *target;
	struct gm_slots *slots;
	const char *dir;        /* of the rollout; see gm_render_dir */
	const char *head;       /* comment lines on top of each file */
	struct gm_fileset *out; /* files are added to it */
	/* What is there already, or NULL: a bundle that is in use stays. */
	const struct gm_place *place;
	const struct gm_owned *owned;
};

/* The account that Flux has for all rollouts of an environment; not for one
   where the policy names one of its own. */
GM_MUST_CHECK
int gm_render_account(struct gm_fileset *out, struct gm_arena *a,
		      struct gm_templates *templates, const struct gm_target *t,
		      struct gm_err *err);

/* Is the flag tried with a second one of the app; and the kind of that. */
bool gm_render_has_canary(const struct gm_target *t);
const char *gm_render_app_kind(const struct gm_policy_flux *f);

/* "<flux.path>/<env>" and, with `name`, the directory below it. */
const char *gm_render_dir(struct gm_arena *a, const struct gm_target *t,
			  const char *name);

/*
 * Add the objects of Flux, and the directory of each slot that is shown.  Sets
 * the names of jobs in the slots.  What templates of the repository gave has to
 * keep the rules.
 */
GM_MUST_CHECK
int gm_render(struct gm_render *r, struct gm_err *err);

/* --- parts of it, one file each --- */

/* The values that templates may ask for. */
#define GM_RENDER_VARS 64
struct gm_render_vars {
	struct gm_tmpl_var items[GM_RENDER_VARS]; /* ended by a NULL name */
	size_t n;
};

void gm_render_var(struct gm_render_vars *v, const char *name,
		   const char *value);

/* Those of the rollout and its environment, and of a slot where it is given. */
void gm_render_common(struct gm_render_vars *v, const struct gm_render *r,
		      const struct gm_slot *slot);

/* A list of rows with one value each. */
struct gm_fill_list gm_render_list(struct gm_arena *a, const char *list,
				   const char *name,
				   const struct gm_strings *values);

/* Path of a file in the directory of a slot. */
const char *gm_render_path(const struct gm_render *r,
			   const struct gm_slot *slot, const char *file);

/*
 * The kustomization.yaml of a slot's directory: what it applies, the names of
 * the ConfigMaps that it makes, and their files (as configMapGenerator has
 * them).
 */
GM_MUST_CHECK
int gm_render_kustomization(struct gm_render *r, const struct gm_slot *slot,
			    const struct gm_render_vars *vars,
			    const struct gm_strings *resources,
			    const struct gm_strings *configs,
			    const struct gm_strings *files, struct gm_err *err);

/* flux/: accounts, Kustomizations, and the list of those in use. */
GM_MUST_CHECK
int gm_render_objects(struct gm_render *r, struct gm_err *err);

/* The directory of a slot that runs a Job. */
GM_MUST_CHECK
int gm_render_job(struct gm_render *r, struct gm_slot *slot,
		  struct gm_err *err);

/* The directories of other slots. */
GM_MUST_CHECK
int gm_render_checkpoint(struct gm_render *r, struct gm_slot *slot,
			 struct gm_err *err);
GM_MUST_CHECK
int gm_render_enable(struct gm_render *r, struct gm_slot *slot,
		     struct gm_err *err);
GM_MUST_CHECK
int gm_render_restore(struct gm_render *r, struct gm_slot *slot,
		      struct gm_err *err);

/*
 * Hold what was rendered to the rules R1 to R20: templates of a repository may
 * break them.  GM_EINPUT with the first one that is broken.
 */
GM_MUST_CHECK
int gm_render_check(const struct gm_render *r, struct gm_err *err);

/* "<cluster>-r1": the cluster that a restore makes. */
const char *gm_render_restored(struct gm_arena *a, const struct gm_target *t,
			       unsigned attempt);

#endif

#include "rollout/emit.h"

#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "rollout/cnpg.h"
#include "rollout/manifests.h"

/* Two migrations whose ids give one name. */
static int taken(const char *dir, const char *name, const char *by,
		 const struct gm_rollout *r, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"R2: the objects of '%s' and '%s' would have the same names",
		by, r->id);
	gm_fail_at(err, dir, 0, 0);
	return gm_hint(err,
		       "Both are called '%s': give one another name in the"
		       " policy: flux: {names: {\"%s\": \"m0042\"}}.",
		       name, r->id);
}

static int read_owned(struct gm_owned *out, struct gm_arena *a,
		      const struct gm_place *place, const char *dir,
		      struct gm_err *err)
{
	const char *path = gm_printf(a, "%s/%s", dir, GM_OWNED_FILE);
	struct gm_str text;
	int there = gm_place_read(&text, a, place, path, err);

	*out = (struct gm_owned){ 0 };
	return there > 0 ? gm_owned_read(out, a, path, text, err) : there;
}

static int read_progress(struct gm_owned *out, struct gm_arena *a,
			 const struct gm_place *place, const char *dir,
			 const struct gm_rollout *r, struct gm_err *err)
{
	if (read_owned(out, a, place, dir, err) < 0)
		return -1;
	return !out->id || !strcmp(out->id, r->id)
		       ? 0
		       : taken(dir, r->name, out->id, r, err);
}

/* The file that tells what is ours goes last. */
static int add_owned(struct gm_update *out, struct gm_arena *a,
		     const struct gm_emit *e, const char *dir, struct gm_str to,
		     struct gm_err *err)
{
	const char *path = gm_printf(a, "%s/%s", dir, GM_OWNED_FILE);
	struct gm_str is;
	int there = gm_place_read(&is, a, e->place, path, err);

	if (there < 0)
		return -1;
	if (!there || !gm_str_eq(is, to))
		*GM_PUSH(a, out) =
			(struct gm_update_change){ path, to, !there };
	return 0;
}

static int reach(struct gm_slots *slots, const struct gm_emit *e,
		 struct gm_err *err)
{
	enum gm_stage stage = slots->items[0].stage;

	if (!e->stage) {
		gm_slots_show_all(slots);
		if (slots->items[0].state == GM_SLOT_REMOVED)
			return 0;
	} else if (!gm_stage_find(&stage, gm_str(e->stage))) {
		gm_fail(err, GM_EUSAGE, "there is no stage '%s'", e->stage);
		return gm_hint(err, "The stages are: %s.", GM_STAGES);
	}
	if (e->step == GM_EMIT_NEXT && gm_slots_in_turn(slots, stage, err) < 0)
		return -1;
	return gm_slots_reach(slots, stage, err);
}

/* A cluster is made once: another place is that of another cluster. */
static int aim(struct gm_slots *slots, struct gm_arena *a,
	       const struct gm_emit *e, struct gm_err *err)
{
	const struct gm_slot *slot = gm_slots_find(slots, GM_STAGE_RESTORE);
	bool other = slots->lsn && strcmp(slots->lsn, e->lsn) != 0;

	slots->lsn = e->lsn;
	if (!other || !slot || slot->state != GM_SLOT_ACTIVE ||
	    e->step == GM_EMIT_RETRY)
		return 0;
	return gm_slots_retry(slots, a, GM_STAGE_RESTORE, e->id, NULL, err);
}

static int take_step(struct gm_slots *slots, struct gm_arena *a,
		     const struct gm_emit *e, struct gm_err *err)
{
	enum gm_stage stage = GM_STAGE_COUNT;

	if (e->lsn && aim(slots, a, e, err) < 0)
		return -1;
	switch (e->step) {
	case GM_EMIT_KEEP:
		return 0;
	case GM_EMIT_RELEASE:
		return gm_slots_release(slots, err);
	case GM_EMIT_RETRY:
		if (!gm_stage_find(&stage, gm_str(e->stage)))
			GM_BUG("no such stage");
		return gm_slots_retry(slots, a, stage, e->id, e->record, err);
	case GM_EMIT_RETREAT:
		return gm_slots_retreat(slots, e->record, err);
	case GM_EMIT_CLOSE:
		return gm_slots_close(slots, e->over, err);
	default:
		return reach(slots, e, err);
	}
}

/* Is it a Job of this SQL that lies there, by its annotation? */
enum job { JOB_NONE, JOB_UNTOLD, JOB_OTHER, JOB_SAME };

/* -1: it cannot be read. */
static int look_at_job(struct gm_arena *a, const struct gm_place *place,
		       const char *path, struct gm_str sql, struct gm_err *err)
{
	static const char key[] = "git-migrate.dev/sql-sha256";
	char hex[GM_SHA256_HEX + 1];
	struct gm_str text;
	int there = gm_place_read(&text, a, place, path, err);

	if (there <= 0)
		return there < 0 ? -1 : JOB_NONE;
	if (!memmem(text.ptr, text.len, key, strlen(key)))
		return JOB_UNTOLD;
	gm_sha256_hex(hex, sql);
	return memmem(text.ptr, text.len, hex, GM_SHA256_HEX) ? JOB_SAME
							      : JOB_OTHER;
}

/* The gate was asked about the SQL that was let go ahead, and no other. */
static int check_released(struct gm_arena *a, const char *dir,
			  const struct gm_emit *e, const struct gm_slots *slots,
			  struct gm_err *err)
{
	bool asked = e->stage && !strcmp(e->stage, "contract") &&
		     e->step >= GM_EMIT_KEEP;

	for (size_t i = 0; !asked && i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];
		const char *path;
		int job;

		if (!slot->gated || !slot->member ||
		    slot->state != GM_SLOT_ACTIVE)
			continue;
		path = gm_printf(a, "%s/%s/job.yaml", dir, slot->dir);
		job = look_at_job(a, e->place, path, slot->member->up, err);
		if (job < 0)
			return -1;
		if (job == JOB_SAME)
			continue;
		gm_fail(err, GM_EINPUT,
			"'%s' was let go ahead, and this is no Job of its SQL",
			slot->member->id);
		gm_fail_at(err, path, 0, 0);
		return gm_hint(err, "Take it back from git; other SQL has to"
				    " be asked for: git migrate advance"
				    " --stage contract.");
	}
	return 0;
}

/* The same SQL everywhere: what the environment before has in its place. */
static int check_same(struct gm_arena *a, const struct gm_rollout *r,
		      const struct gm_target *t, const struct gm_emit *e,
		      const struct gm_slots *slots, struct gm_err *err)
{
	struct gm_target before = *t;

	before.env = t->after;
	for (size_t i = 0; t->after && i < slots->n; i++) {
		const struct gm_slot *slot = &slots->items[i];
		const char *path;
		int job;

		if (!slot->shown || !slot->member)
			continue;
		path = gm_printf(a, "%s/%s/job.yaml",
				 gm_render_dir(a, &before, r->name), slot->dir);
		job = look_at_job(a, e->place, path,
				  slot->set == GM_SET_ROLLBACK
					  ? slot->member->down
					  : slot->member->up,
				  err);
		if (job < 0)
			return -1;
		if (job != JOB_OTHER)
			continue;
		gm_fail(err, GM_EINPUT,
			"the SQL of '%s' is not what '%s' has run",
			slot->member->id, t->after);
		gm_fail_at(err, path, 0, 0);
		return gm_hint(err, "Emit both from one commit.");
	}
	return 0;
}

/* The rollout has to be over while the backup of its checkpoint is kept. */
static int check_kept(struct gm_arena *a, const struct gm_rollout *r,
		      const struct gm_target *t, const struct gm_emit *e,
		      struct gm_err *err)
{
	enum gm_stage stage = GM_STAGE_EXPAND;

	/* The ways back are always there. */
	if ((e->stage && gm_stage_find(&stage, gm_str(e->stage)) &&
	     stage >= GM_STAGE_ROLLBACK) ||
	    (e->step != GM_EMIT_REACH && e->step != GM_EMIT_NEXT) ||
	    t->flux->snapshot || !t->retention || r->window < t->retention)
		return 0;
	gm_fail(err, GM_EINPUT,
		"R16: its rollback window is %s, and '%s' keeps backups for %s"
		" only",
		gm_duration_format(a, r->window), t->store,
		gm_duration_format(a, t->retention));
	gm_fail_at(err, t->clusters, 0, 0);
	return gm_hint(err, "Give the store a longer retentionPolicy, or the"
			    " migration a shorter window: the backup of the"
			    " checkpoint has to be there until the end.");
}

int gm_emit(struct gm_update *out, struct gm_slots *slots, struct gm_arena *a,
	    const struct gm_rollout *r, const struct gm_target *t,
	    const struct gm_emit *e, struct gm_err *err)
{
	struct gm_fileset want = { 0 };
	struct gm_render render = {
		.arena = a,
		.templates = e->templates,
		.rollout = r,
		.target = t,
		.slots = slots,
		.dir = gm_render_dir(a, t, r->name),
		.out = &want,
		.place = e->place,
	};
	struct gm_progress progress;
	struct gm_owned owned;

	render.owned = &owned;
	if (read_progress(&owned, a, e->place, render.dir, r, err) < 0 ||
	    gm_slots_make(slots, a, r, t, &owned.progress, err) < 0 ||
	    take_step(slots, a, e, err) < 0 ||
	    check_released(a, render.dir, e, slots, err) < 0 ||
	    check_same(a, r, t, e, slots, err) < 0 ||
	    check_kept(a, r, t, e, err) < 0)
		return -1;
	/* At the end nothing is left but the word that it was here. */
	if (e->step != GM_EMIT_CLOSE && gm_render(&render, err) < 0)
		return -1;
	if (gm_update_dir(out, a, e->place, render.dir, &want, &owned, e->force,
			  err) < 0)
		return -1;
	progress = gm_slots_progress(a, slots);
	return add_owned(out, a, e, render.dir,
			 gm_owned_write(a, r->id, &progress, &want, render.dir),
			 err);
}

int gm_emit_look(struct gm_slots *slots, struct gm_arena *a,
		 const struct gm_rollout *r, const struct gm_target *t,
		 const struct gm_place *place, struct gm_err *err)
{
	struct gm_owned owned;

	if (read_progress(&owned, a, place, gm_render_dir(a, t, r->name), r,
			  err) < 0)
		return -1;
	return gm_slots_make(slots, a, r, t, &owned.progress, err);
}

/* The account of all rollouts of an environment; 1; 0 when it is theirs. */
static int emit_account(struct gm_update *out, struct gm_arena *a,
			const struct gm_target *t, const struct gm_emit *e,
			struct gm_err *err)
{
	const char *dir = gm_render_dir(a, t, GM_ACCOUNTS_DIR);
	struct gm_fileset want = { 0 };
	struct gm_owned owned;

	if (t->flux->applier)
		return 0;
	if (gm_render_account(&want, a, e->templates, t, err) < 0 ||
	    read_owned(&owned, a, e->place, dir, err) < 0 ||
	    gm_update_dir(out, a, e->place, dir, &want, &owned, e->force, err) <
		    0 ||
	    add_owned(out, a, e, dir, gm_owned_write(a, NULL, NULL, &want, dir),
		      err) < 0)
		return -1;
	return 1;
}

/* By whichever of its names it is there. */
static int find_index(const char **out, struct gm_arena *a,
		      const struct gm_place *place, const char *dir,
		      struct gm_err *err)
{
	static const char *const names[] = { "kustomization.yaml",
					     "kustomization.yml",
					     "Kustomization" };
	int there = 0;

	for (size_t i = 0; !there && i < GM_COUNT(names); i++) {
		struct gm_str ignored;

		*out = gm_printf(a, "%s/%s", dir, names[i]);
		there = gm_place_read(&ignored, a, place, *out, err);
	}
	if (!there)
		*out = gm_printf(a, "%s/%s", dir, names[0]);
	return there < 0 ? -1 : 0;
}

int gm_emit_index(struct gm_update *out, struct gm_arena *a,
		  const struct gm_strings *names, const struct gm_target *t,
		  const struct gm_emit *e, struct gm_err *err)
{
	struct gm_strings resources = { 0 };
	const char *path;
	int own = emit_account(out, a, t, e, err);

	if (own < 0 ||
	    find_index(&path, a, e->place, gm_render_dir(a, t, NULL), err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		*GM_PUSH(a, &resources) =
			gm_printf(a, "%s/flux", names->items[i]);
	if (e->step == GM_EMIT_CLOSE)
		return gm_update_index_without(out, a, e->place, path,
					       &resources, err);
	if (own)
		*GM_PUSH(a, &resources) = GM_ACCOUNTS_DIR "/applier.yaml";
	return gm_update_index(out, a, e->place, path, &resources, err);
}

static bool says(struct gm_arena *a, const struct gm_yaml *doc,
		 const char *path, const char *word)
{
	const char *text = gm_yaml_text(a, gm_yaml_at(doc, path));

	return text && !strcmp(text, word);
}

/* The manifests of the cluster and its store, if they are in this text. */
static int find_cluster(struct gm_target *t, struct gm_arena *a,
			const char *path, struct gm_str text,
			struct gm_err *err)
{
	struct gm_yaml_docs docs = { 0 };
	struct gm_err ignored = GM_ERR_INIT;

	/* What is no YAML is somebody else's trouble. */
	if (gm_yaml_read(&docs, a, path, text, &ignored) < 0)
		return 0;
	docs = gm_yaml_objects(a, &docs);
	for (size_t i = 0; i < docs.n; i++) {
		const struct gm_yaml *doc = docs.items[i];
		const char *keeps = gm_yaml_text(
			a, gm_yaml_at(doc, "spec/retentionPolicy"));
		struct gm_buf out = gm_buf(a);

		if (keeps && says(a, doc, "kind", "ObjectStore") &&
		    says(a, doc, "metadata/name", t->store))
			(void)gm_cnpg_retention(&t->retention, gm_str(keeps));
		if (t->live.len || !says(a, doc, "kind", "Cluster") ||
		    !says(a, doc, "metadata/name", t->cluster) ||
		    !gm_yaml_get(doc, "spec"))
			continue;
		if (gm_yaml_write(&out, doc, err) < 0)
			return -1;
		t->live = gm_buf_view(&out);
	}
	return 0;
}

static int discover_cluster(struct gm_target *t, struct gm_arena *a,
			    const struct gm_place *place, struct gm_err *err)
{
	struct gm_strings files;

	if (gm_place_list(&files, a, place, t->clusters, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		struct gm_str text;
		int there;

		if (!gm_yaml_named(files.items[i]))
			continue;
		there = gm_place_read(&text, a, place, files.items[i], err);
		if (there < 0 || (there && find_cluster(t, a, files.items[i],
							text, err) < 0))
			return -1;
	}
	return 0;
}

/* Only a second one beside it asks what else the app has. */
static int discover_app(struct gm_target *t, struct gm_arena *a,
			const struct gm_place *place, struct gm_err *err)
{
	const struct gm_policy_flux *f = t->flux;

	if (!gm_render_has_canary(t))
		return 0;
	return gm_app_read(&t->built, a, place, t->app_path,
			   gm_render_app_kind(f), f->app_name, err);
}

int gm_emit_discover(struct gm_target *t, struct gm_arena *a,
		     const struct gm_place *place,
		     const struct gm_place *otherwise, struct gm_err *err)
{
	t->live = GM_STR_NONE;
	t->retention = 0;
	t->built = (struct gm_app){ 0 };
	if (discover_cluster(t, a, place, err) < 0 ||
	    discover_app(t, a, place, err) < 0)
		return -1;
	if (!t->live.len && discover_cluster(t, a, otherwise, err) < 0)
		return -1;
	return t->built.found ? 0 : discover_app(t, a, otherwise, err);
}

/* rollout/render: a cluster that is what the old one was at some moment. */
#include "rollout/render.h"

/* A place that no backup reaches back to: nothing can be restored from it. */
#define NO_LSN "0/0"

const char *gm_render_restored(struct gm_arena *a, const struct gm_target *t,
			       unsigned attempt)
{
	return gm_printf(a, "%s-r%u", t->cluster, attempt);
}

/* The cluster as it is kept in the repository; NULL: it is not. */
static int live_spec(struct gm_yaml **out, const struct gm_render *r,
		     struct gm_err *err)
{
	struct gm_yaml_docs docs = { 0 };

	*out = NULL;
	if (!r->target->live.len)
		return 0;
	if (gm_yaml_read(&docs, r->arena, r->target->clusters, r->target->live,
			 err) < 0)
		return -1;
	if (docs.n)
		*out = gm_yaml_get(docs.items[0], "spec");
	return 0;
}

static const char *text_at(struct gm_arena *a, const struct gm_yaml *spec,
			   const char *path, const char *otherwise)
{
	const char *text = gm_yaml_text(a, gm_yaml_at(spec, path));

	return text && *text ? text : otherwise;
}

static void add_values(struct gm_render_vars *v, const struct gm_render *r,
		       const struct gm_slot *slot, const struct gm_yaml *spec)
{
	const struct gm_policy_restore *p = &r->target->flux->restore;
	const struct gm_policy_flux *f = r->target->flux;
	const struct gm_slot *pre =
		gm_slots_find(r->slots, GM_STAGE_CHECKPOINT);
	struct gm_arena *a = r->arena;

	gm_render_common(v, r, slot);
	gm_render_var(v, "restored",
		      gm_render_restored(a, r->target, slot->attempt));
	gm_render_var(
		v, "instances",
		text_at(a, spec, "instances",
			p->instances ? gm_printf(a, "%d", p->instances) : "1"));
	gm_render_var(v, "image",
		      text_at(a, spec, "imageName",
			      gm_yaml_get(spec, "imageCatalogRef") ? NULL
			      : p->image                           ? p->image
			      : f->by_tool                         ? NULL
								   : f->image));
	gm_render_var(v, "storage",
		      text_at(a, spec, "storage/size", p->storage));
	gm_render_var(
		v, "database",
		text_at(a, spec, "bootstrap/initdb/database", p->database));
	gm_render_var(v, "owner",
		      text_at(a, spec, "bootstrap/initdb/owner", p->owner));
	gm_render_var(v, "lsn", r->slots->lsn ? r->slots->lsn : NO_LSN);
	gm_render_var(v, "snapshot", f->snapshot && pre ? pre->backup : NULL);
}

/* Neither true or false nor a whole number nor null. */
static bool is_text(struct gm_str s)
{
	uint64_t n;

	return s.len && !gm_str_uint(&n, s) && !gm_str_is(s, "true") &&
	       !gm_str_is(s, "false") && !gm_str_is(s, "null") &&
	       !gm_str_is(s, "~");
}

/* The same with its strings in quotes, as all that we write. */
static struct gm_yaml *quoted(struct gm_arena *a, const struct gm_yaml *from)
{
	struct gm_yaml *to;

	if (from->kind == GM_YAML_SCALAR) {
		to = gm_alloc(a, sizeof(*to));
		*to = *from;
		to->tag = NULL;
		if (is_text(from->text))
			to->style = GM_YAML_QUOTED;
		return to;
	}
	to = from->kind == GM_YAML_MAP ? gm_yaml_map(a) : gm_yaml_list(a);
	for (size_t i = 0; i < from->n; i++) {
		struct gm_yaml *item = quoted(a, from->items[i]);

		if (from->kind == GM_YAML_LIST)
			gm_yaml_push(a, to, item);
		else
			gm_yaml_set(a, to, gm_str_dup(a, from->keys[i]->text),
				    item);
	}
	return to;
}

/* What a copy of the data has to have in common with the old cluster. */
static void copy_spec(struct gm_arena *a, struct gm_yaml *to,
		      const struct gm_yaml *from)
{
	static const char *const keys[] = {
		"imageCatalogRef", "storage",          "walStorage",
		"tablespaces",     "postgresql",       "resources",
		"affinity",        "imagePullSecrets", "postgresUID",
		"postgresGID",
	};

	for (size_t i = 0; i < GM_COUNT(keys); i++) {
		struct gm_yaml *value = gm_yaml_get(from, keys[i]);

		if (value)
			gm_yaml_set(a, to, keys[i], quoted(a, value));
	}
}

static void set_snapshot(struct gm_arena *a, struct gm_yaml *to,
			 const char *key, const char *name)
{
	struct gm_yaml *ref = gm_yaml_map(a);

	gm_yaml_set(a, ref, "apiGroup",
		    gm_yaml_string(a, "snapshot.storage.k8s.io"));
	gm_yaml_set(a, ref, "kind", gm_yaml_string(a, "VolumeSnapshot"));
	gm_yaml_set(a, ref, "name", gm_yaml_string(a, name));
	gm_yaml_set(a, to, key, ref);
}

/* A name of PostgreSQL as CloudNativePG puts it into those of objects. */
static const char *dashed(struct gm_arena *a, const char *name)
{
	char *out = gm_strdup(a, name);

	for (char *c = out; *c; c++)
		if (*c == '_' || *c == '$')
			*c = '-';
	return out;
}

/* Each volume of its own has a snapshot of its own; the operator names it
   after the one of the data. */
static void add_snapshots(struct gm_arena *a, struct gm_yaml *spec,
			  const struct gm_yaml *live)
{
	struct gm_yaml *of =
		gm_yaml_at(spec, "bootstrap/recovery/volumeSnapshots");
	const char *data = gm_yaml_text(a, gm_yaml_at(of, "storage/name"));
	const struct gm_yaml *list = gm_yaml_get(live, "tablespaces");
	struct gm_yaml *spaces = gm_yaml_map(a);

	if (!data)
		return;
	if (gm_yaml_get(live, "walStorage"))
		set_snapshot(a, of, "walStorage", gm_printf(a, "%s-wal", data));
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *name =
			gm_yaml_text(a, gm_yaml_get(list->items[i], "name"));

		if (name)
			set_snapshot(a, spaces, name,
				     gm_printf(a, "%s-tbs-%s", data,
					       dashed(a, name)));
	}
	if (spaces->n)
		gm_yaml_set(a, of, "tablespaceStorage", spaces);
}

static const char *head_of(const struct gm_render *r,
			   const struct gm_slot *slot)
{
	return gm_printf(
		r->arena,
		"%s# Data lost (RPO): all that was written behind the place"
		" that is restored to.\n"
		"# Time (RTO): that of fetching the base backup and replaying"
		" what follows it;\n"
		"# measure it before: git migrate drill.\n"
		"# Stop whoever writes first; then point the app at the"
		" secrets of %s.\n%s",
		r->head, gm_render_restored(r->arena, r->target, slot->attempt),
		r->slots->lsn
			? ""
			: "# The place is not known yet, and nothing can be"
			  " restored to 0/0:\n"
			  "# git migrate emit --stage restore --lsn ...\n");
}

static int check_complete(const struct gm_render_vars *v, struct gm_err *err)
{
	bool owner = false, database = false, storage = false;

	for (size_t i = 0; i < v->n; i++) {
		struct gm_str name = gm_str(v->items[i].name);

		owner |= gm_str_is(name, "owner") && v->items[i].value;
		database |= gm_str_is(name, "database") && v->items[i].value;
		storage |= gm_str_is(name, "storage") && v->items[i].value;
	}
	if (!storage) {
		gm_fail(err, GM_EINPUT,
			"it is not known how much storage the cluster has");
		return gm_hint(err, "Say it in the policy: flux: {restore:"
				    " {storage: 20Gi}}.");
	}
	if (owner == database)
		return 0;
	gm_fail(err, GM_EINPUT,
		"a restored cluster needs both database and owner, or none");
	return gm_hint(err, "Say both in the policy: flux: {restore: {database:"
			    " shop, owner: shop}}.");
}

int gm_render_restore(struct gm_render *r, struct gm_slot *slot,
		      struct gm_err *err)
{
	const struct gm_strings none = { 0 };
	struct gm_strings resources = { 0 };
	struct gm_render_vars v = { 0 };
	struct gm_yaml_docs docs = { 0 };
	struct gm_yaml *live;

	if (live_spec(&live, r, err) < 0)
		return -1;
	add_values(&v, r, slot, live);
	if (check_complete(&v, err) < 0 ||
	    gm_object_name(
		    "cluster",
		    gm_render_restored(r->arena, r->target, slot->attempt),
		    GM_CLUSTER_NAME_MAX, err) < 0 ||
	    gm_template_trees(&docs, r->arena, r->templates, "cluster",
			      &(struct gm_fill){ v.items, NULL }, err) < 0)
		return -1;
	if (live && docs.n && gm_yaml_get(docs.items[0], "spec")) {
		copy_spec(r->arena, gm_yaml_get(docs.items[0], "spec"), live);
		add_snapshots(r->arena, gm_yaml_get(docs.items[0], "spec"),
			      live);
	}
	if (gm_template_write(r->out, r->arena,
			      gm_render_path(r, slot, "cluster.yaml"),
			      head_of(r, slot), &docs, err) < 0)
		return -1;
	*GM_PUSH(r->arena, &resources) = "cluster.yaml";
	return gm_render_kustomization(r, slot, &v, &resources, &none, &none,
				       err);
}

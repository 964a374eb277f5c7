#include "rollout/team.h"

#include <string.h>

#include "rollout/edit.h"
#include "rollout/manifests.h"

#define FLUX "kustomize.toolkit.fluxcd.io"

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

/* A file is in an update once. */
static void done(const struct gm_team *t, const struct gm_edit *e)
{
	for (size_t i = 0; i < t->update->n; i++)
		if (!strcmp(t->update->items[i].path, e->path)) {
			t->update->items[i].content = e->text;
			return;
		}
	*GM_PUSH(t->arena, t->update) =
		(struct gm_update_change){ e->path, e->text, false };
}

/* With what is to be done in it already. */
static int open_file(struct gm_edit *out, const struct gm_team *t,
		     const char *path, struct gm_err *err)
{
	struct gm_place now = *t->place;
	struct gm_str text;
	int there;

	*out = (struct gm_edit){ .path = path };
	gm_update_sort(t->update);
	now.pending = t->update;
	there = gm_place_read(&text, t->arena, &now, path, err);
	if (there <= 0)
		return there;
	return gm_edit_open(out, t->arena, path, text, err) < 0 ? -1 : 1;
}

/* --- what waits for what --- */

static bool is_text(struct gm_arena *a, const struct gm_yaml *n,
		    const char *path, const char *text)
{
	const char *is = gm_yaml_text(a, gm_yaml_at(n, path));

	return is && !strcmp(is, text);
}

static bool names_env(struct gm_arena *a, const char *path, const char *env)
{
	return strstr(gm_printf(a, "/%s", path), gm_printf(a, "/%s/", env)) !=
	       NULL;
}

static bool is_flux(struct gm_arena *a, const struct gm_yaml *doc)
{
	const char *api = gm_yaml_text(a, gm_yaml_get(doc, "apiVersion"));

	return api && !strncmp(api, FLUX "/", sizeof(FLUX)) &&
	       is_text(a, doc, "kind", "Kustomization");
}

/* An object of Flux in the namespace of the environment; where a list of
   kustomize gives it one, its file tells. */
static bool is_here(const struct gm_team *t, const char *path,
		    const struct gm_yaml *doc)
{
	struct gm_arena *a = t->arena;
	const char *space =
		gm_yaml_text(a, gm_yaml_at(doc, "metadata/namespace"));

	if (!is_flux(a, doc))
		return false;
	return space ? !strcmp(space, t->target->namespace_)
		     : names_env(a, path, t->target->env);
}

/* The files with objects of Flux in them, those of this rollout left out. */
static int read_theirs(struct gm_strings *paths, const struct gm_team *t,
		       struct gm_err *err)
{
	const struct gm_manifests_options options = { .holding = FLUX };
	struct gm_manifests m;

	if (gm_manifests_read(&m, t->arena, t->place, &options, err) < 0)
		return -1;
	for (size_t i = 0; i < m.docs.n; i++) {
		const struct gm_doc *d = &m.docs.items[i];

		if (below(d->path, t->own) || !is_flux(t->arena, d->node) ||
		    (paths->n && !strcmp(paths->items[paths->n - 1], d->path)))
			continue;
		*GM_PUSH(t->arena, paths) = d->path;
	}
	return 0;
}

/* Which entry of its dependsOn names it; its length when none does. */
static size_t find_entry(const struct gm_team *t, const char *path,
			 const struct gm_yaml *doc, const char *object)
{
	const struct gm_yaml *list = gm_yaml_at(doc, "spec/dependsOn");
	bool here = is_here(t, path, doc);
	size_t i = 0;

	for (; list && list->kind == GM_YAML_LIST && i < list->n; i++) {
		const struct gm_yaml *entry = list->items[i];

		if (is_text(t->arena, entry, "name", object) &&
		    (gm_yaml_get(entry, "namespace")
			     ? is_text(t->arena, entry, "namespace",
				       t->target->namespace_)
			     : here))
			break;
	}
	return i;
}

static size_t entries(const struct gm_yaml *doc)
{
	const struct gm_yaml *list = gm_yaml_at(doc, "spec/dependsOn");

	return list && list->kind == GM_YAML_LIST ? list->n : 0;
}

/* 1: it is there, and waits. */
static int wait_in(const struct gm_team *t, const char *path,
		   const char *object, struct gm_err *err)
{
	struct gm_yaml_docs objects;
	struct gm_edit e;

	if (open_file(&e, t, path, err) < 0)
		return -1;
	objects = gm_yaml_objects(t->arena, &e.docs);
	for (size_t i = 0; i < objects.n; i++) {
		struct gm_yaml *doc = objects.items[i];
		struct gm_yaml *item = gm_yaml_map(t->arena);

		if (!is_here(t, path, doc) ||
		    !is_text(t->arena, doc, "metadata/name", t->target->app))
			continue;
		if (find_entry(t, path, doc, object) < entries(doc))
			return 1;
		gm_yaml_set(t->arena, item, "name",
			    gm_yaml_string(t->arena, object));
		if (gm_edit_push(&e, gm_yaml_get(doc, "spec"), "dependsOn",
				 item, err) < 0)
			return -1;
		done(t, &e);
		return 1;
	}
	return 0;
}

int gm_team_wait(const struct gm_team *t, const char *object,
		 struct gm_err *err)
{
	struct gm_strings paths = { 0 };
	int found = 0;

	if (!t->target->app)
		return 0;
	if (read_theirs(&paths, t, err) < 0)
		return -1;
	for (size_t i = 0; !found && i < paths.n; i++)
		found = wait_in(t, paths.items[i], object, err);
	return found;
}

/* 1: one was taken. */
static int take_one(struct gm_edit *e, const struct gm_team *t,
		    const struct gm_strings *names, struct gm_err *err)
{
	struct gm_yaml_docs objects = gm_yaml_objects(t->arena, &e->docs);

	for (size_t i = 0; i < objects.n; i++) {
		struct gm_yaml *doc = objects.items[i];

		for (size_t k = 0; is_flux(t->arena, doc) && k < names->n;
		     k++) {
			size_t at =
				find_entry(t, e->path, doc, names->items[k]);

			if (at < entries(doc))
				return gm_edit_take(e, gm_yaml_get(doc, "spec"),
						    "dependsOn", at, err) < 0
					       ? -1
					       : 1;
		}
	}
	return 0;
}

int gm_team_unwait(const struct gm_team *t, const struct gm_strings *objects,
		   struct gm_err *err)
{
	struct gm_strings paths = { 0 };
	int n = 0;

	if (read_theirs(&paths, t, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++) {
		struct gm_edit e;
		int taken, any = 0;

		if (open_file(&e, t, paths.items[i], err) < 0)
			return -1;
		while ((taken = take_one(&e, t, objects, err)) > 0)
			any = 1;
		if (taken < 0)
			return -1;
		if (any)
			done(t, &e);
		n += any;
	}
	return n;
}

/* --- the app --- */

static int open_app(struct gm_edit *out, const struct gm_team *t,
		    struct gm_err *err)
{
	const char *path;
	int there;

	if (!t->target->app_path) {
		gm_fail(err, GM_EINPUT,
			"the policy does not say where the manifests of the"
			" app are");
		return gm_hint(err, "Add it: flux: {app: {path:"
				    " \"apps/shop/overlays/{env}\"}}.");
	}
	path = gm_printf(t->arena, "%s/kustomization.yaml",
			 t->target->app_path);
	there = open_file(out, t, path, err);
	if (there < 0)
		return -1;
	if (there && out->docs.n)
		return 0;
	gm_fail(err, GM_EINPUT, "there is no such file");
	gm_fail_at(err, path, 0, 0);
	return gm_hint(err, "The policy names its directory: flux: {app:"
			    " {path: ...}}.");
}

static struct gm_yaml *find_literal(const struct gm_team *t,
				    const struct gm_yaml *doc,
				    const char *literal)
{
	const struct gm_yaml *maps = gm_yaml_get(doc, "configMapGenerator");

	for (size_t i = 0; maps && i < maps->n; i++) {
		const struct gm_yaml *list =
			gm_yaml_get(maps->items[i], "literals");

		if (!is_text(t->arena, maps->items[i], "name",
			     t->target->flux->flag_name))
			continue;
		for (size_t k = 0; list && k < list->n; k++)
			if (gm_str_is(list->items[k]->text, literal))
				return list->items[k];
	}
	return NULL;
}

static int flag_in_list(const struct gm_team *t, const char *flag, bool on,
			struct gm_err *err)
{
	const char *is = gm_printf(t->arena, "%s=%s", flag, on ? "off" : "on");
	const char *to = gm_printf(t->arena, "%s=%s", flag, on ? "on" : "off");
	struct gm_yaml *literal;
	struct gm_edit e;

	if (open_app(&e, t, err) < 0)
		return -1;
	if (find_literal(t, e.docs.items[0], to))
		return 0;
	literal = find_literal(t, e.docs.items[0], is);
	if (!literal) {
		gm_fail(err, GM_EINPUT, "no literal '%s' of '%s' is here", is,
			t->target->flux->flag_name);
		gm_fail_at(err, e.path, 0, 0);
		return gm_hint(err, "Add it to the configMapGenerator there, or"
				    " switch the flag by hand.");
	}
	if (gm_edit_set(&e, literal, to, err) < 0)
		return -1;
	done(t, &e);
	return 1;
}

/* The value of that variable in the container with the flags. */
static struct gm_yaml *find_variable(const struct gm_team *t,
				     const struct gm_yaml *n, const char *flag)
{
	const struct gm_yaml *env = gm_yaml_get(n, "env");
	struct gm_yaml *found = NULL;

	if (!env || !is_text(t->arena, n, "name", t->target->flux->flag_name))
		env = NULL;
	for (size_t i = 0; env && i < env->n && !found; i++)
		if (is_text(t->arena, env->items[i], "name", flag))
			found = gm_yaml_get(env->items[i], "value");
	for (size_t i = 0; n->kind != GM_YAML_SCALAR && i < n->n && !found; i++)
		found = find_variable(t, n->items[i], flag);
	return found;
}

/* Switch it where it is in this file; how many were changed. */
static int flag_in_file(bool *found, const struct gm_team *t, const char *path,
			const char *flag, const char *to, struct gm_err *err)
{
	struct gm_yaml *value = NULL;
	struct gm_edit e;

	if (open_file(&e, t, path, err) < 0)
		return -1;
	for (size_t i = 0; i < e.docs.n && !value; i++)
		value = find_variable(t, e.docs.items[i], flag);
	*found = value != NULL;
	if (!value || gm_str_is(value->text, to))
		return 0;
	if (gm_edit_set(&e, value, to, err) < 0)
		return -1;
	done(t, &e);
	return 1;
}

static int flag_in_env(const struct gm_team *t, const char *flag, bool on,
		       struct gm_err *err)
{
	struct gm_strings files;
	bool found = false;
	struct gm_edit e;

	if (open_app(&e, t, err) < 0 ||
	    gm_place_list(&files, t->arena, t->place, t->target->app_path,
			  err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		int n = 0;

		if (gm_yaml_named(files.items[i]))
			n = flag_in_file(&found, t, files.items[i], flag,
					 on ? "on" : "off", err);
		if (n || found)
			return n;
	}
	gm_fail(err, GM_EINPUT,
		"container '%s' has no variable '%s' with a value here",
		t->target->flux->flag_name, flag);
	gm_fail_at(err, t->target->app_path, 0, 0);
	return gm_hint(err, "Keep it there, in the file of a patch, or switch"
			    " the flag by hand.");
}

int gm_team_flag(const struct gm_team *t, const char *flag, bool on,
		 struct gm_err *err)
{
	return t->target->flux->flag_provider == GM_FLAG_ENV
		       ? flag_in_env(t, flag, on, err)
		       : flag_in_list(t, flag, on, err);
}

static size_t find_replicas(const struct gm_team *t, const struct gm_yaml *list,
			    bool *there)
{
	size_t i = 0;

	while (list && i < list->n &&
	       !is_text(t->arena, list->items[i], "name",
			t->target->flux->app_name))
		i++;
	*there = list && i < list->n;
	return i;
}

int gm_team_stop(const struct gm_team *t, bool stop, struct gm_err *err)
{
	struct gm_yaml *doc, *item = gm_yaml_map(t->arena);
	struct gm_edit e;
	bool there;
	size_t at;

	if (open_app(&e, t, err) < 0)
		return -1;
	doc = e.docs.items[0];
	at = find_replicas(t, gm_yaml_get(doc, "replicas"), &there);
	if (there == stop)
		return 0;
	gm_yaml_set(t->arena, item, "name",
		    gm_yaml_string(t->arena, t->target->flux->app_name));
	gm_yaml_set(t->arena, item, "count", gm_yaml_word(t->arena, "0"));
	if ((stop ? gm_edit_push(&e, doc, "replicas", item, err)
		  : gm_edit_take(&e, doc, "replicas", at, err)) < 0)
		return -1;
	done(t, &e);
	return 1;
}

static struct gm_yaml *find_scalar(struct gm_yaml *n, const char *text)
{
	struct gm_yaml *found = NULL;

	if (n->kind == GM_YAML_SCALAR)
		return gm_str_is(n->text, text) ? n : NULL;
	for (size_t i = 0; i < n->n && !found; i++)
		found = find_scalar(n->items[i], text);
	return found;
}

/* 1: something was changed. */
static int replace_all(struct gm_edit *e, const char *is, const char *to,
		       struct gm_err *err)
{
	int any = 0;

	for (size_t i = 0; strcmp(is, to) != 0 && i < e->docs.n; i++) {
		struct gm_yaml *n = find_scalar(e->docs.items[i], is);

		if (!n)
			continue;
		if (gm_edit_set(e, n, to, err) < 0)
			return -1;
		any = 1;
		i--;
	}
	return any;
}

static int switch_file(const struct gm_team *t, const char *path,
		       const char *cluster, struct gm_err *err)
{
	static const char *const services[] = { "rw", "ro", "r" };
	const struct gm_policy_flux *f = t->target->flux;
	struct gm_arena *a = t->arena;
	struct gm_edit e;
	int any = 0, n;

	if (open_file(&e, t, path, err) < 0)
		return -1;
	n = replace_all(
		&e, t->target->connection,
		gm_pattern_fill(a, f->connection, t->target->env, cluster),
		err);
	any |= n;
	if (n >= 0)
		n = replace_all(
			&e, t->target->ca,
			gm_pattern_fill(a, f->ca, t->target->env, cluster),
			err);
	any |= n;
	for (size_t i = 0; n >= 0 && i < GM_COUNT(services); i++) {
		n = replace_all(
			&e,
			gm_printf(a, "%s-%s", t->target->cluster, services[i]),
			gm_printf(a, "%s-%s", cluster, services[i]), err);
		any |= n;
	}
	if (n < 0)
		return -1;
	if (any)
		done(t, &e);
	return any;
}

int gm_team_switch(const struct gm_team *t, const char *cluster,
		   struct gm_err *err)
{
	struct gm_strings files;
	struct gm_edit e;
	int n = 0;

	if (open_app(&e, t, err) < 0 ||
	    gm_place_list(&files, t->arena, t->place, t->target->app_path,
			  err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		int changed;

		if (!gm_yaml_named(files.items[i]))
			continue;
		changed = switch_file(t, files.items[i], cluster, err);
		if (changed < 0)
			return -1;
		n += changed;
	}
	return n;
}

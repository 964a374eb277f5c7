#include "cmd/newplace.h"

#include <string.h>

#include "base/child.h"
#include "base/file.h"
#include "check/context.h"

#define FILES_MAX ((size_t)200000)

struct paths {
	struct gm_str *items; /* relative to the directory */
	size_t n, cap;
};

static int read_policy(struct gm_policy *out, struct gm_ctx *cx,
		       const struct gm_commit *head, struct gm_err *err)
{
	const char *path = gm_printf(
		cx->arena, "%s/%s", gm_repo_worktree(cx->repo), GM_POLICY_PATH);
	struct gm_err missing = GM_ERR_INIT;
	struct gm_str text;
	int found = 0;

	if (gm_file_read(&text, cx->arena, path, GM_POLICY_MAX, &missing) == 0)
		return gm_policy_read(out, cx->arena, GM_POLICY_PATH, text,
				      err);
	if (missing.code != GM_ENOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (head)
		found = gm_policy_of_commit(out, cx->arena, cx->repo,
					    &head->oid, "HEAD", err);
	if (found == 0)
		gm_policy_default(out, cx->arena);
	return found < 0 ? -1 : 0;
}

/* The directory of a policy that leaves open where migrations are. */
static int look_for(struct gm_newplace *out, struct gm_ctx *cx,
		    const struct gm_commit *head, struct gm_err *err)
{
	struct gm_roots roots = { 0 };

	out->dir = "migrations";
	if (!head)
		return 0;
	if (gm_roots_settle(&roots, cx->arena, cx->repo, &head->tree, NULL, 0,
			    err) < 0)
		return -1;
	if (roots.n) {
		out->dir = gm_str_dup(cx->arena, roots.items[0].path);
		out->layout = roots.items[0].layout->name;
	}
	return 0;
}

/* What no layout knows (README.md, .gitkeep) says nothing of the layout. */
static void add(struct paths *out, struct gm_arena *a, struct gm_str path,
		const char *dir)
{
	size_t skip = *dir ? strlen(dir) + 1 : 0;
	struct gm_str below = gm_str_sub(path, skip, path.len);

	if (below.len && gm_layout_known(below))
		*GM_PUSH(a, out) = below;
}

/* Everything below the directory: committed, staged, or just lying there. */
static int list(struct paths *out, struct gm_ctx *cx, const char *dir,
		const struct gm_commit *head, struct gm_err *err)
{
	const char *const argv[] = { "git",
				     "-C",
				     gm_repo_worktree(cx->repo),
				     "ls-files",
				     "-z",
				     "-c",
				     "-o",
				     "--exclude-standard",
				     "--",
				     gm_printf(cx->arena, ":(top,literal)%s",
					       dir),
				     NULL };
	const struct gm_child child = { .argv = argv };
	struct gm_files files = { 0 };
	struct gm_str text, path;
	int status = gm_child_run(&text, cx->arena, &child, err);

	if (status < 0)
		return -1;
	if (status)
		return gm_fail(err, GM_EPROGRAM,
			       "'git ls-files' failed with status %d", status);
	while (gm_str_split(&path, &text, 0))
		add(out, cx->arena, path, dir);
	if (!head)
		return 0;
	if (gm_tree_files(&files, cx->arena, cx->repo, &head->tree, gm_str(dir),
			  FILES_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		add(out, cx->arena, files.items[i].path, dir);
	return 0;
}

/* Their ids, and the highest of their versions. */
static void read_ids(struct gm_newplace *out, struct gm_arena *a,
		     const struct gm_layout *layout, const struct paths *paths)
{
	struct gm_unit_path unit;

	for (size_t i = 0; i < paths->n; i++) {
		const char *id;

		if (!layout->match(&unit, paths->items[i]))
			continue;
		id = gm_str_dup(a, unit.id);
		*GM_PUSH(a, &out->ids) = id;
		if (!unit.version.len ||
		    (out->highest &&
		     gm_version_cmp(unit.version, out->version) <= 0))
			continue;
		out->highest = id;
		out->version = gm_str(gm_str_dup(a, unit.version));
	}
}

static const struct gm_layout *settle(const struct gm_newplace *out,
				      struct gm_arena *a,
				      const struct paths *paths,
				      struct gm_err *err)
{
	const struct gm_layout *layout;
	const char *why = NULL;

	if (strcmp(out->layout, "auto")) {
		layout = gm_layout_find(gm_str(out->layout));
		if (!layout) {
			gm_fail(err, GM_EPOLICY,
				"the policy names an unknown layout '%s'",
				out->layout);
			gm_hint(err, "git-migrate(1) lists the layouts.");
		}
		return layout;
	}
	layout = gm_layout_detect(&why, a, paths->items, paths->n);
	if (layout || !paths->n)
		return layout ? layout : gm_layout_find(GM_STR("directory"));
	gm_fail(err, GM_EINPUT, "the layout of '%s' is not clear: %s", out->dir,
		why);
	gm_hint(err, "Name it in " GM_POLICY_PATH ", under 'migrations'.");
	return NULL;
}

int gm_newplace_find(struct gm_newplace *out, struct gm_ctx *cx,
		     struct gm_err *err)
{
	struct gm_newplace place = { .layout = "auto" };
	const struct gm_layout *layout;
	const struct gm_commit *head;
	struct paths paths = { 0 };
	struct gm_commit commit;
	int has_head = gm_commit_head(&commit, cx->arena, cx->repo, err);

	head = has_head > 0 ? &commit : NULL;
	if (has_head < 0 || read_policy(&place.policy, cx, head, err) < 0)
		return -1;
	if (!place.policy.n_migrations) {
		if (look_for(&place, cx, head, err) < 0)
			return -1;
	} else {
		place.dir = place.policy.migrations[0].path;
		place.layout = place.policy.migrations[0].layout;
	}
	if (list(&paths, cx, place.dir, head, err) < 0)
		return -1;
	layout = settle(&place, cx->arena, &paths, err);
	if (!layout)
		return -1;
	place.layout = layout->name;
	read_ids(&place, cx->arena, layout, &paths);
	*out = place;
	return 0;
}

#include "rollout/template.h"

#include "base/embed.h"

#define TEMPLATE_MAX ((size_t)1 << 20)

struct entry {
	const char *from; /* for messages */
	struct gm_yaml_docs docs;
};

struct gm_templates gm_templates(struct gm_arena *a, const struct gm_repo *r,
				 const struct gm_oid *tree)
{
	struct gm_templates t = { .arena = a, .repo = r, .read = gm_map(a) };

	if (tree)
		t.tree = *tree;
	return t;
}

/* The repository's own: 1, or 0 when it has none. */
static int find_own(struct gm_str *out, const struct gm_templates *t,
		    const char *path, struct gm_err *err)
{
	struct gm_entry entry;
	int found;

	if (!t->repo)
		return 0;
	found = gm_tree_find(&entry, t->arena, t->repo, &t->tree, gm_str(path),
			     err);
	if (found <= 0)
		return found;
	if (entry.mode != GM_MODE_FILE && entry.mode != GM_MODE_EXEC) {
		gm_fail(err, GM_EINPUT, "a template has to be a regular file");
		return gm_fail_at(err, path, 0, 0);
	}
	if (gm_blob_read(out, t->arena, t->repo, &entry.oid, TEMPLATE_MAX,
			 err) < 0)
		return gm_fail_at(err, path, 0, 0);
	return 1;
}

static int read_template(const struct entry **out, struct gm_templates *t,
			 const char *name, struct gm_err *err)
{
	struct entry *e = gm_map_get(&t->read, gm_str(name));
	const char *own =
		gm_printf(t->arena, ".migrate/templates/flux/%s.yaml", name);
	const char *built_in = gm_printf(t->arena, "flux/%s.yaml", name);
	struct gm_str text = GM_STR_NONE;
	int found;

	if (!e) {
		e = gm_alloc(t->arena, sizeof(*e));
		found = find_own(&text, t, own, err);
		if (found < 0)
			return -1;
		e->from = found ? own : built_in;
		t->own |= found;
		if (!found)
			text = gm_embed(built_in);
		if (gm_yaml_read(&e->docs, t->arena, e->from, text, err) < 0)
			return -1;
		gm_map_set(&t->read, gm_str(gm_strdup(t->arena, name)), e);
	}
	*out = e;
	return 0;
}

int gm_template_trees(struct gm_yaml_docs *out, struct gm_arena *a,
		      struct gm_templates *t, const char *name,
		      const struct gm_fill *fill, struct gm_err *err)
{
	const struct entry *e;

	if (read_template(&e, t, name, err) < 0)
		return -1;
	for (size_t i = 0; i < e->docs.n; i++) {
		struct gm_yaml *filled;

		if (gm_fill(&filled, a, e->from, e->docs.items[i], fill, err) <
		    0)
			return -1;
		if (filled)
			*GM_PUSH(a, out) = filled;
	}
	return 0;
}

int gm_template_write(struct gm_fileset *out, struct gm_arena *a,
		      const char *path, const char *head,
		      const struct gm_yaml_docs *docs, struct gm_err *err)
{
	struct gm_buf text = gm_buf(a);

	if (!docs->n)
		return 0;
	gm_buf_puts(&text, head ? head : "");
	for (size_t i = 0; i < docs->n; i++) {
		if (i)
			gm_buf_puts(&text, "---\n");
		if (gm_yaml_write(&text, docs->items[i], err) < 0)
			return gm_fail_at(err, path, 0, 0);
	}
	gm_fileset_add(out, a, path, gm_buf_view(&text));
	return 0;
}

int gm_template_fill(struct gm_fileset *out, struct gm_arena *a,
		     struct gm_templates *t, const char *name, const char *path,
		     const char *head, const struct gm_fill *fill,
		     struct gm_err *err)
{
	struct gm_yaml_docs docs = { 0 };

	if (gm_template_trees(&docs, a, t, name, fill, err) < 0)
		return -1;
	return gm_template_write(out, a, path, head, &docs, err);
}

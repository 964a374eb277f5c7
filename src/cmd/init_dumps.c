/* git migrate init: where tools write the schema down. */
#include <string.h>

#include "base/buf.h"
#include "cmd/init.h"
#include "git/object.h"
#include "policy/value.h"

/*
 * Where they are usually, from the top of the tree or from beside a directory
 * of migrations.  A program that is built from such a file has to leave out
 * what a contract takes away before that happens.
 */
static const struct {
	const char *path;
	bool source;
} usual[] = {
	{ "schema.sql", false },
	{ "schema.rb", false },
	{ "structure.sql", false },
	{ "db/schema.sql", false },
	{ "db/schema.rb", false },
	{ "db/structure.sql", false },
	{ "priv/repo/structure.sql", false },
	{ "src/schema.rs", true },
	{ "schema.prisma", true },
	{ "prisma/schema.prisma", true },
};

/* 1 when it is a file that a pattern can name. */
static int is_there(struct gm_ctx *cx, const struct gm_oid *tree,
		    const char *path, struct gm_err *err)
{
	struct gm_entry entry;
	int found = gm_tree_find(&entry, cx->arena, cx->repo, tree,
				 gm_str(path), err);

	if (found <= 0)
		return found;
	return (entry.mode == GM_MODE_FILE || entry.mode == GM_MODE_EXEC) &&
	       !strpbrk(path, "*?[\\\"") && !gm_value_pattern(gm_str(path));
}

static bool has(const struct gm_strings *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i], path))
			return true;
	return false;
}

/* Those in `dir`, which ends in a slash or is empty. */
static int look(struct gm_strings *dumps, struct gm_strings *sources,
		struct gm_ctx *cx, const struct gm_oid *tree, struct gm_str dir,
		struct gm_err *err)
{
	for (size_t i = 0; i < GM_COUNT(usual); i++) {
		struct gm_strings *list = usual[i].source ? sources : dumps;
		const char *path = gm_printf(cx->arena, "%.*s%s", (int)dir.len,
					     dir.ptr, usual[i].path);
		int found = is_there(cx, tree, path, err);

		if (found < 0)
			return -1;
		if (found && !has(list, path))
			*GM_PUSH(cx->arena, list) = path;
	}
	return 0;
}

/* The directory a path lies in, with the slash behind it. */
static struct gm_str parent(struct gm_str path)
{
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return path;
}

static const char *join(struct gm_arena *a, const struct gm_strings *list,
			const char *before, const char *between,
			const char *after)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&out, "%s%s%s%s", i ? between : "", before,
			      list->items[i], after);
	return out.ptr;
}

int gm_init_find_dumps(struct gm_init_dumps *out, struct gm_ctx *cx,
		       const struct gm_oid *tree, const struct gm_roots *roots,
		       struct gm_err *err)
{
	struct gm_strings dumps = { 0 }, sources = { 0 };

	if (look(&dumps, &sources, cx, tree, GM_STR_NONE, err) < 0)
		return -1;
	for (size_t i = 0; i < roots->n; i++)
		if (look(&dumps, &sources, cx, tree,
			 parent(roots->items[i].path), err) < 0)
			return -1;
	out->names = join(cx->arena, &dumps, "", ", ", "");
	out->patterns = join(cx->arena, &dumps, ", \"", "", "\"");
	out->sources = join(cx->arena, &sources, "", ", ", "");
	return 0;
}

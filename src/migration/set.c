#include "migration/set.h"

#include <stdlib.h>
#include <string.h>

/* More files and directories below one directory are not read. */
#define FILES_MAX 1000000

const struct gm_migration_file *gm_migration_file(const struct gm_migration *m,
						  enum gm_role role)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].role == role)
			return &m->files[i];
	return NULL;
}

/* What stands behind the version in an id. */
static struct gm_str name_of(const struct gm_unit_path *unit)
{
	if (!unit->version.len)
		return GM_STR_NONE;
	return gm_str_sub(unit->id,
			  (size_t)(unit->version.ptr - unit->id.ptr) +
				  unit->version.len,
			  unit->id.len);
}

bool gm_unit_moved(const struct gm_unit_path *from,
		   const struct gm_oid *from_up, const struct gm_unit_path *to,
		   const struct gm_oid *to_up)
{
	struct gm_str name = name_of(to);

	return gm_oid_eq(from_up, to_up) ||
	       (name.len && gm_str_eq(name_of(from), name));
}

/* The units of one directory while they are put together. */
struct units {
	struct gm_arena *a;
	const struct gm_root *root;
	struct gm_migration **items;
	size_t n, cap;
	struct gm_map by_id;
};

static struct gm_str below(const struct gm_root *root, struct gm_str path)
{
	return root->path.len ? gm_str_sub(path, root->path.len + 1, path.len)
			      : path;
}

static struct gm_migration *unit_of(struct units *u,
				    const struct gm_unit_path *unit)
{
	const struct gm_layout *l = u->root->layout;
	struct gm_str id = l->unit_id ? l->unit_id(u->a, unit) : unit->id;
	struct gm_migration *m = gm_map_get(&u->by_id, id);

	if (m)
		return m;
	m = gm_alloc(u->a, sizeof(*m));
	m->id = gm_str_dup(u->a, id);
	m->version.ptr = m->id + (unit->version.ptr - unit->id.ptr);
	m->version.len = unit->version.len;
	m->repeatable = unit->repeatable;
	m->baseline = unit->baseline;
	m->root = u->root;
	gm_map_set(&u->by_id, gm_str(m->id), m);
	*GM_PUSH(u->a, u) = m;
	return m;
}

static void push_file(struct gm_arena *a, struct gm_migration *m,
		      const struct gm_migration_file *file)
{
	struct {
		struct gm_migration_file *items;
		size_t n, cap;
	} list = { m->files, m->n_files, m->cap_files };

	*GM_PUSH(a, &list) = *file;
	m->files = list.items;
	m->n_files = list.n;
	m->cap_files = list.cap;
}

/* `file`'s path lives in the arena of `u`. */
static void add_file(struct units *u, const struct gm_unit_path *unit,
		     const struct gm_file *file)
{
	const struct gm_migration_file added = {
		.role = unit->role,
		.path = file->path,
		.oid = file->oid,
		.mode = file->mode,
	};

	push_file(u->a, unit_of(u, unit), &added);
}

static bool has_up(const struct gm_migration *m)
{
	return gm_migration_file(m, GM_ROLE_UP) != NULL;
}

static int compare(const struct gm_migration *x, const struct gm_migration *y)
{
	int order;
	bool own_x = x->root->layout->compare != NULL;
	bool own_y = y->root->layout->compare != NULL;

	/* Orders of different kinds do not mix: those of a tool come last. */
	if (own_x != own_y)
		return own_x ? 1 : -1;
	order = own_x ? gm_str_cmp(x->root->path, y->root->path) : 0;
	if (order)
		return order;
	if (x->repeatable != y->repeatable)
		return x->repeatable ? 1 : -1;
	order = gm_layout_cmp(x->root->layout, x->version, y->version);
	if (!order)
		order = strcmp(x->id, y->id);
	return order ? order : gm_str_cmp(x->root->path, y->root->path);
}

static int compare_items(const void *x, const void *y)
{
	return compare(*(struct gm_migration *const *)x,
		       *(struct gm_migration *const *)y);
}

static int compare_files(const void *x, const void *y)
{
	const struct gm_migration_file *one = x, *two = y;

	if (one->role != two->role)
		return one->role < two->role ? -1 : 1;
	return gm_str_cmp(one->path, two->path);
}

static void sort(struct gm_migration **items, size_t n)
{
	if (n)
		qsort(items, n, sizeof(struct gm_migration *), compare_items);
}

/* The unit of the same version that the files of `m` belong to, or NULL. */
static struct gm_migration *host_of(const struct units *u, size_t first,
				    const struct gm_migration *m)
{
	for (size_t i = first; i < u->n; i++) {
		struct gm_migration *host = u->items[i];

		if (host->repeatable ||
		    !gm_version_eq(host->version, m->version))
			return NULL;
		if (!host->baseline && has_up(host))
			return host;
	}
	return NULL;
}

/* Give files whose unit has no up SQL to the unit of their version. */
static void pair(struct units *u)
{
	size_t kept = 0, first = 0;

	for (size_t i = 0; i < u->n; i++) {
		struct gm_migration *m = u->items[i], *host;

		if (!gm_version_eq(u->items[first]->version, m->version))
			first = i;
		host = m->repeatable || m->baseline || has_up(m)
			       ? NULL
			       : host_of(u, first, m);
		for (size_t f = 0; host && f < m->n_files; f++)
			push_file(u->a, host, &m->files[f]);
		if (host)
			m->n_files = 0;
	}
	for (size_t i = 0; i < u->n; i++)
		if (u->items[i]->n_files)
			u->items[kept++] = u->items[i];
	u->n = kept;
}

static void finish(struct units *u)
{
	sort(u->items, u->n);
	if (u->root->layout->by_version)
		pair(u);
	for (size_t i = 0; i < u->n; i++)
		qsort(u->items[i]->files, u->items[i]->n_files,
		      sizeof(*u->items[i]->files), compare_files);
}

static struct units units(struct gm_arena *a, const struct gm_root *root)
{
	return (struct units){ .a = a, .root = root, .by_id = gm_map(a) };
}

static void say(struct gm_set *set, struct gm_arena *a,
		const struct gm_migration *one, const struct gm_migration *two,
		const char *words)
{
	*GM_PUSH(a, &set->duplicates) =
		(struct gm_duplicate){ words, one, two };
}

static void judge_roles(struct gm_set *set, struct gm_arena *a,
			const struct gm_migration *m)
{
	for (size_t i = 1; i < m->n_files; i++) {
		const struct gm_migration_file *one = &m->files[i - 1];
		const struct gm_migration_file *two = &m->files[i];

		if (one->role == two->role && one->role != GM_ROLE_CONFIG)
			say(set, a, m, m,
			    gm_printf(a,
				      "migration '%s' has two files for '%s':"
				      " '%s' and '%s'",
				      m->id, gm_role_name(one->role),
				      gm_str_dup(a, one->path),
				      gm_str_dup(a, two->path)));
	}
	/* Elsewhere (refinery) such a file is a migration of its own. */
	if (m->root->layout->unit_id && !has_up(m) &&
	    gm_migration_file(m, GM_ROLE_DOWN))
		say(set, a, m, m,
		    gm_printf(a,
			      "'%s' is to undo version %s, and no migration has"
			      " it",
			      gm_str_dup(a, m->files[0].path),
			      gm_str_dup(a, m->version)));
}

/* One directory at a time: two may count their versions alike. */
static void judge_versions(struct gm_set *set, const struct units *u)
{
	const struct gm_migration *last[2] = { NULL, NULL };

	for (size_t i = 0; i < u->n; i++) {
		const struct gm_migration *m = u->items[i];
		const struct gm_migration *other = last[m->baseline];

		judge_roles(set, u->a, m);
		if (m->repeatable)
			continue;
		if (other && gm_version_eq(other->version, m->version))
			say(set, u->a, other, m,
			    gm_printf(u->a,
				      "'%s' and '%s' have the same version",
				      other->id, m->id));
		last[m->baseline] = m;
	}
}

static int read_root(struct gm_set *set, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_oid *tree,
		     const struct gm_root *root, struct gm_err *err)
{
	struct units u = units(a, root);
	struct gm_files files = { 0 };

	if (gm_tree_files(&files, a, r, tree, root->path, FILES_MAX, err) < 0)
		return gm_fail_in(err, "'%s'", gm_str_dup(a, root->path));
	for (size_t i = 0; i < files.n; i++) {
		struct gm_unit_path unit;

		if (root->layout->match(&unit,
					below(root, files.items[i].path)))
			add_file(&u, &unit, &files.items[i]);
	}
	finish(&u);
	judge_versions(set, &u);
	for (size_t i = 0; i < u.n; i++)
		*GM_PUSH(a, set) = u.items[i];
	return 0;
}

int gm_set_read(struct gm_set *out, struct gm_arena *a, const struct gm_repo *r,
		const struct gm_oid *tree, const struct gm_roots *roots,
		struct gm_err *err)
{
	struct gm_set set = { .by_id = gm_map(a) };

	for (size_t i = 0; i < roots->n; i++)
		if (read_root(&set, a, r, tree, &roots->items[i], err) < 0)
			return -1;
	sort(set.items, set.n);
	for (size_t i = 0; i < set.n; i++) {
		struct gm_migration *m = set.items[i];
		const struct gm_migration *other =
			gm_map_get(&set.by_id, gm_str(m->id));

		if (other)
			say(&set, a, other, m,
			    gm_printf(a, "the id '%s' is in '%s' and in '%s'",
				      m->id, gm_str_dup(a, other->root->path),
				      gm_str_dup(a, m->root->path)));
		else
			gm_map_set(&set.by_id, gm_str(m->id), m);
	}
	*out = set;
	return 0;
}

/* --- one migration --- */

/* The directory that holds all files of a unit. */
static struct gm_str unit_dir(struct gm_arena *a, const struct gm_root *root,
			      struct gm_str id)
{
	const char *dir;

	if (root->layout->flat)
		return root->path;
	if (!root->path.len)
		return id;
	dir = gm_printf(a, "%.*s/%.*s", (int)root->path.len, root->path.ptr,
			(int)id.len, id.ptr);
	return gm_str(dir);
}

/* May this file belong to the wanted unit?  By id, or else by version. */
static bool may_belong(const struct gm_unit_path *unit,
		       const struct gm_unit_path *wanted, struct gm_str id)
{
	return gm_str_eq(unit->id, id) || gm_str_eq(unit->id, wanted->id) ||
	       (!wanted->repeatable && !unit->repeatable &&
		wanted->version.len &&
		gm_version_eq(unit->version, wanted->version));
}

static struct gm_migration *holder_of(const struct units *u, struct gm_str path)
{
	for (size_t i = 0; i < u->n; i++)
		for (size_t f = 0; f < u->items[i]->n_files; f++)
			if (gm_str_eq(u->items[i]->files[f].path, path))
				return u->items[i];
	return NULL;
}

static struct gm_migration *choose(const struct units *u, struct gm_str id,
				   struct gm_str path,
				   const struct gm_unit_path *wanted)
{
	struct gm_migration *m = holder_of(u, path);

	if (!m)
		m = gm_map_get(&u->by_id, id);
	if (m && m->n_files)
		return m;
	/* The undo of a migration with another description is gone. */
	if (u->root->layout->by_version && wanted->version.len &&
	    wanted->role == GM_ROLE_DOWN)
		for (size_t i = 0; i < u->n; i++)
			if (!u->items[i]->baseline && has_up(u->items[i]))
				return u->items[i];
	return NULL;
}

int gm_set_read_one(struct gm_migration **out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tree,
		    const struct gm_root *root, struct gm_str id,
		    struct gm_str path, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_unit_path wanted = { .id = id };
	struct units u = units(a, root);
	struct gm_files files = { 0 };

	root->layout->match(&wanted, below(root, path));
	if (gm_tree_files(&files, &scratch, r, tree,
			  unit_dir(&scratch, root, id), FILES_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		struct gm_file file = files.items[i];
		struct gm_unit_path unit;

		if (!root->layout->match(&unit, below(root, file.path)) ||
		    !may_belong(&unit, &wanted, id))
			continue;
		/* What the unit borrows from the path stays in scratch. */
		file.path.ptr = gm_str_dup(a, file.path);
		add_file(&u, &unit, &file);
	}
	finish(&u);
	*out = choose(&u, id, path, &wanted);
	return 0;
}

#include "git/lib.h"

#include <string.h>

int gm_tree_order(struct gm_str a, bool a_dir, struct gm_str b, bool b_dir)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
	int end_a, end_b;

	if (c)
		return c;
	end_a = n < a.len ? (unsigned char)a.ptr[n] : a_dir ? '/' : 0;
	end_b = n < b.len ? (unsigned char)b.ptr[n] : b_dir ? '/' : 0;
	return end_a - end_b;
}

static int malformed(struct gm_err *err, const struct gm_oid *oid,
		     const char *why)
{
	git_oid id = gm_lib_oid(oid);
	char hex[GM_OID_HEX + 1];

	git_oid_tostr(hex, sizeof(hex), &id);
	return gm_fail(err, GM_EGIT, "tree %s is malformed: %s", hex, why);
}

/* Names that no work tree can hold, or that would be its repository. */
static const char *name_error(struct gm_str name)
{
	if (!name.len)
		return "an empty name";
	if (memchr(name.ptr, '/', name.len))
		return "a slash in a name";
	if (name.ptr[0] != '.' && name.ptr[0] != 'g' && name.ptr[0] != 'G')
		return NULL;
	if (gm_str_is(name, ".") || gm_str_is(name, ".."))
		return "'.' or '..' as a name";
	while (name.len > 1 &&
	       (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '.'))
		name.len--;
	if (gm_str_ieq(name, GM_STR(".git")) ||
	    gm_str_ieq(name, GM_STR("git~1")))
		return "'.git' as a name";
	return NULL;
}

/*
 * A file and a directory of one name need not be neighbours: "a", "a.b",
 * "a/".  Keep those files that a directory could still repeat.
 */
static const char *repeated(struct gm_tree_reader *t, struct gm_str name,
			    bool dir)
{
	while (t->n_files) {
		struct gm_str file = t->files[t->n_files - 1];

		if (gm_str_starts(name, file)) {
			if (name.len == file.len)
				return "the same name twice";
			if ((unsigned char)name.ptr[file.len] < '/')
				break;
		}
		t->n_files--;
	}
	if (dir)
		return NULL;
	if (t->n_files == GM_TREE_NAMES)
		return "too many names that begin alike";
	t->files[t->n_files++] = name;
	return NULL;
}

void gm_tree_start(struct gm_tree_reader *reader, const struct gm_oid *oid,
		   struct gm_str raw)
{
	reader->tree = oid;
	reader->rest = raw;
	reader->prev = GM_STR_NONE;
	reader->prev_dir = false;
	reader->n_files = 0;
}

int gm_tree_open(struct gm_tree_reader *reader, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *oid,
		 struct gm_err *err)
{
	struct gm_str raw;

	if (gm_lib_read(&raw, a, r, oid, GM_OBJECT_TREE, GM_TREE_MAX, err) < 0)
		return -1;
	gm_tree_start(reader, oid, raw);
	return 0;
}

/*
 * git reads every odd mode as one of five.  Odd permissions of a file are the
 * caller's to judge; an odd directory would not look like one to us.
 */
static bool known_mode(unsigned mode)
{
	unsigned type = mode & 0170000;

	return mode == GM_MODE_TREE || mode == GM_MODE_GITLINK ||
	       type == (GM_MODE_FILE & 0170000) || type == GM_MODE_LINK;
}

/* "<octal mode> SP <name> NUL <20 bytes>" */
static const char *take_entry(struct gm_entry *out, struct gm_str *rest)
{
	const char *p = rest->ptr, *end = p + rest->len, *nul;
	unsigned mode = 0;
	int digits = 0;

	for (; p < end && *p >= '0' && *p <= '7' && digits < 7; digits++)
		mode = mode << 3 | (unsigned)(*p++ - '0');
	if (!digits || p == end || *p != ' ')
		return "a bad mode";
	p++;
	if (!known_mode(mode))
		return "a bad mode";
	nul = memchr(p, '\0', (size_t)(end - p));
	if (!nul || end - nul - 1 < GM_OID_SIZE)
		return "it ends early";
	out->mode = mode;
	out->name.ptr = p;
	out->name.len = (size_t)(nul - p);
	memcpy(&out->oid, nul + 1, GM_OID_SIZE);
	*rest = (struct gm_str){ nul + 1 + GM_OID_SIZE,
				 (size_t)(end - nul - 1 - GM_OID_SIZE) };
	return NULL;
}

/* May `name` come next? */
static const char *order_error(const struct gm_tree_reader *t,
			       struct gm_str name, bool dir)
{
	size_t n = t->prev.len < name.len ? t->prev.len : name.len;

	if (!t->prev.ptr || memcmp(t->prev.ptr, name.ptr, n) < 0)
		return NULL;
	if (gm_str_eq(t->prev, name))
		return "the same name twice";
	if (gm_tree_order(t->prev, t->prev_dir, name, dir) > 0)
		return "its names are not sorted";
	return NULL;
}

int gm_tree_next(struct gm_entry *out, struct gm_tree_reader *reader,
		 struct gm_err *err)
{
	const char *why;
	bool dir;

	if (!reader->rest.len)
		return 0;
	why = take_entry(out, &reader->rest);
	dir = !why && out->mode == GM_MODE_TREE;
	if (!why)
		why = name_error(out->name);
	if (!why)
		why = order_error(reader, out->name, dir);
	if (!why)
		why = repeated(reader, out->name, dir);
	if (why)
		return malformed(err, reader->tree, why);
	reader->prev = out->name;
	reader->prev_dir = dir;
	return 1;
}

int gm_tree_read(struct gm_entries *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *tree,
		 struct gm_err *err)
{
	struct gm_entries list = { 0 };
	struct gm_tree_reader reader;
	struct gm_entry entry;
	int more;

	if (gm_tree_open(&reader, a, r, tree, err) < 0)
		return -1;
	while ((more = gm_tree_next(&entry, &reader, err)) > 0)
		*GM_PUSH(a, &list) = entry;
	if (!more)
		*out = list;
	return more;
}

/*
 * One component in one tree.  The whole tree is read, found or not: in one
 * that is out of order the answer would depend on who looks.
 */
static int find_entry(struct gm_entry *out, const struct gm_repo *r,
		      const struct gm_oid *tree, struct gm_str name,
		      struct gm_err *err)
{
	GM_AUTO(gm_lib_release) struct gm_lib_object object = { 0 };
	const struct gm_oid id = *tree;
	struct gm_tree_reader reader;
	struct gm_entry entry;
	int more, found = 0;

	if (gm_lib_borrow(&object, r, &id, GM_OBJECT_TREE, GM_TREE_MAX, err) <
	    0)
		return -1;
	gm_tree_start(&reader, &id, object.content);
	while ((more = gm_tree_next(&entry, &reader, err)) > 0) {
		if (!gm_str_eq(entry.name, name))
			continue;
		*out = entry;
		out->name = name;
		found = 1;
	}
	return more < 0 ? -1 : found;
}

int gm_tree_find(struct gm_entry *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *root,
		 struct gm_str path, struct gm_err *err)
{
	struct gm_entry at = { .oid = *root, .mode = GM_MODE_TREE };
	struct gm_str name;
	int found;

	while (gm_str_split(&name, &path, '/')) {
		if (at.mode != GM_MODE_TREE)
			return 0;
		found = find_entry(&at, r, &at.oid, name, err);
		if (found <= 0)
			return found;
	}
	at.name.ptr = gm_str_dup(a, at.name);
	*out = at;
	return 1;
}

int gm_tree_join(struct gm_str *out, struct gm_arena *a, struct gm_str above,
		 struct gm_str name, struct gm_err *err)
{
	size_t slash = above.len > 0, len = above.len + slash + name.len;
	char *path;

	if (len > GM_TREE_PATH)
		return gm_fail(err, GM_ELIMIT, "a path is longer than %d bytes",
			       GM_TREE_PATH);
	path = gm_alloc(a, len + 1);
	if (slash) {
		memcpy(path, above.ptr, above.len);
		path[above.len] = '/';
	}
	memcpy(path + above.len + slash, name.ptr, name.len);
	*out = (struct gm_str){ path, len };
	return 0;
}

struct lister {
	struct gm_files files;
	struct gm_arena *a;
	const struct gm_repo *r;
	size_t max;
	size_t seen; /* entries looked at, directories included */
};

static int list_tree(struct lister *l, const struct gm_oid *tree,
		     struct gm_str above, int depth, struct gm_err *err);

static int list_entry(struct lister *l, const struct gm_entry *entry,
		      struct gm_str above, int depth, struct gm_err *err)
{
	struct gm_str path;
	struct gm_file *file;

	if (l->seen++ >= l->max)
		return gm_fail(err, GM_ELIMIT,
			       "more than %zu files and directories", l->max);
	if (gm_tree_join(&path, l->a, above, entry->name, err) < 0)
		return -1;
	if (entry->mode == GM_MODE_TREE)
		return list_tree(l, &entry->oid, path, depth + 1, err);
	file = GM_PUSH(l->a, &l->files);
	file->path = path;
	file->oid = entry->oid;
	file->mode = entry->mode;
	return 0;
}

static int list_tree(struct lister *l, const struct gm_oid *tree,
		     struct gm_str above, int depth, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_tree_reader reader;
	struct gm_entry entry;
	int more;

	if (depth > GM_TREE_DEPTH)
		return gm_fail(err, GM_ELIMIT,
			       "directories nest deeper than %d levels",
			       GM_TREE_DEPTH);
	if (gm_tree_open(&reader, &scratch, l->r, tree, err) < 0)
		return -1;
	while ((more = gm_tree_next(&entry, &reader, err)) > 0)
		if (list_entry(l, &entry, above, depth, err) < 0)
			return -1;
	return more;
}

int gm_tree_files(struct gm_files *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_oid *root,
		  struct gm_str path, size_t max, struct gm_err *err)
{
	struct lister l = { .a = a, .r = r, .max = max };
	struct gm_entry top;
	int found = gm_tree_find(&top, a, r, root, path, err);

	if (found < 0)
		return -1;
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	if (found && top.mode == GM_MODE_TREE &&
	    list_tree(&l, &top.oid, path, 1, err) < 0)
		return -1;
	*out = l.files;
	return 0;
}

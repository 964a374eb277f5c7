#include "check/outside.h"

#include <string.h>

#include "base/utf8.h"
#include "check/parts.h"

/* What has been read, and the directories that were told of. */
struct search {
	struct gm_judge *judge;
	size_t files;
	uint64_t bytes;
	struct gm_map told; /* directory -> struct found */
};

/* A directory with such files. */
struct found {
	size_t finding; /* its number; SIZE_MAX: it is not kept */
	size_t others;
};

/* Is a component of the path the name of a place that no deployment runs? */
static bool is_aside(struct gm_arena *a, struct gm_str path)
{
	static const char *const names[] = {
		"test",     "tests",    "testing",     "testdata",
		"spec",     "specs",    "fixture",     "fixtures",
		"seed",     "seeds",    "seeders",     "sample",
		"samples",  "example",  "examples",    "docs",
		"doc",      "bench",    "benchmark",   "benchmarks",
		"vendor",   "external", "third_party", "node_modules",
		"__tests__"
	};
	struct gm_str part;

	path = gm_path_fold(a, path);
	while (gm_str_split(&part, &path, '/'))
		for (size_t i = 0; i < GM_COUNT(names) && path.len; i++)
			if (gm_str_is(part, names[i]))
				return true;
	return false;
}

static bool is_sql(struct gm_str path)
{
	return path.len > 4 &&
	       gm_str_ieq(gm_str_sub(path, path.len - 4, path.len),
			  GM_STR(".sql"));
}

static struct gm_str directory_of(struct gm_str path)
{
	size_t at = path.len;

	while (at && path.ptr[at - 1] != '/')
		at--;
	return gm_str_sub(path, 0, at);
}

/* Does the path end as one of a layout, or in <digits>_<name>.sql? */
static bool is_named_so(struct gm_str path)
{
	struct gm_str dir = directory_of(path), name, above;
	size_t digits = 0;

	name = gm_str_sub(path, dir.len, path.len);
	dir.len -= dir.len > 0;
	above = directory_of(dir);
	while (digits < name.len && name.ptr[digits] >= '0' &&
	       name.ptr[digits] <= '9')
		digits++;
	return gm_layout_known(name) ||
	       gm_layout_known(gm_str_sub(path, above.len, path.len)) ||
	       (digits && digits < name.len && strchr("_-.", name.ptr[digits]));
}

/* A statement about the schema, and not about rows or rights? */
static bool is_ddl(const struct gm_sql_stmt *s)
{
	struct gm_str tag = gm_str(s->tag);

	return gm_str_starts(tag, GM_STR("ALTER ")) ||
	       gm_str_starts(tag, GM_STR("DROP ")) ||
	       gm_str_starts(tag, GM_STR("CREATE "));
}

/* Does a statement below it make again what it takes away? */
static bool is_made_again(const struct gm_sql_file *sql, size_t n)
{
	const struct gm_sql_stmt *s = &sql->items[n];

	for (size_t i = n + 1; i < sql->n && s->objects.n; i++) {
		const struct gm_sql_stmt *later = &sql->items[i];

		if (!gm_str_starts(gm_str(later->tag), GM_STR("CREATE ")))
			continue;
		for (size_t k = 0; k < later->objects.n; k++)
			if (gm_sql_same_object(&s->objects.items[0],
					       &later->objects.items[k]))
				return true;
	}
	return false;
}

/* The statement that makes a file one to tell of, or NULL. */
static const struct gm_sql_stmt *telling(const struct gm_sql_file *sql,
					 bool named)
{
	for (size_t i = 0; i < sql->n; i++) {
		const struct gm_sql_stmt *s = &sql->items[i];

		if (!is_ddl(s) || s->class_ < GM_CLASS_EXPAND)
			continue;
		if (named ||
		    (s->class_ == GM_CLASS_CONTRACT && !is_made_again(sql, i)))
			return s;
	}
	return NULL;
}

static void tell(struct search *w, struct gm_str path,
		 const struct gm_sql_stmt *s)
{
	struct gm_findings *f = &w->judge->result->findings;
	struct gm_str dir = directory_of(path);
	struct found *known = gm_map_get(&w->told, dir);
	struct gm_finding *found;
	size_t before = f->n;

	if (known) {
		known->others++;
		return;
	}
	found = gm_find_warning(
		f, GM_RULE_UNSAFE_PATH,
		"this file %s, and lies in no directory of migrations"
		" that the policy lists",
		s->why);
	found->path = gm_str(gm_str_dup(w->judge->arena, path));
	found->line = s->line;
	found->column = s->column;
	found->hint = "List its directory under 'migrations:' in the policy,"
		      " move the file to one that is listed, or name it in"
		      " 'app: {neutral: ...}' where nothing runs it.";
	known = gm_alloc(w->judge->scratch, sizeof(*known));
	known->finding = f->n > before ? before : SIZE_MAX;
	gm_map_set(&w->told, dir.ptr ? dir : GM_STR(""), known);
}

static void count_others(struct search *w)
{
	struct gm_findings *f = &w->judge->result->findings;
	struct gm_str dir;
	void *value;

	for (size_t at = 0; gm_map_next(&w->told, &at, &dir, &value);) {
		const struct found *found = value;

		if (found->others && found->finding < f->n)
			gm_find_note(f, &f->items[found->finding],
				     "and %zu more in the same directory",
				     found->others);
	}
}

static int look_at(struct search *w, const struct gm_change *change,
		   struct gm_err *err)
{
	struct gm_judge *j = w->judge;
	const struct gm_sql_options options = {
		.postgres = j->cx->policy.postgres,
	};
	struct gm_err why = GM_ERR_INIT;
	struct gm_sql_file sql = { 0 };
	const struct gm_sql_stmt *s;
	struct gm_str text;
	uint64_t size;

	if (gm_object_size(&size, j->repo, &change->new_oid, err) < 0)
		return -1;
	if (size > GM_OUTSIDE_FILE || w->bytes + size > GM_OUTSIDE_BYTES)
		return 0;
	w->files++;
	w->bytes += size;
	if (gm_blob_read(&text, j->scratch, j->repo, &change->new_oid,
			 GM_OUTSIDE_FILE, err) < 0)
		return -1;
	if (gm_str_find(text, '\0') < text.len || !gm_utf8_valid(text, NULL) ||
	    gm_sql_read(&sql, j->scratch, text, &options, &why) < 0)
		return 0;
	s = telling(&sql, is_named_so(change->path));
	if (s)
		tell(w, change->path, s);
	return 0;
}

int gm_judge_outside(struct gm_judge *j, const struct gm_changes *changes,
		     struct gm_err *err)
{
	struct search w = { .judge = j, .told = gm_map(j->scratch) };

	for (size_t i = 0; i < changes->n && w.files < GM_OUTSIDE_FILES; i++) {
		const struct gm_change *change = &changes->items[i];

		if ((change->new_mode != GM_MODE_FILE &&
		     change->new_mode != GM_MODE_EXEC) ||
		    gm_oid_eq(&change->old_oid, &change->new_oid) ||
		    !is_sql(change->path) ||
		    gm_roots_hold(&j->cx->roots, change->path) ||
		    gm_str_starts(change->path, GM_STR(GM_POLICY_DIR)) ||
		    gm_parts_neutral(&j->cx->policy, change) ||
		    is_aside(j->scratch, change->path))
			continue;
		if (look_at(&w, change, err) < 0)
			return -1;
	}
	count_others(&w);
	return 0;
}

int gm_judge_outside_trees(struct gm_judge *j, const struct gm_oid *base,
			   const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_changes changes = { 0 };

	if (gm_diff_trees(&changes, j->scratch, j->repo, base, tip, err) < 0)
		return -1;
	return gm_judge_outside(j, &changes, err);
}

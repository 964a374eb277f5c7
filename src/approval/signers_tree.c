/* Who may sign, as a commit has it. */
#include "approval/signers.h"

#define ASC GM_STR(".asc")

struct source {
	struct gm_signers *out;
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_oid *tree;
	const char *where;
	struct gm_err *err;
};

static const char *named(const struct source *s, const char *path)
{
	if (!s->where || !*s->where)
		return path;
	return gm_printf(s->a, "%s:%s", s->where, path);
}

static int not_a(const struct source *s, const char *path, const char *what)
{
	gm_fail(s->err, GM_EPOLICY, "this is no %s", what);
	gm_hint(s->err,
		"Links and submodules are not followed: commit the %s "
		"itself.",
		what);
	return gm_fail_at(s->err, named(s, path), 0, 0);
}

/* Any permissions will do: nobody runs it. */
static bool is_file(const struct gm_entry *entry)
{
	return (entry->mode & 0170000) == 0100000;
}

static int read_blob(struct gm_str *out, const struct source *s,
		     const struct gm_entry *entry, const char *path)
{
	if (!is_file(entry))
		return not_a(s, path, "file");
	if (gm_blob_read(out, s->a, s->r, &entry->oid, GM_SIGNERS_MAX,
			 s->err) == 0)
		return 0;
	if (s->err->code == GM_ELIMIT)
		s->err->code = GM_EPOLICY;
	return gm_fail_at(s->err, named(s, path), 0, 0);
}

static int read_ssh(const struct source *s)
{
	struct gm_entry entry;
	struct gm_str text;
	int found = gm_tree_find(&entry, s->a, s->r, s->tree,
				 gm_str(GM_SIGNERS_PATH), s->err);

	if (found <= 0)
		return found;
	if (read_blob(&text, s, &entry, GM_SIGNERS_PATH) < 0)
		return -1;
	return gm_signers_add_ssh(s->out, s->a, named(s, GM_SIGNERS_PATH), text,
				  s->err);
}

static int read_one_gpg(const struct source *s, const struct gm_entry *entry)
{
	const char *path = gm_printf(s->a, "%s/%.*s", GM_KEYS_DIR,
				     (int)entry->name.len, entry->name.ptr);
	struct gm_str text, principal;

	if (entry->name.ptr[0] == '.')
		return 0;
	if (!gm_str_ends(entry->name, ASC)) {
		gm_fail(s->err, GM_EPOLICY,
			"this is no key: its name does not "
			"end in .asc");
		gm_hint(s->err, "Only <principal>.asc may be there.");
		return gm_fail_at(s->err, named(s, path), 0, 0);
	}
	if (read_blob(&text, s, entry, path) < 0)
		return -1;
	principal = gm_str_sub(entry->name, 0, entry->name.len - ASC.len);
	return gm_signers_add_gpg(s->out, s->a, named(s, path),
				  gm_str_dup(s->a, principal), text, s->err);
}

static int read_gpg(const struct source *s)
{
	struct gm_entries entries = { 0 };
	struct gm_entry entry;
	int found = gm_tree_find(&entry, s->a, s->r, s->tree,
				 gm_str(GM_KEYS_DIR), s->err);

	if (found <= 0)
		return found;
	if (entry.mode != GM_MODE_TREE)
		return not_a(s, GM_KEYS_DIR, "directory");
	if (gm_tree_read(&entries, s->a, s->r, &entry.oid, s->err) < 0)
		return -1;
	for (size_t i = 0; i < entries.n; i++)
		if (read_one_gpg(s, &entries.items[i]) < 0)
			return -1;
	return 0;
}

int gm_signers_read(struct gm_signers *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *commit,
		    const char *where, struct gm_err *err)
{
	struct gm_signers signers = { 0 };
	struct gm_entry entry;
	struct gm_commit c;
	struct source s = { &signers, a, r, &c.tree, where, err };
	int found;

	if (gm_commit_read(&c, a, r, commit, err) < 0)
		return -1;
	found = gm_tree_find(&entry, a, r, &c.tree, GM_STR(".migrate"), err);
	if (found < 0)
		return -1;
	if (found && entry.mode != GM_MODE_TREE)
		return not_a(&s, ".migrate", "directory");
	if (found && (read_ssh(&s) < 0 || read_gpg(&s) < 0))
		return -1;
	*out = signers;
	return 0;
}

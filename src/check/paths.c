/* Names, modes and attributes: is a migration file what it seems? */
#include <unistd.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "check/judge.h"
#include "git/attr.h"

/* Migrations directories larger than this are not judged at all. */
#define TREE_MAX 1000000
/* What file systems take, and what fits into a record, however escaped. */
#define NAME_BYTES 255
#define PATH_BYTES 1024

static struct gm_finding *find(struct gm_judge *j,
			       const struct gm_judged_commit *c,
			       enum gm_rule rule, struct gm_str path,
			       const char *message, const char *hint)
{
	struct gm_finding *found =
		gm_find(&j->result->findings, rule, "%s", message);

	gm_judge_blame(c, found);
	found->path = gm_str(gm_str_dup(j->arena, path));
	found->hint = hint;
	return found;
}

/* What is odd about the bytes of a path, in words; NULL when nothing is. */
static const char *odd_bytes(struct gm_judge *j, struct gm_str path)
{
	size_t bad;

	if (!gm_utf8_valid(path, &bad))
		return "the path is not valid UTF-8";
	for (size_t at = 0; at < path.len;) {
		uint32_t c = gm_utf8_next(path, &at);

		if (c < 0x20 || c == 0x7f)
			return "the path holds a control character";
		if (gm_utf8_deceives(c))
			return gm_printf(j->arena,
					 "the path holds the invisible or"
					 " reordering character U+%04X",
					 (unsigned)c);
		if (gm_utf8_mimics(c))
			return gm_printf(j->arena,
					 "the path holds U+%04X, which looks"
					 " like '%c'",
					 (unsigned)c, gm_utf8_mimics(c));
		if (c == '\\')
			return "the path holds a backslash";
	}
	if (!gm_utf8_is_nfc(path))
		return "the path is not in Unicode normal form C";
	return NULL;
}

/* Components that some file systems take for another name. */
static const char *odd_component(struct gm_str path)
{
	struct gm_str part;

	while (gm_str_split(&part, &path, '/')) {
		char last = part.len ? part.ptr[part.len - 1] : 0;

		if (part.len > NAME_BYTES)
			return "a component of the path is longer than 255"
			       " bytes";
		if (last == '.' || last == ' ')
			return "a component of the path ends in a dot or a"
			       " space";
		for (size_t i = 0; i + 1 < part.len; i++)
			if (part.ptr[i] == '~' && part.ptr[i + 1] >= '0' &&
			    part.ptr[i + 1] <= '9')
				return "the path looks like a short file name"
				       " of Windows (~1)";
	}
	return NULL;
}

void gm_judge_path(struct gm_judge *j, const struct gm_judged_commit *c,
		   const struct gm_change *change)
{
	const char *odd;

	if (change->new_mode == GM_MODE_NONE)
		return;
	odd = change->path.len > PATH_BYTES
		      ? "the path is longer than 1024 bytes"
		      : odd_bytes(j, change->path);
	if (!odd)
		odd = odd_component(change->path);
	if (odd)
		find(j, c, GM_RULE_UNSAFE_PATH, change->path, odd,
		     "Rename it, with plain letters, digits, '_', '-' and"
		     " '.'.");
	if (change->new_mode == GM_MODE_LINK)
		find(j, c, GM_RULE_UNSAFE_PATH, change->path,
		     "a symbolic link stands among the migrations",
		     "Commit the file itself.");
	else if (change->new_mode == GM_MODE_GITLINK)
		find(j, c, GM_RULE_UNSAFE_PATH, change->path,
		     "a submodule stands among the migrations",
		     "Commit the files themselves.");
	else if (change->new_mode != GM_MODE_FILE &&
		 change->new_mode != GM_MODE_EXEC)
		find(j, c, GM_RULE_UNSAFE_PATH, change->path,
		     gm_printf(j->arena,
			       "the file mode %06o is not one git"
			       " writes",
			       change->new_mode),
		     "Commit it as a plain file.");
}

/* Each directory from the root down to `path` must be a real one. */
static int judge_components(struct gm_judge *j,
			    const struct gm_judged_commit *tip,
			    struct gm_str path, struct gm_err *err)
{
	struct gm_str rest = path, part;
	size_t end = 0;

	while (gm_str_split(&part, &rest, '/')) {
		struct gm_str dir;
		struct gm_entry entry;
		int found;

		end = (size_t)(part.ptr - path.ptr) + part.len;
		dir = gm_str_sub(path, 0, end);
		found = gm_tree_find(&entry, j->scratch, j->repo,
				     &tip->commit.tree, dir, err);
		if (found < 0)
			return -1;
		if (!found)
			return 0;
		if (entry.mode == GM_MODE_TREE)
			continue;
		find(j, tip, GM_RULE_UNSAFE_PATH, dir,
		     entry.mode == GM_MODE_LINK
			     ? "the migrations directory is, or lies behind, a"
			       " symbolic link"
		     : entry.mode == GM_MODE_GITLINK
			     ? "the migrations directory is, or lies in, a"
			       " submodule"
			     : "the migrations directory is a file",
		     "Make it a plain directory, or name the real one in the"
		     " policy.");
		return 0;
	}
	return 0;
}

/* Two names that fold to the same are one file on some file system. */
static void judge_twin(struct gm_judge *j, const struct gm_judged_commit *tip,
		       struct gm_map *seen, struct gm_str path)
{
	struct gm_str folded = gm_path_fold(j->scratch, path);
	struct gm_str *first = gm_map_get(seen, folded);

	if (!first) {
		first = gm_alloc(j->scratch, sizeof(*first));
		*first = path;
		if (!folded.ptr)
			folded.ptr = "";
		gm_map_set(seen, folded, first);
		return;
	}
	if (gm_str_eq(*first, path))
		return;
	find(j, tip, GM_RULE_UNSAFE_PATH, path,
	     gm_printf(j->arena,
		       "the name is the same file as '%.*s' where case or"
		       " Unicode form does not count",
		       (int)first->len, first->ptr),
	     "Keep one of both names.");
}

/* Folding makes a slash of a backslash, as Windows does. */
static bool is_or_below(struct gm_str folded, struct gm_str own)
{
	return gm_str_starts(folded, own) &&
	       (folded.len == own.len || folded.ptr[own.len] == '/');
}

static bool is_hex(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return true;
}

/*
 * Could a file system make this name up for one that is longer, or begins with
 * a dot?  Windows keeps up to six of its letters, or two and a checksum, in
 * front of "~1".
 */
static bool is_short_name(struct gm_str folded, struct gm_str own)
{
	size_t tilde = gm_str_find(folded, '~');
	struct gm_str kept = gm_str_sub(folded, 0, tilde);
	bool dot = gm_str_starts(own, GM_STR("."));

	own = gm_str_sub(own, dot, own.len);
	if ((!dot && own.len <= 8) || tilde < 2 || tilde > 6 ||
	    tilde + 1 >= folded.len || folded.ptr[tilde + 1] < '0' ||
	    folded.ptr[tilde + 1] > '9')
		return false;
	return gm_str_starts(own, kept) ||
	       (tilde == 6 && gm_str_starts(folded, gm_str_sub(own, 0, 2)) &&
		is_hex(gm_str_sub(folded, 2, 6)));
}

/* Does a file system take the one for the other?  `own` is folded. */
static bool is_taken_for(struct gm_arena *a, struct gm_str name,
			 struct gm_str own)
{
	struct gm_str folded = gm_path_fold(a, name);

	/* Behind a colon Windows names a stream of the same. */
	folded = gm_str_sub(folded, 0, gm_str_find(folded, ':'));
	return is_or_below(folded, own) || is_short_name(folded, own);
}

/* The names beside each component of the way to a migrations directory. */
static int judge_siblings(struct gm_judge *j,
			  const struct gm_judged_commit *tip,
			  struct gm_str path, struct gm_err *err)
{
	struct gm_str rest = path, part;

	while (gm_str_split(&part, &rest, '/')) {
		size_t start = (size_t)(part.ptr - path.ptr);
		struct gm_str above =
			gm_str_sub(path, 0, start ? start - 1 : 0);
		struct gm_str own = gm_path_fold(j->scratch, part);
		struct gm_entries entries = { 0 };
		struct gm_entry dir;
		int found = gm_tree_find(&dir, j->scratch, j->repo,
					 &tip->commit.tree, above, err);

		if (found < 0)
			return -1;
		if (!found || dir.mode != GM_MODE_TREE)
			return 0;
		if (gm_tree_read(&entries, j->scratch, j->repo, &dir.oid, err) <
		    0)
			return -1;
		for (size_t i = 0; i < entries.n; i++) {
			struct gm_str name = entries.items[i].name;

			if (gm_str_eq(name, part) ||
			    !is_taken_for(j->scratch, name, own))
				continue;
			find(j, tip, GM_RULE_UNSAFE_PATH, name,
			     gm_printf(j->arena,
				       "the name is the same directory as"
				       " '%.*s' on some file systems",
				       (int)part.len, part.ptr),
			     "Keep one of both names.");
		}
	}
	return 0;
}

/*
 * Where case does not count, a twin of the policy's directory is checked out
 * over it: whoever works there goes by another policy, and commits it.
 */
static int judge_policy_twin(struct gm_judge *j,
			     const struct gm_judged_commit *tip,
			     struct gm_err *err)
{
	struct gm_str own = GM_STR(".migrate");
	struct gm_entries entries = { 0 };

	if (gm_tree_read(&entries, j->scratch, j->repo, &tip->commit.tree,
			 err) < 0)
		return -1;
	for (size_t i = 0; i < entries.n; i++) {
		struct gm_str name = entries.items[i].name;

		if (!gm_str_eq(name, own) &&
		    is_taken_for(j->scratch, name, own))
			find(j, tip, GM_RULE_POLICY_CHANGE, name,
			     "the name is the same directory as '.migrate',"
			     " which holds the policy, on some file systems",
			     "Take it away: the policy is changed in"
			     " '.migrate', in a commit of its own.");
	}
	return 0;
}

static int judge_names(struct gm_judge *j, const struct gm_judged_commit *tip,
		       const struct gm_root *root, bool *attributes,
		       struct gm_err *err)
{
	struct gm_map seen = gm_map(j->scratch);
	struct gm_files files = { 0 };

	if (gm_tree_files(&files, j->scratch, j->repo, &tip->commit.tree,
			  root->path, TREE_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		judge_twin(j, tip, &seen, files.items[i].path);
		*attributes |= gm_str_ends(files.items[i].path,
					   GM_STR(".gitattributes"));
	}
	return 0;
}

/* Is there any file of attributes above a directory, or beside the tree? */
static int attributes_above(struct gm_judge *j,
			    const struct gm_judged_commit *tip,
			    struct gm_str root, struct gm_err *err)
{
	const char *info = gm_printf(j->scratch, "%s/info/attributes",
				     gm_repo_commondir(j->repo));
	size_t end = 0;

	if (access(info, F_OK) == 0)
		return 1;
	for (;;) {
		struct gm_str dir = gm_str_sub(root, 0, end);
		const char *path =
			gm_printf(j->scratch, "%.*s%s.gitattributes",
				  (int)dir.len, dir.ptr, dir.len ? "/" : "");
		struct gm_entry entry;
		int found = gm_tree_find(&entry, j->scratch, j->repo,
					 &tip->commit.tree, gm_str(path), err);

		if (found)
			return found;
		if (end >= root.len)
			return 0;
		end += end > 0;
		end += gm_str_find(gm_str_sub(root, end, root.len), '/');
	}
}

static int judge_attributes(struct gm_judge *j,
			    const struct gm_judged_commit *tip,
			    const struct gm_migration *m, struct gm_err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		const char *what;
		int found = gm_attr_transforms(&what, j->scratch, j->repo,
					       &tip->commit.oid,
					       m->files[i].path, err);

		if (found < 0)
			return -1;
		if (found)
			find(j, tip, GM_RULE_UNSAFE_CONTENT, m->files[i].path,
			     gm_printf(j->arena,
				       "the attribute '%s' makes what is"
				       " deployed differ from what is reviewed",
				       what),
			     "Set '-text -filter -ident -export-subst"
			     " -export-ignore' for the migrations in"
			     " .gitattributes.");
	}
	return 0;
}

int gm_judge_way(struct gm_judge *j, const struct gm_judged_commit *tip,
		 struct gm_err *err)
{
	if (judge_policy_twin(j, tip, err) < 0)
		return -1;
	for (size_t i = 0; i < j->cx->roots.n; i++) {
		struct gm_str path = j->cx->roots.items[i].path;

		/* A repository that is one migrations directory has none. */
		if (path.len && (judge_components(j, tip, path, err) < 0 ||
				 judge_siblings(j, tip, path, err) < 0))
			return -1;
	}
	return 0;
}

int gm_judge_tree(struct gm_judge *j, const struct gm_judged_commit *tip,
		  const struct gm_set *set, bool all_attributes,
		  struct gm_err *err)
{
	bool attributes = false;

	for (size_t i = 0; i < j->cx->roots.n; i++) {
		const struct gm_root *root = &j->cx->roots.items[i];
		int above = attributes_above(j, tip, root->path, err);

		if (above < 0 ||
		    judge_names(j, tip, root, &attributes, err) < 0)
			return -1;
		attributes |= above;
	}
	/* The index has no commit whose attributes could be read. */
	for (size_t i = 0; i < set->n && attributes && tip->hex; i++) {
		const struct gm_migration *m = set->items[i];

		if ((all_attributes ||
		     gm_map_get(&j->pending, gm_judge_key(j->scratch, m->root,
							  gm_str(m->id)))) &&
		    judge_attributes(j, tip, set->items[i], err) < 0)
			return -1;
	}
	return 0;
}

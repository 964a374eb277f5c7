#include "cmd/trailers_file.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "cmd/message.h"
#include "git/index.h"
#include "git/object.h"
#include "migration/meta.h"

#define FILE_MAX ((size_t)1 << 20)
#define MESSAGE_MAX ((size_t)4 << 20)
#define SQL_MAX ((size_t)4 << 20)

struct entry {
	struct gm_str text; /* the paragraph as it stands in the file */
	struct gm_strings paths;
	struct gm_trailers trailers;
};

struct entries {
	struct entry *items;
	size_t n, cap;
};

static const char *file_path(struct gm_arena *a, const struct gm_repo *r)
{
	return gm_printf(a, "%s/migrate-trailers", gm_repo_gitdir(r));
}

/* Lines of any other form are skipped: nobody has to write this file. */
static void read_line(struct entry *e, struct gm_arena *a, struct gm_str line)
{
	size_t colon = gm_str_find(line, ':');
	struct gm_trailer *t;

	if (gm_str_starts(line, GM_STR("path "))) {
		*GM_PUSH(a, &e->paths) =
			gm_str_dup(a, gm_str_sub(line, 5, line.len));
		return;
	}
	if (colon == line.len || !colon)
		return;
	t = GM_PUSH(a, &e->trailers);
	t->key = gm_str_sub(line, 0, colon);
	t->value = gm_str_trim(gm_str_sub(line, colon + 1, line.len));
}

static int read_file(struct entries *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_err *err)
{
	struct gm_err missing = GM_ERR_INIT;
	struct entry *e = NULL;
	struct gm_str rest, line;

	if (gm_file_read(&rest, a, file_path(a, r), FILE_MAX, &missing) < 0) {
		if (missing.code == GM_ENOT_FOUND)
			return 0;
		*err = missing;
		return -1;
	}
	while (gm_str_line(&line, &rest)) {
		if (!line.len) {
			e = NULL;
			continue;
		}
		if (!e) {
			e = GM_PUSH(a, out);
			e->text.ptr = line.ptr;
		}
		e->text.len = (size_t)(line.ptr + line.len - e->text.ptr);
		read_line(e, a, line);
	}
	return 0;
}

static int write_file(struct gm_arena *a, const struct gm_repo *r,
		      const struct entries *entries, struct gm_err *err)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < entries->n; i++) {
		gm_buf_str(&out, entries->items[i].text);
		gm_buf_puts(&out, "\n\n");
	}
	return gm_file_write(file_path(a, r), gm_buf_view(&out), 0644, false,
			     err);
}

int gm_trailers_file_save(struct gm_arena *a, const struct gm_repo *r,
			  const struct gm_strings *paths,
			  const struct gm_trailers *trailers,
			  struct gm_err *err)
{
	struct entries entries = { 0 };
	struct gm_buf text = gm_buf(a);

	if (read_file(&entries, a, r, err) < 0)
		return -1;
	for (size_t i = 0; i < paths->n; i++)
		gm_buf_printf(&text, "path %s\n", paths->items[i]);
	for (size_t i = 0; i < trailers->n; i++) {
		gm_buf_str(&text, trailers->items[i].key);
		gm_buf_puts(&text, ": ");
		gm_buf_str(&text, trailers->items[i].value);
		gm_buf_putc(&text, '\n');
	}
	GM_PUSH(a, &entries)->text = gm_str_trim(gm_buf_view(&text));
	return write_file(a, r, &entries, err);
}

/* How many of the paths are in this tree; -1 on error. */
static int count(struct gm_arena *a, const struct gm_repo *r,
		 const struct gm_oid *tree, const struct gm_strings *paths,
		 struct gm_err *err)
{
	struct gm_entry entry;
	int n = 0;

	for (size_t i = 0; i < paths->n; i++) {
		int found = gm_tree_find(&entry, a, r, tree,
					 gm_str(paths->items[i]), err);

		if (found < 0)
			return -1;
		n += found;
	}
	return n;
}

/* Nothing of it lies in the work tree any more. */
static bool given_up(struct gm_arena *a, const struct gm_repo *r,
		     const struct entry *e)
{
	const char *top = gm_repo_worktree(r);
	struct stat st;

	for (size_t i = 0; top && i < e->paths.n; i++)
		if (lstat(gm_printf(a, "%s/%s", top, e->paths.items[i]), &st) ==
		    0)
			return false;
	return true;
}

/* What the staged up SQL, the first path, says at its top. */
static int read_header(struct gm_meta *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_oid *tree,
		       const struct entry *e, struct gm_err *err)
{
	struct gm_findings ignored = gm_findings(a, NULL);
	struct gm_str path = gm_str(e->paths.items[0]), text;
	struct gm_entry entry;
	int found = gm_tree_find(&entry, a, r, tree, path, err);

	if (found <= 0 || entry.mode == GM_MODE_TREE ||
	    entry.mode == GM_MODE_GITLINK)
		return found < 0 ? -1 : 0;
	if (gm_blob_read(&text, a, r, &entry.oid, SQL_MAX, err) < 0)
		return -1;
	gm_meta_from_sql(out, a, path, text, &ignored);
	return 0;
}

/* The value of a trailer, with the header's word going first. */
static const char *value_of(struct gm_arena *a, const struct gm_trailer *t,
			    const struct gm_meta *m)
{
	const char *said = NULL;

	if (gm_str_ieq(t->key, GM_STR("Migration-Phase")))
		said = gm_phase_name(m->phase);
	else if (gm_str_ieq(t->key, GM_STR("Migration-Contracts")))
		said = m->contracts;
	else if (gm_str_ieq(t->key, GM_STR("Rollback-Window")) && m->window)
		said = gm_duration_format(a, m->window);
	else if (gm_str_ieq(t->key, GM_STR("Rollback-Owner")))
		said = m->owner;
	else if (gm_str_ieq(t->key, GM_STR("Feature-Flag")))
		said = m->flag;
	return said ? said : gm_str_dup(a, t->value);
}

static bool names(struct gm_arena *a, struct gm_str message,
		  const struct entry *e)
{
	struct gm_trailers there = { 0 };

	gm_trailers_parse(&there, a, message);
	for (size_t i = 0; i < there.n; i++)
		for (size_t k = 0; k < e->trailers.n; k++)
			if (gm_str_ieq(there.items[i].key,
				       GM_STR("Migration")) &&
			    gm_str_ieq(e->trailers.items[k].key,
				       GM_STR("Migration")) &&
			    gm_str_eq(there.items[i].value,
				      e->trailers.items[k].value))
				return true;
	return false;
}

static int add(struct gm_str *message, struct gm_arena *a,
	       const struct gm_repo *r, const struct gm_oid *tree,
	       const struct entry *e, struct gm_err *err)
{
	struct gm_meta header = { 0 };

	if (names(a, *message, e))
		return 0;
	if (read_header(&header, a, r, tree, e, err) < 0)
		return -1;
	for (size_t i = 0; i < e->trailers.n; i++)
		*message = gm_trailer_add(
			a, *message, gm_str_dup(a, e->trailers.items[i].key),
			value_of(a, &e->trailers.items[i], &header));
	return 0;
}

int gm_trailers_file_apply(struct gm_arena *a, struct gm_repo *r,
			   const char *message, struct gm_err *err)
{
	struct entries entries = { 0 }, left = { 0 };
	struct gm_commit head;
	struct gm_oid staged;
	struct gm_str before, after, tail;
	size_t end = 0;
	int has_head;

	if (read_file(&entries, a, r, err) < 0)
		return -1;
	if (!entries.n)
		return 0;
	if (gm_file_read(&before, a, message, MESSAGE_MAX, err) < 0 ||
	    gm_message_end(&end, a, r, before, err) < 0 ||
	    gm_index_tree(&staged, r, err) < 0 ||
	    (has_head = gm_commit_head(&head, a, r, err)) < 0)
		return -1;
	tail = gm_str_sub(before, end, before.len);
	before.len = end;
	after = before;
	for (size_t i = 0; i < entries.n; i++) {
		struct entry *e = &entries.items[i];
		int old =
			has_head ? count(a, r, &head.tree, &e->paths, err) : 0;
		int now = count(a, r, &staged, &e->paths, err);

		if (old < 0 || now < 0)
			return -1;
		if (old || (!now && given_up(a, r, e)))
			continue;
		*GM_PUSH(a, &left) = *e;
		if (now && add(&after, a, r, &staged, e, err) < 0)
			return -1;
	}
	if (left.n != entries.n && write_file(a, r, &left, err) < 0)
		return -1;
	if (gm_str_eq(before, after))
		return 0;
	return gm_file_write(
		message,
		gm_str(gm_printf(a, "%.*s%.*s", (int)after.len, after.ptr,
				 (int)tail.len, tail.ptr)),
		0644, false, err);
}

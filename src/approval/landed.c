#include "approval/landed.h"

#include <stdlib.h>
#include <string.h>

#include "git/ref.h"

/* One line a landing of a path on a ref: a note is small. */
#define NOTE_MAX ((size_t)16 << 20)

static struct gm_record record_of(const struct gm_landed *l)
{
	return (struct gm_record){
		.kind = GM_RECORD_LANDED,
		.project = l->project,
		.path = l->path,
		.digest = l->digest,
		.phase = l->phase,
		.class_ = l->class_,
		.ref = l->ref,
		.env = "*",
		.role = "server",
		.signer = "server",
		.at = l->at,
		.until = l->until,
		.nonce = l->nonce,
	};
}

static bool decode(struct gm_landed *out, struct gm_arena *a,
		   struct gm_str line)
{
	struct gm_record r;
	const char *why;

	if (!gm_record_decode(&r, &why, a, line) || r.kind != GM_RECORD_LANDED)
		return false;
	*out = (struct gm_landed){
		.project = r.project,
		.path = r.path,
		.digest = r.digest,
		.phase = r.phase,
		.class_ = r.class_,
		.ref = r.ref,
		.at = r.at,
		.until = r.until,
		.nonce = r.nonce,
	};
	return true;
}

/* --- reading --- */

static int compare_key(const struct gm_landed *l, const char *path,
		       const char *ref)
{
	int order = strcmp(l->path, path);

	return order ? order : strcmp(l->ref, ref);
}

static int compare(const void *x, const void *y)
{
	const struct gm_landed *one = x, *two = y;
	int order = compare_key(one, two->path, two->ref);

	if (order)
		return order;
	if (one->at != two->at)
		return one->at < two->at ? -1 : 1;
	return strcmp(one->nonce, two->nonce);
}

static int damaged(struct gm_err *err, const char *ref,
		   const struct gm_note *note, size_t line)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	gm_fail(err, GM_EINPUT,
		"line %zu of the note on %s in %s is no record of the server",
		line, gm_oid_hex(&a, &note->on), ref);
	return gm_hint(err, "Only the server's post-receive hook writes there;"
			    " take the ref back to its last good commit.");
}

static int read_note(struct gm_landed_list *list, struct gm_arena *a,
		     const struct gm_repo *r, const char *ref,
		     const struct gm_note *note, struct gm_err *err)
{
	struct gm_str text, line;

	if (gm_blob_read(&text, a, r, &note->blob, NOTE_MAX, err) < 0)
		return -1;
	for (size_t n = 1; gm_str_line(&line, &text); n++) {
		struct gm_landed l;

		/* git-notes puts blank lines between what it appends. */
		if (!line.len)
			continue;
		if (!decode(&l, a, line))
			return damaged(err, ref, note, n);
		l.on = note->on;
		*GM_PUSH(a, list) = l;
	}
	return 0;
}

int gm_landed_read(struct gm_landed_list *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err)
{
	struct gm_landed_list list = { 0 };
	struct gm_notes notes = { 0 };
	struct gm_oid tip;
	int found = gm_ref_get(&tip, r, GM_LANDED_REF, err);

	if (found < 0)
		return -1;
	if (found && gm_notes_read(&notes, a, r, &tip, err) < 0)
		return gm_fail_in(err, GM_LANDED_REF);
	for (size_t i = 0; i < notes.n; i++)
		if (read_note(&list, a, r, GM_LANDED_REF, &notes.items[i],
			      err) < 0)
			return -1;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare);
	*out = list;
	return 0;
}

int gm_landed_at(struct gm_landed_list *out, struct gm_arena *a,
		 const struct gm_repo *r, const char *ref,
		 const struct gm_oid *tip, const struct gm_oid *on,
		 struct gm_err *err)
{
	struct gm_landed_list list = *out;
	struct gm_note note = { .on = *on };
	int found = gm_notes_find_one(&note.blob, a, r, tip, on, err);

	if (found < 0)
		return gm_fail_in(err, "%s", ref);
	if (found && read_note(&list, a, r, ref, &note, err) < 0)
		return -1;
	*out = list;
	return 0;
}

int gm_landed_on(struct gm_landed_list *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *on,
		 struct gm_err *err)
{
	struct gm_landed_list list = { 0 };
	struct gm_oid tip;
	int found = gm_ref_get(&tip, r, GM_LANDED_REF, err);

	if (found < 0 || (found && gm_landed_at(&list, a, r, GM_LANDED_REF,
						&tip, on, err) < 0))
		return -1;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare);
	*out = list;
	return 0;
}

int gm_landed_added(struct gm_oid *on, const char **why, struct gm_arena *a,
		    const struct gm_repo *r, const char *project,
		    const struct gm_oid *old, const struct gm_oid *new_,
		    struct gm_err *err)
{
	struct gm_note_lines lines;

	if (gm_notes_added(&lines, a, r, old, new_, err) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		struct gm_landed l;
		bool read = decode(&l, a, gm_str(lines.items[i].line));

		if (read && !strcmp(l.project, project))
			continue;
		*on = lines.items[i].on;
		*why = read ? "it is of another project"
			    : "it is not written as a server writes it";
		return 1;
	}
	return 0;
}

const struct gm_landed *gm_landed_find(const struct gm_landed_list *list,
				       const char *path, const char *ref)
{
	size_t from = 0, to = list->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare_key(&list->items[middle], path, ref) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < list->n && !compare_key(&list->items[from], path, ref))
		return &list->items[from];
	return NULL;
}

/* --- writing --- */

/* With its nonce, as it will be read again. */
static int write_line(struct gm_note_line *out, struct gm_arena *a,
		      const struct gm_landed *l, const struct gm_oid *on,
		      struct gm_err *err)
{
	struct gm_record record = record_of(l);

	if (!record.nonce && gm_record_nonce(&record, a, err) < 0)
		return -1;
	out->on = *on;
	if (gm_record_encode(&out->line, a, &record, err) < 0)
		return gm_fail_in(err,
				  "what landed as '%.200s' on '%.200s' makes no"
				  " proper record",
				  l->path, l->ref);
	return 0;
}

int gm_landed_append(struct gm_repo *r, const struct gm_landed *items,
		     const struct gm_oid *on, size_t n, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_note_line *lines = gm_alloc_n(&a, n, sizeof(*lines));
	struct gm_err odd = GM_ERR_INIT;
	size_t written = 0;

	for (size_t i = 0; i < n; i++) {
		struct gm_err why = GM_ERR_INIT;

		if (!write_line(&lines[written], &a, &items[i], &on[i], &why))
			written++;
		else if (!odd.code)
			odd = why;
	}
	if (written && gm_notes_append(r, GM_LANDED_REF, lines, written,
				       "Record what has landed", err) < 0)
		return -1;
	if (!odd.code)
		return 0;
	*err = odd;
	return -1;
}

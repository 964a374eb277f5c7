#include "approval/store.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "git/ref.h"

const char *gm_bad_line_words(struct gm_arena *a, const struct gm_bad_line *bad)
{
	return gm_printf(a, "line %zu of the note on %s in %s is no record: %s",
			 bad->line, gm_oid_hex(a, &bad->on), bad->ref,
			 bad->why);
}

int gm_bad_line_fail(const struct gm_bad_line *bad, const char *hint,
		     struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	gm_fail(err, GM_EINPUT, "%s", gm_bad_line_words(&a, bad));
	return gm_hint(err,
		       "%s: have an administrator take the ref back to its last"
		       " good commit.",
		       hint);
}
#define NOTES "refs/notes"

struct adder {
	struct gm_records *out;
	struct gm_arena *a;
	const struct gm_repo *r;
	const char *ref;
	struct gm_map known; /* lines and what they hang on */
};

static struct gm_str key_of(struct gm_arena *a, const struct gm_record *r)
{
	struct gm_buf key = gm_buf(a);

	gm_buf_add(&key, r->id, GM_SHA256_HEX);
	gm_buf_str(&key, gm_oid_key(&r->on));
	return gm_buf_view(&key);
}

static struct adder adder(struct gm_records *out, struct gm_arena *a,
			  const struct gm_repo *r, const char *ref,
			  struct gm_arena *scratch)
{
	struct adder p = { .out = out, .a = a, .r = r, .ref = ref };

	p.known = gm_map(scratch);
	for (size_t i = 0; i < out->n; i++)
		gm_map_set(&p.known, key_of(scratch, &out->items[i]), out);
	return p;
}

/* Is this the ref of that kind, here or as it was fetched? */
static bool belongs(enum gm_record_kind kind, const char *ref)
{
	return gm_str_ends(gm_str(ref),
			   gm_str(gm_record_ref(kind) + sizeof(NOTES) - 1));
}

static void add_bad(struct adder *p, const struct gm_oid *on, size_t line,
		    const char *why)
{
	struct gm_records *out = p->out;

	gm_grow(p->a, (void **)&out->bad, out->n_bad, &out->cap_bad,
		sizeof(*out->bad));
	out->bad[out->n_bad++] = (struct gm_bad_line){
		.ref = gm_strdup(p->a, p->ref),
		.on = *on,
		.line = line,
		.why = why,
	};
}

static void add_line(struct adder *p, const struct gm_oid *on, size_t number,
		     struct gm_str line)
{
	struct gm_record r;
	struct gm_str key;
	const char *why;

	if (!gm_record_decode(&r, &why, p->a, line)) {
		add_bad(p, on, number, why);
		return;
	}
	if (!belongs(r.kind, p->ref)) {
		add_bad(p, on, number,
			gm_printf(p->a, "'%s' does not belong in this ref",
				  gm_record_kind_name(r.kind)));
		return;
	}
	r.on = *on;
	key = key_of(p->known.arena, &r);
	if (gm_map_get(&p->known, key))
		return;
	gm_map_set(&p->known, key, p->out);
	*GM_PUSH(p->a, p->out) = r;
}

static int add_note(struct adder *p, const struct gm_oid *on,
		    const struct gm_oid *blob, struct gm_err *err)
{
	struct gm_str text, rest, line;
	size_t lines = 0;

	if (gm_blob_read(&text, p->known.arena, p->r, blob, GM_NOTE_MAX, err) <
	    0)
		return -1;
	for (rest = text; gm_str_line(&line, &rest);)
		lines += line.len > 0;
	if (lines > GM_RECORDS_PER_NOTE)
		return gm_fail(err, GM_ELIMIT,
			       "the note on %s has %zu lines, the limit is %d",
			       gm_oid_hex(p->a, on), lines,
			       GM_RECORDS_PER_NOTE);
	/* git-notes puts blank lines between what it appends. */
	rest = text;
	for (size_t n = 1; gm_str_line(&line, &rest); n++)
		if (line.len)
			add_line(p, on, n, line);
	return 0;
}

int gm_records_on(struct gm_records *out, struct gm_arena *a,
		  const struct gm_repo *r, const char *ref,
		  const struct gm_oid *tip, const struct gm_oid *on,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_records added = *out;
	struct adder p = adder(&added, a, r, ref, &scratch);
	struct gm_oid blob;
	int found = gm_notes_find_one(&blob, &scratch, r, tip, on, err);

	if (found < 0 || (found && add_note(&p, on, &blob, err) < 0))
		return gm_fail_in(err, "%s", ref);
	*out = added;
	return 0;
}

int gm_records_all(struct gm_records *out, struct gm_arena *a,
		   const struct gm_repo *r, const char *ref,
		   const struct gm_oid *tip, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_records added = *out;
	struct adder p = adder(&added, a, r, ref, &scratch);
	struct gm_notes notes;

	if (gm_notes_read(&notes, &scratch, r, tip, err) < 0)
		return gm_fail_in(err, "%s", ref);
	for (size_t i = 0; i < notes.n; i++)
		if (add_note(&p, &notes.items[i].on, &notes.items[i].blob,
			     err) < 0)
			return gm_fail_in(err, "%s", ref);
	*out = added;
	return 0;
}

/* Is there room for one line more? */
static int check_room(struct gm_arena *a, const struct gm_repo *r,
		      const char *ref, const struct gm_oid *on,
		      struct gm_err *err)
{
	struct gm_records there = { 0 };
	struct gm_oid tip;
	int found = gm_ref_get(&tip, r, ref, err);

	if (found <= 0)
		return found;
	if (gm_records_on(&there, a, r, ref, &tip, on, err) < 0)
		return -1;
	if (there.n + there.n_bad >= GM_RECORDS_PER_NOTE)
		return gm_fail(err, GM_ELIMIT,
			       "there are %d records on %s already, which is "
			       "the limit",
			       GM_RECORDS_PER_NOTE, gm_oid_hex(a, on));
	return 0;
}

int gm_record_append(struct gm_repo *r, const struct gm_oid *on,
		     const struct gm_record *record, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *ref = gm_record_ref(record->kind);
	struct gm_note_line line = { .on = *on };
	const char *message;

	if (gm_record_encode(&line.line, &a, record, err) < 0 ||
	    check_room(&a, r, ref, on, err) < 0)
		return -1;
	message = gm_printf(&a, "Add a record: %s",
			    gm_record_kind_name(record->kind));
	return gm_notes_append(r, ref, &line, 1, message, err);
}

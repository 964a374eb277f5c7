#include "approval/approvals.h"

#include <string.h>

#include "approval/source.h"
#include "base/buf.h"
#include "base/map.h"

#define BAD_MAX 16
#define WRITE_ANEW                                                             \
	"Write records with 'git migrate approve'; a new key is first added "  \
	"to the policy's signers."

/* A push to a records ref. */
struct push {
	struct gm_approvals *ap;
	const char *ref;
	const struct gm_oid *tip;
	struct gm_records *bad;
	struct gm_map count; /* object and signer: size_t, of lines there */
	struct gm_map long_; /* objects whose notes take no copies */
};

/* Which line of its note that is; 0: it cannot be said. */
static size_t number_of(struct push *p, const struct gm_note_line *line)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text, one;
	struct gm_oid blob;

	if (gm_notes_find_one(&blob, &a, p->ap->r, p->tip, &line->on,
			      &ignored) <= 0 ||
	    gm_blob_read(&text, &a, p->ap->r, &blob, GM_NOTE_MAX, &ignored) < 0)
		return 0;
	for (size_t n = 1; gm_str_line(&one, &text); n++)
		if (gm_str_is(one, line->line))
			return n;
	return 0;
}

static void refuse(struct push *p, const struct gm_oid *on, size_t line,
		   const char *why, const char *hint)
{
	struct gm_records *bad = p->bad;

	if (bad->n_bad == BAD_MAX)
		return;
	gm_grow(p->ap->a, (void **)&bad->bad, bad->n_bad, &bad->cap_bad,
		sizeof(*bad->bad));
	bad->bad[bad->n_bad++] = (struct gm_bad_line){
		.ref = p->ref,
		.on = *on,
		.line = line,
		.why = why,
		.hint = hint,
	};
}

static void refuse_line(struct push *p, const struct gm_note_line *line,
			const char *why, const char *hint)
{
	if (p->bad->n_bad < BAD_MAX)
		refuse(p, &line->on, number_of(p, line), why, hint);
}

/* What a person has signed on an object, by whatever name of theirs. */
static struct gm_str count_key(const struct push *p, const struct gm_oid *on,
			       struct gm_str signer)
{
	struct gm_buf key = gm_buf(p->ap->a);

	gm_buf_str(&key, gm_oid_key(on));
	gm_buf_str(&key, gm_policy_person(p->ap->from.policy, signer));
	return gm_buf_view(&key);
}

/* Blanks within values are escaped: the first field of that name is it. */
static void count_signer(struct push *p, const struct gm_oid *on,
			 struct gm_str line)
{
	struct gm_str field;

	while (gm_str_split(&field, &line, ' ')) {
		struct gm_str key;
		size_t *n;

		if (!gm_str_starts(field, GM_STR("signer=")))
			continue;
		key = count_key(p, on, gm_str_sub(field, 7, field.len));
		n = gm_map_get(&p->count, key);
		if (!n) {
			n = gm_alloc(p->ap->a, sizeof(*n));
			gm_map_set(&p->count, key, n);
		}
		++*n;
		return;
	}
}

/* Evidence is mostly by one, who repeats what failed. */
static size_t share_of(const char *ref)
{
	return strcmp(ref, GM_EVIDENCE_REF) != 0
		       ? GM_RECORDS_PER_SIGNER
		       : GM_RECORDS_PER_NOTE - GM_RECORDS_PER_SIGNER;
}

/* From here on it is asked whether a line is a copy of one elsewhere. */
static size_t copies_in(const char *ref)
{
	return share_of(ref) / 4;
}

/*
 * Has its signer taken more than a share of the note?  Somebody has to be able
 * to reject, to take back and to close what others have signed.
 */
static bool crowds(const struct push *p, const struct gm_record *r)
{
	const size_t *n =
		gm_map_get(&p->count, count_key(p, &r->on, gm_str(r->signer)));

	return n && *n > share_of(gm_record_ref(r->kind));
}

/* Why this repository does not take such a record, or NULL. */
static const char *misfit(const char **hint, const struct push *p,
			  const struct gm_record *r)
{
	struct gm_approvals *ap = p->ap;

	*hint = WRITE_ANEW;
	if (!gm_source_is(p->ref, gm_record_ref(r->kind)))
		return gm_printf(ap->a, "'%s' does not belong in this ref",
				 gm_record_kind_name(r->kind));
	if (strcmp(r->project, ap->from.policy->project) != 0)
		return "it is of another project";
	*hint = "Wait, and set the clock of the machine that signed it.";
	if (r->at > ap->from.now + GM_CLOCK_SKEW)
		return "it is dated in the future, by the clock of this server";
	*hint = "Push the commit with that file first.";
	if (gm_object_kind(ap->r, &r->on) != GM_OBJECT_BLOB)
		return "it hangs on what is no file of this repository";
	*hint = "Somebody else, who may, has to sign.";
	if (r->kind == GM_RECORD_OVERRIDE &&
	    !gm_source_may_override(ap, r->signer))
		return "its signer may not break the glass";
	if (r->kind == GM_RECORD_CLOSE && !gm_source_may_close(ap, r->signer))
		return "its signer may not close a follow-up";
	if (r->kind == GM_RECORD_EVIDENCE &&
	    !gm_policy_has_role(ap->from.policy, r->role, gm_str(r->signer)))
		return "its signer has not that role";
	if (crowds(p, r))
		return gm_printf(ap->a,
				 "its signer would have more than %zu lines in"
				 " that note",
				 share_of(gm_record_ref(r->kind)));
	return NULL;
}

/*
 * A note must leave room for what others have to say, and nobody answers for
 * what is no record of its own: a line that is empty, or there already.
 */
static int judge_note(struct push *p, const struct gm_note *note,
		      struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_map seen = gm_map(&a);
	struct gm_str text, line;
	size_t lines = 0, blank = 0;
	const char *why = NULL, *hint = "Fetch the server's records, and merge "
					"with 'git notes merge"
					" -s cat_sort_uniq'.";

	if (gm_blob_read(&text, &a, p->ap->r, &note->blob, GM_NOTE_MAX, err) <
	    0)
		return -1;
	while (gm_str_line(&line, &text)) {
		if (!line.len) {
			blank++;
			continue;
		}
		lines++;
		if (gm_map_get(&seen, line))
			why = "it would hold a line twice";
		gm_map_set(&seen, line, p);
		count_signer(p, &note->on, line);
	}
	if (blank > lines)
		why = "it would hold more empty lines than records";
	if (lines > GM_RECORDS_PER_NOTE) {
		why = gm_printf(p->ap->a, "it would hold more than %d lines",
				GM_RECORDS_PER_NOTE);
		hint = "Nothing more can be said of these bytes; what is to be"
		       " approved once more takes others.";
	}
	if (lines > copies_in(p->ref))
		gm_map_set(&p->long_, gm_oid_key(&note->on), p);
	if (why)
		refuse(p, &note->on, 0, why, hint);
	return 0;
}

struct pending {
	const struct gm_record **items;
	size_t n, cap;
	const struct gm_note_line **lines;
};

/* Read each line; those that could be good are left to be verified. */
static void read_lines(struct pending *out, struct push *p,
		       const struct gm_note_lines *lines)
{
	struct gm_arena *a = p->ap->a;

	out->lines = gm_alloc_n(a, lines->n, sizeof(*out->lines));
	for (size_t i = 0; i < lines->n; i++) {
		const struct gm_note_line *line = &lines->items[i];
		struct gm_record *r = gm_alloc(a, sizeof(*r));
		const char *why = NULL, *hint = WRITE_ANEW;

		if (gm_record_decode(r, &why, a, gm_str(line->line))) {
			r->on = line->on;
			why = misfit(&hint, p, r);
		}
		if (why) {
			refuse_line(p, line, why, hint);
			continue;
		}
		out->lines[out->n] = line;
		*GM_PUSH(a, out) = r;
	}
}

static int judge_notes(struct push *p, const struct gm_oid *old,
		       struct gm_err *err)
{
	struct gm_notes notes;

	if (gm_notes_new(&notes, p->ap->a, p->ap->r, old, p->tip, err) < 0)
		return -1;
	if (notes.n > GM_RECORDS_PER_PUSH)
		return gm_fail(err, GM_ELIMIT,
			       "the push changes %zu notes, the limit is %d",
			       notes.n, GM_RECORDS_PER_PUSH);
	for (size_t i = 0; i < notes.n; i++)
		if (judge_note(p, &notes.items[i], err) < 0)
			return -1;
	return 0;
}

/* The added lines that hang on another object than that of this note. */
static int find_copies(struct push *p, const struct gm_map *added,
		       const struct gm_note *note, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text, line;

	if (gm_blob_read(&text, &a, p->ap->r, &note->blob, GM_NOTE_MAX, err) <
	    0)
		return -1;
	while (gm_str_line(&line, &text)) {
		const struct gm_note_line *l = gm_map_get(added, line);

		if (l && !gm_oid_eq(&l->on, &note->on))
			refuse_line(p, l,
				    gm_printf(p->ap->a,
					      "it hangs on %s as well",
					      gm_oid_hex(&a, &note->on)),
				    "Leave it where it was signed.");
	}
	return 0;
}

/*
 * Whoever may push can hang what others have signed on a note that it is not
 * about, and so use up their share of it.  To look for that takes reading all
 * notes: it is done for those that are longer than notes mostly are.
 */
static int judge_copies(struct push *p, const struct gm_note_lines *lines,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_map added = gm_map(&a);
	struct gm_notes notes = { 0 };
	bool any = false;

	for (size_t i = 0; i < lines->n; i++) {
		struct gm_note_line *line = &lines->items[i];

		if (!gm_map_get(&p->long_, gm_oid_key(&line->on)))
			continue;
		gm_map_set(&added, gm_str(line->line), line);
		any = true;
	}
	if (any && gm_notes_read(&notes, &a, p->ap->r, p->tip, err) < 0)
		return -1;
	for (size_t i = 0; i < notes.n; i++)
		if (find_copies(p, &added, &notes.items[i], err) < 0)
			return -1;
	return 0;
}

int gm_approvals_added(struct gm_records *bad, struct gm_approvals *ap,
		       const char *ref, const struct gm_oid *old,
		       const struct gm_oid *new_, struct gm_err *err)
{
	struct gm_records refused = { 0 };
	struct push p = { .ap = ap, .tip = new_, .bad = &refused };
	struct pending pending = { 0 };
	struct gm_note_lines lines;
	struct gm_proof *proofs;

	p.ref = gm_strdup(ap->a, ref);
	p.count = gm_map(ap->a);
	p.long_ = gm_map(ap->a);
	if (judge_notes(&p, old, err) < 0 ||
	    gm_notes_added(&lines, ap->a, ap->r, old, new_, err) < 0)
		return -1;
	if (lines.n > GM_RECORDS_PER_PUSH)
		return gm_fail(err, GM_ELIMIT,
			       "the push adds %zu records, the limit is %d",
			       lines.n, GM_RECORDS_PER_PUSH);
	if (judge_copies(&p, &lines, err) < 0)
		return -1;
	read_lines(&pending, &p, &lines);
	proofs = gm_alloc_n(ap->a, pending.n, sizeof(*proofs));
	if (gm_source_prove(proofs, ap, pending.items, pending.n, err) < 0)
		return -1;
	for (size_t i = 0; i < pending.n; i++)
		if (!proofs[i].good)
			refuse_line(&p, pending.lines[i], proofs[i].why,
				    WRITE_ANEW);
	*bad = refused;
	return 0;
}

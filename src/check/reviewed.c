#include <string.h>

#include "base/buf.h"
#include "check/review.h"
#include "git/diff.h"
#include "git/ref.h"
#include "git/walk.h"

const char *gm_review_state_name(enum gm_review_state s)
{
	switch (s) {
	case GM_REVIEW_LANDED:
		return "landed";
	case GM_REVIEW_NOT_NEEDED:
		return "not-needed";
	case GM_REVIEW_APPROVED:
		return "approved";
	case GM_REVIEW_MISSING:
		return "missing";
	case GM_REVIEW_REJECTED:
		return "rejected";
	case GM_REVIEW_BAD:
		return "bad";
	}
	GM_BUG("no such state");
}

/* --- who wrote it --- */

static void add_name(struct gm_strings *list, struct gm_arena *a,
		     const char *name)
{
	if (!name || !*name)
		return;
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i], name))
			return;
	*GM_PUSH(a, list) = name;
}

static void add_person(struct gm_strings *list, struct gm_arena *a,
		       const struct gm_person *p)
{
	add_name(list, a, p->name);
	add_name(list, a, p->email);
}

static void blame(struct gm_review *review, struct gm_arena *a,
		  const struct gm_commit *c, struct gm_str path)
{
	struct gm_strings *people = gm_map_get(&review->people, path);

	if (!people) {
		people = gm_alloc(a, sizeof(*people));
		gm_map_set(&review->people, path, people);
	}
	add_person(people, a, &c->author);
	add_person(people, a, &c->committer);
}

int gm_review_people(struct gm_review *review, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_oid *tip,
		     struct gm_err *err)
{
	size_t n_hide = !gm_oid_is_zero(&review->landed);
	struct gm_oids commits = { 0 };

	if (gm_walk(&commits, a, r, tip, &review->landed, n_hide, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_changes changes = { 0 };
		struct gm_commit c;

		if (gm_commit_read(&c, a, r, &commits.items[i], err) < 0 ||
		    gm_diff_commit(&changes, a, r, &c, err) < 0)
			return -1;
		for (size_t k = 0; k < changes.n; k++)
			blame(review, a, &c, changes.items[k].path);
	}
	return 0;
}

static void add_people(struct gm_strings *list, struct gm_arena *a,
		       const struct gm_review *review, struct gm_str path)
{
	const struct gm_strings *people = gm_map_get(&review->people, path);

	for (size_t i = 0; people && i < people->n; i++)
		add_name(list, a, people->items[i]);
}

/* --- what there is to approve --- */

/* Has the protected ref the same files in the same places, and no others? */
static int has_landed(bool *out, struct gm_arena *a, const struct gm_repo *r,
		      const struct gm_review *review,
		      const struct gm_migration *m, struct gm_err *err)
{
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	struct gm_migration *then = NULL;
	struct gm_commit commit;

	*out = false;
	if (gm_oid_is_zero(&review->landed) || !up)
		return 0;
	if (gm_commit_read(&commit, a, r, &review->landed, err) < 0 ||
	    gm_set_read_one(&then, a, r, &commit.tree, m->root, gm_str(m->id),
			    up->path, err) < 0)
		return -1;
	if (!then || then->n_files != m->n_files)
		return 0;
	for (size_t i = 0; i < m->n_files; i++)
		if (!gm_str_eq(then->files[i].path, m->files[i].path) ||
		    !gm_oid_eq(&then->files[i].oid, &m->files[i].oid))
			return 0;
	*out = true;
	return 0;
}

int gm_review_migration(struct gm_review_item *out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_review *review,
			const struct gm_overview *o, size_t at,
			struct gm_err *err)
{
	const struct gm_migration *m = o->set->items[at];
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	const char *class_ = gm_class_name(o->items[at].class_);
	struct gm_review_item item = { .id = m->id };

	item.kind = gm_subject_kind(m->meta.phase, class_);
	item.need = gm_policy_approval(&review->policy, item.kind);
	if (gm_subject_of_migration(&item.subject, a, r, review->policy.project,
				    m, class_, review->ref, err) < 0 ||
	    has_landed(&item.landed, a, r, review, m, err) < 0)
		return -1;
	item.on = up->oid;
	for (size_t i = 0; i < m->n_files; i++)
		add_people(&item.subject.authors, a, review, m->files[i].path);
	*out = item;
	return 0;
}

static bool is_enforced(struct gm_str path)
{
	return gm_str_starts(path, GM_STR(GM_POLICY_DIR));
}

int gm_review_policy(struct gm_review_item *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_review *review,
		     const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_review_item item = { .kind = "policy" };
	const struct gm_strings *people;
	const char *before, *after;
	struct gm_str path;
	void *value;

	item.need = gm_policy_approval(&review->policy, "policy");
	if (gm_subject_of_policy(&item.subject, &item.on, a, r,
				 review->policy.project, &review->policy_commit,
				 tip, review->ref, err) < 0 ||
	    gm_policy_digest(&before, a, r, NULL, &review->policy_commit, err) <
		    0 ||
	    gm_policy_digest(&after, a, r, NULL, tip, err) < 0)
		return -1;
	item.landed = !strcmp(before, after);
	for (size_t at = 0; gm_map_next(&review->people, &at, &path, &value);) {
		people = value;
		for (size_t i = 0; is_enforced(path) && i < people->n; i++)
			add_name(&item.subject.authors, a, people->items[i]);
	}
	*out = item;
	return 0;
}

/* --- how far that has come --- */

static int asked_for(const struct gm_policy_approval *need)
{
	int n = 0;

	for (size_t i = 0; need && i < need->n_need; i++)
		n += need->need[i].count;
	return n;
}

static void settle(struct gm_review_item *item)
{
	item->want = asked_for(item->need);
	item->have = 0;
	for (size_t i = 0; i < item->tally.n; i++)
		item->have += item->tally.votes[i].state == GM_VOTE_COUNTS;
	if (item->bad.n_bad)
		item->state = GM_REVIEW_BAD;
	else if (item->landed && !strcmp(item->subject.env, "*"))
		item->state = GM_REVIEW_LANDED;
	else if (item->tally.rejected_by)
		item->state = GM_REVIEW_REJECTED;
	else if (!item->tally.approved)
		item->state = GM_REVIEW_MISSING;
	else
		item->state =
			item->need ? GM_REVIEW_APPROVED : GM_REVIEW_NOT_NEEDED;
}

static bool has_ticket(const struct gm_review_item *item, const char *name)
{
	for (size_t i = 0; i < item->tickets.n; i++)
		if (!strcmp(item->tickets.items[i].name, name))
			return true;
	return false;
}

/* Every ticket that somebody hung on it, in the order of the note. */
static int judge_tickets(struct gm_review_item *item, struct gm_arena *a,
			 const struct gm_review *review, struct gm_err *err)
{
	const struct gm_records *records;

	if (gm_approvals_records(&records, review->approvals, GM_OVERRIDES_REF,
				 &item->on, err) < 0)
		return -1;
	for (size_t i = 0; i < records->n; i++) {
		const char *name = records->items[i].ticket;
		struct gm_review_ticket ticket = { .name = name };
		struct gm_records bad = { 0 };

		if (!name || has_ticket(item, name))
			continue;
		if (gm_approvals_override(&ticket.tally, &bad,
					  review->approvals, name,
					  &item->subject, &item->on, err) < 0)
			return -1;
		ticket.tally.approved &= !bad.n_bad;
		*GM_PUSH(a, &item->tickets) = ticket;
	}
	return 0;
}

int gm_review_judge(struct gm_review_item *item, struct gm_arena *a,
		    const struct gm_review *review, struct gm_err *err)
{
	item->bad = (struct gm_records){ 0 };
	if (gm_approvals_judge(&item->tally, &item->bad, review->approvals,
			       item->kind, &item->subject, &item->on, err) < 0)
		return -1;
	settle(item);
	if (!item->id)
		return 0;
	return judge_tickets(item, a, review, err);
}

int gm_review_prepare(struct gm_arena *a, const struct gm_review *review,
		      const struct gm_review_item *items, size_t n,
		      struct gm_err *err)
{
	struct gm_subject *subjects = gm_alloc_n(a, n, sizeof(*subjects));
	struct gm_oid *on = gm_alloc_n(a, n, sizeof(*on));

	for (size_t i = 0; i < n; i++) {
		subjects[i] = items[i].subject;
		on[i] = items[i].on;
	}
	return gm_approvals_prepare(review->approvals, subjects, on, n, err);
}

static const char *missing_words(struct gm_arena *a, const struct gm_tally *t)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_puts(&b, "missing ");
	for (size_t i = 0; i < t->n_missing; i++)
		gm_buf_printf(&b, "%s%d %s", i ? ", " : "", t->missing[i].count,
			      t->missing[i].role);
	return b.ptr;
}

const char *gm_review_words(struct gm_arena *a,
			    const struct gm_review_item *item)
{
	switch (item->state) {
	case GM_REVIEW_LANDED:
		return "landed";
	case GM_REVIEW_NOT_NEEDED:
		return "not needed";
	case GM_REVIEW_APPROVED:
		return gm_printf(a, "approved %d of %d", item->have,
				 item->want);
	case GM_REVIEW_MISSING:
		return missing_words(a, &item->tally);
	case GM_REVIEW_REJECTED:
		return gm_printf(a, "rejected by %s",
				 item->tally.rejected_by->signer);
	case GM_REVIEW_BAD:
		return "not known: a line is no record";
	}
	GM_BUG("no such state");
}

int gm_review_unpushed(struct gm_map *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_review *review,
		       const char *ref, struct gm_err *err)
{
	static char here;
	struct gm_note_lines lines = { 0 };
	struct gm_oid ours, theirs;
	const char *name;
	int found;

	if (!review->remote)
		return 0;
	name = gm_printf(a, "refs/notes/remotes/%s/%s", review->remote,
			 ref + strlen("refs/notes/"));
	found = gm_ref_get(&theirs, r, name, err);
	if (found > 0)
		found = gm_ref_get(&ours, r, ref, err);
	if (found <= 0)
		return found;
	if (gm_notes_added(&lines, a, r, &theirs, &ours, err) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		char *id = gm_alloc(a, GM_SHA256_HEX + 1);

		gm_sha256_hex(id, gm_str(lines.items[i].line));
		gm_map_set(out, gm_str(id), &here);
	}
	return 0;
}

/* Known to be on that ref as it is: there is no need to look further. */
static bool is_settled(const struct gm_overview_item *item, const char *ref)
{
	return !item->path.len || !item->digest ||
	       (item->state == GM_STATE_LANDED &&
		!strcmp(item->landed_ref, ref) &&
		!strcmp(item->landed_digest, item->digest));
}

/* Those that wait for approvals, or would if they were asked for. */
static int list_pending(struct gm_reviewed *out, size_t *places,
			struct gm_overview *o, struct gm_arena *a,
			const struct gm_repo *r, struct gm_err *err)
{
	for (size_t i = 0; i < o->n; i++) {
		struct gm_review_item item;

		if (is_settled(&o->items[i], out->review->ref))
			continue;
		if (gm_review_migration(&item, a, r, out->review, o, i, err) <
		    0)
			return -1;
		if (item.landed)
			continue;
		places[out->n] = i;
		*GM_PUSH(a, out) = item;
	}
	return 0;
}

int gm_review_overview(struct gm_overview *o, struct gm_arena *a,
		       const struct gm_repo *r, struct gm_err *err)
{
	const struct gm_review_from from = { .now = o->now };
	struct gm_review *review = gm_alloc(a, sizeof(*review));
	struct gm_follow_ups *open = gm_alloc(a, sizeof(*open));
	size_t *places = gm_alloc_n(a, o->n, sizeof(*places));
	struct gm_reviewed all = { .review = review };
	struct gm_oid tip;
	int found = gm_review_open(review, a, r, &from, err);

	if (found <= 0 || !review->policy.n_approvals || !o->head ||
	    !gm_oid_parse(&tip, gm_str(o->head)))
		return found < 0 ? -1 : 0;
	if (gm_review_people(review, a, r, &tip, err) < 0 ||
	    list_pending(&all, places, o, a, r, err) < 0 ||
	    gm_review_prepare(a, review, all.items, all.n, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (gm_review_judge(&all.items[i], a, review, err) < 0)
			return -1;
	if (gm_approvals_follow_ups(open, review->approvals, review->ref,
				    &review->landed, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		o->items[places[i]].review = &all.items[i];
	o->open = open;
	return 0;
}

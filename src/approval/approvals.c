#include "approval/approvals.h"

#include <string.h>

#include "approval/source.h"

#define UNVERIFIED "it is about something else, and was not verified"

/* The records that bear on one question. */
struct docket {
	const struct gm_record **items;
	size_t n, cap;
	bool *relevant; /* its signature is to be verified */
};

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool is_about(const struct gm_subject *s, const struct gm_record *r)
{
	if (!same(s->project, r->project) || !same(s->digest, r->digest))
		return false;
	return r->kind == GM_RECORD_REJECT ||
	       (r->kind != GM_RECORD_REVOKE && same(s->path, r->path));
}

static bool takes_back_one(const struct docket *d, const struct gm_record *r)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->relevant[i] && same(r->target, d->items[i]->id))
			return true;
	return false;
}

/*
 * Verifying costs a program each: it is done for what is about this digest,
 * and for what takes something of that back.
 */
static void find_relevant(struct docket *d, struct gm_arena *a,
			  const struct gm_subject *subject)
{
	bool more = true;

	d->relevant = gm_alloc_n(a, d->n, sizeof(*d->relevant));
	for (size_t i = 0; i < d->n; i++)
		d->relevant[i] = is_about(subject, d->items[i]);
	while (more) {
		more = false;
		for (size_t i = 0; i < d->n; i++) {
			if (d->relevant[i] ||
			    d->items[i]->kind != GM_RECORD_REVOKE ||
			    !takes_back_one(d, d->items[i]))
				continue;
			d->relevant[i] = true;
			more = true;
		}
	}
}

static int prove(struct gm_proof *proofs, const struct docket *d,
		 struct gm_approvals *ap, struct gm_err *err)
{
	const struct gm_record **asked =
		gm_alloc_n(ap->a, d->n, sizeof(*asked));
	struct gm_proof *answers = gm_alloc_n(ap->a, d->n, sizeof(*answers));
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->relevant[i])
			asked[n++] = d->items[i];
	if (gm_source_prove(answers, ap, asked, n, err) < 0)
		return -1;
	n = 0;
	for (size_t i = 0; i < d->n; i++) {
		if (d->relevant[i])
			proofs[i] = answers[n++];
		else
			proofs[i].why = UNVERIFIED;
	}
	return 0;
}

/* --- no more than is needed --- */

/* One question, with what is assumed and known of the signatures so far. */
struct hearing {
	struct gm_approvals *ap;
	const struct docket *d;
	const struct gm_policy_approval *need;
	enum gm_record_kind kind;
	const struct gm_subject *subject;
	struct gm_proof *proofs;
	bool *asked;
};

static bool is_open(const struct hearing *h, size_t at)
{
	return h->d->relevant[at] && !h->asked[at];
}

/*
 * The records that the answer would rest on if all signatures that were not
 * verified yet were good; and up to `more` of those that could take the place
 * of one of them.
 */
static size_t pick(size_t *out, struct hearing *h, size_t more)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_approvals *ap = h->ap;
	struct gm_tally t;
	size_t n = 0;

	gm_tally(&t, &a, ap->from.policy, h->need, h->kind, h->subject,
		 h->d->items, h->proofs, h->d->n, ap->from.now);
	for (size_t i = 0; i < t.n; i++)
		if (is_open(h, i) && (t.votes[i].state == GM_VOTE_COUNTS ||
				      t.votes[i].state == GM_VOTE_TAKES_BACK ||
				      t.votes[i].record == t.rejected_by))
			out[n++] = i;
	for (size_t i = 0, core = n; core && more && i < t.n; i++)
		if (is_open(h, i) && t.votes[i].record != t.rejected_by &&
		    (t.votes[i].state == GM_VOTE_UNUSED ||
		     t.votes[i].state == GM_VOTE_REJECTS)) {
			out[n++] = i;
			more--;
		}
	return n;
}

/* 1 when all of them are good, 0, or -1. */
static int hear(struct hearing *h, const size_t *which, size_t n,
		struct gm_err *err)
{
	struct gm_arena *a = h->ap->a;
	const struct gm_record **records = gm_alloc_n(a, n, sizeof(*records));
	struct gm_proof *answers = gm_alloc_n(a, n, sizeof(*answers));
	int good = 1;

	for (size_t i = 0; i < n; i++)
		records[i] = h->d->items[which[i]];
	if (gm_source_prove(answers, h->ap, records, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		h->proofs[which[i]] = answers[i];
		h->asked[which[i]] = true;
		good &= answers[i].good;
	}
	return good;
}

/* Would it not count even if its signature were good? */
static bool is_out(enum gm_vote_state state)
{
	return state == GM_VOTE_EXPIRED || state == GM_VOTE_USED ||
	       state == GM_VOTE_FUTURE || state == GM_VOTE_NO_ROLE ||
	       state == GM_VOTE_EXCLUDED;
}

/*
 * Whoever fills a note must not make a push so slow that it fails: as a rule
 * one record of each person who is needed is enough.  Where those are bad, more
 * and more are looked at.
 */
static int prove_needed(struct hearing *h, struct gm_err *err)
{
	struct gm_arena *a = h->ap->a;
	const struct docket *d = h->d;
	size_t *which = gm_alloc_n(a, d->n, sizeof(*which));
	size_t n, more = 0;
	struct gm_tally t;

	h->asked = gm_alloc_n(a, d->n, sizeof(*h->asked));
	for (size_t i = 0; i < d->n; i++)
		h->proofs[i].good = d->relevant[i];
	while ((n = pick(which, h, more))) {
		int good = hear(h, which, n, err);

		if (good < 0)
			return -1;
		if (!good)
			more = 2 * more + 1;
	}
	gm_tally(&t, a, h->ap->from.policy, h->need, h->kind, h->subject,
		 d->items, h->proofs, d->n, h->ap->from.now);
	for (size_t i = 0; i < d->n; i++)
		if (!h->asked[i] && !is_out(t.votes[i].state))
			h->proofs[i] = (struct gm_proof){
				.why = d->relevant[i]
					       ? "it is not needed, and was not"
						 " verified"
					       : UNVERIFIED,
			};
	return 0;
}

static int find_landing(struct gm_subject *subject, struct gm_approvals *ap,
			const struct gm_oid *on, struct gm_err *err)
{
	struct gm_landed_list list;

	subject->landed_at = 0;
	if (gm_source_landed(&list, ap, on, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct gm_landed *l = &list.items[i];

		if (same(l->path, subject->path) &&
		    same(l->digest, subject->digest) &&
		    same(l->ref, subject->ref) && l->at > subject->landed_at)
			subject->landed_at = l->at;
	}
	return 0;
}

static void add_bad(struct gm_records *bad, struct gm_approvals *ap,
		    const struct gm_records *from)
{
	for (size_t i = 0; i < from->n_bad; i++) {
		gm_grow(ap->a, (void **)&bad->bad, bad->n_bad, &bad->cap_bad,
			sizeof(*bad->bad));
		bad->bad[bad->n_bad++] = from->bad[i];
	}
}

static int decide(struct gm_tally *out, struct gm_records *bad,
		  struct gm_approvals *ap,
		  const struct gm_policy_approval *need,
		  enum gm_record_kind kind, struct docket *d,
		  struct gm_subject *subject, const struct gm_oid *on,
		  struct gm_err *err)
{
	struct gm_proof *proofs = gm_alloc_n(ap->a, d->n, sizeof(*proofs));
	struct hearing h = { .ap = ap,
			     .d = d,
			     .need = need,
			     .kind = kind,
			     .subject = subject,
			     .proofs = proofs };

	find_relevant(d, ap->a, subject);
	if (find_landing(subject, ap, on, err) < 0 ||
	    (ap->from.frugal ? prove_needed(&h, err)
			     : prove(proofs, d, ap, err)) < 0)
		return -1;
	gm_tally(out, ap->a, ap->from.policy, need, kind, subject, d->items,
		 proofs, d->n, ap->from.now);
	if (bad->n_bad || (!need && kind == GM_RECORD_OVERRIDE)) {
		out->approved = false;
		out->until = 0;
	}
	return 0;
}

int gm_approvals_judge(struct gm_tally *out, struct gm_records *bad,
		       struct gm_approvals *ap, const char *kind,
		       struct gm_subject *subject, const struct gm_oid *on,
		       struct gm_err *err)
{
	const struct gm_records *list;
	struct gm_records unread = { 0 };
	struct docket d = { 0 };

	if (gm_source_on(&list, ap, GM_APPROVALS_REF, on, err) < 0)
		return -1;
	add_bad(&unread, ap, list);
	for (size_t i = 0; i < list->n; i++)
		*GM_PUSH(ap->a, &d) = &list->items[i];
	if (decide(out, &unread, ap, gm_policy_approval(ap->from.policy, kind),
		   GM_RECORD_APPROVE, &d, subject, on, err) < 0)
		return -1;
	*bad = unread;
	return 0;
}

int gm_approvals_override(struct gm_tally *out, struct gm_records *bad,
			  struct gm_approvals *ap, const char *ticket,
			  struct gm_subject *subject, const struct gm_oid *on,
			  struct gm_err *err)
{
	const struct gm_policy_approval *need =
		gm_policy_approval(ap->from.policy, "break-glass");
	const struct gm_records *overrides, *approvals;
	struct gm_records unread = { 0 };
	struct docket d = { 0 };

	if (gm_source_on(&overrides, ap, GM_OVERRIDES_REF, on, err) < 0 ||
	    gm_source_on(&approvals, ap, GM_APPROVALS_REF, on, err) < 0)
		return -1;
	add_bad(&unread, ap, overrides);
	add_bad(&unread, ap, approvals);
	for (size_t i = 0; i < overrides->n; i++)
		if (overrides->items[i].kind == GM_RECORD_OVERRIDE &&
		    same(overrides->items[i].ticket, ticket))
			*GM_PUSH(ap->a, &d) = &overrides->items[i];
	/* Whoever may make one may also reject the content, or take it back. */
	for (size_t i = 0; i < approvals->n; i++)
		if (approvals->items[i].kind != GM_RECORD_APPROVE)
			*GM_PUSH(ap->a, &d) = &approvals->items[i];
	if (decide(out, &unread, ap, need, GM_RECORD_OVERRIDE, &d, subject, on,
		   err) < 0)
		return -1;
	*bad = unread;
	return 0;
}

int gm_approvals_prepare(struct gm_approvals *ap,
			 const struct gm_subject *subjects,
			 const struct gm_oid *on, size_t n, struct gm_err *err)
{
	struct docket all = { 0 };
	struct gm_proof *proofs;

	for (size_t i = 0; i < n; i++) {
		const struct gm_records *list;
		struct docket d = { 0 };

		if (gm_source_on(&list, ap, GM_APPROVALS_REF, &on[i], err) < 0)
			return -1;
		for (size_t k = 0; k < list->n; k++)
			*GM_PUSH(ap->a, &d) = &list->items[k];
		find_relevant(&d, ap->a, &subjects[i]);
		for (size_t k = 0; k < d.n; k++)
			if (d.relevant[k])
				*GM_PUSH(ap->a, &all) = d.items[k];
	}
	proofs = gm_alloc_n(ap->a, all.n, sizeof(*proofs));
	return gm_source_prove(proofs, ap, all.items, all.n, err);
}

int gm_approvals_records(const struct gm_records **out, struct gm_approvals *ap,
			 const char *ref, const struct gm_oid *on,
			 struct gm_err *err)
{
	if (on)
		return gm_source_on(out, ap, ref, on, err);
	return gm_source_all(out, ap, ref, err);
}

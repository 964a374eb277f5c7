#include "approval/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "approval/source.h"

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool is_about(const struct gm_approvals *ap,
		     const struct gm_evidence_about *about,
		     const struct gm_record *r)
{
	const struct gm_subject *s = about->subject;

	return same(r->project, ap->from.policy->project) &&
	       same(r->ref, about->ref) &&
	       (!about->env || same(r->env, about->env)) &&
	       (!about->stage || same(r->stage, about->stage)) &&
	       (!s || (same(r->path, s->path) && same(r->digest, s->digest)));
}

/* What is wrong with it, but for its signature. */
static const char *misfit(const struct gm_approvals *ap,
			  const struct gm_record *r)
{
	if (r->at > ap->from.now + GM_CLOCK_SKEW)
		return "it was made later than now";
	if (ap->from.now >= r->until)
		return "it has expired";
	if (!gm_policy_has_role(ap->from.policy, r->role, gm_str(r->signer)))
		return "its signer has not, or no longer, that role";
	return NULL;
}

/* Of two of one second, a failure comes first: it outdoes the other. */
static int newest_first(const void *x, const void *y)
{
	const struct gm_record *one = ((const struct gm_evidence *)x)->record;
	const struct gm_record *two = ((const struct gm_evidence *)y)->record;

	if (one->at != two->at)
		return one->at > two->at ? -1 : 1;
	if (!same(one->result, two->result))
		return same(one->result, "fail") ? -1 : 1;
	return strcmp(one->id, two->id);
}

/* Verify all at once, or one by one until one counts. */
static int prove(struct gm_evidences *list, struct gm_approvals *ap,
		 bool newest, struct gm_err *err)
{
	const struct gm_record **asked =
		gm_alloc_n(ap->a, list->n, sizeof(*asked));
	struct gm_proof *proofs = gm_alloc_n(ap->a, list->n, sizeof(*proofs));

	for (size_t i = 0; i < list->n; i++)
		asked[i] = list->items[i].record;
	if (!newest && gm_source_prove(proofs, ap, asked, list->n, err) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		struct gm_evidence *e = &list->items[i];

		e->why = misfit(ap, e->record);
		if (newest && !e->why &&
		    gm_source_prove(&proofs[i], ap, &asked[i], 1, err) < 0)
			return -1;
		if (!e->why && !proofs[i].good)
			e->why = proofs[i].why;
		e->counts = !e->why;
		if (newest && e->counts)
			list->n = i + 1;
	}
	return 0;
}

int gm_approvals_evidence(struct gm_evidences *out, struct gm_approvals *ap,
			  const struct gm_evidence_about *about,
			  struct gm_err *err)
{
	struct gm_evidences list = { 0 };
	const struct gm_records *all;

	if ((about->subject
		     ? gm_source_on(&all, ap, GM_EVIDENCE_REF, &about->on, err)
		     : gm_source_all(&all, ap, GM_EVIDENCE_REF, err)) < 0)
		return -1;
	if (all->n_bad)
		return gm_bad_line_fail(&all->bad[0],
					"It could say that something failed",
					err);
	for (size_t i = 0; i < all->n; i++)
		if (is_about(ap, about, &all->items[i]))
			GM_PUSH(ap->a, &list)->record = &all->items[i];
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), newest_first);
	if (prove(&list, ap, about->newest, err) < 0)
		return -1;
	*out = list;
	return 0;
}

const struct gm_record *gm_evidence_newest(const struct gm_evidences *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].counts)
			return list->items[i].record;
	return NULL;
}

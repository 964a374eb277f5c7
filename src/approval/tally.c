#include "approval/tally.h"

#include <string.h>

#include "approval/subject.h"

struct count {
	struct gm_tally *t;
	struct gm_arena *a;
	const struct gm_policy *policy;
	const struct gm_policy_approval *need;
	enum gm_record_kind kind;
	const struct gm_subject *subject;
	const struct gm_proof *proofs;
	int64_t now;
};

/* Somebody who could fill a place, and with which records. */
struct candidate {
	struct gm_str person;
	struct gm_vote **by_role; /* one for each entry of `need`, or NULL */
	bool visited;
	size_t place; /* 1-based; 0: none */
};

const char *gm_vote_name(enum gm_vote_state state)
{
	switch (state) {
	case GM_VOTE_COUNTS:
		return "counts";
	case GM_VOTE_UNUSED:
		return "unused";
	case GM_VOTE_OTHER:
		return "other";
	case GM_VOTE_BAD:
		return "bad";
	case GM_VOTE_NO_ROLE:
		return "no-role";
	case GM_VOTE_EXCLUDED:
		return "excluded";
	case GM_VOTE_EXPIRED:
		return "expired";
	case GM_VOTE_FUTURE:
		return "future";
	case GM_VOTE_REVOKED:
		return "revoked";
	case GM_VOTE_REJECTED:
		return "rejected";
	case GM_VOTE_USED:
		return "used";
	case GM_VOTE_REJECTS:
		return "rejects";
	case GM_VOTE_TAKES_BACK:
		return "takes-back";
	}
	GM_BUG("no such vote");
}

static void say(struct gm_vote *v, enum gm_vote_state state, const char *why)
{
	v->state = state;
	v->why = why;
}

static bool differ(const char *a, const char *b)
{
	return strcmp(a, b) != 0;
}

static bool same_person(const struct count *c, const char *one, const char *two)
{
	return gm_policy_same(c->policy, gm_str(one), gm_str(two));
}

static bool has_role(const struct count *c, const char *role, const char *who)
{
	return gm_policy_has_role(c->policy, role, gm_str(who));
}

/* Have they one of the roles asked for; any where none is? */
static bool has_say(const struct count *c,
		    const struct gm_policy_approval *need, const char *who)
{
	if (!need) {
		for (size_t i = 0; i < c->policy->n_roles; i++)
			if (has_role(c, c->policy->roles[i].name, who))
				return true;
		return false;
	}
	for (size_t i = 0; i < need->n_need; i++)
		if (has_role(c, need->need[i].role, who))
			return true;
	return false;
}

/* What an override would make unnecessary. */
static const struct gm_policy_approval *overridden(const struct count *c)
{
	const struct gm_subject *s = c->subject;
	enum gm_phase phase = GM_PHASE_NONE;

	for (int p = GM_PHASE_EXPAND; p <= GM_PHASE_CONTRACT; p++)
		if (!differ(s->phase, gm_phase_name((enum gm_phase)p)))
			phase = (enum gm_phase)p;
	return gm_policy_approval(c->policy, gm_subject_kind(phase, s->class_));
}

/*
 * May they speak on this?  An override takes nobody's no away: who could reject
 * the approvals that it does without can reject it.
 */
static bool may_reject(const struct count *c, const char *who)
{
	return has_role(c, "admin", who) || has_say(c, c->need, who) ||
	       (c->kind == GM_RECORD_OVERRIDE &&
		has_say(c, overridden(c), who));
}

/* --- revocations --- */

static const struct gm_record *find_record(const struct count *c,
					   const char *id)
{
	for (size_t i = 0; i < c->t->n; i++)
		if (!differ(c->t->votes[i].record->id, id))
			return c->t->votes[i].record;
	return NULL;
}

/*
 * Is the revocation number `at` by somebody who may?  Nothing brings back what
 * was taken back: that would take a new record.
 */
static bool stands(const struct count *c, size_t at)
{
	const struct gm_record *r = c->t->votes[at].record;
	const struct gm_record *target = find_record(c, r->target);

	return c->proofs[at].good && target &&
	       target->kind != GM_RECORD_REVOKE &&
	       (same_person(c, r->signer, target->signer) ||
		has_role(c, "admin", r->signer));
}

static bool is_revoked(const struct count *c, const struct gm_record *r)
{
	for (size_t i = 0; i < c->t->n; i++) {
		const struct gm_record *other = c->t->votes[i].record;

		if (other->kind == GM_RECORD_REVOKE &&
		    !differ(other->target, r->id) && stands(c, i))
			return true;
	}
	return false;
}

/* --- one record --- */

/* Which field is of something else; NULL: none. */
static const char *mismatch(const struct gm_subject *s,
			    const struct gm_record *r)
{
	if (differ(s->project, r->project))
		return "it is about another project";
	if (differ(s->path, r->path))
		return "it is about another path";
	if (differ(s->digest, r->digest))
		return "it is about other content: the digest differs";
	if (differ(s->phase, r->phase))
		return "it is about another phase";
	if (differ(s->class_, r->class_))
		return "it is about another class";
	if (differ(s->ref, r->ref))
		return "it is about another ref";
	if (differ(s->env, r->env))
		return "it is about another environment";
	return NULL;
}

static bool among(const struct count *c, const struct gm_strings *names,
		  const char *who)
{
	for (size_t i = 0; i < names->n; i++)
		if (same_person(c, names->items[i], who))
			return true;
	return false;
}

static const char *excluded(const struct count *c, const char *who)
{
	if (!c->need)
		return NULL;
	if (c->need->exclude_author && among(c, &c->subject->authors, who))
		return "its signer is an author or committer of the change";
	if (c->need->exclude_pusher && among(c, &c->subject->pushers, who))
		return "its signer pushes the change";
	return NULL;
}

/* When it expires, by what it says and by the policy. */
static int64_t end_of(const struct count *c, const struct gm_record *r)
{
	int64_t expires = c->need ? c->need->expires : 0;

	if (expires && r->at + expires < r->until)
		return r->at + expires;
	return r->until;
}

/*
 * Only landing uses a record up.  One that is dated ahead of our clock could
 * otherwise outlive the landing it was for.
 */
static bool is_used(const struct count *c, const struct gm_record *r)
{
	const struct gm_subject *s = c->subject;

	return s->landed_at && !differ(s->env, "*") &&
	       r->at <= s->landed_at + GM_CLOCK_SKEW;
}

/* Why it does not count, whatever else there is. */
static void judge_consent(struct count *c, struct gm_vote *v,
			  const struct gm_proof *proof)
{
	const struct gm_record *r = v->record;
	const char *why = mismatch(c->subject, r);

	if (why)
		say(v, GM_VOTE_OTHER, why);
	else if (!proof->good)
		say(v, GM_VOTE_BAD,
		    proof->why ? proof->why : "its signature is not good");
	else if (is_revoked(c, r))
		say(v, GM_VOTE_REVOKED, "it was taken back");
	else if (is_used(c, r))
		say(v, GM_VOTE_USED,
		    "what it is about has landed since: it counts once");
	else if (r->at > c->now + GM_CLOCK_SKEW)
		say(v, GM_VOTE_FUTURE, "it is dated in the future");
	else if (c->now >= end_of(c, r))
		say(v, GM_VOTE_EXPIRED, "it has expired");
	else if (!has_role(c, r->role, r->signer))
		say(v, GM_VOTE_NO_ROLE, "its signer has not that role");
	else if (excluded(c, r->signer))
		say(v, GM_VOTE_EXCLUDED, excluded(c, r->signer));
	else
		say(v, GM_VOTE_UNUSED, "it is not needed");
}

/* A rejection is about content, wherever that is to go. */
static void judge_rejection(struct count *c, struct gm_vote *v,
			    const struct gm_proof *proof)
{
	const struct gm_record *r = v->record;

	if (differ(c->subject->project, r->project))
		say(v, GM_VOTE_OTHER, "it is about another project");
	else if (differ(c->subject->digest, r->target))
		say(v, GM_VOTE_OTHER,
		    "it is about other content: the digest differs");
	else if (!proof->good)
		say(v, GM_VOTE_BAD,
		    proof->why ? proof->why : "its signature is not good");
	else if (is_revoked(c, r))
		say(v, GM_VOTE_REVOKED, "it was taken back");
	else if (!may_reject(c, r->signer))
		say(v, GM_VOTE_NO_ROLE, "its signer has no say in this");
	else
		say(v, GM_VOTE_REJECTS, "it rejects this content");
	if (v->state == GM_VOTE_REJECTS && !c->t->rejected_by)
		c->t->rejected_by = r;
}

/* What a revocation is about in the end, through those it takes back. */
static bool is_about_other(const struct count *c, const struct gm_record *r)
{
	for (size_t i = 0; r && i <= c->t->n; i++) {
		if (r->kind == GM_RECORD_REJECT)
			return differ(c->subject->project, r->project) ||
			       differ(c->subject->digest, r->target);
		if (r->kind != GM_RECORD_REVOKE)
			return mismatch(c->subject, r) != NULL;
		r = find_record(c, r->target);
	}
	return false;
}

static void judge_revocation(struct count *c, size_t at)
{
	struct gm_vote *v = &c->t->votes[at];
	const struct gm_record *target = find_record(c, v->record->target);
	const struct gm_proof *proof = &c->proofs[at];

	if (is_about_other(c, target))
		say(v, GM_VOTE_OTHER,
		    "what it takes back is about something else");
	else if (!proof->good)
		say(v, GM_VOTE_BAD,
		    proof->why ? proof->why : "its signature is not good");
	else if (!target)
		say(v, GM_VOTE_OTHER, "what it takes back is not here");
	else if (stands(c, at))
		say(v, GM_VOTE_TAKES_BACK,
		    gm_printf(c->a, "it takes %.16s back", target->id));
	else if (target->kind == GM_RECORD_REVOKE)
		say(v, GM_VOTE_OTHER, "a revocation cannot be taken back");
	else
		say(v, GM_VOTE_NO_ROLE,
		    "only its signer or an admin can take a record back");
}

static void judge_one(struct count *c, size_t at)
{
	struct gm_vote *v = &c->t->votes[at];

	if (v->record->kind == c->kind)
		judge_consent(c, v, &c->proofs[at]);
	else if (v->record->kind == GM_RECORD_REJECT)
		judge_rejection(c, v, &c->proofs[at]);
	else if (v->record->kind == GM_RECORD_REVOKE)
		judge_revocation(c, at);
	else
		say(v, GM_VOTE_OTHER, "it is a record of another kind");
}

/* --- who fills which place --- */

struct hall {
	struct candidate *items;
	size_t n;
	size_t n_roles;
	size_t *places; /* the entry of `need` that place i is of; the extra
			   place, which any of them fills, is n_roles */
	size_t n_places;
};

/* Of two records by one person in one role, the one that lasts. */
static void seat(struct hall *h, const struct count *c, struct gm_vote *v,
		 size_t role)
{
	struct gm_str person =
		gm_policy_person(c->policy, gm_str(v->record->signer));
	struct candidate *k = NULL;

	for (size_t i = 0; i < h->n && !k; i++)
		if (gm_str_ieq(h->items[i].person, person))
			k = &h->items[i];
	if (!k) {
		k = &h->items[h->n++];
		k->person = person;
		k->by_role = gm_alloc_n(c->a, h->n_roles, sizeof(*k->by_role));
	}
	if (!k->by_role[role] ||
	    end_of(c, k->by_role[role]->record) < end_of(c, v->record))
		k->by_role[role] = v;
}

/* The record with which somebody could fill a place, or NULL. */
static struct gm_vote *ticket(const struct hall *h, const struct candidate *k,
			      size_t place)
{
	size_t role = h->places[place];

	if (role < h->n_roles)
		return k->by_role[role];
	for (size_t i = 0; i < h->n_roles; i++)
		if (k->by_role[i])
			return k->by_role[i];
	return NULL;
}

/* Fill one place, moving others to where they fit as well. */
static bool fill(struct hall *h, size_t place)
{
	for (size_t i = 0; i < h->n; i++) {
		struct candidate *k = &h->items[i];

		if (k->visited || !ticket(h, k, place))
			continue;
		k->visited = true;
		if (!k->place || fill(h, k->place - 1)) {
			k->place = place + 1;
			return true;
		}
	}
	return false;
}

static struct hall make_hall(const struct count *c)
{
	const struct gm_policy_approval *need = c->need;
	struct hall h = { .n_roles = need->n_need };
	size_t at = 0;

	for (size_t i = 0; i < need->n_need; i++)
		h.n_places += (size_t)need->need[i].count;
	h.places = gm_alloc_n(c->a, h.n_places + 1, sizeof(*h.places));
	for (size_t i = 0; i < need->n_need; i++)
		for (int k = 0; k < need->need[i].count; k++)
			h.places[at++] = i;
	if (need->exclude_pusher && c->subject->pusher_unknown)
		h.places[h.n_places++] = h.n_roles;
	h.items = gm_alloc_n(c->a, c->t->n, sizeof(*h.items));
	for (size_t i = 0; i < c->t->n; i++)
		for (size_t k = 0; k < need->n_need; k++)
			if (c->t->votes[i].state == GM_VOTE_UNUSED &&
			    !differ(need->need[k].role,
				    c->t->votes[i].record->role))
				seat(&h, c, &c->t->votes[i], k);
	return h;
}

static const struct gm_strings *principals_of(const struct gm_policy *p,
					      const char *role)
{
	static const struct gm_strings nobody;

	for (size_t i = 0; i < p->n_roles; i++)
		if (!differ(p->roles[i].name, role))
			return &p->roles[i].principals;
	return &nobody;
}

static bool is_seated(const struct count *c, const struct hall *h,
		      const char *who)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->items[i].place &&
		    gm_policy_same(c->policy, h->items[i].person, gm_str(who)))
			return true;
	return false;
}

/* The first role of somebody who could still fill the extra place. */
static size_t role_for_extra(const struct count *c, const struct hall *h)
{
	for (size_t i = 0; i < h->n_roles; i++) {
		const struct gm_strings *who =
			principals_of(c->policy, c->need->need[i].role);

		for (size_t k = 0; k < who->n; k++)
			if (!excluded(c, who->items[k]) &&
			    !is_seated(c, h, who->items[k]))
				return i;
	}
	return 0;
}

/* Who has the role, and is not left out of this change. */
static const struct gm_strings *who_may(const struct count *c, const char *role)
{
	const struct gm_strings *all = principals_of(c->policy, role);
	struct gm_strings *may = gm_alloc(c->a, sizeof(*may));

	for (size_t i = 0; i < all->n; i++)
		if (!excluded(c, all->items[i]))
			*GM_PUSH(c->a, may) = all->items[i];
	return may;
}

static void list_missing(struct count *c, const struct hall *h, int *lacking)
{
	struct gm_tally *t = c->t;

	lacking[role_for_extra(c, h)] += lacking[h->n_roles];
	t->missing = gm_alloc_n(c->a, h->n_roles, sizeof(*t->missing));
	for (size_t i = 0; i < h->n_roles; i++) {
		const char *role = c->need->need[i].role;

		if (lacking[i])
			t->missing[t->n_missing++] = (struct gm_tally_missing){
				.role = role,
				.count = lacking[i],
				.principals = who_may(c, role),
			};
	}
}

static void match(struct count *c)
{
	struct hall h = make_hall(c);
	int *lacking = gm_alloc_n(c->a, h.n_roles + 1, sizeof(*lacking));

	for (size_t i = 0; i < h.n_places; i++) {
		for (size_t k = 0; k < h.n; k++)
			h.items[k].visited = false;
		if (!fill(&h, i))
			lacking[h.places[i]]++;
	}
	for (size_t i = 0; i < h.n; i++) {
		struct gm_vote *v;
		int64_t end;

		if (!h.items[i].place)
			continue;
		v = ticket(&h, &h.items[i], h.items[i].place - 1);
		say(v, GM_VOTE_COUNTS, NULL);
		end = end_of(c, v->record);
		if (!c->t->until || end < c->t->until)
			c->t->until = end;
	}
	list_missing(c, &h, lacking);
}

static void reject_all(struct gm_tally *t, struct gm_arena *a)
{
	const char *why =
		gm_printf(a, "%s rejects this content", t->rejected_by->signer);

	for (size_t i = 0; i < t->n; i++)
		if (t->votes[i].state == GM_VOTE_COUNTS ||
		    t->votes[i].state == GM_VOTE_UNUSED)
			say(&t->votes[i], GM_VOTE_REJECTED, why);
}

void gm_tally(struct gm_tally *out, struct gm_arena *a,
	      const struct gm_policy *policy,
	      const struct gm_policy_approval *need, enum gm_record_kind kind,
	      const struct gm_subject *subject,
	      const struct gm_record *const *records,
	      const struct gm_proof *proofs, size_t n, int64_t now)
{
	struct gm_tally t = { .n = n };
	struct count c = {
		.t = &t,
		.a = a,
		.policy = policy,
		.need = need,
		.kind = kind,
		.subject = subject,
		.proofs = proofs,
		.now = now,
	};

	t.votes = gm_alloc_n(a, n, sizeof(*t.votes));
	for (size_t i = 0; i < n; i++)
		t.votes[i].record = records[i];
	for (size_t i = 0; i < n; i++)
		judge_one(&c, i);
	if (need)
		match(&c);
	t.approved = !t.rejected_by && !t.n_missing;
	if (t.rejected_by)
		reject_all(&t, a);
	if (!t.approved)
		t.until = 0;
	*out = t;
}

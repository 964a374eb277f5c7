#include "approval/approvals.h"

#include <stdlib.h>
#include <string.h>

#include "approval/source.h"
#include "approval/tickets.h"

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool same_subject(const struct gm_record *a, const struct gm_record *b)
{
	return same(a->project, b->project) && same(a->path, b->path) &&
	       same(a->digest, b->digest) && same(a->ref, b->ref);
}

/* What is asked of one ref. */
struct search {
	struct gm_approvals *ap;
	const char *ref;
	const struct gm_oid *tip; /* zero: not known */
	const struct gm_records *all;
	bool read;             /* the next two are filled in */
	bool any;              /* every ticket counts as named */
	struct gm_map tickets; /* that the commits of the ref name */
};

/*
 * When it landed, by the server's records: at any time since it was signed,
 * for what landed with a push whose connection broke is recorded with the next
 * one.  0: they do not say.  `*told` when they say how its up SQL came to the
 * ref: with this digest before, or with another one since.
 */
static int find_record(int64_t *at, bool *told, struct gm_approvals *ap,
		       const struct gm_record *override, struct gm_err *err)
{
	struct gm_landed_list list;

	*at = 0;
	*told = false;
	if (gm_source_landed(&list, ap, &override->on, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct gm_landed *l = &list.items[i];
		bool it = same(l->digest, override->digest);
		bool since = l->at >= override->at - GM_CLOCK_SKEW;

		if (!same(l->path, override->path) ||
		    !same(l->ref, override->ref))
			continue;
		*told |= it || since;
		if (it && since && (!*at || l->at < *at))
			*at = l->at;
	}
	return 0;
}

/* Does the ref have its up SQL?  1, 0, -1. */
static int is_there(const struct search *s, const struct gm_record *override,
		    struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_entry entry;
	struct gm_commit c;
	int found;

	if (gm_oid_is_zero(s->tip))
		return 0;
	if (gm_commit_read(&c, &a, s->ap->r, s->tip, err) < 0)
		return -1;
	found = gm_tree_find(&entry, &a, s->ap->r, &c.tree,
			     gm_str(override->path), err);
	return found > 0 ? gm_oid_eq(&entry.oid, &override->on) : found;
}

static int read_tickets(struct search *s, struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT;

	if (s->read)
		return 0;
	s->read = true;
	s->any = gm_oid_is_zero(s->tip);
	if (s->any ||
	    !gm_tickets_read(&s->tickets, s->ap->a, s->ap->r, s->tip, &why))
		return 0;
	s->any = why.code == GM_ELIMIT;
	if (s->any)
		return 0;
	*err = why;
	return -1;
}

/* Could a push have passed by it?  1, 0, -1. */
static int is_named(struct search *s, const struct gm_record *override,
		    struct gm_err *err)
{
	if (read_tickets(s, err) < 0)
		return -1;
	if (s->any || gm_map_get(&s->tickets, gm_str(override->ticket)))
		return 1;
	return gm_tickets_of_sql(s->ap->r, &override->on, override->ticket,
				 err);
}

/* Has what it lets pass landed?  1 and when, 0, -1. */
static int has_landed(int64_t *at, const struct search *s,
		      const struct gm_record *override, struct gm_err *err)
{
	bool told;

	if (find_record(at, &told, s->ap, override, err) < 0)
		return -1;
	if (*at)
		return 1;
	*at = override->at;
	return told ? 0 : is_there(s, override, err);
}

/* Does a key of theirs stand among the signers, and is it valid now? */
static bool find_key(bool *valid, const struct gm_approvals *ap,
		     const char *principal)
{
	bool found = false;

	*valid = false;
	for (size_t i = 0; i < ap->signers.n; i++) {
		const struct gm_key *key = &ap->signers.items[i];

		if (!gm_key_is_of(key, principal))
			continue;
		found = true;
		*valid |= key->after <= ap->from.now &&
			  (!key->before || ap->from.now < key->before);
	}
	return found;
}

/* 1, 0, or -1. */
static int stands(struct gm_approvals *ap, const struct gm_record *close,
		  struct gm_err *err)
{
	struct gm_proof proof = { .good = false };
	bool valid, known = find_key(&valid, ap, close->signer);

	if (!known)
		return 1;
	if (!valid) {
		if (gm_source_prove_at(&proof, ap, close, close->at, err) < 0)
			return -1;
		return proof.good;
	}
	if (!gm_source_may_close(ap, close->signer))
		return 0;
	if (gm_source_prove(&proof, ap, &close, 1, err) < 0)
		return -1;
	return proof.good;
}

static int64_t since(const struct gm_follow_up *f)
{
	return f->landed_at ? f->landed_at : f->override->at;
}

/* Nobody has followed up on what was still to come. */
static bool is_in_time(const struct search *s, const struct gm_record *close,
		       const struct gm_follow_up *f)
{
	return close->at >= since(f) - GM_CLOCK_SKEW &&
	       close->at <= s->ap->from.now + GM_CLOCK_SKEW;
}

static int is_closed(const struct search *s, const struct gm_follow_up *f,
		     struct gm_err *err)
{
	for (size_t i = 0; i < s->all->n; i++) {
		const struct gm_record *close = &s->all->items[i];
		int closed;

		if (close->kind != GM_RECORD_CLOSE ||
		    !same(close->target, f->override->id) ||
		    !same_subject(close, f->override) ||
		    !is_in_time(s, close, f))
			continue;
		closed = stands(s->ap, close, err);
		if (closed)
			return closed;
	}
	return 0;
}

static int by_time(const void *x, const void *y)
{
	const struct gm_follow_up *one = x, *two = y;

	if (since(one) != since(two))
		return since(one) < since(two) ? -1 : 1;
	return strcmp(one->override->id, two->override->id);
}

/* Was it used, and has nobody closed what it asks for?  1, 0, -1. */
static int is_open(struct gm_follow_up *f, struct search *s, struct gm_err *err)
{
	/* Whether it has run in an environment is not seen from here. */
	bool landing = same(f->override->env, "*");
	int answer;

	if (landing) {
		answer = has_landed(&f->landed_at, s, f->override, err);
		if (answer <= 0)
			return answer;
	}
	answer = is_closed(s, f, err);
	if (answer)
		return answer < 0 ? -1 : 0;
	return landing ? is_named(s, f->override, err) : 1;
}

static int find_open(struct gm_follow_ups *out, struct search *s,
		     struct gm_err *err)
{
	const char *project = s->ap->from.policy->project;
	struct gm_follow_ups list = { 0 };

	if (gm_source_all(&s->all, s->ap, GM_OVERRIDES_REF, err) < 0)
		return -1;
	if (s->all->n_bad)
		return gm_bad_line_fail(&s->all->bad[0],
					"It could be an override", err);
	for (size_t i = 0; i < s->all->n; i++) {
		struct gm_follow_up f = { .override = &s->all->items[i] };
		int open;

		if (f.override->kind != GM_RECORD_OVERRIDE ||
		    !same(f.override->ref, s->ref) ||
		    !same(f.override->project, project))
			continue;
		open = is_open(&f, s, err);
		if (open < 0)
			return -1;
		if (open)
			*GM_PUSH(s->ap->a, &list) = f;
	}
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), by_time);
	*out = list;
	return 0;
}

int gm_approvals_follow_ups(struct gm_follow_ups *out, struct gm_approvals *ap,
			    const char *ref, const struct gm_oid *tip,
			    struct gm_err *err)
{
	struct search s = { .ap = ap, .ref = ref, .tip = tip };
	struct gm_follow_ups *list;

	if (!ap->open.arena)
		ap->open = gm_map(ap->a);
	list = gm_map_get(&ap->open, gm_str(ref));
	if (!list) {
		list = gm_alloc(ap->a, sizeof(*list));
		if (find_open(list, &s, err) < 0)
			return -1;
		gm_map_set(&ap->open, gm_str(gm_strdup(ap->a, ref)), list);
	}
	*out = *list;
	return 0;
}

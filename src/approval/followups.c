#include "approval/approvals.h"

#include <stdlib.h>
#include <string.h>

#include "approval/source.h"

static bool same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool same_subject(const struct gm_record *a, const struct gm_record *b)
{
	return same(a->project, b->project) && same(a->path, b->path) &&
	       same(a->digest, b->digest) && same(a->ref, b->ref);
}

/* When what it lets pass has landed while it was valid; 0: not. */
static int find_use(int64_t *at, struct gm_approvals *ap,
		    const struct gm_record *override, struct gm_err *err)
{
	struct gm_landed_list list;

	*at = 0;
	if (gm_source_landed(&list, ap, &override->on, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct gm_landed *l = &list.items[i];

		/* It is written a moment after the push was judged. */
		if (same(l->path, override->path) &&
		    same(l->digest, override->digest) &&
		    same(l->ref, override->ref) &&
		    l->at >= override->at - GM_CLOCK_SKEW &&
		    l->at <= override->until + GM_CLOCK_SKEW &&
		    (!*at || l->at < *at))
			*at = l->at;
	}
	return 0;
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

static int is_closed(struct gm_approvals *ap, const struct gm_records *all,
		     const struct gm_record *override, struct gm_err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct gm_record *close = &all->items[i];
		int closed;

		if (close->kind != GM_RECORD_CLOSE ||
		    !same(close->target, override->id) ||
		    !same_subject(close, override))
			continue;
		closed = stands(ap, close, err);
		if (closed)
			return closed;
	}
	return 0;
}

static int64_t since(const struct gm_follow_up *f)
{
	return f->landed_at ? f->landed_at : f->override->at;
}

static int by_time(const void *x, const void *y)
{
	const struct gm_follow_up *one = x, *two = y;

	if (since(one) != since(two))
		return since(one) < since(two) ? -1 : 1;
	return strcmp(one->override->id, two->override->id);
}

/* 1: nobody has closed what it asks for; 0: closed, or not used; or -1. */
static int is_open(struct gm_follow_up *f, struct gm_approvals *ap,
		   const struct gm_records *all, struct gm_err *err)
{
	int closed;

	/* Whether it has run in an environment is not seen from here. */
	if (same(f->override->env, "*")) {
		if (find_use(&f->landed_at, ap, f->override, err) < 0)
			return -1;
		if (!f->landed_at)
			return 0;
	}
	closed = is_closed(ap, all, f->override, err);
	return closed < 0 ? -1 : !closed;
}

static int find_open(struct gm_follow_ups *out, struct gm_approvals *ap,
		     const char *ref, struct gm_err *err)
{
	struct gm_follow_ups list = { 0 };
	const struct gm_records *all;

	if (gm_source_all(&all, ap, GM_OVERRIDES_REF, err) < 0)
		return -1;
	if (all->n_bad)
		return gm_bad_line_fail(&all->bad[0], "It could be an override",
					err);
	for (size_t i = 0; i < all->n; i++) {
		const struct gm_record *r = &all->items[i];
		struct gm_follow_up f = { .override = r };
		int open;

		if (r->kind != GM_RECORD_OVERRIDE || !same(r->ref, ref) ||
		    !same(r->project, ap->from.policy->project))
			continue;
		open = is_open(&f, ap, all, err);
		if (open < 0)
			return -1;
		if (open)
			*GM_PUSH(ap->a, &list) = f;
	}
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), by_time);
	*out = list;
	return 0;
}

int gm_approvals_follow_ups(struct gm_follow_ups *out, struct gm_approvals *ap,
			    const char *ref, struct gm_err *err)
{
	struct gm_follow_ups *list;

	if (!ap->open.arena)
		ap->open = gm_map(ap->a);
	list = gm_map_get(&ap->open, gm_str(ref));
	if (!list) {
		list = gm_alloc(ap->a, sizeof(*list));
		if (find_open(list, ap, ref, err) < 0)
			return -1;
		gm_map_set(&ap->open, gm_str(gm_strdup(ap->a, ref)), list);
	}
	*out = *list;
	return 0;
}

#include "check/review.h"

#include <string.h>

#include "base/buf.h"
#include "base/near.h"
#include "git/ref.h"

#define HEADS "refs/heads/"

struct finder {
	struct gm_review *out;
	struct gm_arena *a;
	const struct gm_repo *r;
	const struct gm_review_from *from;
	const char *branch; /* the current one, full; NULL: detached */
	const char *merge;  /* what it is pushed to, full; NULL: not known */
};

static bool is_pattern(const char *ref)
{
	return strpbrk(ref, "*?[\\") != NULL;
}

static const char *short_name(const char *ref)
{
	return strncmp(ref, HEADS, strlen(HEADS)) ? ref : ref + strlen(HEADS);
}

static const char *full_name(struct gm_arena *a, const char *ref)
{
	if (!strncmp(ref, "refs/", 5))
		return ref;
	return gm_printf(a, HEADS "%s", ref);
}

/* Where this clone keeps what a branch of the remote was. */
static const char *tracking(const struct finder *f, const char *ref)
{
	return gm_printf(f->a, "refs/remotes/%s/%s", f->out->remote,
			 short_name(ref));
}

/* --- the remote --- */

static bool has(const struct gm_strings *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i], word))
			return true;
	return false;
}

static int unknown_remote(const struct gm_strings *remotes, const char *name,
			  struct gm_err *err)
{
	const char *near = gm_near(gm_str(name), remotes->items, remotes->n);

	gm_fail(err, GM_ENOT_FOUND, "there is no remote '%s'", name);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "'git remote' lists them.");
}

static int branch_config(const char **out, const struct finder *f,
			 const char *key, struct gm_err *err)
{
	return gm_config_get(
		out, f->a, f->r,
		gm_printf(f->a, "branch.%s.%s", short_name(f->branch), key),
		err);
}

static int find_remote(struct finder *f, struct gm_err *err)
{
	struct gm_strings remotes = { 0 };
	const char *own = NULL;

	if (gm_repo_remotes(&remotes, f->a, f->r, err) < 0 ||
	    gm_ref_head(&f->branch, f->a, f->r, err) < 0)
		return -1;
	if (f->branch && (branch_config(&own, f, "remote", err) < 0 ||
			  branch_config(&f->merge, f, "merge", err) < 0))
		return -1;
	if (!own || !has(&remotes, own))
		own = f->merge = NULL;
	if (f->from->remote && !has(&remotes, f->from->remote))
		return unknown_remote(&remotes, f->from->remote, err);
	/* In the repository that is pushed to, its own refs are what counts. */
	if (f->from->remote)
		f->out->remote = f->from->remote;
	else if (gm_repo_is_bare(f->r))
		f->out->remote = NULL;
	else if (own)
		f->out->remote = own;
	else if (has(&remotes, "origin"))
		f->out->remote = "origin";
	else
		f->out->remote = remotes.n == 1 ? remotes.items[0] : NULL;
	if (own && f->out->remote && strcmp(own, f->out->remote))
		f->merge = NULL;
	return 0;
}

/* --- the policy --- */

/* Is there a policy in what that ref names?  1 takes it. */
static int try_ref(struct finder *f, const char *ref, const char *where,
		   struct gm_err *err)
{
	struct gm_oid oid;
	int found = gm_ref_get(&oid, f->r, ref, err);

	if (found <= 0)
		return found;
	found = gm_policy_of_commit(&f->out->policy, f->a, f->r, &oid, where,
				    err);
	if (found > 0) {
		f->out->policy_commit = oid;
		f->out->where = where;
	}
	return found;
}

/* The refs that the policy at HEAD protects, for want of a better one. */
static int guess_protected(struct gm_strings *out, const struct finder *f,
			   struct gm_err *err)
{
	struct gm_policy policy;
	struct gm_oid head;
	int found = gm_ref_get(&head, f->r, "HEAD", err);

	if (found > 0)
		found = gm_policy_of_commit(&policy, f->a, f->r, &head, "HEAD",
					    err);
	if (found < 0)
		return -1;
	if (!found)
		gm_policy_default(&policy, f->a);
	*out = policy.protected_;
	return 0;
}

static int try_tracking(struct finder *f, const char *ref, struct gm_err *err)
{
	const char *name = tracking(f, ref);

	return try_ref(f, name, name + strlen("refs/remotes/"), err);
}

/*
 * The server reads its policy at its default branch, unless it was told
 * another; a clone that knows no default takes the first protected one.
 */
static int find_remote_policy(struct finder *f, struct gm_err *err)
{
	const char *head =
		gm_printf(f->a, "refs/remotes/%s/HEAD", f->out->remote);
	const char *target = NULL;
	struct gm_strings refs;
	int found = gm_ref_symbolic(&target, f->a, f->r, head, err);

	if (found > 0 && !strncmp(target, "refs/remotes/", 13))
		found = try_ref(f, target, target + 13, err);
	if (found)
		return found;
	if (guess_protected(&refs, f, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n && !found; i++)
		if (!is_pattern(refs.items[i]))
			found = try_tracking(f, refs.items[i], err);
	if (!found && f->merge)
		found = try_tracking(f, f->merge, err);
	return found;
}

static int find_policy(struct finder *f, struct gm_err *err)
{
	const char *ref = NULL;
	int found = 0;

	if (f->out->remote) {
		found = find_remote_policy(f, err);
	} else if (gm_repo_is_bare(f->r)) {
		if (gm_config_get(&ref, f->a, f->r, "migrate.policyRef", err) <
		    0)
			return -1;
		if (ref)
			found = try_ref(f, ref, short_name(ref), err);
	}
	return found ? found : try_ref(f, "HEAD", "HEAD", err);
}

/* --- the ref --- */

static int not_protected(const struct finder *f, const char *ref,
			 struct gm_err *err)
{
	const struct gm_strings *refs = &f->out->policy.protected_;
	struct gm_buf all = gm_buf(f->a);

	for (size_t i = 0; i < refs->n; i++)
		gm_buf_printf(&all, "%s%s", i ? ", " : "", refs->items[i]);
	gm_fail(err, GM_EINPUT, "the policy of %s does not protect '%s'",
		f->out->where, ref);
	return gm_hint(err, "It protects: %s.", all.ptr);
}

static int find_ref(struct finder *f, struct gm_err *err)
{
	const struct gm_policy *policy = &f->out->policy;
	const struct gm_strings *refs = &policy->protected_;
	const char *ref;

	if (f->from->ref) {
		ref = full_name(f->a, f->from->ref);
		if (!gm_ref_valid(gm_str(ref)) ||
		    !gm_policy_protects(policy, ref))
			return not_protected(f, ref, err);
		f->out->ref = ref;
		return 0;
	}
	ref = f->out->remote ? f->merge : f->branch;
	if (ref && gm_policy_protects(policy, ref)) {
		f->out->ref = ref;
		return 0;
	}
	for (size_t i = 0; i < refs->n; i++)
		if (!is_pattern(refs->items[i])) {
			f->out->ref = refs->items[i];
			return 0;
		}
	gm_fail(err, GM_EINPUT, "for which protected ref is this?");
	return gm_hint(err,
		       "Name it with --ref; the policy of %s protects"
		       " patterns only.",
		       f->out->where);
}

/* What the protected ref has, where that is known. */
static int find_landed(struct finder *f, struct gm_err *err)
{
	const char *ref = f->out->ref;
	struct gm_oid oid;
	int found;

	if (f->out->remote)
		ref = tracking(f, ref);
	else if (!gm_repo_is_bare(f->r))
		return 0;
	found = gm_ref_get(&oid, f->r, ref, err);
	if (found > 0)
		f->out->landed = oid;
	return found;
}

int gm_review_open(struct gm_review *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_review_from *from,
		   struct gm_err *err)
{
	struct gm_review *review = gm_alloc(a, sizeof(*review));
	struct finder f = { .out = review, .a = a, .r = r, .from = from };
	struct gm_approvals_from open = { .now = from->now };
	int found;

	review->now = from->now;
	if (find_remote(&f, err) < 0)
		return -1;
	found = find_policy(&f, err);
	if (found <= 0)
		return found;
	if (find_ref(&f, err) < 0 || find_landed(&f, err) < 0)
		return -1;
	open.policy = &review->policy;
	open.policy_commit = review->policy_commit;
	open.where = review->where;
	open.remotes = !gm_repo_is_bare(r);
	if (gm_approvals_open(&review->approvals, a, r, &open, err) < 0)
		return -1;
	review->people = gm_map(a);
	*out = *review;
	return 1;
}

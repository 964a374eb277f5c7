#include "cmd/judge.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "check/consent.h"
#include "check/context.h"
#include "check/range.h"
#include "git/index.h"
#include "git/walk.h"

static const struct gm_oid none;

/*
 * The policy for commits between `base` (zero: none) and `tip`: that of the
 * base, as on the server; else that of the tip, else the built-in one.
 */
static int choose_policy(struct gm_ctx *cx, struct gm_context *out,
			 bool *policy_ref, const struct gm_oid *base,
			 const struct gm_oid *tip, struct gm_err *err)
{
	const char *where;
	int found = 0;

	*policy_ref = false;
	if (!gm_oid_is_zero(base)) {
		where = gm_printf(cx->arena, "%.12s",
				  gm_oid_hex(cx->arena, base));
		found = gm_policy_of_commit(&out->policy, cx->arena, cx->repo,
					    base, where, err);
		if (found < 0)
			return -1;
		*policy_ref = found > 0;
	}
	if (!found) {
		where = gm_printf(cx->arena, "%.12s",
				  gm_oid_hex(cx->arena, tip));
		found = gm_policy_of_commit(&out->policy, cx->arena, cx->repo,
					    tip, where, err);
		if (found < 0)
			return -1;
	}
	if (!found) {
		gm_policy_default(&out->policy, cx->arena);
		gm_cmd_note(cx,
			    "no %s here; judging by the built-in policy"
			    " ('git migrate init' writes one)",
			    GM_POLICY_PATH);
	}
	return gm_context_roots_between(&out->roots, cx->arena, cx->repo,
					&out->policy, base, tip, err);
}

/* The findings' severities are the policy's, which has to outlive them. */
static void apply_severities(struct gm_ctx *cx, struct gm_result *result,
			     const struct gm_policy *policy)
{
	struct gm_policy *copy = gm_alloc(cx->arena, sizeof(*copy));

	*copy = *policy;
	result->findings.severity = copy->severity;
}

/* The ref of the server that this branch is pushed to, where it is known. */
static int server_ref(struct gm_ctx *cx, const char **out, struct gm_err *err)
{
	const char *head, *key;

	*out = NULL;
	if (gm_ref_head(&head, cx->arena, cx->repo, err) < 0)
		return -1;
	if (!head || strncmp(head, "refs/heads/", 11))
		return 0;
	key = gm_printf(cx->arena, "branch.%s.merge", head + 11);
	return gm_config_get(out, cx->arena, cx->repo, key, err);
}

/* The records of this clone, with those fetched; whoever runs us pushes. */
static int open_consent(struct gm_ctx *cx, struct gm_consent *out,
			const struct gm_policy *policy,
			const struct gm_range *range, struct gm_err *err)
{
	static const char *const me[] = { "user.email", "user.name" };
	struct gm_policy *copy = gm_alloc(cx->arena, sizeof(*copy));
	struct gm_approvals_from from = {
		.policy = copy,
		.policy_commit =
			gm_oid_is_zero(&range->base) ? range->tip : range->base,
		.remotes = true,
		.now = range->now,
	};

	*copy = *policy;
	from.where = gm_printf(cx->arena, "%.12s",
			       gm_oid_hex(cx->arena, &from.policy_commit));
	for (size_t i = 0; i < GM_COUNT(me); i++) {
		const char *name;

		if (gm_config_get(&name, cx->arena, cx->repo, me[i], err) < 0)
			return -1;
		if (name)
			*GM_PUSH(cx->arena, &out->pushers) = name;
	}
	out->pusher_unknown = !out->pushers.n;
	out->fetched = true;
	out->landed = range->base;
	return gm_approvals_open(&out->approvals, cx->arena, cx->repo, &from,
				 err);
}

static int judge_range(struct gm_ctx *cx, struct gm_result *result,
		       const struct gm_oid *base, const struct gm_oid *tip,
		       const char *ref, struct gm_err *err)
{
	struct gm_range range = {
		.tip = *tip,
		.base = *base,
		.ref = ref,
		.now = gm_now(),
	};
	struct gm_consent consent = { 0 };
	struct gm_context context;

	if (choose_policy(cx, &context, &range.policy_ref, base, tip, err) <
		    0 ||
	    open_consent(cx, &consent, &context.policy, &range, err) < 0)
		return -1;
	range.consent = &consent;
	apply_severities(cx, result, &context.policy);
	return gm_check_range(result, cx->arena, cx->repo, &context, &range,
			      err);
}

/* Is it the remote's default branch?  The server reads its policy there. */
static bool is_default(struct gm_ctx *cx, const char *head, const char *ref)
{
	struct gm_err ignored = GM_ERR_INIT;
	const char *target = NULL;

	if (gm_ref_symbolic(&target, cx->arena, cx->repo, head, &ignored) <= 0)
		return false;
	/* refs/remotes/<remote>/HEAD names refs/remotes/<remote>/<branch>. */
	return gm_str_ends(gm_str(head), GM_STR("/HEAD")) &&
	       !strncmp(target, head, strlen(head) - 4) &&
	       !strcmp(target + strlen(head) - 4, ref + strlen("refs/heads/"));
}

/*
 * A branch that is new at the remote is compared with the remote's default
 * branch, as far as it is known here; one that the policy does not protect is
 * not judged by the server either.
 */
static int judge_pushed(struct gm_ctx *cx, struct gm_result *result,
			const char *remote, const char *ref,
			const struct gm_oid *old, const struct gm_oid *tip,
			struct gm_err *err)
{
	const char *head = gm_printf(cx->arena, "refs/remotes/%s/HEAD", remote);
	struct gm_oid base = *old, theirs;
	struct gm_context context;
	bool ignored;
	int found;

	if (gm_oid_is_zero(&base)) {
		found = gm_ref_get(&theirs, cx->repo, head, err);
		if (found > 0)
			found = gm_merge_base(&base, cx->repo, &theirs, tip,
					      err);
		if (found < 0)
			return -1;
	}
	if (choose_policy(cx, &context, &ignored, &base, tip, err) < 0)
		return -1;
	if (!gm_policy_protects(&context.policy, ref) &&
	    !is_default(cx, head, ref))
		return 0;
	/* Brought for the first time, the policy judges nothing yet. */
	if (gm_oid_is_zero(&base))
		return 0;
	return judge_range(cx, result, &base, tip, ref, err);
}

/* "A..B" into both ends; an empty end is HEAD. */
static int parse_range(struct gm_ctx *cx, struct gm_oid *base,
		       struct gm_oid *tip, const char *range,
		       struct gm_err *err)
{
	const char *dots = strstr(range, "..");
	const char *from = range, *to = "HEAD";

	if (dots && dots[2] == '.') {
		gm_fail(err, GM_EUSAGE, "'%s' is a symmetric range", range);
		return gm_hint(err, "Use two dots: what the server has, then"
				    " what would be pushed.");
	}
	if (dots) {
		from = gm_strndup(cx->arena, range, (size_t)(dots - range));
		if (!*from)
			from = "HEAD";
		if (dots[2])
			to = dots + 2;
	}
	if (gm_rev_commit(base, cx->repo, from, err) < 0 ||
	    gm_rev_commit(tip, cx->repo, to, err) < 0)
		return -1;
	return 0;
}

/*
 * The ref that a range's lower end is named after: "main" and "origin/main"
 * are refs/heads/main of the server.  NULL: it is named by something else.
 */
static int named_ref(struct gm_ctx *cx, const char **out, const char *range,
		     struct gm_err *err)
{
	const char *dots = strstr(range, "..");
	const char *name =
		gm_strndup(cx->arena, range,
			   dots ? (size_t)(dots - range) : strlen(range));
	const char *branch = strchr(name, '/');
	const char *local = gm_printf(cx->arena, "refs/heads/%s", name);
	const char *theirs = gm_printf(cx->arena, "refs/remotes/%s", name);
	struct gm_oid oid;
	int found = 0;

	*out = NULL;
	if (gm_ref_valid(gm_str(local)))
		found = gm_ref_get(&oid, cx->repo, local, err);
	if (found) {
		*out = local;
		return found < 0 ? -1 : 0;
	}
	if (branch && gm_ref_valid(gm_str(theirs)))
		found = gm_ref_get(&oid, cx->repo, theirs, err);
	if (found > 0)
		*out = gm_printf(cx->arena, "refs/heads/%s", branch + 1);
	return found < 0 ? -1 : 0;
}

static int no_upstream(struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"the current branch has no upstream to compare"
		" with");
	return gm_hint(err, "Name a range ('git migrate check main..HEAD'),"
			    " use --all, or set one with 'git branch"
			    " --set-upstream-to'.");
}

/*
 * The branch of origin that is guarded, as far as it is known here: its
 * default branch, else the first one that the policy of HEAD names.
 */
static int origin_ref(struct gm_ctx *cx, const char **out, struct gm_err *err)
{
	struct gm_err unread = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_oid oid;
	int found = gm_ref_symbolic(out, cx->arena, cx->repo,
				    "refs/remotes/origin/HEAD", err);

	if (found)
		return found < 0 ? -1 : 0;
	*out = NULL;
	found = gm_ref_get(&oid, cx->repo, "HEAD", err);
	/* One that does not read is told of when the commits are judged. */
	if (found > 0 && gm_policy_of_commit(&policy, cx->arena, cx->repo, &oid,
					     "HEAD", &unread) <= 0)
		return 0;
	for (size_t i = 0; found > 0 && i < policy.protected_.n; i++) {
		const char *ref = policy.protected_.items[i];

		if (strncmp(ref, "refs/heads/", 11) != 0)
			continue;
		ref = gm_printf(cx->arena, "refs/remotes/origin/%s", ref + 11);
		if (!gm_ref_valid(gm_str(ref)))
			continue;
		found = gm_ref_get(&oid, cx->repo, ref, err);
		if (found > 0) {
			*out = ref;
			return 0;
		}
		found = found < 0 ? -1 : 1;
	}
	return found < 0 ? -1 : 0;
}

/*
 * What has landed, as far as it is known here: the upstream.  A branch that
 * has none yet, or one that the server does not guard, is compared with the
 * branch of origin that is guarded.  NULL: there is none.
 */
static int landed_ref(struct gm_ctx *cx, const char **out, struct gm_err *err)
{
	const char *upstream, *origin, *server;
	struct gm_policy policy;
	struct gm_oid oid;
	int found;

	if (gm_ref_upstream(&upstream, cx->arena, cx->repo, err) < 0 ||
	    origin_ref(cx, &origin, err) < 0 ||
	    server_ref(cx, &server, err) < 0)
		return -1;
	*out = upstream ? upstream : origin;
	if (!upstream || !origin || !server || !strcmp(upstream, origin))
		return 0;
	found = gm_ref_get(&oid, cx->repo, origin, err);
	if (found > 0)
		found = gm_policy_of_commit(&policy, cx->arena, cx->repo, &oid,
					    origin, err);
	if (found > 0 && !gm_policy_protects(&policy, server))
		*out = origin;
	return found < 0 ? -1 : 0;
}

/*
 * Where the default range begins: at the upstream, or, when that is not
 * guarded, where the branch left the one that is; `*ref` is that one's then.
 */
static int default_base(struct gm_ctx *cx, struct gm_oid *base,
			const char **ref, const struct gm_oid *tip,
			struct gm_err *err)
{
	const char *upstream, *landed;
	struct gm_oid fork;
	int found;

	if (gm_ref_upstream(&upstream, cx->arena, cx->repo, err) < 0)
		return -1;
	if (!upstream)
		return no_upstream(err);
	if (landed_ref(cx, &landed, err) < 0 ||
	    gm_rev_commit(base, cx->repo, landed, err) < 0)
		return -1;
	if (!strcmp(landed, upstream))
		return 0;
	found = gm_merge_base(&fork, cx->repo, base, tip, err);
	if (found > 0)
		*base = fork;
	return found < 0 ? -1
			 : named_ref(cx, ref, landed + strlen("refs/remotes/"),
				     err);
}

/*
 * A branch that is behind is judged from where it left the other: what only
 * that one has was not taken away here.
 */
static int from_fork(struct gm_ctx *cx, struct gm_oid *base,
		     const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_oid fork;
	int found = gm_is_ancestor(cx->repo, base, tip, err);

	if (found)
		return found < 0 ? -1 : 0;
	found = gm_merge_base(&fork, cx->repo, base, tip, err);
	if (found <= 0)
		return found;
	*base = fork;
	gm_cmd_note(cx,
		    "the range's lower end has gone on: judged from %.12s,"
		    " where they part; merge or rebase before you push",
		    gm_oid_hex(cx->arena, base));
	return 0;
}

/* Is there any commit yet?  1, 0, -1. */
static int has_head(struct gm_ctx *cx, struct gm_err *err)
{
	struct gm_oid head;

	return gm_ref_get(&head, cx->repo, "HEAD", err);
}

int gm_cmd_check_range(struct gm_ctx *cx, struct gm_result *result,
		       const char *range, struct gm_err *err)
{
	struct gm_oid base, tip;
	const char *ref = NULL;
	int found = has_head(cx, err);

	if (found < 0)
		return -1;
	if (!found && !range) {
		gm_cmd_note(cx, "no commits yet: nothing to judge");
		return 0;
	}
	if (range) {
		if (parse_range(cx, &base, &tip, range, err) < 0 ||
		    named_ref(cx, &ref, range, err) < 0 ||
		    from_fork(cx, &base, &tip, err) < 0)
			return -1;
	} else {
		if (gm_rev_commit(&tip, cx->repo, "HEAD", err) < 0 ||
		    default_base(cx, &base, &ref, &tip, err) < 0)
			return -1;
	}
	if (!ref && server_ref(cx, &ref, err) < 0)
		return -1;
	return judge_range(cx, result, &base, &tip, ref, err);
}

int gm_cmd_check_all(struct gm_ctx *cx, struct gm_result *result,
		     const char *rev, struct gm_err *err)
{
	struct gm_context context;
	struct gm_oid tip;
	bool ignored;
	int found = has_head(cx, err);

	if (found < 0)
		return -1;
	if (!found && !rev) {
		gm_cmd_note(cx, "no commits yet: nothing to judge");
		return 0;
	}
	if (rev && strstr(rev, ".."))
		return gm_fail(err, GM_EUSAGE,
			       "--all takes one revision, not"
			       " a range");
	if (gm_rev_commit(&tip, cx->repo, rev ? rev : "HEAD", err) < 0 ||
	    choose_policy(cx, &context, &ignored, &none, &tip, err) < 0)
		return -1;
	apply_severities(cx, result, &context.policy);
	return gm_check_history(result, cx->arena, cx->repo, &context, &tip,
				gm_now(), err);
}

/*
 * The policy for what is staged: that of what has landed, else that of HEAD,
 * else the staged one, else the built-in one.
 */
static int staged_policy(struct gm_ctx *cx, struct gm_context *out,
			 const struct gm_staged *staged, struct gm_err *err)
{
	int found = 0;

	if (!gm_oid_is_zero(&staged->base))
		found = gm_policy_of_commit(&out->policy, cx->arena, cx->repo,
					    &staged->base, "upstream", err);
	if (!found && staged->parents.n)
		found = gm_policy_of_commit(&out->policy, cx->arena, cx->repo,
					    &staged->parents.items[0], "HEAD",
					    err);
	if (!found)
		found = gm_policy_of_tree(&out->policy, cx->arena, cx->repo,
					  &staged->tree, "index", err);
	if (!found)
		gm_policy_default(&out->policy, cx->arena);
	return found < 0 ? -1 : 0;
}

static int staged_roots(struct gm_ctx *cx, struct gm_context *out,
			const struct gm_staged *staged, struct gm_err *err)
{
	struct gm_oid before = staged->base, tree = none;
	struct gm_commit c;

	if (gm_oid_is_zero(&before) && staged->parents.n)
		before = staged->parents.items[0];
	if (!gm_oid_is_zero(&before)) {
		if (gm_commit_read(&c, cx->arena, cx->repo, &before, err) < 0)
			return -1;
		tree = c.tree;
	}
	return gm_context_roots(&out->roots, cx->arena, cx->repo, &out->policy,
				&tree, &staged->tree, err);
}

/* The parents the commit is going to have. */
static int staged_parents(struct gm_ctx *cx, struct gm_oids *out, bool amend,
			  struct gm_err *err)
{
	const char *path =
		gm_printf(cx->arena, "%s/MERGE_HEAD", gm_repo_gitdir(cx->repo));
	struct gm_str text, line;
	struct gm_commit head;
	struct gm_oid oid;
	int born = gm_ref_get(&oid, cx->repo, "HEAD", err);

	if (born <= 0)
		return born;
	if (amend) {
		if (gm_commit_read(&head, cx->arena, cx->repo, &oid, err) < 0)
			return -1;
		for (size_t i = 0; i < head.n_parents; i++)
			*GM_PUSH(cx->arena, out) = head.parents[i];
		return 0;
	}
	*GM_PUSH(cx->arena, out) = oid;
	if (gm_file_read(&text, cx->arena, path, 1 << 20, err) < 0) {
		if (err->code != GM_ENOT_FOUND)
			return -1;
		*err = (struct gm_err)GM_ERR_INIT;
		return 0;
	}
	while (gm_str_line(&line, &text)) {
		if (!gm_oid_parse(&oid, line))
			return gm_fail(err, GM_EINPUT, "'%s' holds no commit",
				       path);
		*GM_PUSH(cx->arena, out) = oid;
	}
	return 0;
}

static int staged_base(struct gm_ctx *cx, struct gm_oid *out,
		       struct gm_err *err)
{
	const char *ref;

	if (landed_ref(cx, &ref, err) < 0)
		return -1;
	return !ref || gm_ref_get(out, cx->repo, ref, err) >= 0 ? 0 : -1;
}

int gm_cmd_check_staged(struct gm_ctx *cx, struct gm_result *result,
			const struct gm_str *message, bool amend,
			struct gm_err *err)
{
	struct gm_staged staged = { .now = gm_now() };
	struct gm_context context = { 0 };

	if (gm_repo_is_bare(cx->repo)) {
		gm_fail(err, GM_EGIT, "a bare repository has nothing staged");
		return gm_hint(err, "Name a range, or use --all.");
	}
	if (staged_parents(cx, &staged.parents, amend, err) < 0 ||
	    gm_index_tree(&staged.tree, cx->repo, err) < 0 ||
	    staged_base(cx, &staged.base, err) < 0)
		return -1;
	if (message) {
		staged.message = *message;
		staged.has_message = true;
	}
	if (staged_policy(cx, &context, &staged, err) < 0 ||
	    staged_roots(cx, &context, &staged, err) < 0)
		return -1;
	apply_severities(cx, result, &context.policy);
	return gm_check_staged(result, cx->arena, cx->repo, &context, &staged,
			       err);
}

int gm_cmd_check_push(struct gm_ctx *cx, struct gm_result *result,
		      const char *remote, const struct gm_push *push,
		      struct gm_err *err)
{
	for (size_t i = 0; i < push->n; i++) {
		const struct gm_push_update *u = &push->items[i];
		struct gm_oid base = u->old_oid, tip;
		enum gm_object_kind kind;

		if (gm_oid_is_zero(&u->new_oid) ||
		    !gm_str_starts(gm_str(u->ref), GM_STR("refs/heads/")))
			continue;
		if (gm_object_peel(&tip, &kind, cx->repo, &u->new_oid, err) < 0)
			return -1;
		if (kind != GM_OBJECT_COMMIT)
			continue;
		if (!gm_oid_is_zero(&base) &&
		    gm_object_kind(cx->repo, &base) != GM_OBJECT_COMMIT) {
			gm_cmd_note(cx,
				    "%s moved on at %s: fetch first to have"
				    " this push judged here",
				    u->ref, remote);
			continue;
		}
		if (judge_pushed(cx, result, remote, u->ref, &base, &tip, err) <
		    0)
			return -1;
	}
	return 0;
}

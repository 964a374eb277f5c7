/* git migrate init --server. */
#include <string.h>

#include "check/context.h"
#include "check/land.h"
#include "cmd/hookfile.h"
#include "cmd/init.h"
#include "git/ref.h"

#define BRANCH "refs/heads/"

static int set(struct gm_ctx *cx, const char *key, const char *value,
	       struct gm_err *err)
{
	const char *now;

	if (gm_config_get(&now, cx->arena, cx->repo, key, err) < 0)
		return -1;
	if (now && !strcmp(now, value)) {
		gm_init_say(cx, "kept",
			    gm_printf(cx->arena, "%s %s", key, value));
		return 0;
	}
	if (gm_config_set(cx->repo, key, value, err) < 0)
		return -1;
	gm_init_say(
		cx, "set",
		now ? gm_printf(cx->arena, "%s %s (was %s)", key, value, now)
		    : gm_printf(cx->arena, "%s %s", key, value));
	return 0;
}

/* Given, else configured, else the branch that HEAD names. */
static int settle_ref(const char **out, struct gm_ctx *cx, const char *given,
		      struct gm_err *err)
{
	const char *ref = given;

	if (ref && strncmp(ref, "refs/", 5))
		ref = gm_printf(cx->arena, BRANCH "%s", ref);
	if (!ref && gm_config_get(&ref, cx->arena, cx->repo,
				  "migrate.policyRef", err) < 0)
		return -1;
	if (!ref && gm_ref_head(&ref, cx->arena, cx->repo, err) < 0)
		return -1;
	if (ref && gm_ref_valid(gm_str(ref)) &&
	    !strncmp(ref, BRANCH, strlen(BRANCH))) {
		*out = ref;
		return 0;
	}
	if (ref)
		gm_fail(err, given ? GM_EUSAGE : GM_EINPUT,
			"'%s' is no branch that could hold the policy", ref);
	else
		gm_fail(err, GM_EINPUT,
			"HEAD names no branch that could hold the policy");
	return gm_hint(err, "Name it: --policy-ref=refs/heads/main.");
}

/* Whether there is a policy at the ref; the built-in one otherwise. */
static int read_policy(struct gm_policy *out, struct gm_ctx *cx,
		       const char *ref, struct gm_err *err)
{
	struct gm_oid tip;
	int found = gm_ref_get(&tip, cx->repo, ref, err);

	if (found > 0)
		found = gm_policy_of_commit(out, cx->arena, cx->repo, &tip, ref,
					    err);
	if (found == 0)
		gm_policy_default(out, cx->arena);
	return found;
}

/*
 * Given, configured, or that of the policy; NULL when there is none of these
 * yet: a guess would refuse the first policy that is pushed.
 */
static int settle_project(const char **out, struct gm_ctx *cx,
			  const char *given, const struct gm_policy *policy,
			  struct gm_err *err)
{
	const char *project = given;

	if (!project && gm_config_get(&project, cx->arena, cx->repo,
				      "migrate.project", err) < 0)
		return -1;
	if (project && policy && strcmp(project, policy->project)) {
		gm_fail(err, GM_EPOLICY,
			"the policy is of project '%s', not '%s'",
			policy->project, project);
		return gm_hint(err, "Name the policy's project: --project=%s.",
			       policy->project);
	}
	*out = !project && policy ? policy->project : project;
	return 0;
}

static int check_objects(struct gm_ctx *cx, struct gm_err *err)
{
	const char *value;

	if (gm_config_get(&value, cx->arena, cx->repo, "receive.fsckObjects",
			  err) < 0)
		return -1;
	if (!value)
		return set(cx, "receive.fsckObjects", "true", err);
	gm_init_say(cx, "kept",
		    gm_printf(cx->arena, "receive.fsckObjects %s", value));
	return 0;
}

/* What is on the protected branches now has landed now. */
static int land(struct gm_ctx *cx, const struct gm_policy *policy,
		const char *policy_ref, struct gm_err *err)
{
	struct gm_refs refs = { 0 };

	if (gm_ref_list(&refs, cx->arena, cx->repo, BRANCH, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *ref = refs.items[i].name;
		if (strcmp(ref, policy_ref) && !gm_policy_protects(policy, ref))
			continue;
		if (gm_land_all(cx->repo, policy, ref, err) < 0)
			return -1;
		gm_init_say(cx, "recorded",
			    gm_printf(cx->arena, "what has landed on %s", ref));
	}
	return 0;
}

int gm_init_server(struct gm_ctx *cx, const struct gm_init_args *args,
		   struct gm_err *err)
{
	const char *ref = NULL, *project = NULL;
	struct gm_policy policy;
	int found, left;

	if (settle_ref(&ref, cx, args->policy_ref, err) < 0)
		return -1;
	found = read_policy(&policy, cx, ref, err);
	if (found < 0 || settle_project(&project, cx, args->project,
					found ? &policy : NULL, err) < 0)
		return -1;
	if (set(cx, "migrate.policyRef", ref, err) < 0 ||
	    (project && set(cx, "migrate.project", project, err) < 0) ||
	    check_objects(cx, err) < 0)
		return -1;
	left = gm_init_hooks(cx, gm_hooks_server, err);
	if (left >= 0 && args->transactions) {
		int more = gm_init_hooks(cx, gm_hooks_transactions, err);

		left = more < 0 ? -1 : left + more;
	}
	if (left < 0 || (found && land(cx, &policy, ref, err) < 0))
		return -1;
	if (!found)
		gm_cmd_note(cx,
			    "%s holds no policy yet; the first one that is"
			    " pushed there counts",
			    ref);
	if (!project)
		gm_cmd_note(cx, "no project is pinned: name it with --project,"
				" or run this again once there is a policy");
	if (!left)
		return 0;
	gm_cmd_note(cx, "pushes are not judged until the hooks above are in"
			" place");
	return 1;
}

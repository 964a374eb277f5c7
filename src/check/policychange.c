#include "check/policychange.h"

/* Other files named in a finding. */
#define NOTES 8

bool gm_is_policy_path(struct gm_str path)
{
	struct gm_str dir = GM_STR(GM_POLICY_DIR);

	if (gm_str_is(path, ".migrate"))
		return true;
	return gm_str_starts(path, dir) &&
	       !gm_str_starts(path, GM_STR(".migrate/templates/"));
}

static struct gm_finding *find(struct gm_judge *j, const struct gm_commit *c,
			       const char *message, const char *hint)
{
	struct gm_finding *found = gm_find(
		&j->result->findings, GM_RULE_POLICY_CHANGE, "%s", message);

	found->commit = gm_oid_hex(j->arena, &c->oid);
	found->subject = gm_commit_subject(j->arena, c);
	found->path = GM_STR(GM_POLICY_PATH);
	found->hint = hint;
	return found;
}

/* How many of the changes are to what is enforced. */
static size_t count(const struct gm_changes *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n; i++)
		n += gm_is_policy_path(changes->items[i].path);
	return n;
}

/* Templates may come along with the policy, or with anything else. */
static bool is_other(struct gm_str path)
{
	return !gm_is_policy_path(path) &&
	       !gm_str_starts(path, GM_STR(GM_POLICY_DIR));
}

int gm_judge_policy_commit(struct gm_judge *j, const struct gm_commit *c,
			   struct gm_err *err)
{
	struct gm_changes changes = { 0 };
	struct gm_finding *found;
	size_t policy, other = 0;

	if (gm_diff_commit(&changes, j->scratch, j->repo, c, err) < 0)
		return -1;
	policy = count(&changes);
	for (size_t i = 0; i < changes.n; i++)
		other += is_other(changes.items[i].path);
	j->policy_commits += policy > 0;
	if (policy)
		gm_judge_people(j, &j->policy_people, c);
	/* A merge that only joins, an empty commit: nothing of its own. */
	j->other_commits += other && !policy;
	if (!policy || !other)
		return 0;
	found = find(j, c, "the commit changes the policy and other files",
		     "Commit the change of the policy alone.");
	for (size_t i = 0; i < changes.n && found->notes.n < NOTES; i++)
		if (is_other(changes.items[i].path))
			gm_find_note(
				&j->result->findings, found, "other: %s",
				gm_str_dup(j->scratch, changes.items[i].path));
	return 0;
}

static void judge_new_policy(struct gm_judge *j, const struct gm_commit *tip,
			     const struct gm_policy *policy)
{
	const struct gm_policy *old = &j->cx->policy;

	if (policy->version <= old->version)
		find(j, tip,
		     gm_printf(j->arena,
			       "the policy changed, and its version %lld is"
			       " not above the server's %lld",
			       (long long)policy->version,
			       (long long)old->version),
		     gm_printf(j->arena, "Set 'version: %lld' in %s.",
			       (long long)old->version + 1, GM_POLICY_PATH));
	if (!gm_str_is(gm_str(policy->project), old->project))
		find(j, tip,
		     gm_printf(j->arena,
			       "the policy's project changed from '%s' to '%s'",
			       old->project, policy->project),
		     "Keep the project: every record is signed with it.");
}

/*
 * Do both ends have the same policy?  A merge can take an older one from its
 * other side, and then no commit has changed it.
 */
static int unchanged(struct gm_judge *j, const struct gm_oid *base,
		     const struct gm_commit *tip, struct gm_err *err)
{
	struct gm_changes changes = { 0 };
	struct gm_commit c;
	int same;

	if (j->policy_commits)
		return 0;
	if (gm_oid_is_zero(base))
		return 1;
	if (gm_commit_read(&c, j->scratch, j->repo, base, err) < 0)
		return -1;
	same = gm_judge_same_entry(j, &c.tree, &tip->tree, GM_STR(".migrate"),
				   err);
	if (same)
		return same;
	if (gm_diff_trees(&changes, j->scratch, j->repo, &c.tree, &tip->tree,
			  err) < 0)
		return -1;
	return !count(&changes);
}

/* A policy that cannot be applied would refuse every push after it. */
static void judge_use(struct gm_judge *j, const struct gm_commit *tip,
		      const struct gm_policy *policy)
{
	struct gm_oid none = { { 0 } };
	struct gm_err why = GM_ERR_INIT;
	struct gm_signers signers = { 0 };
	struct gm_finding *found;
	struct gm_roots roots;

	if (gm_context_roots(&roots, j->arena, j->repo, policy, &none,
			     &tip->tree, &why) >= 0 &&
	    gm_signers_read(&signers, j->arena, j->repo, &tip->oid, "new",
			    &why) >= 0)
		return;
	found = find(j, tip,
		     gm_printf(j->arena, "the new policy cannot be used: %s",
			       why.msg),
		     gm_strdup(j->arena, why.hint));
	found->line = why.line;
	found->column = why.column;
	if (gm_str_starts(gm_str(why.path), GM_STR("new:")))
		found->path = gm_str(gm_strdup(j->arena, why.path + 4));
}

int gm_judge_policy_range(struct gm_judge *j, const struct gm_consent *consent,
			  const struct gm_oid *base, const struct gm_oid *tip,
			  struct gm_err *err)
{
	struct gm_err why = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_commit c;
	int found;

	if (gm_commit_read(&c, j->scratch, j->repo, tip, err) < 0)
		return -1;
	found = unchanged(j, base, &c, err);
	if (found)
		return found < 0 ? -1 : 0;
	if (j->other_commits)
		find(j, &c,
		     "the push changes the policy and brings other commits",
		     "Push the change of the policy alone, then the rest.");
	found = gm_policy_of_commit(&policy, j->arena, j->repo, tip, "new",
				    &why);
	if (found < 0) {
		struct gm_finding *bad = find(
			j, &c,
			gm_printf(j->arena, "the new policy cannot be used: %s",
				  why.msg),
			gm_strdup(j->arena, why.hint));

		bad->line = why.line;
		bad->column = why.column;
	} else if (!found) {
		find(j, &c, "the policy is gone",
		     "A repository that is guarded keeps its policy.");
	} else {
		judge_new_policy(j, &c, &policy);
		judge_use(j, &c, &policy);
		if (consent && !gm_oid_is_zero(base))
			return gm_judge_policy_consent(j, consent, base, &c,
						       err);
	}
	return 0;
}

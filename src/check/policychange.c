#include "check/policychange.h"

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

/* Does `.migrate` differ from that of every parent? */
static int touches(struct gm_judge *j, const struct gm_commit *c,
		   struct gm_err *err)
{
	struct gm_str path = GM_STR(".migrate");
	struct gm_entry own, theirs;
	int has = gm_tree_find(&own, j->scratch, j->repo, &c->tree, path, err);

	if (has < 0)
		return -1;
	for (size_t p = 0; p < c->n_parents; p++) {
		struct gm_commit parent;
		int had;

		if (gm_commit_read(&parent, j->scratch, j->repo, &c->parents[p],
				   err) < 0)
			return -1;
		had = gm_tree_find(&theirs, j->scratch, j->repo, &parent.tree,
				   path, err);
		if (had < 0)
			return -1;
		if (had == has && (!has || (own.mode == theirs.mode &&
					    gm_oid_eq(&own.oid, &theirs.oid))))
			return 0;
	}
	return has || c->n_parents;
}

int gm_judge_policy_commit(struct gm_judge *j, const struct gm_commit *c,
			   struct gm_err *err)
{
	struct gm_changes changes = { 0 };
	struct gm_finding *found;
	size_t policy = 0;
	int touched = touches(j, c, err);

	if (touched < 0)
		return -1;
	if (!touched) {
		/* A merge that only joins brings nothing of its own. */
		j->other_commits += c->n_parents < 2;
		return 0;
	}
	if (gm_diff_commit(&changes, j->scratch, j->repo, c, err) < 0)
		return -1;
	for (size_t i = 0; i < changes.n; i++)
		policy += gm_is_policy_path(changes.items[i].path);
	if (!policy) {
		j->other_commits++;
		return 0;
	}
	j->policy_commits++;
	if (policy == changes.n)
		return 0;
	found = find(j, c, "the commit changes the policy and other files",
		     "Commit the change of the policy alone.");
	for (size_t i = 0; i < changes.n && found->notes.n < 8; i++)
		if (!gm_is_policy_path(changes.items[i].path))
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
	struct gm_commit c;

	if (j->policy_commits)
		return 0;
	if (gm_oid_is_zero(base))
		return 1;
	if (gm_commit_read(&c, j->scratch, j->repo, base, err) < 0)
		return -1;
	return gm_judge_same_entry(j, &c.tree, &tip->tree, GM_STR(".migrate"),
				   err);
}

int gm_judge_policy_range(struct gm_judge *j, const struct gm_oid *base,
			  const struct gm_oid *tip, struct gm_err *err)
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
	}
	return 0;
}

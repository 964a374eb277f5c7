#include "check/start.h"

#include <string.h>

#include "approval/subject.h"
#include "check/judge.h"

static int landed_so(const struct gm_judge *j,
		     const struct gm_migration_file *up, struct gm_err *err)
{
	struct gm_landed_list list = { 0 };

	if (gm_landed_on(&list, j->scratch, j->repo, &up->oid, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (gm_str_is(up->path, list.items[i].path))
			return 1;
	return 0;
}

/* Does it do what the policy wants signed, whatever its author called it? */
static int asks(struct gm_judge *j, const struct gm_migration *m,
		struct gm_err *err)
{
	struct gm_landed_unit *unit;
	const char *kind;

	gm_landing_add(j, m, GM_PHASE_NONE, 0, 0);
	unit = gm_landed_named(j, m->root, m->id);
	if (!unit)
		GM_BUG("what was added is not there");
	if (gm_landing_sql(j, unit, err) < 0)
		return -1;
	kind = gm_subject_kind(
		GM_PHASE_NONE,
		gm_class_name(unit->sql ? unit->sql->class_ : GM_CLASS_OPAQUE));
	return gm_policy_approval(&j->cx->policy, kind) != NULL;
}

static int judge_one(struct gm_judge *j, const struct gm_judged_commit *c,
		     const struct gm_oid *guarded, const struct gm_migration *m,
		     const struct gm_start *start, struct gm_err *err)
{
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	struct gm_finding *found;
	int is;

	if (!up)
		return 0;
	is = gm_judge_same_entry(j, &c->commit.tree, guarded, up->path, err);
	if (is)
		return is < 0 ? -1 : 0;
	is = landed_so(j, up, err);
	if (is)
		return is < 0 ? -1 : 0;
	is = asks(j, m, err);
	if (is <= 0)
		return is;
	found = gm_judge_find(j, c, GM_RULE_UNAPPROVED, up->path,
			      "'%s' never landed as it is where the new ref"
			      " starts",
			      m->id);
	found->ref = start->ref;
	gm_find_hint(&j->result->findings, found,
		     "Branch off a commit at which %s has stood, such as its"
		     " tip.",
		     start->history);
	return 0;
}

int gm_check_start(struct gm_result *result, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_policy *policy,
		   const struct gm_start *start, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_context cx = { .policy = *policy };
	struct gm_judged_commit c = { 0 };
	struct gm_set set = { 0 };
	struct gm_commit guarded;
	struct gm_judge j;

	if (!policy->n_approvals || gm_oid_eq(&start->commit, &start->guarded))
		return 0;
	if (gm_context_roots_between(&cx.roots, a, r, policy, &start->guarded,
				     &start->commit, err) < 0)
		return -1;
	gm_judge_start(&j, result, a, &scratch, r, &cx);
	if (gm_commit_read(&c.commit, a, r, &start->commit, err) < 0 ||
	    gm_commit_read(&guarded, &scratch, r, &start->guarded, err) < 0 ||
	    gm_set_read(&set, &scratch, r, &c.commit.tree, &cx.roots, err) < 0)
		return -1;
	c.hex = gm_oid_hex(a, &c.commit.oid);
	c.subject = gm_commit_subject(a, &c.commit);
	for (size_t i = 0; i < set.n; i++)
		if (judge_one(&j, &c, &guarded.tree, set.items[i], start, err) <
		    0)
			return -1;
	return 0;
}

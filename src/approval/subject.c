#include "approval/subject.h"

#include <string.h>

#include "approval/approvals.h"

static bool is(const char *one, const char *two)
{
	return !strcmp(one, two);
}

const char *gm_subject_kind(enum gm_phase phase, const char *class_)
{
	if (phase == GM_PHASE_CONTRACT || is(class_, "contract") ||
	    is(class_, "opaque"))
		return "contract";
	if (phase == GM_PHASE_BACKFILL || is(class_, "backfill"))
		return "backfill";
	return "expand";
}

int gm_subject_of_migration(struct gm_subject *out, struct gm_arena *a,
			    const struct gm_repo *r, const char *project,
			    const struct gm_migration *m, const char *class_,
			    const char *ref, struct gm_err *err)
{
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	const char *phase = gm_phase_name(m->meta.phase);
	struct gm_subject s = {
		.project = project,
		.phase = phase ? phase : "none",
		.class_ = class_,
		.ref = ref,
		.env = "*",
	};

	if (!up)
		return gm_fail(err, GM_EINPUT,
			       "'%s' has no up SQL, so there is nothing to"
			       " approve",
			       m->id);
	s.path = gm_str_dup(a, up->path);
	if (gm_migration_digest(&s.digest, a, r, m, err) < 0)
		return -1;
	*out = s;
	return 0;
}

int gm_subject_of_policy(struct gm_subject *out, struct gm_oid *on,
			 struct gm_arena *a, const struct gm_repo *r,
			 const char *project, const struct gm_oid *base,
			 const struct gm_oid *tip, const char *ref,
			 struct gm_err *err)
{
	struct gm_subject s = {
		.project = project,
		.path = GM_POLICY_PATH,
		.phase = "policy",
		.class_ = "policy",
		.ref = ref,
		.env = "*",
	};
	const char *before = NULL;
	struct gm_commit commit;
	struct gm_entry file;
	int found;

	if (gm_commit_read(&commit, a, r, tip, err) < 0)
		return -1;
	found = gm_tree_find(&file, a, r, &commit.tree, GM_STR(GM_POLICY_PATH),
			     err);
	if (found < 0)
		return -1;
	if (!found)
		return gm_fail(err, GM_ENOT_FOUND, "%.12s has no %s",
			       gm_oid_hex(a, tip), GM_POLICY_PATH);
	if (!gm_oid_is_zero(base) &&
	    gm_policy_digest(&before, a, r, NULL, base, err) < 0)
		return -1;
	if (gm_policy_digest(&s.digest, a, r, before, tip, err) < 0)
		return -1;
	*on = file.oid;
	*out = s;
	return 0;
}

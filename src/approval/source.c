#include "approval/source.h"

#include <string.h>

#include "base/buf.h"

#define NOTES "refs/notes/"
#define REMOTES "refs/notes/remotes/"

bool gm_source_is(const char *name, const char *ref)
{
	return gm_str_ends(gm_str(name), gm_str(ref + sizeof(NOTES) - 2));
}

static bool is_records(const char *name)
{
	return gm_source_is(name, GM_APPROVALS_REF) ||
	       gm_source_is(name, GM_EVIDENCE_REF) ||
	       gm_source_is(name, GM_OVERRIDES_REF) ||
	       gm_source_is(name, GM_LANDED_REF);
}

static int find_tips(struct gm_approvals *ap, struct gm_err *err)
{
	static const char *const names[] = { GM_APPROVALS_REF, GM_EVIDENCE_REF,
					     GM_OVERRIDES_REF, GM_LANDED_REF };
	struct gm_refs fetched = { 0 };

	for (size_t i = 0; i < GM_COUNT(names); i++) {
		struct gm_oid oid;
		int found = gm_ref_get(&oid, ap->r, names[i], err);

		if (found < 0)
			return -1;
		if (found)
			*GM_PUSH(ap->a, &ap->tips) =
				(struct gm_ref){ names[i], oid };
	}
	if (ap->from.remotes &&
	    gm_ref_list(&fetched, ap->a, ap->r, REMOTES, err) < 0)
		return -1;
	for (size_t i = 0; i < fetched.n; i++)
		if (is_records(fetched.items[i].name))
			*GM_PUSH(ap->a, &ap->tips) = fetched.items[i];
	return 0;
}

int gm_approvals_open(struct gm_approvals **out, struct gm_arena *a,
		      const struct gm_repo *r,
		      const struct gm_approvals_from *from, struct gm_err *err)
{
	struct gm_approvals *ap = gm_alloc(a, sizeof(*ap));

	ap->a = a;
	ap->r = r;
	ap->from = *from;
	ap->from.where = from->where ? gm_strdup(a, from->where) : NULL;
	ap->proofs = gm_map(a);
	ap->notes = gm_map(a);
	ap->all = gm_map(a);
	if (find_tips(ap, err) < 0)
		return -1;
	if (!gm_oid_is_zero(&from->policy_commit) &&
	    gm_signers_read(&ap->signers, a, r, &from->policy_commit,
			    ap->from.where, err) < 0)
		return -1;
	*out = ap;
	return 0;
}

const struct gm_signers *gm_approvals_signers(const struct gm_approvals *ap)
{
	return &ap->signers;
}

int gm_source_on(const struct gm_records **out, struct gm_approvals *ap,
		 const char *ref, const struct gm_oid *on, struct gm_err *err)
{
	struct gm_buf key = gm_buf(ap->a);
	struct gm_records *list;

	gm_buf_puts(&key, ref);
	gm_buf_str(&key, gm_oid_key(on));
	*out = gm_map_get(&ap->notes, gm_buf_view(&key));
	if (*out)
		return 0;
	list = gm_alloc(ap->a, sizeof(*list));
	for (size_t i = 0; i < ap->tips.n; i++) {
		const struct gm_ref *tip = &ap->tips.items[i];

		if (gm_source_is(tip->name, ref) &&
		    gm_records_on(list, ap->a, ap->r, tip->name, &tip->oid, on,
				  err) < 0)
			return -1;
	}
	gm_map_set(&ap->notes, gm_buf_view(&key), list);
	*out = list;
	return 0;
}

int gm_source_all(const struct gm_records **out, struct gm_approvals *ap,
		  const char *ref, struct gm_err *err)
{
	struct gm_records *list;

	*out = gm_map_get(&ap->all, gm_str(ref));
	if (*out)
		return 0;
	list = gm_alloc(ap->a, sizeof(*list));
	for (size_t i = 0; i < ap->tips.n; i++) {
		const struct gm_ref *tip = &ap->tips.items[i];

		if (gm_source_is(tip->name, ref) &&
		    gm_records_all(list, ap->a, ap->r, tip->name, &tip->oid,
				   err) < 0)
			return -1;
	}
	gm_map_set(&ap->all, gm_str(gm_strdup(ap->a, ref)), list);
	*out = list;
	return 0;
}

int gm_source_landed(struct gm_landed_list *out, struct gm_approvals *ap,
		     const struct gm_oid *on, struct gm_err *err)
{
	struct gm_landed_list list = { 0 };

	for (size_t i = 0; i < ap->tips.n; i++) {
		const struct gm_ref *tip = &ap->tips.items[i];

		if (gm_source_is(tip->name, GM_LANDED_REF) &&
		    gm_landed_at(&list, ap->a, ap->r, tip->name, &tip->oid, on,
				 err) < 0)
			return -1;
	}
	*out = list;
	return 0;
}

static int find_programs(struct gm_approvals *ap, struct gm_err *err)
{
	if (!ap->has_verifier &&
	    gm_verifier_read(&ap->verifier, ap->a, ap->r, err) < 0)
		return -1;
	ap->has_verifier = true;
	return 0;
}

static int verify_new(struct gm_approvals *ap,
		      const struct gm_record *const *records, size_t n,
		      struct gm_err *err)
{
	const struct gm_record **new_ = gm_alloc_n(ap->a, n, sizeof(*new_));
	struct gm_map asked = gm_map(ap->a);
	struct gm_proof *proofs;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct gm_str id = gm_str(records[i]->id);

		if (gm_map_get(&ap->proofs, id) || gm_map_get(&asked, id))
			continue;
		gm_map_set(&asked, id, ap);
		new_[count++] = records[i];
	}
	if (!count)
		return 0;
	proofs = gm_alloc_n(ap->a, count, sizeof(*proofs));
	if (find_programs(ap, err) < 0 ||
	    gm_verify(proofs, ap->a, &ap->verifier, &ap->signers, new_, count,
		      ap->from.now, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		gm_map_set(&ap->proofs, gm_str(gm_strdup(ap->a, new_[i]->id)),
			   &proofs[i]);
	return 0;
}

int gm_source_prove(struct gm_proof *proofs, struct gm_approvals *ap,
		    const struct gm_record *const *records, size_t n,
		    struct gm_err *err)
{
	if (verify_new(ap, records, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct gm_proof *proof =
			gm_map_get(&ap->proofs, gm_str(records[i]->id));

		if (!proof)
			GM_BUG("a record was not verified");
		proofs[i] = *proof;
	}
	return 0;
}

int gm_source_prove_at(struct gm_proof *proof, struct gm_approvals *ap,
		       const struct gm_record *record, int64_t time,
		       struct gm_err *err)
{
	if (find_programs(ap, err) < 0)
		return -1;
	return gm_verify(proof, ap->a, &ap->verifier, &ap->signers, &record, 1,
			 time, err);
}

bool gm_source_may_override(const struct gm_approvals *ap, const char *who)
{
	const struct gm_policy *policy = ap->from.policy;
	const struct gm_policy_approval *need =
		gm_policy_approval(policy, "break-glass");

	for (size_t i = 0; need && i < need->n_need; i++)
		if (gm_policy_has_role(policy, need->need[i].role, gm_str(who)))
			return true;
	return false;
}

bool gm_source_may_close(const struct gm_approvals *ap, const char *who)
{
	return gm_source_may_override(ap, who) ||
	       gm_policy_has_role(ap->from.policy, "admin", gm_str(who));
}

#include "check/context.h"

/* The tree of a commit; zero for zero. */
static int tree_of(struct gm_oid *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *commit,
		   struct gm_err *err)
{
	struct gm_commit c;

	*out = *commit;
	if (gm_oid_is_zero(commit))
		return 0;
	if (gm_commit_read(&c, a, r, commit, err) < 0)
		return -1;
	*out = c.tree;
	return 0;
}

int gm_policy_of_commit(struct gm_policy *out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_oid *commit,
			const char *where, struct gm_err *err)
{
	struct gm_oid tree;

	if (tree_of(&tree, a, r, commit, err) < 0)
		return -1;
	return gm_policy_of_tree(out, a, r, &tree, where, err);
}

int gm_policy_of_tree(struct gm_policy *out, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *tree,
		      const char *where, struct gm_err *err)
{
	const char *name = gm_printf(a, "%s:%s", where, GM_POLICY_PATH);
	struct gm_entry entry;
	struct gm_str text;
	int found =
		gm_tree_find(&entry, a, r, tree, gm_str(GM_POLICY_PATH), err);

	if (found <= 0)
		return found;
	if (entry.mode != GM_MODE_FILE && entry.mode != GM_MODE_EXEC) {
		gm_fail(err, GM_EPOLICY, "the policy is not a regular file");
		gm_fail_at(err, name, 0, 0);
		return gm_hint(err, "Commit it as a plain file.");
	}
	if (gm_blob_read(&text, a, r, &entry.oid, GM_POLICY_MAX, err) < 0) {
		if (err->code == GM_ELIMIT)
			gm_fail(err, GM_EPOLICY,
				"the policy is larger than %zu KiB",
				GM_POLICY_MAX >> 10);
		return gm_fail_at(err, name, 0, 0);
	}
	if (gm_policy_read(out, a, name, text, err) < 0)
		return -1;
	return 1;
}

static int settle(struct gm_roots *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_policy *policy,
		  const struct gm_oid *tree, struct gm_err *err)
{
	struct gm_root_spec *specs =
		gm_alloc_n(a, policy->n_migrations, sizeof(*specs));

	for (size_t i = 0; i < policy->n_migrations; i++)
		specs[i] = (struct gm_root_spec){
			.path = policy->migrations[i].path,
			.layout = policy->migrations[i].layout,
		};
	return gm_roots_settle(out, a, r, tree, specs, policy->n_migrations,
			       err);
}

/* Does this directory hold any migration in that tree? */
static int holds_any(struct gm_arena *a, const struct gm_repo *r,
		     const struct gm_oid *tree, const struct gm_root *root,
		     struct gm_err *err)
{
	struct gm_root copy = *root;
	struct gm_roots one = { .items = &copy, .n = 1, .cap = 1 };
	struct gm_set set = { 0 };

	if (gm_set_read(&set, a, r, tree, &one, err) < 0)
		return -1;
	return set.n > 0;
}

static bool has_root(const struct gm_roots *roots, struct gm_str path)
{
	for (size_t i = 0; i < roots->n; i++)
		if (gm_str_eq(roots->items[i].path, path))
			return true;
	return false;
}

static bool all_named(const struct gm_policy *policy)
{
	for (size_t i = 0; i < policy->n_migrations; i++)
		if (gm_str_is(gm_str(policy->migrations[i].layout), "auto"))
			return false;
	return policy->n_migrations > 0;
}

int gm_context_roots(struct gm_roots *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_policy *policy,
		     const struct gm_oid *base, const struct gm_oid *tip,
		     struct gm_err *err)
{
	struct gm_roots before = { 0 }, after = { 0 }, both = { 0 };

	if (settle(&after, a, r, policy, tip, err) < 0)
		return -1;
	/* Where the policy leaves nothing open, the trees cannot differ. */
	if (all_named(policy) || gm_oid_is_zero(base)) {
		*out = after;
		return 0;
	}
	if (settle(&before, a, r, policy, base, err) < 0)
		return -1;
	for (size_t i = 0; i < before.n; i++) {
		int held = holds_any(a, r, base, &before.items[i], err);

		if (held < 0)
			return -1;
		if (held)
			*GM_PUSH(a, &both) = before.items[i];
	}
	for (size_t i = 0; i < after.n; i++)
		if (!has_root(&both, after.items[i].path))
			*GM_PUSH(a, &both) = after.items[i];
	*out = both;
	return 0;
}

int gm_context_roots_between(struct gm_roots *out, struct gm_arena *a,
			     const struct gm_repo *r,
			     const struct gm_policy *policy,
			     const struct gm_oid *base,
			     const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_oid before, after;

	if (tree_of(&before, a, r, base, err) < 0 ||
	    tree_of(&after, a, r, tip, err) < 0)
		return -1;
	return gm_context_roots(out, a, r, policy, &before, &after, err);
}

int gm_context_local(struct gm_context *out, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_oid *tip,
		     struct gm_err *err)
{
	struct gm_oid none = { { 0 } };
	int found = gm_policy_of_commit(&out->policy, a, r, tip,
					gm_oid_hex(a, tip), err);

	if (found < 0)
		return -1;
	if (!found)
		gm_policy_default(&out->policy, a);
	return gm_context_roots_between(&out->roots, a, r, &out->policy, &none,
					tip, err);
}

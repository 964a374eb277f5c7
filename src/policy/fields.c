#include "policy/fields.h"

#include "base/near.h"
#include "policy/policy.h"
#include "policy/value.h"

/* "." is how people write the root; paths of git have no name for it. */
static int read_directory(struct gm_reader *r, const struct gm_field *f,
			  const struct gm_node *n, void *base)
{
	const char **at = (const char **)(void *)((char *)base + f->at);

	if (gm_read_text(r, f, n, base) < 0)
		return -1;
	if (gm_str_is(gm_str(*at), "."))
		*at = "";
	return 0;
}

static int unknown_rule(struct gm_reader *r, const struct gm_node *key)
{
	const char *words[GM_RULE_COUNT], *near;

	for (size_t i = 0; i < GM_RULE_COUNT; i++)
		words[i] = gm_rule_info((enum gm_rule)i)->name;
	near = gm_near(key->text, words, GM_RULE_COUNT);
	gm_read_fail(r, key, "unknown rule '%.60s'", key->text.ptr);
	if (near)
		return gm_hint(r->err, "Did you mean '%s'?", near);
	return gm_hint(r->err, "`git migrate explain` lists the rules.");
}

static int read_rule(struct gm_reader *r, const struct gm_node *key,
		     const struct gm_node *value, enum gm_severity *severities)
{
	const struct gm_rule_info *info;
	enum gm_severity severity;
	enum gm_rule rule;

	if (!gm_rule_find(&rule, key->text))
		return unknown_rule(r, key);
	info = gm_rule_info(rule);
	if (value->kind != GM_NODE_SCALAR ||
	    !gm_severity_parse(&severity, value->text)) {
		gm_read_fail(r, value, "not a severity for '%s'", info->name);
		return gm_hint(r->err, "It may be error, warning or off.");
	}
	if ((info->flags & GM_RULE_FIXED) && severity < info->severity) {
		gm_read_fail(r, value, "'%s' cannot be lowered", info->name);
		return gm_hint(r->err,
			       "Remove the line; this rule is always "
			       "%s.",
			       gm_severity_name(info->severity));
	}
	severities[rule] = severity;
	return 0;
}

static int read_rules(struct gm_reader *r, const struct gm_field *f,
		      const struct gm_node *n, void *base)
{
	if (n->kind != GM_NODE_MAP) {
		gm_read_fail(r, n, "'%s' must be a mapping", f->key);
		return gm_hint(r->err, "Write it like this: \"%s: %s\".",
			       f->key, f->like);
	}
	for (size_t i = 0; i < n->n; i++)
		if (read_rule(r, &n->keys[i], &n->items[i],
			      (void *)((char *)base + f->at)) < 0)
			return -1;
	return 0;
}

/* clang-format off */
static const struct gm_field migrations_fields[] = {
	{ .key = "path", .read = read_directory, .required = true,
	  GM_FIELD(struct gm_policy_migrations, path),
	  .check = gm_value_directory, .like = "db/migrations" },
	{ .key = "layout", .read = gm_read_text, .otherwise = "auto",
	  GM_FIELD(struct gm_policy_migrations, layout),
	  .check = gm_value_layout, .like = "directory" },
	{ .key = NULL },
};

static const struct gm_field migrations_entry = {
	.key = "migrations", .read = gm_read_struct,
	.fields = migrations_fields,
	.like = "[{path: migrations, layout: auto}]",
};

static const struct gm_field app_fields[] = {
	{ .key = "neutral", .read = gm_read_texts,
	  GM_FIELD(struct gm_policy, neutral),
	  .check = gm_value_pattern, .like = "[\"docs/**\", \"**/*.md\"]" },
	{ .key = NULL },
};

static const struct gm_field window_fields[] = {
	{ .key = "minimum", .read = gm_read_duration, .otherwise = "24h",
	  GM_FIELD(struct gm_policy, window_minimum),
	  .none = "none", .like = "24h" },
	{ .key = "owner", .read = gm_read_either, .otherwise = "required",
	  GM_FIELD(struct gm_policy, owner_required),
	  .words = "optional required", .like = "required" },
	{ .key = "flag", .read = gm_read_either, .otherwise = "required",
	  GM_FIELD(struct gm_policy, flag_required),
	  .words = "optional required", .like = "required" },
	{ .key = NULL },
};

static const struct gm_field role_name = {
	.key = "role", .read = gm_read_text,
	GM_FIELD(struct gm_policy_role, name),
	.check = gm_value_name, .like = "dba",
};

static const struct gm_field role_principals = {
	.key = "principals", .read = gm_read_texts, .min = 1,
	GM_FIELD(struct gm_policy_role, principals),
	.check = gm_value_principal, .like = "[ann@example.com]",
};

static const struct gm_field person_principal = {
	.key = "people", .read = gm_read_text,
	GM_FIELD(struct gm_policy_person, principal),
	.check = gm_value_principal, .like = "ann@example.com",
};

static const struct gm_field person_names = {
	.key = "people", .read = gm_read_texts, .min = 1,
	GM_FIELD(struct gm_policy_person, names),
	.check = gm_value_other_name, .like = "[ann, ann@home.example]",
};

static const struct gm_field need_role = {
	.key = "role", .read = gm_read_text,
	GM_FIELD(struct gm_policy_need, role),
	.check = gm_value_name, .like = "dba",
};

static const struct gm_field need_count = {
	.key = "need", .read = gm_read_int, .min = 1, .max = GM_NODE_ENTRIES,
	GM_FIELD(struct gm_policy_need, count),
	.like = "{dba: 1}",
};

static const struct gm_field approval_fields[] = {
	{ .key = "need", .read = gm_read_named, .required = true, .min = 1,
	  GM_FIELD_ARRAY(struct gm_policy_approval, need, n_need),
	  .name = &need_role, .value = &need_count, .like = "{dba: 1}" },
	{ .key = "exclude_author", .read = gm_read_bool,
	  GM_FIELD(struct gm_policy_approval, exclude_author),
	  .like = "true" },
	{ .key = "exclude_pusher", .read = gm_read_bool,
	  GM_FIELD(struct gm_policy_approval, exclude_pusher),
	  .like = "true" },
	{ .key = "expires", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_approval, expires),
	  .none = "none", .like = "14d" },
	{ .key = NULL },
};

static const struct gm_field approval_kind = {
	.key = "approvals", .read = gm_read_word,
	GM_FIELD(struct gm_policy_approval, kind),
	.words = "contract break-glass policy expand backfill",
	.like = "contract",
};

static const struct gm_field approval_entry = {
	.key = "approvals", .read = gm_read_struct, .fields = approval_fields,
	.like = "{contract: {need: {dba: 1}}}",
};

static const struct gm_field evidence_fields[] = {
	{ .key = "backup_max_age", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy, backup_max_age),
	  .none = "none", .like = "24h" },
	{ .key = "restore_test_max_age", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy, restore_test_max_age),
	  .none = "none", .like = "30d" },
	{ .key = NULL },
};

static const struct gm_field environment_fields[] = {
	{ .key = "name", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_environment, name),
	  .check = gm_value_name, .like = "staging" },
	{ .key = "namespace", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_environment, namespace_),
	  .check = gm_value_label, .like = "staging" },
	{ .key = "cluster", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_environment, cluster),
	  .check = gm_value_label, .like = "app-db" },
	{ .key = "after", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_environment, after),
	  .check = gm_value_name, .like = "develop" },
	{ .key = NULL },
};

static const struct gm_field environment_entry = {
	.key = "environments", .read = gm_read_struct,
	.fields = environment_fields, .like = "[{name: develop}]",
};

static const struct gm_field policy_fields[] = {
	{ .key = "version", .read = gm_read_int, .required = true,
	  GM_FIELD(struct gm_policy, version),
	  .min = 1, .max = INT32_MAX, .like = "1" },
	{ .key = "project", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy, project),
	  .check = gm_value_project, .like = "shop" },
	{ .key = "protected", .read = gm_read_texts, .min = 1,
	  GM_FIELD(struct gm_policy, protected_),
	  .otherwise = "[refs/heads/main, refs/heads/master]",
	  .check = gm_value_ref, .like = "[\"refs/heads/main\"]" },
	{ .key = "postgres", .read = gm_read_int, .otherwise = "15",
	  GM_FIELD(struct gm_policy, postgres),
	  .min = 10, .max = 99, .like = "15" },
	{ .key = "migrations", .read = gm_read_list, .min = 1,
	  GM_FIELD_ARRAY(struct gm_policy, migrations, n_migrations),
	  .value = &migrations_entry, .none = "auto",
	  .otherwise = "[{path: migrations}]",
	  .like = "[{path: migrations, layout: auto}]" },
	{ .key = "app", .read = gm_read_struct, .fields = app_fields,
	  .like = "{neutral: [\"docs/**\"]}" },
	{ .key = "rollback_window", .read = gm_read_struct,
	  .fields = window_fields, .none = "none", .otherwise = "{}",
	  .like = "{minimum: 24h, owner: required, flag: required}" },
	{ .key = "rules", .read = read_rules,
	  GM_FIELD(struct gm_policy, severity),
	  .like = "{mixed-expand: error}" },
	{ .key = "roles", .read = gm_read_named,
	  GM_FIELD_ARRAY(struct gm_policy, roles, n_roles),
	  .name = &role_name, .value = &role_principals,
	  .like = "{dba: [ann@example.com]}" },
	{ .key = "people", .read = gm_read_named,
	  GM_FIELD_ARRAY(struct gm_policy, people, n_people),
	  .name = &person_principal, .value = &person_names,
	  .like = "{ann@example.com: [ann, ann@home.example]}" },
	{ .key = "approvals", .read = gm_read_named,
	  GM_FIELD_ARRAY(struct gm_policy, approvals, n_approvals),
	  .name = &approval_kind, .value = &approval_entry,
	  .like = "{contract: {need: {dba: 1}}}" },
	{ .key = "evidence", .read = gm_read_struct,
	  .fields = evidence_fields, .like = "{backup_max_age: 24h}" },
	{ .key = "environments", .read = gm_read_list,
	  GM_FIELD_ARRAY(struct gm_policy, environments, n_environments),
	  .value = &environment_entry,
	  .like = "[{name: develop, namespace: develop, cluster: app-db}]" },
	{ .key = "flux", .read = gm_read_flux,
	  GM_FIELD(struct gm_policy, flux),
	  .like = "{source: {kind: GitRepository, name: flux-system}, "
		  "path: flux/migrations}" },
	{ .key = NULL },
};
/* clang-format on */

const struct gm_field gm_policy_field = {
	.key = "policy",
	.read = gm_read_struct,
	.fields = policy_fields,
	.like = "{version: 1, project: shop}",
};

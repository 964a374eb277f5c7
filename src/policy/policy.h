/*
 * policy/policy: what is enforced.
 *
 * The model of .migrate/policy.yaml and its strict reader.  The keys, their
 * types and their defaults stand in one table, policy/fields.c; what YAML may
 * do at all in policy/node.h.
 *
 * `version` and `project` are required.  What holds for an absent key:
 *
 *	protected        [refs/heads/main, refs/heads/master]
 *	postgres         15
 *	migrations       [{path: migrations, layout: auto}]
 *	rollback_window  {minimum: 24h, owner: required, flag: required}
 *	rules            the severities of base/rules.def
 *	the others       nothing
 *
 * `migrations: auto` looks for the directories; `rollback_window: none` asks
 * for no window, owner or flag; each duration may be `none` as well.
 * "." is the root as a directory of migrations.
 */
#ifndef GM_POLICY_POLICY_H
#define GM_POLICY_POLICY_H

#include "base/err.h"
#include "base/finding.h"
#include "base/str.h"
#include "policy/flux.h"

/* Where the policy lies in a repository. */
#define GM_POLICY_PATH ".migrate/policy.yaml"
#define GM_POLICY_DIR ".migrate/"
/* The largest policy that is read. */
#define GM_POLICY_MAX ((size_t)256 << 10)

struct gm_policy_migrations {
	const char *path;   /* directory from the root, "" for the root */
	const char *layout; /* a layout's name, or "auto" */
};

struct gm_policy_role {
	const char *name;
	struct gm_strings principals;
};

/* One entry of `people`. */
struct gm_policy_person {
	const char *principal;
	struct gm_strings names; /* logins, commit addresses, ... */
};

struct gm_policy_need {
	const char *role;
	int count;
};

/* One entry of `approvals`. */
struct gm_policy_approval {
	const char *kind; /* "contract", "break-glass", "policy", "expand",
			     "backfill" */
	struct gm_policy_need *need;
	size_t n_need;
	bool exclude_author; /* nor the committer */
	bool exclude_pusher;
	int64_t expires; /* seconds; 0: never */
};

struct gm_policy_environment {
	const char *name;
	const char *namespace_; /* NULL: not said */
	const char *cluster;    /* the same */
	const char *after;      /* NULL: the first */
};

struct gm_policy {
	int64_t version;
	const char *project;
	struct gm_strings protected_; /* ref patterns */
	int postgres;                 /* major version */
	struct gm_policy_migrations *migrations;
	size_t n_migrations;       /* 0: look for them */
	struct gm_strings neutral; /* path patterns */
	int64_t window_minimum;    /* seconds; 0: no window asked for */
	bool owner_required;
	bool flag_required;
	enum gm_severity severity[GM_RULE_COUNT]; /* with overrides applied */
	struct gm_policy_role *roles;
	size_t n_roles;
	struct gm_policy_person *people;
	size_t n_people;
	struct gm_policy_approval *approvals;
	size_t n_approvals;
	int64_t backup_max_age;       /* seconds; 0: not asked for */
	int64_t restore_test_max_age; /* the same */
	struct gm_policy_environment *environments;
	size_t n_environments;
	struct gm_policy_flux flux;
	bool is_default; /* no policy file: the built-in one */
};

/*
 * Read a policy.  `name` stands in error messages ("main:.migrate/
 * policy.yaml").  Errors are GM_EPOLICY with path, line, column and a hint
 * that says the fix: unknown or duplicate keys (with the nearest known one),
 * wrong types, values out of range, anchors, aliases, tags, several documents,
 * NUL, more than GM_POLICY_MAX bytes (this one without a line), nesting past 8
 * levels, roles without principals, a name of two people, thresholds below 1 or
 * above the number of principals of the role, approvals that need an unknown
 * role, environments whose `after` is unknown or makes a cycle, unknown rules,
 * rules that cannot be lowered, one directory twice or inside another.
 *
 * A layout is only checked to be a word: its names belong to the migration
 * room.  Members of `out` may point into the arena, never into `text`.
 */
GM_MUST_CHECK
int gm_policy_read(struct gm_policy *out, struct gm_arena *a, const char *name,
		   struct gm_str text, struct gm_err *err);

/* The built-in policy for repositories without one (templates/policy/). */
void gm_policy_default(struct gm_policy *out, struct gm_arena *a);

/* Does one of the `protected` patterns match this full ref name? */
bool gm_policy_protects(const struct gm_policy *p, const char *ref);

/* May this path change beside a contract migration? */
bool gm_policy_neutral(const struct gm_policy *p, struct gm_str path);

/*
 * Who that is: the principal among whose names it is in `people`, else the name
 * itself.  Upper and lower case of ASCII letters are the same here, and for
 * gm_policy_same.
 */
struct gm_str gm_policy_person(const struct gm_policy *p, struct gm_str name);

/* Are these two names of one person? */
bool gm_policy_same(const struct gm_policy *p, struct gm_str one,
		    struct gm_str two);

/* Has the person of that name the role? */
bool gm_policy_has_role(const struct gm_policy *p, const char *role,
			struct gm_str name);

/* The approval entry of that kind, or NULL. */
const struct gm_policy_approval *gm_policy_approval(const struct gm_policy *p,
						    const char *kind);

#endif

#include "policy/policy.h"

#include "base/embed.h"
#include "base/glob.h"
#include "base/utf8.h"
#include "policy/fields.h"

static const struct gm_policy_role *find_role(const struct gm_policy *p,
					      const char *name)
{
	for (size_t i = 0; i < p->n_roles; i++)
		if (gm_str_is(gm_str(name), p->roles[i].name))
			return &p->roles[i];
	return NULL;
}

static int unknown_role(struct gm_reader *r, const struct gm_policy *p,
			const struct gm_policy_need *need)
{
	const char **names = gm_alloc_n(r->arena, p->n_roles, sizeof(*names));

	for (size_t i = 0; i < p->n_roles; i++)
		names[i] = p->roles[i].name;
	gm_read_fail(r, gm_read_place(r, &need->role), "unknown role '%s'",
		     need->role);
	return gm_read_suggest(r, gm_str(need->role), "The roles here are",
			       names, p->n_roles);
}

static int check_need(struct gm_reader *r, const struct gm_policy *p,
		      const struct gm_policy_need *need)
{
	const struct gm_policy_role *role = find_role(p, need->role);

	if (!role)
		return unknown_role(r, p, need);
	if ((size_t)need->count <= role->principals.n)
		return 0;
	gm_read_fail(r, gm_read_place(r, &need->count),
		     "%d approvals as '%s' can never be had", need->count,
		     need->role);
	return gm_hint(r->err,
		       "That role has %zu principal%s: ask for fewer, or name "
		       "more of them.",
		       role->principals.n, role->principals.n == 1 ? "" : "s");
}

static int check_approvals(struct gm_reader *r, const struct gm_policy *p)
{
	for (size_t i = 0; i < p->n_approvals; i++)
		for (size_t k = 0; k < p->approvals[i].n_need; k++)
			if (check_need(r, p, &p->approvals[i].need[k]) < 0)
				return -1;
	return 0;
}

static int twice(struct gm_reader *r, const void *place, const char *name,
		 const char *owner)
{
	gm_read_fail(r, gm_read_place(r, place),
		     "'%s' is a name of '%s' already", name, owner);
	return gm_hint(r->err,
		       "A name belongs to one person: remove one of the two; "
		       "upper and lower case do not tell them apart.");
}

/* Whose principal or other name is it, among the first n people? */
static const char *owner_of(const struct gm_policy *p, size_t n,
			    const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const struct gm_policy_person *person = &p->people[i];

		if (gm_str_ieq(gm_str(person->principal), gm_str(name)))
			return person->principal;
		for (size_t k = 0; k < person->names.n; k++)
			if (gm_str_ieq(gm_str(person->names.items[k]),
				       gm_str(name)))
				return person->principal;
	}
	return NULL;
}

static int check_person(struct gm_reader *r, const struct gm_policy *p,
			size_t at)
{
	const struct gm_policy_person *person = &p->people[at];
	const char *owner = owner_of(p, at, person->principal);

	if (owner)
		return twice(r, &person->principal, person->principal, owner);
	for (size_t i = 0; i < person->names.n; i++) {
		owner = owner_of(p, at, person->names.items[i]);
		if (owner)
			return twice(r, &person->names, person->names.items[i],
				     owner);
	}
	return 0;
}

/* A role names people by their principal, so that nobody counts twice. */
static int check_role(struct gm_reader *r, const struct gm_policy *p,
		      const struct gm_policy_role *role)
{
	for (size_t i = 0; i < role->principals.n; i++) {
		const char *name = role->principals.items[i];
		const char *owner = owner_of(p, p->n_people, name);

		if (!owner || gm_str_ieq(gm_str(owner), gm_str(name)))
			continue;
		gm_read_fail(r, gm_read_place(r, &role->principals),
			     "'%s' is another name of '%s'", name, owner);
		return gm_hint(r->err, "Name '%s' in the role '%s'.", owner,
			       role->name);
	}
	return 0;
}

static int check_people(struct gm_reader *r, const struct gm_policy *p)
{
	for (size_t i = 0; i < p->n_people; i++)
		if (check_person(r, p, i) < 0)
			return -1;
	for (size_t i = 0; i < p->n_roles; i++)
		if (check_role(r, p, &p->roles[i]) < 0)
			return -1;
	return 0;
}

/* Is `inner` the directory `outer`, or below it? */
static bool inside(struct gm_str inner, struct gm_str outer)
{
	if (!outer.len)
		return true;
	return gm_str_starts(inner, outer) &&
	       (inner.len == outer.len || inner.ptr[outer.len] == '/');
}

static int check_directories(struct gm_reader *r, const struct gm_policy *p)
{
	struct gm_str *folded =
		gm_alloc_n(r->arena, p->n_migrations, sizeof(*folded));

	for (size_t i = 0; i < p->n_migrations; i++) {
		const char *path = p->migrations[i].path;

		folded[i] = gm_path_fold(r->arena, gm_str(path));
		for (size_t k = 0; k < i; k++) {
			if (!inside(folded[i], folded[k]) &&
			    !inside(folded[k], folded[i]))
				continue;
			gm_read_fail(r,
				     gm_read_place(r, &p->migrations[i].path),
				     "directories '%s' and '%s' overlap",
				     p->migrations[k].path, path);
			return gm_hint(r->err,
				       "A file must belong to one directory: "
				       "remove one of the two.");
		}
	}
	return 0;
}

static const struct gm_policy_environment *
find_environment(const struct gm_policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_environments; i++)
		if (gm_str_is(gm_str(name), p->environments[i].name))
			return &p->environments[i];
	return NULL;
}

static int unknown_environment(struct gm_reader *r, const struct gm_policy *p,
			       const struct gm_policy_environment *e)
{
	const char **names =
		gm_alloc_n(r->arena, p->n_environments, sizeof(*names));

	for (size_t i = 0; i < p->n_environments; i++)
		names[i] = p->environments[i].name;
	gm_read_fail(r, gm_read_place(r, &e->after), "unknown environment '%s'",
		     e->after);
	return gm_read_suggest(r, gm_str(e->after), "The environments here are",
			       names, p->n_environments);
}

/* Each step of a chain that ends leads to another environment. */
static bool in_cycle(const struct gm_policy *p,
		     const struct gm_policy_environment *e)
{
	for (size_t steps = 0; e && e->after; steps++) {
		if (steps > p->n_environments)
			return true;
		e = find_environment(p, e->after);
	}
	return false;
}

static int check_environment(struct gm_reader *r, const struct gm_policy *p,
			     const struct gm_policy_environment *e)
{
	if (find_environment(p, e->name) != e) {
		gm_read_fail(r, gm_read_place(r, &e->name),
			     "environment '%s' is there twice", e->name);
		return gm_hint(r->err, "Rename or remove one of the two.");
	}
	if (e->after && !find_environment(p, e->after))
		return unknown_environment(r, p, e);
	if (in_cycle(p, e)) {
		gm_read_fail(r, gm_read_place(r, &e->after),
			     "the promotion order of '%s' is a circle",
			     e->name);
		return gm_hint(r->err,
			       "Leave `after` out of the first environment.");
	}
	return 0;
}

static int check_environments(struct gm_reader *r, const struct gm_policy *p)
{
	for (size_t i = 0; i < p->n_environments; i++)
		if (check_environment(r, p, &p->environments[i]) < 0)
			return -1;
	return 0;
}

int gm_policy_read(struct gm_policy *out, struct gm_arena *a, const char *name,
		   struct gm_str text, struct gm_err *err)
{
	struct gm_node *root = gm_alloc(a, sizeof(*root));
	struct gm_policy *policy = gm_alloc(a, sizeof(*policy));
	struct gm_reader r = {
		.arena = a, .name = name, .text = text, .err = err
	};

	if (text.len > GM_POLICY_MAX) {
		gm_fail(err, GM_EPOLICY, "the policy is larger than %zu KiB",
			GM_POLICY_MAX >> 10);
		gm_fail_at(err, name, 0, 0);
		return gm_hint(err, "Shorten it.");
	}
	if (gm_node_read(root, a, name, text, err) < 0)
		return -1;
	for (size_t i = 0; i < GM_RULE_COUNT; i++)
		policy->severity[i] = gm_rule_info((enum gm_rule)i)->severity;
	if (gm_policy_field.read(&r, &gm_policy_field, root, policy) < 0 ||
	    check_directories(&r, policy) < 0 || check_people(&r, policy) < 0 ||
	    check_approvals(&r, policy) < 0 ||
	    check_environments(&r, policy) < 0)
		return -1;
	*out = *policy;
	return 0;
}

void gm_policy_default(struct gm_policy *out, struct gm_arena *a)
{
	struct gm_err err = GM_ERR_INIT;

	if (gm_policy_read(out, a, "policy/default.yaml",
			   gm_embed("policy/default.yaml"), &err) < 0)
		GM_BUG(err.msg);
	out->is_default = true;
}

static bool any_match(const struct gm_strings *patterns, struct gm_str text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (gm_glob_match(gm_str(patterns->items[i]), text))
			return true;
	return false;
}

bool gm_policy_protects(const struct gm_policy *p, const char *ref)
{
	return any_match(&p->protected_, gm_str(ref));
}

bool gm_policy_neutral(const struct gm_policy *p, struct gm_str path)
{
	return any_match(&p->neutral, path);
}

struct gm_str gm_policy_person(const struct gm_policy *p, struct gm_str name)
{
	for (size_t i = 0; i < p->n_people; i++) {
		const struct gm_policy_person *person = &p->people[i];

		for (size_t k = 0; k < person->names.n; k++)
			if (gm_str_ieq(gm_str(person->names.items[k]), name))
				return gm_str(person->principal);
	}
	return name;
}

bool gm_policy_same(const struct gm_policy *p, struct gm_str one,
		    struct gm_str two)
{
	return gm_str_ieq(gm_policy_person(p, one), gm_policy_person(p, two));
}

bool gm_policy_has_role(const struct gm_policy *p, const char *role,
			struct gm_str name)
{
	const struct gm_policy_role *r = find_role(p, role);

	for (size_t i = 0; r && i < r->principals.n; i++)
		if (gm_policy_same(p, gm_str(r->principals.items[i]), name))
			return true;
	return false;
}

const struct gm_policy_approval *gm_policy_approval(const struct gm_policy *p,
						    const char *kind)
{
	for (size_t i = 0; i < p->n_approvals; i++)
		if (gm_str_is(gm_str(p->approvals[i].kind), kind))
			return &p->approvals[i];
	return NULL;
}

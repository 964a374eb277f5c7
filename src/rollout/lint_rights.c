/* rollout/lint: what accounts may do, and what is done with them. */
#include <string.h>
#include <strings.h>

#include "rollout/lint.h"

#define RBAC "rbac.authorization.k8s.io"
#define GROUP "system:serviceaccounts"
#define PRUNE "kustomize.toolkit.fluxcd.io/prune"

struct docs {
	const struct gm_doc **items;
	size_t n, cap;
};

struct rights {
	const struct gm_lint *l;
	struct docs accounts, bindings, roles;
};

/* What is done with an object, or all of a kind. */
struct deed {
	const char *group, *resource;
	const char *name;  /* NULL: made by kustomize, in the end */
	const char *verbs; /* "get patch" */
};

static struct rights collect(const struct gm_lint *l)
{
	struct rights r = { .l = l };

	for (size_t i = 0; i < l->m->docs.n; i++) {
		const struct gm_doc *d = &l->m->docs.items[i];
		struct docs *to = NULL;

		if (gm_doc_is(d, "", "ServiceAccount"))
			to = &r.accounts;
		else if (gm_doc_is(d, RBAC, "RoleBinding") ||
			 gm_doc_is(d, RBAC, "ClusterRoleBinding"))
			to = &r.bindings;
		else if (gm_doc_is(d, RBAC, "Role") ||
			 gm_doc_is(d, RBAC, "ClusterRole"))
			to = &r.roles;
		if (to && !d->patch)
			*GM_PUSH(l->m->arena, to) = d;
	}
	return r;
}

/* Where no namespace is written, it may be any. */
static bool same_space(const char *one, const char *two)
{
	return !*one || !*two || !strcmp(one, two);
}

static bool is_here(const struct rights *r, const char *space, const char *name)
{
	for (size_t i = 0; i < r->accounts.n; i++)
		if (!strcmp(r->accounts.items[i]->name, name) &&
		    same_space(r->accounts.items[i]->namespace_, space))
			return true;
	return false;
}

/* That account, or a group that all accounts of its namespace are in. */
static bool is_subject(struct gm_arena *a, const struct gm_yaml *subject,
		       const char *space, const char *name)
{
	const char *kind = gm_yaml_text(a, gm_yaml_get(subject, "kind"));
	const char *is = gm_yaml_text(a, gm_yaml_get(subject, "name"));
	const char *in = gm_yaml_text(a, gm_yaml_get(subject, "namespace"));

	if (!kind || !is)
		return false;
	if (!strcmp(kind, "ServiceAccount"))
		return !strcmp(is, name) && same_space(in ? in : "", space);
	return !strcmp(kind, "Group") &&
	       !strncmp(is, GROUP, sizeof(GROUP) - 1) &&
	       (is[sizeof(GROUP) - 1] != ':' ||
		same_space(is + sizeof(GROUP), space));
}

static bool binds(const struct rights *r, const struct gm_doc *binding,
		  const char *space, const char *name)
{
	struct gm_arena *a = r->l->m->arena;
	const struct gm_yaml *list = gm_yaml_get(binding->node, "subjects");

	if (!strcmp(binding->kind, "RoleBinding") &&
	    !same_space(binding->namespace_, space))
		return false;
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		if (is_subject(a, list->items[i], space, name))
			return true;
	return false;
}

/* The role that a binding gives; NULL: it is not in this tree. */
static const struct gm_doc *role_of(const struct rights *r,
				    const struct gm_doc *binding)
{
	struct gm_arena *a = r->l->m->arena;
	const char *kind = gm_doc_text(a, binding, "roleRef/kind");
	const char *name = gm_doc_text(a, binding, "roleRef/name");

	for (size_t i = 0; i < r->roles.n; i++) {
		const struct gm_doc *d = r->roles.items[i];

		if (!strcmp(d->kind, kind) && !strcmp(d->name, name) &&
		    (!strcmp(kind, "ClusterRole") ||
		     same_space(d->namespace_, binding->namespace_)))
			return d;
	}
	return NULL;
}

static bool names(struct gm_arena *a, const struct gm_yaml *list,
		  const char *word)
{
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *text = gm_yaml_text(a, list->items[i]);

		if (text && (!strcmp(text, word) || !strcmp(text, "*")))
			return true;
	}
	return false;
}

static bool rule_allows(struct gm_arena *a, const struct gm_yaml *rule,
			const struct deed *deed, const char *verb)
{
	const struct gm_yaml *some = gm_yaml_get(rule, "resourceNames");

	return names(a, gm_yaml_get(rule, "apiGroups"), deed->group) &&
	       names(a, gm_yaml_get(rule, "resources"), deed->resource) &&
	       names(a, gm_yaml_get(rule, "verbs"), verb) &&
	       (!some || (strcmp(verb, "create") != 0 && deed->name &&
			  names(a, some, deed->name)));
}

/* 1; 0; -1: the tree does not tell. */
static int allows(const struct rights *r, const char *space,
		  const char *account, const struct deed *deed,
		  const char *verb)
{
	struct gm_arena *a = r->l->m->arena;
	bool bound = false;

	for (size_t i = 0; i < r->bindings.n; i++) {
		const struct gm_doc *role;
		const struct gm_yaml *rules;

		if (!binds(r, r->bindings.items[i], space, account))
			continue;
		bound = true;
		role = role_of(r, r->bindings.items[i]);
		if (!role || gm_yaml_get(role->node, "aggregationRule"))
			return -1;
		rules = gm_yaml_get(role->node, "rules");
		for (size_t k = 0;
		     rules && rules->kind == GM_YAML_LIST && k < rules->n; k++)
			if (rule_allows(a, rules->items[k], deed, verb))
				return 1;
	}
	return bound ? 0 : -1;
}

/* The verbs that are missing, "" for none; NULL: the tree does not tell. */
static const char *missing(const struct rights *r, const char *space,
			   const char *account, const struct deed *deed)
{
	struct gm_buf out = gm_buf(r->l->m->arena);
	struct gm_str rest = gm_str(deed->verbs), verb;

	while (gm_str_split(&verb, &rest, ' ')) {
		int allowed = allows(r, space, account, deed,
				     gm_str_dup(r->l->m->arena, verb));

		if (allowed < 0)
			return NULL;
		if (!allowed)
			gm_buf_printf(&out, "%s%.*s", out.len ? ", " : "",
				      (int)verb.len, verb.ptr);
	}
	return out.ptr ? out.ptr : "";
}

/* --- what Flux does --- */

/* "a|b", as kustomize takes the names of a target; none are all. */
static bool aims_at(struct gm_arena *a, const struct gm_yaml *target,
		    const char *key, const char *word)
{
	const char *text = gm_yaml_text(a, gm_yaml_get(target, key));
	struct gm_str rest = gm_str(text ? text : ""), one;

	if (!text)
		return true;
	while (gm_str_split(&one, &rest, '|'))
		if (gm_str_is(one, word))
			return true;
	return false;
}

/* Does a list of the unit take it out again? */
static bool is_dropped(struct gm_arena *a, const struct gm_unit *u,
		       const struct gm_doc *d)
{
	for (size_t i = 0; i < u->kustomize.n; i++) {
		const struct gm_yaml *list = gm_yaml_get(
			u->kustomize.items[i]->doc->node, "patches");

		for (size_t k = 0;
		     list && list->kind == GM_YAML_LIST && k < list->n; k++) {
			const struct gm_yaml *target =
				gm_yaml_get(list->items[k], "target");
			const char *text = gm_yaml_text(
				a, gm_yaml_get(list->items[k], "patch"));

			if (target && text && strstr(text, "$patch: delete") &&
			    aims_at(a, target, "kind", d->kind) &&
			    aims_at(a, target, "name", d->name))
				return true;
		}
	}
	return false;
}

static bool is_kept(struct gm_arena *a, const struct gm_unit *u,
		    const struct gm_doc *d)
{
	const char *prune = gm_doc_text(a, u->flux, "spec/prune");
	const char *own = gm_yaml_text(a, gm_doc_annotation(d, PRUNE));

	return strcmp(prune, "true") != 0 ||
	       (own && !strcasecmp(own, "disabled"));
}

static void judge(const struct rights *r, const struct gm_unit *u,
		  const char *account, const struct deed *deed)
{
	const char *lacks = missing(r, u->flux->namespace_, account, deed);

	if (!lacks || !*lacks)
		return;
	gm_lint_at(r->l, GM_RULE_FLUX_RIGHTS, u->flux,
		   gm_yaml_at(u->flux->node, "spec/serviceAccountName"),
		   "its account '%s' may not %s %s%s%s, which it applies",
		   account, lacks, deed->resource, *deed->group ? "." : "",
		   deed->group);
}

/* The first of a kind tells for all of them. */
static bool is_first(const struct gm_unit *u, const struct gm_doc *d)
{
	for (size_t i = 0; u->docs.items[i] != d; i++)
		if (!strcmp(u->docs.items[i]->kind, d->kind))
			return false;
	return true;
}

static void judge_object(const struct rights *r, const struct gm_unit *u,
			 const char *account, const struct gm_doc *d)
{
	struct gm_arena *a = r->l->m->arena;
	const char *slash = strchr(d->api, '/');
	const struct deed deed = {
		.group = slash ? gm_strndup(a, d->api, (size_t)(slash - d->api))
			       : "",
		.resource = gm_resource_name(a, d->kind),
		.name = d->name,
		.verbs = is_kept(a, u, d) ? "get create patch"
					  : "get create patch delete",
	};

	if (*d->api && *d->kind && !d->patch && !is_dropped(a, u, d) &&
	    is_first(u, d) && same_space(d->namespace_, u->flux->namespace_))
		judge(r, u, account, &deed);
}

static void judge_generators(const struct rights *r, const struct gm_unit *u,
			     const char *account)
{
	static const struct {
		const char *key;
		struct deed deed;
	} made[] = {
		{ "configMapGenerator",
		  { "", "configmaps", NULL, "get create patch delete" } },
		{ "secretGenerator",
		  { "", "secrets", NULL, "get create patch delete" } },
	};

	for (size_t k = 0; k < GM_COUNT(made); k++)
		for (size_t i = 0; i < u->kustomize.n; i++) {
			const struct gm_yaml *list = gm_yaml_get(
				u->kustomize.items[i]->doc->node, made[k].key);

			if (!list || !list->n)
				continue;
			judge(r, u, account, &made[k].deed);
			break;
		}
}

static void lint_unit(const struct rights *r, const struct gm_unit *u)
{
	struct gm_arena *a = r->l->m->arena;
	const char *account =
		gm_doc_text(a, u->flux, "spec/serviceAccountName");

	/* Of another cluster, and of accounts elsewhere, nothing is known. */
	if (!*account || gm_yaml_at(u->flux->node, "spec/kubeConfig") ||
	    !is_here(r, u->flux->namespace_, account))
		return;
	for (size_t i = 0; i < u->docs.n; i++)
		judge_object(r, u, account, u->docs.items[i]);
	judge_generators(r, u, account);
}

/* --- what observes --- */

static bool is_told(struct gm_arena *a, const struct gm_doc *job,
		    const char *word)
{
	const struct gm_yaml *list =
		gm_yaml_at(job->node, "spec/template/spec/containers");

	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		if (names(a, gm_yaml_get(list->items[i], "command"), word) ||
		    names(a, gm_yaml_get(list->items[i], "args"), word))
			return true;
	return false;
}

static void lint_watcher(const struct rights *r, const struct gm_doc *job)
{
	static const struct deed ask = { "batch", "jobs", NULL, "get" };
	struct gm_arena *a = r->l->m->arena;
	const struct gm_yaml *name =
		gm_yaml_at(job->node, "spec/template/spec/serviceAccountName");
	const char *account = gm_yaml_text(a, name), *lacks;

	if (!account || !is_told(a, job, "observe") ||
	    !is_told(a, job, "--job") || !is_here(r, job->namespace_, account))
		return;
	lacks = missing(r, job->namespace_, account, &ask);
	if (lacks && *lacks)
		gm_lint_at(r->l, GM_RULE_FLUX_RIGHTS, job, name,
			   "its account '%s' may not get jobs.batch: it asks"
			   " when it began",
			   account);
}

void gm_lint_rights(const struct gm_lint *l)
{
	const struct rights r = collect(l);

	/* Any role may be in there. */
	if (l->m->unread.n)
		return;
	for (size_t i = 0; i < l->m->units.n; i++)
		if (l->m->units.items[i].flux)
			lint_unit(&r, &l->m->units.items[i]);
	for (size_t i = 0; i < l->m->docs.n; i++)
		if (gm_doc_is(&l->m->docs.items[i], "batch", "Job"))
			lint_watcher(&r, &l->m->docs.items[i]);
}

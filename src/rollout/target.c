/* rollout/rollout: an environment of the policy. */
#include <string.h>

#include "base/near.h"
#include "rollout/rollout.h"

static int unknown(struct gm_arena *a, const struct gm_policy *policy,
		   const char *env, struct gm_err *err)
{
	const char **names =
		gm_alloc_n(a, policy->n_environments, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < policy->n_environments; i++)
		names[i] = policy->environments[i].name;
	near = gm_near(gm_str(env), names, policy->n_environments);
	gm_fail(err, GM_ENOT_FOUND, "the policy has no environment '%s'", env);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "Add it to the key 'environments' of %s.",
		       GM_POLICY_PATH);
}

static int incomplete(const char *env, const char *key, struct gm_err *err)
{
	gm_fail(err, GM_EPOLICY, "environment '%s' has no %s", env, key);
	gm_fail_at(err, GM_POLICY_PATH, 0, 0);
	return gm_hint(err,
		       "Name it there: environments: [{name: %s, namespace:"
		       " %s, cluster: app-db}].",
		       env, env);
}

static int check_names(const struct gm_target *t, struct gm_err *err)
{
	const struct {
		const char *what, *name;
	} names[] = {
		{ "Kustomization of the cluster", t->database },
		{ "Kustomization of the app", t->app },
		{ "Canary of the app", t->canary },
		{ "object store", t->store },
		{ "secret", t->connection },
		{ "secret", t->ca },
	};

	if (gm_object_name("cluster", t->cluster, GM_CLUSTER_NAME_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (names[i].name &&
		    gm_object_name(names[i].what, names[i].name, GM_NAME_MAX,
				   err) < 0)
			return -1;
	return 0;
}

int gm_target_find(struct gm_target *out, struct gm_arena *a,
		   const struct gm_policy *policy, const char *env,
		   struct gm_err *err)
{
	const struct gm_policy_environment *e = NULL;
	const struct gm_policy_flux *flux = &policy->flux;
	struct gm_target t = { .flux = flux, .postgres = policy->postgres };

	for (size_t i = 0; i < policy->n_environments; i++)
		if (!strcmp(policy->environments[i].name, env))
			e = &policy->environments[i];
	if (!e)
		return unknown(a, policy, env, err);
	if (!flux->present) {
		gm_fail(err, GM_EPOLICY, "the policy says nothing about Flux");
		gm_fail_at(err, GM_POLICY_PATH, 0, 0);
		return gm_hint(err, "Add the key 'flux'; "
				    "'git migrate help emit' has an example.");
	}
	if (!e->namespace_)
		return incomplete(env, "namespace", err);
	if (!e->cluster)
		return incomplete(env, "cluster", err);
	t.env = e->name;
	t.after = e->after;
	t.namespace_ = e->namespace_;
	t.cluster = e->cluster;
	t.database = gm_pattern_fill(a, flux->database, env, t.cluster);
	t.app = gm_pattern_fill(a, flux->app_kustomization, env, t.cluster);
	t.app_path = gm_pattern_fill(a, flux->app_path, env, t.cluster);
	t.canary = gm_pattern_fill(a, flux->app_canary, env, t.cluster);
	t.clusters = gm_pattern_fill(a, flux->clusters, env, t.cluster);
	t.store = gm_pattern_fill(a, flux->backup_store, env, t.cluster);
	t.connection = gm_pattern_fill(a, flux->connection, env, t.cluster);
	t.ca = gm_pattern_fill(a, flux->ca, env, t.cluster);
	if (check_names(&t, err) < 0)
		return -1;
	*out = t;
	return 0;
}

/* git migrate doctor --server. */
#include <string.h>
#include <strings.h>

#include "check/context.h"
#include "check/push.h"
#include "cmd/doctor.h"
#include "cmd/hookfile.h"
#include "git/ref.h"
#include "approval/landed.h"

#define INIT "Run 'git migrate init --server'."

static void check_hooks(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_hookfile receive, update;
	struct gm_hooks hooks;

	if (gm_hooks_find(&hooks, cx->arena, cx->repo, &err) < 0 ||
	    gm_hookfile_read(&receive, cx->arena, &hooks, "pre-receive", &err) <
		    0 ||
	    gm_hookfile_read(&update, cx->arena, &hooks, "update", &err) < 0) {
		gm_checkup_fail(c, cx, "hook", &err);
		return;
	}
	if (hooks.place != GM_HOOKS_OWN)
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "hooksPath",
			       "Make sure that the hooks there run for this"
			       " repository.",
			       "core.hooksPath leads to %s", hooks.dir);
	/* Some servers let `update` be set alone. */
	if (receive.state == GM_HOOK_ABSENT &&
	    (update.state == GM_HOOK_OURS || update.state == GM_HOOK_CALLS))
		gm_doctor_hook(c, cx, "update", GM_HEALTH_FAIL);
	else
		gm_doctor_hook(c, cx, "pre-receive", GM_HEALTH_FAIL);
	gm_doctor_hook(c, cx, "post-receive", GM_HEALTH_FAIL);
}

static void check_pins(struct gm_checkup *c, struct gm_ctx *cx,
		       const struct gm_server *server)
{
	if (server->pinned)
		gm_checkup_add(c, cx, GM_HEALTH_OK, "policyRef", NULL, "%s",
			       server->policy_ref);
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "policyRef", INIT,
			       "migrate.policyRef is not set; HEAD says %s",
			       server->policy_ref);
	if (server->project)
		gm_checkup_add(c, cx, GM_HEALTH_OK, "project", NULL, "%s",
			       server->project);
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "project", INIT,
			       "migrate.project is not set: any policy's"
			       " project counts");
	if (server->warn_only)
		gm_checkup_add(
			c, cx, GM_HEALTH_WARN, "enforce",
			"When the team is ready: git config --unset"
			" migrate.enforce.",
			"migrate.enforce is 'warn': only what guards refs,"
			" records and the policy refuses a push");
}

static void check_objects(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	const char *value;

	if (gm_config_get(&value, cx->arena, cx->repo, "receive.fsckObjects",
			  &err) < 0) {
		gm_checkup_fail(c, cx, "fsckObjects", &err);
		return;
	}
	if (!value && gm_config_get(&value, cx->arena, cx->repo,
				    "transfer.fsckObjects", &err) < 0) {
		gm_checkup_fail(c, cx, "fsckObjects", &err);
		return;
	}
	if (value && (!*value || !strcasecmp(value, "true") ||
		      !strcasecmp(value, "yes") || !strcasecmp(value, "on") ||
		      !strcmp(value, "1")))
		gm_checkup_add(c, cx, GM_HEALTH_OK, "fsckObjects", NULL,
			       "what is pushed is checked");
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "fsckObjects",
			       "Run 'git config receive.fsckObjects true'.",
			       "malformed objects are taken in");
}

/* Does a policy that counts lie there? */
static bool check_policy(struct gm_checkup *c, struct gm_ctx *cx,
			 const struct gm_server *server,
			 const struct gm_oid *tip)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;
	int found = gm_policy_of_commit(&policy, cx->arena, cx->repo, tip,
					server->policy_ref, &err);

	if (found < 0) {
		gm_checkup_fail(c, cx, "policy", &err);
		return false;
	}
	if (!found) {
		gm_checkup_add(
			c, cx, GM_HEALTH_WARN, "policy",
			"Run 'git migrate init' in a clone, commit and"
			" push.",
			"%s holds no policy; until a push brings one, all"
			" are refused",
			server->policy_ref);
		return false;
	}
	if (server->project && strcmp(server->project, policy.project)) {
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, "policy",
			       "Correct migrate.project, or the policy.",
			       "it is of project '%s', not '%s'",
			       policy.project, server->project);
		return false;
	}
	gm_checkup_add(c, cx, GM_HEALTH_OK, "policy", NULL,
		       "%s: project %s, version %lld", server->policy_ref,
		       policy.project, (long long)policy.version);
	return true;
}

/* How many migrations of the policy's branch have no record of landing? */
static int count_unrecorded(size_t *out, struct gm_ctx *cx, const char *ref,
			    const struct gm_oid *tip,
			    const struct gm_landed_list *landed,
			    struct gm_err *err)
{
	struct gm_context context;
	struct gm_set set = { 0 };
	struct gm_commit commit;

	if (gm_context_local(&context, cx->arena, cx->repo, tip, err) < 0 ||
	    gm_commit_read(&commit, cx->arena, cx->repo, tip, err) < 0 ||
	    gm_set_read(&set, cx->arena, cx->repo, &commit.tree, &context.roots,
			err) < 0)
		return -1;
	*out = 0;
	for (size_t i = 0; i < set.n; i++) {
		const struct gm_migration_file *up =
			gm_migration_file(set.items[i], GM_ROLE_UP);

		if (up && !gm_landed_find(landed,
					  gm_str_dup(cx->arena, up->path), ref))
			++*out;
	}
	return 0;
}

static void check_landed(struct gm_checkup *c, struct gm_ctx *cx,
			 const char *ref, const struct gm_oid *tip)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_landed_list landed = { 0 };
	size_t unrecorded = 0;

	if (gm_landed_read(&landed, cx->arena, cx->repo, &err) < 0 ||
	    (tip &&
	     count_unrecorded(&unrecorded, cx, ref, tip, &landed, &err) < 0))
		gm_checkup_fail(c, cx, "landed", &err);
	else if (unrecorded)
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "landed", INIT,
			       "%zu migration%s on %s without a record",
			       unrecorded, unrecorded == 1 ? " is" : "s are",
			       ref);
	else
		gm_checkup_add(c, cx, GM_HEALTH_OK, "landed", NULL,
			       "%zu record%s", landed.n,
			       landed.n == 1 ? "" : "s");
}

void gm_doctor_server(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_server server;
	struct gm_oid tip;
	int found;

	check_hooks(c, cx);
	check_objects(c, cx);
	if (gm_server_read(&server, cx->arena, cx->repo, &err) < 0) {
		gm_checkup_fail(c, cx, "policyRef", &err);
		return;
	}
	check_pins(c, cx, &server);
	found = gm_ref_get(&tip, cx->repo, server.policy_ref, &err);
	if (found < 0) {
		gm_checkup_fail(c, cx, "policy", &err);
		return;
	}
	if (!found)
		gm_checkup_add(
			c, cx, GM_HEALTH_WARN, "policy",
			"Push the branch, with a policy.",
			"%s does not exist yet; until a push brings it, with"
			" a policy, all are refused",
			server.policy_ref);
	else if (!check_policy(c, cx, &server, &tip))
		found = 0;
	check_landed(c, cx, server.policy_ref, found ? &tip : NULL);
}

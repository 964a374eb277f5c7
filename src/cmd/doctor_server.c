/* git migrate doctor --server. */
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "approval/landed.h"
#include "approval/signers.h"
#include "base/buf.h"
#include "check/context.h"
#include "check/push.h"
#include "cmd/doctor.h"
#include "cmd/hookfile.h"
#include "git/ref.h"

#define INIT "Run 'git migrate init --server'."

/* What has landed is recorded here, unless somebody else pushes that. */
static void check_recording(struct gm_checkup *c, struct gm_ctx *cx,
			    const struct gm_hooks *hooks, const char *way)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_hookfile hook;
	const char *recorder;

	if (gm_config_get(&recorder, cx->arena, cx->repo, "migrate.recorder",
			  &err) < 0 ||
	    gm_hookfile_read(&hook, cx->arena, hooks, "post-receive", &err) < 0)
		gm_checkup_fail(c, cx, "hook", &err);
	else if (recorder && hook.state == GM_HOOK_ABSENT)
		gm_checkup_add(c, cx, GM_HEALTH_OK, "recorder", NULL,
			       "what has landed is pushed by %s", recorder);
	else
		gm_doctor_hook(c, cx, hooks, "post-receive", GM_HEALTH_FAIL,
			       way);
}

/* Gitaly passes by hooks/ and runs what lies here. */
static void check_gitlab(struct gm_checkup *c, struct gm_ctx *cx)
{
	static const char *const names[] = { "pre-receive", "post-receive" };
	static const char way[] = "Run contrib/hosts/gitlab/install.";
	const char *top = gm_repo_commondir(cx->repo);

	for (size_t i = 0; i < GM_COUNT(names); i++) {
		const char *dir = gm_printf(cx->arena, "%s/custom_hooks/%s.d",
					    top, names[i]);
		struct gm_hooks hooks = { dir, dir, GM_HOOKS_OWN };
		struct stat st;

		if (stat(dir, &st) < 0)
			hooks.dir = hooks.home =
				gm_printf(cx->arena, "%s/custom_hooks", top);
		if (i)
			check_recording(c, cx, &hooks, way);
		else
			gm_doctor_hook(c, cx, &hooks, names[i], GM_HEALTH_FAIL,
				       way);
	}
}

static void check_hooks(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_hookfile receive, update, transaction;
	const char *receives = "pre-receive";
	struct gm_hooks hooks;

	if (gm_hooks_find(&hooks, cx->arena, cx->repo, &err) < 0 ||
	    gm_hookfile_read(&receive, cx->arena, &hooks, receives, &err) < 0 ||
	    gm_hookfile_read(&update, cx->arena, &hooks, "update", &err) < 0 ||
	    gm_hookfile_read(&transaction, cx->arena, &hooks,
			     gm_hooks_transactions[0], &err) < 0) {
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
		receives = "update";
	gm_doctor_hook(c, cx, &hooks, receives, GM_HEALTH_FAIL, INIT);
	check_recording(c, cx, &hooks, INIT);
	/* It is there only where somebody asked for it. */
	if (transaction.state == GM_HOOK_OURS ||
	    transaction.state == GM_HOOK_CALLS)
		gm_doctor_hook(c, cx, &hooks, transaction.name, GM_HEALTH_FAIL,
			       "Run 'git migrate init --server"
			       " --transactions'.");
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

static void check_approvals(struct gm_checkup *c, struct gm_ctx *cx,
			    const struct gm_policy *policy)
{
	struct gm_buf kinds = gm_buf(cx->arena);

	for (size_t i = 0; i < policy->n_approvals; i++)
		gm_buf_printf(&kinds, "%s%s", i ? ", " : "",
			      policy->approvals[i].kind);
	if (gm_policy_approval(policy, "policy"))
		gm_checkup_add(c, cx, GM_HEALTH_OK, "approvals", NULL,
			       "asked for: %s", kinds.ptr);
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "approvals",
			       "Give some people the role admin, and add"
			       " 'policy: {need: {admin: 1}}' to 'approvals'.",
			       "nobody has to approve a change of the policy,"
			       " so whoever can push can take every rule away");
}

static void check_pusher(struct gm_checkup *c, struct gm_ctx *cx,
			 const struct gm_policy *policy)
{
	struct gm_err err = GM_ERR_INIT;
	const char *host;

	if (gm_config_get(&host, cx->arena, cx->repo, "migrate.pusher", &err) <
	    0) {
		gm_checkup_fail(c, cx, "pusher", &err);
		return;
	}
	if (host) {
		gm_checkup_add(c, cx, GM_HEALTH_OK, "pusher", NULL,
			       "as %s says who it is", host);
		return;
	}
	for (size_t i = 0; i < policy->n_approvals; i++) {
		if (!policy->approvals[i].exclude_pusher)
			continue;
		gm_checkup_add(
			c, cx, GM_HEALTH_WARN, "pusher",
			"Set migrate.pusher to gitolite, gitea, gitlab, github"
			" or http, whichever serves this repository.",
			"the policy excludes who pushes, and nothing says who"
			" that is: each push needs one approval more");
		return;
	}
}

static void add_keyless(struct gm_strings *out, struct gm_arena *a,
			const struct gm_signers *signers, const char *who)
{
	for (size_t i = 0; i < signers->n; i++)
		if (!strcasecmp(signers->items[i].principal, who))
			return;
	for (size_t i = 0; i < out->n; i++)
		if (!strcasecmp(out->items[i], who))
			return;
	*GM_PUSH(a, out) = who;
}

/* Can those sign whom the policy asks? */
static void check_keys(struct gm_checkup *c, struct gm_ctx *cx,
		       const struct gm_policy *policy, const char *where,
		       const struct gm_oid *tip)
{
	struct gm_strings without = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_signers signers = { 0 };
	struct gm_buf words = gm_buf(cx->arena);

	if (!policy->n_approvals)
		return;
	if (gm_signers_read(&signers, cx->arena, cx->repo, tip, where, &err) <
	    0) {
		gm_checkup_fail(c, cx, "signers", &err);
		return;
	}
	for (size_t i = 0; i < policy->n_roles; i++)
		for (size_t k = 0; k < policy->roles[i].principals.n; k++)
			add_keyless(&without, cx->arena, &signers,
				    policy->roles[i].principals.items[k]);
	for (size_t i = 0; i < without.n; i++)
		gm_buf_printf(&words, "%s%s", i ? ", " : "", without.items[i]);
	if (without.n)
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "signers",
			       "Add their keys to " GM_SIGNERS_PATH " or"
			       " to " GM_KEYS_DIR ".",
			       "without a key, these have a role and cannot"
			       " sign: %s",
			       words.ptr);
	else
		gm_checkup_add(c, cx, GM_HEALTH_OK, "signers", NULL,
			       "%zu key%s", signers.n,
			       signers.n == 1 ? "" : "s");
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
	check_approvals(c, cx, &policy);
	check_keys(c, cx, &policy, server->policy_ref, tip);
	check_pusher(c, cx, &policy);
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
	const char *host = NULL;
	struct gm_oid tip;
	int found;

	if (gm_config_get(&host, cx->arena, cx->repo, "migrate.pusher", &err) ==
		    0 &&
	    host && !strcmp(host, "gitlab"))
		check_gitlab(c, cx);
	else
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

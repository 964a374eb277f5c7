/* git migrate doctor, in a clone. */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "check/context.h"
#include "cmd/doctor.h"
#include "cmd/hookfile.h"
#include "git/ref.h"

static void check_policy(struct gm_checkup *c, struct gm_ctx *cx)
{
	const char *top = gm_repo_worktree(cx->repo);
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_str text;

	if (gm_file_read(&text, cx->arena,
			 gm_printf(cx->arena, "%s/%s", top, GM_POLICY_PATH),
			 GM_POLICY_MAX, &err) < 0) {
		if (err.code == GM_ENOT_FOUND)
			gm_checkup_add(c, cx, GM_HEALTH_WARN, "policy",
				       "Run 'git migrate init'.",
				       "there is no %s; the built-in policy"
				       " counts",
				       GM_POLICY_PATH);
		else
			gm_checkup_fail(c, cx, "policy", &err);
		return;
	}
	if (gm_policy_read(&policy, cx->arena, GM_POLICY_PATH, text, &err) <
	    0) {
		gm_checkup_fail(c, cx, "policy", &err);
		return;
	}
	gm_checkup_add(c, cx, GM_HEALTH_OK, "policy", NULL,
		       "project %s, version %lld", policy.project,
		       (long long)policy.version);
}

static void print_roots(struct gm_checkup *c, struct gm_ctx *cx,
			const struct gm_roots *roots, const struct gm_set *set)
{
	struct gm_buf text = gm_buf(cx->arena);

	if (set->duplicates.n) {
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, "migrations",
			       "Give each migration a version of its own.",
			       "%s", set->duplicates.items[0].words);
		return;
	}
	if (!set->n) {
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "migrations",
			       "If there are some, name their directory in the"
			       " policy; else start with 'git migrate new'.",
			       "HEAD holds no migrations");
		return;
	}
	for (size_t i = 0; i < roots->n; i++) {
		gm_buf_puts(&text, i ? ", " : "");
		gm_buf_str(&text, roots->items[i].path.len
					  ? roots->items[i].path
					  : GM_STR("."));
		gm_buf_printf(&text, " (%s)", roots->items[i].layout->name);
	}
	gm_checkup_add(c, cx, GM_HEALTH_OK, "migrations", NULL, "%zu in %s",
		       set->n, text.ptr);
}

static void check_migrations(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_context context;
	struct gm_set set = { 0 };
	struct gm_commit commit;
	struct gm_oid head;
	int found = gm_ref_get(&head, cx->repo, "HEAD", &err);

	if (found == 0) {
		gm_checkup_add(c, cx, GM_HEALTH_OK, "migrations", NULL,
			       "nothing is committed yet");
		return;
	}
	if (found < 0 ||
	    gm_context_local(&context, cx->arena, cx->repo, &head, &err) < 0 ||
	    gm_commit_read(&commit, cx->arena, cx->repo, &head, &err) < 0 ||
	    gm_set_read(&set, cx->arena, cx->repo, &commit.tree, &context.roots,
			&err) < 0)
		gm_checkup_fail(c, cx, "migrations", &err);
	else
		print_roots(c, cx, &context.roots, &set);
}

static void check_remote(struct gm_checkup *c, struct gm_ctx *cx,
			 const char *remote)
{
	const char *key = gm_printf(cx->arena, "remote.%s.fetch", remote);
	struct gm_err err = GM_ERR_INIT;
	struct gm_strings specs = { 0 };
	const char *found = NULL;

	if (gm_config_all(&specs, cx->arena, cx->repo, key, &err) < 0) {
		gm_checkup_fail(c, cx, "notes", &err);
		return;
	}
	for (size_t i = 0; i < specs.n; i++)
		if (strstr(specs.items[i], "refs/notes/"))
			found = specs.items[i];
	if (!found)
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "notes",
			       "Run 'git migrate init'.",
			       "records are not fetched from '%s'", remote);
	else if (*found == '+')
		gm_checkup_add(
			c, cx, GM_HEALTH_WARN, "notes",
			gm_printf(cx->arena, "Take the '+' away in %s.", key),
			"a fetch from '%s' can replace records", remote);
	else
		gm_checkup_add(c, cx, GM_HEALTH_OK, "notes", NULL,
			       "records are fetched from '%s'", remote);
}

void gm_doctor_clone(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_strings remotes = { 0 };
	struct gm_hooks hooks;

	if (gm_repo_is_bare(cx->repo)) {
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, "repository",
			       "Run 'git migrate doctor --server'.",
			       "this repository is bare");
		return;
	}
	gm_doctor_signers(c, cx);
	check_policy(c, cx);
	check_migrations(c, cx);
	if (gm_hooks_find(&hooks, cx->arena, cx->repo, &err) < 0)
		gm_checkup_fail(c, cx, "hook", &err);
	else
		for (size_t i = 0; gm_hooks_client[i]; i++)
			gm_doctor_hook(c, cx, &hooks, gm_hooks_client[i],
				       GM_HEALTH_WARN,
				       "Run 'git migrate init'.");
	if (gm_repo_remotes(&remotes, cx->arena, cx->repo, &err) < 0)
		gm_checkup_fail(c, cx, "notes", &err);
	for (size_t i = 0; i < remotes.n; i++)
		check_remote(c, cx, remotes.items[i]);
}

/* git migrate init, in a clone. */
#include <string.h>

#include "base/file.h"
#include "cmd/exchange.h"
#include "cmd/hookfile.h"
#include "cmd/init.h"
#include "policy/policy.h"

static int write_new(struct gm_ctx *cx, const char *name, struct gm_str text,
		     bool *wrote, struct gm_err *err)
{
	const char *top = gm_repo_worktree(cx->repo);
	const char *path = gm_printf(cx->arena, "%s/%s", top, name);
	int kept = gm_file_write(path, text, 0644, true, err);

	if (kept < 0)
		return -1;
	*wrote |= !kept;
	gm_init_say(cx, kept ? "kept" : "wrote", name);
	return 0;
}

static int write_files(struct gm_ctx *cx, const struct gm_init_args *args,
		       bool *wrote, struct gm_err *err)
{
	struct gm_str policy, signers;

	if (gm_init_policy(&policy, cx, args->project, err) < 0 ||
	    gm_init_signers(&signers, cx, err) < 0 ||
	    gm_dir_make(gm_printf(cx->arena, "%s/.migrate",
				  gm_repo_worktree(cx->repo)),
			err) < 0)
		return -1;
	if (write_new(cx, GM_POLICY_PATH, policy, wrote, err) < 0 ||
	    write_new(cx, ".migrate/allowed_signers", signers, wrote, err) < 0)
		return -1;
	return 0;
}

/* Does this refspec bring the notes?  `force`: it starts with '+'. */
static bool brings_notes(const char *spec, const char *apart, bool *force)
{
	*force = *spec == '+';
	spec += *force;
	return !strcmp(spec, GM_EXCHANGE_SPEC) || !strcmp(spec, apart) ||
	       !strcmp(spec, "refs/notes/*:refs/notes/*") ||
	       !strcmp(spec, "refs/*:refs/*");
}

static int set_remote(struct gm_ctx *cx, const char *remote, struct gm_err *err)
{
	const char *key = gm_printf(cx->arena, "remote.%s.fetch", remote);
	const char *apart = gm_exchange_apart(cx->arena, remote);
	struct gm_strings specs = { 0 };
	bool force, has = false;

	if (gm_config_all(&specs, cx->arena, cx->repo, key, err) < 0)
		return -1;
	for (size_t i = 0; i < specs.n; i++) {
		if (!brings_notes(specs.items[i], apart, &force))
			continue;
		has = true;
		if (force)
			gm_cmd_note(cx,
				    "%s has '%s'; with the '+' a fetch can"
				    " replace records: take the '+' away",
				    key, specs.items[i]);
	}
	if (!has && gm_config_add(cx->repo, key, GM_EXCHANGE_SPEC, err) < 0)
		return -1;
	gm_init_say(cx, has ? "kept" : "set",
		    gm_printf(cx->arena, "%s %s", key, GM_EXCHANGE_SPEC));
	return 0;
}

int gm_init_clone(struct gm_ctx *cx, const struct gm_init_args *args,
		  struct gm_err *err)
{
	struct gm_strings remotes = { 0 };
	bool wrote = false;

	if (write_files(cx, args, &wrote, err) < 0 ||
	    gm_init_hooks(cx, gm_hooks_client, err) < 0 ||
	    gm_repo_remotes(&remotes, cx->arena, cx->repo, err) < 0)
		return -1;
	for (size_t i = 0; i < remotes.n; i++)
		if (set_remote(cx, remotes.items[i], err) < 0)
			return -1;
	if (wrote)
		fprintf(cx->out,
			"\nNext: read .migrate/policy.yaml, then\n"
			"    git add .migrate && git commit -m 'Add the"
			" migration policy'%s\n"
			"    git migrate new <name>\n",
			remotes.n ? " && git push" : "");
	return 0;
}

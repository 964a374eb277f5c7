#include "cmd/exchange.h"

#include <string.h>

#include "approval/exhibit.h"
#include "base/child.h"
#include "base/escape.h"
#include "git/ref.h"
#include "git/walk.h"

/* Others are pushing records, too. */
#define TRIES 16

/* Only the server writes here: what is fetched is all there is. */
#define LANDED_SPEC GM_LANDED_REF ":" GM_LANDED_REF

#define JOINED "Join the records that were fetched"

const char *gm_exchange_tracking(struct gm_arena *a, const char *remote,
				 const char *ref)
{
	return gm_printf(a, "refs/notes/remotes/%s/%s", remote,
			 ref + strlen("refs/notes/"));
}

int gm_exchange_join(struct gm_ctx *cx, const char *remote, const char *ref,
		     struct gm_err *err)
{
	struct gm_oid theirs;
	int found;

	if (!remote)
		return 0;
	found = gm_ref_get(&theirs, cx->repo,
			   gm_exchange_tracking(cx->arena, remote, ref), err);
	if (found > 0 &&
	    gm_notes_union(cx->repo, ref, &theirs, JOINED, err) < 0)
		return -1;
	return found < 0 ? -1 : 0;
}

/* Configured refspecs could be about the very same refs: they are left out. */
int gm_exchange_fetch(struct gm_ctx *cx, const char *remote, struct gm_err *err)
{
	const char *spec = gm_printf(
		cx->arena,
		"+refs/notes/migrate/*:refs/notes/remotes/%s/migrate/*",
		remote);
	const char *const argv[] = { "git",
				     "fetch",
				     "-q",
				     "--no-tags",
				     "--no-write-fetch-head",
				     "--refmap=",
				     remote,
				     spec,
				     NULL };
	const struct gm_child child = { .argv = argv, .inherit_input = true };
	int status = gm_child_run(NULL, cx->arena, &child, err);

	if (status > 0)
		return gm_fail(err, GM_EPROGRAM,
			       "the records of '%s' could not be fetched",
			       remote);
	return status;
}

enum answer { TAKEN, BEHIND, REFUSED };

/*
 * What `git push --porcelain` says of the ref: "!<TAB>from:to<TAB>[rejected]
 * (fetch first)".
 */
static enum answer read_answer(struct gm_str out)
{
	struct gm_str line;

	while (gm_str_line(&line, &out))
		if (gm_str_starts(line, GM_STR("!\t")) &&
		    memmem(line.ptr, line.len, "[rejected]", 10))
			return BEHIND;
	return REFUSED;
}

static int push_once(enum answer *answer, struct gm_ctx *cx, const char *remote,
		     const char *ref, const struct gm_oid *tip,
		     struct gm_err *err)
{
	const char *spec =
		gm_printf(cx->arena, "%s:%s", gm_oid_hex(cx->arena, tip), ref);
	const char *const argv[] = {
		"git",  "-c",          "advice.pushUpdateRejected=false",
		"push", "--porcelain", "-q",
		remote, spec,          NULL
	};
	const struct gm_child child = { .argv = argv, .inherit_input = true };
	struct gm_str out;
	int status = gm_child_run(&out, cx->arena, &child, err);

	if (status < 0)
		return -1;
	*answer = status ? read_answer(out) : TAKEN;
	return 0;
}

/* The remote has it now: its copy here can say so, if nobody is faster. */
static void remember(struct gm_ctx *cx, const char *remote, const char *ref,
		     const struct gm_oid *tip)
{
	const char *name = gm_exchange_tracking(cx->arena, remote, ref);
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_oid old = { { 0 } };

	if (gm_ref_get(&old, cx->repo, name, &ignored) < 0 ||
	    gm_ref_swap(cx->repo, name, &old, tip, "push", &ignored) < 0)
		return;
}

static int refused(struct gm_ctx *cx, const char *remote, const char *ref,
		   struct gm_err *err)
{
	gm_fail(err, GM_EPROGRAM, "'%s' did not take the records", remote);
	return gm_hint(err,
		       "They are here, and nothing is lost; when it is settled:"
		       " git push %s %s",
		       gm_shell_word(cx->arena, remote), ref);
}

int gm_exchange_push(struct gm_ctx *cx, const char *remote, const char *ref,
		     struct gm_err *err)
{
	const char *theirs = gm_exchange_tracking(cx->arena, remote, ref);
	struct gm_oid before = { { 0 } };
	enum answer answer = BEHIND;

	for (int i = 0; i < TRIES; i++) {
		struct gm_oid now = { { 0 } }, tip;
		int found;

		if (gm_exchange_fetch(cx, remote, err) < 0 ||
		    gm_ref_get(&now, cx->repo, theirs, err) < 0)
			return -1;
		/* A server that was overtaken refuses in words of its own. */
		if (answer == REFUSED && gm_oid_eq(&before, &now))
			return refused(cx, remote, ref, err);
		if (i)
			gm_cmd_note(cx, "others were faster; trying again");
		before = now;
		if (gm_exchange_join(cx, remote, ref, err) < 0)
			return -1;
		found = gm_ref_get(&tip, cx->repo, ref, err);
		if (found <= 0)
			return found;
		if (push_once(&answer, cx, remote, ref, &tip, err) < 0)
			return -1;
		if (answer == TAKEN) {
			remember(cx, remote, ref, &tip);
			return 0;
		}
	}
	if (answer == REFUSED)
		return refused(cx, remote, ref, err);
	gm_fail(err, GM_ERACE, "others push records to '%s' all the time",
		remote);
	return gm_hint(err, "Try again: git push %s %s",
		       gm_shell_word(cx->arena, remote), ref);
}

/* --- how git-fetch(1) brings them --- */

const char *gm_exchange_apart(struct gm_arena *a, const char *remote)
{
	return gm_printf(a,
			 "refs/notes/migrate/*:refs/notes/remotes/%s/migrate/*",
			 remote);
}

/* Is there what the remote was not seen to have? */
static int waits(bool *out, struct gm_ctx *cx, const char *remote,
		 const char *ref, struct gm_err *err)
{
	struct gm_oid ours, theirs;
	int found = gm_ref_get(&ours, cx->repo, ref, err);

	*out = false;
	if (found <= 0)
		return found;
	found = gm_ref_get(&theirs, cx->repo,
			   gm_exchange_tracking(cx->arena, remote, ref), err);
	if (found > 0)
		found = gm_is_ancestor(cx->repo, &ours, &theirs, err);
	*out = !found;
	return found < 0 ? -1 : 0;
}

static int any_waits(bool *out, struct gm_ctx *cx, const char *remote,
		     struct gm_err *err)
{
	static const char *const refs[] = { GM_APPROVALS_REF, GM_EVIDENCE_REF,
					    GM_OVERRIDES_REF, GM_EXHIBITS_REF };

	*out = false;
	for (size_t i = 0; i < GM_COUNT(refs) && !*out; i++)
		if (waits(out, cx, remote, refs[i], err) < 0)
			return -1;
	return 0;
}

static bool has(const struct gm_strings *specs, const char *spec)
{
	for (size_t i = 0; i < specs->n; i++)
		if (!strcmp(specs->items[i], spec))
			return true;
	return false;
}

int gm_exchange_settle(struct gm_ctx *cx, const char *remote,
		       struct gm_err *err)
{
	struct gm_strings specs = { 0 };
	const char *key, *apart;
	bool waiting;

	if (!remote)
		return 0;
	key = gm_printf(cx->arena, "remote.%s.fetch", remote);
	apart = gm_exchange_apart(cx->arena, remote);
	if (gm_config_all(&specs, cx->arena, cx->repo, key, err) < 0 ||
	    any_waits(&waiting, cx, remote, err) < 0)
		return -1;
	if (!has(&specs, waiting ? GM_EXCHANGE_SPEC : apart))
		return 0;
	if (!waiting)
		return gm_config_swap(cx->repo, key, apart, GM_EXCHANGE_SPEC,
				      err) < 0 ||
				       gm_config_swap(cx->repo, key,
						      LANDED_SPEC, NULL,
						      err) < 0
			       ? -1
			       : 0;
	if (gm_config_swap(cx->repo, key, GM_EXCHANGE_SPEC, apart, err) < 0 ||
	    gm_config_add(cx->repo, key, LANDED_SPEC, err) < 0)
		return -1;
	return 0;
}

/*
 * reference-transaction: the second line of the server.
 *
 * Runs for every change of refs, whoever makes it: a push, but a mirror, a
 * fetch and update-ref as well.  In the state "prepared" the refs are locked
 * and can still be kept as they are, so that what pre-receive judged by a
 * policy or records that have changed since is judged again.
 */
#include <string.h>
#include <unistd.h>

#include "approval/record.h"
#include "base/clock.h"
#include "base/file.h"
#include "check/context.h"
#include "check/push.h"
#include "cmd/guard.h"
#include "cmd/hooks.h"
#include "git/notes.h"
#include "git/ref.h"
#include "report/report.h"

#define SHOWN 10
#define RECORDS "refs/notes/migrate/"

/* "<old> SP <new> SP <ref> LF"; some names are no full ones ("HEAD"). */
static int take_line(struct gm_push_update *out, struct gm_arena *a,
		     struct gm_str line, struct gm_err *err)
{
	struct gm_str old = gm_str_sub(line, 0, gm_str_find(line, ' '));
	struct gm_str rest = gm_str_sub(line, old.len + 1, line.len);
	struct gm_str new_ = gm_str_sub(rest, 0, gm_str_find(rest, ' '));

	rest = gm_str_sub(rest, new_.len + 1, rest.len);
	if (!gm_oid_parse(&out->old_oid, old) ||
	    !gm_oid_parse(&out->new_oid, new_) || !rest.len)
		return gm_fail(err, GM_EINPUT,
			       "a line of the hook's input is not of the form"
			       " '<old> <new> <ref>'");
	out->ref = gm_str_dup(a, rest);
	return 0;
}

/* What the server has landed may be added to, by its own hands. */
static int judge_landed(struct gm_ctx *cx, const struct gm_push_update *u,
			struct gm_err *err)
{
	const char *why = "it would be deleted";
	int append =
		gm_oid_is_zero(&u->new_oid)
			? 0
			: gm_notes_is_append(&why, cx->arena, cx->repo,
					     &u->old_oid, &u->new_oid, err);

	if (!append)
		return gm_fail(err, GM_EINPUT, "%s may only be added to: %s",
			       u->ref, why);
	return append < 0 ? -1 : 0;
}

/*
 * Keep the changes of refs that are guarded, with what the repository has now
 * as their old value: git gives zeroes where the caller does not care.
 */
static int select_updates(struct gm_push *out, struct gm_ctx *cx,
			  const struct gm_server *server, struct gm_str input,
			  struct gm_err *err)
{
	struct gm_policy policy;
	struct gm_oid tip;
	struct gm_str line;
	int found = gm_ref_get(&tip, cx->repo, server->policy_ref, err);

	if (found > 0)
		found = gm_policy_of_commit(&policy, cx->arena, cx->repo, &tip,
					    server->policy_ref, err);
	if (found < 0)
		return -1;
	if (!found)
		gm_policy_default(&policy, cx->arena);
	while (gm_str_line(&line, &input)) {
		struct gm_push_update u;
		bool records;

		if (take_line(&u, cx->arena, line, err) < 0)
			return -1;
		records = gm_str_starts(gm_str(u.ref), GM_STR(RECORDS));
		if (strncmp(u.ref, "refs/", 5) != 0 ||
		    (!records && !gm_push_guards(server, &policy, u.ref)))
			continue;
		memset(&u.old_oid, 0, sizeof(u.old_oid));
		if (gm_ref_get(&u.old_oid, cx->repo, u.ref, err) < 0)
			return -1;
		if (gm_oid_eq(&u.old_oid, &u.new_oid))
			continue;
		if (strcmp(u.ref, GM_LANDED_REF) != 0)
			*GM_PUSH(cx->arena, out) = u;
		else if (judge_landed(cx, &u, err) < 0)
			return -1;
	}
	return 0;
}

static int judge(struct gm_ctx *cx, const void *input, struct gm_err *err)
{
	struct gm_report_options options = { .max_human = SHOWN,
					     .quiet = true };
	struct gm_push_verdict verdict;
	struct gm_push push = { 0 };
	struct gm_buf text = gm_buf(cx->arena);
	struct gm_server server;

	if (gm_repo_open(&cx->repo, NULL, GM_REPO_HOOK, err) < 0 ||
	    gm_server_read(&server, cx->arena, cx->repo, err) < 0)
		return -1;
	gm_guard_deadline(server.deadline_ms);
	if (select_updates(&push, cx, &server, *(const struct gm_str *)input,
			   err) < 0)
		return -1;
	if (!push.n)
		return 0;
	if (gm_check_push(&verdict, cx->arena, cx->repo, &server, &push,
			  gm_now(), err) < 0)
		return -1;
	if (!gm_push_refused(&verdict, &server))
		return 0;
	gm_report_write(&text, "human", &verdict.result, &options);
	fwrite(text.ptr, 1, text.len, cx->err);
	fputs("git-migrate: refs kept as they are\n", cx->err);
	return 1;
}

int gm_hook_reference_transaction(struct gm_ctx *cx,
				  const struct gm_strings *args,
				  struct gm_err *err)
{
	struct gm_str input;

	/* In the other states there is nothing left to decide. */
	if (strcmp(args->items[0], "prepared") != 0)
		return 0;
	if (gm_guard_environment(cx->arena, err) < 0 ||
	    gm_fd_read(&input, cx->arena, STDIN_FILENO, GM_PUSH_MAX_INPUT,
		       err) < 0)
		return -1;
	return gm_guard_run(cx, judge, &input);
}

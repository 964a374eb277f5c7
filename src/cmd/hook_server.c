/* The hooks of a server: what they do not understand, they refuse. */
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "check/context.h"
#include "check/land.h"
#include "check/push.h"
#include "cmd/guard.h"
#include "cmd/hooks.h"
#include "report/report.h"

/* Findings shown to a pusher before "and N more". */
#define SHOWN 10

static void print_verdict(struct gm_ctx *cx, const struct gm_push_verdict *v,
			  const struct gm_server *server, bool refused)
{
	struct gm_report_options options = { .max_human = SHOWN,
					     .quiet = true };
	struct gm_buf text = gm_buf(cx->arena);

	for (size_t i = 0; i < v->notices.n; i++)
		gm_cmd_note(cx, "%s", v->notices.items[i]);
	gm_report_write(&text, "human", &v->result, &options);
	fwrite(text.ptr, 1, text.len, cx->err);
	if (!refused && server->warn_only && v->result.findings.errors)
		gm_cmd_note(cx, "accepted all the same: migrate.enforce is"
				" 'warn'");
	if (refused)
		fputs("git-migrate: push refused; nothing was changed\n",
		      cx->err);
}

/*
 * The repository comes first: in one that cannot be judged at all, with object
 * names of another length, the input would seem malformed.
 */
static int judge_push(struct gm_ctx *cx, const void *input, struct gm_err *err)
{
	struct gm_push_verdict verdict;
	struct gm_push push = { 0 };
	struct gm_server server;
	bool refused;

	if (gm_repo_open(&cx->repo, NULL, GM_REPO_HOOK, err) < 0 ||
	    gm_server_read(&server, cx->arena, cx->repo, err) < 0)
		return -1;
	gm_guard_deadline(server.deadline_ms);
	if (gm_push_parse(&push, cx->arena, *(const struct gm_str *)input,
			  err) < 0 ||
	    gm_check_push(&verdict, cx->arena, cx->repo, &server, &push,
			  gm_now(), err) < 0)
		return -1;
	refused = gm_push_refused(&verdict, &server);
	print_verdict(cx, &verdict, &server, refused);
	return refused;
}

int gm_hook_pre_receive(struct gm_ctx *cx, const struct gm_strings *args,
			struct gm_err *err)
{
	struct gm_str input;

	(void)args;
	if (gm_guard_environment(cx->arena, err) < 0 ||
	    gm_fd_read(&input, cx->arena, STDIN_FILENO, GM_PUSH_MAX_INPUT,
		       err) < 0)
		return -1;
	return gm_guard_run(cx, judge_push, &input);
}

int gm_hook_update(struct gm_ctx *cx, const struct gm_strings *args,
		   struct gm_err *err)
{
	struct gm_buf line = gm_buf(cx->arena);
	struct gm_str input;

	/* The same grammar as pre-receive's input decides what is well
	 * formed. */
	gm_buf_printf(&line, "%s %s %s\n", args->items[1], args->items[2],
		      args->items[0]);
	input = gm_buf_view(&line);
	if (gm_guard_environment(cx->arena, err) < 0)
		return -1;
	return gm_guard_run(cx, judge_push, &input);
}

/*
 * Record what has landed.  The refs have moved already: a failure cannot undo
 * that, but it is told, and contracts stay refused until it is mended.  What
 * fails on one ref is no reason not to record it on the others.
 */
static int land(struct gm_ctx *cx, const struct gm_push *push,
		struct gm_err *err)
{
	struct gm_err first = GM_ERR_INIT;
	struct gm_policy policy;
	struct gm_server server;
	struct gm_oid tip;
	int found;

	if (gm_server_read(&server, cx->arena, cx->repo, err) < 0)
		return -1;
	found = gm_ref_get(&tip, cx->repo, server.policy_ref, err);
	if (found > 0)
		found = gm_policy_of_commit(&policy, cx->arena, cx->repo, &tip,
					    server.policy_ref, err);
	if (found <= 0)
		return found;
	for (size_t i = 0; i < push->n; i++) {
		const struct gm_push_update *u = &push->items[i];
		struct gm_err why = GM_ERR_INIT;

		if (gm_oid_is_zero(&u->new_oid) ||
		    !gm_push_guards(&server, &policy, u->ref) ||
		    !gm_land_since(cx->repo, &policy, u->ref, &u->old_oid,
				   &why))
			continue;
		gm_fail_in(&why, "recording what landed on %s", u->ref);
		if (!first.code)
			first = why;
	}
	if (!first.code)
		return 0;
	*err = first;
	return -1;
}

int gm_hook_post_receive(struct gm_ctx *cx, const struct gm_strings *args,
			 struct gm_err *err)
{
	struct gm_push push = { 0 };
	struct gm_str input;

	(void)args;
	if (gm_guard_environment(cx->arena, err) < 0 ||
	    gm_fd_read(&input, cx->arena, STDIN_FILENO, GM_PUSH_MAX_INPUT,
		       err) < 0 ||
	    gm_push_parse(&push, cx->arena, input, err) < 0 ||
	    gm_repo_open(&cx->repo, NULL, GM_REPO_HOOK, err) < 0)
		return -1;
	return land(cx, &push, err);
}

/* The hooks of a clone: the server's verdict, before the push. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/hooks.h"
#include "cmd/judge.h"
#include "cmd/message.h"
#include "cmd/trailers_file.h"
#include "report/report.h"

/* The longest commit message a hook reads. */
#define MESSAGE_MAX ((size_t)4 << 20)

static int open_repo(struct gm_ctx *cx, struct gm_err *err)
{
	return gm_repo_open(&cx->repo, NULL, GM_REPO_DISCOVER, err);
}

static int print(struct gm_ctx *cx, const struct gm_result *result,
		 const char *verb)
{
	struct gm_report_options options = { .quiet = true };
	struct gm_buf text = gm_buf(cx->arena);

	gm_report_write(&text, "human", result, &options);
	fwrite(text.ptr, 1, text.len, cx->err);
	if (!result->findings.errors)
		return 0;
	fprintf(cx->err,
		"git-migrate: the server would refuse this; to %s all the"
		" same, add --no-verify\n",
		verb);
	return 1;
}

static struct gm_result empty(struct gm_ctx *cx)
{
	return (struct gm_result){ .findings = gm_findings(cx->arena, NULL) };
}

int gm_hook_pre_commit(struct gm_ctx *cx, const struct gm_strings *args,
		       struct gm_err *err)
{
	struct gm_result result = empty(cx);

	(void)args;
	if (open_repo(cx, err) < 0 ||
	    gm_cmd_check_staged(cx, &result, NULL, false, err) < 0)
		return -1;
	return print(cx, &result, "commit");
}

int gm_hook_prepare_commit_msg(struct gm_ctx *cx, const struct gm_strings *args,
			       struct gm_err *err)
{
	const char *source = args->n > 1 ? args->items[1] : "";

	/* Amending, merging and squashing have a message of their own. */
	if (!strcmp(source, "commit") || !strcmp(source, "merge") ||
	    !strcmp(source, "squash"))
		return 0;
	if (open_repo(cx, err) < 0)
		return -1;
	return gm_trailers_file_apply(cx->arena, cx->repo, args->items[0], err);
}

/* Without this the trailers, which the hook added, would be the subject. */
static int untitled(struct gm_err *err)
{
	gm_fail(err, GM_EINPUT,
		"nothing is committed: the message has no subject, only the"
		" trailers of the migration");
	return gm_hint(err, "Write a subject above the trailers, and an empty"
			    " line between.");
}

/*
 * git does not tell this hook whether the commit is being amended.  What is
 * wrong as a new commit may be right as the new form of HEAD, and the server
 * judges it anyway.
 */
int gm_hook_commit_msg(struct gm_ctx *cx, const struct gm_strings *args,
		       struct gm_err *err)
{
	struct gm_result fresh = empty(cx), amended = empty(cx);
	struct gm_str text, message;

	if (open_repo(cx, err) < 0 ||
	    gm_file_read(&text, cx->arena, args->items[0], MESSAGE_MAX, err) <
		    0 ||
	    gm_message_clean(&message, cx->arena, cx->repo, text, err) < 0)
		return -1;
	/* git itself aborts for an empty message. */
	if (!gm_str_trim(message).len)
		return 0;
	if (gm_message_untitled(cx->arena, message))
		return untitled(err);
	if (gm_cmd_check_staged(cx, &fresh, &message, false, err) < 0)
		return -1;
	if (!fresh.findings.errors)
		return print(cx, &fresh, "commit");
	if (gm_cmd_check_staged(cx, &amended, &message, true, err) < 0)
		return -1;
	return print(cx, amended.findings.errors ? &fresh : &amended, "commit");
}

int gm_hook_pre_push(struct gm_ctx *cx, const struct gm_strings *args,
		     struct gm_err *err)
{
	struct gm_result result = empty(cx);
	struct gm_push push = { 0 };
	struct gm_str input;

	if (gm_fd_read(&input, cx->arena, STDIN_FILENO, GM_PUSH_MAX_INPUT,
		       err) < 0 ||
	    gm_push_parse_client(&push, cx->arena, input, err) < 0 ||
	    open_repo(cx, err) < 0 ||
	    gm_cmd_check_push(cx, &result, args->items[0], &push, err) < 0)
		return -1;
	return print(cx, &result, "push");
}

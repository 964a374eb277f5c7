/* git migrate show: one migration in full. */
#include <string.h>

#include "base/near.h"
#include "check/overview.h"
#include "cmd/cmd.h"
#include "report/overview.h"

struct args {
	bool sql;
	const char *format;
	const char *at;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "sql", struct args, sql, "print the up SQL as well"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static int not_found(struct gm_arena *a, const struct gm_overview *o,
		     const char *id, struct gm_err *err)
{
	const char **ids = gm_alloc_n(a, o->n, sizeof(*ids));
	const char *near;

	for (size_t i = 0; i < o->n; i++)
		ids[i] = o->items[i].id;
	near = gm_near(gm_str(id), ids, o->n);
	gm_fail(err, GM_ENOT_FOUND, "there is no migration '%s'", id);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "'git migrate log' lists the migrations.");
}

/*
 * By its id, or by the part of it in front of the name when that is one
 * migration's alone.
 */
static int find(size_t *at, struct gm_arena *a, const struct gm_overview *o,
		const char *id, struct gm_err *err)
{
	size_t len = strlen(id), found = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (!strcmp(o->items[i].id, id)) {
			*at = i;
			return 0;
		}
		if (len && !strncmp(o->items[i].id, id, len)) {
			*at = i;
			found++;
		}
	}
	if (!found)
		return not_found(a, o, id, err);
	if (found == 1)
		return 0;
	gm_fail(err, GM_ENOT_FOUND, "'%s' begins the ids of %zu migrations", id,
		found);
	return gm_hint(err, "Give the whole id; 'git migrate log' lists them.");
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_overview_detail detail;
	struct gm_overview o;
	size_t at = 0;

	if (gm_overview_read(&o, cx->arena, cx->repo, args->at, err) < 0 ||
	    find(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_overview_detail(&detail, cx->arena, cx->repo, &o, at, err) < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_show_json(&out, &detail, args->sql);
	else
		gm_report_show(&out, &o, &detail, args->sql, cx->color);
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

const struct gm_cmd gm_cmd_show = {
	.name = "show",
	.summary = "show everything about one migration",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

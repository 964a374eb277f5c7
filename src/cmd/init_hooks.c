/* git migrate init: the hooks. */
#include <string.h>

#include "base/escape.h"
#include "cmd/hookfile.h"
#include "cmd/init.h"

void gm_init_say(struct gm_ctx *cx, const char *did, const char *what)
{
	fprintf(cx->out, "%-8s %s\n", did, gm_escaped(cx->arena, gm_str(what)));
}

/* As seen from the top of the work tree, or from the repository. */
static const char *shorten(struct gm_ctx *cx, const char *path)
{
	const char *top = gm_repo_worktree(cx->repo);
	size_t len;

	if (!top)
		top = gm_repo_commondir(cx->repo);
	len = strlen(top);
	return strncmp(path, top, len) || path[len] != '/' ? path
							   : path + len + 1;
}

static void say_left(struct gm_ctx *cx, const struct gm_hookfile *h)
{
	gm_init_say(
		cx, "left",
		gm_printf(cx->arena, "%s: %s", shorten(cx, h->path), h->why));
	fprintf(cx->out,
		"         to run it, add this line to that file:\n"
		"             %s\n",
		gm_hookfile_line(cx->arena, h->name));
}

static void say(struct gm_ctx *cx, enum gm_hookdid did,
		const struct gm_hooks *hooks, const struct gm_hookfile *h,
		bool ran)
{
	const char *path = shorten(cx, h->path);

	switch (did) {
	case GM_HOOK_KEPT:
		gm_init_say(cx, "kept", path);
		break;
	case GM_HOOK_WROTE:
		gm_init_say(cx, "wrote",
			    hooks->place == GM_HOOKS_TREE
				    ? gm_printf(cx->arena,
						"%s (commit it: core.hooksPath"
						" leads into the work tree)",
						path)
				    : path);
		break;
	case GM_HOOK_CHAINED:
		gm_init_say(cx, "chained",
			    gm_printf(cx->arena, "%s (%s%s)", path,
				      ran ? "first runs "
					  : "not executable, so it stays"
					    " unused: ",
				      shorten(cx, h->before)));
		break;
	case GM_HOOK_LEFT:
		say_left(cx, h);
		break;
	}
}

int gm_init_hooks(struct gm_ctx *cx, const char *const *names,
		  struct gm_err *err)
{
	struct gm_hooks hooks;
	int left = 0;

	if (gm_hooks_find(&hooks, cx->arena, cx->repo, err) < 0)
		return -1;
	for (; *names; names++) {
		struct gm_hookfile hook;
		enum gm_hookdid did;
		bool ran;

		if (gm_hookfile_read(&hook, cx->arena, &hooks, *names, err) < 0)
			return -1;
		ran = hook.executable;
		if (gm_hookfile_install(&did, cx->arena, &hooks, &hook, err) <
		    0)
			return -1;
		say(cx, did, &hooks, &hook, ran);
		left += did == GM_HOOK_LEFT;
	}
	return left;
}

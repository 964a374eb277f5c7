#include "cmd/template.h"

#include "base/embed.h"
#include "base/file.h"

#define TEMPLATE_MAX ((size_t)1 << 20)

int gm_cmd_template(struct gm_str *out, const char **from, struct gm_ctx *cx,
		    const char *name, struct gm_err *err)
{
	const char *own = gm_printf(cx->arena, ".migrate/templates/%s", name);
	const char *top = gm_repo_worktree(cx->repo);
	struct gm_err missing = GM_ERR_INIT;

	if (top && gm_file_read(out, cx->arena,
				gm_printf(cx->arena, "%s/%s", top, own),
				TEMPLATE_MAX, &missing) == 0) {
		*from = own;
		return 0;
	}
	if (top && missing.code != GM_ENOT_FOUND) {
		*err = missing;
		return -1;
	}
	*from = name;
	*out = gm_embed(name);
	return 0;
}

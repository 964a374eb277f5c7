/* git migrate doctor: programs and hooks. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "cmd/doctor.h"
#include "cmd/hookfile.h"

/* The oldest git whose hooks behave as ours rely on. */
#define GIT_MAJOR 2
#define GIT_MINOR 25

static const char *on_path(struct gm_ctx *cx, const char *name)
{
	const char *path = getenv("PATH");
	struct gm_str rest = gm_str(path), dir;

	while (path && gm_str_split(&dir, &rest, ':')) {
		const char *file = gm_printf(cx->arena, "%.*s/%s", (int)dir.len,
					     dir.ptr, name);

		if (dir.len && access(file, X_OK) == 0)
			return file;
	}
	return NULL;
}

static void check_git(struct gm_checkup *c, struct gm_ctx *cx)
{
	static const char *const argv[] = { "git", "--version", NULL };
	const struct gm_child child = { .argv = argv };
	struct gm_err err = GM_ERR_INIT;
	struct gm_str text, rest, part;
	uint64_t major = 0, minor = 0;

	if (gm_child_run(&text, cx->arena, &child, &err) != 0) {
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, "git", "Install git.",
			       "git does not run");
		return;
	}
	text = gm_str_trim(text);
	rest = gm_str_starts(text, GM_STR("git version "))
		       ? gm_str_sub(text, 12, text.len)
		       : text;
	if (gm_str_split(&part, &rest, '.') && gm_str_uint(&major, part) &&
	    gm_str_split(&part, &rest, '.'))
		gm_str_uint(&minor, part);
	if (major > GIT_MAJOR || (major == GIT_MAJOR && minor >= GIT_MINOR))
		gm_checkup_add(c, cx, GM_HEALTH_OK, "git", NULL, "%s",
			       gm_str_dup(cx->arena, text));
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, "git",
			       gm_printf(cx->arena, "Use git %d.%d or newer.",
					 GIT_MAJOR, GIT_MINOR),
			       "%s is not known to work",
			       gm_str_dup(cx->arena, text));
}

static void check_signer(struct gm_checkup *c, struct gm_ctx *cx,
			 const char *name, const char *what)
{
	const char *path = on_path(cx, name);

	if (path)
		gm_checkup_add(c, cx, GM_HEALTH_OK, name, NULL, "%s", path);
	else
		gm_checkup_add(c, cx, GM_HEALTH_WARN, name,
			       gm_printf(cx->arena, "Install %s.", what),
			       "%s is not on PATH: its signatures cannot be"
			       " checked",
			       name);
}

void gm_doctor_programs(struct gm_checkup *c, struct gm_ctx *cx)
{
	const char *path = on_path(cx, "git-migrate");

	check_git(c, cx);
	if (path)
		gm_checkup_add(c, cx, GM_HEALTH_OK, "program", NULL,
			       "%s, version %s", path, gm_version);
	else
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, "program",
			       "Install it with 'make install', or put its"
			       " directory on PATH.",
			       "git-migrate is not on PATH, where the hooks"
			       " look for it");
}

void gm_doctor_signers(struct gm_checkup *c, struct gm_ctx *cx)
{
	check_signer(c, cx, "ssh-keygen", "OpenSSH");
	check_signer(c, cx, "gpgv", "GnuPG");
}

/* What is wrong with a hook, or NULL. */
static const char *complaint(struct gm_ctx *cx, const struct gm_hookfile *h)
{
	switch (h->state) {
	case GM_HOOK_ABSENT:
		return "is not installed";
	case GM_HOOK_FOREIGN:
		return "does not run git-migrate";
	case GM_HOOK_OURS:
	case GM_HOOK_CALLS:
		break;
	}
	if (!h->executable)
		return "is not executable, so git does not run it";
	if (h->altered)
		return "is not as init writes it";
	if (h->chained && access(h->before, X_OK) < 0)
		return gm_printf(cx->arena,
				 "keeps a hook that is not executable: %s",
				 h->before);
	return NULL;
}

/* A file that another hook runs, as husky's and a dispatcher's, need not be. */
static bool run_by_another(const struct gm_hooks *hooks,
			   const struct gm_hookfile *h)
{
	return strcmp(hooks->dir, hooks->home) != 0 &&
	       strcmp(h->name, "update") != 0;
}

void gm_doctor_hook(struct gm_checkup *c, struct gm_ctx *cx,
		    const struct gm_hooks *hooks, const char *name,
		    enum gm_health missing, const char *way)
{
	struct gm_err err = GM_ERR_INIT;
	const char *why, *hint;
	struct gm_hookfile h;

	if (gm_hookfile_read(&h, cx->arena, hooks, name, &err) < 0) {
		gm_checkup_fail(c, cx, "hook", &err);
		return;
	}
	if (run_by_another(hooks, &h))
		h.executable = true;
	why = complaint(cx, &h);
	if (!why) {
		gm_checkup_add(c, cx, GM_HEALTH_OK, "hook", NULL, "%s", h.path);
		return;
	}
	hint = h.why ? gm_printf(cx->arena, "Add to it, since %s: %s", h.why,
				 gm_hookfile_line(cx->arena, name))
		     : way;
	if (h.state != GM_HOOK_ABSENT && h.state != GM_HOOK_FOREIGN &&
	    h.executable && !h.altered) {
		missing = GM_HEALTH_WARN;
		hint = "Make it executable, or remove it.";
	}
	gm_checkup_add(c, cx, missing, "hook", hint, "%s %s", h.path, why);
}

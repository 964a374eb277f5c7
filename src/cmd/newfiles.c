#include "cmd/newfiles.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/tmpl.h"
#include "cmd/template.h"
#include "cmd/trailers_file.h"
#include "migration/scaffold.h"

struct newfile {
	const char *path; /* from the root of the work tree */
	struct gm_str text;
};

struct newfiles {
	struct newfile *items;
	size_t n, cap;
};

struct job {
	struct gm_ctx *cx;
	const struct gm_newmeta *meta;
	const char *id;
	const char *version;
	const char *dir;
};

static const char *absolute(const struct job *j, const char *path)
{
	return gm_printf(j->cx->arena, "%s/%s", gm_repo_worktree(j->cx->repo),
			 path);
}

static int fill(struct gm_str *out, const struct job *j, const char *name,
		struct gm_err *err)
{
	const struct gm_newmeta *m = j->meta;
	const struct gm_tmpl_var vars[] = {
		{ "id", j->id },
		{ "version", j->version },
		{ "name", m->name },
		{ "phase", m->phase },
		{ "contracts", m->contracts ? m->contracts : "" },
		{ "window", m->window ? m->window : "" },
		{ "owner", m->owner ? m->owner : "" },
		{ "flag", m->flag ? m->flag : "" },
		{ "expand", strcmp(m->phase, "expand") ? "" : "1" },
		{ "backfill", strcmp(m->phase, "backfill") ? "" : "1" },
		{ "contract", strcmp(m->phase, "contract") ? "" : "1" },
		{ NULL, NULL },
	};
	const char *from;
	struct gm_str text;

	if (gm_cmd_template(&text, &from, j->cx,
			    gm_printf(j->cx->arena, "migration/%s", name),
			    err) < 0)
		return -1;
	return gm_tmpl_fill(out, j->cx->arena, from, text, vars, err);
}

static int add(struct newfiles *out, const struct job *j, const char *pattern,
	       const char *template, struct gm_err *err)
{
	struct gm_arena *a = j->cx->arena;
	struct newfile file;
	struct stat st;

	if (!pattern)
		return 0;
	file.path = gm_printf(
		a, "%s%s%s", j->dir, *j->dir ? "/" : "",
		gm_scaffold_fill(a, pattern, j->version, j->meta->name));
	if (lstat(absolute(j, file.path), &st) == 0) {
		gm_fail(err, GM_EINPUT, "'%s' exists already", file.path);
		return gm_hint(err, "Choose another name.");
	}
	if (fill(&file.text, j, template, err) < 0)
		return -1;
	*GM_PUSH(a, out) = file;
	return 0;
}

static void say(struct gm_trailers *out, struct gm_arena *a, const char *key,
		const char *value)
{
	struct gm_trailer *t;

	if (!value)
		return;
	t = GM_PUSH(a, out);
	t->key = gm_str(key);
	t->value = gm_str(value);
}

static int remember(const struct job *j, const struct gm_strings *paths,
		    struct gm_err *err)
{
	struct gm_arena *a = j->cx->arena;
	const struct gm_newmeta *m = j->meta;
	struct gm_trailers trailers = { 0 };

	say(&trailers, a, "Migration", j->id);
	say(&trailers, a, "Migration-Phase", m->phase);
	say(&trailers, a, "Migration-Contracts", m->contracts);
	say(&trailers, a, "Rollback-Window", m->window);
	say(&trailers, a, "Rollback-Owner", m->owner);
	say(&trailers, a, "Feature-Flag", m->flag);
	return gm_trailers_file_save(a, j->cx->repo, paths, &trailers, err);
}

static int write_all(struct gm_strings *paths, const struct job *j,
		     const struct newfiles *files, struct gm_err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *path = absolute(j, files->items[i].path);
		const char *slash = strrchr(path, '/');
		int kept;

		if (gm_dir_make(gm_strndup(j->cx->arena, path, slash - path),
				err) < 0)
			return -1;
		kept = gm_file_write(path, files->items[i].text, 0644, true,
				     err);
		if (kept < 0)
			return -1;
		if (kept)
			return gm_fail(err, GM_ERACE, "'%s' exists already",
				       files->items[i].path);
		*GM_PUSH(j->cx->arena, paths) = files->items[i].path;
	}
	return remember(j, paths, err);
}

int gm_newfiles_write(struct gm_strings *paths, const struct gm_newmeta *meta,
		      struct gm_ctx *cx, const struct gm_newplace *place,
		      struct gm_err *err)
{
	const struct gm_scaffold *s = gm_scaffold_find(place->layout);
	struct newfiles files = { 0 };
	struct job j = { .cx = cx, .meta = meta, .dir = place->dir };

	if (!s) {
		gm_fail(err, GM_EUNSUPPORTED,
			"migrations of layout '%s' are written by its own tool",
			place->layout);
		return gm_hint(err, "Create it there, and declare"
				    " '-- Migration-Phase: <phase>' at its"
				    " top.");
	}
	j.version = gm_version_next(cx->arena, place->layout, place->version,
				    gm_now());
	j.id = gm_scaffold_fill(cx->arena, s->id, j.version, meta->name);
	if (add(&files, &j, s->up, "up.sql", err) < 0 ||
	    add(&files, &j, s->down, "down.sql", err) < 0 ||
	    add(&files, &j, s->verify, "verify.sql", err) < 0)
		return -1;
	return write_all(paths, &j, &files, err);
}

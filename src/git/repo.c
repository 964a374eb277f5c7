#include "git/repo.h"

#include "base/escape.h"
#include "git/lib.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `path`, if it is relative below `base`, without a slash at its end. */
static const char *absolute(struct gm_arena *a, const char *base,
			    const char *path)
{
	const char *full =
		*path == '/' ? path : gm_printf(a, "%s/%s", base, path);
	char *real = realpath(full, NULL);
	char *copy = gm_strdup(a, real ? real : full);
	size_t len = strlen(copy);

	free(real);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The directory git wants to see in safe.directory: the work tree, or the
 * git directory when there is none. */
static const char *owned_dir(struct gm_repo *r, const char *path)
{
	git_buf found = { 0 };
	const char *dir, *slash;

	if (git_repository_discover(&found, path, 1, NULL) < 0)
		return path;
	dir = absolute(&r->arena, "/", found.ptr);
	git_buf_dispose(&found);
	slash = strrchr(dir, '/');
	if (slash && slash != dir && !strcmp(slash, "/.git"))
		return gm_strndup(&r->arena, dir, (size_t)(slash - dir));
	return dir;
}

static int not_ours(struct gm_repo *r, const char *path, struct gm_err *err)
{
	const char *dir = owned_dir(r, path);

	gm_fail(err, GM_EGIT,
		"dubious ownership: somebody else owns the repository at '%s'",
		dir);
	return gm_hint(err,
		       "If you trust it: git config --%s --add safe.directory "
		       "%s",
		       r->how == GM_REPO_HOOK ? "system" : "global",
		       gm_shell_word(&r->arena, dir));
}

static int open_failed(struct gm_repo *r, int rc, const char *path,
		       struct gm_err *err)
{
	const git_error *last = git_error_last();
	const char *why = last && last->message ? last->message : "";

	/* libgit2 1.5.1 lets the missing setting hide the foreign owner. */
	if (rc == GIT_EOWNER || strstr(why, "safe.directory"))
		return not_ours(r, path, err);
	if (rc == GIT_ENOTFOUND) {
		gm_fail(err, GM_ENOT_FOUND, "no git repository at%s '%s'",
			r->how == GM_REPO_HOOK || env("GIT_DIR") ? ""
								 : " or above",
			path);
		return gm_hint(err, "Change into a repository, or name one "
				    "with -C <dir>.");
	}
	if (!strncmp(why, "unsupported ", 12)) {
		gm_fail(err, GM_EUNSUPPORTED, "%s", why);
		return gm_hint(err, "Use a clone in git's standard format.");
	}
	return gm_lib_fail(err, GM_EGIT, "cannot open the repository at '%s'",
			   path);
}

static int open_lib(struct gm_repo *r, struct gm_err *err)
{
	const char *gitdir = env("GIT_DIR"), *path = r->base;
	const char *ceiling = NULL, *across;
	unsigned flags = 0;
	int value, rc;

	if (gitdir) {
		path = absolute(&r->arena, r->base, gitdir);
		flags = GIT_REPOSITORY_OPEN_NO_SEARCH |
			GIT_REPOSITORY_OPEN_NO_DOTGIT;
	} else if (r->how == GM_REPO_HOOK) {
		flags = GIT_REPOSITORY_OPEN_NO_SEARCH;
	} else {
		ceiling = env("GIT_CEILING_DIRECTORIES");
		across = env("GIT_DISCOVERY_ACROSS_FILESYSTEM");
		if (across && !git_config_parse_bool(&value, across) && value)
			flags = GIT_REPOSITORY_OPEN_CROSS_FS;
	}
	rc = git_repository_open_ext(&r->lib, path, flags, ceiling);
	if (rc < 0)
		return open_failed(r, rc, path, err);
	r->bare = git_repository_is_bare(r->lib);
	r->gitdir = absolute(&r->arena, "/", git_repository_path(r->lib));
	r->commondir =
		absolute(&r->arena, "/", git_repository_commondir(r->lib));
	if (!r->bare)
		r->worktree = absolute(&r->arena, "/",
				       git_repository_workdir(r->lib));
	return 0;
}

/* What config.worktree says about them comes before all else but GIT_*. */
static int worktree_settings(const char **tree, struct gm_repo *r,
			     struct gm_err *err)
{
	const char *bare;
	int value;

	if (gm_config_get(&bare, &r->arena, r, "core.bare", err) < 0 ||
	    gm_config_get(tree, &r->arena, r, "core.worktree", err) < 0)
		return -1;
	if (bare && !git_repository_is_worktree(r->lib) &&
	    !git_config_parse_bool(&value, bare))
		r->bare = value;
	if (r->bare)
		r->worktree = NULL;
	else if (*tree)
		r->worktree = absolute(&r->arena, r->gitdir, *tree);
	else if (!r->worktree)
		r->worktree = absolute(&r->arena, r->gitdir, "..");
	return 0;
}

/* GIT_DIR alone makes the current directory the work tree, as in git. */
static int set_worktree(struct gm_repo *r, struct gm_err *err)
{
	const char *tree = env("GIT_WORK_TREE"), *configured = NULL;

	if (r->how == GM_REPO_HOOK)
		return 0;
	if (worktree_settings(&configured, r, err) < 0)
		return -1;
	if (!tree && env("GIT_DIR") && !r->bare && !configured)
		tree = r->base;
	if (!tree)
		return 0;
	r->bare = false;
	r->worktree = absolute(&r->arena, r->base, tree);
	return 0;
}

static int check_common(const struct gm_repo *r, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *common = env("GIT_COMMON_DIR");

	if (common && strcmp(absolute(&a, r->base, common), r->commondir)) {
		gm_fail(err, GM_EUNSUPPORTED,
			"GIT_COMMON_DIR names another repository, '%s'",
			common);
		return gm_hint(err, "Unset GIT_COMMON_DIR.");
	}
	return 0;
}

static int open_all(struct gm_repo *r, const char *dir, struct gm_err *err)
{
	char *real = realpath(dir ? dir : ".", NULL);

	if (!real)
		return gm_fail(err, GM_ENOT_FOUND, "no directory '%s'",
			       dir ? dir : ".");
	r->base = gm_strdup(&r->arena, real);
	free(real);
	if (open_lib(r, err) < 0 || check_common(r, err) < 0 ||
	    gm_config_load(r, err) < 0 || gm_format_check(r, err) < 0 ||
	    set_worktree(r, err) < 0 || gm_objects_open(r, err) < 0)
		return -1;
	r->cache = gm_cache_new();
	return 0;
}

int gm_repo_open(struct gm_repo **out, const char *dir, enum gm_repo_open how,
		 struct gm_err *err)
{
	struct gm_repo *r;

	if (gm_lib_start(how, err) < 0)
		return -1;
	r = calloc(1, sizeof(*r));
	if (!r) {
		git_libgit2_shutdown();
		return gm_fail(err, GM_ELIMIT, "out of memory");
	}
	r->how = how;
	if (open_all(r, dir, err) < 0) {
		gm_repo_close(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void gm_repo_close(struct gm_repo **repo)
{
	struct gm_repo *r = *repo;

	if (!r)
		return;
	gm_cache_free(r->cache);
	gm_batch_free(r->batch);
	git_config_free(r->config);
	git_odb_free(r->odb);
	git_repository_free(r->lib);
	gm_arena_done(&r->arena);
	free(r);
	git_libgit2_shutdown();
	*repo = NULL;
}

bool gm_repo_is_bare(const struct gm_repo *r)
{
	return r->bare;
}

const char *gm_repo_gitdir(const struct gm_repo *r)
{
	return r->gitdir;
}

const char *gm_repo_commondir(const struct gm_repo *r)
{
	return r->commondir;
}

const char *gm_repo_worktree(const struct gm_repo *r)
{
	return r->worktree;
}

int gm_repo_hooks_dir(const char **out, struct gm_arena *a,
		      const struct gm_repo *r, struct gm_err *err)
{
	const char *path, *home;

	if (gm_config_get(&path, a, r, "core.hooksPath", err) < 0)
		return -1;
	if (!path || !*path) {
		*out = gm_printf(a, "%s/hooks", r->commondir);
		return 0;
	}
	if (!strncmp(path, "~/", 2)) {
		home = env("HOME");
		if (!home)
			return gm_fail(err, GM_EGIT,
				       "core.hooksPath is '%s', but HOME is "
				       "not set",
				       path);
		path = gm_printf(a, "%s%s", home, path + 1);
	}
	/* Hooks run at the top of the work tree, or in a bare repository. */
	*out = absolute(a, r->worktree ? r->worktree : r->gitdir, path);
	return 0;
}

int gm_repo_remotes(struct gm_strings *out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	struct gm_strings list = { 0 };
	git_strarray names;

	if (git_remote_list(&names, r->lib) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot list the remotes");
	for (size_t i = 0; i < names.count; i++)
		*GM_PUSH(a, &list) = gm_strdup(a, names.strings[i]);
	git_strarray_dispose(&names);
	*out = list;
	return 0;
}

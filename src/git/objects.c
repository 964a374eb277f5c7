#include "git/lib.h"

#include <git2/sys/repository.h>

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *real_path(struct gm_arena *a, const struct gm_repo *r,
			     const char *path)
{
	const char *full =
		*path == '/' ? path : gm_printf(a, "%s/%s", r->base, path);
	char *real = realpath(full, NULL);
	const char *copy = real ? gm_strdup(a, real) : NULL;

	free(real);
	return copy;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return path && !strncmp(path, dir, len) &&
	       (path[len] == '/' || !path[len]);
}

static int outside(struct gm_err *err, const char *name, const char *path)
{
	gm_fail(err, GM_EGIT, "%s is '%s', which is outside of the repository",
		name, path);
	return gm_hint(err, "git sets it for hooks; nobody else may.");
}

/*
 * Take the next path off a list as git writes it: separated by colons, those
 * with odd characters in double quotes with C escapes.
 */
static const char *next_path(struct gm_arena *a, const char **list)
{
	struct gm_buf path = gm_buf(a);
	const char *p = *list;

	if (*p != '"') {
		size_t len = strcspn(p, ":");

		*list = p + len + (p[len] == ':');
		return gm_strndup(a, p, len);
	}
	for (p++; *p && *p != '"'; p++) {
		char c = *p;

		if (c == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			c = (char)((p[1] - '0') << 6 | (p[2] & 7) << 3 |
				   (p[3] & 7));
			p += 3;
		} else if (c == '\\' && p[1]) {
			static const char codes[] = "abfnrtv";
			static const char bytes[] = "\a\b\f\n\r\t\v";
			const char *at = strchr(codes, *++p);

			c = at ? bytes[at - codes] : *p;
		}
		gm_buf_putc(&path, c);
	}
	p += *p == '"';
	*list = p + (*p == ':');
	return path.ptr;
}

/*
 * An alternate that only the environment names is gone when the hook is: what
 * it lends must not count.  What info/alternates names is loaded anyway.
 */
static int add_alternates(struct gm_repo *r, struct gm_err *err)
{
	const char *list = env("GIT_ALTERNATE_OBJECT_DIRECTORIES");

	while (list && *list) {
		const char *path = next_path(&r->arena, &list);
		const char *real = real_path(&r->arena, r, path);

		if (!*path || !real)
			continue;
		if (r->how == GM_REPO_HOOK && !is_below(real, r->commondir))
			continue;
		if (git_odb_add_disk_alternate(r->odb, real) < 0)
			return gm_lib_fail(err, GM_EGIT,
					   "cannot open objects in '%s'", real);
	}
	return 0;
}

/* Where new objects of this process's parent are: in a push, quarantine. */
static int open_directory(struct gm_repo *r, const char *path,
			  struct gm_err *err)
{
	const char *real = real_path(&r->arena, r, path);

	if (r->how == GM_REPO_HOOK && !is_below(real, r->commondir))
		return outside(err, "GIT_OBJECT_DIRECTORY", path);
	if (git_odb_open(&r->odb, real ? real : path) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot open objects in '%s'",
				   path);
	if (git_repository_set_odb(r->lib, r->odb) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot use '%s'", path);
	path = gm_printf(&r->arena, "%s/objects", r->commondir);
	if (r->how == GM_REPO_HOOK && git_odb_add_disk_alternate(r->odb, path))
		return gm_lib_fail(err, GM_EGIT, "cannot open objects in '%s'",
				   path);
	return 0;
}

int gm_objects_open(struct gm_repo *r, struct gm_err *err)
{
	const char *quarantine = env("GIT_QUARANTINE_PATH");
	const char *directory = env("GIT_OBJECT_DIRECTORY");

	r->quarantine = quarantine != NULL;
	if (quarantine &&
	    !is_below(real_path(&r->arena, r, quarantine), r->commondir)) {
		if (r->how == GM_REPO_HOOK)
			return outside(err, "GIT_QUARANTINE_PATH", quarantine);
		/* Another repository's push; ours has no quarantine. */
		r->quarantine = false;
	}
	if (directory) {
		if (open_directory(r, directory, err) < 0)
			return -1;
	} else if (git_repository_odb(&r->odb, r->lib) < 0) {
		return gm_lib_fail(err, GM_EGIT, "cannot open its objects");
	}
	return add_alternates(r, err);
}

#include "rollout/place.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rollout/update.h"

static const char *full(struct gm_arena *a, const struct gm_place *p,
			const char *path)
{
	return *path ? gm_printf(a, "%s/%s", p->dir, path) : p->dir;
}

static int no_file(const char *path, const char *what, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "%s stands where a file belongs", what);
	gm_fail_at(err, path, 0, 0);
	return gm_hint(err, "Move it away.");
}

/*
 * Is every directory above the path one, and no link?  1; 0 where one is
 * absent.
 */
static int check_above(struct gm_arena *a, const struct gm_place *p,
		       const char *path, struct gm_err *err)
{
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		const char *above = gm_strndup(a, path, (size_t)(s - path));
		struct stat st;

		if (lstat(full(a, p, above), &st) < 0) {
			if (errno == ENOENT)
				return 0;
			return gm_fail_errno(err, errno, "cannot look at '%s'",
					     full(a, p, above));
		}
		if (S_ISLNK(st.st_mode))
			return no_file(above, "a link", err);
		if (!S_ISDIR(st.st_mode))
			return no_file(above, "something else", err);
	}
	return 1;
}

static int read_dir_file(struct gm_str *out, struct gm_arena *a,
			 const struct gm_place *p, const char *path,
			 struct gm_err *err)
{
	const char *name = full(a, p, path);
	int there = check_above(a, p, path, err);
	struct stat st;

	if (there <= 0)
		return there;
	if (lstat(name, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		return gm_fail_errno(err, errno, "cannot look at '%s'", name);
	}
	if (!S_ISREG(st.st_mode))
		return no_file(
			path, S_ISLNK(st.st_mode) ? "a link" : "something else",
			err);
	return gm_file_read(out, a, name, GM_PLACE_FILE_MAX, err) < 0 ? -1 : 1;
}

static int read_tree_file(struct gm_str *out, struct gm_arena *a,
			  const struct gm_place *p, const char *path,
			  struct gm_err *err)
{
	struct gm_entry entry;
	int found;

	if (gm_oid_is_zero(&p->tree))
		return 0;
	found = gm_tree_find(&entry, a, p->repo, &p->tree, gm_str(path), err);
	if (found <= 0)
		return found;
	if (entry.mode != GM_MODE_FILE && entry.mode != GM_MODE_EXEC)
		return no_file(path,
			       entry.mode == GM_MODE_LINK ? "a link"
							  : "something else",
			       err);
	if (gm_blob_read(out, a, p->repo, &entry.oid, GM_PLACE_FILE_MAX, err) <
	    0)
		return gm_fail_at(err, path, 0, 0);
	return 1;
}

static int by_path(const void *key, const void *item)
{
	return strcmp(key, ((const struct gm_update_change *)item)->path);
}

static const struct gm_update_change *pending(const struct gm_place *p,
					      const char *path)
{
	const struct gm_update *u = p->pending;

	return u && u->n ? bsearch(path, u->items, u->n, sizeof(*u->items),
				   by_path)
			 : NULL;
}

int gm_place_read(struct gm_str *out, struct gm_arena *a,
		  const struct gm_place *p, const char *path,
		  struct gm_err *err)
{
	const struct gm_update_change *c = pending(p, path);

	if (c) {
		*out = c->content;
		return c->content.ptr != NULL;
	}
	return p->dir ? read_dir_file(out, a, p, path, err)
		      : read_tree_file(out, a, p, path, err);
}

static int too_much(const char *dir, struct gm_err *err)
{
	gm_fail(err, GM_ELIMIT, "more than %d files, or %d levels of them",
		GM_PLACE_FILES_MAX, GM_PLACE_DEPTH);
	return gm_fail_at(err, dir, 0, 0);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int list_dir(struct gm_strings *out, struct gm_arena *a,
		    const struct gm_place *p, const char *dir, int depth,
		    struct gm_err *err)
{
	const char *name = full(a, p, dir);
	GM_AUTO(close_dir) DIR *open = opendir(name);
	struct dirent *entry;

	if (!open && errno == ENOENT)
		return 0;
	if (!open)
		return gm_fail_errno(err, errno, "cannot read '%s'", name);
	if (depth > GM_PLACE_DEPTH)
		return too_much(dir, err);
	while ((errno = 0, entry = readdir(open))) {
		const char *path =
			*dir ? gm_printf(a, "%s/%s", dir, entry->d_name)
			     : gm_strdup(a, entry->d_name);
		struct stat st;

		if (!strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") ||
		    !strcmp(entry->d_name, ".git"))
			continue;
		if (lstat(full(a, p, path), &st) < 0)
			return gm_fail_errno(err, errno, "cannot look at '%s'",
					     path);
		if (S_ISDIR(st.st_mode)) {
			if (list_dir(out, a, p, path, depth + 1, err) < 0)
				return -1;
			continue;
		}
		if (out->n == GM_PLACE_FILES_MAX)
			return too_much(dir, err);
		*GM_PUSH(a, out) = path;
	}
	if (errno)
		return gm_fail_errno(err, errno, "cannot read '%s'", name);
	return 0;
}

static int list_tree(struct gm_strings *out, struct gm_arena *a,
		     const struct gm_place *p, const char *dir,
		     struct gm_err *err)
{
	struct gm_files files = { 0 };

	if (gm_oid_is_zero(&p->tree))
		return 0;
	if (gm_tree_files(&files, a, p->repo, &p->tree, gm_str(dir),
			  GM_PLACE_FILES_MAX, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		*GM_PUSH(a, out) = gm_str_dup(a, files.items[i].path);
	return 0;
}

/* Without what is to go, and with what is to come. */
static void add_pending(struct gm_strings *list, struct gm_arena *a,
			const struct gm_place *p, const char *dir)
{
	size_t kept = 0, len = strlen(dir);

	for (size_t i = 0; i < list->n; i++)
		if (!pending(p, list->items[i]))
			list->items[kept++] = list->items[i];
	list->n = kept;
	for (size_t i = 0; p->pending && i < p->pending->n; i++) {
		const char *path = p->pending->items[i].path;

		if (p->pending->items[i].content.ptr &&
		    (!len || (!strncmp(path, dir, len) && path[len] == '/')))
			*GM_PUSH(a, list) = path;
	}
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int gm_place_list(struct gm_strings *out, struct gm_arena *a,
		  const struct gm_place *p, const char *dir, struct gm_err *err)
{
	struct gm_strings found = { 0 };
	int there = 1;

	if (p->dir)
		there = check_above(a, p, gm_printf(a, "%s/x", dir), err);
	if (there < 0)
		return -1;
	if (there && (p->dir ? list_dir(&found, a, p, dir, 0, err)
			     : list_tree(&found, a, p, dir, err)) < 0)
		return -1;
	add_pending(&found, a, p, dir);
	if (found.n)
		qsort(found.items, found.n, sizeof(*found.items), by_bytes);
	*out = found;
	return 0;
}

const char *gm_place_real(struct gm_arena *a, const char *dir)
{
	char *real = realpath(dir, NULL);
	const char *copy = NULL;
	struct stat st;

	if (real && stat(real, &st) == 0 && S_ISDIR(st.st_mode))
		copy = gm_strdup(a, real);
	free(real);
	return copy;
}

int gm_place_write(const struct gm_place *p, const char *path,
		   struct gm_str content, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *name = full(&a, p, path);
	const char *slash = strrchr(name, '/');

	if (check_above(&a, p, path, err) < 0 ||
	    gm_dir_make(gm_strndup(&a, name, (size_t)(slash - name)), err) < 0)
		return -1;
	return gm_file_write(name, content, 0666, false, err);
}

int gm_place_remove(const struct gm_place *p, const char *path,
		    struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	int there = check_above(&a, p, path, err);
	char *above = gm_strdup(&a, path), *slash;

	if (there <= 0)
		return there;
	if (unlink(full(&a, p, path)) < 0 && errno != ENOENT)
		return gm_fail_errno(err, errno, "cannot remove '%s'", path);
	while ((slash = strrchr(above, '/'))) {
		*slash = '\0';
		if (rmdir(full(&a, p, above)) < 0)
			break;
	}
	return 0;
}

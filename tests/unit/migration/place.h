/*
 * tests/unit/migration/place: a bare repository of our own making, and short
 * ways to write trees and commits into it.
 */
#ifndef GM_TESTS_MIGRATION_PLACE_H
#define GM_TESTS_MIGRATION_PLACE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "git/ref.h"
#include "migration/set.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_repo *repo;
static const char *place;

GM_UNUSED static void put_file(const char *name, const char *text)
{
	assert_ok(gm_file_write(gm_printf(&arena, "%s/%s", place, name),
				gm_str(text), 0644, false, &err));
}

GM_UNUSED static int setup(void **state)
{
	static const char *const variables[] = {
		"GIT_DIR",
		"GIT_WORK_TREE",
		"GIT_COMMON_DIR",
		"GIT_INDEX_FILE",
		"GIT_OBJECT_DIRECTORY",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_QUARANTINE_PATH",
		"GIT_NAMESPACE",
		"GIT_SHALLOW_FILE",
		"GIT_CONFIG_COUNT",
		"GIT_CONFIG_PARAMETERS",
		"XDG_CONFIG_HOME",
	};
	static const char *const dirs[] = { "objects", "refs", "refs/heads" };
	const char *tmp = getenv("TMPDIR");
	char *dir, *real;

	(void)state;
	memset(&err, 0, sizeof(err));
	dir = gm_printf(&arena, "%s/gm-migration-XXXXXX",
			tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	real = realpath(dir, NULL);
	assert_non_null(real);
	place = gm_strdup(&arena, real);
	free(real);
	for (size_t i = 0; i < GM_COUNT(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", place, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	for (size_t i = 0; i < GM_COUNT(dirs); i++)
		assert_int_equal(
			mkdir(gm_printf(&arena, "%s/%s", place, dirs[i]), 0755),
			0);
	put_file("HEAD", "ref: refs/heads/main\n");
	put_file("config", "[core]\n\trepositoryformatversion = 0\n"
			   "\tbare = true\n");
	assert_ok(gm_repo_open(&repo, place, GM_REPO_DISCOVER, &err));
	return 0;
}

static int place_remove(const char *path, const struct stat *st, int type,
			struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

GM_UNUSED static int teardown(void **state)
{
	(void)state;
	gm_repo_close(&repo);
	nftw(place, place_remove, 16, FTW_DEPTH | FTW_PHYS);
	gm_arena_done(&arena);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

GM_UNUSED static struct gm_oid blob(const char *text)
{
	struct gm_oid oid;

	assert_ok(gm_blob_write(&oid, repo, gm_str(text), &err));
	return oid;
}

static void change(struct gm_files *list, const char *path, const char *text,
		   unsigned mode)
{
	struct gm_file *file = GM_PUSH(&arena, list);

	file->path = gm_str(path);
	file->mode = text ? mode : GM_MODE_NONE;
	if (text)
		file->oid = blob(text);
}

/* The tree `base` (NULL: empty) with one more file; text NULL: without it. */
GM_UNUSED static struct gm_oid with(const struct gm_oid *base, const char *path,
				    const char *text)
{
	static const struct gm_oid none;
	struct gm_files list = { 0 };
	struct gm_oid tree;

	change(&list, path, text, GM_MODE_FILE);
	assert_ok(gm_tree_edit(&tree, repo, base ? base : &none, &list, &err));
	return tree;
}

/* A tree with these files, separated by blanks; each holds its own path. */
GM_UNUSED static struct gm_oid tree_of(const char *paths)
{
	static const struct gm_oid none;
	struct gm_str rest = gm_str(paths), part;
	struct gm_files list = { 0 };
	struct gm_oid tree;

	while (gm_str_split(&part, &rest, ' ')) {
		const char *path = gm_str_dup(&arena, part);

		change(&list, path, path, GM_MODE_FILE);
	}
	assert_ok(gm_tree_edit(&tree, repo, &none, &list, &err));
	return tree;
}

/* One directory with a layout. */
GM_UNUSED static struct gm_roots root_of(const char *path, const char *layout)
{
	struct gm_roots roots = { 0 };
	struct gm_root *root = GM_PUSH(&arena, &roots);

	root->path = gm_str(path);
	root->layout = gm_layout_find(gm_str(layout));
	root->arena = &arena;
	assert_non_null(root->layout);
	return roots;
}

#endif

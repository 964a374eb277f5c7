/*
 * tests/unit/migration/place: a bare repository of our own making, and short
 * ways to write trees and commits into it.
 */
#ifndef GM_TESTS_MIGRATION_PLACE_H
#define GM_TESTS_MIGRATION_PLACE_H

#include "base/file.h"
#include "git/ref.h"
#include "migration/set.h"
#include "scratch.h"

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
	static const char *const dirs[] = { "objects", "refs", "refs/heads" };

	(void)state;
	memset(&err, 0, sizeof(err));
	place = scratch_make();
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

GM_UNUSED static int teardown(void **state)
{
	(void)state;
	gm_repo_close(&repo);
	scratch_remove();
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

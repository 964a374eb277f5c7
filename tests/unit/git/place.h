/*
 * tests/unit/git: a place with real repositories in it.
 *
 * Each test gets a fresh directory and an environment in which git knows no
 * configuration but the repository's own; all of it is gone afterwards.
 */
#ifndef GM_TESTS_UNIT_GIT_PLACE_H
#define GM_TESTS_UNIT_GIT_PLACE_H

#include "base/child.h"
#include "base/file.h"
#include "git/repo.h"
#include "scratch.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_repo *repo;
static const char *place; /* the directory */

GM_UNUSED static int place_setup(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	place = scratch_make();
	/* Nobody looks above the place. */
	setenv("GIT_CEILING_DIRECTORIES",
	       gm_strndup(&arena, place, (size_t)(strrchr(place, '/') - place)),
	       1);
	setenv("GIT_AUTHOR_NAME", "Ann Lee", 1);
	setenv("GIT_AUTHOR_EMAIL", "ann@example.com", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0130", 1);
	setenv("GIT_COMMITTER_NAME", "Bob Ray", 1);
	setenv("GIT_COMMITTER_EMAIL", "bob@example.com", 1);
	setenv("GIT_COMMITTER_DATE", "1700000100 -0500", 1);
	return 0;
}

GM_UNUSED static int place_done(void **state)
{
	(void)state;
	gm_repo_close(&repo);
	scratch_remove();
	gm_arena_done(&arena);
	return 0;
}

#define PLACE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, place_setup, place_done)

/* A path in the place. */
GM_UNUSED static const char *in_place(const char *name)
{
	return gm_printf(&arena, "%s/%s", place, name);
}

/* Run a program there; its status, and what it prints in `*out`. */
GM_UNUSED static int place_run(struct gm_str *out, struct gm_str input,
			       const char *const *argv)
{
	struct gm_child child = { .argv = argv, .dir = place, .input = input };
	int status = gm_child_run(out, &arena, &child, &err);

	if (status < 0)
		fail_msg("%s: %s", argv[0], err.msg);
	return status;
}

/* git with these arguments and this input must work: what it prints. */
GM_UNUSED static struct gm_str git_with(struct gm_str input,
					const char *const *argv)
{
	struct gm_str out = GM_STR_NONE;
	int status = place_run(&out, input, argv);

	if (status)
		fail_msg("git %s %s ...: exit %d", argv[1], argv[2], status);
	return out;
}

#define GIT_RAW(...)                                                           \
	git_with(GM_STR_NONE, (const char *const[]){ "git", __VA_ARGS__, NULL })

/* The same, without the blanks around what it prints, as a C string. */
#define GIT(...) gm_str_dup(&arena, gm_str_trim(GIT_RAW(__VA_ARGS__)))

#define GIT_INPUT(input, ...)                                                  \
	gm_str_dup(&arena,                                                     \
		   gm_str_trim(git_with(                                       \
			   (input), (const char *const[]){ "git", __VA_ARGS__, \
							   NULL })))

/* Write a file in the place, with the directories above it. */
GM_UNUSED static void put(const char *name, const char *text)
{
	const char *path = in_place(name);
	const char *slash = strrchr(path, '/');

	assert_ok(gm_dir_make(gm_strndup(&arena, path, (size_t)(slash - path)),
			      &err));
	assert_ok(gm_file_write(path, gm_str(text), 0644, false, &err));
}

/* A repository with a work tree in the place itself. */
GM_UNUSED static void make_repo(void)
{
	GIT("init", "-q", "-b", "main", ".");
}

/* Commit everything there; the commit's name. */
GM_UNUSED static const char *commit_all(const char *message)
{
	GIT("add", "-A");
	GIT("commit", "-q", "--allow-empty", "--no-verify",
	    "--cleanup=verbatim", "-m", message);
	return GIT("rev-parse", "HEAD");
}

GM_UNUSED static void open_repo(void)
{
	gm_repo_close(&repo);
	assert_ok(gm_repo_open(&repo, place, GM_REPO_DISCOVER, &err));
}

GM_UNUSED static struct gm_oid oid_of(const char *hex)
{
	struct gm_oid oid = { { 0 } };

	if (!gm_oid_parse(&oid, gm_str(hex)))
		fail_msg("'%s' is no object name", hex);
	return oid;
}

/* What a revision names, said by git. */
GM_UNUSED static struct gm_oid rev(const char *name)
{
	return oid_of(GIT("rev-parse", "--verify", name));
}

GM_UNUSED static void assert_oid(const struct gm_oid *got, const char *hex)
{
	assert_string_equal(gm_oid_hex(&arena, got), hex);
}

/* The last call failed with this class, a message with `part` in it. */
#define assert_failed(call, which, part)                                       \
	do {                                                                   \
		assert_int_equal((call), -1);                                  \
		if (err.code != (which) || !strstr(err.msg, (part)))           \
			fail_msg("%s: class %d, '%s'", #call, (int)err.code,   \
				 err.msg);                                     \
	} while (0)

#endif

#include "git/object.h"

#include "base/buf.h"
#include "git/ref.h"
#include "place.h"

static struct gm_oid inside, outside;

static int open_bare(enum gm_repo_open how)
{
	gm_repo_close(&repo);
	memset(&err, 0, sizeof(err));
	return gm_repo_open(&repo, in_place("x.git"), how, &err);
}

/* A bare repository with one blob, and another blob in quarantine. */
static void setup(void)
{
	GIT("init", "-q", "--bare", "x.git");
	inside = oid_of(GIT_INPUT(GM_STR("inside"), "-C", "x.git",
				  "hash-object", "-w", "--stdin"));
	GIT("init", "-q", "--bare", "y.git");
	outside = oid_of(GIT_INPUT(GM_STR("outside"), "-C", "y.git",
				   "hash-object", "-w", "--stdin"));
	put("x.git/objects/tmp_objdir-incoming-1/pack/.keep", "");
}

static bool sees(const struct gm_oid *oid)
{
	return gm_object_kind(repo, oid) == GM_OBJECT_BLOB;
}

static void quarantine(const char *objects, const char *path)
{
	setenv("GIT_DIR", ".", 1);
	setenv("GIT_OBJECT_DIRECTORY", objects, 1);
	setenv("GIT_QUARANTINE_PATH", path, 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", "./objects", 1);
}

#define INCOMING "./objects/tmp_objdir-incoming-1"

static void test_quarantine(void **state)
{
	struct gm_oid pushed, zero = { { 0 } };

	(void)state;
	setup();
	setenv("GIT_DIR", in_place("x.git"), 1);
	setenv("GIT_OBJECT_DIRECTORY",
	       in_place("x.git/objects/tmp_objdir-incoming-1"), 1);
	pushed = oid_of(
		GIT_INPUT(GM_STR("pushed"), "hash-object", "-w", "--stdin"));
	quarantine(INCOMING, INCOMING);
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_true(sees(&pushed));
	assert_true(sees(&inside));
	assert_false(sees(&outside));
	assert_failed(gm_blob_write(&pushed, repo, GM_STR("x"), &err), GM_EGIT,
		      "nothing is written");
	assert_failed(
		gm_ref_swap(repo, "refs/heads/x", &zero, &pushed, "x", &err),
		GM_EGIT, "nothing is written");
	unsetenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_true(sees(&inside));
	/* Without the variables, as for a push that only deletes. */
	unsetenv("GIT_OBJECT_DIRECTORY");
	unsetenv("GIT_QUARANTINE_PATH");
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_false(sees(&pushed));
	assert_true(sees(&inside));
	assert_ok(gm_blob_write(&pushed, repo, GM_STR("x"), &err));
}

static void test_quarantine_elsewhere(void **state)
{
	(void)state;
	setup();
	quarantine(INCOMING, in_place("y.git/objects"));
	assert_failed(open_bare(GM_REPO_HOOK), GM_EGIT, "GIT_QUARANTINE_PATH");
	quarantine(INCOMING, in_place("none"));
	assert_failed(open_bare(GM_REPO_HOOK), GM_EGIT, "GIT_QUARANTINE_PATH");
	quarantine(in_place("y.git/objects"), INCOMING);
	assert_failed(open_bare(GM_REPO_HOOK), GM_EGIT, "GIT_OBJECT_DIRECTORY");
	quarantine(in_place("x.git-not"), INCOMING);
	assert_failed(open_bare(GM_REPO_HOOK), GM_EGIT, "GIT_OBJECT_DIRECTORY");
	quarantine("./objects/../../y.git/objects", INCOMING);
	assert_failed(open_bare(GM_REPO_HOOK), GM_EGIT, "GIT_OBJECT_DIRECTORY");
}

/* What only the environment lends is gone when the hook is. */
static void test_alternates(void **state)
{
	(void)state;
	setup();
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", in_place("y.git/objects"),
	       1);
	assert_ok(open_bare(GM_REPO_DISCOVER));
	assert_true(sees(&outside));
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_false(sees(&outside));
	put("x.git/objects/info/alternates",
	    gm_printf(&arena, "%s\n", in_place("y.git/objects")));
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_true(sees(&outside));
	quarantine(INCOMING, INCOMING);
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_true(sees(&outside));
}

static void test_alternates_list(void **state)
{
	(void)state;
	setup();
	GIT("init", "-q", "--bare", "a:b\t\"c.git");
	inside = oid_of(GIT_INPUT(GM_STR("odd"), "-C", "a:b\t\"c.git",
				  "hash-object", "-w", "--stdin"));
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES",
	       gm_printf(&arena,
			 ":/nowhere:\"%s/a:\\142\\t\\\"c.git/objects\":%s:",
			 place, in_place("y.git/objects")),
	       1);
	assert_ok(open_bare(GM_REPO_DISCOVER));
	assert_true(sees(&inside));
	assert_true(sees(&outside));
}

/* Outside of a hook the variables mean what they mean to git. */
static void test_object_directory(void **state)
{
	(void)state;
	setup();
	setenv("GIT_OBJECT_DIRECTORY", "../y.git/objects", 1);
	assert_ok(open_bare(GM_REPO_DISCOVER));
	assert_true(sees(&outside));
	assert_false(sees(&inside));
	setenv("GIT_OBJECT_DIRECTORY", "/nowhere", 1);
	assert_failed(open_bare(GM_REPO_DISCOVER), GM_EGIT, "/nowhere");
	unsetenv("GIT_OBJECT_DIRECTORY");
	/* Some other repository's push is not ours. */
	setenv("GIT_QUARANTINE_PATH", in_place("y.git/objects"), 1);
	assert_ok(open_bare(GM_REPO_DISCOVER));
	assert_ok(gm_blob_write(&inside, repo, GM_STR("x"), &err));
}

/* A real push, judged by a hook that asks git where the objects are. */
static void test_real_push(void **state)
{
	struct gm_str line;
	const char *hook, *hex;
	struct gm_str log;

	(void)state;
	GIT("init", "-q", "--bare", "-b", "main", "x.git");
	hook = in_place("x.git/hooks/pre-receive");
	assert_ok(gm_dir_make(in_place("x.git/hooks"), &err));
	assert_ok(gm_file_write(
		hook,
		gm_str(gm_printf(&arena,
				 "#!/bin/sh\nexec >>'%s'\n"
				 "echo \"$GIT_OBJECT_DIRECTORY\"\n"
				 "echo \"$GIT_QUARANTINE_PATH\"\n"
				 "echo \"$GIT_ALTERNATE_OBJECT_DIRECTORIES\"\n"
				 "cp -r \"$GIT_QUARANTINE_PATH\" '%s'\n",
				 in_place("log"),
				 in_place("x.git/objects/copy"))),
		0755, false, &err));
	GIT("clone", "-q", "x.git", "c");
	GIT("-C", "c", "commit", "-q", "--allow-empty", "-m", "pushed");
	GIT("-C", "c", "push", "-q", "origin", "HEAD:refs/heads/main");
	hex = GIT("-C", "c", "rev-parse", "HEAD");
	assert_ok(gm_file_read(&log, &arena, in_place("log"), 4096, &err));
	/* Replay what git told the hook, over a copy of the quarantine. */
	assert_true(gm_str_line(&line, &log));
	assert_non_null(
		strstr(gm_str_dup(&arena, line), "objects/tmp_objdir-"));
	assert_true(gm_str_line(&line, &log));
	assert_non_null(
		strstr(gm_str_dup(&arena, line), "objects/tmp_objdir-"));
	assert_true(gm_str_line(&line, &log));
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", gm_str_dup(&arena, line), 1);
	setenv("GIT_OBJECT_DIRECTORY", "./objects/copy", 1);
	setenv("GIT_QUARANTINE_PATH", in_place("x.git/objects/copy"), 1);
	setenv("GIT_DIR", ".", 1);
	inside = oid_of(hex);
	assert_ok(open_bare(GM_REPO_HOOK));
	assert_int_equal(gm_object_kind(repo, &inside), GM_OBJECT_COMMIT);
}

GM_UNIT_MAIN(PLACE_TEST(test_quarantine), PLACE_TEST(test_quarantine_elsewhere),
	     PLACE_TEST(test_alternates), PLACE_TEST(test_alternates_list),
	     PLACE_TEST(test_object_directory), PLACE_TEST(test_real_push))

#include "git/notes.h"

#include <sys/wait.h>

#include "base/buf.h"
#include "git/ref.h"
#include "place.h"

#define REF "refs/notes/migrate/x"

static struct gm_oid one, two;

static void setup(void)
{
	make_repo();
	commit_all("one");
	commit_all("two");
	one = rev("HEAD~1");
	two = rev("HEAD");
	open_repo();
}

static int append(const struct gm_oid *on, const char *line)
{
	const struct gm_note_line l = { *on, line };

	return gm_notes_append(repo, REF, &l, 1, "Add a line", &err);
}

static const char *note_on(const char *name)
{
	return GIT("notes", "--ref", REF, "show", name);
}

static void test_append(void **state)
{
	struct gm_note_line lines[4];

	(void)state;
	setup();
	lines[0] = (struct gm_note_line){ one, "first" };
	lines[1] = (struct gm_note_line){ two, "other" };
	lines[2] = (struct gm_note_line){ one, "second" };
	lines[3] = (struct gm_note_line){ one, "first" };
	assert_ok(gm_notes_append(repo, REF, lines, 4, "Add lines", &err));
	assert_string_equal(note_on("HEAD~1"), "first\nsecond");
	assert_string_equal(note_on("HEAD"), "other");
	assert_string_equal(GIT("log", "--format=%s|%an|%ce", REF),
			    "Add lines|Bob Ray|bob@example.com");
	assert_ok(append(&one, "third"));
	assert_string_equal(note_on("HEAD~1"), "first\nsecond\nthird");
	assert_string_equal(GIT("rev-list", "--count", REF), "2");
	assert_string_equal(GIT("rev-parse", REF "~1"),
			    GIT("rev-parse", REF "^1"));
}

static void test_nothing_new(void **state)
{
	const char *before;

	(void)state;
	setup();
	assert_ok(append(&one, "line"));
	before = GIT("rev-parse", REF);
	assert_ok(append(&one, "line"));
	assert_string_equal(GIT("rev-parse", REF), before);
	assert_ok(gm_notes_append(repo, "refs/notes/none", NULL, 0, "x", &err));
	assert_int_equal(gm_ref_get(&one, repo, "refs/notes/none", &err), 0);
}

/* What git wrote stays; a line it left open is closed first. */
static void test_onto_notes_of_git(void **state)
{
	const char *blob;

	(void)state;
	setup();
	blob = GIT_INPUT(GM_STR("old line"), "hash-object", "-w", "--stdin");
	GIT("notes", "--ref", REF, "add", "-C", blob, "HEAD");
	assert_ok(append(&two, "new line"));
	assert_string_equal(note_on("HEAD"), "old line\nnew line");
	assert_ok(append(&two, "old line"));
	assert_string_equal(GIT("rev-list", "--count", REF), "2");
}

static void test_keeps_the_fan_out(void **state)
{
	const char *hex, *blob, *tree;
	struct gm_notes notes;
	struct gm_oid tip;

	(void)state;
	setup();
	hex = gm_oid_hex(&arena, &one);
	blob = GIT_INPUT(GM_STR("old\n"), "hash-object", "-w", "--stdin");
	tree = GIT_INPUT(gm_str(gm_printf(&arena, "100644 blob %s\t%s\n", blob,
					  hex + 4)),
			 "mktree");
	tree = GIT_INPUT(gm_str(gm_printf(&arena, "040000 tree %s\t%.2s\n",
					  tree, hex + 2)),
			 "mktree");
	tree = GIT_INPUT(
		gm_str(gm_printf(&arena, "040000 tree %s\t%.2s\n", tree, hex)),
		"mktree");
	GIT("update-ref", REF, GIT("commit-tree", "-m", "x", tree));
	assert_ok(append(&one, "new"));
	assert_ok(append(&two, "new"));
	assert_string_equal(note_on("HEAD~1"), "old\nnew");
	assert_string_equal(note_on("HEAD"), "new");
	tip = rev(REF);
	assert_ok(gm_notes_read(&notes, &arena, repo, &tip, &err));
	assert_int_equal(notes.n, 2);
	assert_non_null(strstr(
		GIT("ls-tree", "-r", "--name-only", REF),
		gm_printf(&arena, "%.2s/%.2s/%s", hex, hex + 2, hex + 4)));
}

static void test_identity(void **state)
{
	(void)state;
	setup();
	unsetenv("GIT_COMMITTER_NAME");
	unsetenv("GIT_COMMITTER_EMAIL");
	assert_ok(append(&one, "a"));
	assert_string_equal(GIT("log", "-1", "--format=%cn <%ce>", REF),
			    "git-migrate <git-migrate@localhost>");
	GIT("config", "user.name", "Cem");
	GIT("config", "user.email", "cem@example.com");
	open_repo();
	assert_ok(append(&one, "b"));
	assert_string_equal(GIT("log", "-1", "--format=%cn <%ce>", REF),
			    "Cem <cem@example.com>");
	setenv("GIT_COMMITTER_NAME", "<evil>", 1);
	assert_ok(append(&one, "c"));
	assert_string_equal(GIT("log", "-1", "--format=%cn", REF), "Cem");
	unsetenv("GIT_COMMITTER_NAME");
}

static void test_refuses(void **state)
{
	const char *text;
	struct gm_buf big = gm_buf(&arena);

	(void)state;
	setup();
	assert_failed(append(&one, ""), GM_EINPUT, "single lines");
	assert_failed(append(&one, "a\nb"), GM_EINPUT, "single lines");
	while (big.len < GM_NOTE_MAX)
		gm_buf_puts(&big, "sixteen bytes...");
	text = big.ptr;
	assert_failed(append(&one, text), GM_ELIMIT, "larger than");
	GIT("update-ref", REF, "HEAD");
	put("README", "not a note");
	commit_all("x");
	GIT("update-ref", REF, "HEAD");
	assert_failed(append(&one, "x"), GM_EINPUT, "lower-case hex");
	assert_string_equal(GIT("rev-parse", REF), GIT("rev-parse", "HEAD"));
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(append(&one, "x"), GM_EGIT, "nothing is written");
}

/* Nobody else's lock may be stolen, and giving up must say why. */
static void test_locked_for_good(void **state)
{
	(void)state;
	setup();
	assert_ok(append(&one, "a"));
	put(".git/" REF ".lock", "");
	assert_failed(append(&one, "b"), GM_ERACE, "is locked");
	assert_non_null(strstr(err.hint, REF ".lock"));
	assert_int_equal(unlink(in_place(".git/" REF ".lock")), 0);
	assert_ok(append(&one, "b"));
	assert_string_equal(note_on("HEAD~1"), "a\nb");
}

/* A directory of many notes is fanned out, and all stay where git looks. */
static void test_fans_out(void **state)
{
	enum { MANY = 1200 };
	struct gm_note_line *lines = gm_alloc_n(&arena, MANY, sizeof(*lines));
	struct gm_notes notes;
	struct gm_oid tip, blob;

	(void)state;
	setup();
	for (int i = 0; i < MANY; i++) {
		lines[i].on.id[0] = (unsigned char)(i % 251);
		lines[i].on.id[19] = (unsigned char)(i / 251);
		lines[i].line = gm_printf(&arena, "line %d", i);
	}
	assert_ok(gm_notes_append(repo, REF, lines, 300, "x", &err));
	assert_null(strstr(GIT("ls-tree", REF), "tree"));
	for (int i = 300; i < MANY; i += 300)
		assert_ok(
			gm_notes_append(repo, REF, lines + i, 300, "x", &err));
	assert_null(strstr(GIT("ls-tree", REF), "blob"));
	assert_ok(append(&one, "mine"));
	tip = rev(REF);
	assert_ok(gm_notes_read(&notes, &arena, repo, &tip, &err));
	assert_int_equal(notes.n, MANY + 1);
	for (int i = 0; i < MANY; i++) {
		struct gm_str text;

		assert_int_equal(gm_notes_find_one(&blob, &arena, repo, &tip,
						   &lines[i].on, &err),
				 1);
		assert_ok(gm_blob_read(&text, &arena, repo, &blob, 100, &err));
		assert_str(text, gm_printf(&arena, "%s\n", lines[i].line));
	}
	assert_string_equal(note_on("HEAD~1"), "mine");
	assert_int_equal(strlen(GIT("notes", "--ref", REF, "list")) + 1,
			 (MANY + 1) * (2 * (size_t)GM_OID_HEX + 2));
}

#define WRITERS 60
#define LINES 2

static int writer(int number)
{
	struct gm_repo *own = NULL;
	struct gm_err failed = GM_ERR_INIT;

	if (gm_repo_open(&own, place, GM_REPO_DISCOVER, &failed) < 0)
		return 1;
	for (int i = 0; i < LINES; i++) {
		const struct gm_note_line l = {
			i & 1 ? one : two,
			gm_printf(&arena, "writer %d line %d", number, i)
		};

		if (gm_notes_append(own, REF, &l, 1, "x", &failed) < 0) {
			fprintf(stderr, "# %s\n", failed.msg);
			return 1;
		}
	}
	gm_repo_close(&own);
	return 0;
}

static void test_many_writers(void **state)
{
	pid_t pids[WRITERS];
	int status;

	(void)state;
	setup();
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(writer(i));
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	for (int k = 0; k < LINES; k++) {
		const char *text = gm_printf(
			&arena, "%s\n", note_on(k & 1 ? "HEAD~1" : "HEAD"));

		for (int i = 0; i < WRITERS; i++)
			assert_non_null(strstr(
				text, gm_printf(&arena, "writer %d line %d\n",
						i, k)));
	}
	assert_string_equal(GIT("rev-list", "--count", REF),
			    gm_printf(&arena, "%d", WRITERS * LINES));
}

GM_UNIT_MAIN(PLACE_TEST(test_append), PLACE_TEST(test_nothing_new),
	     PLACE_TEST(test_onto_notes_of_git),
	     PLACE_TEST(test_keeps_the_fan_out), PLACE_TEST(test_identity),
	     PLACE_TEST(test_refuses), PLACE_TEST(test_locked_for_good),
	     PLACE_TEST(test_fans_out), PLACE_TEST(test_many_writers))

#include "git/batch.h"

#include "base/buf.h"
#include "place.h"

static struct gm_oid one, two;

static void setup(void)
{
	make_repo();
	open_repo();
}

/* Of `git count-objects -v`. */
static void assert_count(const char *line)
{
	const char *all =
		gm_printf(&arena, "\n%s\n", GIT("count-objects", "-v"));

	if (!strstr(all, gm_printf(&arena, "\n%s\n", line)))
		fail_msg("no '%s' in %s", line, all);
}

static void test_few(void **state)
{
	struct gm_str text;

	(void)state;
	setup();
	assert_ok(gm_batch_begin(repo, &err));
	assert_ok(gm_blob_write(&one, repo, GM_STR("text\n"), &err));
	assert_ok(gm_blob_write(&two, repo, GM_STR("text\n"), &err));
	assert_memory_equal(&one, &two, sizeof(one));
	assert_ok(gm_blob_write(&two, repo, GM_STR_NONE, &err));
	assert_count("count: 0");
	assert_ok(gm_batch_end(repo, &err));
	assert_count("count: 2");
	assert_ok(gm_blob_read(&text, &arena, repo, &one, 99, &err));
	assert_str(text, "text\n");
	assert_ok(gm_blob_read(&text, &arena, repo, &two, 99, &err));
	assert_str(text, "");
	/* Afterwards all is as it was before. */
	assert_ok(gm_blob_write(&two, repo, GM_STR("more\n"), &err));
	assert_count("count: 3");
}

/* A tree of blobs, with sizes that take one byte in a pack and several. */
static void write_many(struct gm_oid *tree, size_t n)
{
	struct gm_entries list = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct gm_buf text = gm_buf(&arena);
		struct gm_entry *e = GM_PUSH(&arena, &list);

		for (size_t k = 0; k < i * i; k++)
			gm_buf_printf(&text, "%zu ", i * k);
		e->name = gm_str(gm_printf(&arena, "%zu", i));
		e->mode = GM_MODE_FILE;
		assert_ok(
			gm_blob_write(&e->oid, repo, gm_buf_view(&text), &err));
	}
	assert_ok(gm_tree_write(tree, repo, &list, &err));
}

static void test_many(void **state)
{
	struct gm_files files = { 0 };

	(void)state;
	setup();
	assert_ok(gm_batch_begin(repo, &err));
	write_many(&two, 140);
	assert_ok(gm_batch_end(repo, &err));
	assert_count("count: 0");
	assert_count("in-pack: 141");
	assert_count("packs: 1");
	GIT("fsck", "--strict", "--full");
	assert_ok(gm_tree_files(&files, &arena, repo, &two, GM_STR(""), 999,
				&err));
	assert_int_equal(files.n, 140);
	for (size_t i = 0; i < files.n; i++) {
		struct gm_str text;

		assert_ok(gm_blob_read(&text, &arena, repo, &files.items[i].oid,
				       1 << 20, &err));
	}
	/* The same objects, without a batch. */
	write_many(&one, 140);
	assert_memory_equal(&one, &two, sizeof(one));
}

/* More than libgit2 maps of a file at once. */
static void test_large(void **state)
{
	struct gm_buf text = gm_buf(&arena);
	uint32_t n = 1;

	(void)state;
	setup();
	assert_ok(gm_batch_begin(repo, &err));
	for (int i = 0; i < 9000; i++) {
		text.len = 0;
		for (int k = 0; k < 60; k++) {
			n = n * 1103515245 + 12345;
			gm_buf_printf(&text, "%08x", n);
		}
		assert_ok(gm_blob_write(&one, repo, gm_buf_view(&text), &err));
	}
	assert_ok(gm_batch_end(repo, &err));
	assert_count("in-pack: 9000");
}

static void test_dropped(void **state)
{
	(void)state;
	setup();
	assert_ok(gm_batch_begin(repo, &err));
	assert_ok(gm_blob_write(&one, repo, GM_STR("text\n"), &err));
	assert_ok(gm_batch_begin(repo, &err));
	assert_ok(gm_batch_end(repo, &err));
	assert_ok(gm_batch_begin(repo, &err));
	assert_ok(gm_blob_write(&one, repo, GM_STR("text\n"), &err));
	gm_repo_close(&repo);
	assert_count("count: 0");
}

/*
 * libgit2 1.5.1 forgets its writer where there is no place for a pack.  These
 * are there in builds with a leak detector.
 */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void test_no_place(void **state)
{
	(void)state;
	setup();
	assert_ok(gm_batch_begin(repo, &err));
	write_many(&one, 3);
	assert_ok(
		gm_file_write(in_place("file"), GM_STR(""), 0644, false, &err));
	assert_int_equal(rename(in_place(".git/objects"), in_place("objects")),
			 0);
	assert_int_equal(rename(in_place("file"), in_place(".git/objects")), 0);
	assert_failed(gm_batch_end(repo, &err), GM_EGIT, "cannot write a blob");
	assert_ok(gm_batch_begin(repo, &err));
	write_many(&one, 120);
	if (__lsan_disable)
		__lsan_disable();
	assert_failed(gm_batch_end(repo, &err), GM_EGIT,
		      "cannot write 121 objects");
	if (__lsan_enable)
		__lsan_enable();
}

static void test_not_in_quarantine(void **state)
{
	(void)state;
	setup();
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(gm_batch_begin(repo, &err), GM_EGIT,
		      "nothing is written");
	unsetenv("GIT_QUARANTINE_PATH");
}

GM_UNIT_MAIN(PLACE_TEST(test_few), PLACE_TEST(test_many),
	     PLACE_TEST(test_large), PLACE_TEST(test_dropped),
	     PLACE_TEST(test_no_place), PLACE_TEST(test_not_in_quarantine))

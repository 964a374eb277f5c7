#include "git/notes.h"

#include "git/lib.h"
#include "place.h"

static struct gm_oid text, other, zero;

static void setup(void)
{
	make_repo();
	open_repo();
	assert_ok(gm_blob_write(&text, repo, GM_STR("text\n"), &err));
	assert_ok(gm_blob_write(&other, repo, GM_STR("other\n"), &err));
}

/* The object whose name begins with these bytes. */
static struct gm_oid object(unsigned first, unsigned second, unsigned third)
{
	return (struct gm_oid){ { (unsigned char)first, (unsigned char)second,
				  (unsigned char)third } };
}

static void add(struct gm_notes *list, struct gm_oid on,
		const struct gm_oid *blob)
{
	struct gm_note *note = GM_PUSH(&arena, list);

	note->on = on;
	note->blob = *blob;
}

static struct gm_oid written(const struct gm_oid *base,
			     const struct gm_notes *changes)
{
	struct gm_oid tree = { { 0 } };

	assert_ok(gm_notes_write(&tree, repo, &zero, base, changes, &err));
	return tree;
}

static size_t count(const struct gm_oid *tree, const char *pathspec)
{
	const char *all = GIT("ls-tree", "-r", "--name-only",
			      gm_oid_hex(&arena, tree), pathspec);
	size_t n = *all != '\0';

	for (; *all; all++)
		n += *all == '\n';
	return n;
}

static void test_new(void **state)
{
	struct gm_notes changes = { 0 };
	struct gm_oid tree;

	(void)state;
	setup();
	tree = written(&zero, &changes);
	assert_oid(&tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	/* In no order. */
	add(&changes, object(2, 0, 0), &text);
	add(&changes, object(1, 0, 0), &other);
	tree = written(&zero, &changes);
	assert_string_equal(
		GIT("ls-tree", gm_oid_hex(&arena, &tree)),
		gm_printf(&arena,
			  "100644 blob %s\t01%038d\n100644 blob %s\t02%038d",
			  gm_oid_hex(&arena, &other), 0,
			  gm_oid_hex(&arena, &text), 0));
}

static void test_flat(void **state)
{
	struct gm_notes changes = { 0 };
	struct gm_oid tree, again;

	(void)state;
	setup();
	for (unsigned i = 0; i < 10; i += 2)
		add(&changes, object(i, 0, 0), &text);
	tree = written(&zero, &changes);
	changes.n = 0;
	assert_true(
		gm_oid_eq(&tree, (again = written(&tree, &changes), &again)));
	/* One before, one between, one instead, one behind. */
	add(&changes, object(9, 0, 0), &other);
	add(&changes, object(4, 0, 0), &other);
	add(&changes, object(3, 0, 0), &other);
	add(&changes, object(0, 0, 0), &other);
	again = written(&tree, &changes);
	assert_int_equal(count(&again, "."), 7);
	for (unsigned i = 0; i < 10; i++) {
		struct gm_notes_dir dir;
		const struct gm_entry *e;
		struct gm_oid on = object(i, 0, 0);

		assert_ok(gm_notes_dir_read(&dir, &arena, repo, &zero, &again,
					    0, &err));
		assert_false(dir.fans_out);
		e = gm_notes_dir_find(&dir, &on, 0);
		if (i == 1 || i == 5 || i == 7) {
			assert_null(e);
			continue;
		}
		assert_non_null(e);
		assert_true(gm_oid_eq(
			&e->oid, i == 2 || i == 6 || i == 8 ? &text : &other));
	}
}

static void test_fans_out(void **state)
{
	struct gm_notes changes = { 0 };
	struct gm_oid tree;

	(void)state;
	setup();
	for (unsigned i = 0; i < 512; i++)
		add(&changes, object(7, i / 256, i % 256), &text);
	tree = written(&zero, &changes);
	assert_string_equal(GIT("ls-tree", "-d", gm_oid_hex(&arena, &tree)),
			    "");
	changes.n = 0;
	add(&changes, object(8, 0, 0), &text);
	tree = written(&tree, &changes);
	assert_string_equal(
		GIT("ls-tree", "-d", "--name-only", gm_oid_hex(&arena, &tree)),
		"07\n08");
	assert_int_equal(count(&tree, "07/"), 512);
	/* One directory more, and one that is fanned out in its turn. */
	add(&changes, object(9, 0, 0), &text);
	add(&changes, object(7, 2, 0), &text);
	tree = written(&tree, &changes);
	assert_string_equal(GIT("ls-tree", "-d", "-r", "--name-only",
				gm_oid_hex(&arena, &tree)),
			    "07\n07/00\n07/01\n07/02\n08\n09");
	assert_int_equal(count(&tree, "."), 515);
	changes.n = 0;
	add(&changes, object(7, 0, 0), &other);
	tree = written(&tree, &changes);
	assert_int_equal(count(&tree, "."), 515);
}

/* Names that differ only at the end cannot be fanned out for ever. */
static void test_deep(void **state)
{
	struct gm_notes changes = { 0 };
	struct gm_oid tree;

	(void)state;
	setup();
	for (unsigned i = 0; i < 600; i++) {
		struct gm_oid on = { { 0 } };

		on.id[18] = (unsigned char)(i / 256);
		on.id[19] = (unsigned char)i;
		add(&changes, on, &text);
	}
	tree = written(&zero, &changes);
	assert_int_equal(count(&tree, "."), 600);
}

static void test_refuses(void **state)
{
	struct gm_notes changes = { 0 };
	struct gm_oid tree;

	(void)state;
	setup();
	put("README", "x");
	commit_all("x");
	add(&changes, object(1, 0, 0), &text);
	tree = rev("HEAD^{tree}");
	assert_failed(gm_notes_write(&tree, repo, &zero, &tree, &changes, &err),
		      GM_EINPUT, "lower-case hex");
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(gm_notes_write(&tree, repo, &zero, &zero, &changes, &err),
		      GM_EGIT, "nothing is written");
}

GM_UNIT_MAIN(PLACE_TEST(test_new), PLACE_TEST(test_flat),
	     PLACE_TEST(test_fans_out), PLACE_TEST(test_deep),
	     PLACE_TEST(test_refuses))

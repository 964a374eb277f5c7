#include "git/notes.h"

#include "git/lib.h"
#include "place.h"

static struct gm_oid zero;
static struct gm_notes_changes changes;

static void setup(void)
{
	make_repo();
	open_repo();
}

/*
 * A notes commit of "path text" words, a path in hex digits with slashes, "*"
 * for all the digits that are missing (zeros).
 */
static struct gm_oid notes_commit(const char *const *words)
{
	struct gm_buf in = gm_buf(&arena);

	GIT("read-tree", "--empty");
	for (; *words; words += 2) {
		const char *blob = GIT_INPUT(gm_str(words[1]), "hash-object",
					     "-w", "--stdin");
		size_t digits = 0, len = strlen(words[0]) - 1;

		for (size_t i = 0; i < len; i++)
			digits += words[0][i] != '/';
		gm_buf_printf(&in, "100644 %s\t%.*s%0*d\n", blob, (int)len,
			      words[0], (int)(GM_OID_HEX - digits), 0);
	}
	GIT_INPUT(gm_buf_view(&in), "update-index", "--add", "--index-info");
	return oid_of(GIT("commit-tree", "-m", "x", GIT("write-tree")));
}

#define NOTES(...) notes_commit((const char *const[]){ __VA_ARGS__, NULL })

static void diff(struct gm_oid old, struct gm_oid new_)
{
	changes = (struct gm_notes_changes){ 0 };
	assert_ok(gm_notes_diff(&changes, &arena, repo, &old, &new_, &err));
}

static const char *text(const struct gm_oid *blob)
{
	struct gm_str content;

	if (gm_oid_is_zero(blob))
		return "-";
	assert_ok(gm_blob_read(&content, &arena, repo, blob, 100, &err));
	return content.ptr;
}

/* "first two digits:old:new", each. */
static void assert_changes(const char *expected)
{
	struct gm_buf all = gm_buf(&arena);

	for (size_t i = 0; i < changes.n; i++)
		gm_buf_printf(&all, "%s%02x:%s:%s", i ? " " : "",
			      changes.items[i].on.id[0],
			      text(&changes.items[i].old),
			      text(&changes.items[i].new_));
	assert_string_equal(all.ptr, expected);
}

static void test_flat(void **state)
{
	struct gm_oid old, new_;

	(void)state;
	setup();
	old = NOTES("aa*", "1", "bb*", "2", "cc*", "3");
	new_ = NOTES("ab*", "0", "bb*", "2", "cc*", "4", "dd*", "5");
	diff(old, old);
	assert_changes("");
	diff(old, new_);
	assert_changes("aa:1:- ab:-:0 cc:3:4 dd:-:5");
	diff(zero, old);
	assert_changes("aa:-:1 bb:-:2 cc:-:3");
	diff(old, zero);
	assert_changes("aa:1:- bb:2:- cc:3:-");
	diff(zero, zero);
	assert_changes("");
}

static void test_fan_outs(void **state)
{
	struct gm_oid flat, one, two, other;

	(void)state;
	setup();
	flat = NOTES("aa*", "1", "bb*", "2");
	one = NOTES("aa/*", "1", "bb/*", "2");
	two = NOTES("aa/00/*", "1", "bb/*", "2");
	diff(flat, one);
	assert_changes("");
	diff(two, flat);
	assert_changes("");
	diff(one, two);
	assert_changes("");
	other = NOTES("aa/00/*", "3", "cc/*", "2", "dd/00/00/*", "4");
	diff(two, other);
	assert_changes("aa:1:3 bb:2:- cc:-:2 dd:-:4");
	diff(other, flat);
	assert_changes("aa:3:1 bb:-:2 cc:2:- dd:4:-");
}

/* What is the same in both is not looked at. */
static void test_same_is_skipped(void **state)
{
	struct gm_oid old, new_;
	const char *tree, *leaf;

	(void)state;
	setup();
	old = NOTES("aa/*", "1");
	leaf = GIT("rev-parse",
		   gm_printf(&arena, "%s^{tree}", gm_oid_hex(&arena, &old)));
	tree = GIT_INPUT(gm_str(gm_printf(&arena,
					  "040000 tree %s\taa\n"
					  "040000 tree %s\tbb\n",
					  leaf, leaf)),
			 "mktree");
	old = oid_of(GIT("commit-tree", "-m", "x", tree));
	diff(old, old);
	new_ = NOTES("cc/*", "1");
	assert_failed(gm_notes_diff(&changes, &arena, repo, &old, &new_, &err),
		      GM_EINPUT, gm_oid_hex(&arena, &old));
	assert_failed(gm_notes_diff(&changes, &arena, repo, &new_, &old, &err),
		      GM_EINPUT, gm_oid_hex(&arena, &old));
}

static void test_errors(void **state)
{
	struct gm_oid good, blob;

	(void)state;
	setup();
	good = NOTES("aa*", "1");
	assert_ok(gm_blob_write(&blob, repo, GM_STR("x"), &err));
	assert_failed(gm_notes_diff(&changes, &arena, repo, &blob, &good, &err),
		      GM_EGIT, "not a commit");
	assert_failed(gm_notes_diff(&changes, &arena, repo, &good, &blob, &err),
		      GM_EGIT, "not a commit");
}

static struct gm_note_lines lines;

static void added(struct gm_oid old, struct gm_oid new_)
{
	lines = (struct gm_note_lines){ 0 };
	assert_ok(gm_notes_added(&lines, &arena, repo, &old, &new_, &err));
}

static void test_added(void **state)
{
	struct gm_oid old, new_;

	(void)state;
	setup();
	old = NOTES("aa*", "1\n2\n", "bb*", "x\n", "dd*", "y\n");
	new_ = NOTES("aa*", "\n3\n2\n\n1\n4\n3", "bb*", "x\n", "cc*", "z");
	added(old, new_);
	assert_int_equal(lines.n, 3);
	assert_int_equal(lines.items[0].on.id[0], 0xaa);
	assert_string_equal(lines.items[0].line, "3");
	assert_string_equal(lines.items[1].line, "4");
	assert_int_equal(lines.items[2].on.id[0], 0xcc);
	assert_string_equal(lines.items[2].line, "z");
	added(zero, old);
	assert_int_equal(lines.n, 4);
	added(old, old);
	assert_int_equal(lines.n, 0);
}

static void test_added_refuses(void **state)
{
	struct gm_oid old, bad, blob, tree, on = { { 0xaa } };
	struct gm_notes notes = { 0 };
	struct gm_note *n = GM_PUSH(&arena, &notes);

	(void)state;
	setup();
	old = NOTES("aa*", "1");
	assert_ok(gm_blob_write(&blob, repo, GM_STR("1\n2\0\n"), &err));
	n->on = on;
	n->blob = blob;
	assert_ok(gm_notes_write(&tree, repo, &zero, &zero, &notes, &err));
	bad = oid_of(GIT("commit-tree", "-m", "x", gm_oid_hex(&arena, &tree)));
	assert_failed(gm_notes_added(&lines, &arena, repo, &old, &bad, &err),
		      GM_EINPUT, "a NUL");
	assert_failed(gm_notes_added(&lines, &arena, repo, &bad, &old, &err),
		      GM_EINPUT, "a NUL");
	assert_failed(gm_notes_added(&lines, &arena, repo, &old, &blob, &err),
		      GM_EGIT, "not a commit");
}

GM_UNIT_MAIN(PLACE_TEST(test_flat), PLACE_TEST(test_fan_outs),
	     PLACE_TEST(test_same_is_skipped), PLACE_TEST(test_errors),
	     PLACE_TEST(test_added), PLACE_TEST(test_added_refuses))

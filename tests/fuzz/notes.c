/*
 * Any trees as notes: no crash, no endless loop, and all readers agree.  What
 * reads one note finds what the reader of all found, the difference of two
 * notes commits leads from one to the other, and what is written onto them
 * reads back.
 *
 * The input is a list of trees, in few bytes each: see take_tree().  Each may
 * hold those before it.  The last two are the notes.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <stdlib.h>
#include <string.h>

#include <git2/sys/mempack.h>

#include "git/lib.h"

#define TREES_MAX 24
/* With more, nothing new comes to light. */
#define NOTES_MAX 3000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gm_repo repo;
static git_odb_backend *objects;

struct input {
	const uint8_t *data;
	size_t size;
	struct gm_arena a;
	struct gm_oid trees[TREES_MAX];
	size_t n;
	struct gm_oid blob;
};

/* Objects in memory, and nothing else. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct gm_err err = GM_ERR_INIT;

	(void)argc;
	(void)argv;
	if (gm_lib_start(GM_REPO_DISCOVER, &err) < 0 ||
	    git_odb_new(&repo.odb) < 0 || git_mempack_new(&objects) < 0 ||
	    git_odb_add_backend(repo.odb, objects, 1) < 0)
		GM_BUG("no objects in memory");
	return 0;
}

static unsigned take(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

static struct gm_oid write_object(struct gm_str content, git_object_t type)
{
	git_oid id;

	if (git_odb_write(&id, repo.odb, content.ptr, content.len, type) < 0)
		GM_BUG("no object in memory");
	return gm_oid_of(&id);
}

/* A name of hex digits, mostly, whose first are those of `seed`. */
static struct gm_str take_name(struct input *in)
{
	static const size_t lengths[] = { 2, 38, 40, 36, 34, 4, 1, 0 };
	unsigned how = take(in), seed = take(in);
	size_t len = lengths[how & 7];
	char *name = gm_alloc(&in->a, len + 1);

	memset(name, "0af1"[how >> 3 & 3], len);
	for (size_t i = 0; i < 2 && i < len; i++)
		name[i] = "0123456789abcdef"[(i ? seed : seed >> 4) & 15];
	if (how & 0x80 && len)
		name[len - 1] = (char)take(in);
	return (struct gm_str){ name, len };
}

/* A byte how many entries, then of each its mode, name and object. */
static struct gm_oid take_tree(struct input *in)
{
	static const unsigned modes[] = { GM_MODE_FILE,    GM_MODE_TREE,
					  GM_MODE_FILE,    GM_MODE_TREE,
					  GM_MODE_EXEC,    GM_MODE_LINK,
					  GM_MODE_GITLINK, 0100664 };
	struct gm_buf raw = gm_buf(&in->a);
	unsigned count = take(in) & 31;

	while (count-- && in->size) {
		unsigned mode = modes[take(in) & 7], which = take(in);
		struct gm_str name = take_name(in);
		struct gm_oid id = in->blob;

		if (mode == GM_MODE_TREE && in->n)
			id = in->trees[which % in->n];
		else
			id.id[0] ^= (unsigned char)(which & 1);
		gm_buf_printf(&raw, "%o ", mode);
		gm_buf_str(&raw, name);
		gm_buf_putc(&raw, '\0');
		gm_buf_add(&raw, id.id, sizeof(id.id));
	}
	return write_object(gm_buf_view(&raw), GIT_OBJECT_TREE);
}

static struct gm_oid commit_of(struct gm_arena *a, const struct gm_oid *tree)
{
	struct gm_buf raw = gm_buf(a);

	gm_buf_printf(&raw,
		      "tree %s\nauthor a <b> 1 +0000\n"
		      "committer a <b> 1 +0000\n\nx",
		      gm_oid_hex(a, tree));
	return write_object(gm_buf_view(&raw), GIT_OBJECT_COMMIT);
}

static bool read_all(struct gm_notes *notes, struct gm_arena *a,
		     const struct gm_oid *commit)
{
	struct gm_err err = GM_ERR_INIT;

	if (gm_notes_read(notes, a, &repo, commit, &err) < 0) {
		if (!err.msg[0])
			GM_BUG("refused without a reason");
		return false;
	}
	for (size_t i = 1; i < notes->n; i++)
		if (gm_oid_cmp(&notes->items[i - 1].on, &notes->items[i].on) >=
		    0)
			GM_BUG("notes out of order, or one object twice");
	return true;
}

static void check_found(struct gm_arena *a, const struct gm_oid *commit,
			const struct gm_notes *notes)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid blob;

	for (size_t i = 0; i < notes->n; i++)
		if (gm_notes_find_one(&blob, a, &repo, commit,
				      &notes->items[i].on, &err) != 1 ||
		    !gm_oid_eq(&blob, &notes->items[i].blob))
			GM_BUG("a note that is not found");
}

/* From `old` over the changes to `new_`. */
static void check_diff(struct gm_arena *a, const struct gm_oid *commits,
		       const struct gm_notes *old, const struct gm_notes *new_)
{
	struct gm_notes_changes changes;
	struct gm_err err = GM_ERR_INIT;
	size_t same = 0;

	if (gm_notes_diff(&changes, a, &repo, &commits[0], &commits[1], &err) <
	    0)
		GM_BUG("notes that cannot be compared");
	for (size_t i = 0; i < changes.n; i++) {
		const struct gm_notes_change *c = &changes.items[i];
		const struct gm_note *one = gm_notes_find(old, &c->on);
		const struct gm_note *two = gm_notes_find(new_, &c->on);

		if (!one != gm_oid_is_zero(&c->old) ||
		    !two != gm_oid_is_zero(&c->new_) ||
		    (one && !gm_oid_eq(&one->blob, &c->old)) ||
		    (two && !gm_oid_eq(&two->blob, &c->new_)) ||
		    gm_oid_eq(&c->old, &c->new_))
			GM_BUG("a change that is none");
	}
	for (size_t i = 0; i < old->n; i++) {
		const struct gm_note *two =
			gm_notes_find(new_, &old->items[i].on);

		same += two && gm_oid_eq(&old->items[i].blob, &two->blob);
	}
	for (size_t i = 0; i < changes.n; i++)
		same += !gm_oid_is_zero(&changes.items[i].new_);
	if (same != new_->n)
		GM_BUG("a change that is missing");
}

static void check_written(struct gm_arena *a, const struct gm_oid *commit,
			  const struct gm_oid *tree,
			  const struct gm_notes *notes,
			  const struct gm_notes *changes)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_notes now;
	struct gm_oid written;
	size_t added = 0;

	if (gm_notes_write(&written, &repo, commit, tree, changes, &err) < 0)
		GM_BUG("notes that cannot be written");
	written = commit_of(a, &written);
	if (!read_all(&now, a, &written))
		GM_BUG("notes that cannot be read back");
	for (size_t i = 0; i < changes->n; i++) {
		const struct gm_note *note =
			gm_notes_find(&now, &changes->items[i].on);

		if (!note || !gm_oid_eq(&note->blob, &changes->items[i].blob))
			GM_BUG("a note was lost");
		added += !gm_notes_find(notes, &changes->items[i].on);
	}
	if (now.n != notes->n + added)
		GM_BUG("a note too many, or too few");
}

static void check_any(struct gm_arena *a, const struct gm_oid *commits)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_notes_changes changes;
	struct gm_note_lines lines;
	struct gm_oid on = { { 0 } }, blob;

	/* What is refused elsewhere must be refused, or be no matter. */
	if (gm_notes_find_one(&blob, a, &repo, &commits[0], &on, &err) < 0 &&
	    !err.msg[0])
		GM_BUG("refused without a reason");
	if (gm_notes_diff(&changes, a, &repo, &commits[0], &commits[1], &err) <
		    0 &&
	    !err.msg[0])
		GM_BUG("refused without a reason");
	if (gm_notes_added(&lines, a, &repo, &commits[0], &commits[1], &err) <
		    0 &&
	    !err.msg[0])
		GM_BUG("refused without a reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size, .a = GM_ARENA_INIT };
	struct gm_oid commits[2];
	struct gm_notes notes[2];
	bool good[2];

	in.blob = write_object(GM_STR("a\nb\n"), GIT_OBJECT_BLOB);
	while (in.size && in.n < TREES_MAX) {
		struct gm_oid tree = take_tree(&in);

		in.trees[in.n++] = tree;
	}
	for (size_t i = 0; in.n >= 2 && i < 2; i++) {
		commits[i] = commit_of(&in.a, &in.trees[in.n - 2 + i]);
		good[i] = read_all(&notes[i], &in.a, &commits[i]) &&
			  notes[i].n < NOTES_MAX;
		if (good[i])
			check_found(&in.a, &commits[i], &notes[i]);
	}
	if (in.n >= 2) {
		check_any(&in.a, commits);
		if (good[0] && good[1]) {
			check_diff(&in.a, commits, &notes[0], &notes[1]);
			check_written(&in.a, &commits[0], &in.trees[in.n - 2],
				      &notes[0], &notes[1]);
		}
	}
	gm_arena_done(&in.a);
	git_mempack_reset(objects);
	return 0;
}

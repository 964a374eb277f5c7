#include "git/notes.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "git/lib.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* With the waits below some three seconds of others always being faster. */
#define ATTEMPTS 120
#define LONGEST_WAIT_MS 50

/* The lines of one object, and the note they end up in. */
struct addition {
	struct gm_oid on;
	struct gm_strings lines;
};

struct additions {
	struct addition **items;
	size_t n, cap;
};

struct appender {
	struct gm_arena arena; /* for one attempt */
	struct gm_repo *r;
	const char *ref;
	const char *message;
	struct gm_oid tip; /* zero: the ref does not exist */
	struct gm_notes notes;
	int level;
};

static int group(struct additions *out, struct gm_arena *a,
		 const struct gm_note_line *lines, size_t n, struct gm_err *err)
{
	struct gm_map known = gm_map(a);

	for (size_t i = 0; i < n; i++) {
		struct addition *add =
			gm_map_get(&known, gm_oid_key(&lines[i].on));

		if (!*lines[i].line || strchr(lines[i].line, '\n'))
			return gm_fail(err, GM_EINPUT,
				       "a note is made of single lines");
		if (!add) {
			add = gm_alloc(a, sizeof(*add));
			add->on = lines[i].on;
			gm_map_set(&known, gm_oid_key(&add->on), add);
			*GM_PUSH(a, out) = add;
		}
		*GM_PUSH(a, &add->lines) = lines[i].line;
	}
	return 0;
}

static int load(struct appender *p, struct gm_err *err)
{
	int found = gm_ref_get(&p->tip, p->r, p->ref, err);

	p->notes = (struct gm_notes){ 0 };
	p->level = 0;
	if (found > 0)
		return gm_notes_read_level(&p->notes, &p->level, &p->arena,
					   p->r, &p->tip, err);
	memset(&p->tip, 0, sizeof(p->tip));
	return found;
}

/* "ab/cd/ef..." as deep as the other notes are. */
static struct gm_str note_path(struct appender *p, const struct gm_oid *on)
{
	const char *hex = gm_oid_hex(&p->arena, on);
	struct gm_buf path = gm_buf(&p->arena);

	for (int i = 0; i < p->level; i++, hex += 2) {
		gm_buf_add(&path, hex, 2);
		gm_buf_putc(&path, '/');
	}
	gm_buf_puts(&path, hex);
	return gm_buf_view(&path);
}

/* Add the new one of the lines to the note; 1 when there were any. */
static int extend(struct gm_buf *text, struct appender *p,
		  const struct addition *add, struct gm_err *err)
{
	const struct gm_note *old = gm_notes_find(&p->notes, &add->on);
	struct gm_map there = gm_map(&p->arena);
	struct gm_str content = GM_STR_NONE, rest, line;
	int changed = 0;

	if (old && gm_blob_read(&content, &p->arena, p->r, &old->blob,
				GM_NOTE_MAX, err) < 0)
		return -1;
	rest = content;
	while (gm_str_line(&line, &rest))
		if (line.len)
			gm_map_set(&there, line, p);
	gm_buf_str(text, content);
	if (content.len && content.ptr[content.len - 1] != '\n')
		gm_buf_putc(text, '\n');
	for (size_t i = 0; i < add->lines.n; i++) {
		line = gm_str(add->lines.items[i]);
		if (gm_map_get(&there, line))
			continue;
		gm_map_set(&there, line, p);
		gm_buf_str(text, line);
		gm_buf_putc(text, '\n');
		changed = 1;
	}
	if (text->len > GM_NOTE_MAX)
		return gm_fail(err, GM_ELIMIT,
			       "a note would be larger than %zu bytes",
			       GM_NOTE_MAX);
	return changed;
}

/* A name or address that a commit can hold. */
static bool usable(const char *value)
{
	return value && *value && !value[strcspn(value, "<>\n")];
}

static const char *identity(struct appender *p, const char *variable,
			    const char *setting, const char *otherwise)
{
	const char *value = getenv(variable);
	struct gm_err ignored = GM_ERR_INIT;

	if (p->r->how != GM_REPO_HOOK && usable(value))
		return value;
	if (gm_config_get(&value, &p->arena, p->r, setting, &ignored) < 0 ||
	    !usable(value))
		return otherwise;
	return value;
}

static int commit(struct gm_oid *out, struct appender *p,
		  const struct gm_files *files, struct gm_err *err)
{
	struct gm_oid none = { { 0 } };
	struct gm_commit parent, c = { .message = gm_str(p->message) };

	c.committer.name =
		identity(p, "GIT_COMMITTER_NAME", "user.name", "git-migrate");
	c.committer.email = identity(p, "GIT_COMMITTER_EMAIL", "user.email",
				     "git-migrate@localhost");
	c.committer.time = gm_now();
	c.author = c.committer;
	parent.tree = none;
	if (!gm_oid_is_zero(&p->tip)) {
		c.parents = &p->tip;
		c.n_parents = 1;
		if (gm_commit_read(&parent, &p->arena, p->r, &p->tip, err) < 0)
			return -1;
	}
	if (gm_tree_edit(&c.tree, p->r, &parent.tree, files, err) < 0)
		return -1;
	return gm_commit_write(out, p->r, &c, err);
}

static int attempt(struct appender *p, const struct additions *additions,
		   struct gm_err *err)
{
	struct gm_files files = { 0 };
	struct gm_oid new_;

	if (load(p, err) < 0)
		return -1;
	for (size_t i = 0; i < additions->n; i++) {
		const struct addition *add = additions->items[i];
		struct gm_buf text = gm_buf(&p->arena);
		struct gm_file *file;
		int changed = extend(&text, p, add, err);

		if (changed < 0)
			return -1;
		if (!changed)
			continue;
		file = GM_PUSH(&p->arena, &files);
		file->path = note_path(p, &add->on);
		file->mode = GM_MODE_FILE;
		if (gm_blob_write(&file->oid, p->r, gm_buf_view(&text), err) <
		    0)
			return -1;
	}
	if (!files.n)
		return 0;
	if (commit(&new_, p, &files, err) < 0)
		return -1;
	return gm_ref_swap(p->r, p->ref, &p->tip, &new_, p->message, err);
}

/* Longer each time, and never the same for two processes. */
static void wait_a_bit(int tries)
{
	unsigned random = 0, most = 4u * (unsigned)tries;
	struct timespec pause = { 0 };

	if (most > LONGEST_WAIT_MS)
		most = LONGEST_WAIT_MS;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)gm_ticks_ms();
	pause.tv_nsec = (long)(random % (most * 1000) + 1) * 1000;
	nanosleep(&pause, NULL);
}

int gm_notes_append(struct gm_repo *r, const char *ref,
		    const struct gm_note_line *lines, size_t n,
		    const char *message, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct additions additions = { 0 };
	struct gm_err last = GM_ERR_INIT;

	if (gm_repo_may_write(r, err) < 0 ||
	    group(&additions, &a, lines, n, err) < 0)
		return -1;
	for (int tries = 1; tries <= ATTEMPTS; tries++) {
		struct appender p = { .r = r, .ref = ref, .message = message };
		int rc = attempt(&p, &additions, &last);

		gm_arena_done(&p.arena);
		if (!rc)
			return 0;
		if (last.code != GM_ERACE)
			break;
		wait_a_bit(tries);
	}
	*err = last;
	return -1;
}

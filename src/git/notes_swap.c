#include "git/notes.h"

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

/* A name or address that a commit can hold. */
static bool usable(const char *value)
{
	return value && *value && !value[strcspn(value, "<>\n")];
}

static const char *identity(struct gm_notes_move *m, const char *variable,
			    const char *setting, const char *otherwise)
{
	const char *value = getenv(variable);
	struct gm_err ignored = GM_ERR_INIT;

	if (m->r->how != GM_REPO_HOOK && usable(value))
		return value;
	if (gm_config_get(&value, m->a, m->r, setting, &ignored) < 0 ||
	    !usable(value))
		return otherwise;
	return value;
}

int gm_notes_commit(struct gm_oid *out, struct gm_notes_move *m,
		    const struct gm_oid *tree, const struct gm_oid *parents,
		    size_t n_parents, const char *message, struct gm_err *err)
{
	struct gm_commit c = { .tree = *tree, .message = gm_str(message) };

	c.committer.name =
		identity(m, "GIT_COMMITTER_NAME", "user.name", "git-migrate");
	c.committer.email = identity(m, "GIT_COMMITTER_EMAIL", "user.email",
				     "git-migrate@localhost");
	c.committer.time = gm_now();
	c.author = c.committer;
	c.parents = gm_alloc_n(m->a, n_parents, sizeof(*c.parents));
	for (size_t i = 0; i < n_parents; i++)
		if (!gm_oid_is_zero(&parents[i]))
			c.parents[c.n_parents++] = parents[i];
	return gm_commit_write(out, m->r, &c, err);
}

int gm_note_read(struct gm_str *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *on,
		 const struct gm_oid *blob, struct gm_err *err)
{
	struct gm_str text;

	if (gm_blob_read(&text, a, r, blob, GM_NOTE_MAX, err) < 0)
		return -1;
	if (gm_str_find(text, '\0') != text.len)
		return gm_fail(err, GM_EINPUT, "a NUL is in the note on %s",
			       gm_oid_hex(a, on));
	*out = text;
	return 0;
}

bool gm_note_extend(struct gm_buf *text, const struct gm_strings *lines)
{
	struct gm_map there = gm_map(text->arena);
	struct gm_str rest, line;
	bool changed = false;

	rest = (struct gm_str){ gm_str_dup(text->arena, gm_buf_view(text)),
				text->len };
	while (gm_str_line(&line, &rest))
		if (line.len)
			gm_map_set(&there, line, text);
	if (text->len && text->ptr[text->len - 1] != '\n')
		gm_buf_putc(text, '\n');
	for (size_t i = 0; i < lines->n; i++) {
		line = gm_str(lines->items[i]);
		if (gm_map_get(&there, line))
			continue;
		gm_map_set(&there, line, text);
		gm_buf_str(text, line);
		gm_buf_putc(text, '\n');
		changed = true;
	}
	return changed;
}

static int
attempt(struct gm_notes_move *m, const char *ref, const char *message,
	int (*make)(struct gm_oid *, struct gm_notes_move *, struct gm_err *),
	struct gm_err *err)
{
	struct gm_oid to;
	int rc = gm_ref_get(&m->from, m->r, ref, err);

	if (rc < 0)
		return -1;
	rc = make(&to, m, err);
	if (rc <= 0)
		return rc;
	return gm_ref_swap(m->r, ref, &m->from, &to, message, err) < 0 ? -1
								       : rc;
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

int gm_notes_swap(struct gm_repo *r, const char *ref, const char *message,
		  int (*make)(struct gm_oid *to, struct gm_notes_move *m,
			      struct gm_err *err),
		  void *arg, struct gm_err *err)
{
	struct gm_err last = GM_ERR_INIT;

	if (gm_repo_may_write(r, err) < 0)
		return -1;
	for (int tries = 1; tries <= ATTEMPTS; tries++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_notes_move m = { .a = &a, .r = r, .arg = arg };
		int rc = attempt(&m, ref, message, make, &last);

		if (rc >= 0)
			return rc;
		if (last.code != GM_ERACE)
			break;
		wait_a_bit(tries);
	}
	*err = last;
	return -1;
}

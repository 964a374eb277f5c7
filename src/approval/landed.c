#include "approval/landed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/escape.h"
#include "git/ref.h"

#define LINE_MAX_BYTES ((size_t)8 << 10)
/* One line a landing of a path on a ref: a note is small. */
#define NOTE_MAX ((size_t)16 << 20)
#define NONCE_SIZE 16

enum field {
	FIELD_PROJECT,
	FIELD_PATH,
	FIELD_DIGEST,
	FIELD_PHASE,
	FIELD_CLASS,
	FIELD_REF,
	FIELD_ENV,
	FIELD_ROLE,
	FIELD_SIGNER,
	FIELD_AT,
	FIELD_UNTIL,
	FIELD_NONCE,
	FIELD_COUNT,
};

static const char *const fields[FIELD_COUNT] = {
	"project", "path", "digest", "phase", "class", "ref",
	"env",     "role", "signer", "at",    "until", "nonce",
};

#define HEAD "gm1 landed"

const char *gm_landed_encode(struct gm_arena *a, const struct gm_landed *l)
{
	const char *values[FIELD_COUNT] = {
		[FIELD_PROJECT] = l->project,
		[FIELD_PATH] = l->path,
		[FIELD_DIGEST] = l->digest,
		[FIELD_PHASE] = l->phase,
		[FIELD_CLASS] = l->class_,
		[FIELD_REF] = l->ref,
		[FIELD_ENV] = "*",
		[FIELD_ROLE] = "server",
		[FIELD_SIGNER] = "server",
		[FIELD_AT] = gm_time_format(a, l->at),
		[FIELD_UNTIL] = gm_time_format(a, l->until),
		[FIELD_NONCE] = l->nonce,
	};
	struct gm_buf line = gm_buf(a);

	gm_buf_puts(&line, HEAD);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		gm_buf_printf(&line, " %s=", fields[i]);
		gm_percent_encode(&line, gm_str(values[i]));
	}
	return line.ptr;
}

static bool is_hex(struct gm_str s, size_t len)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len == len;
}

static bool is_one_of(struct gm_str s, const char *const *words)
{
	for (; *words; words++)
		if (gm_str_is(s, *words))
			return true;
	return false;
}

/* Does the value make sense in its field? */
static bool fits(enum field field, struct gm_str value)
{
	static const char *const phases[] = { "none", "expand", "backfill",
					      "contract", NULL };
	static const char *const classes[] = { "neutral",  "expand", "backfill",
					       "contract", "opaque", NULL };
	struct gm_str hex = gm_str_sub(value, 7, value.len);
	int64_t time;

	switch (field) {
	case FIELD_DIGEST:
		return gm_str_starts(value, GM_STR("sha256:")) &&
		       is_hex(hex, 64);
	case FIELD_PHASE:
		return is_one_of(value, phases);
	case FIELD_CLASS:
		return is_one_of(value, classes);
	case FIELD_REF:
		return gm_ref_valid(value);
	case FIELD_AT:
	case FIELD_UNTIL:
		return gm_time_parse(&time, value);
	case FIELD_NONCE:
		return is_hex(value, 2 * (size_t)NONCE_SIZE);
	default:
		return value.len && !memchr(value.ptr, '\0', value.len);
	}
}

/* Take " name=value" off `rest`, decoded. */
static bool take(const char **out, struct gm_arena *a, enum field field,
		 struct gm_str *rest)
{
	struct gm_buf value = gm_buf(a);
	struct gm_str part, name;

	if (!gm_str_starts(*rest, GM_STR(" ")))
		return false;
	*rest = gm_str_sub(*rest, 1, rest->len);
	part = gm_str_sub(*rest, 0, gm_str_find(*rest, ' '));
	*rest = gm_str_sub(*rest, part.len, rest->len);
	name = gm_str_sub(part, 0, gm_str_find(part, '='));
	if (name.len == part.len || !gm_str_is(name, fields[field]))
		return false;
	part = gm_str_sub(part, name.len + 1, part.len);
	if (!gm_percent_decode(&value, part) ||
	    !fits(field, gm_buf_view(&value)))
		return false;
	*out = value.ptr;
	return true;
}

bool gm_landed_decode(struct gm_landed *out, struct gm_arena *a,
		      struct gm_str line)
{
	const char *values[FIELD_COUNT];
	struct gm_str rest = line;
	struct gm_landed l = { 0 };

	if (line.len > LINE_MAX_BYTES || !gm_str_starts(line, GM_STR(HEAD)))
		return false;
	rest = gm_str_sub(line, sizeof(HEAD) - 1, line.len);
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!take(&values[i], a, (enum field)i, &rest))
			return false;
	if (rest.len || strcmp(values[FIELD_ENV], "*") != 0 ||
	    strcmp(values[FIELD_ROLE], "server") != 0 ||
	    strcmp(values[FIELD_SIGNER], "server") != 0 ||
	    !gm_time_parse(&l.at, gm_str(values[FIELD_AT])) ||
	    !gm_time_parse(&l.until, gm_str(values[FIELD_UNTIL])) ||
	    l.until < l.at)
		return false;
	l.project = values[FIELD_PROJECT];
	l.path = values[FIELD_PATH];
	l.digest = values[FIELD_DIGEST];
	l.phase = values[FIELD_PHASE];
	l.class_ = values[FIELD_CLASS];
	l.ref = values[FIELD_REF];
	l.nonce = values[FIELD_NONCE];
	if (!gm_str_is(line, gm_landed_encode(a, &l)))
		return false;
	*out = l;
	return true;
}

/* --- reading --- */

static int compare_key(const struct gm_landed *l, const char *path,
		       const char *ref)
{
	int order = strcmp(l->path, path);

	return order ? order : strcmp(l->ref, ref);
}

static int compare(const void *x, const void *y)
{
	const struct gm_landed *one = x, *two = y;
	int order = compare_key(one, two->path, two->ref);

	if (order)
		return order;
	if (one->at != two->at)
		return one->at < two->at ? -1 : 1;
	return strcmp(one->nonce, two->nonce);
}

static int damaged(struct gm_err *err, const struct gm_note *note, size_t line)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	gm_fail(err, GM_EINPUT,
		"line %zu of the note on %s in " GM_LANDED_REF
		" is no record of this server",
		line, gm_oid_hex(&a, &note->on));
	return gm_hint(err, "Only the server's post-receive hook writes there;"
			    " take the ref back to its last good commit.");
}

static int read_note(struct gm_landed_list *list, struct gm_arena *a,
		     const struct gm_repo *r, const struct gm_note *note,
		     struct gm_err *err)
{
	struct gm_str text, line;

	if (gm_blob_read(&text, a, r, &note->blob, NOTE_MAX, err) < 0)
		return -1;
	for (size_t n = 1; gm_str_line(&line, &text); n++) {
		struct gm_landed l;

		/* git-notes puts blank lines between what it appends. */
		if (!line.len)
			continue;
		if (!gm_landed_decode(&l, a, line))
			return damaged(err, note, n);
		l.on = note->on;
		*GM_PUSH(a, list) = l;
	}
	return 0;
}

int gm_landed_read(struct gm_landed_list *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err)
{
	struct gm_landed_list list = { 0 };
	struct gm_notes notes = { 0 };
	struct gm_oid tip;
	int found = gm_ref_get(&tip, r, GM_LANDED_REF, err);

	if (found < 0)
		return -1;
	if (found && gm_notes_read(&notes, a, r, &tip, err) < 0)
		return gm_fail_in(err, GM_LANDED_REF);
	for (size_t i = 0; i < notes.n; i++)
		if (read_note(&list, a, r, &notes.items[i], err) < 0)
			return -1;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare);
	*out = list;
	return 0;
}

const struct gm_landed *gm_landed_find(const struct gm_landed_list *list,
				       const char *path, const char *ref)
{
	size_t from = 0, to = list->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare_key(&list->items[middle], path, ref) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < list->n && !compare_key(&list->items[from], path, ref))
		return &list->items[from];
	return NULL;
}

/* --- writing --- */

static int make_nonce(const char **out, struct gm_arena *a, struct gm_err *err)
{
	unsigned char bytes[NONCE_SIZE];
	struct gm_buf hex = gm_buf(a);
	ssize_t got;

	do {
		got = getrandom(bytes, sizeof(bytes), 0);
	} while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(bytes))
		return gm_fail_errno(err, errno, "no random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		gm_buf_printf(&hex, "%02x", bytes[i]);
	*out = hex.ptr;
	return 0;
}

int gm_landed_append(struct gm_repo *r, const struct gm_landed *items,
		     const struct gm_oid *on, size_t n, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_note_line *lines = gm_alloc_n(&a, n, sizeof(*lines));

	for (size_t i = 0; i < n; i++) {
		struct gm_landed l = items[i], back;

		if (!l.nonce && make_nonce(&l.nonce, &a, err) < 0)
			return -1;
		lines[i].on = on[i];
		lines[i].line = gm_landed_encode(&a, &l);
		if (!gm_landed_decode(&back, &a, gm_str(lines[i].line)))
			return gm_fail(err, GM_EINPUT,
				       "what landed as '%s' on '%s' makes no"
				       " proper record",
				       l.path, l.ref);
	}
	if (!n)
		return 0;
	return gm_notes_append(r, GM_LANDED_REF, lines, n,
			       "Record what has landed", err);
}

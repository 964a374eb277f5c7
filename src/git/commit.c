#include "git/lib.h"

#include <string.h>

#include "git/ref.h"

#define SUBJECT_BYTES 200

static int malformed(struct gm_err *err, const struct gm_oid *oid,
		     const char *why)
{
	git_oid id = gm_lib_oid(oid);
	char hex[GM_OID_HEX + 1];

	git_oid_tostr(hex, sizeof(hex), &id);
	return gm_fail(err, GM_EGIT, "commit %s is malformed: %s", hex, why);
}

/*
 * Take "<key> <rest of line>" off the front of the header.  False when the
 * next line has another key.
 */
static bool take(struct gm_str *value, struct gm_str *rest, const char *key)
{
	size_t len = strlen(key);
	struct gm_str next = *rest, line;

	if (next.len <= len || memcmp(next.ptr, key, len) ||
	    next.ptr[len] != ' ')
		return false;
	if (gm_str_find(next, '\n') == next.len || !gm_str_line(&line, &next))
		return false;
	*value = gm_str_sub(line, len + 1, line.len);
	*rest = next;
	return true;
}

/* The same for "<key> <40 hex digits>": `key` has the blank. */
static bool take_oid(struct gm_oid *out, struct gm_str *rest, struct gm_str key)
{
	size_t end = key.len + GM_OID_HEX;

	if (rest->len <= end || memcmp(rest->ptr, key.ptr, key.len) ||
	    rest->ptr[end] != '\n' ||
	    !gm_oid_parse(out, gm_str_sub(*rest, key.len, end)))
		return false;
	*rest = gm_str_sub(*rest, end + 1, rest->len);
	return true;
}

/* Both the tree and all parents; the first thing in every commit. */
static int take_links(struct gm_oid *tree, struct gm_oid **parents, size_t *n,
		      struct gm_arena *a, struct gm_str *rest,
		      const struct gm_oid *oid, struct gm_err *err)
{
	const struct gm_str key = GM_STR("parent ");
	struct gm_str ahead;

	if (!take_oid(tree, rest, GM_STR("tree ")))
		return malformed(err, oid, "no tree");
	*n = 0;
	for (ahead = *rest; gm_str_starts(ahead, key); (*n)++)
		ahead = gm_str_sub(ahead, key.len + GM_OID_HEX + 1, ahead.len);
	*parents = *n ? gm_alloc_n(a, *n, sizeof(**parents)) : NULL;
	for (size_t i = 0; i < *n; i++)
		if (!take_oid(&(*parents)[i], rest, key))
			return malformed(err, oid, "bad parent");
	return 0;
}

static int64_t parse_time(struct gm_str text)
{
	bool minus = text.len && text.ptr[0] == '-';
	uint64_t value;

	if (!gm_str_uint(&value, gm_str_sub(text, minus, text.len)) ||
	    value > INT64_MAX)
		return 0;
	return minus ? -(int64_t)value : (int64_t)value;
}

/* "+0130" is 90 minutes. */
static int parse_offset(struct gm_str text)
{
	uint64_t value;
	int minutes;

	if (text.len != 5 || !gm_str_uint(&value, gm_str_sub(text, 1, 5)))
		return 0;
	minutes = (int)(value / 100 * 60 + value % 100);
	return text.ptr[0] == '-' ? -minutes : minutes;
}

/* As git does: name before "<", the date behind the last ">". */
static struct gm_str date_part(struct gm_str line, size_t *open, size_t *close)
{
	*open = gm_str_find(line, '<');
	*close = line.len;
	while (*close > *open && line.ptr[*close - 1] != '>')
		(*close)--;
	return gm_str_trim(gm_str_sub(line, *close, line.len));
}

/* `s`, which is followed by a byte of `raw` nobody needs, as a C string. */
static const char *in_place(char *raw, struct gm_str whole, struct gm_str s)
{
	char *start = raw + (s.ptr - whole.ptr);

	start[s.len] = '\0';
	return start;
}

/*
 * "Name <email> time offset".  Each part is followed by a blank, a bracket or
 * the end of the line; NULs go there, so that nothing is copied.
 */
static struct gm_person person(char *raw, struct gm_str whole,
			       struct gm_str line)
{
	struct gm_person p;
	struct gm_str name, email, date, time = GM_STR_NONE;
	size_t open, close;

	date = date_part(line, &open, &close);
	name = gm_str_trim(gm_str_sub(line, 0, open));
	email = gm_str_sub(line, open + 1, close);
	email = gm_str_trim(gm_str_sub(email, 0, gm_str_find(email, '>')));
	gm_str_split(&time, &date, ' ');
	p.time = parse_time(time);
	p.offset = parse_offset(gm_str_trim(date));
	p.name = name.len ? in_place(raw, whole, name) : "";
	p.email = email.len ? in_place(raw, whole, email) : "";
	return p;
}

/* Headers behind the committer, up to the empty line. */
static int take_extra(struct gm_commit *c, struct gm_arena *a,
		      struct gm_str *rest, struct gm_err *err)
{
	struct gm_str line, value, here;

	while (rest->len && rest->ptr[0] != '\n') {
		here = *rest;
		if (take(&value, &here, "encoding")) {
			if (c->encoding)
				return malformed(err, &c->oid, "two encodings");
			c->encoding = gm_str_dup(a, value);
		}
		gm_str_line(&line, rest);
	}
	*rest = gm_str_sub(*rest, 1, rest->len);
	return 0;
}

static int64_t time_of(struct gm_str line)
{
	struct gm_str time = GM_STR_NONE, date;
	size_t open, close;

	date = date_part(line, &open, &close);
	gm_str_split(&time, &date, ' ');
	return parse_time(time);
}

static int parse(struct gm_commit *c, struct gm_arena *a, char *raw, size_t len,
		 bool persons, struct gm_err *err)
{
	struct gm_str whole = { raw, len }, rest = whole, author, committer;

	if (take_links(&c->tree, &c->parents, &c->n_parents, a, &rest, &c->oid,
		       err) < 0)
		return -1;
	if (!take(&author, &rest, "author"))
		return malformed(err, &c->oid, "no author");
	if (!take(&committer, &rest, "committer"))
		return malformed(err, &c->oid, "no committer");
	if (take_extra(c, a, &rest, err) < 0)
		return -1;
	if (memchr(raw, '\0', len - rest.len))
		return malformed(err, &c->oid, "NUL in its header");
	c->message = rest;
	if (persons) {
		c->author = person(raw, whole, author);
		c->committer = person(raw, whole, committer);
	} else {
		c->committer.time = time_of(committer);
	}
	return 0;
}

/* Parse a copy of what was borrowed, and give that back. */
static int parse_object(struct gm_commit *out, struct gm_arena *a,
			struct gm_lib_object *object, const struct gm_oid *oid,
			bool persons, struct gm_err *err)
{
	struct gm_commit c = { .oid = *oid };
	size_t len = object->content.len;
	char *raw = gm_str_dup(a, object->content);

	gm_lib_release(object);
	if (parse(&c, a, raw, len, persons, err) < 0)
		return -1;
	*out = c;
	return 0;
}

int gm_commit_read(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err)
{
	struct gm_lib_object object;

	if (gm_lib_borrow(&object, r, oid, GM_OBJECT_COMMIT, GM_COMMIT_MAX,
			  err) < 0)
		return -1;
	return parse_object(out, a, &object, oid, true, err);
}

int gm_commit_scan(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err)
{
	struct gm_lib_object object;

	if (gm_lib_borrow_once(&object, r, oid, GM_OBJECT_COMMIT, GM_COMMIT_MAX,
			       err) < 0)
		return -1;
	return parse_object(out, a, &object, oid, false, err);
}

int gm_commit_links(struct gm_commit_links *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *oid,
		    struct gm_err *err)
{
	GM_AUTO(gm_lib_release) struct gm_lib_object object = { 0 };
	struct gm_commit_links links;
	struct gm_str rest, line;

	if (gm_lib_borrow(&object, r, oid, GM_OBJECT_COMMIT, GM_COMMIT_MAX,
			  err) < 0)
		return -1;
	rest = object.content;
	if (take_links(&links.tree, &links.parents, &links.n_parents, a, &rest,
		       oid, err) < 0)
		return -1;
	if (!take(&line, &rest, "author") || !take(&line, &rest, "committer"))
		return malformed(err, oid, "no author or committer");
	links.time = time_of(line);
	*out = links;
	return 0;
}

int gm_commit_head(struct gm_commit *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err)
{
	struct gm_oid oid;
	int found = gm_ref_get(&oid, r, "HEAD", err);

	if (found <= 0)
		return found;
	return gm_commit_read(out, a, r, &oid, err) < 0 ? -1 : 1;
}

const char *gm_commit_subject(struct gm_arena *a, const struct gm_commit *c)
{
	struct gm_str rest = c->message, line = GM_STR_NONE;

	while (gm_str_line(&line, &rest) && !gm_str_trim(line).len)
		;
	line = gm_str_trim(line);
	if (line.len > SUBJECT_BYTES) {
		line.len = SUBJECT_BYTES;
		/* Not in the middle of a UTF-8 sequence. */
		while (line.len && (line.ptr[line.len] & 0xc0) == 0x80)
			line.len--;
	}
	return gm_str_dup(a, line);
}

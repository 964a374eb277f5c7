#include "git/trailer.h"

#include "base/buf.h"

#include <string.h>

#define COMMENT '#'

/* What git calls a space: neither VT nor FF. */
static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-';
}

static struct gm_str trim(struct gm_str s)
{
	while (s.len && is_space(s.ptr[0]))
		s = gm_str_sub(s, 1, s.len);
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool is_blank(struct gm_str line)
{
	return !trim(line).len;
}

/* The line that begins at `at`, without its LF; `*next` is behind that. */
static struct gm_str line_at(struct gm_str text, size_t at, size_t *next)
{
	struct gm_str rest = gm_str_sub(text, at, text.len);
	size_t len = gm_str_find(rest, '\n');

	*next = at + len + (len < rest.len);
	return gm_str_sub(rest, 0, len);
}

/* Where the last line of text[0, end) begins; its LF may be at the end. */
static size_t last_line(struct gm_str text, size_t end)
{
	const char *lf = end > 1 ? memrchr(text.ptr, '\n', end - 1) : NULL;

	return lf ? (size_t)(lf - text.ptr) + 1 : 0;
}

/* Length of the key and the blanks behind it; 0 when it is no trailer. */
static size_t separator(struct gm_str line)
{
	bool blank = false;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (c == ':')
			return i;
		if (i && (c == ' ' || c == '\t'))
			blank = true;
		else if (blank || !is_word(c))
			break;
	}
	return 0;
}

/* Where the part that `git commit --cleanup=scissors` cuts off begins. */
static size_t scissors(struct gm_str text)
{
	static const char line[] =
		"\n# ------------------------ >8 ------------------------\n";
	const char *at;

	if (gm_str_starts(text, gm_str(line + 1)))
		return 0;
	at = text.len ? memmem(text.ptr, text.len, line, sizeof(line) - 1)
		      : NULL;
	return at ? (size_t)(at - text.ptr) + 1 : text.len;
}

/*
 * Where the text ends for trailers: before comments, empty lines and a list of
 * conflicts at its end.  As in git, such a run cannot begin at offset 0.
 */
static size_t text_end(struct gm_str text)
{
	size_t end = scissors(text), run = 0, next;
	bool conflicts = false;

	for (size_t at = 0; at < end; at = next) {
		struct gm_str line = line_at(text, at, &next);
		bool heads_conflicts =
			gm_str_is(line, "Conflicts:") && next > at + line.len;

		conflicts |= heads_conflicts;
		if (heads_conflicts || (line.len && line.ptr[0] == COMMENT) ||
		    !line.len) {
			if (!run)
				run = at;
		} else if (!(conflicts && line.ptr[0] == '\t') && run) {
			run = 0;
			conflicts = false;
		}
	}
	return run ? run : end;
}

/* Where the first empty line is: the paragraph before it is the title. */
static size_t title_end(struct gm_str text)
{
	size_t at = 0, next;

	for (; at < text.len; at = next) {
		struct gm_str line = line_at(text, at, &next);

		if (line.len && line.ptr[0] == COMMENT)
			continue;
		if (is_blank(line))
			break;
	}
	return at;
}

struct tally {
	size_t trailers, others;
	size_t folded;  /* indented lines: of a trailer, or not, see above them
			 */
	bool generated; /* git itself wrote one of the lines */
};

static void count(struct tally *t, struct gm_str line)
{
	if (line.len && line.ptr[0] == COMMENT) {
		t->others += t->folded;
		t->folded = 0;
	} else if (gm_str_starts(line, GM_STR("Signed-off-by: ")) ||
		   gm_str_starts(line, GM_STR("(cherry picked from commit "))) {
		t->trailers++;
		t->folded = 0;
		t->generated = true;
	} else if (separator(line)) {
		t->trailers++;
		t->folded = 0;
	} else if (is_space(line.ptr[0])) {
		t->folded++;
	} else {
		t->others += t->folded + 1;
		t->folded = 0;
	}
}

/* Where the trailer block of text[0, end) begins; `end` without one. */
static size_t block_start(struct gm_str text, size_t end)
{
	size_t title = title_end(gm_str_sub(text, 0, end)), at = end, next;
	struct tally t = { 0 };
	bool blank_so_far = true;

	while (at) {
		struct gm_str line;

		at = last_line(text, at);
		if (at < title)
			break;
		line = line_at(text, at, &next);
		if (!is_blank(line)) {
			blank_so_far &= line.ptr[0] == COMMENT;
			count(&t, line);
			continue;
		}
		if (blank_so_far)
			continue;
		t.others += t.folded;
		if (t.generated ? t.trailers * 3 >= t.others
				: t.trailers && !t.others)
			return next;
		break;
	}
	return end;
}

/* The message as git sees it: a C string. */
static struct gm_str until_nul(struct gm_str message)
{
	return gm_str_sub(message, 0, gm_str_find(message, '\0'));
}

/* "key: value", continued up to `end`. */
static void add_trailer(struct gm_trailers *out, struct gm_arena *a,
			struct gm_str text, size_t separator_at)
{
	struct gm_trailer *t = GM_PUSH(a, out);
	struct gm_str rest = gm_str_sub(text, separator_at + 1, text.len);
	struct gm_str line, value = trim(rest);
	struct gm_buf joined;

	t->key = trim(gm_str_sub(text, 0, separator_at));
	t->value = value;
	while (gm_str_line(&line, &rest))
		t->has_cr |= gm_str_ends(line, GM_STR("\r"));
	if (gm_str_find(value, '\n') == value.len)
		return;
	joined = gm_buf(a);
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] != '\n') {
			gm_buf_putc(&joined, value.ptr[i]);
			continue;
		}
		while (i + 1 < value.len && is_space(value.ptr[i + 1]))
			i++;
		gm_buf_putc(&joined, ' ');
	}
	t->value = gm_buf_view(&joined);
}

void gm_trailers_parse(struct gm_trailers *out, struct gm_arena *a,
		       struct gm_str message)
{
	struct gm_str text = until_nul(message), line;
	struct gm_trailers list = { 0 };
	size_t end = text_end(text), next, after;
	size_t start = block_start(text, end), number = 1;

	text = gm_str_sub(text, 0, end);
	for (size_t i = 0; i < start; i++)
		number += text.ptr[i] == '\n';
	for (size_t at = start; at < end; at = next) {
		size_t key, lines = 1;

		line = line_at(text, at, &next);
		key = separator(line);
		/* Indented lines behind a trailer are part of its value. */
		for (; key && next < end && is_space(text.ptr[next]);
		     next = after, lines++)
			line_at(text, next, &after);
		if (key) {
			add_trailer(&list, a, gm_str_sub(text, at, next), key);
			list.items[list.n - 1].line = number;
		}
		number += lines;
	}
	*out = list;
}

struct gm_str gm_trailer_add(struct gm_arena *a, struct gm_str message,
			     const char *key, const char *value)
{
	struct gm_str text = until_nul(message);
	size_t end = text_end(text), start = block_start(text, end);
	struct gm_str head = gm_str_sub(text, 0, end);
	struct gm_buf out = gm_buf(a);

	while (head.len && head.ptr[head.len - 1] == '\n')
		head.len--;
	gm_buf_str(&out, head);
	/* A message without a title keeps an empty line for it. */
	gm_buf_puts(&out, start < end ? "\n" : "\n\n");
	gm_buf_printf(&out, "%s: ", key);
	for (const char *p = value; *p; p++)
		gm_buf_putc(&out, *p == '\n' || *p == '\r' ? ' ' : *p);
	gm_buf_putc(&out, '\n');
	gm_buf_str(&out, gm_str_sub(message, end, message.len));
	return gm_buf_view(&out);
}

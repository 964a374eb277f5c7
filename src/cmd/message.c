#include "cmd/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "git/trailer.h"

/* What git chooses from when core.commentChar is "auto". */
#define AUTOMATIC "#;@!$%^&|:"
/* What stands behind that in the line where git cuts the message. */
#define SCISSORS " ------------------------ >8 ------------------------"
#define TITLE "title\n\n"

static bool is_scissors(struct gm_str line, struct gm_str mark)
{
	return gm_str_starts(line, mark) &&
	       gm_str_is(gm_str_sub(line, mark.len, line.len), SCISSORS);
}

/* The last line of git's own is a comment, or a diff below the scissors. */
static struct gm_str guess_mark(struct gm_str message)
{
	struct gm_str rest = message, line, mark = GM_STR("#");

	while (gm_str_line(&line, &rest)) {
		if (!line.len || !strchr(AUTOMATIC, line.ptr[0]))
			continue;
		mark = gm_str_sub(line, 0, 1);
		if (is_scissors(line, mark))
			break;
	}
	return mark;
}

/* What a line of comment begins with. */
static int find_mark(struct gm_str *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_str message,
		     struct gm_err *err)
{
	const char *value;

	if (gm_config_get(&value, a, r, "core.commentString", err) < 0 ||
	    (!value &&
	     gm_config_get(&value, a, r, "core.commentChar", err) < 0))
		return -1;
	if (value && !strcmp(value, "auto"))
		*out = guess_mark(message);
	else
		*out = value && *value ? gm_str(value) : GM_STR("#");
	return 0;
}

/* Where the line that git cuts the message at begins. */
static size_t cut_at(struct gm_str message, struct gm_str mark)
{
	struct gm_str rest = message, line;

	while (gm_str_line(&line, &rest))
		if (is_scissors(line, mark))
			return (size_t)(line.ptr - message.ptr);
	return message.len;
}

/* Does git drop comments from what is committed now? */
static int drops_comments(struct gm_arena *a, const struct gm_repo *r,
			  struct gm_err *err)
{
	const char *editor = getenv("GIT_EDITOR"), *mode;

	/* githooks(5): this is how git says that no editor is used. */
	if (editor && !strcmp(editor, ":"))
		return 0;
	if (gm_config_get(&mode, a, r, "commit.cleanup", err) < 0)
		return -1;
	return !mode || !strcmp(mode, "default") || !strcmp(mode, "strip");
}

int gm_message_end(size_t *end, struct gm_arena *a, const struct gm_repo *r,
		   struct gm_str message, struct gm_err *err)
{
	int drops = drops_comments(a, r, err);
	struct gm_str mark, rest, line;
	size_t last = 0;

	if (drops < 0 || find_mark(&mark, a, r, message, err) < 0)
		return -1;
	*end = cut_at(message, mark);
	if (!drops)
		return 0;
	rest = gm_str_sub(message, 0, *end);
	while (gm_str_line(&line, &rest))
		if (gm_str_trim(line).len && !gm_str_starts(line, mark))
			last = (size_t)(line.ptr - message.ptr) + line.len;
	rest = gm_str_sub(message, last, message.len);
	/* Empty lines stay with the text: one of them is for the subject. */
	while (gm_str_line(&line, &rest) && !gm_str_trim(line).len)
		last = (size_t)(line.ptr - message.ptr) + line.len +
		       (rest.len > 0);
	*end = last;
	return 0;
}

int gm_message_clean(struct gm_str *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_str message,
		     struct gm_err *err)
{
	int drops = drops_comments(a, r, err);
	struct gm_buf text = gm_buf(a);
	struct gm_str mark, rest, line;

	if (drops < 0 || find_mark(&mark, a, r, message, err) < 0)
		return -1;
	rest = gm_str_sub(message, 0, cut_at(message, mark));
	while (gm_str_line(&line, &rest)) {
		if (drops && gm_str_starts(line, mark))
			continue;
		gm_buf_str(&text, line);
		gm_buf_putc(&text, '\n');
	}
	*out = gm_buf_view(&text);
	return 0;
}

bool gm_message_untitled(struct gm_arena *a, struct gm_str message)
{
	struct gm_trailers trailers = { 0 };
	struct gm_buf text = gm_buf(a);
	struct gm_str line;

	/* Under a title, what is said of trailers holds of this paragraph. */
	gm_buf_puts(&text, TITLE);
	while (gm_str_line(&line, &message)) {
		if (gm_str_trim(line).len) {
			gm_buf_str(&text, line);
			gm_buf_putc(&text, '\n');
		} else if (text.len > strlen(TITLE)) {
			break;
		}
	}
	gm_trailers_parse(&trailers, a, gm_buf_view(&text));
	for (size_t i = 0; trailers.n > 1 && i < trailers.n; i++)
		if (gm_str_ieq(trailers.items[i].key,
			       GM_STR("Migration-Phase")))
			return true;
	return false;
}

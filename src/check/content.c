#include "check/content.h"

#include "base/utf8.h"
#include "sql/lex.h"

#define LFS_POINTER GM_STR("version https://git-lfs.github.com/spec/")

static void find(struct gm_findings *f, struct gm_str path, struct gm_str text,
		 size_t at, const char *commit, const char *message,
		 const char *hint)
{
	struct gm_finding *found =
		gm_find(f, GM_RULE_UNSAFE_CONTENT, "%s", message);

	gm_find_at(f, found, path, text, at, 1);
	found->commit = commit;
	found->hint = hint;
}

/* A byte order mark, or what UTF-16 without one looks like. */
static const char *encoding_of(struct gm_str text)
{
	if (gm_str_starts(text, GM_STR("\xef\xbb\xbf")))
		return "the file begins with a byte order mark";
	if (gm_str_starts(text, GM_STR("\xff\xfe")) ||
	    gm_str_starts(text, GM_STR("\xfe\xff")))
		return "the file is in UTF-16";
	return NULL;
}

/* What one character is to be refused for, in words; NULL when it is fine. */
static const char *trouble(struct gm_arena *a, uint32_t c)
{
	if (c == UINT32_MAX)
		return "the file is not valid UTF-8";
	if (!c)
		return "the file holds a NUL byte: a parser may stop here, the"
		       " database does not";
	if ((c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') ||
	    c == 0x7f)
		return gm_printf(a,
				 "the file holds the control character"
				 " U+%04X",
				 (unsigned)c);
	if (gm_utf8_deceives(c))
		return gm_printf(a,
				 "the file holds the invisible or reordering"
				 " character U+%04X",
				 (unsigned)c);
	return NULL;
}

static bool judge_characters(struct gm_findings *f, struct gm_str path,
			     struct gm_str text, const char *commit)
{
	for (size_t at = 0; at < text.len;) {
		size_t start = at;
		uint32_t c = gm_utf8_next(text, &at);
		const char *why = trouble(f->arena, c);

		/* It ends a comment, and a terminal goes back over it. */
		if (c == '\r' && (at == text.len || text.ptr[at] != '\n'))
			why = "the file holds a carriage return alone";
		if (!why)
			continue;
		find(f, path, text, start, commit, why,
		     "Write the file as plain UTF-8 text without it.");
		return false;
	}
	return true;
}

static bool is_quoted(enum gm_token_kind kind)
{
	return kind == GM_TOKEN_STRING || kind == GM_TOKEN_COMMENT ||
	       kind == GM_TOKEN_BLOCK || kind == GM_TOKEN_BROKEN;
}

/* A letter that looks like an ASCII one, where it would be a name. */
static void judge_mimics(struct gm_findings *f, struct gm_str path,
			 struct gm_str text, const char *commit)
{
	struct gm_token token;

	for (size_t next = 0;
	     (token = gm_lex(text, &next)).kind != GM_TOKEN_END;) {
		struct gm_str word = gm_token_text(text, token);

		if (is_quoted(token.kind))
			continue;
		for (size_t at = 0; at < word.len;) {
			size_t start = at;
			uint32_t c = gm_utf8_next(word, &at);
			char mimic = c < 0x80 ? 0 : gm_utf8_mimics(c);

			if (!mimic)
				continue;
			find(f, path, text, token.at + start, commit,
			     gm_printf(
				     f->arena,
				     "U+%04X looks like '%c' here, and is not",
				     (unsigned)c, mimic),
			     "Write the ASCII character.");
			return;
		}
	}
}

static bool is_ascii(struct gm_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

void gm_content_check(struct gm_findings *f, struct gm_str path,
		      struct gm_str text, const char *commit)
{
	const char *encoding = encoding_of(text);

	if (encoding) {
		find(f, path, text, 0, commit, encoding,
		     "Save the file as UTF-8 without a byte order mark.");
		return;
	}
	if (gm_str_starts(text, LFS_POINTER)) {
		find(f, path, text, 0, commit,
		     "a Git LFS pointer stands in place of the SQL",
		     "Take the migrations out of LFS: git lfs untrack.");
		return;
	}
	if (judge_characters(f, path, text, commit) && !is_ascii(text))
		judge_mimics(f, path, text, commit);
}

/* --- the script configuration of Flyway --- */

static bool is_truth(bool *out, struct gm_str value)
{
	*out = gm_str_is(value, "true");
	return *out || gm_str_is(value, "false");
}

/* Why a line is not to be had, in words; NULL when it is fine. */
static const char *script_error(struct gm_script *out, struct gm_str key,
				struct gm_str value)
{
	bool truth;

	if (gm_str_is(key, "executeInTransaction")) {
		if (!is_truth(&truth, value))
			return "'executeInTransaction' is true or false";
		out->alone = !truth;
	} else if (gm_str_is(key, "placeholderReplacement")) {
		if (!is_truth(&truth, value))
			return "'placeholderReplacement' is true or false";
		out->plain = !truth;
	} else if (gm_str_is(key, "encoding")) {
		if (!gm_str_ieq(value, GM_STR("UTF-8")))
			return "the SQL is read in another encoding than it is"
			       " reviewed in";
	} else if (gm_str_is(key, "shouldExecute")) {
		if (!gm_str_is(value, "true"))
			return "whether the SQL runs is decided elsewhere";
	} else {
		return "this is no setting of a script that is known";
	}
	return NULL;
}

void gm_content_script(struct gm_script *out, struct gm_findings *f,
		       struct gm_str path, struct gm_str text,
		       const char *commit)
{
	struct gm_str rest = text, line;

	*out = (struct gm_script){ 0 };
	while (gm_str_line(&line, &rest)) {
		const char *why;
		size_t equals;

		line = gm_str_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		equals = gm_str_find(line, '=');
		why = script_error(
			out, gm_str_trim(gm_str_sub(line, 0, equals)),
			gm_str_trim(gm_str_sub(line, equals + 1, line.len)));
		if (!why)
			continue;
		find(f, path, text, (size_t)(line.ptr - text.ptr), commit, why,
		     "Leave this line out. Known are executeInTransaction,"
		     " placeholderReplacement, 'encoding=UTF-8' and"
		     " 'shouldExecute=true'.");
		return;
	}
}

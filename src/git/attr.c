#include "git/attr.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/glob.h"
#include "base/map.h"
#include "git/lib.h"

#include <string.h>

#define FILE_BYTES ((size_t)1 << 20)
#define FILE_NAME ".gitattributes"

enum state {
	UNSPECIFIED, /* !name, or nothing said */
	UNSET,       /* -name */
	SET,         /* name */
	VALUE,       /* name=value */
};

struct value {
	enum state state;
	struct gm_str text;
};

/* One file of attributes. */
struct source {
	struct gm_str dir; /* it speaks of what is below, "" for the root */
	struct gm_str text;
	bool macros; /* may define some */
};

struct sources {
	struct source *items;
	size_t n, cap;
};

struct words {
	struct gm_str *items;
	size_t n, cap;
};

/* What the sources say of one path. */
struct finder {
	struct gm_arena *a;
	struct gm_str path;
	bool is_dir;
	struct gm_map macros; /* name -> struct words */
	struct gm_map values; /* name -> struct value */
	/* Lines that match the path, those that count more last. */
	struct {
		struct words **items;
		size_t n, cap;
	} lines;
	const char *unclear; /* set by a line that might match */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct gm_str skip_blanks(struct gm_str s)
{
	while (s.len && blank(s.ptr[0]))
		s = gm_str_sub(s, 1, s.len);
	return s;
}

static bool take_word(struct gm_str *word, struct gm_str *rest)
{
	size_t len = 0;

	*rest = skip_blanks(*rest);
	while (len < rest->len && !blank(rest->ptr[len]))
		len++;
	*word = gm_str_sub(*rest, 0, len);
	*rest = gm_str_sub(*rest, len, rest->len);
	return len > 0;
}

/* A pattern in double quotes, as in C; false when it does not end. */
static bool take_quoted(struct gm_str *out, struct gm_arena *a,
			struct gm_str *rest)
{
	static const char codes[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	struct gm_buf text = gm_buf(a);
	struct gm_str s = *rest;

	for (size_t i = 1; i < s.len; i++) {
		const char *code;
		char c = s.ptr[i];

		if (c == '"') {
			*out = gm_buf_view(&text);
			*rest = gm_str_sub(s, i + 1, s.len);
			return true;
		}
		if (c == '\\' && i + 3 < s.len && s.ptr[i + 1] >= '0' &&
		    s.ptr[i + 1] <= '3') {
			c = (char)((s.ptr[i + 1] & 3) << 6 |
				   (s.ptr[i + 2] & 7) << 3 |
				   (s.ptr[i + 3] & 7));
			i += 3;
		} else if (c == '\\' && i + 1 < s.len) {
			c = s.ptr[++i];
			code = c ? strchr(codes, c) : NULL;
			c = code ? bytes[code - codes] : c;
		}
		gm_buf_putc(&text, c);
	}
	return false;
}

static struct words *words_of(struct gm_arena *a, struct gm_str rest)
{
	struct words *list = gm_alloc(a, sizeof(*list));
	struct gm_str word;

	while (take_word(&word, &rest))
		*GM_PUSH(a, list) = word;
	return list;
}

/* "-x", "!x", "x" or "x=value" */
static struct gm_str read_word(struct value *v, struct gm_str word)
{
	size_t equals = gm_str_find(word, '=');

	v->text = GM_STR_NONE;
	if (word.ptr[0] == '-' || word.ptr[0] == '!') {
		v->state = word.ptr[0] == '-' ? UNSET : UNSPECIFIED;
		return gm_str_sub(word, 1, word.len);
	}
	v->state = equals < word.len ? VALUE : SET;
	v->text = gm_str_sub(word, equals + 1, word.len);
	return gm_str_sub(word, 0, equals);
}

/* 1 when the pattern matches, 0 when not, -1 when we cannot say. */
static int matches(struct finder *f, const struct source *s,
		   struct gm_str pattern)
{
	struct gm_str path = f->path, slash = GM_STR("/");
	const char *last;
	bool anchored;

	if (s->dir.len)
		path = gm_str_sub(path, s->dir.len + 1, path.len);
	if (gm_str_starts(pattern, GM_STR("!")))
		return 0; /* git ignores them, too */
	if (gm_str_ends(pattern, slash)) {
		if (!f->is_dir)
			return 0;
		pattern.len--;
	}
	anchored = gm_str_find(pattern, '/') < pattern.len;
	if (gm_str_starts(pattern, slash))
		pattern = gm_str_sub(pattern, 1, pattern.len);
	if (!anchored) {
		last = memrchr(path.ptr, '/', path.len);
		if (last)
			path = gm_str_sub(path, (size_t)(last - path.ptr) + 1,
					  path.len);
		if (gm_str_is(pattern, "**"))
			return 1;
	}
	if (gm_glob_error(pattern))
		return -1;
	return gm_glob_match(pattern, path);
}

/* Attributes that change bytes, in the order they are reported. */
static const struct {
	const char *name;
	bool flag;  /* counts when set; else when it has a value */
	bool trees; /* also counts for a directory above */
} harmful[] = {
	{ "filter", false, false },
	{ "working-tree-encoding", false, false },
	{ "ident", true, false },
	{ "export-subst", true, false },
	{ "export-ignore", true, true },
};

static bool is_harmful(struct gm_str name)
{
	for (size_t i = 0; i < GM_COUNT(harmful); i++)
		if (gm_str_is(name, harmful[i].name))
			return true;
	return gm_str_is(name, "eol");
}

/* A line that might match is taken at its worst. */
static void note_unclear(struct finder *f, const struct words *line)
{
	for (size_t i = 0; i < line->n; i++) {
		struct value v;
		struct gm_str name = read_word(&v, line->items[i]);

		if (is_harmful(name) || gm_map_get(&f->macros, name))
			f->unclear = gm_str_dup(f->a, line->items[i]);
	}
}

/* Macros are known before any line uses them. */
enum pass {
	MACROS,
	PATTERNS,
};

static void read_line(struct finder *f, const struct source *s,
		      struct gm_str line, enum pass pass)
{
	static const struct gm_str macro = { "[attr]", 6 };
	struct gm_str pattern, rest = skip_blanks(line);
	struct words *words;
	int match;

	if (!rest.len || rest.ptr[0] == '#')
		return;
	if (rest.ptr[0] != '"' || !take_quoted(&pattern, f->a, &rest))
		take_word(&pattern, &rest);
	words = words_of(f->a, rest);
	if (gm_str_starts(pattern, macro)) {
		pattern = gm_str_sub(pattern, macro.len, pattern.len);
		if (pass == MACROS && s->macros && pattern.len)
			gm_map_set(&f->macros, pattern, words);
		return;
	}
	if (pass != PATTERNS)
		return;
	match = matches(f, s, pattern);
	if (match < 0)
		note_unclear(f, words);
	else if (match)
		*GM_PUSH(f->a, &f->lines) = words;
}

/* From the last word to the first: what was said already counts more. */
static void fill(struct finder *f, const struct words *line)
{
	for (size_t i = line->n; i--;) {
		struct value *v = gm_alloc(f->a, sizeof(*v));
		struct gm_str name = read_word(v, line->items[i]);
		const struct words *macro;

		if (!name.len || gm_map_get(&f->values, name))
			continue;
		gm_map_set(&f->values, name, v);
		macro = v->state == SET ? gm_map_get(&f->macros, name) : NULL;
		if (macro)
			fill(f, macro);
	}
}

static struct value value_of(const struct finder *f, const char *name)
{
	const struct value *v = gm_map_get(&f->values, gm_str(name));

	return v ? *v : (struct value){ UNSPECIFIED, GM_STR_NONE };
}

static void read_sources(struct finder *f, const struct sources *sources,
			 enum pass pass)
{
	for (size_t i = 0; i < sources->n; i++) {
		const struct source *s = &sources->items[i];
		struct gm_str line, text = s->text;

		/* A file speaks of what lies below its directory. */
		if (s->dir.len && (f->path.len <= s->dir.len ||
				   f->path.ptr[s->dir.len] != '/'))
			continue;
		if (gm_str_starts(text, GM_STR("\xef\xbb\xbf")))
			text = gm_str_sub(text, 3, text.len);
		while (gm_str_line(&line, &text))
			read_line(f, s, line, pass);
	}
}

static void find_values(struct finder *f, const struct sources *sources)
{
	struct words *binary = words_of(f->a, GM_STR("-diff -merge -text"));

	f->macros = gm_map(f->a);
	f->values = gm_map(f->a);
	gm_map_set(&f->macros, GM_STR("binary"), binary);
	read_sources(f, sources, MACROS);
	read_sources(f, sources, PATTERNS);
	for (size_t i = f->lines.n; i--;)
		fill(f, f->lines.items[i]);
}

/* Is the file text with line ends of its own?  As convert.c of git asks. */
static bool has_crlf(const struct finder *f)
{
	struct value text = value_of(f, "text"), eol = value_of(f, "eol");

	if (text.state == UNSPECIFIED ||
	    (text.state == VALUE && !gm_str_is(text.text, "auto") &&
	     !gm_str_is(text.text, "input")))
		text = value_of(f, "crlf");
	return text.state != UNSET && eol.state == VALUE &&
	       gm_str_is(eol.text, "crlf");
}

static const char *transform(const struct finder *f)
{
	if (f->unclear)
		return f->unclear;
	for (size_t i = 0; i < GM_COUNT(harmful); i++) {
		struct value v = value_of(f, harmful[i].name);

		if (f->is_dir && !harmful[i].trees)
			continue;
		if (harmful[i].flag && v.state == SET)
			return harmful[i].name;
		if (!harmful[i].flag && v.state == VALUE)
			return gm_printf(f->a, "%s=%s", harmful[i].name,
					 gm_str_dup(f->a, v.text));
	}
	return !f->is_dir && has_crlf(f) ? "eol=crlf" : NULL;
}

/* The file in one directory of the tree; 1 when it is no plain file. */
static int add_source(struct sources *out, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *tree,
		      struct gm_str dir, struct gm_err *err)
{
	const char *path = gm_printf(a, "%.*s%s" FILE_NAME, (int)dir.len,
				     dir.ptr, dir.len ? "/" : "");
	struct gm_entry entry;
	struct source *s;
	struct gm_str text;
	int found = gm_tree_find(&entry, a, r, tree, gm_str(path), err);

	if (found <= 0)
		return found;
	if (entry.mode != GM_MODE_FILE && entry.mode != GM_MODE_EXEC)
		return 1;
	if (gm_blob_read(&text, a, r, &entry.oid, FILE_BYTES, err) < 0)
		return -1;
	s = GM_PUSH(a, out);
	s->dir = dir;
	s->text = text;
	s->macros = !dir.len;
	return 0;
}

static int add_info(struct sources *out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	struct gm_err failed = GM_ERR_INIT;
	struct gm_str text;
	struct source *s;

	if (gm_file_read(&text, a,
			 gm_printf(a, "%s/info/attributes", r->commondir),
			 FILE_BYTES, &failed) < 0) {
		if (failed.code == GM_ENOT_FOUND)
			return 0;
		*err = failed;
		return -1;
	}
	s = GM_PUSH(a, out);
	s->dir = GM_STR_NONE;
	s->text = text;
	s->macros = true;
	return 0;
}

/* All files that speak of the path, those that count more last. */
static int load(struct sources *out, struct gm_arena *a,
		const struct gm_repo *r, const struct gm_oid *commit,
		struct gm_str path, struct gm_err *err)
{
	struct gm_commit c;
	int rc;

	if (gm_commit_read(&c, a, r, commit, err) < 0)
		return -1;
	rc = add_source(out, a, r, &c.tree, GM_STR_NONE, err);
	for (size_t i = 0; !rc && i < path.len; i++)
		if (path.ptr[i] == '/')
			rc = add_source(out, a, r, &c.tree,
					gm_str_sub(path, 0, i), err);
	return rc ? rc : add_info(out, a, r, err);
}

int gm_attr_transforms(const char **what, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_oid *commit,
		       struct gm_str path, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct sources sources = { 0 };
	const char *found = NULL;
	int rc = load(&sources, &scratch, r, commit, path, err);

	if (rc > 0)
		found = FILE_NAME "=link";
	/* The directories above, then the file itself. */
	for (size_t i = 1; !rc && !found && sources.n && i <= path.len; i++) {
		struct finder f = { .a = &scratch };

		if (i < path.len && path.ptr[i] != '/')
			continue;
		f.path = gm_str_sub(path, 0, i);
		f.is_dir = i < path.len;
		find_values(&f, &sources);
		found = transform(&f);
	}
	if (rc < 0 || !found)
		return rc < 0 ? -1 : 0;
	*what = gm_strdup(a, found);
	return 1;
}

#include "migration/meta.h"

#include <string.h>

#include "base/clock.h"

/* Where a finding points; without a text, only into a commit's message. */
struct place {
	struct gm_findings *findings;
	struct gm_str path, text;
	size_t offset, width;
	struct gm_spot line; /* where that one begins */
};

static void bad(const struct place *at, const char *message, const char *hint)
{
	struct gm_finding *found =
		gm_find(at->findings, GM_RULE_BAD_TRAILER, "%s", message);

	found->hint = hint;
	if (at->text.ptr)
		gm_find_from(at->findings, found, at->path, at->text, &at->line,
			     at->offset, at->width);
	else
		found->path = at->path;
}

/* A key that is not known: nobody's business, or a misspelling? */
static void judge_unknown(const struct place *at, struct gm_str name)
{
	struct gm_arena *a = at->findings->arena;
	const char *near;

	if (!gm_meta_key_misspelt(&near, name))
		return;
	bad(at,
	    gm_printf(a, "'%.*s' is not a key of migrations",
		      (int)(name.len < 100 ? name.len : 100), name.ptr),
	    near ? gm_printf(a, "Write '%s', if that is meant.", near)
		 : "The keys are Migration-Phase, Migration-Contracts,"
		   " Migration-Requires, Rollback-Window and Rollback-Owner.");
}

/* Is that a value of the key? */
static bool check_value(const struct place *at, enum gm_meta_key key,
			struct gm_str value)
{
	const char *hint = NULL;
	const char *why =
		gm_meta_value_error(&hint, at->findings->arena, key, value);

	if (why)
		bad(at, why, hint);
	return !why;
}

static unsigned bad_bit(enum gm_meta_key key)
{
	switch (key) {
	case GM_KEY_PHASE:
		return GM_META_BAD_PHASE;
	case GM_KEY_CONTRACTS:
		return GM_META_BAD_CONTRACTS;
	case GM_KEY_WINDOW:
		return GM_META_BAD_WINDOW;
	case GM_KEY_OWNER:
		return GM_META_BAD_OWNER;
	case GM_KEY_FLAG:
		return GM_META_BAD_FLAG;
	default:
		return 0;
	}
}

/* Set what `key` says, or that it says nothing good. */
static void set_value(struct gm_meta *m, struct gm_arena *a,
		      const struct place *at, enum gm_meta_key key,
		      struct gm_str value)
{
	if (!check_value(at, key, value))
		m->bad = bad_bit(key);
	else if (key == GM_KEY_PHASE)
		m->phase = gm_phase_parse(value);
	else if (key == GM_KEY_WINDOW)
		gm_duration_parse(&m->window, value);
	else if (key == GM_KEY_CONTRACTS)
		m->contracts = gm_str_dup(a, value);
	else if (key == GM_KEY_OWNER)
		m->owner = gm_str_dup(a, value);
	else if (key == GM_KEY_FLAG)
		m->flag = gm_str_dup(a, value);
	else if (key == GM_KEY_BREAK_GLASS)
		m->break_glass = gm_str_dup(a, value);
}

static void twice(const struct place *at, enum gm_meta_key key, const char *id)
{
	struct gm_arena *a = at->findings->arena;

	bad(at,
	    id ? gm_printf(a, "'%s' is there twice for '%s'",
			   gm_meta_key_name(key), id)
	       : gm_printf(a, "'%s' is there twice", gm_meta_key_name(key)),
	    "Keep one of both.");
}

/* --- trailers --- */

/* The keys each item has, as bits, beside out->items. */
struct seen {
	unsigned *items;
	size_t n, cap;
};

/* What the next key describes, as indices of out->items. */
struct group {
	size_t *items;
	size_t n, cap;
	bool named; /* a `Migration:` was there */
	bool open;  /* the last key was one: the next one adds to the group */
};

struct sorter {
	struct gm_commit_meta *out;
	struct gm_arena *a;
	struct place at;
	struct seen seen;
	struct group group;
};

static size_t item_of(struct sorter *s, struct gm_str id)
{
	struct gm_commit_meta_item *item;

	for (size_t i = 0; i < s->out->n; i++) {
		const char *other = s->out->items[i].id;

		if (id.ptr ? other && gm_str_is(id, other) : !other)
			return i;
	}
	item = GM_PUSH(s->a, s->out);
	item->id = id.ptr ? gm_str_dup(s->a, id) : NULL;
	*GM_PUSH(s->a, &s->seen) = 0;
	return s->out->n - 1;
}

static void add_name(struct sorter *s, struct gm_str id)
{
	size_t item;

	if (!s->group.open)
		s->group.n = 0;
	s->group.named = s->group.open = true;
	if (!check_value(&s->at, GM_KEY_MIGRATION, id))
		return;
	item = item_of(s, id);
	*GM_PUSH(s->a, &s->group) = item;
}

static void add_value(struct sorter *s, enum gm_meta_key key,
		      struct gm_str value)
{
	struct gm_meta parsed = { 0 };

	set_value(&parsed, s->a, &s->at, key, value);
	s->group.open = false;
	if (!s->group.named && !s->group.n) {
		size_t item = item_of(s, GM_STR_NONE);

		*GM_PUSH(s->a, &s->group) = item;
	}
	for (size_t i = 0; i < s->group.n; i++) {
		size_t at = s->group.items[i];
		struct gm_commit_meta_item *item = &s->out->items[at];

		if (s->seen.items[at] & 1u << key)
			twice(&s->at, key, item->id);
		else
			item->meta = gm_meta_overlay(&item->meta, &parsed);
		s->seen.items[at] |= 1u << key;
	}
}

static void add_trailer(struct sorter *s, const struct gm_trailer *t)
{
	struct gm_arena *a = s->at.findings->arena;
	enum gm_meta_key key = gm_meta_key_find(t->key);

	if (key == GM_KEY_COUNT) {
		judge_unknown(&s->at, t->key);
		return;
	}
	if (key != GM_KEY_REQUIRES && key != GM_KEY_FLAG &&
	    key != GM_KEY_BREAK_GLASS)
		s->out->any = true;
	if (t->has_cr)
		bad(&s->at,
		    gm_printf(a, "'%s' ends in a carriage return",
			      gm_meta_key_name(key)),
		    "Write the message with plain line ends.");
	if (key == GM_KEY_MIGRATION)
		add_name(s, t->value);
	else if (key != GM_KEY_REQUIRES)
		add_value(s, key, t->value);
	else if (check_value(&s->at, key, t->value))
		*GM_PUSH(s->a, &s->out->requires_) = gm_str_dup(s->a, t->value);
}

/* What is said of all migrations may not be said again of one. */
static void judge_general(struct sorter *s)
{
	unsigned general = 0;

	for (size_t i = 0; i < s->seen.n; i++)
		if (!s->out->items[i].id)
			general = s->seen.items[i];
	for (size_t i = 0; i < s->seen.n; i++)
		for (int k = 0; k < GM_KEY_COUNT && s->out->items[i].id; k++)
			if (general & s->seen.items[i] & 1u << k)
				twice(&s->at, (enum gm_meta_key)k,
				      s->out->items[i].id);
}

void gm_meta_from_trailers(struct gm_commit_meta *out, struct gm_arena *a,
			   const struct gm_trailers *trailers,
			   struct gm_findings *findings)
{
	struct sorter s = { .out = out, .a = a, .at.findings = findings };

	*out = (struct gm_commit_meta){ 0 };
	for (size_t i = 0; i < trailers->n; i++) {
		if (i == GM_META_LINES) {
			bad(&s.at,
			    gm_printf(findings->arena,
				      "the message has more than %d trailers",
				      GM_META_LINES),
			    "Make it shorter.");
			break;
		}
		add_trailer(&s, &trailers->items[i]);
	}
	judge_general(&s);
}

/* --- header lines --- */

static struct gm_str trim_blanks(struct gm_str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = gm_str_sub(s, 1, s.len);
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* "-- Key: value"?  Borrowed from the line. */
static bool split_header(struct gm_str *key, struct gm_str *value,
			 struct gm_str line)
{
	struct gm_str text = trim_blanks(gm_str_sub(line, 2, line.len));
	size_t colon = gm_str_find(text, ':');

	*key = trim_blanks(gm_str_sub(text, 0, colon));
	*value = trim_blanks(gm_str_sub(text, colon + 1, text.len));
	for (size_t i = 0; i < key->len; i++) {
		char c = key->ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return colon < text.len && key->len;
}

static void add_header(struct gm_meta *out, struct gm_arena *a, unsigned *seen,
		       struct place *at, struct gm_str line)
{
	struct gm_str name, value;
	struct gm_meta parsed = { 0 };
	enum gm_meta_key key;

	if (!split_header(&name, &value, line))
		return;
	at->offset = (size_t)(name.ptr - at->text.ptr);
	at->width = (size_t)(line.ptr + line.len - name.ptr);
	key = gm_meta_key_find(name);
	if (key == GM_KEY_COUNT) {
		judge_unknown(at, name);
	} else if (key == GM_KEY_REQUIRES) {
		bad(at, "'Migration-Requires' is of no use in a migration",
		    "Write it as a trailer of the app commit that needs the"
		    " migration.");
	} else if (key != GM_KEY_MIGRATION) {
		if (*seen & 1u << key)
			twice(at, key, NULL);
		else
			set_value(&parsed, a, at, key, value);
		*out = gm_meta_overlay(out, &parsed);
		*seen |= 1u << key;
	}
}

void gm_meta_from_sql(struct gm_meta *out, struct gm_arena *a,
		      struct gm_str path, struct gm_str text,
		      struct gm_findings *findings)
{
	struct place at = { .findings = findings, .path = path, .text = text };
	struct gm_str rest = text, line;
	unsigned seen = 0;

	*out = (struct gm_meta){ 0 };
	for (size_t n = 0; gm_str_line(&line, &rest); n++) {
		at.line = (struct gm_spot){ (size_t)(line.ptr - text.ptr),
					    n + 1, 1 };
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		line = trim_blanks(line);
		if (line.len && !gm_str_starts(line, GM_STR("--")))
			break;
		if (n == GM_META_LINES) {
			at.offset = (size_t)(line.ptr - text.ptr);
			at.width = line.len;
			bad(&at,
			    gm_printf(findings->arena,
				      "more than %d comment lines stand at the"
				      " top of the file",
				      GM_META_LINES),
			    "Make them fewer: the keys of the migration are"
			    " looked for there.");
			break;
		}
		if (line.len)
			add_header(out, a, &seen, &at, line);
	}
}

/* --- both --- */

static bool differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

static void judge_both(const struct place *at, const char *id,
		       enum gm_meta_key key, bool differs)
{
	struct gm_arena *a = at->findings->arena;

	if (!differs)
		return;
	bad(at,
	    gm_printf(a,
		      "%s: '%s' of the commit message and that at the top of"
		      " the file differ",
		      id, gm_meta_key_name(key)),
	    "Keep one of both, or make them the same.");
}

struct gm_meta gm_meta_join(struct gm_arena *a, const char *id,
			    const struct gm_commit_meta *commit,
			    const struct gm_meta *header, struct gm_str path,
			    struct gm_findings *findings)
{
	struct place at = { .findings = findings };
	struct gm_meta m = { 0 }, own = { 0 };

	for (size_t i = 0; i < commit->n; i++) {
		const struct gm_commit_meta_item *item = &commit->items[i];

		if (!item->id)
			m = item->meta;
		else if (!strcmp(item->id, id))
			own = item->meta;
	}
	m = gm_meta_overlay(&m, &own);
	at.path = (struct gm_str){ gm_str_dup(a, path), path.len };
	judge_both(&at, id, GM_KEY_PHASE,
		   m.phase && header->phase && m.phase != header->phase);
	judge_both(&at, id, GM_KEY_CONTRACTS,
		   differ(m.contracts, header->contracts));
	judge_both(&at, id, GM_KEY_WINDOW,
		   m.window && header->window && m.window != header->window);
	judge_both(&at, id, GM_KEY_OWNER, differ(m.owner, header->owner));
	judge_both(&at, id, GM_KEY_FLAG, differ(m.flag, header->flag));
	judge_both(&at, id, GM_KEY_BREAK_GLASS,
		   differ(m.break_glass, header->break_glass));
	return gm_meta_overlay(header, &m);
}

struct gm_meta gm_meta_overlay(const struct gm_meta *earlier,
			       const struct gm_meta *later)
{
	struct gm_meta m = *earlier;

	m.bad |= later->bad;
	if (later->phase)
		m.phase = later->phase;
	if (later->contracts)
		m.contracts = later->contracts;
	if (later->window)
		m.window = later->window;
	if (later->owner)
		m.owner = later->owner;
	if (later->flag)
		m.flag = later->flag;
	if (later->break_glass)
		m.break_glass = later->break_glass;
	return m;
}

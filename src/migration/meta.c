#include "migration/meta.h"

#include <string.h>

#include "base/clock.h"
#include "base/near.h"
#include "base/utf8.h"

enum key {
	KEY_MIGRATION,
	KEY_PHASE,
	KEY_CONTRACTS,
	KEY_REQUIRES,
	KEY_WINDOW,
	KEY_OWNER,
	KEY_FLAG,
	KEY_BREAK_GLASS,
	KEY_COUNT, /* none of them */
};

static const char *const keys[KEY_COUNT] = {
	[KEY_MIGRATION] = "Migration",
	[KEY_PHASE] = "Migration-Phase",
	[KEY_CONTRACTS] = "Migration-Contracts",
	[KEY_REQUIRES] = "Migration-Requires",
	[KEY_WINDOW] = "Rollback-Window",
	[KEY_OWNER] = "Rollback-Owner",
	[KEY_FLAG] = "Feature-Flag",
	[KEY_BREAK_GLASS] = "Break-Glass",
};

/* Keys whose misspelling is told: those that are nobody else's. */
#define OWN_KEYS (keys + KEY_PHASE)
#define N_OWN_KEYS (KEY_FLAG - KEY_PHASE)

static const char *const phases[] = {
	[GM_PHASE_EXPAND] = "expand",
	[GM_PHASE_BACKFILL] = "backfill",
	[GM_PHASE_CONTRACT] = "contract",
};

const char *gm_phase_name(enum gm_phase p)
{
	return phases[p];
}

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

static enum key find_key(struct gm_str name)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (gm_str_ieq(name, gm_str(keys[k])))
			return (enum key)k;
	return KEY_COUNT;
}

/* "Migration-Owner" is an odd slip of the finger but a likely thought. */
static const char *same_end(struct gm_str name)
{
	struct gm_str end = gm_str_sub(name, gm_str_find(name, '-'), name.len);

	for (size_t i = KEY_PHASE; end.len && i <= KEY_FLAG; i++) {
		struct gm_str key = gm_str(keys[i]);

		if (gm_str_ieq(end,
			       gm_str_sub(key, gm_str_find(key, '-'), key.len)))
			return keys[i];
	}
	return NULL;
}

static bool is_own(struct gm_str name)
{
	return gm_str_ieq(gm_str_sub(name, 0, 10), GM_STR("Migration-")) ||
	       gm_str_ieq(gm_str_sub(name, 0, 9), GM_STR("Rollback-"));
}

/* A key that is not known: nobody's business, or a misspelling? */
static void judge_unknown(const struct place *at, struct gm_str name)
{
	struct gm_arena *a = at->findings->arena;
	const char *near = gm_near(name, OWN_KEYS, N_OWN_KEYS);

	if (!near && !is_own(name))
		return;
	if (!near)
		near = same_end(name);
	bad(at,
	    gm_printf(a, "'%.*s' is not a key of migrations",
		      (int)(name.len < 100 ? name.len : 100), name.ptr),
	    near ? gm_printf(a, "Write '%s', if that is meant.", near)
		 : "The keys are Migration-Phase, Migration-Contracts,"
		   " Migration-Requires, Rollback-Window and Rollback-Owner.");
}

/* What no value may be, in words; NULL when it is fine. */
static const char *text_error(struct gm_str value)
{
	if (!value.len)
		return "has no value";
	if (value.len > GM_META_VALUE)
		return "has a value that is too long";
	if (!gm_utf8_valid(value, NULL))
		return "has a value that is not UTF-8";
	for (size_t at = 0; at < value.len;) {
		uint32_t c = gm_utf8_next(value, &at);

		if (c < ' ' || c == 0x7f || gm_utf8_deceives(c))
			return "has a value with characters that do not show";
	}
	return NULL;
}

static bool check_text(const struct place *at, enum key key,
		       struct gm_str value)
{
	const char *why = text_error(value);

	if (why)
		bad(at,
		    gm_printf(at->findings->arena, "'%s' %s", keys[key], why),
		    "Write one line of plain text after the colon, or take the"
		    " line away.");
	return !why;
}

static bool parse_phase(enum gm_phase *out, struct gm_str value)
{
	for (int p = GM_PHASE_EXPAND; p <= GM_PHASE_CONTRACT; p++) {
		if (gm_str_ieq(value, gm_str(phases[p]))) {
			*out = (enum gm_phase)p;
			return true;
		}
	}
	return false;
}

static bool is_email(struct gm_str s)
{
	size_t at = gm_str_find(s, '@');

	if (!at || at + 1 >= s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ' ' || s.ptr[i] == '<' || s.ptr[i] == '>' ||
		    (s.ptr[i] == '@' && i != at))
			return false;
	return true;
}

/* "Ann Lee <ann@example.com>" */
static bool is_owner(struct gm_str s)
{
	size_t open = gm_str_find(s, '<');
	struct gm_str name = gm_str_trim(gm_str_sub(s, 0, open));

	return open < s.len && name.len && s.ptr[s.len - 1] == '>' &&
	       gm_str_find(name, '>') == name.len &&
	       is_email(gm_str_sub(s, open + 1, s.len - 1));
}

static bool is_word(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-')
			return false;
	}
	return s.len > 0;
}

/* "none" and, behind a colon, why? */
static bool is_none(struct gm_str *reason, struct gm_str s)
{
	size_t colon = gm_str_find(s, ':');

	*reason = gm_str_trim(gm_str_sub(s, colon + 1, s.len));
	return gm_str_ieq(gm_str_trim(gm_str_sub(s, 0, colon)), GM_STR("none"));
}

bool gm_contracts_none(const char *contracts)
{
	struct gm_str reason;

	return is_none(&reason, gm_str(contracts));
}

static const char *none_error(struct gm_str s)
{
	struct gm_str reason;

	return is_none(&reason, s) && !reason.len
		       ? "says 'none' without a reason"
		       : NULL;
}

static const char *flag_error(struct gm_str s)
{
	struct gm_str reason;

	if (is_none(&reason, s))
		return none_error(s);
	return is_word(s) ? NULL : "is neither a word nor 'none: <reason>'";
}

/* Why a value of proper text is not one of its key; `*hint` says the form. */
static const char *value_error(const char **hint, struct gm_meta *m,
			       struct gm_arena *a, enum key key,
			       struct gm_str value)
{
	const char *near;

	switch (key) {
	case KEY_PHASE:
		near = gm_near(value, phases + 1, GM_COUNT(phases) - 1);
		*hint = near ? gm_printf(a, "Write '%s', if that is meant.",
					 near)
			     : "A phase is one of expand, backfill, contract.";
		return parse_phase(&m->phase, value) ? NULL : "is no phase";
	case KEY_WINDOW:
		*hint = "Write a whole number and one of s, m, h, d, w, such"
			" as '24h'; ten years at most.";
		return gm_duration_parse(&m->window, value) ? NULL
							    : "is no duration";
	case KEY_OWNER:
		*hint = "Write a name and an e-mail address, such as"
			" 'Ann Lee <ann@example.com>'.";
		return is_owner(value) ? NULL
				       : "is no name with an e-mail"
					 " address in <>";
	case KEY_FLAG:
		*hint = "Write the name of the flag (letters, digits, '_',"
			" '.', '-'), or 'none:' and why there is none.";
		return flag_error(value);
	case KEY_CONTRACTS:
		*hint = "Write the id of the expand, or 'none:' and why there"
			" is none.";
		return none_error(value);
	default:
		return NULL;
	}
}

static unsigned bad_bit(enum key key)
{
	switch (key) {
	case KEY_PHASE:
		return GM_META_BAD_PHASE;
	case KEY_CONTRACTS:
		return GM_META_BAD_CONTRACTS;
	case KEY_WINDOW:
		return GM_META_BAD_WINDOW;
	case KEY_OWNER:
		return GM_META_BAD_OWNER;
	case KEY_FLAG:
		return GM_META_BAD_FLAG;
	default:
		return 0;
	}
}

/* Set what `key` says, or that it says nothing good. */
static void set_value(struct gm_meta *m, struct gm_arena *a,
		      const struct place *at, enum key key, struct gm_str value)
{
	const char *hint = NULL, *why;

	m->bad = bad_bit(key);
	if (!check_text(at, key, value))
		return;
	why = value_error(&hint, m, at->findings->arena, key, value);
	if (why) {
		bad(at,
		    gm_printf(at->findings->arena, "'%s: %s' %s", keys[key],
			      gm_str_dup(a, value), why),
		    hint);
		return;
	}
	m->bad = 0;
	if (key == KEY_CONTRACTS)
		m->contracts = gm_str_dup(a, value);
	else if (key == KEY_OWNER)
		m->owner = gm_str_dup(a, value);
	else if (key == KEY_FLAG)
		m->flag = gm_str_dup(a, value);
	else if (key == KEY_BREAK_GLASS)
		m->break_glass = gm_str_dup(a, value);
}

static void twice(const struct place *at, enum key key, const char *id)
{
	struct gm_arena *a = at->findings->arena;

	bad(at,
	    id ? gm_printf(a, "'%s' is there twice for '%s'", keys[key], id)
	       : gm_printf(a, "'%s' is there twice", keys[key]),
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
	if (!check_text(&s->at, KEY_MIGRATION, id))
		return;
	item = item_of(s, id);
	*GM_PUSH(s->a, &s->group) = item;
}

static void add_value(struct sorter *s, enum key key, struct gm_str value)
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
	enum key key = find_key(t->key);

	if (key == KEY_COUNT) {
		judge_unknown(&s->at, t->key);
		return;
	}
	if (key != KEY_REQUIRES && key != KEY_FLAG && key != KEY_BREAK_GLASS)
		s->out->any = true;
	if (t->has_cr)
		bad(&s->at,
		    gm_printf(a, "'%s' ends in a carriage return", keys[key]),
		    "Write the message with plain line ends.");
	if (key == KEY_MIGRATION)
		add_name(s, t->value);
	else if (key != KEY_REQUIRES)
		add_value(s, key, t->value);
	else if (check_text(&s->at, key, t->value))
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
		for (int k = 0; k < KEY_COUNT && s->out->items[i].id; k++)
			if (general & s->seen.items[i] & 1u << k)
				twice(&s->at, (enum key)k, s->out->items[i].id);
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
	enum key key;

	if (!split_header(&name, &value, line))
		return;
	at->offset = (size_t)(name.ptr - at->text.ptr);
	at->width = (size_t)(line.ptr + line.len - name.ptr);
	key = find_key(name);
	if (key == KEY_COUNT) {
		judge_unknown(at, name);
	} else if (key == KEY_REQUIRES) {
		bad(at, "'Migration-Requires' is of no use in a migration",
		    "Write it as a trailer of the app commit that needs the"
		    " migration.");
	} else if (key != KEY_MIGRATION) {
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

static void judge_both(const struct place *at, const char *id, enum key key,
		       bool differs)
{
	struct gm_arena *a = at->findings->arena;

	if (!differs)
		return;
	bad(at,
	    gm_printf(a,
		      "%s: '%s' of the commit message and that at the top of"
		      " the file differ",
		      id, keys[key]),
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
	judge_both(&at, id, KEY_PHASE,
		   m.phase && header->phase && m.phase != header->phase);
	judge_both(&at, id, KEY_CONTRACTS,
		   differ(m.contracts, header->contracts));
	judge_both(&at, id, KEY_WINDOW,
		   m.window && header->window && m.window != header->window);
	judge_both(&at, id, KEY_OWNER, differ(m.owner, header->owner));
	judge_both(&at, id, KEY_FLAG, differ(m.flag, header->flag));
	judge_both(&at, id, KEY_BREAK_GLASS,
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

/*
 * base/finding: the one model of "something is wrong here".
 *
 * Every room that judges (sql, migration, check) adds findings to a list;
 * report/ writes them in many formats.  A finding names its rule (rules.def),
 * which fixes the default severity; the policy may override that.
 */
#ifndef GM_BASE_FINDING_H
#define GM_BASE_FINDING_H

#include "base/arena.h"
#include "base/str.h"

enum gm_severity { GM_SEV_OFF, GM_SEV_WARNING, GM_SEV_ERROR };

/* "off", "warning", "error". */
const char *gm_severity_name(enum gm_severity s);
bool gm_severity_parse(enum gm_severity *out, struct gm_str s);

enum gm_rule {
#define GM_RULE(id, name, severity, flags, title) GM_RULE_##id,
#include "base/rules.def"
#undef GM_RULE
	GM_RULE_COUNT
};

enum gm_rule_flag {
	GM_RULE_FIXED = 1 << 0,  /* the policy cannot lower it */
	GM_RULE_HAZARD = 1 << 1, /* a `-- migrate: allow` comment can silence
				    it */
};

struct gm_rule_info {
	const char *name;
	enum gm_severity severity; /* by default */
	unsigned flags;            /* enum gm_rule_flag */
	const char *title;         /* one line, no full stop */
};

/* What rules.def says of a rule. */
const struct gm_rule_info *gm_rule_info(enum gm_rule rule);

/* Find a rule by name; false when there is none. */
bool gm_rule_find(enum gm_rule *out, struct gm_str name);

struct gm_finding {
	enum gm_rule rule;
	enum gm_severity severity;
	const char *message;     /* unescaped; lower case, no full stop */
	const char *hint;        /* what to do next, a sentence; may be NULL */
	const char *commit;      /* full hex id, or NULL */
	const char *subject;     /* of that commit, or NULL */
	const char *ref;         /* the ref a push would move, or NULL */
	struct gm_str path;      /* empty: none */
	size_t line, column;     /* 1-based, in bytes; 0: none */
	struct gm_str source;    /* the text of that line; empty: none */
	size_t width;            /* bytes to underline from `column`; 0: 1 */
	struct gm_strings notes; /* further lines, unescaped: the app paths */
};

struct gm_findings {
	struct gm_arena *arena;
	const enum gm_severity *severity; /* by rule; NULL: the defaults */
	struct gm_finding *items;
	size_t n, cap;
	size_t errors, warnings;
	size_t dropped; /* not kept because there were GM_FINDINGS_MAX */
};

/* More findings than this are counted but not kept. */
#define GM_FINDINGS_MAX 10000

/* An empty list in `a`, with the policy's severities or NULL. */
struct gm_findings gm_findings(struct gm_arena *a,
			       const enum gm_severity *severity);

/*
 * Add a finding with a formatted message.  Returns the new finding, for the
 * caller to fill in the place, or a scratch one when the rule is off; never
 * NULL.  Strings given to it must live as long as the list's arena.
 */
struct gm_finding *gm_find(struct gm_findings *f, enum gm_rule rule,
			   const char *fmt, ...) GM_PRINTF(3, 4);

/* The same, but never more than a warning. */
struct gm_finding *gm_find_warning(struct gm_findings *f, enum gm_rule rule,
				   const char *fmt, ...) GM_PRINTF(3, 4);

/* Set the hint, formatted, in the list's arena. */
void gm_find_hint(struct gm_findings *f, struct gm_finding *finding,
		  const char *fmt, ...) GM_PRINTF(3, 4);

/* Add a formatted note line. */
void gm_find_note(struct gm_findings *f, struct gm_finding *finding,
		  const char *fmt, ...) GM_PRINTF(3, 4);

/* A byte of a text of which is known where it stands. */
struct gm_spot {
	size_t offset, line, column;
};

/*
 * Point into a text: sets line, column and a copy of the source line (cut at
 * 400 bytes) from a byte offset of `text`.  Lines are counted from `known`, a
 * place at or before it; NULL: from the beginning.
 */
void gm_find_from(struct gm_findings *f, struct gm_finding *finding,
		  struct gm_str path, struct gm_str text,
		  const struct gm_spot *known, size_t offset, size_t width);

/* The same from the beginning: not for many findings in one text. */
void gm_find_at(struct gm_findings *f, struct gm_finding *finding,
		struct gm_str path, struct gm_str text, size_t offset,
		size_t width);

#endif

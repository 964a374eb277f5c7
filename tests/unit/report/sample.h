/*
 * tests/unit/report/sample: results to write, harmless and hostile ones.
 */
#ifndef GM_TESTS_UNIT_REPORT_SAMPLE_H
#define GM_TESTS_UNIT_REPORT_SAMPLE_H

#include "base/buf.h"
#include "check/result.h"
#include "report/report.h"
#include "unit.h"

#define SAMPLE_COMMIT "1234abcd5678ef001234abcd5678ef0012345678"
#define SAMPLE_PATH "migrations/1_phone/up.sql"
#define SAMPLE_SQL                                                             \
	"-- drop it\n"                                                         \
	"ALTER TABLE users\tDROP COLUMN \"t\xc3\xa9l\" CASCADE;\n"             \
	"CREATE INDEX i ON t (a);\n"

/* What an attacker would like to see on our terminal or in our documents. */
#define SAMPLE_EVIL                                                            \
	"a\033[31mb\n::error::x\r\t\"q\" 'p' <&> ]]> %0A # \\ \xff "           \
	"\xe2\x80\xae{0}"

struct sample {
	struct gm_arena arena;
	struct gm_result result;
	struct gm_report_options options;
	struct gm_buf out;
};

static inline void sample_start(struct sample *s)
{
	*s = (struct sample){ .arena = GM_ARENA_INIT };
	s->result.findings = gm_findings(&s->arena, NULL);
	s->out = gm_buf(&s->arena);
}

static inline void sample_done(struct sample *s)
{
	gm_arena_done(&s->arena);
}

/* A migration with two statements, one of them with an allowed hazard. */
static inline void sample_migration(struct sample *s)
{
	struct gm_judged *m = GM_PUSH(&s->arena, &s->result);
	struct gm_sql_stmt *stmt;

	*m = (struct gm_judged){ .id = "1_phone",
				 .phase = "expand",
				 .commit = SAMPLE_COMMIT,
				 .digest = "sha256:00ff",
				 .path = gm_str(SAMPLE_PATH) };
	m->sql.class_ = GM_CLASS_CONTRACT;
	stmt = GM_PUSH(&s->arena, &m->sql);
	*stmt = (struct gm_sql_stmt){ .line = 2,
				      .column = 1,
				      .class_ = GM_CLASS_CONTRACT,
				      .tag = "ALTER TABLE",
				      .why = "drops column users.t\xc3\xa9l" };
	stmt = GM_PUSH(&s->arena, &m->sql);
	*stmt = (struct gm_sql_stmt){ .line = 3,
				      .column = 1,
				      .class_ = GM_CLASS_EXPAND,
				      .tag = "CREATE INDEX" };
	for (int i = 0; i < 2; i++)
		*GM_PUSH(&s->arena, &stmt->hazards) = (struct gm_sql_hazard){
			.rule = GM_RULE_INDEX_NOT_CONCURRENT,
			.why = "locks out writes",
			.allowed = i ? NULL : "a tiny table",
		};
}

/* An error with everything a finding can have, about that migration. */
static inline struct gm_finding *sample_error(struct sample *s)
{
	struct gm_findings *list = &s->result.findings;
	struct gm_finding *f = gm_find(list, GM_RULE_MIXED_DESTRUCTIVE,
				       "drops column users.%s", "phone");
	const char *at = strstr(SAMPLE_SQL, "DROP");

	gm_find_at(list, f, gm_str(SAMPLE_PATH), gm_str(SAMPLE_SQL),
		   (size_t)(at - strchr(SAMPLE_SQL, '-')), 18);
	f->commit = SAMPLE_COMMIT;
	f->subject = "Drop the phone";
	gm_find_note(list, f, "app: src/user.c");
	gm_find_hint(list, f, "Split it.");
	return f;
}

/* A warning about the same file, without a line. */
static inline struct gm_finding *sample_warning(struct sample *s)
{
	struct gm_finding *f = gm_find(&s->result.findings,
				       GM_RULE_MISSING_DOWN, "no way back");

	f->path = gm_str(SAMPLE_PATH);
	f->commit = SAMPLE_COMMIT;
	return f;
}

/* An error about no file at all. */
static inline struct gm_finding *sample_ref(struct sample *s)
{
	struct gm_finding *f = gm_find(&s->result.findings, GM_RULE_REF_REFUSED,
				       "may not move");

	f->ref = "refs/notes/migrate/landed";
	return f;
}

/* All that can be hostile is. */
static inline void sample_evil(struct sample *s)
{
	struct gm_findings *list = &s->result.findings;
	struct gm_finding *f =
		gm_find(list, GM_RULE_BAD_TRAILER, "%s", SAMPLE_EVIL);
	struct gm_judged *m = GM_PUSH(&s->arena, &s->result);
	struct gm_sql_stmt *stmt;

	f->path = gm_str(SAMPLE_EVIL);
	f->line = 3;
	f->column = 2;
	f->source = gm_str("a\033[31mb\xff\xe2\x80\xae");
	f->width = 500;
	f->commit = SAMPLE_COMMIT;
	f->subject = SAMPLE_EVIL;
	gm_find_note(list, f, "%s", SAMPLE_EVIL);
	gm_find_hint(list, f, "%s", SAMPLE_EVIL);
	f = gm_find(list, GM_RULE_REF_REFUSED, "%s", SAMPLE_EVIL);
	f->ref = SAMPLE_EVIL;

	*m = (struct gm_judged){ .id = SAMPLE_EVIL,
				 .path = gm_str(SAMPLE_EVIL) };
	m->sql.class_ = GM_CLASS_OPAQUE;
	stmt = GM_PUSH(&s->arena, &m->sql);
	*stmt = (struct gm_sql_stmt){ .line = 1,
				      .column = 1,
				      .class_ = GM_CLASS_OPAQUE,
				      .tag = "?",
				      .why = SAMPLE_EVIL };
	*GM_PUSH(&s->arena, &stmt->hazards) = (struct gm_sql_hazard){
		.rule = GM_RULE_INDEX_NOT_CONCURRENT,
		.why = SAMPLE_EVIL,
		.allowed = SAMPLE_EVIL,
	};
}

/* The report, as a string. */
static inline const char *sample_write(struct sample *s, const char *format)
{
	s->out = gm_buf(&s->arena);
	assert_true(gm_report_write(&s->out, format, &s->result, &s->options));
	assert_int_equal(strlen(s->out.ptr), s->out.len);
	return s->out.ptr;
}

/* No byte that a terminal takes for anything but text or a new line. */
static inline void sample_harmless(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((*c < ' ' && *c >= 0 && *c != '\n') || *c == 0x7f)
			fail_msg("byte 0x%02x in: %s", (unsigned char)*c, text);
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strchr(text, '\xff'));
}

#endif

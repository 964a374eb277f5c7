/*
 * tests/unit/sql/cases: SQL and what is to be said of it, in files.
 *
 * A case in cases/<name>.case is a title; lines of SQL, each behind a TAB;
 * for each statement a line "= class [part of why] [@token]", where the token
 * is what `at` and `width` point to; and lines "! rule" for the hazards of the
 * statement above.  Cases stand between empty lines; # begins a comment.
 */
#ifndef GM_TESTS_SQL_CASES_H
#define GM_TESTS_SQL_CASES_H

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#include "base/buf.h"
#include "base/file.h"
#include "sql/sql.h"

struct sql_case {
	const char *file;
	size_t line;
	struct gm_str title;
	struct gm_buf sql;
	struct gm_strings wants; /* "= ..." and "! ..." lines */
};

struct sql_run {
	struct gm_arena arena;
	size_t cases, failures;
};

static inline void sql_wrong(struct sql_run *run, const struct sql_case *c,
			     const char *what)
{
	run->failures++;
	print_error("%s:%zu: %.*s: %s\n", c->file, c->line, (int)c->title.len,
		    c->title.ptr, what);
}

static inline bool sql_has_hazard(const struct gm_sql_stmt *s,
				  struct gm_str name)
{
	for (size_t i = 0; i < s->hazards.n; i++)
		if (!s->hazards.items[i].allowed &&
		    gm_str_is(name,
			      gm_rule_info(s->hazards.items[i].rule)->name))
			return true;
	return false;
}

/* "= class [part of why] [@token]" */
static inline void sql_compare(struct sql_run *run, const struct sql_case *c,
			       const struct gm_sql_stmt *s, struct gm_str want)
{
	struct gm_arena *a = &run->arena;
	struct gm_str all = want, class_, why, token = GM_STR_NONE;
	struct gm_str sql = gm_buf_view(&c->sql);
	struct gm_str got = gm_str_sub(sql, s->at, s->at + s->width);
	size_t at;

	gm_str_split(&class_, &want, ' ');
	why = gm_str_trim(want);
	at = gm_str_find(why, '@');
	if (at < why.len) {
		token = gm_str_sub(why, at + 1, why.len);
		why = gm_str_trim(gm_str_sub(why, 0, at));
	}
	if (!gm_str_is(class_, gm_class_name(s->class_)) ||
	    (why.len && !memmem(s->why, strlen(s->why), why.ptr, why.len)) ||
	    (token.len && !gm_str_eq(token, got)))
		sql_wrong(run, c,
			  gm_printf(a, "want '%.*s', got '%s %s @%.*s'",
				    (int)all.len, all.ptr,
				    gm_class_name(s->class_), s->why,
				    (int)got.len, got.ptr));
}

static inline void sql_judge(struct sql_run *run, const struct sql_case *c,
			     const struct gm_sql_file *file)
{
	const struct gm_sql_stmt *s = NULL;
	enum gm_class highest = GM_CLASS_NEUTRAL;
	size_t n = 0, hazards = 0;

	for (size_t i = 0; i < c->wants.n; i++) {
		struct gm_str want = gm_str(c->wants.items[i]);
		struct gm_str rest = gm_str_trim(gm_str_sub(want, 1, want.len));

		if (want.ptr[0] == '=') {
			s = n < file->n ? &file->items[n] : NULL;
			n++;
			if (!s)
				continue;
			sql_compare(run, c, s, rest);
			for (size_t j = 0; j < s->hazards.n; j++)
				hazards += !s->hazards.items[j].allowed;
			if (s->class_ > highest)
				highest = s->class_;
			continue;
		}
		hazards--;
		if (!s || !sql_has_hazard(s, rest))
			sql_wrong(run, c,
				  gm_printf(&run->arena, "no hazard %.*s",
					    (int)rest.len, rest.ptr));
	}
	if (n != file->n)
		sql_wrong(run, c,
			  gm_printf(&run->arena, "%zu statements, not %zu",
				    file->n, n));
	else if (highest != file->class_)
		sql_wrong(run, c, "the file has another class");
	else if (hazards)
		sql_wrong(run, c, "hazards that are not named");
}

static inline void sql_run_case(struct sql_run *run, struct sql_case *c)
{
	struct gm_sql_file file;
	struct gm_err err = GM_ERR_INIT;

	if (!c->wants.n)
		return;
	run->cases++;
	if (gm_sql_read(&file, &run->arena, gm_buf_view(&c->sql), NULL, &err) <
	    0)
		sql_wrong(run, c, err.msg);
	else
		sql_judge(run, c, &file);
}

static inline void sql_line(struct sql_run *run, struct sql_case *c,
			    struct gm_str line)
{
	struct gm_arena *a = &run->arena;

	if (!line.len) {
		sql_run_case(run, c);
		*c = (struct sql_case){ .file = c->file,
					.line = c->line,
					.sql = gm_buf(a) };
	} else if (line.ptr[0] == '\t') {
		gm_buf_str(&c->sql, gm_str_sub(line, 1, line.len));
		gm_buf_putc(&c->sql, '\n');
	} else if (line.ptr[0] == '=' || line.ptr[0] == '!') {
		*GM_PUSH(a, &c->wants) = gm_str_dup(a, line);
	} else if (line.ptr[0] != '#') {
		c->title = line;
	}
}

/* Run cases/<name>.case, which holds at least `min` cases. */
static inline void sql_run_cases(const char *name, size_t min)
{
	struct sql_run run = { .arena = GM_ARENA_INIT };
	struct gm_str here = gm_str(__FILE__), text, line;
	struct gm_err err = GM_ERR_INIT;
	struct sql_case c = { 0 };

	c.file = gm_printf(&run.arena, "%.*scases/%s.case",
			   (int)(here.len - strlen("cases.h")), here.ptr, name);
	assert_ok(gm_file_read(&text, &run.arena, c.file, 1 << 20, &err));
	c.sql = gm_buf(&run.arena);
	while (gm_str_line(&line, &text)) {
		c.line++;
		sql_line(&run, &c, line);
	}
	sql_run_case(&run, &c);
	if (run.failures)
		fail_msg("%zu of %zu cases in %s", run.failures, run.cases,
			 c.file);
	if (run.cases < min)
		fail_msg("only %zu cases in %s", run.cases, c.file);
	gm_arena_done(&run.arena);
}

#endif

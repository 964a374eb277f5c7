/* git migrate lint: what SQL files mean for the code that runs now. */
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "check/content.h"
#include "check/judge.h"
#include "cmd/cmd.h"
#include "report/report.h"

struct args {
	const char *format;
	const char *postgres;
	struct gm_strings files;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "format", struct args, format, "format",
		    GM_REPORT_FORMATS, "how to print the findings"),
	GM_OPT_STRING(0, "postgres", struct args, postgres, "major",
		      "oldest server the SQL has to be safe on (15)"),
	GM_OPT_OPERANDS("file", struct args, files,
			"SQL files; - is standard input"),
	GM_OPT_END,
};

static void find(struct gm_findings *f, enum gm_rule rule,
		 const struct gm_judged *j, struct gm_str text,
		 const struct gm_sql_stmt *s, const char *message)
{
	struct gm_finding *found = gm_find(f, rule, "%s", message);
	struct gm_spot from = gm_sql_spot(s);

	gm_find_from(f, found, j->path, text, &from, s->at, s->width);
	gm_find_hint(f, found, "'git migrate explain %s' says what to do.",
		     gm_rule_info(rule)->name);
}

static void judge(struct gm_ctx *cx, struct gm_findings *f, struct gm_judged *j,
		  struct gm_str text)
{
	const struct gm_sql_stmt *beyond;
	struct gm_meta meta = { 0 };

	gm_meta_from_sql(&meta, cx->arena, j->path, text, f);
	j->phase = gm_phase_name(meta.phase);
	beyond = gm_phase_beyond(meta.phase, &j->sql);
	if (beyond)
		find(f, GM_RULE_PHASE_MISMATCH, j, text, beyond,
		     gm_printf(cx->arena, "declared %s, but it %s, which is %s",
			       j->phase, beyond->why,
			       gm_class_name(beyond->class_)));
	for (size_t i = 0; i < j->sql.n; i++) {
		const struct gm_sql_stmt *s = &j->sql.items[i];

		if (s->class_ == GM_CLASS_OPAQUE &&
		    meta.phase != GM_PHASE_CONTRACT)
			find(f, GM_RULE_OPAQUE_SQL, j, text, s, s->why);
		for (size_t h = 0; h < s->hazards.n; h++)
			if (!s->hazards.items[h].allowed)
				find(f, s->hazards.items[h].rule, j, text, s,
				     s->hazards.items[h].why);
	}
}

static int lint(struct gm_ctx *cx, struct gm_result *result, const char *file,
		const struct gm_sql_options *options, struct gm_err *err)
{
	const char *name = strcmp(file, "-") ? file : "<stdin>";
	struct gm_judged *j = GM_PUSH(cx->arena, result);
	struct gm_str text;

	j->id = name;
	j->path = gm_str(name);
	if (gm_file_read(&text, cx->arena, file, GM_SQL_MAX, err) < 0)
		return -1;
	gm_content_check(&result->findings, j->path, text, NULL);
	if (gm_str_find(text, '\0') < text.len || !gm_utf8_valid(text, NULL)) {
		struct gm_sql_stmt *s = GM_PUSH(cx->arena, &j->sql);

		j->sql.class_ = s->class_ = GM_CLASS_OPAQUE;
		s->line = s->column = 1;
		s->tag = "?";
		s->why = "holds bytes that are not text";
	} else if (gm_sql_read(&j->sql, cx->arena, text, options, err) < 0) {
		return gm_fail_at(err, name, 0, 0);
	}
	judge(cx, &result->findings, j, text);
	return 0;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_report_options report = { .color = cx->color };
	struct gm_result result = { .findings = gm_findings(cx->arena, NULL) };
	struct gm_sql_options options = { .postgres = 15 };
	struct gm_buf text = gm_buf(cx->arena);
	uint64_t major;

	if (!args->files.n) {
		gm_fail(err, GM_EUSAGE, "no file is named");
		return gm_hint(err, "Name SQL files, or - for standard input.");
	}
	if (args->postgres) {
		if (!gm_str_uint(&major, gm_str(args->postgres)) ||
		    major < 10 || major > 99) {
			gm_fail(err, GM_EUSAGE,
				"'%s' is not a major version of PostgreSQL",
				args->postgres);
			return gm_hint(err, "Give a number such as 15.");
		}
		options.postgres = (int)major;
	}
	for (size_t i = 0; i < args->files.n; i++)
		if (lint(cx, &result, args->files.items[i], &options, err) < 0)
			return -1;
	gm_report_write(&text, args->format, &result, &report);
	fwrite(text.ptr, 1, text.len, cx->out);
	return result.findings.errors > 0;
}

const struct gm_cmd gm_cmd_lint = {
	.name = "lint",
	.summary = "say what SQL files do to the code that runs now",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

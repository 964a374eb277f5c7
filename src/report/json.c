#include "report/jsonval.h"
#include "report/writers.h"

static json_t *finding(struct gm_arena *a, const struct gm_finding *f)
{
	json_t *o = json_object();

	gm_json_set(o, "rule", gm_json_text(a, gm_rule_info(f->rule)->name));
	gm_json_set(o, "severity",
		    gm_json_text(a, gm_severity_name(f->severity)));
	gm_json_set(o, "message", gm_json_text(a, f->message));
	gm_json_set(o, "commit", gm_json_text(a, f->commit));
	gm_json_set(o, "path", gm_json_nonempty(a, f->path));
	gm_json_set(o, "line", gm_json_nonzero(f->line));
	gm_json_set(o, "column", gm_json_nonzero(f->column));
	gm_json_set(o, "hint", gm_json_text(a, f->hint));
	return o;
}

/* Is this rule among the first `n` hazards? */
static bool seen(const struct gm_sql_stmt *stmt, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (stmt->hazards.items[i].rule == stmt->hazards.items[n].rule)
			return true;
	return false;
}

static json_t *statement(struct gm_arena *a, const struct gm_sql_stmt *stmt)
{
	json_t *o = json_object(), *hazards = json_array();

	for (size_t i = 0; i < stmt->hazards.n; i++) {
		enum gm_rule rule = stmt->hazards.items[i].rule;

		if (!seen(stmt, i))
			gm_json_push(hazards,
				     gm_json_text(a, gm_rule_info(rule)->name));
	}
	gm_json_set(o, "line", gm_json_size(stmt->line));
	gm_json_set(o, "column", gm_json_size(stmt->column));
	gm_json_set(o, "class", gm_json_text(a, gm_class_name(stmt->class_)));
	gm_json_set(o, "tag", gm_json_text(a, stmt->tag));
	gm_json_set(o, "hazards", hazards);
	return o;
}

static json_t *migration(struct gm_arena *a, const struct gm_judged *item)
{
	json_t *o = json_object(), *statements = json_array();

	for (size_t i = 0; i < item->sql.n; i++)
		gm_json_push(statements, statement(a, &item->sql.items[i]));
	gm_json_set(o, "id", gm_json_text(a, item->id));
	gm_json_set(o, "phase", gm_json_text(a, item->phase));
	gm_json_set(o, "class",
		    gm_json_text(a, gm_class_name(item->sql.class_)));
	gm_json_set(o, "digest", gm_json_text(a, item->digest));
	gm_json_set(o, "path", gm_json_nonempty(a, item->path));
	gm_json_set(o, "statements", statements);
	return o;
}

void gm_report_json(struct gm_buf *out, const struct gm_result *result,
		    const struct gm_report_options *options)
{
	json_t *root = json_object();
	json_t *findings = json_array(), *migrations = json_array();

	(void)options;
	for (size_t i = 0; i < result->findings.n; i++)
		gm_json_push(findings,
			     finding(out->arena, &result->findings.items[i]));
	for (size_t i = 0; i < result->n; i++)
		gm_json_push(migrations,
			     migration(out->arena, &result->items[i]));
	gm_json_set(root, "version", gm_json_size(1));
	gm_json_set(root, "verdict",
		    gm_json_text(out->arena, gm_result_verdict(result)));
	gm_json_set(root, "findings", findings);
	gm_json_set(root, "migrations", migrations);
	gm_json_finish(out, root);
}

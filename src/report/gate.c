#include "report/gate.h"

#include "base/escape.h"
#include "report/jsonval.h"

static const char *shown(struct gm_arena *a, const char *text)
{
	return gm_escaped(a, gm_str(text));
}

void gm_report_gate(struct gm_buf *out, const struct gm_gate *g)
{
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "%s, stage %s in %s:\n", shown(a, g->id),
		      gm_stage_name(g->stage), shown(a, g->env));
	for (size_t i = 0; i < g->n; i++) {
		const struct gm_gate_line *l = &g->items[i];

		gm_buf_printf(out, "  %-8s %-15s %s",
			      gm_gate_answer_name(l->answer), l->name,
			      shown(a, l->why));
		for (size_t k = 0; k < l->records.n; k++)
			gm_buf_printf(out, "%s%.16s", k ? ", " : " (",
				      l->records.items[k]);
		gm_buf_puts(out, l->records.n ? ")\n" : "\n");
		if (l->hint && l->answer != GM_GATE_GO)
			gm_buf_printf(out, "%27shint: %s\n", "",
				      shown(a, l->hint));
	}
	gm_buf_printf(out, "%s\n", g->go ? "go" : "no-go");
}

static json_t *line_json(struct gm_arena *a, const struct gm_gate_line *l)
{
	json_t *o = json_object(), *records = json_array();

	gm_json_set(o, "line", gm_json_text(a, l->name));
	gm_json_set(o, "answer",
		    gm_json_text(a, gm_gate_answer_name(l->answer)));
	gm_json_set(o, "message", gm_json_text(a, l->why));
	gm_json_set(o, "hint", gm_json_text(a, l->hint));
	for (size_t i = 0; i < l->records.n; i++)
		gm_json_push(records, gm_json_text(a, l->records.items[i]));
	gm_json_set(o, "records", records);
	return o;
}

void gm_report_gate_json(struct gm_buf *out, const struct gm_gate *g)
{
	struct gm_arena *a = out->arena;
	json_t *root = json_object(), *lines = json_array();

	gm_json_set(root, "version", json_integer(1));
	gm_json_set(root, "verdict", gm_json_text(a, g->go ? "go" : "no-go"));
	gm_json_set(root, "migration", gm_json_text(a, g->id));
	gm_json_set(root, "env", gm_json_text(a, g->env));
	gm_json_set(root, "stage", gm_json_text(a, gm_stage_name(g->stage)));
	for (size_t i = 0; i < g->n; i++)
		gm_json_push(lines, line_json(a, &g->items[i]));
	gm_json_set(root, "lines", lines);
	gm_json_finish(out, root);
}

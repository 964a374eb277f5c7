#include "report/evidence.h"

#include "base/clock.h"
#include "base/escape.h"
#include "report/jsonval.h"

/* What a person has to read of an exhibit. */
#define MOST_LINES 40

static const char *shown(struct gm_arena *a, const char *text)
{
	return text ? gm_escaped(a, gm_str(text)) : "-";
}

/* --- Markdown --- */

/* In a table, and where it could mean something, it is only text. */
static const char *cell(struct gm_arena *a, const char *text)
{
	struct gm_buf out = gm_buf(a);

	for (const char *s = shown(a, text); *s; s++) {
		if (*s == '<')
			gm_buf_puts(&out, "&lt;");
		else if (*s == '&')
			gm_buf_puts(&out, "&amp;");
		else if (*s == '|' || *s == '*' || *s == '_' || *s == '`' ||
			 *s == '[' || *s == ']')
			gm_buf_printf(&out, "&#%d;", *s);
		else
			gm_buf_putc(&out, *s);
	}
	return out.ptr;
}

static void add_gate_md(struct gm_buf *out, const struct gm_gate *g)
{
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "\n## %s: %s, stage %s\n\n", cell(a, g->env),
		      g->go ? "go" : "no-go", gm_stage_name(g->stage));
	gm_buf_puts(out, "| line | answer | why | records |\n"
			 "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct gm_gate_line *l = &g->items[i];

		gm_buf_printf(out, "| %s | %s | %s |", l->name,
			      gm_gate_answer_name(l->answer), cell(a, l->why));
		for (size_t k = 0; k < l->records.n; k++)
			gm_buf_printf(out, " %.16s", l->records.items[k]);
		gm_buf_puts(out, " |\n");
	}
}

static void add_exhibit(struct gm_buf *out, struct gm_str text,
			const char *indent)
{
	struct gm_str line;

	for (int n = 0; gm_str_line(&line, &text); n++) {
		if (n == MOST_LINES) {
			gm_buf_printf(out, "%s...\n", indent);
			return;
		}
		gm_buf_puts(out, indent);
		gm_escape_source(out, line, NULL);
		gm_buf_putc(out, '\n');
	}
}

static void add_record_md(struct gm_buf *out,
			  const struct gm_evidence_record *e)
{
	const struct gm_record *r = e->record;
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "\n### %.16s: %s%s%s%s%s\n\n", r->id,
		      gm_record_kind_name(r->kind), r->stage ? " " : "",
		      r->stage ? r->stage : "", r->result ? " " : "",
		      r->result ? r->result : "");
	gm_buf_printf(out, "By %s at %s, for %s.\n%s%s%s\n    ",
		      cell(a, r->signer), gm_time_format(a, r->at),
		      cell(a, r->env), e->why ? "It does not count: " : "",
		      e->why ? cell(a, e->why) : "", e->why ? ".\n" : "");
	gm_escape_source(out, r->line, NULL);
	gm_buf_putc(out, '\n');
	if (e->has_exhibit && e->exhibit.len) {
		gm_buf_puts(out, "\nIt rests on:\n\n");
		add_exhibit(out, e->exhibit, "    ");
	} else if (r->sha256 && !e->has_exhibit) {
		gm_buf_puts(out, "\nWhat it rests on is not here.\n");
	}
}

#define HOW_TO                                                                 \
	"Each record is a line of the notes below refs/notes/migrate/; its id" \
	" is the SHA-256\nof the line, without a line end. 'git migrate"       \
	" verify' checks approvals, 'git migrate\ngate' asks all of it again." \
	" What evidence rests on has the SHA-256 that the record\nnames: 'git" \
	" notes --ref=migrate/exhibits show' with its first 40 digits shows"   \
	" it.\n"

void gm_report_evidence_md(struct gm_buf *out, const struct gm_evidence_pack *p)
{
	struct gm_arena *a = out->arena;

	gm_buf_printf(out, "# %s\n\n", cell(a, p->item->id));
	gm_buf_printf(out,
		      "- project: %s\n- ref: %s\n- digest: %s\n- phase: %s\n"
		      "- class: %s\n- policy: %s\n- looked at: %s\n",
		      cell(a, p->project), cell(a, p->ref),
		      shown(a, p->item->digest), shown(a, p->item->phase),
		      gm_class_name(p->item->class_), shown(a, p->policy),
		      gm_time_format(a, p->now));
	for (size_t i = 0; i < p->gates.n; i++)
		add_gate_md(out, &p->gates.items[i]);
	gm_buf_puts(out, "\n## Records\n");
	for (size_t i = 0; i < p->n; i++)
		add_record_md(out, &p->items[i]);
	gm_buf_puts(out, "\n## To verify it\n\n" HOW_TO);
}

/* --- HTML --- */

static void add_xml(struct gm_buf *out, const char *before, const char *text,
		    const char *after)
{
	gm_buf_puts(out, before);
	gm_escape_xml(out, gm_str(text ? text : "-"));
	gm_buf_puts(out, after);
}

static void add_gate_html(struct gm_buf *out, const struct gm_gate *g)
{
	add_xml(out, "<h2>", g->env, ": ");
	gm_buf_printf(out, "%s, stage %s</h2>\n<table>\n",
		      g->go ? "go" : "no-go", gm_stage_name(g->stage));
	for (size_t i = 0; i < g->n; i++) {
		const struct gm_gate_line *l = &g->items[i];

		gm_buf_printf(out, "<tr><td>%s</td><td>%s</td>", l->name,
			      gm_gate_answer_name(l->answer));
		add_xml(out, "<td>", l->why, "</td><td>");
		for (size_t k = 0; k < l->records.n; k++)
			gm_buf_printf(out, " <a href=\"#r%.16s\">%.16s</a>",
				      l->records.items[k], l->records.items[k]);
		gm_buf_puts(out, "</td></tr>\n");
	}
	gm_buf_puts(out, "</table>\n");
}

static void add_record_html(struct gm_buf *out,
			    const struct gm_evidence_record *e)
{
	const struct gm_record *r = e->record;

	gm_buf_printf(out, "<h3 id=\"r%.16s\">%.16s: %s</h3>\n", r->id, r->id,
		      gm_record_kind_name(r->kind));
	if (e->why)
		add_xml(out, "<p>It does not count: ", e->why, "</p>\n");
	gm_buf_puts(out, "<pre>");
	gm_escape_xml(out, r->line);
	gm_buf_puts(out, "</pre>\n");
	if (e->has_exhibit && e->exhibit.len) {
		struct gm_buf text = gm_buf(out->arena);

		add_exhibit(&text, e->exhibit, "");
		gm_buf_puts(out, "<pre>");
		gm_escape_xml(out, gm_buf_view(&text));
		gm_buf_puts(out, "</pre>\n");
	} else if (r->sha256 && !e->has_exhibit) {
		gm_buf_puts(out, "<p>What it rests on is not here.</p>\n");
	}
}

void gm_report_evidence_html(struct gm_buf *out,
			     const struct gm_evidence_pack *p)
{
	gm_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
			 "<meta charset=\"utf-8\">\n");
	add_xml(out, "<title>", p->item->id, "</title>\n</head>\n<body>\n");
	add_xml(out, "<h1>", p->item->id, "</h1>\n<p>");
	add_xml(out, "Digest ", p->item->digest, ", ");
	add_xml(out, "on ", p->ref, ", ");
	add_xml(out, "policy ", p->policy, "</p>\n");
	for (size_t i = 0; i < p->gates.n; i++)
		add_gate_html(out, &p->gates.items[i]);
	gm_buf_puts(out, "<h2>Records</h2>\n");
	for (size_t i = 0; i < p->n; i++)
		add_record_html(out, &p->items[i]);
	add_xml(out, "<h2>To verify it</h2>\n<p>", HOW_TO,
		"</p>\n</body>\n</html>\n");
}

/* --- JSON --- */

static json_t *gate_json(struct gm_arena *a, const struct gm_gate *g)
{
	json_t *o = json_object(), *lines = json_array();

	gm_json_set(o, "env", gm_json_text(a, g->env));
	gm_json_set(o, "stage", gm_json_text(a, gm_stage_name(g->stage)));
	gm_json_set(o, "verdict", gm_json_text(a, g->go ? "go" : "no-go"));
	for (size_t i = 0; i < g->n; i++) {
		const struct gm_gate_line *l = &g->items[i];
		json_t *one = json_object(), *ids = json_array();

		gm_json_set(one, "line", gm_json_text(a, l->name));
		gm_json_set(one, "answer",
			    gm_json_text(a, gm_gate_answer_name(l->answer)));
		gm_json_set(one, "message", gm_json_text(a, l->why));
		for (size_t k = 0; k < l->records.n; k++)
			gm_json_push(ids, gm_json_text(a, l->records.items[k]));
		gm_json_set(one, "records", ids);
		gm_json_push(lines, one);
	}
	gm_json_set(o, "lines", lines);
	return o;
}

static json_t *record_json(struct gm_arena *a,
			   const struct gm_evidence_record *e)
{
	const struct gm_record *r = e->record;
	json_t *o = json_object();

	gm_json_set(o, "id", gm_json_text(a, r->id));
	gm_json_set(o, "kind", gm_json_text(a, gm_record_kind_name(r->kind)));
	gm_json_set(o, "env", gm_json_text(a, r->env));
	gm_json_set(o, "stage", gm_json_text(a, r->stage));
	gm_json_set(o, "result", gm_json_text(a, r->result));
	gm_json_set(o, "signer", gm_json_text(a, r->signer));
	gm_json_set(o, "at", gm_json_text(a, gm_time_format(a, r->at)));
	gm_json_set(o, "counts", json_boolean(!e->why));
	gm_json_set(o, "why", gm_json_text(a, e->why));
	gm_json_set(o, "line", gm_json_str(a, r->line));
	gm_json_set(o, "sha256", gm_json_text(a, r->sha256));
	gm_json_set(o, "exhibit",
		    e->has_exhibit ? gm_json_str(a, e->exhibit) : json_null());
	return o;
}

void gm_report_evidence_json(struct gm_buf *out,
			     const struct gm_evidence_pack *p)
{
	json_t *root = json_object(), *gates = json_array();
	json_t *records = json_array();
	struct gm_arena *a = out->arena;

	gm_json_set(root, "version", json_integer(1));
	gm_json_set(root, "migration", gm_json_text(a, p->item->id));
	gm_json_set(root, "project", gm_json_text(a, p->project));
	gm_json_set(root, "ref", gm_json_text(a, p->ref));
	gm_json_set(root, "digest", gm_json_text(a, p->item->digest));
	gm_json_set(root, "phase", gm_json_text(a, p->item->phase));
	gm_json_set(root, "class",
		    gm_json_text(a, gm_class_name(p->item->class_)));
	gm_json_set(root, "policy", gm_json_text(a, p->policy));
	gm_json_set(root, "at", gm_json_text(a, gm_time_format(a, p->now)));
	for (size_t i = 0; i < p->gates.n; i++)
		gm_json_push(gates, gate_json(a, &p->gates.items[i]));
	for (size_t i = 0; i < p->n; i++)
		gm_json_push(records, record_json(a, &p->items[i]));
	gm_json_set(root, "gates", gates);
	gm_json_set(root, "records", records);
	gm_json_finish(out, root);
}

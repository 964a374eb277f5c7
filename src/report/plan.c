#include "report/plan.h"

#include "base/escape.h"

/* Text that means nothing to Markdown, nor to a terminal. */
static void put(struct gm_buf *out, const char *text)
{
	const char *safe = gm_escaped(out->arena, gm_str(text));

	for (; *safe; safe++) {
		if (*safe == '|' || *safe == '<' || *safe == '`' ||
		    *safe == '*' || *safe == '_' || *safe == '[')
			gm_buf_putc(out, '\\');
		gm_buf_putc(out, *safe);
	}
}

/* As it stands, in the type of code. */
static void code(struct gm_buf *out, const char *text)
{
	struct gm_str safe = gm_str(gm_escaped(out->arena, gm_str(text)));
	bool tick = gm_str_find(safe, '`') < safe.len;

	gm_buf_puts(out, tick ? "`` " : "`");
	gm_buf_str(out, safe);
	gm_buf_puts(out, tick ? " ``" : "`");
}

static void line(struct gm_buf *out, const char *what, const char *value,
		 const char *otherwise)
{
	gm_buf_printf(out, "- %s: ", what);
	put(out, value ? value : otherwise);
	gm_buf_putc(out, '\n');
}

static void head(struct gm_buf *out, const struct gm_plan *p)
{
	gm_buf_puts(out, "# Rollout of ");
	code(out, p->id);
	gm_buf_puts(out, "\n\n");
	for (size_t i = 0; i < p->members.n && i < 1; i++) {
		put(out, p->members.items[i].purpose);
		gm_buf_puts(out, "\n\n");
	}
	line(out, "Rollback window", p->window, "not declared");
	line(out, "Owner", p->owner, "not declared");
	line(out, "Feature flag", p->flag, "not declared");
	line(out, "Name in manifests", p->name, "none");
}

static void statement(struct gm_buf *out, const struct gm_sql_stmt *s)
{
	gm_buf_printf(out, "| %zu | %s | ", s->line, gm_class_name(s->class_));
	put(out, s->tag);
	gm_buf_puts(out, " | ");
	put(out, s->why ? s->why : "");
	gm_buf_puts(out, " | ");
	for (size_t i = 0; i < s->hazards.n; i++) {
		const struct gm_sql_hazard *h = &s->hazards.items[i];

		gm_buf_puts(out, i ? "; " : "");
		put(out, gm_rule_info(h->rule)->name);
		if (h->allowed) {
			gm_buf_puts(out, " (allowed: ");
			put(out, h->allowed);
			gm_buf_putc(out, ')');
		}
	}
	gm_buf_puts(out, " |\n");
}

static void member(struct gm_buf *out, const struct gm_plan_member *m)
{
	gm_buf_puts(out, "\n### ");
	code(out, m->id);
	gm_buf_puts(out, "\n\n");
	put(out, m->purpose);
	gm_buf_puts(out, "\n\n- File: ");
	code(out, m->path);
	gm_buf_puts(out, "\n- Digest: ");
	code(out, m->digest);
	gm_buf_putc(out, '\n');
	line(out, "Phase", m->phase, "not declared");
	line(out, "Class", m->class_, "");
	line(out, "State", m->state, "");
	line(out, "Approval", m->approval, "none is asked for");
	if (m->review)
		line(out, "Approved", m->review, "");
	gm_buf_puts(out, "\n| line | class | statement | why | hazards |\n"
			 "| ---: | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < m->sql->n; i++)
		statement(out, &m->sql->items[i]);
}

static void stage(struct gm_buf *out, const struct gm_plan_stage *s)
{
	gm_buf_puts(out, "| ");
	put(out, s->dir ? s->dir : "");
	gm_buf_printf(out, " | %s | ", s->stage);
	put(out, s->why ? "left out" : s->commit);
	gm_buf_puts(out, " | ");
	if (s->why)
		put(out, s->why);
	else if (s->runs)
		code(out, s->runs);
	gm_buf_puts(out, " |\n");
}

static void env(struct gm_buf *out, const struct gm_plan_env *e)
{
	gm_buf_puts(out, "\n### ");
	put(out, e->name);
	gm_buf_puts(out, "\n\n");
	line(out, "Namespace", e->namespace_, "not said");
	line(out, "Cluster", e->cluster, "not said");
	line(out, "After", e->after, "nothing: it is the first");
	if (e->why) {
		line(out, "No manifests", e->why, "");
		return;
	}
	gm_buf_puts(out, "\n| directory | stage | commit | runs |\n"
			 "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < e->stages.n; i++)
		stage(out, &e->stages.items[i]);
}

static void rung(struct gm_buf *out, size_t n, const struct gm_plan_rung *r)
{
	gm_buf_printf(out, "%zu. **", n);
	put(out, r->name);
	gm_buf_puts(out, "**: ");
	put(out, r->does);
	gm_buf_puts(out, ".\n   Lost: ");
	put(out, r->loses);
	gm_buf_puts(out, ".\n   RPO: ");
	put(out, r->rpo);
	gm_buf_puts(out, ". RTO: ");
	put(out, r->rto);
	gm_buf_puts(out, ".\n");
	if (r->why_not) {
		gm_buf_puts(out, "   No way: ");
		put(out, r->why_not);
		gm_buf_puts(out, ".\n");
	}
}

void gm_report_plan(struct gm_buf *out, const struct gm_plan *p)
{
	head(out, p);
	gm_buf_puts(out, "\n## Migrations\n");
	for (size_t i = 0; i < p->members.n; i++)
		member(out, &p->members.items[i]);
	gm_buf_puts(out, "\n## Environments\n");
	for (size_t i = 0; i < p->envs.n; i++)
		env(out, &p->envs.items[i]);
	if (!p->envs.n)
		gm_buf_puts(out, "\nThe policy names none.\n");
	gm_buf_puts(out, "\n## No-go\n\nThe contract does not run when:\n\n");
	for (size_t i = 0; i < p->no_go.n; i++) {
		gm_buf_puts(out, "- ");
		put(out, p->no_go.items[i]);
		gm_buf_putc(out, '\n');
	}
	gm_buf_puts(out, "\n## The way back\n\nFrom the top, no further down"
			 " than it takes:\n\n");
	for (size_t i = 0; i < p->ladder.n; i++)
		rung(out, i + 1, &p->ladder.items[i]);
}

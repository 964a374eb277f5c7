#include "report/jsonval.h"
#include "report/plan.h"

static json_t *text(const struct gm_buf *out, const char *s)
{
	return gm_json_text(out->arena, s);
}

static json_t *statement(const struct gm_buf *out, const struct gm_sql_stmt *s)
{
	json_t *object = json_object(), *hazards = json_array();

	gm_json_set(object, "line", gm_json_size(s->line));
	gm_json_set(object, "column", gm_json_size(s->column));
	gm_json_set(object, "class", text(out, gm_class_name(s->class_)));
	gm_json_set(object, "tag", text(out, s->tag));
	gm_json_set(object, "why", text(out, s->why));
	for (size_t i = 0; i < s->hazards.n; i++)
		gm_json_push(
			hazards,
			text(out,
			     gm_rule_info(s->hazards.items[i].rule)->name));
	gm_json_set(object, "hazards", hazards);
	return object;
}

static json_t *member(const struct gm_buf *out, const struct gm_plan_member *m)
{
	json_t *object = json_object(), *list = json_array();

	gm_json_set(object, "id", text(out, m->id));
	gm_json_set(object, "purpose", text(out, m->purpose));
	gm_json_set(object, "path", text(out, m->path));
	gm_json_set(object, "digest", text(out, m->digest));
	gm_json_set(object, "phase", text(out, m->phase));
	gm_json_set(object, "class", text(out, m->class_));
	gm_json_set(object, "state", text(out, m->state));
	gm_json_set(object, "approval", text(out, m->approval));
	gm_json_set(object, "review", text(out, m->review));
	for (size_t i = 0; i < m->sql->n; i++)
		gm_json_push(list, statement(out, &m->sql->items[i]));
	gm_json_set(object, "statements", list);
	return object;
}

static json_t *stage(const struct gm_buf *out, const struct gm_plan_stage *s)
{
	json_t *object = json_object();

	gm_json_set(object, "stage", text(out, s->stage));
	gm_json_set(object, "directory", text(out, s->dir));
	gm_json_set(object, "commit", text(out, s->commit));
	gm_json_set(object, "migration", text(out, s->runs));
	gm_json_set(object, "missing", text(out, s->why));
	return object;
}

static json_t *env(const struct gm_buf *out, const struct gm_plan_env *e)
{
	json_t *object = json_object(), *list = json_array();

	gm_json_set(object, "name", text(out, e->name));
	gm_json_set(object, "namespace", text(out, e->namespace_));
	gm_json_set(object, "cluster", text(out, e->cluster));
	gm_json_set(object, "after", text(out, e->after));
	gm_json_set(object, "missing", text(out, e->why));
	for (size_t i = 0; i < e->stages.n; i++)
		gm_json_push(list, stage(out, &e->stages.items[i]));
	gm_json_set(object, "stages", list);
	return object;
}

static json_t *rung(const struct gm_buf *out, const struct gm_plan_rung *r)
{
	json_t *object = json_object();

	gm_json_set(object, "name", text(out, r->name));
	gm_json_set(object, "does", text(out, r->does));
	gm_json_set(object, "loses", text(out, r->loses));
	gm_json_set(object, "rpo", text(out, r->rpo));
	gm_json_set(object, "rto", text(out, r->rto));
	gm_json_set(object, "missing", text(out, r->why_not));
	return object;
}

void gm_report_plan_json(struct gm_buf *out, const struct gm_plan *p)
{
	json_t *root = json_object(), *members = json_array();
	json_t *envs = json_array(), *no_go = json_array();
	json_t *ladder = json_array();

	gm_json_set(root, "version", gm_json_size(1));
	gm_json_set(root, "id", text(out, p->id));
	gm_json_set(root, "name", text(out, p->name));
	gm_json_set(root, "window", text(out, p->window));
	gm_json_set(root, "owner", text(out, p->owner));
	gm_json_set(root, "flag", text(out, p->flag));
	for (size_t i = 0; i < p->members.n; i++)
		gm_json_push(members, member(out, &p->members.items[i]));
	for (size_t i = 0; i < p->envs.n; i++)
		gm_json_push(envs, env(out, &p->envs.items[i]));
	for (size_t i = 0; i < p->no_go.n; i++)
		gm_json_push(no_go, text(out, p->no_go.items[i]));
	for (size_t i = 0; i < p->ladder.n; i++)
		gm_json_push(ladder, rung(out, &p->ladder.items[i]));
	gm_json_set(root, "migrations", members);
	gm_json_set(root, "environments", envs);
	gm_json_set(root, "no_go", no_go);
	gm_json_set(root, "ladder", ladder);
	gm_json_finish(out, root);
}

/*
 * tests/unit/report/planned: a small plan.
 */
#ifndef GM_TESTS_PLANNED_H
#define GM_TESTS_PLANNED_H

#include "report/plan.h"
#include "unit.h"

static inline struct gm_plan planned(struct gm_arena *a)
{
	static struct gm_sql_hazard hazards[] = {
		{ GM_RULE_INDEX_NOT_CONCURRENT, "locks", "small" },
	};
	static struct gm_sql_stmt statements[] = {
		{ .line = 3,
		  .column = 1,
		  .class_ = GM_CLASS_EXPAND,
		  .tag = "CREATE INDEX",
		  .why = "makes | an index",
		  .hazards = { hazards, 1, 1 } },
	};
	static const struct gm_sql_file sql = { .items = statements, .n = 1 };
	struct gm_plan p = {
		.id = "1_add",
		.name = "add",
		.window = "1d",
		.owner = "Ann <a@example.com>",
		.flag = "PHONE",
	};
	struct gm_plan_env *env;

	*GM_PUSH(a, &p.members) = (struct gm_plan_member){
		.id = "1_add",
		.path = "m/1_add/up.sql",
		.digest = "sha256:12",
		.class_ = "expand",
		.phase = "expand",
		.state = "pending",
		.purpose = "Add a phone",
		.approval = "1 dba",
		.review = "missing 1 dba",
		.sql = &sql,
	};
	*GM_PUSH(a, &p.envs) = (struct gm_plan_env){
		.name = "develop",
		.why = "there is no cluster",
	};
	env = GM_PUSH(a, &p.envs);
	*env = (struct gm_plan_env){
		.name = "staging",
		.namespace_ = "shop",
		.cluster = "db",
		.after = "develop",
	};
	*GM_PUSH(a, &env->stages) = (struct gm_plan_stage){
		.dir = "20-expand",
		.stage = "expand",
		.commit = "A",
		.runs = "1_add",
	};
	*GM_PUSH(a, &env->stages) =
		(struct gm_plan_stage){ .stage = "deploy", .commit = "B" };
	*GM_PUSH(a, &env->stages) = (struct gm_plan_stage){
		.stage = "observe",
		.why = "nothing to look at",
	};
	*GM_PUSH(a, &p.no_go) = "it is late";
	*GM_PUSH(a, &p.ladder) =
		(struct gm_plan_rung){ "flag off", "switch it off",
				       "nothing",  "now",
				       "soon",     "there is none" };
	*GM_PUSH(a, &p.ladder) =
		(struct gm_plan_rung){ "restore", "go back", "all",
				       "then",    "an hour", NULL };
	return p;
}

#endif

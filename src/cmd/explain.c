/* git migrate explain: what a rule means and what to do about it. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/embed.h"
#include "base/near.h"
#include "check/context.h"
#include "cmd/cmd.h"
#include "git/ref.h"

struct args {
	const char *format;
	const char *rule;
};

static const struct gm_opt opts[] = {
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("rule", struct args, rule, "the rule: all, as a list"),
	GM_OPT_END,
};

/* The policy of HEAD where there is one: 1, 0 or -1. */
static int find_policy(struct gm_policy *out, struct gm_ctx *cx,
		       struct gm_err *err)
{
	const char *head;
	struct gm_oid tip;
	int found;

	if (gm_repo_open(&cx->repo, NULL, GM_REPO_DISCOVER, err) < 0)
		return err->code == GM_ENOT_FOUND ? 0 : -1;
	if (gm_ref_head(&head, cx->arena, cx->repo, err) < 0)
		return -1;
	found = gm_ref_get(&tip, cx->repo, head ? head : "HEAD", err);
	if (found <= 0)
		return found;
	return gm_policy_of_commit(out, cx->arena, cx->repo, &tip, "HEAD", err);
}

/* A broken repository is no reason to explain nothing. */
static const struct gm_policy *local_policy(struct gm_ctx *cx)
{
	struct gm_policy *policy = gm_alloc(cx->arena, sizeof(*policy));
	struct gm_err err = GM_ERR_INIT;
	int found = find_policy(policy, cx, &err);

	if (found < 0)
		gm_cmd_note(cx,
			    "the policy of this repository does not count"
			    " here: %s",
			    err.msg);
	return found > 0 ? policy : NULL;
}

static enum gm_severity severity(const struct gm_policy *policy,
				 enum gm_rule rule)
{
	return policy ? policy->severity[rule] : gm_rule_info(rule)->severity;
}

static bool overridden(const struct gm_policy *policy, enum gm_rule rule)
{
	return severity(policy, rule) != gm_rule_info(rule)->severity;
}

static json_t *rule_json(const struct gm_policy *policy, enum gm_rule rule)
{
	const struct gm_rule_info *info = gm_rule_info(rule);

	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "rule", info->name,
			 "severity", gm_severity_name(severity(policy, rule)),
			 "default", gm_severity_name(info->severity), "fixed",
			 (info->flags & GM_RULE_FIXED) != 0, "hazard",
			 (info->flags & GM_RULE_HAZARD) != 0, "title",
			 info->title);
}

static void print_json(struct gm_ctx *cx, json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	if (!text)
		GM_BUG("out of memory");
	fprintf(cx->out, "%s\n", text);
	free(text);
	json_decref(value);
}

static void list_json(struct gm_ctx *cx, const struct gm_policy *policy)
{
	json_t *rules = json_array();

	for (int i = 0; i < GM_RULE_COUNT; i++)
		json_array_append_new(rules,
				      rule_json(policy, (enum gm_rule)i));
	print_json(cx, json_pack("{s:i, s:o}", "version", 1, "rules", rules));
}

static void list(struct gm_ctx *cx, const struct gm_policy *policy)
{
	for (int i = 0; i < GM_RULE_COUNT; i++) {
		enum gm_rule rule = (enum gm_rule)i;

		fprintf(cx->out, "%-20s %-7s%c %s\n", gm_rule_info(rule)->name,
			gm_severity_name(severity(policy, rule)),
			overridden(policy, rule) ? '*' : ' ',
			gm_rule_info(rule)->title);
	}
	for (int i = 0; i < GM_RULE_COUNT; i++) {
		if (!overridden(policy, (enum gm_rule)i))
			continue;
		fputs("\n* set by the policy of this repository\n", cx->out);
		break;
	}
}

static void print_severity(struct gm_ctx *cx, const struct gm_policy *policy,
			   enum gm_rule rule)
{
	const struct gm_rule_info *info = gm_rule_info(rule);

	fprintf(cx->out, "severity: %s",
		gm_severity_name(severity(policy, rule)));
	if (overridden(policy, rule))
		fprintf(cx->out,
			", set by the policy of this repository (default:"
			" %s)",
			gm_severity_name(info->severity));
	else if (info->flags & GM_RULE_FIXED)
		fputs(", which a policy cannot change", cx->out);
	fputc('\n', cx->out);
	if (info->flags & GM_RULE_HAZARD)
		fprintf(cx->out, "silenced by: -- migrate: allow %s <reason>\n",
			info->name);
}

static void print_rule(struct gm_ctx *cx, const struct gm_policy *policy,
		       enum gm_rule rule)
{
	const struct gm_rule_info *info = gm_rule_info(rule);
	const char *on = cx->color ? "\033[1m" : "";
	const char *off = cx->color ? "\033[m" : "";
	struct gm_str line, rest = gm_embed(gm_printf(cx->arena, "rules/%s.md",
						      info->name));

	fprintf(cx->out, "%s%s%s: %s\n", on, info->name, off, info->title);
	print_severity(cx, policy, rule);
	fputc('\n', cx->out);
	while (gm_str_line(&line, &rest)) {
		bool heading = gm_str_starts(line, GM_STR("## "));

		if (heading)
			line = gm_str_sub(line, 3, line.len);
		fprintf(cx->out, "%s%.*s%s\n", heading ? on : "", (int)line.len,
			line.ptr, heading ? off : "");
	}
}

static int not_found(const char *name, struct gm_err *err)
{
	const char *names[GM_RULE_COUNT];
	const char *near;

	for (int i = 0; i < GM_RULE_COUNT; i++)
		names[i] = gm_rule_info((enum gm_rule)i)->name;
	near = gm_near(gm_str(name), names, GM_COUNT(names));
	gm_fail(err, GM_ENOT_FOUND, "there is no rule '%s'", name);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "'git migrate explain' lists the rules.");
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	bool json = gm_str_is(gm_str(args->format), "json");
	const struct gm_policy *policy;
	enum gm_rule rule;
	json_t *object;

	if (args->rule && !gm_rule_find(&rule, gm_str(args->rule)))
		return not_found(args->rule, err);
	policy = local_policy(cx);
	if (!args->rule) {
		(json ? list_json : list)(cx, policy);
		return 0;
	}
	if (!json) {
		print_rule(cx, policy, rule);
		return 0;
	}
	object = rule_json(policy, rule);
	json_object_set_new(object, "version", json_integer(1));
	json_object_set_new(
		object, "text",
		json_string(gm_embed(gm_printf(cx->arena, "rules/%s.md",
					       args->rule))
				    .ptr));
	print_json(cx, object);
	return 0;
}

const struct gm_cmd gm_cmd_explain = {
	.name = "explain",
	.summary = "say what a rule means and what to do about it",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

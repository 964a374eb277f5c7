#include "base/escape.h"
#include "report/jsonval.h"
#include "report/text.h"
#include "report/writers.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* {"text": ...}; braces stand for arguments there and are doubled. */
static json_t *message(struct gm_arena *a, const char *text)
{
	struct gm_buf doubled = gm_buf(a);
	json_t *o = json_object();

	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			gm_buf_putc(&doubled, *text);
		gm_buf_putc(&doubled, *text);
	}
	gm_json_set(o, "text", gm_json_str(a, gm_buf_view(&doubled)));
	return o;
}

static json_t *level(struct gm_arena *a, enum gm_severity severity)
{
	return gm_json_text(a, severity == GM_SEV_OFF
				       ? "none"
				       : gm_severity_name(severity));
}

static json_t *rule(struct gm_arena *a, const struct gm_rule_info *info)
{
	json_t *o = json_object(), *config = json_object();

	gm_json_set(config, "level", level(a, info->severity));
	gm_json_set(o, "id", gm_json_text(a, info->name));
	gm_json_set(o, "shortDescription", message(a, info->title));
	gm_json_set(o, "defaultConfiguration", config);
	return o;
}

static json_t *tool(struct gm_arena *a)
{
	json_t *o = json_object(), *driver = json_object();
	json_t *rules = json_array();

	for (size_t i = 0; i < GM_RULE_COUNT; i++)
		gm_json_push(rules, rule(a, gm_rule_info((enum gm_rule)i)));
	gm_json_set(driver, "name", gm_json_text(a, "git-migrate"));
	gm_json_set(driver, "version", gm_json_text(a, gm_version));
	gm_json_set(driver, "rules", rules);
	gm_json_set(o, "driver", driver);
	return o;
}

/*
 * A path as a URI reference.  A colon in its first part would be taken for a
 * scheme.
 */
static json_t *uri(struct gm_arena *a, struct gm_str path)
{
	struct gm_buf out = gm_buf(a);
	size_t slash = gm_str_find(path, '/');

	if (gm_str_starts(path, GM_STR("/")))
		gm_buf_puts(&out, "file://");
	else if (gm_str_find(path, ':') < slash)
		gm_buf_puts(&out, "./");
	gm_percent_encode(&out, path);
	return gm_json_str(a, gm_buf_view(&out));
}

static json_t *region(const struct gm_finding *f)
{
	json_t *o = json_object();

	gm_json_set(o, "startLine", gm_json_size(f->line));
	if (f->column) {
		gm_json_set(o, "startColumn",
			    gm_json_size(gm_report_column(f)));
		gm_json_set(o, "endColumn",
			    gm_json_size(gm_report_end_column(f)));
	}
	return o;
}

static json_t *locations(struct gm_arena *a, const struct gm_finding *f)
{
	json_t *list = json_array(), *location = json_object();
	json_t *physical = json_object(), *artifact = json_object();

	gm_json_set(artifact, "uri", uri(a, f->path));
	gm_json_set(physical, "artifactLocation", artifact);
	if (f->line)
		gm_json_set(physical, "region", region(f));
	gm_json_set(location, "physicalLocation", physical);
	gm_json_push(list, location);
	return list;
}

static json_t *finding(struct gm_arena *a, const struct gm_finding *f)
{
	json_t *o = json_object(), *properties = json_object();
	const char *text = f->message;

	if (f->hint)
		text = gm_printf(a, "%s. %s", f->message, f->hint);
	if (f->commit)
		gm_json_set(properties, "commit", gm_json_text(a, f->commit));
	if (f->ref)
		gm_json_set(properties, "ref", gm_json_text(a, f->ref));
	gm_json_set(o, "ruleId", gm_json_text(a, gm_rule_info(f->rule)->name));
	gm_json_set(o, "ruleIndex", gm_json_size(f->rule));
	gm_json_set(o, "level", level(a, f->severity));
	gm_json_set(o, "message", message(a, text));
	if (f->path.len)
		gm_json_set(o, "locations", locations(a, f));
	gm_json_set(o, "properties", properties);
	return o;
}

void gm_report_sarif(struct gm_buf *out, const struct gm_result *result,
		     const struct gm_report_options *options)
{
	struct gm_arena *a = out->arena;
	json_t *root = json_object(), *runs = json_array();
	json_t *run = json_object(), *results = json_array();

	(void)options;
	for (size_t i = 0; i < result->findings.n; i++)
		gm_json_push(results, finding(a, &result->findings.items[i]));
	gm_json_set(run, "tool", tool(a));
	gm_json_set(run, "columnKind", gm_json_text(a, "unicodeCodePoints"));
	gm_json_set(run, "results", results);
	gm_json_push(runs, run);
	gm_json_set(root, "$schema", gm_json_text(a, SCHEMA));
	gm_json_set(root, "version", gm_json_text(a, "2.1.0"));
	gm_json_set(root, "runs", runs);
	gm_json_finish(out, root);
}

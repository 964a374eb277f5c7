#include "base/digest.h"
#include "base/escape.h"
#include "base/map.h"
#include "report/jsonval.h"
#include "report/writers.h"

/* What the rules about commits and history find stops the merge. */
static const char *severity(const struct gm_finding *f)
{
	if (f->severity == GM_SEV_WARNING)
		return "minor";
	if (gm_rule_info(f->rule)->flags & GM_RULE_HAZARD)
		return "major";
	return "blocker";
}

/*
 * GitLab tells new findings from old ones by this: it must survive a rebase
 * and lines added above, and must not repeat in one report.
 */
static const char *fingerprint(struct gm_arena *a, struct gm_map *seen,
			       const struct gm_finding *f)
{
	struct gm_buf text = gm_buf(a);
	char *hex = gm_alloc(a, GM_SHA256_HEX + 1);
	size_t *times;

	gm_buf_printf(&text, "%s\n", gm_rule_info(f->rule)->name);
	gm_percent_encode(&text, f->path);
	gm_buf_putc(&text, '\n');
	gm_percent_encode(&text, gm_str(f->message));
	gm_buf_putc(&text, '\n');
	gm_percent_encode(&text, gm_str_trim(f->source));
	times = gm_map_get(seen, gm_buf_view(&text));
	if (!times) {
		times = gm_alloc(a, sizeof(*times));
		gm_map_set(seen, gm_str(gm_strndup(a, text.ptr, text.len)),
			   times);
	}
	gm_buf_printf(&text, "\n%zu", (*times)++);
	gm_sha256_hex(hex, gm_buf_view(&text));
	return hex;
}

static json_t *location(struct gm_arena *a, const struct gm_finding *f)
{
	json_t *o = json_object(), *lines = json_object();

	gm_json_set(lines, "begin", gm_json_size(f->line ? f->line : 1));
	gm_json_set(o, "path",
		    gm_json_str(a, f->path.len ? f->path : GM_STR(".")));
	gm_json_set(o, "lines", lines);
	return o;
}

static json_t *issue(struct gm_arena *a, struct gm_map *seen,
		     const struct gm_finding *f)
{
	json_t *o = json_object();
	const char *text = f->message;

	if (f->hint)
		text = gm_printf(a, "%s. %s", f->message, f->hint);
	gm_json_set(o, "description", gm_json_text(a, text));
	gm_json_set(o, "check_name",
		    gm_json_text(a, gm_rule_info(f->rule)->name));
	gm_json_set(o, "fingerprint", gm_json_text(a, fingerprint(a, seen, f)));
	gm_json_set(o, "severity", gm_json_text(a, severity(f)));
	gm_json_set(o, "location", location(a, f));
	return o;
}

void gm_report_gitlab(struct gm_buf *out, const struct gm_result *result,
		      const struct gm_report_options *options)
{
	struct gm_map seen = gm_map(out->arena);
	json_t *issues = json_array();

	(void)options;
	for (size_t i = 0; i < result->findings.n; i++)
		gm_json_push(issues, issue(out->arena, &seen,
					   &result->findings.items[i]));
	gm_json_finish(out, issues);
}

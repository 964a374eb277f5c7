#include "report/cases.h"

#include "base/buf.h"
#include "base/map.h"

/* A file in a commit as one word: hex holds no line feed. */
static struct gm_str key_of(struct gm_arena *a, struct gm_str path,
			    const char *commit)
{
	struct gm_buf key = gm_buf(a);

	gm_buf_str(&key, gm_str(commit));
	gm_buf_putc(&key, '\n');
	gm_buf_str(&key, path);
	return gm_buf_view(&key);
}

static void add(struct gm_arena *a, struct gm_cases *cases, struct gm_case *c,
		const struct gm_finding *f)
{
	*GM_PUSH(a, &c->findings) = f;
	if (f->severity != GM_SEV_ERROR)
		return;
	if (!c->errors++)
		cases->failed++;
}

struct gm_cases gm_report_cases(struct gm_arena *a,
				const struct gm_result *result)
{
	struct gm_cases cases = { 0 };
	struct gm_map by_key = gm_map(a);

	cases.cap = result->n + result->findings.n;
	cases.items = gm_alloc_n(a, cases.cap, sizeof(*cases.items));
	for (size_t i = 0; i < result->n; i++) {
		const struct gm_judged *item = &result->items[i];
		struct gm_case *c = &cases.items[cases.n++];

		c->item = item;
		gm_map_set(&by_key, key_of(a, item->path, item->commit), c);
	}
	for (size_t i = 0; i < result->findings.n; i++) {
		const struct gm_finding *f = &result->findings.items[i];
		struct gm_case *c = NULL;

		if (f->path.len)
			c = gm_map_get(&by_key, key_of(a, f->path, f->commit));
		if (!c)
			c = &cases.items[cases.n++];
		add(a, &cases, c, f);
	}
	return cases;
}

const char *gm_report_case_name(const struct gm_case *c)
{
	return c->item ? c->item->id : c->findings.items[0]->message;
}

const char *gm_report_case_kind(const struct gm_case *c)
{
	if (c->item)
		return gm_class_name(c->item->sql.class_);
	return gm_rule_info(c->findings.items[0]->rule)->name;
}

#include "rollout/lint.h"

#include <stdarg.h>
#include <string.h>

struct gm_finding *gm_lint_at(const struct gm_lint *l, enum gm_rule rule,
			      const struct gm_doc *d,
			      const struct gm_yaml *node, const char *fmt, ...)
{
	struct gm_finding *found;
	va_list args;

	va_start(args, fmt);
	found = gm_find(l->out, rule, "%s %s: %s", d->kind,
			*d->name ? d->name : "(no name)",
			gm_vprintf(l->out->arena, fmt, args));
	va_end(args);
	if (!node)
		node = d->node;
	found->path = gm_str(d->path);
	found->line = node->line;
	found->column = node->column;
	gm_find_hint(l->out, found, "'git migrate explain %s' says why.",
		     gm_rule_info(rule)->name);
	return found;
}

int64_t gm_flux_duration(const char *text)
{
	int64_t total = 0;

	if (!*text)
		return -1;
	while (*text) {
		int64_t n = 0;
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 9; digits++)
			n = n * 10 + (*text++ - '0');
		if (!digits)
			return -1;
		/* A fraction only makes it longer by less than its unit. */
		if (*text == '.')
			for (text++; *text >= '0' && *text <= '9';)
				text++;
		if (!strncmp(text, "ms", 2)) {
			total += n;
			text += 2;
			continue;
		}
		if (*text == 's')
			total += n * 1000;
		else if (*text == 'm')
			total += n * 60000;
		else if (*text == 'h')
			total += n * 3600000;
		else
			return -1;
		text++;
	}
	return total;
}

static void lint_unread(const struct gm_lint *l)
{
	for (size_t i = 0; i < l->m->unread.n; i++) {
		const struct gm_unread *u = &l->m->unread.items[i];
		struct gm_finding *found =
			gm_find(l->out, GM_RULE_FLUX_UNREAD, "%s", u->why);

		found->path = gm_str(u->path);
		found->line = u->line;
		found->column = u->column;
		gm_find_hint(l->out, found,
			     "Leave it out with --exclude when it is no"
			     " manifest.");
	}
}

void gm_lint(struct gm_findings *out, const struct gm_manifests *m)
{
	const struct gm_lint l = { m, out };

	lint_unread(&l);
	gm_lint_jobs(&l);
	gm_lint_flux(&l);
	gm_lint_graph(&l);
	gm_lint_objects(&l);
	gm_lint_units(&l);
	gm_lint_rights(&l);
	gm_lint_sql(&l);
}

/* rollout/lint: what waits for what. */
#include <string.h>

#include "rollout/lint.h"

static const struct gm_yaml *dependencies(const struct gm_unit *u)
{
	const struct gm_yaml *list =
		gm_yaml_at(u->flux->node, "spec/dependsOn");

	return list && list->kind == GM_YAML_LIST ? list : NULL;
}

/* How sure is it that it is the one in namespace `space`?  0: it is not. */
static int likeness(const struct gm_doc *d, const char *space)
{
	/* Where no namespace is written, it may be any. */
	if (!*space || !*d->namespace_)
		return 1;
	return strcmp(d->namespace_, space) ? 0 : 2;
}

const struct gm_unit *gm_lint_find(const struct gm_manifests *m,
				   const struct gm_doc *from,
				   const struct gm_yaml *dependency)
{
	const char *name =
		gm_yaml_text(m->arena, gm_yaml_get(dependency, "name"));
	const char *elsewhere =
		gm_yaml_text(m->arena, gm_yaml_get(dependency, "namespace"));
	const char *space = elsewhere ? elsewhere : from->namespace_;
	const struct gm_unit *u =
		name ? gm_map_get(&m->by_name, gm_str(name)) : NULL;
	const struct gm_unit *found = NULL;
	int best = 0;

	for (; u; u = u->namesake) {
		int like = likeness(u->flux, space);

		/* Who names another namespace hardly means itself. */
		if (u->flux == from && elsewhere && like < 2)
			like = 0;
		if (like <= best)
			continue;
		best = like;
		found = u;
	}
	return found;
}

/* What it is made from; a name that is not written here comes by a patch. */
struct source {
	const char *kind, *space, *name;
};

static struct source source_of(const struct gm_lint *l, const struct gm_unit *u)
{
	struct gm_arena *a = l->m->arena;
	const char *space = gm_doc_text(a, u->flux, "spec/sourceRef/namespace");

	return (struct source){
		.kind = gm_doc_text(a, u->flux, "spec/sourceRef/kind"),
		.space = *space ? space : u->flux->namespace_,
		.name = gm_doc_text(a, u->flux, "spec/sourceRef/name"),
	};
}

/* What is not written may be anything. */
static bool may_equal(const char *one, const char *two)
{
	return !*one || !*two || !strcmp(one, two);
}

static bool may_be_same(const struct source *one, const struct source *two)
{
	return may_equal(one->kind, two->kind) &&
	       may_equal(one->space, two->space) &&
	       may_equal(one->name, two->name);
}

static const char *source_text(struct gm_arena *a, const struct source *s)
{
	return gm_printf(a, "%s %s%s%s", s->kind, s->space,
			 *s->space ? "/" : "", s->name);
}

static void lint_edge(const struct gm_lint *l, const struct gm_unit *u,
		      const struct gm_unit *to, const struct gm_yaml *node)
{
	struct source mine = source_of(l, u), theirs = source_of(l, to);

	if ((u->stage || to->stage) && !may_be_same(&mine, &theirs))
		gm_lint_at(l, GM_RULE_FLUX_R7, u->flux, node,
			   "it comes from %s, and '%s', which it waits for,"
			   " from %s: an old state of that is enough",
			   source_text(l->m->arena, &mine), to->flux->name,
			   source_text(l->m->arena, &theirs));
	if (u->stage && to->stage && strcmp(u->flux->name, to->flux->name) < 0)
		gm_lint_at(l, GM_RULE_FLUX_R8, u->flux, node,
			   "it waits for '%s', but its name comes before that",
			   to->flux->name);
}

/* Is the tree all there is?  Its sources are in it, then. */
static bool is_whole(const struct gm_lint *l)
{
	static const char group[] = "source.toolkit.fluxcd.io/";

	for (size_t i = 0; i < l->m->docs.n; i++)
		if (!strncmp(l->m->docs.items[i].api, group, strlen(group)))
			return true;
	return false;
}

static void lint_dangling(const struct gm_lint *l, const struct gm_unit *u,
			  const struct gm_yaml *node, bool whole)
{
	const char *name = gm_yaml_text(l->m->arena, gm_yaml_get(node, "name"));

	/* It may be in a file that cannot be read. */
	if (name && !l->m->unread.n && (whole || !strncmp(name, "gm-", 3)))
		gm_lint_at(l, GM_RULE_FLUX_R20, u->flux, node,
			   "it waits for '%s', which is not there", name);
}

/* --- circles --- */

struct walk {
	const struct gm_manifests *m;
	char *state; /* of each unit: 0 new, 1 on the way, 2 done */
	size_t *way;
	size_t depth;
	const char *circle;
	const struct gm_doc *at;
	bool staged; /* a stage is in it: there is no better one */
};

/* One that a stage of a rollout is in counts more than others. */
static void say_circle(struct walk *w, size_t back_to)
{
	struct gm_buf out = gm_buf(w->m->arena);
	const struct gm_doc *other = NULL;
	size_t from = 0;

	while (w->way[from] != back_to)
		from++;
	for (size_t i = from; i < w->depth; i++) {
		const struct gm_doc *d = w->m->units.items[w->way[i]].flux;

		gm_buf_printf(&out, "%s -> ", d->name);
		if (gm_doc_label(d, "git-migrate.dev/stage"))
			w->staged = true;
		else
			other = d;
	}
	if (w->circle && !w->staged)
		return;
	gm_buf_puts(&out, w->m->units.items[back_to].flux->name);
	w->circle = out.ptr;
	w->at = other ? other : w->m->units.items[back_to].flux;
}

static void visit(struct walk *w, size_t i)
{
	const struct gm_unit *u = &w->m->units.items[i];
	const struct gm_yaml *list = dependencies(u);

	w->state[i] = 1;
	w->way[w->depth++] = i;
	for (size_t k = 0; list && k < list->n && !w->staged; k++) {
		const struct gm_unit *to =
			gm_lint_find(w->m, u->flux, list->items[k]);
		size_t next = to ? (size_t)(to - w->m->units.items) : 0;

		if (to && w->state[next] == 1)
			say_circle(w, next);
		else if (to && !w->state[next])
			visit(w, next);
	}
	w->depth--;
	w->state[i] = 2;
}

void gm_lint_circle(const struct gm_doc **at, const char **circle,
		    const struct gm_manifests *m)
{
	struct walk w = {
		.m = m,
		.state = gm_alloc(m->arena, m->units.n),
		.way = gm_alloc_n(m->arena, m->units.n, sizeof(*w.way)),
	};

	for (size_t i = 0; i < m->units.n && !w.staged; i++)
		if (m->units.items[i].flux && !w.state[i])
			visit(&w, i);
	*at = w.at;
	*circle = w.circle;
}

void gm_lint_graph(const struct gm_lint *l)
{
	bool whole = is_whole(l);
	const struct gm_doc *at;
	const char *circle;

	for (size_t i = 0; i < l->m->units.n; i++) {
		const struct gm_unit *u = &l->m->units.items[i];
		const struct gm_yaml *list = u->flux ? dependencies(u) : NULL;

		for (size_t k = 0; list && k < list->n; k++) {
			const struct gm_unit *to =
				gm_lint_find(l->m, u->flux, list->items[k]);

			if (to)
				lint_edge(l, u, to, list->items[k]);
			else
				lint_dangling(l, u, list->items[k], whole);
		}
	}
	gm_lint_circle(&at, &circle, l->m);
	if (circle)
		gm_lint_at(l, GM_RULE_FLUX_R20, at,
			   gm_yaml_at(at->node, "spec/dependsOn"),
			   "they wait for each other: %s", circle);
}

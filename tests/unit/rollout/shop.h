/*
 * tests/unit/rollout/shop: a rollout with all stages, for tests.
 */
#ifndef GM_TESTS_SHOP_H
#define GM_TESTS_SHOP_H

#include "rollout/render.h"
#include "unit.h"

/* Beside tests that have an `err` of their own. */
#define shop_ok(call)                                                          \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, why.msg);                    \
	} while (0)

#define SHA "0123456789012345678901234567890123456789012345678901234567890123"

static const char shop_flux[] =
	"  source: {kind: GitRepository, name: delivery}\n"
	"  path: flux/migrations\n"
	"  image: pg:17\n"
	"  tool: gm:1\n"
	"  database: shop-db\n"
	"  app: {kind: Deployment, name: shop, kustomization: shop-app, path: "
	"\"apps/shop/overlays/{env}\"}\n"
	"  flag: {name: shop-flags}\n"
	"  observe:\n"
	"    prometheus: http://prometheus:9090\n"
	"    queries: {errors: {query: \"rate(e[5m])\", max: 0.01}}\n"
	"  restore: {storage: 20Gi, database: shop, owner: shop}\n";

struct shop {
	struct gm_arena *arena;
	struct gm_policy policy;
	struct gm_target target;
	struct gm_rollout rollout;
	struct gm_slots slots;
	struct gm_templates templates;
	struct gm_fileset files;
};

static inline void shop_policy(struct shop *s, const char *flux)
{
	struct gm_err why = GM_ERR_INIT;

	shop_ok(gm_policy_read(
		&s->policy, s->arena, "p.yaml",
		gm_str(gm_printf(
			s->arena,
			"version: 1\nproject: shop\n"
			"environments:\n"
			"  - {name: staging, namespace: shop, cluster: "
			"shop-db}\n"
			"  - {name: bare}\n"
			"flux:\n%s",
			flux)),
		&why));
}

/* The migrations of the rollout, and its environment. */
static inline void shop_make(struct shop *s, struct gm_arena *a,
			     const char *flux)
{
	static const struct gm_member expand = {
		.id = "1_add",
		.digest = "sha256:" SHA,
		.phase = "expand",
		.class_ = "expand",
		.path = "migrations/1_add/up.sql",
		.up = { "ALTER TABLE t ADD a int;\n", 25 },
		.down = { "ALTER TABLE t DROP a;\n", 22 },
	};
	static const struct gm_member contract = {
		.id = "3_drop",
		.digest = "sha256:" SHA,
		.phase = "contract",
		.class_ = "contract",
		.path = "migrations/3_drop/up.sql",
		.up = { "ALTER TABLE t DROP b;\n", 22 },
	};
	static const struct gm_member backfill = {
		.id = "2_fill",
		.digest = "sha256:" SHA,
		.phase = "backfill",
		.class_ = "backfill",
		.path = "migrations/2_fill/up.sql",
		.up = { "UPDATE t SET a = b;\n", 20 },
	};
	struct gm_err why = GM_ERR_INIT;

	*s = (struct shop){ .arena = a,
			    .templates = gm_templates(a, NULL, NULL) };
	shop_policy(s, flux ? flux : shop_flux);
	shop_ok(gm_target_find(&s->target, a, &s->policy, "staging", &why));
	s->rollout = (struct gm_rollout){ .id = "1_add",
					  .name = "add",
					  .flag = "NEW",
					  .window = 86400,
					  .expand = &expand,
					  .contract = &contract };
	*GM_PUSH(a, &s->rollout.backfills) = backfill;
}

static inline void shop_slots(struct shop *s, const struct gm_progress *p)
{
	const struct gm_progress none = { 0 };
	struct gm_err why = GM_ERR_INIT;

	shop_ok(gm_slots_make(&s->slots, s->arena, &s->rollout, &s->target,
			      p ? p : &none, &why));
}

static inline int shop_render(struct shop *s, struct gm_err *why)
{
	struct gm_render r = { .arena = s->arena,
			       .templates = &s->templates,
			       .rollout = &s->rollout,
			       .target = &s->target,
			       .slots = &s->slots,
			       .out = &s->files,
			       .dir = gm_render_dir(s->arena, &s->target,
						    s->rollout.name) };

	s->files = (struct gm_fileset){ 0 };
	return gm_render(&r, why);
}

/* All of it, with everything shown. */
static inline void shop_all(struct shop *s, struct gm_arena *a,
			    const char *flux)
{
	struct gm_err why = GM_ERR_INIT;

	shop_make(s, a, flux);
	shop_slots(s, NULL);
	gm_slots_show_all(&s->slots);
	shop_ok(shop_render(s, &why));
}

/* A file of the rollout; it must be there. */
static inline const char *shop_file(const struct shop *s, const char *name)
{
	const char *path = gm_printf(
		s->arena, "%s/%s",
		gm_render_dir(s->arena, &s->target, s->rollout.name), name);
	const struct gm_fileset_file *f = gm_fileset_find(&s->files, path);

	if (!f) {
		fail_msg("there is no %s", path);
		return "";
	}
	return gm_str_dup(s->arena, f->content);
}

static inline void shop_says(const struct shop *s, const char *name,
			     const char *text)
{
	const char *content = shop_file(s, name);

	if (!strstr(content, text))
		fail_msg("no '%s' in %s:\n%s", text, name, content);
}

static inline void shop_silent(const struct shop *s, const char *name,
			       const char *text)
{
	const char *content = shop_file(s, name);

	if (strstr(content, text))
		fail_msg("'%s' in %s:\n%s", text, name, content);
}

/* The value along a path of the first document of a file, or "". */
static inline const char *shop_value(const struct shop *s, const char *name,
				     const char *path)
{
	struct gm_yaml_docs docs = { 0 };
	struct gm_err why = GM_ERR_INIT;
	const char *text;

	shop_ok(gm_yaml_read(&docs, s->arena, name, gm_str(shop_file(s, name)),
			     &why));
	assert_true(docs.n > 0);
	text = gm_yaml_text(s->arena, gm_yaml_at(docs.items[0], path));
	return text ? text : "";
}

#endif

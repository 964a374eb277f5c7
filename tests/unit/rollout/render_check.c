#include "rollout/lint.h"

#include "shop.h"

/* One of the files as a template of somebody might make it. */
static int with(struct shop *s, const char *name, const char *from,
		const char *to, struct gm_err *why)
{
	const char *dir = gm_render_dir(s->arena, &s->target, s->rollout.name);
	struct gm_render r = { .arena = s->arena,
			       .out = &s->files,
			       .dir = dir };
	struct gm_fileset_file *f = s->files.items;
	const char *text, *at;

	while (!gm_str_is(gm_str(f->path),
			  gm_printf(s->arena, "%s/%s", dir, name)))
		f++;
	text = gm_str_dup(s->arena, f->content);
	at = strstr(text, from);
	assert_non_null(at);
	f->content = gm_str(gm_printf(s->arena, "%.*s%s%s", (int)(at - text),
				      text, to, at + strlen(from)));
	return gm_render_check(&r, why);
}

static void refused(const char *name, const char *from, const char *to,
		    const char *what)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err why = GM_ERR_INIT;
	struct shop s;

	shop_all(&s, &a, NULL);
	assert_int_equal(with(&s, name, from, to, &why), -1);
	assert_int_equal(why.code, GM_EINPUT);
	if (!strstr(why.msg, what))
		fail_msg("no '%s': %s", what, why.msg);
	assert_non_null(strstr(why.path, name));
	assert_non_null(strstr(why.hint, ".migrate/templates/flux"));
}

static void test_fine(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err why = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	shop_ok(with(&s, "20-expand/job.yaml", "cpu: \"50m\"", "cpu: \"1\"",
		     &why));
}

static void test_rules(void **state)
{
	(void)state;
	refused("20-expand/job.yaml", "spec:\n",
		"spec:\n  ttlSecondsAfterFinished: 5\n", "flux-r1: ");
	refused("20-expand/job.yaml", "backoffLimit: 0", "backoffLimit: 6",
		"flux-r15: ");
	refused("10-checkpoint/backup.yaml", "prune: \"disabled\"",
		"prune: \"enabled\"", "flux-r16: ");
	refused("flux/stages-a.yaml", "prune: true",
		"prune: true\n  force: true", "flux-r3: ");
}

static void test_nothing(void **state)
{
	(void)state;
	refused("10-checkpoint/backup.yaml", "kind:", "kinds:", "R13: ");
}

GM_UNIT_MAIN(cmocka_unit_test(test_fine), cmocka_unit_test(test_rules),
	     cmocka_unit_test(test_nothing))

#include "unit/report/planned.h"

static const char *markdown(struct gm_arena *a, const struct gm_plan *p)
{
	struct gm_buf out = gm_buf(a);

	gm_report_plan(&out, p);
	return out.ptr;
}

static void says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in\n%s", part, text);
}

static void test_everything(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_plan p = planned(&a);
	const char *text = markdown(&a, &p);

	(void)state;
	says(text, "# Rollout of `1_add`\n\nAdd a phone\n");
	says(text, "- Rollback window: 1d\n- Owner: Ann \\<a@example.com>\n");
	says(text, "### `1_add`\n");
	says(text, "- File: `m/1_add/up.sql`\n- Digest: `sha256:12`\n");
	says(text, "- Approval: 1 dba\n- Approved: missing 1 dba\n");
	says(text, "| 3 | expand | CREATE INDEX | makes \\| an index | "
		   "index-not-concurrent (allowed: small) |\n");
	says(text, "### staging\n\n- Namespace: shop\n- Cluster: db\n"
		   "- After: develop\n");
	says(text, "| 20-expand | expand | A | `1_add` |\n");
	says(text, "|  | deploy | B |  |\n");
	says(text, "|  | observe | left out | nothing to look at |\n");
	says(text, "- No manifests: there is no cluster\n");
	says(text, "## No-go\n\nThe contract does not run when:\n\n- it is "
		   "late\n");
	says(text, "1. **flag off**: switch it off.\n   Lost: nothing.\n"
		   "   RPO: now. RTO: soon.\n"
		   "   No way: there is none.\n");
	says(text, "2. **restore**: go back.\n   Lost: all.\n");
}

static void test_nothing(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_plan p = { .id = "1_`x", .name = "x" };
	const char *text = markdown(&a, &p);

	(void)state;
	says(text, "# Rollout of `` 1_`x ``\n");
	says(text, "- Owner: not declared\n");
	says(text, "The policy names none.\n");
}

/* Nothing of the repository speaks to a terminal. */
static void test_escapes(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_plan p = planned(&a);

	(void)state;
	p.owner = "\033]0;x\007 [a](b) <b>";
	p.members.items[0].purpose = "a\033b";
	assert_null(strchr(markdown(&a, &p), '\033'));
	says(markdown(&a, &p), "\\[a](b) \\<b>");
}

GM_UNIT_MAIN(cmocka_unit_test(test_everything), cmocka_unit_test(test_nothing),
	     cmocka_unit_test(test_escapes))

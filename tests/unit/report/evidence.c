#include "report/evidence.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static struct gm_gate_line lines[] = {
	{ .name = "flag", .answer = GM_GATE_NO, .why = "on for 5 % | <only>" },
};
static const struct gm_overview_item item = {
	.id = "1_a",
	.phase = "contract",
	.digest = "sha256:00",
	.class_ = GM_CLASS_CONTRACT,
};
static struct gm_record approval = {
	.id = "0123456789abcdef0123",
	.kind = GM_RECORD_APPROVE,
	.env = "*",
	.signer = "ann@example.com",
	.at = 1,
};
static struct gm_record seen = {
	.id = "fedcba9876543210fedc",
	.kind = GM_RECORD_EVIDENCE,
	.env = "staging",
	.stage = "observe",
	.result = "pass",
	.sha256 = "00",
	.signer = "ann@example.com",
	.at = 2,
};

static struct gm_evidence_pack sample(void)
{
	struct gm_evidence_pack p = {
		.item = &item,
		.project = "shop",
		.ref = "refs/heads/main",
		.policy = "1234",
		.now = 3,
	};
	struct gm_gate *g = GM_PUSH(&arena, &p.gates);

	approval.line = GM_STR("gm1 approve env=* <b>");
	seen.line = GM_STR("gm1 evidence env=staging");
	g->env = "staging";
	g->stage = GM_STAGE_CONTRACT;
	*GM_PUSH(&arena, g) = lines[0];
	*GM_PUSH(&arena, &g->items[0].records) = seen.id;
	*GM_PUSH(&arena, &p) =
		(struct gm_evidence_record){ .record = &approval,
					     .why = "it has expired" };
	*GM_PUSH(&arena, &p) =
		(struct gm_evidence_record){ .record = &seen,
					     .has_exhibit = true,
					     .exhibit = GM_STR("fine \x1b\n"
							       "<all>\n") };
	return p;
}

static void has(const struct gm_buf *out, const char *text)
{
	if (!strstr(out->ptr, text))
		fail_msg("no '%s' in:\n%s", text, out->ptr);
}

static void test_md(void **state)
{
	struct gm_evidence_pack p = sample();
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	gm_report_evidence_md(&out, &p);
	has(&out, "# 1&#95;a\n\n- project: shop\n- ref: refs/heads/main\n"
		  "- digest: sha256:00\n- phase: contract\n"
		  "- class: contract\n- policy: 1234\n"
		  "- looked at: 1970-01-01T00:00:03Z\n");
	has(&out, "\n## staging: no-go, stage contract\n\n");
	has(&out, "| flag | no-go | on for 5 % &#124; &lt;only> |"
		  " fedcba9876543210 |\n");
	has(&out, "### 0123456789abcdef: approve\n\n"
		  "By ann@example.com at 1970-01-01T00:00:01Z, for &#42;.\n"
		  "It does not count: it has expired.\n\n"
		  "    gm1 approve env=* <b>\n");
	has(&out, "### fedcba9876543210: evidence observe pass\n");
	has(&out, "\nIt rests on:\n\n    fine \\e\n    <all>\n");
	has(&out, "## To verify it");
	gm_arena_done(&arena);
}

static void test_exhibits(void **state)
{
	struct gm_evidence_pack p = sample();
	struct gm_buf out = gm_buf(&arena), text = gm_buf(&arena);

	(void)state;
	p.items[1].has_exhibit = false;
	gm_report_evidence_md(&out, &p);
	has(&out, "What it rests on is not here.");
	gm_report_evidence_html(&out, &p);
	has(&out, "<p>What it rests on is not here.</p>");
	for (int i = 0; i < 50; i++)
		gm_buf_printf(&text, "line %d\n", i);
	p.items[1].has_exhibit = true;
	p.items[1].exhibit = gm_buf_view(&text);
	out = gm_buf(&arena);
	gm_report_evidence_md(&out, &p);
	has(&out, "    line 39\n    ...\n");
	assert_null(strstr(out.ptr, "line 40"));
	gm_arena_done(&arena);
}

static void test_html(void **state)
{
	struct gm_evidence_pack p = sample();
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	gm_report_evidence_html(&out, &p);
	has(&out, "<title>1_a</title>");
	has(&out, "<h2>staging: no-go, stage contract</h2>");
	has(&out, "<td>on for 5 % | &lt;only&gt;</td>");
	has(&out, "<a href=\"#rfedcba9876543210\">");
	has(&out, "<h3 id=\"rfedcba9876543210\">");
	has(&out, "<p>It does not count: it has expired</p>");
	has(&out, "<pre>gm1 approve env=* &lt;b&gt;</pre>");
	has(&out, "&lt;all&gt;");
	assert_null(strchr(out.ptr, '\x1b'));
	gm_arena_done(&arena);
}

static void test_json(void **state)
{
	struct gm_evidence_pack p = sample();
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	gm_report_evidence_json(&out, &p);
	has(&out, "\"version\": 1,\n  \"migration\": \"1_a\"");
	has(&out, "\"env\": \"staging\",\n      \"stage\": \"contract\",\n"
		  "      \"verdict\": \"no-go\"");
	has(&out, "\"counts\": false,\n      \"why\": \"it has expired\"");
	has(&out, "\"exhibit\": \"fine \\u001B\\n<all>\\n\"");
	has(&out, "\"exhibit\": null");
	gm_arena_done(&arena);
}

GM_UNIT_MAIN(cmocka_unit_test(test_md), cmocka_unit_test(test_exhibits),
	     cmocka_unit_test(test_html), cmocka_unit_test(test_json))

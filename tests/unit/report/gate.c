#include "report/gate.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static struct gm_gate sample(void)
{
	struct gm_gate g = { .id = "1_\x1b",
			     .env = "staging",
			     .stage = GM_STAGE_CONTRACT };
	struct gm_gate_line *l = GM_PUSH(&arena, &g);

	l->name = "flag";
	l->answer = GM_GATE_GO;
	l->why = "on";
	l->hint = "Never shown.";
	*GM_PUSH(&arena, &l->records) = "0123456789abcdef0123";
	*GM_PUSH(&arena, &l->records) = "fedcba9876543210fedc";
	l = GM_PUSH(&arena, &g);
	l->name = "slo";
	l->answer = GM_GATE_UNKNOWN;
	l->why = "no record\n";
	l->hint = "Record it.";
	return g;
}

static void test_human(void **state)
{
	struct gm_gate g = sample();
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	gm_report_gate(&out, &g);
	assert_string_equal(out.ptr,
			    "1_\\e, stage contract in staging:\n"
			    "  go       flag            on (0123456789abcdef,"
			    " fedcba9876543210)\n"
			    "  unknown  slo             no record\\n\n"
			    "                           hint: Record it.\n"
			    "no-go\n");
	gm_arena_done(&arena);
}

static void test_json(void **state)
{
	struct gm_gate g = sample();
	struct gm_buf out = gm_buf(&arena);

	(void)state;
	g.go = true;
	gm_report_gate_json(&out, &g);
	assert_non_null(strstr(out.ptr, "\"version\": 1,\n"
					"  \"verdict\": \"go\",\n"
					"  \"migration\": \"1_\\u001B\",\n"
					"  \"env\": \"staging\",\n"
					"  \"stage\": \"contract\",\n"));
	assert_non_null(strstr(out.ptr, "\"line\": \"slo\",\n"
					"      \"answer\": \"unknown\",\n"
					"      \"message\": \"no record\\n\",\n"
					"      \"hint\": \"Record it.\",\n"
					"      \"records\": []\n"));
	assert_non_null(strstr(out.ptr, "\"0123456789abcdef0123\""));
	gm_arena_done(&arena);
}

GM_UNIT_MAIN(cmocka_unit_test(test_human), cmocka_unit_test(test_json))

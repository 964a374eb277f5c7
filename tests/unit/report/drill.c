#include "report/drill.h"

#include <jansson.h>

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const struct gm_drill_unit unit = { .id = "2_\x1b[m",
					   .digest = "sha256:00",
					   .path = "m/2/up.sql" };
static struct gm_seen_lock locks[] = {
	{ "public.t", "ROW EXCLUSIVE", 3, 100 },
	{ "public.t", "ACCESS EXCLUSIVE", 8, 12345 },
	{ "public.u", "ACCESS SHARE", 1, 5 },
	{ "public.v", "SHARE", 5, 9000 },
	{ "public.w", "SHARE UPDATE EXCLUSIVE", 4, 9000 },
};
static struct gm_seen_scan scans[] = { { "public.t", 1, 50 },
				       { "public.v", 3, 90 } };
static const char *rewritten[] = { "table public.t" };
static const char *defects[] = { "read as expand, but it wrote anew table"
				 " public.t" };
static struct gm_object before = { "column", "t.a", "", "int" };
static struct gm_object after = { "column", "t.a", "", "bigint" };
static struct gm_change changes[] = { { &before, &after },
				      { NULL, &after },
				      { &before, NULL } };
static const char *rows[14];
static struct gm_filled filled[] = {
	{ "public.t", 50, false, NULL },
	{ "public.u", 0, false, "no values\nare found" },
};

static struct gm_drill example(void)
{
	struct gm_drill_stmt *stmts = gm_alloc_n(&arena, 2, sizeof(*stmts));
	struct gm_drilled *d = gm_alloc(&arena, sizeof(*d));
	struct gm_drill_check *c = d->checks;

	stmts[0] = (struct gm_drill_stmt){ .line = 3,
					   .column = 1,
					   .tag = "ALTER TABLE",
					   .class_ = GM_CLASS_EXPAND };
	stmts[0].seen.us = 2500;
	stmts[0].seen.wal = 20480;
	stmts[0].seen.locks.items = locks;
	stmts[0].seen.locks.n = GM_COUNT(locks);
	stmts[0].seen.scans.items = scans;
	stmts[0].seen.scans.n = GM_COUNT(scans);
	stmts[0].seen.rewritten = (struct gm_strings){ rewritten, 1, 1 };
	stmts[0].defects = (struct gm_strings){ defects, 1, 1 };
	stmts[1] = (struct gm_drill_stmt){ .line = 4, .tag = "SET" };
	for (int i = 0; i < GM_DRILL_CHECKS; i++)
		c[i] = (struct gm_drill_check){ .answer = GM_DRILL_YES,
						.why = "",
						.hint = "",
						.path = "",
						.us = 2000 };
	c[GM_DRILL_VERIFY].answer = GM_DRILL_NO;
	c[GM_DRILL_VERIFY].why = "bad\nvery \x1b[31m";
	c[GM_DRILL_VERIFY].hint = "Do it.";
	c[GM_DRILL_VERIFY].path = "m/2/verify.sql";
	c[GM_DRILL_VERIFY].line = 7;
	c[GM_DRILL_VERIFY].column = 2;
	c[GM_DRILL_AGAIN].answer = GM_DRILL_NOTE;
	c[GM_DRILL_AGAIN].changes.items = changes;
	c[GM_DRILL_AGAIN].changes.n = GM_COUNT(changes);
	for (size_t i = 0; i < GM_COUNT(rows); i++)
		rows[i] = "public.t: 1 rows instead of 2";
	c[GM_DRILL_AGAIN].rows = (struct gm_strings){ rows, GM_COUNT(rows), 0 };
	c[GM_DRILL_UP_AGAIN].answer = GM_DRILL_SKIPPED;
	c[GM_DRILL_UP_AGAIN].why = "there is no down SQL";
	d->unit = &unit;
	d->no = true;
	d->stmts = stmts;
	d->n_stmts = 2;
	d->defects = 1;
	d->rows = 50;
	d->tables = 2;
	d->fill.items = filled;
	d->fill.n = GM_COUNT(filled);
	d->wal = 20480;
	d->point = "gm:2";
	d->lsn = "0/1";
	d->rto_ms = 180;
	d->ms = 1500;
	return (struct gm_drill){ .items = d, .n = 1, .version = 150020 };
}

static void holds(const struct gm_buf *out, const char *text)
{
	if (!strstr(out->ptr, text))
		fail_msg("there is no '%s' in:\n%s", text, out->ptr);
}

static void for_people(void **state)
{
	static const char *const expected[] = {
		"made for the drill: role app\n",
		"note: x.sql:1: passed over\n",
		"2_\\e[m: no, in 1.5 s\n",
		"    rows      50 in 2 tables\n",
		"        only 0 in public.u: no values; are found\n",
		"    apply     yes     2.0 ms, 20 kB of WAL\n",
		"      3:1  ALTER TABLE (expand), 2.5 ms, 20 kB of WAL\n",
		"        ACCESS EXCLUSIVE on public.t for 12 ms: stops"
		" everybody\n",
		"        SHARE on public.v for 9.0 ms: stops writers\n",
		"        SHARE UPDATE EXCLUSIVE on public.w for 9.0 ms\n",
		"        wrote anew table public.t\n",
		"        read all of public.t, 50 rows\n",
		"        read all of public.v, 3 times, 90 rows\n",
		"        DEFECT of the reading: read as expand,",
		"    verify    no      2.0 ms, m/2/verify.sql:7:2: bad; very"
		" \\e[31m\n        hint: Do it.\n",
		"        changed column t.a\n            from int\n"
		"            to   bigint\n        added column t.a\n"
		"        removed column t.a\n",
		"        and 2 more\n",
		"    down      yes     2.0 ms, nothing is lost\n",
		"    up again  skipped there is no down SQL\n",
		"    restore   yes     2.0 ms, open again after 180 ms, 50 rows"
		" are back\n",
		"1 migration rehearsed on PostgreSQL 15.20, 1 failed; 1 defect"
		" of the reading; RTO 180 ms\n",
	};
	const char *made_up[] = { "role app" };
	const char *notes[] = { "x.sql:1: passed over" };
	struct gm_buf out = gm_buf(&arena);
	struct gm_drill d = example();

	(void)state;
	d.made_up = (struct gm_strings){ made_up, 1, 1 };
	d.notes = (struct gm_strings){ notes, 1, 1 };
	gm_report_drill(&out, &d);
	for (size_t i = 0; i < GM_COUNT(expected); i++)
		holds(&out, expected[i]);
	/* What readers take, and what a stronger one covers. */
	assert_null(strstr(out.ptr, "public.u for"));
	assert_null(strstr(out.ptr, "ROW EXCLUSIVE on public.t"));
	assert_null(strstr(out.ptr, "SET"));
}

/* A view of a hundred lines differs in one word. */
static void long_definitions(void **state)
{
	static char was[1000], is[1000];
	static struct gm_object old = { "view", "v", "", was };
	static struct gm_object new = { "view", "v", "", is };
	struct gm_change change = { &old, &new };
	struct gm_buf out = gm_buf(&arena);
	struct gm_drill d = example();

	(void)state;
	/* The place to begin at is in the middle of a letter. */
	for (size_t i = 0; i + 1 < sizeof(was); i += 2)
		memcpy(was + i, "\u00e4", 2);
	was[998] = '\0';
	memcpy(is, was, sizeof(is));
	memcpy(was + 500, "one", 3);
	memcpy(is + 500, "two", 3);
	was[503] = is[503] = '.';
	d.items[0].checks[GM_DRILL_AGAIN].changes.items = &change;
	d.items[0].checks[GM_DRILL_AGAIN].changes.n = 1;
	gm_report_drill(&out, &d);
	holds(&out, "from ...\u00e4");
	holds(&out, "\u00e4one.\u00e4");
	holds(&out, "to   ...\u00e4");
	holds(&out, "\u00e4two.\u00e4");
	holds(&out, "\u00e4...\n");
	assert_true(strcspn(strstr(out.ptr, "from ..."), "\n") < 180);
}

static void a_table_of_many(void **state)
{
	struct gm_buf one = gm_buf(&arena), out = gm_buf(&arena);
	struct gm_drill d = example(), many = d;

	(void)state;
	gm_report_drill(&one, &d);
	assert_null(strstr(one.ptr, "migration  apply"));
	many.items = gm_alloc_n(&arena, 2, sizeof(*many.items));
	many.items[0] = many.items[1] = d.items[0];
	many.items[1].defects = 0;
	many.n = 2;
	gm_report_drill(&out, &many);
	holds(&out,
	      "\n\nmigration  apply     verify    again     down      up again"
	      "  restore   RTO      time\n"
	      "2_\\e[m     yes       no        note      yes       -       "
	      "  yes       180 ms   1.5 s  defect\n"
	      "2_\\e[m     yes       no        note      yes       -       "
	      "  yes       180 ms   1.5 s\n\n"
	      "2 migrations rehearsed on");
}

static void sizes(void **state)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_drill d = example();

	(void)state;
	d.items[0].wal = (int64_t)300 << 20;
	d.items[0].stmts[0].seen.wal = 17;
	d.items[0].defects = 0;
	d.items[0].no = false;
	gm_report_drill(&out, &d);
	holds(&out, "300 MB of WAL");
	holds(&out, "17 bytes of WAL");
	holds(&out, "0 failed; RTO 180 ms");
}

static void for_machines(void **state)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_drill d = example();
	json_t *root, *m, *s;
	const char *text, *mode;
	int n;

	(void)state;
	gm_report_drill_json(&out, &d);
	root = json_loads(out.ptr, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:s, s:s, s:i}", "verdict", &text,
				     "postgres", &mode, "rto_ms", &n),
			 0);
	assert_string_equal(text, "fail");
	assert_string_equal(mode, "15.20");
	assert_int_equal(n, 180);
	m = json_array_get(json_object_get(root, "migrations"), 0);
	assert_true(json_is_true(json_object_get(m, "lossless")));
	assert_true(json_is_false(json_object_get(m, "idempotent")));
	assert_int_equal(json_unpack(m, "{s:{s:{s:s, s:i, s:s}}}", "checks",
				     "verify", "message", &text, "line", &n,
				     "answer", &mode),
			 0);
	assert_string_equal(text, "bad\nvery \x1b[31m");
	assert_int_equal(n, 7);
	assert_non_null(
		json_object_get(json_object_get(m, "checks"), "up_again"));
	s = json_array_get(json_object_get(m, "statements"), 0);
	assert_int_equal(json_unpack(s, "{s:[{s:s, s:s, s:i}], s:s, s:i}",
				     "locks", "relation", &text, "mode", &mode,
				     "us", &n, "class", &text, "wal", &n),
			 0);
	assert_string_equal(text, "expand");
	assert_int_equal(n, 20480);
	assert_int_equal(json_array_size(json_object_get(s, "defects")), 1);
	json_decref(root);
	/* What was not tried is neither. */
	out = gm_buf(&arena);
	d.items[0].checks[GM_DRILL_DOWN].answer = GM_DRILL_SKIPPED;
	d.items[0].checks[GM_DRILL_AGAIN].answer = GM_DRILL_SKIPPED;
	gm_report_drill_json(&out, &d);
	holds(&out, "\"lossless\": null");
	holds(&out, "\"idempotent\": null");
}

GM_UNIT_MAIN(cmocka_unit_test(for_people), cmocka_unit_test(long_definitions),
	     cmocka_unit_test(a_table_of_many), cmocka_unit_test(sizes),
	     cmocka_unit_test_teardown(for_machines, finish))

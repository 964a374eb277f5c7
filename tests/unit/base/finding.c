#include "base/finding.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void severities(void **state)
{
	enum gm_severity s = GM_SEV_OFF;

	(void)state;
	assert_true(gm_severity_parse(&s, GM_STR("error")));
	assert_int_equal(s, GM_SEV_ERROR);
	assert_true(gm_severity_parse(&s, GM_STR("warning")));
	assert_int_equal(s, GM_SEV_WARNING);
	assert_false(gm_severity_parse(&s, GM_STR("Error")));
	assert_false(gm_severity_parse(&s, GM_STR_NONE));
	assert_int_equal(s, GM_SEV_WARNING);
	assert_string_equal(gm_severity_name(GM_SEV_OFF), "off");
	assert_string_equal(gm_severity_name(GM_SEV_ERROR), "error");
}

static void each_rule_is_described(void **state)
{
	(void)state;
	for (enum gm_rule r = 0; r < GM_RULE_COUNT; r++) {
		const struct gm_rule_info *info = gm_rule_info(r);
		size_t len = strlen(info->name);
		enum gm_rule found = GM_RULE_COUNT;

		assert_true(gm_rule_find(&found, gm_str(info->name)));
		assert_int_equal(found, r);
		assert_int_equal(
			strspn(info->name,
			       "abcdefghijklmnopqrstuvwxyz-0123456789"),
			len);
		assert_true(info->title[0] && strlen(info->title) <= 72);
		assert_true(info->title[strlen(info->title) - 1] != '.');
		assert_true(info->severity != GM_SEV_OFF);
	}
}

static void unknown_rules(void **state)
{
	enum gm_rule r = GM_RULE_BAD_TRAILER;

	(void)state;
	assert_false(gm_rule_find(&r, GM_STR("mixed")));
	assert_false(gm_rule_find(&r, GM_STR_NONE));
	assert_int_equal(r, GM_RULE_BAD_TRAILER);
}

static void a_warning_stays_one(void **state)
{
	enum gm_severity severity[GM_RULE_COUNT] = {
		[GM_RULE_UNSAFE_PATH] = GM_SEV_ERROR,
	};
	struct gm_findings list = gm_findings(&arena, severity);
	struct gm_finding *f;

	(void)state;
	f = gm_find_warning(&list, GM_RULE_UNSAFE_PATH, "at %d", 1);
	assert_int_equal(f->severity, GM_SEV_WARNING);
	assert_string_equal(f->message, "at 1");
	assert_int_equal(list.warnings, 1);
	assert_int_equal(list.errors, 0);
	severity[GM_RULE_UNSAFE_PATH] = GM_SEV_OFF;
	gm_find_warning(&list, GM_RULE_UNSAFE_PATH, "at %d", 2);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.warnings, 1);
}

static void findings_are_kept_and_counted(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_finding *f;

	(void)state;
	gm_find(&list, GM_RULE_MIXED_EXPAND, "first %d", 1);
	f = gm_find(&list, GM_RULE_MIXED_DESTRUCTIVE, "'%s'", "second");
	gm_find_hint(&list, f, "Split %s.", "it");
	gm_find_note(&list, f, "app file %d", 1);
	gm_find_note(&list, f, "app file %d", 2);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.warnings, 1);
	assert_int_equal(list.errors, 1);
	assert_int_equal(list.dropped, 0);
	assert_string_equal(list.items[0].message, "first 1");
	assert_int_equal(list.items[0].severity, GM_SEV_WARNING);
	assert_null(list.items[0].hint);
	assert_ptr_equal(f, &list.items[1]);
	assert_int_equal(f->rule, GM_RULE_MIXED_DESTRUCTIVE);
	assert_string_equal(f->message, "'second'");
	assert_string_equal(f->hint, "Split it.");
	assert_int_equal(f->notes.n, 2);
	assert_string_equal(f->notes.items[1], "app file 2");
}

static void the_policy_decides(void **state)
{
	enum gm_severity severity[GM_RULE_COUNT] = { 0 };
	struct gm_findings list = gm_findings(&arena, severity);
	struct gm_finding *f;

	(void)state;
	severity[GM_RULE_MIXED_EXPAND] = GM_SEV_ERROR;
	severity[GM_RULE_MIXED_DESTRUCTIVE] = GM_SEV_OFF;
	f = gm_find(&list, GM_RULE_MIXED_DESTRUCTIVE, "not seen");
	gm_find_hint(&list, f, "Nor this.");
	assert_int_equal(list.n, 0);
	assert_int_equal(list.errors + list.warnings + list.dropped, 0);
	gm_find(&list, GM_RULE_MIXED_EXPAND, "seen");
	assert_int_equal(list.errors, 1);
	assert_int_equal(list.items[0].severity, GM_SEV_ERROR);
}

static void too_many_are_counted_only(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);

	(void)state;
	for (size_t i = 0; i < GM_FINDINGS_MAX + 5; i++)
		assert_non_null(gm_find(&list, GM_RULE_BAD_TRAILER, "x"));
	assert_int_equal(list.n, GM_FINDINGS_MAX);
	assert_int_equal(list.dropped, 5);
	assert_int_equal(list.errors, GM_FINDINGS_MAX + 5);
}

static void points_into_a_text(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");
	struct gm_str text = GM_STR("one\n  two three\nfour");

	(void)state;
	gm_find_at(&list, f, GM_STR("up.sql"), text, 6, 3);
	assert_str(f->path, "up.sql");
	assert_int_equal(f->line, 2);
	assert_int_equal(f->column, 3);
	assert_int_equal(f->width, 3);
	assert_str(f->source, "  two three");
	gm_find_at(&list, f, GM_STR("up.sql"), text, text.len, 0);
	assert_int_equal(f->line, 3);
	assert_int_equal(f->column, 5);
	assert_str(f->source, "four");
	gm_find_at(&list, f, GM_STR("up.sql"), GM_STR_NONE, 0, 0);
	assert_int_equal(f->line, 1);
	assert_int_equal(f->source.len, 0);
}

static void an_offset_past_the_end_is_the_end(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");

	(void)state;
	gm_find_at(&list, f, GM_STR("up.sql"), GM_STR("a\nbc"), 99, 0);
	assert_int_equal(f->line, 2);
	assert_int_equal(f->column, 3);
	assert_str(f->source, "bc");
}

static void long_lines_are_cut(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	gm_find_at(&list, f, GM_STR("up.sql"),
		   (struct gm_str){ text, sizeof(text) }, 5, 1);
	assert_int_equal(f->column, 6);
	assert_int_equal(f->source.len, 400);
}

/* From the beginning each time it would be 250 GB to read. */
static void many_in_a_large_text(void **state)
{
	static const char line[] =
		"0123456789abcdef0123456789abcdef012345678\n";
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_spot known = { 0, 1, 1 };
	const size_t each = (sizeof(line) - 1) * 120, n = 10000;
	struct gm_str text = { NULL, each * n };
	char *all = gm_alloc(&arena, text.len);

	(void)state;
	for (size_t at = 0; at < text.len; at += sizeof(line) - 1)
		memcpy(all + at, line, sizeof(line) - 1);
	/* The last part is one line. */
	memset(all + text.len - each, 'x', each);
	text.ptr = all;
	for (size_t i = 0; i < n; i++) {
		struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");

		gm_find_from(&list, f, GM_STR("up.sql"), text, &known,
			     i * each + 2, 3);
		assert_int_equal(f->line, i * 120 + 1);
		assert_int_equal(f->column, 3);
		assert_int_equal(f->source.len,
				 i + 1 < n ? sizeof(line) - 2 : 400);
		known = (struct gm_spot){ i * each + 2, f->line, f->column };
	}
	for (size_t i = 0; i < each; i++) {
		struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");

		gm_find_from(&list, f, GM_STR("up.sql"), text, &known,
			     text.len - i, 0);
		assert_int_equal(f->line, (n - 1) * 120 + 1);
	}
}

static void a_place_behind_is_of_no_use(void **state)
{
	struct gm_findings list = gm_findings(&arena, NULL);
	struct gm_finding *f = gm_find(&list, GM_RULE_OPAQUE_SQL, "x");
	struct gm_spot known = { 4, 3, 1 }, none = { 0 };
	struct gm_str text = GM_STR("a\nb\nc");

	(void)state;
	gm_find_from(&list, f, GM_STR("up.sql"), text, &known, 2, 1);
	assert_int_equal(f->line, 2);
	assert_int_equal(f->column, 1);
	assert_str(f->source, "b");
	gm_find_from(&list, f, GM_STR("up.sql"), text, &none, 4, 1);
	assert_int_equal(f->line, 3);
}

GM_UNIT_MAIN(cmocka_unit_test(severities),
	     cmocka_unit_test(each_rule_is_described),
	     cmocka_unit_test(unknown_rules),
	     cmocka_unit_test_teardown(a_warning_stays_one, done),
	     cmocka_unit_test_teardown(findings_are_kept_and_counted, done),
	     cmocka_unit_test_teardown(the_policy_decides, done),
	     cmocka_unit_test_teardown(too_many_are_counted_only, done),
	     cmocka_unit_test_teardown(points_into_a_text, done),
	     cmocka_unit_test_teardown(an_offset_past_the_end_is_the_end, done),
	     cmocka_unit_test_teardown(long_lines_are_cut, done),
	     cmocka_unit_test_teardown(many_in_a_large_text, done),
	     cmocka_unit_test_teardown(a_place_behind_is_of_no_use, done))

#include "rollout/lint.h"

#include "linted.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "5m", 300000 }, { "1h30m", 5400000 }, { "90s", 90000 },
		{ "500ms", 500 }, { "1.5h", 3600000 },  { "", -1 },
		{ "5", -1 },      { "m", -1 },          { "5d", -1 },
		{ "5m ", -1 },    { "-5m", -1 },        { "1234567890s", -1 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_int_equal(gm_flux_duration(cases[i].text), cases[i].ms);
}

static void test_clean(void **state)
{
	(void)state;
	give("flux.yaml", KS("one", "a", ""));
	give("a/job.yaml", JOB);
	assert_string_equal(found(), "");
}

static void test_place(void **state)
{
	const struct gm_finding *f;

	(void)state;
	give("a.yaml", "kind: X\n---\n" JOB "  ttlSecondsAfterFinished: 5\n");
	assert_string_equal(found(), "r1@a.yaml:9");
	f = &linted_found.items[0];
	assert_int_equal(f->column, 28);
	assert_int_equal(f->severity, GM_SEV_ERROR);
	assert_non_null(strstr(f->message, "Job gm-m1-expand-0123abcd-1: ttl"));
	assert_non_null(strstr(f->hint, "git migrate explain flux-r1"));
}

static void test_no_name(void **state)
{
	(void)state;
	give("a.yaml", "kind: Backup\napiVersion: postgresql.cnpg.io/v1\n"
		       "spec: {method: plugin}\n");
	assert_string_equal(found(), "r16@a.yaml:1 r18@a.yaml:1");
	assert_non_null(
		strstr(linted_found.items[0].message, "Backup (no name): "));
}

/* What cannot be read is told, and the rest is looked at. */
static void test_unread(void **state)
{
	const struct gm_finding *f;

	(void)state;
	give("a.yaml", "a: 1\nb: [\n");
	give("b.yaml", JOB "  ttlSecondsAfterFinished: 5\n");
	give("c.yaml", "a: 1\na: 2\n");
	give("d.yaml", KS("s-10", "s", "  dependsOn: [{name: gm-x}]\n"));
	assert_int_equal(symlink("b.yaml", in_place("tree/e.yaml")), 0);
	assert_string_equal(found(), "unread@a.yaml:3 unread@c.yaml:2 "
				     "unread@e.yaml:0 r1@b.yaml:7");
	f = &linted_found.items[0];
	assert_non_null(strstr(f->hint, "--exclude"));
	give("chart/Chart.yaml", "name: x\n");
	give("chart/templates/x.yaml", "{{ if\n");
	assert_string_equal(found(), "unread@a.yaml:3 unread@c.yaml:2 "
				     "unread@e.yaml:0 r1@b.yaml:7");
}

GM_UNIT_MAIN(LINT_TEST(test_durations), LINT_TEST(test_clean),
	     LINT_TEST(test_place), LINT_TEST(test_no_name),
	     LINT_TEST(test_unread))

/* check/words: what a commit message says, and whether it is borne out. */
#include "check/fixture.h"
#include "check/parts.h"

static void speaks(void **state)
{
	static const struct {
		const char *message;
		bool speaks;
	} cases[] = {
		{ "Add t\n\nMigration-Phase: expand\n", true },
		{ "Add t\n\nMIGRATION: 1\n", true },
		{ "Add t\n\nrollback-window: 1h\n", true },
		{ "Add t\n\nFeature-flag: x\n", true },
		{ "Add t\n\nBREAK-GLASS: T1\n", true },
		{ "Add a migration\n", false },
		{ "Fix: the feature\n\nSigned-off-by: A <a@b>\n", false },
		{ "migratio:", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_commit c = { .message = gm_str(cases[i].message) };

		if (gm_judge_speaks(&c) != cases[i].speaks)
			fail_msg("%zu: %s", i, cases[i].message);
	}
}

#define ONE                                                                    \
	{                                                                      \
		"migrations/2_b/up.sql", "SELECT 2;"                           \
	}
#define TWO                                                                    \
	ONE,                                                                   \
	{                                                                      \
		"migrations/3_c/up.sql", "SELECT 3;"                           \
	}

/*
 * The findings about the words of a commit in a repository where 1_a has
 * landed.
 */
static size_t judge(struct fixture *f, const char *message,
		    const struct put *puts, struct gm_commit_meta *words)
{
	struct gm_oid root = COMMIT(f, NULL, "Start\n",
				    { "migrations/1_a/up.sql", "SELECT 1;" });
	const struct gm_oid *const parents[] = { &root, NULL };
	struct gm_oid tip = fixture_commit(f, parents, 0, message, puts);
	struct gm_judged_commit c = fixture_judged(f, &tip);
	struct gm_judge j = fixture_judgement(f);
	struct gm_err err = GM_ERR_INIT;
	struct gm_parts parts = { 0 };

	assert_ok(gm_landing_load(&j, &root, &err));
	gm_parts_sort(&parts, &j, &c);
	gm_judge_words(words, &j, &c, &parts);
	for (size_t i = 0; i < f->result.findings.n; i++)
		assert_string_equal(f->result.findings.items[i].commit, c.hex);
	assert_int_equal(f->result.findings.n, found(f, GM_RULE_BAD_TRAILER));
	return f->result.findings.n;
}

static void scopes(void **state)
{
	static const struct put app[] = { { "app", "1", 0 }, { 0 } };
	static const struct put one[] = { ONE, { 0 } };
	static const struct put two[] = { TWO, { 0 } };
	/* What goes away is not described by anything. */
	static const struct put instead[] = {
		ONE, { "migrations/1_a/up.sql", NULL, 0 }, { 0 }
	};
	static const struct {
		const char *trailers;
		const struct put *puts;
		size_t findings;
	} cases[] = {
		{ "Signed-off-by: A <a@b>\n", app, 0 },
		{ "Migration-Phase: expand\n", one, 0 },
		{ "Migration: 2_b\nMigration-Phase: expand\n", one, 0 },
		/* Names what the commit does not hold. */
		{ "Migration: 1_a\nMigration-Phase: expand\n", one, 1 },
		{ "Migration: 2_b\n", app, 1 },
		/* Two migrations, and nobody knows which is meant. */
		{ "Migration-Phase: expand\n", two, 1 },
		{ "Migration: 2_b\nMigration-Phase: expand\n", two, 0 },
		{ "Migration-Phase: expand\n", instead, 0 },
		/* What comes before the first name is for all of them. */
		{ "Rollback-Window: 1h\nMigration: 2_b\n"
		  "Migration-Phase: expand\n",
		  two, 0 },
		/* What only a migration may say. */
		{ "Migration-Phase: expand\n", app, 1 },
		{ "Migration-Contracts: 1_a\n", app, 1 },
		{ "Rollback-Window: 1h\n", app, 1 },
		{ "Rollback-Owner: A <a@b>\n", app, 1 },
		{ "Feature-Flag: F\n", app, 0 },
		{ "Break-Glass: T-1\n", app, 0 },
		/* Landed, of this commit, of nowhere. */
		{ "Migration-Requires: 1_a\n", app, 0 },
		{ "Migration-Requires: 2_b\n", one, 0 },
		{ "Migration-Requires: 2_b\n", app, 1 },
		/* Malformed ones are blamed on the commit, too. */
		{ "Migration-Phase: later\n", one, 1 },
		{ "Migration-Fase: expand\n", one, 1 },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_commit_meta words = { 0 };
		const char *message =
			gm_printf(&f.arena, "Do it\n\n%s", cases[i].trailers);
		size_t n = judge(&f, message, cases[i].puts, &words);

		if (n != cases[i].findings)
			fail_msg("%zu: %zu findings: %s", i, n, message);
	}
	fixture_done(&f);
}

static void meaning(void **state)
{
	static const struct put one[] = { ONE, { 0 } };
	struct gm_commit_meta words = { 0 };
	struct fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(judge(&f,
			       "Do it\n\nMigration-Phase: backfill\n"
			       "Migration-Requires: 1_a\n",
			       one, &words),
			 0);
	assert_int_equal(words.n, 1);
	assert_int_equal(words.items[0].meta.phase, GM_PHASE_BACKFILL);
	assert_string_equal(words.requires_.items[0], "1_a");
	fixture_done(&f);
}

/* Forges write the trailers of a branch into its merge, too. */
static void merges(void **state)
{
	struct gm_oid parents[2] = { { { 1 } }, { { 2 } } };
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t n = 1; n <= 2; n++) {
		struct gm_judged_commit c = {
			.commit = {
				.message = GM_STR("Merge\n\nMigration: 2_b\n"
						  "Migration-Phase: expand\n"),
				.parents = parents,
				.n_parents = n,
			},
		};
		struct gm_judge j = fixture_judgement(&f);
		struct gm_commit_meta words = { 0 };
		struct gm_parts parts = { 0 };

		gm_judge_words(&words, &j, &c, &parts);
		assert_int_equal(f.result.findings.n, n == 1);
	}
	fixture_done(&f);
}

/* What is still pending in the same push may be required, too. */
static void pending(void **state)
{
	struct gm_judged_commit c = {
		.commit.message = GM_STR("Use\n\nMigration-Requires: 2_b\n"),
	};
	struct gm_pending_unit unit = { .id = "2_b" };
	struct gm_root root = { .path = GM_STR("migrations") };
	struct gm_commit_meta words = { 0 };
	struct gm_parts parts = { 0 };
	struct fixture f;
	struct gm_judge j;

	(void)state;
	fixture_start(&f);
	j = fixture_judgement(&f);
	gm_judge_words(&words, &j, &c, &parts);
	assert_int_equal(f.result.findings.n, 1);
	f.cx.roots = (struct gm_roots){ &root, 1, 1 };
	gm_map_set(&j.pending, gm_judge_key(&f.arena, &root, gm_str(unit.id)),
		   &unit);
	gm_judge_words(&words, &j, &c, &parts);
	assert_int_equal(f.result.findings.n, 1);
	fixture_done(&f);
}

static void encodings(void **state)
{
	static const struct {
		const char *encoding;
		struct gm_str message;
		const char *found;
	} cases[] = {
		{ NULL, { "Do it\n", 6 }, NULL },
		{ "utf-8", { "Do it\n", 6 }, NULL },
		{ "ISO-8859-1", { "Do it\n", 6 }, "not in UTF-8" },
		{ NULL, { "Do\0it\n", 6 }, "a NUL byte" },
		{ "ISO-8859-1", { "Do\0it\n", 6 }, "a NUL byte" },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_judge j = fixture_judgement(&f);
		struct gm_judged_commit c = {
			.commit = { .encoding = cases[i].encoding,
				    .message = cases[i].message },
		};
		struct gm_commit_meta words = { 0 };
		struct gm_parts parts = { 0 };

		gm_judge_words(&words, &j, &c, &parts);
		assert_int_equal(f.result.findings.n, cases[i].found != NULL);
		if (cases[i].found)
			assert_non_null(strstr(
				finding(&f, GM_RULE_BAD_TRAILER)->message,
				cases[i].found));
	}
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(speaks), cmocka_unit_test(scopes),
	     cmocka_unit_test(meaning), cmocka_unit_test(merges),
	     cmocka_unit_test(pending), cmocka_unit_test(encodings))

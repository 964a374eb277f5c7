/* check/stray: trailers that stand where no trailer is read. */
#include "check/fixture.h"

/* The hint on a missing flag of a commit with this message. */
static const char *hint(struct fixture *f, const char *message)
{
	struct gm_oid root = COMMIT(f, NULL, "Start\n", { "app", "1" });
	struct gm_oid tip =
		COMMIT(f, &root, message,
		       { "migrations/1_x/up.sql", "CREATE TABLE t (a int);" },
		       { "migrations/1_x/down.sql", "DROP TABLE t;" });

	fixture_judge(f, &root, &tip);
	return finding(f, GM_RULE_MISSING_FLAG)->hint;
}

static void told(void **state)
{
	static const struct {
		const char *message;
		int line;
	} cases[] = {
		{ "Add (#1)\n\nFeature-Flag: F\n\n* Fix it\n", 3 },
		{ "Add (#1)\n\n* a\n\nFeature-Flag: F\n\nReviewed-by: Bob\n",
		  5 },
		{ "Add (#1)\n\n    feature-flag:   F  \r\n\nText\n", 3 },
		{ "Feature-Flag: F\n", 1 },
		{ "Add\n\nText\nFeature-Flag: F\nText", 4 },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		char want[400];

		snprintf(want, sizeof(want),
			 "'Feature-Flag: F' stands in line %d of the message,"
			 " outside of its last paragraph, where trailers are"
			 " read; a squash may have moved it. Put"
			 " '-- Feature-Flag: F' at the top of"
			 " migrations/1_x/up.sql.",
			 cases[i].line);
		assert_string_equal(hint(&f, cases[i].message), want);
	}
	fixture_done(&f);
}

static void nothing_to_tell(void **state)
{
	static const char *const messages[] = {
		"Add\n",
		"Add\n\nFeature-Flag:\n\nText\n",
		"Add\n\nFeature-Flags: F\n\nText\n",
		"Add\n\nA Feature-Flag: F\n\nText\n",
		"Add\n\nMigration: 1_x\nMigration-Phase: expand\n",
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(messages); i++)
		assert_null(strstr(hint(&f, messages[i]), "stands in line"));
	assert_null(strstr(hint(&f, gm_printf(&f.arena,
					      "Add\n\nFeature-Flag: %0300d\n\n"
					      "Text\n",
					      0)),
			   "stands in line"));
	fixture_done(&f);
}

#define TRAILERS                                                               \
	"Reviewed-by: Bob\nMigration-Phase: expand\nRollback-Window: 24h\n"    \
	"Rollback-Owner: Ann Lee <ann@example.com>\nFeature-Flag: F\n"

#define MIGRATION                                                              \
	{ "migrations/1_x/up.sql", "CREATE TABLE t (a int);" },                \
	{                                                                      \
		"migrations/1_x/down.sql", "DROP TABLE t;"                     \
	}

static const char *revert(struct fixture *f, const struct gm_oid *oid)
{
	return gm_printf(&f->arena, "Revert it\n\nThis reverts commit %s.\n",
			 gm_oid_hex(&f->arena, oid));
}

/* `git revert` of a revert brings the files back, and no trailers. */
static void brought_back(void **state)
{
	struct gm_oid root, first, second, third, fourth;
	const struct gm_finding *found;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	first = COMMIT(&f, &root, "Add\n\n" TRAILERS, MIGRATION);
	second = COMMIT(&f, &first, revert(&f, &first),
			{ "migrations/1_x/up.sql", NULL },
			{ "migrations/1_x/down.sql", NULL });
	third = COMMIT(&f, &second, revert(&f, &second), MIGRATION);
	fixture_judge(&f, &root, &third);
	found = finding(&f, GM_RULE_MISSING_PHASE);
	assert_non_null(strstr(found->hint,
			       gm_printf(&f.arena, "brings commit %.12s back",
					 gm_oid_hex(&f.arena, &first))));
	assert_int_equal(found->notes.n, 4);
	assert_string_equal(found->notes.items[0],
			    "copy: Migration-Phase: expand");
	assert_string_equal(found->notes.items[2],
			    "copy: Rollback-Owner: Ann Lee <ann@example.com>");
	found = finding(&f, GM_RULE_MISSING_WINDOW);
	assert_non_null(strstr(found->hint, "brings commit"));
	assert_int_equal(found->notes.n, 0);
	/* And the same of that again. */
	fourth = COMMIT(&f, &third, revert(&f, &third),
			{ "migrations/1_x/up.sql", NULL },
			{ "migrations/1_x/down.sql", NULL });
	fourth = COMMIT(&f, &fourth, revert(&f, &fourth), MIGRATION);
	fixture_judge(&f, &third, &fourth);
	/* What is not before it is shown to nobody. */
	third = COMMIT(&f, &root, revert(&f, &second), MIGRATION);
	fixture_judge(&f, &root, &third);
	found = finding(&f, GM_RULE_MISSING_PHASE);
	assert_null(strstr(found->hint, "brings commit"));
	/* It reverts itself, or nothing. */
	third = COMMIT(&f, &root,
		       "Add\n\nThis reverts commit 0123456789012345678901234567"
		       "890123456789.\n",
		       MIGRATION);
	fixture_judge(&f, &root, &third);
	assert_null(strstr(finding(&f, GM_RULE_MISSING_PHASE)->hint,
			   "brings commit"));
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(brought_back), cmocka_unit_test(told),
	     cmocka_unit_test(nothing_to_tell))

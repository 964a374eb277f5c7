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

GM_UNIT_MAIN(cmocka_unit_test(told), cmocka_unit_test(nothing_to_tell))

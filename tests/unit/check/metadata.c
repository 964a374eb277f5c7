/* check/metadata: what the policy asks an author to declare. */
#include "check/fixture.h"

#define EXPAND_SQL "CREATE TABLE t (a int);"
#define BACKFILL_SQL "UPDATE t SET a = 1;"
#define CONTRACT_SQL "DROP TABLE u;"
#define WINDOW "Rollback-Window: 24h\n"
#define OWNER "Rollback-Owner: Ann Lee <ann@example.com>\n"
#define FLAG "Feature-Flag: F\n"
#define PHASE(p) "Migration-Phase: " p "\n"

static void phases(void **state)
{
	static const struct {
		enum gm_phase declared;
		enum gm_class class_;
		enum gm_phase counts;
	} cases[] = {
		{ GM_PHASE_NONE, GM_CLASS_NEUTRAL, GM_PHASE_NONE },
		{ GM_PHASE_NONE, GM_CLASS_EXPAND, GM_PHASE_EXPAND },
		{ GM_PHASE_NONE, GM_CLASS_BACKFILL, GM_PHASE_BACKFILL },
		{ GM_PHASE_NONE, GM_CLASS_CONTRACT, GM_PHASE_CONTRACT },
		{ GM_PHASE_NONE, GM_CLASS_OPAQUE, GM_PHASE_CONTRACT },
		{ GM_PHASE_CONTRACT, GM_CLASS_NEUTRAL, GM_PHASE_CONTRACT },
		{ GM_PHASE_EXPAND, GM_CLASS_OPAQUE, GM_PHASE_EXPAND },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_meta meta = { .phase = cases[i].declared };

		assert_int_equal(gm_effective_phase(&meta, cases[i].class_),
				 cases[i].counts);
	}
}

/* Judge a migration of that SQL with those trailers. */
static void judge(struct fixture *f, const char *sql, const char *trailers)
{
	struct gm_oid root = COMMIT(f, NULL, "Start\n", { "app", "1" });
	struct gm_oid tip =
		COMMIT(f, &root, gm_printf(&f->arena, "Do it\n\n%s", trailers),
		       { "migrations/1_x/up.sql", sql },
		       { "migrations/1_x/down.sql", "SELECT 1;" });

	fixture_judge(f, &root, &tip);
}

/* The names of the rules that were found, one blank between them. */
static const char *rules(struct fixture *f)
{
	const char *names = "";

	for (size_t i = 0; i < f->result.findings.n; i++) {
		enum gm_rule rule = f->result.findings.items[i].rule;

		names = gm_printf(&f->arena, "%s%s%s", names, i ? " " : "",
				  gm_rule_info(rule)->name);
	}
	return names;
}

struct metadata_case {
	const char *sql, *trailers, *rules;
};

static void judge_all(struct fixture *f, const struct metadata_case *cases,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		judge(f, cases[i].sql, cases[i].trailers);
		if (strcmp(rules(f), cases[i].rules))
			fail_msg("%zu: %s%s: '%s', not '%s'", i,
				 cases[i].trailers, cases[i].sql, rules(f),
				 cases[i].rules);
	}
}

static void asked_for(void **state)
{
	static const struct metadata_case cases[] = {
		{ EXPAND_SQL, PHASE("expand") WINDOW OWNER FLAG, "" },
		{ EXPAND_SQL, WINDOW OWNER FLAG, "missing-phase" },
		{ EXPAND_SQL, PHASE("expand") OWNER FLAG, "missing-window" },
		{ EXPAND_SQL,
		  PHASE("expand") "Rollback-Window: 23h\n" OWNER FLAG,
		  "window-too-short" },
		{ EXPAND_SQL,
		  PHASE("expand") "Rollback-Window: 1441m\n" OWNER FLAG, "" },
		{ EXPAND_SQL, PHASE("expand") WINDOW FLAG, "missing-owner" },
		{ EXPAND_SQL, PHASE("expand") WINDOW OWNER, "missing-flag" },
		{ EXPAND_SQL,
		  PHASE("expand") WINDOW OWNER "Feature-Flag: none: new\n",
		  "" },
		/* By its class, when nothing is said. */
		{ EXPAND_SQL, "",
		  "missing-phase missing-window missing-owner missing-flag" },
		{ BACKFILL_SQL, "", "missing-phase" },
		{ "SELECT 1;", "", "missing-phase" },
		{ CONTRACT_SQL, "",
		  "missing-phase missing-window missing-owner"
		  " missing-contracts" },
		/* A backfill asks for neither window, owner nor flag. */
		{ BACKFILL_SQL, PHASE("backfill"), "" },
		/* A contract asks for no flag. */
		{ CONTRACT_SQL, PHASE("contract") WINDOW OWNER,
		  "missing-contracts" },
		/* Later than need be is fine, earlier is not. */
		{ EXPAND_SQL, PHASE("backfill"), "" },
		{ CONTRACT_SQL, PHASE("expand") WINDOW OWNER FLAG,
		  "phase-mismatch" },
		{ CONTRACT_SQL, PHASE("backfill"), "phase-mismatch" },
		{ BACKFILL_SQL, PHASE("expand") WINDOW OWNER FLAG,
		  "phase-mismatch" },
		{ "THIS IS NOT SQL;", PHASE("backfill"),
		  "opaque-sql phase-mismatch" },
		{ "THIS IS NOT SQL;", PHASE("contract") WINDOW OWNER,
		  "missing-contracts" },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge_all(&f, cases, GM_COUNT(cases));
	fixture_done(&f);
}

/* What is there and not good is told of once, if that is an error. */
static void not_good(void **state)
{
	static const struct metadata_case cases[] = {
		{ EXPAND_SQL,
		  PHASE("expand") WINDOW OWNER "Feature-Flag: none\n",
		  "bad-trailer" },
		{ EXPAND_SQL,
		  PHASE("expand") WINDOW OWNER "Feature-Flag: none:\n",
		  "bad-trailer" },
		{ CONTRACT_SQL,
		  PHASE("contract") WINDOW OWNER "Migration-Contracts: none\n",
		  "bad-trailer" },
		{ EXPAND_SQL, PHASE("expnd") WINDOW OWNER FLAG, "bad-trailer" },
		{ EXPAND_SQL,
		  PHASE("expand") "Rollback-Window: 1 day\n"
				  "Rollback-Owner: me\n" FLAG,
		  "bad-trailer bad-trailer" },
		/* Of several only those. */
		{ EXPAND_SQL, PHASE("expand") "Feature-Flag: none\n" WINDOW,
		  "bad-trailer missing-owner" },
		{ "-- Feature-Flag: none\n" EXPAND_SQL,
		  PHASE("expand") WINDOW OWNER, "bad-trailer" },
		{ "-- Feature-Flag: none\n" EXPAND_SQL,
		  PHASE("expand") WINDOW OWNER FLAG, "bad-trailer" },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge_all(&f, cases, GM_COUNT(cases));
	f.cx.policy.severity[GM_RULE_BAD_TRAILER] = GM_SEV_WARNING;
	judge(&f, cases[0].sql, cases[0].trailers);
	assert_string_equal(rules(&f), "bad-trailer missing-flag");
	assert_int_equal(f.result.findings.errors, 1);
	fixture_done(&f);
}

/* Nothing is asked for that the policy does not ask for. */
static void not_asked_for(void **state)
{
	static const struct metadata_case cases[] = {
		{ EXPAND_SQL, PHASE("expand"), "" },
		{ EXPAND_SQL, PHASE("expand") "Rollback-Window: 1s\n", "" },
		{ CONTRACT_SQL, PHASE("contract"), "missing-contracts" },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	f.cx.policy.window_minimum = 0;
	f.cx.policy.owner_required = false;
	f.cx.policy.flag_required = false;
	judge_all(&f, cases, GM_COUNT(cases));
	fixture_done(&f);
}

/* The finding shows the statement, the hints what to write. */
static void places_and_hints(void **state)
{
	const struct gm_finding *found;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	judge(&f, "CREATE TABLE t (a int);\n  DROP TABLE u;\n", EXPAND);
	found = finding(&f, GM_RULE_PHASE_MISMATCH);
	assert_int_equal(found->line, 2);
	assert_str(found->source, "  DROP TABLE u;");
	assert_str(found->path, "migrations/1_x/up.sql");
	assert_non_null(strstr(found->message, "1_x: declared expand"));
	assert_non_null(strstr(found->hint, "'Migration-Phase: contract'"));
	judge(&f, "SELECT 1;", "");
	found = finding(&f, GM_RULE_MISSING_PHASE);
	assert_non_null(strstr(found->hint, "'Migration-Phase: expand'"));
	judge(&f, BACKFILL_SQL, "");
	found = finding(&f, GM_RULE_MISSING_PHASE);
	assert_non_null(strstr(found->hint, "'Migration-Phase: backfill'"));
	f.cx.policy.window_minimum = 2 * 86400;
	judge(&f, EXPAND_SQL, EXPAND);
	found = finding(&f, GM_RULE_WINDOW_TOO_SHORT);
	assert_non_null(strstr(found->message, "window 1d "));
	assert_non_null(strstr(found->hint, "'Rollback-Window: 2d'"));
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(phases), cmocka_unit_test(asked_for),
	     cmocka_unit_test(not_good), cmocka_unit_test(not_asked_for),
	     cmocka_unit_test(places_and_hints))

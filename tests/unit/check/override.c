/* check/override: what passes in an emergency. */
#include "check/consented.h"

/* It lets its own migration pass, as a warning, and not what is beside it. */
static void test_override(void **state)
{
	struct gm_oid mixed =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-1\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	struct gm_oid named =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-2\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	const struct gm_findings *f = &p.verdict.result.findings;

	(void)state;
	assert_true(push(&p, MAIN, &mixed));
	assert_int_equal(f->errors, 2);
	put(override_of(&mixed));
	assert_false(push(&p, MAIN, &mixed));
	assert_int_equal(f->errors, 0);
	assert_int_equal(f->warnings, 2);
	assert_true(noted(&f->items[0], "by the override 'INC-1' of cem"));
	/* Another ticket, or none, and it is of no use; but that is said. */
	assert_true(push(&p, MAIN, &named));
	assert_int_equal(f->errors, 2);
	assert_true(noted(&f->items[0], "but no commit of this push names it"));
	assert_true(noted(&f->items[1], "--trailer 'Break-Glass: INC-1'"));
	assert_true(push(&p, MAIN, &tip));
}

/* Nor does it make the others pass, or they take it away. */
static void test_beside(void **state)
{
	struct gm_oid both =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-1\n",
		       UP("0_z", "DROP TABLE z;"), UP("2_b", "DROP TABLE a;"));
	const struct gm_findings *f = &p.verdict.result.findings;

	(void)state;
	put(override_of(&both));
	assert_true(push(&p, MAIN, &both));
	assert_true(f->errors > 0);
	for (size_t i = 0; i < f->n; i++)
		assert_int_equal(
			f->items[i].severity,
			gm_str_is(f->items[i].path, "migrations/2_b/up.sql")
				? GM_SEV_WARNING
				: GM_SEV_ERROR);
	assert_true(f->warnings > 0);
}

/* The top of the SQL names it as well. */
static void test_named_in_sql(void **state)
{
	struct gm_oid named =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT,
		       UP("2_b", "-- Break-Glass: INC-1\nDROP TABLE a;"));
	const struct gm_findings *f = &p.verdict.result.findings;

	(void)state;
	assert_true(push(&p, MAIN, &named));
	put(override_of(&named));
	assert_false(push(&p, MAIN, &named));
	assert_int_equal(f->errors, 0);
}

/* Of itself alone, though, and as it is at the end. */
static void test_named_in_other_sql(void **state)
{
	struct gm_oid first =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT,
		       UP("2_b", "-- Break-Glass: INC-1\nDROP TABLE a;"));
	struct gm_oid then =
		COMMIT(&p.f, &first, "Again\n", UP("2_b", "DROP TABLE a;"));
	struct gm_oid both = COMMIT(
		&p.f, &p.main, "Now\n\n" CONTRACT, UP("2_b", "DROP TABLE a;"),
		UP("3_c", "-- Break-Glass: INC-1\nDROP TABLE c;"));
	const struct gm_findings *f = &p.verdict.result.findings;

	(void)state;
	put(override_of(&then));
	assert_true(push(&p, MAIN, &then));
	assert_true(noted(&f->items[0], "but no commit of this push names it"));
	put(override_of(&both));
	assert_true(push(&p, MAIN, &both));
	assert_int_equal(f->errors, 2);
}

/* With a line that is none nothing passes, and that is told of once. */
static void test_bad_override(void **state)
{
	struct gm_oid first =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-2\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	struct gm_oid mixed = COMMIT(
		&p.f, &first, "And\n\nBreak-Glass: INC-1\n", { "app.c", "y" });
	struct gm_record r = override_of(&mixed), other = r;
	struct gm_note_line line = { .on = r.on, .line = "gm1 reject" };
	const struct gm_findings *f = &p.verdict.result.findings;
	struct gm_err err = GM_ERR_INIT;
	size_t bad = 0;

	(void)state;
	other.ticket = "INC-2";
	put(r);
	put(r);
	put(other);
	assert_false(push(&p, MAIN, &mixed));
	assert_ok(gm_notes_append(p.f.repo, GM_APPROVALS_REF, &line, 1, "x",
				  &err));
	assert_true(push(&p, MAIN, &mixed));
	for (size_t i = 0; i < f->n; i++)
		bad += f->items[i].rule == GM_RULE_BAD_RECORD;
	/* With its approvals, and with its overrides. */
	assert_int_equal(bad, 2);
	assert_int_equal(f->errors, 3);
}

GM_UNIT_MAIN(TEST(test_override), TEST(test_beside), TEST(test_named_in_sql),
	     TEST(test_named_in_other_sql), TEST(test_bad_override))

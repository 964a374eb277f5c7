#include "check/split.h"

#include <stdlib.h>

#include "unit.h"

#define TEMPLATE "{{verb}} {{what}} {{ids}}\n\nFor \"{{subject}}\".\n"

static const struct gm_split_words words = {
	.migration = { TEMPLATE, sizeof(TEMPLATE) - 1 },
	.migration_from = "migration.txt",
	.policy = { "Policy\n", 7 },
	.policy_from = "policy.txt",
};

struct fixture {
	struct gm_arena arena;
	struct gm_split split;
	struct gm_err err;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	return f ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	gm_arena_done(&f->arena);
	free(f);
	return 0;
}

/* A part with one change, for the migration `id` unless that is NULL. */
static void part(struct fixture *f, enum gm_split_kind kind, const char *phase,
		 const char *id)
{
	struct gm_split_part *p = &f->split.parts[kind];

	GM_PUSH(&f->arena, &p->changes);
	p->phase = phase;
	p->fresh = true;
	if (id)
		*GM_PUSH(&f->arena, &p->ids) = id;
}

static void word(struct fixture *f, const char *message)
{
	struct gm_err err = GM_ERR_INIT;

	f->split.commit.message = gm_str(message);
	assert_ok(gm_split_word(&f->split, &f->arena, &words, &err));
}

static const char *said(const struct fixture *f, enum gm_split_kind kind)
{
	return f->split.parts[kind].message;
}

static void without_trailers(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_ADD, "expand", "1_a");
	part(f, GM_SPLIT_APP, NULL, NULL);
	word(f, "Title\n\nBody.\n");
	assert_string_equal(said(f, GM_SPLIT_ADD),
			    "Add expand migration 1_a\n\nFor \"Title\".\n\n"
			    "Migration: 1_a\n");
	assert_string_equal(said(f, GM_SPLIT_APP),
			    "Title\n\nBody.\n\nMigration-Requires: 1_a\n");
}

static void a_trailer_of_several_lines(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_ADD, "expand", "1_a");
	part(f, GM_SPLIT_APP, NULL, NULL);
	word(f, "Title\n\nRollback-Owner: Ann\n Lee\nReviewed-by: Bob\n"
		"Change-Id: I1\n");
	assert_string_equal(said(f, GM_SPLIT_ADD),
			    "Add expand migration 1_a\n\nFor \"Title\".\n\n"
			    "Migration: 1_a\nRollback-Owner: Ann Lee\n"
			    "Reviewed-by: Bob\n");
	assert_string_equal(said(f, GM_SPLIT_APP),
			    "Title\n\nReviewed-by: Bob\nChange-Id: I1\n"
			    "Migration-Requires: 1_a\n");
}

static void what_is_required_already(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_ADD, "", "1_a");
	part(f, GM_SPLIT_APP, NULL, NULL);
	f->split.parts[GM_SPLIT_ADD].fresh = false;
	word(f, "Title\n\nmigration-requires: 1_a\n");
	assert_string_equal(said(f, GM_SPLIT_ADD),
			    "Change migration 1_a\n\nFor \"Title\".\n\n"
			    "Migration: 1_a\n");
	assert_string_equal(said(f, GM_SPLIT_APP),
			    "Title\n\nmigration-requires: 1_a\n");
}

static void groups_of_trailers(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_ADD, "expand", "1_a");
	*GM_PUSH(&f->arena, &f->split.parts[GM_SPLIT_ADD].ids) = "2_b";
	part(f, GM_SPLIT_CONTRACT, "contract", "3_c");
	part(f, GM_SPLIT_APP, NULL, NULL);
	word(f, "Title\n\nRollback-Window: 24h\nMigration: 1_a\n"
		"Migration: 2_b\nMigration-Phase: expand\nFeature-Flag: F\n"
		"Migration: 3_c\nMigration-Phase: contract\n");
	assert_string_equal(
		said(f, GM_SPLIT_ADD),
		"Add expand migration 1_a, 2_b\n\nFor \"Title\".\n\n"
		"Migration: 1_a\nRollback-Window: 24h\n"
		"Migration-Phase: expand\nFeature-Flag: F\n"
		"Migration: 2_b\nRollback-Window: 24h\n"
		"Migration-Phase: expand\nFeature-Flag: F\n");
	assert_string_equal(said(f, GM_SPLIT_CONTRACT),
			    "Add contract migration 3_c\n\nFor \"Title\".\n\n"
			    "Migration: 3_c\nRollback-Window: 24h\n"
			    "Migration-Phase: contract\n");
	assert_string_equal(said(f, GM_SPLIT_APP), "Title\n\nFeature-Flag: F\n"
						   "Migration-Requires: 1_a\n"
						   "Migration-Requires: 2_b\n");
}

static void a_contract_alone_is_not_required(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_CONTRACT, "contract", "3_c");
	part(f, GM_SPLIT_APP, NULL, NULL);
	word(f, "Title\n\nMigration-Phase: contract\nFeature-Flag: F\n");
	assert_string_equal(said(f, GM_SPLIT_CONTRACT),
			    "Add contract migration 3_c\n\nFor \"Title\".\n\n"
			    "Migration: 3_c\nMigration-Phase: contract\n");
	assert_string_equal(said(f, GM_SPLIT_APP),
			    "Title\n\nFeature-Flag: F\n");
}

static void without_an_app_the_migration_keeps_the_message(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_POLICY, NULL, NULL);
	part(f, GM_SPLIT_ADD, "expand", "1_a");
	word(f, "Title\n\nBody.\n\nFeature-Flag: F\nSigned-off-by: A\n");
	assert_string_equal(said(f, GM_SPLIT_POLICY),
			    "Policy\n\nSigned-off-by: A\n");
	assert_string_equal(said(f, GM_SPLIT_ADD),
			    "Title\n\nBody.\n\nSigned-off-by: A\n"
			    "Migration: 1_a\nFeature-Flag: F\n");
}

static void only_trailers_of_a_migration(void **state)
{
	struct fixture *f = *state;

	part(f, GM_SPLIT_CONTRACT, "contract", "3_c");
	part(f, GM_SPLIT_POLICY, NULL, NULL);
	word(f, "Title\n\nMigration-Phase: contract\n");
	assert_string_equal(said(f, GM_SPLIT_CONTRACT),
			    "Title\n\nMigration: 3_c\n"
			    "Migration-Phase: contract\n");
}

static void a_template_that_cannot_be_filled(void **state)
{
	struct gm_split_words bad = words;
	struct gm_err err = GM_ERR_INIT;
	struct fixture *f = *state;

	bad.migration = GM_STR("{{nonsense}}\n");
	part(f, GM_SPLIT_ADD, "expand", "1_a");
	part(f, GM_SPLIT_APP, NULL, NULL);
	f->split.commit.message = GM_STR("Title\n");
	assert_int_equal(gm_split_word(&f->split, &f->arena, &bad, &err), -1);
	assert_string_equal(err.path, "migration.txt");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

GM_UNIT_MAIN(TEST(without_trailers), TEST(a_trailer_of_several_lines),
	     TEST(what_is_required_already), TEST(groups_of_trailers),
	     TEST(a_contract_alone_is_not_required),
	     TEST(without_an_app_the_migration_keeps_the_message),
	     TEST(only_trailers_of_a_migration),
	     TEST(a_template_that_cannot_be_filled))

#include "shop.h"

/* "10-checkpoint=written ..." of those that are there. */
static const char *line(const struct shop *s)
{
	struct gm_buf out = gm_buf(s->arena);

	for (size_t i = 0; i < s->slots.n; i++)
		gm_buf_printf(&out, "%s%s=%s", i ? " " : "",
			      s->slots.items[i].dir,
			      gm_slot_state_name(s->slots.items[i].state));
	return out.ptr;
}

static void reach(struct shop *s, enum gm_stage stage)
{
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_slots_reach(&s->slots, stage, &err));
}

static const struct gm_slot *at(const struct shop *s, const char *dir)
{
	for (size_t i = 0; i < s->slots.n; i++)
		if (!strcmp(s->slots.items[i].dir, dir))
			return &s->slots.items[i];
	fail_msg("no slot %s", dir);
	return NULL;
}

static void test_chain(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	assert_string_equal(
		line(&s),
		"10-checkpoint=written 20-expand=written 40-backfill=written "
		"50-enable-canary=written 60-observe=written "
		"65-checkpoint=written 70-contract=written "
		"80-rollback=written 90-restore=written");
	assert_int_equal(s.slots.missing.n, 0);
	assert_string_equal(at(&s, "10-checkpoint")->after, "shop-db");
	assert_string_equal(at(&s, "20-expand")->after, "gm-add-10-checkpoint");
	/* What comes after the app waits for the app. */
	assert_string_equal(at(&s, "40-backfill")->after, "shop-app");
	assert_string_equal(at(&s, "50-enable-canary")->after,
			    "gm-add-40-backfill");
	assert_string_equal(at(&s, "60-observe")->after,
			    "gm-add-50-enable-canary");
	assert_string_equal(at(&s, "65-checkpoint")->after,
			    "gm-add-60-observe");
	assert_string_equal(at(&s, "70-contract")->after,
			    "gm-add-65-checkpoint");
	assert_string_equal(at(&s, "80-rollback")->after, "shop-app");
	assert_string_equal(at(&s, "90-restore")->after, "shop-app");
	assert_string_equal(at(&s, "10-checkpoint")->backup, "gm-add-pre");
	assert_string_equal(at(&s, "65-checkpoint")->backup,
			    "gm-add-pre-contract");
	assert_int_equal(at(&s, "65-checkpoint")->soak, 0);
	assert_true(at(&s, "70-contract")->gated);
	assert_false(at(&s, "60-observe")->gated);
}

static void test_reach(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	reach(&s, GM_STAGE_EXPAND);
	assert_string_equal(
		line(&s),
		"10-checkpoint=active 20-expand=active 40-backfill=written "
		"50-enable-canary=written 60-observe=written "
		"65-checkpoint=written 70-contract=written "
		"80-rollback=written 90-restore=written");
	assert_true(at(&s, "20-expand")->shown);
	assert_false(at(&s, "40-backfill")->shown);
	reach(&s, GM_STAGE_DEPLOY);
	assert_string_equal(
		line(&s),
		"10-checkpoint=active 20-expand=active 40-backfill=active "
		"50-enable-canary=active 60-observe=active "
		"65-checkpoint=suspended 70-contract=suspended "
		"80-rollback=written 90-restore=written");
	/* Never back. */
	reach(&s, GM_STAGE_CHECKPOINT);
	assert_int_equal(at(&s, "70-contract")->state, GM_SLOT_SUSPENDED);
	reach(&s, GM_STAGE_ROLLBACK);
	assert_string_equal(
		line(&s),
		"10-checkpoint=active 20-expand=active 40-backfill=removed "
		"50-enable-canary=removed 60-observe=removed "
		"65-checkpoint=removed 70-contract=removed "
		"80-rollback=active 90-restore=written");
	assert_true(gm_slots_in_use(&s.slots, GM_SET_ROLLBACK));
	assert_false(gm_slots_in_use(&s.slots, GM_SET_AFTER));
}

static void test_refused(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	shop_slots(&s, NULL);
	assert_int_equal(gm_slots_reach(&s.slots, GM_STAGE_RESTORE, &err), -1);
	assert_non_null(strstr(err.hint, "--lsn"));
	s.slots.lsn = "0/1";
	reach(&s, GM_STAGE_RESTORE);
	assert_int_equal(gm_slots_reach(&s.slots, GM_STAGE_CONTRACT, &err), -1);
	assert_non_null(strstr(err.msg, "R9"));
	s.rollout.contract = NULL;
	shop_slots(&s, NULL);
	assert_int_equal(gm_slots_reach(&s.slots, GM_STAGE_CONTRACT, &err), -1);
	assert_non_null(strstr(err.msg, "no stage 'contract'"));
	s.rollout.flag = NULL;
	shop_slots(&s, NULL);
	assert_int_equal(gm_slots_reach(&s.slots, GM_STAGE_ENABLE, &err), -1);
	assert_non_null(strstr(err.msg, "R13"));
	assert_non_null(strstr(err.hint, "Feature-Flag"));
}

/* Each stage that is left out says why. */
static void test_missing(void **state)
{
	static const struct {
		const char *flux;
		enum gm_stage stage;
		const char *why;
	} cases[] = {
		{ "", GM_STAGE_ENABLE, "where flags are kept" },
		{ "  flag: {name: f}\n", GM_STAGE_ENABLE,
		  "where the manifests of the app" },
		{ "", GM_STAGE_OBSERVE, "nothing to be observed" },
		{ "  observe: {prometheus: \"http://p\", queries: {a: {query: "
		  "x, max: 1}}}\n",
		  GM_STAGE_OBSERVE, "git-migrate in it" },
		{ "", GM_STAGE_ROLLBACK, "psql in it" },
		{ "", GM_STAGE_RESTORE, "what cluster 'shop-db' is like" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		bool found = false;
		struct shop s;

		shop_make(&s, &a,
			  gm_printf(&a,
				    "  source: {kind: GitRepository, name: d}\n"
				    "  path: m\n%s",
				    cases[i].flux));
		shop_slots(&s, NULL);
		for (size_t k = 0; k < s.slots.missing.n; k++)
			found |= s.slots.missing.items[k].stage ==
					 cases[i].stage &&
				 strstr(s.slots.missing.items[k].why,
					cases[i].why);
		if (!found)
			fail_msg("%s: nobody says '%s'", cases[i].flux,
				 cases[i].why);
		assert_null(gm_slots_find(&s.slots, cases[i].stage));
	}
}

/* Nobody observes: then time has to pass. */
static void test_soak(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a,
		  "  source: {kind: GitRepository, name: d}\n  path: m\n");
	shop_slots(&s, NULL);
	assert_int_equal(at(&s, "65-checkpoint")->soak, 86400);
	assert_string_equal(at(&s, "65-checkpoint")->after,
			    "gm-add-40-backfill");
}

static void test_alone(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.rollout.expand = NULL;
	s.rollout.backfills.n = 0;
	shop_slots(&s, NULL);
	reach(&s, s.slots.items[0].stage);
	assert_string_equal(line(&s),
			    "10-checkpoint=suspended 70-contract=suspended "
			    "90-restore=written");
	assert_string_equal(at(&s, "10-checkpoint")->after, "shop-db");
	s.rollout.contract = NULL;
	s.rollout.backfills.n = 1;
	shop_slots(&s, NULL);
	reach(&s, s.slots.items[0].stage);
	assert_string_equal(line(&s), "10-checkpoint=active 40-backfill=active "
				      "90-restore=written");
}

static void test_many_backfills(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	for (int i = 0; i < 11; i++)
		*GM_PUSH(&a, &s.rollout.backfills) = *s.rollout.expand;
	shop_slots(&s, NULL);
	assert_string_equal(at(&s, "49-backfill")->after, "gm-add-48-backfill");
	assert_int_equal(s.slots.missing.n, 1);
	assert_int_equal(s.slots.missing.items[0].stage, GM_STAGE_BACKFILL);
}

static void test_progress(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_progress p;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.rollout.contract = NULL;
	shop_slots(&s, NULL);
	reach(&s, GM_STAGE_DEPLOY);
	p = gm_slots_progress(&a, &s.slots);
	assert_int_equal(p.n, 5);
	gm_progress_find(&p, "10-checkpoint")->attempt = 3;
	assert_null(gm_progress_find(&p, "80-rollback"));
	p.lsn = "0/1";
	/* The contract lands later: it belongs to what is in use. */
	shop_make(&s, &a, NULL);
	shop_slots(&s, &p);
	assert_int_equal(at(&s, "70-contract")->state, GM_SLOT_SUSPENDED);
	assert_int_equal(at(&s, "60-observe")->state, GM_SLOT_ACTIVE);
	assert_int_equal(at(&s, "80-rollback")->state, GM_SLOT_WRITTEN);
	assert_string_equal(at(&s, "10-checkpoint")->backup, "gm-add-pre-3");
	assert_string_equal(s.slots.lsn, "0/1");
}

static void test_states(void **state)
{
	enum gm_slot_state found = GM_SLOT_ACTIVE;

	(void)state;
	for (int i = GM_SLOT_WRITTEN; i <= GM_SLOT_REMOVED; i++) {
		assert_true(gm_slot_state_find(
			&found,
			gm_str(gm_slot_state_name((enum gm_slot_state)i))));
		assert_int_equal(found, i);
	}
	assert_false(gm_slot_state_find(&found, GM_STR("done")));
}

static void test_long_name(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_progress none = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.rollout.name = "a1234567890123456789012345678901234567890123456789";
	assert_int_equal(
		gm_slots_make(&s.slots, &a, &s.rollout, &s.target, &none, &err),
		-1);
	assert_non_null(strstr(err.msg, "R18"));
}

GM_UNIT_MAIN(cmocka_unit_test(test_chain), cmocka_unit_test(test_reach),
	     cmocka_unit_test(test_refused), cmocka_unit_test(test_missing),
	     cmocka_unit_test(test_soak), cmocka_unit_test(test_alone),
	     cmocka_unit_test(test_many_backfills),
	     cmocka_unit_test(test_progress), cmocka_unit_test(test_states),
	     cmocka_unit_test(test_long_name))

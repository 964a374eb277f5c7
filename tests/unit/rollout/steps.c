#include "shop.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct shop s;
static struct gm_err err;

static struct gm_slot *at(const char *dir)
{
	for (size_t i = 0; i < s.slots.n; i++)
		if (!strcmp(s.slots.items[i].dir, dir))
			return &s.slots.items[i];
	fail_msg("no slot %s", dir);
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	err = (struct gm_err)GM_ERR_INIT;
	shop_make(&s, &arena, NULL);
	shop_slots(&s, NULL);
	return 0;
}

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void reach(enum gm_stage stage)
{
	assert_ok(gm_slots_reach(&s.slots, stage, &err));
}

static void test_turn(void **state)
{
	(void)state;
	assert_ok(gm_slots_in_turn(&s.slots, GM_STAGE_EXPAND, &err));
	assert_ok(gm_slots_in_turn(&s.slots, GM_STAGE_ROLLBACK, &err));
	assert_int_equal(gm_slots_in_turn(&s.slots, GM_STAGE_DEPLOY, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	reach(GM_STAGE_EXPAND);
	assert_ok(gm_slots_in_turn(&s.slots, GM_STAGE_DEPLOY, &err));
	/* The down SQL comes when nothing of the new code runs. */
	assert_ok(gm_slots_in_turn(&s.slots, GM_STAGE_ROLLBACK, &err));
	reach(GM_STAGE_DEPLOY);
	assert_int_equal(gm_slots_in_turn(&s.slots, GM_STAGE_ROLLBACK, &err),
			 -1);
	assert_non_null(strstr(err.hint, "--stage rollback --step 1"));
	assert_ok(gm_slots_retreat(&s.slots, NULL, &err));
	assert_ok(gm_slots_in_turn(&s.slots, GM_STAGE_ROLLBACK, &err));
}

static void test_release(void **state)
{
	(void)state;
	assert_int_equal(gm_slots_release(&s.slots, &err), -1);
	reach(GM_STAGE_DEPLOY);
	assert_int_equal(at("70-contract")->state, GM_SLOT_SUSPENDED);
	assert_ok(gm_slots_release(&s.slots, &err));
	assert_int_equal(at("65-checkpoint")->state, GM_SLOT_ACTIVE);
	assert_int_equal(at("70-contract")->state, GM_SLOT_ACTIVE);
	assert_ok(gm_slots_release(&s.slots, &err));
}

static int retry(enum gm_stage stage)
{
	return gm_slots_retry(&s.slots, &arena, stage, "1_add", NULL, &err);
}

static void test_retry(void **state)
{
	(void)state;
	assert_int_equal(retry(GM_STAGE_EXPAND), -1);
	reach(GM_STAGE_EXPAND);
	assert_ok(retry(GM_STAGE_EXPAND));
	assert_int_equal(at("20-expand")->attempt, 2);
	assert_ok(retry(GM_STAGE_CHECKPOINT));
	assert_string_equal(at("10-checkpoint")->backup, "gm-add-pre-2");
	assert_ok(retry(GM_STAGE_CHECKPOINT));
	assert_string_equal(at("10-checkpoint")->backup, "gm-add-pre-3");
	/* Flux looks at it by its name: it is another object, and is waited
	   for.  That of a Job is the same. */
	assert_string_equal(at("10-checkpoint")->path, "10-checkpoint-3");
	assert_string_equal(at("10-checkpoint")->object,
			    "gm-add-10-checkpoint-3");
	assert_string_equal(at("20-expand")->after, "gm-add-10-checkpoint-3");
	assert_string_equal(at("20-expand")->path, "20-expand");
	assert_string_equal(at("20-expand")->object, "gm-add-20-expand");
	/* The one before the contract is asked for by its name. */
	reach(GM_STAGE_DEPLOY);
	assert_ok(gm_slots_release(&s.slots, &err));
	assert_ok(gm_slots_retry(&s.slots, &arena, GM_STAGE_CHECKPOINT,
				 at("70-contract")->member->id, NULL, &err));
	assert_string_equal(at("10-checkpoint")->backup, "gm-add-pre-3");
	assert_string_equal(at("65-checkpoint")->backup,
			    "gm-add-pre-contract-2");
	/* One record, one more attempt. */
	assert_ok(gm_slots_retry(&s.slots, &arena, GM_STAGE_EXPAND, "1_add",
				 "r1", &err));
	assert_int_equal(gm_slots_retry(&s.slots, &arena, GM_STAGE_EXPAND,
					"1_add", "r1", &err),
			 -1);
	assert_non_null(strstr(err.msg, "attempt 3 of stage 'expand'"));
	assert_int_equal(at("20-expand")->attempt, 3);
	at("20-expand")->attempt = 99;
	assert_int_equal(retry(GM_STAGE_EXPAND), -1);
}

static void test_retreat(void **state)
{
	(void)state;
	assert_int_equal(gm_slots_retreat(&s.slots, NULL, &err), -1);
	setup(NULL);
	reach(GM_STAGE_DEPLOY);
	assert_ok(gm_slots_retreat(&s.slots, NULL, &err));
	assert_int_equal(at("20-expand")->state, GM_SLOT_ACTIVE);
	assert_int_equal(at("40-backfill")->state, GM_SLOT_ACTIVE);
	assert_int_equal(at("50-enable-canary")->state, GM_SLOT_REMOVED);
	assert_int_equal(at("70-contract")->state, GM_SLOT_REMOVED);
	assert_int_equal(gm_slots_in_turn(&s.slots, GM_STAGE_DEPLOY, &err), -1);
	assert_non_null(strstr(err.msg, "R9"));
}

static void test_no_retreat(void **state)
{
	(void)state;
	reach(GM_STAGE_DEPLOY);
	assert_ok(gm_slots_release(&s.slots, &err));
	assert_int_equal(gm_slots_retreat(&s.slots, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "let go ahead"));
	assert_int_equal(gm_slots_reach(&s.slots, GM_STAGE_ROLLBACK, &err), -1);
	assert_int_equal(at("70-contract")->state, GM_SLOT_ACTIVE);
	/* It was run again since it failed. */
	at("70-contract")->record = "r2";
	assert_int_equal(gm_slots_retreat(&s.slots, "r2", &err), -1);
	at("70-contract")->record = "r1";
	assert_ok(gm_slots_retreat(&s.slots, "r2", &err));
	assert_int_equal(at("70-contract")->state, GM_SLOT_REMOVED);
	assert_ok(gm_slots_reach(&s.slots, GM_STAGE_ROLLBACK, &err));
}

static void test_close(void **state)
{
	struct gm_progress p;

	(void)state;
	assert_int_equal(gm_slots_close(&s.slots, true, &err), -1);
	reach(GM_STAGE_DEPLOY);
	assert_ok(gm_slots_close(&s.slots, false, &err));
	p = gm_slots_progress(&arena, &s.slots);
	assert_int_equal(gm_progress_find(&p, "20-expand")->state,
			 GM_SLOT_REMOVED);
	/* It never ran: it may come again. */
	assert_null(gm_progress_find(&p, "70-contract"));
	assert_null(gm_progress_find(&p, "80-rollback"));
	shop_slots(&s, &p);
	assert_int_equal(at("70-contract")->state, GM_SLOT_WRITTEN);
	assert_string_equal(at("65-checkpoint")->after, "shop-app");
}

static void test_close_contract(void **state)
{
	(void)state;
	reach(GM_STAGE_DEPLOY);
	assert_ok(gm_slots_release(&s.slots, &err));
	assert_int_equal(gm_slots_close(&s.slots, false, &err), -1);
	assert_non_null(strstr(err.msg, "has run"));
	assert_ok(gm_slots_close(&s.slots, true, &err));
	assert_int_equal(at("70-contract")->state, GM_SLOT_REMOVED);
}

#define STEP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

GM_UNIT_MAIN(STEP_TEST(test_turn), STEP_TEST(test_release),
	     STEP_TEST(test_retry), STEP_TEST(test_retreat),
	     STEP_TEST(test_no_retreat), STEP_TEST(test_close),
	     STEP_TEST(test_close_contract))

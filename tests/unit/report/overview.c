#include "unit.h"

#include "check/review.h"
#include "unit/report/landed.h"

#define ADD "20261101_add_email"

static struct gm_arena arena;

static struct gm_overview_item pending_contract(void)
{
	return (struct gm_overview_item){
		.id = "20261120_drop_mail",
		.path = GM_STR("m/20261120_drop_mail/up.sql"),
		.phase = "contract",
		.digest = "sha256:bb",
		.class_ = GM_CLASS_CONTRACT,
		.contracts = "20261101_add_email",
		.allowed_at = NOW + DAY,
	};
}

static struct gm_overview overview(struct gm_overview_item *items, size_t n)
{
	return (struct gm_overview){
		.items = items,
		.n = n,
		.now = NOW,
		.branch = "refs/heads/main",
		.head = "fedcba9876543210fedcba9876543210fedcba98",
		.project = "shop",
	};
}

static void assert_has(const struct gm_buf *b, const char *text)
{
	if (!strstr(b->ptr, text))
		fail_msg("no '%s' in:\n%s", text, b->ptr);
}

static void assert_lacks(const struct gm_buf *b, const char *text)
{
	if (strstr(b->ptr, text))
		fail_msg("'%s' in:\n%s", text, b->ptr);
}

static void test_log(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD),
					    pending_contract() };
	struct gm_overview o = overview(items, 2);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	gm_report_log(&b, &o, false);
	assert_string_equal(
		b.ptr,
		"ID                  PHASE     CLASS     WINDOW  INTRODUCED    "
		"       LANDED                OWNER\n"
		"20261101_add_email  expand    expand    2d      01234567 "
		"2026-1"
		"1-19  2026-11-20T10:00:00Z  Ann Lee <ann@example.com>\n"
		"20261120_drop_mail  contract  contract  -       -             "
		"       pending               -\n");
}

/* A contract that somebody has approved of, and one more has to. */
static struct gm_review_item review = {
	.id = "20261120_drop_mail",
	.kind = "contract",
	.state = GM_REVIEW_MISSING,
	.have = 1,
	.want = 2,
};

static void fill_review(void)
{
	static struct gm_record record = {
		.kind = GM_RECORD_APPROVE,
		.signer = "ann@example.com",
		.role = "dba",
		.at = NOW,
		.until = GM_RECORD_FOREVER,
		.id = "0011223344556677",
	};
	static struct gm_vote vote = { .record = &record };
	static struct gm_strings bob;
	static struct gm_tally_missing missing = { "app-owner", 1, &bob };

	review.tally = (struct gm_tally){
		.votes = &vote, .n = 1, .missing = &missing, .n_missing = 1
	};
}

static void test_approvals(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD),
					    pending_contract(),
					    pending_contract() };
	struct gm_review_item free_ = { .state = GM_REVIEW_NOT_NEEDED };
	struct gm_overview_detail d = { .item = &items[1] };
	struct gm_overview o = overview(items, 3);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	fill_review();
	items[2].review = &free_;
	gm_report_log(&b, &o, false);
	assert_lacks(&b, "APPROVALS");
	items[1].review = &review;
	gm_report_log(&b, &o, false);
	assert_has(&b, "LANDED                APPROVALS            OWNER\n");
	assert_has(&b, "pending               missing 1 app-owner  -\n");
	assert_has(&b, "pending               not needed           -\n");

	b = gm_buf(&arena);
	gm_report_show(&b, &o, &d, false, false);
	assert_has(&b,
		   "Approvals:   missing 1 app-owner\n"
		   "    0011223344556677 approve by ann@example.com as dba, "
		   "2026-11-21T10:00:00Z: counts\n");
}

static void test_open_follow_ups(void **state)
{
	struct gm_overview_item items[] = { pending_contract() };
	struct gm_record override = {
		.kind = GM_RECORD_OVERRIDE,
		.signer = "cem@example.com",
		.ticket = "INC-7\033[m",
		.follow_up = "look",
		.id = "8899aabbccddeeff",
	};
	struct gm_follow_up one = { &override, NOW };
	struct gm_follow_ups open = { .items = &one };
	struct gm_overview o = overview(items, 1);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	fill_review();
	items[0].review = &review;
	o.open = &open;
	gm_report_status(&b, &o, false);
	assert_has(&b, "\nApprovals:\n"
		       "    20261120_drop_mail  missing 1 app-owner\n");
	assert_lacks(&b, "Open follow-ups");
	open.n = 1;
	b = gm_buf(&arena);
	gm_report_status(&b, &o, false);
	assert_has(&b,
		   "\nOpen follow-ups:\n"
		   "    8899aabbccddeeff 'INC-7\\e[m' by cem@example.com, "
		   "landed 2026-11-21T10:00:00Z: look\n"
		   "        when it is done: git migrate break-glass --close"
		   " 8899aabbccddeeff\n");
}

static void test_log_empty(void **state)
{
	struct gm_overview o = overview(NULL, 0);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	gm_report_log(&b, &o, true);
	assert_string_equal(b.ptr, "");
}

static void test_log_color(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD),
					    pending_contract() };
	struct gm_overview o = overview(items, 2);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	items[0].state = GM_STATE_UPSTREAM;
	items[0].landed_at = 0;
	items[0].phase = NULL;
	gm_report_log(&b, &o, true);
	assert_has(&b, "\033[1mID\033[m ");
	assert_has(&b, "\033[31mcontract\033[m ");
	assert_has(&b, "\033[32m-\033[m ");
	assert_has(&b, "  upstream  ");
}

static void test_log_escapes(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD) };
	struct gm_overview o = overview(items, 1);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	items[0].id = "1_a\033]0;x\a";
	items[0].owner = "Ann\n\xff";
	gm_report_log(&b, &o, false);
	assert_has(&b, "1_a\\e]0;x\\x07 ");
	assert_has(&b, "Ann\\n\\xFF\n");
	assert_null(strchr(b.ptr, '\033'));
}

static struct gm_overview_detail detail(struct gm_overview_item *item)
{
	struct gm_overview_detail d = { .item = item, .n_files = 1 };
	struct gm_sql_stmt *stmt;
	struct gm_sql_hazard *hazard;

	d.files = gm_alloc(&arena, sizeof(*d.files));
	d.files[0] = (struct gm_overview_file){
		.role = "up",
		.path = GM_STR("m/a b/up.sql"),
		.blob = "1111111111111111111111111111111111111111",
		.sha256 = "",
	};
	d.text = GM_STR("-- hi\n\n\tCREATE INDEX i ON t (c);\n");
	d.sql.class_ = GM_CLASS_EXPAND;
	stmt = GM_PUSH(&arena, &d.sql);
	*stmt = (struct gm_sql_stmt){
		.line = 3,
		.column = 2,
		.class_ = GM_CLASS_EXPAND,
		.tag = "CREATE INDEX",
		.why = "creates index i",
	};
	hazard = GM_PUSH(&arena, &stmt->hazards);
	*hazard = (struct gm_sql_hazard){
		.rule = GM_RULE_INDEX_NOT_CONCURRENT,
		.why = "blocks writes",
		.allowed = "small",
	};
	return d;
}

static void test_show(void **state)
{
	struct gm_overview_item item = landed_expand(ADD);
	struct gm_overview_detail d = detail(&item);
	struct gm_overview o = overview(&item, 1);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	item.break_glass = "OPS-1";
	gm_report_show(&b, &o, &d, true, false);
	assert_string_equal(
		b.ptr,
		"migration 20261101_add_email\n"
		"Digest:      sha256:aa\n"
		"Phase:       expand (class expand)\n"
		"Window:      2d\n"
		"Owner:       Ann Lee <ann@example.com>\n"
		"Flag:        MAIL\\e[31m\n"
		"Break-glass: OPS-1\n"
		"Introduced:  0123456789012345678901234567890123456789"
		" 2026-11-19T10:00:00Z\n"
		"Author:      Ann Lee <ann@example.com>\n"
		"Landed:      2026-11-20T10:00:00Z on refs/heads/main\n"
		"Until:       2026-11-22T10:00:00Z, the window is open\n"
		"Files:\n"
		"    up     \"m/a b/up.sql\"\n"
		"Statements:\n"
		"    3:2     expand    CREATE INDEX: creates index i\n"
		"        index-not-concurrent: blocks writes (allowed: small)\n"
		"SQL:\n"
		"    -- hi\n"
		"\n"
		"            CREATE INDEX i ON t (c);\n");
}

static void test_show_states(void **state)
{
	struct gm_overview_item item = landed_expand(ADD);
	struct gm_overview_detail d = detail(&item);
	struct gm_overview o = overview(&item, 1);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	d.sql.n = 0;
	item.landed_digest = "sha256:old";
	item.landed_until = NOW - 1;
	item.changed = "9999999999999999999999999999999999999999";
	item.phase = NULL;
	item.unread = "it is not UTF-8";
	gm_report_show(&b, &o, &d, false, true);
	assert_has(&b, "not declared\033[m (class expand)\n");
	assert_has(&b, "it is not UTF-8\n");
	assert_has(&b, "2026-11-21T09:59:59Z, the window is over\n");
	assert_has(&b, "it landed with another digest: \033[msha256:old\n");
	assert_has(&b, " 9999999999999999999999999999999999999999\n");
	assert_lacks(&b, "Statements:");
	assert_lacks(&b, "SQL:");

	item.state = GM_STATE_UPSTREAM;
	b = gm_buf(&arena);
	gm_report_show(&b, &o, &d, false, false);
	assert_has(&b, "Landed:      on the upstream branch, time not known\n");

	item = pending_contract();
	b = gm_buf(&arena);
	gm_report_show(&b, &o, &d, false, false);
	assert_has(&b, "Landed:      no\n");
	assert_has(&b, "Allowed:     from 2026-11-22T10:00:00Z\n");

	item.allowed_at = NOW;
	b = gm_buf(&arena);
	gm_report_show(&b, &o, &d, false, false);
	assert_has(&b, "Allowed:     since 2026-11-21T10:00:00Z\n");

	item.blocked = "it names no expand";
	b = gm_buf(&arena);
	gm_report_show(&b, &o, &d, false, false);
	assert_has(&b, "Allowed:     no: it names no expand\n");
}

static void test_status(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD),
					    pending_contract() };
	struct gm_overview o = overview(items, 2);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	gm_report_status(&b, &o, false);
	assert_string_equal(
		b.ptr,
		"On refs/heads/main at fedcba98, project shop\n"
		"2 migrations: 1 expand, 0 backfill, 1 contract, 0 neutral; 1"
		" landed, 0 upstream, 1 pending\n"
		"\n"
		"Pending:\n"
		"    20261120_drop_mail  contract\n"
		"\n"
		"Open rollback windows:\n"
		"    20261101_add_email  until 2026-11-22T10:00:00Z (1 day"
		" left)  Ann Lee <ann@example.com>\n"
		"\n"
		"Contracts:\n"
		"    20261120_drop_mail  allowed from 2026-11-22T10:00:00Z"
		" (closes 20261101_add_email)\n");
}

static void test_status_variants(void **state)
{
	struct gm_overview_item items[] = { landed_expand(ADD),
					    pending_contract(),
					    landed_expand(ADD),
					    landed_expand(ADD) };
	struct gm_overview o = overview(items, 4);
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	o.branch = NULL;
	o.project = NULL;
	items[0].owner = NULL;
	items[1].blocked = "'x' has not landed";
	items[2].phase = "backfill";
	items[2].state = GM_STATE_UPSTREAM;
	items[3].phase = NULL;
	items[3].class_ = GM_CLASS_NEUTRAL;
	items[3].landed_until = NOW;
	gm_report_status(&b, &o, false);
	assert_has(&b, "At fedcba98, project -\n");
	assert_has(&b, "4 migrations: 1 expand, 1 backfill, 1 contract, 1"
		       " neutral; 2 landed, 1 upstream, 1 pending\n");
	assert_has(&b, "left)  no owner\n");
	assert_has(&b, "not allowed: 'x' has not landed\n");

	o = overview(items, 0);
	o.head = NULL;
	b = gm_buf(&arena);
	gm_report_status(&b, &o, false);
	assert_string_equal(b.ptr, "On refs/heads/main, which has no commit"
				   " yet\n0 migrations\n");

	items[1] = pending_contract();
	items[1].allowed_at = NOW - 1;
	o = overview(&items[1], 1);
	b = gm_buf(&arena);
	gm_report_status(&b, &o, true);
	assert_has(&b, "1 migration:");
	assert_has(&b, "allowed since 2026-11-21T09:59:59Z");
	assert_has(&b, "\033[1mPending:\033[m\n");
}

static int teardown(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

GM_UNIT_MAIN(TEST(test_log), TEST(test_approvals), TEST(test_open_follow_ups),
	     TEST(test_log_empty), TEST(test_log_color), TEST(test_log_escapes),
	     TEST(test_show), TEST(test_show_states), TEST(test_status),
	     TEST(test_status_variants))

#include "reviewed.h"

/* clang-format off */
static const char want[] =
	"1_landed: landed\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"2_free: not needed\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"3_yes: approved 1 of 1 until 2026-11-21T11:00:00Z\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"    0000000000000000 approve by ann@example.com as dba, 2026-11-21T10:00:00Z: counts, until 2026-11-21T11:00:00Z\n"
	"4_more: missing 2 dba, 1 app\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main in staging\n"
	"    sha256:00\n"
	"    2222222222222222 approve by eve@example.com as dba, 2026-11-21T10:00:00Z: not good (not pushed)\n"
	"    override 'INC-1': in force until 2026-11-21T11:00:00Z for commits with 'Break-Glass: INC-1'\n"
	"    3333333333333333 override by cem@example.com as dba, 2026-11-21T10:00:00Z: counts\n"
	"    override 'INC-2': not in force\n"
	"    missing 2 dba of: ann@example.com, dan@example.com\n"
	"    missing 1 app of: nobody else has this role\n"
	"    to approve: git migrate approve 4_more --ref x && git push origin refs/notes/migrate/approvals\n"
	"5_no: rejected by dan@example.com\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"    1111111111111111 reject by dan@example.com as dba, 2026-11-21T10:00:00Z: it rejects this content\n"
	"        \"no\\e[m\"\n"
	"    It can be taken back by dan@example.com or an admin: git migrate approve --revoke 1111111111111111\n"
	"6_bad: not known: a line is no record\n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"    line 3 of the note on "
	"0000000000000000000000000000000000000000 in "
	"refs/notes/migrate/approvals is no record: odd\n"
	".migrate/policy.yaml: missing \n"
	"    \"m/1 a/up.sql\", contract (class opaque), for refs/heads/main\n"
	"    sha256:00\n"
	"    to approve: git migrate approve --policy v1 && git push origin refs/notes/migrate/approvals\n"
	"Open follow-ups:\n"
	"    3333333333333333 'INC-1' by cem@example.com, landed 1970-01-01T00:01:40Z: look\n"
	"        when it is done: git migrate break-glass --close 3333333333333333\n";
/* clang-format on */

static void test_text(void **state)
{
	struct sample s;
	struct gm_buf out;

	(void)state;
	sample_start(&s);
	out = gm_buf(&s.a);
	gm_report_review(&out, &s.all, false);
	assert_string_equal(out.ptr, want);
	gm_arena_done(&s.a);
}

static void test_without_remote(void **state)
{
	struct sample s;
	struct gm_buf out;

	(void)state;
	sample_start(&s);
	s.review.remote = NULL;
	s.all.options = NULL;
	s.all.at = NULL;
	s.all.open.n = 0;
	out = gm_buf(&s.a);
	gm_report_review(&out, &s.all, false);
	assert_null(strstr(out.ptr, "git push"));
	assert_null(strstr(out.ptr, "Open follow-ups"));
	assert_non_null(
		strstr(out.ptr, "to approve: git migrate approve 4_more\n"));
	assert_non_null(
		strstr(out.ptr, "to approve: git migrate approve --policy\n"));
	gm_arena_done(&s.a);
}

static void test_color(void **state)
{
	struct sample s;
	struct gm_buf out;

	(void)state;
	sample_start(&s);
	out = gm_buf(&s.a);
	gm_report_review(&out, &s.all, true);
	assert_non_null(strstr(out.ptr, "\033[32mapproved 1 of 1\033[m"));
	assert_non_null(strstr(out.ptr, "\033[31mrejected by"));
	assert_non_null(strstr(out.ptr, "\033[33mmissing 2 dba"));
	assert_non_null(strstr(out.ptr, "\033[31mnot good\033[m"));
	assert_null(strstr(out.ptr, "\"no\033"));
	gm_arena_done(&s.a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_text), cmocka_unit_test(test_without_remote),
	     cmocka_unit_test(test_color))

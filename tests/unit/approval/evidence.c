#include "approval/evidence.h"

#include "unit/approval/records.h"

#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct gm_evidences list;
static struct gm_evidence_about about;

static int setup(void **state)
{
	records_setup(state);
	list = (struct gm_evidences){ 0 };
	about = (struct gm_evidence_about){ .ref = MAIN };
	return 0;
}

#define EVIDENCE_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, setup, place_done)

static struct gm_record seen(const char *who, const char *role,
			     const char *result, int64_t ago)
{
	struct gm_record r = record_of(GM_RECORD_EVIDENCE, who, role);

	r.env = "staging";
	r.stage = "expand";
	r.result = result;
	r.sha256 = SHA;
	r.at = NOW - ago;
	return r;
}

static size_t look(void)
{
	assert_ok(open_at(NOW, false));
	list = (struct gm_evidences){ 0 };
	assert_ok(gm_approvals_evidence(&list, ap, &about, &err));
	return list.n;
}

static void test_none(void **state)
{
	(void)state;
	assert_int_equal(look(), 0);
	assert_null(gm_evidence_newest(&list));
}

static void test_newest_first(void **state)
{
	const char *one, *two;

	(void)state;
	two = add(seen("ann", "dba", "fail", 10));
	one = add(seen("bob", "app-owner", "pass", 20));
	assert_int_equal(look(), 2);
	assert_string_equal(list.items[0].record->id, two);
	assert_string_equal(list.items[1].record->id, one);
	assert_true(list.items[0].counts && list.items[1].counts);
	assert_string_equal(gm_evidence_newest(&list)->result, "fail");
	add(seen("ann", "dba", "pass", 10));
	assert_int_equal(look(), 3);
	assert_string_equal(gm_evidence_newest(&list)->id, two);
	assert_string_equal(list.items[1].record->result, "pass");
}

static void test_about(void **state)
{
	struct gm_subject s = subject_of(DIGEST("a"));
	struct gm_record r = seen("ann", "dba", "pass", 10);

	(void)state;
	add(r);
	r.project = "other";
	r.sig.len = 0;
	add(r);
	r = seen("ann", "dba", "pass", 10);
	r.ref = "refs/heads/release";
	add(r);
	assert_int_equal(look(), 1);
	about.env = "production";
	assert_int_equal(look(), 0);
	about.env = "staging";
	about.stage = "observe";
	assert_int_equal(look(), 0);
	about.stage = "expand";
	assert_int_equal(look(), 1);
	about.subject = &s;
	about.on = up;
	assert_int_equal(look(), 1);
	s.digest = DIGEST("b");
	assert_int_equal(look(), 0);
	s.digest = DIGEST("a");
	s.path = "elsewhere";
	assert_int_equal(look(), 0);
	about.on = a_blob("another");
	s.path = UP;
	assert_int_equal(look(), 0);
}

static void expect(const char *why)
{
	assert_int_equal(look(), 1);
	assert_false(list.items[0].counts);
	if (!strstr(list.items[0].why, why))
		fail_msg("'%s', not '%s'", list.items[0].why, why);
	assert_null(gm_evidence_newest(&list));
}

static void test_no_role(void **state)
{
	(void)state;
	add(seen("dev", "dba", "pass", 10));
	expect("not, or no longer, that role");
}

static void test_later_than_now(void **state)
{
	(void)state;
	add(seen("ann", "dba", "pass", -GM_CLOCK_SKEW - 1));
	expect("later than now");
}

static void test_expired(void **state)
{
	struct gm_record r = seen("ann", "dba", "pass", 10);

	(void)state;
	r.until = NOW;
	add(r);
	expect("expired");
}

static void test_forged(void **state)
{
	struct gm_record r = seen("ann", "dba", "pass", 10);

	(void)state;
	sign_as(&r, "eve");
	add(r);
	expect("");
}

static void test_wrong_namespace(void **state)
{
	struct gm_record r = seen("ann", "dba", "pass", 10);
	const char *payload;

	(void)state;
	assert_ok(gm_record_payload(&payload, &arena, &r, &err));
	r.sig_kind = GM_SIG_SSH;
	r.sig = ssh_sign("ann", "approval@git-migrate", gm_str(payload));
	add(r);
	expect("");
}

/* Only as many are verified as it takes. */
static void test_newest_only(void **state)
{
	struct gm_record r = seen("ann", "dba", "pass", 5);

	(void)state;
	add(seen("ann", "dba", "pass", 20));
	add(seen("ann", "dba", "fail", 10));
	sign_as(&r, "eve");
	add(r);
	about.newest = true;
	assert_int_equal(look(), 2);
	assert_false(list.items[0].counts);
	assert_true(list.items[1].counts);
	assert_string_equal(gm_evidence_newest(&list)->result, "fail");
}

static void test_no_record(void **state)
{
	(void)state;
	add(seen("ann", "dba", "pass", 20));
	add_line(GM_EVIDENCE_REF, "gm1 evidence");
	assert_ok(open_at(NOW, false));
	assert_int_equal(gm_approvals_evidence(&list, ap, &about, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, "is no record"));
}

static void test_fetched(void **state)
{
	(void)state;
	add(seen("ann", "dba", "pass", 20));
	make_fetched(GM_EVIDENCE_REF);
	assert_int_equal(look(), 0);
	assert_ok(open_at(NOW, true));
	assert_ok(gm_approvals_evidence(&list, ap, &about, &err));
	assert_int_equal(list.n, 1);
}

GM_UNIT_MAIN(EVIDENCE_TEST(test_none), EVIDENCE_TEST(test_newest_first),
	     EVIDENCE_TEST(test_about), EVIDENCE_TEST(test_no_role),
	     EVIDENCE_TEST(test_later_than_now), EVIDENCE_TEST(test_expired),
	     EVIDENCE_TEST(test_forged), EVIDENCE_TEST(test_wrong_namespace),
	     EVIDENCE_TEST(test_newest_only), EVIDENCE_TEST(test_no_record),
	     EVIDENCE_TEST(test_fetched))

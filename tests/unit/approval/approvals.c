#include "approval/approvals.h"

#include "approval/source.h"
#include "unit/approval/records.h"

static struct gm_tally tally;
static struct gm_records bad;
static struct gm_subject subject;

static bool judged(const char *kind)
{
	assert_ok(open_at(NOW, false));
	subject = subject_of(DIGEST("a"));
	bad = (struct gm_records){ 0 };
	assert_ok(gm_approvals_judge(&tally, &bad, ap, kind, &subject, &up,
				     &err));
	return tally.approved;
}

static bool overridden(const char *ticket)
{
	assert_ok(open_at(NOW, false));
	subject = subject_of(DIGEST("a"));
	bad = (struct gm_records){ 0 };
	assert_ok(gm_approvals_override(&tally, &bad, ap, ticket, &subject, &up,
					&err));
	return tally.approved;
}

static enum gm_vote_state vote(const char *id)
{
	for (size_t i = 0; i < tally.n; i++)
		if (!strcmp(tally.votes[i].record->id, id))
			return tally.votes[i].state;
	fail_msg("no vote for %s", id);
	return GM_VOTE_BAD;
}

static void test_approved(void **state)
{
	(void)state;
	assert_false(judged("contract"));
	assert_int_equal(tally.n_missing, 2);
	approve("ann", "dba");
	assert_false(judged("contract"));
	assert_int_equal(tally.n_missing, 1);
	assert_string_equal(tally.missing[0].role, "app-owner");
	approve("bob", "app-owner");
	assert_true(judged("contract"));
	assert_int_equal(tally.until, NOW + DAY);
	assert_int_equal(tally.n, 2);
	assert_int_equal(bad.n_bad, 0);
	/* Of what the policy does not ask for nothing is missing. */
	assert_true(judged("expand"));
}

static void test_signatures(void **state)
{
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	const char *id, *other;

	(void)state;
	approve("bob", "app-owner");
	sign_as(&r, "eve");
	id = add(r);
	assert_false(judged("contract"));
	assert_int_equal(vote(id), GM_VOTE_BAD);
	/* Nobody can be made to have signed something else. */
	r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	sign_as(&r, "ann");
	r.until += 1;
	other = add(r);
	assert_false(judged("contract"));
	assert_int_equal(vote(other), GM_VOTE_BAD);
	approve("ann", "dba");
	assert_true(judged("contract"));
	assert_int_equal(vote(id), GM_VOTE_BAD);
}

/* Without signers there is nobody to count. */
static void test_no_signers(void **state)
{
	(void)state;
	approve("ann", "dba");
	approve("bob", "app-owner");
	assert_true(judged("contract"));
	policy_commit = (struct gm_oid){ { 0 } };
	assert_false(judged("contract"));
	assert_int_equal(gm_approvals_signers(ap)->n, 0);
}

static void test_other_content(void **state)
{
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	const char *id;

	(void)state;
	r.digest = DIGEST("b");
	id = add(r);
	approve("bob", "app-owner");
	assert_false(judged("contract"));
	assert_int_equal(vote(id), GM_VOTE_OTHER);
}

static void test_rejection(void **state)
{
	struct gm_record r;
	const char *id;

	(void)state;
	approve("ann", "dba");
	approve("bob", "app-owner");
	/* Of somebody without a say in it. */
	add(record_of(GM_RECORD_REJECT, "dev", "dba"));
	assert_true(judged("contract"));
	id = add(record_of(GM_RECORD_REJECT, "root", "admin"));
	assert_false(judged("contract"));
	assert_string_equal(tally.rejected_by->id, id);
	r = record_of(GM_RECORD_REVOKE, "root", "admin");
	r.target = id;
	id = add(r);
	assert_true(judged("contract"));
	/* Nothing brings back what was taken back. */
	r = record_of(GM_RECORD_REVOKE, "root", "admin");
	r.target = id;
	id = add(r);
	assert_true(judged("contract"));
	assert_int_equal(vote(id), GM_VOTE_OTHER);
}

static void test_revocation(void **state)
{
	struct gm_record r;
	const char *id;

	(void)state;
	id = approve("ann", "dba");
	approve("bob", "app-owner");
	r = record_of(GM_RECORD_REVOKE, "bob", "app-owner");
	r.target = id;
	add(r);
	assert_true(judged("contract"));
	/* Forged: signed by another key. */
	r = record_of(GM_RECORD_REVOKE, "ann", "dba");
	r.target = id;
	sign_as(&r, "bob");
	add(r);
	assert_true(judged("contract"));
	r = record_of(GM_RECORD_REVOKE, "ann", "dba");
	r.target = id;
	add(r);
	assert_false(judged("contract"));
	assert_int_equal(vote(id), GM_VOTE_REVOKED);
}

static void test_used(void **state)
{
	const char *id = approve("ann", "dba");

	(void)state;
	approve("bob", "app-owner");
	land("refs/heads/release", DIGEST("a"), NOW - 60);
	land(MAIN, DIGEST("b"), NOW - 60);
	assert_true(judged("contract"));
	assert_int_equal(subject.landed_at, 0);
	land(MAIN, DIGEST("a"), NOW - 600);
	land(MAIN, DIGEST("a"), NOW - 1200);
	assert_false(judged("contract"));
	assert_int_equal(subject.landed_at, NOW - 600);
	assert_int_equal(vote(id), GM_VOTE_USED);
}

/* A line nobody can read could have been a rejection. */
static void test_bad_line(void **state)
{
	(void)state;
	approve("ann", "dba");
	approve("bob", "app-owner");
	add_line(GM_APPROVALS_REF, "<<<<<<<");
	assert_false(judged("contract"));
	assert_int_equal(tally.until, 0);
	assert_int_equal(bad.n_bad, 1);
	assert_int_equal(bad.bad[0].line, 3);
	assert_string_equal(bad.bad[0].ref, GM_APPROVALS_REF);
	/* It hangs on this migration only. */
	up = a_blob("another");
	approve("ann", "dba");
	approve("bob", "app-owner");
	assert_true(judged("contract"));
}

static void test_fetched(void **state)
{
	(void)state;
	approve("ann", "dba");
	make_fetched(GM_APPROVALS_REF);
	approve("bob", "app-owner");
	assert_false(judged("contract"));
	assert_ok(open_at(NOW, true));
	assert_ok(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
				     &up, &err));
	assert_true(tally.approved);
	land(MAIN, DIGEST("a"), NOW - 60);
	make_fetched(GM_LANDED_REF);
	assert_false(judged("contract"));
	assert_ok(open_at(NOW, true));
	assert_ok(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
				     &up, &err));
	assert_false(tally.approved);
	assert_int_equal(subject.landed_at, NOW - 60);
}

/* What comes after the beginning does not count. */
static void test_tips_are_kept(void **state)
{
	(void)state;
	approve("ann", "dba");
	assert_ok(open_at(NOW, false));
	approve("bob", "app-owner");
	subject = subject_of(DIGEST("a"));
	assert_ok(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
				     &up, &err));
	assert_int_equal(tally.n, 1);
	assert_true(judged("contract"));
}

static void test_override(void **state)
{
	struct gm_record r =
		record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner");
	const char *id;

	(void)state;
	assert_false(overridden("OPS-1"));
	id = add(r);
	assert_true(overridden("OPS-1"));
	assert_int_equal(tally.until, r.at + 4 * 3600);
	assert_false(overridden("OPS-2"));
	assert_false(judged("contract"));
	/* An approval is no override, whoever has the role. */
	up = a_blob("another");
	add(record_of(GM_RECORD_APPROVE, "cem", "incident-owner"));
	assert_false(overridden("OPS-1"));
	add(record_of(GM_RECORD_OVERRIDE, "dev", "incident-owner"));
	assert_false(overridden("OPS-1"));
	r.on = up;
	add(r);
	assert_true(overridden("OPS-1"));
	r = record_of(GM_RECORD_REVOKE, "cem", "incident-owner");
	r.target = id;
	add(r);
	assert_false(overridden("OPS-1"));
}

static void test_override_ends(void **state)
{
	struct gm_record r =
		record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner");

	(void)state;
	r.at = NOW - 5 * 3600;
	add(r);
	assert_false(overridden("OPS-1"));
	r = record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner");
	add(r);
	assert_true(overridden("OPS-1"));
	add(record_of(GM_RECORD_REJECT, "cem", "incident-owner"));
	assert_false(overridden("OPS-1"));
	assert_non_null(tally.rejected_by);
}

/* How many signatures were verified for an answer. */
static size_t asked(void)
{
	struct gm_str key;
	size_t n = 0;
	void *proof;

	assert_ok(open_at(NOW, false));
	ap->from.frugal = true;
	subject = subject_of(DIGEST("a"));
	bad = (struct gm_records){ 0 };
	assert_ok(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
				     &up, &err));
	for (size_t at = 0; gm_map_next(&ap->proofs, &at, &key, &proof);)
		n++;
	return n;
}

/* One that is preferred, for it lasts longer, and is not good. */
static const char *forged(enum gm_record_kind kind, const char *who,
			  const char *role)
{
	struct gm_record r = record_of(kind, who, role);

	r.until += 60;
	sign_as(&r, "eve");
	return add(r);
}

static void test_frugal(void **state)
{
	struct gm_record r;
	const char *id;

	(void)state;
	for (int i = 0; i < 12; i++)
		approve("ann", "dba");
	assert_int_equal(asked(), 1);
	assert_false(tally.approved);
	for (int i = 0; i < 3; i++)
		approve("bob", "app-owner");
	assert_int_equal(asked(), 2);
	assert_true(tally.approved);
	/* Bad ones do not stand in the way of those that do. */
	for (int i = 0; i < 3; i++)
		id = forged(GM_RECORD_APPROVE, "ann", "dba");
	assert_in_range(asked(), 5, 12);
	assert_true(tally.approved);
	assert_int_equal(vote(id), GM_VOTE_BAD);
	for (int i = 0; i < 3; i++)
		forged(GM_RECORD_REJECT, "root", "admin");
	asked();
	assert_true(tally.approved);
	/* And a good rejection is found among them. */
	id = add(record_of(GM_RECORD_REJECT, "root", "admin"));
	asked();
	assert_false(tally.approved);
	assert_string_equal(tally.rejected_by->id, id);
	r = record_of(GM_RECORD_REVOKE, "root", "admin");
	r.target = id;
	sign_as(&r, "eve");
	add(r);
	asked();
	assert_false(tally.approved);
	r = record_of(GM_RECORD_REVOKE, "root", "admin");
	r.target = id;
	add(r);
	asked();
	assert_true(tally.approved);
}

static void test_override_once(void **state)
{
	(void)state;
	add(record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner"));
	assert_true(overridden("OPS-1"));
	land(MAIN, DIGEST("a"), NOW - 60);
	assert_false(overridden("OPS-1"));
}

static void test_override_bad_line(void **state)
{
	(void)state;
	add(record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner"));
	assert_true(overridden("OPS-1"));
	add_line(GM_APPROVALS_REF, "x");
	assert_false(overridden("OPS-1"));
	assert_int_equal(bad.n_bad, 1);
	add_line(GM_OVERRIDES_REF, "x");
	assert_false(overridden("OPS-1"));
	assert_int_equal(bad.n_bad, 2);
}

static void test_no_break_glass(void **state)
{
	(void)state;
	add(record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner"));
	read_policy("version: 2\nproject: shop\nroles:\n"
		    "  incident-owner: [cem@example.com]\n");
	assert_false(overridden("OPS-1"));
	assert_int_equal(tally.until, 0);
}

static void test_prepare(void **state)
{
	struct gm_subject subjects[2];
	const struct gm_oid on[2] = { up, a_blob("no records") };
	const char *id = approve("ann", "dba");

	(void)state;
	approve("bob", "app-owner");
	subjects[0] = subjects[1] = subject = subject_of(DIGEST("a"));
	assert_ok(open_at(NOW, false));
	assert_ok(gm_approvals_prepare(ap, subjects, on, 2, &err));
	/* No program is needed any more. */
	GIT("config", "migrate.sshKeygen", "/nowhere/ssh-keygen");
	assert_ok(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
				     &up, &err));
	assert_true(tally.approved);
	assert_int_equal(vote(id), GM_VOTE_COUNTS);
	assert_ok(gm_approvals_prepare(ap, subjects, on, 0, &err));
}

static void test_missing_program(void **state)
{
	(void)state;
	GIT("config", "migrate.sshKeygen", in_place("nothing"));
	open_repo();
	/* Nothing to verify: nobody asks for it. */
	assert_false(judged("contract"));
	approve("ann", "dba");
	assert_ok(open_at(NOW, false));
	subject = subject_of(DIGEST("a"));
	assert_int_equal(gm_approvals_judge(&tally, &bad, ap, "contract",
					    &subject, &up, &err),
			 -1);
	assert_int_equal(err.code, GM_EPROGRAM);
}

static void test_records(void **state)
{
	const struct gm_records *list;

	(void)state;
	approve("ann", "dba");
	assert_ok(open_at(NOW, false));
	assert_ok(gm_approvals_records(&list, ap, GM_APPROVALS_REF, &up, &err));
	assert_int_equal(list->n, 1);
	assert_ok(
		gm_approvals_records(&list, ap, GM_APPROVALS_REF, NULL, &err));
	assert_int_equal(list->n, 1);
	assert_ok(
		gm_approvals_records(&list, ap, GM_OVERRIDES_REF, NULL, &err));
	assert_int_equal(list->n, 0);
}

static void test_errors(void **state)
{
	(void)state;
	approve("ann", "dba");
	subject = subject_of(DIGEST("a"));
	GIT("update-ref", GM_LANDED_REF, gm_oid_hex(&arena, &policy_commit));
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
					 &up, &err),
		      GM_EINPUT, GM_LANDED_REF);
	GIT("update-ref", GM_APPROVALS_REF, gm_oid_hex(&arena, &policy_commit));
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_judge(&tally, &bad, ap, "contract", &subject,
					 &up, &err),
		      GM_EINPUT, GM_APPROVALS_REF);
	assert_failed(gm_approvals_override(&tally, &bad, ap, "OPS-1", &subject,
					    &up, &err),
		      GM_EINPUT, GM_APPROVALS_REF);
	assert_failed(gm_approvals_prepare(ap, &subject, &up, 1, &err),
		      GM_EINPUT, GM_APPROVALS_REF);
}

GM_UNIT_MAIN(RECORDS_TEST(test_approved), RECORDS_TEST(test_signatures),
	     RECORDS_TEST(test_no_signers), RECORDS_TEST(test_other_content),
	     RECORDS_TEST(test_frugal), RECORDS_TEST(test_rejection),
	     RECORDS_TEST(test_revocation), RECORDS_TEST(test_used),
	     RECORDS_TEST(test_bad_line), RECORDS_TEST(test_fetched),
	     RECORDS_TEST(test_tips_are_kept), RECORDS_TEST(test_override),
	     RECORDS_TEST(test_override_ends), RECORDS_TEST(test_override_once),
	     RECORDS_TEST(test_override_bad_line),
	     RECORDS_TEST(test_no_break_glass), RECORDS_TEST(test_prepare),
	     RECORDS_TEST(test_missing_program), RECORDS_TEST(test_records),
	     RECORDS_TEST(test_errors))

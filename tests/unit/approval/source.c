#include "approval/source.h"

#include "unit/approval/records.h"

static void test_names(void **state)
{
	(void)state;
	assert_true(gm_source_is(GM_APPROVALS_REF, GM_APPROVALS_REF));
	assert_true(gm_source_is("refs/notes/remotes/a/b/migrate/approvals",
				 GM_APPROVALS_REF));
	assert_false(gm_source_is(GM_OVERRIDES_REF, GM_APPROVALS_REF));
	assert_false(gm_source_is("refs/notes/xmigrate/approvals",
				  GM_APPROVALS_REF));
	assert_false(gm_source_is("refs/notes/migrate/approvals/x",
				  GM_APPROVALS_REF));
}

static void test_open(void **state)
{
	(void)state;
	assert_ok(open_at(NOW, false));
	assert_int_equal(ap->tips.n, 0);
	assert_int_equal(gm_approvals_signers(ap)->n, 5);
	approve("ann", "dba");
	land(MAIN, DIGEST("a"), NOW);
	make_fetched(GM_LANDED_REF);
	GIT("update-ref", "refs/notes/remotes/origin/commits",
	    GM_APPROVALS_REF);
	assert_ok(open_at(NOW, false));
	assert_int_equal(ap->tips.n, 1);
	assert_ok(open_at(NOW, true));
	assert_int_equal(ap->tips.n, 2);
	put(".git/" GM_OVERRIDES_REF, "not a ref\n");
	assert_failed(open_at(NOW, false), GM_EGIT, GM_OVERRIDES_REF);
}

static void test_bad_signers(void **state)
{
	(void)state;
	commit_signers("ann@example.com not-a-key\n");
	assert_failed(open_at(NOW, false), GM_EPOLICY, "");
	assert_non_null(strstr(err.path, "main"));
	policy_commit = up;
	assert_int_equal(open_at(NOW, false), -1);
}

/* Each note is read once, and each signature verified once. */
static void test_keeps(void **state)
{
	const struct gm_records *one, *two;
	const struct gm_record *records[3];
	struct gm_proof proofs[3];

	(void)state;
	approve("ann", "dba");
	approve("bob", "app-owner");
	assert_ok(open_at(NOW, false));
	assert_ok(gm_source_on(&one, ap, GM_APPROVALS_REF, &up, &err));
	assert_ok(gm_source_on(&two, ap, GM_APPROVALS_REF, &up, &err));
	assert_ptr_equal(one, two);
	assert_int_equal(one->n, 2);
	assert_ok(gm_source_all(&two, ap, GM_APPROVALS_REF, &err));
	assert_int_equal(two->n, 2);
	assert_ptr_not_equal(one, two);
	assert_ok(gm_source_all(&one, ap, GM_APPROVALS_REF, &err));
	assert_ptr_equal(one, two);
	assert_ok(gm_source_on(&two, ap, GM_OVERRIDES_REF, &up, &err));
	assert_int_equal(two->n, 0);

	records[0] = records[2] = &one->items[0];
	records[1] = &one->items[1];
	assert_ok(gm_source_prove(proofs, ap, records, 0, &err));
	assert_ok(gm_source_prove(proofs, ap, records, 3, &err));
	assert_true(proofs[0].good && proofs[1].good && proofs[2].good);
	assert_ptr_equal(proofs[0].key, proofs[2].key);
	ap->verifier.ssh_keygen = "/nowhere/ssh-keygen";
	assert_ok(gm_source_prove(proofs, ap, records, 2, &err));
	assert_true(proofs[0].good && proofs[1].good);
	assert_int_equal(
		gm_source_prove_at(&proofs[0], ap, records[0], NOW, &err), -1);
	assert_int_equal(err.code, GM_EPROGRAM);
}

static void test_time(void **state)
{
	struct gm_proof proof;
	const struct gm_records *list;
	const struct gm_record *record;

	(void)state;
	commit_signers(signer("ann", "valid-before=\"20261121100000Z\" "));
	approve("ann", "dba");
	assert_ok(open_at(NOW, false));
	assert_ok(gm_source_on(&list, ap, GM_APPROVALS_REF, &up, &err));
	record = &list->items[0];
	assert_ok(gm_source_prove(&proof, ap, &record, 1, &err));
	assert_false(proof.good);
	assert_ok(gm_source_prove_at(&proof, ap, record, NOW - 1, &err));
	assert_true(proof.good);
	assert_ok(gm_source_prove(&proof, ap, &record, 1, &err));
	assert_false(proof.good);
}

static void test_landed(void **state)
{
	struct gm_landed_list list;

	(void)state;
	land(MAIN, DIGEST("a"), NOW - 60);
	make_fetched(GM_LANDED_REF);
	land("refs/heads/release", DIGEST("a"), NOW);
	assert_ok(open_at(NOW, false));
	assert_ok(gm_source_landed(&list, ap, &up, &err));
	assert_int_equal(list.n, 1);
	assert_ok(open_at(NOW, true));
	assert_ok(gm_source_landed(&list, ap, &up, &err));
	assert_int_equal(list.n, 2);
	up = a_blob("another");
	assert_ok(gm_source_landed(&list, ap, &up, &err));
	assert_int_equal(list.n, 0);
}

static void test_roles(void **state)
{
	(void)state;
	assert_ok(open_at(NOW, false));
	assert_true(gm_source_may_override(ap, "cem@example.com"));
	assert_false(gm_source_may_override(ap, "root@example.com"));
	assert_false(gm_source_may_override(ap, "ann@example.com"));
	assert_true(gm_source_may_close(ap, "cem@example.com"));
	assert_true(gm_source_may_close(ap, "root@example.com"));
	assert_false(gm_source_may_close(ap, "ann@example.com"));
	read_policy("version: 2\nproject: shop\nroles:\n"
		    "  incident-owner: [cem@example.com]\n");
	assert_ok(open_at(NOW, false));
	assert_false(gm_source_may_override(ap, "cem@example.com"));
	assert_false(gm_source_may_close(ap, "cem@example.com"));
}

GM_UNIT_MAIN(RECORDS_TEST(test_names), RECORDS_TEST(test_open),
	     RECORDS_TEST(test_bad_signers), RECORDS_TEST(test_keeps),
	     RECORDS_TEST(test_time), RECORDS_TEST(test_landed),
	     RECORDS_TEST(test_roles))

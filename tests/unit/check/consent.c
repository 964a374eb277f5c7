/* check/consent: what approvals do to a push, with real signatures. */
#include "check/consented.h"

static void test_nothing(void **state)
{
	const struct gm_finding *found;

	(void)state;
	/* Nobody knows who pushes: one approval more than the two. */
	p.server.pusher.unknown = true;
	assert_true(push(&p, MAIN, &tip));
	found = only(GM_RULE_UNAPPROVED);
	assert_non_null(strstr(found->message, "'2_b' lacks approvals: "));
	assert_true(noted(found, "dba: bob@example.com"));
	assert_non_null(strstr(found->hint, "'git migrate approve 2_b'"));
	assert_string_equal(found->commit, gm_oid_hex(&p.f.arena, &tip));
	/* A branch that is not protected needs none. */
	assert_false(push(&p, "refs/heads/feature", &tip));
}

static void test_enough(void **state)
{
	(void)state;
	/* The author's own does not count, and says so. */
	approve("dba", "ann");
	approve("boss", "cem");
	assert_true(push(&p, MAIN, &tip));
	assert_true(noted(only(GM_RULE_UNAPPROVED), "approve by ann"));
	approve("dba", "bob");
	assert_false(push(&p, MAIN, &tip));
	/* Nor does the pusher's, by whichever name. */
	*GM_PUSH(&p.f.arena, &p.server.pusher.names) = "cem";
	assert_true(push(&p, MAIN, &tip));
	assert_true(noted(only(GM_RULE_UNAPPROVED), "approve by cem"));
}

/* Approved is what would be there after the push, and nothing else. */
static void test_content(void **state)
{
	struct gm_oid more, other;

	(void)state;
	approve("dba", "bob");
	approve("boss", "cem");
	more = COMMIT(&p.f, &tip, "More\n\n" CONTRACT,
		      UP("2_b", "DROP TABLE a CASCADE;"));
	assert_true(push(&p, MAIN, &more));
	only(GM_RULE_UNAPPROVED);
	other = COMMIT(&p.f, &p.main, "Another\n\n" CONTRACT,
		       UP("3_c", "DROP TABLE a;"));
	assert_true(push(&p, MAIN, &other));
	only(GM_RULE_UNAPPROVED);
	/* Back to what was approved, in two commits. */
	more = COMMIT(&p.f, &more, "Back\n\n" CONTRACT,
		      UP("2_b", "DROP TABLE a;"));
	assert_false(push(&p, MAIN, &more));
}

static void test_rejected(void **state)
{
	struct gm_record r;
	const struct gm_finding *found;

	(void)state;
	approve("dba", "bob");
	approve("boss", "cem");
	r = about(GM_RECORD_REJECT, "dba", "ann", &tip, NULL);
	r.target = r.digest;
	put(r);
	assert_true(push(&p, MAIN, &tip));
	found = only(GM_RULE_UNAPPROVED);
	assert_string_equal(found->message,
			    "'2_b' was rejected by ann@example.com");
	assert_non_null(strstr(found->hint, "--revoke"));
}

static void test_bad_line(void **state)
{
	struct gm_record r = about(GM_RECORD_APPROVE, "dba", "bob", &tip, NULL);
	struct gm_note_line line = { .on = r.on, .line = "gm1 reject" };
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	approve("dba", "bob");
	approve("boss", "cem");
	assert_ok(gm_notes_append(p.f.repo, GM_APPROVALS_REF, &line, 1, "x",
				  &err));
	assert_true(push(&p, MAIN, &tip));
	only(GM_RULE_BAD_RECORD);
}

/* What has no digest cannot be approved, nor let pass. */
static void test_unreadable(void **state)
{
	struct gm_oid link =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-1\n",
		       UP("2_b", "DROP TABLE a;"),
		       { "migrations/2_b/verify.sql", "up.sql", GM_MODE_LINK });
	const struct gm_findings *f = &p.verdict.result.findings;
	size_t unapproved = 0;

	(void)state;
	approve("dba", "bob");
	approve("boss", "cem");
	assert_true(push(&p, MAIN, &link));
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].rule == GM_RULE_UNAPPROVED) {
			unapproved++;
			assert_non_null(strstr(f->items[i].message,
					       "cannot be approved"));
		}
	assert_int_equal(unapproved, 1);
}

/* Used, it holds up the next contract until its follow-up is closed. */
static void test_follow_up(void **state)
{
	struct gm_oid now_ =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-1\n",
		       UP("2_b", "DROP TABLE a;"));
	struct gm_record r = override_of(&now_), close;
	struct gm_landed landed = { .project = "shop",
				    .path = r.path,
				    .digest = r.digest,
				    .phase = "contract",
				    .class_ = "contract",
				    .ref = MAIN,
				    .at = gm_now(),
				    .until = gm_now() };
	struct gm_records records = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid notes;
	const struct gm_finding *found;

	(void)state;
	put(r);
	assert_false(push(&p, MAIN, &now_));
	assert_ok(gm_landed_append(p.f.repo, &landed, &r.on, 1, &err));
	fixture_ref(&p.f, MAIN, &now_);
	tip = COMMIT(&p.f, &now_, "Next\n\n" CONTRACT,
		     UP("3_c", "DROP TABLE c;"));
	approve("dba", "bob");
	approve("boss", "cem");
	assert_true(push(&p, MAIN, &tip));
	found = only(GM_RULE_UNAPPROVED);
	assert_non_null(strstr(found->message, "override 'INC-1' is open"));
	assert_true(noted(found, "write it down"));
	assert_int_equal(gm_ref_get(&notes, p.f.repo, GM_OVERRIDES_REF, &err),
			 1);
	assert_ok(gm_records_on(&records, &p.f.arena, p.f.repo,
				GM_OVERRIDES_REF, &notes, &r.on, &err));
	assert_int_equal(records.n, 1);
	close = records.items[0];
	close.kind = GM_RECORD_CLOSE;
	close.target = records.items[0].id;
	close.ticket = close.risk = close.recovery = close.follow_up = NULL;
	close.nonce = NULL;
	close.on = r.on;
	put(close);
	assert_false(push(&p, MAIN, &tip));
}

static void test_policy(void **state)
{
	struct gm_oid next =
		COMMIT(&p.f, &p.main, "Raise\n", { GM_POLICY_PATH, RAISED });
	struct gm_record r = { .kind = GM_RECORD_APPROVE };
	struct gm_err err = GM_ERR_INIT;
	struct gm_subject subject;
	const struct gm_finding *found;

	(void)state;
	assert_true(push(&p, MAIN, &next));
	found = only(GM_RULE_POLICY_CHANGE);
	assert_non_null(strstr(found->message, "lacks approvals: 1 boss"));
	assert_ok(gm_subject_of_policy(&subject, &r.on, &p.f.arena, p.f.repo,
				       "shop", &p.main, &next, MAIN, &err));
	r.project = "shop";
	r.path = subject.path;
	r.digest = subject.digest;
	r.phase = subject.phase;
	r.class_ = subject.class_;
	r.ref = MAIN;
	r.env = "*";
	r.role = "boss";
	r.signer = "cem@example.com";
	r.at = gm_now() - 60;
	r.until = gm_now() + 3600;
	put(r);
	assert_false(push(&p, MAIN, &next));
}

/* What the new policy says of roles does not judge its own change. */
static void test_policy_by_the_old(void **state)
{
	struct gm_oid next =
		COMMIT(&p.f, &p.main, "Lower\n", { GM_POLICY_PATH, RAISED },
		       { GM_SIGNERS_PATH, "" });

	(void)state;
	assert_true(push(&p, MAIN, &next));
	only(GM_RULE_POLICY_CHANGE);
	p.server.warn_only = true;
	assert_true(push(&p, MAIN, &next));
}

GM_UNIT_MAIN(TEST(test_nothing), TEST(test_enough), TEST(test_content),
	     TEST(test_rejected), TEST(test_bad_line), TEST(test_unreadable),
	     TEST(test_follow_up), TEST(test_policy),
	     TEST(test_policy_by_the_old))

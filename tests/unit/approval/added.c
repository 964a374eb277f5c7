#include "approval/approvals.h"

#include "unit/approval/records.h"

static struct gm_records bad;
static struct gm_oid before, after, zero;

static struct gm_oid tip_of(const char *ref)
{
	struct gm_oid oid = { { 0 } };

	if (gm_ref_get(&oid, repo, ref, &err) < 0)
		fail_msg("%s", err.msg);
	return oid;
}

static int pushed(const char *ref)
{
	after = tip_of(ref);
	bad = (struct gm_records){ 0 };
	assert_ok(open_at(NOW, false));
	return gm_approvals_added(&bad, ap, ref, &before, &after, &err);
}

/* A note as somebody else may write it. */
static void hang(const char *ref, const char *text)
{
	assert_ok(gm_notes_put(repo, ref, &up, gm_str(text), "x", &err));
}

/* What was added since the last call is refused, for that reason. */
static void refuse(const char *ref, size_t line, const char *why)
{
	assert_ok(pushed(ref));
	assert_int_equal(bad.n_bad, 1);
	assert_string_equal(bad.bad[0].ref, ref);
	assert_true(gm_oid_eq(&bad.bad[0].on, &up));
	assert_int_equal(bad.bad[0].line, line);
	if (!strstr(bad.bad[0].why, why))
		fail_msg("'%s', not '%s'", bad.bad[0].why, why);
	before = after;
}

/* And that is what to do about it. */
static void advise(const char *hint)
{
	if (!strstr(bad.bad[0].hint, hint))
		fail_msg("'%s', not '%s'", bad.bad[0].hint, hint);
}

static void accept(const char *ref)
{
	assert_ok(pushed(ref));
	if (bad.n_bad)
		fail_msg("%s", bad.bad[0].why);
	before = after;
}

static void test_good(void **state)
{
	struct gm_record r = record_of(GM_RECORD_REVOKE, "ann", "dba");

	(void)state;
	before = zero;
	r.target = approve("ann", "dba");
	add(record_of(GM_RECORD_APPROVE, "dev", "dba"));
	accept(GM_APPROVALS_REF);
	accept(GM_APPROVALS_REF);
	add(r);
	add(record_of(GM_RECORD_REJECT, "bob", "app-owner"));
	accept(GM_APPROVALS_REF);
	before = zero;
	accept(GM_APPROVALS_REF);
}

static void test_overrides(void **state)
{
	struct gm_record r;
	const char *id;

	(void)state;
	before = zero;
	id = add(record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner"));
	accept(GM_OVERRIDES_REF);
	r = record_of(GM_RECORD_CLOSE, "root", "admin");
	r.target = id;
	add(r);
	accept(GM_OVERRIDES_REF);
	r = record_of(GM_RECORD_CLOSE, "ann", "incident-owner");
	r.target = id;
	add(r);
	refuse(GM_OVERRIDES_REF, 3, "may not close");
	add(record_of(GM_RECORD_OVERRIDE, "root", "incident-owner"));
	refuse(GM_OVERRIDES_REF, 4, "may not break");
	advise("Somebody else");
}

static void test_signatures(void **state)
{
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");

	(void)state;
	before = zero;
	sign_as(&r, "bob");
	add(r);
	refuse(GM_APPROVALS_REF, 1, "");
	sign_as(&r, "eve");
	add(r);
	refuse(GM_APPROVALS_REF, 2, "");
	sign_as(&r, "ann");
	r.role = "admin";
	add(r);
	refuse(GM_APPROVALS_REF, 3, "");
	add(record_of(GM_RECORD_APPROVE, "eve", "dba"));
	refuse(GM_APPROVALS_REF, 4, "");
	/* Known, but not any more. */
	commit_signers(signer("ann", "valid-before=\"20261121100000Z\" "));
	approve("ann", "dba");
	refuse(GM_APPROVALS_REF, 5, "");
}

static void test_form(void **state)
{
	struct gm_record r;
	const char *line;

	(void)state;
	before = zero;
	add_line(GM_APPROVALS_REF, "hello");
	refuse(GM_APPROVALS_REF, 1, "'gm1'");
	advise("git migrate approve");
	r = record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner");
	sign_as(&r, "cem");
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	add_line(GM_APPROVALS_REF, line);
	refuse(GM_APPROVALS_REF, 2, "'override' does not belong");
	r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	r.project = "other";
	add(r);
	refuse(GM_APPROVALS_REF, 3, "another project");
	r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	r.at = NOW + GM_CLOCK_SKEW + 1;
	add(r);
	refuse(GM_APPROVALS_REF, 4, "in the future");
	advise("set the clock");
	r.at = NOW + GM_CLOCK_SKEW;
	r.sig.len = 0;
	add(r);
	accept(GM_APPROVALS_REF);
	r = record_of(GM_RECORD_LANDED, "server", "server");
	r.role = r.signer = "server";
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	add_line(GM_APPROVALS_REF, line);
	refuse(GM_APPROVALS_REF, 6, "'landed' does not belong");
}

/* What is refused is the record, wherever it was copied to. */
static void test_object(void **state)
{
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");

	(void)state;
	before = zero;
	r.on = up = policy_commit;
	add(r);
	refuse(GM_APPROVALS_REF, 1, "no file");
	r.on = up = oid_of("0123456789012345678901234567890123456789");
	add(r);
	refuse(GM_APPROVALS_REF, 1, "no file");
}

static void test_long_note(void **state)
{
	struct gm_note_line lines[GM_RECORDS_PER_NOTE];
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	const char *line;

	(void)state;
	for (int i = 0; i < GM_RECORDS_PER_NOTE; i++)
		lines[i] = (struct gm_note_line){ up, gm_printf(&arena,
								"line %d", i) };
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_NOTE, "x", &err));
	before = tip_of(GM_APPROVALS_REF);
	sign_as(&r, "ann");
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	add_line(GM_APPROVALS_REF, line);
	refuse(GM_APPROVALS_REF, 0, "256");
	advise("takes others");
}

/* Nobody signs for what is no record of its own. */
static void test_padding(void **state)
{
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	const char *line;

	(void)state;
	before = zero;
	sign_as(&r, "ann");
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	hang(GM_APPROVALS_REF, "\n");
	refuse(GM_APPROVALS_REF, 0, "more empty lines");
	up = a_blob("one");
	hang(GM_APPROVALS_REF, gm_printf(&arena, "\n%s\n\n", line));
	refuse(GM_APPROVALS_REF, 0, "more empty lines");
	up = a_blob("two");
	hang(GM_APPROVALS_REF, gm_printf(&arena, "%s\n\n%s\n", line, line));
	refuse(GM_APPROVALS_REF, 0, "a line twice");
	advise("cat_sort_uniq");
	/* As git-notes writes it. */
	up = a_blob("three");
	hang(GM_APPROVALS_REF, gm_printf(&arena, "%s\n\n", line));
	accept(GM_APPROVALS_REF);
}

/* One signer cannot fill a note, so that nobody could reject any more. */
static void test_crowd(void **state)
{
	struct gm_note_line lines[GM_RECORDS_PER_SIGNER];

	(void)state;
	for (int i = 0; i < GM_RECORDS_PER_SIGNER - 1; i++)
		lines[i] = (struct gm_note_line){
			up,
			gm_printf(&arena,
				  "gm1 approve signer=ann@example.com n=%d", i)
		};
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_SIGNER - 1, "x", &err));
	before = tip_of(GM_APPROVALS_REF);
	approve("ann", "dba");
	accept(GM_APPROVALS_REF);
	approve("ann", "dba");
	refuse(GM_APPROVALS_REF, GM_RECORDS_PER_SIGNER + 1, "more than 64");
	add(record_of(GM_RECORD_REJECT, "bob", "app-owner"));
	accept(GM_APPROVALS_REF);
}

/* Nor by another name of theirs. */
static void test_names(void **state)
{
	struct gm_note_line lines[GM_RECORDS_PER_SIGNER];

	(void)state;
	read_policy(gm_printf(&arena,
			      "%speople:\n  bob@example.com: [dev,"
			      " robert@example.com]\n",
			      policy_text));
	for (int i = 0; i < GM_RECORDS_PER_SIGNER; i++)
		lines[i] = (struct gm_note_line){
			up, gm_printf(&arena,
				      "gm1 approve signer=%s@example.com n=%d",
				      i % 2 ? "bob" : "robert", i)
		};
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_SIGNER, "x", &err));
	before = tip_of(GM_APPROVALS_REF);
	add(record_of(GM_RECORD_REJECT, "bob", "app-owner"));
	refuse(GM_APPROVALS_REF, GM_RECORDS_PER_SIGNER + 1, "more than 64");
}

/* What somebody has signed elsewhere uses nothing up that is theirs here. */
static void test_copies(void **state)
{
	const int most = GM_RECORDS_PER_SIGNER / 4;
	struct gm_note_line lines[GM_RECORDS_PER_SIGNER];
	struct gm_record r = record_of(GM_RECORD_APPROVE, "ann", "dba");
	struct gm_oid here = up;

	(void)state;
	sign_as(&r, "ann");
	up = a_blob("elsewhere");
	for (int i = 0; i < most; i++)
		lines[i] =
			(struct gm_note_line){ here, gm_printf(&arena,
							       "line %d", i) };
	assert_ok(gm_record_encode(&lines[most].line, &arena, &r, &err));
	add_line(GM_APPROVALS_REF, lines[most].line);
	before = tip_of(GM_APPROVALS_REF);
	/* A short one takes it: there it does no harm. */
	up = a_blob("another");
	add_line(GM_APPROVALS_REF, lines[most].line);
	accept(GM_APPROVALS_REF);
	up = here;
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines, (size_t)most,
				  "x", &err));
	before = tip_of(GM_APPROVALS_REF);
	add_line(GM_APPROVALS_REF, lines[most].line);
	assert_ok(pushed(GM_APPROVALS_REF));
	assert_int_equal(bad.n_bad, 2);
	assert_int_equal(bad.bad[0].line, most + 1);
	assert_non_null(strstr(bad.bad[0].why, "as well"));
	advise("where it was signed");
	before = after;
	approve("ann", "dba");
	accept(GM_APPROVALS_REF);
}

static struct gm_record evidence(const char *who, const char *role)
{
	struct gm_record r = record_of(GM_RECORD_EVIDENCE, who, role);

	r.env = "production";
	r.stage = "expand";
	r.result = "pass";
	r.sha256 = DIGEST("a") + strlen("sha256:");
	return r;
}

/* What passed must not be beyond failing. */
static void test_evidence(void **state)
{
	const int most = GM_RECORDS_PER_NOTE - GM_RECORDS_PER_SIGNER;
	struct gm_note_line lines[GM_RECORDS_PER_NOTE];

	(void)state;
	before = zero;
	add(evidence("ann", "dba"));
	accept(GM_EVIDENCE_REF);
	add(evidence("dev", "dba"));
	refuse(GM_EVIDENCE_REF, 2, "has not that role");
	advise("Somebody else");
	up = a_blob("another");
	for (int i = 0; i < most; i++)
		lines[i] = (struct gm_note_line){
			up,
			gm_printf(&arena,
				  "gm1 evidence signer=ann@example.com n=%d", i)
		};
	assert_ok(gm_notes_append(repo, GM_EVIDENCE_REF, lines, (size_t)most,
				  "x", &err));
	before = tip_of(GM_EVIDENCE_REF);
	add(evidence("ann", "dba"));
	refuse(GM_EVIDENCE_REF, (size_t)most + 1, "more than 192");
	add(evidence("bob", "app-owner"));
	accept(GM_EVIDENCE_REF);
}

static void test_many(void **state)
{
	struct gm_note_line *lines =
		gm_alloc_n(&arena, GM_RECORDS_PER_PUSH + 1, sizeof(*lines));

	(void)state;
	for (int i = 0; i <= GM_RECORDS_PER_PUSH; i++)
		lines[i] = (struct gm_note_line){
			a_blob(gm_printf(&arena, "%d", i / 200)),
			gm_printf(&arena, "line %d", i)
		};
	before = zero;
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_PUSH, "x", &err));
	assert_ok(pushed(GM_APPROVALS_REF));
	assert_int_equal(bad.n_bad, 16);
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF,
				  lines + GM_RECORDS_PER_PUSH, 1, "x", &err));
	assert_failed(pushed(GM_APPROVALS_REF), GM_ELIMIT, "301 records");
}

static void test_many_notes(void **state)
{
	struct gm_note_line *lines =
		gm_alloc_n(&arena, GM_RECORDS_PER_PUSH + 1, sizeof(*lines));

	(void)state;
	for (int i = 0; i <= GM_RECORDS_PER_PUSH; i++)
		lines[i] = (struct gm_note_line){
			a_blob(gm_printf(&arena, "%d", i)), "a line"
		};
	before = zero;
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_PUSH + 1, "x", &err));
	assert_failed(pushed(GM_APPROVALS_REF), GM_ELIMIT, "301 notes");
}

static void test_errors(void **state)
{
	(void)state;
	before = zero;
	approve("ann", "dba");
	GIT("config", "migrate.sshKeygen", in_place("nothing"));
	open_repo();
	assert_failed(pushed(GM_APPROVALS_REF), GM_EPROGRAM, "");
	GIT("update-ref", GM_APPROVALS_REF, gm_oid_hex(&arena, &policy_commit));
	assert_failed(pushed(GM_APPROVALS_REF), GM_EINPUT, "hex");
}

GM_UNIT_MAIN(RECORDS_TEST(test_good), RECORDS_TEST(test_overrides),
	     RECORDS_TEST(test_signatures), RECORDS_TEST(test_form),
	     RECORDS_TEST(test_object), RECORDS_TEST(test_long_note),
	     RECORDS_TEST(test_padding), RECORDS_TEST(test_crowd),
	     RECORDS_TEST(test_names), RECORDS_TEST(test_copies),
	     RECORDS_TEST(test_evidence), RECORDS_TEST(test_many),
	     RECORDS_TEST(test_many_notes), RECORDS_TEST(test_errors))

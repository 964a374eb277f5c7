/* check/consent: what approvals do to a push, with real signatures. */
#include "check/push_place.h"

#include "approval/approvals.h"
#include "approval/sshsig.h"
#include "approval/subject.h"
#include "base/file.h"

#define ASKS                                                                   \
	"version: 1\nproject: shop\nprotected: [\"refs/heads/main\"]\n"        \
	"migrations: [{path: migrations, layout: directory}]\n"                \
	"rollback_window: none\n"                                              \
	"rules: {missing-contracts: off, unknown-expand: off,"                 \
	" contract-too-early: off, missing-down: off}\n"                       \
	"people: {cem@example.com: [cem]}\n"                                   \
	"roles: {dba: [ann@example.com, bob@example.com],"                     \
	" boss: [bob@example.com, cem@example.com]}\n"                         \
	"approvals:\n"                                                         \
	"  contract: {need: {dba: 1, boss: 1}, exclude_author: true,"          \
	" exclude_pusher: true}\n"                                             \
	"  break-glass: {need: {boss: 1}, expires: 4h}\n"                      \
	"  policy: {need: {boss: 1}}\n"
#define RAISED "version: 2\nproject: shop\nprotected: [\"refs/heads/main\"]\n"
#define CONTRACT "Migration-Phase: contract\n"

static struct place p;
static struct gm_oid tip;

static struct gm_str run(struct gm_str input, const char *const *argv)
{
	struct gm_child child = {
		.argv = argv, .dir = p.f.dir, .input = input, .mute = true
	};
	struct gm_err err = GM_ERR_INIT;
	struct gm_str out = GM_STR_NONE;

	assert_int_equal(gm_child_run(&out, &p.f.arena, &child, &err), 0);
	return out;
}

#define RUN(input, ...) run((input), (const char *const[]){ __VA_ARGS__, NULL })

static const char *signers_line(const char *name)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str key;

	RUN(GM_STR_NONE, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
	    "", "-f", name);
	assert_ok(gm_file_read(
		&key, &p.f.arena,
		gm_printf(&p.f.arena, "%s/%s.pub", p.f.dir, name), 4096, &err));
	return gm_printf(&p.f.arena, "%s@example.com %.*s\n", name,
			 (int)gm_str_trim(key).len, key.ptr);
}

/* A server that asks for approvals, and a contract on top of its main. */
static int set_up(void **state)
{
	const char *signers;

	(void)state;
	start_without_policy(&p);
	signers = gm_printf(&p.f.arena, "%s%s%s", signers_line("ann"),
			    signers_line("bob"), signers_line("cem"));
	p.policy = COMMIT(&p.f, NULL, "Policy\n", { GM_POLICY_PATH, ASKS },
			  { GM_SIGNERS_PATH, signers });
	p.main = COMMIT(&p.f, &p.policy,
			"Add a\n\nMigration-Phase: expand\n"
			"Feature-Flag: F\n",
			UP("1_a", "CREATE TABLE a (b int);"), DOWN("1_a"));
	tip = COMMIT(&p.f, &p.main, "Drop a\n\n" CONTRACT,
		     UP("2_b", "DROP TABLE a;"));
	fixture_ref(&p.f, MAIN, &p.main);
	p.server.pusher.unknown = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_done(&p.f);
	return 0;
}

/* A record about the contract, as it has to be. */
static struct gm_record about(enum gm_record_kind kind, const char *role,
			      const char *who, const struct gm_oid *commit,
			      const char *break_glass)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_subject subject;
	struct gm_set set = { 0 };
	struct gm_roots roots = { 0 };
	struct gm_oid none = { { 0 } };
	struct gm_migration *m;
	struct gm_commit c;
	struct gm_policy policy;

	assert_ok(gm_policy_read(&policy, &p.f.arena, "p", GM_STR(ASKS), &err));
	assert_ok(gm_context_roots_between(&roots, &p.f.arena, p.f.repo,
					   &policy, &none, commit, &err));
	assert_ok(gm_commit_read(&c, &p.f.arena, p.f.repo, commit, &err));
	assert_ok(
		gm_set_read(&set, &p.f.arena, p.f.repo, &c.tree, &roots, &err));
	m = set.items[set.n - 1];
	m->meta.phase = GM_PHASE_CONTRACT;
	m->meta.break_glass = break_glass;
	assert_ok(gm_subject_of_migration(&subject, &p.f.arena, p.f.repo,
					  "shop", m, "contract", MAIN, &err));
	return (struct gm_record){
		.kind = kind,
		.project = "shop",
		.path = subject.path,
		.digest = subject.digest,
		.phase = subject.phase,
		.class_ = subject.class_,
		.ref = MAIN,
		.env = "*",
		.role = role,
		.signer = gm_printf(&p.f.arena, "%s@example.com", who),
		.at = gm_now() - 60,
		.until = gm_now() + 3600,
		.on = gm_migration_file(m, GM_ROLE_UP)->oid,
	};
}

static void put(struct gm_record r)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_str armor;
	const char *payload;
	char name[4] = "";

	memcpy(name, r.signer, 3);
	assert_ok(gm_record_nonce(&r, &p.f.arena, &err));
	assert_ok(gm_record_payload(&payload, &p.f.arena, &r, &err));
	armor = RUN(gm_str(payload), "ssh-keygen", "-q", "-Y", "sign", "-n",
		    gm_record_namespace(r.kind), "-f", name);
	assert_true(gm_sshsig_dearmor(&r.sig, &p.f.arena, armor));
	r.sig_kind = GM_SIG_SSH;
	assert_ok(gm_record_append(p.f.repo, &r.on, &r, &err));
}

static void approve(const char *role, const char *who)
{
	put(about(GM_RECORD_APPROVE, role, who, &tip, NULL));
}

static const struct gm_finding *only(enum gm_rule rule)
{
	const struct gm_findings *f = &p.verdict.result.findings;

	assert_int_equal(f->n, 1);
	assert_int_equal(f->items[0].rule, rule);
	assert_non_null(f->items[0].hint);
	return &f->items[0];
}

static bool noted(const struct gm_finding *found, const char *text)
{
	for (size_t i = 0; i < found->notes.n; i++)
		if (strstr(found->notes.items[i], text))
			return true;
	return false;
}

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

static struct gm_record override_of(const struct gm_oid *commit)
{
	struct gm_record r =
		about(GM_RECORD_OVERRIDE, "boss", "cem", commit, "INC-1");

	r.ticket = "INC-1";
	r.risk = "readers fail";
	r.recovery = "restore";
	r.follow_up = "write it down";
	return r;
}

/* It lets its own migration pass, as a warning, and not what is beside it. */
static void test_override(void **state)
{
	struct gm_oid mixed =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-1\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	struct gm_oid named =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-2\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	const struct gm_findings *f = &p.verdict.result.findings;

	(void)state;
	assert_true(push(&p, MAIN, &mixed));
	assert_int_equal(f->errors, 2);
	put(override_of(&mixed));
	assert_false(push(&p, MAIN, &mixed));
	assert_int_equal(f->errors, 0);
	assert_int_equal(f->warnings, 2);
	assert_true(noted(&f->items[0], "by the override 'INC-1' of cem"));
	/* Another ticket, or none, and it is of no use. */
	assert_true(push(&p, MAIN, &named));
	assert_true(push(&p, MAIN, &tip));
}

/* With a line that is none nothing passes, and that is told of once. */
static void test_bad_override(void **state)
{
	struct gm_oid first =
		COMMIT(&p.f, &p.main, "Now\n\n" CONTRACT "Break-Glass: INC-2\n",
		       UP("2_b", "DROP TABLE a;"), { "app.c", "x" });
	struct gm_oid mixed = COMMIT(
		&p.f, &first, "And\n\nBreak-Glass: INC-1\n", { "app.c", "y" });
	struct gm_record r = override_of(&mixed), other = r;
	struct gm_note_line line = { .on = r.on, .line = "gm1 reject" };
	const struct gm_findings *f = &p.verdict.result.findings;
	struct gm_err err = GM_ERR_INIT;
	size_t bad = 0;

	(void)state;
	other.ticket = "INC-2";
	put(r);
	put(r);
	put(other);
	assert_false(push(&p, MAIN, &mixed));
	assert_ok(gm_notes_append(p.f.repo, GM_APPROVALS_REF, &line, 1, "x",
				  &err));
	assert_true(push(&p, MAIN, &mixed));
	for (size_t i = 0; i < f->n; i++)
		bad += f->items[i].rule == GM_RULE_BAD_RECORD;
	/* With its approvals, and with its overrides. */
	assert_int_equal(bad, 2);
	assert_int_equal(f->errors, 3);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

GM_UNIT_MAIN(TEST(test_nothing), TEST(test_enough), TEST(test_content),
	     TEST(test_rejected), TEST(test_bad_line), TEST(test_unreadable),
	     TEST(test_override), TEST(test_bad_override), TEST(test_follow_up),
	     TEST(test_policy), TEST(test_policy_by_the_old))

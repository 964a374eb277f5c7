/* check/push: what a push would do to records, and what records do to it. */
#include "approval/exhibit.h"
#include "approval/landed.h"
#include "check/push_place.h"
#include "git/notes.h"

#define NOTES "refs/notes/migrate/"

/* A record more on the notes ref, written as any client would. */
static struct gm_oid record(struct place *p, const char *ref, const char *line)
{
	struct gm_note_line note = { .on = p->main, .line = line };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid tip;

	assert_ok(gm_notes_append(p->f.repo, ref, &note, 1, "test", &err));
	assert_int_equal(gm_ref_get(&tip, p->f.repo, ref, &err), 1);
	return tip;
}

static void records(void **state)
{
	static const char *const known[] = { NOTES "approvals",
					     NOTES "evidence",
					     NOTES "overrides" };
	struct gm_oid one, two, other, tree;
	struct place p;

	(void)state;
	start(&p);
	one = record(&p, "refs/notes/x", "gm1 one");
	two = record(&p, "refs/notes/x", "gm1 two");
	other = record(&p, "refs/notes/y", "gm1 three");
	for (size_t i = 0; i < GM_COUNT(known); i++) {
		push(&p, known[i], &one);
		refused(&p, GM_RULE_BAD_RECORD, known[i],
			"line 1 of the note on ");
		fixture_ref(&p.f, known[i], &one);
		push(&p, known[i], &two);
		refused(&p, GM_RULE_BAD_RECORD, known[i],
			"line 2 of the note on ");
		fixture_ref(&p.f, known[i], &two);
		assert_true(push(&p, known[i], &p.zero));
		refused(&p, GM_RULE_RECORDS_REWRITTEN, known[i],
			"would delete signed records");
		push(&p, known[i], &one);
		refused(&p, GM_RULE_RECORDS_REWRITTEN, known[i],
			"records may only be added: ");
		push(&p, known[i], &other);
		refused(&p, GM_RULE_RECORDS_REWRITTEN, known[i],
			"records may only be added: ");
	}
	/* No notes at all. */
	push(&p, known[0], &p.main);
	refused(&p, GM_RULE_RECORDS_REWRITTEN, known[0],
		"records may only be added: ");
	tree = fixture_at(&p.f, &p.main, "");
	push(&p, known[0], &tree);
	refused(&p, GM_RULE_RECORDS_REWRITTEN, known[0],
		"records may only be added: ");
	/* Other notes are nobody's business. */
	assert_false(push(&p, "refs/notes/commits", &p.main));
	fixture_done(&p.f);
}

/* An exhibit is called after its own hash. */
static void exhibits(void **state)
{
	struct gm_oid one, other, name;
	struct gm_err err = GM_ERR_INIT;
	char hex[GM_SHA256_HEX + 1];
	struct place p;

	(void)state;
	start(&p);
	gm_sha256_hex(hex, GM_STR("text"));
	hex[GM_OID_HEX] = '\0';
	assert_true(gm_oid_parse(&name, gm_str(hex)));
	assert_ok(gm_notes_put(p.f.repo, "refs/notes/x", &name, GM_STR("text"),
			       "x", &err));
	assert_int_equal(gm_ref_get(&one, p.f.repo, "refs/notes/x", &err), 1);
	other = record(&p, "refs/notes/x", "gm1 one");
	assert_false(push(&p, GM_EXHIBITS_REF, &one));
	fixture_ref(&p.f, GM_EXHIBITS_REF, &one);
	push(&p, GM_EXHIBITS_REF, &other);
	refused(&p, GM_RULE_BAD_RECORD, GM_EXHIBITS_REF,
		"it is not called after its SHA-256");
	assert_true(push(&p, GM_EXHIBITS_REF, &p.zero));
	push(&p, GM_EXHIBITS_REF, &p.main);
	refused(&p, GM_RULE_RECORDS_REWRITTEN, GM_EXHIBITS_REF,
		"records may only be added: ");
	fixture_done(&p.f);
}

static void other_records(void **state)
{
	struct gm_oid one;
	struct place p;

	(void)state;
	start(&p);
	one = record(&p, "refs/notes/x", "gm1 one");
	REFUSED(&p, GM_LANDED_REF, &one, "only the server writes");
	REFUSED(&p, NOTES "approval", &one, "no such records");
	REFUSED(&p, NOTES "approvals/x", &one, "no such records");
	/* It would leave no place for the others. */
	REFUSED(&p, "refs/notes/migrate", &one, "no such records");
	assert_false(push(&p, "refs/notes/migrated", &one));
	fixture_done(&p.f);
}

#define Z16 "0000000000000000"
/* What a server writes, of that project. */
#define LANDED(project)                                                        \
	"gm1 landed project=" project " path=migrations/1_a/up.sql"            \
	" digest=sha256:" Z16 Z16 Z16 Z16                                      \
	" phase=expand class=expand ref=" MAIN                                 \
	" env=* role=server signer=server at=2026-11-01T00:00:00Z"             \
	" until=2026-11-02T00:00:00Z nonce=" Z16 Z16

static void recorder(void **state)
{
	struct gm_oid one, other, bad;
	struct place p;

	(void)state;
	start(&p);
	one = record(&p, "refs/notes/x", LANDED("shop"));
	other = record(&p, "refs/notes/y", "gm1 three");
	p.server.recorder = "robot";
	p.server.pusher.unknown = true;
	REFUSED(&p, GM_LANDED_REF, &one, "only the server writes");
	p.server.pusher.unknown = false;
	*GM_PUSH(&p.f.arena, &p.server.pusher.names) = "ann";
	REFUSED(&p, GM_LANDED_REF, &one, "only the server writes");
	*GM_PUSH(&p.f.arena, &p.server.pusher.names) = "robot";
	assert_false(push(&p, GM_LANDED_REF, &one));
	fixture_ref(&p.f, GM_LANDED_REF, &one);
	push(&p, GM_LANDED_REF, &other);
	refused(&p, GM_RULE_RECORDS_REWRITTEN, GM_LANDED_REF,
		"records may only be added: ");
	/* What could not be read would stop every push after it. */
	bad = record(&p, "refs/notes/x", "gm1 one");
	push(&p, GM_LANDED_REF, &bad);
	refused(&p, GM_RULE_BAD_RECORD, GM_LANDED_REF,
		"it is not written as a server writes it");
	fixture_ref(&p.f, "refs/notes/x", &one);
	bad = record(&p, "refs/notes/x", LANDED("other"));
	push(&p, GM_LANDED_REF, &bad);
	refused(&p, GM_RULE_BAD_RECORD, GM_LANDED_REF, "of another project");
	/* A robot for one ref is none for the others. */
	REFUSED(&p, NOTES "approval", &one, "no such records");
	p.server.pusher.unknown = true;
	REFUSED(&p, GM_LANDED_REF, &one, "only the server writes");
	fixture_done(&p.f);
}

/* What comes with the first policy, which nothing judges. */
static void first_policy(void **state)
{
	static const char *const known[] = { NOTES "approvals", GM_EXHIBITS_REF,
					     GM_LANDED_REF };
	struct gm_push_update u[2] = { { .ref = MAIN } };
	struct place p;

	(void)state;
	start_without_policy(&p);
	p.server.recorder = "robot";
	*GM_PUSH(&p.f.arena, &p.server.pusher.names) = "robot";
	p.main = u[0].new_oid =
		COMMIT(&p.f, NULL, "Policy\n", { GM_POLICY_PATH, GUARDED });
	u[1].new_oid = record(&p, "refs/notes/x", "gm1 one");
	for (size_t i = 0; i < GM_COUNT(known); i++) {
		u[1].ref = known[i];
		assert_int_equal(push_all(&p, u, 2), 0);
		refused(&p, GM_RULE_BAD_RECORD, known[i], "no policy yet");
	}
	fixture_done(&p.f);
}

/* Windows count from the server's records, on the ref that would move. */
static void windows(void **state)
{
	static const char message[] =
		"Drop it\n\nMigration-Phase: contract\nRollback-Window: 24h\n"
		"Rollback-Owner: Ann Lee <ann@example.com>\n"
		"Migration-Contracts: 1_a\n";
	struct gm_push_update u = { .ref = MAIN };
	struct gm_landed l = { .project = "shop",
			       .path = "migrations/1_a/up.sql",
			       .digest = "sha256:00",
			       .phase = "expand",
			       .class_ = "expand",
			       .ref = MAIN };
	struct gm_push push = { .items = &u, .n = 1 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid on;
	struct place p;

	(void)state;
	start(&p);
	u.old_oid = p.main;
	u.new_oid = COMMIT(&p.f, &p.main, message,
			   UP("2_b", "ALTER TABLE a DROP COLUMN b;"));
	assert_true(gm_time_parse(&l.at, GM_STR("2026-11-01T00:00:00Z")));
	l.until = l.at + 3 * 86400;
	l.digest = gm_printf(&p.f.arena, "sha256:%064d", 1);
	on = fixture_at(&p.f, &p.main, "migrations/1_a/up.sql");
	assert_ok(gm_landed_append(p.f.repo, &l, &on, 1, &err));
	for (int64_t early = 0; early < 2; early++) {
		assert_ok(gm_check_push(&p.verdict, &p.f.arena, p.f.repo,
					&p.server, &push, l.until - early,
					&err));
		assert_int_equal(p.verdict.result.findings.n, early);
		assert_int_equal(gm_push_refused(&p.verdict, &p.server), early);
	}
	fixture_done(&p.f);
}

static int judge_push(struct fixture *f, void *data, struct gm_err *err)
{
	struct place *p = data;
	struct gm_push_update u[] = {
		{ .ref = MAIN, .old_oid = p->policy, .new_oid = p->next },
		{ .ref = "refs/heads/release/1", .new_oid = p->main },
	};

	assert_ptr_equal(f, &p->f);
	if (push_all(p, u, GM_COUNT(u)) < 0) {
		*err = p->err;
		return -1;
	}
	return (int)p->verdict.result.findings.n;
}

/* A push into, or of, a damaged repository. */
static void damage(void **state)
{
	struct gm_oid notes, tree;
	struct place p;

	(void)state;
	start(&p);
	p.next = COMMIT(&p.f, &p.main, "App\n", { "app", "1" });
	fixture_ref(&p.f, MAIN, &p.policy);
	fixture_sweep(&p.f, judge_push, &p);
	notes = record(&p, "refs/notes/x", "gm1 one");
	tree = fixture_at(&p.f, &notes, "");
	fixture_lose(&p.f, &tree);
	push(&p, NOTES "approvals", &notes);
	refused(&p, GM_RULE_RECORDS_REWRITTEN, NOTES "approvals",
		"records may only be added: ");
	fixture_done(&p.f);
}

GM_UNIT_MAIN(cmocka_unit_test(records), cmocka_unit_test(exhibits),
	     cmocka_unit_test(other_records), cmocka_unit_test(recorder),
	     cmocka_unit_test(first_policy), cmocka_unit_test(windows),
	     cmocka_unit_test(damage))

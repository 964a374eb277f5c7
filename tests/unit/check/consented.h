/*
 * A server that asks for approvals, with real signatures, and a contract on top
 * of its main.
 */
#ifndef GM_TESTS_CONSENTED_H
#define GM_TESTS_CONSENTED_H

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

static inline struct gm_str run(struct gm_str input, const char *const *argv)
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

static inline const char *signers_line(const char *name)
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
static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	(void)state;
	fixture_done(&p.f);
	return 0;
}

/* A record about the contract, as it has to be. */
static inline struct gm_record about(enum gm_record_kind kind, const char *role,
				     const char *who,
				     const struct gm_oid *commit,
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

static inline void put(struct gm_record r)
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

static inline void approve(const char *role, const char *who)
{
	put(about(GM_RECORD_APPROVE, role, who, &tip, NULL));
}

static inline const struct gm_finding *only(enum gm_rule rule)
{
	const struct gm_findings *f = &p.verdict.result.findings;

	assert_int_equal(f->n, 1);
	assert_int_equal(f->items[0].rule, rule);
	assert_non_null(f->items[0].hint);
	return &f->items[0];
}

static inline bool noted(const struct gm_finding *found, const char *text)
{
	for (size_t i = 0; i < found->notes.n; i++)
		if (strstr(found->notes.items[i], text))
			return true;
	return false;
}

static inline struct gm_record override_of(const struct gm_oid *commit)
{
	struct gm_record r =
		about(GM_RECORD_OVERRIDE, "boss", "cem", commit, "INC-1");

	r.ticket = "INC-1";
	r.risk = "readers fail";
	r.recovery = "restore";
	r.follow_up = "write it down";
	return r;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

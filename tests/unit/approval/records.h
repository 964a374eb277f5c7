/*
 * tests/unit/approval: a repository with a policy, people who sign, and
 * records of theirs.
 *
 *	ann   dba
 *	bob   app-owner
 *	cem   incident-owner
 *	root  admin
 *	dev   signs, but has no role
 *	eve   is not among the signers
 */
#ifndef GM_TESTS_UNIT_APPROVAL_RECORDS_H
#define GM_TESTS_UNIT_APPROVAL_RECORDS_H

#include "unit/approval/keys.h"

#include "approval/approvals.h"
#include "base/clock.h"
#include "git/ref.h"

#define UP "migrations/1_a/up.sql"
#define MAIN "refs/heads/main"
#define DAY INT64_C(86400)
/* 2026-11-21T10:00:00Z */
#define NOW INT64_C(1795255200)
#define DIGEST(c)                                                              \
	"sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
		c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
			c c c

static const char *const people[] = { "ann", "bob", "cem", "root", "dev" };

static struct gm_policy policy;
static struct gm_oid policy_commit, up;

static const char policy_text[] =
	"version: 1\nproject: shop\nroles:\n"
	"  dba: [ann@example.com]\n"
	"  app-owner: [bob@example.com]\n"
	"  incident-owner: [cem@example.com]\n"
	"  admin: [root@example.com]\n"
	"approvals:\n"
	"  contract: {need: {dba: 1, app-owner: 1}, expires: 14d}\n"
	"  break-glass: {need: {incident-owner: 1}, expires: 4h}\n";

static void read_policy(const char *text)
{
	policy = (struct gm_policy){ 0 };
	assert_ok(
		gm_policy_read(&policy, &arena, "policy", gm_str(text), &err));
}

/* One line of the signers, with these options. */
GM_UNUSED static const char *signer(const char *name, const char *options)
{
	return gm_printf(&arena, "%s@example.com %s%s\n", name, options,
			 ssh_public(name));
}

GM_UNUSED static void commit_signers(const char *text)
{
	put(".migrate/allowed_signers", text);
	policy_commit = oid_of(commit_all("Signers"));
}

GM_UNUSED static struct gm_oid a_blob(const char *text)
{
	struct gm_oid oid;

	assert_ok(gm_blob_write(&oid, repo, gm_str(text), &err));
	return oid;
}

GM_UNUSED static int records_setup(void **state)
{
	struct gm_buf text = gm_buf(&arena);

	place_setup(state);
	make_repo();
	for (size_t i = 0; i < GM_COUNT(people); i++) {
		ssh_key(people[i], "ed25519", "256");
		gm_buf_puts(&text, signer(people[i], ""));
	}
	ssh_key("eve", "ed25519", "256");
	put(".git/info/exclude", "/ann*\n/bob*\n/cem*\n/root*\n/dev*\n/eve*\n");
	put(".migrate/policy.yaml", policy_text);
	commit_signers(text.ptr);
	open_repo();
	read_policy(policy_text);
	up = a_blob("ALTER TABLE t DROP c;\n");
	return 0;
}

#define RECORDS_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, records_setup, place_done)

GM_UNUSED static struct gm_record record_of(enum gm_record_kind kind,
					    const char *who, const char *role)
{
	struct gm_record r = {
		.kind = kind,
		.project = "shop",
		.path = UP,
		.digest = DIGEST("a"),
		.phase = "contract",
		.class_ = "contract",
		.ref = MAIN,
		.env = "*",
		.role = role,
		.signer = gm_printf(&arena, "%s@example.com", who),
		.at = NOW - 3600,
		.until = NOW + DAY,
		.on = up,
	};

	if (kind == GM_RECORD_REJECT)
		r.target = r.digest;
	if (kind == GM_RECORD_OVERRIDE) {
		r.ticket = "OPS-1";
		r.risk = "c is lost";
		r.recovery = "restore";
		r.follow_up = "write it up";
	}
	assert_ok(gm_record_nonce(&r, &arena, &err));
	return r;
}

/* Signed with the key of `name`, whoever the record says it is by. */
GM_UNUSED static void sign_as(struct gm_record *r, const char *name)
{
	const char *payload;

	assert_ok(gm_record_payload(&payload, &arena, r, &err));
	r->sig_kind = GM_SIG_SSH;
	r->sig = ssh_sign(name, gm_record_namespace(r->kind), gm_str(payload));
}

/* Signed by its signer and appended; its id. */
GM_UNUSED static const char *add(struct gm_record r)
{
	const char *line;
	char *id = gm_alloc(&arena, GM_SHA256_HEX + 1);

	if (!r.sig.len)
		sign_as(&r,
			gm_strndup(&arena, r.signer, strcspn(r.signer, "@")));
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	assert_ok(gm_record_append(repo, &r.on, &r, &err));
	gm_sha256_hex(id, gm_str(line));
	return id;
}

GM_UNUSED static const char *approve(const char *who, const char *role)
{
	return add(record_of(GM_RECORD_APPROVE, who, role));
}

/* A line on `up` that need not be a record. */
GM_UNUSED static void add_line(const char *ref, const char *text)
{
	const struct gm_note_line line = { up, text };

	assert_ok(gm_notes_append(repo, ref, &line, 1, "x", &err));
}

GM_UNUSED static void land(const char *ref, const char *digest, int64_t at)
{
	const struct gm_landed l = {
		.project = "shop",
		.path = UP,
		.digest = digest,
		.phase = "contract",
		.class_ = "contract",
		.ref = ref,
		.at = at,
		.until = at + DAY,
	};

	assert_ok(gm_landed_append(repo, &l, &up, 1, &err));
}

/* What was written so far is now what a clone has fetched. */
GM_UNUSED static void make_fetched(const char *ref)
{
	const char *fetched = gm_printf(&arena, "refs/notes/remotes/origin%s",
					ref + strlen("refs/notes"));

	GIT("update-ref", fetched, ref);
	GIT("update-ref", "-d", ref);
}

static struct gm_approvals *ap;

GM_UNUSED static int open_at(int64_t now, bool remotes)
{
	const struct gm_approvals_from from = {
		.policy = &policy,
		.policy_commit = policy_commit,
		.where = "main",
		.remotes = remotes,
		.now = now,
	};

	return gm_approvals_open(&ap, &arena, repo, &from, &err);
}

GM_UNUSED static struct gm_subject subject_of(const char *digest)
{
	return (struct gm_subject){
		.project = "shop",
		.path = UP,
		.digest = digest,
		.phase = "contract",
		.class_ = "contract",
		.ref = MAIN,
		.env = "*",
	};
}

#endif

#include "unit.h"

#include <stdio.h>

#include "approval/tally.h"

#define NOW INT64_C(1795255200) /* 2026-11-21T10:00:00Z */
#define HOUR 3600
#define DAY 86400
#define DIGEST                                                                 \
	"sha256:"                                                              \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER                                                                  \
	"sha256:"                                                              \
	"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define MANY 16

/* clang-format off */
static const char roles[] =
	"version: 1\n"
	"project: shop\n"
	"roles:\n"
	"  dba: [ann@example.com, bob@example.com]\n"
	"  app-owner: [bob@example.com, cem@example.com]\n"
	"  admin: [root@example.com]\n"
	"  guest: [gus@example.com]\n"
	"  incident-owner: [ida@example.com]\n"
	"people:\n"
	"  ann@example.com: [ann, Ann Lee, ann@home.example]\n"
	"  cem@example.com: [cem]\n";
/* clang-format on */

/* One count: a policy, a subject, records with their proofs, an answer. */
struct scene {
	struct gm_arena a;
	struct gm_policy policy;
	const struct gm_policy_approval *need;
	struct gm_subject subject;
	struct gm_record records[MANY];
	struct gm_proof proofs[MANY];
	size_t n;
	enum gm_record_kind kind;
	int64_t now;
	struct gm_tally t;
};

static void open_scene(struct scene *s, const char *approvals)
{
	struct gm_err err = GM_ERR_INIT;

	*s = (struct scene){ .kind = GM_RECORD_APPROVE, .now = NOW };
	s->subject = (struct gm_subject){
		.project = "shop",
		.path = "migrations/1_a/up.sql",
		.digest = DIGEST,
		.phase = "contract",
		.class_ = "contract",
		.ref = "refs/heads/main",
		.env = "*",
	};
	assert_ok(gm_policy_read(
		&s->policy, &s->a, "p",
		gm_str(gm_printf(&s->a, "%s%s", roles, approvals)), &err));
	s->need = gm_policy_approval(&s->policy, "contract");
}

/* As most tests want it. */
static void start(struct scene *s)
{
	open_scene(s, "approvals: {contract: {need: {dba: 1, app-owner: 1},"
		      " exclude_author: true, exclude_pusher: true,"
		      " expires: 14d}}\n");
}

static void end(struct scene *s)
{
	gm_arena_done(&s->a);
}

/* One more record with a good signature. */
static struct gm_record *add(struct scene *s, enum gm_record_kind kind,
			     const char *signer, const char *role)
{
	struct gm_record *r = &s->records[s->n];

	assert_true(s->n < MANY);
	*r = (struct gm_record){
		.kind = kind,
		.project = s->subject.project,
		.path = s->subject.path,
		.digest = s->subject.digest,
		.phase = s->subject.phase,
		.class_ = s->subject.class_,
		.ref = s->subject.ref,
		.env = s->subject.env,
		.role = role,
		.signer = signer,
		.at = NOW - HOUR,
		.until = NOW + DAY,
		.target = kind == GM_RECORD_REJECT ? s->subject.digest : NULL,
	};
	snprintf(r->id, sizeof(r->id), "%064zx", s->n + 1);
	s->proofs[s->n].good = true;
	s->n++;
	return r;
}

static struct gm_record *approve(struct scene *s, const char *signer,
				 const char *role)
{
	return add(s, GM_RECORD_APPROVE, signer, role);
}

static struct gm_record *revoke(struct scene *s, const char *signer,
				const struct gm_record *target)
{
	struct gm_record *r = add(s, GM_RECORD_REVOKE, signer, "dba");

	r->target = target->id;
	return r;
}

static bool count(struct scene *s)
{
	const struct gm_record *list[MANY];

	for (size_t i = 0; i < s->n; i++)
		list[i] = &s->records[i];
	gm_tally(&s->t, &s->a, &s->policy, s->need, s->kind, &s->subject, list,
		 s->proofs, s->n, s->now);
	assert_int_equal(s->t.n, s->n);
	for (size_t i = 0; i < s->n; i++) {
		assert_ptr_equal(s->t.votes[i].record, list[i]);
		assert_int_equal(s->t.votes[i].state == GM_VOTE_COUNTS,
				 !s->t.votes[i].why);
	}
	assert_int_equal(s->t.until != 0, s->t.approved && s->need);
	return s->t.approved;
}

#define assert_vote(s, at, want)                                               \
	assert_string_equal(gm_vote_name((s)->t.votes[at].state),              \
			    gm_vote_name(want))

static void assert_missing(const struct scene *s, const char *want)
{
	char got[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < s->t.n_missing; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%d %s",
					i ? ", " : "", s->t.missing[i].count,
					s->t.missing[i].role);
	assert_string_equal(got, want);
}

static void test_two_roles(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	assert_false(count(&s));
	assert_missing(&s, "1 dba, 1 app-owner");
	assert_int_equal(s.t.missing[0].principals->n, 2);
	assert_string_equal(s.t.missing[1].principals->items[1],
			    "cem@example.com");
	approve(&s, "ann@example.com", "dba");
	assert_false(count(&s));
	assert_missing(&s, "1 app-owner");
	approve(&s, "cem@example.com", "app-owner");
	assert_true(count(&s));
	assert_missing(&s, "");
	assert_vote(&s, 0, GM_VOTE_COUNTS);
	assert_vote(&s, 1, GM_VOTE_COUNTS);
	assert_null(s.t.rejected_by);
	end(&s);
}

/* One field at a time (threats 37, 46, 47). */
static void test_other(void **state)
{
	static const struct {
		size_t at;
		const char *value, *says;
	} fields[] = {
#define MEMBER(m) offsetof(struct gm_record, m)
		{ MEMBER(project), "shop2", "project" },
		{ MEMBER(path), "migrations/1_b/up.sql", "path" },
		{ MEMBER(digest), OTHER, "digest" },
		{ MEMBER(phase), "expand", "phase" },
		{ MEMBER(class_), "opaque", "class" },
		{ MEMBER(ref), "refs/heads/mainly", "ref" },
		{ MEMBER(env), "production", "environment" },
		{ MEMBER(project), "SHOP", "project" },
#undef MEMBER
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(fields); i++) {
		struct scene s;
		struct gm_record *r;

		start(&s);
		approve(&s, "cem@example.com", "app-owner");
		r = approve(&s, "ann@example.com", "dba");
		memcpy((char *)r + fields[i].at, &fields[i].value,
		       sizeof(const char *));
		assert_false(count(&s));
		assert_vote(&s, 1, GM_VOTE_OTHER);
		assert_non_null(strstr(s.t.votes[1].why, fields[i].says));
		assert_missing(&s, "1 dba");
		end(&s);
	}
}

static void test_environments(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	s.subject.env = "production";
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	assert_true(count(&s));
	/* Neither all for one nor one for all. */
	s.records[0].env = "*";
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_OTHER);
	/* Landing does not use up what is about running it somewhere. */
	s.records[0].env = "production";
	s.subject.landed_at = NOW;
	assert_true(count(&s));
	end(&s);
}

static void test_bad(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	s.proofs[0] = (struct gm_proof){ .why = "the key is not ours" };
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_BAD);
	assert_string_equal(s.t.votes[0].why, "the key is not ours");
	s.proofs[0].why = NULL;
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_BAD);
	end(&s);
}

static void test_no_role(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	approve(&s, "cem@example.com", "app-owner");
	approve(&s, "cem@example.com", "dba");
	approve(&s, "eve@example.com", "dba");
	approve(&s, "ann@example.com", "dbas");
	approve(&s, "root@example.com", "admin");
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_COUNTS);
	assert_vote(&s, 1, GM_VOTE_NO_ROLE);
	assert_vote(&s, 2, GM_VOTE_NO_ROLE);
	assert_vote(&s, 3, GM_VOTE_NO_ROLE);
	/* Theirs is a role nobody asked for. */
	assert_vote(&s, 4, GM_VOTE_UNUSED);
	assert_missing(&s, "1 dba");
	end(&s);
}

/* Threats 49 and 61 to 64 in time. */
static void test_times(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 1},"
		       " expires: 2h}}\n");
	approve(&s, "ann@example.com", "dba");
	assert_true(count(&s));
	/* min(until, at + expires) */
	assert_int_equal(s.t.until, NOW + HOUR);
	s.records[0].until = NOW + 60;
	assert_true(count(&s));
	assert_int_equal(s.t.until, NOW + 60);
	s.now = NOW + 59;
	assert_true(count(&s));
	s.now = NOW + 60;
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_EXPIRED);
	s.records[0].until = GM_RECORD_FOREVER;
	s.now = NOW + HOUR - 1;
	assert_true(count(&s));
	s.now = NOW + HOUR;
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_EXPIRED);

	s.now = NOW;
	s.records[0].at = NOW + GM_CLOCK_SKEW;
	assert_true(count(&s));
	s.records[0].at = NOW + GM_CLOCK_SKEW + 1;
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_FUTURE);

	s.records[0].at = NOW - HOUR;
	s.subject.landed_at = NOW - 2 * HOUR;
	assert_true(count(&s));
	s.subject.landed_at = NOW - HOUR;
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_USED);
	/* Dated ahead to outlive its landing. */
	s.subject.landed_at = NOW - HOUR - GM_CLOCK_SKEW;
	assert_false(count(&s));
	s.subject.landed_at--;
	assert_true(count(&s));
	end(&s);
}

static void test_never_expires(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 1}}}\n");
	approve(&s, "ann@example.com", "dba")->until = GM_RECORD_FOREVER;
	s.now = NOW + INT64_C(3000) * DAY;
	assert_true(count(&s));
	assert_int_equal(s.t.until, GM_RECORD_FOREVER);
	end(&s);
}

/* The first of those that count to expire ends it all. */
static void test_until(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba")->until = NOW + 100;
	approve(&s, "cem@example.com", "app-owner")->until = NOW + 50;
	approve(&s, "bob@example.com", "dba")->until = NOW + 10;
	assert_true(count(&s));
	assert_int_equal(s.t.until, NOW + 50);
	assert_vote(&s, 2, GM_VOTE_UNUSED);
	/* Of two by one person, the one that lasts. */
	approve(&s, "cem@example.com", "app-owner")->until = NOW + 90;
	assert_true(count(&s));
	assert_int_equal(s.t.until, NOW + 90);
	assert_vote(&s, 1, GM_VOTE_UNUSED);
	assert_vote(&s, 3, GM_VOTE_COUNTS);
	end(&s);
}

/* Threats 50 and 51. */
static void test_once_a_person(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 2}}}\n");
	approve(&s, "ann@example.com", "dba");
	approve(&s, "ann@example.com", "dba");
	assert_false(count(&s));
	assert_missing(&s, "1 dba");
	/* The very same line twice. */
	s.records[1] = s.records[0];
	assert_false(count(&s));
	assert_missing(&s, "1 dba");
	/* Another key, under another of her names. */
	approve(&s, "ann@home.example", "dba");
	approve(&s, "ann", "dba");
	approve(&s, "ANN@example.com", "dba");
	assert_false(count(&s));
	assert_missing(&s, "1 dba");
	approve(&s, "bob@example.com", "dba");
	assert_true(count(&s));
	end(&s);
}

static void test_once_a_role(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	/* Bob has both roles and is still one person. */
	approve(&s, "bob@example.com", "dba");
	approve(&s, "bob@example.com", "app-owner");
	assert_false(count(&s));
	assert_missing(&s, "1 app-owner");
	approve(&s, "ann@example.com", "dba");
	assert_true(count(&s));
	assert_vote(&s, 0, GM_VOTE_UNUSED);
	assert_vote(&s, 1, GM_VOTE_COUNTS);
	assert_vote(&s, 2, GM_VOTE_COUNTS);
	end(&s);
}

/* Whatever the order, a way to fill all roles is found. */
static void test_matching(void **state)
{
	static const struct {
		const char *signer, *role;
	} who[] = {
		{ "bob@example.com", "dba" },
		{ "bob@example.com", "app-owner" },
		{ "ann@example.com", "dba" },
		{ "cem@example.com", "app-owner" },
	};

	(void)state;
	for (size_t first = 0; first < GM_COUNT(who); first++) {
		struct scene s;

		open_scene(&s, "approvals: {contract: {need: {dba: 2,"
			       " app-owner: 1}}}\n");
		for (size_t i = 0; i < GM_COUNT(who); i++) {
			size_t at = (first + i) % GM_COUNT(who);

			approve(&s, who[at].signer, who[at].role);
		}
		assert_true(count(&s));
		end(&s);
	}
}

static void test_matching_order_of_need(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {app-owner: 1,"
		       " dba: 1}}}\n");
	approve(&s, "bob@example.com", "app-owner");
	approve(&s, "bob@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	assert_true(count(&s));
	assert_vote(&s, 0, GM_VOTE_UNUSED);
	assert_vote(&s, 1, GM_VOTE_COUNTS);
	assert_vote(&s, 2, GM_VOTE_COUNTS);
	end(&s);
}

static void test_authors(void **state)
{
	static const char *const names[] = {
		"ann@example.com", "ANN@Example.COM",  "ann",
		"aNN lEE",         "ann@home.example",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		struct scene s;

		start(&s);
		*GM_PUSH(&s.a, &s.subject.authors) = "x@example.com";
		*GM_PUSH(&s.a, &s.subject.authors) = names[i];
		approve(&s, "ann@example.com", "dba");
		approve(&s, "cem@example.com", "app-owner");
		assert_false(count(&s));
		assert_vote(&s, 0, GM_VOTE_EXCLUDED);
		assert_non_null(strstr(s.t.votes[0].why, "author"));
		assert_missing(&s, "1 dba");
		/* Who excludes himself may still reject. */
		add(&s, GM_RECORD_REJECT, "ann@example.com", "dba");
		assert_false(count(&s));
		assert_vote(&s, 2, GM_VOTE_REJECTS);
		end(&s);
	}
}

/* A signer can go by another name as well. */
static void test_author_by_signer(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	*GM_PUSH(&s.a, &s.subject.authors) = "ann@example.com";
	approve(&s, "ann@home.example", "dba");
	approve(&s, "cem@example.com", "app-owner");
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_EXCLUDED);
	end(&s);
}

static void test_pushers(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	*GM_PUSH(&s.a, &s.subject.pushers) = "Cem";
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	assert_false(count(&s));
	assert_vote(&s, 1, GM_VOTE_EXCLUDED);
	assert_non_null(strstr(s.t.votes[1].why, "pushes"));
	end(&s);
}

static void test_nobody_is_excluded(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 1}}}\n");
	*GM_PUSH(&s.a, &s.subject.pushers) = "ann";
	*GM_PUSH(&s.a, &s.subject.authors) = "ann";
	s.subject.pusher_unknown = true;
	approve(&s, "ann@example.com", "dba");
	assert_true(count(&s));
	end(&s);
}

/* Threat 44: one more, since any of them might be who pushes. */
static void test_pusher_unknown(void **state)
{
	struct scene s;

	(void)state;
	start(&s);
	s.subject.pusher_unknown = true;
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	assert_false(count(&s));
	/* Bob is the one dba left. */
	assert_missing(&s, "1 dba");
	approve(&s, "cem@example.com", "dba");
	approve(&s, "ann@example.com", "dba");
	assert_false(count(&s));
	approve(&s, "bob@example.com", "app-owner");
	assert_true(count(&s));
	end(&s);
}

static void test_pusher_unknown_alone(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 1, app-owner: 1},"
		       " exclude_pusher: true, exclude_author: true}}\n");
	s.subject.pusher_unknown = true;
	assert_false(count(&s));
	assert_missing(&s, "2 dba, 1 app-owner");
	/* The extra one is asked of whoever is left: an app-owner. */
	*GM_PUSH(&s.a, &s.subject.authors) = "ann";
	approve(&s, "bob@example.com", "dba");
	assert_false(count(&s));
	assert_missing(&s, "2 app-owner");
	/* Nobody is left at all: it is still asked for. */
	*GM_PUSH(&s.a, &s.subject.authors) = "cem";
	assert_false(count(&s));
	assert_missing(&s, "1 dba, 1 app-owner");
	/* They are not among those who could sign. */
	assert_int_equal(s.t.missing[0].principals->n, 1);
	assert_string_equal(s.t.missing[0].principals->items[0],
			    "bob@example.com");
	end(&s);
}

static void test_rejection(void **state)
{
	struct scene s;
	struct gm_record *r;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	approve(&s, "bob@example.com", "dba");
	r = add(&s, GM_RECORD_REJECT, "bob@example.com", "dba");
	assert_false(count(&s));
	assert_ptr_equal(s.t.rejected_by, r);
	assert_vote(&s, 0, GM_VOTE_REJECTED);
	assert_vote(&s, 1, GM_VOTE_REJECTED);
	assert_vote(&s, 2, GM_VOTE_REJECTED);
	assert_vote(&s, 3, GM_VOTE_REJECTS);
	assert_non_null(strstr(s.t.votes[0].why, "bob@example.com"));
	assert_missing(&s, "");

	/* Wherever it was to land, whenever that was said. */
	r->ref = "refs/heads/other";
	r->path = "elsewhere";
	r->env = "staging";
	r->phase = "expand";
	r->until = NOW - 1;
	r->at = NOW + DAY;
	s.subject.landed_at = NOW;
	assert_false(count(&s));
	assert_vote(&s, 3, GM_VOTE_REJECTS);
	end(&s);
}

static void test_rejection_that_does_not_stand(void **state)
{
	struct scene s;
	struct gm_record *r;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	r = add(&s, GM_RECORD_REJECT, "eve@example.com", "dba");
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_NO_ROLE);
	assert_null(s.t.rejected_by);
	/* A role, but none this is about. */
	r->signer = "gus@example.com";
	r->role = "guest";
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_NO_ROLE);
	/* Without needs anybody's role is enough. */
	s.need = NULL;
	assert_false(count(&s));
	assert_vote(&s, 2, GM_VOTE_REJECTS);
	r->signer = "eve@example.com";
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_NO_ROLE);
	end(&s);
}

/* An override takes nobody's no away. */
static void test_rejection_of_override(void **state)
{
	static const char *const stops[] = { "ann@example.com",
					     "cem@example.com",
					     "root@example.com",
					     "ida@example.com" };
	struct gm_record *r;
	struct scene s;

	(void)state;
	open_scene(&s, "approvals:\n"
		       "  contract: {need: {dba: 1, app-owner: 1}}\n"
		       "  break-glass: {need: {incident-owner: 1}}\n");
	s.kind = GM_RECORD_OVERRIDE;
	s.need = gm_policy_approval(&s.policy, "break-glass");
	add(&s, GM_RECORD_OVERRIDE, "ida@example.com", "incident-owner");
	assert_true(count(&s));
	r = add(&s, GM_RECORD_REJECT, "gus@example.com", "guest");
	assert_true(count(&s));
	assert_vote(&s, 1, GM_VOTE_NO_ROLE);
	for (size_t i = 0; i < GM_COUNT(stops); i++) {
		r->signer = stops[i];
		assert_false(count(&s));
		assert_vote(&s, 1, GM_VOTE_REJECTS);
	}
	/* As a backfill it asks for nothing: then anybody may. */
	s.subject.phase = "backfill";
	s.subject.class_ = "backfill";
	r->signer = "gus@example.com";
	assert_false(count(&s));
	end(&s);
}

static void test_rejection_of_other(void **state)
{
	struct scene s;
	struct gm_record *r;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	r = add(&s, GM_RECORD_REJECT, "root@example.com", "admin");
	assert_false(count(&s));
	assert_ptr_equal(s.t.rejected_by, r);
	s.proofs[2].good = false;
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_BAD);
	s.proofs[2].good = true;
	r->target = OTHER;
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_OTHER);
	r->target = DIGEST;
	r->project = "toys";
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_OTHER);
	end(&s);
}

static void test_revocation(void **state)
{
	struct scene s;
	struct gm_record *mine, *r;

	(void)state;
	start(&s);
	approve(&s, "cem@example.com", "app-owner");
	mine = approve(&s, "ann@example.com", "dba");
	r = revoke(&s, "ann@home.example", mine);
	assert_false(count(&s));
	assert_vote(&s, 1, GM_VOTE_REVOKED);
	assert_vote(&s, 2, GM_VOTE_TAKES_BACK);
	assert_missing(&s, "1 dba");
	/* By another: no; by an admin: yes. */
	r->signer = "bob@example.com";
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_NO_ROLE);
	r->signer = "ROOT@example.com";
	assert_false(count(&s));
	assert_vote(&s, 2, GM_VOTE_TAKES_BACK);
	s.proofs[2] = (struct gm_proof){ .why = "it does not fit" };
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_BAD);
	s.proofs[2] = (struct gm_proof){ .good = true };
	r->target = "0";
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_OTHER);
	/* What it is about decides, however it is signed. */
	r->target = mine->id;
	mine->ref = "refs/heads/other";
	s.proofs[2] = (struct gm_proof){ .why = "it was not verified" };
	assert_false(count(&s));
	assert_vote(&s, 2, GM_VOTE_OTHER);
	mine->kind = GM_RECORD_REJECT;
	mine->target = OTHER;
	assert_false(count(&s));
	assert_vote(&s, 2, GM_VOTE_OTHER);
	mine->target = DIGEST;
	assert_false(count(&s));
	assert_vote(&s, 2, GM_VOTE_BAD);
	end(&s);
}

static void test_revocation_of_rejection(void **state)
{
	struct scene s;
	struct gm_record *no;

	(void)state;
	start(&s);
	approve(&s, "ann@example.com", "dba");
	approve(&s, "cem@example.com", "app-owner");
	no = add(&s, GM_RECORD_REJECT, "bob@example.com", "dba");
	revoke(&s, "ann@example.com", no);
	assert_false(count(&s));
	assert_vote(&s, 3, GM_VOTE_NO_ROLE);
	revoke(&s, "bob@example.com", no);
	assert_true(count(&s));
	assert_vote(&s, 2, GM_VOTE_REVOKED);
	assert_vote(&s, 4, GM_VOTE_TAKES_BACK);
	assert_null(s.t.rejected_by);
	end(&s);
}

static void test_revocation_of_revocation(void **state)
{
	struct scene s;
	struct gm_record *mine, *first, *second;

	(void)state;
	start(&s);
	approve(&s, "cem@example.com", "app-owner");
	mine = approve(&s, "ann@example.com", "dba");
	first = revoke(&s, "ann@example.com", mine);
	second = revoke(&s, "ann@example.com", first);
	assert_false(count(&s));
	assert_vote(&s, 1, GM_VOTE_REVOKED);
	assert_vote(&s, 2, GM_VOTE_TAKES_BACK);
	assert_vote(&s, 3, GM_VOTE_OTHER);
	revoke(&s, "root@example.com", first);
	assert_false(count(&s));
	assert_vote(&s, 4, GM_VOTE_OTHER);
	/* Another approval is what it takes. */
	approve(&s, "ann@example.com", "dba");
	assert_true(count(&s));
	/* No real ids go round in a circle; these do, and it ends. */
	mine->kind = GM_RECORD_REVOKE;
	mine->target = second->id;
	count(&s);
	end(&s);
}

static void test_no_need(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "");
	assert_null(s.need);
	assert_true(count(&s));
	approve(&s, "ann@example.com", "dba");
	assert_true(count(&s));
	assert_vote(&s, 0, GM_VOTE_UNUSED);
	add(&s, GM_RECORD_REJECT, "root@example.com", "admin");
	assert_false(count(&s));
	assert_vote(&s, 0, GM_VOTE_REJECTED);
	end(&s);
}

/* Threat 69: an approval is no override, and the other way round. */
static void test_kinds(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "approvals: {contract: {need: {dba: 1}}}\n");
	add(&s, GM_RECORD_OVERRIDE, "ann@example.com", "dba");
	add(&s, GM_RECORD_CLOSE, "ann@example.com", "dba");
	add(&s, GM_RECORD_EVIDENCE, "ann@example.com", "dba");
	assert_false(count(&s));
	for (size_t i = 0; i < s.n; i++)
		assert_vote(&s, i, GM_VOTE_OTHER);
	approve(&s, "bob@example.com", "dba");
	s.kind = GM_RECORD_OVERRIDE;
	assert_true(count(&s));
	assert_vote(&s, 0, GM_VOTE_COUNTS);
	assert_vote(&s, 3, GM_VOTE_OTHER);
	end(&s);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = GM_VOTE_COUNTS; i <= GM_VOTE_TAKES_BACK; i++)
		for (int k = GM_VOTE_COUNTS; k < i; k++)
			assert_string_not_equal(
				gm_vote_name((enum gm_vote_state)i),
				gm_vote_name((enum gm_vote_state)k));
}

GM_UNIT_MAIN(cmocka_unit_test(test_two_roles), cmocka_unit_test(test_other),
	     cmocka_unit_test(test_environments), cmocka_unit_test(test_bad),
	     cmocka_unit_test(test_no_role), cmocka_unit_test(test_times),
	     cmocka_unit_test(test_never_expires), cmocka_unit_test(test_until),
	     cmocka_unit_test(test_once_a_person),
	     cmocka_unit_test(test_once_a_role),
	     cmocka_unit_test(test_matching),
	     cmocka_unit_test(test_matching_order_of_need),
	     cmocka_unit_test(test_authors),
	     cmocka_unit_test(test_author_by_signer),
	     cmocka_unit_test(test_pushers),
	     cmocka_unit_test(test_nobody_is_excluded),
	     cmocka_unit_test(test_pusher_unknown),
	     cmocka_unit_test(test_pusher_unknown_alone),
	     cmocka_unit_test(test_rejection),
	     cmocka_unit_test(test_rejection_that_does_not_stand),
	     cmocka_unit_test(test_rejection_of_override),
	     cmocka_unit_test(test_rejection_of_other),
	     cmocka_unit_test(test_revocation),
	     cmocka_unit_test(test_revocation_of_rejection),
	     cmocka_unit_test(test_revocation_of_revocation),
	     cmocka_unit_test(test_no_need), cmocka_unit_test(test_kinds),
	     cmocka_unit_test(test_names))

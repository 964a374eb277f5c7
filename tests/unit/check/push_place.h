/*
 * tests/unit/check/push: a server whose main branch is guarded, and pushes
 * made by hand.
 */
#ifndef GM_TESTS_CHECK_PUSH_H
#define GM_TESTS_CHECK_PUSH_H

#include "check/fixture.h"
#include "check/puts.h"

#include "check/push.h"

#define MAIN "refs/heads/main"
/* A landed migration, not as it landed. */
#define EDITED                                                                 \
	{                                                                      \
		"migrations/1_a/down.sql", "SELECT 2;"                         \
	}
#define GUARDED                                                                \
	"version: 1\nproject: shop\n"                                          \
	"protected: [\"refs/heads/main\", \"refs/heads/release/*\","           \
	" \"refs/tags/v*\"]\n"                                                 \
	"migrations: [{path: migrations, layout: directory}]\n"

/* A server whose main branch has a policy and one migration. */
struct place {
	struct fixture f;
	struct gm_server server;
	struct gm_push_verdict verdict;
	struct gm_err err;
	struct gm_oid zero, policy, main, next;
};

static inline void start_without_policy(struct place *p)
{
	memset(p, 0, sizeof(*p));
	fixture_start(&p->f);
	p->server.policy_ref = MAIN;
	p->server.project = "shop";
}

static inline void start(struct place *p)
{
	start_without_policy(p);
	p->policy =
		COMMIT(&p->f, NULL, "Policy\n", { GM_POLICY_PATH, GUARDED });
	p->main = COMMIT(&p->f, &p->policy, "Add a\n\n" EXPAND,
			 UP("1_a", "CREATE TABLE a (b int);"), DOWN("1_a"));
	fixture_ref(&p->f, MAIN, &p->main);
}

static inline int push_all(struct place *p, struct gm_push_update *items,
			   size_t n)
{
	const struct gm_push push = { .items = items, .n = n, .cap = n };

	p->err = (struct gm_err)GM_ERR_INIT;
	return gm_check_push(&p->verdict, &p->f.arena, p->f.repo, &p->server,
			     &push, gm_now(), &p->err);
}

/* One update, from where the ref is now: refused? */
static inline bool push(struct place *p, const char *ref,
			const struct gm_oid *to)
{
	struct gm_push_update u = { .ref = ref, .new_oid = *to };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_ref_get(&u.old_oid, p->f.repo, ref, &err));
	if (push_all(p, &u, 1) < 0)
		fail_msg("%s: %s", ref, p->err.msg);
	return gm_push_refused(&p->verdict, &p->server);
}

/* Was that one refused, and for this reason alone? */
static inline void refused(struct place *p, enum gm_rule rule, const char *ref,
			   const char *message)
{
	const struct gm_findings *f = &p->verdict.result.findings;

	assert_true(gm_push_refused(&p->verdict, &p->server));
	assert_int_equal(f->n, 1);
	assert_int_equal(f->items[0].rule, rule);
	assert_int_equal(f->items[0].severity, GM_SEV_ERROR);
	assert_string_equal(f->items[0].ref, ref);
	assert_non_null(f->items[0].hint);
	if (!strstr(f->items[0].message, message))
		fail_msg("'%s', not '%s'", f->items[0].message, message);
	/* Not even a server that only warns lets this pass. */
	assert_int_equal(p->verdict.structural, 1);
	p->server.warn_only = true;
	assert_true(gm_push_refused(&p->verdict, &p->server));
	p->server.warn_only = false;
}

#define REFUSED(p, ref, to, message)                                           \
	do {                                                                   \
		push((p), (ref), (to));                                        \
		refused((p), GM_RULE_REF_REFUSED, (ref), (message));           \
	} while (0)

#endif

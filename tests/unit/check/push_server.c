/* check/push_server: what a server is set up for, and its first policy. */
#include "check/push_place.h"

static void server_read(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_server s;
	struct place p;

	(void)state;
	start(&p);
	assert_ok(gm_server_read(&s, &p.f.arena, p.f.repo, &err));
	assert_string_equal(s.policy_ref, MAIN);
	assert_false(s.pinned);
	assert_null(s.project);
	assert_false(s.warn_only);
	assert_int_equal(s.allow.n, 0);
	assert_int_equal(s.deadline_ms, 3500);
	GIT(&p.f, "config", "migrate.policyRef", "refs/heads/policy");
	GIT(&p.f, "config", "migrate.project", "shop");
	GIT(&p.f, "config", "migrate.enforce", "warn");
	GIT(&p.f, "config", "migrate.deadline", "5000");
	GIT(&p.f, "config", "--add", "migrate.allowRef", "refs/pull/");
	GIT(&p.f, "config", "--add", "migrate.allowRef", "refs/x/");
	fixture_reopen(&p.f);
	assert_ok(gm_server_read(&s, &p.f.arena, p.f.repo, &err));
	assert_string_equal(s.policy_ref, "refs/heads/policy");
	assert_true(s.pinned);
	assert_string_equal(s.project, "shop");
	assert_true(s.warn_only);
	assert_int_equal(s.allow.n, 2);
	assert_string_equal(s.allow.items[1], "refs/x/");
	assert_int_equal(s.deadline_ms, 5000);
	/* The least and the most. */
	GIT(&p.f, "config", "migrate.deadline", "100");
	fixture_reopen(&p.f);
	assert_ok(gm_server_read(&s, &p.f.arena, p.f.repo, &err));
	assert_int_equal(s.deadline_ms, 100);
	GIT(&p.f, "config", "migrate.deadline", "3600000");
	fixture_reopen(&p.f);
	assert_ok(gm_server_read(&s, &p.f.arena, p.f.repo, &err));
	assert_int_equal(s.deadline_ms, 3600000);
	fixture_done(&p.f);
}

/* Nothing is guessed from what is not understood. */
static void server_refused(void **state)
{
	static const struct {
		const char *key, *value;
		enum gm_errcode code;
	} cases[] = {
		{ "migrate.enforce", "no", GM_EINPUT },
		{ "migrate.enforce", "", GM_EINPUT },
		{ "migrate.enforce", "Warn", GM_EINPUT },
		{ "migrate.deadline", "99", GM_EINPUT },
		{ "migrate.deadline", "3600001", GM_EINPUT },
		{ "migrate.deadline", "5s", GM_EINPUT },
		{ "migrate.deadline", "-1", GM_EINPUT },
		{ "migrate.policyRef", "main", GM_EPOLICY },
		{ "migrate.policyRef", "refs/heads/a..b", GM_EPOLICY },
		{ "migrate.policyRef", "", GM_EPOLICY },
	};
	struct gm_server s;
	struct place p;

	(void)state;
	start(&p);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_err err = GM_ERR_INIT;

		GIT(&p.f, "config", cases[i].key, cases[i].value);
		fixture_reopen(&p.f);
		if (gm_server_read(&s, &p.f.arena, p.f.repo, &err) == 0)
			fail_msg("%s=%s", cases[i].key, cases[i].value);
		assert_int_equal(err.code, cases[i].code);
		assert_true(err.hint[0]);
		GIT(&p.f, "config", "--unset", cases[i].key);
	}
	/* A detached HEAD names no policy ref. */
	GIT(&p.f, "update-ref", "--no-deref", "HEAD", MAIN);
	fixture_reopen(&p.f);
	p.err = (struct gm_err)GM_ERR_INIT;
	assert_int_equal(gm_server_read(&s, &p.f.arena, p.f.repo, &p.err), -1);
	assert_int_equal(p.err.code, GM_EPOLICY);
	fixture_done(&p.f);
}

static void bootstrap(void **state)
{
	struct gm_oid app, first, other, blob;
	struct gm_push_update u[2] = { { .ref = "refs/heads/feature" },
				       { .ref = MAIN } };
	struct place p;

	(void)state;
	start_without_policy(&p);
	app = COMMIT(&p.f, NULL, "App\n", { "app", "1" },
		     UP("1_a", "DROP TABLE a;"));
	first = COMMIT(&p.f, &app, "Policy\n", { GM_POLICY_PATH, GUARDED });
	other = COMMIT(&p.f, NULL, "Policy\n",
		       { GM_POLICY_PATH, "version: 1\nproject: mall\n" });
	/* No policy, and none in the push: nothing is accepted. */
	u[0].new_oid = app;
	assert_int_equal(push_all(&p, u, 1), -1);
	assert_int_equal(p.err.code, GM_EPOLICY);
	assert_non_null(strstr(p.err.hint, "push it to " MAIN));
	u[1].new_oid = app;
	assert_int_equal(push_all(&p, u, 2), -1);
	u[0].new_oid = first;
	assert_int_equal(push_all(&p, u, 1), -1);
	blob = fixture_at(&p.f, &app, "app");
	u[1].new_oid = blob;
	assert_int_equal(push_all(&p, u, 2), -1);
	memset(&blob, 7, sizeof(blob));
	u[1].new_oid = blob;
	assert_int_equal(push_all(&p, u, 2), -1);
	assert_int_equal(p.err.code, GM_EGIT);
	/* The first policy, and what comes with it. */
	u[1].new_oid = first;
	assert_int_equal(push_all(&p, u, 2), 0);
	assert_true(p.verdict.bootstrap);
	assert_false(gm_push_refused(&p.verdict, &p.server));
	assert_int_equal(p.verdict.notices.n, 1);
	assert_non_null(strstr(p.verdict.notices.items[0], "project 'shop'"));
	assert_int_equal(p.verdict.result.commits, 0);
	/* Even then only in the namespaces of pushes. */
	u[0].ref = "refs/replace/x";
	assert_int_equal(push_all(&p, u, 2), 0);
	refused(&p, GM_RULE_REF_REFUSED, u[0].ref, "in this namespace");
	/* Another project than the server was set up for. */
	assert_true(push(&p, MAIN, &other));
	refused(&p, GM_RULE_POLICY_CHANGE, MAIN, "is for project 'mall'");
	assert_int_equal(p.verdict.result.commits, 0);
	assert_false(p.verdict.bootstrap);
	p.server.project = NULL;
	assert_false(push(&p, MAIN, &other));
	/* A first policy that cannot be read. */
	other = COMMIT(&p.f, NULL, "Policy\n",
		       { GM_POLICY_PATH, "verzion: 1\n" });
	u[1].new_oid = other;
	assert_int_equal(push_all(&p, &u[1], 1), -1);
	assert_int_equal(p.err.code, GM_EPOLICY);
	other = COMMIT(&p.f, NULL, "Policy\n",
		       { GM_POLICY_PATH,
			 "version: 1\nproject: shop\n"
			 "migrations: [{path: sql, layout: unheard-of}]\n" });
	u[1].new_oid = other;
	assert_int_equal(push_all(&p, &u[1], 1), -1);
	assert_non_null(strstr(p.err.msg, "the first policy cannot be used"));
	/* The ref is there, its policy is not; and it cannot be deleted. */
	fixture_ref(&p.f, MAIN, &app);
	assert_false(push(&p, MAIN, &first));
	assert_true(p.verdict.bootstrap);
	u[1] = (struct gm_push_update){ MAIN, app, p.zero };
	assert_int_equal(push_all(&p, &u[1], 1), -1);
	fixture_done(&p.f);
}

/* A policy that is not this server's, or that is damaged, judges nothing. */
static void wrong_policies(void **state)
{
	static const char *const texts[] = { GUARDED, "verzion: 1\n" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++) {
		struct gm_push_update u = { .ref = "refs/heads/feature" };
		struct gm_oid tip;
		struct place p;

		start_without_policy(&p);
		p.server.project = "mall";
		tip = COMMIT(&p.f, NULL, "Policy\n",
			     { GM_POLICY_PATH, texts[i] });
		fixture_ref(&p.f, MAIN, &tip);
		u.new_oid = tip;
		assert_int_equal(push_all(&p, &u, 1), -1);
		assert_int_equal(p.err.code, GM_EPOLICY);
		fixture_done(&p.f);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(server_read), cmocka_unit_test(server_refused),
	     cmocka_unit_test(bootstrap), cmocka_unit_test(wrong_policies))

/* check/push: what a push would do to branches and tags. */
#include "check/push_place.h"

#include "base/file.h"

static void namespaces(void **state)
{
	static const struct {
		const char *ref;
		bool refused, allowed_refused;
	} cases[] = {
		{ "refs/heads/feature", false, false },
		{ "refs/tags/x", false, false },
		{ "refs/notes/commits", false, false },
		{ "refs/notes/remotes/x/migrate/landed", true, true },
		{ "refs/pull/1/head", true, false },
		{ "refs/changes/1", true, true },
		{ "refs/replace/x", true, true },
		{ "refs/migrate/x", true, true },
		{ "refs/headsx", true, true },
	};
	static const char *prefixes[] = { "refs/pull/", "refs/replace",
					  "refs/notes/" };
	struct place p;

	(void)state;
	start(&p);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		p.server.allow.n = 0;
		if (push(&p, cases[i].ref, &p.main) != cases[i].refused)
			fail_msg("%s", cases[i].ref);
		if (cases[i].refused)
			refused(&p, GM_RULE_REF_REFUSED, cases[i].ref,
				"in this namespace");
		p.server.allow.items = prefixes;
		p.server.allow.n = GM_COUNT(prefixes);
		if (push(&p, cases[i].ref, &p.main) != cases[i].allowed_refused)
			fail_msg("%s, allowed", cases[i].ref);
	}
	fixture_done(&p.f);
}

static void protected_refs(void **state)
{
	struct gm_oid app, root, forced, joined;
	struct place p;

	(void)state;
	start(&p);
	app = COMMIT(&p.f, &p.main, "App\n", { "app", "1" });
	assert_false(push(&p, MAIN, &app));
	assert_int_equal(p.verdict.result.commits, 1);
	REFUSED(&p, MAIN, &p.zero, "may not be deleted");
	forced = COMMIT(&p.f, &p.policy, "Other\n", { "app", "2" });
	REFUSED(&p, MAIN, &forced, "does not descend");
	REFUSED(&p, MAIN, &p.policy, "does not descend");
	root = COMMIT(&p.f, NULL, "Root\n", { "lib", "1" });
	joined = fixture_commit(
		&p.f, (const struct gm_oid *const[]){ &p.main, &root, NULL }, 1,
		"Join\n", (const struct put[]){ { "lib", "1", 0 }, { 0 } });
	REFUSED(&p, MAIN, &joined, "a root of its own");
	assert_string_equal(p.verdict.result.findings.items[0].subject, "Root");
	/* What nobody protects is nobody's business. */
	fixture_ref(&p.f, "refs/heads/feature", &app);
	assert_false(push(&p, "refs/heads/feature", &root));
	assert_false(push(&p, "refs/heads/feature", &p.zero));
	assert_int_equal(p.verdict.result.commits, 0);
	fixture_done(&p.f);
}

/* The policy ref is guarded whatever `protected` says. */
static void policy_ref(void **state)
{
	struct gm_oid old, new_;
	struct place p;

	(void)state;
	start_without_policy(&p);
	old = COMMIT(&p.f, NULL, "Policy\n",
		     { GM_POLICY_PATH, "version: 1\nproject: shop\n"
				       "protected: [refs/heads/other]\n" });
	fixture_ref(&p.f, MAIN, &old);
	REFUSED(&p, MAIN, &p.zero, "may not be deleted");
	new_ = COMMIT(&p.f, &old, "Loosen\n", { GM_POLICY_PATH, NULL });
	assert_true(push(&p, MAIN, &new_));
	assert_int_equal(p.verdict.result.findings.items[0].rule,
			 GM_RULE_POLICY_CHANGE);
	/* No server waves that through. */
	p.server.warn_only = true;
	assert_true(gm_push_refused(&p.verdict, &p.server));
	p.server.warn_only = false;
	/* Elsewhere a policy is a file like others. */
	fixture_ref(&p.f, "refs/heads/other", &old);
	assert_false(push(&p, "refs/heads/other", &new_));
	fixture_done(&p.f);
}

static void claims(void **state)
{
	struct gm_push_update u = { .ref = MAIN };
	struct gm_oid app;
	struct place p;

	(void)state;
	start(&p);
	app = COMMIT(&p.f, &p.main, "App\n", { "app", "1" });
	u.new_oid = app;
	u.old_oid = p.policy;
	assert_int_equal(push_all(&p, &u, 1), 0);
	refused(&p, GM_RULE_REF_REFUSED, MAIN, "the push says the ref is at");
	u.old_oid = p.zero;
	assert_int_equal(push_all(&p, &u, 1), 0);
	refused(&p, GM_RULE_REF_REFUSED, MAIN, "000000000000");
	/* Also of refs that are not protected. */
	u.ref = "refs/heads/feature";
	u.old_oid = p.main;
	assert_int_equal(push_all(&p, &u, 1), 0);
	refused(&p, GM_RULE_REF_REFUSED, u.ref, "the push says the ref is at");
	fixture_done(&p.f);
}

static void symbolic_refs(void **state)
{
	struct gm_oid app;
	struct place p;

	(void)state;
	start(&p);
	GIT(&p.f, "symbolic-ref", "refs/heads/alias", MAIN);
	app = COMMIT(&p.f, &p.main, "App\n", { "app", "1" });
	REFUSED(&p, "refs/heads/alias", &app, "another name for '" MAIN "'");
	REFUSED(&p, "refs/heads/alias", &p.zero, "another name for '" MAIN "'");
	fixture_done(&p.f);
}

/* What a protected ref may name. */
static void kinds(void **state)
{
	struct gm_oid tag, tree, blob;
	struct gm_err err = GM_ERR_INIT;
	struct place p;

	(void)state;
	start(&p);
	GIT(&p.f, "-c", "user.name=A", "-c", "user.email=a@b", "tag", "-m", "x",
	    "note", "main");
	assert_int_equal(gm_ref_get(&tag, p.f.repo, "refs/tags/note", &err), 1);
	tree = fixture_at(&p.f, &p.main, "");
	blob = fixture_at(&p.f, &p.main, "migrations/1_a/up.sql");
	REFUSED(&p, MAIN, &tag, "may only name a commit");
	REFUSED(&p, MAIN, &tree, "may only name a commit");
	REFUSED(&p, MAIN, &blob, "may only name a commit");
	/* A tag may be annotated, but of a commit. */
	assert_false(push(&p, "refs/tags/v1", &tag));
	assert_false(push(&p, "refs/tags/v1", &p.main));
	REFUSED(&p, "refs/tags/v1", &tree, "may only name a commit");
	assert_false(push(&p, "refs/tags/x", &tree));
	/* What is not there cannot be judged. */
	memset(&blob, 7, sizeof(blob));
	assert_int_equal(
		push_all(&p, &(struct gm_push_update){ MAIN, p.main, blob }, 1),
		-1);
	assert_int_equal(p.err.code, GM_EGIT);
	assert_memory_equal(p.err.msg, MAIN ": ", strlen(MAIN) + 2);
	fixture_done(&p.f);
}

static void protected_tags(void **state)
{
	struct gm_oid next, tag;
	struct gm_err err = GM_ERR_INIT;
	struct place p;

	(void)state;
	start(&p);
	next = COMMIT(&p.f, &p.main, "App\n", { "app", "1" });
	GIT(&p.f, "-c", "user.name=A", "-c", "user.email=a@b", "tag", "-m", "x",
	    "v1", "main");
	REFUSED(&p, "refs/tags/v1", &p.zero, "may not be deleted");
	REFUSED(&p, "refs/tags/v1", &p.policy, "does not descend");
	assert_false(push(&p, "refs/tags/v1", &next));
	assert_int_equal(p.verdict.result.commits, 1);
	/* To another tag of the same commit. */
	GIT(&p.f, "-c", "user.name=B", "-c", "user.email=b@b", "tag", "-m", "y",
	    "other", "main");
	assert_int_equal(gm_ref_get(&tag, p.f.repo, "refs/tags/other", &err),
			 1);
	assert_false(push(&p, "refs/tags/v1", &tag));
	assert_int_equal(p.verdict.result.commits, 0);
	fixture_done(&p.f);
}

static void guards(void **state)
{
	static const struct {
		const char *ref;
		bool guarded;
	} cases[] = {
		{ MAIN, true },
		{ "refs/heads/policy", true },
		{ "refs/heads/release/1", true },
		{ "refs/heads/release/1/2", false },
		{ "refs/tags/v1", true },
		{ "refs/tags/x", false },
		{ "refs/heads/mainly", false },
		{ "refs/heads/Main", false },
	};
	const struct gm_server server = { .policy_ref = "refs/heads/policy" };
	struct gm_policy policy;
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	assert_ok(gm_policy_read(&policy, &a, "p", gm_str(GUARDED), &err));
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (gm_push_guards(&server, &policy, cases[i].ref) !=
		    cases[i].guarded)
			fail_msg("%s", cases[i].ref);
	gm_arena_done(&a);
}

/* A new protected ref is compared with what it shares with the policy ref. */
static void new_refs(void **state)
{
	struct gm_oid edit, bad, stranger;
	struct place p;

	(void)state;
	start(&p);
	assert_false(push(&p, "refs/heads/release/1", &p.main));
	assert_int_equal(p.verdict.result.commits, 0);
	bad = COMMIT(&p.f, &p.main, "Mix\n", UP("2_b", "DROP TABLE a;"),
		     { "app", "1" });
	assert_true(push(&p, "refs/heads/release/1", &bad));
	assert_int_equal(p.verdict.result.commits, 1);
	assert_int_equal(p.verdict.structural, 0);
	/* What main has, has landed. */
	edit = COMMIT(&p.f, &p.main, "Edit\n", UP("1_a", "SELECT 2;"));
	assert_true(push(&p, "refs/heads/release/1", &edit));
	assert_int_equal(p.verdict.result.findings.items[0].rule,
			 GM_RULE_EDITED_LANDED);
	assert_string_equal(p.verdict.result.findings.items[0].ref,
			    "refs/heads/release/1");
	/* An older commit of main brings nothing. */
	assert_false(push(&p, "refs/heads/release/1", &p.policy));
	stranger = COMMIT(&p.f, NULL, "Stranger\n", { "app", "1" });
	REFUSED(&p, "refs/heads/release/1", &stranger, "shares no history");
	fixture_done(&p.f);
}

/* One finding of the commits, which a server that only warns lets pass. */
static void warnings(void **state)
{
	struct gm_oid bad;
	struct place p;

	(void)state;
	start(&p);
	bad = COMMIT(&p.f, &p.main, "Edit\n", EDITED);
	assert_true(push(&p, MAIN, &bad));
	assert_int_equal(p.verdict.structural, 0);
	assert_int_equal(p.verdict.result.findings.errors, 1);
	p.server.warn_only = true;
	assert_false(gm_push_refused(&p.verdict, &p.server));
	fixture_done(&p.f);
}

/* Its own severities, of the policy that the server has, not the pushed one. */
static void severities(void **state)
{
	static const char text[] = GUARDED "rules: {edited-landed: warning}\n";
	struct gm_oid old, edit;
	struct place p;

	(void)state;
	start(&p);
	edit = COMMIT(&p.f, &p.main, "Edit\n", EDITED,
		      { GM_POLICY_PATH, text });
	assert_true(push(&p, "refs/heads/release/1", &edit));
	assert_int_equal(p.verdict.result.findings.errors, 1);
	fixture_done(&p.f);
	start_without_policy(&p);
	old = COMMIT(&p.f, NULL, "Policy\n", { GM_POLICY_PATH, text },
		     UP("1_a", "SELECT 1;"), DOWN("1_a"));
	fixture_ref(&p.f, MAIN, &old);
	edit = COMMIT(&p.f, &old, "Edit\n", EDITED);
	assert_false(push(&p, MAIN, &edit));
	assert_int_equal(p.verdict.result.findings.warnings, 1);
	assert_int_equal(p.verdict.result.findings.errors, 0);
	fixture_done(&p.f);
}

/* Names that are those of guarded refs elsewhere; and some that are not. */
static void twins(void **state)
{
	static const struct {
		const char *ref;
		bool refused;
	} cases[] = {
		{ "refs/heads/Main", true },
		{ "refs/heads/m\xd0\xb0in", true },
		{ "refs/HEADS/main", true },
		{ "refs/heads/RELEASE/1", true },
		{ "refs/notes/Migrate/landed", true },
		{ "refs/notes/MIGRATE/landed", true },
		{ "refs/notes/Remotes/x/migrate/landed", true },
		{ "refs/heads/mainly", false },
		{ "refs/heads/Feature", false },
		{ "refs/heads/releases/1", false },
		{ "refs/notes/migrated", false },
	};
	struct gm_push_update gone = { .ref = "refs/heads/Main" };
	struct place p;

	(void)state;
	start(&p);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		if (push(&p, cases[i].ref, &p.main) != cases[i].refused)
			fail_msg("%s", cases[i].ref);
		if (cases[i].refused)
			assert_int_equal(p.verdict.structural, 1);
	}
	/* One that is there can go. */
	fixture_ref(&p.f, gone.ref, &p.main);
	gone.old_oid = p.main;
	assert_int_equal(push_all(&p, &gone, 1), 0);
	assert_int_equal(p.verdict.structural, 0);
	fixture_done(&p.f);
}

/* Several refs at once: each finding says whose it is. */
static void several(void **state)
{
	struct gm_push_update u[4] = { { .ref = MAIN },
				       { .ref = "refs/heads/release/1" },
				       { .ref = "refs/heads/feature" },
				       { .ref = "refs/replace/x" } };
	struct gm_oid bad;
	struct place p;

	(void)state;
	start(&p);
	bad = COMMIT(&p.f, &p.main, "Edit\n", EDITED);
	for (size_t i = 0; i < GM_COUNT(u); i++)
		u[i].new_oid = bad;
	u[0].old_oid = p.main;
	assert_int_equal(push_all(&p, u, GM_COUNT(u)), 0);
	assert_int_equal(p.verdict.result.findings.n, 3);
	assert_int_equal(p.verdict.structural, 1);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(p.verdict.result.findings.items[i].ref,
				    u[i + (i == 2)].ref);
	fixture_done(&p.f);
}

/* Refs that cannot be read are not taken for absent ones. */
static void broken_refs(void **state)
{
	static const char *const refs[] = { "refs/heads/feature", MAIN };
	struct place p;

	(void)state;
	start(&p);
	for (size_t i = 0; i < GM_COUNT(refs); i++) {
		struct gm_push_update u = { .ref = "refs/heads/feature",
					    .new_oid = p.main };
		const char *file =
			gm_printf(&p.f.arena, "%s/%s", p.f.dir, refs[i]);
		struct gm_err err = GM_ERR_INIT;

		assert_ok(gm_file_write(file, GM_STR("garbage\n"), 0644, false,
					&err));
		fixture_reopen(&p.f);
		assert_int_equal(push_all(&p, &u, 1), -1);
		assert_int_equal(p.err.code, GM_EGIT);
		assert_non_null(strstr(p.err.msg, refs[i]));
		assert_int_equal(unlink(file), 0);
	}
	fixture_done(&p.f);
}

GM_UNIT_MAIN(cmocka_unit_test(namespaces), cmocka_unit_test(protected_refs),
	     cmocka_unit_test(policy_ref), cmocka_unit_test(claims),
	     cmocka_unit_test(symbolic_refs), cmocka_unit_test(kinds),
	     cmocka_unit_test(protected_tags), cmocka_unit_test(guards),
	     cmocka_unit_test(new_refs), cmocka_unit_test(warnings),
	     cmocka_unit_test(severities), cmocka_unit_test(twins),
	     cmocka_unit_test(several), cmocka_unit_test(broken_refs))

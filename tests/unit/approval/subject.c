#include "scratch.h"

#include "approval/approvals.h"
#include "approval/subject.h"
#include "base/child.h"

struct place {
	struct gm_arena a;
	struct gm_repo *repo;
};

static void start(struct place *p)
{
	const char *const argv[] = { "git", "init", "-q", "--bare", ".", NULL };
	struct gm_child child = { .argv = argv, .dir = scratch_make() };
	struct gm_err err = GM_ERR_INIT;

	*p = (struct place){ 0 };
	assert_int_equal(gm_child_run(NULL, &p->a, &child, &err), 0);
	assert_ok(gm_repo_open(&p->repo, child.dir, GM_REPO_DISCOVER, &err));
}

static void end(struct place *p)
{
	gm_repo_close(&p->repo);
	scratch_remove();
	gm_arena_done(&p->a);
}

static struct gm_oid blob(struct place *p, const char *text)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid oid;

	assert_ok(gm_blob_write(&oid, p->repo, gm_str(text), &err));
	return oid;
}

/* A commit of these files, path and content in turn. */
static struct gm_oid commit(struct place *p, const char *const *words)
{
	struct gm_person ann = { "Ann", "ann@example.com", 1, 0 };
	struct gm_commit c = { .author = ann, .committer = ann };
	struct gm_oid none = { { 0 } };
	struct gm_files files = { 0 };
	struct gm_err err = GM_ERR_INIT;

	for (; *words; words += 2)
		*GM_PUSH(&p->a, &files) = (struct gm_file){
			.path = gm_str(words[0]),
			.oid = blob(p, words[1]),
			.mode = GM_MODE_FILE,
		};
	c.message = GM_STR("x\n");
	assert_ok(gm_tree_edit(&c.tree, p->repo, &none, &files, &err));
	assert_ok(gm_commit_write(&c.oid, p->repo, &c, &err));
	return c.oid;
}

#define COMMIT(p, ...) commit((p), (const char *const[]){ __VA_ARGS__, NULL })

static void test_kinds(void **state)
{
	static const struct {
		enum gm_phase phase;
		const char *class_, *kind;
	} cases[] = {
		{ GM_PHASE_NONE, "neutral", "expand" },
		{ GM_PHASE_NONE, "expand", "expand" },
		{ GM_PHASE_NONE, "backfill", "backfill" },
		{ GM_PHASE_NONE, "contract", "contract" },
		{ GM_PHASE_NONE, "opaque", "contract" },
		{ GM_PHASE_EXPAND, "expand", "expand" },
		{ GM_PHASE_EXPAND, "backfill", "backfill" },
		{ GM_PHASE_EXPAND, "opaque", "contract" },
		{ GM_PHASE_BACKFILL, "neutral", "backfill" },
		{ GM_PHASE_BACKFILL, "contract", "contract" },
		{ GM_PHASE_CONTRACT, "neutral", "contract" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_string_equal(
			gm_subject_kind(cases[i].phase, cases[i].class_),
			cases[i].kind);
}

static void test_migration(void **state)
{
	struct place p;
	struct gm_migration_file file = { .role = GM_ROLE_UP,
					  .path = GM_STR("m/1_a/up.sql"),
					  .mode = GM_MODE_FILE };
	struct gm_migration m = { .id = "1_a", .files = &file, .n_files = 1 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_subject s = { 0 };
	const char *digest;

	(void)state;
	start(&p);
	file.oid = blob(&p, "SELECT 1;\n");
	assert_ok(gm_migration_digest(&digest, &p.a, p.repo, &m, &err));
	assert_ok(gm_subject_of_migration(&s, &p.a, p.repo, "shop", &m,
					  "neutral", "refs/heads/main", &err));
	assert_string_equal(s.project, "shop");
	assert_string_equal(s.path, "m/1_a/up.sql");
	assert_string_equal(s.digest, digest);
	assert_string_equal(s.phase, "none");
	assert_string_equal(s.class_, "neutral");
	assert_string_equal(s.ref, "refs/heads/main");
	assert_string_equal(s.env, "*");
	assert_int_equal(s.landed_at + (int64_t)s.authors.n, 0);
	m.meta.phase = GM_PHASE_CONTRACT;
	assert_ok(gm_subject_of_migration(&s, &p.a, p.repo, "shop", &m,
					  "neutral", "refs/heads/main", &err));
	assert_string_equal(s.phase, "contract");
	assert_string_not_equal(s.digest, digest);

	file.role = GM_ROLE_DOWN;
	assert_int_equal(gm_subject_of_migration(&s, &p.a, p.repo, "shop", &m,
						 "neutral", "refs/heads/main",
						 &err),
			 -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, "'1_a' has no up SQL"));
	end(&p);
}

static void test_policy(void **state)
{
	struct place p;
	struct gm_oid none = { { 0 } }, before, after, empty, on, want;
	struct gm_err err = GM_ERR_INIT;
	struct gm_subject s = { 0 };
	const char *digest, *first;

	(void)state;
	start(&p);
	before = COMMIT(&p, GM_POLICY_PATH, "version: 1\n");
	after = COMMIT(&p, GM_POLICY_PATH, "version: 2\n",
		       ".migrate/allowed_signers", "x\n");
	empty = COMMIT(&p, "x", "y");
	want = blob(&p, "version: 2\n");
	assert_ok(gm_policy_digest(&first, &p.a, p.repo, NULL, &before, &err));
	assert_ok(gm_policy_digest(&digest, &p.a, p.repo, first, &after, &err));
	assert_ok(gm_subject_of_policy(&s, &on, &p.a, p.repo, "shop", &before,
				       &after, "refs/heads/main", &err));
	assert_true(gm_oid_eq(&on, &want));
	assert_string_equal(s.path, GM_POLICY_PATH);
	assert_string_equal(s.phase, "policy");
	assert_string_equal(s.class_, "policy");
	assert_string_equal(s.digest, digest);
	/* What it is a change of counts as well. */
	assert_ok(gm_subject_of_policy(&s, &on, &p.a, p.repo, "shop", &none,
				       &after, "refs/heads/main", &err));
	assert_string_not_equal(s.digest, digest);
	assert_int_equal(gm_subject_of_policy(&s, &on, &p.a, p.repo, "shop",
					      &before, &empty,
					      "refs/heads/main", &err),
			 -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
	end(&p);
}

GM_UNIT_MAIN(cmocka_unit_test(test_kinds), cmocka_unit_test(test_migration),
	     cmocka_unit_test(test_policy))

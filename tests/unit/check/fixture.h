/*
 * tests/unit/check/fixture: a repository in a temporary directory, and short
 * ways to write commits into it and judge them.
 */
#ifndef GM_TESTS_CHECK_FIXTURE_H
#define GM_TESTS_CHECK_FIXTURE_H

#include "scratch.h"

#include "base/child.h"
#include "base/clock.h"
#include "check/judge.h"
#include "check/range.h"
#include "git/ref.h"

/* Trailers of an expand that lacks nothing. */
#define EXPAND                                                                 \
	"Migration-Phase: expand\n"                                            \
	"Rollback-Window: 24h\n"                                               \
	"Rollback-Owner: Ann Lee <ann@example.com>\n"                          \
	"Feature-Flag: FEATURE_X\n"

/* The policy the tests judge by. */
#define POLICY                                                                 \
	"version: 1\n"                                                         \
	"project: shop\n"                                                      \
	"protected: [\"refs/heads/main\"]\n"                                   \
	"migrations:\n"                                                        \
	"  - {path: migrations, layout: directory}\n"                          \
	"app: {neutral: [\"docs/**\"]}\n"

struct fixture {
	struct gm_arena arena;
	struct gm_repo *repo;
	const char *dir;
	struct gm_context cx;
	struct gm_result result;
};

/* One file of a commit: content NULL takes it away, mode 0 is a plain one. */
struct put {
	const char *path;
	const char *content;
	unsigned mode;
};

static inline void fixture_done(struct fixture *f)
{
	gm_repo_close(&f->repo);
	scratch_remove();
	gm_arena_done(&f->arena);
}

/* Judge by this policy. */
static inline void fixture_policy(struct fixture *f, const char *text)
{
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_policy_read(&f->cx.policy, &f->arena, "policy",
				 gm_str(text), &err));
	f->result.findings = gm_findings(&f->arena, f->cx.policy.severity);
}

/* An empty bare repository, and the policy above. */
static inline void fixture_start(struct fixture *f)
{
	const char *const argv[] = { "git", "init", "-q", "--bare",
				     "-b",  "main", ".",  NULL };
	struct gm_child child = { .argv = argv, .dir = scratch_make() };
	struct gm_err err = GM_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->dir = child.dir;
	assert_int_equal(gm_child_run(NULL, &f->arena, &child, &err), 0);
	assert_ok(gm_repo_open(&f->repo, f->dir, GM_REPO_DISCOVER, &err));
	fixture_policy(f, POLICY);
}

/* A tree: `base` (zero: empty) with files put in, up to one without path. */
static inline struct gm_oid fixture_tree(struct fixture *f,
					 const struct gm_oid *base,
					 const struct put *puts)
{
	struct gm_files changes = { 0 };
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid tree;

	for (; puts->path; puts++) {
		struct gm_file *file = GM_PUSH(&f->arena, &changes);

		file->path = gm_str(puts->path);
		file->mode = !puts->content ? GM_MODE_NONE
			     : puts->mode   ? puts->mode
					    : GM_MODE_FILE;
		if (puts->content)
			assert_ok(gm_blob_write(&file->oid, f->repo,
						gm_str(puts->content), &err));
	}
	assert_ok(gm_tree_edit(&tree, f->repo, base, &changes, &err));
	return tree;
}

/*
 * A commit on top of `parents` (NULL-terminated; its tree starts as that of
 * the first) at 2026-11-01 plus `hours`.
 */
static inline struct gm_oid fixture_commit(struct fixture *f,
					   const struct gm_oid *const *parents,
					   int hours, const char *message,
					   const struct put *puts)
{
	struct gm_commit c = { .message = gm_str(message) }, parent;
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid base = { { 0 } };
	int64_t time;

	assert_true(gm_time_parse(&time, GM_STR("2026-11-01T00:00:00Z")));
	c.author = (struct gm_person){ "Ann Lee", "ann@example.com",
				       time + hours * 3600, 0 };
	c.committer = c.author;
	c.parents = gm_alloc_n(&f->arena, 8, sizeof(*c.parents));
	for (; parents && parents[c.n_parents]; c.n_parents++)
		c.parents[c.n_parents] = *parents[c.n_parents];
	if (c.n_parents) {
		assert_ok(gm_commit_read(&parent, &f->arena, f->repo,
					 &c.parents[0], &err));
		base = parent.tree;
	}
	c.tree = fixture_tree(f, &base, puts);
	assert_ok(gm_commit_write(&c.oid, f->repo, &c, &err));
	return c.oid;
}

/* On top of one commit, or of none. */
#define COMMIT(f, parent, message, ...)                                        \
	fixture_commit((f), (const struct gm_oid *const[]){ (parent), NULL },  \
		       0, (message),                                           \
		       (const struct put[]){ __VA_ARGS__, { 0 } })

/* Judge a range by the fixture's policy; `base` NULL: nothing has landed. */
static inline void fixture_judge(struct fixture *f, const struct gm_oid *base,
				 const struct gm_oid *tip)
{
	struct gm_range range = { .tip = *tip, .now = gm_now() };
	struct gm_err err = GM_ERR_INIT;

	if (base)
		range.base = *base;
	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity),
		.digests = f->result.digests,
	};
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, &range.base, tip,
					   &err));
	assert_ok(gm_check_range(&f->result, &f->arena, f->repo, &f->cx, &range,
				 &err));
}

/* Point a ref that is not there yet, or points elsewhere, at an object. */
static inline void fixture_ref(struct fixture *f, const char *name,
			       const struct gm_oid *oid)
{
	struct gm_oid now_ = { { 0 } };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_ref_get(&now_, f->repo, name, &err));
	assert_ok(gm_ref_swap(f->repo, name, &now_, oid, "test", &err));
}

/* Run git in the repository. */
#define GIT(f, ...)                                                            \
	fixture_git((f), (const char *const[]){ "git", __VA_ARGS__, NULL })

static inline void fixture_git(struct fixture *f, const char *const *argv)
{
	struct gm_child child = { .argv = argv, .dir = f->dir };
	struct gm_err err = GM_ERR_INIT;

	assert_int_equal(gm_child_run(NULL, &f->arena, &child, &err), 0);
}

/* Forget what is cached: what was written around us counts again. */
static inline void fixture_reopen(struct fixture *f)
{
	struct gm_err err = GM_ERR_INIT;

	gm_repo_close(&f->repo);
	assert_ok(gm_repo_open(&f->repo, f->dir, GM_REPO_DISCOVER, &err));
}

/* Take an object away, as a damaged repository would. */
static inline void fixture_lose(struct fixture *f, const struct gm_oid *oid)
{
	const char *hex = gm_oid_hex(&f->arena, oid);

	assert_int_equal(unlink(gm_printf(&f->arena, "%s/objects/%.2s/%s",
					  f->dir, hex, hex + 2)),
			 0);
	fixture_reopen(f);
}

/* Judges something of the fixture: how many findings, or -1. */
typedef int fixture_judge_fn(struct fixture *f, void *data, struct gm_err *err);

static struct gm_strings fixture_objects;
static struct gm_arena *fixture_arena;

static inline int fixture_object(const char *path, const struct stat *st,
				 int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_F)
		*GM_PUSH(fixture_arena, &fixture_objects) =
			gm_strdup(fixture_arena, path);
	return 0;
}

/*
 * Whichever object is missing, the answer is an error, or what it is with all
 * of them there: never another verdict.
 */
static inline void fixture_sweep(struct fixture *f, fixture_judge_fn *judge,
				 void *data)
{
	struct gm_err err = GM_ERR_INIT;
	int whole = judge(f, data, &err);
	size_t failed = 0;

	if (whole < 0)
		fail_msg("%s", err.msg);
	fixture_arena = &f->arena;
	fixture_objects = (struct gm_strings){ 0 };
	assert_int_equal(nftw(gm_printf(&f->arena, "%s/objects", f->dir),
			      fixture_object, 16, FTW_PHYS),
			 0);
	for (size_t i = 0; i < fixture_objects.n; i++) {
		const char *path = fixture_objects.items[i];
		const char *away = gm_printf(&f->arena, "%s.lost", path);
		int answer;

		err = (struct gm_err)GM_ERR_INIT;
		assert_int_equal(rename(path, away), 0);
		fixture_reopen(f);
		answer = judge(f, data, &err);
		assert_int_equal(rename(away, path), 0);
		if (answer >= 0 && answer != whole)
			fail_msg("%d findings, not %d, without %s", answer,
				 whole, path);
		failed += answer < 0;
		if (answer < 0)
			assert_true(err.code != GM_ENONE && err.msg[0]);
	}
	fixture_reopen(f);
	assert_true(failed > 0);
}

/* The tree or blob that a commit has at a path; "" is its whole tree. */
static inline struct gm_oid
fixture_at(struct fixture *f, const struct gm_oid *commit, const char *path)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_entry entry;
	struct gm_commit c;

	assert_ok(gm_commit_read(&c, &f->arena, f->repo, commit, &err));
	assert_int_equal(gm_tree_find(&entry, &f->arena, f->repo, &c.tree,
				      gm_str(path), &err),
			 1);
	return entry.oid;
}

/*
 * A commit as the judges see it, compared with its parents; the directories
 * are settled for it.
 */
static inline struct gm_judged_commit fixture_judged(struct fixture *f,
						     const struct gm_oid *oid)
{
	struct gm_judged_commit c = { 0 };
	struct gm_oid none = { { 0 } };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_commit_read(&c.commit, &f->arena, f->repo, oid, &err));
	assert_ok(gm_diff_commit(&c.changes, &f->arena, f->repo, &c.commit,
				 &err));
	c.hex = gm_oid_hex(&f->arena, oid);
	c.subject = gm_commit_subject(&f->arena, &c.commit);
	assert_ok(gm_context_roots_between(&f->cx.roots, &f->arena, f->repo,
					   &f->cx.policy, &none, oid, &err));
	return c;
}

/* An empty judgement; everything it makes lives as long as the fixture. */
static inline struct gm_judge fixture_judgement(struct fixture *f)
{
	struct gm_judge j;

	f->result = (struct gm_result){
		.findings = gm_findings(&f->arena, f->cx.policy.severity)
	};
	gm_judge_start(&j, &f->result, &f->arena, &f->arena, f->repo, &f->cx);
	return j;
}

/* How many findings of a rule there are. */
static inline size_t found(const struct fixture *f, enum gm_rule rule)
{
	size_t n = 0;

	for (size_t i = 0; i < f->result.findings.n; i++)
		n += f->result.findings.items[i].rule == rule;
	return n;
}

/* The first finding of a rule; the test fails when there is none. */
static inline const struct gm_finding *finding(const struct fixture *f,
					       enum gm_rule rule)
{
	for (size_t i = 0; i < f->result.findings.n; i++)
		if (f->result.findings.items[i].rule == rule)
			return &f->result.findings.items[i];
	fail_msg("no finding '%s'", gm_rule_info(rule)->name);
	return NULL;
}

#endif

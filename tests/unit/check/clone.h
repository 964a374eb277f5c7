/*
 * tests/unit/check/clone: a repository with a work tree, written with git.
 */
#ifndef GM_TESTS_CHECK_CLONE_H
#define GM_TESTS_CHECK_CLONE_H

#include "scratch.h"

#include "base/child.h"
#include "base/file.h"
#include "check/review.h"

#define SHOP                                                                   \
	"version: 1\n"                                                         \
	"project: shop\n"                                                      \
	"protected: [\"refs/heads/main\", \"refs/heads/release/*\"]\n"         \
	"migrations:\n"                                                        \
	"  - {path: migrations, layout: directory}\n"                          \
	"roles:\n"                                                             \
	"  dba: [ann@example.com, dan@example.com]\n"                          \
	"  admin: [root@example.com]\n"                                        \
	"approvals:\n"                                                         \
	"  contract: {need: {dba: 2}, exclude_author: true}\n"                 \
	"  policy: {need: {admin: 1}}\n"

struct clone {
	struct gm_arena a;
	const char *dir;
	struct gm_repo *repo;
};

static inline void clone_git(struct clone *c, const char *const *argv)
{
	struct gm_child child = { .argv = argv, .dir = c->dir };
	struct gm_err err = GM_ERR_INIT;
	struct gm_str out;

	assert_int_equal(gm_child_run(&out, &c->a, &child, &err), 0);
}

#define GIT(c, ...)                                                            \
	clone_git((c),                                                         \
		  (const char *const[]){ "git", "-c", "user.name=Eve", "-c",   \
					 "user.email=eve@example.com",         \
					 __VA_ARGS__, NULL })

static inline void clone_write(struct clone *c, const char *path,
			       const char *text)
{
	char *full = gm_printf(&c->a, "%s/%s", c->dir, path);
	char *slash = strrchr(full, '/');
	struct gm_err err = GM_ERR_INIT;

	*slash = 0;
	assert_ok(gm_dir_make(full, &err));
	*slash = '/';
	assert_ok(gm_file_write(full, gm_str(text), 0644, false, &err));
}

static inline void clone_commit(struct clone *c, const char *message)
{
	GIT(c, "add", "-A");
	GIT(c, "commit", "-q", "--allow-empty", "-m", message);
}

/* Read it again, with what git has done since. */
static inline void clone_open(struct clone *c)
{
	struct gm_err err = GM_ERR_INIT;

	gm_repo_close(&c->repo);
	assert_ok(gm_repo_open(&c->repo, c->dir, GM_REPO_DISCOVER, &err));
}

/* With a commit on main that has `policy`, or with none for NULL. */
static inline void clone_start(struct clone *c, const char *policy)
{
	*c = (struct clone){ .dir = scratch_make() };
	GIT(c, "init", "-q", "-b", "main");
	if (policy) {
		clone_write(c, GM_POLICY_PATH, policy);
		clone_commit(c, "Guard");
	}
	clone_open(c);
}

static inline void clone_end(struct clone *c)
{
	gm_repo_close(&c->repo);
	gm_arena_done(&c->a);
	scratch_remove();
}

static inline int clone_review(struct gm_review *out, struct clone *c,
			       const char *remote, const char *ref,
			       struct gm_err *err)
{
	const struct gm_review_from from = { remote, ref, 1795255200 };

	*err = (struct gm_err)GM_ERR_INIT;
	clone_open(c);
	return gm_review_open(out, &c->a, c->repo, &from, err);
}

#endif

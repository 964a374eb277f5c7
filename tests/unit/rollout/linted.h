/*
 * tests/unit/rollout/linted: trees of manifests, and what is found in them.
 */
#ifndef GM_TESTS_LINTED_H
#define GM_TESTS_LINTED_H

#include "base/buf.h"
#include "git/place.h"
#include "rollout/lint.h"

static struct gm_place linted_place;
static struct gm_manifests linted;
static struct gm_findings linted_found;

static inline int linted_setup(void **state)
{
	place_setup(state);
	linted_place = (struct gm_place){ .dir = in_place("tree") };
	return 0;
}

#define LINT_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, linted_setup, place_done)

/* A file of the tree. */
static inline void give(const char *path, const char *text)
{
	put(gm_printf(&arena, "tree/%s", path), text);
}

/* "r2@a.yaml:3 ..." of what is found now. */
static inline const char *found(void)
{
	struct gm_buf out = gm_buf(&arena);

	linted_found = gm_findings(&arena, NULL);
	assert_ok(
		gm_manifests_read(&linted, &arena, &linted_place, NULL, &err));
	gm_lint(&linted_found, &linted);
	for (size_t i = 0; i < linted_found.n; i++) {
		const struct gm_finding *f = &linted_found.items[i];

		gm_buf_printf(&out, "%s%s@%.*s:%zu", i ? " " : "",
			      gm_rule_info(f->rule)->name + 5, (int)f->path.len,
			      f->path.ptr, f->line);
		assert_non_null(f->hint);
	}
	return out.ptr;
}

/* This file alone gives these findings. */
static inline void file_gives(const char *text, const char *want)
{
	give("x.yaml", text);
	if (strcmp(found(), want) != 0)
		fail_msg("'%s', not '%s', of\n%s", found(), want, text);
}

/* A Job that breaks no rule; lines of its spec may follow. */
#define JOB                                                                    \
	"apiVersion: batch/v1\nkind: Job\n"                                    \
	"metadata: {name: gm-m1-expand-0123abcd-1}\nspec:\n"                   \
	"  backoffLimit: 0\n"                                                  \
	"  template: {spec: {restartPolicy: Never}}\n"

/* An object of Flux that applies a directory. */
#define KS(name, path, more)                                                   \
	"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"    \
	"metadata: {name: " name ", namespace: a}\nspec:\n"                    \
	"  path: ./" path "\n  wait: true\n  timeout: 5m\n"                    \
	"  retryInterval: 1m\n"                                                \
	"  sourceRef: {kind: GitRepository, name: d}\n" more

#endif

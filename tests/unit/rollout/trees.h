/*
 * tests/unit/rollout/trees: manifests in and out, for tests.
 */
#ifndef GM_TESTS_TREES_H
#define GM_TESTS_TREES_H

#include "rollout/yaml.h"
#include "unit.h"

static inline struct gm_yaml_docs read_ok(struct gm_arena *a, const char *text)
{
	struct gm_yaml_docs docs = { 0 };
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_yaml_read(&docs, a, "x.yaml", gm_str(text), &err));
	return docs;
}

static inline const char *written(struct gm_arena *a, const struct gm_yaml *doc)
{
	struct gm_buf out = gm_buf(a);
	struct gm_err err = GM_ERR_INIT;

	assert_ok(gm_yaml_write(&out, doc, &err));
	return out.ptr;
}

#endif

/*
 * policy/node: YAML as a small tree, and nothing of YAML that surprises.
 *
 * Built from libyaml's events.  What makes YAML dangerous or ambiguous is
 * refused with its place: anchors, aliases, tags, directives, merge keys,
 * several documents, keys that are no scalars, duplicate keys, NUL, other
 * control characters, bytes that are not UTF-8, characters that deceive a
 * reader, and everything past the limits.
 */
#ifndef GM_POLICY_NODE_H
#define GM_POLICY_NODE_H

#include "base/err.h"
#include "base/str.h"

/* Levels of lists and mappings; entries of one of them. */
#define GM_NODE_DEPTH 8
#define GM_NODE_ENTRIES 1000

enum gm_node_kind { GM_NODE_SCALAR, GM_NODE_LIST, GM_NODE_MAP };

struct gm_node {
	enum gm_node_kind kind;
	size_t line, column;   /* 0-based, in characters */
	struct gm_str text;    /* of a scalar */
	bool plain;            /* a scalar without quotes */
	struct gm_node *keys;  /* of a mapping: scalars */
	struct gm_node *items; /* of a list, or the values of a mapping */
	size_t n, cap, cap_keys;
};

/*
 * Read `text`, which must outlive the tree.  `name` stands in errors, which
 * are GM_EPOLICY with line and column.
 */
GM_MUST_CHECK
int gm_node_read(struct gm_node *out, struct gm_arena *a, const char *name,
		 struct gm_str text, struct gm_err *err);

/*
 * Set the place of an error that has been set: that of `n` in `text`.
 * Returns -1.
 */
int gm_node_at(struct gm_err *err, const char *name, struct gm_str text,
	       const struct gm_node *n);

#endif

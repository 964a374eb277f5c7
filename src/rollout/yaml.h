/*
 * rollout/yaml: manifests as trees, read from and written to YAML.
 *
 * Reads what people keep in GitOps repositories: several documents, anchors
 * and aliases, tags.  Writes one way only, so that equal trees are equal
 * bytes.  (The policy has a stricter reader of its own, policy/node.h.)
 */
#ifndef GM_ROLLOUT_YAML_H
#define GM_ROLLOUT_YAML_H

#include "base/buf.h"
#include "base/err.h"

enum gm_yaml_kind { GM_YAML_SCALAR, GM_YAML_LIST, GM_YAML_MAP };

/* How a scalar stood there, or is to be written. */
enum gm_yaml_style {
	GM_YAML_QUOTED, /* a string, in quotes; as a block where it has lines */
	GM_YAML_PLAIN,  /* without quotes: true, 5, null, or any string */
};

struct gm_yaml {
	enum gm_yaml_kind kind;
	enum gm_yaml_style style;
	const char *tag; /* "!if:name", without the standard ones; or NULL */
	struct gm_str text;
	struct gm_yaml **keys;  /* of a mapping: scalars */
	struct gm_yaml **items; /* of a list, or the values of a mapping */
	size_t n, cap_keys, cap;
	size_t line, column; /* 1-based; column in characters */
};

struct gm_yaml_docs {
	struct gm_yaml **items; /* documents that are not empty */
	size_t n, cap;
};

#define GM_YAML_DEPTH 64
#define GM_YAML_NODES 200000

/*
 * Read all documents of `text`.  An alias is the same node as its anchor, but
 * counts for the limits as if it were written out, so that a tree may be
 * walked.  What a mapping takes in by "<<" is in it like its own keys.
 * GM_EINPUT with path, line and column for what is no YAML, keys twice in a
 * mapping (Kubernetes refuses them too), keys that are no scalars, an alias
 * inside its own anchor, and what is past the limits.
 */
GM_MUST_CHECK
int gm_yaml_read(struct gm_yaml_docs *out, struct gm_arena *a, const char *name,
		 struct gm_str text, struct gm_err *err);

/* Is it called as a file with YAML is? */
bool gm_yaml_named(const char *path);

/* The value of a key of a mapping; NULL: none, or no mapping. */
struct gm_yaml *gm_yaml_get(const struct gm_yaml *map, const char *key);

/* The same along "spec/template/metadata". */
struct gm_yaml *gm_yaml_at(const struct gm_yaml *map, const char *path);

/* The text of a scalar, NUL-terminated; NULL for NULL and other kinds. */
const char *gm_yaml_text(struct gm_arena *a, const struct gm_yaml *n);

/* Is it a plain true, in one of the spellings Kubernetes takes? */
bool gm_yaml_true(const struct gm_yaml *n);

/* Make nodes: a string, a plain word, an empty list or mapping. */
struct gm_yaml *gm_yaml_string(struct gm_arena *a, const char *text);
struct gm_yaml *gm_yaml_word(struct gm_arena *a, const char *text);
struct gm_yaml *gm_yaml_list(struct gm_arena *a);
struct gm_yaml *gm_yaml_map(struct gm_arena *a);

/* Add to a list; set or, with `value` NULL, take away a key of a mapping. */
void gm_yaml_push(struct gm_arena *a, struct gm_yaml *list,
		  struct gm_yaml *value);
void gm_yaml_set(struct gm_arena *a, struct gm_yaml *map, const char *key,
		 struct gm_yaml *value);

/*
 * Write one document: block style, two blanks a level, every string in double
 * quotes (flux-cnpg R17), text of several lines as a literal block, keys plain
 * where they cannot be taken for anything else, no tags.  What is written
 * reads back to the same tree.
 */
GM_MUST_CHECK
int gm_yaml_write(struct gm_buf *out, const struct gm_yaml *doc,
		  struct gm_err *err);

#endif

/*
 * report/jsonval: values for jansson, made of what we have.
 *
 * jansson refuses what is not UTF-8, so invalid bytes are escaped first.  The
 * only way these can fail is lack of memory, which ends the program.
 */
#ifndef GM_REPORT_JSONVAL_H
#define GM_REPORT_JSONVAL_H

#include <jansson.h>

#include "base/buf.h"

/* A string; `a` is for scratch. */
json_t *gm_json_str(struct gm_arena *a, struct gm_str s);
/* A string, or null for NULL. */
json_t *gm_json_text(struct gm_arena *a, const char *s);
/* A string, or null when it is empty. */
json_t *gm_json_nonempty(struct gm_arena *a, struct gm_str s);
json_t *gm_json_size(size_t n);
/* A number, or null for 0. */
json_t *gm_json_nonzero(size_t n);

/* Set a key or append; both take over `value`. */
void gm_json_set(json_t *object, const char *key, json_t *value);
void gm_json_push(json_t *array, json_t *value);

/*
 * Append the document as ASCII, keys in the order they were set, with a
 * newline at the end, and let go of it.
 */
void gm_json_finish(struct gm_buf *out, json_t *root);

/* Append one string as JSON: quoted, on one line, in ASCII. */
void gm_json_quote(struct gm_buf *out, struct gm_str s);

#endif

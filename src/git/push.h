/*
 * git/push: what a hook reads on its standard input.
 *
 * githooks(5): one line a ref, "<old> SP <new> SP <ref> LF".  Nothing else
 * about it is to be trusted: ref names may hold LF, refs may come twice, the
 * old value is whatever the client said (threats.md, facts 3 and 4).
 */
#ifndef GM_GIT_PUSH_H
#define GM_GIT_PUSH_H

#include "git/ref.h"

struct gm_push_update {
	const char *ref;
	struct gm_oid old_oid; /* as claimed by the client */
	struct gm_oid new_oid; /* zero: delete */
};

struct gm_push {
	struct gm_push_update *items;
	size_t n, cap;
};

/* The most updates a push may have, and bytes of input. */
#define GM_PUSH_MAX_REFS 20000
#define GM_PUSH_MAX_INPUT ((size_t)16 << 20)

/*
 * Parse the whole input with the exact grammar above.  Fails with GM_EINPUT
 * at the first deviation (line number given), a malformed ref name, a ref
 * that comes twice, nothing at all, old and new both zero; GM_ELIMIT past the
 * limits.  The whole push is then to be refused.
 */
GM_MUST_CHECK
int gm_push_parse(struct gm_push *out, struct gm_arena *a, struct gm_str input,
		  struct gm_err *err);

/*
 * pre-push's input: "<local ref> SP <local oid> SP <remote ref> SP <remote
 * oid> LF".  `ref` is the remote ref, `old_oid` the remote's value.  Empty
 * input gives no update.
 */
GM_MUST_CHECK
int gm_push_parse_client(struct gm_push *out, struct gm_arena *a,
			 struct gm_str input, struct gm_err *err);

#endif

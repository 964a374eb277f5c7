#include "cmd/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/child.h"
#include "git/ref.h"
#include "git/walk.h"

/* No more commits than this are made again. */
#define CHAIN_MAX 10000

static int run_git(struct gm_str *out, struct gm_ctx *cx,
		   const char *const *argv, struct gm_str input,
		   struct gm_err *err)
{
	const struct gm_child child = {
		.argv = argv,
		.input = input,
		.max_output = (size_t)256 << 20,
	};
	int status = gm_child_run(out, cx->arena, &child, err);

	if (status > 0)
		return gm_fail(err, GM_EPROGRAM,
			       "'git %s' failed with status %d", argv[1],
			       status);
	return status;
}

/* The commits behind `from`, up to HEAD: one parent each. */
static int read_later(struct gm_chain *chain, struct gm_ctx *cx,
		      struct gm_err *err)
{
	struct gm_oids newest = { 0 };
	struct gm_oid at = chain->head;
	struct gm_commit c;

	while (!gm_oid_eq(&at, &chain->commit)) {
		if (gm_commit_read(&c, cx->arena, cx->repo, &at, err) < 0)
			return -1;
		if (c.n_parents != 1 || newest.n == CHAIN_MAX) {
			gm_fail(err, GM_EINPUT,
				"%.12s, between the commit and HEAD, is %s",
				gm_oid_hex(cx->arena, &at),
				c.n_parents > 1 ? "a merge"
						: "too far from it");
			return gm_hint(err, "Check out the commit itself and"
					    " split it there.");
		}
		*GM_PUSH(cx->arena, &newest) = at;
		at = c.parents[0];
	}
	for (size_t i = newest.n; i-- > 0;)
		*GM_PUSH(cx->arena, &chain->later) = newest.items[i];
	return 0;
}

static int find_pushed(struct gm_chain *chain, struct gm_ctx *cx,
		       struct gm_err *err)
{
	struct gm_refs refs = { 0 };

	if (gm_ref_list(&refs, cx->arena, cx->repo, "refs/remotes/", err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		int has = gm_is_ancestor(cx->repo, &chain->commit,
					 &refs.items[i].oid, err);

		if (has < 0)
			return -1;
		if (has)
			chain->pushed = refs.items[i].name;
	}
	return 0;
}

static int count_signed(struct gm_chain *chain, struct gm_ctx *cx,
			struct gm_err *err)
{
	static const char *const argv[] = { "git",      "rev-list",
					    "--header", "--no-walk=unsorted",
					    "--stdin",  NULL };
	struct gm_buf input = gm_buf(cx->arena);
	struct gm_str text, line;

	gm_buf_printf(&input, "%s\n", gm_oid_hex(cx->arena, &chain->commit));
	for (size_t i = 0; i < chain->later.n; i++)
		gm_buf_printf(&input, "%s\n",
			      gm_oid_hex(cx->arena, &chain->later.items[i]));
	if (run_git(&text, cx, argv, gm_buf_view(&input), err) < 0)
		return -1;
	/* Lines of a message are indented there. */
	while (gm_str_line(&line, &text))
		chain->signed_ += gm_str_starts(line, GM_STR("gpgsig "));
	return 0;
}

int gm_chain_read(struct gm_chain *out, struct gm_ctx *cx, const char *rev,
		  struct gm_err *err)
{
	struct gm_chain chain = { 0 };
	int below;

	if (gm_rev_commit(&chain.head, cx->repo, "HEAD", err) < 0 ||
	    gm_rev_commit(&chain.commit, cx->repo, rev, err) < 0 ||
	    gm_ref_head(&chain.branch, cx->arena, cx->repo, err) < 0)
		return -1;
	below = gm_is_ancestor(cx->repo, &chain.commit, &chain.head, err);
	if (below < 0)
		return -1;
	if (!below) {
		gm_fail(err, GM_EINPUT, "'%s' is not below HEAD", rev);
		return gm_hint(err, "Check out a branch that has it.");
	}
	if (read_later(&chain, cx, err) < 0 ||
	    find_pushed(&chain, cx, err) < 0 ||
	    count_signed(&chain, cx, err) < 0)
		return -1;
	if (chain.pushed && chain.later.n) {
		gm_fail(err, GM_EINPUT,
			"'%s' is on '%s' already, and others may build on it",
			rev, chain.pushed);
		return gm_hint(err, "Only what is not pushed, or HEAD itself,"
				    " can be split.");
	}
	*out = chain;
	return 0;
}

/* "Ann Lee <ann@example.com> 1795255200 +0100" */
static bool parse_ident(struct gm_person *out, struct gm_arena *a,
			struct gm_str line)
{
	size_t open = gm_str_find(line, '<'), close = gm_str_find(line, '>');
	struct gm_str rest, time, zone;
	uint64_t seconds, hhmm;

	if (open >= close || close == line.len)
		return false;
	out->name = gm_str_dup(a, gm_str_trim(gm_str_sub(line, 0, open)));
	out->email = gm_str_dup(a, gm_str_sub(line, open + 1, close));
	rest = gm_str_trim(gm_str_sub(line, close + 1, line.len));
	if (!gm_str_split(&time, &rest, ' ') ||
	    !gm_str_split(&zone, &rest, ' ') || zone.len != 5 ||
	    !gm_str_uint(&seconds, time) ||
	    !gm_str_uint(&hhmm, gm_str_sub(zone, 1, 5)))
		return false;
	out->time = (int64_t)seconds;
	out->offset = (int)(hhmm / 100 * 60 + hhmm % 100);
	if (zone.ptr[0] == '-')
		out->offset = -out->offset;
	return true;
}

int gm_chain_committer(struct gm_person *out, struct gm_ctx *cx,
		       struct gm_err *err)
{
	static const char *const argv[] = { "git", "var", "GIT_COMMITTER_IDENT",
					    NULL };
	struct gm_str text;

	if (run_git(&text, cx, argv, GM_STR_NONE, err) < 0)
		return gm_hint(err, "Set user.name and user.email.");
	if (!parse_ident(out, cx->arena, gm_str_trim(text)))
		return gm_fail(err, GM_EPROGRAM,
			       "'git var' printed something unknown");
	return 0;
}

int gm_chain_move(struct gm_ctx *cx, const struct gm_chain *chain,
		  const struct gm_oid *tip, struct gm_err *err)
{
	struct gm_oid before = { { 0 } };

	if (gm_ref_get(&before, cx->repo, "ORIG_HEAD", err) < 0 ||
	    gm_ref_swap(cx->repo, "ORIG_HEAD", &before, &chain->head,
			"split: where HEAD was", err) < 0)
		return -1;
	return gm_ref_swap(cx->repo, chain->branch ? chain->branch : "HEAD",
			   &chain->head, tip, "split: a commit in parts", err);
}

#include "check/push.h"

#include <string.h>

#include "approval/exhibit.h"
#include "approval/landed.h"
#include "base/glob.h"
#include "base/utf8.h"
#include "check/consent.h"
#include "check/context.h"
#include "check/range.h"
#include "check/start.h"
#include "git/notes.h"
#include "git/walk.h"

#define RECORDS "refs/notes/migrate/"

/* One push, while it is judged. */
struct state {
	struct gm_push_verdict *out;
	struct gm_arena *a;
	const struct gm_repo *repo;
	const struct gm_server *server;
	int64_t now;
	struct gm_policy policy;
	struct gm_oid policy_tip; /* zero: the policy ref does not exist */
	bool has_policy;
	struct gm_consent consent;
};

static struct gm_finding *refuse(struct state *s, enum gm_rule rule,
				 const char *ref, const char *message,
				 const char *hint)
{
	struct gm_finding *found =
		gm_find(&s->out->result.findings, rule, "%s", message);

	found->ref = ref;
	found->hint = hint;
	/* Nothing may lower these, whatever a policy says. */
	found->severity = GM_SEV_ERROR;
	s->out->structural++;
	return found;
}

static bool starts(const char *ref, const char *prefix)
{
	return gm_str_starts(gm_str(ref), gm_str(prefix));
}

/*
 * Namespaces a push may write; every other one is refused.  What a clone has
 * fetched from a remote counts there: whoever mirrors this server would take a
 * push's word for that.
 */
static bool writable(const struct state *s, const char *ref)
{
	struct gm_str folded = gm_path_fold(s->a, gm_str(ref));

	if (gm_str_starts(folded, GM_STR("refs/replace/")) ||
	    gm_str_starts(folded, GM_STR("refs/notes/remotes/")))
		return false;
	if (starts(ref, "refs/heads/") || starts(ref, "refs/tags/") ||
	    starts(ref, "refs/notes/"))
		return true;
	for (size_t i = 0; i < s->server->allow.n; i++)
		if (starts(ref, s->server->allow.items[i]))
			return true;
	return false;
}

/* A ref with the name of the directory would leave no place for the others. */
static bool is_records(const char *ref)
{
	return starts(ref, RECORDS) ||
	       gm_str_is(gm_str_sub(gm_str(RECORDS), 0, sizeof(RECORDS) - 2),
			 ref);
}

/* What evidence rests on: it is signed for in the records. */
static int judge_exhibits(struct state *s, const struct gm_push_update *u,
			  const struct gm_oid *now_, struct gm_err *err)
{
	struct gm_records bad = { 0 };

	if (gm_exhibits_added(&bad, s->a, s->repo, now_, &u->new_oid, err) < 0)
		return -1;
	for (size_t i = 0; i < bad.n_bad; i++)
		refuse(s, GM_RULE_BAD_RECORD, u->ref,
		       gm_printf(s->a, "the exhibit %s: %s",
				 gm_oid_hex(s->a, &bad.bad[i].on),
				 bad.bad[i].why),
		       "Keep exhibits with 'git migrate record'.");
	return 0;
}

static const char *place_of(struct gm_arena *a, const struct gm_bad_line *bad)
{
	const char *on = gm_oid_hex(a, &bad->on);

	if (!bad->line)
		return gm_printf(a, "the note on %.12s", on);
	return gm_printf(a, "line %zu of the note on %.12s", bad->line, on);
}

/* What is added must be signed by somebody who may. */
static int judge_added(struct state *s, const struct gm_push_update *u,
		       const struct gm_oid *now_, struct gm_err *err)
{
	struct gm_records bad = { 0 };

	if (gm_approvals_added(&bad, s->consent.approvals, u->ref, now_,
			       &u->new_oid, err) < 0)
		return -1;
	for (size_t i = 0; i < bad.n_bad; i++)
		refuse(s, GM_RULE_BAD_RECORD, u->ref,
		       gm_printf(s->a, "%s: %s", place_of(s->a, &bad.bad[i]),
				 bad.bad[i].why),
		       bad.bad[i].hint);
	return 0;
}

/*
 * The recorder's word is taken for what has landed, but what nobody could read
 * would stop every push after it.
 */
static int judge_landed(struct state *s, const struct gm_push_update *u,
			const struct gm_oid *now_, struct gm_err *err)
{
	struct gm_oid on;
	const char *why;
	int found;

	found = gm_landed_added(&on, &why, s->a, s->repo, s->policy.project,
				now_, &u->new_oid, err);
	if (found > 0)
		refuse(s, GM_RULE_BAD_RECORD, u->ref,
		       gm_printf(s->a, "a line of the note on %.12s: %s",
				 gm_oid_hex(s->a, &on), why),
		       "Record what has landed with the program's own"
		       " post-receive hook.");
	return found < 0 ? -1 : 0;
}

/* Does the host say that its recorder pushes? */
static bool by_recorder(const struct gm_server *server)
{
	const struct gm_pusher *pusher = &server->pusher;

	if (!server->recorder || pusher->unknown)
		return false;
	for (size_t i = 0; i < pusher->names.n; i++)
		if (!strcmp(pusher->names.items[i], server->recorder))
			return true;
	return false;
}

/* refs/notes/migrate/...: only appends, and `landed` only by its recorder. */
static int judge_records(struct state *s, const struct gm_push_update *u,
			 const struct gm_oid *now_, struct gm_err *err)
{
	static const char *const known[] = { RECORDS "approvals",
					     RECORDS "evidence",
					     RECORDS "overrides",
					     GM_EXHIBITS_REF };
	bool landed = !strcmp(u->ref, GM_LANDED_REF);
	bool found = landed && by_recorder(s->server);
	const char *why;
	int append;

	for (size_t i = 0; i < GM_COUNT(known); i++)
		found |= !strcmp(u->ref, known[i]);
	if (!found) {
		refuse(s, GM_RULE_REF_REFUSED, u->ref,
		       landed ? "only the server writes what has landed"
			      : "there are no such records",
		       "Push the records in " RECORDS "approvals, evidence,"
		       " exhibits and overrides only.");
		return 0;
	}
	if (gm_oid_is_zero(&u->new_oid)) {
		refuse(s, GM_RULE_RECORDS_REWRITTEN, u->ref,
		       "the push would delete signed records",
		       "Records are only ever added to.");
		return 0;
	}
	append =
		gm_notes_is_append(&why, s->a, s->repo, now_, &u->new_oid, err);
	if (append < 0 && (err->code == GM_EINPUT || err->code == GM_EGIT)) {
		why = gm_strdup(s->a, err->msg);
		append = 0;
		*err = (struct gm_err)GM_ERR_INIT;
	}
	if (append < 0)
		return -1;
	if (!append) {
		refuse(s, GM_RULE_RECORDS_REWRITTEN, u->ref,
		       gm_printf(s->a, "records may only be added: %s", why),
		       "Fetch the server's records, merge them with 'git notes"
		       " merge -s cat_sort_uniq', push again without force.");
		return 0;
	}
	if (!s->has_policy) {
		refuse(s, GM_RULE_BAD_RECORD, u->ref,
		       "there is no policy yet to judge records by",
		       "Push the policy first, then the records.");
		return 0;
	}
	if (!strcmp(u->ref, GM_EXHIBITS_REF))
		return judge_exhibits(s, u, now_, err);
	return landed ? judge_landed(s, u, now_, err)
		      : judge_added(s, u, now_, err);
}

/* The commit a protected ref would name; false when a finding was given. */
static int new_tip(bool *usable, struct gm_oid *out, struct state *s,
		   const struct gm_push_update *u, struct gm_err *err)
{
	enum gm_object_kind kind;

	*usable = false;
	if (gm_object_peel(out, &kind, s->repo, &u->new_oid, err) < 0)
		return -1;
	if (kind == GM_OBJECT_COMMIT &&
	    (starts(u->ref, "refs/tags/") || gm_oid_eq(out, &u->new_oid))) {
		*usable = true;
		return 0;
	}
	refuse(s, GM_RULE_REF_REFUSED, u->ref,
	       "a protected ref may only name a commit",
	       "Push the commit, not a tag, tree or blob.");
	return 0;
}

/* History that shares no commit with what the server has. */
static int judge_roots(struct state *s, const struct gm_push_update *u,
		       const struct gm_oid *base, const struct gm_oid *tip,
		       struct gm_err *err)
{
	struct gm_oids commits = { 0 };

	if (gm_walk(&commits, s->a, s->repo, tip, base, 1, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_arena_mark mark = gm_arena_mark(s->a);
		struct gm_commit c;
		struct gm_finding *found;

		if (gm_commit_read(&c, s->a, s->repo, &commits.items[i], err) <
		    0)
			return -1;
		if (c.n_parents) {
			gm_arena_reset(s->a, mark);
			continue;
		}
		found = refuse(s, GM_RULE_REF_REFUSED, u->ref,
			       "the push joins a history with a root of its"
			       " own",
			       "Bring the files in with ordinary commits.");
		found->commit = gm_oid_hex(s->a, &c.oid);
		found->subject = gm_commit_subject(s->a, &c);
	}
	return 0;
}

static int judge_range(struct state *s, const struct gm_push_update *u,
		       const struct gm_oid *base, const struct gm_oid *tip,
		       struct gm_err *err)
{
	struct gm_context cx = { .policy = s->policy };
	struct gm_range range = {
		.tip = *tip,
		.base = *base,
		.ref = u->ref,
		.policy_ref = !strcmp(u->ref, s->server->policy_ref),
		.now = s->now,
		.consent = &s->consent,
	};
	size_t before = s->out->result.findings.n;

	s->out->result.findings.severity = s->policy.severity;
	if (gm_context_roots_between(&cx.roots, s->a, s->repo, &cx.policy, base,
				     tip, err) < 0 ||
	    gm_check_range(&s->out->result, s->a, s->repo, &cx, &range, err) <
		    0)
		return -1;
	for (; before < s->out->result.findings.n; before++)
		s->out->result.findings.items[before].ref = u->ref;
	return 0;
}

/* A new ref may start only where the guarded history is as it landed. */
static int judge_start(struct state *s, const struct gm_push_update *u,
		       const struct gm_oid *shared, struct gm_err *err)
{
	const struct gm_start start = {
		.commit = *shared,
		.guarded = s->policy_tip,
		.history = s->server->policy_ref,
		.ref = u->ref,
	};

	s->out->result.findings.severity = s->policy.severity;
	return gm_check_start(&s->out->result, s->a, s->repo, &s->policy,
			      &start, err);
}

static int judge_protected(struct state *s, const struct gm_push_update *u,
			   const struct gm_oid *now_, struct gm_err *err)
{
	struct gm_oid base = *now_, tip;
	bool usable;
	int descends;

	if (gm_oid_is_zero(&u->new_oid)) {
		refuse(s, GM_RULE_REF_REFUSED, u->ref,
		       "a protected ref may not be deleted",
		       "Take it out of 'protected' in the policy first.");
		return 0;
	}
	if (new_tip(&usable, &tip, s, u, err) < 0)
		return -1;
	if (!usable)
		return 0;
	s->consent.landed = *now_;
	if (gm_oid_is_zero(now_)) {
		/* A new ref is compared with what it shares. */
		int shared = gm_merge_base(&base, s->repo, &s->policy_tip, &tip,
					   err);

		if (shared < 0)
			return -1;
		if (!shared) {
			refuse(s, GM_RULE_REF_REFUSED, u->ref,
			       "the new ref shares no history with the policy"
			       " ref",
			       "Branch off the guarded history.");
			return 0;
		}
		if (judge_start(s, u, &base, err) < 0)
			return -1;
	} else {
		enum gm_object_kind kind;

		if (gm_object_peel(&base, &kind, s->repo, now_, err) < 0)
			return -1;
		s->consent.landed = base;
		descends = gm_is_ancestor(s->repo, &base, &tip, err);
		if (descends < 0)
			return -1;
		if (!descends) {
			refuse(s, GM_RULE_REF_REFUSED, u->ref,
			       "a protected ref may only move forward, and the"
			       " new commit does not descend from the old one",
			       "Fetch, rebase or merge, and push without"
			       " force.");
			return 0;
		}
	}
	if (judge_roots(s, u, &base, &tip, err) < 0)
		return -1;
	return judge_range(s, u, &base, &tip, err);
}

/* The first policy: read it, judge nothing by it, and say so. */
static int judge_first_policy(struct state *s, const struct gm_push_update *u,
			      struct gm_err *err)
{
	struct gm_policy policy;
	struct gm_roots roots;
	enum gm_object_kind kind;
	struct gm_oid tip, none = { { 0 } };
	int found;

	if (gm_oid_is_zero(&u->new_oid))
		return 0;
	if (gm_object_peel(&tip, &kind, s->repo, &u->new_oid, err) < 0)
		return -1;
	if (kind != GM_OBJECT_COMMIT)
		return 0;
	found = gm_policy_of_commit(&policy, s->a, s->repo, &tip, u->ref, err);
	if (found <= 0)
		return found;
	if (s->server->project && strcmp(s->server->project, policy.project)) {
		refuse(s, GM_RULE_POLICY_CHANGE, u->ref,
		       gm_printf(s->a,
				 "the policy is for project '%s', and this"
				 " server is set up for '%s'",
				 policy.project, s->server->project),
		       "Correct 'project' in the policy, or have an"
		       " administrator set migrate.project.");
		return 0;
	}
	if (gm_context_roots_between(&roots, s->a, s->repo, &policy, &none,
				     &tip, err) < 0)
		return gm_fail_in(err, "the first policy cannot be used");
	s->out->bootstrap = true;
	*GM_PUSH(s->a, &s->out->notices) = gm_printf(
		s->a,
		"first policy (project '%s', version %lld): accepted without"
		" judging what comes with it; every later push is judged by"
		" it",
		policy.project, (long long)policy.version);
	return 0;
}

static int open_consent(struct state *s, struct gm_err *err)
{
	struct gm_approvals_from from = {
		.policy = &s->policy,
		.policy_commit = s->policy_tip,
		.where = s->server->policy_ref,
		.frugal = true,
		.now = s->now,
	};

	s->consent.pushers = s->server->pusher.names;
	s->consent.pusher_unknown = s->server->pusher.unknown;
	return gm_approvals_open(&s->consent.approvals, s->a, s->repo, &from,
				 err);
}

static int load_policy(struct state *s, const struct gm_push *push,
		       struct gm_err *err)
{
	const char *ref = s->server->policy_ref;
	int found = gm_ref_get(&s->policy_tip, s->repo, ref, err);

	if (found < 0)
		return -1;
	if (found) {
		found = gm_policy_of_commit(&s->policy, s->a, s->repo,
					    &s->policy_tip, ref, err);
		if (found < 0)
			return -1;
	}
	s->has_policy = found > 0;
	if (!s->has_policy) {
		for (size_t i = 0; i < push->n; i++)
			if (!strcmp(push->items[i].ref, ref) &&
			    judge_first_policy(s, &push->items[i], err) < 0)
				return -1;
		if (s->out->bootstrap || s->out->structural)
			return 0;
		gm_fail(err, GM_EPOLICY, "there is no policy at %s:%s", ref,
			GM_POLICY_PATH);
		return gm_hint(err,
			       "Commit one with 'git migrate init' and push it"
			       " to %s first.",
			       ref);
	}
	if (s->server->project &&
	    strcmp(s->server->project, s->policy.project)) {
		gm_fail(err, GM_EPOLICY,
			"the policy at %s is for project '%s', and this server"
			" is set up for '%s'",
			ref, s->policy.project, s->server->project);
		return gm_hint(err, "An administrator corrects"
				    " migrate.project.");
	}
	if (s->policy.version < s->server->policy_floor) {
		gm_fail(err, GM_EPOLICY,
			"the policy at %s has version %lld, and this server"
			" judges by none before %lld",
			ref, (long long)s->policy.version,
			(long long)s->server->policy_floor);
		return gm_hint(err, "It has been taken back: an administrator"
				    " finds out how.");
	}
	return open_consent(s, err);
}

/*
 * Is it the name of a guarded ref where case or Unicode form does not count:
 * on the disk of this server, in a clone, or to who reads it?
 */
static bool is_twin(const struct state *s, const char *ref)
{
	const struct gm_strings *guarded = &s->policy.protected_;
	struct gm_str folded = gm_path_fold(s->a, gm_str(ref));

	if (gm_str_starts(folded, GM_STR(RECORDS)) ||
	    gm_str_eq(folded,
		      gm_path_fold(s->a, gm_str(s->server->policy_ref))))
		return true;
	for (size_t i = 0; i < guarded->n; i++)
		if (gm_glob_match(gm_path_fold(s->a, gm_str(guarded->items[i])),
				  folded))
			return true;
	return false;
}

static int judge_update(struct state *s, const struct gm_push_update *u,
			struct gm_err *err)
{
	struct gm_oid now_ = { { 0 } };
	const char *target;
	int symbolic;

	if (!writable(s, u->ref)) {
		refuse(s, GM_RULE_REF_REFUSED, u->ref,
		       "pushes may not write in this namespace",
		       "Push to refs/heads/, refs/tags/ or refs/notes/; an"
		       " administrator can allow more with migrate.allowRef.");
		return 0;
	}
	symbolic = gm_ref_symbolic(&target, s->a, s->repo, u->ref, err);
	if (symbolic < 0)
		return -1;
	if (symbolic) {
		refuse(s, GM_RULE_REF_REFUSED, u->ref,
		       gm_printf(s->a, "it is another name for '%s'", target),
		       gm_printf(s->a, "Push to %s itself.", target));
		return 0;
	}
	if (gm_ref_get(&now_, s->repo, u->ref, err) < 0)
		return -1;
	if (!gm_oid_eq(&now_, &u->old_oid)) {
		refuse(s, GM_RULE_REF_REFUSED, u->ref,
		       gm_printf(s->a,
				 "the push says the ref is at %.12s, but the"
				 " server has it at %.12s",
				 gm_oid_hex(s->a, &u->old_oid),
				 gm_oid_hex(s->a, &now_)),
		       "Fetch and push again.");
		return 0;
	}
	if (is_records(u->ref))
		return judge_records(s, u, &now_, err);
	if (s->out->bootstrap)
		return 0;
	if (!gm_push_guards(s->server, &s->policy, u->ref)) {
		if (!gm_oid_is_zero(&u->new_oid) && is_twin(s, u->ref))
			refuse(s, GM_RULE_REF_REFUSED, u->ref,
			       "some file systems, and people, take it for a"
			       " ref that is guarded",
			       "Give it another name.");
		return 0;
	}
	return judge_protected(s, u, &now_, err);
}

int gm_check_push(struct gm_push_verdict *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_server *server,
		  const struct gm_push *push, int64_t now, struct gm_err *err)
{
	struct state s = {
		.out = out,
		.a = a,
		.repo = r,
		.server = server,
		.now = now,
	};

	*out = (struct gm_push_verdict){ .result.findings =
						 gm_findings(a, NULL) };
	if (load_policy(&s, push, err) < 0)
		return -1;
	/* The first policy was refused: there is none to judge by. */
	if (!s.has_policy && !out->bootstrap)
		return 0;
	for (size_t i = 0; i < push->n; i++)
		if (judge_update(&s, &push->items[i], err) < 0)
			return gm_fail_in(err, "%s", push->items[i].ref);
	return 0;
}

bool gm_push_guards(const struct gm_server *server,
		    const struct gm_policy *policy, const char *ref)
{
	return !strcmp(ref, server->policy_ref) ||
	       gm_policy_protects(policy, ref);
}

bool gm_push_refused(const struct gm_push_verdict *v,
		     const struct gm_server *server)
{
	const struct gm_findings *f = &v->result.findings;

	if (v->structural)
		return true;
	/* What no policy may lower, no warning may wave through. */
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].severity == GM_SEV_ERROR &&
		    (gm_rule_info(f->items[i].rule)->flags & GM_RULE_FIXED))
			return true;
	return !server->warn_only && f->errors > 0;
}

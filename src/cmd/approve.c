/* git migrate approve: sign that a migration, or a policy, may land. */
#include <string.h>

#include "approval/exhibit.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/exchange.h"
#include "cmd/pick.h"
#include "cmd/seal.h"
#include "git/ref.h"
#include "report/overview.h"

struct args {
	struct gm_seal_args seal;
	const char *env;
	const char *revoke;
	bool reject;
	bool policy;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "approve running it there, instead of landing"),
	GM_OPT_FLAG(0, "policy", struct args, policy,
		    "approve the change of the policy at <id>, a commit"),
	GM_OPT_FLAG(0, "reject", struct args, reject,
		    "reject it: no approval of these bytes counts any more"),
	GM_OPT_STRING(0, "revoke", struct args, revoke, "record",
		      "take back the record of that id"),
	GM_SEAL_OPTIONS("the reason, which is signed as well"),
	GM_OPT_OPERAND("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static int check_usage(const struct args *args, struct gm_err *err)
{
	if (args->reject && args->revoke)
		return gm_fail(err, GM_EUSAGE,
			       "--reject and --revoke exclude each other");
	if (args->policy && args->revoke)
		return gm_fail(err, GM_EUSAGE,
			       "--revoke needs no --policy: it names a record");
	if (args->policy && args->env)
		return gm_fail(err, GM_EUSAGE,
			       "a policy is not approved for one environment");
	if (args->policy && args->id && args->seal.at)
		return gm_fail(err, GM_EUSAGE,
			       "--at and '%s' both name a commit", args->id);
	if (args->revoke && args->id) {
		gm_fail(err, GM_EUSAGE, "what is '%s' for?", args->id);
		return gm_hint(err, "--revoke names the record; it knows what"
				    " it is about.");
	}
	if (!args->id && !args->revoke && !args->policy && !args->seal.push) {
		gm_fail(err, GM_EUSAGE, "which migration?");
		return gm_hint(err, "'git migrate verify' says which of them"
				    " need approvals.");
	}
	return 0;
}

/* --- what is said before and after --- */

static int refuse_bad(const struct gm_review_item *item, struct gm_err *err)
{
	if (!item->bad.n_bad)
		return 0;
	return gm_bad_line_fail(item->bad.bad, GM_NOTHING_COUNTS, err);
}

static bool is_author(const struct gm_seal *s,
		      const struct gm_review_item *item)
{
	const struct gm_strings *authors = &item->subject.authors;

	for (size_t i = 0; i < authors->n; i++)
		if (gm_policy_same(&s->review.policy, gm_str(authors->items[i]),
				   gm_str(s->principal)))
			return true;
	return false;
}

static void note_before(const struct gm_seal *s,
			const struct gm_review_item *item)
{
	const struct gm_record *no = item->tally.rejected_by;

	if (no)
		gm_cmd_note(s->cx,
			    "%s rejects it (%.16s); until that is taken back no"
			    " approval counts",
			    no->signer, no->id);
	if (!item->need)
		gm_cmd_note(s->cx, "the policy asks for no approval of this");
	else if (item->need->exclude_author && is_author(s, item))
		gm_cmd_note(s->cx,
			    "you are an author or committer of this, and the"
			    " policy does not count those");
}

/* How it stands now, and what became of this record. */
static int tell(struct gm_seal *s, struct gm_review_item *item, const char *id,
		struct gm_err *err)
{
	const struct gm_review_from from = {
		.remote = s->args->remote,
		.ref = item->subject.ref,
		.now = s->review.now,
	};
	struct gm_map people = s->review.people;

	if (gm_review_open(&s->review, s->cx->arena, s->cx->repo, &from, err) <
	    0)
		return -1;
	s->review.people = people;
	if (gm_review_judge(item, s->cx->arena, &s->review, err) < 0)
		return -1;
	for (size_t i = 0; i < item->tally.n; i++) {
		const struct gm_vote *v = &item->tally.votes[i];

		if (strcmp(v->record->id, id) || v->state == GM_VOTE_COUNTS ||
		    v->state == GM_VOTE_REJECTS ||
		    v->state == GM_VOTE_TAKES_BACK)
			continue;
		gm_cmd_note(s->cx, "it does not count: %s", v->why);
	}
	fprintf(s->cx->out, "%s: %s\n",
		item->id ? gm_escaped(s->cx->arena, gm_str(item->id))
			 : GM_POLICY_PATH,
		gm_review_words(s->cx->arena, item));
	return 0;
}

/* --- approve or reject --- */

/* Who rejects needs one of the roles, or admin. */
static int rejecting_role(const char **out, const struct gm_seal *s,
			  const struct gm_review_item *item, struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	const struct gm_policy_approval *need = item->need;

	for (size_t i = 0; !s->args->role && need && i < need->n_need; i++)
		if (gm_policy_has_role(p, need->need[i].role,
				       gm_str(s->principal))) {
			*out = need->need[i].role;
			return 0;
		}
	if (!s->args->role &&
	    gm_policy_has_role(p, "admin", gm_str(s->principal))) {
		*out = "admin";
		return 0;
	}
	return gm_seal_role(out, s, need, NULL, err);
}

static int sign_item(struct gm_seal *s, struct gm_review_item *item,
		     const struct args *args, struct gm_err *err)
{
	enum gm_record_kind kind =
		args->reject ? GM_RECORD_REJECT : GM_RECORD_APPROVE;
	struct gm_record r;
	int answer;

	if (refuse_bad(item, err) < 0 ||
	    gm_seal_record(&r, s, kind, &item->subject, err) < 0)
		return -1;
	if (args->reject) {
		r.target = r.digest;
		if (rejecting_role(&r.role, s, item, err) < 0)
			return -1;
	} else if (gm_seal_role(&r.role, s, item->need, &item->tally, err) <
		   0) {
		return -1;
	}
	if (!args->reject && item->need && item->need->expires)
		r.until = r.at + item->need->expires;
	if (gm_seal_show(s, &r, err) < 0)
		return -1;
	if (!args->reject)
		note_before(s, item);
	answer = gm_seal_ask(
		s, args->reject ? "Reject this?" : "Approve of this?", err);
	if (answer <= 0)
		return answer < 0 ? -1 : 1;
	if (gm_seal_close(s, &r, &item->on, err) < 0)
		return -1;
	return tell(s, item, r.id, err);
}

/* --- a migration --- */

static void show_migration(const struct gm_seal *s, const struct gm_overview *o,
			   const struct gm_overview_detail *detail)
{
	struct gm_buf text = gm_buf(s->cx->arena);

	gm_report_show(&text, o, detail, true, s->cx->color);
	gm_buf_putc(&text, '\n');
	fwrite(text.ptr, 1, text.len, s->cx->out);
}

static int approve_migration(struct gm_seal *s, const struct args *args,
			     struct gm_err *err)
{
	struct gm_ctx *cx = s->cx;
	struct gm_overview_detail detail;
	struct gm_review_item item;
	struct gm_overview o;
	size_t at = 0;

	if (gm_overview_read_by(&o, cx->arena, cx->repo, s->args->at,
				&s->review.policy, err) < 0 ||
	    gm_pick(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_overview_detail(&detail, cx->arena, cx->repo, &o, at, err) < 0 ||
	    gm_review_people(&s->review, cx->arena, cx->repo, &s->tip, err) <
		    0 ||
	    gm_review_migration(&item, cx->arena, cx->repo, &s->review, &o, at,
				err) < 0)
		return -1;
	if (gm_seal_place(&item, s, args->env, err) < 0 ||
	    gm_review_judge(&item, cx->arena, &s->review, err) < 0)
		return -1;
	show_migration(s, &o, &detail);
	return sign_item(s, &item, args, err);
}

/* --- the policy --- */

/* git itself shows it, without what a configuration could hide a line with. */
static int show_policy(const struct gm_seal *s, struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;
	const char *const argv[] = {
		"git",
		"--no-replace-objects",
		"diff",
		"--no-color",
		"--no-ext-diff",
		"--no-textconv",
		"--no-renames",
		"--no-relative",
		"--ignore-submodules=none",
		"--text",
		gm_oid_hex(a, &s->review.policy_commit),
		gm_oid_hex(a, &s->tip),
		"--",
		":(top).migrate",
		NULL,
	};
	const struct gm_child child = { .argv = argv };
	struct gm_str out, line;
	int status = gm_child_run(&out, a, &child, err);

	if (status < 0)
		return -1;
	if (status)
		return gm_fail(err, GM_EPROGRAM, "git diff failed");
	fprintf(s->cx->out, "The policy changes from %s to %.12s:\n",
		s->review.where, gm_oid_hex(a, &s->tip));
	while (gm_str_line(&line, &out)) {
		struct gm_buf text = gm_buf(a);

		gm_escape_source(&text, line, NULL);
		fprintf(s->cx->out, "%s%s\n", text.len ? "    " : "", text.ptr);
	}
	fputc('\n', s->cx->out);
	return 0;
}

/* One that nobody could be judged by is not worth a signature. */
static int check_policy(const struct gm_seal *s, struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;
	const char *where = gm_printf(a, "%.12s", gm_oid_hex(a, &s->tip));
	struct gm_signers signers = { 0 };
	struct gm_policy policy;

	if (gm_policy_of_commit(&policy, a, s->cx->repo, &s->tip, where, err) <
		    0 ||
	    gm_signers_read(&signers, a, s->cx->repo, &s->tip, where, err) < 0)
		return -1;
	if (policy.version > s->review.policy.version)
		return 0;
	gm_fail(err, GM_EPOLICY,
		"the policy changed, and its version %lld is not above the %lld"
		" of %s",
		(long long)policy.version, (long long)s->review.policy.version,
		s->review.where);
	return gm_hint(err, "Its author is to set 'version: %lld'.",
		       (long long)s->review.policy.version + 1);
}

static int approve_policy(struct gm_seal *s, const struct args *args,
			  struct gm_err *err)
{
	struct gm_ctx *cx = s->cx;
	struct gm_review_item item;

	if (gm_review_people(&s->review, cx->arena, cx->repo, &s->tip, err) <
		    0 ||
	    gm_review_policy(&item, cx->arena, cx->repo, &s->review, &s->tip,
			     err) < 0)
		return -1;
	if (item.landed) {
		gm_fail(err, GM_EINPUT,
			"%.12s does not change the policy of %s",
			gm_oid_hex(cx->arena, &s->tip), s->review.where);
		return gm_hint(err,
			       "Name the commit that does: 'git migrate approve"
			       " --policy <commit>'.");
	}
	if (check_policy(s, err) < 0 ||
	    gm_review_judge(&item, cx->arena, &s->review, err) < 0 ||
	    show_policy(s, err) < 0)
		return -1;
	return sign_item(s, &item, args, err);
}

/* --- taking back --- */

static int revoking_role(const char **out, const struct gm_seal *s,
			 const struct gm_record *target, struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;

	if (gm_policy_same(p, gm_str(s->principal), gm_str(target->signer))) {
		*out = target->role;
		return 0;
	}
	if (gm_policy_has_role(p, "admin", gm_str(s->principal))) {
		*out = "admin";
		return 0;
	}
	gm_fail(err, GM_EINPUT, "'%s' cannot take back what '%s' has signed",
		s->principal, target->signer);
	return gm_hint(err, "Only its signer can, or an admin.");
}

/* An override is taken back like an approval, and by the same record. */
static int find_target(const struct gm_record **out, const struct gm_seal *s,
		       const char *id, struct gm_err *err)
{
	struct gm_err other = GM_ERR_INIT;

	if (!gm_seal_find(out, s, GM_APPROVALS_REF, id, err))
		return 0;
	if (err->code != GM_ENOT_FOUND)
		return -1;
	if (gm_seal_find(out, s, GM_OVERRIDES_REF, id, &other) < 0) {
		if (other.code != GM_ENOT_FOUND)
			*err = other;
		return -1;
	}
	*err = other;
	if ((*out)->kind == GM_RECORD_OVERRIDE)
		return 0;
	return gm_fail(err, GM_EINPUT,
		       "%.16s closes a follow-up, and that is"
		       " final",
		       (*out)->id);
}

static int revoke(struct gm_seal *s, const struct args *args,
		  struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;
	struct gm_subject subject;
	const struct gm_record *target;
	struct gm_record r;
	int answer;

	if (find_target(&target, s, args->revoke, err) < 0)
		return -1;
	if (target->kind == GM_RECORD_REVOKE) {
		gm_fail(err, GM_EINPUT,
			"%.16s takes something back already,"
			" and that is final",
			target->id);
		return gm_hint(err, "Approve or reject anew.");
	}
	subject = gm_seal_about(target);
	if (gm_seal_record(&r, s, GM_RECORD_REVOKE, &subject, err) < 0 ||
	    revoking_role(&r.role, s, target, err) < 0)
		return -1;
	r.target = target->id;
	fprintf(s->cx->out, "Taken back will be the %s by %s as %s of %s%s%s\n",
		gm_record_kind_name(target->kind), target->signer, target->role,
		gm_time_format(a, target->at), target->why ? ": " : "",
		target->why ? gm_escaped(a, gm_str(target->why)) : "");
	if (gm_seal_show(s, &r, err) < 0)
		return -1;
	answer = gm_seal_ask(s, "Take it back?", err);
	if (answer <= 0)
		return answer < 0 ? -1 : 1;
	return gm_seal_close(s, &r, &target->on, err);
}

/* --- what was signed before --- */

static int push_all(struct gm_ctx *cx, const struct gm_seal_args *args,
		    struct gm_err *err)
{
	const struct gm_review_from from = { .remote = args->remote,
					     .now = gm_now() };
	static const char *const refs[] = { GM_APPROVALS_REF, GM_OVERRIDES_REF,
					    GM_EXHIBITS_REF, GM_EVIDENCE_REF };
	struct gm_review review = { 0 };
	struct gm_oid tip;

	if (gm_review_open(&review, cx->arena, cx->repo, &from, err) < 0)
		return -1;
	if (!review.remote)
		return gm_fail(err, GM_ENOT_FOUND, "there is no remote");
	for (size_t i = 0; i < GM_COUNT(refs); i++) {
		int found = gm_ref_get(&tip, cx->repo, refs[i], err);

		if (found < 0 || (found && gm_exchange_push(cx, review.remote,
							    refs[i], err) < 0))
			return -1;
		if (found)
			fprintf(cx->out, "Pushed %s to %s.\n", refs[i],
				gm_escaped(cx->arena, gm_str(review.remote)));
	}
	return gm_exchange_settle(cx, review.remote, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_seal_args seal = args->seal;
	struct gm_seal s;

	if (check_usage(args, err) < 0)
		return -1;
	if (args->policy && args->id)
		seal.at = args->id;
	if (!args->id && !args->revoke && !args->policy)
		return push_all(cx, &seal, err);
	if (gm_seal_open(&s, cx, &seal, GM_APPROVALS_REF, err) < 0)
		return -1;
	if (args->revoke)
		return revoke(&s, args, err);
	return args->policy ? approve_policy(&s, args, err)
			    : approve_migration(&s, args, err);
}

const struct gm_cmd gm_cmd_approve = {
	.name = "approve",
	.summary = "sign that a migration may land",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

/* git migrate break-glass: sign that a migration passes in an emergency. */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cmd/pick.h"
#include "cmd/seal.h"
#include "report/overview.h"

struct args {
	struct gm_seal_args seal;
	const char *ticket;
	const char *risk;
	const char *recovery;
	const char *follow_up;
	const char *env;
	const char *close;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "ticket", struct args, ticket, "ticket",
		      "what it is filed under; commits name it"),
	GM_OPT_STRING(0, "risk", struct args, risk, "text",
		      "what may go wrong"),
	GM_OPT_STRING(0, "recovery", struct args, recovery, "text",
		      "how to get back if it does"),
	GM_OPT_STRING(0, "follow-up", struct args, follow_up, "text",
		      "what is to be done afterwards"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "let it run there, instead of landing"),
	GM_OPT_STRING(0, "close", struct args, close, "record",
		      "say that the follow-up of that override is done"),
	GM_SEAL_OPTIONS("a further reason, which is signed as well"),
	GM_OPT_OPERAND("id", struct args, id, "the migration"),
	GM_OPT_END,
};

/* --- usage --- */

static int need(const char *value, const char *option, const char *why,
		struct gm_err *err)
{
	if (value && gm_str_trim(gm_str(value)).len)
		return 0;
	gm_fail(err, GM_EUSAGE, "--%s is missing", option);
	return gm_hint(err, "An override has to say %s.", why);
}

static int check_usage(const struct args *args, struct gm_err *err)
{
	if (args->close) {
		if (args->id || args->ticket || args->risk || args->recovery ||
		    args->follow_up || args->env)
			return gm_fail(err, GM_EUSAGE,
				       "--close takes the record alone");
		return 0;
	}
	if (!args->id) {
		gm_fail(err, GM_EUSAGE, "which migration?");
		return gm_hint(err, "'git migrate log' lists them.");
	}
	if (need(args->ticket, "ticket", "what it is filed under", err) < 0 ||
	    need(args->risk, "risk", "what may go wrong", err) < 0 ||
	    need(args->recovery, "recovery", "how to get back", err) < 0 ||
	    need(args->follow_up, "follow-up", "what is to be done afterwards",
		 err) < 0)
		return -1;
	/* It has to come back out of a trailer as it went in. */
	if (gm_str_trim(gm_str(args->ticket)).len != strlen(args->ticket) ||
	    strpbrk(args->ticket, "\r\n"))
		return gm_fail(err, GM_EUSAGE,
			       "a ticket is one line without blanks around it");
	return 0;
}

/* --- the override --- */

static const struct gm_policy_approval *entry(const struct gm_seal *s)
{
	return gm_policy_approval(&s->review.policy, "break-glass");
}

static int no_entry(const struct gm_seal *s, struct gm_err *err)
{
	gm_fail(err, GM_EPOLICY, "the policy of %s allows no overrides",
		s->review.where);
	return gm_hint(err, "It would have to say, under 'approvals':\n"
			    "break-glass: {need: {incident-owner: 1},"
			    " expires: 4h}");
}

static int describe(struct gm_review_item *item, struct gm_seal *s,
		    const struct args *args, struct gm_err *err)
{
	struct gm_ctx *cx = s->cx;
	struct gm_buf text = gm_buf(cx->arena);
	struct gm_overview_detail detail;
	struct gm_overview o;
	size_t at = 0;

	if (gm_overview_read_by(&o, cx->arena, cx->repo, s->args->at,
				&s->review.policy, err) < 0 ||
	    gm_pick(&at, cx->arena, &o, args->id, err) < 0 ||
	    gm_overview_detail(&detail, cx->arena, cx->repo, &o, at, err) < 0 ||
	    gm_review_people(&s->review, cx->arena, cx->repo, &s->tip, err) <
		    0 ||
	    gm_review_migration(item, cx->arena, cx->repo, &s->review, &o, at,
				err) < 0)
		return -1;
	gm_report_show(&text, &o, &detail, true, cx->color);
	gm_buf_putc(&text, '\n');
	fwrite(text.ptr, 1, text.len, cx->out);
	return 0;
}

static void tell(const struct gm_seal *s, const struct gm_record *r,
		 const char *env)
{
	struct gm_arena *a = s->cx->arena;
	const char *until = gm_time_format(a, r->until);

	if (env)
		fprintf(s->cx->out, "It lets it run in %s until %s.\n", env,
			until);
	else
		fprintf(s->cx->out,
			"It covers commits that say so, until %s:\n"
			"    Break-Glass: %s\n",
			until, gm_escaped(a, gm_str(r->ticket)));
	fprintf(s->cx->out,
		"When the follow-up is done: git migrate break-glass --close"
		" %.16s\n",
		r->id);
}

static int override(struct gm_seal *s, const struct args *args,
		    struct gm_err *err)
{
	struct gm_tally tally = { 0 };
	struct gm_records bad = { 0 };
	struct gm_review_item item;
	struct gm_record r;
	int answer;

	if (!entry(s))
		return no_entry(s, err);
	if (describe(&item, s, args, err) < 0 ||
	    gm_seal_place(&item, s, args->env, err) < 0 ||
	    gm_approvals_override(&tally, &bad, s->review.approvals,
				  args->ticket, &item.subject, &item.on,
				  err) < 0 ||
	    gm_seal_record(&r, s, GM_RECORD_OVERRIDE, &item.subject, err) < 0 ||
	    gm_seal_role(&r.role, s, entry(s), &tally, err) < 0)
		return -1;
	if (entry(s)->expires)
		r.until = r.at + entry(s)->expires;
	r.ticket = args->ticket;
	r.risk = args->risk;
	r.recovery = args->recovery;
	r.follow_up = args->follow_up;
	if (gm_seal_show(s, &r, err) < 0)
		return -1;
	if (tally.rejected_by)
		gm_cmd_note(s->cx,
			    "%s rejects it (%.16s), and that goes before any"
			    " override",
			    tally.rejected_by->signer, tally.rejected_by->id);
	answer = gm_seal_ask(s, "Let this pass without approvals?", err);
	if (answer <= 0)
		return answer < 0 ? -1 : 1;
	if (gm_seal_close(s, &r, &item.on, err) < 0)
		return -1;
	tell(s, &r, args->env);
	return 0;
}

/* --- its end --- */

static int closing_role(const char **out, const struct gm_seal *s,
			struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	const struct gm_policy_approval *e = entry(s);
	struct gm_str who = gm_str(s->principal);

	for (size_t i = 0; e && !s->args->role && i < e->n_need; i++)
		if (gm_policy_has_role(p, e->need[i].role, who)) {
			*out = e->need[i].role;
			return 0;
		}
	if (!s->args->role && gm_policy_has_role(p, "admin", who)) {
		*out = "admin";
		return 0;
	}
	if (s->args->role)
		return gm_seal_role(out, s, e, NULL, err);
	gm_fail(err, GM_EINPUT, "'%s' cannot close a follow-up", s->principal);
	return gm_hint(err, "Who may make an override can, and an admin.");
}

static const struct gm_oid unknown;

/* Who closes one to withdraw it leaves it in force, and has closed nothing. */
static int note_unused(const struct gm_seal *s, const struct gm_record *target,
		       struct gm_err *err)
{
	const struct gm_review *review = &s->review;
	bool reviewed = !strcmp(target->ref, review->ref);
	struct gm_follow_ups open = { 0 };

	if (gm_approvals_follow_ups(&open, review->approvals, target->ref,
				    reviewed ? &review->landed : &unknown,
				    err) < 0)
		return -1;
	for (size_t i = 0; i < open.n; i++)
		if (!strcmp(open.items[i].override->id, target->id))
			return 0;
	gm_cmd_note(s->cx,
		    "its follow-up is not open here: it is closed already, or"
		    " was not used yet, and what is closed before that does not"
		    " count; what takes it back is 'git migrate approve"
		    " --revoke %.16s'",
		    target->id);
	return 0;
}

static int close_it(struct gm_seal *s, const struct args *args,
		    struct gm_err *err)
{
	const struct gm_record *target;
	struct gm_subject subject;
	struct gm_record r;
	int answer;

	if (gm_seal_find(&target, s, GM_OVERRIDES_REF, args->close, err) < 0)
		return -1;
	if (target->kind != GM_RECORD_OVERRIDE)
		return gm_fail(err, GM_EINPUT, "%.16s is no override",
			       target->id);
	subject = gm_seal_about(target);
	if (gm_seal_record(&r, s, GM_RECORD_CLOSE, &subject, err) < 0 ||
	    closing_role(&r.role, s, err) < 0)
		return -1;
	r.target = target->id;
	fprintf(s->cx->out, "The follow-up of '%s' by %s: %s\n",
		gm_escaped(s->cx->arena, gm_str(target->ticket)),
		target->signer,
		gm_escaped(s->cx->arena, gm_str(target->follow_up)));
	if (gm_seal_show(s, &r, err) < 0 || note_unused(s, target, err) < 0)
		return -1;
	answer = gm_seal_ask(s, "Is it done?", err);
	if (answer <= 0)
		return answer < 0 ? -1 : 1;
	return gm_seal_close(s, &r, &target->on, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_seal s;

	if (check_usage(args, err) < 0 ||
	    gm_seal_open(&s, cx, &args->seal, GM_OVERRIDES_REF, err) < 0)
		return -1;
	return args->close ? close_it(&s, args, err) : override(&s, args, err);
}

const struct gm_cmd gm_cmd_break_glass = {
	.name = "break-glass",
	.summary = "let a migration pass in an emergency, signed",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

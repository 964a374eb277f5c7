#include "check/consent.h"

#include <string.h>

#include "approval/subject.h"
#include "base/escape.h"

/* Votes and principals named in one finding. */
#define NOTES 12

static const char *missing_words(struct gm_arena *a, const struct gm_tally *t)
{
	struct gm_buf words = gm_buf(a);

	for (size_t i = 0; i < t->n_missing; i++)
		gm_buf_printf(&words, "%s%d %s", i ? ", " : "",
			      t->missing[i].count, t->missing[i].role);
	return words.len ? words.ptr : "nothing";
}

static void note_missing(struct gm_judge *j, struct gm_finding *found,
			 const struct gm_tally_missing *missing)
{
	struct gm_buf who = gm_buf(j->scratch);

	for (size_t i = 0; i < missing->principals->n; i++)
		gm_buf_printf(&who, "%s%s", i ? ", " : "",
			      missing->principals->items[i]);
	gm_find_note(&j->result->findings, found, "%s: %s", missing->role,
		     who.len ? who.ptr : "nobody else has this role");
}

void gm_consent_explain(struct gm_judge *j, const struct gm_consent *consent,
			struct gm_finding *found, const struct gm_tally *tally,
			const char *approve)
{
	struct gm_findings *f = &j->result->findings;

	for (size_t i = 0; i < tally->n_missing && found->notes.n < NOTES; i++)
		note_missing(j, found, &tally->missing[i]);
	for (size_t i = 0; i < tally->n && found->notes.n < NOTES; i++) {
		const struct gm_vote *vote = &tally->votes[i];

		if (!vote->why)
			continue;
		gm_find_note(f, found, "%s by %s (%s): %s",
			     gm_record_kind_name(vote->record->kind),
			     vote->record->signer, vote->record->role,
			     vote->why);
	}
	if (tally->rejected_by)
		gm_find_hint(f, found,
			     "Settle it with %s, who can take the rejection"
			     " back with 'git migrate approve --revoke %.16s',"
			     " or change the migration.",
			     tally->rejected_by->signer,
			     tally->rejected_by->id);
	else
		gm_find_hint(f, found,
			     "Have it reviewed with '%s', and the records"
			     " pushed with 'git push origin %s'; then %s.",
			     approve, GM_APPROVALS_REF,
			     consent->fetched
				     ? "bring them here with 'git fetch'"
				     : "push again");
}

void gm_consent_bad(struct gm_judge *j, const struct gm_judged_commit *tip,
		    struct gm_str path, const struct gm_records *bad)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found;

	if (!bad->n_bad)
		return;
	found = gm_judge_find(j, tip, GM_RULE_BAD_RECORD, path, "%s",
			      gm_bad_line_words(j->scratch, &bad->bad[0]));
	gm_find_hint(f, found,
		     "It could have been a rejection: have an administrator"
		     " take %s back to its last good commit.",
		     bad->bad[0].ref);
}

static const struct gm_pending_unit *pending_of(struct gm_judge *j,
						const struct gm_ended *e)
{
	return gm_map_get(&j->pending,
			  gm_judge_key(j->scratch, e->root, gm_str(e->id)));
}

int gm_consent_subject(struct gm_subject *out, const char **kind,
		       struct gm_judge *j, const struct gm_consent *consent,
		       const struct gm_ended *e, struct gm_err *err)
{
	const struct gm_pending_unit *p = pending_of(j, e);
	struct gm_migration *m = e->now_;
	/* Not read at all: whatever it does, it is not known to be safe. */
	const char *class_ = gm_class_name(
		p && p->last.sql ? p->last.sql->class_ : GM_CLASS_OPAQUE);

	if (p)
		m->meta = p->meta;
	*kind = gm_subject_kind(m->meta.phase, class_);
	if (gm_subject_of_migration(out, j->arena, j->repo,
				    j->cx->policy.project, m, class_, j->ref,
				    err) < 0)
		return -1;
	if (p)
		out->authors = p->people;
	out->pushers = consent->pushers;
	out->pusher_unknown = consent->pusher_unknown;
	return 0;
}

static int judge_follow_ups(struct gm_judge *j,
			    const struct gm_consent *consent,
			    const struct gm_judged_commit *tip,
			    const struct gm_subject *subject, const char *id,
			    struct gm_err *err)
{
	struct gm_follow_ups open = { 0 };

	if (gm_approvals_follow_ups(&open, consent->approvals, j->ref,
				    &consent->landed, err) < 0)
		return -1;
	for (size_t i = 0; i < open.n; i++) {
		const struct gm_record *r = open.items[i].override;
		struct gm_finding *found = gm_judge_find(
			j, tip, GM_RULE_UNAPPROVED, gm_str(subject->path),
			"the follow-up of the override '%s' is open, and no"
			" contract lands before it is done",
			r->ticket);

		gm_find_note(&j->result->findings, found, "follow-up: %s",
			     r->follow_up);
		gm_find_hint(&j->result->findings, found,
			     "When it is done: 'git migrate break-glass --close"
			     " %.16s', and push %s; then push '%s' again.",
			     r->id, GM_OVERRIDES_REF, id);
	}
	return 0;
}

/* What has no digest cannot be approved, whatever the other rules make of it.
 */
static int judge_unreadable(struct gm_judge *j,
			    const struct gm_judged_commit *tip,
			    const struct gm_ended *e, struct gm_str path)
{
	gm_judge_find(j, tip, GM_RULE_UNAPPROVED, path,
		      "'%s' cannot be approved: its files are not all plain"
		      " files that can be read",
		      e->id)
		->hint = "Make plain files of them, of at most 64 MiB.";
	return 0;
}

static int judge_one(struct gm_judge *j, const struct gm_consent *consent,
		     const struct gm_judged_commit *tip,
		     const struct gm_ended *e, struct gm_err *err)
{
	const struct gm_migration_file *up =
		gm_migration_file(e->now_, GM_ROLE_UP);
	const struct gm_pending_unit *p = pending_of(j, e);
	struct gm_subject subject;
	struct gm_records bad = { 0 };
	struct gm_tally tally = { 0 };
	struct gm_finding *found;
	const char *kind;
	int readable = gm_judge_readable(j, e->now_, err);

	if (readable < 0)
		return -1;
	if (!readable)
		return judge_unreadable(j, tip, e, up->path);
	if (gm_consent_subject(&subject, &kind, j, consent, e, err) < 0 ||
	    gm_approvals_judge(&tally, &bad, consent->approvals, kind, &subject,
			       &up->oid, err) < 0)
		return -1;
	gm_consent_bad(j, tip, gm_str(subject.path), &bad);
	if (!tally.approved && !bad.n_bad) {
		found = gm_judge_find(
			j, tip, GM_RULE_UNAPPROVED, gm_str(subject.path),
			tally.rejected_by ? "'%s' was rejected by %s"
					  : "'%s' lacks approvals: %s",
			e->id,
			tally.rejected_by ? tally.rejected_by->signer
					  : missing_words(j->scratch, &tally));
		if (p) {
			found->commit = p->last.commit;
			found->subject = p->last.subject;
		}
		gm_consent_explain(j, consent, found, &tally,
				   gm_printf(j->scratch,
					     "git migrate approve %s",
					     gm_shell_word(j->scratch, e->id)));
	}
	if (!strcmp(kind, "contract"))
		return judge_follow_ups(j, consent, tip, &subject, e->id, err);
	return 0;
}

/* Nothing of it is new to this ref, or another finding says all. */
static bool is_settled(struct gm_judge *j, const struct gm_ended *e)
{
	const struct gm_pending_unit *p = pending_of(j, e);

	if (!e->now_ || !gm_migration_file(e->now_, GM_ROLE_UP))
		return true;
	if (p)
		return p->settled;
	return gm_map_get(&j->landed,
			  gm_judge_key(j->scratch, e->root, gm_str(e->id)));
}

int gm_judge_consent(struct gm_judge *j, const struct gm_consent *consent,
		     const struct gm_judged_commit *tip,
		     const struct gm_ended_list *ended, struct gm_err *err)
{
	/* Who asks for no approvals gets none of their rules. */
	if (!j->cx->policy.n_approvals || !j->ref ||
	    !gm_policy_protects(&j->cx->policy, j->ref))
		return 0;
	for (size_t i = 0; i < ended->n; i++)
		if (!is_settled(j, ended->items[i]) &&
		    judge_one(j, consent, tip, ended->items[i], err) < 0)
			return -1;
	return 0;
}

/* --- the policy --- */

int gm_judge_policy_consent(struct gm_judge *j,
			    const struct gm_consent *consent,
			    const struct gm_oid *base,
			    const struct gm_commit *tip, struct gm_err *err)
{
	struct gm_judged_commit c = {
		.hex = gm_oid_hex(j->arena, &tip->oid),
		.subject = gm_commit_subject(j->arena, tip),
	};
	struct gm_subject subject;
	struct gm_tally tally = { 0 };
	struct gm_records bad = { 0 };
	struct gm_finding *found;
	struct gm_oid on;

	if (!gm_policy_approval(&j->cx->policy, "policy"))
		return 0;
	if (gm_subject_of_policy(&subject, &on, j->arena, j->repo,
				 j->cx->policy.project, base, &tip->oid, j->ref,
				 err) < 0)
		return -1;
	subject.authors = j->policy_people;
	subject.pushers = consent->pushers;
	subject.pusher_unknown = consent->pusher_unknown;
	if (gm_approvals_judge(&tally, &bad, consent->approvals, "policy",
			       &subject, &on, err) < 0)
		return -1;
	gm_consent_bad(j, &c, GM_STR(GM_POLICY_PATH), &bad);
	if (tally.approved && !bad.n_bad)
		return 0;
	found = gm_judge_find(
		j, &c, GM_RULE_POLICY_CHANGE, GM_STR(GM_POLICY_PATH),
		tally.rejected_by ? "the change of the policy was rejected"
				    " by %s"
				  : "the change of the policy lacks"
				    " approvals: %s",
		tally.rejected_by ? tally.rejected_by->signer
				  : missing_words(j->scratch, &tally));
	gm_consent_explain(j, consent, found, &tally,
			   "git migrate approve --policy");
	return 0;
}

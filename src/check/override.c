/* What passes in an emergency, by a signed override that the push names. */
#include <string.h>

#include "base/escape.h"
#include "check/consent.h"

static struct gm_ended *
about(struct gm_judge *j, const struct gm_ended_list *ended, struct gm_str path)
{
	struct gm_unit_path unit;
	const struct gm_root *root =
		path.len ? gm_roots_match(&unit, &j->cx->roots, path) : NULL;

	return root ? gm_map_get(&ended->by_key,
				 gm_judge_key(j->scratch, root, unit.id))
		    : NULL;
}

/* By a commit that comes, or by the SQL of the migration itself. */
static bool is_named(const struct gm_judge *j, const struct gm_ended *e,
		     const char *ticket)
{
	const struct gm_pending_unit *p = gm_map_get(
		&j->pending, gm_judge_key(j->scratch, e->root, gm_str(e->id)));

	for (size_t i = 0; i < j->tickets.n; i++)
		if (!strcmp(j->tickets.items[i], ticket))
			return true;
	return p && p->last.ticket && !strcmp(p->last.ticket, ticket);
}

/* A ticket that no record before it is of? */
static bool is_next_ticket(const struct gm_records *list, size_t at)
{
	const char *ticket = list->items[at].ticket;

	for (size_t i = 0; i < at && ticket; i++)
		if (list->items[i].ticket &&
		    !strcmp(list->items[i].ticket, ticket))
			return false;
	return ticket != NULL;
}

/* Of one ticket; `*out` stays when it is not in force. */
static int ask_ticket(const struct gm_record **out, struct gm_records *bad,
		      const struct gm_consent *consent, const char *ticket,
		      struct gm_subject *subject, const struct gm_oid *on,
		      struct gm_err *err)
{
	struct gm_tally tally = { 0 };

	if (gm_approvals_override(&tally, bad, consent->approvals, ticket,
				  subject, on, err) < 0)
		return -1;
	for (size_t i = 0; i < tally.n && tally.approved; i++)
		if (tally.votes[i].state == GM_VOTE_COUNTS)
			*out = tally.votes[i].record;
	return 0;
}

/* The first in force whose ticket is named, or is not. */
static int search(const struct gm_record **out, struct gm_judge *j,
		  const struct gm_consent *consent,
		  const struct gm_judged_commit *tip, const struct gm_ended *e,
		  const struct gm_records *list, struct gm_subject *subject,
		  const struct gm_oid *on, bool named, struct gm_err *err)
{
	struct gm_records bad = { 0 };

	for (size_t i = 0; i < list->n && !*out && !bad.n_bad; i++)
		if (is_next_ticket(list, i) &&
		    is_named(j, e, list->items[i].ticket) == named &&
		    ask_ticket(out, &bad, consent, list->items[i].ticket,
			       subject, on, err) < 0)
			return -1;
	gm_consent_bad(j, tip, gm_str(subject->path), &bad);
	return 0;
}

/* The override in force for what a migration is at the end. */
static int find_override(struct gm_ended *e, struct gm_judge *j,
			 const struct gm_consent *consent,
			 const struct gm_judged_commit *tip, struct gm_err *err)
{
	const struct gm_migration_file *up =
		e->now_ ? gm_migration_file(e->now_, GM_ROLE_UP) : NULL;
	const struct gm_records *list;
	struct gm_subject subject;
	const char *kind;
	int readable;

	if (!up)
		return 0;
	if (gm_approvals_records(&list, consent->approvals, GM_OVERRIDES_REF,
				 &up->oid, err) < 0)
		return -1;
	if (!list->n)
		return 0;
	readable = gm_judge_readable(j, e->now_, err);
	if (readable <= 0)
		return readable;
	if (gm_consent_subject(&subject, &kind, j, consent, e, err) < 0 ||
	    search(&e->override, j, consent, tip, e, list, &subject, &up->oid,
		   true, err) < 0)
		return -1;
	if (e->override)
		return 0;
	return search(&e->unnamed, j, consent, tip, e, list, &subject, &up->oid,
		      false, err);
}

static void let_pass(struct gm_judge *j, struct gm_finding *found,
		     const struct gm_record *r)
{
	struct gm_findings *f = &j->result->findings;

	found->severity = GM_SEV_WARNING;
	f->errors--;
	f->warnings++;
	gm_find_note(f, found, "passes by the override '%s' of %s: %s",
		     r->ticket, r->signer, r->risk);
	gm_find_hint(f, found,
		     "Follow up on it: %s.  Then 'git migrate break-glass"
		     " --close %.16s'.",
		     r->follow_up, r->id);
}

/* Who signed one should not have to guess why it does nothing. */
static void tell_unnamed(struct gm_judge *j, struct gm_finding *found,
			 const struct gm_record *r)
{
	struct gm_findings *f = &j->result->findings;

	gm_find_note(f, found,
		     "the override '%s' of %s is in force, but no commit of"
		     " this push names it; to pass by it: git commit --amend"
		     " --trailer %s",
		     r->ticket, r->signer,
		     gm_shell_word(j->scratch,
				   gm_printf(j->scratch, "Break-Glass: %s",
					     r->ticket)));
}

int gm_judge_overrides(struct gm_judge *j, const struct gm_consent *consent,
		       const struct gm_judged_commit *tip,
		       const struct gm_ended_list *ended, size_t first,
		       struct gm_err *err)
{
	struct gm_findings *f = &j->result->findings;
	size_t n = f->n;

	/* More were found than kept: what is not seen cannot pass. */
	if (!j->ref || f->dropped ||
	    !gm_policy_approval(&j->cx->policy, "break-glass"))
		return 0;
	for (size_t i = first; i < n; i++) {
		const struct gm_finding *found = &f->items[i];
		struct gm_ended *e = about(j, ended, found->path);

		if (!e || found->severity != GM_SEV_ERROR ||
		    (gm_rule_info(found->rule)->flags & GM_RULE_FIXED))
			continue;
		if (!e->asked && find_override(e, j, consent, tip, err) < 0)
			return -1;
		e->asked = true;
		/* The list may have grown, and moved. */
		if (e->override)
			let_pass(j, &f->items[i], e->override);
		else if (e->unnamed)
			tell_unnamed(j, &f->items[i], e->unnamed);
	}
	return 0;
}

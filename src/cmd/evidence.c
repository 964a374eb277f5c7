/* git migrate evidence: the go/no-go package. */
#include <stdlib.h>
#include <string.h>

#include "approval/exhibit.h"
#include "cmd/gating.h"
#include "cmd/pick.h"
#include "report/evidence.h"

struct args {
	struct gm_strings envs;
	const char *format;
	const char *at;
	const char *ref;
	const char *remote;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_LIST(0, "env", struct args, envs, "env",
		    "ask about this environment alone; may be given more than"
		    " once"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "md json html",
		    "how to print it: as Markdown by default"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "look at this commit instead of HEAD"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref it is on"),
	GM_OPT_STRING(0, "remote", struct args, remote, "remote",
		      "whose policy it is"),
	GM_OPT_REQUIRED("id", struct args, id, "the migration"),
	GM_OPT_END,
};

static void add(struct gm_evidence_pack *p, struct gm_arena *a,
		const struct gm_record *r, const char *why)
{
	struct gm_evidence_record *e;

	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->items[i].record->id, r->id)) {
			if (!why)
				p->items[i].why = NULL;
			return;
		}
	e = GM_PUSH(a, p);
	e->record = r;
	e->why = why;
}

/* Votes that stand, and for landing or for which environment they are. */
static int add_votes(struct gm_evidence_pack *p, struct gm_gating *q, size_t at,
		     const char *env, struct gm_err *err)
{
	struct gm_review_item item;

	if (gm_gating_judge(&item, q, at, env, err) < 0)
		return -1;
	for (size_t i = 0; i < item.tally.n; i++)
		add(p, q->cx->arena, item.tally.votes[i].record,
		    item.tally.votes[i].why);
	for (size_t i = 0; i < item.tickets.n; i++)
		for (size_t k = 0; k < item.tickets.items[i].tally.n; k++)
			add(p, q->cx->arena,
			    item.tickets.items[i].tally.votes[k].record,
			    item.tickets.items[i].tally.votes[k].why);
	return 0;
}

static int add_about(struct gm_evidence_pack *p, struct gm_gating *q,
		     const struct gm_evidence_about *about, struct gm_err *err)
{
	struct gm_evidences all;

	if (gm_approvals_evidence(&all, q->review.approvals, about, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		add(p, q->cx->arena, all.items[i].record, all.items[i].why);
	return 0;
}

static int add_evidence(struct gm_evidence_pack *p, struct gm_gating *q,
			size_t at, struct gm_err *err)
{
	struct gm_evidence_about about = { .ref = q->review.ref };
	struct gm_review_item item;

	if (gm_review_migration(&item, q->cx->arena, q->cx->repo, &q->review,
				&q->overview, at, err) < 0)
		return -1;
	about.subject = &item.subject;
	about.on = item.on;
	return add_about(p, q, &about, err);
}

/* Backups and restores are those of the environment, whoever asked. */
static int add_shared(struct gm_evidence_pack *p, struct gm_gating *q,
		      const char *env, struct gm_err *err)
{
	static const char *const stages[] = { "checkpoint", "restore" };

	for (size_t i = 0; i < GM_COUNT(stages); i++) {
		const struct gm_evidence_about about = {
			.ref = q->review.ref,
			.env = env,
			.stage = stages[i],
			.newest = true,
		};

		if (add_about(p, q, &about, err) < 0)
			return -1;
	}
	return 0;
}

static int add_landed(struct gm_evidence_pack *p, struct gm_gating *q,
		      size_t at, struct gm_err *err)
{
	const struct gm_migration_file *up =
		gm_migration_file(q->overview.set->items[at], GM_ROLE_UP);
	const struct gm_records *all;

	if (gm_approvals_records(&all, q->review.approvals, GM_LANDED_REF,
				 &up->oid, err) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++)
		add(p, q->cx->arena, &all->items[i], NULL);
	return 0;
}

static int read_exhibits(struct gm_evidence_pack *p, struct gm_gating *q,
			 struct gm_err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		struct gm_evidence_record *e = &p->items[i];
		int there =
			e->record->sha256
				? gm_exhibit_read(&e->exhibit, q->cx->arena,
						  q->cx->repo,
						  !gm_repo_is_bare(q->cx->repo),
						  e->record->sha256, err)
				: 0;

		if (there < 0)
			return -1;
		e->has_exhibit = there > 0;
	}
	return 0;
}

static int oldest_first(const void *x, const void *y)
{
	const struct gm_record *one =
		((const struct gm_evidence_record *)x)->record;
	const struct gm_record *two =
		((const struct gm_evidence_record *)y)->record;

	if (one->at != two->at)
		return one->at < two->at ? -1 : 1;
	return strcmp(one->id, two->id);
}

static int add_env(struct gm_evidence_pack *p, struct gm_gating *q, size_t at,
		   const char *env, struct gm_err *err)
{
	struct gm_gate gate;

	if (gm_gating_ask(&gate, q, at, env, NULL, err) < 0 ||
	    add_votes(p, q, at, env, err) < 0)
		return -1;
	*GM_PUSH(q->cx->arena, &p->gates) = gate;
	return add_shared(p, q, env, err);
}

/* In the order of the policy, or as they were asked for. */
static int add_envs(struct gm_evidence_pack *p, struct gm_gating *q, size_t at,
		    const struct gm_strings *envs, struct gm_err *err)
{
	const struct gm_policy *policy = &q->review.policy;

	for (size_t i = 0; i < envs->n; i++)
		if (add_env(p, q, at, envs->items[i], err) < 0)
			return -1;
	for (size_t i = 0; !envs->n && i < policy->n_environments; i++)
		if (add_env(p, q, at, policy->environments[i].name, err) < 0)
			return -1;
	return 0;
}

/* Its own records, and those of the expand that it closes. */
static int gather(struct gm_evidence_pack *p, struct gm_gating *q, size_t at,
		  const struct gm_strings *envs, struct gm_err *err)
{
	const char *closes = q->overview.items[at].contracts;

	if (add_envs(p, q, at, envs, err) < 0 ||
	    add_votes(p, q, at, "*", err) < 0 ||
	    add_evidence(p, q, at, err) < 0 || add_landed(p, q, at, err) < 0)
		return -1;
	for (size_t i = 0; closes && i < q->overview.n; i++)
		if (!strcmp(q->overview.items[i].id, closes) &&
		    (add_evidence(p, q, i, err) < 0 ||
		     add_landed(p, q, i, err) < 0))
			return -1;
	if (p->n)
		qsort(p->items, p->n, sizeof(*p->items), oldest_first);
	return read_exhibits(p, q, err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_gating q = { .cx = cx,
			       .at = args->at,
			       .ref = args->ref,
			       .remote = args->remote };
	struct gm_evidence_pack pack = { 0 };
	struct gm_buf out = gm_buf(cx->arena);
	size_t at = 0;

	if (gm_gating_open(&q, err) < 0 ||
	    gm_pick(&at, cx->arena, &q.overview, args->id, err) < 0 ||
	    gather(&pack, &q, at, &args->envs, err) < 0)
		return -1;
	pack.item = &q.overview.items[at];
	pack.project = q.review.policy.project;
	pack.ref = q.review.ref;
	pack.policy = gm_oid_hex(cx->arena, &q.review.policy_commit);
	pack.now = q.review.now;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_evidence_json(&out, &pack);
	else if (gm_str_is(gm_str(args->format), "html"))
		gm_report_evidence_html(&out, &pack);
	else
		gm_report_evidence_md(&out, &pack);
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

const struct gm_cmd gm_cmd_evidence = {
	.name = "evidence",
	.summary = "print all that speaks for and against a migration",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

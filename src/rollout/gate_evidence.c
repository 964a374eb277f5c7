/* rollout/gate: the questions that evidence answers. */
#include <stdlib.h>
#include <string.h>

#include "approval/exhibit.h"
#include "base/clock.h"
#include "rollout/cnpg.h"
#include "rollout/gate.h"

/* Evidence of a part; `env` and `stage` as in gm_evidence_about. */
int gm_gate_look(struct gm_evidences *out, struct gm_gate_asker *q,
		 const struct gm_gate_part *part, const char *env,
		 const char *stage)
{
	const struct gm_evidence_about about = {
		.ref = q->from->ref,
		.env = env,
		.stage = stage,
		.subject = part ? &part->review->subject : NULL,
		.on = part ? part->review->on : (struct gm_oid){ { 0 } },
		.newest = !part,
	};

	return gm_approvals_evidence(out, q->from->approvals, &about, q->err);
}

/* As gm_approvals_evidence sorts them. */
static int newest_first(const void *x, const void *y)
{
	const struct gm_record *one = ((const struct gm_evidence *)x)->record;
	const struct gm_record *two = ((const struct gm_evidence *)y)->record;

	if (one->at != two->at)
		return one->at > two->at ? -1 : 1;
	return strcmp(one->result, two->result);
}

/* Of a rollout: hung on its expand, or on what is asked about. */
static int look_both(struct gm_evidences *out, struct gm_gate_asker *q,
		     const char *stage)
{
	struct gm_evidences more;

	if (gm_gate_look(out, q, q->from->expand, q->from->env, stage) < 0)
		return -1;
	if (q->from->expand->item == q->from->part.item)
		return 0;
	if (gm_gate_look(&more, q, &q->from->part, q->from->env, stage) < 0)
		return -1;
	for (size_t i = 0; i < more.n; i++)
		*GM_PUSH(q->arena, out) = more.items[i];
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), newest_first);
	return 0;
}

bool gm_gate_passed(const struct gm_record *r)
{
	return !strcmp(r->result, "pass");
}

const char *gm_gate_how_to(struct gm_gate_asker *q, const char *id,
			   const char *env, const char *stage)
{
	return gm_printf(q->arena,
			 "When it was seen: git migrate record %s --env %s"
			 " --stage %s --result pass.",
			 id, env, stage);
}

/* Nothing counts: say why not, where something is there. */
void gm_gate_say_none(struct gm_gate_asker *q, const char *name,
		      enum gm_gate_answer answer,
		      const struct gm_evidences *all, const char *what)
{
	struct gm_gate_line *line;

	if (!all->n) {
		gm_gate_say(q, name, answer, "no record says %s", what);
		return;
	}
	line = gm_gate_say(q, name, answer,
			   "no record that counts says %s; of the newest, %s",
			   what, all->items[0].why);
	*GM_PUSH(q->arena, &line->records) = all->items[0].record->id;
}

struct gm_gate_line *gm_gate_say_record(struct gm_gate_asker *q,
					const char *name,
					enum gm_gate_answer answer,
					const struct gm_record *r,
					const char *what)
{
	struct gm_gate_line *line =
		gm_gate_say(q, name, answer, "%s, by %s at %s", what, r->signer,
			    gm_time_format(q->arena, r->at));

	*GM_PUSH(q->arena, &line->records) = r->id;
	return line;
}

/* --- the expand --- */

/* What was taken back later is not there. */
int gm_gate_rolled_back(const struct gm_record **out, struct gm_gate_asker *q,
			const char *env, const struct gm_record *applied)
{
	struct gm_evidences back;
	const struct gm_record *r;

	*out = NULL;
	if (gm_gate_look(&back, q, q->from->expand, env, "rollback") < 0)
		return -1;
	r = gm_evidence_newest(&back);
	if (r && gm_gate_passed(r) && (!applied || r->at >= applied->at))
		*out = r;
	return 0;
}

int gm_gate_applied(const struct gm_record **out, struct gm_gate_asker *q)
{
	struct gm_evidences all;

	*out = NULL;
	if (gm_gate_look(&all, q, q->from->expand, q->from->env, NULL) < 0)
		return -1;
	for (size_t i = all.n; i-- > 0;) {
		const struct gm_record *r = all.items[i].record;
		bool expand = !strcmp(r->stage, "expand");

		if (!all.items[i].counts)
			continue;
		if (expand && gm_gate_passed(r))
			*out = *out ? *out : r;
		else if (expand ||
			 (gm_gate_passed(r) && !strcmp(r->stage, "rollback")))
			*out = NULL;
	}
	return 0;
}

int gm_gate_expand(struct gm_gate_asker *q)
{
	const struct gm_gate_part *expand = q->from->expand;
	const struct gm_record *r, *back;
	struct gm_evidences all;

	if (!expand) {
		gm_gate_say(q, "expand", GM_GATE_GO, "it belongs to no expand");
		return 0;
	}
	if (gm_gate_look(&all, q, expand, q->from->env, "expand") < 0)
		return -1;
	r = gm_evidence_newest(&all);
	if (!r) {
		gm_gate_say_none(q, "expand", GM_GATE_UNKNOWN, &all,
				 gm_printf(q->arena,
					   "that '%s' is applied in %s",
					   expand->item->id, q->from->env));
		q->out->items[q->out->n - 1].hint = gm_gate_how_to(
			q, expand->item->id, q->from->env, "expand");
		return 0;
	}
	if (!gm_gate_passed(r)) {
		gm_gate_say_record(q, "expand", GM_GATE_NO, r, "it failed");
		return 0;
	}
	if (gm_gate_rolled_back(&back, q, q->from->env, r) < 0)
		return -1;
	if (back)
		gm_gate_say_record(q, "expand", GM_GATE_NO, back,
				   "it was rolled back");
	else
		gm_gate_say_record(q, "expand", GM_GATE_GO, r,
				   gm_printf(q->arena, "'%s' is applied",
					     expand->item->id));
	return 0;
}

int gm_gate_backfills(struct gm_gate_asker *q)
{
	struct gm_gate_line *line;
	struct gm_strings ids = { 0 };

	for (size_t i = 0; i < q->from->n_backfills; i++) {
		const struct gm_gate_part *part = &q->from->backfills[i];
		const char *id = part->item->id;
		const struct gm_record *r;
		struct gm_evidences all;

		if (gm_gate_look(&all, q, part, q->from->env, "backfill") < 0)
			return -1;
		r = gm_evidence_newest(&all);
		if (!r) {
			gm_gate_say_none(q, "backfill", GM_GATE_UNKNOWN, &all,
					 gm_printf(q->arena,
						   "that '%s' is done in %s",
						   id, q->from->env));
			q->out->items[q->out->n - 1].hint =
				gm_gate_how_to(q, id, q->from->env, "backfill");
			return 0;
		}
		if (!gm_gate_passed(r)) {
			gm_gate_say_record(
				q, "backfill", GM_GATE_NO, r,
				gm_printf(q->arena, "'%s' failed", id));
			return 0;
		}
		*GM_PUSH(q->arena, &ids) = r->id;
	}
	line = gm_gate_say(q, "backfill", GM_GATE_GO, "%s",
			   ids.n ? "all rows are filled"
				 : "there is nothing to fill");
	line->records = ids;
	return 0;
}

/* --- the flag --- */

static bool about_flag(const struct gm_evidence *e)
{
	return e->counts && !strncmp(e->record->stage, "enable", 6) &&
	       (!e->record->stage[6] || e->record->stage[6] == '-');
}

/* No flag, with the reason; or nothing said. */
static bool flagless(const struct gm_gate_part *expand)
{
	return !expand || !expand->item->flag ||
	       !strncmp(expand->item->flag, "none", 4);
}

/* Since when it has been on, for however many; 0: it is off. */
static int64_t on_since(const struct gm_evidences *all)
{
	int64_t since = 0;

	for (size_t i = all->n; i-- > 0;) {
		const struct gm_evidence *e = &all->items[i];

		if (!about_flag(e))
			continue;
		if (!gm_gate_passed(e->record))
			since = 0;
		else if (!since)
			since = e->record->at;
	}
	return since;
}

int gm_gate_flag(struct gm_gate_asker *q)
{
	const struct gm_gate_part *expand = q->from->expand;
	const struct gm_record *r = NULL;
	struct gm_evidences all;

	if (flagless(expand)) {
		gm_gate_say(q, "flag", GM_GATE_GO, "%s",
			    expand && expand->item->flag ? expand->item->flag
							 : "there is no flag");
		return 0;
	}
	if (look_both(&all, q, NULL) < 0)
		return -1;
	for (size_t i = 0; i < all.n && !r; i++)
		if (about_flag(&all.items[i]))
			r = all.items[i].record;
	if (!r) {
		gm_gate_say(q, "flag", GM_GATE_UNKNOWN,
			    "no record says that '%s' is on in %s",
			    expand->item->flag, q->from->env)
			->hint = gm_gate_how_to(q, expand->item->id,
						q->from->env, "enable");
		return 0;
	}
	if (!gm_gate_passed(r))
		gm_gate_say_record(q, "flag", GM_GATE_NO, r, "it failed");
	else if (r->stage[6])
		gm_gate_say_record(q, "flag", GM_GATE_NO, r,
				   gm_printf(q->arena,
					     "'%s' is on for %s %% only",
					     expand->item->flag, r->stage + 7));
	else
		gm_gate_say_record(q, "flag", GM_GATE_GO, r,
				   gm_printf(q->arena,
					     "'%s' is on for everybody",
					     expand->item->flag));
	return 0;
}

/* --- the service's objectives --- */

int gm_gate_objectives(struct gm_gate_asker *q)
{
	const struct gm_gate_part *expand = q->from->expand;
	struct gm_evidences all, seen;
	const struct gm_record *r;
	int64_t since;

	if (!expand) {
		gm_gate_say(q, "slo", GM_GATE_GO, "it belongs to no expand");
		return 0;
	}
	if (look_both(&all, q, NULL) < 0 || look_both(&seen, q, "observe") < 0)
		return -1;
	since = on_since(&all);
	r = gm_evidence_newest(&seen);
	if (!r) {
		gm_gate_say_none(q, "slo", GM_GATE_UNKNOWN, &seen,
				 "that the objectives were kept");
		q->out->items[q->out->n - 1].hint = gm_gate_how_to(
			q, expand->item->id, q->from->env, "observe");
	} else if (!gm_gate_passed(r)) {
		gm_gate_say_record(q, "slo", GM_GATE_NO, r,
				   "the objectives were not kept")
			->hint = "Turn the flag off, and keep the schema.";
	} else if (!flagless(expand) && (!since || r->at < since)) {
		gm_gate_say_record(q, "slo", GM_GATE_NO, r,
				   "it was observed before the flag was on");
	} else {
		gm_gate_say_record(q, "slo", GM_GATE_GO, r,
				   "the objectives were kept");
	}
	return 0;
}

/* --- backups --- */

/* Of several in its namespace, the one of the environment. */
static struct gm_cnpg_of cluster_of(const struct gm_gate_asker *q)
{
	const struct gm_policy *p = q->from->policy;
	struct gm_cnpg_of of = { NULL, NULL };

	for (size_t i = 0; i < p->n_environments; i++)
		if (!strcmp(p->environments[i].name, q->from->env)) {
			of.namespace_ = p->environments[i].namespace_;
			of.cluster = p->environments[i].cluster;
		}
	return of;
}

/*
 * When the backup ended that the record is about.  1; 0 when it cannot be
 * told, with a line that says so.
 */
static int backup_time(int64_t *at, struct gm_gate_asker *q,
		       const struct gm_record *r)
{
	const struct gm_cnpg_of of = cluster_of(q);
	struct gm_err why = GM_ERR_INIT;
	struct gm_cnpg cnpg;
	struct gm_str text;
	int there = gm_exhibit_read(&text, q->arena, q->from->repo,
				    q->from->remotes, r->sha256, q->err);

	*at = r->at;
	if (there < 0)
		return -1;
	if (!there) {
		gm_gate_say_record(q, "backup", GM_GATE_UNKNOWN, r,
				   "what the record rests on is not here")
			->hint = "Fetch refs/notes/migrate/exhibits.";
		return 0;
	}
	if (!gm_cnpg_is(text))
		return 1;
	if (gm_cnpg_read(&cnpg, q->arena, r->id, text, &of, &why) < 0 ||
	    !cnpg.good) {
		gm_gate_say_record(q, "backup", GM_GATE_NO, r,
				   "what the record rests on says otherwise");
		return 0;
	}
	*at = cnpg.at;
	return 1;
}

static void say_age(struct gm_gate_asker *q, const char *name,
		    const struct gm_record *r, int64_t at, int64_t most,
		    const char *what)
{
	int64_t age = q->from->now > at ? q->from->now - at : 0;
	const char *words = gm_duration_words(q->arena, age);

	if (age > most)
		gm_gate_say_record(
			q, name, GM_GATE_NO, r,
			gm_printf(q->arena, "%s is %s old, and %s is the limit",
				  what, words,
				  gm_duration_format(q->arena, most)));
	else
		gm_gate_say_record(
			q, name, GM_GATE_GO, r,
			gm_printf(q->arena, "%s is %s old", what, words));
}

/* The newest of a stage in this environment, of whatever migration. */
static int find_any(const struct gm_record **out, struct gm_gate_asker *q,
		    const char *name, const char *stage, const char *what)
{
	struct gm_evidences all;

	if (gm_gate_look(&all, q, NULL, q->from->env, stage) < 0)
		return -1;
	*out = gm_evidence_newest(&all);
	if (!*out) {
		gm_gate_say_none(q, name, GM_GATE_UNKNOWN, &all, what);
		q->out->items[q->out->n - 1].hint =
			gm_gate_how_to(q, q->out->id, q->from->env, stage);
	} else if (!gm_gate_passed(*out)) {
		gm_gate_say_record(q, name, GM_GATE_NO, *out, "it failed");
		*out = NULL;
	}
	return 0;
}

int gm_gate_backup(struct gm_gate_asker *q)
{
	int64_t most = q->from->policy->backup_max_age, at;
	const struct gm_record *r;
	int told;

	if (!most) {
		gm_gate_say(q, "backup", GM_GATE_GO,
			    "the policy asks for no backup");
		return 0;
	}
	if (find_any(&r, q, "backup", "checkpoint", "that there is a backup") <
	    0)
		return -1;
	if (!r)
		return 0;
	told = backup_time(&at, q, r);
	if (told > 0)
		say_age(q, "backup", r, at, most, "the newest backup");
	return told < 0 ? -1 : 0;
}

/* Until when the backup is kept that a record is about; 0: nobody says. */
static int kept_until(int64_t *until, struct gm_gate_asker *q,
		      const struct gm_record *r)
{
	const struct gm_cnpg_of of = cluster_of(q);
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_cnpg cnpg;
	struct gm_str text;
	int there = gm_exhibit_read(&text, q->arena, q->from->repo,
				    q->from->remotes, r->sha256, q->err);

	*until = 0;
	if (there > 0 && gm_cnpg_is(text) &&
	    gm_cnpg_read(&cnpg, q->arena, r->id, text, &of, &ignored) >= 0 &&
	    cnpg.at && cnpg.retention)
		*until = cnpg.at + cnpg.retention;
	return there < 0 ? -1 : 0;
}

/*
 * A backup that is gone, and whose manifest is still there, Flux makes anew:
 * by the old name, of the new state.
 */
int gm_gate_retention(struct gm_gate_asker *q)
{
	const struct gm_gate_from *from = q->from;
	const struct gm_gate_part *part =
		from->expand ? from->expand : &from->part;
	const char *when, *id = part->item->id;
	struct gm_evidences all;
	const struct gm_record *r;
	int64_t until;

	if (gm_gate_look(&all, q, part, from->env, "checkpoint") < 0)
		return -1;
	r = gm_evidence_newest(&all);
	if (!r || !gm_gate_passed(r))
		return 0;
	if (kept_until(&until, q, r) < 0)
		return -1;
	if (!until)
		return 0;
	when = gm_time_format(q->arena, until);
	if (from->now < until)
		gm_gate_say_record(q, "retention", GM_GATE_GO, r,
				   gm_printf(q->arena,
					     "the backup of its checkpoint is"
					     " kept until %s: close it before",
					     when));
	else if (from->stage == GM_STAGE_CLOSE)
		gm_gate_say_record(q, "retention", GM_GATE_GO, r,
				   gm_printf(q->arena,
					     "the backup of its checkpoint was"
					     " kept until %s",
					     when));
	else
		gm_gate_say_record(q, "retention", GM_GATE_NO, r,
				   gm_printf(q->arena,
					     "the backup of its checkpoint was"
					     " kept until %s only",
					     when))
			->hint = gm_printf(
			q->arena,
			"Make another: git migrate record %s --env %s --stage"
			" checkpoint --result fail, then git migrate advance"
			" with --stage checkpoint --retry; or close it.",
			id, from->env);
	return 0;
}

int gm_gate_restore(struct gm_gate_asker *q)
{
	int64_t most = q->from->policy->restore_test_max_age;
	const struct gm_record *r;

	if (!most) {
		gm_gate_say(q, "restore", GM_GATE_GO,
			    "the policy asks for no test of a restore");
		return 0;
	}
	if (find_any(&r, q, "restore", "restore", "that a restore was tested") <
	    0)
		return -1;
	if (r)
		say_age(q, "restore", r, r->at, most,
			"the newest test of a restore");
	return 0;
}

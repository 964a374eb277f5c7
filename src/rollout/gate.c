#include "rollout/gate.h"

#include <string.h>

#include "base/clock.h"
#include "base/near.h"

const char *gm_gate_answer_name(enum gm_gate_answer answer)
{
	static const char *const names[] = { "go", "no-go", "unknown" };

	return names[answer];
}

struct gm_gate_line *gm_gate_say(struct gm_gate_asker *q, const char *name,
				 enum gm_gate_answer answer, const char *fmt,
				 ...)
{
	struct gm_gate_line *line = GM_PUSH(q->arena, q->out);
	va_list args;

	va_start(args, fmt);
	line->name = name;
	line->answer = answer;
	line->why = gm_vprintf(q->arena, fmt, args);
	va_end(args);
	return line;
}

/* --- what the SQL is --- */

static int rank(const char *word)
{
	static const char *const ranks[] = { "neutral", "expand", "backfill",
					     "contract" };

	for (size_t i = 0; i < GM_COUNT(ranks); i++)
		if (!strcmp(word, ranks[i]))
			return (int)i;
	return GM_COUNT(ranks) - 1;
}

static int ask_classification(struct gm_gate_asker *q)
{
	const struct gm_overview_item *item = q->from->part.item;
	const char *class_ = gm_class_name(item->class_);

	if (item->unread || !item->digest)
		gm_gate_say(q, "classification", GM_GATE_NO,
			    "it cannot be read: %s",
			    item->unread ? item->unread : "a file is missing");
	else if (!item->phase)
		gm_gate_say(q, "classification", GM_GATE_UNKNOWN,
			    "no phase is declared; by its SQL it is %s", class_)
			->hint = "Declare it: Migration-Phase.";
	else if (rank(item->phase) < rank(class_))
		gm_gate_say(q, "classification", GM_GATE_NO,
			    "it is declared %s, and its SQL is %s", item->phase,
			    class_);
	else if (q->from->stage == GM_STAGE_CONTRACT &&
		 !gm_overview_contract(item))
		gm_gate_say(q, "classification", GM_GATE_NO,
			    "it is no contract, but declared %s", item->phase);
	else
		gm_gate_say(q, "classification", GM_GATE_GO,
			    "declared %s, and its SQL is %s", item->phase,
			    class_);
	return 0;
}

/* --- what has landed --- */

/* The id of the record that says so, where there is one. */
static int add_landed(struct gm_gate_line *line, struct gm_gate_asker *q,
		      const struct gm_gate_part *part)
{
	const struct gm_records *all;

	if (gm_approvals_records(&all, q->from->approvals, GM_LANDED_REF,
				 &part->review->on, q->err) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		const struct gm_record *r = &all->items[i];

		if (r->kind == GM_RECORD_LANDED &&
		    !strcmp(r->digest, part->item->digest) &&
		    !strcmp(r->ref, q->from->ref))
			*GM_PUSH(q->arena, &line->records) = r->id;
	}
	return 0;
}

static int ask_landed(struct gm_gate_asker *q)
{
	const struct gm_overview_item *item = q->from->part.item;
	struct gm_gate_line *line;

	if (item->state == GM_STATE_PENDING) {
		gm_gate_say(q, "landed", GM_GATE_NO, "it has not landed")
			->hint = "Push it to the protected ref first.";
		return 0;
	}
	if (item->state == GM_STATE_UPSTREAM) {
		gm_gate_say(q, "landed", GM_GATE_UNKNOWN,
			    "the upstream branch has it, and no record says"
			    " since when")
			->hint = "Fetch the records of the server.";
		return 0;
	}
	if (!item->digest || strcmp(item->digest, item->landed_digest) != 0) {
		gm_gate_say(q, "landed", GM_GATE_NO,
			    "what has landed were other bytes");
		return 0;
	}
	line = gm_gate_say(q, "landed", GM_GATE_GO, "on %s at %s",
			   item->landed_ref,
			   gm_time_format(q->arena, item->landed_at));
	return add_landed(line, q, &q->from->part);
}

/* From when it was applied here, where that is known: nobody can have come
   to need the old code before. */
static int64_t window_end(const struct gm_gate_asker *q,
			  const struct gm_record *applied)
{
	int64_t end = q->from->part.item->allowed_at, here;
	int64_t window = q->from->policy->window_minimum;

	if (!applied)
		return end;
	if (q->from->expand->item->window > window)
		window = q->from->expand->item->window;
	here = applied->at + window;
	return here > end ? here : end;
}

static int ask_window(struct gm_gate_asker *q)
{
	const struct gm_overview_item *item = q->from->part.item;
	const struct gm_gate_part *expand = q->from->expand;
	const struct gm_record *applied = NULL;
	struct gm_gate_line *line;
	int64_t end;

	if (item->blocked || !item->allowed_at) {
		gm_gate_say(q, "window", GM_GATE_UNKNOWN, "%s",
			    item->blocked ? item->blocked
					  : "nothing says when it began");
		return 0;
	}
	if (expand && gm_gate_applied(&applied, q) < 0)
		return -1;
	end = window_end(q, applied);
	line = gm_gate_say(
		q, "window", end > q->from->now ? GM_GATE_NO : GM_GATE_GO,
		"the rollback window is %s %s%s",
		end > q->from->now ? "open until" : "over since",
		gm_time_format(q->arena, end),
		end > item->allowed_at
			? gm_printf(q->arena, ", by when it was applied in %s",
				    q->from->env)
			: "");
	if (applied)
		*GM_PUSH(q->arena, &line->records) = applied->id;
	return expand ? add_landed(line, q, expand) : 0;
}

/* --- who has agreed --- */

static int ask_approvals(struct gm_gate_asker *q)
{
	const struct gm_review_item *item = q->from->part.review;
	bool go = item->state == GM_REVIEW_APPROVED ||
		  item->state == GM_REVIEW_LANDED ||
		  item->state == GM_REVIEW_NOT_NEEDED;
	struct gm_gate_line *line =
		gm_gate_say(q, "approvals", go ? GM_GATE_GO : GM_GATE_NO, "%s",
			    gm_review_words(q->arena, item));

	for (size_t i = 0; i < item->tally.n; i++) {
		const struct gm_vote *v = &item->tally.votes[i];

		if (v->state == GM_VOTE_COUNTS || v->state == GM_VOTE_REJECTS)
			*GM_PUSH(q->arena, &line->records) = v->record->id;
	}
	if (!go)
		line->hint = gm_printf(q->arena,
				       "'git migrate verify %s --env %s' says"
				       " what is missing.",
				       q->out->id, q->from->env);
	return 0;
}

static int ask_follow_ups(struct gm_gate_asker *q)
{
	const struct gm_follow_ups *open = q->from->open;
	struct gm_gate_line *line;

	if (!open->n) {
		gm_gate_say(q, "follow-ups", GM_GATE_GO,
			    "no follow-up of an override is open");
		return 0;
	}
	line = gm_gate_say(q, "follow-ups", GM_GATE_NO,
			   "the follow-up of '%s' is open: %s",
			   open->items[0].override->ticket,
			   open->items[0].override->follow_up);
	line->hint = gm_printf(q->arena,
			       "When it is done: git migrate break-glass"
			       " --close %.16s.",
			       open->items[0].override->id);
	for (size_t i = 0; i < open->n; i++)
		*GM_PUSH(q->arena, &line->records) =
			open->items[i].override->id;
	return 0;
}

/* --- which questions there are --- */

#define ONLY(stage) (1u << GM_STAGE_##stage)
#define BEFORE (ONLY(CHECKPOINT) | ONLY(EXPAND) | ONLY(CONTRACT))
#define AFTER                                                                  \
	(ONLY(DEPLOY) | ONLY(BACKFILL) | ONLY(ENABLE) | ONLY(OBSERVE) |        \
	 ONLY(WIDEN) | ONLY(CONTRACT))
#define STRICT (ONLY(CONTRACT) | ONLY(WIDEN) | ONLY(CLOSE))

static const struct {
	unsigned stages;
	int (*ask)(struct gm_gate_asker *q);
} questions[] = {
	{ BEFORE | ONLY(BACKFILL), ask_classification },
	{ BEFORE | ONLY(BACKFILL), ask_landed },
	{ AFTER, gm_gate_expand },
	{ ONLY(WIDEN) | ONLY(CONTRACT), gm_gate_backfills },
	{ ONLY(CONTRACT), ask_window },
	{ ONLY(CONTRACT), gm_gate_flag },
	{ ONLY(WIDEN) | ONLY(CONTRACT), gm_gate_objectives },
	{ ONLY(EXPAND) | ONLY(BACKFILL) | ONLY(CONTRACT) | ONLY(RESTORE),
	  gm_gate_backup },
	{ AFTER | ONLY(CLOSE), gm_gate_retention },
	{ ONLY(CONTRACT), gm_gate_restore },
	{ BEFORE | ONLY(BACKFILL), ask_approvals },
	{ BEFORE | ONLY(DEPLOY) | ONLY(BACKFILL) | ONLY(ENABLE) | ONLY(WIDEN),
	  gm_gate_previous },
	{ ONLY(ROLLBACK), gm_gate_contract },
	{ ONLY(CLOSE), gm_gate_done },
	{ ONLY(CONTRACT), ask_follow_ups },
};

static int check_env(struct gm_arena *a, const struct gm_gate_from *from,
		     struct gm_err *err)
{
	const struct gm_policy *p = from->policy;
	const char **names = gm_alloc_n(a, p->n_environments, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < p->n_environments; i++) {
		names[i] = p->environments[i].name;
		if (!strcmp(names[i], from->env))
			return 0;
	}
	near = gm_near(gm_str(from->env), names, p->n_environments);
	gm_fail(err, GM_ENOT_FOUND, "the policy has no environment '%s'",
		from->env);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "The policy lists them under 'environments'.");
}

static struct gm_gate begin(const struct gm_gate_from *from)
{
	return (struct gm_gate){
		.id = from->part.item->id,
		.env = from->env,
		.stage = from->stage,
		.go = true,
		.known = true,
	};
}

static void conclude(struct gm_gate *gate)
{
	for (size_t i = 0; i < gate->n; i++) {
		if (gate->items[i].answer == GM_GATE_NO)
			gate->go = false;
		if (gate->items[i].answer == GM_GATE_UNKNOWN)
			gate->known = false;
	}
	if (!gate->known && (STRICT & (1u << gate->stage)))
		gate->go = false;
}

int gm_gate(struct gm_gate *out, struct gm_arena *a,
	    const struct gm_gate_from *from, struct gm_err *err)
{
	struct gm_gate gate = begin(from);
	struct gm_gate_asker q = { a, from, &gate, err };

	if (check_env(a, from, err) < 0)
		return -1;
	for (size_t i = 0; i < GM_COUNT(questions); i++)
		if ((questions[i].stages & (1u << from->stage)) &&
		    questions[i].ask(&q) < 0)
			return -1;
	conclude(&gate);
	*out = gate;
	return 0;
}

int gm_gate_promotion(struct gm_gate *out, struct gm_arena *a,
		      const struct gm_gate_from *from, struct gm_err *err)
{
	struct gm_gate gate = begin(from);
	struct gm_gate_asker q = { a, from, &gate, err };

	if (check_env(a, from, err) < 0 || gm_gate_previous(&q) < 0)
		return -1;
	conclude(&gate);
	*out = gate;
	return 0;
}

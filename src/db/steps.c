#include "db/steps.h"

#include <string.h>

const char *gm_step_kind_name(enum gm_step_kind kind)
{
	static const char *const names[] = { "transaction", "plain", "alone",
					     "batches" };

	return names[kind];
}

struct gm_str gm_steps_text(const struct gm_steps *s,
			    const struct gm_run_stmt *stmt)
{
	return gm_str_sub(s->text, stmt->offset, stmt->offset + stmt->len);
}

static void refuse(struct gm_steps *s, struct gm_arena *a,
		   const struct gm_run_stmt *stmt, const char *why,
		   const char *hint)
{
	struct gm_steps_refusal *r = GM_PUSH(a, &s->refused);

	r->why = why;
	r->hint = hint;
	if (stmt) {
		r->line = stmt->line;
		r->column = stmt->column;
	}
}

static bool is_tag(const struct gm_run_stmt *stmt, const char *tag)
{
	return !strcmp(stmt->tag, tag);
}

/* Of the statements, the one at the same place. */
static const struct gm_sql_stmt *class_of(const struct gm_steps *s, size_t i)
{
	size_t at = s->file.items[i].offset;

	/* Both readers cut alike, but for data below COPY. */
	if (i < s->sql.n && s->sql.items[i].offset == at)
		return &s->sql.items[i];
	for (size_t k = 0; k < s->sql.n; k++)
		if (s->sql.items[k].offset == at)
			return &s->sql.items[k];
	return NULL;
}

static void add(struct gm_steps *s, struct gm_arena *a, enum gm_step_kind kind,
		size_t first, size_t n)
{
	const struct gm_run_stmt *stmt = &s->file.items[first];
	struct gm_step *step = GM_PUSH(a, s);

	step->kind = kind;
	step->first = first;
	step->n = n;
	step->line = stmt->line;
	step->tag = stmt->tag;
	gm_sha256_hex(step->sha256, kind == GM_STEP_TRANSACTION
					    ? s->text
					    : gm_steps_text(s, stmt));
}

/* A statement of a backfill that writes rows goes in batches. */
static void add_backfill(struct gm_steps *s, struct gm_arena *a, size_t i)
{
	const struct gm_run_stmt *stmt = &s->file.items[i];
	const struct gm_sql_stmt *sql = class_of(s, i);
	struct gm_batch batch;

	if (sql && sql->class_ < GM_CLASS_BACKFILL) {
		add(s, a, GM_STEP_PLAIN, i, 1);
		return;
	}
	gm_batch_read(&batch, a, gm_steps_text(s, stmt));
	if (batch.refused) {
		refuse(s, a, stmt,
		       gm_printf(a, "this cannot be done in batches: %s",
				 batch.refused),
		       batch.hint);
		return;
	}
	add(s, a, GM_STEP_BATCHES, i, 1);
	s->items[s->n - 1].batch = batch;
}

static void cut_steps(struct gm_steps *s, struct gm_arena *a, bool batches)
{
	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];

		if (stmt->mode == GM_RUN_ALONE)
			add(s, a, GM_STEP_ALONE, i, 1);
		else if (is_tag(stmt, "SAVEPOINT") || is_tag(stmt, "RELEASE") ||
			 is_tag(stmt, "ROLLBACK"))
			refuse(s, a, stmt,
			       "a savepoint needs a transaction, and this file"
			       " is run step by step",
			       NULL);
		else if (stmt->mode == GM_RUN_BEGIN)
			refuse(s, a, stmt,
			       "a transaction around statements that run in"
			       " none",
			       "Leave BEGIN and COMMIT out.");
		else if (stmt->mode == GM_RUN_INSIDE && batches)
			add_backfill(s, a, i);
		else if (stmt->mode == GM_RUN_INSIDE)
			add(s, a, GM_STEP_PLAIN, i, 1);
	}
}

static void refuse_never(struct gm_steps *s, struct gm_arena *a)
{
	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];

		if (stmt->mode != GM_RUN_NEVER)
			continue;
		refuse(s, a, stmt, stmt->why,
		       is_tag(stmt, "COPY")
			       ? "Write the rows as INSERT, or load them "
				 "outside"
				 " of the migration."
			       : "Write it as plain SQL without it.");
	}
}

static const struct gm_run_stmt *first_of(const struct gm_steps *s,
					  enum gm_run_mode mode)
{
	for (size_t i = 0; i < s->file.n; i++)
		if (s->file.items[i].mode == mode)
			return &s->file.items[i];
	return NULL;
}

static void refuse_mix(struct gm_steps *s, struct gm_arena *a,
		       const struct gm_run_stmt *alone)
{
	refuse(s, a, alone,
	       gm_printf(a,
			 "%s cannot stand beside statements that run in a"
			 " transaction: %s",
			 alone->tag, alone->why),
	       "Give it a migration of its own, or write '-- migrate: steps"
	       " <reason>' at the top: each statement is then a step that"
	       " stays when a later one fails.");
}

static void cut_transaction(struct gm_steps *s, struct gm_arena *a)
{
	s->transactional = true;
	if (s->file.n)
		add(s, a, GM_STEP_TRANSACTION, 0, s->file.n);
}

static void cut(struct gm_steps *s, struct gm_arena *a, enum gm_phase phase,
		bool loose)
{
	const struct gm_run_stmt *alone = first_of(s, GM_RUN_ALONE);
	bool batches = phase == GM_PHASE_BACKFILL && !s->file.whole;

	refuse_never(s, a);
	if (alone && first_of(s, GM_RUN_INSIDE) && !s->file.steps &&
	    !s->file.loose && !loose && !batches)
		refuse_mix(s, a, alone);
	if (alone || s->file.steps || batches)
		cut_steps(s, a, batches);
	else
		cut_transaction(s, a);
}

static int read_both(struct gm_steps *s, struct gm_arena *a, struct gm_str text,
		     struct gm_err *err)
{
	struct gm_sql_options options = { 0 };

	s->text = text;
	if (gm_run_read(&s->file, a, text, err) < 0 ||
	    gm_sql_read(&s->sql, a, text, &options, err) < 0)
		return -1;
	return 0;
}

int gm_steps_read(struct gm_steps *out, struct gm_arena *a, struct gm_str text,
		  enum gm_phase phase, bool loose, struct gm_err *err)
{
	struct gm_steps s = { 0 };

	if (read_both(&s, a, text, err) < 0)
		return -1;
	cut(&s, a, phase, loose);
	*out = s;
	return 0;
}

int gm_steps_verify(struct gm_steps *out, struct gm_arena *a,
		    struct gm_str text, struct gm_err *err)
{
	struct gm_steps s = { 0 };

	if (read_both(&s, a, text, err) < 0)
		return -1;
	refuse_never(&s, a);
	for (size_t i = 0; i < s.file.n; i++) {
		const struct gm_run_stmt *stmt = &s.file.items[i];

		if (stmt->mode == GM_RUN_ALONE || is_tag(stmt, "SAVEPOINT") ||
		    is_tag(stmt, "RELEASE") || is_tag(stmt, "ROLLBACK"))
			refuse(&s, a, stmt,
			       "verify SQL runs in a transaction that only"
			       " reads, and cannot leave it",
			       NULL);
	}
	cut_transaction(&s, a);
	*out = s;
	return 0;
}

bool gm_steps_sets(const struct gm_steps *s, const char *setting)
{
	for (size_t i = 0; i < s->file.n; i++)
		if (gm_str_ieq(gm_str(s->file.items[i].setting),
			       gm_str(setting)))
			return true;
	return false;
}

enum gm_run_lock gm_steps_lock(const struct gm_steps *s)
{
	enum gm_run_lock lock = GM_RUN_LOCK_NONE;

	for (size_t i = 0; i < s->file.n; i++)
		if (s->file.items[i].lock > lock)
			lock = s->file.items[i].lock;
	return lock;
}

static void add_target(struct gm_steps_targets *out, struct gm_arena *a,
		       const struct gm_run_stmt *stmt,
		       const struct gm_run_name *name)
{
	struct gm_steps_target *found = NULL;

	for (size_t i = 0; i < out->n && !found; i++)
		if (!strcmp(out->items[i].name.name, name->name) &&
		    !strcmp(out->items[i].name.schema, name->schema))
			found = &out->items[i];
	if (!found) {
		found = GM_PUSH(a, out);
		found->name = *name;
	}
	if (stmt->lock > found->lock)
		found->lock = stmt->lock;
	found->space |= stmt->space;
}

void gm_steps_targets(struct gm_steps_targets *out, struct gm_arena *a,
		      const struct gm_steps *s)
{
	struct gm_steps_targets found = { 0 };

	for (size_t i = 0; i < s->file.n; i++)
		for (size_t k = 0; k < s->file.items[i].targets.n; k++)
			add_target(&found, a, &s->file.items[i],
				   &s->file.items[i].targets.items[k]);
	*out = found;
}

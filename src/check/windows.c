/* A contract may not take away what an open window still keeps. */
#include <string.h>

#include "base/clock.h"
#include "check/judge.h"

/* The contract at hand, and how it is blamed. */
struct contract {
	const struct gm_migration *migration;
	const struct gm_pending_unit *pending;
	struct gm_judged_commit commit;
};

/* What stands in its way. */
struct clash {
	const struct gm_landed_unit *unit;
	const struct gm_sql_stmt *stmt;
	const char *what; /* NULL: the SQL does not say */
	int64_t until;    /* 0: not known */
};

/* Nothing but a contract: what it fills or adds, it does for that. */
static bool is_contract(enum gm_phase phase, const struct gm_sql_file *sql)
{
	return phase == GM_PHASE_CONTRACT && sql &&
	       gm_class_destructive(sql->class_);
}

static struct gm_finding *find(struct gm_judge *j, const struct contract *k,
			       const struct gm_sql_stmt *s, const char *message)
{
	struct gm_finding *found =
		gm_judge_find(j, &k->commit, GM_RULE_CONTRACT_TOO_EARLY,
			      gm_str(k->pending->up_path), "%s: it %s, but %s",
			      k->migration->id, s->why, message);

	found->line = s->line;
	found->column = s->column;
	return found;
}

static struct gm_pending_unit *pending_of(struct gm_judge *j,
					  const struct gm_migration *m)
{
	return gm_map_get(&j->pending,
			  gm_judge_key(j->scratch, m->root, gm_str(m->id)));
}

/* How the other one stands in its way. */
static const char *about(struct gm_judge *j, const char *id, const char *what)
{
	return what ? gm_printf(j->arena, "'%s' is about %s as well", id, what)
		    : gm_printf(j->arena,
				"its SQL does not name all that it touches,"
				" '%s' may be about the same",
				id);
}

/* Those that come with it, but for the one it names, which is told anyway. */
static void judge_fresh(struct gm_judge *j, const struct contract *k,
			struct gm_migration *const *fresh, size_t n)
{
	const char *named = k->pending->meta.contracts;
	const struct gm_pending_unit *target =
		named ? gm_pending_named(j, k->migration->root, named) : NULL;

	for (size_t i = 0; i < n; i++) {
		const struct gm_pending_unit *p = pending_of(j, fresh[i]);
		struct gm_touches touches = gm_touches(j->scratch);
		const struct gm_sql_stmt *s;
		const char *what;

		if (!p || p == k->pending || p == target || p->settled ||
		    p->last.elsewhere || !p->last.sql ||
		    is_contract(
			    gm_effective_phase(&p->meta, p->last.sql->class_),
			    p->last.sql))
			continue;
		gm_touches_add(&touches, p->last.sql);
		s = gm_touches_clash(&what, j->arena, &touches,
				     k->pending->last.sql);
		if (!s)
			continue;
		find(j, k, s,
		     gm_printf(j->arena, "%s, and comes in the same push",
			       about(j, fresh[i]->id, what)))
			->hint = "Push the other one first, wait out its"
				 " rollback window, then push this contract.";
		return;
	}
}

/* Its window is open, or nobody knows; and it clashes.  1, 0, -1. */
static int clashes(struct clash *out, struct gm_judge *j,
		   const struct contract *k, struct gm_landed_unit *unit,
		   struct gm_err *err)
{
	if (gm_landing_time(j, unit, err) < 0)
		return -1;
	*out = (struct clash){ .unit = unit };
	if (unit->at)
		out->until = gm_landing_end(j, unit->at, unit->until);
	if (unit->at && j->now >= out->until)
		return 0;
	if (gm_landing_sql(j, unit, err) < 0)
		return -1;
	if (is_contract(unit->phase, unit->sql))
		return 0;
	if (!unit->touches) {
		unit->touches = gm_alloc(j->arena, sizeof(*unit->touches));
		*unit->touches = gm_touches(j->arena);
		unit->touches->all = *unit->up_path && !unit->sql;
		if (unit->sql)
			gm_touches_add(unit->touches, unit->sql);
	}
	out->stmt = gm_touches_clash(&out->what, j->arena, unit->touches,
				     k->pending->last.sql);
	return out->stmt != NULL;
}

/* Of two that stand in its way, the one that does so for longer. */
static bool is_worse(const struct clash *one, const struct clash *than)
{
	if (!than->unit)
		return true;
	if (one->until != than->until)
		return than->until && (!one->until || one->until > than->until);
	return strcmp(one->unit->id, than->unit->id) < 0;
}

static void tell(struct gm_judge *j, const struct contract *k,
		 const struct clash *c)
{
	struct gm_finding *found;

	if (!c->until) {
		find(j, k, c->stmt,
		     gm_printf(j->arena,
			       "%s, and it is not known when that landed",
			       about(j, c->unit->id, c->what)))
			->hint = "In a clone, fetch the server's records: git"
				 " fetch <remote> '" GM_LANDED_REF
				 ":" GM_LANDED_REF "'.  On the server, 'git"
				 " migrate init --server' records what is"
				 " there.";
		return;
	}
	found = find(j, k, c->stmt,
		     gm_printf(j->arena,
			       "%s, and its rollback window is open for"
			       " another %s, until %s",
			       about(j, c->unit->id, c->what),
			       gm_duration_words(j->arena, c->until - j->now),
			       gm_time_format(j->arena, c->until)));
	gm_find_hint(&j->result->findings, found,
		     c->what ? "Push this contract after %s, whatever expand it"
			       " closes."
			     : "Push this contract after %s, or name what it"
			       " takes away: no CASCADE, no SQL that is only"
			       " known when it runs.",
		     gm_time_format(j->arena, c->until));
}

static int judge_landed(struct gm_judge *j, const struct contract *k,
			struct gm_err *err)
{
	const char *named = k->pending->meta.contracts;
	const struct gm_landed_unit *target =
		named ? gm_landed_named(j, k->migration->root, named) : NULL;
	struct clash worst = { 0 }, one;
	struct gm_str key;
	void *unit;

	for (size_t at = 0; gm_map_next(&j->landed, &at, &key, &unit);) {
		int found = unit == target ? 0 : clashes(&one, j, k, unit, err);

		if (found < 0)
			return -1;
		if (found && is_worse(&one, &worst))
			worst = one;
	}
	/* Where nothing is known at all, that is told of the named one. */
	if (worst.unit && (worst.until || !target || target->at))
		tell(j, k, &worst);
	return 0;
}

/* What it closes, as it turned out by the last of the commits. */
static int judge_named(struct gm_judge *j, const struct contract *k,
		       struct gm_err *err)
{
	const struct gm_pending_unit *p = k->pending;
	const struct gm_declared d = {
		.migration = k->migration,
		.meta = p->meta,
		.sql = p->last.sql,
		.path = gm_str(p->up_path),
		.elsewhere = p->last.elsewhere != NULL,
	};

	return p->told ? 0 : gm_judge_contract(j, &k->commit, &d, err);
}

int gm_judge_windows(struct gm_judge *j, const struct gm_migration *contract,
		     struct gm_migration *const *fresh, size_t n,
		     struct gm_err *err)
{
	struct contract k = { .migration = contract,
			      .pending = pending_of(j, contract) };
	const struct gm_pending_unit *p = k.pending;

	if (!p || p->settled || !p->last.sql ||
	    (!j->metadata && p->meta.phase == GM_PHASE_NONE) ||
	    gm_effective_phase(&p->meta, p->last.sql->class_) !=
		    GM_PHASE_CONTRACT)
		return 0;
	k.commit.hex = p->last.commit;
	k.commit.subject = p->last.subject;
	if (judge_named(j, &k, err) < 0)
		return -1;
	if (!j->unsure)
		judge_fresh(j, &k, fresh, n);
	return judge_landed(j, &k, err);
}

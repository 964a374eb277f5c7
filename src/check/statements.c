/* What the SQL of a migration does, alone and beside the commit's app. */
#include <string.h>

#include "check/parts.h"

/* App paths named in a finding before "and N more". */
#define PATHS_SHOWN 8

/* A finding that points at a statement. */
static struct gm_finding *find(struct gm_judge *j,
			       const struct gm_judged_commit *c,
			       const struct gm_declared *d, enum gm_rule rule,
			       const struct gm_sql_stmt *s, const char *message)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found = gm_find(f, rule, "%s", message);
	struct gm_spot from = gm_sql_spot(s);

	gm_judge_blame(c, found);
	gm_find_from(f, found, d->path, d->text, &from, s->at, s->width);
	return found;
}

static void judge_each(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_declared *d)
{
	struct gm_findings *f = &j->result->findings;

	for (size_t i = 0; i < d->sql->n; i++) {
		const struct gm_sql_stmt *s = &d->sql->items[i];

		if (s->class_ == GM_CLASS_OPAQUE &&
		    d->meta.phase != GM_PHASE_CONTRACT)
			find(j, c, d, GM_RULE_OPAQUE_SQL, s,
			     gm_printf(j->arena, "%s: it %s", d->migration->id,
				       s->why))
				->hint = "Write it as plain statements, or"
					 " declare 'Migration-Phase: contract'"
					 " and have it approved.";
		for (size_t h = 0; h < s->hazards.n; h++) {
			const struct gm_sql_hazard *hazard =
				&s->hazards.items[h];

			if (hazard->allowed)
				continue;
			gm_find_hint(
				f, find(j, c, d, hazard->rule, s, hazard->why),
				"'git migrate explain %s' shows the safe"
				" form.",
				gm_rule_info(hazard->rule)->name);
		}
	}
}

static void judge_down(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct gm_touched *t)
{
	const struct gm_declared *d = &t->declared;

	if (!t->root->layout->has_down ||
	    gm_effective_phase(&d->meta, d->sql->class_) != GM_PHASE_EXPAND ||
	    gm_migration_file(d->migration, GM_ROLE_DOWN))
		return;
	gm_judge_find(j, c, GM_RULE_MISSING_DOWN, d->path,
		      "%s: an expand without a down migration",
		      d->migration->id)
		->hint = "Add the down file; 'git migrate new' shows its name.";
}

/* The statement that makes a file what it is. */
static const struct gm_sql_stmt *worst(const struct gm_sql_file *sql)
{
	for (size_t i = 0; i < sql->n; i++)
		if (sql->items[i].class_ == sql->class_)
			return &sql->items[i];
	return NULL;
}

static void name_paths(struct gm_findings *f, struct gm_finding *found,
		       const struct gm_strings *app)
{
	for (size_t i = 0; i < app->n && i < PATHS_SHOWN; i++)
		gm_find_note(f, found, "app: %s", app->items[i]);
	if (app->n > PATHS_SHOWN)
		gm_find_note(f, found, "app: and %zu more",
			     app->n - PATHS_SHOWN);
}

static void judge_mix(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, const struct gm_strings *app)
{
	const struct gm_sql_stmt *stmt = worst(d->sql);
	struct gm_findings *f = &j->result->findings;
	bool destructive = gm_class_destructive(d->sql->class_);
	struct gm_finding *found;

	if (!app->n || !stmt || d->sql->class_ == GM_CLASS_NEUTRAL)
		return;
	found = find(j, c, d,
		     destructive ? GM_RULE_MIXED_DESTRUCTIVE
				 : GM_RULE_MIXED_EXPAND,
		     stmt,
		     gm_printf(j->arena,
			       "%s: it %s, and the same commit changes %zu app"
			       " file%s",
			       d->migration->id, stmt->why, app->n,
			       app->n == 1 ? "" : "s"));
	name_paths(f, found, app);
	if (c->hex)
		gm_find_hint(f, found,
			     "Run 'git migrate split %.12s' to make two"
			     " commits of it%s.",
			     c->hex,
			     destructive ? "; push the contract after the"
					   " rollback window"
					 : "");
	else
		found->hint = "Commit the migration and the app change"
			      " separately.";
}

static struct gm_str last_part(struct gm_str path)
{
	size_t at = path.len;

	while (at && path.ptr[at - 1] != '/')
		at--;
	return gm_str_sub(path, at, path.len);
}

int gm_judge_verify(struct gm_judge *j, const struct gm_judged_commit *c,
		    const char *id, struct gm_str path, struct gm_str text,
		    struct gm_err *err)
{
	const struct gm_sql_options options = {
		.postgres = j->cx->policy.postgres,
	};
	struct gm_findings *f = &j->result->findings;
	struct gm_str name = last_part(path);
	struct gm_sql_file sql = { 0 };
	struct gm_finding *found;

	if (text.ptr && gm_sql_read(&sql, j->scratch, text, &options, err) < 0)
		return gm_fail_at(err, gm_str_dup(j->scratch, path), 0, 0);
	for (size_t i = 0; i < sql.n; i++) {
		const struct gm_sql_stmt *s = &sql.items[i];

		/* What nobody can read is run where nothing can be written;
		 * but COPY writes files and runs programs even there. */
		if (s->class_ == GM_CLASS_NEUTRAL ||
		    (s->class_ == GM_CLASS_OPAQUE && strcmp(s->tag, "COPY")))
			continue;
		found = gm_judge_find(j, c, GM_RULE_PHASE_MISMATCH, path,
				      "%s: %.*s must only read, but it %s,"
				      " which is %s",
				      id, (int)name.len, name.ptr, s->why,
				      gm_class_name(s->class_));
		gm_find_at(f, found, found->path, text, s->at, s->width);
		found->hint = "It runs in a read-only transaction: select what"
			      " shows that the migration worked.";
		break;
	}
	return 0;
}

void gm_judge_statements(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_touched *t,
			 const struct gm_parts *parts)
{
	/* What it does by itself was judged where it landed before; what came
	 * with it only if it came with the same commit. */
	if (!t->elsewhere)
		judge_each(j, c, &t->declared);
	if (!t->known)
		judge_mix(j, c, &t->declared, &parts->app);
	if (!t->elsewhere)
		judge_down(j, c, t);
}

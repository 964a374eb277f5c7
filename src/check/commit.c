/* What one commit brings: its migrations, its other changes, its words. */
#include <ctype.h>
#include <string.h>

#include "base/escape.h"
#include "check/content.h"
#include "check/judge.h"

/* App paths named in a finding before "and N more". */
#define PATHS_SHOWN 8

/* One migration that the commit touches. */
struct touched {
	struct gm_unit_path unit;
	const struct gm_root *root;
	struct gm_str path; /* of the first of its changed files */
	bool up;            /* its up SQL is new or changed */
	struct gm_declared declared;
	bool judged; /* its SQL was read: declared.sql is set */
};

/* The changes of a commit, sorted by what they are. */
struct parts {
	struct touched *items; /* migrations */
	size_t n, cap;
	struct gm_strings app;
};

static bool is_word(struct gm_str text, const char *word)
{
	return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

bool gm_judge_speaks(const struct gm_judge *j, const struct gm_commit *c)
{
	struct gm_str message = c->message;
	char *lower;

	if (!message.len)
		return false;
	lower = gm_str_dup(j->scratch, message);
	for (size_t i = 0; i < message.len; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	message.ptr = lower;
	return is_word(message, "migration") || is_word(message, "rollback-") ||
	       is_word(message, "feature-flag") ||
	       is_word(message, "break-glass");
}

static struct touched *touch(struct gm_judge *j, struct parts *parts,
			     const struct gm_root *root,
			     const struct gm_unit_path *unit,
			     struct gm_str path)
{
	struct touched *t;

	for (size_t i = 0; i < parts->n; i++)
		if (gm_str_eq(parts->items[i].unit.id, unit->id))
			return &parts->items[i];
	t = GM_PUSH(j->scratch, parts);
	t->unit = *unit;
	t->root = root;
	t->path = path;
	return t;
}

/*
 * A file in a migrations directory that is no migration, but would be taken
 * for one by a careless reader or another tool.
 */
static void judge_stray(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_change *change)
{
	for (size_t i = 0; i < j->cx->roots.n; i++) {
		const struct gm_root *root = &j->cx->roots.items[i];
		struct gm_roots one = { .items = &j->cx->roots.items[i],
					.n = 1,
					.cap = 1 };
		struct gm_str path = change->path;
		struct gm_finding *found;
		const char *why;

		if (!gm_roots_hold(&one, path))
			continue;
		if (root->path.len)
			path = gm_str_sub(path, root->path.len + 1, path.len);
		why = gm_layout_near_miss(root->layout, j->arena, path);
		if (!why)
			continue;
		found = gm_find(&j->result->findings, GM_RULE_UNSAFE_PATH,
				"this SQL file is not read as a migration: %s",
				why);
		gm_judge_blame(c, found);
		found->path = gm_str(gm_str_dup(j->arena, change->path));
		gm_find_hint(&j->result->findings, found,
			     "Name it as the layout '%s' asks, or move it out"
			     " of the migrations directory.",
			     root->layout->name);
	}
}

static void sort_changes(struct gm_judge *j, struct parts *parts,
			 const struct gm_judged_commit *c)
{
	for (size_t i = 0; i < c->changes.n; i++) {
		const struct gm_change *change = &c->changes.items[i];
		const struct gm_root *root;
		struct gm_unit_path unit;
		struct touched *t;

		root = gm_roots_match(&unit, &j->cx->roots, change->path);
		if (root) {
			gm_judge_path(j, c, change);
			t = touch(j, parts, root, &unit, change->path);
			if (unit.role == GM_ROLE_UP &&
			    change->new_mode != GM_MODE_NONE)
				t->up = true;
			continue;
		}
		if (change->new_mode != GM_MODE_NONE &&
		    gm_roots_hold(&j->cx->roots, change->path)) {
			gm_judge_path(j, c, change);
			judge_stray(j, c, change);
		}
		if (!gm_str_starts(change->path, GM_STR(GM_POLICY_DIR)) &&
		    !gm_policy_neutral(&j->cx->policy, change->path))
			*GM_PUSH(j->scratch, &parts->app) =
				gm_escape_path(j->scratch, change->path);
	}
}

static bool plain_file(unsigned mode)
{
	return mode == GM_MODE_FILE || mode == GM_MODE_EXEC;
}

/* Read one file of a migration and judge its bytes. */
static int read_file(struct gm_judge *j, const struct gm_judged_commit *c,
		     struct gm_str *text, const struct gm_migration_file *file,
		     struct gm_err *err)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_str path = gm_str(gm_str_dup(j->arena, file->path));
	struct gm_finding *found;
	uint64_t size;
	size_t before = f->n;

	*text = GM_STR_NONE;
	if (!plain_file(file->mode))
		return 0;
	if (gm_object_size(&size, j->repo, &file->oid, err) < 0)
		return -1;
	if (size > GM_SQL_MAX) {
		found = gm_find(f, GM_RULE_UNSAFE_CONTENT,
				"the file has %llu bytes, more than the %zu a"
				" migration may have",
				(unsigned long long)size, GM_SQL_MAX);
		gm_judge_blame(c, found);
		found->path = path;
		gm_find_hint(f, found,
			     "Load bulk data outside of migrations, or split"
			     " it.");
		return 0;
	}
	if (gm_blob_read(text, j->scratch, j->repo, &file->oid, GM_SQL_MAX,
			 err) < 0)
		return -1;
	gm_content_check(f, path, *text, c->hex);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
	return 0;
}

static void judge_statements(struct gm_judge *j,
			     const struct gm_judged_commit *c,
			     const struct gm_declared *d)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found;

	for (size_t i = 0; i < d->sql->n; i++) {
		const struct gm_sql_stmt *s = &d->sql->items[i];

		if (s->class_ == GM_CLASS_OPAQUE &&
		    d->meta.phase != GM_PHASE_CONTRACT) {
			found = gm_find(f, GM_RULE_OPAQUE_SQL, "%s", s->why);
			gm_judge_blame(c, found);
			gm_find_at(f, found, d->path, d->text, s->at, s->width);
			gm_find_hint(f, found,
				     "Write it as plain statements, or declare"
				     " 'Migration-Phase: contract' and have it"
				     " approved.");
		}
		for (size_t h = 0; h < s->hazards.n; h++) {
			const struct gm_sql_hazard *hazard =
				&s->hazards.items[h];

			if (hazard->allowed)
				continue;
			found = gm_find(f, hazard->rule, "%s", hazard->why);
			gm_judge_blame(c, found);
			gm_find_at(f, found, d->path, d->text, s->at, s->width);
			gm_find_hint(f, found,
				     "'git migrate explain %s' shows the safe"
				     " form.",
				     gm_rule_info(hazard->rule)->name);
		}
	}
}

static void judge_down(struct gm_judge *j, const struct gm_judged_commit *c,
		       const struct touched *t)
{
	const struct gm_declared *d = &t->declared;
	struct gm_finding *found;

	if (!t->root->layout->has_down ||
	    gm_effective_phase(&d->meta, d->sql->class_) != GM_PHASE_EXPAND ||
	    gm_migration_file(d->migration, GM_ROLE_DOWN))
		return;
	found = gm_find(&j->result->findings, GM_RULE_MISSING_DOWN,
			"%s: an expand without a down migration",
			d->migration->id);
	gm_judge_blame(c, found);
	found->path = d->path;
	gm_find_hint(&j->result->findings, found,
		     "Add the down file; 'git migrate new' shows its name.");
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
		      const struct touched *t, const struct gm_strings *app)
{
	const struct gm_declared *d = &t->declared;
	const struct gm_sql_stmt *stmt = worst(d->sql);
	struct gm_findings *f = &j->result->findings;
	bool destructive = gm_class_destructive(d->sql->class_);
	struct gm_finding *found;

	if (!app->n || !stmt || d->sql->class_ == GM_CLASS_NEUTRAL)
		return;
	found = gm_find(
		f,
		destructive ? GM_RULE_MIXED_DESTRUCTIVE : GM_RULE_MIXED_EXPAND,
		"%s: the migration %s, and the same commit changes %zu"
		" app file%s",
		d->migration->id, stmt->why, app->n, app->n == 1 ? "" : "s");
	gm_judge_blame(c, found);
	gm_find_at(f, found, d->path, d->text, stmt->at, stmt->width);
	name_paths(f, found, app);
	if (!c->hex)
		gm_find_hint(f, found,
			     "Commit the migration and the app change"
			     " separately.");
	else
		gm_find_hint(f, found,
			     "Run 'git migrate split %.12s' to make two"
			     " commits of it%s.",
			     c->hex,
			     destructive ? "; push the contract after the"
					   " rollback window"
					 : "");
}

static void remember(struct gm_judge *j, const struct gm_judged_commit *c,
		     const struct gm_declared *d)
{
	struct gm_str id = gm_str(d->migration->id);
	struct gm_pending_unit *p = gm_map_get(&j->pending, id);

	if (!p) {
		p = gm_alloc(j->arena, sizeof(*p));
		p->id = gm_strdup(j->arena, d->migration->id);
		gm_map_set(&j->pending, gm_str(p->id), p);
	}
	p->up_path = d->path.ptr;
	p->meta = d->meta;
	p->commit = c->hex;
}

static int report(struct gm_judge *j, const struct gm_judged_commit *c,
		  struct gm_declared *d, struct gm_err *err)
{
	struct gm_judged *judged;
	const char *digest;

	if (gm_migration_digest(&digest, j->arena, j->repo, d->migration, err) <
	    0)
		return -1;
	judged = GM_PUSH(j->arena, j->result);
	judged->id = gm_strdup(j->arena, d->migration->id);
	judged->phase = gm_phase_name(d->meta.phase);
	judged->commit = c->hex;
	judged->digest = digest;
	judged->path = d->path;
	judged->sql = *d->sql;
	return 0;
}

/* Read a migration's SQL and what was said of it. */
static int declare(struct gm_judge *j, const struct gm_judged_commit *c,
		   struct touched *t, struct gm_migration *m,
		   const struct gm_commit_meta *words, struct gm_err *err)
{
	const struct gm_sql_options options = {
		.postgres = j->cx->policy.postgres,
	};
	const struct gm_pending_unit *earlier =
		gm_map_get(&j->pending, gm_str(m->id));
	struct gm_declared *d = &t->declared;
	struct gm_findings *f = &j->result->findings;
	struct gm_sql_file *sql = gm_alloc(j->arena, sizeof(*sql));
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	struct gm_meta header = { 0 };
	size_t before;

	d->migration = m;
	d->path = gm_str(gm_str_dup(j->arena, up->path));
	if (read_file(j, c, &d->text, up, err) < 0)
		return -1;
	if (!d->text.ptr)
		return 0;
	if (gm_sql_read(sql, j->arena, d->text, &options, err) < 0)
		return gm_fail_at(err, d->path.ptr, 0, 0);
	d->sql = sql;
	before = f->n;
	gm_meta_from_sql(&header, j->arena, d->path, d->text, f);
	d->meta = gm_meta_join(j->arena, m->id, words, &header, d->path, f);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
	if (earlier)
		d->meta = gm_meta_overlay(&earlier->meta, &d->meta);
	m->meta = d->meta;
	t->judged = true;
	return 0;
}

static int judge_down_files(struct gm_judge *j,
			    const struct gm_judged_commit *c,
			    const struct gm_migration *m, struct gm_err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		struct gm_str text;

		if (m->files[i].role != GM_ROLE_UP &&
		    read_file(j, c, &text, &m->files[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Read a migration the commit touches; judge it against what has landed. */
static int prepare(struct gm_judge *j, const struct gm_judged_commit *c,
		   struct touched *t, const struct gm_commit_meta *words,
		   struct gm_err *err)
{
	const char *id = gm_str_dup(j->arena, t->unit.id);
	struct gm_migration *m = NULL;

	if (gm_set_read_one(&m, j->scratch, j->repo, &c->commit.tree, t->root,
			    t->unit.id, t->path, err) < 0)
		return -1;
	gm_judge_landed(j, c, id, m);
	if (!m)
		return 0;
	if (judge_down_files(j, c, m, err) < 0)
		return -1;
	if (!t->up || !gm_migration_file(m, GM_ROLE_UP))
		return 0;
	return declare(j, c, t, m, words, err);
}

static int judge_declared(struct gm_judge *j, const struct gm_judged_commit *c,
			  struct touched *t, const struct gm_strings *app,
			  struct gm_err *err)
{
	judge_statements(j, c, &t->declared);
	judge_mix(j, c, t, app);
	judge_down(j, c, t);
	if (j->metadata || t->declared.meta.phase != GM_PHASE_NONE)
		gm_judge_metadata(j, c, &t->declared);
	return report(j, c, &t->declared, err);
}

static bool is_migration_of(const struct parts *parts, const char *id)
{
	for (size_t i = 0; i < parts->n; i++)
		if (gm_str_is(parts->items[i].unit.id, id))
			return true;
	return false;
}

/* Only what an app commit may say as well? */
static bool fits_app(const struct gm_meta *meta)
{
	return meta->phase == GM_PHASE_NONE && !meta->contracts &&
	       !meta->window && !meta->owner;
}

static void judge_scope(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct parts *parts,
			const struct gm_commit_meta *words)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found;
	bool named = false;

	for (size_t i = 0; i < words->n; i++)
		named |= words->items[i].id != NULL;
	for (size_t i = 0; i < words->n; i++) {
		const struct gm_commit_meta_item *item = &words->items[i];

		if (item->id && !is_migration_of(parts, item->id)) {
			found = gm_find(f, GM_RULE_BAD_TRAILER,
					"'Migration: %s' names no migration"
					" of this commit",
					item->id);
			gm_find_hint(f, found,
				     "Name the directory or file stem of a"
				     " migration that this commit changes.");
		} else if (!item->id && !parts->n && !fits_app(&item->meta)) {
			found = gm_find(f, GM_RULE_BAD_TRAILER,
					"the trailers describe a migration,"
					" but the commit holds none");
			gm_find_hint(f, found,
				     "Move them to the commit that holds the"
				     " migration, or check the directory's"
				     " name in the policy.");
		} else if (!item->id && parts->n > 1 && !named) {
			found = gm_find(f, GM_RULE_BAD_TRAILER,
					"the commit holds %zu migrations, and"
					" its trailers do not say which they"
					" describe",
					parts->n);
			gm_find_hint(f, found,
				     "Put 'Migration: <id>' above the trailers"
				     " of each.");
		}
	}
}

static void judge_required(struct gm_judge *j, const struct parts *parts,
			   const struct gm_commit_meta *words)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_finding *found;

	for (size_t i = 0; i < words->requires_.n; i++) {
		struct gm_str id = gm_str(words->requires_.items[i]);

		if (gm_map_get(&j->landed, id) || gm_map_get(&j->pending, id) ||
		    is_migration_of(parts, words->requires_.items[i]))
			continue;
		found = gm_find(f, GM_RULE_BAD_TRAILER,
				"'Migration-Requires: %s' names no migration"
				" of this repository",
				words->requires_.items[i]);
		gm_find_hint(f, found,
			     "'git migrate log' lists the migrations and their"
			     " ids.");
	}
}

static void judge_encoding(struct gm_judge *j, const struct gm_judged_commit *c)
{
	struct gm_str encoding = gm_str(c->commit.encoding);
	bool nul = memchr(c->commit.message.ptr, 0, c->commit.message.len);
	struct gm_finding *found;

	if (!nul && (!encoding.len || gm_str_ieq(encoding, GM_STR("UTF-8"))))
		return;
	found = gm_find(&j->result->findings, GM_RULE_BAD_TRAILER,
			nul ? "the commit message holds a NUL byte"
			    : "the commit message is not in UTF-8");
	gm_judge_blame(c, found);
	gm_find_hint(&j->result->findings, found,
		     "Write the message again, in UTF-8: git commit --amend.");
}

int gm_judge_touches(const struct gm_judge *j, const struct gm_commit *c,
		     struct gm_err *err)
{
	for (size_t i = 0; i < j->cx->roots.n; i++) {
		struct gm_str path = j->cx->roots.items[i].path;
		struct gm_entry own, theirs;
		bool same = false;
		int has = gm_tree_find(&own, j->scratch, j->repo, &c->tree,
				       path, err);

		if (has < 0)
			return -1;
		for (size_t p = 0; p < c->n_parents && !same; p++) {
			struct gm_commit parent;
			int had;

			if (gm_commit_read(&parent, j->scratch, j->repo,
					   &c->parents[p], err) < 0)
				return -1;
			had = gm_tree_find(&theirs, j->scratch, j->repo,
					   &parent.tree, path, err);
			if (had < 0)
				return -1;
			same = had == has &&
			       (!has || (own.mode == theirs.mode &&
					 gm_oid_eq(&own.oid, &theirs.oid)));
		}
		if (!same && (has || c->n_parents))
			return 1;
	}
	return 0;
}

int gm_judge_commit(struct gm_judge *j, struct gm_judged_commit *c,
		    struct gm_err *err)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_commit_meta words = { 0 };
	struct gm_trailers trailers = { 0 };
	struct parts parts = { 0 };
	size_t before = f->n;

	sort_changes(j, &parts, c);
	if (parts.n || gm_judge_speaks(j, &c->commit)) {
		judge_encoding(j, c);
		gm_trailers_parse(&trailers, j->scratch, c->commit.message);
		gm_meta_from_trailers(&words, j->arena, &trailers, f);
		judge_scope(j, c, &parts, &words);
		judge_required(j, &parts, &words);
		for (; before < f->n; before++)
			gm_judge_blame(c, &f->items[before]);
	}
	for (size_t i = 0; i < parts.n; i++)
		if (prepare(j, c, &parts.items[i], &words, err) < 0)
			return -1;
	/* All before any is judged: one may name another of this commit. */
	for (size_t i = 0; i < parts.n; i++)
		if (parts.items[i].judged)
			remember(j, c, &parts.items[i].declared);
	for (size_t i = 0; i < parts.n; i++)
		if (parts.items[i].judged &&
		    judge_declared(j, c, &parts.items[i], &parts.app, err) < 0)
			return -1;
	j->result->commits++;
	return 0;
}

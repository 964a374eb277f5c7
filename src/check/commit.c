/* What one commit brings: its migrations, its other changes, its words. */
#include <string.h>

#include "base/utf8.h"
#include "check/content.h"
#include "check/parts.h"
#include "git/ref.h"
#include "git/walk.h"

static bool plain_file(unsigned mode)
{
	return mode == GM_MODE_FILE || mode == GM_MODE_EXEC;
}

/*
 * Read one file of a migration and judge its bytes.  `*text` stays without a
 * pointer, and `*why` says what is wrong, where they are not to be parsed.
 */
static int read_file(struct gm_judge *j, const struct gm_judged_commit *c,
		     struct gm_str *text, const char **why,
		     const struct gm_migration_file *file, struct gm_err *err)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_str path = gm_str(gm_str_dup(j->arena, file->path)), read;
	uint64_t size;
	size_t before = f->n;

	*text = GM_STR_NONE;
	*why = "is not a plain file";
	if (!plain_file(file->mode))
		return 0;
	if (gm_object_size(&size, j->repo, &file->oid, err) < 0)
		return -1;
	if (size > GM_SQL_MAX) {
		*why = "is too large to be read";
		gm_judge_find(j, c, GM_RULE_UNSAFE_CONTENT, path,
			      "the file has %llu bytes, more than the %zu a"
			      " migration may have",
			      (unsigned long long)size, GM_SQL_MAX)
			->hint = "Load bulk data outside of migrations, or"
				 " split it.";
		return 0;
	}
	if (gm_blob_read(&read, j->scratch, j->repo, &file->oid, GM_SQL_MAX,
			 err) < 0)
		return -1;
	gm_content_check(f, path, read, c->hex);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
	*why = "holds bytes that are not text";
	if (gm_str_find(read, '\0') == read.len && gm_utf8_valid(read, NULL))
		*text = read;
	return 0;
}

/* What cannot be read is opaque, whatever the policy makes of its content. */
static void make_opaque(struct gm_judge *j, struct gm_sql_file *out,
			const char *why)
{
	struct gm_sql_stmt *s = GM_PUSH(j->arena, out);

	out->class_ = GM_CLASS_OPAQUE;
	s->class_ = GM_CLASS_OPAQUE;
	s->line = 1;
	s->column = 1;
	s->tag = "?";
	s->why = why;
}

static void remember(struct gm_judge *j, const struct gm_judged_commit *c,
		     const struct gm_touched *t)
{
	const struct gm_declared *d = &t->declared;
	struct gm_str key = gm_judge_key(j->arena, d->migration->root,
					 gm_str(d->migration->id));
	struct gm_pending_unit *p = gm_map_get(&j->pending, key);

	if (!p) {
		p = gm_alloc(j->arena, sizeof(*p));
		p->id = gm_strdup(j->arena, d->migration->id);
		gm_map_set(&j->pending, key, p);
	}
	p->up_path = d->path.ptr;
	p->meta = d->meta;
	p->last = (struct gm_edition){
		.up = gm_migration_file(d->migration, GM_ROLE_UP)->oid,
		.sql = d->sql,
		.elsewhere = t->elsewhere,
		.ticket = d->ticket,
		.commit = c->hex,
		.subject = c->subject,
	};
	p->settled = t->settled;
	p->gone = false;
	*GM_PUSH(j->arena, &p->editions) = p->last;
	gm_judge_people(j, &p->people, &c->commit);
}

/* It went away before it landed; a merge may still keep it. */
static void forget(struct gm_judge *j, const struct gm_touched *t)
{
	struct gm_pending_unit *p = gm_map_get(
		&j->pending, gm_judge_key(j->scratch, t->root, t->unit.id));

	if (p)
		p->gone = true;
}

int gm_judge_readable(struct gm_judge *j, const struct gm_migration *m,
		      struct gm_err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		uint64_t size;

		if (!plain_file(m->files[i].mode))
			return 0;
		if (gm_object_size(&size, j->repo, &m->files[i].oid, err) < 0)
			return -1;
		if (size > GM_SQL_MAX)
			return 0;
	}
	return 1;
}

static int report(struct gm_judge *j, const struct gm_judged_commit *c,
		  struct gm_declared *d, struct gm_err *err)
{
	struct gm_judged *judged;
	const char *digest = NULL;
	int readable = gm_judge_readable(j, d->migration, err);

	if (readable <= 0)
		return readable;
	if (j->result->digests &&
	    gm_migration_digest(&digest, j->arena, j->repo, d->migration, err) <
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

static size_t count_ups(const struct gm_migration *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_files; i++)
		n += m->files[i].role == GM_ROLE_UP;
	return n;
}

/* What commits before said of it, where need be under another name. */
static const struct gm_pending_unit *earlier_of(struct gm_judge *j,
						const struct gm_parts *parts,
						const struct gm_touched *t,
						const struct gm_migration *m)
{
	const struct gm_pending_unit *p = gm_map_get(
		&j->pending, gm_judge_key(j->scratch, m->root, gm_str(m->id)));
	const struct gm_touched *from;

	if (p && !p->gone)
		return p;
	from = gm_parts_source(parts, t);
	return from ? gm_map_get(&j->pending, gm_judge_key(j->scratch, t->root,
							   from->unit.id))
		    : NULL;
}

/*
 * Does a finding say all there is to say?  Where a landed migration was edited
 * or renamed, what its author has to declare is not the point.
 */
static bool is_settled(struct gm_judge *j, const struct gm_parts *parts,
		       const struct gm_touched *t, const struct gm_migration *m)
{
	const enum gm_severity *severity = j->cx->policy.severity;
	const struct gm_touched *from = gm_parts_source(parts, t);
	const struct gm_landed_unit *then = gm_map_get(
		&j->landed, gm_judge_key(j->scratch, m->root, gm_str(m->id)));

	if (then)
		return gm_landed_fixed(j, then);
	return from && severity[GM_RULE_DELETED_LANDED] == GM_SEV_ERROR &&
	       gm_map_get(&j->landed,
			  gm_judge_key(j->scratch, t->root, from->unit.id));
}

/* Did all of this land on another protected ref, long ago? */
static int look_elsewhere(struct gm_judge *j, const struct gm_judged_commit *c,
			  struct gm_touched *t, const struct gm_migration *m,
			  struct gm_err *err)
{
	int found = gm_judge_readable(j, m, err);
	struct gm_oid tip;

	if (found > 0 && gm_landing_elsewhere(&t->elsewhere, j, m, err) < 0)
		found = -1;
	if (found <= 0 || !t->elsewhere || !c->hex)
		return found < 0 ? -1 : 0;
	found = gm_ref_get(&tip, j->repo, t->elsewhere->ref, err);
	if (found <= 0)
		return found;
	if (gm_object_peel(&tip, &(enum gm_object_kind){ 0 }, j->repo, &tip,
			   err) < 0)
		return -1;
	found = gm_is_ancestor(j->repo, &c->commit.oid, &tip, err);
	t->known = found > 0;
	return found < 0 ? -1 : 0;
}

static bool is_flyway(const struct gm_migration *m)
{
	return !strcmp(m->root->layout->name, "flyway");
}

/* The first "${" of a text, but for the names Flyway has itself. */
static size_t placeholder(struct gm_str text)
{
	size_t at = 0;

	for (;;) {
		at += gm_str_find(gm_str_sub(text, at, text.len), '$');
		if (at >= text.len ||
		    (gm_str_starts(gm_str_sub(text, at, text.len),
				   GM_STR("${")) &&
		     !gm_str_starts(gm_str_sub(text, at, text.len),
				    GM_STR("${flyway:"))))
			return at;
		at++;
	}
}

/* The configuration of that file, where its tool has one for each. */
static const struct gm_migration_file *
script_of(const struct gm_migration *m, const struct gm_migration_file *sql)
{
	for (size_t i = 0; i < m->n_files; i++) {
		const struct gm_migration_file *file = &m->files[i];

		if (file->role == GM_ROLE_CONFIG && plain_file(file->mode) &&
		    file->path.len == sql->path.len + strlen(".conf") &&
		    gm_str_starts(file->path, sql->path))
			return file;
	}
	return NULL;
}

/* How Flyway runs the file.  What is odd about that is told elsewhere. */
static int read_script(struct gm_script *out, struct gm_judge *j,
		       const struct gm_migration *m,
		       const struct gm_migration_file *up, struct gm_err *err)
{
	const struct gm_migration_file *file = script_of(m, up);
	struct gm_findings ignored = gm_findings(j->scratch, NULL);
	struct gm_err why = GM_ERR_INIT;
	struct gm_str text;

	*out = (struct gm_script){ .plain = !is_flyway(m) };
	if (!is_flyway(m) || !file)
		return 0;
	if (gm_blob_read(&text, j->scratch, j->repo, &file->oid, GM_SQL_MAX,
			 &why) < 0) {
		if (why.code == GM_ELIMIT)
			return 0;
		*err = why;
		return -1;
	}
	gm_content_script(out, &ignored, file->path, text, NULL);
	return 0;
}

/*
 * Flyway puts values into the text before anybody parses it, comments and
 * strings not excepted: what they are is not in the file.
 */
static void judge_placeholders(struct gm_judge *j, struct gm_sql_file *sql,
			       struct gm_str text)
{
	size_t start = 0, end;

	for (size_t i = 0; i < sql->n; i++, start = end) {
		struct gm_sql_stmt *s = &sql->items[i];
		size_t at;

		end = i + 1 < sql->n ? s->offset + s->len : text.len;
		at = start + placeholder(gm_str_sub(text, start, end));
		if (at >= end)
			continue;
		sql->class_ = s->class_ = GM_CLASS_OPAQUE;
		s->why = "holds a placeholder of Flyway, whose value is not in"
			 " the file";
		s->at = at > s->offset ? at : s->offset;
		s->width = 2;
	}
	if (!sql->n && placeholder(text) < text.len)
		make_opaque(j, sql, "holds a placeholder of Flyway");
}

/* Read a migration's SQL and what was said of it. */
static int declare(struct gm_judge *j, const struct gm_judged_commit *c,
		   const struct gm_parts *parts, struct gm_touched *t,
		   struct gm_migration *m, const struct gm_commit_meta *words,
		   struct gm_err *err)
{
	struct gm_sql_options options = {
		.postgres = j->cx->policy.postgres,
	};
	const struct gm_pending_unit *earlier = earlier_of(j, parts, t, m);
	struct gm_findings ignored = gm_findings(j->arena, NULL);
	struct gm_declared *d = &t->declared;
	struct gm_findings *f = &j->result->findings;
	struct gm_sql_file *sql = gm_alloc(j->arena, sizeof(*sql));
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	struct gm_meta header = { 0 };
	struct gm_script script;
	const char *why;
	size_t before;

	d->migration = m;
	d->path = gm_str(gm_str_dup(j->arena, up->path));
	if (read_script(&script, j, m, up, err) < 0 ||
	    read_file(j, c, &d->text, &why, up, err) < 0)
		return -1;
	options.alone = script.alone;
	/* Who could say which of two is run? */
	if (count_ups(m) > 1)
		make_opaque(j, sql, "has more than one file of SQL to run");
	else if (!d->text.ptr)
		make_opaque(j, sql, why);
	else if (gm_sql_read(sql, j->arena, d->text, &options, err) < 0)
		return gm_fail_at(err, d->path.ptr, 0, 0);
	if (d->text.ptr && !script.plain)
		judge_placeholders(j, sql, d->text);
	d->sql = sql;
	t->settled |= earlier && earlier->settled;
	if (t->settled)
		f = &ignored;
	before = f->n;
	gm_meta_from_sql(&header, j->arena, d->path, d->text, f);
	d->meta = gm_meta_join(j->arena, m->id, words, &header, d->path, f);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
	d->ticket = header.break_glass;
	if (earlier)
		d->meta = gm_meta_overlay(&earlier->meta, &d->meta);
	m->meta = d->meta;
	t->judged = true;
	return t->settled ? 0 : look_elsewhere(j, c, t, m, err);
}

static void judge_script(struct gm_judge *j, const struct gm_judged_commit *c,
			 const struct gm_migration_file *file,
			 struct gm_str text)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_script script;
	size_t before = f->n;

	gm_content_script(&script, f, gm_str(gm_str_dup(j->arena, file->path)),
			  text, c->hex);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
}

/* All but the up SQL. */
static int judge_other_files(struct gm_judge *j,
			     const struct gm_judged_commit *c,
			     const struct gm_touched *t,
			     const struct gm_migration *m, struct gm_err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		const struct gm_migration_file *file = &m->files[i];
		struct gm_str text;
		const char *why;

		if (file->role == GM_ROLE_UP)
			continue;
		if (read_file(j, c, &text, &why, file, err) < 0)
			return -1;
		if (file->role == GM_ROLE_CONFIG && is_flyway(m))
			judge_script(j, c, file, text);
		if (file->role == GM_ROLE_VERIFY && t->verify && !t->settled &&
		    !t->elsewhere &&
		    gm_judge_verify(j, c, m->id, file->path, text, err) < 0)
			return -1;
	}
	return 0;
}

/* Read a migration the commit touches; judge it against what has landed. */
static int prepare(struct gm_judge *j, struct gm_judged_commit *c,
		   const struct gm_parts *parts, struct gm_touched *t,
		   const struct gm_commit_meta *words, struct gm_err *err)
{
	const struct gm_pending_unit *p;
	struct gm_migration *m = NULL;

	if (gm_judge_read(&m, j, c, t->root, t->unit.id, t->path, err) < 0)
		return -1;
	/* A way back may be named apart from its migration, which decides. */
	if (m && !gm_str_is(t->unit.id, m->id) && gm_parts_have(parts, m->id))
		return 0;
	gm_judge_landed(j, c, t->root,
			m ? m->id : gm_str_dup(j->scratch, t->unit.id), m);
	t->gone = !m || !gm_migration_file(m, GM_ROLE_UP);
	if (!m)
		return 0;
	t->settled = is_settled(j, parts, t, m);
	/* Whatever else of it changes makes another of it. */
	p = gm_map_get(&j->pending,
		       gm_judge_key(j->scratch, t->root, gm_str(m->id)));
	if ((t->up || (p && p->last.elsewhere)) && !t->gone &&
	    declare(j, c, parts, t, m, words, err) < 0)
		return -1;
	return judge_other_files(j, c, t, m, err);
}

static int judge_declared(struct gm_judge *j, const struct gm_judged_commit *c,
			  struct gm_touched *t, const struct gm_parts *parts,
			  struct gm_err *err)
{
	if (t->settled)
		return report(j, c, &t->declared, err);
	gm_judge_statements(j, c, t, parts);
	t->declared.elsewhere = t->elsewhere != NULL;
	if ((j->metadata || t->declared.meta.phase != GM_PHASE_NONE) &&
	    gm_judge_metadata(j, c, &t->declared, err) < 0)
		return -1;
	return report(j, c, &t->declared, err);
}

int gm_judge_same_entry(const struct gm_judge *j, const struct gm_oid *one,
			const struct gm_oid *two, struct gm_str path,
			struct gm_err *err)
{
	struct gm_entry a, b;
	int has_a = gm_tree_find(&a, j->scratch, j->repo, one, path, err);
	int has_b = has_a < 0 ? -1
			      : gm_tree_find(&b, j->scratch, j->repo, two, path,
					     err);

	if (has_b < 0)
		return -1;
	return has_a == has_b &&
	       (!has_a || (a.mode == b.mode && gm_oid_eq(&a.oid, &b.oid)));
}

int gm_judge_touches(const struct gm_judge *j, const struct gm_commit *c,
		     struct gm_err *err)
{
	int same;

	for (size_t i = 0; i < j->cx->roots.n; i++) {
		struct gm_str path = j->cx->roots.items[i].path;

		for (size_t p = same = 0; p < c->n_parents && !same; p++) {
			struct gm_commit parent;

			if (gm_commit_read(&parent, j->scratch, j->repo,
					   &c->parents[p], err) < 0)
				return -1;
			same = gm_judge_same_entry(j, &c->tree, &parent.tree,
						   path, err);
			if (same < 0)
				return -1;
		}
		if (!same)
			return 1;
	}
	return 0;
}

int gm_judge_commit(struct gm_judge *j, struct gm_judged_commit *c,
		    struct gm_err *err)
{
	struct gm_commit_meta words = { 0 };
	struct gm_parts parts = { 0 };

	gm_parts_sort(&parts, j, c);
	if (parts.n || gm_judge_speaks(&c->commit))
		gm_judge_words(&words, j, c, &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (prepare(j, c, &parts, parts.items[i], &words, err) < 0)
			return -1;
	/* All before any is judged: one may name another of this commit. */
	for (size_t i = 0; i < parts.n; i++)
		if (parts.items[i]->judged)
			remember(j, c, parts.items[i]);
		else if (parts.items[i]->gone)
			forget(j, parts.items[i]);
	for (size_t i = 0; i < parts.n; i++)
		if (parts.items[i]->judged &&
		    judge_declared(j, c, parts.items[i], &parts, err) < 0)
			return -1;
	j->result->commits++;
	return 0;
}

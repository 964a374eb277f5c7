#include "migration/history.h"

#include "git/diff.h"
#include "git/walk.h"

/* What is known of one migration while history goes by. */
struct track {
	struct gm_origin *origin;
	size_t stamp; /* the last commit that wrote its up SQL, from 1 */
	bool gone;    /* its up SQL was deleted */
};

struct reader {
	struct gm_arena *a;
	struct gm_arena keep;    /* for the whole reading */
	struct gm_arena scratch; /* for one commit */
	const struct gm_repo *r;
	const struct gm_roots *roots;
	struct gm_map by_path; /* of the files at the tip -> struct track */
	struct gm_map by_id;   /* also of those that are gone: a rename can
				  have made one of the others of them */
	struct gm_map dirs;    /* commit -> oids of its directories */
};

/* Up SQL that a commit takes away. */
struct removal {
	struct gm_unit_path unit;
	const struct gm_root *root;
	struct gm_oid up;
	const struct track *track;
};

struct removals {
	struct removal *items;
	size_t n, cap;
};

/* The commit at hand. */
struct moment {
	struct gm_commit commit;
	size_t number; /* from 1 */
	bool parsed;   /* `words` are there */
	struct gm_commit_meta words;
	struct removals removals;
};

static void reader_done(struct reader *h)
{
	gm_arena_done(&h->keep);
	gm_arena_done(&h->scratch);
}

static void start(struct reader *h, struct gm_origin *origins,
		  const struct gm_set *set)
{
	h->by_path = gm_map(&h->keep);
	h->by_id = gm_map(&h->keep);
	h->dirs = gm_map(&h->keep);
	for (size_t i = 0; i < set->n; i++) {
		const struct gm_migration *m = set->items[i];
		struct track *t = gm_alloc(&h->keep, sizeof(*t));

		t->origin = &origins[i];
		origins[i].id = m->id;
		if (!gm_map_get(&h->by_id, gm_str(m->id)))
			gm_map_set(&h->by_id, gm_str(m->id), t);
		for (size_t f = 0; f < m->n_files; f++)
			gm_map_set(&h->by_path, m->files[f].path, t);
	}
}

/* The oids of the directories of migrations in a commit; zero: absent. */
static int read_dirs(struct gm_oid **out, struct reader *h,
		     const struct gm_commit *c, struct gm_err *err)
{
	struct gm_oid *dirs = gm_alloc_n(&h->keep, h->roots->n, sizeof(*dirs));

	for (size_t i = 0; i < h->roots->n; i++) {
		struct gm_entry entry;
		int found = gm_tree_find(&entry, &h->scratch, h->r, &c->tree,
					 h->roots->items[i].path, err);

		if (found < 0)
			return -1;
		if (found)
			dirs[i] = entry.oid;
	}
	*out = dirs;
	return 0;
}

/* Can a path of directory `i` differ from that of every parent? */
static bool dir_changed(const struct reader *h, const struct gm_commit *c,
			const struct gm_oid *dirs, size_t i)
{
	for (size_t p = 0; p < c->n_parents; p++) {
		const struct gm_oid *theirs =
			gm_map_get(&h->dirs, gm_oid_key(&c->parents[p]));

		if (theirs && gm_oid_eq(&theirs[i], &dirs[i]))
			return false;
	}
	return c->n_parents || !gm_oid_is_zero(&dirs[i]);
}

static struct track *track_of(struct reader *h, struct gm_str path,
			      const struct gm_unit_path *unit)
{
	struct track *t = gm_map_get(&h->by_path, path);

	if (!t)
		t = gm_map_get(&h->by_id, unit->id);
	if (t)
		return t;
	t = gm_alloc(&h->keep, sizeof(*t));
	t->origin = gm_alloc(&h->keep, sizeof(*t->origin));
	t->origin->id = gm_str_dup(&h->keep, unit->id);
	gm_map_set(&h->by_id, gm_str(t->origin->id), t);
	return t;
}

static const char *kept(struct gm_arena *a, const char *s)
{
	return s ? gm_strdup(a, s) : NULL;
}

/* The header lines of an up SQL; none when it is no file of a sane size. */
static int read_header(struct gm_meta *out, struct reader *h,
		       const struct gm_change *change, struct gm_err *err)
{
	struct gm_findings ignored = gm_findings(&h->scratch, NULL);
	struct gm_str text;
	uint64_t size;

	*out = (struct gm_meta){ 0 };
	if (change->new_mode == GM_MODE_GITLINK)
		return 0;
	if (gm_object_size(&size, h->r, &change->new_oid, err) < 0)
		return -1;
	if (size > GM_MIGRATION_MAX)
		return 0;
	if (gm_blob_read(&text, &h->scratch, h->r, &change->new_oid,
			 GM_MIGRATION_MAX, err) < 0)
		return -1;
	gm_meta_from_sql(out, &h->scratch, change->path, text, &ignored);
	return 0;
}

/* What this commit says of the migration, over what earlier ones said. */
static int add_words(struct gm_origin *o, struct reader *h, struct moment *now,
		     const struct gm_change *change, struct gm_err *err)
{
	struct gm_findings ignored = gm_findings(&h->scratch, NULL);
	struct gm_trailers trailers = { 0 };
	struct gm_meta header, meta;

	if (!now->parsed) {
		gm_trailers_parse(&trailers, &h->scratch, now->commit.message);
		gm_meta_from_trailers(&now->words, &h->scratch, &trailers,
				      &ignored);
		now->parsed = true;
	}
	if (read_header(&header, h, change, err) < 0)
		return -1;
	meta = gm_meta_join(&h->scratch, o->id, &now->words, &header,
			    change->path, &ignored);
	meta.contracts = kept(h->a, meta.contracts);
	meta.owner = kept(h->a, meta.owner);
	meta.flag = kept(h->a, meta.flag);
	meta.break_glass = kept(h->a, meta.break_glass);
	o->meta = gm_meta_overlay(&o->meta, &meta);
	return 0;
}

/* A new name takes along what was known under the old one. */
static bool inherit(struct gm_origin *o, const struct moment *now,
		    const struct gm_root *root, const struct gm_unit_path *unit,
		    const struct gm_change *change)
{
	for (size_t i = 0; i < now->removals.n; i++) {
		const struct removal *r = &now->removals.items[i];
		const struct gm_origin *old = r->track->origin;

		if (r->root != root || old == o ||
		    gm_oid_is_zero(&old->introduced) ||
		    !gm_unit_moved(&r->unit, &r->up, unit, &change->new_oid))
			continue;
		o->introduced = old->introduced;
		o->author = old->author;
		o->when = old->when;
		o->meta = old->meta;
		return true;
	}
	return false;
}

static int see_up(struct track *t, struct reader *h, struct moment *now,
		  const struct gm_root *root, const struct gm_unit_path *unit,
		  const struct gm_change *change, struct gm_err *err)
{
	const struct gm_person *author = &now->commit.author;
	struct gm_origin *o = t->origin;
	bool fresh = gm_oid_is_zero(&o->introduced) || t->gone;

	if (fresh && inherit(o, now, root, unit, change)) {
		t->gone = false;
	} else if (fresh) {
		o->introduced = now->commit.oid;
		o->author =
			gm_printf(h->a, "%s <%s>", author->name, author->email);
		o->when = author->time;
		o->meta = (struct gm_meta){ 0 };
		t->gone = false;
	}
	t->stamp = now->number;
	return add_words(o, h, now, change, err);
}

static void see_removals(struct reader *h, struct moment *now,
			 const struct gm_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct gm_change *c = &changes->items[i];
		struct removal r = { .up = c->old_oid };

		if (c->new_mode != GM_MODE_NONE)
			continue;
		r.root = gm_roots_match(&r.unit, h->roots, c->path);
		if (!r.root || r.unit.role != GM_ROLE_UP)
			continue;
		r.track = track_of(h, c->path, &r.unit);
		*GM_PUSH(&h->scratch, &now->removals) = r;
	}
}

static int see_changes(struct reader *h, struct moment *now, struct gm_err *err)
{
	struct gm_changes changes = { 0 };
	const struct gm_root *root;
	struct gm_unit_path unit;

	if (gm_diff_commit(&changes, &h->scratch, h->r, &now->commit, err) < 0)
		return -1;
	see_removals(h, now, &changes);
	for (int deletions = 0; deletions < 2; deletions++) {
		/* Last, so that a file that only moves is never gone. */
		for (size_t i = 0; i < changes.n; i++) {
			const struct gm_change *c = &changes.items[i];
			struct track *t;

			if ((c->new_mode == GM_MODE_NONE) != deletions)
				continue;
			root = gm_roots_match(&unit, h->roots, c->path);
			if (!root)
				continue;
			t = track_of(h, c->path, &unit);
			t->origin->changed = now->commit.oid;
			if (unit.role != GM_ROLE_UP)
				continue;
			if (deletions)
				t->gone = t->stamp != now->number;
			else if (see_up(t, h, now, root, &unit, c, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int see_commit(struct reader *h, const struct gm_oid *oid, size_t number,
		      struct gm_err *err)
{
	struct moment now = { .number = number };
	struct gm_oid *dirs;
	bool changed = false;

	if (gm_commit_read(&now.commit, &h->scratch, h->r, oid, err) < 0 ||
	    read_dirs(&dirs, h, &now.commit, err) < 0)
		return -1;
	gm_map_set(&h->dirs, gm_oid_key(oid), dirs);
	for (size_t i = 0; i < h->roots->n && !changed; i++)
		changed = dir_changed(h, &now.commit, dirs, i);
	return changed ? see_changes(h, &now, err) : 0;
}

int gm_history_read(struct gm_origin **out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tip,
		    const struct gm_roots *roots, struct gm_set *set,
		    struct gm_err *err)
{
	GM_AUTO(reader_done)
	struct reader h = { .a = a, .r = r, .roots = roots };
	struct gm_origin *origins = gm_alloc_n(a, set->n, sizeof(*origins));
	struct gm_oids commits = { 0 };

	start(&h, origins, set);
	if (set->n && gm_walk(&commits, &h.keep, r, tip, NULL, 0, 0, err) < 0)
		return -1;
	/* Keeps the first block of scratch over the resets. */
	gm_alloc(&h.scratch, 1);
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_arena_mark mark = gm_arena_mark(&h.scratch);

		if (see_commit(&h, &commits.items[i], i + 1, err) < 0)
			return -1;
		gm_arena_reset(&h.scratch, mark);
	}
	for (size_t i = 0; i < set->n; i++)
		set->items[i]->meta = origins[i].meta;
	*out = origins;
	return 0;
}

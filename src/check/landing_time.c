/* When something landed, by the server's records. */
#include <string.h>

#include "base/utf8.h"
#include "check/judge.h"

/* From so many notes on, reading all of them is cheaper. */
#define MANY 32

static int read_records(struct gm_judge *j, struct gm_err *err)
{
	if (!j->records_read &&
	    gm_landed_read(&j->records, j->arena, j->repo, err) < 0)
		return -1;
	j->records_read = true;
	return 0;
}

/* The first record of a path, in the order they were read in; or where it
 * would be. */
static size_t first_of(const struct gm_landed_list *list, const char *path)
{
	size_t from = 0, to = list->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(list->items[middle].path, path) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Take the next record of a path, from `*at` on. */
static const struct gm_landed *next_of(const struct gm_landed_list *list,
				       const char *path, size_t *at)
{
	if (*at >= list->n || strcmp(list->items[*at].path, path) != 0)
		return NULL;
	return &list->items[(*at)++];
}

int64_t gm_landing_end(const struct gm_judge *j, int64_t at, int64_t until)
{
	int64_t least = at + j->cx->policy.window_minimum;

	return until > least ? until : least;
}

static bool is_over(const struct gm_judge *j, const struct gm_landed *l)
{
	return j->now >= gm_landing_end(j, l->at, l->until);
}

/*
 * When did it land?  On the ref in question, or on any when that is not
 * known; the latest time, so that a window never looks shorter than it is.
 */
static const struct gm_landed *record_of(const struct gm_judge *j,
					 const char *path)
{
	const struct gm_landed *best = NULL, *l;
	size_t at = first_of(&j->records, path);

	while ((l = next_of(&j->records, path, &at)))
		if ((!j->ref || !strcmp(l->ref, j->ref)) &&
		    (!best || l->at > best->at))
			best = l;
	return best;
}

/* The same, landed on another ref so long ago that its window is over. */
static const struct gm_landed *settled_of(const struct gm_judge *j,
					  const struct gm_landed *here)
{
	const struct gm_landed *l;
	size_t at = first_of(&j->records, here->path);

	while ((l = next_of(&j->records, here->path, &at)))
		if (strcmp(l->ref, here->ref) != 0 &&
		    !strcmp(l->digest, here->digest) && is_over(j, l))
			return l;
	return NULL;
}

static enum gm_phase phase_of(const struct gm_landed *l)
{
	for (int p = GM_PHASE_EXPAND; p <= GM_PHASE_CONTRACT; p++)
		if (!strcmp(l->phase, gm_phase_name((enum gm_phase)p)))
			return (enum gm_phase)p;
	return GM_PHASE_NONE;
}

int gm_landing_time(struct gm_judge *j, struct gm_landed_unit *unit,
		    struct gm_err *err)
{
	const struct gm_landed *l, *settled = NULL;

	if (unit->timed)
		return 0;
	if (read_records(j, err) < 0)
		return -1;
	unit->timed = true;
	l = record_of(j, unit->up_path);
	if (!l)
		return 0;
	if (!is_over(j, l))
		settled = settled_of(j, l);
	unit->phase = phase_of(l);
	unit->at = settled ? settled->at : l->at;
	unit->until = settled ? settled->until : l->until;
	return 0;
}

static int same_digest(struct gm_judge *j, const struct gm_landed *l,
		       const struct gm_migration *m, struct gm_err *err)
{
	const char *digest;

	if (gm_migration_digest(&digest, j->scratch, j->repo, m, err) < 0)
		return -1;
	return !strcmp(digest, l->digest);
}

/*
 * The records on a blob.  Most of what comes is new and has none: its own note
 * is read, and all of them only when so many are asked for.
 */
static int records_on(struct gm_landed_list *out, struct gm_judge *j,
		      const char *path, const struct gm_oid *up,
		      struct gm_err *err)
{
	const struct gm_landed *l;
	size_t at;

	if (!j->records_read && j->lookups++ < MANY)
		return gm_landed_on(out, j->arena, j->repo, up, err);
	if (read_records(j, err) < 0)
		return -1;
	at = first_of(&j->records, path);
	while ((l = next_of(&j->records, path, &at)))
		if (gm_oid_eq(&l->on, up))
			*GM_PUSH(j->arena, out) = *l;
	return 0;
}

int gm_landing_elsewhere(const struct gm_landed **out, struct gm_judge *j,
			 const struct gm_migration *m, struct gm_err *err)
{
	const struct gm_migration_file *up = gm_migration_file(m, GM_ROLE_UP);
	const char *path = gm_str_dup(j->scratch, up->path);
	struct gm_landed_list list = { 0 };

	*out = NULL;
	if (records_on(&list, j, path, &up->oid, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && !*out; i++) {
		const struct gm_landed *l = &list.items[i];
		int same;

		if (strcmp(l->path, path) != 0 || !is_over(j, l) ||
		    (j->ref && !strcmp(l->ref, j->ref)))
			continue;
		same = same_digest(j, l, m, err);
		if (same < 0)
			return -1;
		if (same)
			*out = l;
	}
	return 0;
}

int gm_landing_sql(struct gm_judge *j, struct gm_landed_unit *unit,
		   struct gm_err *err)
{
	const struct gm_sql_options options = {
		.postgres = j->cx->policy.postgres,
	};
	const struct gm_migration_file *up = NULL;
	struct gm_err why = GM_ERR_INIT;
	struct gm_sql_file sql = { 0 };
	struct gm_str text;

	if (unit->sql_read)
		return 0;
	for (size_t i = 0; i < unit->n_files && !up; i++)
		if (unit->files[i].role == GM_ROLE_UP)
			up = &unit->files[i];
	unit->sql_read = true;
	if (!up || (up->mode != GM_MODE_FILE && up->mode != GM_MODE_EXEC))
		return 0;
	if (gm_blob_read(&text, j->scratch, j->repo, &up->oid, GM_SQL_MAX,
			 &why) < 0) {
		if (why.code == GM_ELIMIT)
			return 0;
		*err = why;
		return -1;
	}
	if (gm_str_find(text, '\0') < text.len || !gm_utf8_valid(text, NULL) ||
	    gm_sql_read(&sql, j->arena, text, &options, &why) < 0)
		return 0;
	unit->sql = gm_alloc(j->arena, sizeof(*unit->sql));
	*unit->sql = sql;
	return 0;
}

#include "approval/tickets.h"

#include <string.h>

#include "git/trailer.h"
#include "git/walk.h"
#include "migration/meta.h"
#include "migration/set.h"

#define KEY "break-glass"

static void add_all(struct gm_map *out, struct gm_arena *scratch,
		    struct gm_str message)
{
	struct gm_trailers trailers = { 0 };

	gm_trailers_parse(&trailers, scratch, message);
	for (size_t i = 0; i < trailers.n; i++) {
		const struct gm_trailer *t = &trailers.items[i];

		if (gm_str_ieq(t->key, GM_STR(KEY)))
			gm_map_set(out,
				   gm_str(gm_str_dup(out->arena,
						     gm_str_trim(t->value))),
				   out);
	}
}

int gm_tickets_read(struct gm_map *out, struct gm_arena *a,
		    const struct gm_repo *r, const struct gm_oid *tip,
		    struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_map tickets = gm_map(a);
	struct gm_oids commits = { 0 };
	struct gm_arena_mark mark;

	if (gm_walk(&commits, &scratch, r, tip, NULL, 0, GM_TICKETS_COMMITS,
		    err) < 0)
		return -1;
	mark = gm_arena_mark(&scratch);
	for (size_t i = 0; i < commits.n; i++) {
		struct gm_commit c;

		if (gm_commit_scan(&c, &scratch, r, &commits.items[i], err) < 0)
			return -1;
		if (gm_str_iholds(c.message, GM_STR(KEY)))
			add_all(&tickets, &scratch, c.message);
		gm_arena_reset(&scratch, mark);
	}
	*out = tickets;
	return 0;
}

int gm_tickets_of_sql(const struct gm_repo *r, const struct gm_oid *up,
		      const char *ticket, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_findings ignored = gm_findings(&a, NULL);
	struct gm_meta meta = { 0 };
	struct gm_str text;

	if (gm_blob_read(&text, &a, r, up, GM_MIGRATION_MAX, err) < 0)
		return -1;
	gm_meta_from_sql(&meta, &a, GM_STR_NONE, text, &ignored);
	return meta.break_glass && !strcmp(meta.break_glass, ticket);
}

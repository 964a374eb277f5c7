/*
 * db/stage: where migrations are rehearsed.
 *
 * A throw-away server with one database, which belongs to a role without any
 * other rights: what the SQL of a migration tries to do to the machine it runs
 * on, the server refuses.  The superuser runs nothing that came from a
 * migration or that a migration left behind.
 */
#ifndef GM_DB_STAGE_H
#define GM_DB_STAGE_H

#include "db/server.h"

/* The database, and the role that owns it. */
#define GM_STAGE_DB "drill"
#define GM_STAGE_ROLE "drill"
/* Nobody means this one: what is said of `postgres` is said of a role made up.
 */
#define GM_STAGE_SUPERUSER "git_migrate_superuser"

struct gm_stage {
	struct gm_arena *arena;
	struct gm_server *server;
	struct gm_conn *control;   /* the superuser, in another database */
	struct gm_strings made_up; /* "role app": was named and not there */
	struct gm_strings notes;   /* of loading a schema */
	int64_t limit_ms;          /* of a statement */
};

/* Start it all.  `bin` as for gm_binaries_find. */
GM_MUST_CHECK
int gm_stage_open(struct gm_stage *out, struct gm_arena *a, const char *bin,
		  int64_t limit_ms, struct gm_err *err);
void gm_stage_close(struct gm_stage *s);

/* Put an empty database in the place of the one there is. */
GM_MUST_CHECK
int gm_stage_clear(const struct gm_stage *s, struct gm_err *err);

/*
 * A fresh session of the role in a database of the server (`server` NULL: of
 * the stage itself), with plain settings and search_path public.
 */
GM_MUST_CHECK
int gm_stage_connect(struct gm_conn **out, const struct gm_stage *s,
		     const struct gm_server *server, const char *dbname,
		     struct gm_err *err);

/*
 * Make `name` a copy of the database, in the place of one that is there.
 * Nobody may be connected to the database.
 */
GM_MUST_CHECK
int gm_stage_copy(const struct gm_stage *s, const char *name,
		  struct gm_err *err);
GM_MUST_CHECK
int gm_stage_drop(const struct gm_stage *s, const char *name,
		  struct gm_err *err);

/*
 * The last statement of `c` failed: was that because it names a role or a
 * database that is not there?  Then it is made, the role is one of ours, and
 * the answer is 1: run it again.  Else 0.
 */
GM_MUST_CHECK
int gm_stage_make_up(struct gm_stage *s, const struct gm_conn *c,
		     struct gm_err *err);

/* Load a schema, such as pg_dump writes it.  `path` is for messages. */
GM_MUST_CHECK
int gm_stage_load(struct gm_stage *s, const char *path, struct gm_str text,
		  struct gm_err *err);

/* The schema of the database at `uri`, with the server's own pg_dump. */
GM_MUST_CHECK
int gm_stage_dump(struct gm_str *out, struct gm_arena *a, const char *bin,
		  const char *uri, struct gm_err *err);

#endif

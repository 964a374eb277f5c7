/*
 * check/judge: the state of one judgement, shared by the files of this room.
 *
 * A judgement walks commits, parents first.  What it learns on the way (which
 * migrations exist, what was declared of them, what has landed) stands here.
 */
#ifndef GM_CHECK_JUDGE_H
#define GM_CHECK_JUDGE_H

#include "base/map.h"
#include "check/context.h"
#include "check/result.h"
#include "git/diff.h"
#include "migration/landed.h"

/* A migration the protected ref already has. */
struct gm_landed_unit {
	const char *id;
	struct gm_str version;
	bool repeatable;
	const char *up_path; /* "" when it has no up SQL */
	struct gm_migration_file *files;
	size_t n_files;
	bool timed;          /* the server's record has been looked up */
	enum gm_phase phase; /* declared when it landed, where known */
	int64_t at;          /* when it landed; 0: not known */
	int64_t until;       /* when its rollback window ends */
};

/* A migration that the commits under judgement bring. */
struct gm_pending_unit {
	const char *id;
	const char *up_path;
	struct gm_meta meta; /* what all its commits declared so far */
	const char *commit;  /* the one that brought or last changed it */
};

struct gm_judge {
	struct gm_arena *arena;   /* for what outlives a commit */
	struct gm_arena *scratch; /* emptied after each commit */
	const struct gm_repo *repo;
	const struct gm_context *cx;
	struct gm_result *result;
	const char *ref;      /* the protected ref, or NULL when not known */
	int64_t now;          /* the time windows are judged at */
	bool metadata;        /* trailers are known (not so before a message is
				 written) */
	struct gm_map landed; /* id -> struct gm_landed_unit */
	bool loaded;          /* what the base has is in there */
	struct gm_landed_list records; /* of the server, once they are read */
	bool records_read;
	struct gm_map pending;  /* id -> struct gm_pending_unit */
	struct gm_str highest;  /* version of the last landed migration */
	const char *highest_id; /* NULL: none has landed */
	size_t policy_commits;  /* that change the policy */
	size_t other_commits;   /* that bring anything else */
	struct gm_map reported; /* ids whose landed form a commit changed */
};

/* An empty judgement whose findings go to `result`. */
void gm_judge_start(struct gm_judge *j, struct gm_result *result,
		    struct gm_arena *a, struct gm_arena *scratch,
		    const struct gm_repo *r, const struct gm_context *cx);

/* A migration of a commit's tree, as gm_set_read_one had it for this path. */
struct gm_read_unit {
	struct gm_str path;
	struct gm_migration *migration;
};

struct gm_read_units {
	struct gm_read_unit *items;
	size_t n, cap;
};

/* One commit, or the index, as it is judged. */
struct gm_judged_commit {
	struct gm_commit commit; /* oid zero for the index */
	const char *hex;         /* NULL for the index */
	const char *subject;
	struct gm_changes changes;
	struct gm_read_units read; /* in order of the changes, in scratch */
};

/* The commit and its subject, filled into a finding. */
void gm_judge_blame(const struct gm_judged_commit *c,
		    struct gm_finding *finding);

/*
 * A finding about a path (copied; may be empty) that a commit is to blame for.
 */
struct gm_finding *gm_judge_find(struct gm_judge *j,
				 const struct gm_judged_commit *c,
				 enum gm_rule rule, struct gm_str path,
				 const char *fmt, ...) GM_PRINTF(5, 6);

/* check/commit.c: all rules about what one commit brings. */
GM_MUST_CHECK
int gm_judge_commit(struct gm_judge *j, struct gm_judged_commit *c,
		    struct gm_err *err);

/*
 * Could this commit touch migrations at all?  False only when no migrations
 * directory differs from that of every parent; then just its trailers count.
 */
GM_MUST_CHECK
int gm_judge_touches(const struct gm_judge *j, const struct gm_commit *c,
		     struct gm_err *err);

/* Is what two trees have at a path the same (also nothing)?  1, 0, -1. */
GM_MUST_CHECK
int gm_judge_same_entry(const struct gm_judge *j, const struct gm_oid *one,
			const struct gm_oid *two, struct gm_str path,
			struct gm_err *err);

/* check/words.c: could the message hold one of our trailers?  "No" is never
 * wrong. */
bool gm_judge_speaks(const struct gm_commit *c);

/* check/metadata.c: what the policy asks the author to declare. */
struct gm_declared {
	const struct gm_migration *migration;
	struct gm_meta meta;
	const struct gm_sql_file *sql;
	struct gm_str path; /* of the up SQL */
	struct gm_str text;
};

GM_MUST_CHECK
int gm_judge_metadata(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err);

/*
 * The first statement whose class is higher than a declared phase allows; NULL
 * when there is none, or nothing is declared.
 */
const struct gm_sql_stmt *gm_phase_beyond(enum gm_phase phase,
					  const struct gm_sql_file *sql);

/* The phase that counts: the declared one, else what the class stands for. */
enum gm_phase gm_effective_phase(const struct gm_meta *meta,
				 enum gm_class class_);

/* check/contract.c: does a contract come after its expand's window? */
GM_MUST_CHECK
int gm_judge_contract(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err);

/* check/landing.c: what has landed. */

/*
 * Take all migrations in the tree of `base` (zero: none) as landed.  Done once,
 * when the first commit needs to know.
 */
GM_MUST_CHECK
int gm_landing_load(struct gm_judge *j, const struct gm_oid *base,
		    struct gm_err *err);

/*
 * Look up in the server's records when it landed and how it was declared; where
 * they say nothing, the unit keeps what it has.
 */
GM_MUST_CHECK
int gm_landing_time(struct gm_judge *j, struct gm_landed_unit *unit,
		    struct gm_err *err);

/* Take one more as landed; `at` and `until` as in the struct. */
void gm_landing_add(struct gm_judge *j, const struct gm_migration *m,
		    enum gm_phase phase, int64_t at, int64_t until);

/* Judge a migration that a commit touches against the landed one. */
void gm_judge_landed(struct gm_judge *j, const struct gm_judged_commit *c,
		     const char *id, const struct gm_migration *now_);

/* The ids or versions that the tip has twice. */
void gm_judge_duplicates(struct gm_judge *j, const struct gm_judged_commit *tip,
			 const struct gm_set *set);

/* check/landing_end.c: the base's tree against the tip's. */

/* A migration that differs between both ends. */
struct gm_ended {
	const char *id;
	struct gm_str named;       /* the id in the path that differs, which can
				      be another where versions pair files */
	struct gm_migration *now_; /* NULL: gone */
};

struct gm_ended_list {
	struct gm_ended *items;
	size_t n, cap;
};

/*
 * List the migrations that differ between both ends of a push; tip->changes is
 * how their trees differ.  What landed and changed or vanished without a commit
 * having been blamed is blamed on the tip; a migration no commit brought (a
 * merge can take an old version from one of its parents) is judged with the
 * tip.
 */
GM_MUST_CHECK
int gm_judge_end(struct gm_judge *j, struct gm_judged_commit *tip,
		 struct gm_ended_list *out, struct gm_err *err);

/* check/paths.c: names and modes. */

/* Judge the path and mode of one changed file in a migrations directory. */
void gm_judge_path(struct gm_judge *j, const struct gm_judged_commit *c,
		   const struct gm_change *change);

/*
 * Judge the way to the migrations directories in the tree of the tip: symbolic
 * links and submodules on it, names beside it that differ only by case or by
 * Unicode form.
 */
GM_MUST_CHECK
int gm_judge_way(struct gm_judge *j, const struct gm_judged_commit *tip,
		 struct gm_err *err);

/*
 * Judge what lies in them: names that differ only by case or Unicode form, and
 * the attributes that change what is deployed, of all migrations or of those
 * that the commits brought.
 */
GM_MUST_CHECK
int gm_judge_tree(struct gm_judge *j, const struct gm_judged_commit *tip,
		  const struct gm_set *set, bool all_attributes,
		  struct gm_err *err);

#endif

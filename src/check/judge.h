/*
 * check/judge: the state of one judgement, shared by the files of this room.
 *
 * A judgement walks commits, parents first.  What it learns on the way (which
 * migrations exist, what was declared of them, what has landed) stands here.
 */
#ifndef GM_CHECK_JUDGE_H
#define GM_CHECK_JUDGE_H

#include "approval/landed.h"
#include "base/map.h"
#include "check/context.h"
#include "check/result.h"
#include "check/touches.h"
#include "git/diff.h"

/* A migration the protected ref already has. */
struct gm_landed_unit {
	const struct gm_root *root;
	const char *id;
	struct gm_str version;
	bool repeatable;
	bool baseline;
	bool reported;       /* a commit was blamed for changing it */
	const char *up_path; /* "" when it has no up SQL */
	struct gm_migration_file *files;
	size_t n_files;
	bool timed;                 /* the server's record has been looked up */
	enum gm_phase phase;        /* declared when it landed, where known */
	int64_t at;                 /* when it landed; 0: not known */
	int64_t until;              /* when its rollback window ends */
	bool sql_read;              /* the next is filled in */
	struct gm_sql_file *sql;    /* NULL: it cannot be read */
	struct gm_touches *touches; /* of that, once somebody asked */
};

/* A migration as one of those commits has it. */
struct gm_edition {
	struct gm_oid up; /* its up SQL */
	const struct gm_sql_file *sql;
	/* It landed on another ref, with the same digest, and its window is
	   over: so it has landed here. */
	const struct gm_landed *elsewhere;
	const char *ticket;  /* that its up SQL names with Break-Glass */
	const char *commit;  /* the one that brought or changed it */
	const char *subject; /* of that commit */
};

/* A migration that the commits under judgement bring. */
struct gm_pending_unit {
	const char *id;
	const char *up_path;
	struct gm_meta meta;    /* what all its commits declared so far */
	struct gm_edition last; /* as the last of them left it; at the end of
				   a range, as the tip has it */
	bool settled; /* it is a landed one under another name: that is a
			 finding, and nothing else is asked of it */
	bool gone;    /* the last commit that touched it took it away; at the
			 end of a range, the tip has it not */
	bool told;    /* what it closes was found fault with */
	struct gm_strings people; /* authors and committers of all of them */
	struct {                  /* each of them, in their order */
		struct gm_edition *items;
		size_t n, cap;
	} editions;
};

struct gm_judge {
	struct gm_arena *arena;   /* for what outlives a commit */
	struct gm_arena *scratch; /* emptied after each commit */
	const struct gm_repo *repo;
	const struct gm_context *cx;
	struct gm_result *result;
	const char *ref; /* the protected ref, or NULL when not known */
	int64_t now;     /* the time windows are judged at */
	bool metadata;   /* trailers are known (not so before a message is
			    written) */
	bool unsure;     /* nobody knows what has landed: what is there may
			    have, whenever it came */
	/* Both by directory and id, see gm_judge_key. */
	struct gm_map landed;          /* struct gm_landed_unit */
	bool loaded;                   /* what the base has is in there */
	struct gm_landed_list records; /* of the server, once they are read */
	bool records_read;
	size_t lookups;        /* of single records, before that */
	struct gm_map pending; /* struct gm_pending_unit */
	/* The last landed one of each directory, in the order of cx->roots. */
	const struct gm_landed_unit **highest;
	struct gm_strings tickets;       /* that trailers name: Break-Glass */
	struct gm_strings policy_people; /* who changed the policy */
	size_t policy_commits;           /* that change the policy */
	size_t other_commits;            /* that bring anything else */
};

/* An empty judgement whose findings go to `result`. */
void gm_judge_start(struct gm_judge *j, struct gm_result *result,
		    struct gm_arena *a, struct gm_arena *scratch,
		    const struct gm_repo *r, const struct gm_context *cx);

/* One commit, or the index, as it is judged. */
struct gm_judged_commit {
	struct gm_commit commit; /* oid zero for the index */
	const char *hex;         /* NULL for the index */
	const char *subject;
	struct gm_changes changes;
	/* What gm_judge_read has read of its tree, in scratch. */
	struct gm_map units;
	bool all_read;
};

/* The key of a migration in the maps below: ids may repeat elsewhere. */
struct gm_str gm_judge_key(struct gm_arena *a, const struct gm_root *root,
			   struct gm_str id);

/*
 * The landed, or pending, migration of that id: in `root`, or, where it has
 * none or `root` is NULL, in any directory.  NULL when there is none, or it is
 * gone again.
 */
struct gm_landed_unit *gm_landed_named(const struct gm_judge *j,
				       const struct gm_root *root,
				       const char *id);
struct gm_pending_unit *gm_pending_named(const struct gm_judge *j,
					 const struct gm_root *root,
					 const char *id);

/*
 * The migration of a commit's tree that a file of that id and path belongs to;
 * NULL in `*out` when there is none.  Each is read once a commit.
 */
GM_MUST_CHECK
int gm_judge_read(struct gm_migration **out, struct gm_judge *j,
		  struct gm_judged_commit *c, const struct gm_root *root,
		  struct gm_str id, struct gm_str path, struct gm_err *err);

/* The commit and its subject, filled into a finding. */
void gm_judge_blame(const struct gm_judged_commit *c,
		    struct gm_finding *finding);

/* Add who wrote a commit and who made it, by address and by name. */
void gm_judge_people(struct gm_judge *j, struct gm_strings *out,
		     const struct gm_commit *c);

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

/*
 * Can all files be read that the digest is made of?  1, 0, -1.  If not, a
 * finding says so.
 */
GM_MUST_CHECK
int gm_judge_readable(struct gm_judge *j, const struct gm_migration *m,
		      struct gm_err *err);

/* check/words.c: could the message hold one of our trailers?  "No" is never
 * wrong. */
bool gm_judge_speaks(const struct gm_commit *c);

/* check/statements.c: verify SQL only reads. */
GM_MUST_CHECK
int gm_judge_verify(struct gm_judge *j, const struct gm_judged_commit *c,
		    const char *id, struct gm_str path, struct gm_str text,
		    struct gm_err *err);

/* check/metadata.c: what the policy asks the author to declare. */
struct gm_declared {
	const struct gm_migration *migration;
	struct gm_meta meta;
	const struct gm_sql_file *sql;
	struct gm_str path; /* of the up SQL */
	struct gm_str text;
	const char *ticket; /* that its text names */
	bool elsewhere; /* it landed on another ref long ago: what it declares
			   was judged there, but not the windows of this one */
};

GM_MUST_CHECK
int gm_judge_metadata(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err);

/*
 * Was the author told, by an error, that what was said there is not good?  That
 * it is missing as well goes without saying.
 */
bool gm_judge_told(const struct gm_judge *j, const struct gm_declared *d,
		   enum gm_meta_bad bad);

/*
 * The first statement whose class is higher than a declared phase allows; NULL
 * when there is none, or nothing is declared.
 */
const struct gm_sql_stmt *gm_phase_beyond(enum gm_phase phase,
					  const struct gm_sql_file *sql);

/* The phase that counts: the declared one, else what the class stands for. */
enum gm_phase gm_effective_phase(const struct gm_meta *meta,
				 enum gm_class class_);

/*
 * check/contract.c: does a contract come after its expand's window?  As it
 * looks from this commit: gm_judge_windows asks again at the end, where no
 * fault was found.
 */
GM_MUST_CHECK
int gm_judge_contract(struct gm_judge *j, const struct gm_judged_commit *c,
		      const struct gm_declared *d, struct gm_err *err);

/*
 * check/windows.c: at the end, does a contract that has not landed come after
 * the window of the expand it names, and does it take away what another
 * migration is about whose window is open, whatever it names?  That one has
 * landed, or is among the `n` migrations `fresh` that come with it.
 */
GM_MUST_CHECK
int gm_judge_windows(struct gm_judge *j, const struct gm_migration *contract,
		     struct gm_migration *const *fresh, size_t n,
		     struct gm_err *err);

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

/*
 * When a rollback window ends that began at `at`: its own end, or that of the
 * least window the policy has.
 */
int64_t gm_landing_end(const struct gm_judge *j, int64_t at, int64_t until);

/*
 * The server's record that this very migration, with its metadata, landed on
 * another ref, and that its window there is over; NULL when there is none.  A
 * push cannot write such records, so it is never the present one's.
 */
GM_MUST_CHECK
int gm_landing_elsewhere(const struct gm_landed **out, struct gm_judge *j,
			 const struct gm_migration *m, struct gm_err *err);

/* Read the SQL of a landed migration into it. */
GM_MUST_CHECK
int gm_landing_sql(struct gm_judge *j, struct gm_landed_unit *unit,
		   struct gm_err *err);

/* Take one more as landed; `at` and `until` as in the struct. */
void gm_landing_add(struct gm_judge *j, const struct gm_migration *m,
		    enum gm_phase phase, int64_t at, int64_t until);

/* It has not landed any more, in a history that took it out. */
void gm_landing_remove(struct gm_judge *j, const struct gm_root *root,
		       const char *id);

/*
 * Does a finding say all there is to say where it has changed?  Not of what may
 * change, or what the policy lets pass.
 */
bool gm_landed_fixed(const struct gm_judge *j,
		     const struct gm_landed_unit *unit);

/*
 * Judge a migration that a commit touches against the landed one.  Its place
 * in the order is judged later, since a commit may still give it another.
 */
void gm_judge_landed(struct gm_judge *j, const struct gm_judged_commit *c,
		     const struct gm_root *root, const char *id,
		     const struct gm_migration *now_);

/* Judge the place of a migration that has not landed, blaming its commit. */
void gm_judge_order(struct gm_judge *j, const struct gm_migration *m);

/* The ids or versions that the tip has twice, one of them not landed. */
void gm_judge_duplicates(struct gm_judge *j, const struct gm_judged_commit *tip,
			 const struct gm_set *set);

/* check/landing_end.c: the base's tree against the tip's. */

/* A migration that differs between both ends. */
struct gm_ended {
	const struct gm_root *root;
	const char *id;
	struct gm_migration *now_; /* NULL: gone */
	/* It landed nowhere as it is, though one of its commits had it so. */
	bool changed;
	/* check/override.c: the override in force for it, or NULL; where there
	   is none, one that would be if a commit named it; once they were
	   asked for. */
	const struct gm_record *override;
	const struct gm_record *unnamed;
	bool asked;
};

struct gm_ended_list {
	struct gm_ended **items;
	size_t n, cap;
	struct gm_map by_key; /* key of the path's own id, which can be another
				 where versions pair files */
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
 * Unicode form.  Such a twin of the policy's directory is `policy-change`.
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

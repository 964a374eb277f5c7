/*
 * check/overview: all that is known of the migrations of one commit.
 *
 * What `log`, `show` and `status` print.  Plain strings and times, so that
 * report/ needs to know neither git nor layouts.
 */
#ifndef GM_CHECK_OVERVIEW_H
#define GM_CHECK_OVERVIEW_H

#include "check/context.h"
#include "sql/sql.h"

struct gm_follow_ups;  /* approval/approvals.h */
struct gm_review_item; /* check/review.h */

enum gm_overview_state {
	GM_STATE_PENDING,  /* here only, as far as this repository knows */
	GM_STATE_UPSTREAM, /* the upstream branch has it; time not known */
	GM_STATE_LANDED,   /* the server recorded it */
};

/* "pending", "upstream", "landed". */
const char *gm_overview_state_name(enum gm_overview_state s);

struct gm_overview_item {
	const char *id;
	struct gm_str path; /* of the up SQL; empty when it has none */
	const char *phase;  /* declared, or NULL */
	const char *digest; /* "sha256:..."; NULL when a file cannot be read */
	enum gm_class class_;
	const char *unread; /* why the SQL could not be read, or NULL */
	/* Declared; NULL or 0 where nothing was said. */
	int64_t window;
	const char *owner, *flag, *contracts, *break_glass;
	/* From the history. */
	const char *introduced, *changed; /* full hex, or NULL */
	const char *author;
	int64_t when;
	/* From the server's records; 0 and NULL without one. */
	enum gm_overview_state state;
	int64_t landed_at, landed_until;
	const char *landed_ref, *landed_digest;
	/*
	 * Of a contract: when the windows are over of its expand and of all
	 * else that is about the same things, by the policy's minimum and
	 * their own; 0 and the reason in `blocked` when that is not known.
	 */
	int64_t allowed_at;
	const char *blocked;
	/* How far its approvals are; NULL where nobody asked, see
	   gm_review_overview. */
	const struct gm_review_item *review;
};

struct gm_overview {
	struct gm_overview_item *items; /* in the order of the migrations */
	size_t n;
	const struct gm_set *set; /* the same ones, same order */
	int64_t now;
	const char *branch; /* full name, or NULL: detached, or a revision */
	const char *head;   /* full hex; NULL: nothing is committed yet */
	const char *project;
	int postgres;        /* major version the SQL must be safe on */
	bool default_policy; /* no policy file in that commit */
	bool records;        /* the repository holds landed records */
	const struct gm_follow_ups *open; /* NULL where nobody asked */
};

/*
 * Look at `rev`; NULL means HEAD, and an unborn branch then gives an empty
 * overview.  Works in bare repositories.
 */
GM_MUST_CHECK
int gm_overview_read(struct gm_overview *out, struct gm_arena *a,
		     const struct gm_repo *r, const char *rev,
		     struct gm_err *err);

/* The same by a policy that is not the one in that commit. */
GM_MUST_CHECK
int gm_overview_read_by(struct gm_overview *out, struct gm_arena *a,
			const struct gm_repo *r, const char *rev,
			const struct gm_policy *policy, struct gm_err *err);

/* Is its phase (declared, else by its class) a contract, an expand? */
bool gm_overview_contract(const struct gm_overview_item *item);
bool gm_overview_expand(const struct gm_overview_item *item);

struct gm_overview_file {
	const char *role;
	struct gm_str path;
	const char *blob;   /* full hex */
	const char *sha256; /* of its bytes, 64 hex digits; "" when it is too
			       large to read */
};

/* One migration in full. */
struct gm_overview_detail {
	const struct gm_overview_item *item;
	struct gm_overview_file *files;
	size_t n_files;
	struct gm_str text; /* of the up SQL; empty when not read */
	struct gm_sql_file sql;
};

/* Fill in the rest of migration number `at`. */
GM_MUST_CHECK
int gm_overview_detail(struct gm_overview_detail *out, struct gm_arena *a,
		       const struct gm_repo *r, const struct gm_overview *all,
		       size_t at, struct gm_err *err);

#endif

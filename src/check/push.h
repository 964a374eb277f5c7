/*
 * check/push: judge what a push would do to a server's refs.
 *
 * Trusts nothing of the push but the grammar of the hook's input: current
 * values are looked up, the policy is the one at the server's own policy ref,
 * and whatever is not known to be harmless is refused.
 */
#ifndef GM_CHECK_PUSH_H
#define GM_CHECK_PUSH_H

#include "check/pusher.h"
#include "check/result.h"
#include "git/push.h"
#include "policy/policy.h"

/* check/push_server.c: what the server's own configuration pins. */
struct gm_server {
	const char *policy_ref;  /* migrate.policyRef, or HEAD's branch */
	bool pinned;             /* it was configured */
	const char *project;     /* migrate.project, or NULL */
	struct gm_strings allow; /* migrate.allowRef: further prefixes */
	bool warn_only;          /* migrate.enforce=warn */
	int64_t deadline_ms;     /* migrate.deadline, 3500 by default */
	int64_t policy_floor;    /* migrate.policyVersion: no older policy is
				    judged by; 0: not set */
	struct gm_pusher pusher; /* migrate.pusher */
	const char *recorder;    /* migrate.recorder: who may push what has
				    landed, where no post-receive can write
				    it; NULL: nobody */
};

GM_MUST_CHECK
int gm_server_read(struct gm_server *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err);

struct gm_push_verdict {
	struct gm_result result;
	/* Findings that protect the records and the refs themselves: they
	 * refuse the push even where the policy is only warned about. */
	size_t structural;
	struct gm_strings notices; /* for the pusher, not refusals */
	bool bootstrap;            /* the push brings the first policy */
};

/*
 * Judge all updates of one push.  `now` is the time windows are judged at.
 * Fails when the verdict cannot be reached; the push is then to be refused.
 */
GM_MUST_CHECK
int gm_check_push(struct gm_push_verdict *out, struct gm_arena *a,
		  const struct gm_repo *r, const struct gm_server *server,
		  const struct gm_push *push, int64_t now, struct gm_err *err);

/*
 * Are pushes to this ref judged, and what lands there recorded?  Those the
 * policy protects, and the ref the policy itself is read from.
 */
bool gm_push_guards(const struct gm_server *server,
		    const struct gm_policy *policy, const char *ref);

/* Must the push be refused? */
bool gm_push_refused(const struct gm_push_verdict *v,
		     const struct gm_server *server);

#endif

/*
 * check/pusher: who pushes, as the host says.
 *
 * Plain git knows nobody.  Forges tell their hooks in variables of their own
 * (threats.md, 4), which anyone can set where the forge does not: so the
 * server's configuration names the one to believe, migrate.pusher:
 *
 *	gitolite	GL_USER
 *	gitea		GITEA_PUSHER_NAME, GITEA_PUSHER_EMAIL (Forgejo, too)
 *	gitlab		GL_USERNAME
 *	github		GITHUB_USER_LOGIN
 *	http		REMOTE_USER
 */
#ifndef GM_CHECK_PUSHER_H
#define GM_CHECK_PUSHER_H

#include "git/repo.h"

struct gm_pusher {
	struct gm_strings names;
	bool unknown; /* not configured, not said, or a key of no person */
};

/* The variables a hook has to keep for this, ended by NULL. */
extern const char *const gm_pusher_variables[];

/* Read it.  GM_EINPUT for a host that is none of the above. */
GM_MUST_CHECK
int gm_pusher_read(struct gm_pusher *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err);

#endif

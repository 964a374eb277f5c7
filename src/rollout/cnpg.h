/*
 * rollout/cnpg: what `kubectl get -o json` says of CloudNativePG's backups.
 *
 * Reads a Backup, Cluster or ObjectStore (barman-cloud plugin), or a list of
 * them; anything else is refused, so that nothing is taken for evidence that
 * was not understood.
 */
#ifndef GM_ROLLOUT_CNPG_H
#define GM_ROLLOUT_CNPG_H

#include "base/err.h"
#include "base/str.h"

struct gm_cnpg_of {
	const char *namespace_; /* NULL: whichever there is, but only one */
	const char *cluster;    /* the same */
};

struct gm_cnpg {
	bool good;
	const char *why;     /* in words, good or not */
	const char *backup;  /* name of the newest Backup; NULL: none there */
	int64_t at;          /* when the newest good one ended; 0: none */
	int64_t recoverable; /* from when on, by the store; 0: not said */
	int64_t retention;   /* seconds it keeps backups for; the same */
	const char *cluster; /* whose they are */
};

/*
 * Read it, and judge: good means that the newest backup has completed and can
 * be found again, and that the log is archived as far as there is a Cluster to
 * tell.  Of other clusters nothing is looked at.  GM_EINPUT, naming the
 * object, for what is none of these or does not tell enough.
 */
GM_MUST_CHECK
int gm_cnpg_read(struct gm_cnpg *out, struct gm_arena *a, const char *name,
		 struct gm_str text, const struct gm_cnpg_of *of,
		 struct gm_err *err);

/* "30d", "4w" or "6m", as an ObjectStore has it, in seconds. */
bool gm_cnpg_retention(int64_t *seconds, struct gm_str s);

/*
 * Is this what gm_cnpg_read could read: JSON that says it is one of these
 * objects, or a list?
 */
bool gm_cnpg_is(struct gm_str text);

#endif

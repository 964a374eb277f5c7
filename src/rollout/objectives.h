/*
 * rollout/objectives: were the queries of a policy within their bounds?
 *
 * All samples of a span count, so that nothing has to run while it passes:
 * whoever looks later sees the same.
 */
#ifndef GM_ROLLOUT_OBJECTIVES_H
#define GM_ROLLOUT_OBJECTIVES_H

#include "rollout/prometheus.h"

struct gm_objective {
	const char *name, *query;
	const char *min, *max; /* decimal numbers; NULL: no such bound */
	/* Of all looks so far. */
	size_t samples; /* that are numbers */
	double worst;   /* the first one out of bounds */
	int64_t broken; /* when that was; 0: never */
	int64_t last;   /* the newest sample; 0: none */
	int64_t gap;    /* the longest time without one, in seconds */
};

struct gm_objectives {
	const char *migration, *env;
	const char *prometheus;
	int64_t window, every; /* seconds */
	struct gm_objective *items;
	size_t n, cap;
};

/*
 * Read them as `emit` writes them for its Job.  GM_EINPUT, naming what is
 * wrong.
 */
GM_MUST_CHECK
int gm_objectives_read(struct gm_objectives *out, struct gm_arena *a,
		       const char *name, struct gm_str text,
		       struct gm_err *err);

/* Look at the span from `from` to `to`, which follows that of the last look. */
GM_MUST_CHECK
int gm_objectives_look(struct gm_objectives *o, const struct gm_prometheus *p,
		       int64_t from, int64_t to, struct gm_err *err);

/*
 * Were they kept so far?  With `whole`, the window is over: then a query that
 * gave nothing, or nothing for more than a tenth of the window, was not.
 * `*why` says which, in words.
 */
bool gm_objectives_kept(const char **why, struct gm_arena *a,
			const struct gm_objectives *o, bool whole);

#endif

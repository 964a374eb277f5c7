/*
 * rollout/prometheus: ask Prometheus what a query was over a span of time.
 *
 * What holds for all that is asked over http is in rollout/http.h.
 */
#ifndef GM_ROLLOUT_PROMETHEUS_H
#define GM_ROLLOUT_PROMETHEUS_H

#include "base/err.h"
#include "base/str.h"

struct gm_prometheus {
	const char *url;    /* "http://prometheus:9090" */
	const char *token;  /* of a bearer; NULL: none */
	const char *ca;     /* file of certificates; NULL: the system's */
	int64_t timeout_ms; /* for one answer; 0: 30 seconds */
};

struct gm_sample {
	int64_t time; /* seconds */
	double value; /* NaN and infinities as they are */
};

struct gm_samples {
	struct gm_sample *items; /* of all series, one behind the other */
	size_t n, cap;
};

/* What is asked for at once; a longer span is asked for in parts. */
#define GM_PROMETHEUS_STEPS 5000

/*
 * Add what the query was from `from` to `to`, each `step` seconds.  GM_EINPUT
 * for a URL of another kind and for a query that Prometheus refuses, with its
 * words; GM_EPROGRAM where it cannot be asked now, or answers with anything but
 * a whole, plain answer.
 */
GM_MUST_CHECK
int gm_prometheus_range(struct gm_samples *out, struct gm_arena *a,
			const struct gm_prometheus *p, const char *query,
			int64_t from, int64_t to, int64_t step,
			struct gm_err *err);

/* Read an answer; part of the above. */
GM_MUST_CHECK
int gm_prometheus_read(struct gm_samples *out, struct gm_arena *a,
		       struct gm_str text, long status, struct gm_err *err);

#endif

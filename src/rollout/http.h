/*
 * rollout/http: ask a server over http.
 *
 * The only file that includes <curl/curl.h>.  Only http and https, certificates
 * verified, no redirects followed, with limits of time and size.
 */
#ifndef GM_ROLLOUT_HTTP_H
#define GM_ROLLOUT_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct gm_http {
	const char *url;
	const char *form;   /* to post; NULL: get it */
	const char *token;  /* of a bearer; NULL: none */
	const char *ca;     /* file of certificates; NULL: the system's */
	int64_t timeout_ms; /* for the whole answer; 0: 30 seconds */
};

/* An answer is no longer. */
#define GM_HTTP_MAX ((size_t)16 << 20)

/* Add name=value to a form. */
void gm_http_field(struct gm_buf *form, const char *name, const char *value);

/*
 * The answer, whatever its status.  GM_EINPUT for a URL of another kind,
 * GM_EPROGRAM where the server cannot be asked now, leads elsewhere or does
 * not stop.
 */
GM_MUST_CHECK
int gm_http_ask(struct gm_str *out, long *status, struct gm_arena *a,
		const struct gm_http *h, struct gm_err *err);

#endif

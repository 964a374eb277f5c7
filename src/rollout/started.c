#include "rollout/started.h"

#include <string.h>

#include <jansson.h>

#include "base/clock.h"

static void drop(json_t **root)
{
	json_decref(*root);
}

static int refused(const char *text, long status, struct gm_err *err)
{
	gm_fail(err, status >= 500 ? GM_EPROGRAM : GM_EINPUT,
		"Kubernetes does not tell of the Job (status %ld): %s", status,
		text ? text : "it does not say why");
	if (status == 401 || status == 403)
		gm_hint(err, "The account of the Job has to be allowed to get"
			     " jobs in its namespace.");
	return -1;
}

int gm_started_read(int64_t *out, struct gm_arena *a, struct gm_str text,
		    long status, struct gm_err *err)
{
	json_error_t why;
	GM_AUTO(drop)
	json_t *root = json_loadb(text.len ? text.ptr : "", text.len,
				  JSON_REJECT_DUPLICATES, &why);
	const char *kind = json_string_value(json_object_get(root, "kind"));
	const char *message =
		json_string_value(json_object_get(root, "message"));
	const char *time = json_string_value(json_object_get(
		json_object_get(root, "metadata"), "creationTimestamp"));

	if (status != 200)
		return refused(message ? gm_strdup(a, message) : NULL, status,
			       err);
	if (!kind || strcmp(kind, "Job") != 0 || !time ||
	    !gm_time_parse(out, gm_str(time)))
		return gm_fail(err, GM_EINPUT,
			       "what is said to be the Job is none");
	return 0;
}

int gm_started(int64_t *out, struct gm_arena *a, const struct gm_http *h,
	       struct gm_err *err)
{
	struct gm_str text;
	long status;

	if (gm_http_ask(&text, &status, a, h, err) < 0)
		return -1;
	return gm_started_read(out, a, text, status, err);
}

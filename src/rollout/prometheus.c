#include "rollout/prometheus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "rollout/http.h"

/* --- the answer --- */

static void drop(json_t **root)
{
	json_decref(*root);
}

static int odd(const char *why, struct gm_err *err)
{
	gm_fail(err, GM_EPROGRAM, "Prometheus answers %s", why);
	return gm_hint(err, "Is it Prometheus that listens there?");
}

static bool read_number(double *out, const char *text)
{
	char *end;

	if (!strcmp(text, "NaN"))
		*out = (double)NAN;
	else if (!strcmp(text, "+Inf") || !strcmp(text, "Inf"))
		*out = (double)INFINITY;
	else if (!strcmp(text, "-Inf"))
		*out = (double)-INFINITY;
	else if (!strchr("+-.0123456789", *text) || !*text)
		return false;
	else
		return *out = strtod(text, &end), !*end;
	return true;
}

/* [1795248000, "0.5"] */
static bool read_sample(struct gm_sample *out, const json_t *pair)
{
	const json_t *time = json_array_get(pair, 0);
	const char *text = json_string_value(json_array_get(pair, 1));

	if (json_array_size(pair) != 2 || !json_is_number(time) || !text)
		return false;
	out->time = (int64_t)json_number_value(time);
	return read_number(&out->value, text);
}

static int refused(const json_t *root, long status, struct gm_err *err)
{
	const char *type =
		json_string_value(json_object_get(root, "errorType"));
	const char *text = json_string_value(json_object_get(root, "error"));
	bool query = type &&
		     (!strcmp(type, "bad_data") || !strcmp(type, "execution"));

	return gm_fail(err, query ? GM_EINPUT : GM_EPROGRAM,
		       "Prometheus refuses (status %ld): %s", status,
		       text ? text : "it does not say why");
}

static int read_matrix(struct gm_samples *out, struct gm_arena *a,
		       const json_t *data, struct gm_err *err)
{
	const char *type =
		json_string_value(json_object_get(data, "resultType"));
	const json_t *series = json_object_get(data, "result");

	if (!type || strcmp(type, "matrix") != 0 || !json_is_array(series))
		return odd("with something else than a matrix", err);
	for (size_t i = 0; i < json_array_size(series); i++) {
		const json_t *values =
			json_object_get(json_array_get(series, i), "values");

		if (!json_is_array(values))
			return odd("with a series without values", err);
		for (size_t k = 0; k < json_array_size(values); k++)
			if (!read_sample(GM_PUSH(a, out),
					 json_array_get(values, k)))
				return odd("with what is no sample", err);
	}
	return 0;
}

int gm_prometheus_read(struct gm_samples *out, struct gm_arena *a,
		       struct gm_str text, long status, struct gm_err *err)
{
	struct gm_samples read = *out;
	json_error_t why;
	GM_AUTO(drop)
	json_t *root = json_loadb(text.len ? text.ptr : "", text.len,
				  JSON_REJECT_DUPLICATES, &why);
	const char *word = json_string_value(json_object_get(root, "status"));

	if (!root && status != 200)
		return odd(gm_printf(a, "with status %ld", status), err);
	if (!root || !word)
		return odd("with what is no JSON of its own", err);
	if (status != 200 || strcmp(word, "success") != 0)
		return refused(root, status, err);
	/* A part of an answer is none. */
	word = json_string_value(
		json_array_get(json_object_get(root, "warnings"), 0));
	if (json_array_size(json_object_get(root, "warnings")))
		return odd(gm_printf(a, "with a warning: %s",
				     word ? word : "one without words"),
			   err);
	if (read_matrix(&read, a, json_object_get(root, "data"), err) < 0)
		return -1;
	*out = read;
	return 0;
}

/* --- asking --- */

static int ask(struct gm_samples *out, struct gm_arena *a,
	       const struct gm_prometheus *p, const char *form,
	       struct gm_err *err)
{
	size_t len = strlen(p->url);
	struct gm_http h = { .form = form,
			     .token = p->token,
			     .ca = p->ca,
			     .timeout_ms = p->timeout_ms };
	struct gm_str answer;
	long status;

	while (len && p->url[len - 1] == '/')
		len--;
	h.url = gm_printf(a, "%.*s/api/v1/query_range", (int)len, p->url);
	if (gm_http_ask(&answer, &status, a, &h, err) < 0)
		return -1;
	return gm_prometheus_read(out, a, answer, status, err);
}

int gm_prometheus_range(struct gm_samples *out, struct gm_arena *a,
			const struct gm_prometheus *p, const char *query,
			int64_t from, int64_t to, int64_t step,
			struct gm_err *err)
{
	struct gm_samples all = *out;

	for (; from <= to; from += step * GM_PROMETHEUS_STEPS) {
		struct gm_buf form = gm_buf(a);
		int64_t end = from + step * (GM_PROMETHEUS_STEPS - 1);

		gm_http_field(&form, "query", query);
		gm_buf_printf(&form, "&start=%lld&end=%lld&step=%lld",
			      (long long)from, (long long)(end < to ? end : to),
			      (long long)step);
		if (ask(&all, a, p, form.ptr, err) < 0)
			return -1;
	}
	*out = all;
	return 0;
}

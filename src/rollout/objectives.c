#include "rollout/objectives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "policy/value.h"

#define YEARS ((json_int_t)GM_DURATION_MAX)

static void drop(json_t **root)
{
	json_decref(*root);
}

static int bad(const char *name, const char *key, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "'%s' is missing, or cannot be used", key);
	gm_fail_at(err, name, 0, 0);
	return gm_hint(err, "Give the file that 'git migrate emit' writes.");
}

static const char *text_of(struct gm_arena *a, const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text && *text ? gm_strdup(a, text) : NULL;
}

static bool is_bound(const json_t *o, const char *key, const char *text)
{
	if (!json_object_get(o, key))
		return true;
	return text && !gm_value_decimal(gm_str(text));
}

static int read_seconds(int64_t *out, const char *name, const json_t *o,
			const char *key, struct gm_err *err)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	if (n < 1 || n > YEARS)
		return bad(name, key, err);
	*out = (int64_t)n;
	return 0;
}

static int read_one(struct gm_objective *out, struct gm_arena *a,
		    const char *name, const json_t *o, struct gm_err *err)
{
	struct gm_objective q = {
		.name = text_of(a, o, "name"),
		.query = text_of(a, o, "query"),
		.min = text_of(a, o, "min"),
		.max = text_of(a, o, "max"),
	};

	if (!q.name || !q.query || !is_bound(o, "min", q.min) ||
	    !is_bound(o, "max", q.max) || (!q.min && !q.max))
		return bad(name, "queries", err);
	*out = q;
	return 0;
}

int gm_objectives_read(struct gm_objectives *out, struct gm_arena *a,
		       const char *name, struct gm_str text, struct gm_err *err)
{
	json_error_t why;
	GM_AUTO(drop)
	json_t *root = json_loadb(text.len ? text.ptr : "", text.len,
				  JSON_REJECT_DUPLICATES, &why);
	const json_t *list = json_object_get(root, "queries");
	struct gm_objectives o = {
		.migration = text_of(a, root, "migration"),
		.env = text_of(a, root, "env"),
		.prometheus = text_of(a, root, "prometheus"),
	};

	if (!root) {
		gm_fail(err, GM_EINPUT, "this is no JSON: %s", why.text);
		return gm_fail_at(err, name, (size_t)why.line,
				  (size_t)why.column);
	}
	if (json_integer_value(json_object_get(root, "version")) != 1)
		return bad(name, "version", err);
	if (!o.prometheus || gm_value_url(gm_str(o.prometheus)))
		return bad(name, "prometheus", err);
	if (read_seconds(&o.window, name, root, "window", err) < 0 ||
	    read_seconds(&o.every, name, root, "every", err) < 0)
		return -1;
	if (!json_array_size(list))
		return bad(name, "queries", err);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_one(GM_PUSH(a, &o), a, name, json_array_get(list, i),
			     err) < 0)
			return -1;
	*out = o;
	return 0;
}

static bool within(const struct gm_objective *q, double value)
{
	return (!q->min || value >= strtod(q->min, NULL)) &&
	       (!q->max || value <= strtod(q->max, NULL));
}

static int by_time(const void *x, const void *y)
{
	const struct gm_sample *one = x, *two = y;

	return (one->time > two->time) - (one->time < two->time);
}

/* NaN is what a division of nothing by nothing gives: no measure. */
static void count(struct gm_objective *q, struct gm_samples *all, int64_t from,
		  int64_t to)
{
	int64_t last = q->last ? q->last : from;

	if (all->n)
		qsort(all->items, all->n, sizeof(*all->items), by_time);
	for (size_t i = 0; i < all->n; i++) {
		const struct gm_sample *s = &all->items[i];

		if (isnan(s->value))
			continue;
		q->samples++;
		if (s->time - last > q->gap)
			q->gap = s->time - last;
		last = q->last = s->time;
		if (within(q, s->value) || q->broken)
			continue;
		q->worst = s->value;
		q->broken = s->time;
	}
	if (to - last > q->gap)
		q->gap = to - last;
}

int gm_objectives_look(struct gm_objectives *o, const struct gm_prometheus *p,
		       int64_t from, int64_t to, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_samples *all = gm_alloc_n(&scratch, o->n, sizeof(*all));

	for (size_t i = 0; i < o->n; i++)
		if (gm_prometheus_range(&all[i], &scratch, p, o->items[i].query,
					from, to, o->every, err) < 0)
			return gm_fail_in(err, "%s", o->items[i].name);
	for (size_t i = 0; i < o->n; i++)
		count(&o->items[i], &all[i], from, to);
	return 0;
}

static const char *broken_words(struct gm_arena *a,
				const struct gm_objective *q)
{
	bool low = q->min && q->worst < strtod(q->min, NULL);

	return gm_printf(a, "'%s' was %g at %s, and %s is the %s", q->name,
			 q->worst, gm_time_format(a, q->broken),
			 low ? q->min : q->max, low ? "least" : "most");
}

bool gm_objectives_kept(const char **why, struct gm_arena *a,
			const struct gm_objectives *o, bool whole)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct gm_objective *q = &o->items[i];

		*why = NULL;
		if (q->broken)
			*why = broken_words(a, q);
		else if (whole && !q->samples)
			*why = gm_printf(a, "'%s' measured nothing", q->name);
		else if (whole && q->gap > o->window / 10 + 2 * o->every)
			*why = gm_printf(a, "'%s' measured nothing for %s",
					 q->name, gm_duration_words(a, q->gap));
		if (*why)
			return false;
	}
	*why = "all objectives were kept";
	return true;
}

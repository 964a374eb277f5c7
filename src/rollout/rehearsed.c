#include "rollout/rehearsed.h"

#include <string.h>

#include <jansson.h>

static void done(json_t **root)
{
	json_decref(*root);
}

static int bad(const char *name, const char *what, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "%s", what);
	gm_fail_at(err, name, 0, 0);
	return gm_hint(err, "Give what 'git migrate drill --format=json'"
			    " prints.");
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static const json_t *find(const json_t *root, const char *id)
{
	const json_t *all = json_object_get(root, "migrations");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);

		if (!strcmp(text_of(one, "id"), id))
			return one;
	}
	return NULL;
}

int gm_rehearsed_read(struct gm_rehearsed *out, struct gm_arena *a,
		      const char *name, struct gm_str text, const char *id,
		      struct gm_err *err)
{
	struct gm_rehearsed r = { 0 };
	const json_t *one, *rto, *restore;
	json_error_t why;
	GM_AUTO(done)
	json_t *root = json_loadb(text.len ? text.ptr : "", text.len,
				  JSON_REJECT_DUPLICATES, &why);
	const char *verdict, *answer, *digest;

	if (!root) {
		gm_fail(err, GM_EINPUT, "this is no JSON: %s", why.text);
		return gm_fail_at(err, name, (size_t)why.line,
				  (size_t)why.column);
	}
	if (json_integer_value(json_object_get(root, "version")) != 1 ||
	    !json_is_array(json_object_get(root, "migrations")))
		return bad(name, "this is no report of a drill", err);
	one = find(root, id);
	if (!one)
		return bad(name,
			   gm_printf(a, "'%s' was not rehearsed there", id),
			   err);
	verdict = text_of(one, "verdict");
	restore = json_object_get(json_object_get(one, "checks"), "restore");
	answer = text_of(restore, "answer");
	rto = json_object_get(one, "rto_ms");
	digest = text_of(one, "digest");
	if ((strcmp(verdict, "pass") != 0 && strcmp(verdict, "fail") != 0) ||
	    !*answer || !*digest || !json_is_integer(rto))
		return bad(name, "this is no report of a drill", err);
	r.rto_ms = json_integer_value(rto);
	r.digest = gm_strdup(a, digest);
	r.good = !strcmp(verdict, "pass") && !strcmp(answer, "yes");
	r.why = gm_printf(a, "the drill says %s, and of the restore %s",
			  verdict, answer);
	*out = r;
	return 0;
}

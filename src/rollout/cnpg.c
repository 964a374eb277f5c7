#include "rollout/cnpg.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"

#define POSTGRES "postgresql.cnpg.io/v1"
#define BARMAN "barmancloud.cnpg.io/v1"

struct reader {
	struct gm_arena *arena;
	const char *name;
	const struct gm_cnpg_of *of;
	struct gm_err *err;
	struct gm_cnpg out;
	const char *namespace_; /* of what was read so far */
	size_t seen;
	/* Of the newest Backup. */
	int64_t started;
	const char *phase, *error;
	bool found_again; /* it has an id, or is a snapshot */
	/* Of the Cluster and the store; what is not there is not said. */
	bool has_cluster, archiving;
	const char *archiving_why;
	bool has_store;
	int64_t store_good, store_bad;
};

static void done(json_t **root)
{
	json_decref(*root);
}

static int bad(struct reader *r, const char *what, const char *object)
{
	gm_fail(r->err, GM_EINPUT, "%s: %s", object, what);
	gm_fail_at(r->err, r->name, 0, 0);
	return gm_hint(r->err,
		       "Give what 'kubectl get backup,cluster,objectstore"
		       " -o json' prints.");
}

/* The text at a path of keys; NULL: there is none. */
static const char *text_at(struct reader *r, const json_t *o, const char *one,
			   const char *two, const char *three)
{
	const char *const keys[] = { one, two, three };

	for (size_t i = 0; i < GM_COUNT(keys) && keys[i]; i++)
		o = json_object_get(o, keys[i]);
	return json_is_string(o) ? gm_strdup(r->arena, json_string_value(o))
				 : NULL;
}

static int time_at(int64_t *out, struct reader *r, const json_t *o,
		   const char *key, const char *object)
{
	const json_t *value = json_object_get(o, key);

	*out = 0;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) ||
	    !gm_time_parse(out, gm_str(json_string_value(value))))
		return bad(r, gm_printf(r->arena, "'%s' is no time", key),
			   object);
	return 0;
}

/* Is it of the cluster that is asked for?  1, 0, or -1. */
static int is_ours(struct reader *r, const char *namespace_,
		   const char *cluster, const char *object)
{
	if ((r->of->namespace_ && strcmp(r->of->namespace_, namespace_) != 0) ||
	    (r->of->cluster && strcmp(r->of->cluster, cluster) != 0))
		return 0;
	if (r->out.cluster && (strcmp(r->out.cluster, cluster) != 0 ||
			       strcmp(r->namespace_, namespace_) != 0))
		return bad(r,
			   "it is of another cluster than those before it, and"
			   " the policy does not say which one counts",
			   object);
	r->out.cluster = cluster;
	r->namespace_ = namespace_;
	return 1;
}

static int read_backup(struct reader *r, const json_t *o, const char *ns,
		       const char *object)
{
	const json_t *status = json_object_get(o, "status");
	const char *cluster = text_at(r, o, "spec", "cluster", "name");
	const char *method = text_at(r, o, "spec", "method", NULL);
	int64_t started, stopped;
	int ours;

	if (!cluster)
		return bad(r, "it names no cluster", object);
	ours = is_ours(r, ns, cluster, object);
	if (ours <= 0)
		return ours;
	if (time_at(&started, r, status, "startedAt", object) < 0 ||
	    time_at(&stopped, r, status, "stoppedAt", object) < 0)
		return -1;
	r->seen++;
	/* One that has not even started is the newest of all. */
	if (!started)
		started = INT64_MAX;
	if (r->out.backup && started < r->started)
		return 0;
	r->started = started;
	r->out.backup = text_at(r, o, "metadata", "name", NULL);
	r->out.at = stopped;
	r->phase = text_at(r, status, "phase", NULL, NULL);
	r->error = text_at(r, status, "error", NULL, NULL);
	r->found_again = text_at(r, status, "backupId", NULL, NULL) ||
			 (method && !strcmp(method, "volumeSnapshot"));
	return 0;
}

static int read_cluster(struct reader *r, const json_t *o, const char *ns,
			const char *object)
{
	const json_t *list =
		json_object_get(json_object_get(o, "status"), "conditions");
	int ours =
		is_ours(r, ns, text_at(r, o, "metadata", "name", NULL), object);

	if (ours <= 0)
		return ours;
	r->seen++;
	r->has_cluster = true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const char *type = text_at(r, c, "type", NULL, NULL);
		const char *status = text_at(r, c, "status", NULL, NULL);

		if (!type || strcmp(type, "ContinuousArchiving") != 0)
			continue;
		r->archiving = status && !strcmp(status, "True");
		r->archiving_why = text_at(r, c, "message", NULL, NULL);
	}
	return 0;
}

bool gm_cnpg_retention(int64_t *seconds, struct gm_str s)
{
	char unit = s.len ? s.ptr[s.len - 1] : '\0';
	int64_t days = unit == 'd' ? 1 : unit == 'w' ? 7 : unit == 'm' ? 30 : 0;
	uint64_t n;

	if (!days || !gm_str_uint(&n, gm_str_sub(s, 0, s.len - 1)) || !n ||
	    n > 100000)
		return false;
	*seconds = (int64_t)n * days * 86400;
	return true;
}

/* A store may hold several servers: the one of the cluster counts. */
static int read_store(struct reader *r, const json_t *o, const char *ns,
		      const char *object)
{
	json_t *all = json_object_get(json_object_get(o, "status"),
				      "serverRecoveryWindow");
	const char *keeps = text_at(r, o, "spec", "retentionPolicy", NULL);
	const char *server;
	json_t *window;

	json_object_foreach((json_t *)all, server, window)
	{
		int ours = is_ours(r, ns, gm_strdup(r->arena, server), object);

		if (ours < 0)
			return -1;
		if (!ours)
			continue;
		r->seen++;
		r->has_store = true;
		if (keeps &&
		    !gm_cnpg_retention(&r->out.retention, gm_str(keeps)))
			return bad(r, "its retentionPolicy is no such", object);
		if (time_at(&r->out.recoverable, r, window,
			    "firstRecoverabilityPoint", object) < 0 ||
		    time_at(&r->store_good, r, window,
			    "lastSuccessfulBackupTime", object) < 0 ||
		    time_at(&r->store_bad, r, window, "lastFailedBackupTime",
			    object) < 0)
			return -1;
	}
	return 0;
}

static int read_object(struct reader *r, const json_t *o)
{
	static const struct {
		const char *api, *kind;
		int (*read)(struct reader *r, const json_t *o, const char *ns,
			    const char *object);
	} kinds[] = {
		{ POSTGRES, "Backup", read_backup },
		{ POSTGRES, "Cluster", read_cluster },
		{ BARMAN, "ObjectStore", read_store },
	};
	const char *api = text_at(r, o, "apiVersion", NULL, NULL);
	const char *kind = text_at(r, o, "kind", NULL, NULL);
	const char *name = text_at(r, o, "metadata", "name", NULL);
	const char *ns = text_at(r, o, "metadata", "namespace", NULL);
	const char *object;

	if (!api || !kind || !name || !ns)
		return bad(r, "an object has no kind, name or namespace",
			   "what kubectl prints");
	object = gm_printf(r->arena, "%s '%s'", kind, name);
	for (size_t i = 0; i < GM_COUNT(kinds); i++)
		if (!strcmp(api, kinds[i].api) && !strcmp(kind, kinds[i].kind))
			return kinds[i].read(r, o, ns, object);
	return bad(r, "it is no Backup, Cluster or ObjectStore", object);
}

/* --- what it comes to --- */

static bool judge_backup(struct reader *r)
{
	struct gm_arena *a = r->arena;
	const char *phase = r->phase ? r->phase : "not started";

	if (strcmp(phase, "completed") != 0) {
		r->out.at = 0;
		r->out.why = gm_printf(
			a, "backup '%s' is %s%s%s", r->out.backup, phase,
			r->error ? ": " : "", r->error ? r->error : "");
		return false;
	}
	if (!r->out.at || !r->found_again) {
		r->out.why = gm_printf(a, "backup '%s' does not say %s",
				       r->out.backup,
				       r->out.at ? "its id" : "when it ended");
		r->out.at = 0;
		return false;
	}
	r->out.why = gm_printf(a, "backup '%s' ended at %s", r->out.backup,
			       gm_time_format(a, r->out.at));
	return true;
}

static bool judge_store(struct reader *r)
{
	struct gm_arena *a = r->arena;

	r->out.at = r->store_good;
	if (!r->store_good)
		r->out.why = "the store has no good backup";
	else if (r->store_bad > r->store_good)
		r->out.why = gm_printf(a, "the last backup failed, at %s",
				       gm_time_format(a, r->store_bad));
	else
		r->out.why = gm_printf(a,
				       "the last good backup in the store is"
				       " of %s",
				       gm_time_format(a, r->store_good));
	return r->store_good && r->store_bad <= r->store_good;
}

static void judge(struct reader *r)
{
	struct gm_cnpg *out = &r->out;

	out->good = out->backup ? judge_backup(r) : judge_store(r);
	if (out->good && r->has_cluster && !r->archiving) {
		out->good = false;
		out->why = gm_printf(
			r->arena, "the log of '%s' is not archived: %s",
			out->cluster,
			r->archiving_why ? r->archiving_why : "not said why");
	}
}

static json_t *load(struct gm_str text, json_error_t *why)
{
	return json_loadb(text.len ? text.ptr : "", text.len,
			  JSON_REJECT_DUPLICATES, why);
}

static bool is_list(const json_t *root)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));

	return kind && gm_str_ends(gm_str(kind), GM_STR("List")) &&
	       json_is_array(json_object_get(root, "items"));
}

int gm_cnpg_read(struct gm_cnpg *out, struct gm_arena *a, const char *name,
		 struct gm_str text, const struct gm_cnpg_of *of,
		 struct gm_err *err)
{
	struct reader r = { .arena = a, .name = name, .of = of, .err = err };
	json_error_t why;
	GM_AUTO(done) json_t *root = load(text, &why);
	const json_t *items = json_object_get(root, "items");

	if (!root) {
		gm_fail(err, GM_EINPUT, "this is no JSON: %s", why.text);
		return gm_fail_at(err, name, (size_t)why.line,
				  (size_t)why.column);
	}
	if (!is_list(root) && read_object(&r, root) < 0)
		return -1;
	for (size_t i = 0; is_list(root) && i < json_array_size(items); i++)
		if (read_object(&r, json_array_get(items, i)) < 0)
			return -1;
	if (!r.out.backup && !r.has_store)
		return bad(&r,
			   gm_printf(a, "there is no Backup or ObjectStore%s%s",
				     of->cluster ? " of cluster " : "",
				     of->cluster ? of->cluster : ""),
			   "what kubectl prints");
	judge(&r);
	*out = r.out;
	return 0;
}

bool gm_cnpg_is(struct gm_str text)
{
	json_error_t why;
	GM_AUTO(done) json_t *root = load(text, &why);
	const char *api =
		json_string_value(json_object_get(root, "apiVersion"));

	return api && (is_list(root) || !strcmp(api, POSTGRES) ||
		       !strcmp(api, BARMAN));
}

/* rollout/lint: Jobs, and the SQL they mount. */
#include <string.h>
#include <strings.h>

#include "rollout/lint.h"
#include "rollout/stages.h"

#define FLUX "kustomize.toolkit.fluxcd.io/"

static const struct gm_yaml *pod_of(const struct gm_doc *job)
{
	return gm_yaml_at(job->node, "spec/template/spec");
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "...-01234567-1" */
static bool names_content(const char *name)
{
	size_t len = strlen(name), digits = 0;

	while (len && name[len - 1] >= '0' && name[len - 1] <= '9') {
		len--;
		digits++;
	}
	if (!digits || len < GM_HASH_LEN + 3 || name[len - 1] != '-')
		return false;
	for (size_t i = 2; i < GM_HASH_LEN + 2; i++)
		if (!is_hex(name[len - i]))
			return false;
	return name[len - GM_HASH_LEN - 2] == '-';
}

static void lint_name(const struct gm_lint *l, const struct gm_doc *job)
{
	const struct gm_yaml *name = gm_yaml_at(job->node, "metadata/name");

	if (!names_content(job->name))
		gm_lint_at(l, GM_RULE_FLUX_R2, job, name,
			   "its name does not end in a hash of its content and"
			   " an attempt");
	else if (gm_doc_label(job, "git-migrate.dev/migration") &&
		 strncmp(job->name, "gm-", 3) != 0)
		gm_lint_at(l, GM_RULE_FLUX_R2, job, name,
			   "the Jobs of a migration are called gm-...");
}

/* An annotation of Flux; values are compared without case but for one. */
static bool annotated(const struct gm_doc *d, struct gm_arena *a,
		      const char *name, const char *value)
{
	const char *text = gm_yaml_text(a, gm_doc_annotation(d, name));

	return text && !strcasecmp(text, value);
}

static bool has_word(struct gm_arena *a, const struct gm_yaml *list,
		     const char *part)
{
	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++) {
		const char *word = gm_yaml_text(a, list->items[i]);

		if (word && strstr(word, part))
			return true;
	}
	return false;
}

/* In what it is started with. */
static bool says(struct gm_arena *a, const struct gm_yaml *container,
		 const char *part)
{
	return has_word(a, gm_yaml_get(container, "command"), part) ||
	       has_word(a, gm_yaml_get(container, "args"), part);
}

/* By itself, or in the script of a shell. */
static bool is_psql(struct gm_arena *a, const struct gm_yaml *container)
{
	const struct gm_yaml *command = gm_yaml_get(container, "command");
	const char *word =
		command && command->kind == GM_YAML_LIST && command->n
			? gm_yaml_text(a, command->items[0])
			: NULL;
	const char *slash = word ? strrchr(word, '/') : NULL;

	return (word && !strcmp(slash ? slash + 1 : word, "psql")) ||
	       says(a, container, "psql ");
}

/* Does a file beside the Job take the lock? */
static bool takes_lock(const struct gm_lint *l, const struct gm_doc *job)
{
	size_t len = (size_t)(strrchr(job->path, '/')
				      ? strrchr(job->path, '/') - job->path + 1
				      : 0);

	for (size_t i = 0; i < l->m->files.n; i++) {
		const char *path = l->m->files.items[i];
		struct gm_err ignored = GM_ERR_INIT;
		struct gm_str text;

		if (strncmp(path, job->path, len) != 0 ||
		    strchr(path + len, '/') ||
		    !gm_str_ends(gm_str(path), GM_STR(".sql")) ||
		    gm_place_read(&text, l->m->arena, l->m->place, path,
				  &ignored) <= 0)
			continue;
		if (memmem(text.ptr, text.len, "_advisory_", 10))
			return true;
	}
	return false;
}

static void lint_container(const struct gm_lint *l, const struct gm_doc *job,
			   const struct gm_yaml *c)
{
	if (!is_psql(l->m->arena, c))
		return;
	if (!says(l->m->arena, c, "ON_ERROR_STOP"))
		gm_lint_at(l, GM_RULE_FLUX_R15, job, c,
			   "psql without ON_ERROR_STOP=1 ends with 0 when the"
			   " SQL failed");
	if (!says(l->m->arena, c, "_advisory_") && !takes_lock(l, job))
		gm_lint_at(l, GM_RULE_FLUX_R15, job, c,
			   "nothing keeps two of them from running at once: its"
			   " SQL takes no advisory lock");
}

static void lint_psql(const struct gm_lint *l, const struct gm_doc *job)
{
	static const char *const lists[] = { "initContainers", "containers" };

	for (size_t k = 0; k < GM_COUNT(lists); k++) {
		const struct gm_yaml *list = gm_yaml_get(pod_of(job), lists[k]);

		if (!list || list->kind != GM_YAML_LIST)
			continue;
		for (size_t i = 0; i < list->n; i++)
			lint_container(l, job, list->items[i]);
	}
}

static void lint_retries(const struct gm_lint *l, const struct gm_doc *job)
{
	struct gm_arena *a = l->m->arena;
	const struct gm_yaml *policy =
		gm_yaml_at(job->node, "spec/podFailurePolicy");
	const char *limit = gm_doc_text(a, job, "spec/backoffLimit");
	const char *restart =
		gm_doc_text(a, job, "spec/template/spec/restartPolicy");

	/* Where it is said which failures count, others may be tried again. */
	if (strcmp(limit, "0") != 0 && (!policy || !*limit) &&
	    (*limit || !job->patch))
		gm_lint_at(l, GM_RULE_FLUX_R15, job,
			   gm_yaml_at(job->node, "spec/backoffLimit"),
			   "backoffLimit is not 0%s",
			   *limit ? "" : ", but 6 where it is not said");
	if (strcmp(restart, "Never") != 0 && (*restart || !job->patch))
		gm_lint_at(l, GM_RULE_FLUX_R15, job,
			   gm_yaml_get(pod_of(job), "restartPolicy"),
			   "restartPolicy is not Never");
	lint_psql(l, job);
}

static void lint_job(const struct gm_lint *l, const struct gm_doc *job)
{
	const struct gm_yaml *ttl =
		gm_yaml_at(job->node, "spec/ttlSecondsAfterFinished");
	const struct gm_yaml *suspend = gm_yaml_at(job->node, "spec/suspend");

	if (ttl)
		gm_lint_at(l, GM_RULE_FLUX_R1, job, ttl,
			   "ttlSecondsAfterFinished runs it again, and hides"
			   " that it failed");
	if (!job->patch)
		lint_name(l, job);
	if (gm_yaml_true(suspend))
		gm_lint_at(l, GM_RULE_FLUX_R10, job, suspend,
			   "a suspended Job counts as done");
	lint_retries(l, job);
}

static void lint_kept(const struct gm_lint *l, const struct gm_doc *d)
{
	if (annotated(d, l->m->arena, FLUX "ssa", "IfNotPresent"))
		gm_lint_at(l, GM_RULE_FLUX_R11, d,
			   gm_doc_annotation(d, FLUX "ssa"),
			   "with ssa: IfNotPresent its health is looked at"
			   " once only");
}

/* --- R14 --- */

static const char *not_disabled(const struct gm_yaml *value, struct gm_arena *a)
{
	const char *text = gm_yaml_text(a, value);

	if (!text)
		return "Flux may put values into it: it is not annotated"
		       " " FLUX "substitute: disabled";
	if (strcmp(text, "disabled") != 0)
		return "the annotation substitute only counts as 'disabled',"
		       " in lower case";
	return NULL;
}

static bool has_sql(struct gm_arena *a, const struct gm_yaml *files)
{
	for (size_t i = 0; files && files->kind == GM_YAML_LIST && i < files->n;
	     i++) {
		const char *name = gm_yaml_text(a, files->items[i]);

		if (name && gm_str_ends(gm_str(name), GM_STR(".sql")))
			return true;
	}
	return false;
}

static void lint_generator(const struct gm_lint *l, const struct gm_doc *d,
			   const struct gm_yaml *generator, bool *sql)
{
	const struct gm_yaml *options = gm_yaml_get(generator, "options");
	const struct gm_yaml *annotations =
		options ? gm_yaml_get(options, "annotations") : NULL;
	const char *why;

	if (!has_sql(l->m->arena, gm_yaml_get(generator, "files")))
		return;
	*sql = true;
	why = not_disabled(gm_yaml_get(annotations, FLUX "substitute"),
			   l->m->arena);
	if (why)
		gm_lint_at(l, GM_RULE_FLUX_R14, d, generator, "%s", why);
}

static bool lint_generators(const struct gm_lint *l, const struct gm_doc *d)
{
	const struct gm_yaml *list = gm_yaml_get(d->node, "configMapGenerator");
	bool sql = false;

	for (size_t i = 0; list && list->kind == GM_YAML_LIST && i < list->n;
	     i++)
		lint_generator(l, d, list->items[i], &sql);
	return sql;
}

/* A ConfigMap with SQL in it, as an object. */
static bool lint_config(const struct gm_lint *l, const struct gm_doc *d)
{
	const struct gm_yaml *data = gm_yaml_get(d->node, "data");
	const char *why;
	bool sql = false;

	if (!gm_doc_is(d, "", "ConfigMap") || !data ||
	    data->kind != GM_YAML_MAP)
		return false;
	for (size_t i = 0; i < data->n; i++)
		sql |= gm_str_ends(data->keys[i]->text, GM_STR(".sql"));
	if (!sql)
		return false;
	why = not_disabled(gm_doc_annotation(d, FLUX "substitute"),
			   l->m->arena);
	if (why)
		gm_lint_at(l, GM_RULE_FLUX_R14, d, data, "%s", why);
	return true;
}

/* The Jobs beside SQL run it. */
static void lint_unit(const struct gm_lint *l, const struct gm_unit *u)
{
	bool sql = false;

	for (size_t i = 0; i < u->kustomize.n; i++)
		sql |= lint_generators(l, u->kustomize.items[i]->doc);
	for (size_t i = 0; i < u->docs.n; i++)
		sql |= lint_config(l, u->docs.items[i]);
	for (size_t i = 0; sql && i < u->docs.n; i++) {
		const struct gm_doc *d = u->docs.items[i];
		const char *why = not_disabled(
			gm_doc_annotation(d, FLUX "substitute"), l->m->arena);

		if (gm_doc_is(d, "batch", "Job") && why)
			gm_lint_at(l, GM_RULE_FLUX_R14, d, NULL, "%s", why);
	}
}

void gm_lint_jobs(const struct gm_lint *l)
{
	for (size_t i = 0; i < l->m->docs.n; i++) {
		const struct gm_doc *d = &l->m->docs.items[i];

		if (gm_doc_is(d, "batch", "Job"))
			lint_job(l, d);
		if (gm_doc_is(d, "batch", "Job") ||
		    gm_doc_is(d, "postgresql.cnpg.io", "Backup"))
			lint_kept(l, d);
	}
	for (size_t i = 0; i < l->m->units.n; i++)
		lint_unit(l, &l->m->units.items[i]);
}

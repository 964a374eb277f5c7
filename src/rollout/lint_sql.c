/* rollout/lint: the same SQL in every environment. */
#include <string.h>

#include "base/digest.h"
#include "rollout/lint.h"

#define SQL "git-migrate.dev/sql-sha256"

/* What stands `n` directories above a path; NULL: it is not that deep. */
static const char *above(struct gm_arena *a, const char *path, int n)
{
	const char *end = path + strlen(path);

	for (; n; n--) {
		while (end > path && *end != '/')
			end--;
		if (end == path)
			return NULL;
		end--;
	}
	return gm_strndup(a, path, (size_t)(end + 1 - path));
}

/* "<path>/<env>/<name>/<dir>/job.yaml" without its environment, and whose SQL
   it is: those of one rollout have this in common. */
static const char *common(struct gm_arena *a, const struct gm_doc *job,
			  const char *id)
{
	const char *top = above(a, job->path, 3);
	const char *slash = top ? strrchr(top, '/') : NULL;

	if (!top)
		return NULL;
	return gm_printf(a, "%.*s/%s %s", (int)(slash ? slash - top : 0), top,
			 job->path + strlen(top), id);
}

/* Is it the SQL of a file beside the Job, or is there none at all? */
static bool is_beside(const struct gm_lint *l, const struct gm_doc *job,
		      const char *sha256)
{
	const char *slash = strrchr(job->path, '/');
	size_t len = slash ? (size_t)(slash - job->path) + 1 : 0;
	bool any = false;

	for (size_t i = 0; i < l->m->files.n; i++) {
		const char *path = l->m->files.items[i];
		struct gm_err ignored = GM_ERR_INIT;
		char hex[GM_SHA256_HEX + 1];
		struct gm_str text;

		if (strncmp(path, job->path, len) != 0 ||
		    strchr(path + len, '/') ||
		    !gm_str_ends(gm_str(path), GM_STR(".sql")) ||
		    gm_place_read(&text, l->m->arena, l->m->place, path,
				  &ignored) <= 0)
			continue;
		any = true;
		gm_sha256_hex(hex, text);
		if (!strcmp(hex, sha256))
			return true;
	}
	return !any;
}

static void lint_job(const struct gm_lint *l, const struct gm_doc *job,
		     struct gm_map *seen)
{
	struct gm_arena *a = l->m->arena;
	const struct gm_yaml *note = gm_doc_annotation(job, SQL);
	const char *sha256 = gm_yaml_text(a, note);
	const char *id =
		gm_yaml_text(a, gm_doc_annotation(job, "git-migrate.dev/id"));
	struct gm_doc *other;
	const char *key;

	if (!sha256 || !id)
		return;
	if (!is_beside(l, job, sha256))
		gm_lint_at(l, GM_RULE_FLUX_SQL, job, note,
			   "the SQL beside it is not what it says");
	key = common(a, job, id);
	if (!key)
		return;
	other = gm_map_get(seen, gm_str(key));
	if (!other) {
		other = gm_alloc(a, sizeof(*other));
		*other = *job;
		gm_map_set(seen, gm_str(key), other);
	} else if (strcmp(gm_yaml_text(a, gm_doc_annotation(other, SQL)),
			  sha256) != 0) {
		gm_lint_at(l, GM_RULE_FLUX_SQL, job, note,
			   "it does not run the SQL that '%s' has for '%s'",
			   other->path, id);
	}
}

void gm_lint_sql(const struct gm_lint *l)
{
	struct gm_map seen = gm_map(l->m->arena);

	for (size_t i = 0; i < l->m->docs.n; i++)
		if (gm_doc_is(&l->m->docs.items[i], "batch", "Job"))
			lint_job(l, &l->m->docs.items[i], &seen);
}

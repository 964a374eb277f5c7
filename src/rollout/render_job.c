/* rollout/render: slots that run a Job, with the files it mounts. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/digest.h"
#include "db/apply.h"
#include "rollout/frame.h"
#include "rollout/render.h"
#include "sql/run.h"

/* Kubernetes keeps no larger ConfigMap. */
#define CONFIG_MAX ((size_t)1 << 20)
/* A backfill has at least so many seconds, and all else at most. */
#define DAY 86400
/* On top of the window that is observed: for pods that are lost and begun
   anew, and for a Prometheus that is silent for as many looks in the end. */
#define OBSERVE_MARGIN 7200
#define OBSERVE_LOOKS 31

struct job {
	struct gm_render *r;
	struct gm_slot *slot;
	struct gm_fileset files;
	const char *template_;
	const char *image;
	const char *sha256; /* of the SQL */
	int64_t deadline;
};

static int64_t window_of(const struct gm_render *r)
{
	int64_t window = r->target->flux->observe.window;

	if (!window)
		window = r->rollout->window;
	return window ? window : 86400;
}

static void add_bound(json_t *to, const char *name, const char *text)
{
	if (text)
		json_object_set_new(to, name, json_string(text));
}

/* What the Job asks, and how often. */
static void add_observe(struct job *j)
{
	const struct gm_policy_observe *o = &j->r->target->flux->observe;
	json_t *queries = json_array(), *all;
	char *text;

	for (size_t i = 0; i < o->n_queries; i++) {
		json_t *q = json_pack("{s:s, s:s}", "name", o->queries[i].name,
				      "query", o->queries[i].query);

		add_bound(q, "max", o->queries[i].max);
		add_bound(q, "min", o->queries[i].min);
		json_array_append_new(queries, q);
	}
	all = json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:o}", "version", 1,
			"migration", j->r->rollout->id, "env",
			j->r->target->env, "prometheus", o->prometheus,
			"window", (json_int_t)window_of(j->r), "every",
			(json_int_t)o->every, "queries", queries);
	text = json_dumps(all, JSON_INDENT(2));
	if (!text)
		GM_BUG("out of memory");
	gm_fileset_add(&j->files, j->r->arena, "observe.json",
		       gm_str(gm_printf(j->r->arena, "%s\n", text)));
	free(text);
	json_decref(all);
	j->template_ = "job-observe";
	j->image = j->r->target->flux->tool;
	j->deadline =
		window_of(j->r) + OBSERVE_MARGIN + OBSERVE_LOOKS * o->every;
}

/* Was it put to use with this very migration, and is not to run anew? */
static bool in_use(const struct job *j, struct gm_str manifest)
{
	const struct gm_progress_item *was =
		gm_progress_find(&j->r->owned->progress, j->slot->dir);
	const char *line = gm_printf(j->r->arena, "\ndigest %s\n",
				     j->slot->member->digest);

	return was && was->attempt == j->slot->attempt &&
	       was->state == GM_SLOT_ACTIVE &&
	       memmem(manifest.ptr, manifest.len, line, strlen(line));
}

/*
 * The bundle that lies there: it holds the records of its time, and a Job that
 * has run does not change because there are more of them.  1; 0 for none.
 */
static int keep_bundle(struct job *j, struct gm_err *err)
{
	struct gm_render *r = j->r;
	size_t len = strlen(j->slot->dir);
	struct gm_str text;
	int there;

	if (!r->place || !r->owned)
		return 0;
	there = gm_place_read(&text, r->arena, r->place,
			      gm_render_path(r, j->slot, "manifest"), err);
	if (there <= 0 || !in_use(j, text))
		return there < 0 ? -1 : 0;
	for (size_t i = 0; i < r->owned->n; i++) {
		const char *path = r->owned->items[i].path;
		const char *name = path + len + 1;

		if (strncmp(path, j->slot->dir, len) != 0 || path[len] != '/' ||
		    !strcmp(name, "job.yaml") ||
		    !strcmp(name, "kustomization.yaml"))
			continue;
		there = gm_place_read(&text, r->arena, r->place,
				      gm_render_path(r, j->slot, name), err);
		if (there <= 0)
			return there;
		gm_fileset_add(&j->files, r->arena, name, text);
	}
	return 1;
}

static int add_bundle(struct job *j, struct gm_err *err)
{
	const struct gm_fileset *made = &j->slot->member->bundle;
	int kept = keep_bundle(j, err);

	if (kept < 0)
		return -1;
	if (!kept) {
		j->files.n = 0;
		for (size_t i = 0; i < made->n; i++)
			gm_fileset_add(&j->files, j->r->arena,
				       made->items[i].path,
				       made->items[i].content);
	}
	gm_fileset_sort(&j->files);
	j->template_ = "job-apply";
	j->image = j->r->target->flux->tool;
	return 0;
}

static int no_image(const char *key, struct gm_err *err)
{
	gm_fail(err, GM_EPOLICY, "the policy names no image to run it with");
	gm_fail_at(err, GM_POLICY_PATH, 0, 0);
	return gm_hint(err, "Add it: flux: {%s: \"registry.example.com/...\"}.",
		       key);
}

/* What apply would let it take, in seconds: until others are done, and locks
   are to be had, and for each statement.  No other runner needs longer. */
static int add_times(int64_t *ms, struct gm_arena *a, struct gm_str sql,
		     struct gm_err *err)
{
	const struct gm_apply_options *o = &gm_apply_defaults;
	struct gm_run_file file;

	if (gm_run_read(&file, a, sql, err) < 0)
		return -1;
	for (size_t i = 0; i < file.n; i++)
		*ms += file.items[i].lock >= GM_RUN_LOCK_WRITES ? o->block_ms
								: o->timeout_ms;
	return 0;
}

static int find_deadline(struct job *j, bool down, struct gm_err *err)
{
	const struct gm_policy_deadlines *said = &j->r->target->flux->deadlines;
	const struct gm_member *m = j->slot->member;
	int64_t ms = gm_apply_defaults.wait_ms + gm_apply_defaults.patience_ms;
	enum gm_stage stage = j->slot->stage;

	j->deadline = stage == GM_STAGE_BACKFILL   ? said->backfill
		      : stage == GM_STAGE_CONTRACT ? said->contract
		      : stage == GM_STAGE_ROLLBACK ? said->rollback
						   : said->expand;
	if (j->deadline)
		return 0;
	if (add_times(&ms, j->r->arena, down ? m->down : m->up, err) < 0 ||
	    (!down && m->verify.ptr &&
	     add_times(&ms, j->r->arena, m->verify, err) < 0))
		return -1;
	j->deadline = (ms + 999) / 1000;
	if ((j->deadline > DAY) != (stage == GM_STAGE_BACKFILL))
		j->deadline = DAY;
	return 0;
}

static int add_sql(struct job *j, struct gm_err *err)
{
	struct gm_arena *a = j->r->arena;
	bool down = j->slot->stage == GM_STAGE_ROLLBACK;
	struct gm_frame frame = {
		.member = j->slot->member,
		.env = j->r->target->env,
		.file = gm_printf(a, "%s.sql", gm_stage_name(j->slot->stage)),
		.down = down,
	};
	char *sha256 = gm_alloc(a, GM_SHA256_HEX + 1);

	gm_sha256_hex(sha256,
		      down ? j->slot->member->down : j->slot->member->up);
	j->sha256 = sha256;
	if (find_deadline(j, down, err) < 0)
		return -1;
	if (!down && j->r->target->flux->by_tool)
		return j->r->target->flux->tool ? add_bundle(j, err)
						: no_image("tool", err);
	j->template_ = "job-psql";
	j->image = j->r->target->flux->image;
	if (!j->image)
		return no_image("image", err);
	return gm_frame_make(&j->files, a, &frame, err);
}

static int check_size(const struct job *j, struct gm_err *err)
{
	size_t total = 0;

	for (size_t i = 0; i < j->files.n; i++)
		total += strlen(j->files.items[i].path) +
			 j->files.items[i].content.len;
	if (total <= CONFIG_MAX)
		return 0;
	gm_fail(err, GM_EINPUT,
		"R18: its ConfigMap would hold %zu bytes, and no more than"
		" %zu fit into one",
		total, CONFIG_MAX);
	return gm_hint(err, "Split the migration, or load its rows from"
			    " elsewhere.");
}

/* What a file is called in a ConfigMap, where not all names are fine. */
static const char *key_of(const struct job *j, size_t i)
{
	const char *name = j->files.items[i].path;

	for (const char *s = name; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || strchr("-._", *s)))
			return gm_printf(j->r->arena, "file-%zu", i);
	return name;
}

/* Where each is to be mounted. */
static struct gm_fill_list item_list(const struct job *j)
{
	struct gm_arena *a = j->r->arena;
	struct gm_fill_row *rows = gm_alloc_n(a, j->files.n, sizeof(*rows));

	for (size_t i = 0; i < j->files.n; i++) {
		struct gm_tmpl_var *vars = gm_alloc_n(a, 3, sizeof(*vars));

		vars[0] = (struct gm_tmpl_var){ "key", key_of(j, i) };
		vars[1] =
			(struct gm_tmpl_var){ "path", j->files.items[i].path };
		rows[i].vars = vars;
	}
	return (struct gm_fill_list){ "items", rows, j->files.n };
}

/* On the way back people read it before they let it go ahead. */
static const char *head_of(const struct job *j)
{
	if (j->slot->stage != GM_STAGE_ROLLBACK)
		return j->r->head;
	return gm_printf(j->r->arena,
			 "%s# Data lost (RPO): what was written to what the"
			 " expand made; nothing else.\n"
			 "# Time (RTO): one rolling update to the old app,"
			 " then that of its SQL.\n",
			 j->r->head);
}

static int fill_job(struct gm_fileset *out, const struct job *j,
		    const char *hash, unsigned attempt, struct gm_err *err)
{
	const struct gm_fill_list lists[] = { item_list(j), { NULL, NULL, 0 } };
	const struct gm_render *r = j->r;
	const struct gm_member *m = j->slot->member;
	struct gm_render_vars v = { 0 };
	const struct gm_fill fill = { v.items, lists };

	gm_render_common(&v, r, j->slot);
	gm_render_var(&v, "job",
		      gm_job_name(r->arena, r->rollout->name, j->slot->stage,
				  hash, attempt));
	gm_render_var(&v, "config",
		      gm_config_name(r->arena, r->rollout->name, j->slot->stage,
				     hash));
	gm_render_var(&v, "id", m ? m->id : NULL);
	gm_render_var(&v, "digest", m ? m->digest : NULL);
	gm_render_var(&v, "sha256", j->sha256);
	gm_render_var(&v, "image", j->image);
	gm_render_var(&v, "deadline",
		      gm_printf(r->arena, "%lld", (long long)j->deadline));
	/* Older servers do not know the last one. */
	gm_render_var(&v, "options",
		      gm_printf(r->arena,
				"-c lock_timeout=3s -c"
				" idle_in_transaction_session_timeout=60s%s",
				r->target->postgres >= 14
					? " -c"
					  " client_connection_check_interval=2s"
					: ""));
	return gm_template_fill(out, r->arena, r->templates, j->template_,
				gm_render_path(r, j->slot, "job.yaml"),
				head_of(j), &fill, err);
}

/*
 * A Job never changes in place: what it is and what it mounts make its name.
 */
static int name_job(struct job *j, struct gm_err *err)
{
	struct gm_arena *a = j->r->arena;
	struct gm_buf content = gm_buf(a);
	struct gm_fileset plain = { 0 };
	const char *hash;

	if (fill_job(&plain, j, "00000000", 0, err) < 0)
		return -1;
	for (size_t i = 0; i < plain.n; i++)
		gm_buf_str(&content, plain.items[i].content);
	for (size_t i = 0; i < j->files.n; i++) {
		gm_buf_printf(&content, "%s %zu\n", j->files.items[i].path,
			      j->files.items[i].content.len);
		gm_buf_str(&content, j->files.items[i].content);
	}
	hash = gm_content_hash(a, gm_buf_view(&content));
	j->slot->config =
		gm_config_name(a, j->r->rollout->name, j->slot->stage, hash);
	j->slot->job = gm_job_name(a, j->r->rollout->name, j->slot->stage, hash,
				   j->slot->attempt);
	if (gm_object_name("Job", j->slot->job, GM_NAME_MAX, err) < 0)
		return -1;
	return fill_job(j->r->out, j, hash, j->slot->attempt, err);
}

static int write_files(struct job *j, struct gm_err *err)
{
	struct gm_arena *a = j->r->arena;
	struct gm_strings resources = { 0 }, names = { 0 }, configs = { 0 };
	struct gm_render_vars v = { 0 };

	*GM_PUSH(a, &resources) = "job.yaml";
	*GM_PUSH(a, &configs) = j->slot->config;
	for (size_t i = 0; i < j->files.n; i++) {
		const struct gm_fileset_file *f = &j->files.items[i];

		const char *key = key_of(j, i);

		*GM_PUSH(a, &names) =
			strcmp(key, f->path) != 0
				? gm_printf(a, "%s=%s", key, f->path)
				: f->path;
		gm_fileset_add(j->r->out, a,
			       gm_render_path(j->r, j->slot, f->path),
			       f->content);
	}
	gm_render_common(&v, j->r, j->slot);
	return gm_render_kustomization(j->r, j->slot, &v, &resources, &configs,
				       &names, err);
}

int gm_render_job(struct gm_render *r, struct gm_slot *slot, struct gm_err *err)
{
	struct job j = { .r = r, .slot = slot };

	if (slot->stage == GM_STAGE_OBSERVE)
		add_observe(&j);
	else if (add_sql(&j, err) < 0)
		return -1;
	if (check_size(&j, err) < 0 || name_job(&j, err) < 0)
		return -1;
	return write_files(&j, err);
}

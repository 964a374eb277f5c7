#include "rollout/frame.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/embed.h"
#include "base/utf8.h"
#include "db/steps.h"
#include "sql/split.h"

/* PostgreSQL keeps 63 bytes of the name of a restore point; the last of them
   are a time in hex. */
#define POINT_MAX (63 - 12)

/* As psql reads the argument of \set. */
static void set(struct gm_buf *out, const char *name, const char *value)
{
	gm_buf_printf(out, "\\set %s '", name);
	for (; *value; value++) {
		if (*value == '\n') {
			gm_buf_puts(out, "\\n");
			continue;
		}
		if (*value == '\'' || *value == '\\')
			gm_buf_putc(out, *value == '\'' ? '\'' : '\\');
		gm_buf_putc(out, *value);
	}
	gm_buf_puts(out, "'\n");
}

static const char *json_text(struct gm_arena *a, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
	const char *copy;

	if (!text)
		GM_BUG("out of memory");
	copy = gm_strdup(a, text);
	free(text);
	json_decref(value);
	return copy;
}

static const char *steps_json(struct gm_arena *a, const struct gm_steps *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct gm_step *step = &s->items[i];

		json_array_append_new(
			list, json_pack("{s:i, s:s, s:s, s:i, s:s}", "ordinal",
					(int)i + 1, "kind",
					gm_step_kind_name(step->kind), "tag",
					step->tag, "line", (int)step->line,
					"sha256", step->sha256));
	}
	return json_text(a, list);
}

/* A name as to_regclass() reads it. */
static void quoted(struct gm_buf *out, const char *name)
{
	gm_buf_putc(out, '"');
	for (; *name; name++) {
		if (*name == '"')
			gm_buf_putc(out, '"');
		gm_buf_putc(out, *name);
	}
	gm_buf_putc(out, '"');
}

/* The indexes that are made in no transaction, and have names. */
static const char *indexes_json(struct gm_arena *a, const struct gm_steps *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];
		struct gm_buf name = gm_buf(a);

		if (stmt->mode != GM_RUN_ALONE ||
		    stmt->probe != GM_PROBE_INDEX || !*stmt->object.name)
			continue;
		if (*stmt->object.schema) {
			quoted(&name, stmt->object.schema);
			gm_buf_putc(&name, '.');
		}
		quoted(&name, stmt->object.name);
		json_array_append_new(list, json_string(name.ptr));
	}
	return json_text(a, list);
}

static const char *point(struct gm_arena *a, const struct gm_member *m)
{
	const char *digest = strchr(m->digest, ':');
	const char *tail = gm_printf(a, ":%s:%.7s:", m->class_,
				     digest ? digest + 1 : m->digest);
	struct gm_str id = gm_utf8_cut(
		gm_str(m->id), POINT_MAX - strlen("gm:") - strlen(tail));

	return gm_printf(a, "gm:%.*s%s", (int)id.len, id.ptr, tail);
}

/* BEGIN and COMMIT of the file's own leave no place for ours. */
static bool own_transaction(const struct gm_steps *s)
{
	for (size_t i = 0; i < s->file.n; i++)
		if (s->file.items[i].mode == GM_RUN_BEGIN)
			return true;
	return false;
}

static int refuse(const struct gm_steps *s, const char *path,
		  struct gm_err *err)
{
	const struct gm_steps_refusal *r = &s->refused.items[0];

	gm_fail(err, GM_EINPUT, "psql cannot run this: %s", r->why);
	gm_fail_at(err, path, r->line, r->column);
	return gm_hint(err, "%s",
		       r->hint ? r->hint
			       : "Let git-migrate run it: flux: {runner:"
				 " git-migrate}.");
}

/* A bound such as s[1:HOST] is a column to the server, and a variable to psql;
   those that begin with gm_ are the frame's. */
static int check_variables(const struct gm_steps *s, const char *path,
			   struct gm_err *err)
{
	for (size_t i = 0; i < s->file.n; i++) {
		const struct gm_run_stmt *stmt = &s->file.items[i];
		struct gm_str text = gm_steps_text(s, stmt);
		struct gm_splitter splitter = { .text = text };
		struct gm_piece piece;

		gm_split_next(&piece, &splitter);
		if (!piece.preset &&
		    !(piece.variable && memmem(text.ptr, text.len, ":gm_", 4)))
			continue;
		gm_fail(err, GM_EINPUT,
			"psql would put the value of a variable of its own"
			" behind a colon here");
		gm_fail_at(err, path, stmt->line, stmt->column);
		return gm_hint(err, "Write a blank behind that colon.");
	}
	return 0;
}

static int read_steps(struct gm_steps *out, struct gm_arena *a,
		      const struct gm_frame *f, struct gm_str sql,
		      struct gm_err *err)
{
	/* psql knows no batches: a backfill is what its file says. */
	if (gm_steps_read(out, a, sql, GM_PHASE_NONE, false, err) < 0)
		return gm_fail_at(err, f->member->path, 0, 0);
	if (out->refused.n)
		return refuse(out, f->member->path, err);
	return check_variables(out, f->member->path, err);
}

static struct gm_str run_sql(struct gm_arena *a, const struct gm_frame *f,
			     const struct gm_steps *s, struct gm_str sql)
{
	const struct gm_member *m = f->member;
	char sha256[GM_SHA256_HEX + 1];
	struct gm_buf out = gm_buf(a);

	gm_sha256_hex(sha256, sql);
	gm_buf_puts(&out, "-- Written by git migrate emit; do not edit.\n");
	set(&out, "gm_id", m->id);
	set(&out, "gm_digest", m->digest);
	set(&out, "gm_path", m->path);
	set(&out, "gm_sha256", sha256);
	set(&out, "gm_phase", m->phase ? m->phase : "none");
	set(&out, "gm_class", m->class_);
	set(&out, "gm_env", f->env);
	set(&out, "gm_tool", gm_printf(a, "git-migrate %s, psql", gm_version));
	set(&out, "gm_steps", steps_json(a, s));
	set(&out, "gm_indexes", indexes_json(a, s));
	set(&out, "gm_point", point(a, m));
	set(&out, "gm_file", f->file);
	set(&out, "gm_verify", !f->down && m->verify.ptr ? "verify.sql" : "");
	set(&out, "gm_whole",
	    s->transactional && !own_transaction(s) ? "on" : "off");
	gm_buf_printf(&out, "\\ir %s\n",
		      f->down ? "stage_down.sql" : "stage_up.sql");
	return gm_buf_view(&out);
}

int gm_frame_make(struct gm_fileset *out, struct gm_arena *a,
		  const struct gm_frame *f, struct gm_err *err)
{
	static const char *const parts[] = { "ledger.sql", "stage_begin.sql" };
	const struct gm_member *m = f->member;
	struct gm_str sql = f->down ? m->down : m->up;
	const char *frame = f->down ? "stage_down.sql" : "stage_up.sql";
	struct gm_steps steps, verify;

	if (read_steps(&steps, a, f, sql, err) < 0)
		return -1;
	if (!f->down && m->verify.ptr) {
		if (gm_steps_verify(&verify, a, m->verify, err) < 0)
			return gm_fail_at(err, m->path, 0, 0);
		if (verify.refused.n)
			return refuse(&verify, m->path, err);
		if (check_variables(&verify, m->path, err) < 0)
			return -1;
		gm_fileset_add(out, a, "verify.sql", m->verify);
	}
	gm_fileset_add(out, a, f->file, sql);
	gm_fileset_add(out, a, "run.sql", run_sql(a, f, &steps, sql));
	gm_fileset_add(out, a, frame, gm_embed(gm_printf(a, "sql/%s", frame)));
	for (size_t i = 0; i < GM_COUNT(parts); i++)
		gm_fileset_add(out, a, parts[i],
			       gm_embed(gm_printf(a, "sql/%s", parts[i])));
	gm_fileset_sort(out);
	return 0;
}

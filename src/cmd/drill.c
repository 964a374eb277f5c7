/* git migrate drill: rehearse migrations on a throw-away PostgreSQL. */
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "cmd/pick.h"
#include "cmd/units.h"
#include "db/drill.h"
#include "report/drill.h"

#define DEFAULT_ROWS 1000
#define MAX_ROWS 10000000
#define DEFAULT_LIMIT_MS 60000

struct args {
	bool all;
	const char *at, *schema, *from_db, *rows, *pg_bin, *timeout, *format;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "all", struct args, all,
		    "rehearse one after the other, from an empty database"),
	GM_OPT_STRING(0, "at", struct args, at, "rev",
		      "the migrations of this commit instead of HEAD"),
	GM_OPT_STRING(0, "schema", struct args, schema, "file",
		      "begin with this schema, not with the earlier"
		      " migrations"),
	GM_OPT_STRING(0, "from-db", struct args, from_db, "uri",
		      "begin with the schema of this database"),
	GM_OPT_STRING(0, "rows", struct args, rows, "n",
		      "put so many rows into each table (1000)"),
	GM_OPT_STRING(0, "timeout", struct args, timeout, "time",
		      "how long a statement may take: 60s"),
	GM_OPT_STRING(0, "pg-bin", struct args, pg_bin, "dir",
		      "where PostgreSQL's initdb and postgres are"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("id", struct args, id,
		       "the migration; else the last one"),
	GM_OPT_END,
};

static int usage(struct gm_err *err, const char *why)
{
	return gm_fail(err, GM_EUSAGE, "%s", why);
}

static int read_options(struct gm_drill_options *o, const struct args *args,
			struct gm_err *err)
{
	uint64_t rows = DEFAULT_ROWS;

	if (args->schema && args->from_db)
		return usage(err, "--schema and --from-db exclude each other");
	if (args->all && args->id)
		return usage(err, "--all takes no migration");
	if (args->all && (args->schema || args->from_db))
		return usage(err, "--all begins with an empty database");
	if (args->rows &&
	    (!gm_str_uint(&rows, gm_str(args->rows)) || rows > MAX_ROWS)) {
		gm_fail(err, GM_EUSAGE, "'%s' is no number of rows",
			args->rows);
		return gm_hint(err, "Give a number up to %d.", MAX_ROWS);
	}
	o->bin = args->pg_bin;
	o->rows = (int64_t)rows;
	o->limit_ms = DEFAULT_LIMIT_MS;
	return gm_units_duration(&o->limit_ms, "timeout", args->timeout, err);
}

static int read_schema(struct gm_drill_options *o, struct gm_ctx *cx,
		       const struct args *args, struct gm_err *err)
{
	if (args->from_db) {
		o->schema_path = "the schema of --from-db";
		return gm_stage_dump(&o->schema, cx->arena, args->pg_bin,
				     args->from_db, err);
	}
	if (!args->schema)
		return 0;
	o->schema_path = args->schema;
	if (gm_file_read(&o->schema, cx->arena, args->schema, GM_SQL_MAX, err) <
	    0)
		return gm_fail_at(err, args->schema, 0, 0);
	return 0;
}

static int read_down(struct gm_drill_unit *u, struct gm_ctx *cx,
		     const struct gm_set *set, struct gm_err *err)
{
	const struct gm_migration *m = gm_map_get(&set->by_id, gm_str(u->id));
	const struct gm_migration_file *down =
		m ? gm_migration_file(m, GM_ROLE_DOWN) : NULL;

	if (!down)
		return 0;
	u->down_path = gm_str_dup(cx->arena, down->path);
	if (gm_units_file(&u->down, cx, down, err) < 0)
		return -1;
	return 0;
}

static int read_units(struct gm_drill_unit **out, struct gm_ctx *cx,
		      const struct gm_units *units, struct gm_err *err)
{
	struct gm_drill_unit *all =
		gm_alloc_n(cx->arena, units->n, sizeof(*all));

	for (size_t i = 0; i < units->n; i++) {
		const struct gm_apply_unit *u = &units->items[i];

		all[i] = (struct gm_drill_unit){
			.id = u->id,
			.path = u->path,
			.verify_path = u->verify_path,
			.up = u->up,
			.verify = u->verify,
			.phase = u->phase,
			.loose = u->loose,
		};
		if (read_down(&all[i], cx, units->from->set, err) < 0)
			return -1;
	}
	*out = all;
	return 0;
}

/* Which of them: [*from, *to). */
static int choose(size_t *from, size_t *to, struct gm_ctx *cx,
		  const struct args *args, const struct gm_units *units,
		  struct gm_err *err)
{
	size_t at = 0;

	*from = 0;
	*to = units->n;
	if (!units->n) {
		gm_fail(err, GM_ENOT_FOUND, "there is no migration");
		return gm_hint(err, "'git migrate new' makes one.");
	}
	if (args->all)
		return 0;
	if (!args->id) {
		*from = units->n - 1;
		return 0;
	}
	if (gm_pick(&at, cx->arena, units->from, args->id, err) < 0)
		return -1;
	for (size_t i = 0; i < units->n; i++)
		if (!strcmp(units->items[i].id, units->from->items[at].id)) {
			*from = i;
			*to = i + 1;
			return 0;
		}
	return gm_fail(err, GM_EINPUT, "migration '%s' has no SQL to run",
		       units->from->items[at].id);
}

static void news(void *ctx, const char *what, const char *id)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_ctx *cx = ctx;

	fprintf(cx->err, "\r\033[K%s %s", what, gm_escaped(&a, gm_str(id)));
	fflush(cx->err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	bool terminal = isatty(STDERR_FILENO);
	struct gm_drill_options o = { .ctx = cx,
				      .news = terminal ? news : NULL };
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_drill_unit *all;
	struct gm_overview overview;
	struct gm_units units;
	struct gm_drill drill;
	size_t from, to;
	int answer;

	if (read_options(&o, args, err) < 0 ||
	    gm_overview_read(&overview, cx->arena, cx->repo, args->at, err) <
		    0 ||
	    gm_units_read(&units, cx, &overview, err) < 0 ||
	    choose(&from, &to, cx, args, &units, err) < 0 ||
	    read_units(&all, cx, &units, err) < 0 ||
	    read_schema(&o, cx, args, err) < 0)
		return -1;
	for (size_t i = 0; i < units.passed.n; i++)
		gm_cmd_note(cx, "%s", units.passed.items[i]);
	answer = gm_drill(&drill, cx->arena, all, from, to, &o, err);
	if (terminal)
		fputs("\r\033[K", cx->err);
	if (answer < 0)
		return -1;
	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_drill_json(&out, &drill);
	else
		gm_report_drill(&out, &drill);
	fwrite(out.ptr, 1, out.len, cx->out);
	return answer;
}

const struct gm_cmd gm_cmd_drill = {
	.name = "drill",
	.summary = "rehearse migrations on a throw-away PostgreSQL",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

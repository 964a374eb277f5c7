/* git migrate drill: rehearse migrations on a throw-away PostgreSQL. */
#include <string.h>
#include <unistd.h>

#include "approval/evidence.h"
#include "base/escape.h"
#include "base/file.h"
#include "cmd/attest.h"
#include "cmd/pick.h"
#include "cmd/units.h"
#include "db/binaries.h"
#include "db/drill.h"
#include "report/drill.h"

#define DEFAULT_ROWS 1000
#define MAX_ROWS 10000000
#define DEFAULT_LIMIT_MS 60000

struct args {
	bool all, record;
	const char *schema, *from_db, *rows, *pg_bin, *timeout, *format;
	const char *env;
	struct gm_seal_args seal;
	const char *id;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "all", struct args, all,
		    "rehearse one after the other, from an empty database"),
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
	GM_OPT_FLAG(0, "record", struct args, record,
		    "sign that it passed, as a test of the restore"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "of --record: the environment it is for"),
	GM_SEAL_OPTIONS("a remark, which is signed as well"),
	GM_OPT_OPERAND("id", struct args, id,
		       "the migration; else the last one"),
	GM_OPT_END,
};

static int usage(struct gm_err *err, const char *why)
{
	return gm_fail(err, GM_EUSAGE, "%s", why);
}

static int check_record(const struct args *args, struct gm_err *err)
{
	const struct gm_seal_args *seal = &args->seal;

	if (!args->record &&
	    (args->env || seal->role || seal->ref || seal->why || seal->yes ||
	     seal->push || seal->remote))
		return usage(err, "--env, --role, --ref, --message, --yes,"
				  " --push and --remote belong to --record");
	if (!args->record)
		return 0;
	if (args->all)
		return usage(err, "--record signs for one migration, not for"
				  " --all");
	if (args->format && strcmp(args->format, "json") == 0) {
		usage(err, "--record shows what is to be signed, and no JSON");
		return gm_hint(err, "Keep the JSON, and sign that: git migrate"
				    " record --drill.");
	}
	if (!args->env) {
		usage(err, "in which environment is it to count?");
		return gm_hint(err, "Name one of the policy: --env staging.");
	}
	return 0;
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
	if (check_record(args, err) < 0)
		return -1;
	o->bin = args->pg_bin;
	o->rows = (int64_t)rows;
	o->limit_ms = DEFAULT_LIMIT_MS;
	return gm_units_duration(&o->limit_ms, "timeout", args->timeout, err);
}

/*
 * The major version to rehearse on is that of the database, or the one that
 * the policy names; 0: any will do.
 */
static int choose_version(int *major, struct gm_drill_options *o,
			  struct gm_ctx *cx, const struct args *args,
			  const struct gm_overview *overview,
			  struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	const struct gm_conn_options to = { .uri = args->from_db };

	*major = overview->default_policy ? 0 : overview->postgres;
	if (args->from_db) {
		if (gm_conn_open(&c, &to, err) < 0)
			return -1;
		*major = gm_conn_version(c) / 10000;
	}
	if (!o->bin && *major)
		o->bin = gm_binaries_of(cx->arena, *major);
	return 0;
}

static void note_version(struct gm_ctx *cx, const struct args *args,
			 const struct gm_drill *drill, int major)
{
	int is = drill->version / 10000;

	if (major && major != is)
		gm_cmd_note(cx,
			    "this was PostgreSQL %d, and %s %d: name the"
			    " directory of its programs with --pg-bin",
			    is,
			    args->from_db ? "the database is"
					  : "the policy says",
			    major);
}

static int read_schema(struct gm_drill_options *o, struct gm_ctx *cx,
		       const struct args *args, struct gm_err *err)
{
	if (args->from_db) {
		o->schema_path = "the schema of --from-db";
		return gm_stage_dump(&o->schema, cx->arena, o->bin,
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
			.digest = u->digest,
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

/* ---- the record ---- */

/* Whoever may not sign is told before the drill, not after it. */
struct record {
	struct gm_seal seal;
	struct gm_review_item item;
};

static int read_overview(struct gm_overview *out, struct record *r,
			 struct gm_ctx *cx, const struct args *args,
			 struct gm_err *err)
{
	if (!args->record)
		return gm_overview_read(out, cx->arena, cx->repo, args->seal.at,
					err);
	if (gm_seal_open(&r->seal, cx, &args->seal, GM_EVIDENCE_REF, err) < 0 ||
	    gm_seal_env(&r->seal, args->env, err) < 0)
		return -1;
	return gm_overview_read_by(out, cx->arena, cx->repo, args->seal.at,
				   &r->seal.review.policy, err);
}

static int read_subject(struct record *r, struct gm_ctx *cx,
			const struct gm_overview *o,
			const struct gm_drill_unit *u, struct gm_err *err)
{
	size_t at = 0;

	if (gm_pick(&at, cx->arena, o, u->id, err) < 0 ||
	    gm_review_migration(&r->item, cx->arena, cx->repo, &r->seal.review,
				o, at, err) < 0)
		return -1;
	if (strcmp(r->item.subject.digest, u->digest) != 0)
		GM_BUG("a migration with two digests");
	return 0;
}

static int sign(struct record *r, const struct args *args,
		const struct gm_drill *drill, struct gm_err *err)
{
	const struct gm_drilled *d = &drill->items[0];
	struct gm_arena *a = r->seal.cx->arena;
	struct gm_buf json = gm_buf(a);
	struct gm_attest of = { .env = args->env,
				.stage = "restore",
				.result = "pass" };

	if (d->no || d->checks[GM_DRILL_RESTORE].answer != GM_DRILL_YES) {
		gm_cmd_note(r->seal.cx,
			    "nothing is recorded, as it did not pass; a failure"
			    " is signed with 'git migrate record --env %s"
			    " --stage restore --result fail %s'",
			    args->env, gm_shell_word(a, d->unit->id));
		return 1;
	}
	gm_report_drill_json(&json, drill);
	of.exhibit = gm_buf_view(&json);
	of.why = gm_printf(a,
			   "the drill on PostgreSQL %d.%d passed, RTO %lld"
			   " ms",
			   drill->version / 10000, drill->version % 10000,
			   (long long)d->rto_ms);
	return gm_attest(&r->seal, &r->item, &of, err);
}

/* ---- the command ---- */

static void report(struct gm_ctx *cx, const struct args *args,
		   const struct gm_drill *drill)
{
	struct gm_buf out = gm_buf(cx->arena);

	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_drill_json(&out, drill);
	else
		gm_report_drill(&out, drill);
	fwrite(out.ptr, 1, out.len, cx->out);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	bool terminal = isatty(STDERR_FILENO);
	struct gm_drill_options o = { .ctx = cx,
				      .news = terminal ? news : NULL };
	struct record *r = gm_alloc(cx->arena, sizeof(*r));
	struct gm_drill_unit *all;
	struct gm_overview overview;
	struct gm_units units;
	struct gm_drill drill;
	int answer, major = 0;
	size_t from, to;

	if (read_options(&o, args, err) < 0 ||
	    read_overview(&overview, r, cx, args, err) < 0 ||
	    gm_units_read(&units, cx, &overview, err) < 0 ||
	    choose(&from, &to, cx, args, &units, err) < 0 ||
	    read_units(&all, cx, &units, err) < 0 ||
	    choose_version(&major, &o, cx, args, &overview, err) < 0 ||
	    read_schema(&o, cx, args, err) < 0 ||
	    (args->record &&
	     read_subject(r, cx, &overview, &all[from], err) < 0))
		return -1;
	for (size_t i = 0; i < units.passed.n; i++)
		gm_cmd_note(cx, "%s", units.passed.items[i]);
	answer = gm_drill(&drill, cx->arena, all, from, to, &o, err);
	if (terminal)
		fputs("\r\033[K", cx->err);
	if (answer < 0)
		return -1;
	report(cx, args, &drill);
	note_version(cx, args, &drill, major);
	return args->record ? sign(r, args, &drill, err) : answer;
}

const struct gm_cmd gm_cmd_drill = {
	.name = "drill",
	.summary = "rehearse migrations on a throw-away PostgreSQL",
	.needs = GM_NEEDS_REPO,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

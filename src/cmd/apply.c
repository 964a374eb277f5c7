/* git migrate apply: run what is pending in a database. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/permit.h"
#include "report/apply.h"

struct args {
	const char *db, *env, *to, *ref, *bundle, *search_path, *format, *rev;
	const char *wait, *patience, *timeout, *block, *wal_rate;
	bool dry_run, resume, out_of_order, redact;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "db", struct args, db, "uri",
		      "the database; else migrate.<env>.url, else libpq's"
		      " environment"),
	GM_OPT_STRING(0, "env", struct args, env, "env",
		      "the environment it is, as the policy names it"),
	GM_OPT_STRING(0, "to", struct args, to, "id",
		      "the last migration to run"),
	GM_OPT_STRING(0, "ref", struct args, ref, "ref",
		      "the protected ref whose approvals count"),
	GM_OPT_STRING(0, "bundle", struct args, bundle, "dir",
		      "run what this bundle holds; no repository is needed"),
	GM_OPT_FLAG('n', "dry-run", struct args, dry_run,
		    "only look, and say what would be done"),
	GM_OPT_FLAG(0, "resume", struct args, resume,
		    "go on behind a step that failed"),
	GM_OPT_FLAG(0, "out-of-order", struct args, out_of_order,
		    "run also what comes before what is applied"),
	GM_OPT_STRING(0, "wait", struct args, wait, "time",
		      "how long to wait for another apply: 5m"),
	GM_OPT_STRING(0, "patience", struct args, patience, "time",
		      "how long to try for locks: 10m"),
	GM_OPT_STRING(0, "timeout", struct args, timeout, "time",
		      "how long a statement may take that blocks nobody: 1h"),
	GM_OPT_STRING(0, "block", struct args, block, "time",
		      "how long one may take that blocks others: 15s"),
	GM_OPT_STRING(0, "wal-rate", struct args, wal_rate, "mib",
		      "let the server write so much WAL a second in a"
		      " backfill"),
	GM_OPT_FLAG(0, "redact", struct args, redact,
		    "do not show the statements of those in the way"),
	GM_OPT_STRING(0, "search-path", struct args, search_path, "path",
		      "where unqualified names are: public"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_OPERAND("rev", struct args, rev, "the commit to take: HEAD"),
	GM_OPT_END,
};

/* Lines of progress in a log stand so far apart. */
#define LOG_MS 10000

struct talk {
	struct gm_ctx *cx;
	struct gm_permit *permit;
	bool terminal; /* `err` is one */
	bool open;     /* a line of progress stands there without its end */
	int64_t told;
};

static void talk(void *ctx, const struct gm_news *news)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *line = gm_report_news(&a, news);
	struct talk *t = ctx;
	int64_t now = gm_ticks_ms();

	if (!*line)
		return;
	if (news->kind == GM_NEWS_PROGRESS) {
		bool end = news->walked == news->total;

		if (!t->terminal && !end && now - t->told < LOG_MS)
			return;
		t->told = now;
		if (t->terminal) {
			fprintf(t->cx->err, "\r\033[K%s%s", line,
				end ? "\n" : "");
			fflush(t->cx->err);
			t->open = !end;
			return;
		}
	}
	fprintf(t->cx->err, "%s%s\n", t->open ? "\n" : "", line);
	t->open = false;
}

static int hold(void *ctx, struct gm_apply_unit *u, struct gm_err *err)
{
	struct talk *t = ctx;

	return gm_permit_judge(t->permit, u, err);
}

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal };

	/* The second one ends us at once. */
	act.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < GM_COUNT(numbers); i++)
		sigaction(numbers[i], &act, NULL);
}

static int read_rate(int64_t *bytes, const char *text, struct gm_err *err)
{
	uint64_t n;

	if (!text)
		return 0;
	if (!gm_str_uint(&n, gm_str(text)) || !n || n > 1 << 20)
		return gm_fail(err, GM_EUSAGE,
			       "'%s' is no number of MiB for --wal-rate", text);
	*bytes = (int64_t)n << 20;
	return 0;
}

static int read_options(struct gm_apply_options *o, struct gm_ctx *cx,
			const struct args *args, struct gm_err *err)
{
	o->env = args->env;
	o->to = args->to;
	o->search_path = args->search_path;
	o->dry_run = args->dry_run;
	o->resume = args->resume;
	o->out_of_order = args->out_of_order;
	o->redact = args->redact;
	o->stop = &stop;
	if (gm_units_duration(&o->wait_ms, "wait", args->wait, err) < 0 ||
	    gm_units_duration(&o->patience_ms, "patience", args->patience,
			      err) < 0 ||
	    gm_units_duration(&o->timeout_ms, "timeout", args->timeout, err) <
		    0 ||
	    gm_units_duration(&o->block_ms, "block", args->block, err) < 0 ||
	    read_rate(&o->limits.wal_bytes_s, args->wal_rate, err) < 0)
		return -1;
	return gm_units_uri(&o->uri, cx, args->db, args->env, err);
}

static void print(struct gm_ctx *cx, const struct args *args,
		  const struct gm_report_apply *r)
{
	struct gm_buf out = gm_buf(cx->arena);

	if (gm_str_is(gm_str(args->format), "json"))
		gm_report_apply_json(&out, r);
	else
		gm_report_apply(&out, r);
	fwrite(out.ptr, 1, out.len, cx->out);
}

static int read_revision(struct gm_units *units, struct talk *t,
			 const struct args *args, struct gm_err *err)
{
	struct gm_ctx *cx = t->cx;
	struct gm_overview *all = gm_alloc(cx->arena, sizeof(*all));

	if (gm_repo_open(&cx->repo, NULL, GM_REPO_DISCOVER, err) < 0 ||
	    gm_overview_read(all, cx->arena, cx->repo, args->rev, err) < 0 ||
	    gm_units_read(units, cx, all, err) < 0)
		return -1;
	for (size_t i = 0; i < units->passed.n; i++)
		gm_cmd_note(cx, "%s", units->passed.items[i]);
	return gm_permit_open(&t->permit, cx, all, args->env, args->ref, err);
}

static int read_bundle(struct gm_units *units, struct gm_apply_options *o,
		       struct talk *t, const struct args *args,
		       struct gm_err *err)
{
	struct gm_ctx *cx = t->cx;
	struct gm_bundle *b = gm_alloc(cx->arena, sizeof(*b));

	if (args->rev || args->ref)
		return gm_fail(err, GM_EUSAGE,
			       "a bundle is of one commit and one ref already");
	if (gm_bundle_read(b, cx->arena, args->bundle, err) < 0)
		return -1;
	gm_units_bundle(units, cx, b);
	o->partial = true;
	o->after = b->after;
	return gm_permit_bundle(&t->permit, cx, args->bundle, b, args->env,
				err);
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_apply_options o = gm_apply_defaults;
	struct gm_apply_result result = { 0 };
	struct talk t = { .cx = cx, .terminal = isatty(STDERR_FILENO) };
	struct gm_report_apply r = { .result = &result,
				     .options = &o,
				     .err = err };
	struct gm_units units;

	if ((args->bundle ? read_bundle(&units, &o, &t, args, err)
			  : read_revision(&units, &t, args, err)) < 0 ||
	    read_options(&o, cx, args, err) < 0)
		return -1;
	o.need_checkpoint = gm_permit_backups(t.permit);
	o.news = talk;
	o.hold = hold;
	o.ctx = &t;
	catch_signals();
	r.answer = gm_apply(&result, cx->arena, units.items, units.n, &o, err);
	r.units = units.items;
	r.n = units.n;
	if (t.open)
		fputc('\n', cx->err);
	print(cx, args, &r);
	return r.answer;
}

const struct gm_cmd gm_cmd_apply = {
	.name = "apply",
	.summary = "run what is pending in a database",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

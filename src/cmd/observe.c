/* git migrate observe: hold a rollout to its objectives. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "rollout/objectives.h"
#include "rollout/started.h"

/* A broken objective; a Job must not try again then. */
#define BROKEN 3
/* How often Prometheus may be silent in a row once the window is over. */
#define PATIENCE 30
/* The same for the API of Kubernetes, and the longest pause in between. */
#define TRIES 6
#define PAUSE 10
#define CONFIG_MAX ((size_t)1 << 20)

struct args {
	const char *config;
	const char *since;
	const char *state;
	const char *job;
	const char *account;
	const char *token;
	const char *ca;
	bool once;
};

static const struct gm_opt opts[] = {
	GM_OPT_STRING(0, "config", struct args, config, "file",
		      "what to ask, as emit writes it"),
	GM_OPT_STRING(0, "since", struct args, since, "time",
		      "when the window began: 2026-11-21T10:00:00Z"),
	GM_OPT_STRING(0, "state", struct args, state, "file",
		      "keep there when the window began"),
	GM_OPT_STRING(0, "job", struct args, job, "url",
		      "it began with this Job: ask Kubernetes when"),
	GM_OPT_STRING(0, "account", struct args, account, "dir",
		      "token and ca.crt for Kubernetes"),
	GM_OPT_FLAG(0, "once", struct args, once,
		    "look back over one window, and do not wait"),
	GM_OPT_STRING(0, "token-file", struct args, token, "file",
		      "a token for Prometheus"),
	GM_OPT_STRING(0, "ca", struct args, ca, "file",
		      "certificates to trust instead of the system's"),
	GM_OPT_END,
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int check_usage(const struct args *args, struct gm_err *err)
{
	int64_t time;

	if (!args->config) {
		gm_fail(err, GM_EUSAGE, "it is not said what to ask");
		return gm_hint(err, "Give --config with the observe.json that"
				    " emit writes.");
	}
	if (args->since && !gm_time_parse(&time, gm_str(args->since)))
		return gm_fail(err, GM_EUSAGE, "'%s' is no time", args->since);
	if (args->once && (args->since || args->state || args->job))
		return gm_fail(err, GM_EUSAGE,
			       "--once looks back: --since, --state and --job"
			       " do not go with it");
	if (args->job && (args->since || args->state))
		return gm_fail(err, GM_EUSAGE,
			       "--job tells when it began: --since and --state"
			       " do not go with it");
	if (args->account && !args->job)
		return gm_fail(err, GM_EUSAGE, "--account goes with --job");
	return 0;
}

static int read_token(const char **out, struct gm_ctx *cx, const char *path,
		      struct gm_err *err)
{
	struct gm_str text;

	if (gm_file_read(&text, cx->arena, path, CONFIG_MAX, err) < 0)
		return gm_fail_at(err, path, 0, 0);
	*out = gm_str_dup(cx->arena, gm_str_trim(text));
	if (strpbrk(*out, "\r\n"))
		return gm_fail(err, GM_EINPUT, "'%s' holds no token", path);
	return 0;
}

static int read_all(struct gm_objectives *o, struct gm_prometheus *p,
		    struct gm_ctx *cx, const struct args *args,
		    struct gm_err *err)
{
	struct gm_str text;

	if (gm_file_read(&text, cx->arena, args->config, CONFIG_MAX, err) < 0)
		return gm_fail_at(err, args->config, 0, 0);
	if (gm_objectives_read(o, cx->arena, args->config, text, err) < 0)
		return -1;
	*p = (struct gm_prometheus){ .url = o->prometheus, .ca = args->ca };
	return args->token ? read_token(&p->token, cx, args->token, err) : 0;
}

/* What was kept is believed, unless it lies ahead of us. */
static int find_start(int64_t *out, struct gm_ctx *cx, const struct args *args,
		      struct gm_err *err)
{
	int64_t now = gm_now(), kept;
	struct gm_err none = GM_ERR_INIT;
	struct gm_str text;

	*out = now;
	if (args->since && !gm_time_parse(out, gm_str(args->since)))
		GM_BUG("a time that was checked is none");
	if (!args->state)
		return 0;
	if (gm_file_read(&text, cx->arena, args->state, 64, &none) == 0) {
		if (!gm_time_parse(&kept, gm_str_trim(text)))
			return gm_fail(err, GM_EINPUT, "'%s' holds no time",
				       args->state);
		if (kept <= now)
			*out = kept;
		return 0;
	}
	return gm_file_write(args->state,
			     gm_str(gm_printf(cx->arena, "%s\n",
					      gm_time_format(cx->arena, *out))),
			     0666, false, err);
}

static void wait_for(int64_t seconds)
{
	struct timespec pause = { .tv_sec = seconds };

	if (seconds > 0)
		nanosleep(&pause, NULL);
}

/* The network of a new pod may be later than the pod. */
static int ask_start(int64_t *out, struct gm_ctx *cx, const struct args *args,
		     int64_t every, struct gm_err *err)
{
	struct gm_http h = { .url = args->job };
	int64_t now;

	if (args->account &&
	    read_token(&h.token, cx,
		       gm_printf(cx->arena, "%s/token", args->account),
		       err) < 0)
		return -1;
	if (args->account)
		h.ca = gm_printf(cx->arena, "%s/ca.crt", args->account);
	for (int i = 1; !stop; i++) {
		struct gm_err why = GM_ERR_INIT;

		if (gm_started(out, cx->arena, &h, &why) == 0)
			break;
		if (why.code != GM_EPROGRAM || i == TRIES) {
			*err = why;
			return -1;
		}
		gm_cmd_note(cx, "%s", why.msg);
		wait_for(every < PAUSE ? every : PAUSE);
	}
	now = gm_now();
	if (*out > now)
		*out = now;
	return 0;
}

static int tell(struct gm_ctx *cx, const struct gm_objectives *o, bool whole)
{
	const char *why;
	bool kept = gm_objectives_kept(&why, cx->arena, o, whole);

	fprintf(cx->out, "%s: %s\n", kept ? "kept" : "broken",
		gm_escaped(cx->arena, gm_str(why)));
	return kept ? 0 : BROKEN;
}

/*
 * One look: 0, or -1.  What Prometheus was not there for is asked for the next
 * time, so that nothing is missed.
 */
static int look(int64_t *seen, struct gm_objectives *o,
		const struct gm_prometheus *p, int64_t end, struct gm_err *err)
{
	int64_t now = gm_now(), to = now < end ? now : end;

	if (to > *seen && gm_objectives_look(o, p, *seen, to, err) < 0)
		return -1;
	if (to > *seen)
		*seen = to;
	return 0;
}

static int watch(struct gm_ctx *cx, struct gm_objectives *o,
		 const struct gm_prometheus *p, int64_t start,
		 struct gm_err *err)
{
	int64_t end = start + o->window, seen = start;
	int silent = 0;

	while (!stop) {
		struct gm_err why = GM_ERR_INIT;
		const char *ignored;

		if (look(&seen, o, p, end, &why) < 0) {
			if (why.code != GM_EPROGRAM ||
			    (gm_now() >= end && ++silent == PATIENCE)) {
				*err = why;
				return -1;
			}
			gm_cmd_note(cx, "%s", why.msg);
		}
		if (seen >= end ||
		    !gm_objectives_kept(&ignored, cx->arena, o, false))
			return tell(cx, o, seen >= end);
		wait_for(o->every);
	}
	return gm_fail(err, GM_EPROGRAM,
		       "it was stopped before the window was"
		       " over");
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct sigaction act = { .sa_handler = on_signal };
	struct gm_objectives o;
	struct gm_prometheus p;
	int64_t start = 0;

	if (check_usage(args, err) < 0 || read_all(&o, &p, cx, args, err) < 0)
		return -1;
	if (args->once) {
		int64_t now = gm_now();

		if (gm_objectives_look(&o, &p, now - o.window, now, err) < 0)
			return -1;
		return tell(cx, &o, true);
	}
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if ((args->job ? ask_start(&start, cx, args, o.every, err)
		       : find_start(&start, cx, args, err)) < 0)
		return -1;
	return watch(cx, &o, &p, start, err);
}

const struct gm_cmd gm_cmd_observe = {
	.name = "observe",
	.summary = "hold a rollout to its objectives",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

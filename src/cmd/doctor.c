/* git migrate doctor: what is installed, missing, or weakly configured. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/escape.h"
#include "cmd/doctor.h"

struct args {
	bool server;
	const char *sshd_config;
	const char *format;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "server", struct args, server,
		    "look at a server's repository"),
	GM_OPT_STRING(0, "sshd-config", struct args, sshd_config, "file",
		      "with --server: what sshd reads, if not"
		      " /etc/ssh/sshd_config"),
	GM_OPT_WORD(0, "format", struct args, format, "format", "human json",
		    "how to print it"),
	GM_OPT_END,
};

static const char *const names[] = { "ok", "warn", "fail" };

void gm_checkup_add(struct gm_checkup *c, struct gm_ctx *cx,
		    enum gm_health health, const char *check, const char *hint,
		    const char *fmt, ...)
{
	struct gm_symptom *s = GM_PUSH(cx->arena, c);
	va_list args;

	s->health = health;
	s->check = check;
	s->hint = hint;
	va_start(args, fmt);
	s->message = gm_vprintf(cx->arena, fmt, args);
	va_end(args);
}

void gm_checkup_fail(struct gm_checkup *c, struct gm_ctx *cx, const char *check,
		     const struct gm_err *err)
{
	const char *hint =
		err->hint[0] ? gm_strdup(cx->arena, err->hint) : NULL;

	if (err->path[0] && err->line)
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, check, hint,
			       "%s:%zu:%zu: %s", err->path, err->line,
			       err->column, err->msg);
	else
		gm_checkup_add(c, cx, GM_HEALTH_FAIL, check, hint, "%s",
			       err->msg);
}

static const char *escaped(struct gm_ctx *cx, const char *s)
{
	return gm_escaped(cx->arena, gm_str(s));
}

static void print(struct gm_ctx *cx, const struct gm_checkup *c)
{
	static const char *const colors[] = { "\033[32m", "\033[33m",
					      "\033[31m" };

	for (size_t i = 0; i < c->n; i++) {
		const struct gm_symptom *s = &c->items[i];

		fprintf(cx->out, "%s%-4s%s %-11s %s\n",
			cx->color ? colors[s->health] : "", names[s->health],
			cx->color ? "\033[m" : "", s->check,
			escaped(cx, s->message));
		if (s->hint)
			fprintf(cx->out, "                 %s\n",
				escaped(cx, s->hint));
	}
}

static void print_json(struct gm_ctx *cx, const struct gm_checkup *c, bool ok)
{
	json_t *list = json_array(), *all;
	char *text;

	for (size_t i = 0; i < c->n; i++) {
		const struct gm_symptom *s = &c->items[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s?}", "check", s->check,
				  "status", names[s->health], "message",
				  escaped(cx, s->message), "hint",
				  s->hint ? escaped(cx, s->hint) : NULL));
	}
	all = json_pack("{s:i, s:b, s:o}", "version", 1, "ok", ok, "checks",
			list);
	text = json_dumps(all, JSON_INDENT(2));
	if (!text)
		GM_BUG("out of memory");
	fprintf(cx->out, "%s\n", text);
	free(text);
	json_decref(all);
}

static void look(struct gm_checkup *c, struct gm_ctx *cx,
		 const struct args *args)
{
	if (!args->server) {
		gm_doctor_clone(c, cx);
		return;
	}
	gm_doctor_server(c, cx);
	gm_doctor_host(c, cx,
		       args->sshd_config ? args->sshd_config
					 : "/etc/ssh/sshd_config");
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	const struct args *args = argp;
	struct gm_err broken = GM_ERR_INIT;
	struct gm_checkup c = { 0 };
	bool ok = true;

	if (args->sshd_config && !args->server) {
		gm_fail(err, GM_EUSAGE, "--sshd-config goes with --server");
		return -1;
	}
	gm_doctor_programs(&c, cx);
	if (gm_repo_open(&cx->repo, NULL, GM_REPO_DISCOVER, &broken) < 0) {
		gm_checkup_fail(&c, cx, "repository", &broken);
	} else {
		gm_checkup_add(&c, cx, GM_HEALTH_OK, "repository", NULL, "%s",
			       gm_repo_gitdir(cx->repo));
		look(&c, cx, args);
	}
	for (size_t i = 0; i < c.n; i++)
		ok &= c.items[i].health != GM_HEALTH_FAIL;
	if (gm_str_is(gm_str(args->format), "json"))
		print_json(cx, &c, ok);
	else
		print(cx, &c);
	return !ok;
}

const struct gm_cmd gm_cmd_doctor = {
	.name = "doctor",
	.summary = "say what is installed, missing or weakly configured",
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

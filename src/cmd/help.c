/*
 * git migrate help: usage of a command; and for the build, the parts of the
 * manual pages that the program itself knows.
 */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/finding.h"
#include "cmd/cmd.h"
#include "migration/layout.h"

struct args {
	bool list;
	const char *manual;
	const char *command;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG(0, "list", struct args, list, "print the command names"),
	GM_OPT_STRING(0, "fill-manual", struct args, manual, "page",
		      "fill in the source of a manual page"),
	GM_OPT_OPERAND("command", struct args, command, "a command"),
	GM_OPT_END,
};

static bool listed(const struct gm_cmd *cmd)
{
	return !(cmd->needs & GM_CMD_HIDDEN);
}

static void fill_commands(struct gm_buf *out)
{
	gm_buf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; gm_cmds[i]; i++)
		if (listed(gm_cmds[i]))
			gm_buf_printf(out, ".It Xr git-migrate-%s 1\n%c%s.\n",
				      gm_cmds[i]->name,
				      gm_cmds[i]->summary[0] - 'a' + 'A',
				      gm_cmds[i]->summary + 1);
	gm_buf_puts(out, ".El\n");
}

static void fill_exit(struct gm_buf *out)
{
	static const struct {
		int status;
		const char *text;
	} classes[] = {
#define GM_ERROR(name, status, text) { status, text },
#include "base/err.def"
#undef GM_ERROR
	};

	gm_buf_puts(out, ".Bl -tag -width Ds\n"
			 ".It 0\nYes, or clean.\n"
			 ".It 1\nNo: there are errors among the findings, or"
			 " the answer is no.\n");
	for (int status = 128; status <= 129; status++) {
		const char *sep = "";

		gm_buf_printf(out, ".It %d\n", status);
		for (size_t i = 0; i < GM_COUNT(classes); i++) {
			if (classes[i].status != status)
				continue;
			gm_buf_printf(out, "%s", sep);
			gm_buf_printf(out, "%c%s", classes[i].text[0] - 32,
				      classes[i].text + 1);
			sep = ".\n";
		}
		gm_buf_puts(out, ".\n");
	}
	gm_buf_puts(out, ".El\n");
}

static void fill_rules(struct gm_buf *out)
{
	gm_buf_puts(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < GM_RULE_COUNT; i++) {
		const struct gm_rule_info *info = gm_rule_info((enum gm_rule)i);

		gm_buf_printf(out, ".It Cm %s Pq %s\n%c%s.\n", info->name,
			      gm_severity_name(info->severity),
			      info->title[0] >= 'a' ? info->title[0] - 32
						    : info->title[0],
			      info->title + 1);
	}
	gm_buf_puts(out, ".El\n");
}

static void fill_layouts(struct gm_buf *out)
{
	gm_buf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; gm_layouts[i].name; i++)
		gm_buf_printf(out, ".It Cm %s\n%s\n", gm_layouts[i].name,
			      gm_layouts[i].summary);
	gm_buf_puts(out, ".El\n");
}

/* ".../git-migrate-check.1" is the page of `check`; NULL for the overview. */
static const struct gm_cmd *page_command(struct gm_arena *a, const char *page)
{
	static const char start[] = "git-migrate-";
	const char *slash = strrchr(page, '/');
	struct gm_str name = gm_str(slash ? slash + 1 : page);

	if (!gm_str_starts(name, gm_str(start)) ||
	    !gm_str_ends(name, GM_STR(".1")))
		return NULL;
	return gm_cmd_find(
		gm_str_dup(a, gm_str_sub(name, strlen(start), name.len - 2)));
}

static int fill_line(struct gm_buf *out, const struct gm_cmd *cmd,
		     struct gm_str line)
{
	static const struct {
		const char *mark;
		void (*fill)(struct gm_buf *out);
	} parts[] = {
		{ "COMMANDS", fill_commands },
		{ "EXIT", fill_exit },
		{ "RULES", fill_rules },
		{ "LAYOUTS", fill_layouts },
	};
	struct gm_str mark;

	if (!gm_str_starts(line, GM_STR(".\\\" @")) ||
	    !gm_str_ends(line, GM_STR("@"))) {
		gm_buf_str(out, line);
		gm_buf_putc(out, '\n');
		return 0;
	}
	mark = gm_str_sub(line, 5, line.len - 1);
	if (gm_str_is(mark, "OPTIONS") && cmd) {
		gm_buf_puts(out, gm_opt_mdoc(out->arena, cmd->opts));
		return 0;
	}
	for (size_t i = 0; i < GM_COUNT(parts); i++) {
		if (gm_str_is(mark, parts[i].mark)) {
			parts[i].fill(out);
			return 0;
		}
	}
	return -1;
}

static int fill_manual(struct gm_ctx *cx, const char *page, struct gm_err *err)
{
	const struct gm_cmd *cmd = page_command(cx->arena, page);
	struct gm_buf out = gm_buf(cx->arena);
	struct gm_str text, line;
	size_t number = 0;

	if (gm_file_read(&text, cx->arena, page, (size_t)1 << 20, err) < 0)
		return -1;
	while (gm_str_line(&line, &text)) {
		number++;
		if (fill_line(&out, cmd, line) == 0)
			continue;
		gm_fail(err, GM_EINPUT, "nothing is known to fill in here");
		return gm_fail_at(err, page, number, 1);
	}
	fwrite(out.ptr, 1, out.len, cx->out);
	return 0;
}

static int usage(struct gm_ctx *cx, const char *name, struct gm_err *err)
{
	const struct gm_cmd *cmd = gm_cmd_find(name);

	if (!cmd)
		return gm_cmd_unknown(cx->arena, name, err);
	fputs(gm_cmd_usage(cx->arena, cmd), cx->out);
	return 0;
}

static int run(struct gm_ctx *cx, const void *argp, struct gm_err *err)
{
	static const char *const overview[] = { "git-migrate", "-h" };
	const struct args *args = argp;

	if (args->manual)
		return fill_manual(cx, args->manual, err);
	if (args->list) {
		for (size_t i = 0; gm_cmds[i]; i++)
			if (listed(gm_cmds[i]))
				fprintf(cx->out, "%s\n", gm_cmds[i]->name);
		return 0;
	}
	if (args->command)
		return usage(cx, args->command, err);
	return gm_cmd_main(cx, 2, overview);
}

const struct gm_cmd gm_cmd_help = {
	.name = "help",
	.summary = "print the usage of a command",
	.needs = GM_CMD_HIDDEN,
	.opts = opts,
	.args_size = sizeof(struct args),
	.run = run,
};

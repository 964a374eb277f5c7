#include "cmd/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/escape.h"
#include "base/near.h"

#define USAGE                                                                  \
	"usage: git migrate [-C <dir>] <command> [<args>]\n"                   \
	"       git migrate (-h | --help | --version)\n"

const struct gm_cmd *gm_cmd_find(const char *name)
{
	for (size_t i = 0; gm_cmds[i]; i++)
		if (!strcmp(gm_cmds[i]->name, name))
			return gm_cmds[i];
	return NULL;
}

int gm_cmd_unknown(struct gm_arena *a, const char *name, struct gm_err *err)
{
	struct gm_strings names = { 0 };
	const char *near;

	for (size_t i = 0; gm_cmds[i]; i++)
		if (!(gm_cmds[i]->needs & GM_CMD_HIDDEN))
			*GM_PUSH(a, &names) = gm_cmds[i]->name;
	near = gm_near(gm_str(name), names.items, names.n);
	gm_fail(err, GM_EUSAGE, "'%s' is not a git migrate command", name);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "'git migrate -h' lists the commands.");
}

static void print_lines(struct gm_ctx *cx, const char *label, const char *text)
{
	struct gm_str rest = gm_str(text), line;

	for (; gm_str_line(&line, &rest); label = "      ")
		fprintf(cx->err, "%s%s\n", label, gm_escaped(cx->arena, line));
}

void gm_cmd_print_err(struct gm_ctx *cx, const struct gm_err *err)
{
	struct gm_buf text = gm_buf(cx->arena);

	if (err->path[0]) {
		gm_buf_puts(&text, err->path);
		if (err->line)
			gm_buf_printf(&text, ":%zu", err->line);
		if (err->line && err->column)
			gm_buf_printf(&text, ":%zu", err->column);
		gm_buf_puts(&text, ": ");
	}
	gm_buf_puts(&text, err->msg);
	print_lines(cx, "error: ", text.ptr);
	print_lines(cx, "hint: ", err->hint);
}

void gm_cmd_note(struct gm_ctx *cx, const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = gm_vprintf(cx->arena, fmt, args);
	va_end(args);
	print_lines(cx, "note: ", text);
}

const char *gm_cmd_usage(struct gm_arena *a, const struct gm_cmd *cmd)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_printf(&b, "usage: git migrate %s %s\n\n    %s\n\n", cmd->name,
		      gm_opt_synopsis(a, cmd->opts), cmd->summary);
	gm_buf_puts(&b, gm_opt_help(a, cmd->opts));
	return b.ptr;
}

static void print_overview(FILE *to)
{
	fputs(USAGE
	      "\n"
	      "PostgreSQL schema changes that are safe to release and to roll"
	      " back.\n\n",
	      to);
	for (size_t i = 0; gm_cmds[i]; i++)
		if (!(gm_cmds[i]->needs & GM_CMD_HIDDEN))
			fprintf(to, "    %-12s %s\n", gm_cmds[i]->name,
				gm_cmds[i]->summary);
	fputs("\n'git migrate <command> -h' lists a command's options,\n"
	      "'git migrate <command> --help' opens its manual page.\n",
	      to);
}

/* Where this program is; NULL where that cannot be known. */
static const char *own_dir(struct gm_arena *a)
{
	char *self = realpath("/proc/self/exe", NULL);
	char *slash = self ? strrchr(self, '/') : NULL;
	const char *dir =
		slash ? gm_printf(a, "%.*s", (int)(slash - self), self) : NULL;

	free(self);
	return dir;
}

/* Let man(1) find the pages beside a program that is not installed. */
static void add_manual(struct gm_arena *a)
{
	const char *others = getenv("MANPATH");
	const char *dir = own_dir(a);

	dir = dir ? gm_printf(a, "%s/man", dir) : NULL;
	/* An empty last part stands for where man looks anyway. */
	if (dir && access(gm_printf(a, "%s/man1", dir), X_OK) == 0)
		setenv("MANPATH",
		       gm_printf(a, "%s:%s", dir, others ? others : ""), 1);
}

/* `--help`: the manual page through git, or the short help without one. */
static int show_manual(struct gm_ctx *cx, const struct gm_cmd *cmd)
{
	const char *page =
		cmd ? gm_printf(cx->arena, "git-migrate-%s", cmd->name)
		    : "git-migrate";
	const char *const argv[] = { "git", "help", page, NULL };
	struct gm_child child = { .argv = argv,
				  .inherit_input = true,
				  .inherit_output = true };
	struct gm_err ignored = GM_ERR_INIT;

	fflush(cx->out);
	add_manual(cx->arena);
	if (gm_child_run(NULL, cx->arena, &child, &ignored) == 0)
		return 0;
	if (cmd)
		fputs(gm_cmd_usage(cx->arena, cmd), cx->out);
	else
		print_overview(cx->out);
	return 0;
}

static int open_needs(struct gm_ctx *cx, const struct gm_cmd *cmd,
		      struct gm_err *err)
{
	if (!(cmd->needs & (GM_NEEDS_REPO | GM_NEEDS_WORKTREE)))
		return 0;
	if (gm_repo_open(&cx->repo, NULL, GM_REPO_DISCOVER, err) < 0)
		return -1;
	if ((cmd->needs & GM_NEEDS_WORKTREE) && gm_repo_is_bare(cx->repo)) {
		gm_fail(err, GM_EGIT,
			"'git migrate %s' needs a work tree, and this is a"
			" bare repository",
			cmd->name);
		return gm_hint(err, "Run it in a clone.");
	}
	return 0;
}

static int change_dir(struct gm_ctx *cx, const char *dir)
{
	struct gm_err err = GM_ERR_INIT;

	if (!*dir || chdir(dir) == 0)
		return 0;
	gm_fail(&err, GM_EINPUT, "cannot change to directory '%s'", dir);
	gm_cmd_print_err(cx, &err);
	return -1;
}

/*
 * Act on every `-C <dir>` before a `--` and leave the other words; -1 when a
 * directory cannot be entered.
 */
static int take_dirs(struct gm_ctx *cx, struct gm_strings *rest, int argc,
		     const char *const *argv)
{
	int i = 0;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (strcmp(argv[i], "-C") || i + 1 == argc)
			*GM_PUSH(cx->arena, rest) = argv[i];
		else if (change_dir(cx, argv[++i]) < 0)
			return -1;
	}
	for (; i < argc; i++)
		*GM_PUSH(cx->arena, rest) = argv[i];
	return 0;
}

static int run(struct gm_ctx *cx, const struct gm_cmd *cmd, int argc,
	       const char *const *argv)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_strings words = { 0 };
	void *args = gm_alloc(cx->arena, cmd->args_size);
	int result;

	if (take_dirs(cx, &words, argc, argv) < 0)
		return 128;
	argv = words.items;
	argc = (int)words.n;
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-h")) {
			fputs(gm_cmd_usage(cx->arena, cmd), cx->out);
			return 0;
		}
		if (!strcmp(argv[i], "--help"))
			return show_manual(cx, cmd);
		if (!strcmp(argv[i], "--git-completion-helper")) {
			fputs(gm_opt_complete(cx->arena, cmd->opts,
					      argc - i - 1, argv + i + 1),
			      cx->out);
			return 0;
		}
	}
	if (gm_opt_parse(args, cx->arena, cmd->opts, argc, argv, &err) < 0) {
		gm_cmd_print_err(cx, &err);
		fprintf(cx->err, "usage: git migrate %s %s\n", cmd->name,
			gm_opt_synopsis(cx->arena, cmd->opts));
		return gm_err_status(err.code);
	}
	if (open_needs(cx, cmd, &err) < 0 ||
	    (result = cmd->run(cx, args, &err)) < 0) {
		fflush(cx->out);
		gm_cmd_print_err(cx, &err);
		return gm_err_status(err.code);
	}
	return result;
}

/* Become the program of that name beside this one; only returns to fail. */
static int become(struct gm_ctx *cx, const char *name, int argc,
		  const char *const *argv)
{
	struct gm_err err = GM_ERR_INIT;
	const char *dir = own_dir(cx->arena);
	char **words = gm_alloc(cx->arena, (argc + 1) * sizeof(*words));

	for (int i = 0; i < argc; i++)
		words[i] = gm_str_dup(cx->arena, gm_str(argv[i]));
	if (dir)
		execv(gm_printf(cx->arena, "%s/%s", dir, name), words);
	gm_fail_errno(&err, errno, "cannot run '%s' in '%s'", name,
		      dir ? dir : "?");
	gm_hint(&err, "It belongs beside git-migrate: install both again.");
	gm_cmd_print_err(cx, &err);
	return gm_err_status(err.code);
}

static bool is_version(const char *word)
{
	return !strcmp(word, "--version") || !strcmp(word, "-v");
}

int gm_cmd_main(struct gm_ctx *cx, int argc, const char *const *argv)
{
	struct gm_err err = GM_ERR_INIT;
	const struct gm_cmd *cmd;
	int i = 1;

	if (gm_cmd_full &&
	    (argc < 2 || !(gm_cmd_find(argv[1]) || is_version(argv[1]))))
		return become(cx, gm_cmd_full, argc, argv);
	for (; i + 1 < argc && !strcmp(argv[i], "-C"); i += 2)
		if (change_dir(cx, argv[i + 1]) < 0)
			return 128;
	if (i == argc) {
		print_overview(cx->err);
		return 129;
	}
	if (!strcmp(argv[i], "-h")) {
		print_overview(cx->out);
		return 0;
	}
	if (!strcmp(argv[i], "--help"))
		return show_manual(cx, NULL);
	if (is_version(argv[i])) {
		fprintf(cx->out, "git-migrate version %s\n", gm_version);
		return 0;
	}
	cmd = gm_cmd_find(argv[i]);
	if (!cmd) {
		gm_cmd_unknown(cx->arena, argv[i], &err);
		gm_cmd_print_err(cx, &err);
		fputs(USAGE, cx->err);
		return gm_err_status(err.code);
	}
	return run(cx, cmd, argc - i - 1, argv + i + 1);
}

#include "cmd/hookfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/file.h"
#include "base/tmpl.h"

#define SCRIPT_MAX ((size_t)1 << 20)

const char *const gm_hooks_client[] = {
	"pre-commit", "prepare-commit-msg", "commit-msg", "pre-push", NULL,
};

const char *const gm_hooks_server[] = { "pre-receive", "post-receive", NULL };
const char *const gm_hooks_transactions[] = { "reference-transaction", NULL };

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* The real path of `path`, or of what exists of it; NULL: nothing does. */
static const char *real_path(struct gm_arena *a, const char *path)
{
	char *copy = gm_strdup(a, path);
	const char *result = NULL;
	char *real, *slash;

	while (!(real = realpath(copy, NULL))) {
		slash = strrchr(copy, '/');
		if (!slash || slash == copy)
			return NULL;
		*slash = 0;
	}
	result = gm_strdup(a, real);
	free(real);
	return result;
}

static bool inside(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && !strncmp(path, dir, len) &&
	       (!path[len] || path[len] == '/');
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int gm_hooks_find(struct gm_hooks *out, struct gm_arena *a,
		  const struct gm_repo *r, struct gm_err *err)
{
	const char *tree = gm_repo_worktree(r);
	const char *slash, *real;

	if (gm_repo_hooks_dir(&out->dir, a, r, err) < 0)
		return -1;
	out->home = out->dir;
	real = real_path(a, out->dir);
	if (real && inside(real, real_path(a, gm_repo_commondir(r)))) {
		out->place = GM_HOOKS_OWN;
		return 0;
	}
	if (!real || !tree || !inside(real, real_path(a, tree))) {
		out->place = GM_HOOKS_SHARED;
		return 0;
	}
	out->place = GM_HOOKS_TREE;
	slash = strrchr(out->dir, '/');
	if (slash && !strcmp(slash, "/_"))
		out->home = gm_strndup(a, out->dir, slash - out->dir);
	return 0;
}

/* Step over a word and the blanks behind it. */
static bool skip_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) ||
	    ((*at)[len] && !strchr(" \t", (*at)[len])))
		return false;
	*at += len;
	*at += strspn(*at, " \t");
	return true;
}

/* Does this end the script with the status of what ran before? */
static bool is_exit(const char *s)
{
	return !strcmp(s, "exit") || !strcmp(s, "exit $?") ||
	       !strcmp(s, "exit \"$?\"");
}

enum call {
	NO_CALL,
	CALL,     /* its failure is the status of the line */
	LAST_CALL /* its failure, at least, is the status of the script */
};

/*
 * Is the line, which is trimmed, a call of this hook of ours?  One that may
 * not run, or whose failure may be lost, is none.
 */
static enum call is_call(const char *s, const char *name)
{
	bool exec = skip_word(&s, "exec");
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/");
	const char *slash = memrchr(s, '/', len);

	if (slash)
		s = slash + 1;
	if (!(skip_word(&s, "git-migrate") ||
	      (skip_word(&s, "git") && skip_word(&s, "migrate"))) ||
	    !skip_word(&s, "hook") || !skip_word(&s, name))
		return NO_CALL;
	/* A backslash may hide the rest. */
	if (strchr(s, '\\'))
		return NO_CALL;
	s += strcspn(s, "|&;");
	if (!*s)
		return exec ? LAST_CALL : CALL;
	if (!skip_word(&s, "||"))
		return NO_CALL;
	return is_exit(s) || !strcmp(s, "exit 1") ? LAST_CALL : NO_CALL;
}

/* Does the script run this hook of ours, and end with its failure? */
static bool calls_us(struct gm_arena *a, struct gm_str text, const char *name)
{
	bool stops = false, goes_on = false, called = false;
	struct gm_str line;

	while (gm_str_line(&line, &text)) {
		const char *s = gm_str_dup(a, gm_str_trim(line));
		enum call call = goes_on ? NO_CALL : is_call(s, name);

		/* sh -e, or the same later on */
		stops |= gm_str_starts(gm_str(s), GM_STR("set -e")) ||
			 gm_str_is(line, "#!/bin/sh -e");
		if (call == LAST_CALL || (call == CALL && stops) ||
		    (called && is_exit(s)))
			return true;
		if (*s && *s != '#')
			called = call == CALL;
		goes_on = line.len && line.ptr[line.len - 1] == '\\';
	}
	return called;
}

/* Does the hook framework of that name say it wrote this? */
static bool is_framework(struct gm_str text)
{
	static const char mark[] = "pre-commit.com";

	return text.len && memmem(text.ptr, text.len, mark, strlen(mark));
}

/* Under another name it would do something else. */
static bool acts_on_name(struct gm_arena *a, struct gm_str text)
{
	struct gm_str line;

	while (gm_str_line(&line, &text)) {
		const char *s = gm_str_dup(a, gm_str_trim(line));

		if (*s == '#')
			continue;
		if (strstr(s, "${0##") ||
		    (strstr(s, "basename") &&
		     (strstr(s, "$0") || strstr(s, "${0}") ||
		      strstr(s, "argv") || strstr(s, "__file__") ||
		      strstr(s, "__FILE__") || strstr(s, "PROGRAM_NAME") ||
		      strstr(s, "BASH_SOURCE"))))
			return true;
	}
	return false;
}

static bool is_ours(struct gm_arena *a, struct gm_str text, const char *name)
{
	const char *start =
		gm_printf(a, "#!/bin/sh\n# %s: the git-migrate guard;", name);

	return gm_str_starts(text, gm_str(start));
}

static bool file_is_ours(struct gm_arena *a, const char *path, const char *name)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text;

	return gm_file_read(&text, a, path, SCRIPT_MAX, &ignored) == 0 &&
	       is_ours(a, text, name);
}

static bool same_file(struct gm_arena *a, const char *one, const char *two)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str x, y;

	return gm_file_read(&x, a, one, SCRIPT_MAX, &ignored) == 0 &&
	       gm_file_read(&y, a, two, SCRIPT_MAX, &ignored) == 0 &&
	       gm_str_eq(x, y);
}

/* Why this hook of somebody else cannot be moved aside, or NULL. */
static const char *why_not(struct gm_arena *a, const struct gm_hooks *hooks,
			   const struct gm_hookfile *h, bool directory,
			   bool text)
{
	if (hooks->place == GM_HOOKS_SHARED)
		return "core.hooksPath leads outside of this repository";
	if (h->state == GM_HOOK_ABSENT)
		return NULL;
	if (hooks->place == GM_HOOKS_TREE)
		return "it lies in the work tree, where core.hooksPath leads";
	if (directory)
		return "it is a directory";
	if ((h->link && !text) || acts_on_name(a, h->text))
		return "it acts on its own name, so it cannot be renamed";
	if (h->chained && !same_file(a, h->path, h->before))
		return gm_printf(a,
				 "an earlier hook is kept as '%s' already;"
				 " merge the two",
				 h->before);
	return NULL;
}

static int script(struct gm_str *out, struct gm_arena *a,
		  const struct gm_hookfile *h, struct gm_err *err)
{
	bool update = !strcmp(h->name, "update");
	bool server = update || one_of(h->name, gm_hooks_server) ||
		      one_of(h->name, gm_hooks_transactions);
	bool after = !strcmp(h->name, "post-receive");
	bool input = !strcmp(h->name, "pre-push") || (server && !update);
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str before = GM_STR_NONE;
	const char *file = h->chained ? "hook/chained" : "hook/alone";
	bool legacy = h->chained &&
		      gm_file_read(&before, a, h->before, SCRIPT_MAX,
				   &ignored) == 0 &&
		      is_framework(before);
	const struct gm_tmpl_var vars[] = {
		{ "name", h->name },
		{ "missing", server ? "error: git-migrate is not on the"
				      " server's PATH; nothing can be judged"
				    : "note: git-migrate is not on PATH;"
				      " migrations are not checked here" },
		{ "status", server ? "1" : "0" },
		{ "legacy", legacy ? "1" : "" },
		{ "argsonly", input ? "" : "1" },
		{ "input", input && !after ? "1" : "" },
		{ "after", after ? "1" : "" },
		{ NULL, NULL },
	};

	return gm_tmpl_fill(out, a, file, gm_embed(file), vars, err);
}

/* Neither as we install it nor as the file in hooks/ that it stands for. */
static int find_altered(struct gm_hookfile *h, struct gm_arena *a,
			struct gm_err *err)
{
	const char *plain = gm_printf(a,
				      "#!/bin/sh\n# %s: the git-migrate guard;"
				      " see git-migrate-hook(1).\n"
				      "exec git migrate hook %s \"$@\"\n",
				      h->name, h->name);
	struct gm_str text;

	if (script(&text, a, h, err) < 0)
		return -1;
	h->altered = !gm_str_eq(h->text, text) && !gm_str_is(h->text, plain);
	return 0;
}

/*
 * The script of one hook.  A dispatcher as Gitea and others install it runs
 * all that lies in `<name>.d`; there ours takes a file of its own.
 */
static void place(struct gm_hookfile *h, struct gm_arena *a,
		  const struct gm_hooks *hooks)
{
	struct stat st;

	h->path = gm_printf(a, "%s/%s", hooks->home, h->name);
	if (hooks->place == GM_HOOKS_OWN &&
	    is_dir(gm_printf(a, "%s.d", h->path)) && lstat(h->path, &st) == 0 &&
	    !file_is_ours(a, h->path, h->name))
		h->path = gm_printf(a, "%s.d/git-migrate", h->path);
	h->before = gm_printf(a, "%s.before-git-migrate", h->path);
	h->chained = lstat(h->before, &st) == 0;
}

int gm_hookfile_read(struct gm_hookfile *out, struct gm_arena *a,
		     const struct gm_hooks *hooks, const char *name,
		     struct gm_err *err)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_hookfile h = { .name = name, .state = GM_HOOK_FOREIGN };
	bool text = false, directory;
	struct stat st;

	if (!one_of(name, gm_hooks_client) && !one_of(name, gm_hooks_server) &&
	    !one_of(name, gm_hooks_transactions) && strcmp(name, "update"))
		GM_BUG("not a hook of ours");
	place(&h, a, hooks);
	if (lstat(h.path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return gm_fail_errno(err, errno, "cannot look at '%s'",
					     h.path);
		h.state = GM_HOOK_ABSENT;
		h.why = why_not(a, hooks, &h, false, false);
		*out = h;
		return 0;
	}
	h.link = S_ISLNK(st.st_mode);
	directory = is_dir(h.path);
	h.executable = !directory && access(h.path, X_OK) == 0;
	if (gm_file_read(&h.text, a, h.path, SCRIPT_MAX, &ignored) == 0)
		text = !memchr(h.text.ptr, 0, h.text.len);
	if (!text)
		h.text = GM_STR_NONE;
	h.legacy = is_framework(h.text);
	if (is_ours(a, h.text, name))
		h.state = GM_HOOK_OURS;
	else if (calls_us(a, h.text, name) ||
		 (h.legacy &&
		  file_is_ours(a, gm_printf(a, "%s.legacy", h.path), name)))
		h.state = GM_HOOK_CALLS;
	else
		h.why = why_not(a, hooks, &h, directory, text);
	if (h.state == GM_HOOK_OURS && find_altered(&h, a, err) < 0)
		return -1;
	*out = h;
	return 0;
}

/*
 * Keep the hook under its second name.  It stays where it is until our script
 * takes its place, so that at no time there is no hook.
 */
static int keep(struct gm_hookfile *h, struct gm_err *err)
{
	/* An earlier copy is the same: see why_not. */
	if (!h->chained &&
	    linkat(AT_FDCWD, h->path, AT_FDCWD, h->before, 0) < 0 &&
	    rename(h->path, h->before) < 0)
		return gm_fail_errno(err, errno, "cannot rename '%s' to '%s'",
				     h->path, h->before);
	h->chained = true;
	return 0;
}

int gm_hookfile_install(enum gm_hookdid *did, struct gm_arena *a,
			const struct gm_hooks *hooks, struct gm_hookfile *hook,
			struct gm_err *err)
{
	bool foreign = hook->state == GM_HOOK_FOREIGN;
	struct gm_str text;

	if (hook->state == GM_HOOK_CALLS) {
		*did = GM_HOOK_KEPT;
		return 0;
	}
	if (hook->why) {
		*did = GM_HOOK_LEFT;
		return 0;
	}
	if (gm_dir_make(hooks->home, err) < 0 ||
	    (foreign && keep(hook, err) < 0) || script(&text, a, hook, err) < 0)
		return -1;
	if (hook->state == GM_HOOK_OURS && hook->executable &&
	    gm_str_eq(text, hook->text)) {
		*did = GM_HOOK_KEPT;
		return 0;
	}
	if (gm_file_write(hook->path, text, 0755, false, err) < 0)
		return -1;
	*did = foreign ? GM_HOOK_CHAINED : GM_HOOK_WROTE;
	hook->state = GM_HOOK_OURS;
	hook->executable = true;
	hook->altered = false;
	return 0;
}

const char *gm_hookfile_line(struct gm_arena *a, const char *name)
{
	return gm_printf(a, "git migrate hook %s \"$@\" || exit", name);
}

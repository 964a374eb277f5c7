/*
 * git migrate doctor --server: the machine around the repository.
 *
 * Whoever can write to the hooks, the configuration or the programs, or make
 * sshd hand over variables of git's, needs to get past no rule.
 */
#include <fnmatch.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "approval/verify.h"
#include "base/file.h"
#include "cmd/doctor.h"
#include "cmd/hookfile.h"

/* --- who may write --- */

/* What others may write, the worst of it first in the report. */
struct writable {
	struct gm_ctx *cx;
	uid_t owner; /* of the repository */
	const char *first;
	enum gm_health health;
	size_t n;
};

/* A group of one, as many systems make it for each account. */
static bool is_private(gid_t gid, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	const struct group *group = getgrgid(gid);

	return user && group && user->pw_gid == gid &&
	       !strcmp(user->pw_name, group->gr_name) &&
	       (!group->gr_mem[0] ||
		(!strcmp(group->gr_mem[0], user->pw_name) &&
		 !group->gr_mem[1]));
}

static const char *group_name(struct gm_ctx *cx, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	return group ? gm_strdup(cx->arena, group->gr_name)
		     : gm_printf(cx->arena, "%u", (unsigned)gid);
}

/* Who but root and the repository's owner may write this; NULL: nobody. */
static const char *writer(enum gm_health *health, const struct writable *w,
			  const struct stat *st)
{
	*health = GM_HEALTH_FAIL;
	if (st->st_uid != 0 && st->st_uid != w->owner) {
		const struct passwd *user = getpwuid(st->st_uid);

		return user ? gm_printf(w->cx->arena, "'%s'", user->pw_name)
			    : gm_printf(w->cx->arena, "user %u",
					(unsigned)st->st_uid);
	}
	if (st->st_mode & S_IWOTH)
		return "anybody";
	*health = GM_HEALTH_WARN;
	if (st->st_mode & S_IWGRP && st->st_gid != 0 &&
	    !is_private(st->st_gid, st->st_uid))
		return gm_printf(w->cx->arena, "the group '%s'",
				 group_name(w->cx, st->st_gid));
	return NULL;
}

static void look(struct writable *w, const char *path, bool above)
{
	enum gm_health health;
	const char *who;
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	/* There only the owner of a file can put another in its place. */
	if (above && st.st_mode & S_ISVTX &&
	    (st.st_uid == 0 || st.st_uid == w->owner))
		return;
	who = writer(&health, w, &st);
	if (!who)
		return;
	if (!w->n || health > w->health) {
		w->health = health;
		w->first = gm_printf(w->cx->arena, "%s may be written by %s",
				     path, who);
	}
	w->n++;
}

/* The path itself, where a link leads, and the directories above. */
static void look_up(struct writable *w, const char *path)
{
	char *real = realpath(path, NULL), *slash;

	if (!real)
		return;
	look(w, real, false);
	while ((slash = strrchr(real, '/'))) {
		*slash = '\0';
		look(w, *real ? real : "/", true);
	}
	free(real);
}

static void report(struct gm_checkup *c, const struct writable *w,
		   const char *check, const char *fine, const char *hint)
{
	if (!w->n)
		gm_checkup_add(c, w->cx, GM_HEALTH_OK, check, NULL, "%s", fine);
	else if (w->n == 1)
		gm_checkup_add(c, w->cx, w->health, check, hint, "%s",
			       w->first);
	else
		gm_checkup_add(c, w->cx, w->health, check, hint,
			       "%s; there are %zu more like it", w->first,
			       w->n - 1);
}

static void check_writable(struct gm_checkup *c, struct gm_ctx *cx)
{
	static const char *const parts[] = {
		"config", "config.worktree", "HEAD",         "hooks",
		"refs",   "refs/heads",      "refs/notes",   "packed-refs",
		"info",   "objects",         "custom_hooks",
	};
	static const char *const hooks[] = {
		"pre-receive",
		"post-receive",
		"update",
		"reference-transaction",
		"pre-receive.d/git-migrate",
		"post-receive.d/git-migrate",
		"pre-receive.d/pre-receive",
		"post-receive.d/post-receive",
	};
	const char *dir = gm_repo_gitdir(cx->repo);
	struct writable w = { .cx = cx };
	struct gm_err err = GM_ERR_INIT;
	struct stat st;
	struct gm_hooks found;

	if (stat(dir, &st) < 0)
		return;
	w.owner = st.st_uid;
	look_up(&w, dir);
	for (size_t i = 0; i < GM_COUNT(parts); i++)
		look(&w, gm_printf(cx->arena, "%s/%s", dir, parts[i]), false);
	if (gm_hooks_find(&found, cx->arena, cx->repo, &err) < 0)
		found.dir = gm_printf(cx->arena, "%s/hooks", dir);
	for (size_t i = 0; i < GM_COUNT(hooks); i++) {
		look_up(&w, gm_printf(cx->arena, "%s/%s", found.dir, hooks[i]));
		look_up(&w, gm_printf(cx->arena, "%s/custom_hooks/%s", dir,
				      hooks[i]));
	}
	report(c, &w, "writable", "only by its owner: repository, hooks",
	       "Whoever writes there can switch the guard off: 'chmod -R go-w'"
	       " it, and let people push through an account of the host.");
}

/* --- programs --- */

static void check_program(struct gm_checkup *c, struct gm_ctx *cx,
			  const char *name, const char *path,
			  const char *package, const char *setting)
{
	struct writable w = { .cx = cx, .owner = geteuid() };
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    access(path, X_OK) < 0) {
		gm_checkup_add(c, cx, GM_HEALTH_WARN, name,
			       gm_printf(cx->arena,
					 "Install it (Debian: %s), or say where"
					 " it is: git config %s <path>.",
					 package, setting),
			       "there is no program %s: records signed for it"
			       " are refused",
			       path);
		return;
	}
	look_up(&w, path);
	report(c, &w, name, path,
	       "Whoever writes there can call any signature good: let it"
	       " belong to root, and be writable by nobody else.");
}

static void check_signers(struct gm_checkup *c, struct gm_ctx *cx)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_verifier v;

	if (gm_verifier_read(&v, cx->arena, cx->repo, &err) < 0) {
		gm_checkup_fail(c, cx, "ssh-keygen", &err);
		return;
	}
	check_program(c, cx, "ssh-keygen", v.ssh_keygen, "openssh-client",
		      "migrate.sshKeygen");
	check_program(c, cx, "gpgv", v.gpgv, "gpgv", "migrate.gpgv");
}

/* --- sshd_config --- */

#define SSHD_MAX ((size_t)1 << 20)
#define SSHD_DEPTH 8

struct sshd {
	struct gm_checkup *c;
	struct gm_ctx *cx;
	const char *dir; /* what Include is relative to */
	size_t found;
	bool read;
};

/* With one of these a client runs git without our hooks, or as somebody. */
static const char *const dangerous[] = {
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_PARAMETERS",
	"GIT_CONFIG_GLOBAL",
	"GIT_CONFIG_SYSTEM",
	"GIT_CONFIG",
	"GIT_EXEC_PATH",
	"GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_QUARANTINE_PATH",
	"GIT_NAMESPACE",
	"PATH",
	"HOME",
	"LD_PRELOAD",
	"LD_LIBRARY_PATH",
	"BASH_ENV",
	"REMOTE_USER",
	"GL_USER",
	"GL_USERNAME",
	"GITEA_PUSHER_NAME",
	"GITEA_PUSHER_EMAIL",
	"GITHUB_USER_LOGIN",
};

static void accept_env(struct sshd *s, const char *path, size_t line,
		       const char *pattern)
{
	for (size_t i = 0; i < GM_COUNT(dangerous); i++) {
		if (fnmatch(pattern, dangerous[i], 0) != 0)
			continue;
		s->found++;
		gm_checkup_add(s->c, s->cx, GM_HEALTH_FAIL, "AcceptEnv",
			       "Accept GIT_PROTOCOL only, of git's: a client"
			       " that sends others can pass by the hooks.",
			       "%s:%zu: '%s' lets a client set %s", path, line,
			       pattern, dangerous[i]);
		return;
	}
}

static void read_sshd(struct sshd *s, const char *path, int depth);

static void include(struct sshd *s, const char *pattern, int depth)
{
	glob_t found = { 0 };

	if (*pattern != '/')
		pattern = gm_printf(s->cx->arena, "%s/%s", s->dir, pattern);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_sshd(s, found.gl_pathv[i], depth + 1);
	globfree(&found);
}

/* The next word of a line of sshd_config, which may stand in quotes. */
static bool next_word(const char **out, struct gm_arena *a, struct gm_str *line)
{
	size_t at = 0, end;
	bool quoted;

	while (at < line->len && strchr(" \t\r=", line->ptr[at]))
		at++;
	if (at == line->len || line->ptr[at] == '#')
		return false;
	quoted = line->ptr[at] == '"';
	at += quoted;
	for (end = at; end < line->len; end++)
		if (quoted ? line->ptr[end] == '"'
			   : !!strchr(" \t\r=", line->ptr[end]))
			break;
	*out = gm_str_dup(a, gm_str_sub(*line, at, end));
	*line = gm_str_sub(*line, end + (quoted && end < line->len), line->len);
	return true;
}

static void read_sshd(struct sshd *s, const char *path, int depth)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str text, line;
	const char *keyword, *word;

	if (depth > SSHD_DEPTH ||
	    gm_file_read(&text, s->cx->arena, path, SSHD_MAX, &ignored) < 0)
		return;
	s->read = true;
	for (size_t n = 1; gm_str_line(&line, &text); n++) {
		if (memchr(line.ptr, 0, line.len) ||
		    !next_word(&keyword, s->cx->arena, &line))
			continue;
		while (next_word(&word, s->cx->arena, &line)) {
			if (!strcasecmp(keyword, "AcceptEnv"))
				accept_env(s, path, n, word);
			else if (!strcasecmp(keyword, "Include"))
				include(s, word, depth);
		}
	}
}

static void check_sshd(struct gm_checkup *c, struct gm_ctx *cx,
		       const char *path)
{
	const char *slash = strrchr(path, '/');
	struct sshd s = {
		.c = c,
		.cx = cx,
		.dir = slash ? gm_strndup(cx->arena, path, slash - path) : ".",
	};

	read_sshd(&s, path, 0);
	if (s.read && !s.found)
		gm_checkup_add(c, cx, GM_HEALTH_OK, "AcceptEnv", NULL,
			       "%s lets clients set nothing that matters",
			       path);
}

void gm_doctor_host(struct gm_checkup *c, struct gm_ctx *cx,
		    const char *sshd_config)
{
	check_writable(c, cx);
	check_signers(c, cx);
	check_sshd(c, cx, sshd_config);
}

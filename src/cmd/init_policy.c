/* git migrate init: the texts of a first policy and its signers. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/file.h"
#include "base/tmpl.h"
#include "cmd/init.h"
#include "git/object.h"
#include "git/ref.h"
#include "migration/set.h"

#define BRANCH "refs/heads/"
#define KEY_MAX ((size_t)64 << 10)

/* In the characters a project may have; NULL when nothing is left. */
static const char *clean(struct gm_arena *a, struct gm_str name)
{
	struct gm_buf out = gm_buf(a);

	if (!name.ptr)
		return NULL;
	if (gm_str_ends(name, GM_STR(".git")))
		name.len -= 4;
	for (size_t i = 0; i < name.len && out.len < 63; i++) {
		char c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			gm_buf_putc(&out, c);
		else if (out.len)
			gm_buf_putc(&out, c == '.' || c == '_' ? c : '-');
	}
	while (out.len && strchr(".-_", out.ptr[out.len - 1]))
		out.ptr[--out.len] = 0;
	return out.len ? out.ptr : NULL;
}

/* The part of a path or URL that names the repository. */
static struct gm_str last_part(struct gm_str path)
{
	struct gm_str part = GM_STR_NONE, name = GM_STR_NONE;

	while (gm_str_split(&part, &path, '/'))
		if (part.len && !gm_str_is(part, ".git"))
			name = part;
	return name;
}

/* What the clone's origin is called, else its directory. */
static int find_project(const char **out, struct gm_ctx *cx, struct gm_err *err)
{
	struct gm_strings urls = { 0 };
	struct gm_str part, name;

	if (gm_config_all(&urls, cx->arena, cx->repo, "remote.origin.url",
			  err) < 0)
		return -1;
	*out = NULL;
	if (urls.n) {
		/* host:shop.git */
		part = name = last_part(gm_str(urls.items[0]));
		while (gm_str_split(&part, &name, ':'))
			;
		*out = clean(cx->arena, part);
	}
	if (!*out)
		*out = clean(cx->arena,
			     last_part(gm_str(gm_repo_worktree(cx->repo))));
	if (!*out)
		*out = "project";
	return 0;
}

/* The inside of a double-quoted YAML scalar. */
static const char *quote(struct gm_arena *a, struct gm_str s)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			gm_buf_putc(&out, '\\');
		gm_buf_putc(&out, s.ptr[i]);
	}
	return out.ptr;
}

/* The main branch: the remote's, else the one HEAD is on, else the default. */
static int find_branch(const char **out, struct gm_ctx *cx, struct gm_err *err)
{
	static const char remote[] = "refs/remotes/origin/";
	const char *name = NULL;
	int found = gm_ref_symbolic(&name, cx->arena, cx->repo,
				    "refs/remotes/origin/HEAD", err);

	if (found < 0)
		return -1;
	if (found && name && !strncmp(name, remote, strlen(remote))) {
		*out = name + strlen(remote);
		return 0;
	}
	if (gm_ref_head(&name, cx->arena, cx->repo, err) < 0)
		return -1;
	if (name && !strncmp(name, BRANCH, strlen(BRANCH))) {
		*out = name + strlen(BRANCH);
		return 0;
	}
	if (gm_config_get(&name, cx->arena, cx->repo, "init.defaultBranch",
			  err) < 0)
		return -1;
	*out = name ? name : "main";
	return 0;
}

static const char *root_path(struct gm_arena *a, const struct gm_root *root)
{
	return root->path.len ? quote(a, root->path) : ".";
}

/* The template names one directory: put the others below it. */
static void add_roots(struct gm_str *text, struct gm_arena *a,
		      const struct gm_roots *roots)
{
	struct gm_str rest = *text, line;
	struct gm_buf out = gm_buf(a);

	while (gm_str_line(&line, &rest)) {
		gm_buf_str(&out, line);
		gm_buf_putc(&out, '\n');
		if (!gm_str_starts(line, GM_STR("  - {path:")))
			continue;
		for (size_t i = 1; i < roots->n; i++)
			gm_buf_printf(&out, "  - {path: \"%s\", layout: %s}\n",
				      root_path(a, &roots->items[i]),
				      roots->items[i].layout->name);
	}
	*text = gm_buf_view(&out);
}

int gm_init_policy(struct gm_str *out, struct gm_ctx *cx, const char *project,
		   struct gm_err *err)
{
	struct gm_init_dumps dumps = { "", "", "" };
	struct gm_roots roots = { 0 };
	struct gm_commit head;
	const char *branch;
	int born;

	if (find_branch(&branch, cx, err) < 0 ||
	    (born = gm_commit_head(&head, cx->arena, cx->repo, err)) < 0 ||
	    (!project && find_project(&project, cx, err) < 0))
		return -1;
	if (born &&
	    (gm_roots_settle(&roots, cx->arena, cx->repo, &head.tree, NULL, 0,
			     err) < 0 ||
	     gm_init_find_dumps(&dumps, cx, &head.tree, &roots, err) < 0))
		return -1;
	const struct gm_tmpl_var vars[] = {
		{ "project", quote(cx->arena, gm_str(project)) },
		{ "branch", quote(cx->arena, gm_str(branch)) },
		{ "migrations", roots.n ? root_path(cx->arena, &roots.items[0])
					: "migrations" },
		{ "layout",
		  roots.n ? roots.items[0].layout->name : "directory" },
		{ "dumps", dumps.names },
		{ "neutral", dumps.patterns },
		{ "sources", dumps.sources },
		{ NULL, NULL },
	};

	if (gm_tmpl_fill(out, cx->arena, "policy/policy.yaml",
			 gm_embed("policy/policy.yaml"), vars, err) < 0)
		return -1;
	if (roots.n > 1)
		add_roots(out, cx->arena, &roots);
	return 0;
}

/* "ssh-ed25519 AAAA..." at the start of `text`; a private key is none. */
static const char *public_key(struct gm_arena *a, struct gm_str text)
{
	static const char *const types[] = { "ssh-", "ecdsa-", "sk-" };
	struct gm_str line, type, key;

	if (!gm_str_line(&line, &text))
		return NULL;
	text = gm_str_trim(line);
	for (size_t i = 0; i < GM_COUNT(types); i++) {
		if (!gm_str_starts(text, gm_str(types[i])))
			continue;
		if (gm_str_split(&type, &text, ' ') &&
		    gm_str_split(&key, &text, ' ') &&
		    gm_str_starts(key, GM_STR("AAAA")))
			return gm_printf(a, "%.*s %.*s", (int)type.len,
					 type.ptr, (int)key.len, key.ptr);
	}
	return NULL;
}

/* user.signingkey is a key, or a file that holds it. */
static const char *find_key(struct gm_ctx *cx, const char *value)
{
	static const char *const suffixes[] = { "", ".pub" };
	const char *home = getenv("HOME");
	const char *key;

	if (!strncmp(value, "key::", 5))
		value += 5;
	key = public_key(cx->arena, gm_str(value));
	if (!strncmp(value, "~/", 2) && home)
		value = gm_printf(cx->arena, "%s%s", home, value + 1);
	for (size_t i = 0; !key && i < GM_COUNT(suffixes); i++) {
		struct gm_err ignored = GM_ERR_INIT;
		struct gm_str text;

		if (gm_file_read(
			    &text, cx->arena,
			    gm_printf(cx->arena, "%s%s", value, suffixes[i]),
			    KEY_MAX, &ignored) == 0)
			key = public_key(cx->arena, text);
	}
	return key;
}

int gm_init_signers(struct gm_str *out, struct gm_ctx *cx, struct gm_err *err)
{
	struct gm_tmpl_var vars[] = { { "line", "" }, { NULL, NULL } };
	const char *format, *email, *value, *key;

	if (gm_config_get(&format, cx->arena, cx->repo, "gpg.format", err) <
		    0 ||
	    gm_config_get(&email, cx->arena, cx->repo, "user.email", err) < 0 ||
	    gm_config_get(&value, cx->arena, cx->repo, "user.signingkey", err) <
		    0)
		return -1;
	if (format && !strcmp(format, "ssh") && email && value &&
	    !strpbrk(email, " \t\"#,*?")) {
		key = find_key(cx, value);
		if (key)
			vars[0].value = gm_printf(
				cx->arena, "%s namespaces=\"*@git-migrate\" %s",
				email, key);
	}
	return gm_tmpl_fill(out, cx->arena, "policy/allowed_signers",
			    gm_embed("policy/allowed_signers"), vars, err);
}

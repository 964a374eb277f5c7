#include "git/lib.h"

#include <git2/sys/repository.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Matches no value: git_config_set_multivar then adds one. */
#define MATCHES_NOTHING "a^"

/* Section and key do not mind case, what stands between them does. */
static const char *canonical(struct gm_arena *a, const char *name)
{
	char *copy = gm_strdup(a, name);
	char *first = strchr(copy, '.'), *last = strrchr(copy, '.');

	for (char *p = copy; *p; p++)
		if (!first || p < first || p > last)
			*p = (char)tolower((unsigned char)*p);
	return copy;
}

static void set_here(struct gm_repo *r, const char *name, const char *value)
{
	*GM_PUSH(&r->arena, &r->set_names) = canonical(&r->arena, name);
	*GM_PUSH(&r->arena, &r->set_values) = gm_strdup(&r->arena, value);
}

/* One '...' word as git quotes it for a shell; NULL when it is not one. */
static char *dequote(struct gm_arena *a, const char **at)
{
	const char *p = *at;
	char *word, *to;

	if (*p != '\'')
		return NULL;
	word = to = gm_alloc(a, strlen(p) + 1);
	for (p++; *p; p++) {
		if (*p != '\'') {
			*to++ = *p;
		} else if (p[1] == '\\' && (p[2] == '\'' || p[2] == '!') &&
			   p[3] == '\'') {
			*to++ = p[2];
			p += 3;
		} else {
			*at = p + 1;
			return word;
		}
	}
	return NULL;
}

static int bad_setting(struct gm_err *err, const char *name)
{
	return gm_fail(err, GM_EGIT, "the environment variable %s is malformed",
		       name);
}

/* GIT_CONFIG_PARAMETERS, from "git -c": 'key'='value' or 'key=value'. */
static int load_parameters(struct gm_repo *r, struct gm_err *err)
{
	static const char variable[] = "GIT_CONFIG_PARAMETERS";
	const char *p = getenv(variable);

	while (p && *p) {
		char *name, *value;

		while (*p == ' ')
			p++;
		if (!*p)
			break;
		name = dequote(&r->arena, &p);
		if (!name)
			return bad_setting(err, variable);
		if (*p == '=') {
			p++;
			value = dequote(&r->arena, &p);
			if (!value && *p && *p != ' ')
				return bad_setting(err, variable);
		} else {
			value = strchr(name, '=');
			if (value)
				*value++ = '\0';
		}
		set_here(r, name, value ? value : "true");
	}
	return 0;
}

/* GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0, ... */
static int load_pairs(struct gm_repo *r, struct gm_err *err)
{
	static const char variable[] = "GIT_CONFIG_COUNT";
	const char *text = getenv(variable);
	uint64_t count;

	if (!text || !*text)
		return 0;
	if (!gm_str_uint(&count, gm_str(text)) || count > 10000)
		return bad_setting(err, variable);
	for (uint64_t i = 0; i < count; i++) {
		const char *key, *value;
		char name[48];

		snprintf(name, sizeof(name), "GIT_CONFIG_KEY_%u", (unsigned)i);
		key = getenv(name);
		if (!key)
			return bad_setting(err, name);
		snprintf(name, sizeof(name), "GIT_CONFIG_VALUE_%u",
			 (unsigned)i);
		value = getenv(name);
		if (!value)
			return bad_setting(err, name);
		set_here(r, key, value);
	}
	return 0;
}

static int add_file(struct gm_repo *r, const char *path,
		    git_config_level_t level, struct gm_err *err)
{
	int rc = git_config_add_file_ondisk(r->config, path, level, r->lib, 0);

	if (rc < 0 && rc != GIT_ENOTFOUND)
		return gm_lib_fail(err, GM_EGIT, "cannot read '%s'", path);
	return 0;
}

/* A file whose place libgit2 knows, unless the environment names another. */
static int add_known(struct gm_repo *r, int (*find)(git_buf *),
		     const char *variable, git_config_level_t level,
		     struct gm_err *err)
{
	const char *path = variable ? getenv(variable) : NULL;
	git_buf found = { 0 };
	int rc = 0;

	if (r->how == GM_REPO_HOOK)
		path = NULL;
	if (path)
		return *path ? add_file(r, path, level, err) : 0;
	if (!find(&found))
		rc = add_file(r, found.ptr, level, err);
	git_buf_dispose(&found);
	return rc;
}

static bool no_system(const struct gm_repo *r)
{
	const char *value = getenv("GIT_CONFIG_NOSYSTEM");
	int yes;

	return r->how != GM_REPO_HOOK && value &&
	       !git_config_parse_bool(&yes, value) && yes;
}

/* Those of the user: not in a hook, where HOME may be anybody's. */
static int add_home(struct gm_repo *r, struct gm_err *err)
{
	if (r->how == GM_REPO_HOOK)
		return 0;
	if (!getenv("GIT_CONFIG_GLOBAL") &&
	    add_known(r, git_config_find_xdg, NULL, GIT_CONFIG_LEVEL_XDG, err) <
		    0)
		return -1;
	return add_known(r, git_config_find_global, "GIT_CONFIG_GLOBAL",
			 GIT_CONFIG_LEVEL_GLOBAL, err);
}

static int add_repository(struct gm_repo *r, struct gm_err *err)
{
	const char *path = gm_printf(&r->arena, "%s/config", r->commondir);
	int yes;

	if (add_file(r, path, GIT_CONFIG_LEVEL_LOCAL, err) < 0)
		return -1;
	if (r->how == GM_REPO_HOOK ||
	    git_config_get_bool(&yes, r->config, "extensions.worktreeConfig") <
		    0 ||
	    !yes)
		return 0;
	path = gm_printf(&r->arena, "%s/config.worktree", r->gitdir);
	return add_file(r, path, GIT_CONFIG_LEVEL_APP, err);
}

int gm_config_load(struct gm_repo *r, struct gm_err *err)
{
	if (git_config_new(&r->config) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot read configuration");
	if ((!no_system(r) &&
	     add_known(r, git_config_find_system, "GIT_CONFIG_SYSTEM",
		       GIT_CONFIG_LEVEL_SYSTEM, err) < 0) ||
	    add_home(r, err) < 0 || add_repository(r, err) < 0)
		return -1;
	if (git_repository_set_config(r->lib, r->config) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot use configuration");
	if (r->how == GM_REPO_HOOK)
		return 0;
	if (load_pairs(r, err) < 0)
		return -1;
	return load_parameters(r, err);
}

int gm_config_get(const char **out, struct gm_arena *a, const struct gm_repo *r,
		  const char *name, struct gm_err *err)
{
	const char *key = canonical(a, name);
	git_config_entry *entry;
	int rc;

	for (size_t i = r->set_names.n; i--;) {
		if (!strcmp(r->set_names.items[i], key)) {
			*out = gm_strdup(a, r->set_values.items[i]);
			return 0;
		}
	}
	rc = git_config_get_entry(&entry, r->config, name);
	if (rc == GIT_ENOTFOUND) {
		*out = NULL;
		return 0;
	}
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot read setting '%s'",
				   name);
	*out = gm_strdup(a, entry->value ? entry->value : "true");
	git_config_entry_free(entry);
	return 0;
}

struct values {
	struct gm_arena *a;
	struct gm_strings list;
};

static int add_value(const git_config_entry *entry, void *payload)
{
	struct values *v = payload;

	*GM_PUSH(v->a, &v->list) =
		gm_strdup(v->a, entry->value ? entry->value : "true");
	return 0;
}

int gm_config_all(struct gm_strings *out, struct gm_arena *a,
		  const struct gm_repo *r, const char *name, struct gm_err *err)
{
	struct values v = { .a = a };
	const char *key = canonical(a, name);
	int rc = git_config_get_multivar_foreach(r->config, name, NULL,
						 add_value, &v);

	if (rc < 0 && rc != GIT_ENOTFOUND)
		return gm_lib_fail(err, GM_EGIT, "cannot read setting '%s'",
				   name);
	for (size_t i = 0; i < r->set_names.n; i++)
		if (!strcmp(r->set_names.items[i], key))
			*GM_PUSH(a, &v.list) =
				gm_strdup(a, r->set_values.items[i]);
	*out = v.list;
	return 0;
}

static int open_own(git_config **out, struct gm_repo *r, struct gm_err *err)
{
	if (git_config_open_level(out, r->config, GIT_CONFIG_LEVEL_LOCAL) < 0)
		return gm_lib_fail(err, GM_EGIT,
				   "cannot open the repository's own "
				   "configuration");
	return 0;
}

int gm_config_set(struct gm_repo *r, const char *name, const char *value,
		  struct gm_err *err)
{
	git_config *own;
	int rc;

	if (open_own(&own, r, err) < 0)
		return -1;
	rc = git_config_set_string(own, name, value);
	git_config_free(own);
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot set '%s'", name);
	return 0;
}

int gm_config_add(struct gm_repo *r, const char *name, const char *value,
		  struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct values v = { .a = &a };
	git_config *own;
	bool there = false;
	int rc;

	if (open_own(&own, r, err) < 0)
		return -1;
	rc = git_config_get_multivar_foreach(own, name, NULL, add_value, &v);
	for (size_t i = 0; i < v.list.n; i++)
		there |= !strcmp(v.list.items[i], value);
	if (rc == GIT_ENOTFOUND || (!rc && !there))
		rc = git_config_set_multivar(own, name, MATCHES_NOTHING, value);
	git_config_free(own);
	if (rc < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot add to '%s'", name);
	return 0;
}

/* An expression that matches this text and nothing else. */
static const char *literally(struct gm_arena *a, const char *text)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_putc(&b, '^');
	for (; *text; text++)
		gm_buf_printf(&b,
			      strchr(".*+?()|{}$[", *text) ? "[%c]"
			      : strchr("\\^", *text)       ? "\\%c"
							   : "%c",
			      *text);
	gm_buf_putc(&b, '$');
	return b.ptr;
}

int gm_config_swap(struct gm_repo *r, const char *name, const char *old,
		   const char *value, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *match = literally(&a, old);
	struct values v = { .a = &a };
	git_config *own;
	int rc;

	if (open_own(&own, r, err) < 0)
		return -1;
	rc = git_config_get_multivar_foreach(own, name, match, add_value, &v);
	if (!rc && v.list.n)
		rc = value ? git_config_set_multivar(own, name, match, value)
			   : git_config_delete_multivar(own, name, match);
	git_config_free(own);
	if (rc < 0 && rc != GIT_ENOTFOUND)
		return gm_lib_fail(err, GM_EGIT, "cannot change '%s'", name);
	return 0;
}

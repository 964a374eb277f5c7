#include "check/pusher.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 320

const char *const gm_pusher_variables[] = {
	"GL_USER",
	"GITEA_PUSHER_NAME",
	"GITEA_PUSHER_EMAIL",
	"GL_USERNAME",
	"GITHUB_USER_LOGIN",
	"REMOTE_USER",
	/* Set when it is no person's key that pushes. */
	"GITEA_DEPLOY_KEY_ID",
	NULL,
};

static const struct host {
	const char *name;
	const char *variables[2];
	const char *machine; /* set and not 0: a key of no person */
} hosts[] = {
	{ "gitolite", { "GL_USER" }, NULL },
	{ "gitea",
	  { "GITEA_PUSHER_NAME", "GITEA_PUSHER_EMAIL" },
	  "GITEA_DEPLOY_KEY_ID" },
	{ "gitlab", { "GL_USERNAME" }, NULL },
	{ "github", { "GITHUB_USER_LOGIN" }, NULL },
	{ "http", { "REMOTE_USER" }, NULL },
};

static const struct host *find(const char *name)
{
	for (size_t i = 0; i < GM_COUNT(hosts); i++)
		if (!strcmp(hosts[i].name, name))
			return &hosts[i];
	return NULL;
}

int gm_pusher_read(struct gm_pusher *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err)
{
	struct gm_pusher pusher = { .unknown = true };
	const struct host *host;
	const char *name;

	if (gm_config_get(&name, a, r, "migrate.pusher", err) < 0)
		return -1;
	if (!name) {
		*out = pusher;
		return 0;
	}
	host = find(name);
	if (!host) {
		gm_fail(err, GM_EINPUT, "migrate.pusher is '%s'", name);
		return gm_hint(err, "It is one of gitolite, gitea, gitlab,"
				    " github and http.");
	}
	for (size_t i = 0; i < GM_COUNT(host->variables); i++) {
		const char *variable = host->variables[i];
		const char *value = variable ? getenv(variable) : NULL;

		if (value && *value && strlen(value) <= NAME_MAX_BYTES)
			*GM_PUSH(a, &pusher.names) = gm_strdup(a, value);
	}
	pusher.unknown = !pusher.names.n;
	if (host->machine) {
		const char *value = getenv(host->machine);

		pusher.unknown |= value && *value && strcmp(value, "0") != 0;
	}
	*out = pusher;
	return 0;
}

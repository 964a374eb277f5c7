/* What a server's own configuration pins. */
#include <string.h>

#include "check/push.h"
#include "git/ref.h"

/* The least and the most a hook may take to answer. */
#define DEADLINE_MS 3500
#define DEADLINE_MIN_MS 100
#define DEADLINE_MAX_MS 3600000

static int read_deadline(int64_t *out, struct gm_arena *a,
			 const struct gm_repo *r, struct gm_err *err)
{
	const char *text;
	uint64_t value;

	*out = DEADLINE_MS;
	if (gm_config_get(&text, a, r, "migrate.deadline", err) < 0)
		return -1;
	if (!text)
		return 0;
	if (!gm_str_uint(&value, gm_str(text)) || value < DEADLINE_MIN_MS ||
	    value > DEADLINE_MAX_MS) {
		gm_fail(err, GM_EINPUT, "migrate.deadline is '%s'", text);
		return gm_hint(err, "Give it in milliseconds, %d to %d.",
			       DEADLINE_MIN_MS, DEADLINE_MAX_MS);
	}
	*out = (int64_t)value;
	return 0;
}

static int read_floor(int64_t *out, struct gm_arena *a, const struct gm_repo *r,
		      struct gm_err *err)
{
	const char *text;
	uint64_t value;

	if (gm_config_get(&text, a, r, "migrate.policyVersion", err) < 0)
		return -1;
	if (!text)
		return 0;
	if (!gm_str_uint(&value, gm_str(text)) || value > INT32_MAX) {
		gm_fail(err, GM_EINPUT, "migrate.policyVersion is '%s'", text);
		return gm_hint(err, "It is the lowest version of the policy"
				    " to judge by, a number.");
	}
	*out = (int64_t)value;
	return 0;
}

int gm_server_read(struct gm_server *out, struct gm_arena *a,
		   const struct gm_repo *r, struct gm_err *err)
{
	struct gm_server s = { 0 };
	const char *enforce;

	if (gm_config_get(&s.policy_ref, a, r, "migrate.policyRef", err) < 0 ||
	    gm_config_get(&s.project, a, r, "migrate.project", err) < 0 ||
	    gm_config_get(&enforce, a, r, "migrate.enforce", err) < 0 ||
	    gm_config_all(&s.allow, a, r, "migrate.allowRef", err) < 0 ||
	    gm_config_get(&s.recorder, a, r, "migrate.recorder", err) < 0 ||
	    read_deadline(&s.deadline_ms, a, r, err) < 0 ||
	    read_floor(&s.policy_floor, a, r, err) < 0 ||
	    gm_pusher_read(&s.pusher, a, r, err) < 0)
		return -1;
	s.pinned = s.policy_ref != NULL;
	if (!s.pinned && gm_ref_head(&s.policy_ref, a, r, err) < 0)
		return -1;
	if (!s.policy_ref || !gm_ref_valid(gm_str(s.policy_ref))) {
		gm_fail(err, GM_EPOLICY, "the server names no policy ref");
		return gm_hint(err, "An administrator runs 'git migrate init"
				    " --server' in the repository.");
	}
	if (enforce && strcmp(enforce, "warn") && strcmp(enforce, "refuse")) {
		gm_fail(err, GM_EINPUT, "migrate.enforce is '%s'", enforce);
		return gm_hint(err, "It is 'refuse' or 'warn'.");
	}
	s.warn_only = enforce && !strcmp(enforce, "warn");
	*out = s;
	return 0;
}

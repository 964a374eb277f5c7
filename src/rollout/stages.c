#include "rollout/stages.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "policy/value.h"

static const struct {
	const char *name, *slug;
	int order;
} stages[GM_STAGE_COUNT] = {
	[GM_STAGE_CHECKPOINT] = { "checkpoint", "checkpoint", 10 },
	[GM_STAGE_EXPAND] = { "expand", "expand", 20 },
	[GM_STAGE_DEPLOY] = { "deploy", "deploy", 30 },
	[GM_STAGE_BACKFILL] = { "backfill", "backfill", 40 },
	[GM_STAGE_ENABLE] = { "enable", "enable-canary", 50 },
	[GM_STAGE_OBSERVE] = { "observe", "observe", 60 },
	[GM_STAGE_CONTRACT] = { "contract", "contract", 70 },
	[GM_STAGE_ROLLBACK] = { "rollback", "rollback", 80 },
	[GM_STAGE_RESTORE] = { "restore", "restore", 90 },
	[GM_STAGE_WIDEN] = { "widen", "widen", 95 },
	[GM_STAGE_CLOSE] = { "close", "close", 99 },
};

/* "gm-", "-50-enable-canary" and "-backfill-01234567-99" have to fit. */
#define SHORT_MAX (GM_NAME_MAX - 3 - 21)

const char *gm_stage_name(enum gm_stage stage)
{
	return stages[stage].name;
}

bool gm_stage_find(enum gm_stage *out, struct gm_str name)
{
	for (int i = 0; i < GM_STAGE_COUNT; i++) {
		if (!gm_str_is(name, stages[i].name))
			continue;
		*out = (enum gm_stage)i;
		return true;
	}
	return false;
}

int gm_stage_order(enum gm_stage stage)
{
	return stages[stage].order;
}

const char *gm_stage_slug(enum gm_stage stage)
{
	return stages[stage].slug;
}

/* NULL when a byte of it has nothing to stand for it. */
static const char *slug_of(struct gm_arena *a, const char *id)
{
	struct gm_buf out = gm_buf(a);

	for (const char *s = id; *s; s++) {
		bool upper = *s >= 'A' && *s <= 'Z';

		if (upper || (*s >= 'a' && *s <= 'z') ||
		    (*s >= '0' && *s <= '9'))
			gm_buf_putc(&out, (char)(upper ? *s + 32 : *s));
		else if (!strchr("_-.+ ", *s))
			return NULL;
		else if (out.len && out.ptr[out.len - 1] != '-')
			gm_buf_putc(&out, '-');
	}
	while (out.len && out.ptr[out.len - 1] == '-')
		out.ptr[--out.len] = '\0';
	return out.len ? out.ptr : NULL;
}

/* What the policy says, else what is made of the id; NULL: nothing. */
static const char *name_of(struct gm_arena *a,
			   const struct gm_policy_flux *flux, const char *id)
{
	for (size_t i = 0; i < flux->n_names; i++)
		if (!strcmp(flux->names[i].id, id))
			return flux->names[i].name;
	return slug_of(a, id);
}

int gm_short_name(const char **out, struct gm_arena *a,
		  const struct gm_policy_flux *flux, const char *id,
		  struct gm_err *err)
{
	const char *name = name_of(a, flux, id);
	bool taken = name && !strcmp(name, GM_ACCOUNTS_DIR);

	if (name && !taken && strlen(name) <= SHORT_MAX) {
		*out = name;
		return 0;
	}
	if (taken)
		gm_fail(err, GM_EINPUT,
			"R18: '%s' cannot be called '%s': that is the"
			" directory of the accounts",
			id, name);
	else if (name)
		gm_fail(err, GM_EINPUT,
			"R18: names made of '%s' would be longer than %d"
			" characters",
			id, GM_NAME_MAX);
	else
		gm_fail(err, GM_EINPUT,
			"R18: '%s' cannot stand in the name of an object", id);
	return gm_hint(err,
		       "Give it a short name in the policy: flux: {names: "
		       "{\"%s\": \"m0042\"}}.",
		       id);
}

int gm_object_name(const char *what, const char *name, size_t max,
		   struct gm_err *err)
{
	if (strlen(name) > max) {
		gm_fail(err, GM_EINPUT,
			"R18: the name of the %s is longer than %zu"
			" characters: '%s'",
			what, max, name);
		return gm_hint(err, "Give it, or the migration (flux: names), a"
				    " shorter name in the policy.");
	}
	if (max == GM_CLUSTER_NAME_MAX &&
	    (name[0] < 'a' || name[0] > 'z' || strchr(name, '.'))) {
		gm_fail(err, GM_EINPUT,
			"R18: a %s cannot be called '%s': it begins with a"
			" letter and has no dots",
			what, name);
		return gm_hint(err, "Name it otherwise in the policy.");
	}
	if (!gm_value_label(gm_str(name)))
		return 0;
	gm_fail(err, GM_EINPUT, "R18: '%s' is no name for a %s", name, what);
	return gm_hint(err, "Only a-z, 0-9 and, inside, '-' and '.' may be in"
			    " it.");
}

const char *gm_pattern_fill(struct gm_arena *a, const char *pattern,
			    const char *env, const char *cluster)
{
	struct gm_buf out = gm_buf(a);
	struct gm_str rest = gm_str(pattern);

	if (!pattern)
		return NULL;
	while (rest.len) {
		struct gm_str env_word = GM_STR("{env}");
		struct gm_str cluster_word = GM_STR("{cluster}");

		if (gm_str_starts(rest, env_word)) {
			gm_buf_puts(&out, env);
			rest = gm_str_sub(rest, env_word.len, rest.len);
		} else if (gm_str_starts(rest, cluster_word)) {
			gm_buf_puts(&out, cluster);
			rest = gm_str_sub(rest, cluster_word.len, rest.len);
		} else {
			gm_buf_putc(&out, *rest.ptr);
			rest = gm_str_sub(rest, 1, rest.len);
		}
	}
	return out.ptr;
}

const char *gm_content_hash(struct gm_arena *a, struct gm_str content)
{
	char hex[GM_SHA256_HEX + 1];

	gm_sha256_hex(hex, content);
	return gm_strndup(a, hex, GM_HASH_LEN);
}

const char *gm_config_name(struct gm_arena *a, const char *name,
			   enum gm_stage stage, const char *hash)
{
	return gm_printf(a, "gm-%s-%s-%s", name, gm_stage_name(stage), hash);
}

const char *gm_job_name(struct gm_arena *a, const char *name,
			enum gm_stage stage, const char *hash, unsigned attempt)
{
	return gm_printf(a, "gm-%s-%s-%s-%u", name, gm_stage_name(stage), hash,
			 attempt);
}

bool gm_lsn_valid(struct gm_str s)
{
	size_t slash = gm_str_find(s, '/');

	for (size_t i = 0; i < s.len; i++)
		if (i != slash && !strchr("0123456789ABCDEF", s.ptr[i]))
			return false;
	return slash > 0 && slash <= 8 && s.len > slash + 1 &&
	       s.len - slash <= 9;
}

#include "cmd/units.h"

#include <string.h>

#include "base/clock.h"
#include "migration/bundle.h"

int gm_units_file(struct gm_str *out, struct gm_ctx *cx,
		  const struct gm_migration_file *file, struct gm_err *err)
{
	if (file->mode != GM_MODE_FILE && file->mode != GM_MODE_EXEC) {
		gm_fail(err, GM_EINPUT, "it is not a regular file");
		return gm_fail_at(err, gm_str_dup(cx->arena, file->path), 0, 0);
	}
	if (gm_blob_read(out, cx->arena, cx->repo, &file->oid, GM_SQL_MAX,
			 err) < 0) {
		if (err->code == GM_ELIMIT)
			gm_hint(err, "Cut it into several migrations: a file of"
				     " SQL has up to 4 MiB.");
		return gm_fail_at(err, gm_str_dup(cx->arena, file->path), 0, 0);
	}
	if (!out->ptr)
		*out = GM_STR("");
	return 0;
}

/* "key = false" in metadata.toml, "key=false" in a .conf. */
static bool says_false(struct gm_str text, const char *key)
{
	struct gm_str line, name;

	while (gm_str_line(&line, &text)) {
		if (!gm_str_split(&name, &line, '='))
			continue;
		if (gm_str_is(gm_str_trim(name), key) &&
		    gm_str_starts(gm_str_trim(line), GM_STR("false")))
			return true;
	}
	return false;
}

static bool is_loose(struct gm_str config)
{
	return says_false(config, "run_in_transaction") ||
	       says_false(config, "executeInTransaction");
}

static int read_config(struct gm_apply_unit *u, struct gm_ctx *cx,
		       const struct gm_migration *m, struct gm_err *err)
{
	const struct gm_migration_file *file =
		gm_migration_file(m, GM_ROLE_CONFIG);
	struct gm_str text;

	if (!file)
		return 0;
	if (gm_units_file(&text, cx, file, err) < 0)
		return -1;
	u->loose = is_loose(text);
	return 0;
}

static int read_unit(struct gm_apply_unit *u, struct gm_ctx *cx,
		     const struct gm_migration *m,
		     const struct gm_overview_item *item,
		     const struct gm_migration_file *up, struct gm_err *err)
{
	const struct gm_migration_file *verify =
		gm_migration_file(m, GM_ROLE_VERIFY);

	u->id = m->id;
	u->path = gm_str_dup(cx->arena, up->path);
	u->digest = item->digest;
	u->phase = m->meta.phase;
	u->repeatable = m->repeatable;
	if (gm_units_file(&u->up, cx, up, err) < 0)
		return -1;
	if (item->unread) {
		gm_fail(err, GM_EINPUT, "%s", item->unread);
		return gm_fail_at(err, u->path, 0, 0);
	}
	if (!u->digest)
		return gm_fail(err, GM_EINPUT,
			       "a file of migration '%s' cannot be read",
			       u->id);
	if (verify) {
		if (gm_units_file(&u->verify, cx, verify, err) < 0)
			return -1;
		u->verify_path = gm_str_dup(cx->arena, verify->path);
	}
	return read_config(u, cx, m, err);
}

int gm_units_read(struct gm_units *out, struct gm_ctx *cx,
		  const struct gm_overview *o, struct gm_err *err)
{
	struct gm_units units = { .from = o };

	*out = units;
	if (!o->set)
		return 0;
	if (o->set->duplicates.n)
		return gm_fail(err, GM_EINPUT, "%s",
			       o->set->duplicates.items[0].words);
	for (size_t i = 0; i < o->n; i++) {
		const struct gm_migration *m = o->set->items[i];
		const struct gm_migration_file *up =
			gm_migration_file(m, GM_ROLE_UP);
		struct gm_apply_unit u = { .version = m->version,
					   .revision = o->head };

		if (!up || m->baseline) {
			*GM_PUSH(cx->arena, &units.passed) = gm_printf(
				cx->arena, "'%s' is left out: %s", m->id,
				up ? "it is a baseline of another tool"
				   : "it has no up SQL");
			continue;
		}
		if (read_unit(&u, cx, m, &o->items[i], up, err) < 0)
			return -1;
		*GM_PUSH(cx->arena, &units) = u;
	}
	*out = units;
	return 0;
}

void gm_units_bundle(struct gm_units *out, struct gm_ctx *cx,
		     const struct gm_bundle *b)
{
	const struct gm_bundle_file *up = gm_bundle_file(b, GM_ROLE_UP);
	const struct gm_bundle_file *verify = gm_bundle_file(b, GM_ROLE_VERIFY);
	const struct gm_bundle_file *config = gm_bundle_file(b, GM_ROLE_CONFIG);
	struct gm_units units = { 0 };
	struct gm_apply_unit *u = GM_PUSH(cx->arena, &units);

	*u = (struct gm_apply_unit){
		.id = b->id,
		.path = gm_str_dup(cx->arena, up->path),
		.digest = b->digest,
		.phase = b->meta.phase,
		.up = up->content,
		.repeatable = b->repeatable,
		.loose = config && is_loose(config->content),
		.revision = b->revision,
	};
	if (!u->up.ptr)
		u->up = GM_STR("");
	if (verify) {
		u->verify = verify->content.ptr ? verify->content : GM_STR("");
		u->verify_path = gm_str_dup(cx->arena, verify->path);
	}
	*out = units;
}

int gm_units_duration(int64_t *ms, const char *name, const char *text,
		      struct gm_err *err)
{
	int64_t seconds;

	if (!text || !*text)
		return 0;
	if (!gm_duration_parse(&seconds, gm_str(text))) {
		gm_fail(err, GM_EUSAGE, "'%s' is no duration for --%s", text,
			name);
		return gm_hint(err, "Write a number with s, m, h, d or w behind"
				    " it: 30s.");
	}
	*ms = seconds * 1000;
	return 0;
}

int gm_units_uri(const char **out, struct gm_ctx *cx, const char *db,
		 const char *env, struct gm_err *err)
{
	*out = db;
	if (db || !env || !cx->repo)
		return 0;
	return gm_config_get(out, cx->arena, cx->repo,
			     gm_printf(cx->arena, "migrate.%s.url", env), err);
}

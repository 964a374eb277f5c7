#include "migration/set.h"

#include "base/digest.h"
#include "base/escape.h"

static int add_file(struct gm_buf *text, const struct gm_repo *r,
		    const struct gm_migration_file *file, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	char hex[GM_SHA256_HEX + 1];
	struct gm_str content;

	if (gm_blob_read(&content, &a, r, &file->oid, GM_MIGRATION_MAX, err) <
	    0)
		return gm_fail_at(err, gm_str_dup(&a, file->path), 0, 0);
	gm_sha256_hex(hex, content);
	gm_buf_printf(text, "file %s %s ", gm_role_name(file->role), hex);
	gm_percent_encode(text, file->path);
	gm_buf_putc(text, '\n');
	return 0;
}

static void add_meta(struct gm_buf *text, const char *key, const char *value)
{
	if (!value)
		return;
	gm_buf_printf(text, "meta %s ", key);
	gm_percent_encode(text, gm_str(value));
	gm_buf_putc(text, '\n');
}

int gm_migration_digest(const char **out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_migration *m,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_buf text = gm_buf(&scratch);
	char hex[GM_SHA256_HEX + 1];
	const char *window = NULL;

	gm_buf_puts(&text, "git-migrate digest 1\nid ");
	gm_percent_encode(&text, gm_str(m->id));
	gm_buf_putc(&text, '\n');
	for (size_t i = 0; i < m->n_files; i++)
		if (add_file(&text, r, &m->files[i], err) < 0)
			return -1;
	if (m->meta.window)
		window = gm_printf(&scratch, "%lld", (long long)m->meta.window);
	add_meta(&text, "contracts", m->meta.contracts);
	add_meta(&text, "flag", m->meta.flag);
	add_meta(&text, "owner", m->meta.owner);
	add_meta(&text, "phase", gm_phase_name(m->meta.phase));
	add_meta(&text, "window", window);
	gm_sha256_hex(hex, gm_buf_view(&text));
	*out = gm_printf(a, "sha256:%s", hex);
	return 0;
}

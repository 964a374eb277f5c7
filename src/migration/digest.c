#include "migration/set.h"

#include "base/digest.h"
#include "base/escape.h"

static void add_meta(struct gm_buf *text, const char *key, const char *value)
{
	if (!value)
		return;
	gm_buf_printf(text, "meta %s ", key);
	gm_percent_encode(text, gm_str(value));
	gm_buf_putc(text, '\n');
}

const char *gm_digest_of(struct gm_arena *a, const char *id,
			 const struct gm_digest_file *files, size_t n,
			 const struct gm_meta *meta)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_buf text = gm_buf(&scratch);
	char hex[GM_SHA256_HEX + 1];
	const char *window = NULL;

	gm_buf_puts(&text, "git-migrate digest 1\nid ");
	gm_percent_encode(&text, gm_str(id));
	gm_buf_putc(&text, '\n');
	for (size_t i = 0; i < n; i++) {
		gm_buf_printf(&text, "file %s %s ", gm_role_name(files[i].role),
			      files[i].sha256);
		gm_percent_encode(&text, files[i].path);
		gm_buf_putc(&text, '\n');
	}
	if (meta->window)
		window = gm_printf(&scratch, "%lld", (long long)meta->window);
	add_meta(&text, "contracts", meta->contracts);
	add_meta(&text, "flag", meta->flag);
	add_meta(&text, "owner", meta->owner);
	add_meta(&text, "phase", gm_phase_name(meta->phase));
	add_meta(&text, "window", window);
	gm_sha256_hex(hex, gm_buf_view(&text));
	return gm_printf(a, "sha256:%s", hex);
}

static int hash_file(struct gm_digest_file *out, const struct gm_repo *r,
		     const struct gm_migration_file *file, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str content;

	if (gm_blob_read(&content, &a, r, &file->oid, GM_MIGRATION_MAX, err) <
	    0)
		return gm_fail_at(err, gm_str_dup(&a, file->path), 0, 0);
	gm_sha256_hex(out->sha256, content);
	out->role = file->role;
	out->path = file->path;
	return 0;
}

int gm_migration_digest(const char **out, struct gm_arena *a,
			const struct gm_repo *r, const struct gm_migration *m,
			struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_digest_file *files =
		gm_alloc_n(&scratch, m->n_files, sizeof(*files));

	for (size_t i = 0; i < m->n_files; i++)
		if (hash_file(&files[i], r, &m->files[i], err) < 0)
			return -1;
	*out = gm_digest_of(a, m->id, files, m->n_files, &m->meta);
	return 0;
}

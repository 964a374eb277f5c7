#include "approval/approvals.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/escape.h"
#include "policy/policy.h"

#define FILES_MAX 1000
#define FILE_MAX ((size_t)4 << 20)

static int add_file(struct gm_buf *text, const struct gm_repo *r,
		    const struct gm_file *file, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	char hex[GM_SHA256_HEX + 1];
	struct gm_str content;

	if (file->mode != GM_MODE_FILE && file->mode != GM_MODE_EXEC) {
		gm_fail(err, GM_EPOLICY, "what is enforced is no plain file");
		return gm_fail_at(err, gm_str_dup(&a, file->path), 0, 0);
	}
	if (gm_blob_read(&content, &a, r, &file->oid, FILE_MAX, err) < 0)
		return gm_fail_at(err, gm_str_dup(&a, file->path), 0, 0);
	gm_sha256_hex(hex, content);
	gm_buf_printf(text, "file %s ", hex);
	gm_percent_encode(text, file->path);
	gm_buf_putc(text, '\n');
	return 0;
}

static bool is_enforced(struct gm_str path)
{
	return gm_str_is(path, GM_POLICY_PATH) ||
	       gm_str_is(path, GM_SIGNERS_PATH) ||
	       gm_str_is(path, GM_KEYS_DIR) ||
	       gm_str_starts(path, GM_STR(GM_KEYS_DIR "/"));
}

int gm_policy_digest(const char **out, struct gm_arena *a,
		     const struct gm_repo *r, const char *previous,
		     const struct gm_oid *commit, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_buf text = gm_buf(&scratch);
	char hex[GM_SHA256_HEX + 1];
	struct gm_files files;
	struct gm_commit c;

	if (gm_commit_read(&c, &scratch, r, commit, err) < 0 ||
	    gm_tree_files(&files, &scratch, r, &c.tree, GM_STR(".migrate"),
			  FILES_MAX, err) < 0)
		return -1;
	gm_buf_printf(&text, "git-migrate policy 1\nprevious %s\n",
		      previous ? previous : "none");
	for (size_t i = 0; i < files.n; i++)
		if (is_enforced(files.items[i].path) &&
		    add_file(&text, r, &files.items[i], err) < 0)
			return -1;
	gm_sha256_hex(hex, gm_buf_view(&text));
	*out = gm_printf(a, "sha256:%s", hex);
	return 0;
}

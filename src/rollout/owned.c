#include "rollout/owned.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/escape.h"

#define HEAD "# git-migrate 1"

static int bad(const char *path, size_t line, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "this was not written by git migrate emit");
	gm_fail_at(err, path, line, 0);
	return gm_hint(err, "Take it back from git, or emit into an empty"
			    " directory.");
}

static bool word(struct gm_str *out, struct gm_str *rest)
{
	return gm_str_split(out, rest, ' ') && out->len;
}

static bool is_hash(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.ptr[i]))
			return false;
	return s.len == GM_SHA256_HEX;
}

static bool read_stage(struct gm_owned *o, struct gm_arena *a,
		       struct gm_str rest)
{
	struct gm_progress_item item = { 0 };
	struct gm_str dir, state, attempt, record = GM_STR_NONE;
	uint64_t n;

	if (!word(&dir, &rest) || !word(&state, &rest) ||
	    !word(&attempt, &rest) ||
	    (word(&record, &rest) && !is_hash(record)) || rest.len ||
	    !gm_slot_state_find(&item.state, state) ||
	    !gm_str_uint(&n, attempt) || n < 1 || n > 99)
		return false;
	item.dir = gm_str_dup(a, dir);
	item.attempt = (unsigned)n;
	item.record = record.len ? gm_str_dup(a, record) : NULL;
	*GM_PUSH(a, &o->progress) = item;
	return true;
}

static bool read_comment(struct gm_owned *o, struct gm_arena *a,
			 struct gm_str line)
{
	struct gm_str rest = gm_str_sub(line, 2, line.len), key;
	struct gm_buf text = gm_buf(a);

	if (!word(&key, &rest))
		return false;
	if (gm_str_is(key, "accounts")) {
		o->accounts = true;
		return !rest.len && !o->id && !o->progress.n;
	}
	if (gm_str_is(key, "stage"))
		return read_stage(o, a, rest);
	if (gm_str_is(key, "lsn")) {
		o->progress.lsn = gm_str_dup(a, rest);
		return gm_lsn_valid(rest);
	}
	if (!gm_str_is(key, "migration") || o->id ||
	    !gm_percent_decode(&text, rest))
		return false;
	o->id = text.ptr;
	return text.len > 0;
}

static bool read_file(struct gm_owned *o, struct gm_arena *a,
		      struct gm_str line)
{
	struct gm_str hash = gm_str_sub(line, 0, GM_SHA256_HEX);
	struct gm_str path = gm_str_sub(line, GM_SHA256_HEX + 2, line.len);
	struct gm_owned_file *f;

	if (line.len < GM_SHA256_HEX + 3 || line.ptr[GM_SHA256_HEX] != ' ' ||
	    line.ptr[GM_SHA256_HEX + 1] != ' ')
		return false;
	if (!is_hash(hash))
		return false;
	/* A path that leads out of the directory is none of ours. */
	if (path.ptr[0] == '/' || path.ptr[0] == '.' ||
	    memmem(path.ptr, path.len, "/.", 2) ||
	    gm_str_find(path, '\\') < path.len)
		return false;
	f = GM_PUSH(a, o);
	f->sha256 = gm_str_dup(a, hash);
	f->path = gm_str_dup(a, path);
	return o->n < 2 || strcmp(f[-1].path, f->path) < 0;
}

int gm_owned_read(struct gm_owned *out, struct gm_arena *a, const char *path,
		  struct gm_str text, struct gm_err *err)
{
	struct gm_owned o = { 0 };
	struct gm_str line;

	for (size_t n = 1; gm_str_line(&line, &text); n++) {
		bool fine;

		if (memchr(line.ptr, '\0', line.len))
			fine = false;
		else if (n == 1)
			fine = gm_str_is(line, HEAD);
		else if (gm_str_starts(line, GM_STR("# ")))
			fine = read_comment(&o, a, line);
		else
			fine = read_file(&o, a, line);
		if (!fine)
			return bad(path, n, err);
	}
	if (!o.id == !o.accounts || (o.accounts && o.progress.n))
		return bad(path, 1, err);
	*out = o;
	return 0;
}

static int by_path(const void *key, const void *item)
{
	return strcmp(key, ((const struct gm_owned_file *)item)->path);
}

const char *gm_owned_find(const struct gm_owned *o, const char *path)
{
	const struct gm_owned_file *f =
		o->n ? bsearch(path, o->items, o->n, sizeof(*o->items), by_path)
		     : NULL;

	return f ? f->sha256 : NULL;
}

static void write_stage(struct gm_buf *out, const struct gm_progress_item *item)
{
	gm_buf_printf(out, "# stage %s %s %u%s%s\n", item->dir,
		      gm_slot_state_name(item->state), item->attempt,
		      item->record ? " " : "",
		      item->record ? item->record : "");
}

struct gm_str gm_owned_write(struct gm_arena *a, const char *id,
			     const struct gm_progress *progress,
			     const struct gm_fileset *files, const char *dir)
{
	struct gm_buf out = gm_buf(a);

	gm_buf_puts(&out, HEAD "\n");
	if (id) {
		gm_buf_puts(&out, "# migration ");
		gm_percent_encode(&out, gm_str(id));
		gm_buf_putc(&out, '\n');
	} else {
		gm_buf_puts(&out, "# accounts\n");
	}
	for (size_t i = 0; progress && i < progress->n; i++)
		write_stage(&out, &progress->items[i]);
	if (progress && progress->lsn)
		gm_buf_printf(&out, "# lsn %s\n", progress->lsn);
	for (size_t i = 0; i < files->n; i++) {
		char hex[GM_SHA256_HEX + 1];

		gm_sha256_hex(hex, files->items[i].content);
		gm_buf_printf(&out, "%s  %s\n", hex,
			      files->items[i].path + strlen(dir) + 1);
	}
	return gm_buf_view(&out);
}

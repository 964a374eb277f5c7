#include "git/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/map.h"
#include "git/lib.h"

/* So few are written as files of their own; git does the same on a push. */
#define LOOSE_MAX 100
/* "commit", a blank, a size and a NUL. */
#define HEAD_MAX 32

struct item {
	git_object_t type;
	struct gm_str content;
};

struct gm_batch {
	struct gm_arena arena;
	struct gm_map seen; /* by their names */
	struct item *items;
	size_t n, cap;
};

void gm_batch_free(struct gm_batch *b)
{
	if (!b)
		return;
	gm_arena_done(&b->arena);
	free(b);
}

int gm_batch_begin(struct gm_repo *r, struct gm_err *err)
{
	if (gm_repo_may_write(r, err) < 0)
		return -1;
	gm_batch_free(r->batch);
	r->batch = calloc(1, sizeof(*r->batch));
	if (!r->batch)
		return gm_fail(err, GM_ELIMIT, "out of memory");
	r->batch->seen = gm_map(&r->batch->arena);
	return 0;
}

/* SHA-1 as it is: libgit2 looks for collisions when it reads the pack. */
static void sha1_of(git_oid *out, struct gm_str raw)
{
	char hex[GM_SHA1_HEX + 1];
	struct gm_oid oid;

	gm_sha1_hex(hex, raw);
	if (!gm_oid_parse(&oid, gm_str(hex)))
		GM_BUG("no SHA-1");
	*out = gm_lib_oid(&oid);
}

void gm_batch_add(git_oid *out, struct gm_batch *b, struct gm_str content,
		  git_object_t type)
{
	char *raw = gm_alloc(&b->arena, HEAD_MAX + content.len);
	int head = snprintf(raw, HEAD_MAX, "%s %zu",
			    git_object_type2string(type), content.len);
	struct item *item;
	git_oid *id;

	memcpy(raw + head + 1, content.ptr, content.len);
	sha1_of(out, (struct gm_str){ raw, (size_t)head + 1 + content.len });
	if (gm_map_get(&b->seen,
		       (struct gm_str){ (const char *)out->id, GIT_OID_RAWSZ }))
		return;
	id = gm_alloc(&b->arena, sizeof(*id));
	*id = *out;
	gm_map_set(&b->seen,
		   (struct gm_str){ (const char *)id->id, GIT_OID_RAWSZ }, id);
	item = GM_PUSH(&b->arena, b);
	item->type = type;
	item->content = (struct gm_str){ raw + head + 1, content.len };
}

static int write_loose(struct gm_repo *r, const struct gm_batch *b,
		       struct gm_err *err)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct item *item = &b->items[i];
		git_oid id;

		if (git_odb_write(&id, r->odb, item->content.ptr,
				  item->content.len, item->type) < 0)
			return gm_lib_fail(err, GM_EGIT, "cannot write a %s",
					   git_object_type2string(item->type));
	}
	return 0;
}

/* --- a pack: gitformat-pack(5) --- */

static void add_number(struct gm_buf *out, size_t n)
{
	const unsigned char bytes[] = {
		(unsigned char)(n >> 24),
		(unsigned char)(n >> 16),
		(unsigned char)(n >> 8),
		(unsigned char)n,
	};

	gm_buf_add(out, bytes, sizeof(bytes));
}

/* Type and size: four bits of it, then seven at a time. */
static void add_head(struct gm_buf *out, const struct item *item)
{
	size_t left = item->content.len >> 4;
	unsigned byte =
		(unsigned)item->type << 4 | (unsigned)(item->content.len & 15);

	for (; left; left >>= 7) {
		gm_buf_putc(out, (char)(byte | 0x80));
		byte = (unsigned)(left & 0x7f);
	}
	gm_buf_putc(out, (char)byte);
}

static int add_deflated(struct gm_buf *out, z_stream *z, struct gm_str content)
{
	unsigned char chunk[16384];
	int rc;

	/* zlib does not write there. */
	memcpy(&z->next_in, &content.ptr, sizeof(z->next_in));
	z->avail_in = (uInt)content.len;
	do {
		z->next_out = chunk;
		z->avail_out = sizeof(chunk);
		rc = deflate(z, Z_FINISH);
		gm_buf_add(out, chunk, sizeof(chunk) - z->avail_out);
	} while (rc == Z_OK);
	return rc == Z_STREAM_END && deflateReset(z) == Z_OK ? 0 : -1;
}

static int make_pack(struct gm_buf *out, const struct gm_batch *b,
		     struct gm_err *err)
{
	git_oid sum;
	z_stream z = { 0 };
	int rc = 0;

	/* Its tables are cleared for each object: most of those are small. */
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS, 5,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return gm_fail(err, GM_ELIMIT, "out of memory");
	gm_buf_puts(out, "PACK");
	add_number(out, 2);
	add_number(out, b->n);
	for (size_t i = 0; i < b->n && rc == 0; i++) {
		add_head(out, &b->items[i]);
		rc = add_deflated(out, &z, b->items[i].content);
	}
	deflateEnd(&z);
	if (rc < 0)
		return gm_fail(err, GM_EGIT, "cannot compress an object");
	sha1_of(&sum, gm_buf_view(out));
	gm_buf_add(out, sum.id, GIT_OID_RAWSZ);
	return 0;
}

static int write_pack(struct gm_repo *r, struct gm_batch *b, struct gm_err *err)
{
	struct gm_buf pack = gm_buf(&b->arena);
	git_indexer_progress stats = { 0 };
	git_odb_writepack *to = NULL;
	int rc;

	if (make_pack(&pack, b, err) < 0)
		return -1;
	rc = git_odb_write_pack(&to, r->odb, NULL, NULL);
	if (rc >= 0)
		rc = to->append(to, pack.ptr, pack.len, &stats);
	/*
	 * libgit2 stops where the map of the file ends early in an object, and
	 * goes on with the next piece, even if that is empty.
	 */
	for (size_t i = 0; rc >= 0 && stats.received_objects < b->n &&
			   i < 64 + (pack.len >> 14);
	     i++)
		rc = to->append(to, "", 0, &stats);
	if (rc >= 0)
		rc = to->commit(to, &stats);
	if (rc < 0)
		gm_lib_fail(err, GM_EGIT, "cannot write %zu objects", b->n);
	if (to)
		to->free(to);
	return rc < 0 ? -1 : 0;
}

int gm_batch_end(struct gm_repo *r, struct gm_err *err)
{
	struct gm_batch *b = r->batch;
	int rc;

	if (!b)
		GM_BUG("no batch was begun");
	r->batch = NULL;
	rc = b->n <= LOOSE_MAX ? write_loose(r, b, err) : write_pack(r, b, err);
	gm_batch_free(b);
	return rc;
}

#include "git/object.h"

#include "git/lib.h"

#include <string.h>

#define PEEL_DEPTH 8

static enum gm_object_kind kind_of(git_object_t type)
{
	switch (type) {
	case GIT_OBJECT_COMMIT:
		return GM_OBJECT_COMMIT;
	case GIT_OBJECT_TREE:
		return GM_OBJECT_TREE;
	case GIT_OBJECT_BLOB:
		return GM_OBJECT_BLOB;
	case GIT_OBJECT_TAG:
		return GM_OBJECT_TAG;
	default:
		return GM_OBJECT_NONE;
	}
}

static const char *kind_name(enum gm_object_kind kind)
{
	static const char *const names[] = {
		[GM_OBJECT_NONE] = "object", [GM_OBJECT_COMMIT] = "commit",
		[GM_OBJECT_TREE] = "tree",   [GM_OBJECT_BLOB] = "blob",
		[GM_OBJECT_TAG] = "tag",
	};

	return names[kind];
}

static void hex_of(char hex[GM_OID_HEX + 1], const struct gm_oid *oid)
{
	git_oid id = gm_lib_oid(oid);

	git_oid_tostr(hex, GM_OID_HEX + 1, &id);
}

/* What a failed read means. */
static int read_failed(const struct gm_oid *oid, const char *what, size_t max,
		       struct gm_err *err)
{
	char hex[GM_OID_HEX + 1];

	hex_of(hex, oid);
	if (gm_lib_capped())
		return gm_fail(err, GM_ELIMIT, "%s %s is larger than %zu bytes",
			       what, hex, max);
	return gm_lib_fail(err, GM_EGIT, "cannot read %s %s", what, hex);
}

static int header(size_t *size, git_object_t *type, const struct gm_repo *r,
		  const struct gm_oid *oid, struct gm_err *err)
{
	git_oid id = gm_lib_oid(oid);
	size_t old = gm_lib_cap(GM_LIB_CAP);
	int rc = git_odb_read_header(size, type, r->odb, &id);

	gm_lib_cap(old);
	if (rc < 0)
		return read_failed(oid, "object", GM_LIB_CAP, err);
	return 0;
}

enum gm_object_kind gm_object_kind(const struct gm_repo *r,
				   const struct gm_oid *oid)
{
	struct gm_err err = GM_ERR_INIT;
	git_object_t type;
	size_t size;

	if (header(&size, &type, r, oid, &err) < 0)
		return GM_OBJECT_NONE;
	return kind_of(type);
}

int gm_object_size(uint64_t *out, const struct gm_repo *r,
		   const struct gm_oid *oid, struct gm_err *err)
{
	git_object_t type;
	size_t size;

	if (header(&size, &type, r, oid, err) < 0)
		return -1;
	*out = size;
	return 0;
}

static int check_read(git_odb_object *object, const struct gm_oid *oid,
		      enum gm_object_kind kind, size_t max, struct gm_err *err)
{
	enum gm_object_kind is = kind_of(git_odb_object_type(object));
	bool wanted = kind == GM_OBJECT_NONE || is == kind;
	char hex[GM_OID_HEX + 1];

	if (wanted && git_odb_object_size(object) <= max)
		return 0;
	hex_of(hex, oid);
	if (!wanted)
		return gm_fail(err, GM_EGIT, "%s is a %s, not a %s", hex,
			       kind_name(is), kind_name(kind));
	return gm_fail(err, GM_ELIMIT, "%s %s is larger than %zu bytes",
		       kind_name(is), hex, max);
}

int gm_lib_borrow_once(struct gm_lib_object *out, const struct gm_repo *r,
		       const struct gm_oid *oid, enum gm_object_kind kind,
		       size_t max, struct gm_err *err)
{
	git_oid id = gm_lib_oid(oid);
	git_odb_object *object = NULL;
	size_t old;
	int rc;

	out->object = NULL;
	old = gm_lib_cap(max > GM_LIB_CAP ? max + 1 : GM_LIB_CAP);
	rc = git_odb_read(&object, r->odb, &id);
	gm_lib_cap(old);
	if (rc < 0)
		return read_failed(oid, kind_name(kind), max, err);
	if (check_read(object, oid, kind, max, err) < 0) {
		git_odb_object_free(object);
		return -1;
	}
	out->object = object;
	out->content.ptr = git_odb_object_data(object);
	out->content.len = git_odb_object_size(object);
	return 0;
}

int gm_lib_borrow(struct gm_lib_object *out, const struct gm_repo *r,
		  const struct gm_oid *oid, enum gm_object_kind kind,
		  size_t max, struct gm_err *err)
{
	bool keep = kind == GM_OBJECT_COMMIT || kind == GM_OBJECT_TREE;

	out->object = NULL;
	if (keep && gm_cache_get(&out->content, r->cache, oid, kind))
		return 0;
	if (gm_lib_borrow_once(out, r, oid, kind, max, err) < 0)
		return -1;
	if (keep)
		gm_cache_put(r->cache, oid, kind, out->content);
	return 0;
}

void gm_lib_release(struct gm_lib_object *object)
{
	git_odb_object_free(object->object);
	object->object = NULL;
}

int gm_lib_read(struct gm_str *out, struct gm_arena *a, const struct gm_repo *r,
		const struct gm_oid *oid, enum gm_object_kind kind, size_t max,
		struct gm_err *err)
{
	struct gm_lib_object object = { .object = NULL };

	if (gm_lib_borrow(&object, r, oid, kind, max, err) < 0)
		return -1;
	out->ptr = gm_str_dup(a, object.content);
	out->len = object.content.len;
	gm_lib_release(&object);
	return 0;
}

int gm_blob_read(struct gm_str *out, struct gm_arena *a,
		 const struct gm_repo *r, const struct gm_oid *oid, size_t max,
		 struct gm_err *err)
{
	struct gm_str content;
	char hex[GM_OID_HEX + 1];
	git_oid id;
	uint64_t size;

	if (gm_object_size(&size, r, oid, err) < 0)
		return -1;
	hex_of(hex, oid);
	if (size > max)
		return gm_fail(err, GM_ELIMIT,
			       "blob %s has %llu bytes, the limit is %zu", hex,
			       (unsigned long long)size, max);
	if (gm_lib_read(&content, a, r, oid, GM_OBJECT_BLOB, max, err) < 0)
		return -1;
	/* What is approved and run is never taken on the pack's word. */
	if (git_odb_hash(&id, content.ptr, content.len, GIT_OBJECT_BLOB) < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot hash blob %s", hex);
	if (memcmp(&id, oid, sizeof(id)))
		return gm_fail(err, GM_EGIT,
			       "blob %s is corrupt: its content has another "
			       "name",
			       hex);
	*out = content;
	return 0;
}

/* What the tag object names: its first line is "object <id>". */
static int tag_target(struct gm_oid *out, const struct gm_repo *r,
		      const struct gm_oid *oid, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str content;

	if (gm_lib_read(&content, &a, r, oid, GM_OBJECT_TAG, GM_COMMIT_MAX,
			err) < 0)
		return -1;
	if (!gm_str_starts(content, GM_STR("object ")) ||
	    content.len <= 7 + GM_OID_HEX ||
	    content.ptr[7 + GM_OID_HEX] != '\n' ||
	    !gm_oid_parse(out, gm_str_sub(content, 7, 7 + GM_OID_HEX)))
		return gm_fail(err, GM_EGIT, "tag %s is malformed",
			       gm_oid_hex(&a, oid));
	return 0;
}

int gm_object_peel(struct gm_oid *out, enum gm_object_kind *kind,
		   const struct gm_repo *r, const struct gm_oid *oid,
		   struct gm_err *err)
{
	struct gm_oid at = *oid;
	char hex[GM_OID_HEX + 1];
	git_object_t type;
	size_t size;

	for (int level = 0; level <= PEEL_DEPTH; level++) {
		if (header(&size, &type, r, &at, err) < 0)
			return -1;
		if (type != GIT_OBJECT_TAG) {
			*out = at;
			if (kind)
				*kind = kind_of(type);
			return 0;
		}
		if (tag_target(&at, r, &at, err) < 0)
			return -1;
	}
	hex_of(hex, oid);
	return gm_fail(err, GM_ELIMIT,
		       "tag %s names a tag that names a tag, over %d levels",
		       hex, PEEL_DEPTH);
}

int gm_rev_commit(struct gm_oid *out, const struct gm_repo *r, const char *rev,
		  struct gm_err *err)
{
	git_object *object;
	struct gm_oid oid;
	enum gm_object_kind kind;
	int rc = git_revparse_single(&object, r->lib, rev);

	if (rc == GIT_ENOTFOUND)
		return gm_fail(err, GM_ENOT_FOUND, "no revision '%s'", rev);
	if (rc < 0)
		return gm_lib_fail(err, GM_EINPUT, "bad revision '%s'", rev);
	oid = gm_oid_of(git_object_id(object));
	git_object_free(object);
	if (gm_object_peel(&oid, &kind, r, &oid, err) < 0)
		return -1;
	if (kind != GM_OBJECT_COMMIT)
		return gm_fail(err, GM_EINPUT, "'%s' is a %s, not a commit",
			       rev, kind_name(kind));
	*out = oid;
	return 0;
}

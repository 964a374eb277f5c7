#include "approval/exhibit.h"

#include <string.h>

#include "base/utf8.h"
#include "git/ref.h"

#define REMOTES "refs/notes/remotes/"
#define BAD_MAX 16

/* The name that a content of this hash is kept under. */
static struct gm_oid name_of(const char *sha256)
{
	struct gm_oid name;

	if (!gm_oid_parse(&name, gm_str_sub(gm_str(sha256), 0, GM_OID_HEX)))
		GM_BUG("no SHA-256");
	return name;
}

int gm_exhibit_keep(char sha256[GM_SHA256_HEX + 1], struct gm_repo *r,
		    struct gm_str content, struct gm_err *err)
{
	char hex[GM_SHA256_HEX + 1];
	struct gm_oid name;

	if (content.len > GM_EXHIBIT_MAX) {
		gm_fail(err, GM_ELIMIT,
			"it has %zu bytes, and no more than %zu are kept as"
			" evidence",
			content.len, GM_EXHIBIT_MAX);
		return gm_hint(err, "Keep it elsewhere, and record a text that"
				    " says where and what its SHA-256 is.");
	}
	if (memchr(content.len ? content.ptr : "", '\0', content.len) ||
	    !gm_utf8_valid(content, NULL)) {
		gm_fail(err, GM_EINPUT, "it is no text in UTF-8");
		return gm_hint(err, "Nobody could read it later: record what it"
				    " says as text.");
	}
	gm_sha256_hex(hex, content);
	name = name_of(hex);
	if (content.len && gm_notes_put(r, GM_EXHIBITS_REF, &name, content,
					"Keep an exhibit", err) < 0)
		return -1;
	memcpy(sha256, hex, sizeof(hex));
	return 0;
}

/* 1 when it is there and is what its name says. */
static int read_at(struct gm_str *out, struct gm_arena *a,
		   const struct gm_repo *r, const struct gm_oid *tip,
		   const char *sha256, struct gm_err *err)
{
	const struct gm_oid name = name_of(sha256);
	char hex[GM_SHA256_HEX + 1];
	struct gm_str text;
	struct gm_oid blob;
	int found = gm_notes_find_one(&blob, a, r, tip, &name, err);

	if (found <= 0)
		return found;
	if (gm_blob_read(&text, a, r, &blob, GM_NOTE_MAX, err) < 0)
		return -1;
	gm_sha256_hex(hex, text);
	if (strcmp(hex, sha256) != 0)
		return 0;
	*out = text;
	return 1;
}

int gm_exhibit_read(struct gm_str *out, struct gm_arena *a,
		    const struct gm_repo *r, bool remotes, const char *sha256,
		    struct gm_err *err)
{
	struct gm_refs fetched = { 0 };
	char empty[GM_SHA256_HEX + 1];
	struct gm_oid tip;
	int found;

	gm_sha256_hex(empty, GM_STR_NONE);
	if (!strcmp(empty, sha256)) {
		*out = GM_STR("");
		return 1;
	}
	found = gm_ref_get(&tip, r, GM_EXHIBITS_REF, err);
	if (found > 0)
		found = read_at(out, a, r, &tip, sha256, err);
	if (found || !remotes)
		return found;
	if (gm_ref_list(&fetched, a, r, REMOTES, err) < 0)
		return -1;
	for (size_t i = 0; i < fetched.n && !found; i++)
		if (gm_str_ends(gm_str(fetched.items[i].name),
				GM_STR("/migrate/exhibits")))
			found = read_at(out, a, r, &fetched.items[i].oid,
					sha256, err);
	return found;
}

/* --- what a push brings --- */

static const char *misfit(struct gm_arena *a, const struct gm_note *note,
			  struct gm_str text)
{
	char hex[GM_SHA256_HEX + 1];

	gm_sha256_hex(hex, text);
	if (strncmp(hex, gm_oid_hex(a, &note->on), GM_OID_HEX) != 0)
		return "it is not called after its SHA-256";
	if (!text.len)
		return "it is empty";
	if (memchr(text.ptr, '\0', text.len) || !gm_utf8_valid(text, NULL))
		return "it is no text in UTF-8";
	return NULL;
}

static int judge(const char **why, struct gm_arena *a, const struct gm_repo *r,
		 const struct gm_note *note, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_str text;
	uint64_t size;

	if (gm_object_size(&size, r, &note->blob, err) < 0)
		return -1;
	if (size > GM_EXHIBIT_MAX) {
		*why = gm_printf(a, "it has more than %zu bytes",
				 GM_EXHIBIT_MAX);
		return 0;
	}
	if (gm_blob_read(&text, &scratch, r, &note->blob, GM_EXHIBIT_MAX, err) <
	    0)
		return -1;
	*why = misfit(&scratch, note, text);
	return 0;
}

int gm_exhibits_added(struct gm_records *bad, struct gm_arena *a,
		      const struct gm_repo *r, const struct gm_oid *old,
		      const struct gm_oid *new_, struct gm_err *err)
{
	struct gm_records refused = { 0 };
	struct gm_notes notes;

	if (gm_notes_new(&notes, a, r, old, new_, err) < 0)
		return -1;
	if (notes.n > GM_RECORDS_PER_PUSH)
		return gm_fail(err, GM_ELIMIT,
			       "the push adds %zu exhibits, the limit is %d",
			       notes.n, GM_RECORDS_PER_PUSH);
	for (size_t i = 0; i < notes.n && refused.n_bad < BAD_MAX; i++) {
		const char *why;

		if (judge(&why, a, r, &notes.items[i], err) < 0)
			return -1;
		if (!why)
			continue;
		gm_grow(a, (void **)&refused.bad, refused.n_bad,
			&refused.cap_bad, sizeof(*refused.bad));
		refused.bad[refused.n_bad++] = (struct gm_bad_line){
			.ref = GM_EXHIBITS_REF,
			.on = notes.items[i].on,
			.why = why,
		};
	}
	*bad = refused;
	return 0;
}

#include "migration/bundle.h"

#include <string.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/file.h"

#define FIRST_LINE "git-migrate bundle 1"

const struct gm_bundle_file *gm_bundle_file(const struct gm_bundle *b,
					    enum gm_role role)
{
	for (size_t i = 0; i < b->files.n; i++)
		if (b->files.items[i].role == role)
			return &b->files.items[i];
	return NULL;
}

const struct gm_bundle_part *gm_bundle_part(const struct gm_bundle *b,
					    const char *name)
{
	for (size_t i = 0; i < b->parts.n; i++)
		if (!strcmp(b->parts.items[i].name, name))
			return &b->parts.items[i];
	return NULL;
}

/* "up.sql", and "up-2.sql" for a second one of that role. */
static const char *file_name(struct gm_arena *a, const struct gm_bundle *b,
			     size_t at)
{
	enum gm_role role = b->files.items[at].role;
	const char *end = role == GM_ROLE_CONFIG ? "" : ".sql";
	size_t before = 0;

	for (size_t i = 0; i < at; i++)
		before += b->files.items[i].role == role;
	if (!before)
		return gm_printf(a, "%s%s", gm_role_name(role), end);
	return gm_printf(a, "%s-%zu%s", gm_role_name(role), before + 1, end);
}

static const char *path_of(struct gm_arena *a, const char *dir,
			   const char *name)
{
	return gm_printf(a, "%s/%s", dir, name);
}

/* --- writing --- */

static void add(struct gm_buf *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	gm_buf_printf(out, "%s ", key);
	gm_percent_encode(out, gm_str(value));
	gm_buf_putc(out, '\n');
}

static void add_meta(struct gm_buf *out, const struct gm_meta *m)
{
	add(out, "phase", gm_phase_name(m->phase));
	add(out, "contracts", m->contracts);
	add(out, "flag", m->flag);
	add(out, "owner", m->owner);
	if (m->window)
		add(out, "window",
		    gm_printf(out->arena, "%lld", (long long)m->window));
}

static const char *hash(struct gm_arena *a, struct gm_str content)
{
	char *hex = gm_alloc(a, GM_SHA256_HEX + 1);

	gm_sha256_hex(hex, content);
	return hex;
}

static void write_manifest(struct gm_buf *out, const struct gm_bundle *b)
{
	struct gm_arena *a = out->arena;

	gm_buf_puts(out, FIRST_LINE "\n");
	add(out, "project", b->project);
	add(out, "ref", b->ref);
	add(out, "revision", b->revision);
	add(out, "id", b->id);
	add(out, "digest", b->digest);
	add(out, "after", b->after);
	add(out, "repeatable", b->repeatable ? "yes" : NULL);
	add_meta(out, &b->meta);
	for (size_t i = 0; i < b->authors.n; i++)
		add(out, "author", b->authors.items[i]);
	for (size_t i = 0; i < b->files.n; i++) {
		const struct gm_bundle_file *f = &b->files.items[i];

		gm_buf_printf(out, "file %s %s %s ", gm_role_name(f->role),
			      hash(a, f->content), file_name(a, b, i));
		gm_percent_encode(out, f->path);
		gm_buf_putc(out, '\n');
	}
	for (size_t i = 0; i < b->parts.n; i++)
		gm_buf_printf(out, "part %s %s\n",
			      hash(a, b->parts.items[i].content),
			      b->parts.items[i].name);
}

void gm_bundle_list(struct gm_bundle_parts *out, struct gm_arena *a,
		    const struct gm_bundle *b)
{
	struct gm_buf manifest = gm_buf(a);

	for (size_t i = 0; i < b->files.n; i++)
		*GM_PUSH(a, out) =
			(struct gm_bundle_part){ file_name(a, b, i),
						 b->files.items[i].content };
	for (size_t i = 0; i < b->parts.n; i++)
		*GM_PUSH(a, out) = b->parts.items[i];
	write_manifest(&manifest, b);
	*GM_PUSH(a, out) = (struct gm_bundle_part){ GM_BUNDLE_MANIFEST,
						    gm_buf_view(&manifest) };
}

int gm_bundle_write(const char *dir, const struct gm_bundle *b,
		    struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_bundle_parts list = { 0 };

	if (gm_dir_make(dir, err) < 0)
		return -1;
	/* The manifest last, so that one that was cut off is none. */
	gm_bundle_list(&list, &a, b);
	for (size_t i = 0; i < list.n; i++)
		if (gm_file_write(path_of(&a, dir, list.items[i].name),
				  list.items[i].content, 0644, false, err) < 0)
			return -1;
	return 0;
}

/* --- reading --- */

struct reader {
	struct gm_bundle *b;
	struct gm_arena *a;
	const char *dir;
	size_t line;
	struct gm_err *err;
};

static int bad(const struct reader *r, const char *why)
{
	gm_fail(r->err, GM_EINPUT, "%s", why);
	return gm_fail_at(r->err, path_of(r->a, r->dir, GM_BUNDLE_MANIFEST),
			  r->line, 0);
}

static int decode(const char **out, const struct reader *r, struct gm_str s)
{
	struct gm_buf text = gm_buf(r->a);

	if (!s.len || !gm_percent_decode(&text, s) ||
	    strlen(text.ptr) != text.len)
		return bad(r, "a value is not encoded as it should be");
	*out = text.ptr;
	return 0;
}

/* A name in the directory, nothing that leads out of it. */
static bool is_name(struct gm_str s)
{
	if (!s.len || s.len > 200 || s.ptr[0] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '/' || (unsigned char)s.ptr[i] < 0x21 ||
		    (unsigned char)s.ptr[i] > 0x7e)
			return false;
	return true;
}

static int read_content(struct gm_str *out, const struct reader *r,
			struct gm_str name, struct gm_str sha, size_t max)
{
	char hex[GM_SHA256_HEX + 1];
	const char *path;

	if (!is_name(name))
		return bad(r, "the name of a file is none");
	path = path_of(r->a, r->dir, gm_str_dup(r->a, name));
	if (gm_file_read(out, r->a, path, max, r->err) < 0)
		return -1;
	gm_sha256_hex(hex, *out);
	if (gm_str_is(sha, hex))
		return 0;
	gm_fail(r->err, GM_EINPUT, "it is not the file that was bundled");
	gm_fail_at(r->err, path, 0, 0);
	return gm_hint(r->err, "Make the bundle again with 'git migrate"
			       " bundle'.");
}

static int read_file(struct reader *r, struct gm_str rest)
{
	struct gm_str role, sha, name;
	struct gm_bundle_file f = { .role = GM_ROLE_CONFIG };
	const char *path;
	int k = GM_ROLE_UP;

	if (!gm_str_split(&role, &rest, ' ') ||
	    !gm_str_split(&sha, &rest, ' ') || !gm_str_split(&name, &rest, ' '))
		return bad(r, "a line about a file is too short");
	while (k <= GM_ROLE_CONFIG &&
	       !gm_str_is(role, gm_role_name((enum gm_role)k)))
		k++;
	if (k > GM_ROLE_CONFIG)
		return bad(r, "the role of a file is not known");
	f.role = (enum gm_role)k;
	if (decode(&path, r, rest) < 0 ||
	    read_content(&f.content, r, name, sha, GM_MIGRATION_MAX) < 0)
		return -1;
	f.path = gm_str(path);
	*GM_PUSH(r->a, &r->b->files) = f;
	return 0;
}

static int read_part(struct reader *r, struct gm_str rest)
{
	struct gm_bundle_part p = { 0 };
	struct gm_str sha;

	if (!gm_str_split(&sha, &rest, ' '))
		return bad(r, "a line about a part is too short");
	if (read_content(&p.content, r, rest, sha, GM_BUNDLE_PART_MAX) < 0)
		return -1;
	p.name = gm_str_dup(r->a, rest);
	if (gm_bundle_part(r->b, p.name))
		return bad(r, "a part comes twice");
	*GM_PUSH(r->a, &r->b->parts) = p;
	return 0;
}

static int read_phase(struct reader *r, const char *word)
{
	for (int p = GM_PHASE_EXPAND; p <= GM_PHASE_CONTRACT; p++)
		if (!strcmp(word, gm_phase_name((enum gm_phase)p))) {
			r->b->meta.phase = (enum gm_phase)p;
			return 0;
		}
	return bad(r, "the phase is not known");
}

static int read_value(struct reader *r, struct gm_str key, const char *value)
{
	struct gm_bundle *b = r->b;
	const struct {
		const char *key, **to;
	} texts[] = {
		{ "project", &b->project },
		{ "ref", &b->ref },
		{ "revision", &b->revision },
		{ "id", &b->id },
		{ "digest", &b->digest },
		{ "after", &b->after },
		{ "contracts", &b->meta.contracts },
		{ "flag", &b->meta.flag },
		{ "owner", &b->meta.owner },
	};
	uint64_t seconds;

	for (size_t i = 0; i < GM_COUNT(texts); i++) {
		if (!gm_str_is(key, texts[i].key))
			continue;
		if (*texts[i].to)
			return bad(r, "a line comes twice");
		*texts[i].to = value;
		return 0;
	}
	if (gm_str_is(key, "phase"))
		return read_phase(r, value);
	if (gm_str_is(key, "author")) {
		*GM_PUSH(r->a, &b->authors) = value;
		return 0;
	}
	if (gm_str_is(key, "repeatable") && !strcmp(value, "yes")) {
		b->repeatable = true;
		return 0;
	}
	if (gm_str_is(key, "window") && gm_str_uint(&seconds, gm_str(value)) &&
	    seconds <= INT64_MAX) {
		b->meta.window = (int64_t)seconds;
		return 0;
	}
	return bad(r, "a line is not known");
}

static int read_line(struct reader *r, struct gm_str line)
{
	struct gm_str key;
	const char *value;

	if (++r->line > GM_BUNDLE_LINES)
		return bad(r, "it has too many lines");
	if (r->line == 1)
		return gm_str_is(line, FIRST_LINE)
			       ? 0
			       : bad(r, "it is no manifest of a bundle, or of"
					" a newer program");
	if (!gm_str_split(&key, &line, ' '))
		return bad(r, "a line is empty");
	if (gm_str_is(key, "file"))
		return read_file(r, line);
	if (gm_str_is(key, "part"))
		return read_part(r, line);
	if (decode(&value, r, line) < 0)
		return -1;
	return read_value(r, key, value);
}

static int check_digest(struct reader *r)
{
	const struct gm_bundle *b = r->b;
	struct gm_digest_file *files =
		gm_alloc_n(r->a, b->files.n, sizeof(*files));
	const char *digest;

	r->line = 0;
	if (!b->id || !b->digest || !b->project || !b->ref ||
	    !gm_bundle_file(b, GM_ROLE_UP))
		return bad(r, "something is missing: project, ref, id, digest"
			      " or the up SQL");
	for (size_t i = 0; i < b->files.n; i++) {
		files[i].role = b->files.items[i].role;
		files[i].path = b->files.items[i].path;
		gm_sha256_hex(files[i].sha256, b->files.items[i].content);
	}
	digest = gm_digest_of(r->a, b->id, files, b->files.n, &b->meta);
	if (strcmp(digest, b->digest))
		return bad(r, "its digest is not that of its files and"
			      " metadata");
	return 0;
}

int gm_bundle_read(struct gm_bundle *out, struct gm_arena *a, const char *dir,
		   struct gm_err *err)
{
	struct gm_bundle b = { 0 };
	struct reader r = { .b = &b, .a = a, .dir = dir, .err = err };
	struct gm_str text, line;

	if (gm_file_read(&text, a, path_of(a, dir, GM_BUNDLE_MANIFEST),
			 GM_BUNDLE_PART_MAX, err) < 0) {
		if (err->code == GM_ENOT_FOUND)
			gm_hint(err, "'git migrate bundle <id> -o <dir>' makes"
				     " a bundle.");
		return -1;
	}
	while (gm_str_line(&line, &text))
		if (read_line(&r, line) < 0)
			return -1;
	if (check_digest(&r) < 0)
		return -1;
	*out = b;
	return 0;
}

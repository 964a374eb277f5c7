#include "approval/record.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/escape.h"
#include "git/ref.h"
#include "policy/value.h"

#define VERSION "gm1 "
#define NONCE_SIZE 16

static const struct {
	const char *name;
	const char *ref;
	const char *namespace_;
} kinds[GM_RECORD_KINDS] = {
	[GM_RECORD_APPROVE] = { "approve", GM_APPROVALS_REF,
				"approval@git-migrate" },
	[GM_RECORD_REJECT] = { "reject", GM_APPROVALS_REF,
			       "approval@git-migrate" },
	[GM_RECORD_REVOKE] = { "revoke", GM_APPROVALS_REF,
			       "approval@git-migrate" },
	[GM_RECORD_EVIDENCE] = { "evidence", GM_EVIDENCE_REF,
				 "evidence@git-migrate" },
	[GM_RECORD_OVERRIDE] = { "override", GM_OVERRIDES_REF,
				 "override@git-migrate" },
	[GM_RECORD_CLOSE] = { "close", GM_OVERRIDES_REF,
			      "override@git-migrate" },
	[GM_RECORD_LANDED] = { "landed", GM_LANDED_REF, NULL },
};

static const char *const sig_kinds[] = {
	[GM_SIG_NONE] = NULL,
	[GM_SIG_SSH] = "ssh",
	[GM_SIG_GPG] = "gpg",
};

const char *gm_record_kind_name(enum gm_record_kind kind)
{
	return kinds[kind].name;
}

const char *gm_record_ref(enum gm_record_kind kind)
{
	return kinds[kind].ref;
}

const char *gm_record_namespace(enum gm_record_kind kind)
{
	return kinds[kind].namespace_;
}

/* --- what a value may be --- */

static bool is_hex(struct gm_str s, size_t len)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len == len;
}

static bool is_digest(struct gm_str s)
{
	struct gm_str prefix = GM_STR("sha256:");

	return gm_str_starts(s, prefix) &&
	       is_hex(gm_str_sub(s, prefix.len, s.len), GM_SHA256_HEX);
}

static bool is_one_of(struct gm_str s, const char *const *words)
{
	for (; *words; words++)
		if (gm_str_is(s, *words))
			return true;
	return false;
}

/* Overrides, evidence and landings are about migrations only. */
static bool may_be_policy(enum gm_record_kind kind)
{
	return kind == GM_RECORD_APPROVE || kind == GM_RECORD_REJECT ||
	       kind == GM_RECORD_REVOKE;
}

static bool text_fits(enum gm_record_kind kind, struct gm_str s)
{
	(void)kind;
	return s.len && !memchr(s.ptr, '\0', s.len);
}

static bool digest_fits(enum gm_record_kind kind, struct gm_str s)
{
	(void)kind;
	return is_digest(s);
}

static bool phase_fits(enum gm_record_kind kind, struct gm_str s)
{
	static const char *const phases[] = { "none", "expand", "backfill",
					      "contract", NULL };

	if (gm_str_is(s, "policy"))
		return may_be_policy(kind);
	return is_one_of(s, phases);
}

static bool class_fits(enum gm_record_kind kind, struct gm_str s)
{
	static const char *const classes[] = { "neutral",  "expand", "backfill",
					       "contract", "opaque", NULL };

	if (gm_str_is(s, "policy"))
		return may_be_policy(kind);
	return is_one_of(s, classes);
}

static bool ref_fits(enum gm_record_kind kind, struct gm_str s)
{
	return text_fits(kind, s) && gm_ref_valid(s);
}

static bool env_fits(enum gm_record_kind kind, struct gm_str s)
{
	if (gm_str_is(s, "*"))
		return true;
	return kind != GM_RECORD_LANDED && !gm_value_name(s);
}

static bool role_fits(enum gm_record_kind kind, struct gm_str s)
{
	if (kind == GM_RECORD_LANDED)
		return gm_str_is(s, "server");
	return !gm_value_name(s);
}

static bool signer_fits(enum gm_record_kind kind, struct gm_str s)
{
	if (kind == GM_RECORD_LANDED)
		return gm_str_is(s, "server");
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
			return false;
	return !gm_value_principal(s);
}

static bool time_fits(enum gm_record_kind kind, struct gm_str s)
{
	int64_t time;

	(void)kind;
	return gm_time_parse(&time, s);
}

static bool nonce_fits(enum gm_record_kind kind, struct gm_str s)
{
	(void)kind;
	return is_hex(s, 2 * (size_t)NONCE_SIZE);
}

static bool target_fits(enum gm_record_kind kind, struct gm_str s)
{
	return kind == GM_RECORD_REJECT ? is_digest(s)
					: is_hex(s, GM_SHA256_HEX);
}

static bool result_fits(enum gm_record_kind kind, struct gm_str s)
{
	(void)kind;
	return gm_str_is(s, "pass") || gm_str_is(s, "fail");
}

static bool sha256_fits(enum gm_record_kind kind, struct gm_str s)
{
	(void)kind;
	return is_hex(s, GM_SHA256_HEX);
}

/* --- the fields, in their order --- */

#define ONLY(kind) (1u << (kind))
#define ALL (ONLY(GM_RECORD_KINDS) - 1)
#define TARGETS                                                                \
	(ONLY(GM_RECORD_REJECT) | ONLY(GM_RECORD_REVOKE) |                     \
	 ONLY(GM_RECORD_CLOSE))

struct field {
	const char *name;
	size_t at;
	bool (*fits)(enum gm_record_kind kind, struct gm_str value);
	unsigned kinds; /* that have it */
	bool is_time;   /* an int64_t, not a string */
	bool optional;
};

#define FIELD(name, member, kinds, fits)                                       \
	{                                                                      \
		name, offsetof(struct gm_record, member), fits, kinds          \
	}

static const struct field fields[] = {
	FIELD("project", project, ALL, text_fits),
	FIELD("path", path, ALL, text_fits),
	FIELD("digest", digest, ALL, digest_fits),
	FIELD("phase", phase, ALL, phase_fits),
	FIELD("class", class_, ALL, class_fits),
	FIELD("ref", ref, ALL, ref_fits),
	FIELD("env", env, ALL, env_fits),
	FIELD("role", role, ALL, role_fits),
	FIELD("signer", signer, ALL, signer_fits),
	{ "at", offsetof(struct gm_record, at), time_fits, ALL,
	  .is_time = true },
	{ "until", offsetof(struct gm_record, until), time_fits, ALL,
	  .is_time = true },
	FIELD("nonce", nonce, ALL, nonce_fits),
	FIELD("target", target, TARGETS, target_fits),
	FIELD("stage", stage, ONLY(GM_RECORD_EVIDENCE), role_fits),
	FIELD("result", result, ONLY(GM_RECORD_EVIDENCE), result_fits),
	FIELD("sha256", sha256, ONLY(GM_RECORD_EVIDENCE), sha256_fits),
	FIELD("ticket", ticket, ONLY(GM_RECORD_OVERRIDE), text_fits),
	FIELD("risk", risk, ONLY(GM_RECORD_OVERRIDE), text_fits),
	FIELD("recovery", recovery, ONLY(GM_RECORD_OVERRIDE), text_fits),
	FIELD("follow-up", follow_up, ONLY(GM_RECORD_OVERRIDE), text_fits),
	{ "why", offsetof(struct gm_record, why), text_fits,
	  ALL & ~ONLY(GM_RECORD_LANDED), .optional = true },
};

static bool has(enum gm_record_kind kind, const struct field *f)
{
	return f->kinds & ONLY(kind);
}

/* The value as it stands in the line before encoding; NULL: none. */
static const char *value_of(struct gm_arena *a, const struct gm_record *r,
			    const struct field *f)
{
	const char *at = (const char *)r + f->at;
	const char *text;
	int64_t time;

	if (f->is_time) {
		memcpy(&time, at, sizeof(time));
		return gm_time_format(a, time);
	}
	memcpy(&text, at, sizeof(text));
	return text;
}

static void set_value(struct gm_record *r, const struct field *f,
		      const char *text)
{
	char *at = (char *)r + f->at;
	int64_t time = 0;

	if (!f->is_time) {
		memcpy(at, &text, sizeof(text));
		return;
	}
	if (!gm_time_parse(&time, gm_str(text)))
		GM_BUG("a time that was checked is none");
	memcpy(at, &time, sizeof(time));
}

/* What no field can say alone; NULL: nothing. */
static const char *contradiction(const struct gm_record *r)
{
	if (r->at < 0 || r->until > GM_RECORD_FOREVER)
		return "the field 'at' or 'until' is out of range";
	if (r->until < r->at)
		return "it ends ('until') before it begins ('at')";
	if (!strcmp(r->phase, "policy") != !strcmp(r->class_, "policy"))
		return "the fields 'phase' and 'class' contradict each other";
	if (r->kind == GM_RECORD_REJECT && strcmp(r->target, r->digest) != 0)
		return "the fields 'digest' and 'target' contradict each other";
	return NULL;
}

/* --- writing --- */

int gm_record_nonce(struct gm_record *r, struct gm_arena *a, struct gm_err *err)
{
	unsigned char bytes[NONCE_SIZE];
	struct gm_buf hex = gm_buf(a);
	ssize_t got;

	do {
		got = getrandom(bytes, sizeof(bytes), 0);
	} while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(bytes))
		return gm_fail_errno(err, errno, "no random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		gm_buf_printf(&hex, "%02x", bytes[i]);
	r->nonce = hex.ptr;
	return 0;
}

static int put_field(struct gm_buf *line, struct gm_arena *a,
		     const struct gm_record *r, const struct field *f,
		     struct gm_err *err)
{
	const char *value = value_of(a, r, f);

	if (!has(r->kind, f)) {
		if (!value)
			return 0;
		return gm_fail(err, GM_EINPUT,
			       "the field '%s' does not belong to '%s'",
			       f->name, gm_record_kind_name(r->kind));
	}
	if (!value && f->optional)
		return 0;
	if (!value)
		return gm_fail(err, GM_EINPUT, "the field '%s' is missing",
			       f->name);
	if (!f->fits(r->kind, gm_str(value)))
		return gm_fail(err, GM_EINPUT,
			       "the field '%s' cannot be '%.100s'", f->name,
			       value);
	gm_buf_printf(line, " %s=", f->name);
	gm_percent_encode(line, gm_str(value));
	return 0;
}

static int too_long(struct gm_err *err)
{
	return gm_fail(err, GM_EINPUT,
		       "the record would be longer than %zu bytes",
		       GM_RECORD_MAX);
}

static int put_payload(struct gm_buf *line, struct gm_arena *a,
		       const struct gm_record *r, struct gm_err *err)
{
	const char *why;

	gm_buf_puts(line, VERSION);
	gm_buf_puts(line, gm_record_kind_name(r->kind));
	for (size_t i = 0; i < GM_COUNT(fields); i++)
		if (put_field(line, a, r, &fields[i], err) < 0)
			return -1;
	why = contradiction(r);
	if (why)
		return gm_fail(err, GM_EINPUT, "%s", why);
	if (line->len > GM_RECORD_MAX)
		return too_long(err);
	return 0;
}

int gm_record_payload(const char **out, struct gm_arena *a,
		      const struct gm_record *r, struct gm_err *err)
{
	struct gm_buf line = gm_buf(a);

	if (put_payload(&line, a, r, err) < 0)
		return -1;
	*out = line.ptr;
	return 0;
}

int gm_record_encode(const char **out, struct gm_arena *a,
		     const struct gm_record *r, struct gm_err *err)
{
	struct gm_buf line = gm_buf(a);
	bool is_signed = r->sig_kind != GM_SIG_NONE && r->sig.len;

	if (put_payload(&line, a, r, err) < 0)
		return -1;
	if (is_signed != (gm_record_namespace(r->kind) != NULL))
		return gm_fail(err, GM_EINPUT,
			       is_signed ? "'%s' takes no signature"
					 : "'%s' needs a signature",
			       gm_record_kind_name(r->kind));
	if (is_signed) {
		if (r->sig.len > GM_RECORD_MAX)
			return too_long(err);
		gm_buf_printf(&line, " sig=%s:", sig_kinds[r->sig_kind]);
		gm_base64_encode(&line, r->sig);
	}
	if (line.len > GM_RECORD_MAX)
		return too_long(err);
	*out = line.ptr;
	return 0;
}

/* --- reading --- */

struct reader {
	struct gm_arena *a;
	struct gm_str rest; /* empty, or begins with a space */
	const char *why;
};

static bool no(struct reader *p, const char *why)
{
	p->why = why;
	return false;
}

static bool no_field(struct reader *p, const char *name, const char *what)
{
	return no(p, gm_printf(p->a, "the field '%s' %s", name, what));
}

/* The next " name=value", not taken yet; false when it is none. */
static bool peek(struct gm_str *name, struct gm_str *value,
		 const struct reader *p)
{
	struct gm_str part;
	size_t equals;

	if (!gm_str_starts(p->rest, GM_STR(" ")))
		return false;
	part = gm_str_sub(p->rest, 1, p->rest.len);
	part = gm_str_sub(part, 0, gm_str_find(part, ' '));
	equals = gm_str_find(part, '=');
	if (equals == part.len)
		return false;
	*name = gm_str_sub(part, 0, equals);
	*value = gm_str_sub(part, equals + 1, part.len);
	return true;
}

static void skip(struct reader *p, struct gm_str name, struct gm_str value)
{
	p->rest = gm_str_sub(p->rest, name.len + value.len + 2, p->rest.len);
}

static bool take_field(struct reader *p, struct gm_record *r,
		       const struct field *f)
{
	struct gm_buf text = gm_buf(p->a);
	struct gm_str name, value;

	if (!peek(&name, &value, p) || !gm_str_is(name, f->name)) {
		if (f->optional)
			return true;
		return no_field(p, f->name, "is missing");
	}
	if (!gm_percent_decode(&text, value))
		return no_field(p, f->name, "is badly encoded");
	if (!f->fits(r->kind, gm_buf_view(&text)))
		return no_field(p, f->name, "has a value it cannot have");
	set_value(r, f, text.ptr);
	skip(p, name, value);
	return true;
}

static bool take_kind(struct reader *p, struct gm_record *r)
{
	struct gm_str version = GM_STR(VERSION), word;

	if (!gm_str_starts(p->rest, version))
		return no(p, "it does not begin with 'gm1'");
	word = gm_str_sub(p->rest, version.len, p->rest.len);
	word = gm_str_sub(word, 0, gm_str_find(word, ' '));
	for (int i = 0; i < GM_RECORD_KINDS; i++) {
		if (!gm_str_is(word, kinds[i].name))
			continue;
		r->kind = (enum gm_record_kind)i;
		p->rest = gm_str_sub(p->rest, version.len + word.len,
				     p->rest.len);
		return true;
	}
	return no(p, "there is no such kind of record");
}

static bool take_signature(struct reader *p, struct gm_record *r)
{
	struct gm_str name, value, kind;

	if (!peek(&name, &value, p) || !gm_str_is(name, "sig"))
		return no(p, p->rest.len ? "a field is out of its place, or "
					   "stands twice, or is unknown"
					 : "it is not signed");
	kind = gm_str_sub(value, 0, gm_str_find(value, ':'));
	for (int i = GM_SIG_SSH; i <= GM_SIG_GPG; i++)
		if (gm_str_is(kind, sig_kinds[i]))
			r->sig_kind = (enum gm_sig_kind)i;
	if (r->sig_kind == GM_SIG_NONE)
		return no(p, "its signature is of an unknown kind");
	if (!gm_base64_decode(&r->sig, p->a,
			      gm_str_sub(value, kind.len + 1, value.len)) ||
	    !r->sig.len)
		return no(p, "its signature is badly encoded");
	skip(p, name, value);
	return true;
}

static bool is_printable(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] > '~')
			return false;
	return true;
}

/* The proof of strictness: whatever was overlooked above differs here. */
static bool is_what_we_write(const struct gm_record *r, struct gm_str line)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err ignored = GM_ERR_INIT;
	const char *again;

	return gm_record_encode(&again, &a, r, &ignored) == 0 &&
	       gm_str_is(line, again);
}

static bool read_line(struct reader *p, struct gm_record *r)
{
	struct gm_str line = p->rest;

	if (line.len > GM_RECORD_MAX)
		return no(p, "it is longer than 8192 bytes");
	if (!is_printable(line))
		return no(p, "it holds more than printable ASCII");
	if (!take_kind(p, r))
		return false;
	for (size_t i = 0; i < GM_COUNT(fields); i++)
		if (has(r->kind, &fields[i]) && !take_field(p, r, &fields[i]))
			return false;
	r->payload = gm_str_sub(line, 0, line.len - p->rest.len);
	if (gm_record_namespace(r->kind) && !take_signature(p, r))
		return false;
	if (p->rest.len)
		return no(p, "there is more than its fields");
	p->why = contradiction(r);
	if (p->why)
		return false;
	if (!is_what_we_write(r, line))
		return no(p, "it is not written as this program writes it");
	r->line = line;
	gm_sha256_hex(r->id, line);
	return true;
}

bool gm_record_decode(struct gm_record *out, const char **why,
		      struct gm_arena *a, struct gm_str line)
{
	struct gm_record r = { .kind = GM_RECORD_APPROVE };
	struct reader p = { .a = a };

	p.rest = (struct gm_str){ gm_str_dup(a, line), line.len };
	if (!read_line(&p, &r)) {
		*why = p.why;
		return false;
	}
	*out = r;
	return true;
}

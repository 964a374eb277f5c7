#include "approval/signers.h"

#include <stdarg.h>
#include <string.h>

#include "approval/openpgp.h"
#include "approval/sshsig.h"
#include "base/base64.h"
#include "base/clock.h"
#include "policy/value.h"

/* Where a file is being read. */
struct reader {
	struct gm_signers *out;
	struct gm_arena *a;
	const char *name;
	struct gm_str whole; /* the current line */
	struct gm_str rest;  /* what is left of it */
	size_t n;            /* its number */
	struct gm_err *err;
};

/* --- both kinds --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where two of the same meet, what to say about the first. */
static const char *place(struct gm_arena *a, const struct gm_key *key)
{
	if (key->kind == GM_SIG_GPG)
		return gm_printf(a, "in %s", key->path);
	return gm_printf(a, "in line %zu of %s", key->line, key->path);
}

static bool has_fingerprint(const struct gm_key *key, const char *fingerprint)
{
	if (!strcmp(key->fingerprint, fingerprint))
		return true;
	for (size_t i = 0; i < key->subkeys.n; i++)
		if (!strcmp(key->subkeys.items[i], fingerprint))
			return true;
	return false;
}

static bool same_key(const struct gm_key *a, const struct gm_key *b)
{
	if (a->kind != b->kind)
		return false;
	if (has_fingerprint(a, b->fingerprint))
		return true;
	for (size_t i = 0; i < b->subkeys.n; i++)
		if (has_fingerprint(a, b->subkeys.items[i]))
			return true;
	return false;
}

/* A key belongs to one person, who is called the same everywhere. */
static int add_key(struct gm_signers *out, struct gm_arena *a,
		   const struct gm_key *key, struct gm_err *err)
{
	struct gm_str name = gm_str(key->principal);

	for (size_t i = 0; i < out->n; i++) {
		const struct gm_key *other = &out->items[i];

		if (same_key(other, key)) {
			gm_fail(err, GM_EPOLICY,
				"this key is that of '%s' already, %s",
				other->principal, place(a, other));
			return gm_hint(err, "A key belongs to one person, and "
					    "is listed once: take one away.");
		}
		if (gm_str_ieq(gm_str(other->principal), name) &&
		    !gm_str_is(name, other->principal)) {
			gm_fail(err, GM_EPOLICY, "'%s' is '%s' %s",
				key->principal, other->principal,
				place(a, other));
			return gm_hint(err, "Write the name the same way "
					    "everywhere, and in the policy.");
		}
	}
	if (out->n == GM_SIGNERS_KEYS) {
		gm_fail(err, GM_EPOLICY, "there are more than %d keys",
			GM_SIGNERS_KEYS);
		return gm_hint(err, "Take away those that nobody uses.");
	}
	*GM_PUSH(a, out) = *key;
	return 0;
}

/* --- ssh --- */

static int refuse(struct reader *p, struct gm_str at, const char *hint,
		  const char *fmt, ...) GM_PRINTF(4, 5);

static int refuse(struct reader *p, struct gm_str at, const char *hint,
		  const char *fmt, ...)
{
	const char *why;
	va_list args;

	va_start(args, fmt);
	why = gm_vprintf(p->a, fmt, args);
	va_end(args);
	gm_fail(p->err, GM_EPOLICY, "%s", why);
	gm_hint(p->err, "%s", hint);
	return gm_fail_at(p->err, p->name, p->n,
			  (size_t)(at.ptr - p->whole.ptr) + 1);
}

static void skip_blanks(struct gm_str *s)
{
	while (s->len && is_blank(s->ptr[0]))
		*s = gm_str_sub(*s, 1, s->len);
}

/* The word at the front, without those blanks. */
static struct gm_str word_of(struct gm_str s)
{
	size_t len = 0;

	while (len < s.len && !is_blank(s.ptr[len]))
		len++;
	return gm_str_sub(s, 0, len);
}

static struct gm_str take_word(struct reader *p)
{
	struct gm_str word = word_of(p->rest);

	p->rest = gm_str_sub(p->rest, word.len, p->rest.len);
	skip_blanks(&p->rest);
	return word;
}

static int take_principal(struct gm_key *key, struct reader *p)
{
	struct gm_str word = take_word(p);
	const char *why;

	if (gm_str_find(word, ',') < word.len)
		return refuse(p, word,
			      "Name one person a line; a key has one owner.",
			      "there are several principals");
	if (word.ptr[0] == '!')
		return refuse(p, word, "Name one person a line.",
			      "a negated principal names nobody");
	if (word.ptr[0] == '"')
		return refuse(p, word, "Write it without quotes.",
			      "the principal is quoted");
	why = gm_value_principal(word);
	if (why)
		return refuse(p, word,
			      "Name one person a line, as the policy does: "
			      "ann@example.com ssh-ed25519 AAAA...",
			      "'%.*s' is no principal: %s",
			      word.len > 200 ? 200 : (int)word.len, word.ptr,
			      why);
	key->principal = gm_str_dup(p->a, word);
	return 0;
}

/* 20261121Z, 202611211000Z, 20261121100000Z */
static bool parse_time(int64_t *out, struct gm_arena *a, struct gm_str s)
{
	char t[] = "00000000000000";
	size_t digits = s.len - 1;

	if (s.len != 9 && s.len != 13 && s.len != 15)
		return false;
	if (s.ptr[digits] != 'Z')
		return false;
	memcpy(t, s.ptr, digits);
	return gm_time_parse(out,
			     gm_str(gm_printf(
				     a, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t,
				     t + 4, t + 6, t + 8, t + 10, t + 12))) &&
	       *out > 0;
}

static int take_time(int64_t *out, struct reader *p, struct gm_str value)
{
	if (parse_time(out, p->a, value))
		return 0;
	return refuse(p, value,
		      "Write it as 20261121Z or 20261121100000Z; without the Z "
		      "it would be local time.",
		      "this is no time in UTC");
}

/* The pattern for all of ours, the one that there is. */
#define OURS "*@git-migrate"

static int take_namespaces(struct gm_key *key, struct reader *p,
			   struct gm_str value)
{
	struct gm_str rest = value, name;
	size_t n = 0;

	while (gm_str_split(&name, &rest, ',')) {
		if (!name.len)
			break;
		for (size_t i = 0; i < name.len && !gm_str_is(name, OURS); i++)
			if (name.ptr[i] <= ' ' || name.ptr[i] >= 0x7f ||
			    strchr("*?!\"", name.ptr[i]))
				return refuse(p, name,
					      "Name each as it is: approval@"
					      "git-migrate,evidence@git-"
					      "migrate,override@git-migrate.",
					      "a namespace is no pattern");
		*GM_PUSH(p->a, &key->namespaces) = gm_str_dup(p->a, name);
		n += name.len + 1;
	}
	if (!n || n - 1 != value.len)
		return refuse(p, value,
			      "Name those it signs in, or leave the option "
			      "away.",
			      "an empty namespace");
	return 0;
}

enum option { OPTION_NAMESPACES, OPTION_AFTER, OPTION_BEFORE, OPTION_UNKNOWN };

static int take_option(struct gm_key *key, unsigned *seen, struct reader *p,
		       struct gm_str name, struct gm_str value)
{
	static const char *const names[] = { "namespaces", "valid-after",
					     "valid-before" };
	enum option option = OPTION_NAMESPACES;

	while (option < OPTION_UNKNOWN && !gm_str_is(name, names[option]))
		option++;
	if (option == OPTION_UNKNOWN)
		return refuse(
			p, name,
			gm_str_ieq(name, GM_STR("cert-authority"))
				? "List each person's own key."
				: "There are namespaces=, valid-after= and "
				  "valid-before=, in lower case.",
			"the option '%.*s' is not taken",
			name.len > 100 ? 100 : (int)name.len, name.ptr);
	if (*seen & 1U << option)
		return refuse(p, name, "Take one away.",
			      "this option stands twice");
	*seen |= 1U << option;
	if (!value.ptr)
		return refuse(p, name, "Write it as name=\"value\".",
			      "this option has no value");
	if (option == OPTION_NAMESPACES)
		return take_namespaces(key, p, value);
	return take_time(option == OPTION_AFTER ? &key->after : &key->before, p,
			 value);
}

/* name="value"; the value is NULL where there is none. */
static int take_pair(struct gm_str *name, struct gm_str *value,
		     struct reader *p)
{
	size_t len = 0, close;

	while (len < p->rest.len && !is_blank(p->rest.ptr[len]) &&
	       p->rest.ptr[len] != '=' && p->rest.ptr[len] != ',')
		len++;
	*name = gm_str_sub(p->rest, 0, len);
	*value = GM_STR_NONE;
	p->rest = gm_str_sub(p->rest, len, p->rest.len);
	if (!gm_str_starts(p->rest, GM_STR("=\"")))
		return 0;
	p->rest = gm_str_sub(p->rest, 2, p->rest.len);
	close = gm_str_find(p->rest, '"');
	if (close == p->rest.len)
		return refuse(p, p->rest, "Put a \" behind it.",
			      "a quote is not closed");
	*value = gm_str_sub(p->rest, 0, close);
	p->rest = gm_str_sub(p->rest, close + 1, p->rest.len);
	return 0;
}

/* name="value",name="value" before the key's type */
static int take_options(struct gm_key *key, struct reader *p)
{
	struct gm_str name, value, start = p->rest;
	unsigned seen = 0;
	bool more = true;

	while (more) {
		if (take_pair(&name, &value, p) < 0 ||
		    take_option(key, &seen, p, name, value) < 0)
			return -1;
		more = p->rest.len && p->rest.ptr[0] == ',';
		if (more)
			p->rest = gm_str_sub(p->rest, 1, p->rest.len);
	}
	if (p->rest.len && !is_blank(p->rest.ptr[0]))
		return refuse(p, p->rest, "Write a comma between options.",
			      "there is something behind the option");
	if (key->before && key->before <= key->after)
		return refuse(p, start, "Let it begin before it ends.",
			      "the key is valid at no time");
	skip_blanks(&p->rest);
	return 0;
}

static bool names_key_type(struct gm_str word)
{
	return gm_str_starts(word, GM_STR("ssh-")) ||
	       gm_str_starts(word, GM_STR("sk-")) ||
	       gm_str_starts(word, GM_STR("ecdsa-"));
}

static const char *ssh_fingerprint(struct gm_arena *a, struct gm_str blob)
{
	uint8_t digest[GM_SHA256_SIZE];
	struct gm_buf b = gm_buf(a);

	gm_sha256(digest, blob);
	gm_buf_puts(&b, "SHA256:");
	gm_base64_encode(
		&b, (struct gm_str){ (const char *)digest, sizeof(digest) });
	while (b.len && b.ptr[b.len - 1] == '=')
		b.ptr[--b.len] = '\0';
	return b.ptr;
}

static int take_key(struct gm_key *key, struct reader *p)
{
	static const char hint[] = "Write the line of the person's .pub file "
				   "behind the principal.";
	struct gm_str word = take_word(p), text = take_word(p), type;
	const char *why;

	if (!names_key_type(word))
		return refuse(p, word.len ? word : p->rest, hint,
			      "there is no key");
	if (!gm_base64_decode(&key->blob, p->a, text))
		return refuse(p, text, hint, "the key is no base64");
	if (!gm_sshkey_read(&type, &why, key->blob))
		return refuse(p, word,
			      "Use ssh-ed25519, ecdsa-sha2-nistp256, -384 or "
			      "-521, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-"
			      "nistp256@openssh.com, or ssh-rsa.",
			      "%s", why);
	if (!gm_str_eq(word, type))
		return refuse(p, word, hint, "the key is of another type");
	key->fingerprint = ssh_fingerprint(p->a, key->blob);
	return 0;
}

/* What git and editors leave in a file that is not what it seems. */
static int check_bytes(struct reader *p)
{
	for (size_t i = 0; i < p->whole.len; i++) {
		unsigned char c = (unsigned char)p->whole.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return refuse(p, gm_str_sub(p->whole, i, i + 1),
				      c == '\r' ? "End lines with LF alone."
						: "Take it away.",
				      "there is a control byte");
	}
	return 0;
}

static int take_line(struct reader *p)
{
	struct gm_key key = { .kind = GM_SIG_SSH,
			      .path = p->name,
			      .line = p->n };

	if (check_bytes(p) < 0)
		return -1;
	p->rest = p->whole;
	skip_blanks(&p->rest);
	if (!p->rest.len || p->rest.ptr[0] == '#')
		return 0;
	if (take_principal(&key, p) < 0)
		return -1;
	if (p->rest.len && !names_key_type(word_of(p->rest)) &&
	    take_options(&key, p) < 0)
		return -1;
	if (take_key(&key, p) < 0)
		return -1;
	if (add_key(p->out, p->a, &key, p->err) < 0)
		return gm_fail_at(p->err, p->name, p->n, 1);
	return 0;
}

int gm_signers_add_ssh(struct gm_signers *out, struct gm_arena *a,
		       const char *name, struct gm_str text, struct gm_err *err)
{
	struct gm_signers signers = { 0 };
	struct reader p = { .out = &signers, .a = a, .name = name, .err = err };

	for (size_t i = 0; i < out->n; i++)
		*GM_PUSH(a, &signers) = out->items[i];
	while (gm_str_line(&p.whole, &text)) {
		p.n++;
		if (take_line(&p) < 0)
			return -1;
	}
	*out = signers;
	return 0;
}

/* --- gpg --- */

int gm_signers_add_gpg(struct gm_signers *out, struct gm_arena *a,
		       const char *name, const char *principal,
		       struct gm_str text, struct gm_err *err)
{
	struct gm_signers signers = { 0 };
	struct gm_openpgp_keys keys;
	const char *why = gm_value_principal(gm_str(principal));

	if (why) {
		gm_fail(err, GM_EPOLICY, "'%s' is no principal: %s", principal,
			why);
		gm_hint(err, "Name the file after its owner, as the policy "
			     "does: ann@example.com.asc.");
		return gm_fail_at(err, name, 0, 0);
	}
	if (gm_openpgp_read(&keys, a, text, err) < 0) {
		err->code = GM_EPOLICY;
		return gm_fail_at(err, name, err->line, err->line ? 1 : 0);
	}
	for (size_t i = 0; i < out->n; i++)
		*GM_PUSH(a, &signers) = out->items[i];
	for (size_t i = 0; i < keys.n; i++) {
		struct gm_key key = { .kind = GM_SIG_GPG,
				      .principal = gm_strdup(a, principal),
				      .blob = keys.items[i].packets,
				      .fingerprint = keys.items[i].fingerprint,
				      .subkeys = keys.items[i].subkeys,
				      .path = name,
				      .line = 1 };

		if (add_key(&signers, a, &key, err) < 0)
			return gm_fail_at(err, name, 1, 1);
	}
	*out = signers;
	return 0;
}

/* --- whose they are --- */

const struct gm_key *gm_signers_ssh(const struct gm_signers *s,
				    struct gm_str blob)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].kind == GM_SIG_SSH &&
		    gm_str_eq(s->items[i].blob, blob))
			return &s->items[i];
	return NULL;
}

bool gm_key_is_of(const struct gm_key *key, const char *principal)
{
	return gm_str_ieq(gm_str(key->principal), gm_str(principal));
}

bool gm_key_signs(const struct gm_key *key, const char *namespace_)
{
	for (size_t i = 0; i < key->namespaces.n; i++)
		if (!strcmp(key->namespaces.items[i], namespace_) ||
		    !strcmp(key->namespaces.items[i], OURS))
			return true;
	return !key->namespaces.n;
}

#include "approval/sshsig.h"

#include <string.h>

#include "base/base64.h"

#define MAGIC GM_STR("SSHSIG")
#define BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define END "-----END SSH SIGNATURE-----\n"
/* The length of ssh-keygen's lines. */
#define ARMOR_LINE 70
/* No signature that fits into a record is larger. */
#define ARMOR_MAX ((size_t)16 << 10)
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 16384
#define ED25519_KEY 32
#define ED25519_SIG 64
#define SK_TOUCHED 1

enum form { FORM_ED25519, FORM_ECDSA, FORM_RSA };

struct type {
	const char *name;
	const char *curve; /* ECDSA */
	size_t point;      /* bytes of a point, uncompressed */
	enum form form;
	bool security_key;
};

static const struct type types[] = {
	{ "ssh-ed25519", NULL, 0, FORM_ED25519, false },
	{ "sk-ssh-ed25519@openssh.com", NULL, 0, FORM_ED25519, true },
	{ "ecdsa-sha2-nistp256", "nistp256", 65, FORM_ECDSA, false },
	{ "ecdsa-sha2-nistp384", "nistp384", 97, FORM_ECDSA, false },
	{ "ecdsa-sha2-nistp521", "nistp521", 133, FORM_ECDSA, false },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", 65, FORM_ECDSA,
	  true },
	{ "ssh-rsa", NULL, 0, FORM_RSA, false },
};

static bool no(const char **why, const char *reason)
{
	*why = reason;
	return false;
}

/* RFC 4251, section 5. */

static bool take_u32(uint32_t *out, struct gm_str *rest)
{
	uint32_t value = 0;

	if (rest->len < 4)
		return false;
	for (size_t i = 0; i < 4; i++)
		value = value << 8 | (unsigned char)rest->ptr[i];
	*out = value;
	*rest = gm_str_sub(*rest, 4, rest->len);
	return true;
}

static bool take_string(struct gm_str *out, struct gm_str *rest)
{
	struct gm_str after = *rest;
	uint32_t len;

	if (!take_u32(&len, &after) || len > after.len)
		return false;
	*out = gm_str_sub(after, 0, len);
	*rest = gm_str_sub(after, len, after.len);
	return true;
}

/* A number above 0 without needless bytes; `*out` without its sign byte. */
static bool take_number(struct gm_str *out, struct gm_str *rest)
{
	const unsigned char *p;

	if (!take_string(out, rest) || !out->len)
		return false;
	p = (const unsigned char *)out->ptr;
	if (p[0] & 0x80)
		return false;
	if (p[0])
		return true;
	*out = gm_str_sub(*out, 1, out->len);
	return out->len && p[1] & 0x80;
}

static size_t bits(struct gm_str number)
{
	size_t n = number.len * 8;

	for (unsigned top = (unsigned char)number.ptr[0]; !(top & 0x80);
	     top <<= 1)
		n--;
	return n;
}

static const struct type *find_type(struct gm_str name)
{
	for (size_t i = 0; i < GM_COUNT(types); i++)
		if (gm_str_is(name, types[i].name))
			return &types[i];
	return NULL;
}

static const char *unknown_type(struct gm_str name)
{
	if (gm_str_ends(name, GM_STR("-cert-v01@openssh.com")))
		return "the key is a certificate";
	if (gm_str_is(name, "ssh-dss"))
		return "the key is a DSA key";
	return "the key is of an unknown type";
}

/* What stands behind the type. */
static bool take_key_parts(struct gm_str *modulus, const char **why,
			   const struct type *type, struct gm_str *rest)
{
	struct gm_str part, curve;

	switch (type->form) {
	case FORM_ED25519:
		return take_string(&part, rest) && part.len == ED25519_KEY;
	case FORM_ECDSA:
		return take_string(&curve, rest) &&
		       gm_str_is(curve, type->curve) &&
		       take_string(&part, rest) && part.len == type->point &&
		       part.ptr[0] == 4;
	case FORM_RSA:
		if (!take_number(&part, rest) || !take_number(modulus, rest))
			return false;
		if (bits(*modulus) < RSA_MIN_BITS)
			return no(why, "the RSA key has less than 2048 bits");
		return bits(*modulus) <= RSA_MAX_BITS;
	}
	return false;
}

static bool read_key(const struct type **type, struct gm_str *modulus,
		     const char **why, struct gm_str blob)
{
	struct gm_str name, application;

	*why = "the key is malformed";
	if (!take_string(&name, &blob))
		return false;
	*type = find_type(name);
	if (!*type)
		return no(why, unknown_type(name));
	if (!take_key_parts(modulus, why, *type, &blob))
		return false;
	if ((*type)->security_key &&
	    (!take_string(&application, &blob) || !application.len))
		return false;
	return !blob.len;
}

bool gm_sshkey_read(struct gm_str *type, const char **why, struct gm_str blob)
{
	const struct type *found;
	struct gm_str modulus;

	if (!read_key(&found, &modulus, why, blob))
		return false;
	*type = gm_str(found->name);
	return true;
}

/* Does a signature of this type fit a key of that? */
static bool type_fits(const char **why, const struct type *key,
		      struct gm_str sig)
{
	if (key->form != FORM_RSA)
		return gm_str_is(sig, key->name) ||
		       no(why, "its type is not that of the key");
	if (gm_str_is(sig, "rsa-sha2-256") || gm_str_is(sig, "rsa-sha2-512"))
		return true;
	return no(why, gm_str_is(sig, "ssh-rsa")
			       ? "it is made with SHA-1"
			       : "its type is not that of the key");
}

static bool bytes_fit(const struct type *key, struct gm_str modulus,
		      struct gm_str bytes)
{
	size_t coordinate = key->point / 2;
	struct gm_str r, s;

	switch (key->form) {
	case FORM_ED25519:
		return bytes.len == ED25519_SIG;
	case FORM_ECDSA:
		return take_number(&r, &bytes) && take_number(&s, &bytes) &&
		       !bytes.len && r.len <= coordinate && s.len <= coordinate;
	case FORM_RSA:
		return bytes.len == modulus.len;
	}
	return false;
}

static bool read_signature(struct gm_sshsig *out, const char **why,
			   const struct type *key, struct gm_str modulus,
			   struct gm_str rest)
{
	struct gm_str bytes;
	uint32_t counter;

	*why = "it is malformed";
	if (!take_string(&out->sig_type, &rest))
		return false;
	if (!type_fits(why, key, out->sig_type))
		return false;
	if (!take_string(&bytes, &rest) || !bytes_fit(key, modulus, bytes))
		return false;
	out->touched = true;
	if (key->security_key) {
		if (!rest.len)
			return false;
		out->touched = rest.ptr[0] & SK_TOUCHED;
		rest = gm_str_sub(rest, 1, rest.len);
		if (!take_u32(&counter, &rest))
			return false;
	}
	return !rest.len;
}

static bool is_word(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f)
			return false;
	return s.len > 0;
}

bool gm_sshsig_read(struct gm_sshsig *out, const char **why, struct gm_str blob)
{
	struct gm_sshsig sig = { .touched = false };
	struct gm_str rest = blob, reserved, signature, modulus = GM_STR_NONE;
	const struct type *type;
	uint32_t version;

	*why = "it is no SSH signature";
	if (!gm_str_starts(rest, MAGIC))
		return false;
	rest = gm_str_sub(rest, MAGIC.len, rest.len);
	*why = "it ends early";
	if (!take_u32(&version, &rest))
		return false;
	if (version != 1)
		return no(why, "its version is unknown");
	if (!take_string(&sig.key, &rest) ||
	    !take_string(&sig.namespace_, &rest) ||
	    !take_string(&reserved, &rest) || !take_string(&sig.hash, &rest) ||
	    !take_string(&signature, &rest))
		return false;
	if (rest.len)
		return no(why, "there is something behind it");
	if (reserved.len)
		return no(why, "it has reserved bytes");
	if (!is_word(sig.namespace_))
		return no(why, "its namespace is no word");
	if (!gm_str_is(sig.hash, "sha256") && !gm_str_is(sig.hash, "sha512"))
		return no(why, "its hash is neither sha256 nor sha512");
	if (!read_key(&type, &modulus, why, sig.key) ||
	    !read_signature(&sig, why, type, modulus, signature))
		return false;
	sig.key_type = gm_str(type->name);
	sig.security_key = type->security_key;
	*why = NULL;
	*out = sig;
	return true;
}

const char *gm_sshsig_armor(struct gm_arena *a, struct gm_str blob)
{
	struct gm_buf text = gm_buf(a), armor = gm_buf(a);
	struct gm_str rest;

	gm_base64_encode(&text, blob);
	gm_buf_puts(&armor, BEGIN);
	for (rest = gm_buf_view(&text); rest.len;
	     rest = gm_str_sub(rest, ARMOR_LINE, rest.len)) {
		gm_buf_str(&armor, gm_str_sub(rest, 0, ARMOR_LINE));
		gm_buf_putc(&armor, '\n');
	}
	gm_buf_puts(&armor, END);
	return armor.ptr;
}

bool gm_sshsig_dearmor(struct gm_str *blob, struct gm_arena *a,
		       struct gm_str armor)
{
	const size_t head = sizeof(BEGIN) - 1, foot = sizeof(END) - 1;
	struct gm_buf text = gm_buf(a);
	struct gm_str rest, line, bytes;

	if (armor.len > ARMOR_MAX || armor.len < head + foot)
		return false;
	rest = gm_str_sub(armor, head, armor.len - foot);
	while (gm_str_line(&line, &rest))
		gm_buf_str(&text, line);
	if (!gm_base64_decode(&bytes, a, gm_buf_view(&text)) ||
	    !gm_str_is(armor, gm_sshsig_armor(a, bytes)))
		return false;
	*blob = bytes;
	return true;
}

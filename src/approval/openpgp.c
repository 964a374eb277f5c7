#include "approval/openpgp.h"

#include <ctype.h>

#include "base/base64.h"
#include "base/digest.h"

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define END "-----END PGP PUBLIC KEY BLOCK-----"
#define SECRET "-----BEGIN PGP PRIVATE KEY BLOCK-----"
#define MIN_BITS 2048

/* RFC 4880, section 4.3. */
enum tag {
	TAG_SIGNATURE = 2,
	TAG_SECRET_KEY = 5,
	TAG_KEY = 6,
	TAG_SECRET_SUBKEY = 7,
	TAG_USER_ID = 13,
	TAG_SUBKEY = 14,
	TAG_ATTRIBUTE = 17,
};

/* Section 9.1. */
enum algorithm { RSA = 1, RSA_SIGN = 3, DSA = 17 };

struct packet {
	unsigned tag;
	struct gm_str body;
};

/* --- packets --- */

static uint32_t number(struct gm_str s, size_t at, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = at; i < at + bytes; i++)
		value = value << 8 | (unsigned char)s.ptr[i];
	return value;
}

/*
 * The header of the packet at the start of `s`: how long it is and its body.
 * 0: truncated, or of a length that is not told.
 */
static size_t header(unsigned *tag, uint32_t *len, struct gm_str s)
{
	unsigned first, second;
	size_t bytes;

	if (s.len < 2)
		return 0;
	first = (unsigned char)s.ptr[0];
	second = (unsigned char)s.ptr[1];
	if (!(first & 0x80))
		return 0;
	if (!(first & 0x40)) {
		*tag = first >> 2 & 15;
		bytes = (size_t)1 << (first & 3);
		if (bytes == 8 || s.len < 1 + bytes)
			return 0;
		*len = number(s, 1, bytes);
		return 1 + bytes;
	}
	*tag = first & 63;
	if (second < 192) {
		*len = second;
		return 2;
	}
	if (second < 224 && s.len >= 3) {
		*len = ((second - 192) << 8) + number(s, 2, 1) + 192;
		return 3;
	}
	if (second == 255 && s.len >= 6) {
		*len = number(s, 2, 4);
		return 6;
	}
	return 0;
}

static bool take_packet(struct packet *out, struct gm_str *rest)
{
	uint32_t len;
	size_t head = header(&out->tag, &len, *rest);

	if (!head || len > rest->len - head)
		return false;
	out->body = gm_str_sub(*rest, head, head + len);
	*rest = gm_str_sub(*rest, head + len, rest->len);
	return true;
}

/* Section 12.2. */
static const char *fingerprint(struct gm_arena *a, struct gm_str body)
{
	struct gm_buf b = gm_buf(a);
	char *hex = gm_alloc(a, GM_SHA1_HEX + 1);

	gm_buf_putc(&b, (char)0x99);
	gm_buf_putc(&b, (char)(body.len >> 8));
	gm_buf_putc(&b, (char)(body.len & 0xff));
	gm_buf_str(&b, body);
	gm_sha1_hex(hex, gm_buf_view(&b));
	for (char *p = hex; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return hex;
}

/* Version, time of creation, algorithm; then, of these, a large number. */
static const char *key_error(struct gm_str body)
{
	unsigned algorithm, bits;

	if (body.len < 8 || body.len > UINT16_MAX)
		return "a key is malformed";
	if (body.ptr[0] != 4)
		return "a key is not of version 4";
	algorithm = (unsigned char)body.ptr[5];
	if (algorithm != RSA && algorithm != RSA_SIGN && algorithm != DSA)
		return NULL;
	bits = number(body, 6, 2);
	if (bits < MIN_BITS)
		return "an RSA or DSA key has less than 2048 bits";
	return (bits + 7) / 8 > body.len - 8 ? "a key is malformed" : NULL;
}

static const char *add_packet(struct gm_openpgp_keys *keys, struct gm_arena *a,
			      const struct packet *p)
{
	struct gm_openpgp_key *key = keys->n ? &keys->items[keys->n - 1] : NULL;
	const char *why;

	switch (p->tag) {
	case TAG_SECRET_KEY:
	case TAG_SECRET_SUBKEY:
		return "there is a secret key";
	case TAG_KEY:
		why = key_error(p->body);
		if (why)
			return why;
		if (keys->n == GM_OPENPGP_MAX)
			return "there are too many keys";
		key = GM_PUSH(a, keys);
		key->fingerprint = fingerprint(a, p->body);
		return NULL;
	case TAG_SUBKEY:
		why = key_error(p->body);
		if (why || !key)
			return why ? why : "a part stands before its key";
		*GM_PUSH(a, &key->subkeys) = fingerprint(a, p->body);
		return NULL;
	case TAG_SIGNATURE:
	case TAG_USER_ID:
	case TAG_ATTRIBUTE:
		return key ? NULL : "a part stands before its key";
	default:
		return "there is an unknown part";
	}
}

/* The packets of one block; NULL, or what is wrong with them. */
static const char *add_packets(struct gm_openpgp_keys *keys, struct gm_arena *a,
			       struct gm_str rest)
{
	struct gm_openpgp_keys own = { 0 };
	const char *start = rest.ptr, *why;
	struct packet p;

	while (rest.len) {
		const char *at = rest.ptr;
		size_t before = own.n;

		if (!take_packet(&p, &rest))
			return "it ends early, or has parts without length";
		why = add_packet(&own, a, &p);
		if (why)
			return why;
		if (own.n > before)
			start = at;
		if (own.n)
			own.items[own.n - 1].packets =
				(struct gm_str){ start,
						 (size_t)(rest.ptr - start) };
	}
	if (!own.n)
		return "there is no key";
	if (keys->n + own.n > GM_OPENPGP_MAX)
		return "there are too many keys";
	for (size_t i = 0; i < own.n; i++)
		*GM_PUSH(a, keys) = own.items[i];
	return NULL;
}

bool gm_openpgp_is_signature(const char **why, struct gm_str blob)
{
	struct packet p;

	*why = NULL;
	if (!take_packet(&p, &blob) || p.tag != TAG_SIGNATURE)
		*why = "it is no OpenPGP signature";
	else if (blob.len)
		*why = "there is something behind it";
	else if (!p.body.len || p.body.ptr[0] != 4)
		*why = "it is not of version 4";
	return !*why;
}

/* --- armor --- */

struct armor {
	struct gm_arena *a;
	struct gm_str rest;
	struct gm_str line; /* the current one, without blanks at its end */
	size_t n;           /* its number */
};

static bool next(struct armor *p)
{
	struct gm_str line;

	if (!gm_str_line(&line, &p->rest))
		return false;
	while (line.len && (line.ptr[line.len - 1] == '\r' ||
			    line.ptr[line.len - 1] == ' ' ||
			    line.ptr[line.len - 1] == '\t'))
		line.len--;
	p->line = line;
	p->n++;
	return true;
}

/* Section 6.1. */
static uint32_t crc24(struct gm_str bytes)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (uint32_t)(unsigned char)bytes.ptr[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

/* "=abcd", or the end where there is none. */
static const char *check_crc(struct armor *p, struct gm_str bytes)
{
	struct gm_str crc;

	if (gm_str_is(p->line, END))
		return NULL;
	if (!gm_base64_decode(&crc, p->a,
			      gm_str_sub(p->line, 1, p->line.len)) ||
	    crc.len != 3 || number(crc, 0, 3) != crc24(bytes))
		return "its checksum is wrong";
	return next(p) && gm_str_is(p->line, END) ? NULL
						  : "its last line is missing";
}

/* "Version: GnuPG v2", until an empty line. */
static const char *skip_headers(struct armor *p)
{
	while (next(p)) {
		if (!p->line.len)
			return NULL;
		if (gm_str_find(p->line, ':') == p->line.len)
			return "the empty line before it is missing";
	}
	return "its last line is missing";
}

/* What stands between the BEGIN line, the current one, and END. */
static const char *take_block(struct gm_str *bytes, struct armor *p)
{
	struct gm_buf text = gm_buf(p->a);
	const char *why = skip_headers(p);

	if (why)
		return why;
	do {
		if (!next(p))
			return "its last line is missing";
		if (p->line.len && p->line.ptr[0] != '=' &&
		    !gm_str_is(p->line, END))
			gm_buf_str(&text, p->line);
		else if (!p->line.len)
			return "there is an empty line in it";
		else
			break;
	} while (true);
	if (!gm_base64_decode(bytes, p->a, gm_buf_view(&text)))
		return "it is no base64";
	return check_crc(p, *bytes);
}

static int refuse(struct gm_err *err, size_t line, const char *why)
{
	gm_fail(err, GM_EINPUT, "this is no OpenPGP public key: %s", why);
	err->line = line;
	return gm_hint(err, "Write it with 'gpg --armor --export <key id>'.");
}

int gm_openpgp_read(struct gm_openpgp_keys *out, struct gm_arena *a,
		    struct gm_str text, struct gm_err *err)
{
	struct armor p = { .a = a, .rest = text };
	struct gm_openpgp_keys keys = { 0 };
	struct gm_str bytes;

	while (next(&p)) {
		size_t start = p.n;
		const char *why;

		if (!p.line.len)
			continue;
		if (gm_str_is(p.line, SECRET))
			return refuse(err, p.n, "it is a secret key");
		if (!gm_str_is(p.line, BEGIN))
			return refuse(err, p.n,
				      "there is text outside of its block");
		why = take_block(&bytes, &p);
		if (why)
			return refuse(err, p.n, why);
		why = add_packets(&keys, a, bytes);
		if (why)
			return refuse(err, start, why);
	}
	if (!keys.n)
		return refuse(err, 0, "there is no block");
	*out = keys;
	return 0;
}

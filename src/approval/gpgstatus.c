#include "approval/gpgstatus.h"

#include <string.h>

#define STATUS_MAX ((size_t)64 << 10)
#define PREFIX GM_STR("[GNUPG:] ")
/* Of a version 4 key: its SHA-1. */
#define FINGERPRINT 40
#define KEY_ID 16

/* What spoils a signature, wherever it stands; what says most first. */
static const struct {
	const char *word;
	const char *why;
} bad_words[] = {
	{ "BADSIG", "it does not fit what it should sign" },
	{ "EXPSIG", "it has expired" },
	{ "SIGEXPIRED", "it has expired" },
	{ "EXPKEYSIG", GM_GPG_KEY_EXPIRED },
	{ "REVKEYSIG", "its key is revoked" },
	{ "KEYREVOKED", "its key is revoked" },
	{ "NO_PUBKEY", "its key is none of the signer's" },
	{ "ERRSIG", "gpgv cannot check it" },
	{ "NODATA", "it is no OpenPGP signature" },
	{ "UNEXPECTED", "it is no OpenPGP signature" },
	{ "BADARMOR", "it is no OpenPGP signature" },
	{ "FAILURE", "gpgv failed" },
	{ "ERROR", "gpgv failed" },
};

/*
 * What may stand beside the three lines that count.  KEYEXPIRED is said of any
 * expired part of the key; when it was the part that signed, there is no
 * GOODSIG.
 */
static const char *const harmless[] = {
	"KEY_CONSIDERED", "SIG_ID",
	"KEYEXPIRED",     "NOTATION_NAME",
	"NOTATION_DATA",  "NOTATION_FLAGS",
	"POLICY_URL",     "VERIFICATION_COMPLIANCE_MODE",
};

/* How far in the sequence we are. */
enum state { BEFORE, NEW, GOOD, VALID };

struct reader {
	struct gm_arena *a;
	const char *why;
	enum state state;
	struct gm_str good; /* the key's id, from GOODSIG */
	int64_t now, skew;
	struct gm_gpgstatus status;
};

static bool no(struct reader *p, const char *why)
{
	p->why = why;
	return false;
}

static bool is_hex(struct gm_str s, size_t len)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'A' && s.ptr[i] <= 'F'))
			return false;
	return s.len == len;
}

static bool take_time(int64_t *out, struct gm_str s)
{
	uint64_t seconds;

	if (!gm_str_uint(&seconds, s) || seconds > UINT32_MAX)
		return false;
	*out = (int64_t)seconds;
	return true;
}

static bool one_of(struct gm_str s, const char *const *words)
{
	for (; *words; words++)
		if (gm_str_is(s, *words))
			return true;
	return false;
}

/*
 * <key> <date> <time> <expires> <version> <reserved> <algorithm> <hash>
 * <class> <primary key>
 */
enum {
	VALID_KEY,
	VALID_DATE,
	VALID_TIME,
	VALID_EXPIRES,
	VALID_VERSION,
	VALID_RESERVED,
	VALID_ALGORITHM,
	VALID_HASH,
	VALID_CLASS,
	VALID_PRIMARY,
	VALID_FIELDS
};

static bool take_valid(struct reader *p, struct gm_str rest)
{
	static const char *const strong[] = { "8", "9", "10", NULL };
	struct gm_str f[VALID_FIELDS], key_id;
	const char *end = rest.ptr + rest.len;
	int64_t expires;
	size_t n = 0;

	while (n < VALID_FIELDS && gm_str_split(&f[n], &rest, ' '))
		n++;
	if (n < VALID_FIELDS || f[n - 1].ptr + f[n - 1].len != end ||
	    !is_hex(f[VALID_KEY], FINGERPRINT) ||
	    !is_hex(f[VALID_PRIMARY], FINGERPRINT) ||
	    !take_time(&p->status.time, f[VALID_TIME]) ||
	    !take_time(&expires, f[VALID_EXPIRES]))
		return no(p, "gpgv prints a VALIDSIG that cannot be read");
	key_id = gm_str_sub(f[VALID_KEY], FINGERPRINT - KEY_ID, FINGERPRINT);
	if (!gm_str_eq(key_id, p->good))
		return no(p, "gpgv speaks of two keys");
	if (!gm_str_is(f[VALID_VERSION], "4"))
		return no(p, "it is not of version 4");
	if (!one_of(f[VALID_HASH], strong))
		return no(p, "its hash is none of SHA-256, SHA-384, SHA-512");
	if (!gm_str_is(f[VALID_CLASS], "00"))
		return no(p, "it is not made in binary mode");
	if (p->status.time > p->now + p->skew)
		return no(p, "it is dated in the future");
	if (expires && expires <= p->now)
		return no(p, "it has expired");
	p->status.fingerprint = gm_str_dup(p->a, f[VALID_PRIMARY]);
	return true;
}

/* One of the three lines that count, in their order? */
static bool take_word(struct reader *p, struct gm_str word, struct gm_str rest)
{
	if (gm_str_is(word, "NEWSIG")) {
		if (p->state != BEFORE)
			return no(p, "there is more than one");
		p->state = NEW;
		return true;
	}
	if (p->state == BEFORE)
		return no(p, "gpgv prints lines before the signature");
	if (gm_str_is(word, "GOODSIG")) {
		if (p->state != NEW)
			return no(p, "there is more than one");
		p->state = GOOD;
		p->good = gm_str_sub(rest, 0, gm_str_find(rest, ' '));
		return true;
	}
	if (gm_str_is(word, "VALIDSIG")) {
		if (p->state != GOOD)
			return no(p, "gpgv does not call it good");
		p->state = VALID;
		return take_valid(p, rest);
	}
	for (size_t i = 0; i < GM_COUNT(harmless); i++)
		if (gm_str_is(word, harmless[i]))
			return true;
	return no(p, "gpgv prints a line that is not known");
}

static bool has_line(struct gm_str status, const char *name)
{
	struct gm_str line;

	while (gm_str_line(&line, &status)) {
		struct gm_str word = gm_str_sub(line, PREFIX.len, line.len);

		word.len = gm_str_find(word, ' ');
		if (gm_str_starts(line, PREFIX) && gm_str_is(word, name))
			return true;
	}
	return false;
}

static const char *spoilt(struct gm_str status)
{
	for (size_t i = 0; i < GM_COUNT(bad_words); i++)
		if (has_line(status, bad_words[i].word))
			return bad_words[i].why;
	return NULL;
}

bool gm_gpgstatus_read(struct gm_gpgstatus *out, const char **why,
		       struct gm_arena *a, struct gm_str status, int64_t now,
		       int64_t skew)
{
	struct reader p = { .a = a, .now = now, .skew = skew };
	struct gm_str rest = status, line;

	*why = "gpgv does not say whether it is good";
	if (!status.len || status.len > STATUS_MAX ||
	    status.ptr[status.len - 1] != '\n' ||
	    memchr(status.ptr, '\0', status.len))
		return false;
	p.why = spoilt(status);
	for (bool good = !p.why; good && gm_str_line(&line, &rest);) {
		struct gm_str word = gm_str_sub(line, PREFIX.len, line.len);
		size_t len = gm_str_find(word, ' ');

		good = gm_str_starts(line, PREFIX)
			       ? take_word(&p, gm_str_sub(word, 0, len),
					   gm_str_sub(word, len + 1, word.len))
			       : no(&p, "gpgv prints a line that is not known");
	}
	if (p.why) {
		*why = p.why;
		return false;
	}
	if (p.state != VALID)
		return false;
	*why = NULL;
	*out = p.status;
	return true;
}

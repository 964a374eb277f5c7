#include "approval/openpgp.h"

#include "unit/approval/keys.h"

static struct gm_openpgp_keys keys;

static int read_text(struct gm_str text)
{
	memset(&keys, 0, sizeof(keys));
	memset(&err, 0, sizeof(err));
	return gm_openpgp_read(&keys, &arena, text, &err);
}

#define assert_refused(text, at, part)                                         \
	do {                                                                   \
		assert_failed(read_text(text), GM_EINPUT, (part));             \
		assert_int_equal(err.line, (at));                              \
		assert_true(err.hint[0]);                                      \
		assert_int_equal(keys.n, 0);                                   \
	} while (0)

/* CRC-24 as RFC 4880, section 6.1, has it. */
static uint32_t crc(struct gm_str s)
{
	uint32_t value = 0xb704ce;

	for (size_t i = 0; i < s.len; i++) {
		value ^= (uint32_t)(unsigned char)s.ptr[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			value = (value << 1) ^
				(value & 0x800000 ? 0x1864cfb : 0);
	}
	return value & 0xffffff;
}

/* A block of these packets, in one line, with a checksum. */
static struct gm_str block(struct gm_str packets)
{
	struct gm_buf b = gm_buf(&arena);
	uint32_t sum = crc(packets);
	char bytes[3] = { (char)(sum >> 16), (char)(sum >> 8), (char)sum };

	gm_buf_puts(&b, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n");
	gm_base64_encode(&b, packets);
	gm_buf_puts(&b, "\n=");
	gm_base64_encode(&b, (struct gm_str){ bytes, 3 });
	gm_buf_puts(&b, "\n-----END PGP PUBLIC KEY BLOCK-----\n");
	return gm_buf_view(&b);
}

static void test_real_keys(void **state)
{
	static const char *const algorithms[] = { "ed25519", "rsa2048",
						  "nistp256" };
	struct gm_buf all = gm_buf(&arena), back = gm_buf(&arena);
	const char *fingerprints[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *uid = gm_printf(&arena, "U%zu <u%zu@x.org>", i, i);

		fingerprints[i] =
			gpg_key(uid, algorithms[i], GPG_TIME, "never");
		gpg_subkey(fingerprints[i], "cv25519", "encrypt", GPG_TIME,
			   "never");
		assert_ok(read_text(gpg_armor(fingerprints[i])));
		assert_int_equal(keys.n, 1);
		assert_string_equal(keys.items[0].fingerprint, fingerprints[i]);
		assert_int_equal(keys.items[0].subkeys.n, 1);
		assert_true(gm_str_eq(
			keys.items[0].packets,
			GPG(GM_STR_NONE, "--export", fingerprints[i])));
		gm_buf_str(&all, gpg_armor(fingerprints[i]));
		gm_buf_puts(&all, "\n");
	}
	/* In blocks of their own, and in one. */
	assert_ok(read_text(gm_buf_view(&all)));
	assert_int_equal(keys.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(keys.items[i].fingerprint, fingerprints[i]);
	assert_ok(read_text(GPG(GM_STR_NONE, "--armor", "--export")));
	assert_int_equal(keys.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(keys.items[i].fingerprint, fingerprints[i]);
		gm_buf_str(&back, keys.items[i].packets);
	}
	assert_true(
		gm_str_eq(gm_buf_view(&back), GPG(GM_STR_NONE, "--export")));
}

static void test_subkey_fingerprints(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	struct gm_str list;

	(void)state;
	gpg_subkey(key, "ed25519", "sign", GPG_TIME, "never");
	list = GPG(GM_STR_NONE, "--with-colons", "--with-subkey-fingerprint",
		   "--list-keys", key);
	assert_ok(read_text(gpg_armor(key)));
	assert_int_equal(keys.items[0].subkeys.n, 1);
	assert_non_null(strstr(gm_str_dup(&arena, list), "sub:"));
	assert_non_null(strstr(gm_str_dup(&arena, list),
			       gm_printf(&arena, "fpr:::::::::%s:",
					 keys.items[0].subkeys.items[0])));
	assert_string_not_equal(keys.items[0].subkeys.items[0], key);
}

/* Line ends, headers, a missing checksum: other programs' habits. */
static void test_armor_forms(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	struct gm_str text = gpg_armor(key), rest = text, line;
	struct gm_buf crlf = gm_buf(&arena), bare = gm_buf(&arena);
	struct gm_buf headed = gm_buf(&arena);

	(void)state;
	for (size_t n = 1; gm_str_line(&line, &rest); n++) {
		gm_buf_str(&crlf, line);
		gm_buf_puts(&crlf, "\r\n");
		if (line.ptr[0] != '=' || !line.len) {
			gm_buf_str(&bare, line);
			gm_buf_puts(&bare, "\n");
		}
		gm_buf_str(&headed, line);
		gm_buf_puts(&headed,
			    n == 1 ? "\nVersion: 1\nComment: a b: c\n" : "\n");
	}
	assert_ok(read_text(gm_buf_view(&crlf)));
	assert_string_equal(keys.items[0].fingerprint, key);
	assert_ok(read_text(gm_buf_view(&bare)));
	assert_string_equal(keys.items[0].fingerprint, key);
	assert_ok(read_text(gm_buf_view(&headed)));
	assert_string_equal(keys.items[0].fingerprint, key);
	/* Without the last line end. */
	assert_ok(read_text(gm_str_sub(text, 0, text.len - 1)));
}

static void test_armor_refuses(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		const char *part;
	} cases[] = {
#define B "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define E "-----END PGP PUBLIC KEY BLOCK-----\n"
		{ "", 0, "there is no block" },
		{ "\n\n", 0, "there is no block" },
		{ "hello\n", 1, "text outside" },
		{ "\n# key\n" B, 2, "text outside" },
		{ "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxx\n", 1,
		  "it is a secret key" },
		{ "-----BEGIN PGP MESSAGE-----\n\nxx\n", 1, "text outside" },
		{ B, 1, "its last line is missing" },
		{ B "\n", 2, "its last line is missing" },
		{ B "Version: 1\n", 2, "its last line is missing" },
		{ B "Zm9v\n" E, 2, "the empty line before it is missing" },
		{ B "\nZm9v\n", 3, "its last line is missing" },
		{ B "\nZm9v\n\n" E, 4, "there is an empty line in it" },
		{ B "\nZm9\n" E, 4, "it is no base64" },
		{ B "\nZm 9\n" E, 4, "it is no base64" },
		{ B "\nZm9v\n=AAAA\n" E, 4, "its checksum is wrong" },
		{ B "\nZm9v\n=AAA\n" E, 4, "its checksum is wrong" },
		{ B "\nZm9v\n=\n" E, 4, "its checksum is wrong" },
		{ B "\n=twTO\n", 3, "its last line is missing" },
		{ B "\n=twTO\nx\n" E, 4, "its last line is missing" },
		{ B "\n=twTO\n" E, 1, "there is no key" },
		{ B "\n" E, 1, "there is no key" },
		{ B "\nZm9v\n" E, 1, "it ends early" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_refused(gm_str(cases[i].text), cases[i].line,
			       cases[i].part);
}

/* A packet with a header of one byte for its length. */
static void put_packet(struct gm_buf *b, unsigned tag, struct gm_str body)
{
	gm_buf_putc(b, (char)(0xc0 | tag));
	gm_buf_putc(b, (char)body.len);
	gm_buf_str(b, body);
}

/* Version, time, algorithm, and the length of a number of no bytes. */
#define KEY_4 GM_STR("\4\0\0\0\0\x16\x01\x00\x01\x00")
#define KEY_3 GM_STR("\3\0\0\0\0\x16\x01\x00\x01\x00")
#define KEY_6 GM_STR("\6\0\0\0\0\x1b\x01\x00\x01\x00")
#define KEY_WEAK GM_STR("\4\0\0\0\0\x01\x04\x00\x01\x00")
#define KEY_WEAK_DSA GM_STR("\4\0\0\0\0\x11\x04\x00\x01\x00")
#define KEY_SHORT GM_STR("\4\0\0\0\0\x01\x08\x00\x01\x00")

static void test_packets(void **state)
{
	const struct {
		unsigned first;
		struct gm_str body;
		unsigned second;
		struct gm_str more;
		const char *part; /* NULL: fine */
	} cases[] = {
		{ 6, KEY_4, 13, GM_STR("Ann"), NULL },
		{ 6, KEY_4, 17, GM_STR("x"), NULL },
		{ 6, KEY_4, 2, GM_STR("x"), NULL },
		{ 6, KEY_4, 14, KEY_4, NULL },
		{ 6, KEY_3, 13, GM_STR("Ann"), "not of version 4" },
		{ 6, KEY_6, 13, GM_STR("Ann"), "not of version 4" },
		{ 6, KEY_4, 14, KEY_3, "not of version 4" },
		{ 6, KEY_WEAK, 13, GM_STR("Ann"), "less than 2048 bits" },
		{ 6, KEY_WEAK_DSA, 13, GM_STR("Ann"), "less than 2048 bits" },
		{ 6, KEY_4, 14, KEY_WEAK, "less than 2048 bits" },
		{ 6, KEY_SHORT, 13, GM_STR("Ann"), "a key is malformed" },
		{ 6, GM_STR("\4"), 13, GM_STR("Ann"), "a key is malformed" },
		{ 6, GM_STR(""), 13, GM_STR("Ann"), "a key is malformed" },
		{ 13, GM_STR("Ann"), 6, KEY_4, "before its key" },
		{ 14, KEY_4, 6, KEY_4, "before its key" },
		{ 2, GM_STR("x"), 6, KEY_4, "before its key" },
		{ 5, KEY_4, 13, GM_STR("Ann"), "there is a secret key" },
		{ 6, KEY_4, 7, KEY_4, "there is a secret key" },
		{ 6, KEY_4, 12, GM_STR("x"), "there is an unknown part" },
		{ 6, KEY_4, 0, GM_STR("x"), "there is an unknown part" },
		{ 6, KEY_4, 60, GM_STR("x"), "there is an unknown part" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_buf b = gm_buf(&arena);

		put_packet(&b, cases[i].first, cases[i].body);
		put_packet(&b, cases[i].second, cases[i].more);
		if (!cases[i].part) {
			assert_ok(read_text(block(gm_buf_view(&b))));
			assert_int_equal(keys.n, 1);
			assert_true(gm_str_eq(keys.items[0].packets,
					      gm_buf_view(&b)));
		} else {
			assert_refused(block(gm_buf_view(&b)), 1,
				       cases[i].part);
		}
	}
}

/* All ways to say how long a packet is (RFC 4880, section 4.2). */
static void test_lengths(void **state)
{
	const struct {
		struct gm_str header; /* of a user id of 3 bytes */
		bool good;
	} cases[] = {
		{ GM_STR("\xcd\x03"), true },
		{ GM_STR("\xb4\x03"), true },
		{ GM_STR("\xb5\0\x03"), true },
		{ GM_STR("\xb6\0\0\0\x03"), true },
		{ GM_STR("\xcd\xff\0\0\0\x03"), true },
		{ GM_STR("\xb7"), false },     /* until the end */
		{ GM_STR("\xcd\xe1"), false }, /* in parts */
		{ GM_STR("\xcd\xfe"), false },
		{ GM_STR("\x4d\x03"), false },
		{ GM_STR("\x34\x03"), false },
		{ GM_STR("\xcd\x04"), false },
		{ GM_STR("\xcd\x02"), false },
		{ GM_STR("\xcd\xc0"), false },
		{ GM_STR("\xcd\xff\0\0"), false },
		{ GM_STR("\xcd\xff\xff\xff\xff\xff"), false },
		{ GM_STR("\xb6\xff\xff\xff\xff"), false },
		{ GM_STR("\xb5\0"), false },
		{ GM_STR("\xcd"), false },
	};
	char large[300] = { 'x' };
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		b.len = 0;
		put_packet(&b, 6, KEY_4);
		gm_buf_str(&b, cases[i].header);
		gm_buf_puts(&b, "Ann");
		if (cases[i].good)
			assert_ok(read_text(block(gm_buf_view(&b))));
		else
			assert_int_equal(read_text(block(gm_buf_view(&b))), -1);
	}
	/* 300 = 192 + (1 - 1) * 256 + 108 */
	b.len = 0;
	put_packet(&b, 6, KEY_4);
	gm_buf_puts(&b, "\xcd\xc0\x6c");
	gm_buf_add(&b, large, sizeof(large));
	assert_ok(read_text(block(gm_buf_view(&b))));
	b.len--;
	assert_int_equal(read_text(block(gm_buf_view(&b))), -1);
}

static void test_too_many(void **state)
{
	struct gm_buf b = gm_buf(&arena), two = gm_buf(&arena);

	(void)state;
	for (int i = 0; i < GM_OPENPGP_MAX; i++)
		put_packet(&b, 6, KEY_4);
	assert_ok(read_text(block(gm_buf_view(&b))));
	assert_int_equal(keys.n, GM_OPENPGP_MAX);
	gm_buf_str(&two, block(gm_buf_view(&b)));
	gm_buf_str(&two, block(gm_buf_view(&b)));
	assert_failed(read_text(gm_buf_view(&two)), GM_EINPUT,
		      "there are too many keys");
	put_packet(&b, 6, KEY_4);
	assert_failed(read_text(block(gm_buf_view(&b))), GM_EINPUT,
		      "there are too many keys");
}

static void test_truncated(void **state)
{
	struct gm_str text;

	(void)state;
	text = gpg_armor(gpg_key("Ann", "ed25519", GPG_TIME, "never"));
	for (size_t len = 0; len < text.len - 1; len++) {
		struct gm_arena own = GM_ARENA_INIT;
		char *copy = gm_alloc(&own, len);

		memcpy(copy, text.ptr, len);
		assert_int_equal(read_text((struct gm_str){ copy, len }), -1);
		gm_arena_done(&own);
	}
}

static void test_signatures(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	struct gm_str one = GPG_SIGN(key, GM_STR("text"), "--no-armor");
	struct gm_buf two = gm_buf(&arena);
	const char *why;

	(void)state;
	if (!gm_openpgp_is_signature(&why, one))
		fail_msg("%s", why);
	assert_null(why);
	gm_buf_str(&two, one);
	gm_buf_str(&two, one);
	assert_false(gm_openpgp_is_signature(&why, gm_buf_view(&two)));
	assert_string_equal(why, "there is something behind it");
	two.len = one.len + 1;
	assert_false(gm_openpgp_is_signature(&why, gm_buf_view(&two)));
	assert_string_equal(why, "there is something behind it");
	for (size_t len = 0; len < one.len; len++) {
		assert_false(
			gm_openpgp_is_signature(&why, gm_str_sub(one, 0, len)));
		assert_string_equal(why, "it is no OpenPGP signature");
	}
	assert_false(gm_openpgp_is_signature(
		&why, GPG_SIGN(key, GM_STR("text"), "--armor")));
	assert_false(gm_openpgp_is_signature(
		&why, GPG(GM_STR("text"), "-u", key, "--sign")));
	assert_false(gm_openpgp_is_signature(
		&why, GPG(GM_STR_NONE, "--export", key)));
	assert_false(gm_openpgp_is_signature(&why, GM_STR("\xc2\x01\x03")));
	assert_string_equal(why, "it is not of version 4");
	assert_false(gm_openpgp_is_signature(&why, GM_STR("\xc2\0")));
	assert_string_equal(why, "it is not of version 4");
}

GM_UNIT_MAIN(GPG_TEST(test_real_keys), GPG_TEST(test_subkey_fingerprints),
	     GPG_TEST(test_armor_forms), PLACE_TEST(test_armor_refuses),
	     PLACE_TEST(test_packets), PLACE_TEST(test_lengths),
	     PLACE_TEST(test_too_many), GPG_TEST(test_truncated),
	     GPG_TEST(test_signatures))

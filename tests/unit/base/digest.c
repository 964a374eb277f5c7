#include "base/digest.h"

#include "unit.h"

/* The examples of FIPS 180-2, appendix B, and the empty message. */
static void known_answers(void **state)
{
	char hex[GM_SHA256_HEX + 1];

	(void)state;
	gm_sha256_hex(hex, GM_STR_NONE);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
				 "27ae41e4649b934ca495991b7852b855");
	gm_sha256_hex(hex, GM_STR("abc"));
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
	gm_sha256_hex(hex, GM_STR("abcdbcdecdefdefgefghfghighijhijk"
				  "ijkljklmklmnlmnomnopnopq"));
	assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039"
				 "a33ce45964ff2167f6ecedd419db06c1");
}

static void nul_bytes_count(void **state)
{
	char one[GM_SHA256_HEX + 1], two[GM_SHA256_HEX + 1];

	(void)state;
	gm_sha256_hex(one, GM_STR("a\0b"));
	gm_sha256_hex(two, GM_STR("a\0c"));
	assert_string_not_equal(one, two);
}

/* The examples of FIPS 180-1. */
static void sha1_known_answers(void **state)
{
	char hex[GM_SHA1_HEX + 1];

	(void)state;
	gm_sha1_hex(hex, GM_STR("abc"));
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	gm_sha1_hex(hex, GM_STR("abcdbcdecdefdefgefghfghighijhijk"
				"ijkljklmklmnlmnomnopnopq"));
	assert_string_equal(hex, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

GM_UNIT_MAIN(cmocka_unit_test(sha1_known_answers),
	     cmocka_unit_test(known_answers), cmocka_unit_test(nul_bytes_count))

#include "base/base64.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const char *encoded(struct gm_str bytes)
{
	struct gm_buf out = gm_buf(&arena);

	gm_base64_encode(&out, bytes);
	return out.ptr;
}

/* RFC 4648, section 10. */
static void test_known_answers(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};
	struct gm_str back;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		assert_string_equal(encoded(gm_str(cases[i][0])), cases[i][1]);
		assert_true(
			gm_base64_decode(&back, &arena, gm_str(cases[i][1])));
		assert_str(back, cases[i][0]);
		assert_int_equal(back.ptr[back.len], 0);
	}
}

static void test_all_bytes_and_lengths(void **state)
{
	char bytes[600];
	struct gm_str back;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct gm_str all = { bytes, len };

		assert_true(
			gm_base64_decode(&back, &arena, gm_str(encoded(all))));
		assert_true(gm_str_eq(back, all));
	}
}

static void test_refuses(void **state)
{
	static const char *const texts[] = {
		"Z",
		"Zg",
		"Zg=",
		"Zm9",
		"=",
		"==",
		"===",
		"====",
		"Z===",
		"Zh==",
		"Zm9=",
		"Zm8==",
		"Zg==Zg==",
		"Z=g=",
		"=Zg=",
		"Zm9\n",
		"Zm9v\n",
		" Zm9v",
		"Zm 9",
		"Zm9v====",
		"Zm-_",
		"Zm9v\r\nZm9v",
		"\xc3\xa9\xc3\xa9",
	};
	struct gm_str back = GM_STR("untouched");

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++)
		if (gm_base64_decode(&back, &arena, gm_str(texts[i])))
			fail_msg("'%s' was taken", texts[i]);
	assert_false(gm_base64_decode(&back, &arena, GM_STR("Zm9\0")));
	assert_str(back, "untouched");
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

GM_UNIT_MAIN(TEST(test_known_answers), TEST(test_all_bytes_and_lengths),
	     TEST(test_refuses))

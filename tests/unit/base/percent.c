#include "unit.h"

#include "base/percent.h"

static void encodes(const char *bytes, size_t len, const char *text)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str s = { bytes, len }, back;
	struct gm_buf b = gm_buf(&a);

	gm_percent_encode(&b, s);
	assert_str(gm_buf_view(&b), text);
	assert_true(gm_percent_decode(&back, &a, gm_buf_view(&b)));
	assert_true(gm_str_eq(back, s));
	assert_int_equal(back.ptr[back.len], 0);
}

static void test_encode(void **state)
{
	(void)state;
	encodes("", 0, "");
	encodes("migrations/2026_x/up.sql", 24, "migrations/2026_x/up.sql");
	encodes("sha256:ab@*=~!", 14, "sha256:ab@*=~!");
	encodes("a b%c", 5, "a%20b%25c");
	encodes("\0\n\r\t\x7f", 5, "%00%0A%0D%09%7F");
	encodes("\xc3\xa9\xff", 3, "%C3%A9%FF");
}

static void test_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		char byte = (char)c;
		struct gm_str s = { &byte, 1 }, back;
		struct gm_buf b = gm_buf(&a);

		gm_percent_encode(&b, s);
		for (size_t i = 0; i < b.len; i++)
			assert_true(b.ptr[i] > ' ' && b.ptr[i] < 0x7f);
		assert_true(gm_percent_decode(&back, &a, gm_buf_view(&b)));
		assert_true(gm_str_eq(back, s));
	}
}

static void test_refuses(void **state)
{
	static const char *const bad[] = {
		" ",   "a b", "%",   "%2",   "a%",   "%2g",  "%g2",  "%0a",
		"%c3", "%41", "%2F", "\x7f", "\xc3", "\x01", "%%20",
	};
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_str out;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (gm_percent_decode(&out, &a, gm_str(bad[i])))
			fail_msg("'%s' was decoded", bad[i]);
	assert_false(gm_percent_decode(&out, &a, (struct gm_str){ "a\0b", 3 }));
}

GM_UNIT_MAIN(cmocka_unit_test(test_encode), cmocka_unit_test(test_every_byte),
	     cmocka_unit_test(test_refuses))

#include "base/buf.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void starts_empty(void **state)
{
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	assert_string_equal(b.ptr, "");
	assert_int_equal(gm_buf_view(&b).len, 0);
	gm_buf_add(&b, NULL, 0);
	gm_buf_str(&b, GM_STR_NONE);
	gm_buf_puts(&b, "");
	assert_int_equal(b.len, 0);
}

static void takes_all_kinds(void **state)
{
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	gm_buf_puts(&b, "one ");
	gm_buf_putc(&b, '2');
	gm_buf_str(&b, GM_STR(" three"));
	gm_buf_add(&b, "\0x", 2);
	gm_buf_printf(&b, "[%d]", 4);
	assert_true(gm_str_eq(gm_buf_view(&b), GM_STR("one 2 three\0x[4]")));
	assert_int_equal(b.ptr[b.len], 0);
}

static void ends_in_nul_at_every_length(void **state)
{
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		assert_int_equal(b.len, i);
		gm_buf_putc(&b, 'x');
		assert_int_equal(strlen(b.ptr), i + 1);
	}
}

static void formats_longer_than_it_holds(void **state)
{
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	gm_buf_puts(&b, "ab");
	gm_buf_printf(&b, "%0500d", 7);
	assert_int_equal(b.len, 502);
	assert_string_equal(b.ptr + 498, "0007");
	for (size_t fill = 50; fill < 70; fill++) {
		struct gm_buf c = gm_buf(&arena);

		gm_buf_printf(&c, "%*s", (int)fill, "x");
		assert_int_equal(strlen(c.ptr), fill);
	}
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(starts_empty, done),
	     cmocka_unit_test_teardown(takes_all_kinds, done),
	     cmocka_unit_test_teardown(ends_in_nul_at_every_length, done),
	     cmocka_unit_test_teardown(formats_longer_than_it_holds, done))

#include "git/push.h"

#include "base/buf.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_push push;

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define Z "0000000000000000000000000000000000000000"

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void test_server(void **state)
{
	(void)state;
	assert_ok(gm_push_parse(&push, &arena,
				GM_STR(A " " B " refs/heads/main\n" Z " " A
					 " refs/tags/v1\n" B " " Z
					 " refs/heads/old\n"),
				&err));
	assert_int_equal(push.n, 3);
	assert_string_equal(push.items[0].ref, "refs/heads/main");
	assert_string_equal(gm_oid_hex(&arena, &push.items[0].old_oid), A);
	assert_string_equal(gm_oid_hex(&arena, &push.items[0].new_oid), B);
	assert_true(gm_oid_is_zero(&push.items[1].old_oid));
	assert_true(gm_oid_is_zero(&push.items[2].new_oid));
}

static void refuse(struct gm_str input, size_t line)
{
	memset(&err, 0, sizeof(err));
	if (gm_push_parse(&push, &arena, input, &err) != -1)
		fail_msg("'%s' was taken", input.ptr);
	assert_int_equal(err.code, GM_EINPUT);
	assert_int_equal(err.line, line);
}

static void test_server_refuses(void **state)
{
	(void)state;
	refuse(GM_STR(""), 1);
	refuse(GM_STR("\n"), 1);
	refuse(GM_STR(A " " B " refs/heads/main"), 1);
	refuse(GM_STR(A " " B " refs/heads/main\n\n"), 2);
	refuse(GM_STR(A "  " B " refs/heads/main\n"), 1);
	refuse(GM_STR(A "\t" B " refs/heads/main\n"), 1);
	refuse(GM_STR(" " A " " B " refs/heads/main\n"), 1);
	refuse(GM_STR(A " " B " \n"), 1);
	refuse(GM_STR(A " " B "\n"), 1);
	refuse(GM_STR(A " " B " refs/heads/main \n"), 1);
	refuse(GM_STR(A " " B " refs/heads/ma in\n"), 1);
	refuse(GM_STR(A " " B " refs/heads/main\r\n"), 1);
	refuse(GM_STR(A " " B " refs/heads/main\033[2K\n"), 1);
	refuse(GM_STR(A " " B " refs/heads/ma\0in\n"), 1);
	refuse(GM_STR(A " " B " main\n"), 1);
	refuse(GM_STR(A " " B " HEAD\n"), 1);
	refuse(GM_STR("A" A " " B " refs/heads/main\n"), 1);
	refuse(GM_STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA " B
		      " refs/heads/main\n"),
	       1);
	refuse(GM_STR(Z " " Z " refs/heads/main\n"), 1);
}

/* The forged line of a ref name with an LF in it names main once more. */
static void test_server_refuses_twice(void **state)
{
	(void)state;
	refuse(GM_STR(A " " B " refs/heads/main\n" A " " A " refs/heads/x\n" A
			" " A " refs/heads/main\n"),
	       3);
}

static void test_server_limits(void **state)
{
	struct gm_buf many = gm_buf(&arena);
	struct gm_str big = { gm_alloc(&arena, GM_PUSH_MAX_INPUT + 1),
			      GM_PUSH_MAX_INPUT + 1 };

	(void)state;
	for (int i = 0; i < GM_PUSH_MAX_REFS; i++)
		gm_buf_printf(&many, A " " B " refs/heads/x%d\n", i);
	assert_ok(gm_push_parse(&push, &arena, gm_buf_view(&many), &err));
	assert_int_equal(push.n, GM_PUSH_MAX_REFS);
	gm_buf_puts(&many, A " " B " refs/heads/y\n");
	assert_int_equal(gm_push_parse(&push, &arena, gm_buf_view(&many), &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_int_equal(gm_push_parse(&push, &arena, big, &err), -1);
	assert_int_equal(err.code, GM_ELIMIT);
}

static void test_client(void **state)
{
	(void)state;
	assert_ok(gm_push_parse_client(&push, &arena, GM_STR_NONE, &err));
	assert_int_equal(push.n, 0);
	assert_ok(gm_push_parse_client(
		&push, &arena,
		GM_STR("refs/heads/main " B " refs/heads/main " A "\n"
		       "(delete) " Z " refs/heads/old " A "\n"
		       "HEAD@{2 days ago} " B " refs/heads/new " Z "\n"),
		&err));
	assert_int_equal(push.n, 3);
	assert_string_equal(push.items[0].ref, "refs/heads/main");
	assert_string_equal(gm_oid_hex(&arena, &push.items[0].old_oid), A);
	assert_string_equal(gm_oid_hex(&arena, &push.items[0].new_oid), B);
	assert_true(gm_oid_is_zero(&push.items[1].new_oid));
	assert_string_equal(push.items[2].ref, "refs/heads/new");
}

static void test_client_refuses(void **state)
{
	static const char *const bad[] = {
		"\n",
		A " refs/heads/main " B "\n",
		"x " A " refs/heads/main\n",
		"x " A " main " B "\n",
		"x y refs/heads/main " B "\n",
		"x " A " refs/heads/main " B,
		"x " A " refs/heads/main " B " \n",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		assert_int_equal(gm_push_parse_client(&push, &arena,
						      gm_str(bad[i]), &err),
				 -1);
		assert_int_equal(err.code, GM_EINPUT);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

GM_UNIT_MAIN(TEST(test_server), TEST(test_server_refuses),
	     TEST(test_server_refuses_twice), TEST(test_server_limits),
	     TEST(test_client), TEST(test_client_refuses))

#include "rollout/owned.h"

#include "unit.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int read_text(struct gm_owned *out, struct gm_arena *a, const char *text,
		     struct gm_err *err)
{
	*err = (struct gm_err)GM_ERR_INIT;
	return gm_owned_read(out, a, "x/.git-migrate", gm_str(text), err);
}

static void test_there_and_back(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_progress_item items[] = {
		{ "10-checkpoint", GM_SLOT_ACTIVE, 1, NULL },
		{ "70-contract", GM_SLOT_SUSPENDED, 12, HASH },
	};
	const struct gm_progress progress = { .items = items,
					      .n = 2,
					      .lsn = "0/3000060" };
	struct gm_fileset files = { 0 };
	struct gm_owned o;
	struct gm_err err;
	struct gm_str text;

	(void)state;
	gm_fileset_add(&files, &a, "d/x/a.yaml", GM_STR("a"));
	gm_fileset_add(&files, &a, "d/x/b/c.sql", GM_STR("abc"));
	text = gm_owned_write(&a, "1 \xc3\xa4", &progress, &files, "d/x");
	assert_ok(read_text(&o, &a, gm_str_dup(&a, text), &err));
	assert_string_equal(o.id, "1 \xc3\xa4");
	assert_int_equal(o.progress.n, 2);
	assert_string_equal(o.progress.items[1].dir, "70-contract");
	assert_int_equal(o.progress.items[1].state, GM_SLOT_SUSPENDED);
	assert_int_equal(o.progress.items[1].attempt, 12);
	assert_string_equal(o.progress.items[1].record, HASH);
	assert_null(o.progress.items[0].record);
	assert_string_equal(o.progress.lsn, "0/3000060");
	assert_int_equal(o.n, 2);
	assert_string_equal(gm_owned_find(&o, "b/c.sql"),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb4"
			    "10ff61f20015ad");
	assert_null(gm_owned_find(&o, "c.sql"));
	assert_true(gm_str_eq(
		text, gm_owned_write(&a, o.id, &o.progress, &files, "d/x")));
}

static void test_accounts(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_fileset files = { 0 };
	struct gm_owned o;
	struct gm_err err;

	(void)state;
	gm_fileset_add(&files, &a, "d/accounts/a.yaml", GM_STR("a"));
	assert_ok(
		read_text(&o, &a,
			  gm_str_dup(&a, gm_owned_write(&a, NULL, NULL, &files,
							"d/accounts")),
			  &err));
	assert_true(o.accounts);
	assert_null(o.id);
	assert_non_null(gm_owned_find(&o, "a.yaml"));
}

static void test_none(void **state)
{
	const struct gm_owned o = { 0 };

	(void)state;
	assert_null(gm_owned_find(&o, "a"));
}

static void test_refused(void **state)
{
#define HEAD "# git-migrate 1\n# migration a\n"
	static const struct {
		const char *text;
		size_t line;
	} bad[] = {
		{ "", 1 },
		{ "# git-migrate 2\n", 1 },
		{ "# git-migrate 1\n", 1 },
		{ "# git-migrate 1\n# migration \n", 2 },
		{ "# git-migrate 1\n# migration a%\n", 2 },
		{ HEAD "# migration b\n", 3 },
		{ HEAD "# accounts\n", 3 },
		{ "# git-migrate 1\n# accounts x\n", 2 },
		{ "# git-migrate 1\n# accounts\n# migration a\n", 1 },
		{ "# git-migrate 1\n# accounts\n# stage a active 1\n", 1 },
		{ HEAD "# other x\n", 3 },
		{ HEAD "# \n", 3 },
		{ HEAD "# stage a active\n", 3 },
		{ HEAD "# stage a done 1\n", 3 },
		{ HEAD "# stage a active 0\n", 3 },
		{ HEAD "# stage a active 100\n", 3 },
		{ HEAD "# stage a active 1 x\n", 3 },
		{ HEAD "# stage a active 1 " HASH " x\n", 3 },
		{ HEAD "# lsn x\n", 3 },
		{ HEAD HASH " a\n", 3 },
		{ HEAD HASH "  \n", 3 },
		{ HEAD HASH "  /etc/passwd\n", 3 },
		{ HEAD HASH "  ../a\n", 3 },
		{ HEAD HASH "  a/../../b\n", 3 },
		{ HEAD HASH "  a\\b\n", 3 },
		{ HEAD HASH "  b\n" HASH "  a\n", 4 },
		{ HEAD HASH "  a\n" HASH "  a\n", 4 },
		{ HEAD "\n", 3 },
		{ HEAD "x123456789abcdef0123456789abcdef0123456789abcdef"
		       "0123456789abcdef  a\n",
		  3 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_owned o = { .id = "before" };
		struct gm_err err;

		if (read_text(&o, &a, bad[i].text, &err) == 0)
			fail_msg("accepted: %s", bad[i].text);
		assert_int_equal(err.code, GM_EINPUT);
		assert_string_equal(err.path, "x/.git-migrate");
		assert_int_equal(err.line, bad[i].line);
		assert_string_equal(o.id, "before");
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_there_and_back),
	     cmocka_unit_test(test_accounts), cmocka_unit_test(test_none),
	     cmocka_unit_test(test_refused))

#include "unit/migration/place.h"

#include "approval/landed.h"

#define DIGEST                                                                 \
	"sha256:"                                                              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NONCE "0123456789abcdef0123456789abcdef"
#define LINE                                                                   \
	"gm1 landed project=shop path=migrations/1_a/up.sql digest=" DIGEST    \
	" phase=expand class=expand ref=refs/heads/main env=* role=server"     \
	" signer=server at=2026-11-21T10:00:00Z until=2026-11-22T10:00:00Z"    \
	" nonce=" NONCE

static const struct gm_landed sample = {
	.project = "shop",
	.path = "migrations/1_a/up.sql",
	.digest = DIGEST,
	.phase = "expand",
	.class_ = "expand",
	.ref = "refs/heads/main",
	.at = 1795255200,
	.until = 1795341600,
	.nonce = NONCE,
};

static void test_encode(void **state)
{
	(void)state;
	assert_string_equal(gm_landed_encode(&arena, &sample), LINE);
}

static void test_decode(void **state)
{
	struct gm_landed l;

	(void)state;
	assert_true(gm_landed_decode(&l, &arena, gm_str(LINE)));
	assert_string_equal(l.project, "shop");
	assert_string_equal(l.path, "migrations/1_a/up.sql");
	assert_string_equal(l.digest, DIGEST);
	assert_string_equal(l.phase, "expand");
	assert_string_equal(l.class_, "expand");
	assert_string_equal(l.ref, "refs/heads/main");
	assert_int_equal(l.at, sample.at);
	assert_int_equal(l.until, sample.until);
	assert_string_equal(l.nonce, NONCE);
}

static void test_odd_values(void **state)
{
	struct gm_landed l = sample, back;
	const char *line;

	(void)state;
	l.path = "m/1_a b%\n\xc3\xa9/up.sql";
	l.project = "a=b";
	l.phase = "none";
	l.class_ = "opaque";
	l.until = l.at;
	line = gm_landed_encode(&arena, &l);
	for (const char *p = line; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
	assert_true(gm_landed_decode(&back, &arena, gm_str(line)));
	assert_string_equal(back.path, l.path);
	assert_string_equal(back.project, l.project);
	assert_string_equal(gm_landed_encode(&arena, &back), line);
}

static const char *replaced(const char *from, const char *to)
{
	const char *at = strstr(LINE, from);

	assert_non_null(at);
	return gm_printf(&arena, "%.*s%s%s", (int)(at - LINE), LINE, to,
			 at + strlen(from));
}

static void test_refuses(void **state)
{
	static const char *const changes[][2] = {
		{ "gm1", "gm2" },
		{ "gm1", " gm1" },
		{ "landed", "approve" },
		{ "landed ", "landed" },
		{ " project", "  project" },
		{ " project=shop", "" },
		{ "project=shop", "project=" },
		{ "project=shop", "project=shop project=shop" },
		{ "project=shop", "project" },
		{ "project=shop", "Project=shop" },
		{ "project=shop", "project=s%68op" },
		{ "project=shop", "project=%00" },
		{ "project=shop", "project=\xc3\xa9" },
		{ "project=shop path=", "path=x project=" },
		{ "path=migrations", "path=%2e" },
		{ "path=migrations", "path=a%zz" },
		{ "sha256:0", "sha256:" },
		{ "sha256:0", "sha256:00" },
		{ "sha256:0", "sha256:G" },
		{ "sha256:0", "sha512:0" },
		{ "abcdef ", "abcdeF " },
		{ "phase=expand", "phase=later" },
		{ "phase=expand", "phase=Expand" },
		{ "class=expand", "class=none" },
		{ "refs/heads/main", "main" },
		{ "refs/heads/main", "refs/heads/a..b" },
		{ "env=*", "env=production" },
		{ "role=server", "role=dba" },
		{ "signer=server", "signer=ann@example.com" },
		{ "at=2026-11-21T10:00:00Z", "at=2026-11-21T10:00:00" },
		{ "at=2026-11-21T10:00:00Z", "at=2026-11-31T10:00:00Z" },
		{ "at=2026-11-21", "at=2026-11-23" },
		{ "until=2026", "until=1026" },
		{ "nonce=0", "nonce=" },
		{ "nonce=0", "nonce=A" },
		{ "nonce=" NONCE, "nonce=" NONCE " " },
		{ "nonce=" NONCE, "nonce=" NONCE " sig=x" },
		{ "nonce=" NONCE, "nonce=" NONCE "\r" },
		{ "nonce=" NONCE, "" },
	};
	struct gm_landed l;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(changes); i++) {
		const char *line = replaced(changes[i][0], changes[i][1]);

		if (gm_landed_decode(&l, &arena, gm_str(line)))
			fail_msg("decoded: %s", line);
	}
	assert_false(gm_landed_decode(&l, &arena, gm_str("")));
	assert_false(gm_landed_decode(&l, &arena, GM_STR_NONE));
	/* Each shorter one, and one that is too long. */
	for (size_t n = 0; n < strlen(LINE); n++)
		assert_false(gm_landed_decode(&l, &arena,
					      gm_str_sub(gm_str(LINE), 0, n)));
	{
		char *path = gm_alloc(&arena, 8193);

		memset(path, 'x', 8192);
		assert_false(gm_landed_decode(
			&l, &arena, gm_str(replaced("migrations", path))));
	}
}

/* Any bytes: what decodes encodes to the same line. */
static void test_any_bytes(void **state)
{
	static const char bytes[] = " =%0aF:/-.TZ\n\xff";
	unsigned seed = 11, decoded = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		char *line = gm_strdup(&a, LINE);
		size_t len = strlen(line);
		struct gm_landed l;

		for (int k = 0; k < 1 + round % 3; k++) {
			size_t at;

			seed = seed * 1103515245 + 12345;
			at = (seed >> 8) % len;
			line[at] = bytes[(seed >> 4) % (sizeof(bytes) - 1)];
		}
		if (!gm_landed_decode(&l, &a, (struct gm_str){ line, len }))
			continue;
		decoded++;
		assert_string_equal(gm_landed_encode(&a, &l), line);
	}
	assert_true(decoded > 100 && decoded < 15000);
}

static void test_none(void **state)
{
	struct gm_landed_list list = { 0 };

	(void)state;
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 0);
	assert_null(gm_landed_find(&list, "a", "b"));
}

static void test_append(void **state)
{
	struct gm_landed items[4];
	struct gm_oid on[4] = { blob("1"), blob("1"), blob("2"), blob("1") };
	struct gm_landed_list list = { 0 };
	const struct gm_landed *l;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		items[i] = sample;
	items[0].nonce = NULL;
	items[1].ref = "refs/heads/release";
	items[2].path = "migrations/2_b/up.sql";
	items[2].nonce = NULL;
	items[3].at -= 60;
	assert_ok(gm_landed_append(repo, items, on, 0, &err));
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 0);
	assert_ok(gm_landed_append(repo, items, on, 3, &err));
	assert_ok(gm_landed_append(repo, items + 3, on + 3, 1, &err));
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < list.n; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(strcmp(list.items[i].nonce,
					   list.items[j].nonce) != 0 ||
				    !strcmp(list.items[i].nonce, NONCE));
	l = gm_landed_find(&list, "migrations/1_a/up.sql", "refs/heads/main");
	assert_non_null(l);
	assert_int_equal(l->at, sample.at - 60);
	l = gm_landed_find(&list, "migrations/1_a/up.sql",
			   "refs/heads/release");
	assert_non_null(l);
	assert_int_equal(l->at, sample.at);
	l = gm_landed_find(&list, "migrations/2_b/up.sql", "refs/heads/main");
	assert_non_null(l);
	assert_string_not_equal(l->nonce, NONCE);
	assert_null(gm_landed_find(&list, "migrations/2_b/up.sql",
				   "refs/heads/release"));
	assert_null(gm_landed_find(&list, "z", "refs/heads/main"));
}

static void test_append_refuses(void **state)
{
	struct gm_landed l = sample;
	struct gm_landed_list list = { 0 };
	struct gm_oid on = blob("1");

	(void)state;
	l.phase = "later";
	assert_int_equal(gm_landed_append(repo, &l, &on, 1, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	l = sample;
	l.until = l.at - 1;
	assert_int_equal(gm_landed_append(repo, &l, &on, 1, &err), -1);
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 0);
}

static void write_note(const char *text)
{
	struct gm_note_line line = { blob("1"), text };

	assert_ok(gm_notes_append(repo, GM_LANDED_REF, &line, 1, "x", &err));
}

static void test_damage(void **state)
{
	struct gm_landed_list list = { 0 };

	(void)state;
	write_note(LINE);
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 1);
	write_note("gm1 landed project=shop");
	list.n = 7;
	assert_int_equal(gm_landed_read(&list, &arena, repo, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, GM_LANDED_REF));
	assert_int_equal(list.n, 7);
}

static void test_no_notes(void **state)
{
	struct gm_landed_list list = { 0 };
	struct gm_oid text = blob("x"), none = { { 0 } };

	(void)state;
	assert_ok(gm_ref_swap(repo, GM_LANDED_REF, &none, &text, "x", &err));
	assert_int_equal(gm_landed_read(&list, &arena, repo, &err), -1);
}

GM_UNIT_MAIN(CASE(test_encode), CASE(test_decode), CASE(test_odd_values),
	     CASE(test_refuses), CASE(test_any_bytes), CASE(test_none),
	     CASE(test_append), CASE(test_append_refuses), CASE(test_damage),
	     CASE(test_no_notes))

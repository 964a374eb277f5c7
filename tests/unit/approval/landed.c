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

static void test_none(void **state)
{
	struct gm_landed_list list = { 0 };
	struct gm_oid on = blob("1");

	(void)state;
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 0);
	assert_null(gm_landed_find(&list, "a", "b"));
	assert_ok(gm_landed_on(&list, &arena, repo, &on, &err));
	assert_int_equal(list.n, 0);
}

static void write_note(const char *text)
{
	struct gm_note_line line = { blob("1"), text };

	assert_ok(gm_notes_append(repo, GM_LANDED_REF, &line, 1, "x", &err));
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
	/* Those on one blob alone. */
	assert_ok(gm_landed_on(&list, &arena, repo, &on[0], &err));
	assert_int_equal(list.n, 3);
	assert_int_equal(list.items[0].at, sample.at - 60);
	assert_true(gm_oid_eq(&list.items[2].on, &on[0]));
	assert_ok(gm_landed_on(&list, &arena, repo, &on[2], &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].path, "migrations/2_b/up.sql");
	on[0] = blob("3");
	assert_ok(gm_landed_on(&list, &arena, repo, &on[0], &err));
	assert_int_equal(list.n, 0);
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

/* One that cannot be written keeps no other out. */
static void test_append_others(void **state)
{
	struct gm_landed l[] = { sample, sample, sample };
	struct gm_oid on[] = { blob("1"), blob("2"), blob("3") };
	struct gm_landed_list list = { 0 };
	char path[GM_RECORD_MAX + 1];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	l[1].path = path;
	l[2].path = "migrations/3/up.sql";
	assert_int_equal(gm_landed_append(repo, l, on, 3, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 2);
}

static void test_read(void **state)
{
	struct gm_landed_list list = { 0 };
	const struct gm_landed *l;
	struct gm_oid on = blob("1");

	(void)state;
	write_note(LINE);
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 1);
	l = &list.items[0];
	assert_string_equal(l->project, "shop");
	assert_string_equal(l->path, "migrations/1_a/up.sql");
	assert_string_equal(l->digest, DIGEST);
	assert_string_equal(l->phase, "expand");
	assert_string_equal(l->class_, "expand");
	assert_string_equal(l->ref, "refs/heads/main");
	assert_int_equal(l->at, sample.at);
	assert_int_equal(l->until, sample.until);
	assert_string_equal(l->nonce, NONCE);
	assert_true(gm_oid_eq(&l->on, &on));
	/* What is appended is written in the same words. */
	assert_ok(gm_landed_append(repo, &sample, &on, 1, &err));
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 1);
}

static void test_damage(void **state)
{
	static const char *const lines[] = {
		"gm1 landed project=shop",
		"gm1 approve project=shop",
		"hello",
	};
	struct gm_landed_list list = { 0 };
	struct gm_oid on = blob("1");

	(void)state;
	write_note(LINE);
	assert_ok(gm_landed_read(&list, &arena, repo, &err));
	assert_int_equal(list.n, 1);
	list.n = 7;
	for (size_t i = 0; i < GM_COUNT(lines); i++) {
		write_note(lines[i]);
		assert_int_equal(gm_landed_read(&list, &arena, repo, &err), -1);
		assert_int_equal(err.code, GM_EINPUT);
		assert_non_null(strstr(err.msg, GM_LANDED_REF));
		assert_int_equal(list.n, 7);
		assert_int_equal(gm_landed_on(&list, &arena, repo, &on, &err),
				 -1);
		assert_int_equal(err.code, GM_EINPUT);
		assert_int_equal(list.n, 7);
	}
}

static void test_no_notes(void **state)
{
	struct gm_landed_list list = { 0 };
	struct gm_oid text = blob("x"), none = { { 0 } };

	(void)state;
	assert_ok(gm_ref_swap(repo, GM_LANDED_REF, &none, &text, "x", &err));
	assert_int_equal(gm_landed_read(&list, &arena, repo, &err), -1);
	assert_int_equal(gm_landed_on(&list, &arena, repo, &text, &err), -1);
}

GM_UNIT_MAIN(CASE(test_none), CASE(test_read), CASE(test_append),
	     CASE(test_append_refuses), CASE(test_append_others),
	     CASE(test_damage), CASE(test_no_notes))

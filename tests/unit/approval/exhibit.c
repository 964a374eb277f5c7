#include "approval/exhibit.h"

#include "unit/approval/records.h"

static char sha256[GM_SHA256_HEX + 1];

static const char *keep(const char *text)
{
	assert_ok(gm_exhibit_keep(sha256, repo, gm_str(text), &err));
	return gm_strdup(&arena, sha256);
}

static int find(const char *hex, bool remotes)
{
	struct gm_str text = GM_STR_NONE;
	int found = gm_exhibit_read(&text, &arena, repo, remotes, hex, &err);

	if (found < 0)
		fail_msg("%s", err.msg);
	return found;
}

static void test_kept(void **state)
{
	static const char text[] = "one\n\ntwo, and no end of line";
	const char *hex = keep(text);
	struct gm_str got;

	(void)state;
	assert_int_equal(strlen(hex), GM_SHA256_HEX);
	assert_int_equal(gm_exhibit_read(&got, &arena, repo, false, hex, &err),
			 1);
	assert_str(got, text);
	assert_string_equal(keep(text), hex);
	assert_string_equal(GIT("rev-list", "--count", GM_EXHIBITS_REF), "1");
	assert_string_equal(GIT("notes", "--ref", GM_EXHIBITS_REF, "show",
				gm_strndup(&arena, hex, GM_OID_HEX)),
			    text);
	assert_int_equal(find(keep("other"), false), 1);
	hex = "00000000000000000000000000000000"
	      "00000000000000000000000000000000";
	assert_int_equal(find(hex, true), 0);
}

static void test_empty(void **state)
{
	struct gm_oid oid;

	(void)state;
	assert_int_equal(find(keep(""), false), 1);
	assert_int_equal(gm_ref_get(&oid, repo, GM_EXHIBITS_REF, &err), 0);
}

static void refused(struct gm_str text, enum gm_errcode code)
{
	err.hint[0] = '\0';
	assert_int_equal(gm_exhibit_keep(sha256, repo, text, &err), -1);
	assert_int_equal(err.code, code);
	assert_true(*err.hint);
}

static void test_not_kept(void **state)
{
	char *much = gm_alloc(&arena, GM_EXHIBIT_MAX + 1);
	struct gm_oid oid;

	(void)state;
	memset(much, 'x', GM_EXHIBIT_MAX + 1);
	refused((struct gm_str){ much, GM_EXHIBIT_MAX + 1 }, GM_ELIMIT);
	refused(GM_STR("a\0b"), GM_EINPUT);
	refused(GM_STR("a\xff"), GM_EINPUT);
	assert_int_equal(gm_ref_get(&oid, repo, GM_EXHIBITS_REF, &err), 0);
	assert_ok(gm_exhibit_keep(
		sha256, repo, (struct gm_str){ much, GM_EXHIBIT_MAX }, &err));
}

/* Another text under its name, as anybody could write it. */
static void plant(const char *hex, const char *text)
{
	struct gm_oid name;

	assert_true(
		gm_oid_parse(&name, gm_str_sub(gm_str(hex), 0, GM_OID_HEX)));
	assert_ok(gm_notes_put(repo, GM_EXHIBITS_REF, &name, gm_str(text), "x",
			       &err));
}

static void test_another_text(void **state)
{
	char hex[GM_SHA256_HEX + 1];

	(void)state;
	gm_sha256_hex(hex, GM_STR("true"));
	plant(hex, "false");
	assert_int_equal(find(hex, true), 0);
	/* What was fetched is right. */
	make_fetched(GM_EXHIBITS_REF);
	assert_int_equal(find(hex, true), 0);
	keep("true");
	assert_int_equal(find(hex, true), 1);
	assert_int_equal(find(hex, false), 1);
}

static void test_fetched(void **state)
{
	const char *hex = keep("text");

	(void)state;
	make_fetched(GM_EXHIBITS_REF);
	assert_int_equal(find(hex, false), 0);
	assert_int_equal(find(hex, true), 1);
	GIT("update-ref", GM_EXHIBITS_REF, "HEAD^{tree}");
	assert_int_equal(gm_exhibit_read(&(struct gm_str){ 0 }, &arena, repo,
					 true, hex, &err),
			 -1);
}

static struct gm_oid tip(void)
{
	struct gm_oid oid = { { 0 } };

	if (gm_ref_get(&oid, repo, GM_EXHIBITS_REF, &err) < 0)
		fail_msg("%s", err.msg);
	return oid;
}

static void test_pushed(void **state)
{
	struct gm_oid old = { { 0 } }, new_;
	struct gm_records bad;
	char hex[GM_SHA256_HEX + 1];
	char *much = gm_alloc(&arena, GM_EXHIBIT_MAX + 2);

	(void)state;
	keep("one");
	keep("two");
	new_ = tip();
	assert_ok(gm_exhibits_added(&bad, &arena, repo, &old, &new_, &err));
	assert_int_equal(bad.n_bad, 0);
	old = new_;
	gm_sha256_hex(hex, GM_STR("three"));
	plant(hex, "not three");
	gm_sha256_hex(hex, GM_STR("empty"));
	plant(hex, "");
	memset(much, 'x', GM_EXHIBIT_MAX + 1);
	gm_sha256_hex(hex, gm_str(much));
	plant(hex, much);
	gm_sha256_hex(hex, GM_STR("\xff"));
	plant(hex, "\xff");
	new_ = tip();
	assert_ok(gm_exhibits_added(&bad, &arena, repo, &old, &new_, &err));
	assert_int_equal(bad.n_bad, 4);
	for (size_t i = 0; i < bad.n_bad; i++)
		assert_true(!strncmp(bad.bad[i].why, "it is not called", 16) ||
			    !strncmp(bad.bad[i].why, "it has more than", 16) ||
			    !strncmp(bad.bad[i].why, "it is no text", 13));
	assert_ok(gm_exhibits_added(&bad, &arena, repo, &new_, &new_, &err));
	assert_int_equal(bad.n_bad, 0);
}

static void test_too_many(void **state)
{
	struct gm_note_line lines[GM_RECORDS_PER_PUSH + 1];
	struct gm_oid none = { { 0 } }, new_;
	struct gm_records bad;

	(void)state;
	for (int i = 0; i < (int)GM_COUNT(lines); i++) {
		lines[i] = (struct gm_note_line){ .line = "x" };
		lines[i].on.id[0] = (unsigned char)(i >> 8);
		lines[i].on.id[1] = (unsigned char)i;
	}
	assert_ok(gm_notes_append(repo, GM_EXHIBITS_REF, lines,
				  GM_COUNT(lines) - 1, "x", &err));
	new_ = tip();
	assert_ok(gm_exhibits_added(&bad, &arena, repo, &none, &new_, &err));
	assert_int_equal(bad.n_bad, 16);
	assert_ok(gm_notes_append(repo, GM_EXHIBITS_REF, lines, GM_COUNT(lines),
				  "x", &err));
	new_ = tip();
	assert_int_equal(
		gm_exhibits_added(&bad, &arena, repo, &none, &new_, &err), -1);
	assert_int_equal(err.code, GM_ELIMIT);
}

GM_UNIT_MAIN(RECORDS_TEST(test_kept), RECORDS_TEST(test_empty),
	     RECORDS_TEST(test_not_kept), RECORDS_TEST(test_another_text),
	     RECORDS_TEST(test_fetched), RECORDS_TEST(test_pushed),
	     RECORDS_TEST(test_too_many))

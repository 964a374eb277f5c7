#include "approval/gpgstatus.h"

#include "base/buf.h"
#include "unit.h"

#define FPR "54AB8D9855275F0BF561CA3CC8A1FE0F74B7E2E1"
#define SUB "8D1B0059910C3CE98AAC4003A6509C3696CC6E3A"
#define G "[GNUPG:] "
#define NEWSIG G "NEWSIG ann@example.com\n"
#define CONSIDERED G "KEY_CONSIDERED " FPR " 0\n"
#define SIG_ID G "SIG_ID /9kjXqhWQ3WXg214T6d5LveAhRI 2026-11-21 1795268223\n"
#define GOODSIG G "GOODSIG C8A1FE0F74B7E2E1 Ann <ann@example.com>\n"
#define VALIDSIG                                                               \
	G "VALIDSIG " FPR " 2026-11-21 1795268223 0 4 0 22 8 00 " FPR "\n"
#define ALL NEWSIG CONSIDERED SIG_ID CONSIDERED GOODSIG VALIDSIG
#define TIME INT64_C(1795268223)

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_gpgstatus got;
static const char *why;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static bool taken(struct gm_str status, int64_t now)
{
	got = (struct gm_gpgstatus){ "untouched", -1 };
	why = "unset";
	return gm_gpgstatus_read(&got, &why, &arena, status, now, 300);
}

static void assert_taken(const char *status, const char *fingerprint)
{
	if (!taken(gm_str(status), TIME))
		fail_msg("%s\n%s", why, status);
	assert_null(why);
	assert_string_equal(got.fingerprint, fingerprint);
	assert_int_equal(got.time, TIME);
}

static void assert_refused(const char *status, const char *reason)
{
	if (taken(gm_str(status), TIME))
		fail_msg("taken: %s", status);
	assert_string_equal(why, reason);
	assert_string_equal(got.fingerprint, "untouched");
}

static void test_good(void **state)
{
	(void)state;
	assert_taken(ALL, FPR);
	assert_taken(NEWSIG GOODSIG VALIDSIG, FPR);
	assert_taken(G "NEWSIG\n" GOODSIG VALIDSIG, FPR);
	/* By a subkey; another subkey has expired. */
	assert_taken(NEWSIG G "KEYEXPIRED 1578009600\n" CONSIDERED G
			      "GOODSIG A6509C3696CC6E3A Ann\n" G "VALIDSIG " SUB
			      " 2026-11-21 1795268223 0 4 0 22 10 00 " FPR "\n",
		     FPR);
	/* With notations, which are signed too. */
	assert_taken(NEWSIG GOODSIG G
		     "POLICY_URL http://x\n" G "NOTATION_NAME a@b.c\n" G
		     "NOTATION_FLAGS 0 1\n" G "NOTATION_DATA hi\n" VALIDSIG,
		     FPR);
	assert_taken(ALL G "VERIFICATION_COMPLIANCE_MODE 23\n", FPR);
}

/* threat 54: exit status 0 and VALIDSIG, all the same. */
static void test_spoilt(void **state)
{
	static const char *const cases[][2] = {
		{ "EXPKEYSIG C8A1FE0F74B7E2E1 Ann", "its key has expired" },
		{ "REVKEYSIG C8A1FE0F74B7E2E1 Ann", "its key is revoked" },
		{ "KEYREVOKED", "its key is revoked" },
		{ "EXPSIG C8A1FE0F74B7E2E1 Ann", "it has expired" },
		{ "SIGEXPIRED", "it has expired" },
		{ "BADSIG C8A1FE0F74B7E2E1 Ann",
		  "it does not fit what it should sign" },
		{ "NO_PUBKEY C8A1FE0F74B7E2E1",
		  "its key is none of the signer's" },
		{ "ERRSIG C8A1FE0F74B7E2E1 22 8 00 1795268223 4 " FPR,
		  "gpgv cannot check it" },
		{ "NODATA 1", "it is no OpenPGP signature" },
		{ "UNEXPECTED 1", "it is no OpenPGP signature" },
		{ "BADARMOR", "it is no OpenPGP signature" },
		{ "FAILURE gpgv 1", "gpgv failed" },
		{ "ERROR verify 1", "gpgv failed" },
		{ "TRUST_NEVER", "gpgv prints a line that is not known" },
		{ "PLAINTEXT 62 0", "gpgv prints a line that is not known" },
		{ "", "gpgv prints a line that is not known" },
		{ "KEY_CONSIDEREDX", "gpgv prints a line that is not known" },
		{ "goodsig", "gpgv prints a line that is not known" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *line = gm_printf(&arena, G "%s\n", cases[i][0]);

		assert_refused(gm_printf(&arena, ALL "%s", line), cases[i][1]);
		assert_refused(
			gm_printf(&arena, NEWSIG "%s" GOODSIG VALIDSIG, line),
			cases[i][1]);
		/* In place of GOODSIG. */
		assert_refused(gm_printf(&arena, NEWSIG "%s" VALIDSIG, line),
			       cases[i][1]);
	}
	/* The error that says more comes first. */
	assert_refused(NEWSIG G "ERRSIG C8A1FE0F74B7E2E1 22 8 00 1 9 " FPR
				"\n" G "NO_PUBKEY C8A1FE0F74B7E2E1\n",
		       "its key is none of the signer's");
}

static void test_sequence(void **state)
{
	static const char unsaid[] = "gpgv does not say whether it is good";

	(void)state;
	/* threat 55: two in one. */
	assert_refused(ALL ALL, "there is more than one");
	assert_refused(ALL NEWSIG, "there is more than one");
	assert_refused(NEWSIG NEWSIG GOODSIG VALIDSIG,
		       "there is more than one");
	assert_refused(NEWSIG GOODSIG GOODSIG VALIDSIG,
		       "there is more than one");
	assert_refused(NEWSIG GOODSIG VALIDSIG GOODSIG,
		       "there is more than one");
	assert_refused(NEWSIG GOODSIG VALIDSIG VALIDSIG,
		       "gpgv does not call it good");
	assert_refused(NEWSIG VALIDSIG GOODSIG, "gpgv does not call it good");
	assert_refused(NEWSIG VALIDSIG, "gpgv does not call it good");
	assert_refused(GOODSIG VALIDSIG,
		       "gpgv prints lines before the signature");
	assert_refused(CONSIDERED ALL,
		       "gpgv prints lines before the signature");
	assert_refused(NEWSIG GOODSIG, unsaid);
	assert_refused(NEWSIG, unsaid);
	assert_refused("", unsaid);
	assert_refused("\n", "gpgv prints a line that is not known");
	assert_refused(ALL "\n", "gpgv prints a line that is not known");
	assert_refused("gpgv: hello\n" ALL,
		       "gpgv prints a line that is not known");
	assert_refused(ALL "GOODSIG\n", "gpgv prints a line that is not known");
	assert_refused(" " ALL, "gpgv prints a line that is not known");
}

/* Cut anywhere, with a NUL anywhere, too much of it. */
static void test_damage(void **state)
{
	const size_t len = sizeof(ALL) - 1;
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct gm_arena own = GM_ARENA_INIT;
		char *copy = gm_alloc(&own, cut);

		memcpy(copy, ALL, cut);
		assert_false(taken((struct gm_str){ copy, cut }, TIME));
		gm_arena_done(&own);
	}
	for (size_t at = 0; at < len; at++) {
		char *copy = gm_strndup(&arena, ALL, len);

		copy[at] = '\0';
		assert_false(taken((struct gm_str){ copy, len }, TIME));
	}
	gm_buf_puts(&b, ALL);
	while (b.len <= (size_t)64 << 10)
		gm_buf_puts(&b, CONSIDERED);
	assert_false(taken(gm_buf_view(&b), TIME));
}

/* threat 56, and what cannot be read. */
static void test_valid(void **state)
{
	static const char unread[] =
		"gpgv prints a VALIDSIG that cannot be read";
	static const char *const cases[][2] = {
		{ FPR " 2026-11-21 1795268223 0 4 0 22 2 00 " FPR,
		  "its hash is none of SHA-256, SHA-384, SHA-512" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 1 00 " FPR,
		  "its hash is none of SHA-256, SHA-384, SHA-512" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 11 00 " FPR,
		  "its hash is none of SHA-256, SHA-384, SHA-512" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 01 " FPR,
		  "it is not made in binary mode" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 10 " FPR,
		  "it is not made in binary mode" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 0 " FPR,
		  "it is not made in binary mode" },
		{ FPR " 2026-11-21 1795268223 0 3 0 22 8 00 " FPR,
		  "it is not of version 4" },
		{ FPR " 2040-01-01 2208988800 0 4 0 22 8 00 " FPR,
		  "it is dated in the future" },
		{ FPR " 2026-11-21 1795268223 1795268223 4 0 22 8 00 " FPR,
		  "it has expired" },
		{ SUB " 2026-11-21 1795268223 0 4 0 22 8 00 " FPR,
		  "gpgv speaks of two keys" },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 00", unread },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 00 " FPR " ", unread },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 00 " FPR " x",
		  unread },
		{ FPR " 2026-11-21  1795268223 0 4 0 22 8 00 " FPR, unread },
		{ FPR " 2026-11-21 20261121T134343 0 4 0 22 8 00 " FPR,
		  unread },
		{ FPR " 2026-11-21 -1 0 4 0 22 8 00 " FPR, unread },
		{ FPR " 2026-11-21 4294967296 0 4 0 22 8 00 " FPR, unread },
		{ FPR " 2026-11-21 1795268223 x 4 0 22 8 00 " FPR, unread },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 00 "
		      "C8A1FE0F74B7E2E1",
		  unread },
		{ FPR " 2026-11-21 1795268223 0 4 0 22 8 00 "
		      "54ab8d9855275f0bf561ca3cc8a1fe0f74b7e2e1",
		  unread },
		{ "C8A1FE0F74B7E2E1 2026-11-21 1795268223 0 4 0 22 8 00 " FPR,
		  unread },
		{ "", unread },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		assert_refused(gm_printf(&arena,
					 NEWSIG GOODSIG G "VALIDSIG %s\n",
					 cases[i][0]),
			       cases[i][1]);
}

static void test_time(void **state)
{
	(void)state;
	assert_true(taken(GM_STR(ALL), TIME - 300));
	assert_false(taken(GM_STR(ALL), TIME - 301));
	assert_string_equal(why, "it is dated in the future");
	assert_true(taken(GM_STR(ALL), TIME + 1000000000));
	assert_true(taken(GM_STR(NEWSIG GOODSIG G
				 "VALIDSIG " FPR " 2026-11-21 1795268223 "
				 "1795268224 4 0 22 9 00 " FPR "\n"),
			  TIME));
}

#define TEST(name) cmocka_unit_test_teardown(name, done)

GM_UNIT_MAIN(TEST(test_good), TEST(test_spoilt), TEST(test_sequence),
	     TEST(test_damage), TEST(test_valid), TEST(test_time))

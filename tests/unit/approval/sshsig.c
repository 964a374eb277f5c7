#include "approval/sshsig.h"

#include "unit/approval/keys.h"

static const char *why;

static bool taken(struct gm_sshsig *out, struct gm_str blob)
{
	why = NULL;
	return gm_sshsig_read(out, &why, blob);
}

#define assert_refused(blob, reason)                                           \
	do {                                                                   \
		struct gm_sshsig sig_;                                         \
		assert_false(taken(&sig_, (blob)));                            \
		assert_string_equal(why, (reason));                            \
	} while (0)

static void test_real_signatures(void **state)
{
	static const struct {
		const char *type, *bits, *key_type, *sig_type;
	} cases[] = {
		{ "ed25519", "256", "ssh-ed25519", "ssh-ed25519" },
		{ "ecdsa", "256", "ecdsa-sha2-nistp256",
		  "ecdsa-sha2-nistp256" },
		{ "ecdsa", "384", "ecdsa-sha2-nistp384",
		  "ecdsa-sha2-nistp384" },
		{ "ecdsa", "521", "ecdsa-sha2-nistp521",
		  "ecdsa-sha2-nistp521" },
		{ "rsa", "2048", "ssh-rsa", "rsa-sha2-512" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *name = gm_printf(&arena, "key%zu", i);
		struct gm_sshsig sig;
		struct gm_str blob;

		ssh_key(name, cases[i].type, cases[i].bits);
		blob = ssh_sign(name, "approval@git-migrate", GM_STR("text"));
		if (!taken(&sig, blob))
			fail_msg("%s: %s", cases[i].key_type, why);
		assert_true(gm_str_eq(sig.key, ssh_blob(name)));
		assert_str(sig.key_type, cases[i].key_type);
		assert_str(sig.sig_type, cases[i].sig_type);
		assert_str(sig.namespace_, "approval@git-migrate");
		assert_str(sig.hash, "sha512");
		assert_false(sig.security_key);
		assert_true(sig.touched);
	}
}

/* What ssh-keygen itself takes (threat 57): more behind, and cut anywhere. */
static void test_trailing_and_truncated(void **state)
{
	struct gm_sshsig sig;
	struct gm_buf longer = gm_buf(&arena);
	struct gm_str blob;

	(void)state;
	ssh_key("key", "ed25519", "256");
	blob = ssh_sign("key", "git", GM_STR("text"));
	gm_buf_str(&longer, blob);
	gm_buf_putc(&longer, '\0');
	assert_refused(gm_buf_view(&longer), "there is something behind it");
	longer.len--;
	gm_buf_str(&longer, blob);
	assert_refused(gm_buf_view(&longer), "there is something behind it");
	for (size_t len = 0; len < blob.len; len++) {
		/* A copy of its own: reading past it is found. */
		struct gm_arena own = GM_ARENA_INIT;
		char *copy = gm_alloc(&own, len);

		memcpy(copy, blob.ptr, len);
		assert_false(taken(&sig, (struct gm_str){ copy, len }));
		assert_non_null(why);
		gm_arena_done(&own);
	}
}

static struct gm_str changed(struct gm_str from, const char *old,
			     const char *new)
{
	size_t len = strlen(old);
	char *copy = gm_strndup(&arena, from.ptr, from.len);
	char *at = memmem(copy, from.len, old, len);

	assert_int_equal(strlen(new), len);
	assert_non_null(at);
	memcpy(at, new, len);
	return (struct gm_str){ copy, from.len };
}

static void test_parts(void **state)
{
	struct gm_str blob, bad;
	struct gm_buf b = gm_buf(&arena);
	char *version;

	(void)state;
	ssh_key("key", "ed25519", "256");
	blob = ssh_sign("key", "git", GM_STR("text"));
	assert_refused(changed(blob, "SSHSIG", "SSHSIg"),
		       "it is no SSH signature");
	version = gm_strndup(&arena, blob.ptr, blob.len);
	version[9] = 2;
	bad = (struct gm_str){ version, blob.len };
	assert_refused(bad, "its version is unknown");
	assert_refused(changed(blob, "sha512", "sha384"),
		       "its hash is neither sha256 nor sha512");
	assert_refused(changed(blob, "sha512", "SHA512"),
		       "its hash is neither sha256 nor sha512");
	assert_refused(changed(blob, "git", "g t"), "its namespace is no word");
	assert_refused(changed(blob, "git", "g\xc3\xa9"),
		       "its namespace is no word");
	assert_refused(changed(blob, "ssh-ed25519", "ssh-ed25518"),
		       "the key is of an unknown type");
	assert_refused(envelope(ssh_blob("key"), "", sk_signature(1)),
		       "its namespace is no word");
	assert_refused(envelope(ssh_blob("key"), "git", sk_signature(1)),
		       "its type is not that of the key");
	assert_refused(envelope(ssh_blob("key"), "git", GM_STR_NONE),
		       "it is malformed");

	gm_buf_puts(&b, "SSHSIG");
	put_u32(&b, 1);
	put_string(&b, ssh_blob("key"));
	put_string(&b, GM_STR("git"));
	put_string(&b, GM_STR("r"));
	put_string(&b, GM_STR("sha512"));
	put_string(&b, sk_signature(1));
	assert_refused(gm_buf_view(&b), "it has reserved bytes");
}

static void test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 63, 65 };
	char bytes[65] = { 'x' };
	struct gm_str key;

	(void)state;
	ssh_key("key", "ed25519", "256");
	key = ssh_blob("key");
	for (size_t i = 0; i < GM_COUNT(lengths); i++) {
		struct gm_buf b = gm_buf(&arena);

		put_string(&b, GM_STR("ssh-ed25519"));
		put_string(&b, (struct gm_str){ bytes, lengths[i] });
		assert_refused(envelope(key, "git", gm_buf_view(&b)),
			       "it is malformed");
	}
}

/* threat 63: whether it was touched stands in the flags. */
static void test_security_keys(void **state)
{
	struct gm_str key = sk_key("ssh:");
	struct gm_str signature = sk_signature(1);
	struct gm_buf longer = gm_buf(&arena);
	struct gm_sshsig sig;

	(void)state;
	assert_true(taken(&sig, envelope(key, "git", signature)));
	assert_true(sig.security_key);
	assert_true(sig.touched);
	assert_str(sig.key_type, "sk-ssh-ed25519@openssh.com");
	assert_true(taken(&sig, envelope(key, "git", sk_signature(5))));
	assert_true(sig.touched);
	assert_true(taken(&sig, envelope(key, "git", sk_signature(0))));
	assert_true(sig.security_key);
	assert_false(sig.touched);
	assert_true(taken(&sig, envelope(key, "git", sk_signature(4))));
	assert_false(sig.touched);
	for (size_t cut = 1; cut <= 5; cut++)
		assert_refused(
			envelope(key, "git",
				 gm_str_sub(signature, 0, signature.len - cut)),
			"it is malformed");
	gm_buf_str(&longer, signature);
	gm_buf_putc(&longer, 0);
	assert_refused(envelope(key, "git", gm_buf_view(&longer)),
		       "it is malformed");
	assert_refused(envelope(sk_key(""), "git", signature),
		       "the key is malformed");
}

static void put_ecdsa(struct gm_buf *b, const char *type, const char *curve,
		      char first, size_t point)
{
	char bytes[140];

	memset(bytes, 'p', sizeof(bytes));
	bytes[0] = first;
	put_string(b, gm_str(type));
	put_string(b, gm_str(curve));
	put_string(b, (struct gm_str){ bytes, point });
}

static void test_ecdsa_numbers(void **state)
{
	const struct {
		struct gm_str r, s;
		const char *reason; /* NULL: fits */
	} cases[] = {
		{ GM_STR("r"), GM_STR("s"), NULL },
		{ GM_STR("\0\x80"), GM_STR("s"), NULL },
		{ GM_STR("\0r"), GM_STR("s"), "it is malformed" },
		{ GM_STR("\x80"), GM_STR("s"), "it is malformed" },
		{ GM_STR("\0"), GM_STR("s"), "it is malformed" },
		{ GM_STR(""), GM_STR("s"), "it is malformed" },
		{ GM_STR("r"), GM_STR("\0s"), "it is malformed" },
		{ GM_STR("r"), GM_STR("012345678901234567890123456789012"),
		  "it is malformed" },
	};
	struct gm_buf key = gm_buf(&arena);
	struct gm_sshsig sig;

	(void)state;
	put_ecdsa(&key, "ecdsa-sha2-nistp256", "nistp256", 4, 65);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_buf numbers = gm_buf(&arena), b = gm_buf(&arena);
		struct gm_str blob;

		put_string(&numbers, cases[i].r);
		put_string(&numbers, cases[i].s);
		put_string(&b, GM_STR("ecdsa-sha2-nistp256"));
		put_string(&b, gm_buf_view(&numbers));
		blob = envelope(gm_buf_view(&key), "git", gm_buf_view(&b));
		if (!cases[i].reason)
			assert_true(taken(&sig, blob));
		else
			assert_refused(blob, cases[i].reason);
	}
}

static void test_rsa(void **state)
{
	struct gm_str blob, key;
	struct gm_sshsig sig;
	struct gm_buf b = gm_buf(&arena);
	char bytes[256] = { 'x' };

	(void)state;
	ssh_key("key", "rsa", "2048");
	ssh_key("weak", "rsa", "1024");
	key = ssh_blob("key");
	blob = ssh_sign("key", "git", GM_STR("text"));
	assert_true(taken(&sig, changed(blob, "rsa-sha2-512", "rsa-sha2-256")));
	assert_refused(changed(blob, "rsa-sha2-512", "rsa-sha2-384"),
		       "its type is not that of the key");
	put_string(&b, GM_STR("ssh-rsa"));
	put_string(&b, (struct gm_str){ bytes, sizeof(bytes) });
	assert_refused(envelope(key, "git", gm_buf_view(&b)),
		       "it is made with SHA-1");
	b.len = 0;
	put_string(&b, GM_STR("rsa-sha2-512"));
	put_string(&b, (struct gm_str){ bytes, sizeof(bytes) - 1 });
	assert_refused(envelope(key, "git", gm_buf_view(&b)),
		       "it is malformed");
	assert_refused(envelope(ssh_blob("weak"), "git", gm_buf_view(&b)),
		       "the RSA key has less than 2048 bits");
}

static bool key_taken(struct gm_str blob)
{
	struct gm_str type;

	why = NULL;
	return gm_sshkey_read(&type, &why, blob);
}

static void test_keys(void **state)
{
	static const struct {
		const char *type, *curve;
		char first;
		size_t point;
		bool good;
	} cases[] = {
		{ "ecdsa-sha2-nistp256", "nistp256", 4, 65, true },
		{ "ecdsa-sha2-nistp384", "nistp384", 4, 97, true },
		{ "ecdsa-sha2-nistp521", "nistp521", 4, 133, true },
		{ "ecdsa-sha2-nistp256", "nistp384", 4, 65, false },
		{ "ecdsa-sha2-nistp256", "nistp256", 2, 65, false },
		{ "ecdsa-sha2-nistp256", "nistp256", 4, 33, false },
		{ "ecdsa-sha2-nistp256", "nistp256", 4, 0, false },
	};
	struct gm_buf b = gm_buf(&arena);
	struct gm_str type, key;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_buf ecdsa = gm_buf(&arena);

		put_ecdsa(&ecdsa, cases[i].type, cases[i].curve, cases[i].first,
			  cases[i].point);
		assert_int_equal(key_taken(gm_buf_view(&ecdsa)), cases[i].good);
		if (!cases[i].good)
			assert_string_equal(why, "the key is malformed");
	}
	ssh_key("key", "ed25519", "256");
	key = ssh_blob("key");
	assert_true(gm_sshkey_read(&type, &why, key));
	assert_str(type, "ssh-ed25519");
	gm_buf_str(&b, key);
	gm_buf_putc(&b, 'x');
	assert_false(key_taken(gm_buf_view(&b)));
	for (size_t len = 0; len < key.len; len++)
		assert_false(key_taken(gm_str_sub(key, 0, len)));
	b.len = 0;
	put_string(&b, GM_STR("ssh-ed25519-cert-v01@openssh.com"));
	assert_false(key_taken(gm_buf_view(&b)));
	assert_string_equal(why, "the key is a certificate");
	b.len = 0;
	put_string(&b, GM_STR("ssh-dss"));
	assert_false(key_taken(gm_buf_view(&b)));
	assert_string_equal(why, "the key is a DSA key");
	b.len = 0;
	put_string(&b, GM_STR("ecdsa-sha2-nistp256"));
	assert_false(key_taken(gm_buf_view(&b)));
}

static void test_armor(void **state)
{
	struct gm_str armor, blob;

	(void)state;
	ssh_key("key", "rsa", "2048");
	armor = ssh_armor("key", "git", GM_STR("text"));
	assert_true(gm_sshsig_dearmor(&blob, &arena, armor));
	assert_true(gm_str_is(armor, gm_sshsig_armor(&arena, blob)));
	/* One line, full lines only, nothing. */
	for (size_t len = 0; len < 160; len++) {
		struct gm_str part = gm_str_sub(blob, 0, len);

		armor = gm_str(gm_sshsig_armor(&arena, part));
		assert_true(gm_sshsig_dearmor(&part, &arena, armor));
		assert_int_equal(part.len, len);
	}
}

static void test_armor_refuses(void **state)
{
	static const char *const texts[] = {
		"",
		"Zm9v\n",
		"-----BEGIN SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v\n"
		"-----END SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\nZm9v\n"
		"-----END SSH SIGNATURE-----\n\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v\n"
		"-----END SSH SIGNATURE-----\nmore\n",
		"\n-----BEGIN SSH SIGNATURE-----\nZm9v\n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\r\nZm9v\r\n"
		"-----END SSH SIGNATURE-----\r\n",
		"-----BEGIN SSH SIGNATURE-----\nZm\n9v\n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v\n\n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v \n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9=\n"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\nZm9v"
		"-----END SSH SIGNATURE-----\n",
		"-----BEGIN PGP SIGNATURE-----\nZm9v\n"
		"-----END PGP SIGNATURE-----\n",
	};
	struct gm_str blob = GM_STR("untouched");
	char *large = gm_alloc(&arena, 20000);

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++)
		if (gm_sshsig_dearmor(&blob, &arena, gm_str(texts[i])))
			fail_msg("'%s' was taken", texts[i]);
	memset(large, 'A', 15000);
	large = gm_strdup(
		&arena,
		gm_sshsig_armor(&arena, (struct gm_str){ large, 15000 }));
	assert_false(gm_sshsig_dearmor(&blob, &arena, gm_str(large)));
	assert_str(blob, "untouched");
}

GM_UNIT_MAIN(PLACE_TEST(test_real_signatures),
	     PLACE_TEST(test_trailing_and_truncated), PLACE_TEST(test_parts),
	     PLACE_TEST(test_lengths), PLACE_TEST(test_security_keys),
	     PLACE_TEST(test_ecdsa_numbers), PLACE_TEST(test_rsa),
	     PLACE_TEST(test_keys), PLACE_TEST(test_armor),
	     PLACE_TEST(test_armor_refuses))

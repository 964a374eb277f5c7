/*
 * tests/unit/approval: keys and signatures, made by the programs themselves.
 *
 * SSH keys lie in the place of the test; GnuPG has a home there, or where its
 * sockets' names would be too long, in one of its own.
 */
#ifndef GM_TESTS_UNIT_APPROVAL_KEYS_H
#define GM_TESTS_UNIT_APPROVAL_KEYS_H

#include "unit/git/place.h"

#include "approval/sshsig.h"
#include "base/base64.h"
#include "base/buf.h"

/* A program with these arguments and this input must work: what it prints. */
GM_UNUSED static struct gm_str program(struct gm_str input,
				       const char *const *argv)
{
	struct gm_child child = {
		.argv = argv, .dir = place, .input = input, .mute = true
	};
	struct gm_str out = GM_STR_NONE;
	int status = gm_child_run(&out, &arena, &child, &err);

	if (status)
		fail_msg("%s %s %s ...: exit %d: %s", argv[0], argv[1], argv[2],
			 status, status < 0 ? err.msg : "");
	return out;
}

#define RUN(input, ...)                                                        \
	program((input), (const char *const[]){ __VA_ARGS__, NULL })

/* The content of a file in the place. */
GM_UNUSED static struct gm_str content(const char *name)
{
	struct gm_str text;

	assert_ok(gm_file_read(&text, &arena, in_place(name), (size_t)1 << 20,
			       &err));
	return text;
}

/* --- ssh --- */

/* Make the key pair `name`, `name`.pub. */
GM_UNUSED static void ssh_key(const char *name, const char *type,
			      const char *bits)
{
	RUN(GM_STR_NONE, "ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "",
	    "-C", "", "-f", in_place(name));
}

/* "ssh-ed25519 AAAA..." */
GM_UNUSED static const char *ssh_public(const char *name)
{
	return gm_str_dup(&arena, gm_str_trim(content(
					  gm_printf(&arena, "%s.pub", name))));
}

/* What stands behind the type, decoded. */
GM_UNUSED static struct gm_str ssh_blob(const char *name)
{
	struct gm_str line = gm_str(ssh_public(name)), blob;
	struct gm_str text =
		gm_str_sub(line, gm_str_find(line, ' ') + 1, line.len);

	assert_true(gm_base64_decode(&blob, &arena, text));
	return blob;
}

/* The armored signature of `text`. */
GM_UNUSED static struct gm_str
ssh_armor(const char *name, const char *namespace_, struct gm_str text)
{
	return RUN(text, "ssh-keygen", "-q", "-Y", "sign", "-n", namespace_,
		   "-f", in_place(name));
}

/* The signature itself. */
GM_UNUSED static struct gm_str
ssh_sign(const char *name, const char *namespace_, struct gm_str text)
{
	struct gm_str blob;

	assert_true(gm_sshsig_dearmor(&blob, &arena,
				      ssh_armor(name, namespace_, text)));
	return blob;
}

/* RFC 4251, section 5: numbers and strings. */
GM_UNUSED static void put_u32(struct gm_buf *b, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		gm_buf_putc(b, (char)(value >> shift & 0xff));
}

GM_UNUSED static void put_string(struct gm_buf *b, struct gm_str s)
{
	put_u32(b, (uint32_t)s.len);
	gm_buf_str(b, s);
}

/* An envelope around a key and a signature. */
GM_UNUSED static struct gm_str
envelope(struct gm_str key, const char *namespace_, struct gm_str signature)
{
	struct gm_buf b = gm_buf(&arena);

	gm_buf_puts(&b, "SSHSIG");
	put_u32(&b, 1);
	put_string(&b, key);
	put_string(&b, gm_str(namespace_));
	put_string(&b, GM_STR_NONE);
	put_string(&b, GM_STR("sha512"));
	put_string(&b, signature);
	return gm_buf_view(&b);
}

/* The key of a security key that nobody has. */
GM_UNUSED static struct gm_str sk_key(const char *application)
{
	struct gm_buf b = gm_buf(&arena);

	put_string(&b, GM_STR("sk-ssh-ed25519@openssh.com"));
	put_string(&b, GM_STR("0123456789abcdef0123456789abcdef"));
	put_string(&b, gm_str(application));
	return gm_buf_view(&b);
}

/* A signature of it, with these flags; its bytes are of the right length. */
GM_UNUSED static struct gm_str sk_signature(char flags)
{
	struct gm_buf b = gm_buf(&arena);
	char bytes[64];

	memset(bytes, 'x', sizeof(bytes));
	put_string(&b, GM_STR("sk-ssh-ed25519@openssh.com"));
	put_string(&b, (struct gm_str){ bytes, sizeof(bytes) });
	gm_buf_putc(&b, flags);
	put_u32(&b, 7);
	return gm_buf_view(&b);
}

/* --- gpg --- */

/* Where GnuPG's sockets still have names that are short enough. */
#define GM_GPG_HOME 80

static const char *gpg_home;

GM_UNUSED static int gpg_setup(void **state)
{
	char elsewhere[] = "/tmp/gm-gpg-XXXXXX";

	place_setup(state);
	gpg_home = in_place("gpg");
	if (strlen(gpg_home) < GM_GPG_HOME) {
		assert_int_equal(mkdir(gpg_home, 0700), 0);
	} else {
		assert_non_null(mkdtemp(elsewhere));
		gpg_home = gm_strdup(&arena, elsewhere);
	}
	setenv("GNUPGHOME", gpg_home, 1);
	return 0;
}

GM_UNUSED static int gpg_done(void **state)
{
	RUN(GM_STR_NONE, "gpgconf", "--kill", "all");
	unsetenv("GNUPGHOME");
	if (strncmp(gpg_home, place, strlen(place)) != 0)
		RUN(GM_STR_NONE, "rm", "-rf", gpg_home);
	return place_done(state);
}

#define GPG_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, gpg_setup, gpg_done)

#define GPG(input, ...)                                                        \
	RUN((input), "gpg", "--batch", "--quiet", "--no-tty", "--passphrase",  \
	    "", "--pinentry-mode", "loopback", __VA_ARGS__)

/* Make a key that signs, "Ann <ann@example.com>": its fingerprint. */
GM_UNUSED static const char *gpg_key(const char *uid, const char *algorithm,
				     const char *when, const char *expires)
{
	struct gm_str list, line, part;

	GPG(GM_STR_NONE, "--faked-system-time", when, "--quick-gen-key", uid,
	    algorithm, "sign", expires);
	list = GPG(GM_STR_NONE, "--with-colons", "--list-keys", uid);
	while (gm_str_line(&line, &list))
		if (gm_str_starts(line, GM_STR("fpr:")))
			break;
	while (gm_str_split(&part, &line, ':'))
		if (part.len == 40)
			return gm_str_dup(&arena, part);
	fail_msg("no key for %s", uid);
	return NULL;
}

/* A time that is past, for what need not be another. */
#define GPG_TIME "20200101T000000"

/* Add a subkey to a key. */
GM_UNUSED static void gpg_subkey(const char *key, const char *algorithm,
				 const char *usage, const char *when,
				 const char *expires)
{
	GPG(GM_STR_NONE, "--faked-system-time", when, "--quick-add-key", key,
	    algorithm, usage, expires);
}

GM_UNUSED static struct gm_str gpg_armor(const char *key)
{
	return GPG(GM_STR_NONE, "--armor", "--export", key);
}

/* A detached signature. */
#define GPG_SIGN(key, text, ...)                                               \
	GPG((text), __VA_ARGS__, "--local-user", (key), "--detach-sign")

/* An ed25519 key that nobody has: its line, "ssh-ed25519 AAAA...". */
static inline const char *fake_key(char fill)
{
	struct gm_buf blob = gm_buf(&arena), line = gm_buf(&arena);
	char bytes[32];

	memset(bytes, fill, sizeof(bytes));
	put_string(&blob, GM_STR("ssh-ed25519"));
	put_string(&blob, (struct gm_str){ bytes, sizeof(bytes) });
	gm_buf_puts(&line, "ssh-ed25519 ");
	gm_base64_encode(&line, gm_buf_view(&blob));
	return line.ptr;
}

#endif

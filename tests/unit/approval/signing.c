/* approval/sign: how this user signs, and who it is. */
#include "unit/approval/signing.h"

#include <pwd.h>

static void test_ssh_files(void **state)
{
	const char *home = in_place("home");
	const struct passwd *user;

	(void)state;
	setenv("HOME", home, 1);
	assert_int_equal(mkdir(home, 0700), 0);
	ssh_key("home/key", "ed25519", "256");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", "~/key.pub");
	assert_ok(read_signing());
	assert_int_equal(signing.kind, GM_SIG_SSH);
	assert_string_equal(signing.program, "ssh-keygen");
	assert_string_equal(signing.key, in_place("home/key.pub"));
	assert_false(signing.literal);
	assert_true(gm_str_eq(signing.public_, ssh_blob("home/key")));
	assert_int_equal(signing.timeout_ms, 120000);

	/* The private file; beside it lies the public one. */
	GIT("config", "user.signingKey", in_place("home/key"));
	GIT("config", "gpg.format", "SSH");
	GIT("config", "gpg.ssh.program", "~/my-ssh-keygen");
	GIT("config", "migrate.signTimeout", "90s");
	assert_ok(read_signing());
	assert_string_equal(signing.program, in_place("home/my-ssh-keygen"));
	assert_string_equal(signing.key, in_place("home/key"));
	assert_true(gm_str_eq(signing.public_, ssh_blob("home/key")));
	assert_int_equal(signing.timeout_ms, 90000);

	/* From the top of the work tree; only the public one is there. */
	GIT("config", "user.signingKey", "home/key");
	assert_int_equal(remove(in_place("home/key")), 0);
	assert_ok(read_signing());
	assert_string_equal(signing.key, in_place("home/key"));
	assert_true(gm_str_eq(signing.public_, ssh_blob("home/key")));

	/* The file is not there, but where it is not is where it should be. */
	user = getpwuid(getuid());
	if (user) {
		GIT("config", "user.signingKey",
		    gm_printf(&arena, "~%s/no-such-key", user->pw_name));
		assert_not_read(
			GM_ENOT_FOUND,
			gm_printf(&arena, "'%s/no-such-key'", user->pw_dir));
	}
	GIT("config", "user.signingKey", "~no-such-user/key");
	assert_not_read(GM_ENOT_FOUND, "~no-such-user/key'");
}

static void test_ssh_bad_files(void **state)
{
	(void)state;
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", "f");
	assert_not_read(GM_ENOT_FOUND, "f'");
	put("f", "hello\n");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
	put("f", "");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
	put("f", "ssh-ed25519\n");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
	put("f", "ssh-ed25519 !!!!\n");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
	put("f", "ssh-ed25519 AAAA\n");
	assert_not_read(GM_EUNSUPPORTED, "the key is malformed");
	put("f", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	assert_not_read(GM_ENOT_FOUND, "f.pub'");
	put("f.pub", "hello\n");
	assert_not_read(GM_EINPUT, "f.pub' holds no SSH public key");
}

static void test_ssh_literal(void **state)
{
	const char *key;

	(void)state;
	ssh_key("key", "ecdsa", "256");
	key = ssh_public("key");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", gm_printf(&arena, "key::%s", key));
	assert_ok(read_signing());
	assert_true(signing.literal);
	assert_string_equal(signing.key, key);
	assert_true(gm_str_eq(signing.public_, ssh_blob("key")));
	ssh_key("second", "ed25519", "256");
	key = gm_printf(&arena, "%s a comment", ssh_public("second"));
	GIT("config", "user.signingKey", key);
	assert_ok(read_signing());
	assert_true(signing.literal);
	assert_string_equal(signing.key, key);
	GIT("config", "user.signingKey", "key::");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
	GIT("config", "user.signingKey", "key::x");
	assert_not_read(GM_EINPUT, "holds no SSH public key");
}

static void test_key_command(void **state)
{
	const char *key;

	(void)state;
	ssh_key("key", "ed25519", "256");
	key = ssh_public("key");
	GIT("config", "gpg.format", "ssh");
	assert_not_read(GM_ENOT_FOUND, "user.signingKey is not set");
	assert_non_null(strstr(err.hint, "git config --global gpg.format ssh"));
	GIT("config", "gpg.ssh.defaultKeyCommand",
	    gm_printf(&arena, "printf  '%%s\\nmore\\n' \"%s\"", key));
	assert_ok(read_signing());
	assert_true(signing.literal);
	assert_string_equal(signing.key, key);
	GIT("config", "gpg.ssh.defaultKeyCommand",
	    gm_printf(&arena, "echo key::%s\\ x", key));
	assert_ok(read_signing());
	assert_string_equal(signing.key, gm_printf(&arena, "%s x", key));
	/* user.signingKey comes first. */
	GIT("config", "gpg.ssh.defaultKeyCommand", "false");
	GIT("config", "user.signingKey", in_place("key"));
	assert_ok(read_signing());
}

static void test_bad_key_commands(void **state)
{
	static const char *const cases[][2] = {
		{ "ssh-add -L | head -1", "it needs a shell" },
		{ "a && b", "it needs a shell" },
		{ "echo $KEY", "it needs a shell" },
		{ "echo `id`", "it needs a shell" },
		{ "cat ~/*.pub", "it needs a shell" },
		{ "echo 'x", "a quote is not closed" },
		{ "echo \"x", "a quote is not closed" },
		{ "echo x\\", "a backslash ends it" },
		{ "' '", "cannot start ' '" },
		{ "false", "exit status 1" },
		{ "true", "it prints no key" },
		{ "echo hello", "it prints no key" },
		{ "no-such-program-here", "cannot start" },
		{ "sh -c 'sleep 999'", "did not end within" },
		{ "yes", "printed more than" },
	};

	(void)state;
	GIT("config", "gpg.format", "ssh");
	GIT("config", "migrate.signTimeout", "1s");
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		GIT("config", "gpg.ssh.defaultKeyCommand", cases[i][0]);
		assert_failed(read_signing(), GM_EPROGRAM, cases[i][1]);
		assert_non_null(strstr(err.msg, "gpg.ssh.defaultKeyCommand"));
	}
	GIT("config", "gpg.ssh.defaultKeyCommand", "  ");
	assert_failed(read_signing(), GM_EPROGRAM, "it is empty");
}

static void test_gpg(void **state)
{
	(void)state;
	/* Nothing is set up. */
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");
	assert_non_null(strstr(err.hint, "git config --global gpg.format ssh"));
	GIT("config", "user.name", "Ann Lee");
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");
	GIT("config", "user.email", "ann@example.com");
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");
	GIT("config", "gpg.program", "no-such-gpg");
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");
	GIT("config", "--unset", "gpg.program");
	/* The key of the committer. */
	gpg_key("Ann Lee <ann@example.com>", "ed25519", GPG_TIME, "never");
	assert_ok(read_signing());
	assert_int_equal(signing.kind, GM_SIG_GPG);
	assert_string_equal(signing.program, "gpg");
	assert_string_equal(signing.key, "Ann Lee <ann@example.com>");
	assert_int_equal(signing.public_.len, 0);
	setenv("GIT_COMMITTER_EMAIL", "bob@example.com", 1);
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");
	unsetenv("GIT_COMMITTER_EMAIL");
	GIT("config", "committer.email", "bob@example.com");
	assert_not_read(GM_ENOT_FOUND, "git is not set up to sign here");

	GIT("config", "gpg.format", "openpgp");
	GIT("config", "user.signingKey", "C8A1FE0F74B7E2E1");
	GIT("config", "gpg.program", "/opt/gpg");
	assert_ok(read_signing());
	assert_string_equal(signing.program, "/opt/gpg");
	assert_string_equal(signing.key, "C8A1FE0F74B7E2E1");
	GIT("config", "gpg.openpgp.program", "/opt/gpg2");
	assert_ok(read_signing());
	assert_string_equal(signing.program, "/opt/gpg2");
}

static void test_other_settings(void **state)
{
	(void)state;
	GIT("config", "gpg.format", "x509");
	assert_not_read(GM_EUNSUPPORTED, "gpg.format 'x509' is not supported");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "migrate.signTimeout", "soon");
	assert_not_read(GM_EINPUT, "migrate.signTimeout is 'soon'");
}

static void assert_principal(const struct gm_signers *signers, const char *name)
{
	const char *got;

	assert_ok(gm_signing_principal(&got, &arena, repo, &signing, signers,
				       &err));
	assert_string_equal(got, name);
}

static void test_ssh_principal(void **state)
{
	struct gm_signers signers = { 0 };
	const char *name;

	(void)state;
	ssh_key("key", "ed25519", "256");
	ssh_key("other", "ed25519", "256");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", in_place("key"));
	GIT("config", "user.email", "ann@home.example");
	assert_ok(gm_signers_add_ssh(
		&signers, &arena, "signers",
		gm_str(gm_printf(&arena, "bob %s\nann@example.com %s\n",
				 ssh_public("other"), ssh_public("key"))),
		&err));
	assert_ok(read_signing());
	assert_principal(&signers, "ann@example.com");
	signers.items[1].principal = "Ann@Example.com";
	assert_principal(&signers, "ann@example.com");
	signers.n = 1;
	assert_principal(&signers, "ann@home.example");
	GIT("config", "user.email", "Ann@Home.example");
	open_repo();
	assert_principal(&signers, "ann@home.example");
	GIT("config", "user.email", "Ann Lee <a@b>");
	open_repo();
	assert_failed(gm_signing_principal(&name, &arena, repo, &signing,
					   &signers, &err),
		      GM_EINPUT, "is no principal");
	GIT("config", "--unset", "user.email");
	open_repo();
	assert_failed(gm_signing_principal(&name, &arena, repo, &signing,
					   &signers, &err),
		      GM_ENOT_FOUND, "user.email is not set");
}

static void test_gpg_principal(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never"), *sub;
	const char *const none[] = {
		"F",
		"0x",
		"!",
		"ann@example.com",
		key + 30,
		gm_printf(&arena, "0%s", key),
		"0000000000000000",
	};
	const char *ids[6];
	struct gm_signers signers = { 0 };

	(void)state;
	gpg_subkey(key, "ed25519", "sign", GPG_TIME, "never");
	ssh_key("key", "ed25519", "256");
	assert_ok(gm_signers_add_ssh(
		&signers, &arena, "signers",
		gm_str(gm_printf(&arena, "bob %s\n", ssh_public("key"))),
		&err));
	assert_ok(gm_signers_add_gpg(&signers, &arena, "x.asc",
				     "ann@example.com", gpg_armor(key), &err));
	sub = signers.items[1].subkeys.items[0];
	ids[0] = key;
	ids[1] = key + 24;
	ids[2] = gm_printf(&arena, "0x%s", key + 24);
	ids[3] = gm_printf(&arena, "%s!", sub);
	ids[4] = gm_printf(&arena, "0x%s!", sub + 24);
	ids[5] = gm_strdup(&arena, key);
	for (char *p = gm_strdup(&arena, key), *q = p; *q; q++) {
		if (*q >= 'A' && *q <= 'F')
			*q = (char)(*q - 'A' + 'a');
		ids[5] = p;
	}
	GIT("config", "user.email", "me@example.com");
	for (size_t i = 0; i < GM_COUNT(ids); i++) {
		GIT("config", "user.signingKey", ids[i]);
		assert_ok(read_signing());
		assert_principal(&signers, "ann@example.com");
	}
	for (size_t i = 0; i < GM_COUNT(none); i++) {
		GIT("config", "user.signingKey", none[i]);
		assert_ok(read_signing());
		assert_principal(&signers, "me@example.com");
	}
}

GM_UNIT_MAIN(SIGNING_TEST(test_ssh_files), SIGNING_TEST(test_ssh_bad_files),
	     SIGNING_TEST(test_ssh_literal), SIGNING_TEST(test_key_command),
	     SIGNING_TEST(test_bad_key_commands), SIGNING_TEST(test_gpg),
	     SIGNING_TEST(test_other_settings),
	     SIGNING_TEST(test_ssh_principal), SIGNING_TEST(test_gpg_principal))

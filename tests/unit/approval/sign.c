#include "approval/sign.h"

#include <fcntl.h>
#include <signal.h>

#include "approval/verify.h"
#include "base/clock.h"
#include "unit/approval/signing.h"

#define NS "approval@git-migrate"

static struct gm_record record;
static struct gm_signers signers;

static int setup(void **state)
{
	signing_setup(state);
	memset(&signers, 0, sizeof(signers));
	record = (struct gm_record){
		.kind = GM_RECORD_APPROVE,
		.project = "shop",
		.path = "migrations/1_a/up.sql",
		.digest = "sha256:0123456789abcdef0123456789abcdef"
			  "0123456789abcdef0123456789abcdef",
		.phase = "contract",
		.class_ = "contract",
		.ref = "refs/heads/main",
		.env = "*",
		.role = "dba",
		.signer = "ann",
		.at = 1795255200,
		.until = 1795341600,
		.nonce = "0123456789abcdef0123456789abcdef",
	};
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gpg_done)

static int sign(void)
{
	memset(&err, 0, sizeof(err));
	return gm_sign(&record, &arena, &signing, &err);
}

/* What was signed is read back from its line, and its signature holds. */
static void assert_verifies(void)
{
	const struct gm_verifier v = { "/usr/bin/ssh-keygen", "/usr/bin/gpgv",
				       60000 };
	const struct gm_record *back;
	struct gm_record read;
	struct gm_proof proof;
	const char *line, *why;

	assert_ok(gm_record_encode(&line, &arena, &record, &err));
	if (!gm_record_decode(&read, &why, &arena, gm_str(line)))
		fail_msg("%s", why);
	back = &read;
	assert_ok(gm_verify(&proof, &arena, &v, &signers, &back, 1, gm_now(),
			    &err));
	if (!proof.good)
		fail_msg("%s", proof.why);
}

static void trust(const char *key)
{
	assert_ok(gm_signers_add_ssh(
		&signers, &arena, "signers",
		gm_str(gm_printf(&arena, "ann %s\n", ssh_public(key))), &err));
}

/* The program made nothing of use; the record stays unsigned. */
static void assert_refused(const char *part)
{
	assert_failed(sign(), GM_EPROGRAM, part);
	assert_true(err.hint[0]);
	assert_int_equal(record.sig_kind, GM_SIG_NONE);
	assert_int_equal(record.sig.len, 0);
}

static void use_ssh(const char *key)
{
	ssh_key(key, "ed25519", "256");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", in_place(key));
	assert_ok(read_signing());
}

static void test_ssh(void **state)
{
	static const struct {
		const char *type, *bits;
	} types[] = { { "ed25519", "256" },
		      { "ecdsa", "521" },
		      { "rsa", "2048" } };

	(void)state;
	GIT("config", "gpg.format", "ssh");
	for (size_t i = 0; i < GM_COUNT(types); i++) {
		const char *name = gm_printf(&arena, "key %zu", i);

		ssh_key(name, types[i].type, types[i].bits);
		GIT("config", "user.signingKey",
		    gm_printf(&arena, "%s.pub", name));
		assert_ok(read_signing());
		assert_ok(sign());
		assert_int_equal(record.sig_kind, GM_SIG_SSH);
		trust(name);
		assert_verifies();
	}
}

/* Each kind in its own namespace. */
static void test_kinds(void **state)
{
	(void)state;
	use_ssh("key");
	trust("key");
	assert_ok(sign());
	assert_verifies();
	record.kind = GM_RECORD_OVERRIDE;
	record.ticket = record.risk = record.recovery = record.follow_up = "x";
	assert_ok(sign());
	assert_verifies();
	record.kind = GM_RECORD_LANDED;
	assert_failed(sign(), GM_EINPUT, "'landed' is not signed");
	record.kind = GM_RECORD_APPROVE;
	record.sig_kind = GM_SIG_NONE;
	record.project = NULL;
	assert_int_equal(sign(), -1);
	assert_int_equal(err.code, GM_EINPUT);
}

/* A key of which only the agent has the private half. */
static void test_agent(void **state)
{
	const char *socket = gm_printf(&arena, "%s/agent", gpg_home);
	struct gm_str said;
	const char *key;
	pid_t pid;

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust("key");
	key = ssh_public("key");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", gm_printf(&arena, "key::%s", key));
	assert_ok(read_signing());
	assert_refused("'ssh-keygen' made no signature: exit status 255");

	said = RUN(GM_STR_NONE, "ssh-agent", "-s", "-a", socket);
	key = strstr(gm_str_dup(&arena, said), "SSH_AGENT_PID=");
	assert_non_null(key);
	pid = (pid_t)strtol(key + strlen("SSH_AGENT_PID="), NULL, 10);
	assert_true(pid > 1);
	setenv("SSH_AUTH_SOCK", socket, 1);
	RUN(GM_STR_NONE, "ssh-add", "-q", in_place("key"));
	assert_int_equal(remove(in_place("key")), 0);
	if (sign() < 0) {
		kill(pid, SIGTERM);
		fail_msg("%s", err.msg);
	}
	kill(pid, SIGTERM);
	unsetenv("SSH_AUTH_SOCK");
	assert_verifies();
}

/* With a passphrase, asked for the way the user wants. */
static void test_passphrase(void **state)
{
	(void)state;
	RUN(GM_STR_NONE, "ssh-keygen", "-q", "-t", "ed25519", "-N", "secret",
	    "-C", "", "-f", in_place("key"));
	trust("key");
	GIT("config", "gpg.format", "ssh");
	GIT("config", "user.signingKey", in_place("key"));
	assert_ok(read_signing());
	setenv("SSH_ASKPASS", script("ask", "echo secret"), 1);
	assert_ok(sign());
	assert_verifies();
	record.sig_kind = GM_SIG_NONE;
	record.sig = GM_STR_NONE;
	setenv("SSH_ASKPASS", script("wrong", "echo wrong"), 1);
	assert_refused("exit status 255");
	setenv("SSH_ASKPASS", "/bin/false", 1);
	assert_refused("exit status 255");
}

/* On a terminal, ssh-keygen asks there, whatever windows there may be. */
static void test_terminal(void **state)
{
	int saved = dup(STDIN_FILENO), terminal;
	const char *seen;

	(void)state;
	use_ssh("key");
	signing.program = script("look", "echo \"$SSH_ASKPASS_REQUIRE\" "
					 ">\"${0%/*}/seen\"");
	unsetenv("SSH_ASKPASS_REQUIRE");
	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(dup2(terminal, STDIN_FILENO), STDIN_FILENO);
	assert_refused("it printed something else");
	seen = content("seen").ptr;
	setenv("SSH_ASKPASS_REQUIRE", "prefer", 1);
	assert_refused("it printed something else");
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	close(terminal);
	assert_string_equal(seen, "never\n");
	assert_string_equal(content("seen").ptr, "prefer\n");
}

/* gpg.ssh.program gets what git gives it, and the text on its input. */
static void test_other_ssh_program(void **state)
{
	(void)state;
	use_ssh("key");
	trust("key");
	signing.program = script("mine", "echo \"$@\" >\"${0%/*}/seen\"\n"
					 "exec ssh-keygen \"$@\"");
	assert_ok(sign());
	assert_verifies();
	assert_string_equal(
		content("seen").ptr,
		gm_printf(&arena, "-Y sign -n " NS " -f %s\n", signing.key));
}

static void test_bad_ssh_programs(void **state)
{
	(void)state;
	use_ssh("other");
	use_ssh("key");
	signing.program = script("nothing", "exit 0");
	assert_refused("made no signature: it printed something else");
	signing.program = script("garbage", "echo hello; exit 0");
	assert_refused("made no signature: it printed something else");
	signing.program = script("fails", "echo hello; exit 3");
	assert_refused("made no signature: exit status 3");
	signing.program = script("dies", "kill -9 $$");
	assert_refused("was killed by signal 9");
	signing.program = script("talks", "exec yes");
	assert_refused("printed more than");
	signing.program = script("more", "ssh-keygen \"$@\"; echo");
	assert_refused("it printed something else");
	signing.program =
		script("twice", "cat >\"$0.in\"; ssh-keygen \"$@\" <\"$0.in\"; "
				"ssh-keygen \"$@\" <\"$0.in\"");
	assert_refused("it printed something else");
	signing.program = script(
		"other-key",
		gm_printf(&arena, "exec ssh-keygen -Y sign -n " NS " -f '%s'",
			  in_place("other")));
	assert_refused("it signed with another key");
	signing.program = script("other-name",
				 "exec ssh-keygen -Y sign -n git -f \"$6\"");
	assert_refused("it signed for something else");
	signing.program = in_place("missing");
	assert_refused("cannot start");
	signing.program = "no-such-program-here";
	assert_refused("cannot start");
	signing.timeout_ms = 200;
	signing.program = script("hangs", "exec sleep 999");
	assert_refused("did not end within 0.200 seconds");
}

/* What a key that nobody touched signs would be refused. */
static void test_untouched(void **state)
{
	struct gm_str key = sk_key("ssh:");

	(void)state;
	use_ssh("key");
	signing.public_ = key;
	put("untouched",
	    gm_sshsig_armor(&arena, envelope(key, NS, sk_signature(4))));
	signing.program = script("mine", "cat \"${0%/*}/untouched\"");
	assert_refused("the security key was not touched");
	put("untouched",
	    gm_sshsig_armor(&arena, envelope(key, NS, sk_signature(5))));
	assert_ok(sign());
	put("untouched",
	    gm_sshsig_armor(&arena, envelope(key, NS, GM_STR("x"))));
	record.sig_kind = GM_SIG_NONE;
	record.sig = GM_STR_NONE;
	assert_refused("made no signature: it is malformed");
}

static void test_gpg(void **state)
{
	static const char *const algorithms[] = { "ed25519", "rsa2048",
						  "nistp521" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(algorithms); i++) {
		const char *key = gpg_key(algorithms[i], algorithms[i],
					  GPG_TIME, "never");

		/* Whatever the user's own settings are. */
		put("gpg/gpg.conf", "armor\ntextmode\ndigest-algo SHA1\n");
		GIT("config", "user.signingKey", key);
		assert_ok(read_signing());
		assert_ok(sign());
		assert_int_equal(record.sig_kind, GM_SIG_GPG);
		assert_int_equal(remove(in_place("gpg/gpg.conf")), 0);
		assert_ok(gm_signers_add_gpg(&signers, &arena,
					     gm_printf(&arena, "%zu", i), "ann",
					     gpg_armor(key), &err));
		assert_verifies();
	}
}

static void test_bad_gpg_programs(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");

	(void)state;
	GIT("config", "user.signingKey", "no-such-key");
	assert_ok(read_signing());
	assert_refused("'gpg' made no signature: exit status 2");
	GIT("config", "user.signingKey", key);
	assert_ok(read_signing());
	signing.program = script("nothing", "exit 0");
	assert_refused("made no signature: it is no OpenPGP signature");
	signing.program = script("garbage", "echo hello");
	assert_refused("made no signature: it is no OpenPGP signature");
	signing.program = script("armored", "exec gpg \"$@\" --armor");
	assert_refused("made no signature: it is no OpenPGP signature");
	signing.program =
		script("twice", "cat >\"$0.in\"; gpg \"$@\" <\"$0.in\"; "
				"gpg \"$@\" <\"$0.in\"");
	assert_refused("made no signature: there is something behind it");
	signing.timeout_ms = 200;
	signing.program = script("hangs", "trap '' TERM; exec sleep 999");
	assert_refused("did not end within 0.200 seconds");
}

GM_UNIT_MAIN(TEST(test_ssh), TEST(test_kinds), TEST(test_agent),
	     TEST(test_passphrase), TEST(test_terminal),
	     TEST(test_other_ssh_program), TEST(test_bad_ssh_programs),
	     TEST(test_untouched), TEST(test_gpg), TEST(test_bad_gpg_programs))

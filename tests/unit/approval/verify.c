#include "approval/verify.h"

#include <fcntl.h>

#include "base/clock.h"
#include "unit/approval/keys.h"

#define DIGEST                                                                 \
	"sha256:"                                                              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NS "approval@git-migrate"

static struct gm_signers signers;
static struct gm_verifier verifier;
static struct gm_proof proof;
static int64_t now;

static int setup(void **state)
{
	gpg_setup(state);
	memset(&signers, 0, sizeof(signers));
	verifier = (struct gm_verifier){ "/usr/bin/ssh-keygen", "/usr/bin/gpgv",
					 60000 };
	now = gm_now();
	return 0;
}

static struct gm_record unsigned_record(const char *signer)
{
	return (struct gm_record){
		.kind = GM_RECORD_APPROVE,
		.project = "shop",
		.path = "migrations/1_a/up.sql",
		.digest = DIGEST,
		.phase = "contract",
		.class_ = "contract",
		.ref = "refs/heads/main",
		.env = "*",
		.role = "dba",
		.signer = signer,
		.at = 1795255200,
		.until = 1795341600,
		.nonce = "0123456789abcdef0123456789abcdef",
	};
}

static struct gm_str payload_of(const struct gm_record *r)
{
	const char *payload;

	assert_ok(gm_record_payload(&payload, &arena, r, &err));
	return gm_str(payload);
}

/* As it is read back from its line. */
static const struct gm_record *with(struct gm_record r, enum gm_sig_kind kind,
				    struct gm_str sig)
{
	struct gm_record *back = gm_alloc(&arena, sizeof(*back));
	const char *line, *why;

	r.sig_kind = kind;
	r.sig = sig;
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	if (!gm_record_decode(back, &why, &arena, gm_str(line)))
		fail_msg("%s: %s", line, why);
	return back;
}

/* Signed by the key of that name, in that namespace. */
static const struct gm_record *ssh_record(const char *signer, const char *key,
					  const char *namespace_)
{
	struct gm_record r = unsigned_record(signer);

	return with(r, GM_SIG_SSH, ssh_sign(key, namespace_, payload_of(&r)));
}

static struct gm_str payload_by(const char *signer)
{
	struct gm_record r = unsigned_record(signer);

	return payload_of(&r);
}

#define GPG_RECORD(signer, key, ...)                                           \
	with(unsigned_record(signer), GM_SIG_GPG,                              \
	     GPG_SIGN((key), payload_by(signer), "--no-armor", __VA_ARGS__))

static void trust_ssh(const char *principal, const char *options,
		      const char *key)
{
	assert_ok(gm_signers_add_ssh(
		&signers, &arena, "signers",
		gm_str(gm_printf(&arena, "%s %s %s\n", principal, options,
				 ssh_public(key))),
		&err));
}

static void trust_gpg(const char *principal, const char *key)
{
	assert_ok(gm_signers_add_gpg(&signers, &arena,
				     gm_printf(&arena, "%s.asc", principal),
				     principal, gpg_armor(key), &err));
}

static int verify(const struct gm_record *r)
{
	memset(&err, 0, sizeof(err));
	return gm_verify(&proof, &arena, &verifier, &signers, &r, 1, now, &err);
}

static void assert_good(const struct gm_record *r)
{
	assert_ok(verify(r));
	if (!proof.good)
		fail_msg("%s", proof.why);
	assert_null(proof.why);
	assert_non_null(proof.key);
	assert_string_equal(proof.key->principal, r->signer);
}

static void assert_bad(const struct gm_record *r, const char *why)
{
	assert_ok(verify(r));
	assert_false(proof.good);
	assert_string_equal(proof.why, why);
}

static void test_ssh(void **state)
{
	static const char *const types[][2] = {
		{ "ed25519", "256" },
		{ "ecdsa", "256" },
		{ "ecdsa", "384" },
		{ "rsa", "2048" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(types); i++) {
		const char *name = gm_printf(&arena, "key%zu", i);

		ssh_key(name, types[i][0], types[i][1]);
		trust_ssh("ann", "", name);
		assert_good(ssh_record("ann", name, NS));
		assert_ptr_equal(proof.key, &signers.items[i]);
	}
}

/* A signer may be listed with capitals; records have none. */
static void test_capitals(void **state)
{
	const char *key = gpg_key("Bob", "ed25519", GPG_TIME, "never");

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("Ann@Example.com", "", "key");
	trust_gpg("Bob@Example.com", key);
	assert_ok(verify(ssh_record("ann@example.com", "key", NS)));
	assert_true(proof.good);
	assert_ok(verify(GPG_RECORD("bob@example.com", key, "--no-tty")));
	assert_true(proof.good);
	assert_ok(verify(ssh_record("bob@example.com", "key", NS)));
	assert_false(proof.good);
}

static void test_ssh_refuses(void **state)
{
	struct gm_record other, wrong;
	struct gm_str sig;

	(void)state;
	ssh_key("key", "ed25519", "256");
	ssh_key("new", "ed25519", "256");
	ssh_key("bobs", "ed25519", "256");
	trust_ssh("ann@example.com", "namespaces=\"" NS "\"", "key");
	trust_ssh("bob", "", "bobs");
	assert_good(ssh_record("ann@example.com", "key", NS));
	assert_bad(ssh_record("ann@example.com", "new", NS),
		   "its key is none of the signers'");
	assert_null(proof.key);
	/* threats 50, 53: whoever it claims to be. */
	assert_bad(ssh_record("ann@example.com", "bobs", NS),
		   "its key is that of 'bob', not of 'ann@example.com'");
	assert_bad(ssh_record("cem", "bobs", NS),
		   "its key is that of 'bob', not of 'cem'");
	assert_string_equal(proof.key->principal, "bob");
	/* threat 58 */
	assert_bad(ssh_record("bob", "bobs", "git"),
		   "it is signed as 'git', not as '" NS "'");
	assert_bad(ssh_record("bob", "bobs", "override@git-migrate"),
		   "it is signed as 'override@git-migrate', not as '" NS "'");
	other = unsigned_record("ann@example.com");
	other.kind = GM_RECORD_OVERRIDE;
	other.ticket = other.risk = other.recovery = other.follow_up = "x";
	sig = ssh_sign("key", "override@git-migrate", payload_of(&other));
	assert_bad(with(other, GM_SIG_SSH, sig),
		   "its key may not sign 'override@git-migrate'");
	/* threats 46, 47: a signature of something else. */
	other = unsigned_record("bob");
	sig = ssh_sign("bobs", NS, payload_of(&other));
	other.ref = "refs/heads/release/1";
	assert_bad(with(other, GM_SIG_SSH, sig),
		   "its signature does not fit what it should sign");
	assert_string_equal(proof.key->principal, "bob");
	wrong = unsigned_record("bob");
	wrong.kind = GM_RECORD_LANDED;
	wrong.sig_kind = GM_SIG_NONE;
	assert_bad(&wrong, "it is not signed");
	wrong.kind = GM_RECORD_APPROVE;
	assert_bad(&wrong, "it is not signed");
}

/* A signature with its last byte changed, with more behind it, cut, empty. */
static void test_ssh_damage(void **state)
{
	struct gm_record r = unsigned_record("ann");
	struct gm_str sig;
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("ann", "", "key");
	sig = ssh_sign("key", NS, payload_of(&r));
	gm_buf_str(&b, sig);
	b.ptr[b.len - 1] ^= 1;
	assert_bad(with(r, GM_SIG_SSH, gm_buf_view(&b)),
		   "its signature does not fit what it should sign");
	gm_buf_str(&b, sig);
	assert_bad(with(r, GM_SIG_SSH, gm_buf_view(&b)),
		   "its signature is refused: there is something behind it");
	assert_bad(with(r, GM_SIG_SSH, gm_str_sub(sig, 0, sig.len - 1)),
		   "its signature is refused: it ends early");
	assert_bad(with(r, GM_SIG_SSH, GM_STR("garbage")),
		   "its signature is refused: it is no SSH signature");
	assert_bad(with(r, GM_SIG_GPG, sig),
		   "its signature is refused: it is no OpenPGP signature");
}

/* threat 59: judged now, with the times of the list. */
static void test_ssh_times(void **state)
{
	const struct gm_record *r;

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("ann", "valid-after=\"20260101Z\",valid-before=\"20270101Z\"",
		  "key");
	r = ssh_record("ann", "key", NS);
	assert_true(gm_time_parse(&now, GM_STR("2026-01-01T00:00:00Z")));
	assert_good(r);
	now--;
	assert_bad(r, "its key is not valid yet");
	assert_true(gm_time_parse(&now, GM_STR("2027-01-01T00:00:00Z")));
	assert_bad(r, "its key is no longer valid");
	now--;
	assert_good(r);
}

/* threat 63; and one that was touched has to fit all the same. */
static void test_security_key(void **state)
{
	struct gm_str key = sk_key("ssh:"), untouched, touched;
	struct gm_record r = unsigned_record("ann");
	struct gm_buf line = gm_buf(&arena);

	(void)state;
	gm_buf_puts(&line, "ann sk-ssh-ed25519@openssh.com ");
	gm_base64_encode(&line, key);
	assert_ok(gm_signers_add_ssh(&signers, &arena, "signers",
				     gm_buf_view(&line), &err));
	untouched = envelope(key, NS, sk_signature(4));
	touched = envelope(key, NS, sk_signature(1));
	assert_bad(with(r, GM_SIG_SSH, untouched),
		   "its security key was not touched");
	assert_bad(with(r, GM_SIG_SSH, touched),
		   "its signature does not fit what it should sign");
}

/* threat 56: RSA with SHA-1, which no ssh-keygen makes any more. */
static void test_ssh_sha1(void **state)
{
	struct gm_record r = unsigned_record("ann");
	struct gm_buf b = gm_buf(&arena);
	char bytes[256] = { 'x' };

	(void)state;
	ssh_key("key", "rsa", "2048");
	trust_ssh("ann", "", "key");
	put_string(&b, GM_STR("ssh-rsa"));
	put_string(&b, (struct gm_str){ bytes, sizeof(bytes) });
	assert_bad(with(r, GM_SIG_SSH,
			envelope(ssh_blob("key"), NS, gm_buf_view(&b))),
		   "its signature is refused: it is made with SHA-1");
}

static void test_gpg(void **state)
{
	const char *ann = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	const char *bob = gpg_key("Bob", "rsa2048", GPG_TIME, "never");
	struct gm_record r = unsigned_record("ann");
	const struct gm_record *by_bob = GPG_RECORD("ann", bob, "--no-tty");
	struct gm_str sig;

	(void)state;
	trust_gpg("ann", ann);
	trust_gpg("bob", bob);
	assert_good(GPG_RECORD("ann", ann, "--no-tty"));
	assert_ptr_equal(proof.key, &signers.items[0]);
	assert_good(GPG_RECORD("ann", ann, "--digest-algo", "SHA512"));
	assert_good(GPG_RECORD("bob", bob, "--digest-algo", "SHA384"));
	assert_good(GPG_RECORD("ann", ann, "--sig-notation", "a@b.c=hi"));
	/* threat 88: only the keys of whom it names. */
	assert_bad(by_bob, "its signature is refused: its key is none of the "
			   "signer's");
	assert_bad(GPG_RECORD("cem", ann, "--no-tty"),
		   "'cem' has no OpenPGP key here");
	sig = GPG_SIGN(ann, payload_of(&r), "--no-armor");
	r.ref = "refs/heads/other";
	assert_bad(with(r, GM_SIG_GPG, sig),
		   "its signature is refused: it does not fit what it should "
		   "sign");
	assert_bad(with(r, GM_SIG_GPG, GM_STR("garbage")),
		   "its signature is refused: it is no OpenPGP signature");
	assert_bad(with(r, GM_SIG_GPG, gm_str_sub(sig, 0, sig.len - 1)),
		   "its signature is refused: it is no OpenPGP signature");
	assert_bad(with(r, GM_SIG_SSH, sig),
		   "its signature is refused: it is no SSH signature");
}

/* threat 56 */
static void test_gpg_weak(void **state)
{
	const char *key = gpg_key("Ann", "rsa2048", GPG_TIME, "never");

	(void)state;
	trust_gpg("ann", key);
	assert_good(GPG_RECORD("ann", key, "--no-tty"));
	assert_ok(verify(GPG_RECORD("ann", key, "--digest-algo", "SHA1")));
	assert_false(proof.good);
	assert_bad(GPG_RECORD("ann", key, "--textmode"),
		   "its signature is refused: it is not made in binary mode");
	assert_bad(GPG_RECORD("ann", key, "--faked-system-time",
			      "20400101T000000"),
		   "its signature is refused: it is dated in the future");
	assert_ok(verify(GPG_RECORD("ann", key, "--default-sig-expire", "1d",
				    "--faked-system-time", "20210101T000000")));
	assert_false(proof.good);
	assert_string_equal(proof.why,
			    "its signature is refused: it has expired");
	/* The digest that is not weak, but not one of ours. */
	assert_bad(GPG_RECORD("ann", key, "--digest-algo", "SHA224"),
		   "its signature is refused: its hash is none of SHA-256, "
		   "SHA-384, SHA-512");
}

/* threat 55 */
static void test_gpg_two(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	struct gm_record r = unsigned_record("ann");
	struct gm_str sig = GPG_SIGN(key, payload_of(&r), "--no-armor");
	struct gm_buf two = gm_buf(&arena);

	(void)state;
	trust_gpg("ann", key);
	gm_buf_str(&two, sig);
	gm_buf_str(&two, sig);
	assert_bad(with(r, GM_SIG_GPG, gm_buf_view(&two)),
		   "its signature is refused: there is something behind it");
	assert_bad(
		with(r, GM_SIG_GPG, GPG_SIGN(key, payload_of(&r), "--armor")),
		"its signature is refused: it is no OpenPGP signature");
}

#define EXPIRED(who)                                                           \
	"its signature is refused: its key has expired; it counts again when"  \
	" its owner has extended that ('gpg --quick-set-expire') and a new"    \
	" export of it has landed in .migrate/keys/" who ".asc"

/* threat 54 */
static void test_gpg_expired(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "1y");
	const char *whole = gpg_key("Bob", "ed25519", GPG_TIME, "1y");
	const struct gm_record *r = GPG_RECORD(
		"ann", key, "--faked-system-time", "20200102T000000");
	const struct gm_record *by_subkey;

	(void)state;
	trust_gpg("ann", key);
	assert_bad(r, EXPIRED("ann"));
	/* With a subkey that has not. */
	gpg_subkey(whole, "ed25519", "sign", "20200102T000000", "never");
	trust_gpg("bob", whole);
	by_subkey = GPG_RECORD("bob", whole, "--faked-system-time",
			       "20200103T000000");
	assert_bad(by_subkey, EXPIRED("bob"));
	/* Made to last longer: what was signed counts again. */
	GPG(GM_STR_NONE, "--quick-set-expire", key, "0");
	memset(&signers, 0, sizeof(signers));
	trust_gpg("ann", key);
	assert_good(r);
}

/* Subkeys that have expired spoil nothing when they did not sign. */
static void test_gpg_subkeys(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	const struct gm_record *old;

	(void)state;
	gpg_subkey(key, "ed25519", "sign", GPG_TIME, "1y");
	gpg_subkey(key, "cv25519", "encrypt", GPG_TIME, "1y");
	old = GPG_RECORD("ann", key, "--faked-system-time", "20200102T000000");
	gpg_subkey(key, "ed25519", "sign", "20210601T000000", "never");
	trust_gpg("ann", key);
	assert_bad(old, EXPIRED("ann"));
	assert_good(GPG_RECORD("ann", key, "--no-tty"));
	assert_string_equal(proof.key->fingerprint, key);
	assert_int_equal(proof.key->subkeys.n, 3);
}

static void test_gpg_revoked(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	const struct gm_record *r = GPG_RECORD("ann", key, "--no-tty");
	struct gm_str text, armor;
	size_t at;

	(void)state;
	trust_gpg("ann", key);
	assert_good(r);
	text = content(gm_printf(&arena, "gpg/openpgp-revocs.d/%s.rev", key));
	at = (size_t)(strstr(text.ptr, ":-----BEGIN") - text.ptr) + 1;
	armor = gm_str_sub(text, at, text.len);
	GPG(armor, "--import");
	memset(&signers, 0, sizeof(signers));
	trust_gpg("ann", key);
	assert_bad(r, "its signature is refused: its key is revoked");
}

/* More than a chunk, of all kinds, each answer in its place. */
static void test_many(void **state)
{
	enum { N = 600 };
	const struct gm_record *three[3], *all[N];
	static struct gm_proof proofs[N];
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	int64_t before = now;

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("ann", "", "key");
	trust_gpg("ann", key);
	three[0] = ssh_record("ann", "key", NS);
	three[1] = GPG_RECORD("ann", key, "--no-tty");
	three[2] = ssh_record("ann", "key", "git");
	for (size_t i = 0; i < N; i++)
		all[i] = three[i < 500 ? 2 - (i % 7 == 0) * 2 : i % 3];
	all[3] = three[1];
	assert_ok(gm_verify(proofs, &arena, &verifier, &signers, all, N, now,
			    &err));
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(proofs[i].good, all[i] != three[2]);
		assert_int_equal(proofs[i].why == NULL, proofs[i].good);
		assert_int_equal(proofs[i].key->kind, all[i]->sig_kind);
	}
	assert_ok(gm_verify(NULL, &arena, &verifier, &signers, NULL, 0, before,
			    &err));
}

/* threats 84, 85; nothing is called good, and the outputs stay. */
static void broken(const struct gm_record *r, const char *part)
{
	proof = (struct gm_proof){ .why = "untouched" };
	if (verify(r) == 0)
		fail_msg("not refused: %s", part);
	assert_int_equal(err.code, GM_EPROGRAM);
	if (!strstr(err.msg, part))
		fail_msg("'%s' is not '%s'", err.msg, part);
	assert_string_equal(proof.why, "untouched");
}

static const char *script(const char *name, unsigned mode, const char *text)
{
	const char *path = in_place(name);

	put(name, gm_printf(&arena, "#!/bin/sh\n%s\n", text));
	assert_int_equal(chmod(path, (mode_t)mode), 0);
	return path;
}

static void test_programs(void **state)
{
	const char *key = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	const struct gm_record *ssh, *gpg;

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("ann", "", "key");
	trust_gpg("ann", key);
	ssh = ssh_record("ann", "key", NS);
	gpg = GPG_RECORD("ann", key, "--no-tty");

	verifier.ssh_keygen = "/no/such/ssh-keygen";
	broken(ssh, "cannot use '/no/such/ssh-keygen': No such file");
	assert_string_equal(err.hint,
			    "Install it (Debian: openssh-client), or say where "
			    "it is: git config migrate.sshKeygen <path>.");
	/* Needed for the one, not for the other. */
	assert_good(gpg);
	verifier.ssh_keygen = "/";
	broken(ssh, "'/' is no program that can be run");
	verifier.ssh_keygen = script("open", 0777, "exit 0");
	broken(ssh, "could be changed by others");
	verifier.ssh_keygen = script("group", 0775, "exit 0");
	broken(ssh, "could be changed by others");
	if (geteuid() == 0) {
		verifier.ssh_keygen = script("theirs", 0755, "exit 0");
		assert_int_equal(chown(verifier.ssh_keygen, 65534, 0), 0);
		broken(ssh, "could be changed by others");
	}
	verifier.ssh_keygen = script("none", 0644, "exit 0");
	broken(ssh, "is no program that can be run");

	verifier.ssh_keygen = script("says-nothing", 0755, "exit 0");
	broken(ssh, "did not do what it should: exit status 0");
	verifier.ssh_keygen =
		script("says-other", 0755,
		       "echo 'Good \"git\" signature for ann with ED25519 key "
		       "SHA256:x'");
	broken(ssh, "did not do what it should: exit status 0");
	verifier.ssh_keygen = script("usage", 0755, "exit 1");
	broken(ssh, "did not do what it should: exit status 1");
	verifier.ssh_keygen = script("dies", 0755, "kill -9 $$");
	broken(ssh, "was killed by signal 9");
	verifier.ssh_keygen = script("talks", 0755, "yes");
	broken(ssh, "printed more than");
	verifier.timeout_ms = 200;
	verifier.ssh_keygen = script("hangs", 0755, "trap '' TERM; sleep 999");
	broken(ssh, "did not end within 0.200 seconds");
	verifier.gpgv = verifier.ssh_keygen;
	broken(gpg, "did not end within 0.200 seconds");
	verifier.timeout_ms = 60000;
	verifier.gpgv = script("gpgv-2", 0755, "exit 2");
	assert_bad(gpg, "its signature is refused: gpgv does not say whether "
			"it is good");
	verifier.gpgv = script("gpgv-1", 0755, "/usr/bin/gpgv \"$@\"; exit 1");
	assert_bad(gpg, "its signature is refused: gpgv failed");
}

/* threats 83 and 87: what they see of us. */
static void test_surroundings(void **state)
{
	const struct gm_record *r;
	const char *text =
		gm_printf(&arena,
			  "exec >%s/seen; env | grep -v ^PWD= | grep -v ^_=; "
			  "pwd; for n in 0 1 2 3 4 5 6 7 8 9; do "
			  "test ! -e /proc/$$/fd/$n || echo $n; done; exit 255",
			  place);
	int left_open = open("/dev/null", O_RDONLY);

	(void)state;
	ssh_key("key", "ed25519", "256");
	trust_ssh("ann", "", "key");
	r = ssh_record("ann", "key", NS);
	setenv("LD_PRELOAD_X", "1", 1);
	setenv("SSH_ASKPASS", "/bin/false", 1);
	verifier.ssh_keygen = script("look", 0755, text);
	assert_bad(r, "its signature does not fit what it should sign");
	close(left_open);
	assert_string_equal(content("seen").ptr,
			    "LC_ALL=C\n/\n0\n1\n2\n3\n4\n");
}

static void test_settings(void **state)
{
	struct gm_verifier v;

	(void)state;
	make_repo();
	open_repo();
	assert_ok(gm_verifier_read(&v, &arena, repo, &err));
	assert_string_equal(v.ssh_keygen, "/usr/bin/ssh-keygen");
	assert_string_equal(v.gpgv, "/usr/bin/gpgv");
	assert_true(v.timeout_ms > 0);
	GIT("config", "migrate.sshKeygen", "/opt/ssh-keygen");
	GIT("config", "migrate.gpgv", "/opt/gpgv");
	open_repo();
	assert_ok(gm_verifier_read(&v, &arena, repo, &err));
	assert_string_equal(v.ssh_keygen, "/opt/ssh-keygen");
	assert_string_equal(v.gpgv, "/opt/gpgv");
	GIT("config", "migrate.gpgv", "gpgv");
	open_repo();
	assert_failed(gm_verifier_read(&v, &arena, repo, &err), GM_EPROGRAM,
		      "migrate.gpgv is 'gpgv', no absolute path");
	assert_true(err.hint[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gpg_done)

GM_UNIT_MAIN(TEST(test_ssh), TEST(test_capitals), TEST(test_ssh_refuses),
	     TEST(test_ssh_damage), TEST(test_ssh_times),
	     TEST(test_security_key), TEST(test_ssh_sha1), TEST(test_gpg),
	     TEST(test_gpg_weak), TEST(test_gpg_two), TEST(test_gpg_expired),
	     TEST(test_gpg_subkeys), TEST(test_gpg_revoked), TEST(test_many),
	     TEST(test_programs), TEST(test_surroundings), TEST(test_settings))

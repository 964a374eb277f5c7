#include "approval/signers.h"

#include "unit/approval/keys.h"

#define NAME "main:.migrate/allowed_signers"

static struct gm_signers signers;

static int add(const char *text)
{
	memset(&err, 0, sizeof(err));
	return gm_signers_add_ssh(&signers, &arena, NAME, gm_str(text), &err);
}

static int fresh(const char *text)
{
	memset(&signers, 0, sizeof(signers));
	return add(text);
}

static void test_lines(void **state)
{
	const char *text =
		gm_printf(&arena,
			  "# who may sign\n\n  \t\n"
			  "ann@example.com %s ann's laptop \xc3\xa9\n"
			  "\t ann@example.com\t \tnamespaces=\"approval@git-"
			  "migrate,git\",valid-after=\"20260101Z\","
			  "valid-before=\"202701020304Z\"  %s\n"
			  "bob+x-y_z@example.com "
			  "valid-before=\"20270102030405Z\" %s",
			  fake_key('a'), fake_key('b'), fake_key('c'));
	const struct gm_key *k;

	(void)state;
	assert_ok(fresh(text));
	assert_int_equal(signers.n, 3);
	k = &signers.items[0];
	assert_int_equal(k->kind, GM_SIG_SSH);
	assert_string_equal(k->principal, "ann@example.com");
	assert_int_equal(k->after, 0);
	assert_int_equal(k->before, 0);
	assert_int_equal(k->namespaces.n, 0);
	assert_string_equal(k->path, NAME);
	assert_int_equal(k->line, 4);
	k = &signers.items[1];
	assert_string_equal(k->principal, "ann@example.com");
	assert_int_equal(k->namespaces.n, 2);
	assert_string_equal(k->namespaces.items[0], "approval@git-migrate");
	assert_string_equal(k->namespaces.items[1], "git");
	assert_int_equal(k->after, 1767225600);
	assert_int_equal(k->before, 1798859040);
	assert_int_equal(k->line, 5);
	k = &signers.items[2];
	assert_string_equal(k->principal, "bob+x-y_z@example.com");
	assert_int_equal(k->before, 1798859045);

	assert_ptr_equal(gm_signers_ssh(&signers, k->blob), k);
	assert_null(gm_signers_ssh(&signers, GM_STR("x")));
	assert_true(gm_key_signs(&signers.items[0], "override@git-migrate"));
	assert_true(gm_key_signs(&signers.items[1], "approval@git-migrate"));
	assert_false(gm_key_signs(&signers.items[1], "override@git-migrate"));

	/* What `init` writes. */
	assert_ok(
		fresh(gm_printf(&arena, "ann namespaces=\"*@git-migrate\" %s\n",
				fake_key('a'))));
	assert_true(gm_key_signs(&signers.items[0], "override@git-migrate"));

	assert_ok(fresh(""));
	assert_int_equal(signers.n, 0);
}

/* The fingerprint is the one that ssh-keygen shows. */
static void test_real_keys(void **state)
{
	static const char *const types[][2] = {
		{ "ed25519", "256" },
		{ "ecdsa", "256" },
		{ "ecdsa", "521" },
		{ "rsa", "2048" },
	};
	struct gm_str shown;

	(void)state;
	memset(&signers, 0, sizeof(signers));
	for (size_t i = 0; i < GM_COUNT(types); i++) {
		const char *name = gm_printf(&arena, "key%zu", i);

		ssh_key(name, types[i][0], types[i][1]);
		assert_ok(add(gm_printf(&arena, "ann %s\n", ssh_public(name))));
		shown = RUN(GM_STR_NONE, "ssh-keygen", "-l", "-f",
			    in_place(name));
		assert_non_null(strstr(gm_str_dup(&arena, shown),
				       signers.items[i].fingerprint));
		assert_true(gm_str_eq(signers.items[i].blob, ssh_blob(name)));
	}
	assert_int_equal(signers.n, GM_COUNT(types));
}

/* Refused at this column of the second line, with a hint. */
static void refused(const char *line, size_t column, const char *part)
{
	const char *text = gm_printf(&arena, "# first\n%s\n", line);

	signers.n = 0;
	if (fresh(text) == 0)
		fail_msg("'%s' was taken", line);
	if (err.code != GM_EPOLICY || !strstr(err.msg, part) || !err.hint[0])
		fail_msg("'%s': %d, %s", line, (int)err.code, err.msg);
	assert_string_equal(err.path, NAME);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, column);
	assert_int_equal(signers.n, 0);
}

#define REFUSED(column, part, ...)                                             \
	refused(gm_printf(&arena, __VA_ARGS__), (column), (part))

/* threats 53, 62, 86 */
static void test_principals(void **state)
{
	const char *k = fake_key('a');

	(void)state;
	REFUSED(1, "is one person, not a pattern", "*@example.com %s", k);
	REFUSED(1, "is one person, not a pattern", "* %s", k);
	REFUSED(1, "is one person, not a pattern", "ann? %s", k);
	REFUSED(1, "negated principal", "!ann %s", k);
	REFUSED(1, "several principals", "ann,bob %s", k);
	REFUSED(1, "several principals", "ann,!bob %s", k);
	REFUSED(1, "several principals", ", %s", k);
	REFUSED(1, "must not start with '-'", "-x %s", k);
	REFUSED(1, "is quoted", "\"ann\" %s", k);
	REFUSED(3, "only letters, digits", "  a/n %s", k);
	REFUSED(1, "only letters, digits", "\xc3\xa9 %s", k);
	REFUSED(1, "longer than", "%0300d %s", 1, k);
}

static void test_options(void **state)
{
	const char *k = fake_key('a');

	(void)state;
	REFUSED(5, "'cert-authority' is not taken", "ann cert-authority %s", k);
	REFUSED(20, "'cert-authority' is not taken",
		"ann namespaces=\"g\",cert-authority %s", k);
	REFUSED(5, "'no-touch-required' is not", "ann no-touch-required %s", k);
	REFUSED(5, "'Namespaces' is not taken", "ann Namespaces=\"g\" %s", k);
	REFUSED(5, "'' is not taken", "ann ,namespaces=\"g\" %s", k);
	REFUSED(20, "'' is not taken", "ann namespaces=\"g\", %s", k);
	REFUSED(20, "stands twice", "ann namespaces=\"g\",namespaces=\"g\" %s",
		k);
	REFUSED(5, "has no value", "ann namespaces %s", k);
	REFUSED(5, "has no value", "ann namespaces= %s", k);
	REFUSED(5, "has no value", "ann namespaces=git %s", k);
	REFUSED(17, "quote is not closed", "ann namespaces=\"git %s", k);
	REFUSED(21, "something behind", "ann namespaces=\"git\"x %s", k);
	REFUSED(17, "is no pattern", "ann namespaces=\"*\" %s", k);
	REFUSED(17, "is no pattern", "ann namespaces=\"*git-migrate\" %s", k);
	REFUSED(17, "is no pattern", "ann namespaces=\"*@git-migrat*\" %s", k);
	REFUSED(19, "is no pattern", "ann namespaces=\"g,!git\" %s", k);
	REFUSED(19, "is no pattern", "ann namespaces=\"g, git\" %s", k);
	REFUSED(17, "an empty namespace", "ann namespaces=\"\" %s", k);
	REFUSED(17, "an empty namespace", "ann namespaces=\"a,,b\" %s", k);
	REFUSED(17, "an empty namespace", "ann namespaces=\"a,\" %s", k);
	REFUSED(17, "an empty namespace", "ann namespaces=\",a\" %s", k);
	REFUSED(5, "valid at no time",
		"ann valid-after=\"20260101Z\",valid-before=\"20260101Z\" %s",
		k);
}

/* threat 59 */
static void test_times(void **state)
{
	static const char *const times[] = {
		"",
		"Z",
		"20260101",
		"202601011200",
		"20260101z",
		"2026-01-01",
		"20260101120000",
		"20260132Z",
		"20261301Z",
		"20260229Z",
		"202601012400Z",
		"20260101T1200Z",
		"2026010Z",
		"19691231Z",
		"20260101000060Z",
		"20260101+0100",
		"always:forever",
		"9999999999999999Z",
		"-0260101Z",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(times); i++) {
		REFUSED(18, "no time in UTC", "ann valid-after=\"%s\" %s",
			times[i], fake_key('a'));
		REFUSED(19, "no time in UTC", "ann valid-before=\"%s\" %s",
			times[i], fake_key('a'));
	}
}

static void test_key_texts(void **state)
{
	struct gm_buf cert = gm_buf(&arena), line = gm_buf(&arena);
	const char *k = fake_key('a');

	(void)state;
	REFUSED(4, "there is no key", "ann");
	REFUSED(6, "there is no key", "ann  ");
	REFUSED(22, "there is no key", "ann namespaces=\"git\" ");
	REFUSED(5, "'AAAA' is not taken", "ann AAAA");
	REFUSED(5, "key is malformed", "ann ssh-ed25519");
	REFUSED(17, "is no base64", "ann ssh-ed25519 AAA");
	REFUSED(17, "is no base64", "ann ssh-ed25519 ????");
	REFUSED(5, "key is malformed", "ann ssh-ed25519 AAAA");
	REFUSED(5, "is of another type", "ann ssh-rsa %s", k + 12);
	REFUSED(5, "key is malformed", "ann ssh-ed25519 %sAAAA", k + 12);
	REFUSED(4, "a control byte", "ann\x01 %s", k);
	REFUSED(strlen(k) + 5, "a control byte", "ann %s\r", k);
	REFUSED(strlen(k) + 6, "a control byte", "ann %s \x1b[1m", k);

	put_string(&cert, GM_STR("ssh-ed25519-cert-v01@openssh.com"));
	gm_base64_encode(&line, gm_buf_view(&cert));
	REFUSED(5, "the key is a certificate",
		"ann ssh-ed25519-cert-v01@openssh.com %s", line.ptr);
	ssh_key("weak", "rsa", "1024");
	REFUSED(5, "less than 2048 bits", "ann %s", ssh_public("weak"));
}

/* threat 52 */
static void test_one_owner(void **state)
{
	const char *a = fake_key('a'), *b = fake_key('b');

	(void)state;
	assert_int_equal(
		fresh(gm_printf(&arena, "ann %s\nbob %s\ncem %s\n", a, b, a)),
		-1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.msg, "this key is that of 'ann' already, in "
				     "line 1 of " NAME);
	assert_int_equal(err.line, 3);
	assert_true(err.hint[0]);
	assert_int_equal(
		fresh(gm_printf(&arena, "ann %s\nann %s again\n", a, a)), -1);
	/* From another file as well; what was there stays. */
	assert_ok(fresh(gm_printf(&arena, "ann %s\n", a)));
	assert_int_equal(add(gm_printf(&arena, "bob %s\ncem %s\n", b, a)), -1);
	assert_int_equal(signers.n, 1);
	assert_ok(add(gm_printf(&arena, "bob %s\n", b)));
	assert_int_equal(signers.n, 2);
	/* Nobody is two people by a letter's case. */
	assert_failed(add(gm_printf(&arena, "Ann %s\n", fake_key('c'))),
		      GM_EPOLICY, "'Ann' is 'ann' in line 1 of");
	assert_ok(add(gm_printf(&arena, "ann %s\n", fake_key('c'))));
}

static void test_too_many(void **state)
{
	struct gm_buf text = gm_buf(&arena);

	(void)state;
	for (int i = 0; i <= GM_SIGNERS_KEYS; i++) {
		struct gm_buf blob = gm_buf(&arena);
		char bytes[33];

		snprintf(bytes, sizeof(bytes), "%032d", i);
		put_string(&blob, GM_STR("ssh-ed25519"));
		put_string(&blob, (struct gm_str){ bytes, 32 });
		gm_buf_puts(&text, "ann ssh-ed25519 ");
		gm_base64_encode(&text, gm_buf_view(&blob));
		gm_buf_putc(&text, '\n');
	}
	assert_failed(fresh(text.ptr), GM_EPOLICY, "more than 1024 keys");
	assert_int_equal(err.line, GM_SIGNERS_KEYS + 1);
}

static int add_gpg(const char *principal, struct gm_str text)
{
	memset(&err, 0, sizeof(err));
	return gm_signers_add_gpg(&signers, &arena, "x.asc", principal, text,
				  &err);
}

static void test_gpg(void **state)
{
	const char *ann = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	const char *bob = gpg_key("Bob", "rsa2048", GPG_TIME, "never");
	struct gm_str both, text;

	(void)state;
	memset(&signers, 0, sizeof(signers));
	gpg_subkey(ann, "ed25519", "sign", GPG_TIME, "never");
	both = GPG(GM_STR_NONE, "--armor", "--export");
	assert_ok(add_gpg("ann", both));
	assert_int_equal(signers.n, 2);
	assert_int_equal(signers.items[0].kind, GM_SIG_GPG);
	assert_string_equal(signers.items[0].principal, "ann");
	assert_string_equal(signers.items[0].fingerprint, ann);
	assert_int_equal(signers.items[0].subkeys.n, 1);
	assert_string_equal(signers.items[1].fingerprint, bob);
	assert_string_equal(signers.items[1].path, "x.asc");
	assert_true(gm_key_signs(&signers.items[1], "override@git-migrate"));
	assert_null(gm_signers_ssh(&signers, signers.items[0].blob));

	/* A key has one owner, and a file only what it should. */
	assert_failed(add_gpg("bob", gpg_armor(bob)), GM_EPOLICY,
		      "this key is that of 'ann' already, in x.asc");
	assert_int_equal(signers.n, 2);
	memset(&signers, 0, sizeof(signers));
	text = gpg_armor(bob);
	assert_failed(add_gpg("bob", gm_str_sub(text, 0, text.len / 2)),
		      GM_EPOLICY, "no OpenPGP public key");
	assert_string_equal(err.path, "x.asc");
	assert_true(err.line > 1);
	assert_failed(add_gpg("-x", text), GM_EPOLICY, "'-x' is no principal");
	assert_failed(add_gpg("", text), GM_EPOLICY, "'' is no principal");
	assert_failed(add_gpg("a*", text), GM_EPOLICY, "'a*' is no principal");
	assert_int_equal(signers.n, 0);
}

/* Somebody's subkey as the key of another. */
static void test_gpg_subkeys(void **state)
{
	const char *ann = gpg_key("Ann", "ed25519", GPG_TIME, "never");
	struct gm_key *key;

	(void)state;
	memset(&signers, 0, sizeof(signers));
	gpg_subkey(ann, "ed25519", "sign", GPG_TIME, "never");
	assert_ok(add_gpg("ann", gpg_armor(ann)));
	key = &signers.items[0];
	key->fingerprint = "0000000000000000000000000000000000000000";
	assert_failed(add_gpg("bob", gpg_armor(ann)), GM_EPOLICY,
		      "this key is that of 'ann' already");
	key->subkeys.items[0] = ann;
	assert_failed(add_gpg("bob", gpg_armor(ann)), GM_EPOLICY,
		      "this key is that of 'ann' already");
}

GM_UNIT_MAIN(PLACE_TEST(test_lines), PLACE_TEST(test_real_keys),
	     PLACE_TEST(test_principals), PLACE_TEST(test_options),
	     PLACE_TEST(test_times), PLACE_TEST(test_key_texts),
	     PLACE_TEST(test_one_owner), PLACE_TEST(test_too_many),
	     GPG_TEST(test_gpg), GPG_TEST(test_gpg_subkeys))

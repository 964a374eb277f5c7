#include "approval/record.h"

#include "unit.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64
#define NONCE "0123456789abcdef0123456789abcdef"
#define COMMON                                                                 \
	" project=shop path=migrations/1_a/up.sql digest=" DIGEST              \
	" phase=contract class=contract ref=refs/heads/main env=* role=dba"    \
	" signer=ann@example.com at=2026-11-21T10:00:00Z"                      \
	" until=2026-12-05T10:00:00Z nonce=" NONCE
#define SIG " sig=ssh:c2lnbmF0dXJl"

static const char *const lines[GM_RECORD_KINDS] = {
	[GM_RECORD_APPROVE] = "gm1 approve" COMMON SIG,
	[GM_RECORD_REJECT] =
		"gm1 reject" COMMON " target=" DIGEST " why=too%20early" SIG,
	[GM_RECORD_REVOKE] = "gm1 revoke" COMMON " target=" HEX64 SIG,
	[GM_RECORD_EVIDENCE] = "gm1 evidence" COMMON
			       " stage=restore-test result=pass sha256=" HEX64
			       " sig=gpg:c2lnbmF0dXJlcw==",
	[GM_RECORD_OVERRIDE] =
		"gm1 override" COMMON " ticket=OPS-1 risk=data%20is%20lost"
		" recovery=restore follow-up=write%20it%20up" SIG,
	[GM_RECORD_CLOSE] = "gm1 close" COMMON " target=" HEX64 SIG,
	[GM_RECORD_LANDED] =
		"gm1 landed project=shop path=migrations/1_a/up.sql"
		" digest=" DIGEST " phase=contract class=contract"
		" ref=refs/heads/main env=* role=server signer=server"
		" at=2026-11-21T10:00:00Z until=2026-12-05T10:00:00Z"
		" nonce=" NONCE,
};

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static const char *why;

static int done(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	gm_arena_done(&arena);
	return 0;
}

static struct gm_record decoded(const char *line)
{
	struct gm_record r = { .kind = GM_RECORD_APPROVE };

	if (!gm_record_decode(&r, &why, &arena, gm_str(line)))
		fail_msg("%s: %s", why, line);
	return r;
}

static void test_fields(void **state)
{
	struct gm_record r = decoded(lines[GM_RECORD_APPROVE]);
	char id[GM_SHA256_HEX + 1];

	(void)state;
	assert_int_equal(r.kind, GM_RECORD_APPROVE);
	assert_string_equal(r.project, "shop");
	assert_string_equal(r.path, "migrations/1_a/up.sql");
	assert_string_equal(r.digest, DIGEST);
	assert_string_equal(r.phase, "contract");
	assert_string_equal(r.class_, "contract");
	assert_string_equal(r.ref, "refs/heads/main");
	assert_string_equal(r.env, "*");
	assert_string_equal(r.role, "dba");
	assert_string_equal(r.signer, "ann@example.com");
	assert_int_equal(r.at, 1795255200);
	assert_int_equal(r.until, 1795255200 + 14 * 86400);
	assert_string_equal(r.nonce, NONCE);
	assert_null(r.target);
	assert_null(r.why);
	assert_null(r.ticket);
	assert_int_equal(r.sig_kind, GM_SIG_SSH);
	assert_str(r.sig, "signature");
	assert_str(r.line, lines[GM_RECORD_APPROVE]);
	assert_str(r.payload, "gm1 approve" COMMON);
	gm_sha256_hex(id, gm_str(lines[GM_RECORD_APPROVE]));
	assert_string_equal(r.id, id);
}

static void test_fields_of_kinds(void **state)
{
	struct gm_record r = decoded(lines[GM_RECORD_REJECT]);

	(void)state;
	assert_string_equal(r.target, DIGEST);
	assert_string_equal(r.why, "too early");
	r = decoded(lines[GM_RECORD_EVIDENCE]);
	assert_string_equal(r.stage, "restore-test");
	assert_string_equal(r.result, "pass");
	assert_string_equal(r.sha256, HEX64);
	assert_int_equal(r.sig_kind, GM_SIG_GPG);
	assert_str(r.sig, "signatures");
	r = decoded(lines[GM_RECORD_OVERRIDE]);
	assert_string_equal(r.ticket, "OPS-1");
	assert_string_equal(r.risk, "data is lost");
	assert_string_equal(r.recovery, "restore");
	assert_string_equal(r.follow_up, "write it up");
	r = decoded(lines[GM_RECORD_LANDED]);
	assert_int_equal(r.sig_kind, GM_SIG_NONE);
	assert_str(r.payload, lines[GM_RECORD_LANDED]);
	assert_int_equal(r.sig.len, 0);
}

/* What was decoded encodes to the same bytes, for each kind. */
static void test_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < GM_RECORD_KINDS; i++) {
		struct gm_record r = decoded(lines[i]);
		const char *text;

		assert_int_equal(r.kind, i);
		assert_ok(gm_record_encode(&text, &arena, &r, &err));
		assert_string_equal(text, lines[i]);
		assert_ok(gm_record_payload(&text, &arena, &r, &err));
		assert_str(r.payload, text);
	}
}

static void test_kinds(void **state)
{
	(void)state;
	assert_string_equal(gm_record_kind_name(GM_RECORD_OVERRIDE),
			    "override");
	assert_string_equal(gm_record_ref(GM_RECORD_REVOKE), GM_APPROVALS_REF);
	assert_string_equal(gm_record_ref(GM_RECORD_CLOSE), GM_OVERRIDES_REF);
	assert_string_equal(gm_record_ref(GM_RECORD_LANDED), GM_LANDED_REF);
	assert_string_equal(gm_record_namespace(GM_RECORD_REJECT),
			    "approval@git-migrate");
	assert_string_equal(gm_record_namespace(GM_RECORD_EVIDENCE),
			    "evidence@git-migrate");
	assert_string_equal(gm_record_namespace(GM_RECORD_CLOSE),
			    "override@git-migrate");
	assert_null(gm_record_namespace(GM_RECORD_LANDED));
}

static void test_odd_values(void **state)
{
	struct gm_record r = decoded(lines[GM_RECORD_OVERRIDE]), back;
	const char *line;

	(void)state;
	r.project = "a=b";
	r.path = "m/1_a b%\n\xc3\xa9/up.sql";
	r.risk = " sig=ssh:AAAA";
	r.why = "\x1b[31m";
	r.env = "production";
	r.until = GM_RECORD_FOREVER;
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	for (const char *p = line; *p; p++)
		assert_true(*p >= ' ' && *p < 0x7f);
	assert_non_null(strstr(line, " until=9999-12-31T23:59:59Z "));
	back = decoded(line);
	assert_string_equal(back.project, r.project);
	assert_string_equal(back.path, r.path);
	assert_string_equal(back.risk, r.risk);
	assert_string_equal(back.why, r.why);
	assert_int_equal(back.until, GM_RECORD_FOREVER);
}

/* Any bytes as a signature, of any length modulo 3. */
static void test_signatures(void **state)
{
	char bytes[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	for (size_t len = 1; len <= sizeof(bytes); len++) {
		struct gm_record r = decoded(lines[GM_RECORD_APPROVE]), back;
		const char *line;

		r.sig = (struct gm_str){ bytes, len };
		assert_ok(gm_record_encode(&line, &arena, &r, &err));
		back = decoded(line);
		assert_true(gm_str_eq(back.sig, r.sig));
	}
}

static const char *replaced(const char *line, const char *from, const char *to)
{
	const char *at = strstr(line, from);

	if (!at)
		fail_msg("no '%s' in %s", from, line);
	return gm_printf(&arena, "%.*s%s%s", (int)(at - line), line, to,
			 at + strlen(from));
}

static void refuse(const char *line, const char *because)
{
	struct gm_record r = { .kind = GM_RECORD_KINDS };

	why = NULL;
	if (gm_record_decode(&r, &why, &arena, gm_str(line)))
		fail_msg("decoded: %s", line);
	assert_int_equal(r.kind, GM_RECORD_KINDS);
	if (!why || !strstr(why, because))
		fail_msg("'%s', not '%s': %s", why, because, line);
}

struct change {
	enum gm_record_kind kind;
	const char *from, *to, *why;
};

static void refuse_all(const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refuse(replaced(lines[changes[i].kind], changes[i].from,
				changes[i].to),
		       changes[i].why);
}

static void test_refuses_form(void **state)
{
	static const struct change changes[] = {
		{ 0, "gm1", "gm2", "'gm1'" },
		{ 0, "gm1", " gm1", "'gm1'" },
		{ 0, "gm1 ", "gm1", "'gm1'" },
		{ 0, "approve", "Approve", "kind" },
		{ 0, "approve", "approve ", "'project' is missing" },
		{ 0, "approve ", "approve", "kind" },
		{ 0, " path", "  path", "'path' is missing" },
		{ 0, " path", "\tpath", "printable" },
		{ 0, " project=shop", "", "'project' is missing" },
		{ 0, "project=shop", "project", "'project' is missing" },
		{ 0, "project=shop", "Project=shop", "'project' is missing" },
		{ 0, "project=shop", "project=shop project=shop",
		  "'path' is missing" },
		{ 0, "project=shop path=", "path=shop project=",
		  "'project' is missing" },
		{ 0, " env=*", "", "'env' is missing" },
		{ 0, " sig=", " sig=ssh:AAAA sig=", "more than its fields" },
		{ 0, " sig=", " x=y sig=", "unknown" },
		{ 0, " sig=", " target=" HEX64 " sig=", "unknown" },
		{ 0, " sig=", " why=a why=a sig=", "twice" },
		{ 0, " sig=", " why=a env=* sig=", "out of its place" },
		{ 0, SIG, "", "not signed" },
		{ 0, SIG, SIG " ", "more than its fields" },
		{ 0, SIG, SIG " why=a", "more than its fields" },
		{ 0, SIG, SIG "\r", "printable" },
		{ 0, SIG, SIG "\n", "printable" },
		{ 0, "sig=ssh:c", "sig=ssh", "unknown kind" },
		{ 0, "sig=ssh", "sig=", "unknown kind" },
		{ 0, "sig=ssh", "sig=SSH", "unknown kind" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh:", "badly encoded" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh", "badly encoded" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh:c2ln=", "badly encoded" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh:c2lnb", "badly encoded" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh:c2-n", "badly encoded" },
		{ 0, "ssh:c2lnbmF0dXJl", "ssh:=", "badly encoded" },
		{ GM_RECORD_EVIDENCE, "==", "", "badly encoded" },
		{ GM_RECORD_EVIDENCE, "cw==", "cx==", "" },
		{ GM_RECORD_EVIDENCE, "cw==", "cw===", "" },
		{ GM_RECORD_EVIDENCE, "cw==", "cw==AAAA", "" },
		{ GM_RECORD_LANDED, "nonce=" NONCE, "nonce=" NONCE SIG,
		  "more than its fields" },
		{ GM_RECORD_LANDED, "nonce=" NONCE, "nonce=" NONCE " why=a",
		  "more than its fields" },
		{ GM_RECORD_REVOKE, " target=" HEX64, "",
		  "'target' is missing" },
		{ GM_RECORD_OVERRIDE, " risk=data%20is%20lost", "",
		  "'risk' is missing" },
		{ GM_RECORD_OVERRIDE, " follow-up=write%20it%20up", "",
		  "'follow-up' is missing" },
		{ GM_RECORD_OVERRIDE, "override", "approve", "unknown" },
	};

	(void)state;
	refuse_all(changes, GM_COUNT(changes));
	refuse("", "'gm1'");
	refuse("gm1 ", "kind");
	refuse("gm1 approve", "'project' is missing");
}

static void test_refuses_values(void **state)
{
	static const struct change changes[] = {
		{ 0, "project=shop", "project=", "'project'" },
		{ 0, "project=shop", "project=s%68op", "badly encoded" },
		{ 0, "project=shop", "project=s%2Dop", "badly encoded" },
		{ 0, "project=shop", "project=%c3%a9", "badly encoded" },
		{ 0, "project=shop", "project=a\"", "badly encoded" },
		{ 0, "project=shop", "project=%", "badly encoded" },
		{ 0, "project=shop", "project=%00", "'project'" },
		{ 0, "project=shop", "project=\xc3\xa9", "printable" },
		{ 0, "path=migrations", "path=%2e", "badly encoded" },
		{ 0, "sha256:0", "sha256:", "'digest'" },
		{ 0, "sha256:0", "sha256:00", "'digest'" },
		{ 0, "sha256:0", "sha256:G", "'digest'" },
		{ 0, "sha256:0", "sha512:0", "'digest'" },
		{ 0, "abcdef phase", "abcdeF phase", "'digest'" },
		{ 0, "phase=contract", "phase=later", "'phase'" },
		{ 0, "phase=contract", "phase=policy", "contradict" },
		{ 0, "class=contract", "class=policy", "contradict" },
		{ 0, "class=contract", "class=none", "'class'" },
		{ 0, "refs/heads/main", "main", "'ref'" },
		{ 0, "refs/heads/main", "refs/heads/a..b", "'ref'" },
		{ 0, "env=*", "env=**", "'env'" },
		{ 0, "env=*", "env=Prod", "'env'" },
		{ 0, "role=dba", "role=dba,admin", "'role'" },
		{ 0, "role=dba", "role=*", "'role'" },
		{ 0, "role=dba", "role=", "'role'" },
		{ 0, "signer=ann", "signer=Ann", "'signer'" },
		{ 0, "signer=ann", "signer=-ann", "'signer'" },
		{ 0, "signer=ann", "signer=*", "'signer'" },
		{ 0, "signer=ann", "signer=a,b", "'signer'" },
		{ 0, "signer=ann", "signer=%20", "'signer'" },
		{ 0, "10:00:00Z until", "10:00:00 until", "'at'" },
		{ 0, "10:00:00Z until", "10:00:60Z until", "'at'" },
		{ 0, "at=2026-11-21", "at=2026-11-31", "'at'" },
		{ 0, "at=2026-11-21", "at=2026-12-21", "before it begins" },
		{ 0, "at=2026-11-21", "at=1969-11-21", "out of range" },
		{ 0, "until=2026-12-05", "until=2026-12-5", "'until'" },
		{ 0, "nonce=0", "nonce=", "'nonce'" },
		{ 0, "nonce=0", "nonce=A", "'nonce'" },
		{ GM_RECORD_REJECT, "target=sha256:0", "target=sha256:1",
		  "contradict" },
		{ GM_RECORD_REJECT, "target=sha256:", "target=", "'target'" },
		{ GM_RECORD_REJECT, "why=too%20early", "why=", "'why'" },
		{ GM_RECORD_REVOKE, "target=", "target=sha256:", "'target'" },
		{ GM_RECORD_CLOSE, "target=0", "target=", "'target'" },
		{ GM_RECORD_EVIDENCE, "stage=restore", "stage=RESTORE",
		  "'stage'" },
		{ GM_RECORD_EVIDENCE, "result=pass", "result=passed",
		  "'result'" },
		{ GM_RECORD_EVIDENCE, "sha256=0", "sha256=", "'sha256'" },
		{ GM_RECORD_OVERRIDE, "ticket=OPS-1", "ticket=", "'ticket'" },
		{ GM_RECORD_OVERRIDE, "phase=contract", "phase=policy",
		  "'phase'" },
		{ GM_RECORD_OVERRIDE, "class=contract", "class=policy",
		  "'class'" },
		{ GM_RECORD_LANDED, "env=*", "env=production", "'env'" },
		{ GM_RECORD_LANDED, "role=server", "role=dba", "'role'" },
		{ GM_RECORD_LANDED, "signer=server", "signer=ann", "'signer'" },
		{ GM_RECORD_LANDED, "phase=contract", "phase=policy",
		  "'phase'" },
	};

	(void)state;
	refuse_all(changes, GM_COUNT(changes));
}

static void test_policy(void **state)
{
	(void)state;
	decoded(replaced(lines[0], "phase=contract class=contract",
			 "phase=policy class=policy"));
}

/* Each shorter one, one with a NUL in it, one that is too long. */
static void test_refuses_lengths(void **state)
{
	struct gm_record r;
	struct gm_str line;
	char *path = gm_alloc(&arena, GM_RECORD_MAX + 1);

	(void)state;
	for (int i = 0; i < GM_RECORD_KINDS; i++) {
		line = gm_str(lines[i]);
		/* A shorter signature is one, too, when its base64 is. */
		for (size_t n = 0; n < line.len; n++)
			if (gm_record_decode(&r, &why, &arena,
					     gm_str_sub(line, 0, n)))
				assert_true(r.sig.len && r.sig.len < 10 &&
					    !(r.sig.len % 3));
	}
	line = gm_str(lines[0]);
	line.len++;
	assert_false(gm_record_decode(&r, &why, &arena, line));
	memset(path, 'x', GM_RECORD_MAX);
	refuse(replaced(lines[0], "migrations", path), "8192");
	/* As long as it may be, and one byte more. */
	path[GM_RECORD_MAX - strlen(lines[0]) + strlen("migrations")] = '\0';
	r = decoded(replaced(lines[0], "migrations", path));
	assert_int_equal(r.line.len, GM_RECORD_MAX);
	r.project = "shops";
	assert_int_equal(gm_record_encode(&r.path, &arena, &r, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_non_null(strstr(err.msg, "8192"));
}

static void encode_fails(const struct gm_record *r, const char *because)
{
	const char *line = "as it was";

	if (gm_record_encode(&line, &arena, r, &err) == 0)
		fail_msg("encoded: %s", line);
	assert_string_equal(line, "as it was");
	assert_int_equal(err.code, GM_EINPUT);
	if (!strstr(err.msg, because))
		fail_msg("'%s', not '%s'", err.msg, because);
}

static void test_encode_refuses(void **state)
{
	const struct gm_record good = decoded(lines[0]);
	struct gm_record r = good;
	const char *payload;
	char *big;

	(void)state;
	r.env = NULL;
	encode_fails(&r, "'env' is missing");
	assert_int_equal(gm_record_payload(&payload, &arena, &r, &err), -1);
	r = good;
	r.role = "Dba";
	encode_fails(&r, "'role' cannot be 'Dba'");
	r = good;
	r.target = HEX64;
	encode_fails(&r, "'target' does not belong to 'approve'");
	r = good;
	r.until = r.at - 1;
	encode_fails(&r, "before it begins");
	r = good;
	r.until = GM_RECORD_FOREVER + 1;
	encode_fails(&r, "out of range");
	r = good;
	r.why = "";
	encode_fails(&r, "'why'");
	r = good;
	r.sig_kind = GM_SIG_NONE;
	encode_fails(&r, "needs a signature");
	assert_ok(gm_record_payload(&payload, &arena, &r, &err));
	r = good;
	r.sig.len = 0;
	encode_fails(&r, "needs a signature");
	r = good;
	r.sig.len = SIZE_MAX / 2;
	encode_fails(&r, "longer");
	r = decoded(lines[GM_RECORD_LANDED]);
	r.sig = good.sig;
	r.sig_kind = GM_SIG_SSH;
	encode_fails(&r, "takes no signature");
	r = good;
	big = gm_alloc(&arena, GM_RECORD_MAX + 1);
	memset(big, 'x', GM_RECORD_MAX);
	r.why = big;
	assert_int_equal(gm_record_payload(&payload, &arena, &r, &err), -1);
	assert_non_null(strstr(err.msg, "longer"));
}

static void test_nonce(void **state)
{
	struct gm_record r = decoded(lines[0]), other = r;
	const char *line;

	(void)state;
	assert_ok(gm_record_nonce(&r, &arena, &err));
	assert_ok(gm_record_nonce(&other, &arena, &err));
	assert_string_not_equal(r.nonce, other.nonce);
	assert_ok(gm_record_encode(&line, &arena, &r, &err));
	assert_string_equal(decoded(line).nonce, r.nonce);
}

/* Any bytes: what decodes encodes to the same line. */
static void test_any_bytes(void **state)
{
	static const char bytes[] = " =%0aF:/-.TZ\n\xff*";
	unsigned seed = 11, read = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		char *line = gm_strdup(&a, lines[round % GM_RECORD_KINDS]);
		size_t len = strlen(line);
		struct gm_record r;
		const char *again;

		for (int k = 0; k < 1 + round % 3; k++) {
			size_t at;

			seed = seed * 1103515245 + 12345;
			at = (seed >> 8) % len;
			line[at] = bytes[(seed >> 4) % (sizeof(bytes) - 1)];
		}
		if (!gm_record_decode(&r, &why, &a,
				      (struct gm_str){ line, len }))
			continue;
		read++;
		assert_ok(gm_record_encode(&again, &a, &r, &err));
		assert_string_equal(again, line);
	}
	assert_true(read > 100 && read < 15000);
}

#define CASE(name) cmocka_unit_test_teardown(name, done)

GM_UNIT_MAIN(CASE(test_fields), CASE(test_fields_of_kinds),
	     CASE(test_both_ways), CASE(test_kinds), CASE(test_odd_values),
	     CASE(test_signatures), CASE(test_refuses_form),
	     CASE(test_refuses_values), CASE(test_policy),
	     CASE(test_refuses_lengths), CASE(test_encode_refuses),
	     CASE(test_nonce), CASE(test_any_bytes))

/* check/paths: names, modes and attributes. */
#include "check/fixture.h"

#include "base/buf.h"
#include "base/file.h"

/* What is wrong with one file in a migrations directory? */
static size_t odd(struct fixture *f, const char *path, unsigned mode)
{
	struct gm_oid root = COMMIT(f, NULL, "Start\n", { "app/code", "1" });
	struct gm_oid tip = COMMIT(f, &root, "Add\n\n" EXPAND,
				   { path, "CREATE TABLE t (a int);", mode },
				   { "migrations/1_x/down.sql", "SELECT 1;" });

	fixture_judge(f, &root, &tip);
	return found(f, GM_RULE_UNSAFE_PATH);
}

static void bytes(void **state)
{
	static const char *const bad[] = {
		"migrations/1_a\nb/up.sql",          /* control */
		"migrations/1_\x1b[2J/up.sql",       /* escape */
		"migrations/1_\xff/up.sql",          /* not UTF-8 */
		"migrations/1_e\xcc\x81/up.sql",     /* not NFC */
		"migrations/1_\xd0\xb0/up.sql",      /* Cyrillic a */
		"migrations/1_\xe2\x80\xaex/up.sql", /* bidi */
		"migrations/1_x\\y/up.sql",          /* backslash */
		"migrations/1_x./up.sql",            /* trailing dot */
		"migrations/1_x /up.sql",            /* trailing space */
		"migrations/1_x~0/up.sql",           /* short name */
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", 0), 0);
	assert_int_equal(odd(&f, "migrations/1_x~y1/up.sql", 0), 0);
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		if (!odd(&f, bad[i], 0))
			fail_msg("accepted path %zu", i);
	fixture_done(&f);
}

/* `n` letters of two bytes behind "1_". */
static const char *long_name(struct fixture *f, size_t n)
{
	struct gm_buf name = gm_buf(&f->arena);

	gm_buf_puts(&name, "1_");
	while (n--)
		gm_buf_puts(&name, "\xc3\xa9");
	return name.ptr;
}

static bool is_too_long(struct fixture *f, const char *path)
{
	return odd(f, path, 0) > 0;
}

static void lengths(void **state)
{
	const char *most, *more;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	most = long_name(&f, 126);
	more = long_name(&f, 127);
	assert_false(is_too_long(
		&f, gm_printf(&f.arena, "migrations/%s/up.sql", most)));
	assert_true(is_too_long(
		&f, gm_printf(&f.arena, "migrations/%s/up.sql", more)));
	assert_true(is_too_long(&f, gm_printf(&f.arena,
					      "migrations/%s/%s/%s/%s/up.sql",
					      most, most, most, most)));
	fixture_done(&f);
}

static void modes(void **state)
{
	struct fixture f;

	(void)state;
	fixture_start(&f);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", GM_MODE_EXEC), 0);
	assert_int_equal(odd(&f, "migrations/1_x/up.sql", GM_MODE_LINK), 1);
	fixture_done(&f);
}

static void twins(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n\n" EXPAND,
		      { "migrations/1_x/up.sql", "CREATE TABLE t (a int);" },
		      { "migrations/1_x/down.sql", "SELECT 1;" });
	tip = COMMIT(&f, &root, "Twin\n", { "Migrations/readme", "x" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	tip = COMMIT(&f, &root, "Twin\n", { "migrations/1_X/notes", "x" },
		     { "migrations/1_x/notes", "x" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	fixture_done(&f);
}

static void a_link_on_the_way(void **state)
{
	struct fixture f;
	struct gm_oid root, tip;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app/code", "1" });
	tip = COMMIT(&f, &root, "Link\n",
		     { "migrations", "elsewhere", GM_MODE_LINK });
	fixture_judge(&f, &root, &tip);
	/* As what the commit brings, and as where the way ends. */
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 2);
	tip = COMMIT(&f, &root, "File\n", { "migrations", "a file" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	fixture_done(&f);
}

static void odd_modes(void **state)
{
	static const struct {
		unsigned mode;
		const char *message;
	} cases[] = {
		{ GM_MODE_FILE, NULL },
		{ GM_MODE_EXEC, NULL },
		{ GM_MODE_NONE, NULL },
		{ GM_MODE_LINK, "a symbolic link" },
		{ GM_MODE_GITLINK, "a submodule" },
		{ 0100600, "file mode 100600" },
		{ GM_MODE_TREE, "file mode 040000" },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_judged_commit c = { .hex = "1234" };
		struct gm_change change = { .path = GM_STR("m/1_x/up.sql"),
					    .new_mode = cases[i].mode };
		struct gm_judge j = fixture_judgement(&f);

		gm_judge_path(&j, &c, &change);
		assert_int_equal(f.result.findings.n, cases[i].message != NULL);
		if (cases[i].message)
			assert_non_null(
				strstr(f.result.findings.items[0].message,
				       cases[i].message));
	}
	/* What goes away may be named as it likes. */
	assert_int_equal(f.result.findings.n, 1);
	fixture_done(&f);
}

/* Names beside the way to the migrations, and things in its way. */
static void neighbours(void **state)
{
	static const char deep[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: db/migrations, layout: directory}]\n";
	static const struct {
		const char *path, *found;
	} cases[] = {
		{ "db/MIGRATIONS/x", "MIGRATIONS" },
		{ "db/Migrations", "Migrations" },
		{ "DB/x", "DB" },
		{ "db/MIGRAT~1/x", "MIGRAT~1" },
		{ "db/mi12AB~0/x", "mi12AB~0" },
		{ "db/migrations\\x", "migrations\\x" },
		{ "db/m\xc3\xadgrations/x", NULL },
		{ "db/\xef\xbd\x8digrations/x", "\xef\xbd\x8digrations" },
		{ "db/migrations2/x", NULL },
		{ "db/other~1/x", NULL },
		{ "db/migrate/x", NULL },
		{ "dB2/x", NULL },
		{ "db", "db" },
		{ "db/migrations", "db/migrations" },
	};
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, deep);
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_oid tip =
			COMMIT(&f, NULL, "Start\n", { cases[i].path, "x" });
		struct gm_judged_commit c = fixture_judged(&f, &tip);
		struct gm_judge j = fixture_judgement(&f);

		assert_ok(gm_judge_way(&j, &c, &err));
		if (f.result.findings.n != (cases[i].found != NULL))
			fail_msg("%s: %zu", cases[i].path, f.result.findings.n);
		if (cases[i].found)
			assert_str(f.result.findings.items[0].path,
				   cases[i].found);
	}
	fixture_done(&f);
}

/* What would be checked out over the policy. */
static void policy_twins(void **state)
{
	static const char *const twins[] = {
		".MIGRATE/policy.yaml",
		".Migrate/allowed_signers",
		".migrate./policy.yaml",
		".migrate /policy.yaml",
		".migrate\\policy.yaml",
		".migrate::$INDEX_ALLOCATION/policy.yaml",
		".mi\xe2\x80\x8cgrate/policy.yaml",
		".m\xd1\x96grate/policy.yaml",
		"MIGRAT~1/policy.yaml",
		"migra~10/policy.yaml",
		"mi12af~2/policy.yaml",
		".MIGRATE",
	};
	static const char *const others[] = {
		".migrate/policy.yaml",
		"migrate/policy.yaml",
		"mixed~1",
		"mi12xy~1",
		".migrated/x",
		"sub/.MIGRATE/policy.yaml",
		"migrat~x",
		"~1",
	};
	struct gm_err err = GM_ERR_INIT;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	for (size_t i = 0; i < GM_COUNT(twins) + GM_COUNT(others); i++) {
		bool twin = i < GM_COUNT(twins);
		const char *path =
			twin ? twins[i] : others[i - GM_COUNT(twins)];
		struct gm_oid tip = COMMIT(&f, NULL, "Start\n", { path, "x" });
		struct gm_judged_commit c = fixture_judged(&f, &tip);
		struct gm_judge j = fixture_judgement(&f);

		assert_ok(gm_judge_way(&j, &c, &err));
		if (found(&f, GM_RULE_POLICY_CHANGE) != twin)
			fail_msg("%s", path);
	}
	fixture_done(&f);
}

/* Attributes beside the tree count as those in it. */
static void info_attributes(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_oid root, tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	root = COMMIT(&f, NULL, "Start\n", { "app", "1" });
	tip = COMMIT(&f, &root, "Add\n\n" EXPAND,
		     { "migrations/1_x/up.sql", "CREATE TABLE t (a int);" },
		     { "migrations/1_x/down.sql", "SELECT 1;" });
	fixture_judge(&f, &root, &tip);
	assert_int_equal(f.result.findings.n, 0);
	assert_ok(
		gm_file_write(gm_printf(&f.arena, "%s/info/attributes", f.dir),
			      GM_STR("*.sql ident\n"), 0644, false, &err));
	fixture_reopen(&f);
	fixture_judge(&f, &root, &tip);
	assert_int_equal(found(&f, GM_RULE_UNSAFE_CONTENT), 2);
	assert_non_null(
		strstr(finding(&f, GM_RULE_UNSAFE_CONTENT)->message, "'ident"));
	fixture_done(&f);
}

/* Names that are nothing but invisible, at the root. */
static void invisible(void **state)
{
	static const char root[] =
		"version: 1\nproject: shop\n"
		"migrations: [{path: ., layout: directory}]\n";
	struct gm_err err = GM_ERR_INIT;
	struct gm_judged_commit c;
	struct gm_set set = { 0 };
	struct gm_judge j;
	struct gm_oid tip;
	struct fixture f;

	(void)state;
	fixture_start(&f);
	fixture_policy(&f, root);
	tip = COMMIT(&f, NULL, "Start\n", { "\xe2\x80\x8b", "x" },
		     { "\xe2\x80\x8c", "x" });
	c = fixture_judged(&f, &tip);
	j = fixture_judgement(&f);
	assert_ok(gm_judge_way(&j, &c, &err));
	assert_ok(gm_judge_tree(&j, &c, &set, true, &err));
	assert_int_equal(found(&f, GM_RULE_UNSAFE_PATH), 1);
	fixture_done(&f);
}

GM_UNIT_MAIN(cmocka_unit_test(bytes), cmocka_unit_test(lengths),
	     cmocka_unit_test(modes), cmocka_unit_test(twins),
	     cmocka_unit_test(a_link_on_the_way), cmocka_unit_test(odd_modes),
	     cmocka_unit_test(neighbours), cmocka_unit_test(policy_twins),
	     cmocka_unit_test(info_attributes), cmocka_unit_test(invisible))

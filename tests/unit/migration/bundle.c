#include "migration/bundle.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static char dir[] = "/tmp/git-migrate-unit.XXXXXX";

static int start(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int finish(void **state)
{
	const char *const argv[] = { "rm", "-rf", dir, NULL };
	struct gm_child child = { .argv = argv };

	(void)state;
	(void)!gm_child_run(NULL, &arena, &child, &err);
	gm_arena_done(&arena);
	return 0;
}

static struct gm_bundle_file files[] = {
	{ GM_ROLE_UP, { "m/1 a/up.sql", 12 }, { "SELECT 1;\n", 10 } },
	{ GM_ROLE_DOWN, { "m/1 a/down.sql", 14 }, { NULL, 0 } },
	{ GM_ROLE_CONFIG, { "m/1 a/a.toml", 12 }, { "x", 1 } },
	{ GM_ROLE_CONFIG, { "m/1 a/b.toml", 12 }, { "y", 1 } },
};

static struct gm_bundle_part parts[] = {
	{ "policy.yaml", { "version: 1\n", 11 } },
	{ "records", { "gm1\n", 4 } },
};

static const char *authors[] = { "Ann Lee", "ann@example.com" };

static struct gm_bundle sample(void)
{
	struct gm_bundle b = { .project = "shop",
			       .ref = "refs/heads/main",
			       .revision = "abc",
			       .id = "1 a",
			       .after = "0 z",
			       .repeatable = true };
	struct gm_digest_file *d = gm_alloc_n(&arena, 4, sizeof(*d));

	b.meta = (struct gm_meta){ .phase = GM_PHASE_CONTRACT,
				   .contracts = "0 z",
				   .window = 3600,
				   .owner = "Ann <a@b>",
				   .flag = "none: x" };
	b.files.items = files;
	b.files.n = 4;
	b.parts.items = parts;
	b.parts.n = 2;
	b.authors.items = authors;
	b.authors.n = 2;
	for (size_t i = 0; i < 4; i++) {
		d[i].role = files[i].role;
		d[i].path = files[i].path;
		gm_sha256_hex(d[i].sha256, files[i].content);
	}
	b.digest = gm_digest_of(&arena, b.id, d, 4, &b.meta);
	return b;
}

static const char *path(const char *name)
{
	return gm_printf(&arena, "%s/b/%s", dir, name);
}

static void write_sample(void)
{
	struct gm_bundle b = sample();

	assert_ok(gm_bundle_write(path(""), &b, &err));
}

static void test_round(void **state)
{
	struct gm_bundle b;

	(void)state;
	write_sample();
	assert_ok(gm_bundle_read(&b, &arena, path(""), &err));
	assert_string_equal(b.id, "1 a");
	assert_string_equal(b.after, "0 z");
	assert_string_equal(b.meta.owner, "Ann <a@b>");
	assert_int_equal(b.meta.window, 3600);
	assert_int_equal(b.meta.phase, GM_PHASE_CONTRACT);
	assert_true(b.repeatable);
	assert_int_equal(b.files.n, 4);
	assert_int_equal(b.authors.n, 2);
	assert_str(gm_bundle_file(&b, GM_ROLE_UP)->content, "SELECT 1;\n");
	assert_null(gm_bundle_file(&b, GM_ROLE_VERIFY));
	assert_str(gm_bundle_part(&b, "records")->content, "gm1\n");
	assert_null(gm_bundle_part(&b, "other"));
	assert_int_equal(access(path("config-2"), R_OK), 0);
}

static void test_changed(void **state)
{
	static const char *const names[] = { "up.sql", "down.sql", "records" };
	struct gm_bundle b;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		write_sample();
		assert_ok(gm_file_write(path(names[i]), GM_STR("changed"), 0644,
					false, &err));
		assert_int_equal(gm_bundle_read(&b, &arena, path(""), &err),
				 -1);
		assert_non_null(strstr(err.msg, "not the file that was"));
		assert_non_null(strstr(err.path, names[i]));
	}
	write_sample();
	unlink(path("up.sql"));
	assert_int_equal(gm_bundle_read(&b, &arena, path(""), &err), -1);
	unlink(path("manifest"));
	assert_int_equal(gm_bundle_read(&b, &arena, path(""), &err), -1);
	assert_int_equal(err.code, GM_ENOT_FOUND);
}

/* The manifest with `from` replaced by `to`. */
static int altered(const char *from, const char *to)
{
	struct gm_bundle b;
	struct gm_str text;
	const char *at;

	write_sample();
	assert_ok(gm_file_read(&text, &arena, path("manifest"), 1 << 20, &err));
	at = strstr(text.ptr, from);
	if (!at)
		fail_msg("no %s", from);
	assert_ok(gm_file_write(
		path("manifest"),
		gm_str(gm_printf(&arena, "%.*s%s%s", (int)(at - text.ptr),
				 text.ptr, to, at + strlen(from))),
		0644, false, &err));
	memset(&err, 0, sizeof(err));
	return gm_bundle_read(&b, &arena, path(""), &err);
}

static void test_strict(void **state)
{
	static const char *const cases[][2] = {
		{ "bundle 1", "bundle 2" },
		{ "window 3600", "window 3601" },
		{ "window 3600", "window x" },
		{ "phase contract", "phase other" },
		{ "phase contract", "phase expand" },
		{ "project shop\n", "" },
		{ "project shop\n", "project shop\nproject shop\n" },
		{ "project shop\n", "\n" },
		{ "project shop\n", "unknown x\n" },
		{ "project shop\n", "project %zz\n" },
		{ "project shop\n", "project %00\n" },
		{ "repeatable yes", "repeatable no" },
		{ "file up", "file other" },
		{ " up.sql ", " ../up.sql " },
		{ " up.sql ", " /etc/passwd " },
		{ "file up", "file" },
		{ "part ", "part x\npart " },
		{ " records\n", " policy.yaml\n" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (altered(cases[i][0], cases[i][1]) == 0)
			fail_msg("%s", cases[i][1]);
	assert_int_equal(altered("author", "author"), 0);
}

GM_UNIT_MAIN(cmocka_unit_test_setup(test_round, start),
	     cmocka_unit_test(test_changed),
	     cmocka_unit_test_teardown(test_strict, finish))

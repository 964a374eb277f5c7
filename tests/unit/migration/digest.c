#include "unit/migration/place.h"

#include "base/digest.h"
#include "base/escape.h"

static struct gm_roots roots;

static const char *digest(const struct gm_migration *m)
{
	const char *out = NULL;

	assert_ok(gm_migration_digest(&out, &arena, repo, m, &err));
	return out;
}

static struct gm_migration *only(const struct gm_oid *tree)
{
	struct gm_set set;

	roots = root_of("m d", "directory");
	assert_ok(gm_set_read(&set, &arena, repo, tree, &roots, &err));
	assert_int_equal(set.n, 1);
	return set.items[0];
}

static const char *sha(const char *text)
{
	char *hex = gm_alloc(&arena, GM_SHA256_HEX + 1);

	gm_sha256_hex(hex, gm_str(text));
	return hex;
}

static void test_text(void **state)
{
	struct gm_oid tree = with(NULL, "m d/1_a b/up.sql", "SELECT 1;\n");
	struct gm_migration *m;

	(void)state;
	tree = with(&tree, "m d/1_a b/down.sql", "");
	m = only(&tree);
	assert_string_equal(
		digest(m),
		gm_printf(&arena, "sha256:%s",
			  sha(gm_printf(&arena,
					"git-migrate digest 1\n"
					"id 1_a%%20b\n"
					"file up %s m%%20d/1_a%%20b/up.sql\n"
					"file down %s"
					" m%%20d/1_a%%20b/down.sql\n",
					sha("SELECT 1;\n"), sha("")))));
	m->meta = (struct gm_meta){ .phase = GM_PHASE_CONTRACT,
				    .contracts = "0_x",
				    .window = 86400,
				    .owner = "Ann Lee <a@b>",
				    .flag = "none: x",
				    .break_glass = "T-1" };
	assert_string_equal(
		digest(m),
		gm_printf(&arena, "sha256:%s",
			  sha(gm_printf(&arena,
					"git-migrate digest 1\n"
					"id 1_a%%20b\n"
					"file up %s m%%20d/1_a%%20b/up.sql\n"
					"file down %s"
					" m%%20d/1_a%%20b/down.sql\n"
					"meta contracts 0_x\n"
					"meta flag none:%%20x\n"
					"meta owner Ann%%20Lee%%20%%3Ca@b%%3E\n"
					"meta phase contract\n"
					"meta window 86400\n",
					sha("SELECT 1;\n"), sha("")))));
}

/* Whatever changes, the digest changes: and all are different. */
static void test_every_change_counts(void **state)
{
	struct gm_oid base = with(NULL, "m d/1_a/up.sql", "SELECT 1;\n");
	const char *all[9];
	struct gm_migration *m;
	struct gm_oid tree;
	size_t n = 0;

	(void)state;
	m = only(&base);
	all[n++] = digest(m);
	m->meta.phase = GM_PHASE_EXPAND;
	all[n++] = digest(m);
	m->meta.window = 60;
	all[n++] = digest(m);
	m->meta.window = 61;
	all[n++] = digest(m);
	tree = with(NULL, "m d/1_a/up.sql", "SELECT 1;\r\n");
	all[n++] = digest(only(&tree));
	tree = with(NULL, "m d/1_b/up.sql", "SELECT 1;\n");
	all[n++] = digest(only(&tree));
	tree = with(&base, "m d/1_a/down.sql", "SELECT 1;\n");
	all[n++] = digest(only(&tree));
	tree = with(&base, "m d/1_a/verify.sql", "SELECT 1;\n");
	all[n++] = digest(only(&tree));
	tree = with(NULL, "m d/1_a/down.sql", "SELECT 1;\n");
	all[n++] = digest(only(&tree));
	assert_int_equal(n, GM_COUNT(all));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(all[i], all[j]);
	/* Neighbours, modes and history do not count. */
	tree = with(&base, "m d/README.md", "x");
	assert_string_equal(digest(only(&tree)), all[0]);
}

static void test_missing_blob(void **state)
{
	struct gm_oid tree = with(NULL, "m d/1_a/up.sql", "x");
	struct gm_migration *m = only(&tree);
	const char *out = NULL;

	(void)state;
	memset(&m->files[0].oid, 7, sizeof(m->files[0].oid));
	assert_int_equal(gm_migration_digest(&out, &arena, repo, m, &err), -1);
	assert_string_equal(err.path, "m d/1_a/up.sql");
	assert_null(out);
}

GM_UNIT_MAIN(CASE(test_text), CASE(test_every_change_counts),
	     CASE(test_missing_blob))

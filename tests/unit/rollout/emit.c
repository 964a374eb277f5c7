#include "rollout/emit.h"

#include "git/place.h"
#include "shop.h"

static struct shop shop;
static struct gm_place where;

static int setup(void **state)
{
	place_setup(state);
	shop_make(&shop, &arena, NULL);
	where = (struct gm_place){ .dir = place };
	return 0;
}

static int emit(struct gm_update *u, const char *stage, const char *lsn)
{
	const struct gm_emit e = { .place = &where,
				   .templates = &shop.templates,
				   .stage = stage,
				   .lsn = lsn };
	struct gm_slots slots;

	*u = (struct gm_update){ 0 };
	return gm_emit(u, &slots, &arena, &shop.rollout, &shop.target, &e,
		       &err);
}

/* Emit and write; how many files changed. */
static size_t written(const char *stage, const char *lsn)
{
	struct gm_update u;

	assert_ok(emit(&u, stage, lsn));
	assert_int_equal(u.refused.n, 0);
	assert_ok(gm_update_write(&u, &where, &err));
	return u.n;
}

#define ENV "flux/migrations/staging/"

/* From the directory of the environment; NULL: there is none. */
static const char *beside(const char *name)
{
	struct gm_str text;

	return gm_place_read(&text, &arena, &where,
			     gm_printf(&arena, ENV "%s", name), &err) == 1
		       ? gm_str_dup(&arena, text)
		       : NULL;
}

static bool there(const char *name)
{
	return beside(gm_printf(&arena, "add/%s", name)) != NULL;
}

static const char *content(const char *name)
{
	const char *text = beside(gm_printf(&arena, "add/%s", name));

	assert_non_null(text);
	return text;
}

static void test_all(void **state)
{
	(void)state;
	assert_true(written(NULL, NULL) > 40);
	assert_true(there("90-restore/cluster.yaml"));
	assert_non_null(strstr(content(".git-migrate"),
			       "# stage 20-expand active 1\n"
			       "# stage 40-backfill written 1\n"));
	assert_null(strstr(content("flux/kustomization.yaml"), "stages-b"));
	/* Again: nothing. */
	assert_int_equal(written(NULL, NULL), 0);
}

static void test_stages(void **state)
{
	struct gm_update u;

	(void)state;
	written("expand", NULL);
	assert_true(there("20-expand/job.yaml"));
	assert_false(there("40-backfill/job.yaml"));
	written("contract", NULL);
	assert_true(there("70-contract/job.yaml"));
	assert_non_null(strstr(content("flux/kustomization.yaml"), "stages-b"));
	assert_false(there("80-rollback/job.yaml"));
	/* Never back. */
	assert_int_equal(written("expand", NULL), 0);
	written("rollback", NULL);
	assert_true(there("80-rollback/job.yaml"));
	assert_false(there("70-contract/job.yaml"));
	assert_false(there("flux/stages-b.yaml"));
	assert_int_equal(emit(&u, "restore", NULL), -1);
	written("restore", "0/3000060");
	assert_non_null(strstr(content("90-restore/cluster.yaml"),
			       "targetLSN: \"0/3000060\""));
	/* It is remembered. */
	assert_int_equal(written("restore", NULL), 0);
	assert_failed(emit(&u, "enable", NULL), GM_EINPUT, "R9");
	assert_failed(emit(&u, "nonsense", NULL), GM_EUSAGE, "no stage");
}

static void set_bundle(struct gm_member *m, const char *digest,
		       const char *records)
{
	*m = *shop.rollout.expand;
	m->digest = digest;
	m->bundle = (struct gm_fileset){ 0 };
	gm_fileset_add(&m->bundle, &arena, "records", gm_str(records));
	gm_fileset_add(&m->bundle, &arena, "manifest",
		       gm_str(gm_printf(&arena, "1\ndigest %s\n2\n", digest)));
	shop.rollout.expand = m;
}

/* What was put to use stays as it is while the migration does. */
static void test_kept(void **state)
{
	struct gm_update u;

	(void)state;
	shop.target.retention = 86400;
	assert_failed(emit(&u, NULL, NULL), GM_EINPUT,
		      "'shop-db-store' keeps backups for 1d only");
	assert_int_equal(emit(&u, "deploy", NULL), -1);
	assert_ok(emit(&u, "rollback", NULL));
	shop.target.retention = 86401;
	assert_ok(emit(&u, NULL, NULL));
	shop.target.retention = 86400;
	shop.policy.flux.snapshot = true;
	assert_ok(emit(&u, NULL, NULL));
}

/* Other SQL than the environment before has in its place. */
static void test_other_sql(void **state)
{
	struct gm_member other = *shop.rollout.expand;
	struct gm_update u;

	(void)state;
	written(NULL, NULL);
	shop.target.env = "production";
	shop.target.after = "staging";
	assert_ok(emit(&u, NULL, NULL));
	other.up = GM_STR("ALTER TABLE t ADD b int;\n");
	shop.rollout.expand = &other;
	assert_failed(emit(&u, NULL, NULL), GM_EINPUT,
		      "the SQL of '1_add' is not what 'staging' has run");
	assert_string_equal(err.path,
			    "flux/migrations/staging/add/20-expand/job.yaml");
	other.up = GM_STR("ALTER TABLE t ADD a int;\n");
	assert_ok(emit(&u, NULL, NULL));
	other.down = GM_STR("ALTER TABLE t DROP b;\n");
	assert_int_equal(emit(&u, NULL, NULL), -1);
	assert_string_equal(err.path,
			    "flux/migrations/staging/add/80-rollback/job.yaml");
}

static void test_bundle(void **state)
{
	struct gm_member m;

	(void)state;
	shop_make(&shop, &arena,
		  "  source: {kind: GitRepository, name: d}\n"
		  "  path: flux/migrations\n  runner: git-migrate\n"
		  "  tool: gm:1\n");
	shop.rollout.contract = NULL;
	shop.rollout.backfills.n = 0;
	set_bundle(&m, "sha256:1", "one");
	written("expand", NULL);
	assert_string_equal(content("20-expand/records"), "one");
	set_bundle(&m, "sha256:1", "two");
	assert_int_equal(written("expand", NULL), 0);
	assert_string_equal(content("20-expand/records"), "one");
	set_bundle(&m, "sha256:2", "two");
	assert_true(written("expand", NULL) > 0);
	assert_string_equal(content("20-expand/records"), "two");
}

static void test_taken(void **state)
{
	struct gm_update u;

	(void)state;
	written(NULL, NULL);
	shop.rollout.id = "1-add";
	assert_failed(emit(&u, NULL, NULL), GM_EINPUT, "R2: the objects of");
	assert_non_null(strstr(err.hint, "names"));
	put("flux/migrations/staging/add/.git-migrate", "mine\n");
	assert_failed(emit(&u, NULL, NULL), GM_EINPUT, "not written by");
}

/* The entries of the index. */
static const char *listed(void)
{
	struct gm_buf out = gm_buf(&arena);
	struct gm_yaml_docs docs = { 0 };
	const struct gm_yaml *list;

	assert_ok(gm_yaml_read(&docs, &arena, "x",
			       gm_str(beside("kustomization.yaml")), &err));
	list = gm_yaml_get(docs.items[0], "resources");
	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&out, "%s ",
			      gm_yaml_text(&arena, list->items[i]));
	return out.ptr;
}

static void test_index(void **state)
{
	struct gm_emit e = { .place = &where, .templates = &shop.templates };
	struct gm_strings names = { 0 };
	struct gm_update u = { 0 };

	(void)state;
	*GM_PUSH(&arena, &names) = "b";
	*GM_PUSH(&arena, &names) = "a";
	assert_ok(gm_emit_index(&u, &arena, &names, &shop.target, &e, &err));
	assert_ok(gm_update_write(&u, &where, &err));
	assert_int_equal(u.n, 3);
	assert_string_equal(listed(), "a/flux accounts/applier.yaml b/flux ");
	/* What they share stays, in use as well. */
	u = (struct gm_update){ 0 };
	e.step = GM_EMIT_CLOSE;
	assert_ok(gm_emit_index(&u, &arena, &names, &shop.target, &e, &err));
	assert_ok(gm_update_write(&u, &where, &err));
	assert_int_equal(u.n, 1);
	assert_string_equal(listed(), "accounts/applier.yaml ");
	assert_non_null(beside("accounts/applier.yaml"));
}

/* It is ours, as the rollouts are. */
static void test_account(void **state)
{
	const struct gm_emit e = { .place = &where,
				   .templates = &shop.templates };
	const struct gm_strings none = { 0 };
	struct gm_update u = { 0 };

	(void)state;
	assert_ok(gm_emit_index(&u, &arena, &none, &shop.target, &e, &err));
	assert_ok(gm_update_write(&u, &where, &err));
	assert_null(strstr(beside("accounts/applier.yaml"), "secrets"));
	shop.target.built.secrets = true;
	u = (struct gm_update){ 0 };
	assert_ok(gm_emit_index(&u, &arena, &none, &shop.target, &e, &err));
	assert_int_equal(u.refused.n, 0);
	assert_ok(gm_update_write(&u, &where, &err));
	assert_non_null(strstr(beside("accounts/applier.yaml"), "secrets"));
	put("flux/migrations/staging/accounts/applier.yaml", "mine: 1\n");
	u = (struct gm_update){ 0 };
	assert_ok(gm_emit_index(&u, &arena, &none, &shop.target, &e, &err));
	assert_int_equal(u.refused.n, 1);
	assert_false(u.refused.items[0].foreign);
	/* Where the policy names one, none is written. */
	shop.policy.flux.applier = "theirs";
	u = (struct gm_update){ 0 };
	assert_ok(gm_emit_index(&u, &arena, &none, &shop.target, &e, &err));
	assert_int_equal(u.n + u.refused.n, 0);
}

static void test_discover(void **state)
{
	const struct gm_place nowhere = { .dir = in_place("nowhere") };

	(void)state;
	assert_ok(
		gm_emit_discover(&shop.target, &arena, &where, &nowhere, &err));
	assert_int_equal(shop.target.live.len, 0);
	assert_false(shop.target.built.found);
	shop.target.clusters = "db/staging";
	put("db/staging/broken.yaml", "a: [\n");
	put("db/staging/store.yaml",
	    "kind: ObjectStore\nmetadata: {name: other}\n"
	    "spec: {retentionPolicy: 1d}\n---\n"
	    "kind: ObjectStore\nmetadata: {name: shop-db-store}\n"
	    "spec: {retentionPolicy: 30d}\n");
	put("db/staging/note.txt", "kind: Cluster\n");
	put("db/staging/secret.yaml",
	    "kind: Secret\nmetadata: {name: shop-db}\nstringData: {a: b}\n");
	put("db/staging/x/all.yml",
	    "kind: Cluster\nmetadata: {name: other}\nspec: {a: 1}\n---\n"
	    "kind: Cluster\nmetadata: {name: shop-db}\nspec: {a: 2}\n");
	put("apps/shop/overlays/staging/kustomization.yaml",
	    "secretGenerator: [{name: a}]\n");
	/* What is not in the one place is in the other. */
	assert_ok(
		gm_emit_discover(&shop.target, &arena, &nowhere, &where, &err));
	assert_true(shop.target.built.found && shop.target.built.secrets);
	assert_int_not_equal(shop.target.live.len, 0);
	assert_ok(
		gm_emit_discover(&shop.target, &arena, &where, &nowhere, &err));
	assert_int_equal(shop.target.retention, 30 * 86400);
	assert_str(shop.target.live,
		   "kind: Cluster\nmetadata:\n  name: shop-db\n"
		   "spec:\n  a: 2\n");
}

#define EMIT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, place_done)

GM_UNIT_MAIN(EMIT_TEST(test_all), EMIT_TEST(test_stages), EMIT_TEST(test_kept),
	     EMIT_TEST(test_other_sql), EMIT_TEST(test_bundle),
	     EMIT_TEST(test_taken), EMIT_TEST(test_index),
	     EMIT_TEST(test_account), EMIT_TEST(test_discover))

#include "shop.h"

#define CLUSTER "90-restore/cluster.yaml"

static const char live[] =
	"apiVersion: postgresql.cnpg.io/v1\n"
	"kind: Cluster\n"
	"metadata: {name: shop-db}\n"
	"spec:\n"
	"  instances: 3\n"
	"  imageName: pg:16\n"
	"  storage: {size: 50Gi, storageClass: fast}\n"
	"  postgresql: {parameters: {max_connections: \"200\", x: on}}\n"
	"  imagePullSecrets: [{name: pull}]\n"
	"  postgresUID: 999\n"
	"  bootstrap: {initdb: {database: app1, owner: owner1}}\n";

static void test_from_policy(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	assert_string_equal(shop_value(&s, CLUSTER, "metadata/name"),
			    "shop-db-r1");
	assert_string_equal(shop_value(&s, CLUSTER, "spec/instances"), "1");
	assert_string_equal(shop_value(&s, CLUSTER, "spec/imageName"), "pg:17");
	assert_string_equal(shop_value(&s, CLUSTER, "spec/storage/size"),
			    "20Gi");
	assert_string_equal(
		shop_value(&s, CLUSTER, "spec/bootstrap/recovery/source"),
		"shop-db");
	assert_string_equal(
		shop_value(&s, CLUSTER,
			   "spec/bootstrap/recovery/recoveryTarget/targetLSN"),
		"0/0");
	shop_silent(&s, CLUSTER, "volumeSnapshots");
	shop_says(&s, CLUSTER, "# The place is not known yet");
	shop_says(&s, CLUSTER, "(RPO)");
	shop_says(&s, CLUSTER, "serverName: \"shop-db-r1\"");
	shop_says(&s, CLUSTER, "prune: \"disabled\"");
}

static void test_from_live(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.target.live = gm_str(live);
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	s.slots.lsn = "0/3000060";
	assert_ok(shop_render(&s, &err));
	assert_string_equal(shop_value(&s, CLUSTER, "spec/instances"), "3");
	assert_string_equal(shop_value(&s, CLUSTER, "spec/imageName"), "pg:16");
	assert_string_equal(
		shop_value(&s, CLUSTER, "spec/bootstrap/recovery/owner"),
		"owner1");
	shop_says(&s, CLUSTER, "size: \"50Gi\"\n    storageClass: \"fast\"\n");
	shop_says(&s, CLUSTER, "max_connections: \"200\"\n");
	shop_says(&s, CLUSTER, "x: \"on\"\n");
	shop_says(&s, CLUSTER, "targetLSN: \"0/3000060\"");
	shop_silent(&s, CLUSTER, "not known");
	assert_string_equal(shop_value(&s, CLUSTER, "spec/postgresUID"), "999");
	shop_says(&s, CLUSTER, "imagePullSecrets:\n  - name: \"pull\"\n");
}

static void test_snapshot(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a,
		 gm_printf(&a, "%s  backup: {method: volumeSnapshot}\n",
			   shop_flux));
	assert_string_equal(
		shop_value(&s, CLUSTER,
			   "spec/bootstrap/recovery/volumeSnapshots/storage/"
			   "name"),
		"gm-add-pre");
}

/* Each volume has its own. */
static void test_more_snapshots(void **state)
{
	static const char of[] = "spec/bootstrap/recovery/volumeSnapshots/";
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err why = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a,
		  gm_printf(&a, "%s  backup: {method: volumeSnapshot}\n",
			    shop_flux));
	s.target.live = GM_STR("kind: Cluster\nspec:\n"
			       "  storage: {size: 1Gi}\n"
			       "  walStorage: {size: 2Gi}\n"
			       "  tablespaces:\n"
			       "    - {name: big_one, storage: {size: 3Gi}}\n");
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	shop_ok(shop_render(&s, &why));
	assert_string_equal(
		shop_value(&s, CLUSTER, gm_printf(&a, "%swalStorage/name", of)),
		"gm-add-pre-wal");
	assert_string_equal(
		shop_value(&s, CLUSTER, gm_printf(&a, "%swalStorage/kind", of)),
		"VolumeSnapshot");
	assert_string_equal(
		shop_value(
			&s, CLUSTER,
			gm_printf(&a, "%stablespaceStorage/big_one/name", of)),
		"gm-add-pre-tbs-big-one");
	/* Nothing of that where no snapshots are taken. */
	s.policy.flux.snapshot = false;
	shop_ok(shop_render(&s, &why));
	shop_silent(&s, CLUSTER, "VolumeSnapshot");
}

/* The snapshot that was taken, not the one that failed. */
static void test_second_snapshot(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_progress_item item = { "10-checkpoint", GM_SLOT_ACTIVE, 2 };
	const struct gm_progress progress = { &item, 1, 1, NULL };
	struct gm_err why = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a,
		  gm_printf(&a, "%s  backup: {method: volumeSnapshot}\n",
			    shop_flux));
	shop_slots(&s, &progress);
	gm_slots_show_all(&s.slots);
	shop_ok(shop_render(&s, &why));
	assert_string_equal(
		shop_value(&s, "10-checkpoint-2/backup.yaml", "metadata/name"),
		"gm-add-pre-2");
	assert_string_equal(
		shop_value(&s, CLUSTER,
			   "spec/bootstrap/recovery/volumeSnapshots/storage/"
			   "name"),
		"gm-add-pre-2");
}

static void test_refused(void **state)
{
	static const struct {
		const char *live, *says;
	} bad[] = {
		{ "kind: Cluster\nspec: {instances: 1}\n", "how much storage" },
		{ "kind: Cluster\nspec: {storage: {size: 1Gi}, bootstrap: "
		  "{initdb: {owner: x}}}\n",
		  "both database and owner" },
		{ "kind: [\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_err err = GM_ERR_INIT;
		struct shop s;

		shop_make(&s, &a,
			  "  source: {kind: GitRepository, name: d}\n"
			  "  path: m\n  image: pg\n");
		s.target.live = gm_str(bad[i].live);
		shop_slots(&s, NULL);
		gm_slots_show_all(&s.slots);
		assert_int_equal(shop_render(&s, &err), -1);
		assert_int_equal(err.code, GM_EINPUT);
		assert_non_null(strstr(err.msg, bad[i].says));
	}
}

static void test_long_cluster(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.target.cluster = "a1234567890123456789012345678901234567890123456";
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_ok(shop_render(&s, &err));
	s.target.cluster = "a12345678901234567890123456789012345678901234567";
	assert_int_equal(shop_render(&s, &err), -1);
	assert_non_null(strstr(err.msg, "R18"));
	assert_string_equal(gm_render_restored(&a, &s.target, 2) + 48, "-r2");
}

GM_UNIT_MAIN(cmocka_unit_test(test_from_policy),
	     cmocka_unit_test(test_from_live), cmocka_unit_test(test_snapshot),
	     cmocka_unit_test(test_second_snapshot),
	     cmocka_unit_test(test_more_snapshots),
	     cmocka_unit_test(test_refused),
	     cmocka_unit_test(test_long_cluster))

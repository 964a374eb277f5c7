#include "unit/rollout/gate.h"

static void test_expand(void **state)
{
	const char *id;

	(void)state;
	answers("expand", GM_GATE_UNKNOWN, "no record says", NULL);
	assert_non_null(strstr(line("expand")->hint, "record 0_e --env"));
	id = add(seen("expand", "pass", 900));
	answers("expand", GM_GATE_GO, "'0_e' is applied", id);
	id = add(seen("expand", "fail", 800));
	answers("expand", GM_GATE_NO, "it failed", id);
	add(seen("expand", "pass", 700));
	id = add(seen("rollback", "pass", 600));
	answers("expand", GM_GATE_NO, "rolled back", id);
	id = add(seen("expand", "pass", 500));
	answers("expand", GM_GATE_GO, "is applied", id);
	from.expand = NULL;
	answers("expand", GM_GATE_GO, "belongs to no expand", NULL);
}

/* Of other bytes, another environment or ref, or of nobody who may. */
static void test_not_about_it(void **state)
{
	struct gm_record r = seen("expand", "pass", 900);
	const char *id;

	(void)state;
	r.digest = DIGEST("f");
	add(r);
	r = seen("expand", "pass", 900);
	r.env = "production";
	add(r);
	r = seen("expand", "pass", 900);
	r.ref = "refs/heads/release";
	add(r);
	answers("expand", GM_GATE_UNKNOWN, "no record says", NULL);
	r = seen("expand", "pass", 900);
	r.signer = "dev@example.com";
	id = add(r);
	answers("expand", GM_GATE_UNKNOWN, "not, or no longer, that role", id);
}

static void test_flag(void **state)
{
	struct gm_record r = seen("enable", "pass", 500);
	const char *id;

	(void)state;
	answers("flag", GM_GATE_UNKNOWN, "'PHONE' is on in staging", NULL);
	add(seen("enabled", "pass", 950));
	answers("flag", GM_GATE_UNKNOWN, "'PHONE' is on in staging", NULL);
	id = add(seen("enable-5", "pass", 900));
	answers("flag", GM_GATE_NO, "for 5 % only", id);
	id = add(seen("enable", "pass", 800));
	answers("flag", GM_GATE_GO, "for everybody", id);
	id = add(seen("enable", "fail", 700));
	answers("flag", GM_GATE_NO, "it failed", id);
	/* On the contract it is as good. */
	r.path = UP;
	r.digest = DIGEST("a");
	r.on = up;
	id = add(r);
	answers("flag", GM_GATE_GO, "for everybody", id);
	expand_item.flag = "none: no users";
	answers("flag", GM_GATE_GO, "none: no users", NULL);
	expand_item.flag = NULL;
	answers("flag", GM_GATE_GO, "there is no flag", NULL);
}

static void test_objectives(void **state)
{
	const char *id;

	(void)state;
	answers("slo", GM_GATE_UNKNOWN, "the objectives were kept", NULL);
	id = add(seen("observe", "pass", 900));
	answers("slo", GM_GATE_NO, "before the flag was on", id);
	add(seen("enable-5", "pass", 1000));
	answers("slo", GM_GATE_GO, "were kept", id);
	/* To widen it is no new start; to turn it off and on is. */
	add(seen("enable", "pass", 800));
	answers("slo", GM_GATE_GO, "were kept", id);
	add(seen("enable", "fail", 700));
	answers("slo", GM_GATE_NO, "before the flag was on", id);
	add(seen("enable", "pass", 600));
	answers("slo", GM_GATE_NO, "before the flag was on", id);
	id = add(seen("observe", "fail", 500));
	answers("slo", GM_GATE_NO, "were not kept", id);
	id = add(seen("observe", "pass", 400));
	answers("slo", GM_GATE_GO, "were kept", id);
	expand_item.flag = "none: no users";
	answers("slo", GM_GATE_GO, "were kept", id);
	from.expand = NULL;
	answers("slo", GM_GATE_GO, "no expand", NULL);
}

static void test_backup(void **state)
{
	struct gm_record r = seen("checkpoint", "pass", 3600);
	const char *id;

	(void)state;
	answers("backup", GM_GATE_GO, "asks for no backup", NULL);
	policy.backup_max_age = 7200;
	answers("backup", GM_GATE_UNKNOWN, "there is a backup", NULL);
	/* Of another migration. */
	r.path = "migrations/9_z/up.sql";
	r.digest = DIGEST("9");
	r.on = a_blob("SELECT 1;\n");
	id = add(r);
	answers("backup", GM_GATE_GO, "1 hour old", id);
	policy.backup_max_age = 3599;
	answers("backup", GM_GATE_NO, "3599s is the limit", id);
	policy.backup_max_age = 7200;
	id = add(seen("checkpoint", "fail", 10));
	answers("backup", GM_GATE_NO, "it failed", id);
}

#define BACKUP(phase)                                                          \
	"{\"apiVersion\":\"postgresql.cnpg.io/v1\",\"kind\":\"Backup\","       \
	"\"metadata\":{\"name\":\"b\",\"namespace\":\"n\"},\"spec\":"          \
	"{\"cluster\":{\"name\":\"c\"}},\"status\":{\"phase\":\"" phase        \
	"\",\"backupId\":\"1\",\"startedAt\":\"2026-11-21T05:00:00Z\","        \
	"\"stoppedAt\":\"2026-11-21T06:00:00Z\"}}"

#define STORE(cluster)                                                         \
	"{\"apiVersion\":\"barmancloud.cnpg.io/v1\",\"kind\":\"ObjectStore\"," \
	"\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"},\"spec\":{"         \
	"\"retentionPolicy\":\"1d\"},\"status\":{\"serverRecoveryWindow\":{"   \
	"\"" cluster "\":{}}}}"
#define KEPT                                                                   \
	"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" BACKUP(         \
		"completed") "," STORE("c") "," STORE("other") "]}"

/* The backup of its own checkpoint has to be kept until the end. */
static void test_retention(void **state)
{
	struct gm_record r = seen("checkpoint", "pass", 60);
	char sha256[GM_SHA256_HEX + 1];
	const char *id;

	(void)state;
	envs[0].namespace_ = "n";
	envs[0].cluster = "c";
	ask();
	assert_null(line("retention"));
	add(seen("checkpoint", "pass", 90));
	ask();
	assert_null(line("retention"));
	gm_sha256_hex(sha256, GM_STR(KEPT));
	r.sha256 = sha256;
	id = add(r);
	assert_ok(gm_exhibit_keep(sha256, repo, GM_STR(KEPT), &err));
	answers("retention", GM_GATE_GO, "until 2026-11-22T06:00:00Z: close",
		id);
	/* Of several clusters in there, that of the environment counts. */
	policy.backup_max_age = 5 * 3600;
	answers("backup", GM_GATE_GO, "4 hours old", id);
	policy.backup_max_age = 0;
	from.now = NOW + DAY;
	answers("retention", GM_GATE_NO, "until 2026-11-22T06:00:00Z only", id);
	assert_non_null(strstr(line("retention")->hint, "--retry"));
	assert_false(gate.go);
	from.stage = GM_STAGE_CLOSE;
	answers("retention", GM_GATE_GO, "was kept until", id);
	/* Nobody asks before there is one. */
	from.stage = GM_STAGE_EXPAND;
	ask();
	assert_null(line("retention"));
}

/* What the record rests on tells its time, and may say otherwise. */
static void test_backup_exhibit(void **state)
{
	struct gm_record r = seen("checkpoint", "pass", 60);
	char sha256[GM_SHA256_HEX + 1];
	const char *id;

	(void)state;
	policy.backup_max_age = 7200;
	gm_sha256_hex(sha256, GM_STR(BACKUP("completed")));
	r.sha256 = sha256;
	id = add(r);
	answers("backup", GM_GATE_UNKNOWN, "is not here", id);
	assert_ok(gm_exhibit_keep(sha256, repo, GM_STR(BACKUP("completed")),
				  &err));
	answers("backup", GM_GATE_NO, "4 hours old", id);
	policy.backup_max_age = 5 * 3600;
	answers("backup", GM_GATE_GO, "4 hours old", id);
	assert_ok(
		gm_exhibit_keep(sha256, repo, GM_STR(BACKUP("failed")), &err));
	r = seen("checkpoint", "pass", 30);
	r.sha256 = sha256;
	id = add(r);
	answers("backup", GM_GATE_NO, "says otherwise", id);
	assert_ok(gm_exhibit_keep(sha256, repo, GM_STR("by eye"), &err));
	r = seen("checkpoint", "pass", 20);
	r.sha256 = sha256;
	id = add(r);
	answers("backup", GM_GATE_GO, "20 seconds old", id);
}

static void test_restore(void **state)
{
	const char *id;

	(void)state;
	answers("restore", GM_GATE_GO, "asks for no test", NULL);
	policy.restore_test_max_age = DAY;
	answers("restore", GM_GATE_UNKNOWN, "was tested", NULL);
	id = add(seen("restore", "pass", 3600));
	answers("restore", GM_GATE_GO, "1 hour old", id);
	policy.restore_test_max_age = 3599;
	answers("restore", GM_GATE_NO, "is the limit", id);
}

static struct gm_overview_item fill_item;
static struct gm_review_item fill_review;
static struct gm_gate_part fill;

/* Evidence of a backfill of the same rollout. */
static struct gm_record filled(const char *result, int64_t ago)
{
	struct gm_record r = seen("backfill", result, ago);

	fill_item =
		(struct gm_overview_item){ .id = "1_f", .phase = "backfill" };
	fill_review = (struct gm_review_item){
		.subject = subject_of(DIGEST("f")),
		.on = a_blob("UPDATE t SET d = 1;\n"),
	};
	fill_review.subject.path = "migrations/1_f/up.sql";
	fill = (struct gm_gate_part){ &fill_item, &fill_review };
	from.backfills = &fill;
	from.n_backfills = 1;
	r.path = fill_review.subject.path;
	r.digest = DIGEST("f");
	r.on = fill_review.on;
	return r;
}

static void test_backfills(void **state)
{
	struct gm_record no, yes;
	const char *id;

	(void)state;
	answers("backfill", GM_GATE_GO, "nothing to fill", NULL);
	no = filled("fail", 100);
	yes = filled("pass", 50);
	answers("backfill", GM_GATE_UNKNOWN, "'1_f' is done in staging", NULL);
	assert_non_null(strstr(line("backfill")->hint, "record 1_f --env"));
	id = add(no);
	answers("backfill", GM_GATE_NO, "'1_f' failed", id);
	id = add(yes);
	answers("backfill", GM_GATE_GO, "all rows are filled", id);
}

/* The window counts from when it was applied, and stayed so. */
static void test_window(void **state)
{
	const char *id;

	(void)state;
	expand_item.window = DAY;
	id = add(seen("expand", "pass", DAY + 10));
	answers("window", GM_GATE_GO, "over since 2026-11-21T09:59:50Z, by",
		id);
	add(seen("expand", "pass", 5));
	answers("window", GM_GATE_GO, "over since 2026-11-21T09:59:50Z, by",
		id);
	policy.window_minimum = DAY + 20;
	answers("window", GM_GATE_NO, "open until 2026-11-21T10:00:10Z", id);
	policy.window_minimum = 0;
	add(seen("rollback", "pass", 4));
	answers("window", GM_GATE_GO, "is over since", NULL);
	id = add(seen("expand", "pass", 3));
	answers("window", GM_GATE_NO, "open until 2026-11-22T09:59:57Z", id);
	add(seen("expand", "fail", 2));
	answers("window", GM_GATE_GO, "is over since", NULL);
}

GM_UNIT_MAIN(GATE_TEST(test_expand), GATE_TEST(test_not_about_it),
	     GATE_TEST(test_flag), GATE_TEST(test_objectives),
	     GATE_TEST(test_backup), GATE_TEST(test_backup_exhibit),
	     GATE_TEST(test_retention), GATE_TEST(test_restore),
	     GATE_TEST(test_backfills), GATE_TEST(test_window))

#include "rollout/cnpg.h"

#include "base/buf.h"
#include "base/clock.h"
#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_err err;
static struct gm_cnpg got;
static struct gm_cnpg_of of;

static int setup(void **state)
{
	(void)state;
	err = (struct gm_err)GM_ERR_INIT;
	got = (struct gm_cnpg){ 0 };
	of = (struct gm_cnpg_of){ "shop", "shop-db" };
	return 0;
}

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

static void test_retention(void **state)
{
	static const char *const bad[] = { "",    "d",  "0d",  "30",
					   "-1d", "1y", "3 d", "100001d" };
	int64_t s = 0;

	(void)state;
	assert_true(gm_cnpg_retention(&s, GM_STR("30d")));
	assert_int_equal(s, 30 * 86400);
	assert_true(gm_cnpg_retention(&s, GM_STR("2w")));
	assert_int_equal(s, 14 * 86400);
	assert_true(gm_cnpg_retention(&s, GM_STR("6m")));
	assert_int_equal(s, 180 * 86400);
	for (size_t i = 0; i < GM_COUNT(bad); i++)
		assert_false(gm_cnpg_retention(&s, gm_str(bad[i])));
}

/* JSON with ' for ". */
static struct gm_str json(const char *text)
{
	char *copy = gm_strdup(&arena, text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return gm_str(copy);
}

#define BACKUP(name, cluster, status)                                          \
	"{'apiVersion':'postgresql.cnpg.io/v1','kind':'Backup','metadata':"    \
	"{'name':'" name                                                       \
	"','namespace':'shop'},'spec':{'cluster':{'name':'" cluster            \
	"'},'method':'plugin'},'status':{" status "}}"
#define GOOD                                                                   \
	"'phase':'completed','backupId':'1','startedAt':"                      \
	"'2026-11-21T08:00:00Z','stoppedAt':'2026-11-21T08:10:00Z'"
#define AT(hour) "'phase':'failed','startedAt':'2026-11-21T" hour ":00:00Z'"
#define CLUSTER(status)                                                        \
	"{'apiVersion':'postgresql.cnpg.io/v1','kind':'Cluster','metadata':"   \
	"{'name':'shop-db','namespace':'shop'},'status':{'conditions':["       \
	"{'type':'Ready','status':'True'},"                                    \
	"{'type':'ContinuousArchiving','status':'" status                      \
	"','message':'no space'}]}}"
#define STORE(window)                                                          \
	"{'apiVersion':'barmancloud.cnpg.io/v1','kind':'ObjectStore',"         \
	"'metadata':{'name':'s','namespace':'shop'},'status':"                 \
	"{'serverRecoveryWindow':{" window "}}}"
#define LIST(items) "{'apiVersion':'v1','kind':'List','items':[" items "]}"

static void read_it(const char *text)
{
	assert_ok(gm_cnpg_read(&got, &arena, "b.json", json(text), &of, &err));
}

static void refused(const char *text, const char *part)
{
	err = (struct gm_err)GM_ERR_INIT;
	assert_int_equal(
		gm_cnpg_read(&got, &arena, "b.json", json(text), &of, &err),
		-1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.path, "b.json");
	if (!strstr(err.msg, part))
		fail_msg("'%s' has no '%s'", err.msg, part);
}

static void expect(bool good, const char *why)
{
	if (!strstr(got.why, why))
		fail_msg("'%s' has no '%s'", got.why, why);
	assert_int_equal(got.good, good);
}

static void test_backup(void **state)
{
	int64_t at;

	(void)state;
	read_it(BACKUP("pre", "shop-db", GOOD));
	expect(true, "backup 'pre' ended at 2026-11-21T08:10:00Z");
	assert_true(gm_time_parse(&at, GM_STR("2026-11-21T08:10:00Z")));
	assert_int_equal(got.at, at);
	assert_string_equal(got.backup, "pre");
	assert_string_equal(got.cluster, "shop-db");
}

static void test_bad_backups(void **state)
{
	(void)state;
	read_it(BACKUP("pre", "shop-db", "'phase':'failed','error':'disk'"));
	expect(false, "backup 'pre' is failed: disk");
	assert_int_equal(got.at, 0);
	read_it(BACKUP("pre", "shop-db", ""));
	expect(false, "is not started");
	read_it(BACKUP("pre", "shop-db",
		       "'phase':'completed','startedAt':"
		       "'2026-11-21T08:00:00Z','backupId':'1'"));
	expect(false, "when it ended");
	read_it(BACKUP("pre", "shop-db",
		       "'phase':'completed','startedAt':'2026-11-21T08:00:00Z',"
		       "'stoppedAt':'2026-11-21T08:10:00Z'"));
	expect(false, "its id");
}

static void test_snapshot(void **state)
{
	(void)state;
	read_it("{'apiVersion':'postgresql.cnpg.io/v1','kind':'Backup',"
		"'metadata':{'name':'b','namespace':'shop'},'spec':{'cluster':"
		"{'name':'shop-db'},'method':'volumeSnapshot'},'status':"
		"{'phase':'completed','startedAt':'2026-11-21T08:00:00Z',"
		"'stoppedAt':'2026-11-21T08:10:00Z'}}");
	expect(true, "ended at");
}

/* The newest counts, even when an older one was good. */
static void test_newest(void **state)
{
	static const char later[] =
		LIST(BACKUP("one", "shop-db", GOOD) "," BACKUP(
			"two", "shop-db", AT("09")) "," BACKUP("other", "x",
							       GOOD));

	(void)state;
	read_it(later);
	expect(false, "'two' is failed");
	read_it(LIST(BACKUP("one", "shop-db", GOOD) "," BACKUP("two", "shop-db",
							       AT("07"))));
	expect(true, "'one'");
	read_it(LIST(BACKUP("one", "shop-db", GOOD) "," BACKUP(
		"two", "shop-db", "'phase':'pending'")));
	expect(false, "'two' is pending");
}

static void test_archiving(void **state)
{
	(void)state;
	read_it(LIST(BACKUP("b", "shop-db", GOOD) "," CLUSTER("True")));
	expect(true, "ended at");
	read_it(LIST(BACKUP("b", "shop-db", GOOD) "," CLUSTER("False")));
	expect(false, "the log of 'shop-db' is not archived: no space");
	read_it(LIST(BACKUP(
		"b", "shop-db",
		GOOD) ",{'apiVersion':"
		      "'postgresql.cnpg.io/v1','kind':'Cluster','metadata':"
		      "{'name':'shop-db','namespace':'shop'}}"));
	expect(false, "not said why");
}

static void test_store(void **state)
{
	(void)state;
	read_it(STORE("'shop-db':{'firstRecoverabilityPoint':"
		      "'2026-11-01T00:00:00Z','lastSuccessfulBackupTime':"
		      "'2026-11-21T00:00:00Z'},'other':{}"));
	expect(true, "last good backup in the store is of"
		     " 2026-11-21T00:00:00Z");
	assert_true(got.recoverable > 0 && got.recoverable < got.at);
	read_it(STORE("'shop-db':{'lastSuccessfulBackupTime':"
		      "'2026-11-21T00:00:00Z','lastFailedBackupTime':"
		      "'2026-11-21T00:00:01Z'}"));
	expect(false, "the last backup failed");
	read_it(STORE("'shop-db':{}"));
	expect(false, "no good backup");
}

static void test_whose(void **state)
{
	(void)state;
	refused(BACKUP("b", "other", GOOD),
		"there is no Backup or ObjectStore of cluster shop-db");
	of.namespace_ = "elsewhere";
	refused(BACKUP("b", "shop-db", GOOD), "there is no Backup");
	of = (struct gm_cnpg_of){ NULL, NULL };
	read_it(BACKUP("b", "any", GOOD));
	expect(true, "ended");
	refused(LIST(BACKUP("a", "one", GOOD) "," BACKUP("b", "two", GOOD)),
		"of another cluster than those before it");
	refused(LIST(""), "there is no Backup or ObjectStore");
}

static void test_strict(void **state)
{
	(void)state;
	refused("", "no JSON");
	refused("{'kind':'Backup','kind':'Backup'}", "no JSON");
	refused("[]", "no kind, name or namespace");
	refused("{}", "no kind, name or namespace");
	refused("{'apiVersion':'v1','kind':'Secret','metadata':{'name':'x',"
		"'namespace':'shop'}}",
		"Secret 'x': it is no Backup");
	refused("{'apiVersion':'evil/v1','kind':'Backup','metadata':"
		"{'name':'x','namespace':'shop'}}",
		"it is no Backup");
	refused(LIST(BACKUP("b", "shop-db", GOOD) ",5"), "no kind");
	refused("{'apiVersion':'postgresql.cnpg.io/v1','kind':'Backup',"
		"'metadata':{'name':'x','namespace':'shop'}}",
		"names no cluster");
	refused(BACKUP("b", "shop-db", "'stoppedAt':'yesterday'"),
		"'stoppedAt' is no time");
	refused(BACKUP("b", "shop-db", "'startedAt':5"),
		"'startedAt' is no time");
	refused(STORE("'shop-db':{'lastFailedBackupTime':'x'}"), "is no time");
}

static void test_is(void **state)
{
	(void)state;
	assert_true(gm_cnpg_is(json(BACKUP("b", "c", GOOD))));
	assert_true(gm_cnpg_is(json(LIST(""))));
	assert_true(gm_cnpg_is(json(STORE(""))));
	assert_false(gm_cnpg_is(GM_STR("")));
	assert_false(gm_cnpg_is(GM_STR("{}")));
	assert_false(gm_cnpg_is(GM_STR("a backup")));
}

GM_UNIT_MAIN(TEST(test_retention), TEST(test_backup), TEST(test_bad_backups),
	     TEST(test_snapshot), TEST(test_newest), TEST(test_archiving),
	     TEST(test_store), TEST(test_whose), TEST(test_strict),
	     TEST(test_is))

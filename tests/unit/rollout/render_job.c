#include "shop.h"

#define JOB "20-expand/job.yaml"

static const char *name_of(const struct shop *s, const char *dir)
{
	return shop_value(s, gm_printf(s->arena, "%s/job.yaml", dir),
			  "metadata/name");
}

static void test_job(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *name, *config;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	name = name_of(&s, "20-expand");
	assert_int_equal(strlen(name), strlen("gm-add-expand-01234567-1"));
	assert_memory_equal(name, "gm-add-expand-", 14);
	assert_string_equal(name + strlen(name) - 2, "-1");
	config = gm_strndup(&a, name, strlen(name) - 2);
	shop_says(&s, "20-expand/kustomization.yaml",
		  gm_printf(&a, "- name: \"%s\"\n", config));
	shop_says(
		&s, JOB,
		gm_printf(&a, "configMap:\n          name: \"%s\"\n", config));
	assert_string_equal(shop_value(&s, JOB, "spec/backoffLimit"), "0");
	assert_string_equal(shop_value(&s, JOB, "spec/ttlSecondsAfterFinished"),
			    "");
	assert_string_equal(
		shop_value(&s, JOB, "spec/template/spec/restartPolicy"),
		"Never");
	assert_string_equal(shop_value(&s, JOB, "spec/activeDeadlineSeconds"),
			    "915");
	assert_string_equal(shop_value(&s, "40-backfill/job.yaml",
				       "spec/activeDeadlineSeconds"),
			    "86400");
	shop_says(&s, JOB, "substitute: \"disabled\"");
	shop_says(&s, JOB, "name: \"shop-db-app\"");
	shop_says(&s, JOB, "client_connection_check_interval=2s");
	shop_says(&s, "20-expand/kustomization.yaml", "immutable: true");
	shop_says(&s, "20-expand/kustomization.yaml",
		  "disableNameSuffixHash: true");
	shop_says(&s, "20-expand/kustomization.yaml",
		  "substitute: \"disabled\"");
	assert_string_equal(shop_file(&s, "20-expand/expand.sql"),
			    "ALTER TABLE t ADD a int;\n");
}

/* A content that changes, wherever, gives another name; nothing else does. */
static void test_hash(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	const char *one, *two;
	struct gm_member m;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	one = name_of(&s, "20-expand");
	m = *s.rollout.expand;
	m.up = GM_STR("ALTER TABLE t ADD a  int;\n");
	s.rollout.expand = &m;
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_ok(shop_render(&s, &err));
	two = name_of(&s, "20-expand");
	assert_string_not_equal(one, two);
	shop_all(&s, &a,
		 gm_printf(&a, "%s  secrets: {connection: x}\n", shop_flux));
	assert_string_not_equal(one, name_of(&s, "20-expand"));
	assert_string_not_equal(two, name_of(&s, "20-expand"));
}

static void test_attempt(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_progress_item items[] = { { "20-expand", GM_SLOT_ACTIVE,
					      2 } };
	const struct gm_progress p = { .items = items, .n = 1 };
	struct gm_err err = GM_ERR_INIT;
	const char *first;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	first = name_of(&s, "20-expand");
	shop_slots(&s, &p);
	assert_ok(shop_render(&s, &err));
	assert_memory_equal(first, name_of(&s, "20-expand"), strlen(first) - 1);
	assert_string_equal(name_of(&s, "20-expand") + strlen(first) - 1, "2");
	assert_string_equal(gm_slots_find(&s.slots, GM_STAGE_EXPAND)->job,
			    name_of(&s, "20-expand"));
}

static void test_observe(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct shop s;

	(void)state;
	shop_all(&s, &a, NULL);
	shop_says(&s, "60-observe/observe.json", "\"window\": 86400");
	shop_says(&s, "60-observe/observe.json", "\"max\": \"0.01\"");
	shop_says(&s, "60-observe/observe.json", "\"query\": \"rate(e[5m])\"");
	shop_silent(&s, "60-observe/observe.json", "min");
	assert_string_equal(shop_value(&s, "60-observe/job.yaml",
				       "spec/activeDeadlineSeconds"),
			    "95460");
	/* Whichever pod it is, it asks when the Job was made. */
	shop_says(&s, "60-observe/job.yaml",
		  gm_printf(&a,
			    "- \"https://kubernetes.default.svc/apis/batch/v1/"
			    "namespaces/shop/jobs/%s\"\n",
			    name_of(&s, "60-observe")));
	shop_says(&s, "60-observe/job.yaml", "mountPath: \"/account\"");
	shop_says(&s, "flux/accounts.yaml", "name: \"gm-add-worker\"");
	shop_says(&s, "60-observe/job.yaml", "image: \"gm:1\"");
	shop_says(&s, "60-observe/job.yaml", "action: \"FailJob\"");
}

static void test_old_server(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	s.target.postgres = 13;
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_ok(shop_render(&s, &err));
	shop_silent(&s, JOB, "client_connection_check_interval");
}

/* The bundle of the expand, with these records. */
static void bundle(struct shop *s, struct gm_member *m, const char *records)
{
	*m = *s->rollout.expand;
	m->bundle = (struct gm_fileset){ 0 };
	gm_fileset_add(&m->bundle, s->arena, "up.sql", m->up);
	gm_fileset_add(&m->bundle, s->arena, "key-a@b.asc", GM_STR("key"));
	gm_fileset_add(&m->bundle, s->arena, "records", gm_str(records));
	gm_fileset_add(&m->bundle, s->arena, "manifest",
		       GM_STR("x\ndigest sha256:" SHA "\ny\n"));
	s->rollout.expand = m;
	s->rollout.contract = NULL;
	s->rollout.backfills.n = 0;
}

#define TOOL                                                                   \
	"  source: {kind: GitRepository, name: d}\n  path: m\n"                \
	"  runner: git-migrate\n"

static void test_bundle(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_member m;
	struct shop s;

	(void)state;
	shop_make(&s, &a, TOOL "  tool: gm:1\n");
	bundle(&s, &m, "one");
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_ok(shop_render(&s, &err));
	shop_says(&s, JOB, "- \"--bundle\"\n        - \"/bundle\"\n");
	shop_says(&s, JOB, "image: \"gm:1\"");
	assert_string_equal(shop_file(&s, "20-expand/key-a@b.asc"), "key");
	/* A key of a ConfigMap has fewer characters than a name of a file. */
	shop_says(&s, "20-expand/kustomization.yaml",
		  "- \"file-0=key-a@b.asc\"\n  - \"manifest\"\n");
	shop_says(&s, JOB,
		  "- key: \"file-0\"\n            path: \"key-a@b.asc\"\n");
	shop_make(&s, &a, TOOL);
	bundle(&s, &m, "one");
	shop_slots(&s, NULL);
	gm_slots_show_all(&s.slots);
	assert_int_equal(shop_render(&s, &err), -1);
	assert_non_null(strstr(err.hint, "tool"));
}

static void fails(struct shop *s, const char *says)
{
	struct gm_err err = GM_ERR_INIT;

	shop_slots(s, NULL);
	gm_slots_show_all(&s->slots);
	assert_int_equal(shop_render(s, &err), -1);
	if (!strstr(err.msg, says))
		fail_msg("no '%s' in: %s", says, err.msg);
	assert_true(err.hint[0]);
}

static void test_refused(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const size_t size = (1 << 20) - 10000;
	struct gm_member m;
	struct shop s;
	char *text;

	(void)state;
	shop_make(&s, &a,
		  "  source: {kind: GitRepository, name: d}\n  path: m\n");
	fails(&s, "names no image");
	shop_make(&s, &a, NULL);
	/* What goes beside it counts as well. */
	text = gm_alloc(&a, size + 1);
	memset(text, ' ', size);
	m = *s.rollout.expand;
	m.up = (struct gm_str){ text, size };
	s.rollout.expand = &m;
	fails(&s, "R18: its ConfigMap would hold");
}

/* As long as apply would let its SQL take; or as the policy says. */
static void test_deadline(void **state)
{
	static const struct {
		const char *up, *verify, *want;
	} cases[] = {
		{ "CREATE INDEX CONCURRENTLY i ON t (a);", NULL, "4500" },
		{ "ALTER TABLE t ADD a int; ALTER TABLE t ADD b int;", NULL,
		  "930" },
		{ "ALTER TABLE t ADD a int;", "SELECT a FROM t;", "4515" },
	};
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_member m;
	struct gm_buf many = gm_buf(&a);
	struct shop s;

	(void)state;
	shop_make(&s, &a, NULL);
	m = *s.rollout.expand;
	s.rollout.expand = &m;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		m.up = gm_str(cases[i].up);
		m.verify =
			cases[i].verify ? gm_str(cases[i].verify) : GM_STR_NONE;
		shop_slots(&s, NULL);
		gm_slots_show_all(&s.slots);
		assert_ok(shop_render(&s, &err));
		assert_string_equal(
			shop_value(&s, JOB, "spec/activeDeadlineSeconds"),
			cases[i].want);
	}
	for (int i = 0; i < 100; i++)
		gm_buf_puts(&many, "SELECT 1;\n");
	m.up = gm_buf_view(&many);
	assert_ok(shop_render(&s, &err));
	assert_string_equal(shop_value(&s, JOB, "spec/activeDeadlineSeconds"),
			    "86400");
	s.policy.flux.deadlines.expand = 60;
	s.policy.flux.deadlines.backfill = 7200;
	assert_ok(shop_render(&s, &err));
	assert_string_equal(shop_value(&s, JOB, "spec/activeDeadlineSeconds"),
			    "60");
	assert_string_equal(shop_value(&s, "40-backfill/job.yaml",
				       "spec/activeDeadlineSeconds"),
			    "7200");
}

GM_UNIT_MAIN(cmocka_unit_test(test_deadline), cmocka_unit_test(test_job),
	     cmocka_unit_test(test_hash), cmocka_unit_test(test_attempt),
	     cmocka_unit_test(test_observe), cmocka_unit_test(test_old_server),
	     cmocka_unit_test(test_bundle), cmocka_unit_test(test_refused))

#include "scratch.h"

#include "approval/landed.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "check/overview.h"
#include "git/notes.h"

#define UP "migrations/1_add/up.sql"

struct place {
	struct gm_arena arena;
	const char *dir;
	struct gm_repo *repo;
};

static int git(struct place *p, const char *const *words)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_child child = { .dir = p->dir, .argv = words };
	struct gm_str out;

	return gm_child_run(&out, &p->arena, &child, &err);
}

#define GIT(p, ...)                                                            \
	assert_int_equal(                                                      \
		git((p), (const char *const[]){ "git", __VA_ARGS__, NULL }),   \
		0)

static void add(struct place *p, const char *path, struct gm_str text)
{
	struct gm_err err = GM_ERR_INIT;
	char *full = gm_printf(&p->arena, "%s/%s", p->dir, path);
	char *dir = gm_strndup(&p->arena, full,
			       (size_t)(strrchr(full, '/') - full));

	assert_ok(gm_dir_make(dir, &err));
	assert_ok(gm_file_write(full, text, 0644, false, &err));
}

static void commit(struct place *p, const char *message)
{
	GIT(p, "add", "-A");
	GIT(p, "-c", "user.name=Ann Lee", "-c", "user.email=ann@example.com",
	    "commit", "-q", "-m", message);
}

static void open_repo(struct place *p)
{
	struct gm_err err = GM_ERR_INIT;

	gm_repo_close(&p->repo);
	assert_ok(gm_repo_open(&p->repo, p->dir, GM_REPO_DISCOVER, &err));
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	p->dir = scratch_make();
	setenv("GIT_MIGRATE_NOW", "2026-11-21T10:00:00Z", 1);
	setenv("GIT_AUTHOR_DATE", "2026-11-19T10:00:00Z", 1);
	return git(p, (const char *const[]){ "git", "init", "-q", "-b", "main",
					     NULL });
}

static int teardown(void **state)
{
	struct place *p = *state;

	scratch_remove();
	gm_repo_close(&p->repo);
	gm_arena_done(&p->arena);
	free(p);
	return 0;
}

/* An expand, a contract of it, and what does not fit in anywhere. */
static void fill(struct place *p)
{
	add(p, UP, GM_STR("ALTER TABLE t ADD c int;\n"));
	add(p, "migrations/1_add/down.sql", GM_STR("ALTER TABLE t DROP c;\n"));
	commit(p, "Add c\n\nMigration-Phase: expand\nRollback-Window: 3d\n"
		  "Rollback-Owner: Ann <ann@example.com>\nFeature-Flag: C");
	add(p, "migrations/2_drop/up.sql", GM_STR("ALTER TABLE t DROP d;\n"));
	commit(p, "Drop d\n\nMigration-Phase: contract\n"
		  "Migration-Contracts: 1_add");
	open_repo(p);
}

static struct gm_overview look(struct place *p, const char *rev)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview o = { 0 };

	assert_ok(gm_overview_read(&o, &p->arena, p->repo, rev, &err));
	return o;
}

/* A landed record for the migration, as the server writes it. */
static void land(struct place *p, const struct gm_overview *o, size_t at,
		 const char *ref, const char *when, const char *until)
{
	const struct gm_overview_item *item = &o->items[at];
	struct gm_landed l = {
		.project = "shop",
		.path = gm_str_dup(&p->arena, item->path),
		.digest = item->digest,
		.phase = item->phase,
		.class_ = gm_class_name(item->class_),
		.ref = ref,
		.nonce = "00112233445566778899aabbccddeeff",
	};
	struct gm_err err = GM_ERR_INIT;
	const struct gm_oid on =
		gm_migration_file(o->set->items[at], GM_ROLE_UP)->oid;

	assert_true(gm_time_parse(&l.at, gm_str(when)));
	assert_true(gm_time_parse(&l.until, gm_str(until)));
	assert_ok(gm_landed_append(p->repo, &l, &on, 1, &err));
}

static void test_unborn(void **state)
{
	struct place *p = *state;
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview o;

	open_repo(p);
	o = look(p, NULL);
	assert_int_equal(o.n, 0);
	assert_null(o.head);
	assert_string_equal(o.branch, "refs/heads/main");
	assert_int_equal(
		gm_overview_read(&o, &p->arena, p->repo, "nothing", &err), -1);
}

static void test_pending(void **state)
{
	struct place *p = *state;
	const struct gm_overview_item *item;
	struct gm_overview o;

	fill(p);
	o = look(p, NULL);
	assert_int_equal(o.n, 2);
	assert_false(o.records);
	assert_true(o.default_policy);
	assert_int_equal(strlen(o.head), 40);
	item = &o.items[0];
	assert_string_equal(item->id, "1_add");
	assert_str(item->path, UP);
	assert_string_equal(item->phase, "expand");
	assert_int_equal(item->class_, GM_CLASS_EXPAND);
	assert_int_equal(item->window, 3 * 86400);
	assert_string_equal(item->owner, "Ann <ann@example.com>");
	assert_string_equal(item->flag, "C");
	assert_string_equal(item->author, "Ann Lee <ann@example.com>");
	assert_string_equal(gm_time_format(&p->arena, item->when),
			    "2026-11-19T10:00:00Z");
	assert_int_equal(item->state, GM_STATE_PENDING);
	assert_int_equal(strncmp(item->digest, "sha256:", 7), 0);
	assert_true(gm_overview_expand(item));
	assert_false(gm_overview_contract(item));
	item = &o.items[1];
	assert_true(gm_overview_contract(item));
	assert_false(gm_overview_expand(item));
	assert_string_equal(item->blocked, "'1_add' has not landed");
	assert_int_equal(item->allowed_at, 0);
}

static void test_revision(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	fill(p);
	o = look(p, "HEAD~1");
	assert_int_equal(o.n, 1);
	assert_null(o.branch);
	GIT(p, "checkout", "-q", "--detach");
	open_repo(p);
	o = look(p, NULL);
	assert_int_equal(o.n, 2);
	assert_null(o.branch);
}

static void test_landed(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	fill(p);
	o = look(p, NULL);
	/* Another ref is later, this branch counts, its first record. */
	land(p, &o, 0, "refs/heads/other", "2026-11-20T12:00:00Z",
	     "2026-11-23T12:00:00Z");
	land(p, &o, 0, "refs/heads/main", "2026-11-20T11:00:00Z",
	     "2026-11-23T11:00:00Z");
	land(p, &o, 0, "refs/heads/main", "2026-11-20T10:00:00Z",
	     "2026-11-23T10:00:00Z");
	o = look(p, NULL);
	assert_true(o.records);
	assert_int_equal(o.items[0].state, GM_STATE_LANDED);
	assert_string_equal(o.items[0].landed_ref, "refs/heads/main");
	assert_string_equal(gm_time_format(&p->arena, o.items[0].landed_at),
			    "2026-11-20T10:00:00Z");
	assert_string_equal(o.items[0].landed_digest, o.items[0].digest);
	assert_null(o.items[1].blocked);
	assert_string_equal(gm_time_format(&p->arena, o.items[1].allowed_at),
			    "2026-11-23T10:00:00Z");
	/* Without a branch the latest counts. */
	o = look(p, "HEAD");
	assert_string_equal(o.items[0].landed_ref, "refs/heads/other");
}

static void test_minimum(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	fill(p);
	add(p, ".migrate/policy.yaml",
	    GM_STR("version: 1\nproject: shop\n"
		   "protected: [\"refs/heads/main\"]\n"
		   "migrations:\n  - {path: migrations, layout: directory}\n"
		   "rollback_window: {minimum: 5d}\n"));
	commit(p, "Ask for more");
	open_repo(p);
	o = look(p, NULL);
	assert_false(o.default_policy);
	assert_string_equal(o.project, "shop");
	land(p, &o, 0, "refs/heads/main", "2026-11-20T10:00:00Z",
	     "2026-11-23T10:00:00Z");
	o = look(p, NULL);
	assert_string_equal(gm_time_format(&p->arena, o.items[1].allowed_at),
			    "2026-11-25T10:00:00Z");
}

static void test_upstream(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	fill(p);
	GIT(p, "branch", "base", "HEAD~1");
	GIT(p, "branch", "-q", "--set-upstream-to=base");
	open_repo(p);
	o = look(p, NULL);
	assert_int_equal(o.items[0].state, GM_STATE_UPSTREAM);
	assert_int_equal(o.items[1].state, GM_STATE_PENDING);
	assert_string_equal(o.items[1].blocked,
			    "it is not known when '1_add' landed");
}

static void test_blocked(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	add(p, "migrations/1_a/up.sql", GM_STR("DROP TABLE a;\n"));
	commit(p, "Drop a");
	add(p, "migrations/2_b/up.sql",
	    GM_STR("-- Migration-Contracts: 0_x\nDROP TABLE b;\n"));
	commit(p, "Drop b");
	open_repo(p);
	o = look(p, NULL);
	assert_string_equal(o.items[0].blocked, "it names no expand");
	assert_null(o.items[0].phase);
	assert_string_equal(o.items[1].blocked, "there is no '0_x'");
}

/* What names no expand waits for whatever window is open all the same. */
static void test_held_back(void **state)
{
	struct place *p = *state;
	struct gm_overview o;

	fill(p);
	add(p, "migrations/3_old/up.sql",
	    GM_STR("-- Migration-Contracts: none: before the tool\n"
		   "DROP TABLE t;\n"));
	commit(p, "Drop t");
	open_repo(p);
	o = look(p, NULL);
	assert_non_null(strstr(o.items[2].blocked, "nobody has to approve"));
	add(p, ".migrate/policy.yaml",
	    GM_STR("version: 1\nproject: shop\n"
		   "protected: [\"refs/heads/main\"]\n"
		   "migrations:\n  - {path: migrations, layout: directory}\n"
		   "roles: {dba: [ann@example.com]}\n"
		   "approvals: {contract: {need: {dba: 1}}}\n"));
	commit(p, "Ask for approvals");
	open_repo(p);
	o = look(p, NULL);
	assert_null(o.items[2].blocked);
	assert_int_equal(o.items[2].allowed_at, o.now);
	land(p, &o, 0, "refs/heads/main", "2026-11-20T10:00:00Z",
	     "2026-11-23T10:00:00Z");
	o = look(p, NULL);
	assert_string_equal(gm_time_format(&p->arena, o.items[2].allowed_at),
			    "2026-11-23T10:00:00Z");
	/* Another column, but of the expand it names. */
	assert_string_equal(gm_time_format(&p->arena, o.items[1].allowed_at),
			    "2026-11-23T10:00:00Z");
}

static void test_unread(void **state)
{
	struct place *p = *state;
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview_detail d;
	struct gm_overview o;
	char *big = malloc(GM_SQL_MAX + 1);

	memset(big, ' ', GM_SQL_MAX + 1);
	add(p, "migrations/1_a/up.sql", GM_STR("SELECT \0 1;\n"));
	add(p, "migrations/2_b/up.sql", GM_STR("SELECT '\xff';\n"));
	add(p, "migrations/3_c/up.sql", (struct gm_str){ big, GM_SQL_MAX + 1 });
	free(big);
	commit(p, "Odd");
	open_repo(p);
	o = look(p, NULL);
	assert_int_equal(o.n, 3);
	assert_string_equal(o.items[0].unread, "it holds NUL bytes");
	assert_string_equal(o.items[1].unread, "it is not UTF-8");
	assert_non_null(o.items[2].unread);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(o.items[i].class_, GM_CLASS_OPAQUE);
		assert_true(gm_overview_contract(&o.items[i]));
		assert_ok(gm_overview_detail(&d, &p->arena, p->repo, &o, i,
					     &err));
		assert_int_equal(d.sql.n, 0);
		assert_int_equal(strlen(d.files[0].sha256), 64);
	}
}

static void test_no_files(void **state)
{
	struct place *p = *state;
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview_detail d;
	struct gm_overview o;

	add(p, "migrations/1_a/down.sql", GM_STR("SELECT 1;\n"));
	assert_int_equal(symlink("down.sql", gm_printf(&p->arena,
						       "%s/migrations/1_a/"
						       "up.sql",
						       p->dir)),
			 0);
	commit(p, "Link");
	GIT(p, "update-index", "--add", "--cacheinfo",
	    "160000,0123456789012345678901234567890123456789,"
	    "migrations/2_b/up.sql");
	GIT(p, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q",
	    "-m", "Submodule");
	open_repo(p);
	o = look(p, NULL);
	assert_int_equal(o.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_null(o.items[i].digest);
		assert_string_equal(o.items[i].unread, "it is not a file");
		assert_ok(gm_overview_detail(&d, &p->arena, p->repo, &o, i,
					     &err));
		assert_string_equal(d.files[0].sha256, "");
	}
}

static void test_detail(void **state)
{
	struct place *p = *state;
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview_detail d;
	struct gm_overview o;

	fill(p);
	o = look(p, NULL);
	assert_ok(gm_overview_detail(&d, &p->arena, p->repo, &o, 0, &err));
	assert_ptr_equal(d.item, &o.items[0]);
	assert_int_equal(d.n_files, 2);
	assert_string_equal(d.files[0].role, "up");
	assert_str(d.files[0].path, UP);
	assert_string_equal(d.files[1].role, "down");
	assert_int_equal(strlen(d.files[1].sha256), 64);
	assert_string_not_equal(d.files[0].sha256, d.files[1].sha256);
	assert_str(d.text, "ALTER TABLE t ADD c int;\n");
	assert_int_equal(d.sql.n, 1);
	assert_string_equal(d.sql.items[0].tag, "ALTER TABLE");
}

static void test_broken_policy(void **state)
{
	struct place *p = *state;
	struct gm_err err = GM_ERR_INIT;
	struct gm_overview o;

	fill(p);
	add(p, ".migrate/policy.yaml", GM_STR("nonsense: 1\n"));
	commit(p, "Break");
	open_repo(p);
	assert_int_equal(gm_overview_read(&o, &p->arena, p->repo, NULL, &err),
			 -1);
	assert_int_equal(err.code, GM_EPOLICY);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(gm_overview_state_name(GM_STATE_PENDING),
			    "pending");
	assert_string_equal(gm_overview_state_name(GM_STATE_UPSTREAM),
			    "upstream");
	assert_string_equal(gm_overview_state_name(GM_STATE_LANDED), "landed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

GM_UNIT_MAIN(cmocka_unit_test(test_names), TEST(test_unborn),
	     TEST(test_pending), TEST(test_revision), TEST(test_landed),
	     TEST(test_minimum), TEST(test_upstream), TEST(test_blocked),
	     TEST(test_held_back), TEST(test_unread), TEST(test_no_files),
	     TEST(test_detail), TEST(test_broken_policy))

#include "rollout/frame.h"

#include "unit.h"

static struct gm_member member(const char *up)
{
	return (struct gm_member){
		.id = "1_o'brien\\x",
		.digest = "sha256:0123456789",
		.phase = NULL,
		.class_ = "expand",
		.path = "m/1/up.sql",
		.up = gm_str(up),
	};
}

static int make(struct gm_fileset *out, struct gm_arena *a,
		const struct gm_member *m, bool down, struct gm_err *err)
{
	const struct gm_frame f = { .member = m,
				    .env = "staging",
				    .file = "expand.sql",
				    .down = down };

	*out = (struct gm_fileset){ 0 };
	return gm_frame_make(out, a, &f, err);
}

static const char *run_of(struct gm_arena *a, const struct gm_fileset *files)
{
	return gm_str_dup(a, gm_fileset_find(files, "run.sql")->content);
}

static void says(struct gm_arena *a, const struct gm_fileset *files,
		 const char *text)
{
	const char *run = run_of(a, files);

	if (!strstr(run, text))
		fail_msg("no '%s' in\n%s", text, run);
}

static void test_files(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_member m = member("SELECT '$${x}$$';");
	struct gm_err err = GM_ERR_INIT;
	struct gm_fileset files;

	(void)state;
	assert_ok(make(&files, &a, &m, false, &err));
	assert_int_equal(files.n, 5);
	/* The SQL stays what it is, byte for byte. */
	assert_str(gm_fileset_find(&files, "expand.sql")->content,
		   "SELECT '$${x}$$';");
	assert_non_null(gm_fileset_find(&files, "ledger.sql"));
	assert_non_null(gm_fileset_find(&files, "stage_begin.sql"));
	assert_non_null(gm_fileset_find(&files, "stage_up.sql"));
	says(&a, &files, "\\set gm_id '1_o''brien\\\\x'\n");
	says(&a, &files, "\\set gm_phase 'none'\n");
	says(&a, &files, "\\set gm_env 'staging'\n");
	says(&a, &files, "\\set gm_verify ''\n");
	says(&a, &files, "\\set gm_whole 'on'\n");
	says(&a, &files, "\"kind\":\"transaction\"");
	says(&a, &files, "\\set gm_point 'gm:1_o''brien\\\\x:expand:0123456:'");
	says(&a, &files, "\\ir stage_up.sql\n");
}

static void test_verify_and_down(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_member m = member("SELECT 1;");
	struct gm_err err = GM_ERR_INIT;
	struct gm_fileset files;

	(void)state;
	m.verify = GM_STR("SELECT 2;");
	m.down = GM_STR("SELECT 3;");
	assert_ok(make(&files, &a, &m, false, &err));
	assert_str(gm_fileset_find(&files, "verify.sql")->content, "SELECT 2;");
	says(&a, &files, "\\set gm_verify 'verify.sql'\n");
	assert_ok(make(&files, &a, &m, true, &err));
	assert_str(gm_fileset_find(&files, "expand.sql")->content, "SELECT 3;");
	assert_null(gm_fileset_find(&files, "verify.sql"));
	says(&a, &files, "\\ir stage_down.sql\n");
	m.verify = GM_STR("\\! rm x\n");
	assert_int_equal(make(&files, &a, &m, false, &err), -1);
}

static void test_no_transaction(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_member m =
		member("CREATE INDEX CONCURRENTLY \"A\"\"b\" ON s.t (a);\n"
		       "CREATE INDEX CONCURRENTLY s.i ON s.t (a);");
	struct gm_err err = GM_ERR_INIT;
	struct gm_fileset files;

	(void)state;
	m.up = GM_STR("CREATE INDEX CONCURRENTLY \"A\"\"b\" ON s.t (a);\n");
	assert_ok(make(&files, &a, &m, false, &err));
	says(&a, &files, "\\set gm_whole 'off'\n");
	says(&a, &files, "\"kind\":\"alone\"");
	assert_null(strstr(run_of(&a, &files), "gm_indexes '[]'"));
	/* The file's own transaction leaves no place for ours. */
	m.up = GM_STR("BEGIN; SELECT 1; COMMIT;");
	assert_ok(make(&files, &a, &m, false, &err));
	says(&a, &files, "\\set gm_whole 'off'\n");
	says(&a, &files, "gm_indexes '[]'");
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"\\! rm -rf /\n",      "\\set ON_ERROR_STOP off\nSELECT 1;",
		"\\i other.sql\n",     "SELECT 1; COMMIT; SELECT 2;",
		"SELECT 1; VACUUM t;",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(bad); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_member m = member(bad[i]);
		struct gm_err err = GM_ERR_INIT;
		struct gm_fileset files;

		if (make(&files, &a, &m, false, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.code, GM_EINPUT);
		assert_string_equal(err.path, "m/1/up.sql");
		assert_int_equal(err.line, 1);
		assert_true(err.hint[0]);
	}
}

static void test_long_names(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_member m = member("SELECT 1;");
	struct gm_err err = GM_ERR_INIT;
	struct gm_fileset files;
	const char *at;

	(void)state;
	/* Two bytes a character: none may be cut in half. */
	m.id = "1_\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
	assert_ok(make(&files, &a, &m, false, &err));
	at = strstr(run_of(&a, &files), "gm_point '") + 10;
	assert_true(strchr(at, '\'') - at <= 51);
	assert_true(strchr(at, '\'') - at >= 50);
	assert_non_null(strstr(at, "\xc3\xa4:expand:0123456:"));
}

/* To the server these are columns, to psql variables. */
static void test_variables(void **state)
{
	static const char *const taken[] = {
		"SELECT 1;\nSELECT s[1:HOST] FROM t;",
		"SELECT 1;\nSELECT s[1:SERVER_VERSION_NUM] FROM t;",
		"SELECT 1;\nSELECT s[1:\"PORT\"] FROM t;",
		"SELECT 1;\nSELECT s[1:gm_id] FROM t;",
	};
	static const char *const free_[] = {
		"SELECT s[1:2] FROM t;",
		"SELECT s[1:n], s[1: HOST], ':HOST', x::TEXT FROM t;",
		"SELECT $$ :HOST $$ AS \":HOST\"; -- :HOST",
	};
	struct gm_err err = GM_ERR_INIT;
	struct gm_fileset files;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(taken); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_member m = member(taken[i]);

		if (!make(&files, &a, &m, false, &err))
			fail_msg("accepted: %s", taken[i]);
		assert_int_equal(err.line, 2);
		assert_non_null(strstr(err.hint, "blank"));
		m.up = gm_str("SELECT 1;");
		m.verify = gm_str(taken[i]);
		assert_int_equal(make(&files, &a, &m, false, &err), -1);
	}
	for (size_t i = 0; i < GM_COUNT(free_); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_member m = member(free_[i]);

		assert_ok(make(&files, &a, &m, false, &err));
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_variables), cmocka_unit_test(test_files),
	     cmocka_unit_test(test_verify_and_down),
	     cmocka_unit_test(test_no_transaction),
	     cmocka_unit_test(test_refused), cmocka_unit_test(test_long_names))

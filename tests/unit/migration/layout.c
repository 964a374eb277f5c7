#include "unit.h"

#include "migration/layout.h"

/* One path and what a layout makes of it; `id` NULL: not a migration. */
struct path {
	const char *path;
	const char *id, *version;
	enum gm_role role;
	char kind; /* R: repeatable, B: baseline */
};

static void match_all(const char *name, const struct path *paths, size_t n)
{
	const struct gm_layout *l = gm_layout_find(gm_str(name));

	assert_non_null(l);
	for (size_t i = 0; i < n; i++) {
		const struct path *p = &paths[i];
		struct gm_unit_path unit;
		bool matched = l->match(&unit, gm_str(p->path));

		if (matched != (p->id != NULL))
			fail_msg("%s: '%s' is%s matched", name, p->path,
				 matched ? "" : " not");
		if (!matched)
			continue;
		assert_str(unit.id, p->id);
		assert_str(unit.version, p->version);
		assert_string_equal(gm_role_name(unit.role),
				    gm_role_name(p->role));
		assert_int_equal(unit.repeatable, p->kind == 'R');
		assert_int_equal(unit.baseline, p->kind == 'B');
	}
}

/* clang-format off */
static const struct path directory[] = {
	{ "20261121093000_add_phone/up.sql", "20261121093000_add_phone",
	  "20261121093000", GM_ROLE_UP },
	{ "20261121093000_add_phone/down.sql", "20261121093000_add_phone",
	  "20261121093000", GM_ROLE_DOWN },
	{ "1_a/verify.sql", "1_a", "1", GM_ROLE_VERIFY },
	{ "001__x/up.sql", "001__x", "001", GM_ROLE_UP },
	{ "001_x y/up.sql", "001_x y", "001", GM_ROLE_UP },
	{ "001_x/metadata.toml" },
	{ "" }, { "/" }, { "up.sql" }, { "001_x" }, { "001_x/" },
	{ "001_x/UP.sql" }, { "001_x/up.SQL" }, { "001_x/up.sql.bak" },
	{ "001_/up.sql" }, { "001/up.sql" }, { "_x/up.sql" }, { "x/up.sql" },
	{ "2019-02-26-002946_x/up.sql" }, { "a/001_x/up.sql" },
	{ "001_x/a/up.sql" }, { ".001_x/up.sql" }, { "V1__x.sql" },
	{ "001_x.up.sql" }, { "001_x/up.sql/" }, { "/001_x/up.sql" },
	{ "001_x//up.sql" }, { "001-x/up.sql" },
};

static const struct path diesel[] = {
	{ "2019-02-26-002946_x/up.sql", "2019-02-26-002946_x",
	  "2019-02-26-002946", GM_ROLE_UP },
	{ "00000000000000_diesel_initial_setup/down.sql",
	  "00000000000000_diesel_initial_setup", "00000000000000",
	  GM_ROLE_DOWN },
	{ "2019-02-26_x/metadata.toml", "2019-02-26_x", "2019-02-26",
	  GM_ROLE_CONFIG },
	{ "-1_x/up.sql" }, { ".2019_x/up.sql" }, { "2019-02-26/up.sql" },
	{ "2019-02-26_x/Metadata.toml" }, { "diesel.toml" },
};

static const struct path golang[] = {
	{ "0001_title.up.sql", "0001_title", "0001", GM_ROLE_UP },
	{ "0001_title.down.sql", "0001_title", "0001", GM_ROLE_DOWN },
	{ "1_a.b.up.sql", "1_a.b", "1", GM_ROLE_UP },
	{ "1_a.down.up.sql", "1_a.down", "1", GM_ROLE_UP },
	{ "1_.up.sql", "1_", "1", GM_ROLE_UP },
	{ "20230101_x y.up.sql", "20230101_x y", "20230101", GM_ROLE_UP },
	{ "1.up.sql" }, { "_a.up.sql" }, { "1_a.sql" }, { "1_a.up.SQL" },
	{ "1_a.UP.sql" }, { "sub/1_a.up.sql" }, { "001-foo.up.sql" },
	{ "1_up.sql" }, { "1_a.verify.sql" }, { "" }, { "1" }, { "1_" },
	{ "1_a.up.sql.bak" }, { "-1_a.up.sql" }, { "1_a.up.x.sql" },
};

static const struct path flyway[] = {
	{ "V1__x.sql", "V1__x", "1", GM_ROLE_UP },
	{ "V1.2_3__add_phone.sql", "V1.2_3__add_phone", "1.2_3", GM_ROLE_UP },
	{ "a/b/V2__x.sql", "V2__x", "2", GM_ROLE_UP },
	{ "U1__x.sql", "U1__x", "1", GM_ROLE_DOWN },
	{ "B7__base.sql", "B7__base", "7", GM_ROLE_UP, 'B' },
	{ "R__views.sql", "R__views", "", GM_ROLE_UP, 'R' },
	{ "V1__x.sql.conf", "V1__x", "1", GM_ROLE_CONFIG },
	{ "R__views.sql.conf", "R__views", "", GM_ROLE_CONFIG, 'R' },
	{ "V1___x.sql", "V1___x", "1", GM_ROLE_UP },
	{ "V1__a__b.sql", "V1__a__b", "1", GM_ROLE_UP },
	{ "V1_x.sql" }, { "V1.sql" }, { "V1__.sql" }, { "V__x.sql" },
	{ "v1__x.sql" }, { "R1__x.sql" }, { "V1..2__x.sql" },
	{ "V1.__x.sql" }, { "V.1__x.sql" }, { "Va__x.sql" }, { "V1__x.SQL" },
	{ "V1__x.conf" }, { "beforeMigrate.sql" }, { "" }, { ".sql" },
	{ "V.sql" }, { "X1__x.sql" }, { "V1-2__x.sql" },
	{ "V1__x.sql.conf.conf" }, { "README.md" },
};
/* clang-format on */

static void test_match(void **state)
{
	(void)state;
	match_all("directory", directory, GM_COUNT(directory));
	match_all("diesel", diesel, GM_COUNT(diesel));
	match_all("golang-migrate", golang, GM_COUNT(golang));
	match_all("flyway", flyway, GM_COUNT(flyway));
}

static void test_table(void **state)
{
	(void)state;
	for (const struct gm_layout *l = gm_layouts; l->name; l++) {
		assert_ptr_equal(gm_layout_find(gm_str(l->name)), l);
		assert_true(l->summary[0] && l->match && l->odd);
	}
	assert_null(gm_layout_find(gm_str("Flyway")));
	assert_null(gm_layout_find(gm_str("auto")));
	assert_null(gm_layout_find(GM_STR_NONE));
	assert_true(gm_layout_find(gm_str("diesel"))->has_down);
	assert_true(gm_layout_find(gm_str("directory"))->has_down);
	assert_true(gm_layout_find(gm_str("golang-migrate"))->has_down);
	assert_false(gm_layout_find(gm_str("flyway"))->has_down);
}

static void test_unit_id(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const struct gm_layout *l = gm_layout_find(gm_str("flyway"));
	struct gm_unit_path unit;

	(void)state;
	assert_true(l->match(&unit, gm_str("U1.2__x.sql")));
	assert_str(l->unit_id(&a, &unit), "V1.2__x");
	assert_true(l->match(&unit, gm_str("U1.2__x.sql.conf")));
	assert_str(l->unit_id(&a, &unit), "V1.2__x");
	assert_true(l->match(&unit, gm_str("B3__x.sql")));
	assert_str(l->unit_id(&a, &unit), "B3__x");
}

static const struct gm_layout *detect(const char **why, struct gm_arena *a,
				      const char *list)
{
	struct gm_str rest = gm_str(list), part, paths[16];
	size_t n = 0;

	while (gm_str_split(&part, &rest, ' '))
		paths[n++] = part;
	return gm_layout_detect(why, a, paths, n);
}

static void test_detect(void **state)
{
	static const struct {
		const char *paths, *layout;
	} cases[] = {
		{ "1_a/up.sql 2_b/up.sql", "directory" },
		{ "README.md 1_a/up.sql .gitkeep", "directory" },
		{ "1_a/up.sql 1_a/metadata.toml", "diesel" },
		{ "1_a/up.sql 2019-01-01_b/up.sql", "diesel" },
		{ "2019-01-01_b/down.sql 1_a/verify.sql", "diesel" },
		{ "1_a.up.sql 1_a.down.sql x.sql", "golang-migrate" },
		{ "V1__a.sql", "flyway" },
		{ "x/R__a.sql V1_b.sql", "flyway" },
		{ "", NULL },
		{ "README.md a.sql 0001_initial.py", NULL },
	};
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const char *why = "unset";
		const struct gm_layout *l = detect(&why, &a, cases[i].paths);

		if (l)
			assert_string_equal(l->name, cases[i].layout);
		else if (cases[i].layout)
			fail_msg("'%s' is nothing", cases[i].paths);
		else
			assert_string_equal(why, "it holds no migrations of a"
						 " known layout");
	}
}

static void test_known(void **state)
{
	(void)state;
	assert_true(gm_layout_known(gm_str("2019-1_x/metadata.toml")));
	assert_true(gm_layout_known(gm_str("x/V1__a.sql")));
	assert_false(gm_layout_known(gm_str("a.sql")));
}

static void test_detect_mixed(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	const char *why;

	(void)state;
	assert_null(detect(&why, &a, "x 1_a/up.sql 2_b/up.sql y V1__a.sql"));
	assert_string_equal(why, "files of two layouts are mixed:"
				 " '1_a/up.sql' is of 'directory',"
				 " 'V1__a.sql' of 'flyway'");
	assert_null(detect(&why, &a, "README.md 1_a.up.sql 2019-1_x/up.sql"));
	assert_string_equal(why, "files of two layouts are mixed:"
				 " '1_a.up.sql' is of 'golang-migrate',"
				 " '2019-1_x/up.sql' of 'diesel'");
	assert_null(detect(&why, &a, "1_a.up.sql 1_a/up.sql"));
	assert_non_null(why);
	assert_null(
		detect(&why, &a, "1_a/up.sql 1_b/metadata.toml 1_a.up.sql"));
	assert_non_null(why);
}

/* What is odd about a path; `says` NULL: nothing is. */
struct odd {
	const char *layout, *path, *says;
};

/* clang-format off */
static const struct odd odds[] = {
	{ "directory", "1_a/up.sql", NULL },
	{ "directory", "README.md", NULL },
	{ "directory", ".gitkeep", NULL },
	{ "directory", "", NULL },
	{ "directory", "schema.sql", NULL },
	{ "directory", "structure.sql", NULL },
	{ "directory", "1_a/notes.txt", NULL },
	{ "directory", "1_a/up.sql.md", NULL },
	{ "directory", "1_a/schema.sql", "none of a migration's files" },
	{ "directory", "1_a/up.SQL", "none of a migration's files" },
	{ "directory", "1_a/Up.sql", "none of a migration's files" },
	{ "directory", "1_a/up.sql.", "none of a migration's files" },
	{ "directory", "1_a/up.sql ", "none of a migration's files" },
	{ "directory", "1_a/up.\xd1\x95ql", "none of a migration's files" },
	{ "directory", "1_a/x/up.sql", "too deep" },
	{ "directory", "1-a/up.sql", "<digits>_<name>" },
	{ "directory", "a/up.sql", "<digits>_<name>" },
	{ "directory", "2019-02-26_a/up.sql", "<digits>_<name>" },
	{ "directory", ".old/up.sql", "starts with a dot" },
	{ "directory", "1_a.sql", "beside the directories" },
	{ "directory", "V1__x.sql", "beside the directories" },
	{ "diesel", "1_a/UP.sql", "none of a migration's files" },
	{ "diesel", "-1_a/up.sql", "<version>_<name>" },
	{ "diesel", "1_a/metadata.toml", NULL },
	{ "diesel", "1_a/x.toml", NULL },
	{ "golang-migrate", "1_a.up.sql", NULL },
	{ "golang-migrate", "1.up.sql", "does not start with the version" },
	{ "golang-migrate", "001-foo.up.sql", "does not start with" },
	{ "golang-migrate", "1_a.sql", "'.up.sql' or '.down.sql'" },
	{ "golang-migrate", "1_a.Up.sql", "'.up.sql' or '.down.sql'" },
	{ "golang-migrate", "1_a.up.SQL", "is run by golang-migrate" },
	{ "golang-migrate", "1_a.up.pgsql", "is run by golang-migrate" },
	{ "golang-migrate", "1_a.down.x.sql", "is run by golang-migrate" },
	{ "golang-migrate", "x/1_a.up.sql", "subdirectory" },
	{ "golang-migrate", "x/1_a.up.json", NULL },
	{ "golang-migrate", "embed.go", NULL },
	{ "flyway", "V1__a.sql", NULL },
	{ "flyway", "V1_x.sql", "no '__'" },
	{ "flyway", "V1.sql", "no '__'" },
	{ "flyway", "V1__.sql", "no '__'" },
	{ "flyway", "x/v1__x.sql", "upper case" },
	{ "flyway", "V1__x.Sql", "in lower case" },
	{ "flyway", "Va__x.sql", "has no version" },
	{ "flyway", "V__x.sql", "has no version" },
	{ "flyway", "R2__x.sql", "repeatable migration has no version" },
	{ "flyway", "beforeMigrate.sql", "callback" },
	{ "flyway", "afterMigrate__x.sql", "callback" },
	{ "flyway", "V1_x.java", NULL },
	{ "flyway", "x/", NULL },
};
/* clang-format on */

static void test_near_miss(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(odds); i++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		const struct odd *o = &odds[i];
		const char *why = gm_layout_near_miss(
			gm_layout_find(gm_str(o->layout)), &a, gm_str(o->path));

		if (!why != !o->says || (why && !strstr(why, o->says)))
			fail_msg("%s: '%s': %s", o->layout, o->path,
				 why ? why : "(nothing)");
	}
}

static void test_versions(void **state)
{
	/* In order; `=` equals the one before. */
	static const char *const order[] = {
		"",
		"=0",
		"=000",
		"=0.0",
		"1",
		"=01",
		"=1.0",
		"=1_0_0",
		"1.0.1",
		"1.2",
		"=1_2",
		"=1.02",
		"1.10",
		"2",
		"9",
		"10",
		"2019-02-26-002946",
		"=20190226002946",
		"=2019-0226-002946",
		"20261121093000",
		"99999999999999999999999999",
		"100000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(order); i++) {
		size_t rank_i = 0;

		for (size_t k = 0; k <= i; k++)
			rank_i += order[k][0] != '=';
		for (size_t j = 0; j < GM_COUNT(order); j++) {
			struct gm_str a = gm_str(order[i] + (*order[i] == '='));
			struct gm_str b = gm_str(order[j] + (*order[j] == '='));
			size_t rank_j = 0;
			int want, got = gm_version_cmp(a, b);

			for (size_t k = 0; k <= j; k++)
				rank_j += order[k][0] != '=';
			want = (rank_i > rank_j) - (rank_i < rank_j);
			if ((got > 0) - (got < 0) != want)
				fail_msg("%s and %s: %d", order[i], order[j],
					 got);
			assert_int_equal(gm_version_eq(a, b), !want);
		}
	}
}

/* No bytes make any of the functions read past them. */
static void test_any_bytes(void **state)
{
	static const char bytes[] =
		"0129aVUBR__..--/\\ .sqlup.downconf\n\xff\0";
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_unit_path unit;
		struct gm_str s[2];

		for (int k = 0; k < 2; k++) {
			char text[12];

			seed = seed * 1103515245 + 12345;
			s[k].len = seed >> 16 & 7;
			for (size_t i = 0; i < s[k].len; i++) {
				seed = seed * 1103515245 + 12345;
				text[i] = bytes[(seed >> 16) % sizeof(bytes)];
			}
			s[k].ptr = gm_strndup(&a, text, s[k].len);
		}
		for (const struct gm_layout *l = gm_layouts; l->name; l++) {
			if (l->match(&unit, s[0]))
				assert_null(gm_layout_near_miss(l, &a, s[0]));
			else
				gm_layout_near_miss(l, &a, s[0]);
		}
		assert_int_equal(gm_version_cmp(s[0], s[1]) > 0,
				 gm_version_cmp(s[1], s[0]) < 0);
		assert_int_equal(gm_version_cmp(s[0], s[0]), 0);
	}
}

GM_UNIT_MAIN(cmocka_unit_test(test_match), cmocka_unit_test(test_table),
	     cmocka_unit_test(test_unit_id), cmocka_unit_test(test_detect),
	     cmocka_unit_test(test_known), cmocka_unit_test(test_detect_mixed),
	     cmocka_unit_test(test_near_miss), cmocka_unit_test(test_versions),
	     cmocka_unit_test(test_any_bytes))

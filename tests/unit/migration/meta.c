#include "unit.h"

#include "migration/meta.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

/* "Key: value" lines as trailers; a line that ends in \r has_cr. */
static struct gm_trailers trailers(const char *text)
{
	struct gm_str rest = gm_str(text), line;
	struct gm_trailers list = { 0 };

	while (gm_str_line(&line, &rest)) {
		struct gm_trailer *t = GM_PUSH(&arena, &list);
		size_t colon = gm_str_find(line, ':');

		t->has_cr = gm_str_ends(line, GM_STR("\r"));
		t->key = gm_str_sub(line, 0, colon);
		t->value = gm_str_trim(gm_str_sub(line, colon + 1, line.len));
		t->line = list.n;
	}
	return list;
}

static struct gm_commit_meta read(const char *text, struct gm_findings *f)
{
	struct gm_trailers list = trailers(text);
	struct gm_commit_meta m = { 0 };

	*f = gm_findings(&arena, NULL);
	gm_meta_from_trailers(&m, &arena, &list, f);
	for (size_t i = 0; i < f->n; i++)
		assert_int_equal(f->items[i].rule, GM_RULE_BAD_TRAILER);
	return m;
}

static void clean(const struct gm_findings *f)
{
	if (f->n)
		fail_msg("found: %s", f->items[0].message);
}

static void assert_same(const char *got, const char *want)
{
	if (!got || !want)
		assert_ptr_equal(got, want);
	else
		assert_string_equal(got, want);
}

static void test_trailers(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m = read("Signed-off-by: Ann <a@b>\n"
				       "migration-PHASE: Expand\n"
				       "Rollback-Window: 24h\n"
				       "Rollback-Owner: Ann Lee <ann@b.com>\n"
				       "Feature-Flag: FEATURE_LOGIN_V2\n"
				       "Migration-Contracts: 1_a\n"
				       "Break-Glass: OPS-1\n",
				       &f);

	(void)state;
	clean(&f);
	assert_int_equal(m.n, 1);
	assert_null(m.items[0].id);
	assert_int_equal(m.items[0].meta.phase, GM_PHASE_EXPAND);
	assert_int_equal(m.items[0].meta.window, 86400);
	assert_string_equal(m.items[0].meta.owner, "Ann Lee <ann@b.com>");
	assert_string_equal(m.items[0].meta.flag, "FEATURE_LOGIN_V2");
	assert_string_equal(m.items[0].meta.contracts, "1_a");
	assert_string_equal(m.items[0].meta.break_glass, "OPS-1");
	assert_true(m.any);
}

static void test_app_trailers(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m = read("Migration-Requires: 1_a\n"
				       "Feature-Flag: none: a typo in a label\n"
				       "migration-requires: 2_b\n",
				       &f);

	(void)state;
	clean(&f);
	assert_int_equal(m.requires_.n, 2);
	assert_string_equal(m.requires_.items[0], "1_a");
	assert_string_equal(m.requires_.items[1], "2_b");
	assert_string_equal(m.items[0].meta.flag, "none: a typo in a label");
	assert_false(m.any);
	m = read("", &f);
	assert_int_equal(m.n, 0);
}

static const struct gm_meta *of(const struct gm_commit_meta *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].id ? id && !strcmp(m->items[i].id, id) : !id)
			return &m->items[i].meta;
	fail_msg("nothing of %s", id ? id : "all");
	return NULL;
}

static void test_groups(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m = read("Rollback-Owner: A B <a@b>\n"
				       "Migration: 1_a\n"
				       "Migration: 2_b\n"
				       "Migration-Phase: expand\n"
				       "Rollback-Window: 1d\n"
				       "Migration: 3_c\n"
				       "Migration-Phase: contract\n"
				       "Migration: 1_a\n"
				       "Feature-Flag: x\n",
				       &f);

	(void)state;
	clean(&f);
	assert_int_equal(m.n, 4);
	assert_string_equal(of(&m, NULL)->owner, "A B <a@b>");
	assert_int_equal(of(&m, NULL)->phase, GM_PHASE_NONE);
	assert_int_equal(of(&m, "1_a")->phase, GM_PHASE_EXPAND);
	assert_string_equal(of(&m, "1_a")->flag, "x");
	assert_int_equal(of(&m, "2_b")->window, 86400);
	assert_null(of(&m, "2_b")->flag);
	assert_int_equal(of(&m, "3_c")->phase, GM_PHASE_CONTRACT);
	assert_int_equal(of(&m, "3_c")->window, 0);
}

/* Trailers with one finding each, and a word of it or of its hint. */
static void test_bad_trailers(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "Migration-Phase: expnd\n", "'expand'" },
		{ "Migration-Phase: later\n", "expand, backfill, contract" },
		{ "Migration-Phase: expand contract\n", "is no phase" },
		{ "Migration-Phase:\n", "no value" },
		{ "Migration-Contracts:\n", "no value" },
		{ "Migration:\n", "'Migration' has no value" },
		{ "Migration-Requires:\n", "no value" },
		{ "Rollback-Window: 24\n", "is no duration" },
		{ "Rollback-Window: 24 h\n", "is no duration" },
		{ "Rollback-Window: -1h\n", "is no duration" },
		{ "Rollback-Window: 0h\n", "is no duration" },
		{ "Rollback-Window: 99999999999999999999h\n", "no duration" },
		{ "Rollback-Owner: Ann\n", "is no name" },
		{ "Rollback-Owner: ann@example.com\n", "is no name" },
		{ "Rollback-Owner: <ann@example.com>\n", "is no name" },
		{ "Rollback-Owner: Ann <ann>\n", "is no name" },
		{ "Rollback-Owner: Ann <@b>\n", "is no name" },
		{ "Rollback-Owner: Ann <a@>\n", "is no name" },
		{ "Rollback-Owner: Ann <a@b@c>\n", "is no name" },
		{ "Rollback-Owner: Ann <a b@c>\n", "is no name" },
		{ "Rollback-Owner: Ann <a@b> x\n", "is no name" },
		{ "Rollback-Owner: A <a@b> B <c@d>\n", "is no name" },
		{ "Feature-Flag: none\n", "without a reason" },
		{ "Feature-Flag: none:\n", "without a reason" },
		{ "Feature-Flag: None: \n", "without a reason" },
		{ "Feature-Flag: two words\n", "neither a word" },
		{ "Feature-Flag: a:b\n", "neither a word" },
		{ "Migration-Contracts: none\n", "without a reason" },
		{ "Migration-Contracts: NONE : \n", "without a reason" },
		{ "Break-Glass: a\x1b[31m\n", "do not show" },
		{ "Break-Glass: a\x7f\n", "do not show" },
		{ "Migration: 1_\xe2\x80\xae_a\n", "do not show" },
		{ "Migration-Contracts: 1_\xff\n", "not UTF-8" },
		{ "Migration-Phase: expand\r\n", "carriage return" },
		{ "Migration-Phases: expand\n", "'Migration-Phase'" },
		{ "Migraton-Phase: expand\n", "'Migration-Phase'" },
		{ "Migration-Owner: x\n", "'Rollback-Owner'" },
		{ "Migration-Flag: x\n", "'Feature-Flag'" },
		{ "Rollback-Plan: x\n", "The keys are" },
		{ "rollback-: x\n", "The keys are" },
		{ "Migration-Phase: expand\nMigration-Phase: expand\n",
		  "is there twice" },
		{ "Migration-Phase: x\nMIGRATION-PHASE: expand\n",
		  "is no phase" },
		{ "Migration: 1_a\nMigration-Phase: expand\n"
		  "Migration-Phase: contract\n",
		  "twice for '1_a'" },
		{ "Migration-Phase: expand\nMigration: 1_a\n"
		  "Migration-Phase: contract\n",
		  "twice for '1_a'" },
		{ "Migration: 1_a\nFeature-Flag: x\nMigration: 1_a\n"
		  "Feature-Flag: x\n",
		  "twice for '1_a'" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_findings f;

		read(cases[i].text, &f);
		if (f.n < 1)
			fail_msg("%s: nothing is found", cases[i].text);
		if (!strstr(f.items[0].message, cases[i].says) &&
		    !(f.items[0].hint &&
		      strstr(f.items[0].hint, cases[i].says)))
			fail_msg("%s: %s (%s)", cases[i].text,
				 f.items[0].message, f.items[0].hint);
		assert_non_null(f.items[0].hint);
		assert_int_equal(f.items[0].line, 0);
		assert_int_equal(f.items[0].path.len, 0);
	}
}

static void test_bad_leaves_nothing(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m = read("Migration-Phase: x\n"
				       "Rollback-Window: 1\n"
				       "Rollback-Owner: x\n"
				       "Feature-Flag: none\n",
				       &f);

	(void)state;
	assert_int_equal(f.n, 4);
	assert_int_equal(m.items[0].meta.phase, GM_PHASE_NONE);
	assert_int_equal(m.items[0].meta.window, 0);
	assert_null(m.items[0].meta.owner);
	assert_null(m.items[0].meta.flag);
	/* What follows a name that is none describes nothing. */
	m = read("Migration:\nMigration-Phase: expand\n", &f);
	assert_int_equal(f.n, 1);
	assert_int_equal(m.n, 0);
}

static void test_closes_none(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m =
		read("Migration-Contracts: none: older than the tool\n", &f);

	(void)state;
	clean(&f);
	assert_string_equal(m.items[0].meta.contracts,
			    "none: older than the tool");
	assert_true(gm_contracts_none("none: older than the tool"));
	assert_true(gm_contracts_none("None :x"));
	assert_false(gm_contracts_none("1_none"));
	assert_false(gm_contracts_none("nonesuch: x"));
}

static void test_foreign_keys(void **state)
{
	struct gm_findings f;
	struct gm_commit_meta m = read("Reviewed-by: Ann\r\n"
				       "Change-Id: I1\n"
				       "Rollback: no\n"
				       "Migrations: 3\n"
				       "Fixes: #12\n"
				       "Feature-Flags: a, b\n"
				       "See-Also:\n",
				       &f);

	(void)state;
	clean(&f);
	assert_int_equal(m.n, 0);
	assert_false(m.any);
}

static const char *repeat(const char *text, size_t n)
{
	size_t len = strlen(text);
	char *all = gm_alloc(&arena, n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(all + i * len, text, len);
	return all;
}

static void test_limits(void **state)
{
	struct gm_findings f;
	struct gm_meta m;

	(void)state;
	read(repeat("Fixes: #1\n", GM_META_LINES), &f);
	clean(&f);
	read(repeat("Fixes: #1\n", GM_META_LINES + 5), &f);
	assert_int_equal(f.n, 1);
	read(gm_printf(&arena, "Break-Glass: %s\n", repeat("x", GM_META_VALUE)),
	     &f);
	clean(&f);
	read(gm_printf(&arena, "Break-Glass: %s\n",
		       repeat("x", GM_META_VALUE + 1)),
	     &f);
	assert_int_equal(f.n, 1);
	f = gm_findings(&arena, NULL);
	gm_meta_from_sql(&m, &arena, gm_str("up.sql"),
			 gm_str(repeat("-- x\n", GM_META_LINES)), &f);
	clean(&f);
	gm_meta_from_sql(&m, &arena, gm_str("up.sql"),
			 gm_str(repeat("-- x\n", GM_META_LINES + 9)), &f);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.items[0].line, GM_META_LINES + 1);
}

static struct gm_meta header(const char *text, struct gm_findings *f)
{
	struct gm_meta m;

	*f = gm_findings(&arena, NULL);
	gm_meta_from_sql(&m, &arena, gm_str("m/1_a/up.sql"), gm_str(text), f);
	for (size_t i = 0; i < f->n; i++)
		assert_int_equal(f->items[i].rule, GM_RULE_BAD_TRAILER);
	return m;
}

static void test_header(void **state)
{
	static const char *const texts[] = {
		"-- Migration-Phase: expand\n-- Rollback-Window: 2w\n"
		"-- Rollback-Owner: A B <a@b>\n-- Feature-Flag: f\nSELECT 1;\n",
		"-- Migration-Phase: expand\r\n-- Rollback-Window: 2w\r\n\r\n"
		"-- Rollback-Owner: A B <a@b>\r\n-- Feature-Flag: f\r\n"
		"SELECT 1;\r\n",
		"\n-- Adds a phone.\n--\n-- Note: foo\n-- Migration: a phone\n"
		"\t--migration-phase :EXPAND \n  --Rollback-window:2w\n"
		"-- rollback-owner:\tA B <a@b>\n\n-- Feature-flag: f",
	};
	struct gm_findings f;
	struct gm_meta m;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(texts); i++) {
		m = header(texts[i], &f);
		clean(&f);
		assert_int_equal(m.phase, GM_PHASE_EXPAND);
		assert_int_equal(m.window, 14 * 86400);
		assert_same(m.owner, "A B <a@b>");
		assert_same(m.flag, "f");
	}
}

static void test_header_ends(void **state)
{
	struct gm_findings f;
	struct gm_meta m;

	(void)state;
	m = header("-- Migration-Phase: expand\nSET x = 1;\n"
		   "-- Rollback-Window: 1h\n-- Migration-Foo: x\n",
		   &f);
	clean(&f);
	assert_int_equal(m.phase, GM_PHASE_EXPAND);
	assert_int_equal(m.window, 0);
	m = header("/* x */\n-- Migration-Phase: expand\n", &f);
	assert_int_equal(m.phase, GM_PHASE_NONE);
	m = header("- Migration-Phase: expand\n", &f);
	assert_int_equal(m.phase, GM_PHASE_NONE);
	m = header("", &f);
	clean(&f);
	header("-- A sentence: with Rollback-Plan: in it\n-- :\n-- a b: c\n"
	       "-- https://example.com\n----\n--\n",
	       &f);
	clean(&f);
}

static void test_bad_header(void **state)
{
	static const struct {
		const char *text, *says;
		size_t line, column;
	} cases[] = {
		{ "-- Migration-Phase: x\n", "is no phase", 1, 4 },
		{ "\n\n--   Migration-Fase: x\n", "'Migration-Phase'", 3, 6 },
		{ "-- x\r\n-- Rollback-Window: 1\r\n", "duration", 2, 4 },
		{ "-- Rollback-Window:\n", "no value", 1, 4 },
		{ "-- Rollback-Window: 1h\r\r\n", "do not show", 1, 4 },
		{ "-- Rollback-Window: 1h\n-- rollback-window: 1h\n",
		  "is there twice", 2, 4 },
		{ "-- Migration-Requires: 1_a\n", "of no use", 1, 4 },
		{ "--Rollback-safe: yes\n", "'Rollback-safe' is not", 1, 3 },
		{ "-- Feature-Flag: none\n", "without a reason", 1, 4 },
		{ "-- Break-Glass: \x01\n", "do not show", 1, 4 },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		const struct gm_finding *found;
		struct gm_findings f;

		header(cases[i].text, &f);
		if (f.n != 1)
			fail_msg("%s: %zu findings", cases[i].text, f.n);
		found = &f.items[0];
		if (!strstr(found->message, cases[i].says) &&
		    !strstr(found->hint, cases[i].says))
			fail_msg("%s: %s", cases[i].text, found->message);
		assert_str(found->path, "m/1_a/up.sql");
		assert_int_equal(found->line, cases[i].line);
		assert_int_equal(found->column, cases[i].column);
		assert_true(found->source.len && found->width);
	}
}

static struct gm_meta join(const char *id, const char *message, const char *sql,
			   struct gm_findings *f)
{
	struct gm_commit_meta commit = read(message, f);
	struct gm_meta head = header(sql, f);

	clean(f);
	return gm_meta_join(&arena, id, &commit, &head, gm_str("1_a/up.sql"),
			    f);
}

static void test_join(void **state)
{
	struct gm_findings f;
	struct gm_meta m = join("1_a",
				"Rollback-Owner: A B <a@b>\n"
				"Migration: 1_a\nMigration-Phase: expand\n"
				"Migration: 2_b\nMigration-Phase: contract\n"
				"Rollback-Window: 1h\n",
				"-- Migration-Phase: EXPAND\n"
				"-- Feature-Flag: f\n",
				&f);

	(void)state;
	clean(&f);
	assert_int_equal(m.phase, GM_PHASE_EXPAND);
	assert_same(m.owner, "A B <a@b>");
	assert_same(m.flag, "f");
	assert_int_equal(m.window, 0);
}

static void test_join_differs(void **state)
{
	static const char *const lines[][2] = {
		{ "Migration-Phase: expand\n",
		  "-- Migration-Phase: contract\n" },
		{ "Migration-Contracts: a\n", "-- Migration-Contracts: b\n" },
		{ "Rollback-Window: 1h\n", "-- Rollback-Window: 2h\n" },
		{ "Rollback-Owner: A <a@b>\n", "-- Rollback-Owner: B <a@b>\n" },
		{ "Feature-Flag: a\n", "-- Feature-Flag: b\n" },
		{ "Break-Glass: a\n", "-- Break-Glass: b\n" },
	};
	struct gm_findings f;
	struct gm_meta m;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(lines); i++) {
		join("1_a", lines[i][0], lines[i][1], &f);
		assert_int_equal(f.n, 1);
		assert_int_equal(f.items[0].rule, GM_RULE_BAD_TRAILER);
		assert_str(f.items[0].path, "1_a/up.sql");
		assert_non_null(strstr(f.items[0].message, "1_a: '"));
	}
	/* The same in other words is the same. */
	m = join("1_a", "Rollback-Window: 60m\n", "-- Rollback-Window: 1h\n",
		 &f);
	clean(&f);
	assert_int_equal(m.window, 3600);
}

static void assert_meta(const struct gm_meta *got, const struct gm_meta *want)
{
	assert_int_equal(got->phase, want->phase);
	assert_int_equal(got->window, want->window);
	assert_same(got->contracts, want->contracts);
	assert_same(got->owner, want->owner);
	assert_same(got->flag, want->flag);
	assert_same(got->break_glass, want->break_glass);
}

static void test_overlay(void **state)
{
	struct gm_meta all = { .phase = GM_PHASE_EXPAND,
			       .contracts = "c",
			       .window = 1,
			       .owner = "o",
			       .flag = "f",
			       .break_glass = "b" };
	struct gm_meta other = { .phase = GM_PHASE_CONTRACT,
				 .contracts = "C",
				 .window = 2,
				 .owner = "O",
				 .flag = "F",
				 .break_glass = "B" };
	struct gm_meta none = { 0 }, m;

	(void)state;
	m = gm_meta_overlay(&all, &none);
	assert_meta(&m, &all);
	m = gm_meta_overlay(&none, &all);
	assert_meta(&m, &all);
	m = gm_meta_overlay(&all, &other);
	assert_meta(&m, &other);
}

static void test_phase_names(void **state)
{
	(void)state;
	assert_null(gm_phase_name(GM_PHASE_NONE));
	assert_string_equal(gm_phase_name(GM_PHASE_EXPAND), "expand");
	assert_string_equal(gm_phase_name(GM_PHASE_BACKFILL), "backfill");
	assert_string_equal(gm_phase_name(GM_PHASE_CONTRACT), "contract");
}

static unsigned next(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

/* Pieces in any order: no crash, and what is set is what was allowed. */
static void test_any_text(void **state)
{
	const struct gm_str pieces[] = {
		GM_STR("-- "),
		GM_STR("--"),
		GM_STR("\n"),
		GM_STR("\r\n"),
		GM_STR("Migration"),
		GM_STR("-Phase"),
		GM_STR(": "),
		GM_STR("Rollback-Owner: "),
		GM_STR("Ann <a@b>"),
		GM_STR("<"),
		GM_STR("Feature-Flag:"),
		GM_STR("none"),
		GM_STR(":"),
		GM_STR(" x"),
		GM_STR("\0"),
		GM_STR("\xff"),
		GM_STR("@"),
		GM_STR("Rollback-Window: 1h"),
		GM_STR("expand"),
		GM_STR("\t"),
		GM_STR("\xe2\x80\xae"),
		GM_STR("Break-Glass: t"),
		GM_STR("\r"),
	};
	unsigned seed = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		struct gm_findings f = gm_findings(&a, NULL);
		struct gm_commit_meta commit = { 0 };
		struct gm_trailers list = { 0 };
		struct gm_str text, rest, line;
		struct gm_meta m;
		char *bytes = gm_alloc(&a, 400);
		size_t len = 0;

		for (unsigned n = next(&seed, 20); n; n--) {
			struct gm_str p = pieces[next(&seed, GM_COUNT(pieces))];

			memcpy(bytes + len, p.ptr, p.len);
			len += p.len;
		}
		text = (struct gm_str){ gm_strndup(&a, bytes, len), len };
		gm_meta_from_sql(&m, &a, gm_str("p"), text, &f);
		rest = text;
		while (gm_str_line(&line, &rest)) {
			struct gm_trailer *t = GM_PUSH(&a, &list);

			t->key = gm_str_sub(line, 0, gm_str_find(line, ':'));
			t->value = gm_str_sub(line, t->key.len + 1, line.len);
		}
		gm_meta_from_trailers(&commit, &a, &list, &f);
		m = gm_meta_join(&a, "x", &commit, &m, gm_str("p"), &f);
		if (m.owner)
			assert_non_null(strstr(m.owner, "@"));
		if (m.flag)
			assert_null(strpbrk(m.flag, "\n\r\x1b<"));
		for (size_t i = 0; i < f.n; i++)
			assert_true(f.items[i].message[0] != '\0');
	}
}

#define CASE(test) cmocka_unit_test_teardown(test, done)

GM_UNIT_MAIN(CASE(test_trailers), CASE(test_app_trailers), CASE(test_groups),
	     CASE(test_bad_trailers), CASE(test_bad_leaves_nothing),
	     CASE(test_foreign_keys), CASE(test_closes_none), CASE(test_limits),
	     CASE(test_header), CASE(test_header_ends), CASE(test_bad_header),
	     CASE(test_join), CASE(test_join_differs), CASE(test_overlay),
	     CASE(test_phase_names), CASE(test_any_text))

#include "unit.h"

#include "sql/scope.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_scope scope;

static int start(void **state)
{
	(void)state;
	gm_scope_init(&scope, &arena);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static PgQuery__RangeVar named(const char *schema, const char *name)
{
	PgQuery__RangeVar rel = { 0 };

	rel.schemaname = gm_strdup(&arena, schema);
	rel.relname = gm_strdup(&arena, name);
	rel.relpersistence = gm_strdup(&arena, "p");
	return rel;
}

static PgQuery__RangeVar temporary(const char *name)
{
	PgQuery__RangeVar rel = named("", name);

	rel.relpersistence = gm_strdup(&arena, "t");
	return rel;
}

static bool created(const char *schema, const char *name)
{
	PgQuery__RangeVar rel = named(schema, name);

	return gm_scope_created(&scope, &rel);
}

static struct gm_rel *create(const char *schema, const char *name)
{
	PgQuery__RangeVar rel = named(schema, name);

	return gm_scope_create(&scope, &rel, true);
}

static void test_names(void **state)
{
	PgQuery__RangeVar temp = temporary("t");

	(void)state;
	create("", "a");
	create("shop", "b");
	assert_true(created("", "a"));
	assert_true(created("public", "a"));
	assert_false(created("", "A"));
	assert_false(created("shop", "a"));
	assert_false(created("", "b"));
	assert_false(gm_scope_created(&scope, NULL));
	gm_scope_drop(&scope, NULL, "a");
	assert_false(created("", "a"));
	gm_scope_create(&scope, &temp, true);
	assert_true(created("", "t"));
	assert_false(created("public", "t"));
	scope.temp_last = true;
	assert_false(created("", "t"));
	assert_true(created("pg_temp", "t"));
}

static void test_uncertain(void **state)
{
	PgQuery__RangeVar rel = named("", "a");

	(void)state;
	gm_scope_create(&scope, &rel, false);
	assert_false(created("", "a"));
	scope.maybe++;
	gm_scope_create(&scope, &rel, true);
	assert_false(created("", "a"));
	scope.maybe--;
	gm_scope_path(&scope, NULL, false);
	gm_scope_create(&scope, &rel, true);
	assert_false(created("", "a"));
	assert_false(created("public", "a"));
	gm_scope_touch(&scope, &rel);
	assert_null(gm_scope_rel(&scope, &rel));
}

static void test_path(void **state)
{
	(void)state;
	gm_scope_path(&scope, "shop", false);
	create("", "a");
	assert_true(created("shop", "a"));
	gm_scope_begin(&scope);
	gm_scope_path(&scope, "other", true);
	assert_false(created("", "a"));
	gm_scope_end(&scope);
	assert_true(created("", "a"));
	gm_scope_path(&scope, "other", true);
	assert_false(created("", "a"));
	gm_scope_path(&scope, "shop", false);
	gm_scope_forget(&scope);
	assert_false(created("shop", "a"));
	assert_null(scope.path);
}

static void test_rename(void **state)
{
	PgQuery__RangeVar a = named("", "a"), old = named("", "old");
	PgQuery__RangeVar b = named("", "b"), new_ = named("", "new");
	struct gm_rel *rel;

	(void)state;
	create("", "a");
	gm_scope_rename(&scope, &a, NULL, "b");
	assert_false(created("", "a"));
	assert_true(created("", "b"));
	gm_scope_rename(&scope, &b, "shop", NULL);
	assert_true(created("shop", "b"));
	rel = gm_scope_touch(&scope, &old);
	assert_false(rel->created);
	gm_scope_add_col(&scope, rel, "c");
	gm_scope_rename(&scope, &old, NULL, "new");
	assert_ptr_equal(gm_scope_rel(&scope, &new_), rel);
	assert_non_null(gm_scope_col(rel, "c"));
}

static void test_columns(void **state)
{
	PgQuery__RangeVar a = named("", "a");
	struct gm_rel *rel = gm_scope_touch(&scope, &a);
	struct gm_col *known;

	(void)state;
	assert_null(gm_scope_col(NULL, "c"));
	gm_scope_add_col(&scope, rel, "c");
	gm_scope_add_col(&scope, rel, "d");
	gm_scope_drop_col(&scope, rel, "c");
	assert_null(gm_scope_col(rel, "c"));
	assert_non_null(gm_scope_col(rel, "d"));
	known = gm_scope_known(&scope, rel, "e");
	assert_string_equal(known->type, "?");
	assert_ptr_equal(gm_scope_known(&scope, rel, "e"), known);
	assert_null(gm_scope_col(rel, "e"));
	for (size_t i = 0; i < GM_SCOPE_MAX_COLS + 10; i++) {
		char *name = gm_printf(&arena, "c%zu", i);

		gm_scope_add_col(&scope, rel, name);
		gm_scope_known(&scope, rel, name);
	}
	assert_int_equal(rel->n_cols, GM_SCOPE_MAX_COLS);
	assert_null(gm_scope_col(rel, "c2005"));
}

static void test_new_schema(void **state)
{
	PgQuery__RangeVar x = named("shop", "x");

	(void)state;
	gm_scope_make(&scope, GM_OBJECT(SCHEMA), "", "shop", NULL);
	assert_true(created("shop", "x"));
	assert_false(gm_scope_filled(&scope, &x));
	assert_true(gm_scope_touch(&scope, &x)->created);
	gm_scope_unmake(&scope, GM_OBJECT(SCHEMA), "", "shop", NULL);
	assert_false(created("shop", "y"));
}

static void test_things(void **state)
{
	(void)state;
	gm_scope_make(&scope, GM_OBJECT(TRIGGER), NULL, "t", "users");
	assert_non_null(gm_scope_thing(&scope, GM_OBJECT(TRIGGER), "public",
				       "t", "users"));
	assert_null(gm_scope_thing(&scope, GM_OBJECT(TRIGGER), "public", "t",
				   "orders"));
	assert_null(gm_scope_thing(&scope, GM_OBJECT(RULE), "public", "t",
				   "users"));
	gm_scope_unmake(&scope, GM_OBJECT(TRIGGER), NULL, "t", "users");
	assert_null(
		gm_scope_thing(&scope, GM_OBJECT(TRIGGER), NULL, "t", "users"));
	gm_scope_path(&scope, NULL, false);
	assert_null(gm_scope_thing(&scope, GM_OBJECT(TYPE), NULL, "t", NULL));
	gm_scope_make(&scope, GM_OBJECT(TYPE), NULL, "t", NULL);
	gm_scope_unmake(&scope, GM_OBJECT(TYPE), NULL, "t", NULL);
}

static void test_functions(void **state)
{
	struct gm_func *f, *g;
	size_t n = 0;

	(void)state;
	f = gm_scope_define(&scope, NULL, "f");
	g = gm_scope_define(&scope, "public", "f");
	assert_ptr_equal(gm_scope_func(&scope, NULL, "f"), g);
	assert_ptr_equal(g->next, f);
	assert_null(gm_scope_func(&scope, "shop", "f"));
	gm_scope_undefine(&scope, NULL, "f");
	assert_null(gm_scope_func(&scope, NULL, "f"));
	for (size_t i = 0; i < 3 * GM_SCOPE_MAX_OVERLOADS; i++)
		gm_scope_define(&scope, NULL, "h");
	f = gm_scope_func(&scope, NULL, "h");
	assert_int_equal(f->max_args, SIZE_MAX);
	assert_int_equal(f->text.len, 0);
	for (; f; f = f->next)
		n++;
	assert_int_equal(n, 1);
	gm_scope_path(&scope, NULL, false);
	assert_null(gm_scope_func(&scope, NULL, "h"));
	gm_scope_define(&scope, NULL, "h");
	gm_scope_undefine(&scope, NULL, "h");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
GM_UNIT_MAIN(TEST(test_names), TEST(test_uncertain), TEST(test_path),
	     TEST(test_rename), TEST(test_columns), TEST(test_new_schema),
	     TEST(test_things), TEST(test_functions))

#include "unit.h"

#include "sql/tree.h"

static struct gm_arena arena = GM_ARENA_INIT;

static int finish(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static const PgQuery__Node *parse(const char *sql)
{
	struct gm_tree tree;

	gm_tree_parse(&tree, &arena, gm_str(sql));
	if (tree.error)
		fail_msg("%s: %s", sql, tree.error);
	assert_int_equal(tree.n, 1);
	return tree.items[0]->stmt;
}

static void test_parse(void **state)
{
	struct gm_tree tree;
	char deep[2100];

	(void)state;
	assert_int_equal(parse("SELECT 1")->node_case, GM_NODE(SELECT_STMT));
	gm_tree_parse(&tree, &arena, GM_STR("SELECT 1; SELECT 2;"));
	assert_int_equal(tree.n, 2);
	gm_tree_parse(&tree, &arena, GM_STR(""));
	assert_int_equal(tree.n, 0);
	gm_tree_parse(&tree, &arena, GM_STR("SELECT 1 FROM FROM"));
	assert_non_null(strstr(tree.error, "syntax error"));
	assert_int_equal(tree.error_at, 14);
	gm_tree_parse(&tree, &arena, GM_STR("SELECT '\xc3\xa4' FROM FROM"));
	assert_int_equal(tree.error_at, 17);
	memset(deep, '(', sizeof(deep));
	gm_tree_parse(&tree, &arena, (struct gm_str){ deep, sizeof(deep) });
	assert_non_null(strstr(tree.error, "too deeply"));
	assert_int_equal(tree.n, 0);
}

static bool count(void *ctx, const ProtobufCMessage *m)
{
	size_t *n = ctx;

	if (m->descriptor == &pg_query__func_call__descriptor)
		(*n)++;
	return m->descriptor != &pg_query__sub_link__descriptor;
}

static void test_walk(void **state)
{
	size_t n = 0;

	(void)state;
	gm_tree_walk(gm_node_message(parse("SELECT f(g(1)), (SELECT h()) FROM"
					   " i() WHERE j() IN (k(), 2)"
					   " ORDER BY l()")),
		     count, &n);
	assert_int_equal(n, 6);
	gm_tree_walk(NULL, count, &n);
	assert_null(gm_node_message(NULL));
}

static void test_names(void **state)
{
	const PgQuery__FuncCall *call =
		parse("CALL a.b.c()")->call_stmt->funccall;

	(void)state;
	assert_string_equal(gm_names(&arena, call->funcname, call->n_funcname),
			    "a.b.c");
	assert_string_equal(gm_names_last(call->funcname, call->n_funcname),
			    "c");
	assert_string_equal(gm_names_schema(call->funcname, call->n_funcname),
			    "b");
	assert_null(gm_names_schema(call->funcname, 1));
	assert_string_equal(gm_names_last(NULL, 0), "");
	assert_string_equal(
		gm_rel_name(
			&arena,
			parse("DELETE FROM a.\"B\"")->delete_stmt->relation),
		"a.B");
	assert_string_equal(gm_rel_name(&arena, NULL), "?");
	assert_null(gm_node_string(NULL));
}

static const PgQuery__ColumnDef *column(const char *type)
{
	return parse(gm_printf(&arena, "ALTER TABLE a ADD b %s", type))
		->alter_table_stmt->cmds[0]
		->alter_table_cmd->def->column_def;
}

static void test_types(void **state)
{
	static const char *const types[][2] = {
		{ "int", "pg_catalog.int4" },
		{ "int4[]", "int4[]" },
		{ "varchar(10)", "pg_catalog.varchar(10)" },
		{ "numeric(5,2)[][]", "pg_catalog.numeric(5,2)[][]" },
		{ "geometry(point)", "geometry(?)" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(types); i++)
		assert_string_equal(
			gm_type_name(&arena, column(types[i][0])->type_name),
			types[i][1]);
	assert_string_equal(gm_type_name(&arena, NULL), "?");
}

static void test_null(void **state)
{
	static const char *const values[] = { "NULL", "NULL::int",
					      "CAST(NULL AS int)::text", "1",
					      "'NULL'" };

	(void)state;
	for (size_t i = 0; i < GM_COUNT(values); i++) {
		const PgQuery__ColumnDef *def =
			column(gm_printf(&arena, "int DEFAULT %s", values[i]));

		assert_int_equal(
			gm_node_is_null(
				def->constraints[0]->constraint->raw_expr),
			i < 3);
	}
	assert_false(gm_node_is_null(NULL));
}

static void test_options(void **state)
{
	const PgQuery__CopyStmt *s =
		parse("COPY a FROM 'x' (FORMAT csv, HEADER true, DELIMITER ',',"
		      " a 1, b 1.5, c, d *, FORMAT text, FORCE_NULL (x, y))")
			->copy_stmt;
	static const char *const wants[][2] = {
		{ "format", "text" }, { "header", "true" },
		{ "delimiter", "," }, { "a", "1" },
		{ "b", "1.5" },       { "c", "" },
		{ "d", "?" },         { "force_null", "x.y" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(wants); i++)
		assert_string_equal(
			gm_option_text(&arena,
				       gm_option(s->options, s->n_options,
						 wants[i][0])),
			wants[i][1]);
	assert_null(gm_option(s->options, s->n_options, "none"));
	assert_string_equal(gm_option_text(&arena, NULL), "");
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)
GM_UNIT_MAIN(TEST(test_parse), TEST(test_walk), TEST(test_names),
	     TEST(test_types), TEST(test_null), TEST(test_options))

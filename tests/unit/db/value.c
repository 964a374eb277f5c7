#include "db/value.h"

#include "fill.h"

static void every_type(void **state)
{
	static const char *const types[] = {
		"smallint",
		"integer",
		"bigint",
		"numeric",
		"numeric(5,2)",
		"real",
		"double precision",
		"money",
		"boolean",
		"text",
		"varchar(5)",
		"char(4)",
		"\"char\"",
		"name",
		"date",
		"time",
		"timetz",
		"timestamp",
		"timestamptz(3)",
		"interval",
		"uuid",
		"json",
		"jsonb",
		"jsonpath",
		"bytea",
		"inet",
		"cidr",
		"macaddr",
		"macaddr8",
		"bit(7)",
		"varbit(40)",
		"xml",
		"tsvector",
		"tsquery",
		"point",
		"box",
		"circle",
		"lseg",
		"path",
		"polygon",
		"line",
		"pg_lsn",
		"oid",
		"int[]",
		"text[]",
		"mood",
		"mood[]",
		"pair",
		"int4range",
		"daterange",
		"tstzrange",
		"numrange",
		"float_span",
		"point[]",
		"varchar(3)[]",
	};
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh(
		"types", "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');"
			 "CREATE TYPE pair AS (a int, b text, m mood);"
			 "CREATE TYPE float_span AS RANGE (subtype = float8)");
	struct gm_fill f;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(types); i++)
		assert_script(c, gm_printf(&arena,
					   "CREATE TABLE t%zu (id int PRIMARY"
					   " KEY, a %s NOT NULL, b %s)",
					   i, types[i], types[i]));
	f = fill(c, 50);
	for (size_t i = 0; i < f.n; i++) {
		if (f.items[i].why)
			fail_msg("%s (%s): %s", f.items[i].table, types[i],
				 f.items[i].why);
		assert_int_equal(f.items[i].rows, 50);
	}
	assert_int_equal(f.n, GM_COUNT(types));
	/* Where a type has the values, they are all different. */
	assert_int_equal(number(c, "SELECT count(DISTINCT a) FROM t4"), 50);
	assert_int_equal(number(c, "SELECT count(*) FROM t2 WHERE b IS NULL"),
			 5);
}

static struct gm_types types;

static const char *oid(struct gm_conn *c, const char *type)
{
	const char *const params[] = { type };
	struct gm_rows r;

	assert_ok(gm_conn_row(&r, &arena, c, "SELECT ($1::text)::regtype::oid",
			      params, 1, &err));
	return gm_cell(&r, 0, 0);
}

/* What is tried for a column of that type with that check. */
static const char *tries(struct gm_conn *c, const char *type, const char *check)
{
	struct gm_valued v = { "a", oid(c, type), -1 };
	struct gm_strings list = { NULL };
	const char *all = " ";

	gm_value_tries(&list, &arena, &types, &v, gm_str(check));
	for (size_t i = 0; i < list.n; i++)
		all = gm_printf(&arena, "%s%s ", all, list.items[i]);
	return all;
}

static void what_a_check_names(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh("tries", "CREATE DOMAIN d AS int");

	(void)state;
	assert_ok(gm_types_read(&types, &arena, c, &err));
	assert_memory_equal(tries(c, "int", "a > 7"),
			    " 7 (7 + 1) (7 - 1) (- 7) 0 1 -1 ", 32);
	assert_memory_equal(tries(c, "d", "VALUE > 7"), " 7 (7 + 1) ", 11);
	assert_memory_equal(tries(c, "text", "a = 'it''s'"), " 'it''s' ", 9);
	assert_memory_equal(tries(c, "text", "a = E'x\\'y'"), " 'x''y' ", 8);
	assert_non_null(
		strstr(tries(c, "text", "a ~ '^[A-Z]{2}$'"), " 'AA' 'BB' "));
	assert_non_null(
		strstr(tries(c, "text", "length(a) = 4"), " repeat('a', 4) "));
	assert_non_null(strstr(tries(c, "date", "a > '2020-01-01'"),
			       "('2020-01-01'::date + interval '1 day')"));
	assert_non_null(strstr(tries(c, "bool", "a"), " true false "));
	/* A quote that never ends. */
	assert_non_null(strstr(tries(c, "int", "a > 'x"), " 0 1 "));
}

static const char *value(struct gm_conn *c, const char *type, const char *name,
			 int64_t modifier)
{
	struct gm_valued v = { name, oid(c, type), modifier };
	struct gm_buf b = gm_buf(&arena);

	gm_buf_puts(&b, "x");
	if (!gm_value(&b, &types, &v, "7")) {
		assert_string_equal(b.ptr, "x");
		return NULL;
	}
	return b.ptr + 1;
}

static void what_names_tell(void **state)
{
	GM_AUTO(gm_conn_close)
	struct gm_conn *c = fresh("told", "CREATE TYPE inner_pair AS (a int,"
					  " b gtsvector);");
	struct gm_valued none = { "a", "1", -1 };
	struct gm_buf b = gm_buf(&arena);

	(void)state;
	assert_ok(gm_types_read(&types, &arena, c, &err));
	assert_string_equal(value(c, "text", "e_mail", -1),
			    "('user' || (7) || '@example.com')::text");
	assert_string_equal(value(c, "text", "url", -1),
			    "('https://example.com/' || (7))::text");
	assert_string_equal(value(c, "varchar", "email", 9),
			    "lpad((7)::text, 5, '0')::character varying");
	assert_null(value(c, "gtsvector", "a", -1));
	assert_null(value(c, "inner_pair", "a", -1));
	assert_false(gm_value(&b, &types, &none, "7"));
}

GM_DB_MAIN(cmocka_unit_test(every_type), cmocka_unit_test(what_a_check_names),
	   cmocka_unit_test(what_names_tell))

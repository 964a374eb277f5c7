#include "sql/same.h"

#include "unit.h"

static void statements(void **state)
{
	static const struct {
		const char *one, *two;
		bool same;
	} cases[] = {
		{ "SELECT 1", "select /* x */ 1;", true },
		{ "SELECT 1; SELECT 2", "SELECT 1;SELECT 2", true },
		{ "SELECT 1; SELECT 2", "SELECT 1", false },
		{ "SELECT 1; SELECT 2", "SELECT 1; SELECT 3", false },
		{ "ALTER TABLE t ADD CHECK (((a > 0) AND (b > 0)) AND (c > 0))",
		  "ALTER TABLE t ADD CHECK ((a > 0) AND ((b > 0) AND (c > 0)))",
		  true },
		{ "ALTER TABLE t ADD CHECK (a > 0)",
		  "ALTER TABLE t ADD CHECK (a > 0) NOT VALID", false },
		{ "what is this", "what is this", false },
		{ "SELECT 1", "SELECT 'never ends", false },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (gm_sql_same(gm_str(cases[i].one), gm_str(cases[i].two)) !=
		    cases[i].same)
			fail_msg("%s | %s", cases[i].one, cases[i].two);
}

#define PLPGSQL(body)                                                          \
	"CREATE OR REPLACE FUNCTION public.f()\n RETURNS int\n"                \
	" LANGUAGE plpgsql\nAS $function$" body "$function$\n"

static void routines(void **state)
{
	static const struct {
		const char *one, *two;
		bool same;
	} cases[] = {
		{ PLPGSQL("BEGIN RETURN 1; END"),
		  PLPGSQL("\nBEGIN\n\tRETURN 1;\nEND\n"), true },
		{ PLPGSQL("BEGIN RETURN 1; END"),
		  PLPGSQL("BEGIN RETURN 2; END"), false },
		{ PLPGSQL("BEGIN RETURN 1; END"),
		  PLPGSQL("BEGIN RETURN 1; END;"), false },
		{ PLPGSQL("BEGIN RETURN 1; END"),
		  PLPGSQL("BEGIN /* one */ RETURN 1; END"), false },
		{ PLPGSQL("BEGIN EXECUTE 'a  b'; END"),
		  PLPGSQL("BEGIN EXECUTE 'a b'; END"), false },
		{ PLPGSQL("BEGIN EXECUTE $x$a  b$x$; END"),
		  PLPGSQL("BEGIN EXECUTE $x$a b$x$; END"), false },
		{ PLPGSQL("BEGIN RETURN 'x; END"),
		  PLPGSQL("BEGIN  RETURN 'x; END"), false },
		{ PLPGSQL("BEGIN RETURN 1; END") " OWNER a",
		  PLPGSQL("BEGIN RETURN 1; END") " OWNER b", false },
		{ "CREATE FUNCTION f() LANGUAGE sql AS $function$SELECT "
		  "1$function$",
		  "CREATE FUNCTION f() LANGUAGE sql AS $function$SELECT\n "
		  "1$function$",
		  true },
		/* There, white space is a part of the language. */
		{ "CREATE FUNCTION f() LANGUAGE plpython3u AS $function$if x:\n"
		  " a\n b$function$",
		  "CREATE FUNCTION f() LANGUAGE plpython3u AS $function$if x:\n"
		  " a\nb$function$",
		  false },
		/* A default of text is no body. */
		{ "CREATE FUNCTION f(a text DEFAULT 'x  y') LANGUAGE sql",
		  "CREATE FUNCTION f(a text DEFAULT 'x y') LANGUAGE sql",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++)
		if (gm_sql_same_routine(gm_str(cases[i].one),
					gm_str(cases[i].two)) != cases[i].same)
			fail_msg("%s | %s", cases[i].one, cases[i].two);
}

GM_UNIT_MAIN(cmocka_unit_test(statements), cmocka_unit_test(routines))

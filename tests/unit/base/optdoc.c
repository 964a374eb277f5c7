#include "base/opt.h"

#include "unit.h"

struct args {
	bool all;
	const char *format, *name, *first, *second;
	struct gm_strings paths, rest;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG('a', "all", struct args, all, "all commits"),
	GM_OPT_FLAG('q', NULL, struct args, all, "print nothing"),
	GM_OPT_WORD(0, "format", struct args, format, "FORMAT",
		    "human json tap sarif github gitlab junit",
		    "how to print it"),
	GM_OPT_STRING('o', "output", struct args, name, NULL,
		      ".migrate or 'quoted' \\n and --all"),
	GM_OPT_LIST('p', "a-rather-long-name", struct args, paths, "PATH",
		    "a text that goes on for longer than the width of one"
		    " line and so has to be broken"),
	GM_OPT_REQUIRED("first", struct args, first, "the first word"),
	GM_OPT_OPERAND("second", struct args, second, "the second word"),
	GM_OPT_OPERANDS("file", struct args, rest, "what is left"),
	GM_OPT_END,
};
static const struct gm_opt none[] = { GM_OPT_END };

static struct gm_arena arena = GM_ARENA_INIT;

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static void no_wider_than(const char *text, size_t first, size_t width)
{
	struct gm_str rest = gm_str(text), line;

	for (; gm_str_line(&line, &rest); first = width)
		if (line.len > first)
			fail_msg("%zu columns: %.*s", line.len, (int)line.len,
				 line.ptr);
}

static void synopsis(void **state)
{
	const char *text = gm_opt_synopsis(&arena, opts);

	(void)state;
	assert_string_equal(text, "[-a] [-q] [--format <format>] [-o <value>]\n"
				  "          [-p <path>]... <first> [<second>]"
				  " [<file>...]");
	assert_string_equal(gm_opt_synopsis(&arena, none), "");
}

static void synopsis_of_many(void **state)
{
	struct gm_opt many[41];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		many[i] = opts[2];
	many[40] = none[0];
	no_wider_than(gm_opt_synopsis(&arena, many), 46, 80);
}

static void help(void **state)
{
	const char *text = gm_opt_help(&arena, opts);

	(void)state;
	assert_string_equal(
		text,
		"    -a, --all               all commits\n"
		"    -q                      print nothing\n"
		"    --format <format>       how to print it (human, json, tap,"
		" sarif, github,\n"
		"                            gitlab, junit)\n"
		"    -o, --output <value>    .migrate or 'quoted' \\n and"
		" --all\n"
		"    -p, --a-rather-long-name <path>\n"
		"                            a text that goes on for longer "
		"than"
		" the width of one\n"
		"                            line and so has to be broken"
		" (repeatable)\n"
		"    <first>                 the first word\n"
		"    <second>                the second word\n"
		"    <file>...               what is left\n");
	no_wider_than(text, 80, 80);
	assert_string_equal(gm_opt_help(&arena, none), "");
}

static void mdoc(void **state)
{
	(void)state;
	assert_string_equal(
		gm_opt_mdoc(&arena, opts),
		".Bl -tag -width Ds\n"
		".It Fl a , Fl Fl all\n"
		"All commits.\n"
		".It Fl q\n"
		"Print nothing.\n"
		".It Fl Fl format Ns = Ns Ar format\n"
		"How to print it.\n"
		"One of\n"
		".Cm human ,\n.Cm json ,\n.Cm tap ,\n.Cm sarif ,\n"
		".Cm github ,\n.Cm gitlab ,\n.Cm junit .\n"
		".It Fl o Ar value , Fl Fl output Ns = Ns Ar value\n"
		"\\&.migrate or \\&'quoted' \\en and \\-\\-all.\n"
		".It Fl p Ar path , Fl Fl a-rather-long-name Ns = Ns Ar path\n"
		"A text that goes on for longer than the width of one line and"
		" so has to be\nbroken.\n"
		"May be given several times.\n"
		".It Ar first\n"
		"The first word.\n"
		".It Ar second\n"
		"The second word.\n"
		".It Ar file ...\n"
		"What is left.\n"
		".El\n");
	assert_string_equal(gm_opt_mdoc(&arena, none), "");
}

GM_UNIT_MAIN(cmocka_unit_test_teardown(synopsis, done),
	     cmocka_unit_test_teardown(synopsis_of_many, done),
	     cmocka_unit_test_teardown(help, done),
	     cmocka_unit_test_teardown(mdoc, done))

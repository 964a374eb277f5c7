#include "base/opt.h"

#include "unit.h"

struct args {
	bool all, dry_run;
	const char *format, *name, *first, *second;
	struct gm_strings paths, rest;
};

static const struct gm_opt opts[] = {
	GM_OPT_FLAG('a', "all", struct args, all, "all commits"),
	GM_OPT_FLAG('n', "dry-run", struct args, dry_run, "change nothing"),
	GM_OPT_WORD('f', "format", struct args, format, "FORMAT",
		    "human json tap", "how to print it"),
	GM_OPT_STRING(0, "name", struct args, name, "NAME", "what to call it"),
	GM_OPT_LIST('p', "path", struct args, paths, "PATH", "where to look"),
	GM_OPT_REQUIRED("first", struct args, first, "the first word"),
	GM_OPT_OPERAND("second", struct args, second, "the second word"),
	GM_OPT_OPERANDS("file", struct args, rest, "what is left"),
	GM_OPT_END,
};

static const struct gm_opt no_operands[] = {
	GM_OPT_FLAG('x', NULL, struct args, all, "only a letter"),
	GM_OPT_END,
};

static struct gm_arena arena = GM_ARENA_INIT;
static struct args args;
static struct gm_err err;

static int setup(void **state)
{
	(void)state;
	memset(&args, 0, sizeof(args));
	memset(&err, 0, sizeof(err));
	return 0;
}

static int done(void **state)
{
	(void)state;
	gm_arena_done(&arena);
	return 0;
}

static int parse_with(const struct gm_opt *table, const char *line)
{
	struct gm_str rest = gm_str(gm_strdup(&arena, line)), word;
	struct gm_strings words = { 0 };

	while (gm_str_split(&word, &rest, ' '))
		*GM_PUSH(&arena, &words) = gm_str_dup(&arena, word);
	return gm_opt_parse(&args, &arena, table, (int)words.n, words.items,
			    &err);
}

static int parse(const char *line)
{
	return parse_with(opts, line);
}

static void refuses(const char *line, const char *msg, const char *hint)
{
	setup(NULL);
	if (parse(line) == 0)
		fail_msg("'%s' was taken", line);
	assert_int_equal(err.code, GM_EUSAGE);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, hint);
}

static void nothing_given(void **state)
{
	(void)state;
	assert_ok(parse_with(no_operands, ""));
	assert_ok(parse("one"));
	assert_string_equal(args.first, "one");
	assert_null(args.second);
	assert_null(args.format);
	assert_false(args.all);
	assert_int_equal(args.rest.n, 0);
}

static void long_options(void **state)
{
	(void)state;
	assert_ok(parse("--all --format=json --name n --path a --path=b x"));
	assert_true(args.all);
	assert_string_equal(args.format, "json");
	assert_string_equal(args.name, "n");
	assert_int_equal(args.paths.n, 2);
	assert_string_equal(args.paths.items[0], "a");
	assert_string_equal(args.paths.items[1], "b");
	assert_string_equal(args.first, "x");
}

static void values_may_be_odd(void **state)
{
	(void)state;
	assert_ok(parse("--name= x"));
	assert_string_equal(args.name, "");
	assert_ok(parse("--name --all x"));
	assert_string_equal(args.name, "--all");
	assert_false(args.all);
	assert_ok(parse("--name=a=b x"));
	assert_string_equal(args.name, "a=b");
	assert_ok(parse("--name first --name last x"));
	assert_string_equal(args.name, "last");
}

static void abbreviations(void **state)
{
	(void)state;
	assert_ok(parse("--al --fo tap --dry x"));
	assert_true(args.all && args.dry_run);
	assert_string_equal(args.format, "tap");
	assert_ok(parse("--no-a --no-d x"));
	assert_false(args.all || args.dry_run);
	refuses("--n x", "option '--n' is ambiguous",
		"It could be one of: --no-all, --no-dry-run, --name.");
}

static void negation(void **state)
{
	(void)state;
	assert_ok(parse("--all --no-all x"));
	assert_false(args.all);
	assert_ok(parse("--no-all --all x"));
	assert_true(args.all);
	refuses("--no-name x", "unknown option '--no-name'", "");
	refuses("--no-all=1 x", "--no-all takes no value", "");
}

static void letters(void **state)
{
	(void)state;
	assert_ok(parse("-a -f json -pone -p two x"));
	assert_true(args.all);
	assert_string_equal(args.format, "json");
	assert_int_equal(args.paths.n, 2);
	assert_string_equal(args.paths.items[0], "one");
	setup(NULL);
	assert_ok(parse("-anf tap x"));
	assert_true(args.all && args.dry_run);
	assert_string_equal(args.format, "tap");
	setup(NULL);
	assert_ok(parse("-naftap x"));
	assert_string_equal(args.format, "tap");
}

static void operands(void **state)
{
	(void)state;
	assert_ok(parse("one -a two three --dry-run four"));
	assert_true(args.all && args.dry_run);
	assert_string_equal(args.first, "one");
	assert_string_equal(args.second, "two");
	assert_int_equal(args.rest.n, 2);
	assert_string_equal(args.rest.items[1], "four");
	setup(NULL);
	assert_ok(parse("-a -- -n -- --x"));
	assert_string_equal(args.first, "-n");
	assert_string_equal(args.second, "--");
	assert_string_equal(args.rest.items[0], "--x");
	assert_false(args.dry_run);
	setup(NULL);
	assert_ok(parse("- "));
	assert_string_equal(args.first, "-");
}

static void empty_operand(void **state)
{
	const char *const argv[] = { "", NULL };

	(void)state;
	assert_ok(gm_opt_parse(&args, &arena, opts, 1, argv, &err));
	assert_string_equal(args.first, "");
}

static void wrong_usage(void **state)
{
	(void)state;
	refuses("", "<first> is missing", "");
	refuses("-a", "<first> is missing", "");
	refuses("--fromat json x", "unknown option '--fromat'",
		"Did you mean '--format'?");
	refuses("--nothing-like-it=5 x", "unknown option '--nothing-like-it'",
		"");
	refuses("--=5 x", "unknown option '--'", "");
	refuses("-az x", "unknown option '-z'", "");
	refuses("--all=yes x", "--all takes no value", "");
	refuses("x --name", "--name needs a value", "");
	refuses("x -f", "-f needs a value", "");
	refuses("--format=xml x", "'xml' is not a value of --format",
		"Use one of: human, json, tap.");
	refuses("-f jsno x", "'jsno' is not a value of -f",
		"Did you mean 'json'?");
	setup(NULL);
	assert_int_equal(parse_with(no_operands, "-x word"), -1);
	assert_string_equal(err.msg, "unexpected operand 'word'");
}

static void completes(const char *line, const char *want)
{
	struct gm_str rest = gm_str(line), word;
	struct gm_strings words = { 0 };

	while (gm_str_split(&word, &rest, '|'))
		*GM_PUSH(&arena, &words) = gm_str_dup(&arena, word);
	assert_string_equal(
		gm_opt_complete(&arena, opts, (int)words.n, words.items), want);
}

static void completion_of_options(void **state)
{
	(void)state;
	completes("--", "--all\n--dry-run\n--format\n--name\n--path\n");
	completes("-", "--all\n--dry-run\n--format\n--name\n--path\n");
	completes("x|--fo", "--format\n");
	completes("--no", "--no-all\n--no-dry-run\n");
	completes("--nothing", "");
	completes("-q", "");
	assert_string_equal(gm_opt_complete(&arena, no_operands, 1,
					    (const char *const[]){ "-" }),
			    "-x\n");
}

static void completion_of_values(void **state)
{
	(void)state;
	completes("--format| ", "");
	completes("--format|j", "json\n");
	completes("-f|", "");
	completes("-f|t", "tap\n");
	completes("-af|h", "human\n");
	completes("-fjson|--n", "--no-all\n--no-dry-run\n--name\n");
	completes("--format=", "--format=human\n--format=json\n--format=tap\n");
	completes("--format=t", "--format=tap\n");
	completes("--nonsense=t", "");
	completes("--format=json|--al", "--all\n");
	completes("--name|--al", "");
	completes("--name|x|--al", "--all\n");
	completes("-z|--al", "--all\n");
	completes("-a|--al", "--all\n");
	assert_string_equal(
		gm_opt_complete(&arena, opts, 2,
				(const char *const[]){ "--format", "" }),
		"human\njson\ntap\n");
}

static void completion_of_nothing(void **state)
{
	(void)state;
	completes("", "");
	completes("wor", "");
	completes("--|--al", "");
	completes("--name|--|--al", "--all\n");
	assert_string_equal(gm_opt_complete(&arena, opts, 0, NULL), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

GM_UNIT_MAIN(TEST(nothing_given), TEST(long_options), TEST(values_may_be_odd),
	     TEST(abbreviations), TEST(negation), TEST(letters), TEST(operands),
	     TEST(empty_operand), TEST(wrong_usage),
	     TEST(completion_of_options), TEST(completion_of_values),
	     TEST(completion_of_nothing))

/*
 * base/opt: the one option parser.
 *
 * A command describes its options and operands as a constant table of
 * offsets into its own argument struct.  Parsing, `-h`, the OPTIONS section of
 * the manual page and shell completion all read that table; none of them runs
 * the command.
 *
 *	struct args { bool all; const char *format; const char *range; };
 *	static const struct gm_opt opts[] = {
 *		GM_OPT_FLAG('a', "all", struct args, all, "all commits"),
 *		GM_OPT_WORD(0, "format", struct args, format, "FORMAT", "human
 *			    json", "how to print it"),
 *		GM_OPT_OPERAND("range", struct args, range, "commits"),
 *		GM_OPT_END,
 *	};
 */
#ifndef GM_BASE_OPT_H
#define GM_BASE_OPT_H

#include "base/err.h"
#include "base/str.h"

enum gm_opt_kind {
	GM_OPT_KIND_END,
	GM_OPT_KIND_FLAG,     /* bool */
	GM_OPT_KIND_STRING,   /* const char *; an empty value is fine */
	GM_OPT_KIND_WORD,     /* const char *, one of `choices` */
	GM_OPT_KIND_LIST,     /* struct gm_strings, repeatable */
	GM_OPT_KIND_OPERAND,  /* const char *, may be absent */
	GM_OPT_KIND_REQUIRED, /* const char *, must be there */
	GM_OPT_KIND_OPERANDS, /* struct gm_strings, all that is left */
};

struct gm_opt {
	enum gm_opt_kind kind;
	char letter;         /* 0: none */
	const char *name;    /* long name without --, or the operand's */
	size_t offset;       /* into the argument struct */
	const char *value;   /* what the value is called in help */
	const char *choices; /* blank-separated words, or NULL */
	const char *help;    /* one line, lower case, no full stop */
};

/* clang-format off */
/* Yields the offset and checks the field's type. */
#define GM_OPT_FIELD(type, field, want)                                        \
	(offsetof(type, field) + 0 * sizeof((want *)NULL == &((type *)NULL)->field))
#define GM_OPT_FLAG(letter, name, type, field, help)                           \
	{ GM_OPT_KIND_FLAG, letter, name, GM_OPT_FIELD(type, field, bool),     \
	  NULL, NULL, help }
#define GM_OPT_STRING(letter, name, type, field, value, help)                  \
	{ GM_OPT_KIND_STRING, letter, name,                                    \
	  GM_OPT_FIELD(type, field, const char *), value, NULL, help }
#define GM_OPT_WORD(letter, name, type, field, value, choices, help)           \
	{ GM_OPT_KIND_WORD, letter, name,                                      \
	  GM_OPT_FIELD(type, field, const char *), value, choices, help }
#define GM_OPT_LIST(letter, name, type, field, value, help)                    \
	{ GM_OPT_KIND_LIST, letter, name,                                      \
	  GM_OPT_FIELD(type, field, struct gm_strings), value, NULL, help }
#define GM_OPT_OPERAND(name, type, field, help)                                \
	{ GM_OPT_KIND_OPERAND, 0, name,                                        \
	  GM_OPT_FIELD(type, field, const char *), NULL, NULL, help }
#define GM_OPT_REQUIRED(name, type, field, help)                               \
	{ GM_OPT_KIND_REQUIRED, 0, name,                                       \
	  GM_OPT_FIELD(type, field, const char *), NULL, NULL, help }
#define GM_OPT_OPERANDS(name, type, field, help)                               \
	{ GM_OPT_KIND_OPERANDS, 0, name,                                       \
	  GM_OPT_FIELD(type, field, struct gm_strings), NULL, NULL, help }
#define GM_OPT_END { GM_OPT_KIND_END, 0, NULL, 0, NULL, NULL, NULL }
/* clang-format on */

/*
 * Parse `argv` (without the command's name) into the zeroed struct `args`.
 * Options may stand between operands; `--` ends them; long options may be
 * abbreviated while they are unique; `--name=value` and `--name value`, `-n
 * value` and `-nvalue` are the same; `-` is an operand; flags may be negated
 * as `--no-name`; flags may share a dash (`-ab`).  Of an option that comes
 * twice, the last counts.  Fails with GM_EUSAGE, naming the word at fault; the
 * hint names what was probably meant.
 */
GM_MUST_CHECK
int gm_opt_parse(void *args, struct gm_arena *a, const struct gm_opt *opts,
		 int argc, const char *const *argv, struct gm_err *err);

/*
 * "[-a] [--format <format>] [<range>]", for the usage line; `value` is shown
 * in lower case.  Broken so that, behind "usage: git migrate <command> ", no
 * line passes 80 columns; further lines are indented by 10.
 */
const char *gm_opt_synopsis(struct gm_arena *a, const struct gm_opt *opts);

/*
 * Options and operands in the order of the table, a line or two each, for
 * `-h`; at most 80 columns wide.
 */
const char *gm_opt_help(struct gm_arena *a, const struct gm_opt *opts);

/* The same as an mdoc list, for the OPTIONS section of the manual. */
const char *gm_opt_mdoc(struct gm_arena *a, const struct gm_opt *opts);

/*
 * What may complete the last word of `argv`, one candidate a line: option
 * names when it begins with a dash, or the choices of the option it belongs
 * to.  Empty when only a path or an operand fits.
 */
const char *gm_opt_complete(struct gm_arena *a, const struct gm_opt *opts,
			    int argc, const char *const *argv);

#endif

#include "base/opt.h"

#include <string.h>

#include "base/buf.h"

#define WIDTH 80
/* Where the texts of `-h` begin. */
#define TEXT_COLUMN 28
/* What "usage: git migrate <command> " leaves of the first line. */
#define USAGE_FIRST 46
#define USAGE_INDENT 10

static bool is_operand(const struct gm_opt *opt)
{
	return opt->kind >= GM_OPT_KIND_OPERAND;
}

static const char *lowered(struct gm_arena *a, const char *s)
{
	char *copy = gm_strdup(a, s);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

/* What the value of an option is called, or NULL when it takes none. */
static const char *value_name(struct gm_arena *a, const struct gm_opt *opt)
{
	if (opt->kind == GM_OPT_KIND_FLAG)
		return NULL;
	return lowered(a, opt->value ? opt->value : "value");
}

static const char *usage_item(struct gm_arena *a, const struct gm_opt *opt)
{
	const char *value, *dots = "";
	struct gm_buf b = gm_buf(a);

	switch (opt->kind) {
	case GM_OPT_KIND_OPERAND:
		return gm_printf(a, "[<%s>]", opt->name);
	case GM_OPT_KIND_REQUIRED:
		return gm_printf(a, "<%s>", opt->name);
	case GM_OPT_KIND_OPERANDS:
		return gm_printf(a, "[<%s>...]", opt->name);
	case GM_OPT_KIND_LIST:
		dots = "...";
		break;
	default:
		break;
	}
	if (opt->letter)
		gm_buf_printf(&b, "[-%c", opt->letter);
	else
		gm_buf_printf(&b, "[--%s", opt->name);
	value = value_name(a, opt);
	if (value)
		gm_buf_printf(&b, " <%s>", value);
	gm_buf_printf(&b, "]%s", dots);
	return b.ptr;
}

const char *gm_opt_synopsis(struct gm_arena *a, const struct gm_opt *opts)
{
	struct gm_buf b = gm_buf(a);
	size_t left = USAGE_FIRST;

	for (; opts->kind != GM_OPT_KIND_END; opts++) {
		const char *item = usage_item(a, opts);
		size_t need = strlen(item) + (b.len > 0);

		if (b.len && need > left) {
			gm_buf_printf(&b, "\n%*s%s", USAGE_INDENT, "", item);
			left = WIDTH - USAGE_INDENT;
			need--;
		} else {
			gm_buf_printf(&b, "%s%s", b.len ? " " : "", item);
		}
		left = need < left ? left - need : 0;
	}
	return b.ptr;
}

/*
 * Add the words of `text`, in lines of at most WIDTH columns that begin at
 * `indent`, from the column `*at` on.
 */
static void add_words(struct gm_buf *b, const char *text, size_t indent,
		      size_t *at)
{
	struct gm_str rest = gm_str(text), word;

	while (gm_str_split(&word, &rest, ' ')) {
		if (!word.len)
			continue;
		if (*at > indent && *at + 1 + word.len > WIDTH) {
			gm_buf_printf(b, "\n%*s", (int)indent, "");
			*at = indent;
		} else if (*at > indent) {
			gm_buf_putc(b, ' ');
			(*at)++;
		}
		gm_buf_str(b, word);
		*at += word.len;
	}
}

/* The help text with the choices and "repeatable" behind it. */
static const char *full_text(struct gm_arena *a, const struct gm_opt *opt)
{
	struct gm_buf b = gm_buf(a);
	struct gm_str rest = gm_str(opt->choices), word;
	const char *sep = " (";

	gm_buf_puts(&b, opt->help);
	while (gm_str_split(&word, &rest, ' ')) {
		if (!word.len)
			continue;
		gm_buf_puts(&b, sep);
		gm_buf_str(&b, word);
		sep = ", ";
	}
	if (opt->choices)
		gm_buf_putc(&b, ')');
	if (opt->kind == GM_OPT_KIND_LIST)
		gm_buf_puts(&b, " (repeatable)");
	return b.ptr;
}

/* "-f, --format <format>", "<range>". */
static const char *label(struct gm_arena *a, const struct gm_opt *opt)
{
	struct gm_buf b = gm_buf(a);

	if (is_operand(opt)) {
		gm_buf_printf(&b, "<%s>%s", opt->name,
			      opt->kind == GM_OPT_KIND_OPERANDS ? "..." : "");
		return b.ptr;
	}
	if (opt->letter)
		gm_buf_printf(&b, "-%c%s", opt->letter, opt->name ? ", " : "");
	if (opt->name)
		gm_buf_printf(&b, "--%s", opt->name);
	if (value_name(a, opt))
		gm_buf_printf(&b, " <%s>", value_name(a, opt));
	return b.ptr;
}

const char *gm_opt_help(struct gm_arena *a, const struct gm_opt *opts)
{
	struct gm_buf b = gm_buf(a);

	for (; opts->kind != GM_OPT_KIND_END; opts++) {
		const char *left = label(a, opts);
		size_t at = 4 + strlen(left);

		gm_buf_printf(&b, "    %s", left);
		if (at + 2 > TEXT_COLUMN) {
			gm_buf_putc(&b, '\n');
			at = 0;
		}
		gm_buf_printf(&b, "%*s", (int)(TEXT_COLUMN - at), "");
		at = TEXT_COLUMN;
		add_words(&b, full_text(a, opts), TEXT_COLUMN, &at);
		gm_buf_putc(&b, '\n');
	}
	return b.ptr;
}

/*
 * A word that roff shows as it stands: no macro, no control line, and dashes
 * that can be copied into a terminal.
 */
static const char *roff_word(struct gm_arena *a, struct gm_str word)
{
	struct gm_buf b = gm_buf(a);

	if (word.len && (word.ptr[0] == '.' || word.ptr[0] == '\''))
		gm_buf_puts(&b, "\\&");
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] == '\\')
			gm_buf_puts(&b, "\\e");
		else if (word.ptr[i] == '-' && word.ptr[0] == '-')
			gm_buf_puts(&b, "\\-");
		else
			gm_buf_putc(&b, word.ptr[i]);
	}
	return b.ptr;
}

/* The help text as a sentence. */
static void add_sentence(struct gm_buf *b, const char *text)
{
	struct gm_str rest = gm_str(text), word;
	struct gm_buf words = gm_buf(b->arena);
	size_t at = 0;

	while (gm_str_split(&word, &rest, ' '))
		gm_buf_printf(&words, "%s%s", words.len ? " " : "",
			      roff_word(b->arena, word));
	if (words.ptr[0] >= 'a' && words.ptr[0] <= 'z')
		words.ptr[0] = (char)(words.ptr[0] - 'a' + 'A');
	add_words(b, words.ptr, 0, &at);
	gm_buf_puts(b, ".\n");
}

/* "One of", a line for each choice, commas between and a full stop. */
static void add_roff_choices(struct gm_buf *b, const char *choices)
{
	struct gm_str rest = gm_str(choices), word;
	const char *end = NULL;

	while (gm_str_split(&word, &rest, ' ')) {
		if (!word.len)
			continue;
		gm_buf_puts(b, end ? " ,\n" : "One of\n");
		end = " .\n";
		gm_buf_printf(b, ".Cm %s", roff_word(b->arena, word));
	}
	if (end)
		gm_buf_puts(b, end);
}

static void add_roff_label(struct gm_buf *b, const struct gm_opt *opt)
{
	const char *value = is_operand(opt) ? NULL : value_name(b->arena, opt);

	if (is_operand(opt)) {
		gm_buf_printf(b, ".It Ar %s%s\n", opt->name,
			      opt->kind == GM_OPT_KIND_OPERANDS ? " ..." : "");
		return;
	}
	gm_buf_puts(b, ".It");
	if (opt->letter)
		gm_buf_printf(b, " Fl %c", opt->letter);
	if (opt->letter && value)
		gm_buf_printf(b, " Ar %s", value);
	if (opt->letter && opt->name)
		gm_buf_puts(b, " ,");
	if (opt->name)
		gm_buf_printf(b, " Fl Fl %s", opt->name);
	if (opt->name && value)
		gm_buf_printf(b, " Ns = Ns Ar %s", value);
	gm_buf_putc(b, '\n');
}

const char *gm_opt_mdoc(struct gm_arena *a, const struct gm_opt *opts)
{
	struct gm_buf b = gm_buf(a);

	if (opts->kind == GM_OPT_KIND_END)
		return b.ptr;
	gm_buf_puts(&b, ".Bl -tag -width Ds\n");
	for (; opts->kind != GM_OPT_KIND_END; opts++) {
		add_roff_label(&b, opts);
		add_sentence(&b, opts->help);
		add_roff_choices(&b, opts->choices);
		if (opts->kind == GM_OPT_KIND_LIST)
			gm_buf_puts(&b, "May be given several times.\n");
	}
	gm_buf_puts(&b, ".El\n");
	return b.ptr;
}

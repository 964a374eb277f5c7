#include "base/opt.h"

#include <string.h>

#include "base/buf.h"
#include "base/near.h"

struct parser {
	void *args;
	struct gm_arena *arena;
	const struct gm_opt *opts;
	int argc, at; /* `at` is the next word */
	const char *const *argv;
	struct gm_err *err;
};

/* One way to write a long option, without the dashes. */
struct spelling {
	const char *text;
	const struct gm_opt *opt;
	bool negated;
};

struct spellings {
	struct spelling *items;
	size_t n, cap;
};

static bool is_option(const struct gm_opt *opt)
{
	return opt->kind < GM_OPT_KIND_OPERAND;
}

static bool takes_value(const struct gm_opt *opt)
{
	return is_option(opt) && opt->kind != GM_OPT_KIND_FLAG;
}

static struct spellings spellings(struct gm_arena *a, const struct gm_opt *opts)
{
	struct spellings list = { 0 };

	for (; opts->kind != GM_OPT_KIND_END; opts++) {
		if (!is_option(opts) || !opts->name)
			continue;
		*GM_PUSH(a, &list) =
			(struct spelling){ opts->name, opts, false };
		if (opts->kind == GM_OPT_KIND_FLAG)
			*GM_PUSH(a, &list) = (struct spelling){
				gm_printf(a, "no-%s", opts->name), opts, true
			};
	}
	return list;
}

/*
 * The spelling `name` stands for, whole or as its only beginning.  NULL, with
 * how many begin so in `*begin`, when there is not exactly one.
 */
static const struct spelling *find_long(const struct spellings *list,
					struct gm_str name, size_t *begin)
{
	const struct spelling *found = NULL;

	*begin = 0;
	for (size_t i = 0; i < list->n; i++) {
		struct gm_str text = gm_str(list->items[i].text);

		if (gm_str_eq(text, name))
			return &list->items[i];
		if (name.len && gm_str_starts(text, name)) {
			found = &list->items[i];
			(*begin)++;
		}
	}
	return *begin == 1 ? found : NULL;
}

static const struct gm_opt *find_letter(const struct gm_opt *opts, char letter)
{
	for (; opts->kind != GM_OPT_KIND_END; opts++)
		if (is_option(opts) && opts->letter == letter)
			return opts;
	return NULL;
}

/* The choices of an option as a list. */
static struct gm_strings choices(struct gm_arena *a, const struct gm_opt *opt)
{
	struct gm_str rest = gm_str(opt->choices), word;
	struct gm_strings list = { 0 };

	while (gm_str_split(&word, &rest, ' '))
		if (word.len)
			*GM_PUSH(a, &list) = gm_str_dup(a, word);
	return list;
}

static const char *joined(struct gm_arena *a, const struct gm_strings *list)
{
	struct gm_buf b = gm_buf(a);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&b, "%s%s", i ? ", " : "", list->items[i]);
	return b.ptr;
}

static int check_choice(struct parser *p, const struct gm_opt *opt,
			const char *shown, const char *value)
{
	struct gm_strings list = choices(p->arena, opt);
	const char *near;

	for (size_t i = 0; i < list.n; i++)
		if (!strcmp(list.items[i], value))
			return 0;
	gm_fail(p->err, GM_EUSAGE, "'%s' is not a value of %s", value, shown);
	near = gm_near(gm_str(value), list.items, list.n);
	if (near)
		return gm_hint(p->err, "Did you mean '%s'?", near);
	return gm_hint(p->err, "Use one of: %s.", joined(p->arena, &list));
}

/* Store a value; `shown` is the option as the user wrote it. */
static int set_value(struct parser *p, const struct gm_opt *opt,
		     const char *shown, const char *value)
{
	void *field = (char *)p->args + opt->offset;

	if (opt->choices && check_choice(p, opt, shown, value) < 0)
		return -1;
	if (opt->kind == GM_OPT_KIND_LIST || opt->kind == GM_OPT_KIND_OPERANDS)
		*GM_PUSH(p->arena, (struct gm_strings *)field) = value;
	else
		*(const char **)field = value;
	return 0;
}

static void set_flag(struct parser *p, const struct gm_opt *opt, bool value)
{
	*(bool *)((char *)p->args + opt->offset) = value;
}

/* The value of an option is the next word. */
static int take_value(struct parser *p, const struct gm_opt *opt,
		      const char *shown)
{
	if (p->at == p->argc)
		return gm_fail(p->err, GM_EUSAGE, "%s needs a value", shown);
	return set_value(p, opt, shown, p->argv[p->at++]);
}

static int no_such_long(struct parser *p, const struct spellings *list,
			struct gm_str name, size_t begin)
{
	struct gm_strings texts = { 0 }, beginning = { 0 };
	const char *near;

	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->items[i].text;

		*GM_PUSH(p->arena, &texts) = text;
		if (gm_str_starts(gm_str(text), name))
			*GM_PUSH(p->arena, &beginning) =
				gm_printf(p->arena, "--%s", text);
	}
	if (begin) {
		gm_fail(p->err, GM_EUSAGE, "option '--%.*s' is ambiguous",
			(int)name.len, name.ptr);
		return gm_hint(p->err, "It could be one of: %s.",
			       joined(p->arena, &beginning));
	}
	gm_fail(p->err, GM_EUSAGE, "unknown option '--%.*s'", (int)name.len,
		name.ptr);
	near = gm_near(name, texts.items, texts.n);
	if (near)
		gm_hint(p->err, "Did you mean '--%s'?", near);
	return -1;
}

/* "--name", "--name=value" or "--no-name"; `word` is without the dashes. */
static int parse_long(struct parser *p, struct gm_str word)
{
	struct spellings list = spellings(p->arena, p->opts);
	struct gm_str name = gm_str_sub(word, 0, gm_str_find(word, '='));
	bool has_value = name.len < word.len;
	const struct spelling *s;
	const char *shown;
	size_t begin;

	s = find_long(&list, name, &begin);
	if (!s)
		return no_such_long(p, &list, name, begin);
	shown = gm_printf(p->arena, "--%s", s->text);
	if (takes_value(s->opt))
		return has_value ? set_value(p, s->opt, shown,
					     word.ptr + name.len + 1)
				 : take_value(p, s->opt, shown);
	if (has_value)
		return gm_fail(p->err, GM_EUSAGE, "%s takes no value", shown);
	set_flag(p, s->opt, !s->negated);
	return 0;
}

/* "-abc": flags, the last of which may be an option with its value. */
static int parse_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		const struct gm_opt *opt = find_letter(p->opts, *letters);
		const char *shown = gm_printf(p->arena, "-%c", *letters);

		if (!opt)
			return gm_fail(p->err, GM_EUSAGE, "unknown option '%s'",
				       shown);
		if (takes_value(opt))
			return letters[1]
				       ? set_value(p, opt, shown, letters + 1)
				       : take_value(p, opt, shown);
		set_flag(p, opt, true);
	}
	return 0;
}

static bool is_operand(const struct gm_opt *opt)
{
	return opt->kind >= GM_OPT_KIND_OPERAND;
}

/* Give a word to the next operand, which stays when it takes all. */
static int parse_operand(struct parser *p, const struct gm_opt **next,
			 const char *word)
{
	const struct gm_opt *opt = *next;

	while (opt->kind != GM_OPT_KIND_END && !is_operand(opt))
		opt++;
	if (opt->kind == GM_OPT_KIND_END)
		return gm_fail(p->err, GM_EUSAGE, "unexpected operand '%s'",
			       word);
	*next = opt + (opt->kind != GM_OPT_KIND_OPERANDS);
	return set_value(p, opt, gm_printf(p->arena, "<%s>", opt->name), word);
}

int gm_opt_parse(void *args, struct gm_arena *a, const struct gm_opt *opts,
		 int argc, const char *const *argv, struct gm_err *err)
{
	struct parser p = { args, a, opts, argc, 0, argv, err };
	const struct gm_opt *next = opts;
	bool options = true;

	while (p.at < argc) {
		const char *word = argv[p.at++];
		int failed;

		if (!options || word[0] != '-' || !word[1]) {
			failed = parse_operand(&p, &next, word);
		} else if (!strcmp(word, "--")) {
			options = false;
			continue;
		} else if (word[1] == '-') {
			failed = parse_long(&p, gm_str(word + 2));
		} else {
			failed = parse_letters(&p, word + 1);
		}
		if (failed)
			return -1;
	}
	for (; next->kind != GM_OPT_KIND_END; next++)
		if (next->kind == GM_OPT_KIND_REQUIRED)
			return gm_fail(err, GM_EUSAGE, "<%s> is missing",
				       next->name);
	return 0;
}

/* The option that takes the word behind `word` as its value, or NULL. */
static const struct gm_opt *wants_next(const struct spellings *list,
				       const struct gm_opt *opts,
				       const char *word)
{
	const struct spelling *s;
	const struct gm_opt *opt;
	size_t begin;

	if (word[0] != '-')
		return NULL;
	if (word[1] == '-') {
		s = find_long(list, gm_str(word + 2), &begin);
		return s && takes_value(s->opt) ? s->opt : NULL;
	}
	while (*++word) {
		opt = find_letter(opts, *word);
		if (!opt || takes_value(opt))
			return opt && !word[1] ? opt : NULL;
	}
	return NULL;
}

/* The choices that begin with `word`, each behind `before`. */
static void add_choices(struct gm_buf *out, const struct gm_opt *opt,
			struct gm_str before, struct gm_str word)
{
	struct gm_strings list = choices(out->arena, opt);

	for (size_t i = 0; i < list.n; i++) {
		if (!gm_str_starts(gm_str(list.items[i]), word))
			continue;
		gm_buf_str(out, before);
		gm_buf_printf(out, "%s\n", list.items[i]);
	}
}

static void add_options(struct gm_buf *out, const struct spellings *list,
			const struct gm_opt *opts, struct gm_str word)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *text =
			gm_printf(out->arena, "--%s", list->items[i].text);

		/* The negated ones would bury the others: only when asked. */
		if (list->items[i].negated &&
		    !gm_str_starts(word, GM_STR("--n")))
			continue;
		if (gm_str_starts(gm_str(text), word))
			gm_buf_printf(out, "%s\n", text);
	}
	for (; word.len == 1 && opts->kind != GM_OPT_KIND_END; opts++)
		if (is_option(opts) && !opts->name && opts->letter)
			gm_buf_printf(out, "-%c\n", opts->letter);
}

const char *gm_opt_complete(struct gm_arena *a, const struct gm_opt *opts,
			    int argc, const char *const *argv)
{
	struct spellings list = spellings(a, opts);
	const struct gm_opt *waiting = NULL;
	struct gm_buf out = gm_buf(a);
	const struct spelling *s;
	struct gm_str last;
	size_t at, begin;

	for (int i = 0; i < argc - 1; i++) {
		if (!waiting && !strcmp(argv[i], "--"))
			return out.ptr;
		waiting = waiting ? NULL : wants_next(&list, opts, argv[i]);
	}
	last = argc ? gm_str(argv[argc - 1]) : GM_STR_NONE;
	at = gm_str_find(last, '=');
	if (waiting) {
		add_choices(&out, waiting, GM_STR_NONE, last);
	} else if (gm_str_starts(last, GM_STR("--")) && at < last.len) {
		s = find_long(&list, gm_str_sub(last, 2, at), &begin);
		if (s)
			add_choices(&out, s->opt, gm_str_sub(last, 0, at + 1),
				    gm_str_sub(last, at + 1, last.len));
	} else if (gm_str_starts(last, GM_STR("-"))) {
		add_options(&out, &list, opts, last);
	}
	return out.ptr;
}

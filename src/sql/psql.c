/* sql/read: psql meta-commands. */
#include "sql/read.h"

#include <string.h>

static bool one_of(struct gm_str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (gm_str_is(name, names[i]))
			return true;
	return false;
}

static void opaque(struct gm_psql *out, const char *why)
{
	out->class_ = GM_CLASS_OPAQUE;
	out->why = why;
}

/* Only change what psql shows, or show something. */
static bool is_harmless(struct gm_str name)
{
	static const char *const names[] = {
		"?",          "C",         "H",          "T",     "a",
		"conninfo",   "copyright", "echo",       "elif",  "else",
		"errverbose", "f",         "h",          "help",  "html",
		"l",          "l+",        "list",       "list+", "p",
		"print",      "pset",      "q",          "qecho", "quit",
		"restrict",   "sf",        "sf+",        "sv",    "sv+",
		"t",          "timing",    "unrestrict", "warn",  "x",
		"z",
	};

	if (name.len && name.ptr[0] == 'd') {
		for (size_t i = 1; i < name.len; i++)
			if (!strchr("abcdefghilmnoprstuvwxyACDFELOPSTX+",
				    name.ptr[i]))
				return false;
		return true;
	}
	return one_of(name, names, GM_COUNT(names));
}

/* Variables that change how psql goes on after an error, or what ends SQL. */
static void set(struct gm_psql *out, struct gm_str args)
{
	static const char *const special[] = { "ON_ERROR_STOP",
					       "ON_ERROR_ROLLBACK",
					       "SINGLELINE", "SINGLESTEP" };
	static const char *const on[] = { "on", "ON", "1", "true", "TRUE" };
	struct gm_str name, rest = args;

	out->sets_variables = true;
	if (!gm_str_split(&name, &rest, ' '))
		return;
	if (memchr(name.ptr, '\'', name.len) ||
	    memchr(name.ptr, '"', name.len) ||
	    memchr(name.ptr, ':', name.len) || memchr(name.ptr, '\t', name.len))
		opaque(out, "sets a variable whose name is computed");
	else if (gm_str_is(name, "ON_ERROR_STOP") &&
		 one_of(gm_str_trim(rest), on, GM_COUNT(on)))
		return;
	else if (one_of(name, special, GM_COUNT(special)))
		opaque(out, "changes what psql does after an error, or what"
			    " ends a statement");
}

/* Commands that send the statement before them. */
static bool sends(struct gm_psql *out, struct gm_str name, struct gm_str args)
{
	static const char *const names[] = { "g",     "gx",    "gset",
					     "gexec", "gdesc", "crosstabview",
					     "watch", "bind" };

	if (!one_of(name, names, GM_COUNT(names)))
		return false;
	out->sends = true;
	out->why = "sends the statement before it";
	out->sets_variables = gm_str_is(name, "gset");
	if (gm_str_is(name, "gexec"))
		opaque(out, "runs the results of a query as statements");
	else if ((gm_str_is(name, "g") || gm_str_is(name, "gx")) && args.len &&
		 !(args.ptr[0] == '(' && args.ptr[args.len - 1] == ')'))
		opaque(out, "sends rows to a file or program");
	return true;
}

/* The word FROM or TO outside of brackets. */
static struct gm_token find_direction(struct gm_str args, bool *program)
{
	struct gm_token t, found = { 0 };
	size_t at = 0, depth = 0;

	do {
		t = gm_lex_skip(args, &at);
		depth += t.kind == GM_TOKEN_OPEN;
		depth -= t.kind == GM_TOKEN_CLOSE && depth;
		if (depth)
			continue;
		*program |= gm_token_is(args, t, "program");
		if (!found.len && (gm_token_is(args, t, "from") ||
				   gm_token_is(args, t, "to")))
			found = t;
	} while (t.kind != GM_TOKEN_END && t.kind != GM_TOKEN_BROKEN);
	return found;
}

/* \copy is COPY, with files of the client. */
static void copy(struct gm_psql *out, struct gm_arena *a, struct gm_str args)
{
	bool program = false;
	struct gm_token direction = find_direction(args, &program), source;
	struct gm_str what = gm_str_sub(args, 0, direction.at);
	size_t at = direction.at + direction.len;

	if (program || !direction.len) {
		opaque(out, program ? "runs a program" : "cannot be read");
		return;
	}
	source = gm_lex_skip(args, &at);
	out->why = "copies rows out";
	if (gm_token_is(args, direction, "from")) {
		out->why = "copies rows in";
		out->data = gm_token_is(args, source, "stdin");
		out->query = gm_str(gm_printf(a, "COPY %.*s FROM STDIN",
					      (int)what.len, what.ptr));
		if (gm_token_is(args, source, "pstdin"))
			opaque(out, "reads rows from psql's own input");
		return;
	}
	out->query = gm_str(
		gm_printf(a, "COPY %.*s TO STDOUT", (int)what.len, what.ptr));
}

static void condition(struct gm_psql *out, struct gm_str name)
{
	out->why = "runs a part of the file or not";
	if (gm_str_is(name, "if"))
		out->condition = 1;
	else if (gm_str_is(name, "endif"))
		out->condition = -1;
}

static void judge(struct gm_psql *out, struct gm_arena *a, struct gm_str name,
		  struct gm_str args)
{
	if (gm_str_is(name, "copy")) {
		copy(out, a, args);
	} else if (memchr(args.ptr, '`', args.len)) {
		opaque(out, "runs a shell command");
	} else if (gm_str_is(name, "set")) {
		set(out, args);
	} else if (gm_str_is(name, "if") || gm_str_is(name, "endif")) {
		condition(out, name);
	} else if (gm_str_is(name, "unset")) {
		set(out, args);
	} else if (gm_str_is(name, "encoding")) {
		if (args.len && !gm_str_ieq(args, GM_STR("utf8")) &&
		    !gm_str_ieq(args, GM_STR("utf-8")))
			opaque(out, "has the rest of the file read in another"
				    " encoding");
	} else if (gm_str_is(name, "o") || gm_str_is(name, "out")) {
		if (args.len)
			opaque(out, "sends output to a file or program");
	} else if (gm_str_is(name, "i") || gm_str_is(name, "ir") ||
		   gm_str_is(name, "include") ||
		   gm_str_is(name, "include_relative")) {
		opaque(out, "runs another file, which is not read");
	} else if (name.len && name.ptr[0] == '!') {
		opaque(out, "runs a shell command");
	} else if (gm_str_is(name, "c") || gm_str_is(name, "connect")) {
		opaque(out, "connects to another database");
	} else if (!sends(out, name, args) && !is_harmless(name)) {
		opaque(out, "is a psql command that is not known to be"
			    " harmless");
	}
}

void gm_psql_read(struct gm_psql *out, struct gm_arena *a, struct gm_str text)
{
	struct gm_str name, args;
	size_t end = 1;

	while (end < text.len && !strchr(" \t\r", text.ptr[end]))
		end++;
	name = gm_str_sub(text, 1, end);
	args = gm_str_trim(gm_str_sub(text, end, text.len));
	*out = (struct gm_psql){ .class_ = GM_CLASS_NEUTRAL,
				 .tag = gm_printf(a, "\\%.*s", (int)name.len,
						  name.ptr),
				 .why = "only concerns psql" };
	if (name.len && name.ptr[0] == '!')
		out->tag = "\\!";
	judge(out, a, name, args);
}

/* sql/read: SET and transactions. */
#include "sql/read.h"

#include <string.h>

#include "base/buf.h"

/* Client encodings in which a byte below 0x80 may be half a character. */
static bool splits_ascii(struct gm_str encoding)
{
	static const char *const names[] = {
		"sjis",   "shift_jis",  "shiftjis",       "mskanji",
		"win932", "windows932", "shift_jis_2004", "shiftjis2004",
		"big5",   "win950",     "windows950",     "gbk",
		"win936", "windows936", "gb18030",        "uhc",
		"win949", "windows949", "johab"
	};

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (gm_str_ieq(encoding, gm_str(names[i])))
			return true;
	return false;
}

static bool is_true(struct gm_str value)
{
	static const char *const words[] = {
		"on", "true", "t", "yes", "y", "1"
	};

	for (size_t i = 0; i < GM_COUNT(words); i++)
		if (gm_str_ieq(value, gm_str(words[i])))
			return true;
	return false;
}

/* The first schema of a comma-separated list; NULL: not known. */
static const char *first_schema(struct gm_sql_reader *r, struct gm_str list)
{
	struct gm_str name;

	while (gm_str_split(&name, &list, ',')) {
		name = gm_str_trim(name);
		if (gm_str_is(name, "\"$user\"") || gm_str_is(name, "$user"))
			continue;
		if (!name.len || memchr(name.ptr, '"', name.len))
			return NULL;
		for (size_t i = 0; i < name.len; i++)
			if (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z')
				return NULL;
		return gm_str_dup(&r->keep, name);
	}
	return NULL;
}

/* Is PostgreSQL's own schema in the list, but not as the first? */
static bool lists_later(struct gm_str list)
{
	struct gm_str item;

	for (size_t i = 0; gm_str_split(&item, &list, ','); i++) {
		item = gm_str_trim(item);
		if (gm_str_starts(item, GM_STR("\"")))
			item = gm_str_sub(item, 1, item.len);
		if (i &&
		    gm_str_ieq(gm_str_sub(item, 0, 10), GM_STR("pg_catalog")))
			return true;
	}
	return false;
}

void gm_set_shadow(struct gm_sql_reader *r, const char *list)
{
	r->scope.shadowed |= !list || lists_later(gm_str(list));
}

/* Does it certainly run, and is not taken back? */
static bool lasts(const struct gm_sql_reader *r, bool local)
{
	return !local && !r->scope.maybe && !r->scope.open;
}

static void set_path(struct gm_sql_reader *r, struct gm_str list, bool local)
{
	const char *first = list.ptr ? first_schema(r, list) : NULL;

	if (!list.ptr || memmem(list.ptr, list.len, "pg_temp", 7) ||
	    memmem(list.ptr, list.len, "pg_catalog", 10))
		r->scope.temp_last = true;
	if (list.ptr && lasts(r, local))
		r->scope.shadowed = false;
	r->scope.shadowed |= lists_later(list);
	gm_scope_path(&r->scope, first, local);
}

void gm_set_parameter(struct gm_sql_reader *r, const char *name,
		      const char *value, bool local, int location)
{
	struct gm_str key = gm_str(name);

	gm_raise(r, GM_CLASS_NEUTRAL, location, "sets %s", name);
	if (gm_str_ieq(key, GM_STR("role")) ||
	    gm_str_ieq(key, GM_STR("session_authorization"))) {
		/* "$user" in the search path is somebody else from here on. */
		gm_scope_path(&r->scope, NULL, local);
	} else if (gm_str_ieq(key, GM_STR("search_path"))) {
		set_path(r, gm_str(value), local);
	} else if (gm_str_ieq(key, GM_STR("standard_conforming_strings"))) {
		if (!value || !is_true(gm_str(value)))
			gm_raise(r, GM_CLASS_OPAQUE, location,
				 "changes what a backslash in strings means");
	} else if (gm_str_ieq(key, GM_STR("client_encoding"))) {
		if (!value || splits_ascii(gm_str(value)))
			gm_raise(r, GM_CLASS_OPAQUE, location,
				 "has the rest of the file read in another"
				 " encoding");
	}
}

static const char *constant(struct gm_arena *a, const PgQuery__Node *node)
{
	const char *text = gm_node_string(node);
	const PgQuery__AConst *c;

	if (text || node->node_case != GM_NODE(A_CONST))
		return text;
	c = node->a_const;
	if (c->val_case == PG_QUERY__A__CONST__VAL_IVAL)
		return gm_printf(a, "%d", c->ival->ival);
	return c->val_case == PG_QUERY__A__CONST__VAL_FVAL ? c->fval->fval
							   : NULL;
}

/*
 * SET search_path lists names one by one: 'a, b' is one strange name.  As
 * text for set_path, in which a strange name has quotes.
 */
static const char *path_text(struct gm_sql_reader *r,
			     const PgQuery__VariableSetStmt *s)
{
	struct gm_buf out = gm_buf(&r->scratch);

	for (size_t i = 0; i < s->n_args; i++) {
		const char *name = gm_node_string(s->args[i]);
		bool strange = !name || !*name || strpbrk(name, ",\" ");

		if (i)
			gm_buf_putc(&out, ',');
		gm_buf_printf(&out, strange ? "\"%s\"" : "%s",
			      name ? name : "");
	}
	return out.ptr;
}

void gm_set_shadow_by(struct gm_sql_reader *r,
		      const PgQuery__VariableSetStmt *s)
{
	if (s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
		gm_set_shadow(r, path_text(r, s));
}

static void reset(struct gm_sql_reader *r, const char *name, bool local)
{
	if (!*name || !strcmp(name, "search_path")) {
		if (!local)
			r->scope.temp_last = false;
		if (lasts(r, local))
			r->scope.shadowed = false;
		gm_scope_path(&r->scope, "public", local);
	}
}

void gm_classify_set(struct gm_sql_reader *r, const PgQuery__VariableSetStmt *s)
{
	switch (s->kind) {
	case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE:
		if (!strcmp(s->name, "search_path"))
			gm_set_parameter(r, s->name, path_text(r, s),
					 s->is_local, 0);
		else
			gm_set_parameter(
				r, s->name,
				s->n_args ? constant(&r->scratch, s->args[0])
					  : NULL,
				s->is_local, 0);
		break;
	case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT:
	case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "resets %s", s->name);
		reset(r, s->name, s->is_local);
		break;
	case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "resets all parameters");
		reset(r, "", false);
		break;
	case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI:
		gm_raise(r, GM_CLASS_NEUTRAL, 0,
			 "sets the transaction's characteristics");
		break;
	default:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "sets %s", s->name);
		if (!strcmp(s->name, "search_path"))
			set_path(r, GM_STR_NONE, s->is_local);
	}
}

void gm_rolled_back(struct gm_sql_reader *r)
{
	gm_scope_forget(&r->scope);
	r->renamed.n = 0;
}

void gm_classify_transaction(struct gm_sql_reader *r,
			     const PgQuery__TransactionStmt *s)
{
	switch (s->kind) {
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "begins a transaction");
		gm_scope_begin(&r->scope);
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "ends a transaction");
		gm_scope_end(&r->scope);
		if (s->chain)
			gm_scope_begin(&r->scope);
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "rolls back");
		gm_rolled_back(r);
		break;
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
		gm_raise(r, GM_CLASS_NEUTRAL, 0, "sets a savepoint");
		break;
	default:
		gm_raise(r, GM_CLASS_OPAQUE, 0,
			 "ends a prepared transaction, whose statements are"
			 " not in view");
	}
}

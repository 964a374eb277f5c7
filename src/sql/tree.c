#include "sql/tree.h"

#include <string.h>

#include <pg_query.h>

#include "base/buf.h"
#include "sql/lex.h"

static void *tree_alloc(void *arena, size_t size)
{
	return gm_alloc(arena, size);
}

static void tree_free(void *arena, void *pointer)
{
	/* The arena goes as a whole. */
	(void)arena;
	(void)pointer;
}

/* The parser counts characters; we count bytes. */
static size_t byte_offset(struct gm_str sql, int cursor)
{
	size_t at = 0;

	for (int i = 1; i < cursor && at < sql.len; i++) {
		at++;
		while (at < sql.len && ((unsigned char)sql.ptr[at] >> 6) == 2)
			at++;
	}
	return at;
}

static void close_result(PgQueryProtobufParseResult *result)
{
	pg_query_free_protobuf_parse_result(*result);
}

void gm_tree_parse(struct gm_tree *out, struct gm_arena *scratch,
		   struct gm_str sql)
{
	GM_AUTO(close_result) PgQueryProtobufParseResult result = { 0 };
	ProtobufCAllocator allocator = { tree_alloc, tree_free, scratch };
	PgQuery__ParseResult *tree;

	*out = (struct gm_tree){ 0 };
	out->error = gm_lex_unfit(sql, GM_SQL_MAX_DEPTH, &out->error_at);
	if (out->error)
		return;
	result = pg_query_parse_protobuf(gm_str_dup(scratch, sql));
	if (result.error) {
		out->error = gm_strdup(scratch, result.error->message);
		out->error_at = byte_offset(sql, result.error->cursorpos);
		return;
	}
	tree = pg_query__parse_result__unpack(
		&allocator, result.parse_tree.len,
		(const uint8_t *)result.parse_tree.data);
	if (!tree) {
		out->error = "its tree cannot be unpacked";
		return;
	}
	out->items = tree->stmts;
	out->n = tree->n_stmts;
}

struct gm_str gm_node_pack(struct gm_arena *a, const PgQuery__Node *node)
{
	size_t len = pg_query__node__get_packed_size(node);
	uint8_t *packed = gm_alloc(a, len);

	pg_query__node__pack(node, packed);
	return (struct gm_str){ (const char *)packed, len };
}

const PgQuery__Node *gm_node_unpack(struct gm_arena *a, struct gm_str packed)
{
	ProtobufCAllocator allocator = { tree_alloc, tree_free, a };

	return pg_query__node__unpack(&allocator, packed.len,
				      (const uint8_t *)packed.ptr);
}

const ProtobufCMessage *gm_node_message(const PgQuery__Node *node)
{
	/* All members of the union are pointers to messages. */
	if (!node || node->node_case == PG_QUERY__NODE__NODE__NOT_SET)
		return NULL;
	return &node->alias->base;
}

static void walk_field(const ProtobufCMessage *m,
		       const ProtobufCFieldDescriptor *f,
		       bool (*visit)(void *ctx, const ProtobufCMessage *m),
		       void *ctx)
{
	const char *base = (const char *)m;
	const void *member = base + f->offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n =
			*(const size_t *)(const void *)(base +
							f->quantifier_offset);
		ProtobufCMessage *const *items =
			*(ProtobufCMessage *const *const *)member;

		for (size_t i = 0; i < n; i++)
			gm_tree_walk(items[i], visit, ctx);
		return;
	}
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
	    *(const uint32_t *)(const void *)(base + f->quantifier_offset) !=
		    f->id)
		return;
	gm_tree_walk(*(ProtobufCMessage *const *)member, visit, ctx);
}

void gm_tree_walk(const ProtobufCMessage *m,
		  bool (*visit)(void *ctx, const ProtobufCMessage *m),
		  void *ctx)
{
	/* A Node has some 240 fields, of which one is set. */
	if (m && m->descriptor == &pg_query__node__descriptor)
		m = gm_node_message((const PgQuery__Node *)m);
	if (!m || !visit(ctx, m))
		return;
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			walk_field(m, f, visit, ctx);
	}
}

const char *gm_node_string(const PgQuery__Node *node)
{
	if (!node)
		return NULL;
	if (node->node_case == PG_QUERY__NODE__NODE_STRING)
		return node->string->sval;
	if (node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
		return node->a_const->sval->sval;
	return NULL;
}

const char *gm_names(struct gm_arena *a, PgQuery__Node *const *items, size_t n)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < n; i++) {
		const char *name = gm_node_string(items[i]);

		if (i)
			gm_buf_putc(&out, '.');
		gm_buf_puts(&out, name ? name : "?");
	}
	return out.ptr;
}

const char *gm_names_last(PgQuery__Node *const *items, size_t n)
{
	const char *name = n ? gm_node_string(items[n - 1]) : NULL;

	return name ? name : "";
}

const char *gm_names_schema(PgQuery__Node *const *items, size_t n)
{
	return n > 1 ? gm_node_string(items[n - 2]) : NULL;
}

const char *gm_rel_name(struct gm_arena *a, const PgQuery__RangeVar *rel)
{
	if (!rel)
		return "?";
	if (*rel->schemaname)
		return gm_printf(a, "%s.%s", rel->schemaname, rel->relname);
	return rel->relname;
}

static void add_typmod(struct gm_buf *out, const PgQuery__Node *node)
{
	if (node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
		gm_buf_printf(out, "%d", node->a_const->ival->ival);
	else
		gm_buf_putc(out, '?');
}

const char *gm_type_name(struct gm_arena *a, const PgQuery__TypeName *type)
{
	struct gm_buf out = gm_buf(a);

	if (!type)
		return "?";
	gm_buf_puts(&out, gm_names(a, type->names, type->n_names));
	for (size_t i = 0; i < type->n_typmods; i++) {
		gm_buf_putc(&out, i ? ',' : '(');
		add_typmod(&out, type->typmods[i]);
	}
	if (type->n_typmods)
		gm_buf_putc(&out, ')');
	for (size_t i = 0; i < type->n_array_bounds; i++)
		gm_buf_puts(&out, "[]");
	if (type->pct_type)
		gm_buf_puts(&out, "%type");
	return out.ptr;
}

bool gm_node_is_null(const PgQuery__Node *node)
{
	while (node && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
		node = node->type_cast->arg;
	return node && node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	       node->a_const->isnull;
}

const PgQuery__DefElem *gm_option(PgQuery__Node *const *items, size_t n,
				  const char *name)
{
	const PgQuery__DefElem *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (items[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM &&
		    !strcmp(items[i]->def_elem->defname, name))
			found = items[i]->def_elem;
	return found;
}

const char *gm_option_text(struct gm_arena *a, const PgQuery__DefElem *option)
{
	const PgQuery__Node *arg = option ? option->arg : NULL;

	if (!arg)
		return "";
	switch (arg->node_case) {
	case PG_QUERY__NODE__NODE_STRING:
		return arg->string->sval;
	case PG_QUERY__NODE__NODE_INTEGER:
		return gm_printf(a, "%d", arg->integer->ival);
	case PG_QUERY__NODE__NODE_FLOAT:
		return arg->float_->fval;
	case PG_QUERY__NODE__NODE_BOOLEAN:
		return arg->boolean->boolval ? "true" : "false";
	case PG_QUERY__NODE__NODE_TYPE_NAME:
		return gm_names(a, arg->type_name->names,
				arg->type_name->n_names);
	case PG_QUERY__NODE__NODE_LIST:
		return gm_names(a, arg->list->items, arg->list->n_items);
	default:
		return "?";
	}
}

#include "sql/deparse.h"

#include <string.h>

#include <pg_query.h>

#include "base/buf.h"

/* What a chain of ANDs, or of ORs, ties together. */
struct chain {
	const PgQuery__Node **items;
	size_t n, cap;
};

static bool is_place(const ProtobufCFieldDescriptor *f)
{
	return !strcmp(f->name, "location") ||
	       !strcmp(f->name, "stmt_location") ||
	       !strcmp(f->name, "stmt_len") ||
	       !strcmp(f->name, "rexpr_list_start") ||
	       !strcmp(f->name, "rexpr_list_end");
}

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

static bool same_value(const ProtobufCFieldDescriptor *f, const void *one,
		       const void *two)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return gm_tree_same(*(ProtobufCMessage *const *)one,
				    *(ProtobufCMessage *const *)two);
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		const char *s = *(char *const *)one, *t = *(char *const *)two;

		return !strcmp(s ? s : "", t ? t : "");
	}
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return false; /* no tree has any */
	return !memcmp(one, two, size_of(f));
}

static bool same_field(const ProtobufCFieldDescriptor *f, const char *one,
		       const char *two)
{
	const char *a = one + f->offset, *b = two + f->offset;
	const void *qa = one + f->quantifier_offset;
	const void *qb = two + f->quantifier_offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = *(const size_t *)qa;
		const char *items_a = *(char *const *)(const void *)a;
		const char *items_b = *(char *const *)(const void *)b;

		if (n != *(const size_t *)qb)
			return false;
		for (size_t i = 0; i < n; i++)
			if (!same_value(f, items_a + i * size_of(f),
					items_b + i * size_of(f)))
				return false;
		return true;
	}
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		if (*(const uint32_t *)qa != *(const uint32_t *)qb)
			return false;
		if (*(const uint32_t *)qa != f->id)
			return true;
	}
	return same_value(f, a, b);
}

/* The operation, where it is AND or OR, that a node ties others with; or 0. */
static unsigned tie(const PgQuery__Node *node)
{
	if (!node || node->node_case != GM_NODE(BOOL_EXPR) ||
	    node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
		return 0;
	return node->bool_expr->boolop;
}

static void tied(struct chain *out, struct gm_arena *a,
		 const PgQuery__Node *node, unsigned op)
{
	if (!op || tie(node) != op) {
		*GM_PUSH(a, out) = node;
		return;
	}
	for (size_t i = 0; i < node->bool_expr->n_args; i++)
		tied(out, a, node->bool_expr->args[i], op);
}

static bool same_tied(const PgQuery__Node *one, const PgQuery__Node *two)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct chain a = { NULL }, b = { NULL };

	tied(&a, &scratch, one, tie(one));
	tied(&b, &scratch, two, tie(two));
	if (tie(one) != tie(two) || a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (!gm_tree_same(&a.items[i]->base, &b.items[i]->base))
			return false;
	return true;
}

bool gm_tree_same(const ProtobufCMessage *one, const ProtobufCMessage *two)
{
	if (!one || !two)
		return one == two;
	if (one->descriptor != two->descriptor)
		return false;
	/* A Node has some 240 fields, of which one is set. */
	if (one->descriptor == &pg_query__node__descriptor) {
		const PgQuery__Node *a = (const PgQuery__Node *)one;
		const PgQuery__Node *b = (const PgQuery__Node *)two;

		if (tie(a) || tie(b))
			return same_tied(a, b);
		return a->node_case == b->node_case &&
		       gm_tree_same(gm_node_message(a), gm_node_message(b));
	}
	for (unsigned i = 0; i < one->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &one->descriptor->fields[i];

		if (!is_place(f) &&
		    !same_field(f, (const char *)one, (const char *)two))
			return false;
	}
	return true;
}

static void close_result(PgQueryDeparseResult *result)
{
	pg_query_free_deparse_result(*result);
}

const char *gm_tree_text(struct gm_arena *a, PgQuery__RawStmt *stmt)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	GM_AUTO(close_result) PgQueryDeparseResult result = { 0 };
	PgQuery__ParseResult all = PG_QUERY__PARSE_RESULT__INIT;
	PgQueryProtobuf packed;
	struct gm_tree again;

	all.version = PG_VERSION_NUM;
	all.n_stmts = 1;
	all.stmts = &stmt;
	packed.len = pg_query__parse_result__get_packed_size(&all);
	packed.data = gm_alloc(&scratch, packed.len);
	pg_query__parse_result__pack(&all, (uint8_t *)packed.data);
	result = pg_query_deparse_protobuf(packed);
	if (result.error || !result.query)
		return NULL;
	gm_tree_parse(&again, &scratch, gm_str(result.query));
	if (again.error || again.n != 1 ||
	    !gm_tree_same(&stmt->stmt->base, &again.items[0]->stmt->base))
		return NULL;
	return gm_strdup(a, result.query);
}

const char *gm_quote_name(struct gm_arena *a, const char *name)
{
	struct gm_buf out = gm_buf(a);

	gm_buf_putc(&out, '"');
	for (; *name; name++) {
		if (*name == '"')
			gm_buf_putc(&out, '"');
		gm_buf_putc(&out, *name);
	}
	gm_buf_putc(&out, '"');
	return out.ptr;
}

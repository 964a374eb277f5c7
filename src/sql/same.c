#include "sql/same.h"

#include "sql/deparse.h"
#include "sql/lex.h"

bool gm_sql_same(struct gm_str one, struct gm_str two)
{
	GM_AUTO(gm_arena_done) struct gm_arena scratch = GM_ARENA_INIT;
	struct gm_tree a, b;

	gm_tree_parse(&a, &scratch, one);
	gm_tree_parse(&b, &scratch, two);
	if (a.error || b.error || a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (!gm_tree_same(&a.items[i]->stmt->base,
				  &b.items[i]->stmt->base))
			return false;
	return true;
}

/* Of a string between dollars, what is in it; else no string at all. */
static struct gm_str body(struct gm_str string)
{
	size_t tag;

	if (!gm_str_starts(string, GM_STR("$")))
		return GM_STR_NONE;
	tag = gm_str_find(gm_str_sub(string, 1, string.len), '$') + 2;
	return gm_str_sub(string, tag, string.len - tag);
}

/* Token by token; with `inside`, strings between dollars as well. */
static bool same_tokens(struct gm_str one, struct gm_str two, bool inside)
{
	struct gm_token before = { .kind = GM_TOKEN_END };
	size_t i = 0, k = 0;
	bool known = false;

	for (;;) {
		struct gm_token s = gm_lex(one, &i), t = gm_lex(two, &k);
		struct gm_str a = gm_token_text(one, s);
		struct gm_str b = gm_token_text(two, t);

		if (s.kind != t.kind || s.kind == GM_TOKEN_BROKEN)
			return false;
		if (s.kind == GM_TOKEN_END)
			return true;
		if (gm_token_is(one, before, "language"))
			known = gm_token_is(one, s, "sql") ||
				gm_token_is(one, s, "plpgsql");
		before = s;
		if (gm_str_eq(a, b))
			continue;
		if (!inside || !known || s.kind != GM_TOKEN_STRING ||
		    !body(a).ptr || !body(b).ptr ||
		    !same_tokens(body(a), body(b), false))
			return false;
	}
}

bool gm_sql_same_routine(struct gm_str one, struct gm_str two)
{
	return same_tokens(one, two, true);
}

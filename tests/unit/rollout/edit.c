#include "rollout/edit.h"

#include "unit.h"

static struct gm_arena arena = GM_ARENA_INIT;
static struct gm_edit e;
static struct gm_err err;

static void open_text(const char *text)
{
	err = (struct gm_err)GM_ERR_INIT;
	assert_ok(gm_edit_open(&e, &arena, "a.yaml", gm_str(text), &err));
}

static struct gm_yaml *spec(void)
{
	return gm_yaml_get(e.docs.items[e.docs.n - 1], "spec");
}

static struct gm_yaml *item(const char *name)
{
	struct gm_yaml *m = gm_yaml_map(&arena);

	gm_yaml_set(&arena, m, "name", gm_yaml_string(&arena, name));
	return m;
}

static void push(const char *from, const char *to)
{
	open_text(from);
	assert_ok(gm_edit_push(&e, spec(), "dependsOn", item("x"), &err));
	assert_str(e.text, to);
}

static void test_push(void **state)
{
	(void)state;
	push("spec: # of it\n  a: 1 # one\n  dependsOn: [{name: b}] # why\n",
	     "spec: # of it\n  a: 1 # one\n"
	     "  dependsOn: [{name: b}, {name: \"x\"}] # why\n");
	push("spec:\n  dependsOn:\n    - name: b\n      namespace: c\n"
	     "    # a comment\n  z: 1\n",
	     "spec:\n  dependsOn:\n    - name: b\n      namespace: c\n"
	     "    - {name: \"x\"}\n    # a comment\n  z: 1\n");
	push("spec:\n  dependsOn:\n  - name: b\n  z: 1\n---\n"
	     "spec:\n  dependsOn:\n  - name: b\n  z: 1\n",
	     "spec:\n  dependsOn:\n  - name: b\n  z: 1\n---\n"
	     "spec:\n  dependsOn:\n  - name: b\n  - {name: \"x\"}\n  z: 1\n");
	push("spec:\n  a: 1\n  b:\n  - c\nkind: K\n",
	     "spec:\n  a: 1\n  b:\n  - c\n  dependsOn: [{name: \"x\"}]\n"
	     "kind: K\n");
	push("spec:\n  b: [c,\n    d]\n",
	     "spec:\n  b: [c,\n    d]\n  dependsOn: [{name: \"x\"}]\n");
	push("{kind: K, spec: {a: \"\xc3\xa4 }\", b: 'it''s ]'}}",
	     "{kind: K, spec: {a: \"\xc3\xa4 }\", b: 'it''s ]',"
	     " dependsOn: [{name: \"x\"}]}}");
	push("spec:\n  a: 1", "spec:\n  a: 1\n  dependsOn: [{name: \"x\"}]\n");
	push("spec:\n  a: |\n    # text\n    - y\n\nb: 1\n",
	     "spec:\n  a: |\n    # text\n    - y\n"
	     "  dependsOn: [{name: \"x\"}]\n\nb: 1\n");
	gm_arena_done(&arena);
}

static void take(const char *from, size_t index, const char *to)
{
	open_text(from);
	assert_ok(gm_edit_take(&e, spec(), "dependsOn", index, &err));
	assert_str(e.text, to);
}

static void test_take(void **state)
{
	(void)state;
	take("spec:\n  dependsOn: [{name: a}, {name: b}]\n", 0,
	     "spec:\n  dependsOn: [{name: b}]\n");
	take("spec:\n  dependsOn: [{name: a}, {name: \"b]\"}] # c\n", 1,
	     "spec:\n  dependsOn: [{name: a}] # c\n");
	take("spec:\n  a: 1\n  dependsOn: [\n    {name: a}\n  ]\n  b: 1\n", 0,
	     "spec:\n  a: 1\n  b: 1\n");
	take("spec:\n  dependsOn:\n    - name: a\n      namespace: n\n"
	     "    # of b\n    - name: b\n",
	     0, "spec:\n  dependsOn:\n    # of b\n    - name: b\n");
	take("spec:\n  dependsOn:\n  - name: a\n  - name: b\n  z: 1\n", 1,
	     "spec:\n  dependsOn:\n  - name: a\n  z: 1\n");
	take("spec:\n  dependsOn:\n  - name: a\n  z: 1\n", 0,
	     "spec:\n  z: 1\n");
	take("spec: {dependsOn: [{name: a}], z: 1}\n", 0, "spec: {z: 1}\n");
	take("spec: {z: 1, dependsOn: [{name: a}]}\n", 0, "spec: {z: 1}\n");
	gm_arena_done(&arena);
}

static void empty(const char *from, const char *to)
{
	open_text(from);
	assert_ok(gm_edit_empty(&e, spec(), "dependsOn", &err));
	assert_str(e.text, to);
}

static void test_empty(void **state)
{
	(void)state;
	empty("spec:\n  dependsOn: [a, {b: c}] # why\n  z: 1\n",
	      "spec:\n  dependsOn: [] # why\n  z: 1\n");
	empty("spec:\n  dependsOn: # why\n  - a\n  # b\n  - b\n  z: 1\n",
	      "spec:\n  dependsOn: [] # why\n  z: 1\n");
	empty("spec:\n  \"dependsOn\" :\n    - a: 1\n      b: 2\n",
	      "spec:\n  \"dependsOn\" : []\n");
	gm_arena_done(&arena);
}

/* A scalar, and into a list without items. */
static void test_push_scalar(void **state)
{
	(void)state;
	open_text("spec: {dependsOn: []} # none\n");
	assert_ok(gm_edit_push(&e, spec(), "dependsOn",
			       gm_yaml_string(&arena, "x"), &err));
	assert_ok(gm_edit_push(&e, spec(), "dependsOn",
			       gm_yaml_word(&arena, "true"), &err));
	assert_str(e.text, "spec: {dependsOn: [\"x\", true]} # none\n");
	gm_arena_done(&arena);
}

static void set(const char *from, const char *to)
{
	open_text(from);
	assert_ok(gm_edit_set(&e, gm_yaml_get(spec(), "a"), "n\"w", &err));
	assert_str(e.text, to);
}

static void test_set(void **state)
{
	(void)state;
	set("spec: {a: old, b: 1}\n", "spec: {a: \"n\\\"w\", b: 1}\n");
	set("spec:\n  a: it, old  # why\n", "spec:\n  a: \"n\\\"w\"  # why\n");
	set("spec: {a: 'o''ld', b: 1}\n", "spec: {a: \"n\\\"w\", b: 1}\n");
	gm_arena_done(&arena);
}

/* What would change more than was meant is left to people. */
static void test_by_hand(void **state)
{
	(void)state;
	open_text("b: &x [{name: a}]\nspec:\n  dependsOn: *x\n  z: 1\n");
	assert_int_equal(gm_edit_push(&e, spec(), "dependsOn", item("x"), &err),
			 -1);
	assert_int_equal(err.code, GM_EINPUT);
	open_text("spec: {}\n");
	assert_int_equal(gm_edit_push(&e, spec(), "dependsOn", item("x"), &err),
			 -1);
	open_text("spec:\n  dependsOn:\n");
	assert_int_equal(gm_edit_push(&e, spec(), "dependsOn", item("x"), &err),
			 -1);
	open_text("spec:\n  dependsOn:\n    -\n      name: a\n    - name: b\n");
	assert_int_equal(gm_edit_take(&e, spec(), "dependsOn", 0, &err), -1);
	open_text("spec:\n  a: |\n    text\n");
	assert_int_equal(gm_edit_set(&e, gm_yaml_get(spec(), "a"), "new", &err),
			 -1);
	open_text("spec:\n  dependsOn: [{name: a}]\n");
	assert_int_equal(gm_edit_take(&e, spec(), "dependsOn", 0, &err), -1);
	assert_str(e.text, "spec:\n  dependsOn: [{name: a}]\n");
	assert_int_equal(gm_edit_open(&e, &arena, "a.yaml", GM_STR("{"), &err),
			 -1);
	gm_arena_done(&arena);
}

GM_UNIT_MAIN(cmocka_unit_test(test_push), cmocka_unit_test(test_push_scalar),
	     cmocka_unit_test(test_take), cmocka_unit_test(test_empty),
	     cmocka_unit_test(test_set), cmocka_unit_test(test_by_hand))

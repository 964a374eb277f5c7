#include "unit.h"

#include <stdio.h>

#include "policy/fields.h"
#include "policy/policy.h"

/* A field can be read and explained only when its entry is complete. */
static void check_field(const struct gm_field *f, int depth)
{
	assert_non_null(f->key);
	assert_non_null(f->read);
	assert_true(depth < GM_NODE_DEPTH);
	if (!f->like)
		fail_msg("'%s' has no example", f->key);
	if (f->read == gm_read_text || f->read == gm_read_texts)
		assert_non_null(f->check);
	if (f->read == gm_read_int)
		assert_true(f->max > 0 && f->max >= f->min);
	if (f->read == gm_read_word || f->read == gm_read_either)
		assert_non_null(f->words);
	if (f->read == gm_read_struct)
		assert_non_null(f->fields);
	if (f->read == gm_read_list || f->read == gm_read_named)
		assert_non_null(f->value);
	if (f->read == gm_read_named)
		assert_non_null(f->name);
	assert_false(f->required && f->otherwise);
	if (f->name)
		check_field(f->name, depth + 1);
	if (f->value)
		check_field(f->value, depth + 1);
	for (const struct gm_field *in = f->fields; in && in->key; in++) {
		for (const struct gm_field *k = f->fields; k != in; k++)
			assert_string_not_equal(k->key, in->key);
		check_field(in, depth + 1);
	}
}

static void test_table(void **state)
{
	(void)state;
	check_field(&gm_policy_field, 0);
}

/* Hints show `like`; what they tell people to write must read. */
static void check_like(const struct gm_field *f)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy policy;
	struct gm_err err = GM_ERR_INIT;
	char text[512];
	const char *head = "version: 1\nproject: shop\n";

	if (!strcmp(f->key, "version") || !strcmp(f->key, "project"))
		head = f->key[0] == 'v' ? "project: shop\n" : "version: 1\n";
	else if (!strcmp(f->key, "approvals"))
		head = "version: 1\nproject: shop\nroles: {dba: [ann]}\n";
	snprintf(text, sizeof(text), "%s%s: %s\n", head, f->key, f->like);
	if (gm_policy_read(&policy, &a, "x", gm_str(text), &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	gm_arena_done(&a);
}

static void test_examples(void **state)
{
	(void)state;
	for (const struct gm_field *f = gm_policy_field.fields; f->key; f++)
		check_like(f);
}

GM_UNIT_MAIN(cmocka_unit_test(test_table), cmocka_unit_test(test_examples))

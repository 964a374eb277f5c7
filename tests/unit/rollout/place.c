#include "rollout/update.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "git/place.h"

static struct gm_place directory(void)
{
	return (struct gm_place){ .dir = place };
}

static struct gm_place tree(void)
{
	return (struct gm_place){ .repo = repo, .tree = rev("HEAD^{tree}") };
}

/* a, d/e/f and a link, committed. */
static void fill(void)
{
	make_repo();
	put("a", "1");
	put("d/e/f", "2");
	assert_int_equal(symlink("../a", in_place("d/link")), 0);
	commit_all("one");
	open_repo();
}

static const char *list(const struct gm_place *p, const char *dir)
{
	struct gm_strings names;
	struct gm_buf out = gm_buf(&arena);

	assert_ok(gm_place_list(&names, &arena, p, dir, &err));
	for (size_t i = 0; i < names.n; i++)
		gm_buf_printf(&out, "%s%s", i ? " " : "", names.items[i]);
	return out.ptr;
}

static void both(void (*check)(const struct gm_place *p))
{
	struct gm_place p;

	fill();
	p = directory();
	check(&p);
	p = tree();
	check(&p);
}

static void check_read(const struct gm_place *p)
{
	struct gm_str text;

	assert_int_equal(gm_place_read(&text, &arena, p, "d/e/f", &err), 1);
	assert_str(text, "2");
	assert_int_equal(gm_place_read(&text, &arena, p, "d/x", &err), 0);
	assert_int_equal(gm_place_read(&text, &arena, p, "x/y", &err), 0);
	assert_failed(gm_place_read(&text, &arena, p, "d/link", &err),
		      GM_EINPUT, "a link stands");
	assert_failed(gm_place_read(&text, &arena, p, "d/e", &err), GM_EINPUT,
		      "something else stands");
	assert_string_equal(list(p, ""), "a d/e/f d/link");
	assert_string_equal(list(p, "d"), "d/e/f d/link");
	assert_string_equal(list(p, "nowhere"), "");
}

static void test_read(void **state)
{
	(void)state;
	both(check_read);
}

static void test_empty(void **state)
{
	struct gm_place p = { 0 };
	struct gm_str text;

	(void)state;
	fill();
	p.repo = repo;
	assert_int_equal(gm_place_read(&text, &arena, &p, "a", &err), 0);
	assert_string_equal(list(&p, ""), "");
	p = (struct gm_place){ .dir = in_place("nowhere") };
	assert_int_equal(gm_place_read(&text, &arena, &p, "a", &err), 0);
	assert_string_equal(list(&p, ""), "");
}

/* Whatever a link points at, nothing goes through it. */
static void test_links(void **state)
{
	struct gm_place p;
	struct gm_strings names;
	struct gm_str text;

	(void)state;
	fill();
	p = directory();
	assert_int_equal(symlink("d", in_place("l")), 0);
	assert_failed(gm_place_read(&text, &arena, &p, "l/e/f", &err),
		      GM_EINPUT, "a link stands");
	assert_failed(gm_place_write(&p, "l/new", GM_STR("x"), &err), GM_EINPUT,
		      "a link stands");
	assert_failed(gm_place_remove(&p, "l/e/f", &err), GM_EINPUT,
		      "a link stands");
	assert_failed(gm_place_list(&names, &arena, &p, "l", &err), GM_EINPUT,
		      "a link stands");
	assert_failed(gm_place_write(&p, "a/b", GM_STR("x"), &err), GM_EINPUT,
		      "something else");
}

static void test_write(void **state)
{
	struct gm_place p;
	struct gm_str text;
	struct stat st;

	(void)state;
	fill();
	p = directory();
	assert_ok(gm_place_write(&p, "n/m/o", GM_STR("new"), &err));
	assert_ok(gm_place_write(&p, "n/m/o", GM_STR("newer"), &err));
	assert_int_equal(gm_place_read(&text, &arena, &p, "n/m/o", &err), 1);
	assert_str(text, "newer");
	assert_ok(gm_place_remove(&p, "n/m/o", &err));
	assert_int_equal(stat(in_place("n"), &st), -1);
	assert_ok(gm_place_remove(&p, "n/m/o", &err));
	assert_ok(gm_place_remove(&p, "d/e/f", &err));
	assert_string_equal(list(&p, ""), "a d/link");
}

/* As it will be. */
static void test_pending(void **state)
{
	struct gm_update_change items[] = {
		{ .path = "a", .content = GM_STR_NONE },
		{ .path = "d/e/f", .content = GM_STR("new") },
		{ .path = "d/g", .content = GM_STR("g") },
	};
	const struct gm_update u = { .items = items, .n = 3 };
	struct gm_place p;
	struct gm_str text;

	(void)state;
	fill();
	p = directory();
	p.pending = &u;
	assert_int_equal(gm_place_read(&text, &arena, &p, "a", &err), 0);
	assert_int_equal(gm_place_read(&text, &arena, &p, "d/e/f", &err), 1);
	assert_str(text, "new");
	assert_string_equal(list(&p, ""), "d/e/f d/g d/link");
	assert_string_equal(list(&p, "d/e"), "d/e/f");
	assert_non_null(gm_place_real(&arena, in_place("d")));
	assert_null(gm_place_real(&arena, in_place("a")));
	assert_null(gm_place_real(&arena, in_place("none")));
}

static void test_too_deep(void **state)
{
	struct gm_strings names;
	struct gm_place p;
	struct gm_buf path = gm_buf(&arena);

	(void)state;
	p = directory();
	for (int i = 0; i < 70; i++)
		gm_buf_puts(&path, "d/");
	gm_buf_puts(&path, "f");
	put(path.ptr, "x");
	assert_failed(gm_place_list(&names, &arena, &p, "", &err), GM_ELIMIT,
		      "64 levels");
}

GM_UNIT_MAIN(PLACE_TEST(test_read), PLACE_TEST(test_empty),
	     PLACE_TEST(test_links), PLACE_TEST(test_write),
	     PLACE_TEST(test_pending), PLACE_TEST(test_too_deep))

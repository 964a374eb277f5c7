#include "base/arena.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* Let malloc() say no under AddressSanitizer too, rather than end the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void zeroed_and_aligned(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	for (size_t size = 0; size < 300; size++) {
		unsigned char *p = gm_alloc(&a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
}

static void apart_from_each_other(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	char *items[200];

	(void)state;
	for (size_t i = 0; i < GM_COUNT(items); i++) {
		items[i] = gm_alloc(&a, i + 1);
		memset(items[i], (int)i, i + 1);
	}
	for (size_t i = 0; i < GM_COUNT(items); i++)
		for (size_t j = 0; j <= i; j++)
			assert_int_equal((unsigned char)items[i][j], i);
	assert_ptr_not_equal(gm_alloc(&a, 0), gm_alloc(&a, 0));
}

static void larger_than_a_block(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	size_t size = (size_t)1 << 20;
	char *big = gm_alloc(&a, size);

	(void)state;
	memset(big, 'x', size);
	assert_true(a.total >= size);
	assert_int_equal(*(char *)gm_alloc(&a, 1), 0);
	assert_int_equal(big[size - 1], 'x');
}

static void strings(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	assert_string_equal(gm_strdup(&a, "text"), "text");
	assert_string_equal(gm_strdup(&a, ""), "");
	assert_memory_equal(gm_strndup(&a, "a\0bcd", 3), "a\0b", 4);
	assert_string_equal(gm_strndup(&a, NULL, 0), "");
	assert_string_equal(gm_printf(&a, "%s-%d-%s", "a", 7, "b"), "a-7-b");
	assert_string_equal(gm_printf(&a, "%s", ""), "");
}

static void growing_lists(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct {
		int *items;
		size_t n, cap;
	} list = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int *p = GM_PUSH(&a, &list);

		assert_int_equal(*p, 0);
		*p = i;
	}
	assert_int_equal(list.n, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list.items[i], i);
}

static void marks(void **state)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_arena_mark start = gm_arena_mark(&a), mark;
	char *kept = gm_strdup(&a, "kept");
	size_t total;

	(void)state;
	mark = gm_arena_mark(&a);
	total = a.total;
	for (int round = 0; round < 3; round++) {
		char *p = gm_alloc(&a, 100000);

		assert_int_equal(p[99999], 0);
		memset(p, 'x', 100000);
		gm_alloc(&a, 10);
		gm_arena_reset(&a, mark);
		assert_int_equal(a.total, total);
	}
	assert_string_equal(kept, "kept");
	/* What is taken again is zeroed again. */
	assert_int_equal(*(char *)gm_alloc(&a, 8), 0);
	gm_arena_reset(&a, start);
	assert_null(a.head);
	assert_int_equal(a.total, 0);
}

static void usable_after_the_end(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;

	(void)state;
	gm_alloc(&a, 10);
	gm_arena_done(&a);
	gm_arena_done(&a);
	assert_null(a.head);
	assert_int_equal(a.total, 0);
	assert_string_equal(gm_strdup(&a, "again"), "again");
	gm_arena_done(&a);
}

/* The exit status of a child that asks for too much. */
static int status_of(void (*greedy)(struct gm_arena *))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct gm_arena a = GM_ARENA_INIT;

		if (!freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "w", stderr))
			_exit(1);
		greedy(&a);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static volatile size_t huge = SIZE_MAX;

static void overflow(struct gm_arena *a)
{
	gm_alloc_n(a, huge / 2, 3);
}

static void nearly_all(struct gm_arena *a)
{
	gm_alloc(a, huge);
}

static void no_room_for_a_header(struct gm_arena *a)
{
	gm_alloc(a, huge - 16);
}

static void more_than_there_is(struct gm_arena *a)
{
	gm_alloc(a, huge / 2);
}

static void too_much_ends_the_program(void **state)
{
	(void)state;
	assert_int_equal(status_of(overflow), 128);
	assert_int_equal(status_of(nearly_all), 128);
	assert_int_equal(status_of(no_room_for_a_header), 128);
	assert_int_equal(status_of(more_than_there_is), 128);
}

GM_UNIT_MAIN(cmocka_unit_test(zeroed_and_aligned),
	     cmocka_unit_test(apart_from_each_other),
	     cmocka_unit_test(larger_than_a_block), cmocka_unit_test(strings),
	     cmocka_unit_test(growing_lists), cmocka_unit_test(marks),
	     cmocka_unit_test(usable_after_the_end),
	     cmocka_unit_test(too_much_ends_the_program))

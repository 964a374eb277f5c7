/* base/twin: a fork of this process that works beside it. */
#include "base/twin.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define LARGE ((size_t)1 << 20)

static char bytes[LARGE], back[LARGE];

/* Read everything, then send it back, each byte one higher. */
static void add_one(void *arg, int fd)
{
	size_t got = gm_twin_receive(fd, bytes, sizeof(bytes));

	for (size_t i = 0; i < got; i++)
		bytes[i] = (char)(bytes[i] + *(const int *)arg);
	gm_twin_send(fd, bytes, got);
}

static void leave(void *arg, int fd)
{
	(void)arg;
	(void)fd;
}

static void hang(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	pause();
}

static void no_zombie(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_talk(void **state)
{
	struct gm_twin t;
	int one = 1;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	assert_true(gm_twin_start(&t, add_one, &one));
	assert_true(t.pid > 0);
	assert_true(gm_twin_send(t.fd, bytes, sizeof(bytes) - 7));
	gm_twin_last(t.fd);
	/* All of it, and no more; our own memory is as it was. */
	assert_int_equal(gm_twin_receive(t.fd, back, sizeof(back)),
			 sizeof(back) - 7);
	assert_int_equal(back[0], 'b');
	assert_int_equal(back[sizeof(back) - 8], 'b');
	assert_int_equal(bytes[0], 'a');
	gm_twin_done(&t);
	assert_int_equal(t.pid, 0);
	no_zombie();
	gm_twin_done(&t);
}

/* One that is gone is noticed, and its pipe kills nobody. */
static void test_gone(void **state)
{
	struct gm_twin t;

	(void)state;
	assert_true(gm_twin_start(&t, leave, NULL));
	assert_int_equal(gm_twin_receive(t.fd, back, 1), 0);
	assert_false(gm_twin_send(t.fd, bytes, sizeof(bytes)));
	gm_twin_done(&t);
	no_zombie();
}

/* One that would never end is ended. */
static void test_end(void **state)
{
	struct gm_twin t;

	(void)state;
	assert_true(gm_twin_start(&t, hang, NULL));
	gm_twin_done(&t);
	no_zombie();
}

GM_UNIT_MAIN(cmocka_unit_test(test_talk), cmocka_unit_test(test_gone),
	     cmocka_unit_test(test_end))

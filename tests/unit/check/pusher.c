#include "check/pusher.h"

#include <stdlib.h>

#include "check/fixture.h"

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	for (const char *const *name = gm_pusher_variables; *name; name++)
		unsetenv(*name);
	fixture_start(&f);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_done(&f);
	return 0;
}

static struct gm_pusher read_ok(const char *host)
{
	struct gm_pusher pusher = { 0 };
	struct gm_err err = GM_ERR_INIT;

	if (host)
		assert_ok(gm_config_set(f.repo, "migrate.pusher", host, &err));
	assert_ok(gm_pusher_read(&pusher, &f.arena, f.repo, &err));
	return pusher;
}

/* Whatever the environment says, nobody is believed unasked. */
static void test_unset(void **state)
{
	struct gm_pusher pusher;

	(void)state;
	setenv("GL_USER", "ann", 1);
	setenv("REMOTE_USER", "ann", 1);
	pusher = read_ok(NULL);
	assert_true(pusher.unknown);
	assert_int_equal(pusher.names.n, 0);
}

static void test_hosts(void **state)
{
	static const struct {
		const char *host, *variable;
	} cases[] = {
		{ "gitolite", "GL_USER" },   { "gitea", "GITEA_PUSHER_NAME" },
		{ "gitlab", "GL_USERNAME" }, { "github", "GITHUB_USER_LOGIN" },
		{ "http", "REMOTE_USER" },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct gm_pusher pusher = read_ok(cases[i].host);

		/* Those of the hosts before are still set: not asked for. */
		assert_true(pusher.unknown);
		assert_int_equal(pusher.names.n, 0);
		setenv(cases[i].variable, "ann", 1);
		pusher = read_ok(cases[i].host);
		assert_false(pusher.unknown);
		assert_int_equal(pusher.names.n, 1);
		assert_string_equal(pusher.names.items[0], "ann");
	}
}

static void test_two_names(void **state)
{
	struct gm_pusher pusher;

	(void)state;
	setenv("GITEA_PUSHER_NAME", "ann", 1);
	setenv("GITEA_PUSHER_EMAIL", "ann@example.com", 1);
	setenv("GITEA_DEPLOY_KEY_ID", "0", 1);
	pusher = read_ok("gitea");
	assert_false(pusher.unknown);
	assert_int_equal(pusher.names.n, 2);
	assert_string_equal(pusher.names.items[1], "ann@example.com");
}

/* A deploy key pushes in the name of whoever made it. */
static void test_machine(void **state)
{
	(void)state;
	setenv("GITEA_PUSHER_NAME", "ann", 1);
	setenv("GITEA_DEPLOY_KEY_ID", "7", 1);
	assert_true(read_ok("gitea").unknown);
}

static void test_odd_values(void **state)
{
	char name[400];

	(void)state;
	setenv("GL_USER", "", 1);
	assert_true(read_ok("gitolite").unknown);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	setenv("GL_USER", name, 1);
	assert_true(read_ok("gitolite").unknown);
}

static void test_unknown_host(void **state)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_pusher pusher;

	(void)state;
	assert_ok(gm_config_set(f.repo, "migrate.pusher", "bitbucket", &err));
	assert_int_equal(gm_pusher_read(&pusher, &f.arena, f.repo, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_string_equal(err.msg, "migrate.pusher is 'bitbucket'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

GM_UNIT_MAIN(TEST(test_unset), TEST(test_hosts), TEST(test_two_names),
	     TEST(test_machine), TEST(test_odd_values), TEST(test_unknown_host))

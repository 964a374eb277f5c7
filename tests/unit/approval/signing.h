/*
 * tests/unit/approval/signing: a repository in which somebody signs.
 */
#ifndef GM_TESTS_UNIT_APPROVAL_SIGNING_H
#define GM_TESTS_UNIT_APPROVAL_SIGNING_H

#include "unit/approval/keys.h"

#include "approval/sign.h"

static struct gm_signing signing;

GM_UNUSED static int signing_setup(void **state)
{
	gpg_setup(state);
	memset(&signing, 0, sizeof(signing));
	unsetenv("GIT_COMMITTER_NAME");
	unsetenv("GIT_COMMITTER_EMAIL");
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("SSH_ASKPASS");
	/* Nobody is asked while tests run. */
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	make_repo();
	return 0;
}

#define SIGNING_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, signing_setup, gpg_done)

/* What the configuration then says. */
GM_UNUSED static int read_signing(void)
{
	memset(&err, 0, sizeof(err));
	open_repo();
	return gm_signing_read(&signing, &arena, repo, &err);
}

#define assert_not_read(which, part)                                           \
	do {                                                                   \
		assert_failed(read_signing(), (which), (part));                \
		assert_true(err.hint[0]);                                      \
	} while (0)

/* A program in the place that is this script. */
GM_UNUSED static const char *script(const char *name, const char *text)
{
	const char *path = in_place(name);

	put(name, gm_printf(&arena, "#!/bin/sh\n%s\n", text));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

#endif

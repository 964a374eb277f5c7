/*
 * tests/unit/scratch: a directory for a test, and nothing else around it.
 *
 * Each call makes a new one and removes the one before; the last goes when the
 * program ends, also after a test that failed.  The environment then names no
 * repository, and no configuration but that of repositories and of HOME,
 * which is the directory.
 */
#ifndef GM_TESTS_UNIT_SCRATCH_H
#define GM_TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* libgit2 1.5.1 forgets what PCRE gave it when a pattern does not match. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2";
}

static char scratch_dir[PATH_MAX];

static inline int scratch_remove_one(const char *path, const struct stat *st,
				     int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void scratch_remove(void)
{
	if (scratch_dir[0])
		nftw(scratch_dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	scratch_dir[0] = 0;
}

static inline void scratch_environment(void)
{
	static const char *const variables[] = {
		"GIT_DIR",
		"GIT_WORK_TREE",
		"GIT_COMMON_DIR",
		"GIT_INDEX_FILE",
		"GIT_OBJECT_DIRECTORY",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_QUARANTINE_PATH",
		"GIT_NAMESPACE",
		"GIT_SHALLOW_FILE",
		"GIT_CONFIG_COUNT",
		"GIT_CONFIG_PARAMETERS",
		"GIT_CONFIG_SYSTEM",
		"GIT_DISCOVERY_ACROSS_FILESYSTEM",
		"GIT_MIGRATE_NOW",
		"XDG_CONFIG_HOME",
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", scratch_dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("LC_ALL", "C", 1);
}

/* Its path, which is a real one; fails the test when there is none. */
static inline const char *scratch_make(void)
{
	static bool used;
	const char *tmp = getenv("TMPDIR");
	char name[PATH_MAX];

	scratch_remove();
	if (!used)
		atexit(scratch_remove);
	used = true;
	snprintf(name, sizeof(name), "%s/gm-unit-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(name));
	assert_non_null(realpath(name, scratch_dir));
	scratch_environment();
	return scratch_dir;
}

#endif

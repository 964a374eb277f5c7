#include "db/binaries.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"

#define ANSWER_MS 20000

static const char *const programs[] = { "initdb", "postgres" };

/* The first of the programs that is not there, or NULL. */
static const char *missing(struct gm_arena *a, const char *dir)
{
	for (size_t i = 0; i < GM_COUNT(programs); i++)
		if (access(gm_printf(a, "%s/%s", dir, programs[i]), X_OK) < 0)
			return programs[i];
	return NULL;
}

static const char *from_pg_config(struct gm_arena *a)
{
	const char *const argv[] = { "pg_config", "--bindir", NULL };
	struct gm_child child = { .argv = argv,
				  .mute = true,
				  .timeout_ms = ANSWER_MS };
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_str out;

	if (gm_child_run(&out, a, &child, &ignored) != 0)
		return NULL;
	return gm_str_dup(a, gm_str_trim(out));
}

/* The highest N of <parent>/<prefix>N/bin that has them all. */
static const char *newest(struct gm_arena *a, const char *parent,
			  const char *prefix)
{
	DIR *dir = opendir(parent);
	size_t len = strlen(prefix);
	const char *best = NULL;
	uint64_t major, top = 0;
	struct dirent *entry;

	if (!dir)
		return NULL;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name, *path;

		if (strncmp(name, prefix, len) != 0 ||
		    !gm_str_uint(&major, gm_str(name + len)) || major <= top)
			continue;
		path = gm_printf(a, "%s/%s/bin", parent, name);
		if (missing(a, path))
			continue;
		top = major;
		best = path;
	}
	closedir(dir);
	return best;
}

static const char *on_path(struct gm_arena *a)
{
	struct gm_str rest = gm_str(getenv("PATH")), dir;

	while (gm_str_split(&dir, &rest, ':')) {
		const char *path = gm_str_dup(a, dir);

		if (*path == '/' && !missing(a, path))
			return path;
	}
	return NULL;
}

static const char *look(struct gm_arena *a)
{
	const char *dir = from_pg_config(a);

	if (dir && *dir == '/' && !missing(a, dir))
		return dir;
	dir = newest(a, "/usr/lib/postgresql", "");
	if (!dir)
		dir = newest(a, "/usr", "pgsql-");
	return dir ? dir : on_path(a);
}

const char *gm_binaries_of(struct gm_arena *a, int major)
{
	const char *const dirs[] = {
		gm_printf(a, "/usr/lib/postgresql/%d/bin", major),
		gm_printf(a, "/usr/pgsql-%d/bin", major),
	};

	for (size_t i = 0; i < GM_COUNT(dirs); i++)
		if (!missing(a, dirs[i]))
			return dirs[i];
	return NULL;
}

/* "postgres (PostgreSQL) 15.20 (Debian ...)" */
static int parse_version(struct gm_str out)
{
	struct gm_str word, part;
	uint64_t major, minor = 0;
	size_t at = gm_str_find(out, ')');

	word = gm_str_trim(gm_str_sub(out, at + 1, out.len));
	word = gm_str_sub(word, 0, gm_str_find(word, ' '));
	word = gm_str_sub(word, 0,
			  strspn(word.ptr ? word.ptr : "", "0123456789."));
	if (!gm_str_split(&part, &word, '.') || !gm_str_uint(&major, part) ||
	    major > 999)
		return 0;
	if (gm_str_split(&part, &word, '.') &&
	    (!gm_str_uint(&minor, part) || minor > 9999))
		minor = 0;
	return (int)(major * 10000 + minor);
}

static int read_version(int *version, struct gm_arena *a, const char *dir,
			struct gm_err *err)
{
	const char *const argv[] = { gm_printf(a, "%s/postgres", dir),
				     "--version", NULL };
	struct gm_child child = { .argv = argv, .timeout_ms = ANSWER_MS };
	struct gm_str out;
	int status = gm_child_run(&out, a, &child, err);

	if (status < 0)
		return -1;
	*version = parse_version(out);
	if (status || !*version)
		return gm_fail(err, GM_EPROGRAM,
			       "'%s' does not say which version it is",
			       argv[0]);
	if (*version < GM_SERVER_OLDEST) {
		gm_fail(err, GM_EPROGRAM, "PostgreSQL %d in '%s' is too old",
			*version / 10000, dir);
		return gm_hint(err,
			       "Name a directory with version %d or later.",
			       GM_SERVER_OLDEST / 10000);
	}
	return 0;
}

int gm_binaries_find(struct gm_binaries *out, struct gm_arena *a,
		     const char *dir, struct gm_err *err)
{
	const char *none, *found = dir;
	int version;
	char *real;

	if (dir) {
		real = realpath(dir, NULL);
		found = real ? gm_strdup(a, real) : dir;
		free(real);
		none = missing(a, found);
		if (none) {
			gm_fail(err, GM_EPROGRAM, "there is no '%s' in '%s'",
				none, dir);
			return gm_hint(err, "Name the directory that holds"
					    " PostgreSQL's initdb and"
					    " postgres.");
		}
	} else {
		found = look(a);
	}
	if (!found) {
		gm_fail(err, GM_EPROGRAM,
			"PostgreSQL's initdb and postgres are not"
			" found");
		return gm_hint(err, "Install the server (Debian: postgresql),"
				    " or name its directory with --pg-bin.");
	}
	if (read_version(&version, a, found, err) < 0)
		return -1;
	*out = (struct gm_binaries){ found, version };
	return 0;
}

#define GM_LIB_INTERNAL
#include "git/lib.h"

#include <git2/sys/alloc.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/*
 * libgit2 inflates an object into one allocation of the size the object
 * itself claims.  Asking for the header first would cost a second look-up of
 * each object; a limit on the allocation costs nothing.
 */
static _Thread_local size_t cap = GM_LIB_NO_CAP;
static _Thread_local bool capped;

size_t gm_lib_cap(size_t bytes)
{
	size_t old = cap;

	cap = bytes;
	return old;
}

bool gm_lib_capped(void)
{
	bool was = capped;

	capped = false;
	return was;
}

static bool too_large(size_t size)
{
	if (size <= cap)
		return false;
	capped = true;
	return true;
}

static void *lib_malloc(size_t n, const char *file GM_UNUSED,
			int line GM_UNUSED)
{
	return too_large(n) ? NULL : malloc(n);
}

static void *lib_mallocarray(size_t n, size_t size, const char *file, int line)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return lib_malloc(bytes, file, line);
}

static void *lib_calloc(size_t n, size_t size, const char *file GM_UNUSED,
			int line GM_UNUSED)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || too_large(bytes))
		return NULL;
	return calloc(n, size);
}

static void *lib_realloc(void *p, size_t size, const char *file GM_UNUSED,
			 int line GM_UNUSED)
{
	return too_large(size) ? NULL : realloc(p, size);
}

static void *lib_reallocarray(void *p, size_t n, size_t size, const char *file,
			      int line)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return lib_realloc(p, bytes, file, line);
}

static char *lib_substrdup(const char *s, size_t n, const char *file, int line)
{
	char *copy = lib_malloc(n + 1, file, line);

	if (!copy)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

static char *lib_strndup(const char *s, size_t n, const char *file, int line)
{
	return lib_substrdup(s, strnlen(s, n), file, line);
}

static char *lib_strdup(const char *s, const char *file, int line)
{
	return lib_substrdup(s, strlen(s), file, line);
}

static git_allocator allocator = {
	.gmalloc = lib_malloc,
	.gcalloc = lib_calloc,
	.gstrdup = lib_strdup,
	.gstrndup = lib_strndup,
	.gsubstrdup = lib_substrdup,
	.grealloc = lib_realloc,
	.greallocarray = lib_reallocarray,
	.gmallocarray = lib_mallocarray,
	.gfree = free,
};

/* Extensions that gm_format_check judges instead of libgit2. */
static const char *known[] = {
	"objectformat",       "worktreeconfig", "partialclone",
	"preciousobjects",    "refstorage",     "relativeworktrees",
	"compatobjectformat",
};

static int set_up(enum gm_repo_open how)
{
	static const int homes[] = { GIT_CONFIG_LEVEL_GLOBAL,
				     GIT_CONFIG_LEVEL_XDG };
	const char *path = how == GM_REPO_HOOK ? "" : NULL;

	for (size_t i = 0; i < GM_COUNT(homes); i++)
		if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, homes[i], path))
			return -1;
	/*
	 * Our own cache is smaller and quicker for what we read.  Outside of
	 * servers only blobs are hashed again (gm_blob_read): to hash each
	 * commit and tree of a long history would double its cost, and git
	 * does not, either.
	 */
	if (git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0) ||
	    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)1 << 20) ||
	    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT,
			     (size_t)8 << 20) ||
	    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION,
			     how == GM_REPO_HOOK) ||
	    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) ||
	    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, known, GM_COUNT(known)))
		return -1;
	return 0;
}

/*
 * While it starts, libgit2 parses all certificates that TLS could need, which
 * takes longer than to judge a push.  We speak to no other machine: for that
 * moment no file can be opened, and libgit2 goes on without them.
 */
static int init(void)
{
	struct rlimit before, none;
	bool limited = !getrlimit(RLIMIT_NOFILE, &before);
	int rc;

	if (limited) {
		none = (struct rlimit){ 0, before.rlim_max };
		limited = !setrlimit(RLIMIT_NOFILE, &none);
	}
	rc = git_libgit2_init();
	if (limited)
		setrlimit(RLIMIT_NOFILE, &before);
	return rc;
}

int gm_lib_start(enum gm_repo_open how, struct gm_err *err)
{
#ifdef M_MXFAST
	/* zlib's state for each object would have malloc tidy these up. */
	mallopt(M_MXFAST, 0);
#endif
	git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator);
	if (init() < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot start libgit2");
	if (set_up(how) < 0) {
		gm_lib_fail(err, GM_EGIT, "cannot set up libgit2");
		git_libgit2_shutdown();
		return -1;
	}
	return 0;
}

int gm_lib_fail(struct gm_err *err, enum gm_errcode code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (last && last->message)
		return gm_fail(err, code, "%s: %s", text, last->message);
	return gm_fail(err, code, "%s", text);
}

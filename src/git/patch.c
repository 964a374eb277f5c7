#include "git/patch.h"

#include "git/lib.h"

static void free_patch(git_patch **patch)
{
	git_patch_free(*patch);
}

static int compare(git_buf *out, const char *path, struct gm_str old,
		   struct gm_str new_)
{
	GM_AUTO(free_patch) git_patch *patch = NULL;
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;
	int rc = git_patch_from_buffers(
		&patch, old.ptr, old.len, old.ptr ? path : NULL, new_.ptr,
		new_.len, new_.ptr ? path : NULL, &options);

	return rc < 0 ? rc : git_patch_to_buf(out, patch);
}

int gm_patch_text(struct gm_str *out, struct gm_arena *a, const char *path,
		  struct gm_str old, struct gm_str new_, struct gm_err *err)
{
	git_buf text = { 0 };
	int rc;

	/* Where no repository is open, nobody has started it yet. */
	if (git_libgit2_init() < 0)
		return gm_lib_fail(err, GM_EGIT, "cannot start libgit2");
	rc = compare(&text, path, old, new_);
	if (rc < 0)
		gm_lib_fail(err, GM_EGIT, "cannot compare '%s'", path);
	else
		*out = (struct gm_str){ gm_strndup(a, text.ptr ? text.ptr : "",
						   text.size),
					text.size };
	git_buf_dispose(&text);
	git_libgit2_shutdown();
	return rc < 0 ? -1 : 0;
}

#include "git/lib.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int unsupported(struct gm_err *err, const char *what, const char *hint)
{
	gm_fail(err, GM_EUNSUPPORTED, "%s", what);
	return gm_hint(err, "%s", hint);
}

static const char partial[] = "this is a partial clone: objects may be missing";
static const char partial_hint[] =
	"Use a full clone (git clone without --filter).";

/* Returns 1 when `name` with this value is fine. */
static int judge_extension(const struct gm_repo *r, const char *name,
			   const char *value, struct gm_err *err)
{
	if (!strcmp(name, "noop"))
		return 1;
	if (!strcmp(name, "objectformat")) {
		if (!strcmp(value, "sha1"))
			return 1;
		return unsupported(err,
				   "the repository names objects by SHA-256",
				   "Only repositories with SHA-1 object names "
				   "can be judged (git init "
				   "--object-format=sha1).");
	}
	if (!strcmp(name, "refstorage")) {
		if (!strcmp(value, "files"))
			return 1;
		return unsupported(err,
				   "the repository does not keep its refs as "
				   "files",
				   "Convert it: git refs migrate "
				   "--ref-format=files.");
	}
	if (!strcmp(name, "partialclone"))
		return unsupported(err, partial, partial_hint);
	/* A server's work trees are nobody's business here. */
	if (!strcmp(name, "worktreeconfig") && r->how != GM_REPO_HOOK)
		return 1;
	gm_fail(err, GM_EUNSUPPORTED,
		"unsupported repository: extension '%s' is not known", name);
	return gm_hint(err, "Use a repository without it (see "
			    "extensions.* in git config --list).");
}

static bool is_true(const char *value)
{
	int yes;

	/* What is not a boolean counts: it is not "false". */
	return git_config_parse_bool(&yes, value) < 0 || yes;
}

static bool ends(const char *name, const char *end)
{
	return gm_str_ends(gm_str(name), gm_str(end));
}

static int judge_entry(const struct gm_repo *r, const git_config_entry *entry,
		       struct gm_err *err)
{
	const char *value = entry->value ? entry->value : "true";

	if (!strncmp(entry->name, "extensions.", 11))
		return judge_extension(r, entry->name + 11, value, err);
	if (!strncmp(entry->name, "remote.", 7) &&
	    (ends(entry->name, ".partialclonefilter") ||
	     (ends(entry->name, ".promisor") && is_true(value))))
		return unsupported(err, partial, partial_hint);
	return 1;
}

static int check_config(const struct gm_repo *r, struct gm_err *err)
{
	git_config_iterator *it;
	git_config_entry *entry;
	int rc, fine = 1;

	if (git_config_iterator_new(&it, r->config) < 0)
		return gm_lib_fail(err, GM_EGIT,
				   "cannot read the configuration");
	while (fine > 0 && !(rc = git_config_next(&entry, it)))
		fine = judge_entry(r, entry, err);
	git_config_iterator_free(it);
	if (fine < 0)
		return -1;
	if (rc != GIT_ITEROVER)
		return gm_lib_fail(err, GM_EGIT,
				   "cannot read the configuration");
	return 0;
}

static bool has_bytes(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_size > 0;
}

static int check_shallow(struct gm_repo *r, struct gm_err *err)
{
	const char *pushed = getenv("GIT_SHALLOW_FILE");

	if (!has_bytes(gm_printf(&r->arena, "%s/shallow", r->commondir)) &&
	    !(pushed && *pushed && has_bytes(pushed)))
		return 0;
	return unsupported(err, "the repository is shallow: history is missing",
			   "Fetch the rest with git fetch --unshallow; in CI, "
			   "check out with full depth (fetch-depth: 0).");
}

int gm_format_check(struct gm_repo *r, struct gm_err *err)
{
	const char *space = getenv("GIT_NAMESPACE");

	if (r->how == GM_REPO_HOOK && space && *space)
		return unsupported(err, "GIT_NAMESPACE is set",
				   "Pushes into a ref namespace cannot be "
				   "judged; unset it for this repository.");
	if (check_config(r, err) < 0)
		return -1;
	return check_shallow(r, err);
}

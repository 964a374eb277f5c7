/*
 * migration/bundle: one migration in a directory, without a repository.
 *
 * What a Job in a cluster mounts and `apply --bundle` runs: the files of the
 * migration, the policy and the signers it was bundled under, its records,
 * and a manifest with the SHA-256 of each.  All names are flat, so that the
 * directory can be a ConfigMap.
 *
 *	git-migrate bundle 1
 *	project <project>
 *	ref <the protected ref>
 *	revision <the commit>
 *	id <id>
 *	digest sha256:<64 hex digits>
 *	after <id of the migration before it>
 *	repeatable yes
 *	phase contract
 *	contracts, flag, owner, window <value>
 *	author <a name or address>
 *	file <role> <sha256> <name> <path>
 *	part <sha256> <name>
 *
 * Each line ended by LF, values percent-encoded; `author`, `file` and `part`
 * may come again; those without a value are not there.
 */
#ifndef GM_MIGRATION_BUNDLE_H
#define GM_MIGRATION_BUNDLE_H

#include "migration/set.h"

struct gm_bundle_file {
	enum gm_role role;
	struct gm_str path; /* in the repository */
	struct gm_str content;
};

/* Something beside the migration: "policy.yaml", "allowed_signers", ... */
struct gm_bundle_part {
	const char *name;
	struct gm_str content;
};

struct gm_bundle_parts {
	struct gm_bundle_part *items;
	size_t n, cap;
};

struct gm_bundle {
	const char *project, *ref, *revision, *id, *digest;
	const char *after; /* NULL: it is the first */
	bool repeatable;
	struct gm_meta meta;
	struct gm_strings authors; /* whose approval does not count */
	struct {
		struct gm_bundle_file *items; /* as the digest orders them */
		size_t n, cap;
	} files;
	struct gm_bundle_parts parts;
};

#define GM_BUNDLE_MANIFEST "manifest"
#define GM_BUNDLE_POLICY "policy.yaml"
#define GM_BUNDLE_SIGNERS "allowed_signers"
#define GM_BUNDLE_RECORDS "records"
/* key-<principal>.asc */
#define GM_BUNDLE_KEY "key-"
#define GM_BUNDLE_KEY_END ".asc"
/* The largest part; files may be of GM_MIGRATION_MAX. */
#define GM_BUNDLE_PART_MAX ((size_t)4 << 20)
#define GM_BUNDLE_LINES 1000

/* The file of that role, or NULL; the part of that name, or NULL. */
const struct gm_bundle_file *gm_bundle_file(const struct gm_bundle *b,
					    enum gm_role role);
const struct gm_bundle_part *gm_bundle_part(const struct gm_bundle *b,
					    const char *name);

/* All files that it is written as, under their names; the manifest is last. */
void gm_bundle_list(struct gm_bundle_parts *out, struct gm_arena *a,
		    const struct gm_bundle *b);

/* Write it into `dir`, which is made. */
GM_MUST_CHECK
int gm_bundle_write(const char *dir, const struct gm_bundle *b,
		    struct gm_err *err);

/*
 * Read one, strictly: every line has to be known, every file there and of its
 * SHA-256, and the digest that of the files and metadata.  GM_EINPUT with the
 * place otherwise.
 */
GM_MUST_CHECK
int gm_bundle_read(struct gm_bundle *out, struct gm_arena *a, const char *dir,
		   struct gm_err *err);

#endif

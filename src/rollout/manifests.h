/*
 * rollout/manifests: what is kept in a place, as objects.
 *
 * All YAML files of a GitOps repository, each document an object, and what
 * kustomize would take from each directory that somebody applies.  Other files
 * count where a list of resources names them.
 */
#ifndef GM_ROLLOUT_MANIFESTS_H
#define GM_ROLLOUT_MANIFESTS_H

#include "base/map.h"
#include "rollout/place.h"
#include "rollout/yaml.h"

struct gm_doc {
	const char *path;           /* of the file */
	const struct gm_yaml *node; /* a mapping */
	const char *api, *kind;     /* "" where it has none */
	const char *name;           /* the same */
	const char *namespace_;     /* the same */
	bool patch;                 /* no object, but what is changed in one */
};

struct gm_docs {
	struct gm_doc *items;
	size_t n, cap;
};

/* A kustomization.yaml; Flux objects may be in a file of that name, too. */
struct gm_kustomize {
	const struct gm_doc *doc;
	const char *dir;
};

/* What is applied together. */
struct gm_unit {
	const char *dir;
	const struct gm_doc *flux; /* what applies it; NULL: nobody here does */
	bool exists;               /* the directory is there */
	struct {
		const struct gm_doc **items;
		size_t n, cap;
	} docs;
	struct {
		const struct gm_kustomize **items;
		size_t n, cap;
	} kustomize; /* the lists it was made by */
	bool stage;  /* it holds a Job or a Backup, or says so */
	const struct gm_unit *namesake; /* the next one of Flux of that name */
};

/* A file that is no YAML, or no file. */
struct gm_unread {
	const char *path, *why; /* a sentence without a full stop */
	size_t line, column;    /* 0: not in a line */
};

struct gm_manifests {
	struct gm_arena *arena;
	const struct gm_place *place;
	struct gm_strings files; /* all of the place */
	struct gm_docs docs;
	struct {
		struct gm_unread *items;
		size_t n, cap;
	} unread; /* the rest is what it is without them */
	struct {
		struct gm_kustomize *items;
		size_t n, cap;
	} kustomize;
	struct gm_map lists; /* the same by directory */
	struct {
		struct gm_unit *items;
		size_t n, cap;
	} units; /* those of Flux first, in order of their files */
	struct gm_map by_name; /* the first unit of Flux of each name */
};

struct gm_manifests_options {
	const struct gm_strings *exclude; /* patterns of paths, or NULL */
	const char *holding; /* only files with this text in them, and nothing
				about those that are no YAML; or NULL */
};

/*
 * Read the YAML files.  What cannot be read as such is told in `unread`, but
 * for templates of a Helm chart: those are passed over.  `options` may be
 * NULL.
 */
GM_MUST_CHECK
int gm_manifests_read(struct gm_manifests *out, struct gm_arena *a,
		      const struct gm_place *place,
		      const struct gm_manifests_options *options,
		      struct gm_err *err);

/* The objects that documents hold: a list of objects stands for its items, as
   for kustomize. */
struct gm_yaml_docs gm_yaml_objects(struct gm_arena *a,
				    const struct gm_yaml_docs *docs);

/* Of this group ("batch", "" is the core) and kind, whatever the version? */
bool gm_doc_is(const struct gm_doc *d, const char *group, const char *kind);

/* The text along a path of it, or "". */
const char *gm_doc_text(struct gm_arena *a, const struct gm_doc *d,
			const char *path);

/* The value of an annotation or label, or NULL. */
const struct gm_yaml *gm_doc_annotation(const struct gm_doc *d,
					const char *name);
const struct gm_yaml *gm_doc_label(const struct gm_doc *d, const char *name);

/* What the API calls the objects of a kind: "networkpolicies". */
const char *gm_resource_name(struct gm_arena *a, const char *kind);

/* "./a//b/." as "a/b"; "" is the root; NULL where it leads out of it. */
const char *gm_path_clean(struct gm_arena *a, const char *dir,
			  const char *path);

#endif

/*
 * policy/flux: what is written for Flux, and where.
 *
 * The key `flux` of a policy.  In what is called a pattern below, {env} and
 * {cluster} stand for the name and the cluster of an environment.  What holds
 * for an absent key:
 *
 *	runner    psql
 *	tool      image, where the runner is git-migrate
 *	app       with name as its kustomization
 *	clusters  flux/infrastructure/data/cnpg-clusters/{env}
 *	backup    {method: plugin, plugin: barman-cloud.cloudnative-pg.io,
 *	          store: "{cluster}-store"}
 *	secrets   {connection: "{cluster}-app", ca: "{cluster}-ca"}
 *	the rest  nothing: the stage that asks for it is left out, or refused
 */
#ifndef GM_POLICY_FLUX_H
#define GM_POLICY_FLUX_H

#include "base/str.h"

/* One of the queries that an observed rollout has to keep to. */
struct gm_policy_query {
	const char *name;
	const char *query;     /* PromQL: every sample counts */
	const char *min, *max; /* decimal numbers; one may be NULL */
};

struct gm_policy_observe {
	const char *prometheus; /* URL; NULL: nothing is observed */
	int64_t window; /* seconds; 0: the rollback window of the migration */
	int64_t every;  /* seconds between two looks */
	struct gm_policy_query *queries;
	size_t n_queries;
};

/* How the app learns of a flag. */
enum gm_policy_flag {
	GM_FLAG_CONFIGMAP,   /* that its directory generates */
	GM_FLAG_ENV,         /* a variable of one of its containers */
	GM_FLAG_OPENFEATURE, /* a FeatureFlag */
};

/* How long a Job of a stage may take, in seconds; 0: as its SQL needs it. */
struct gm_policy_deadlines {
	int64_t expand, backfill, contract, rollback;
};

/* What a cluster to restore into is like, where no manifest tells. */
struct gm_policy_restore {
	int instances; /* 0: nothing is said at all */
	const char *storage;
	const char *database, *owner; /* NULL: as the operator has it */
	const char *image;
};

/* A short name for a migration, in the names of objects. */
struct gm_policy_short {
	const char *id;
	const char *name;
};

struct gm_policy_flux {
	bool present;
	const char *source_kind, *source_name;
	const char *source_namespace; /* NULL: that of the environment */
	const char *path;
	bool by_tool;         /* the runner is git-migrate, not psql */
	const char *image;    /* with psql in it; NULL: not said */
	const char *tool;     /* with git-migrate; the same */
	const char *database; /* pattern: the Flux Kustomization of the
				 cluster; NULL: there is none to wait for */
	const char *clusters; /* pattern: directory of their manifests */
	const char *app_kind, *app_name; /* NULL: not said */
	const char *app_kustomization;   /* pattern, of the app */
	const char *app_path;            /* pattern: directory of the app */
	const char *app_canary; /* pattern, of Flagger; NULL: there is none */
	/* Of the ConfigMap, the container or the FeatureFlag; NULL: flags are
	   nobody's business here. */
	const char *flag_name;
	enum gm_policy_flag flag_provider;
	int flag_percent; /* of the users that are asked first */
	bool snapshot;    /* backups are volume snapshots */
	const char *backup_plugin;
	const char *backup_store;     /* pattern */
	const char *connection, *ca;  /* patterns: names of secrets */
	const char *applier, *worker; /* service accounts; NULL: their own */
	struct gm_policy_deadlines deadlines;
	struct gm_policy_observe observe;
	struct gm_policy_restore restore;
	struct gm_policy_short *names;
	size_t n_names;
};

#endif

#include "policy/flux.h"

#include "policy/fields.h"
#include "policy/value.h"

/* A decimal number, as it is written; quotes do not matter. */
static int read_decimal(struct gm_reader *r, const struct gm_field *f,
			const struct gm_node *n, void *base)
{
	const char **at = (const char **)(void *)((char *)base + f->at);
	const char *why = "a single value is wanted";

	if (n->kind == GM_NODE_SCALAR)
		why = gm_value_decimal(n->text);
	if (!why) {
		*at = gm_str_dup(r->arena, n->text);
		return 0;
	}
	gm_read_fail(r, n, "'%s' must be a number: %s", f->key, why);
	return gm_hint(r->err, "Write it like this: \"%s: %s\".", f->key,
		       f->like);
}

/* A query without a bound could never fail. */
static int read_query(struct gm_reader *r, const struct gm_field *f,
		      const struct gm_node *n, void *base)
{
	struct gm_policy_query *q = base;

	if (gm_read_struct(r, f, n, base) < 0)
		return -1;
	if (q->min || q->max)
		return 0;
	gm_read_fail(r, n, "'%s' has neither 'max' nor 'min'", q->name);
	return gm_hint(r->err, "Add the bound it has to keep: \"max: 0.01\".");
}

/* clang-format off */
static const struct gm_field source_fields[] = {
	{ .key = "kind", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, source_kind),
	  .check = gm_value_kind, .like = "GitRepository" },
	{ .key = "name", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, source_name),
	  .check = gm_value_label, .like = "flux-system" },
	{ .key = "namespace", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, source_namespace),
	  .check = gm_value_label, .like = "flux-system" },
	{ .key = NULL },
};

static const struct gm_field app_fields[] = {
	{ .key = "kind", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, app_kind),
	  .check = gm_value_kind, .like = "Deployment" },
	{ .key = "name", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, app_name),
	  .check = gm_value_label, .like = "shop" },
	{ .key = "kustomization", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, app_kustomization),
	  .check = gm_value_label_pattern, .like = "shop-app" },
	{ .key = "canary", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, app_canary),
	  .check = gm_value_label_pattern, .like = "shop" },
	{ .key = "path", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, app_path),
	  .check = gm_value_directory_pattern,
	  .like = "\"apps/shop/overlays/{env}\"" },
	{ .key = NULL },
};

static const struct gm_field flag_fields[] = {
	{ .key = "provider", .read = gm_read_choice, .otherwise = "configmap",
	  GM_FIELD(struct gm_policy_flux, flag_provider),
	  .words = "configmap env openfeature", .like = "configmap" },
	{ .key = "name", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, flag_name),
	  .check = gm_value_label, .like = "shop-flags" },
	{ .key = "percent", .read = gm_read_int, .otherwise = "5",
	  GM_FIELD(struct gm_policy_flux, flag_percent),
	  .min = 1, .max = 100, .like = "5" },
	{ .key = NULL },
};

static const struct gm_field backup_fields[] = {
	{ .key = "method", .read = gm_read_either, .otherwise = "plugin",
	  GM_FIELD(struct gm_policy_flux, snapshot),
	  .words = "plugin volumeSnapshot", .like = "plugin" },
	{ .key = "plugin", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, backup_plugin),
	  .otherwise = "barman-cloud.cloudnative-pg.io",
	  .check = gm_value_label, .like = "barman-cloud.cloudnative-pg.io" },
	{ .key = "store", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, backup_store),
	  .otherwise = "\"{cluster}-store\"",
	  .check = gm_value_label_pattern, .like = "\"{cluster}-store\"" },
	{ .key = NULL },
};

static const struct gm_field secrets_fields[] = {
	{ .key = "connection", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, connection),
	  .otherwise = "\"{cluster}-app\"",
	  .check = gm_value_label_pattern, .like = "\"{cluster}-app\"" },
	{ .key = "ca", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, ca), .otherwise = "\"{cluster}-ca\"",
	  .check = gm_value_label_pattern, .like = "\"{cluster}-ca\"" },
	{ .key = NULL },
};

static const struct gm_field accounts_fields[] = {
	{ .key = "applier", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, applier),
	  .check = gm_value_label, .like = "gm-applier" },
	{ .key = "worker", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, worker),
	  .check = gm_value_label, .like = "gm-worker" },
	{ .key = NULL },
};

static const struct gm_field deadlines_fields[] = {
	{ .key = "expand", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_deadlines, expand), .like = "1h" },
	{ .key = "backfill", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_deadlines, backfill), .like = "2d" },
	{ .key = "contract", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_deadlines, contract), .like = "1h" },
	{ .key = "rollback", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_deadlines, rollback), .like = "1h" },
	{ .key = NULL },
};

static const struct gm_field query_name = {
	.key = "queries", .read = gm_read_text,
	GM_FIELD(struct gm_policy_query, name),
	.check = gm_value_name, .like = "error-rate",
};

static const struct gm_field query_fields[] = {
	{ .key = "query", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_query, query),
	  .check = gm_value_query, .like = "\"rate(errors_total[5m])\"" },
	{ .key = "max", .read = read_decimal,
	  GM_FIELD(struct gm_policy_query, max), .like = "0.01" },
	{ .key = "min", .read = read_decimal,
	  GM_FIELD(struct gm_policy_query, min), .like = "1" },
	{ .key = NULL },
};

static const struct gm_field query_entry = {
	.key = "queries", .read = read_query, .fields = query_fields,
	.like = "{error-rate: {query: \"rate(errors_total[5m])\", max: 0.01}}",
};

static const struct gm_field observe_fields[] = {
	{ .key = "prometheus", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_observe, prometheus),
	  .check = gm_value_url, .like = "http://prometheus.monitoring:9090" },
	{ .key = "window", .read = gm_read_duration,
	  GM_FIELD(struct gm_policy_observe, window), .like = "24h" },
	{ .key = "every", .read = gm_read_duration, .otherwise = "1m",
	  GM_FIELD(struct gm_policy_observe, every), .like = "1m" },
	{ .key = "queries", .read = gm_read_named, .required = true, .min = 1,
	  GM_FIELD_ARRAY(struct gm_policy_observe, queries, n_queries),
	  .name = &query_name, .value = &query_entry,
	  .like = "{error-rate: {query: \"rate(errors_total[5m])\", "
		  "max: 0.01}}" },
	{ .key = NULL },
};

static const struct gm_field restore_fields[] = {
	{ .key = "instances", .read = gm_read_int, .otherwise = "1",
	  GM_FIELD(struct gm_policy_restore, instances),
	  .min = 1, .max = 99, .like = "3" },
	{ .key = "storage", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_restore, storage),
	  .check = gm_value_quantity, .like = "20Gi" },
	{ .key = "database", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_restore, database),
	  .check = gm_value_query, .like = "shop" },
	{ .key = "owner", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_restore, owner),
	  .check = gm_value_query, .like = "shop" },
	{ .key = "image", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_restore, image), .check = gm_value_image,
	  .like = "ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie" },
	{ .key = NULL },
};

static const struct gm_field short_id = {
	.key = "names", .read = gm_read_text,
	GM_FIELD(struct gm_policy_short, id),
	.check = gm_value_query, .like = "20261121093000_add_phone",
};

static const struct gm_field short_name = {
	.key = "names", .read = gm_read_text,
	GM_FIELD(struct gm_policy_short, name),
	.check = gm_value_short, .like = "add-phone",
};

static const struct gm_field flux_fields[] = {
	{ .key = "source", .read = gm_read_struct, .required = true,
	  .fields = source_fields,
	  .like = "{kind: GitRepository, name: flux-system}" },
	{ .key = "path", .read = gm_read_text, .required = true,
	  GM_FIELD(struct gm_policy_flux, path),
	  .check = gm_value_directory, .like = "flux/migrations" },
	{ .key = "runner", .read = gm_read_either, .otherwise = "psql",
	  GM_FIELD(struct gm_policy_flux, by_tool),
	  .words = "psql git-migrate", .like = "psql" },
	{ .key = "image", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, image),
	  .check = gm_value_image, .like = "registry.example.com/app:1" },
	{ .key = "tool", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, tool),
	  .check = gm_value_image, .like = "registry.example.com/gm:1" },
	{ .key = "database", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, database),
	  .check = gm_value_label_pattern, .like = "shop-db" },
	{ .key = "clusters", .read = gm_read_text,
	  GM_FIELD(struct gm_policy_flux, clusters),
	  .otherwise = "\"flux/infrastructure/data/cnpg-clusters/{env}\"",
	  .check = gm_value_directory_pattern,
	  .like = "\"db/shop/{env}\"" },
	{ .key = "app", .read = gm_read_struct, .fields = app_fields,
	  .like = "{kind: Deployment, name: shop}" },
	{ .key = "flag", .read = gm_read_struct, .fields = flag_fields,
	  .like = "{provider: configmap, name: shop-flags}" },
	{ .key = "backup", .read = gm_read_struct, .otherwise = "{}",
	  .fields = backup_fields, .like = "{method: plugin}" },
	{ .key = "secrets", .read = gm_read_struct, .otherwise = "{}",
	  .fields = secrets_fields,
	  .like = "{connection: \"{cluster}-app\"}" },
	{ .key = "accounts", .read = gm_read_struct,
	  .fields = accounts_fields, .like = "{applier: gm-applier}" },
	{ .key = "deadlines", .read = gm_read_struct, .otherwise = "{}",
	  GM_FIELD(struct gm_policy_flux, deadlines),
	  .fields = deadlines_fields, .like = "{backfill: 2d}" },
	{ .key = "observe", .read = gm_read_struct,
	  GM_FIELD(struct gm_policy_flux, observe), .fields = observe_fields,
	  .like = "{prometheus: \"http://prometheus:9090\", queries: {...}}" },
	{ .key = "restore", .read = gm_read_struct,
	  GM_FIELD(struct gm_policy_flux, restore), .fields = restore_fields,
	  .like = "{storage: 20Gi}" },
	{ .key = "names", .read = gm_read_named,
	  GM_FIELD_ARRAY(struct gm_policy_flux, names, n_names),
	  .name = &short_id, .value = &short_name,
	  .like = "{20261121093000_add_phone: add-phone}" },
	{ .key = NULL },
};
/* clang-format on */

int gm_read_flux(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base)
{
	struct gm_policy_flux *flux = (void *)((char *)base + f->at);
	struct gm_field fields = *f;

	fields.fields = flux_fields;
	flux->present = true;
	if (gm_read_struct(r, &fields, n, base) < 0)
		return -1;
	if (flux->by_tool && !flux->tool)
		flux->tool = flux->image;
	if (!flux->app_kustomization)
		flux->app_kustomization = flux->app_name;
	return 0;
}

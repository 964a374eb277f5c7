# tests/e2e/rollout.sh: a repository with a rollout of all stages, and an app.
#
# gm_rollout <dir> [<line of the policy's flux>...]: makes both; the lines
# take the place of those of the same key.
# shellcheck shell=sh
# shellcheck disable=SC2154 # whoever reads this file has read lib.sh
. "$gm_e2e/migration.sh"

# What a policy says of Flux, with every stage in it.
gm_flux_lines='source: {kind: GitRepository, name: delivery}
path: flux/migrations
image: ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie
tool: registry.example.com/git-migrate:1
database: shop-db
app: {kind: Deployment, name: shop, kustomization: shop-app, path: "apps/shop/overlays/{env}"}
flag: {name: shop-flags}
observe: {prometheus: "http://prometheus:9090", queries: {errors: {query: "rate(errors[5m])", max: 0.01}}}
restore: {storage: 20Gi, database: shop, owner: shop}'

# gm_flux [<line>...]: the key `flux` of a policy.
gm_flux() {
	printf '%s\n' "$gm_flux_lines" >flux.lines
	for gm_line; do
		grep -v "^${gm_line%%:*}:" flux.lines >flux.less
		printf '%s\n' "$gm_line" >>flux.less
		mv flux.less flux.lines
	done
	echo 'flux:'
	sed 's/^/  /' flux.lines
	rm flux.lines
}

# gm_rollout_policy [<line>...]: the policy, in the work tree.
gm_rollout_policy() {
	gm_flux "$@" | {
		cat <<-\POLICY
		environments:
		  - {name: develop, namespace: develop, cluster: shop-db}
		  - {name: staging, namespace: staging, cluster: shop-db, after: develop}
		  - {name: production, namespace: production, cluster: shop-db, after: staging}
		POLICY
		cat
	} | gm_policy
}

# The app in the GitOps repository: what the canary is made from.
gm_rollout_app() {
	gm_write apps/shop/base/app.yaml <<-\APP &&
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: shop}
	spec:
	  replicas: 3
	  selector: {matchLabels: {app: shop, track: stable}}
	  template:
	    metadata: {labels: {app: shop, track: stable}}
	    spec:
	      containers:
	        - name: shop
	          image: registry.example.com/shop
	          envFrom: [{configMapRef: {name: shop-flags}}]
	---
	apiVersion: v1
	kind: Service
	metadata: {name: shop}
	spec: {selector: {app: shop}, ports: [{port: 80}]}
	---
	apiVersion: policy/v1
	kind: PodDisruptionBudget
	metadata: {name: shop}
	spec: {minAvailable: 1, selector: {matchLabels: {app: shop}}}
	APP
	echo 'resources: [app.yaml]' |
		gm_write apps/shop/base/kustomization.yaml &&
	for gm_env in develop staging production; do
		gm_write "apps/shop/overlays/$gm_env/kustomization.yaml" <<-\APP
		resources: [../../base]
		images: [{name: registry.example.com/shop, newTag: "2.7.0"}]
		configMapGenerator: [{name: shop-flags, literals: [PHONE=off]}]
		APP
	done
}

gm_rollout() {
	gm_repo "$1" && (
		cd "$1" && shift && gm_rollout_policy "$@" &&
		gm_commit "Policy" &&
		sql 20260101_phone "ALTER TABLE users ADD COLUMN phone text;" \
			"ALTER TABLE users DROP COLUMN phone;" &&
		gm_commit "Add a phone

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: PHONE" &&
		sql 20260102_fill "UPDATE users SET phone = \$\$\${x}\$\$;" &&
		gm_commit "Fill it

Migration-Phase: backfill" &&
		sql 20260103_drop "ALTER TABLE users DROP COLUMN tel;" &&
		gm_commit "Drop the old one

Migration-Phase: contract
Migration-Contracts: 20260101_phone
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>"
	)
}

# gm_tree <dir>: every file with its hash.
gm_tree() {
	(cd "$1" && find . -type f ! -path './.git/*' -exec sha256sum {} + |
		LC_ALL=C sort -k 2)
}

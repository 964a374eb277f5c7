#!/bin/sh
test_description='git migrate lint-flux'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"

top=flux/migrations/staging/20260101-phone

# The tree that keeps all rules: what is emitted, with what is around it.
surroundings() {
	gm_write clusters/staging/shop.yaml <<-\FLUX
	apiVersion: source.toolkit.fluxcd.io/v1
	kind: GitRepository
	metadata: {name: delivery, namespace: staging}
	spec: {interval: 1m, url: "ssh://git@git.example.com/delivery.git"}
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-db, namespace: staging}
	spec:
	  interval: 30m
	  path: ./db/staging
	  prune: true
	  sourceRef: {kind: GitRepository, name: delivery}
	  healthChecks: [{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: shop-db, namespace: staging}]
	  healthCheckExprs:
	    - apiVersion: postgresql.cnpg.io/v1
	      kind: Cluster
	      current: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')"
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-migrations, namespace: staging}
	spec:
	  interval: 10m
	  path: ./flux/migrations/staging
	  prune: true
	  sourceRef: {kind: GitRepository, name: delivery}
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-app, namespace: staging}
	spec:
	  interval: 10m
	  path: ./apps/shop/overlays/staging
	  prune: true
	  wait: true
	  sourceRef: {kind: GitRepository, name: delivery}
	  dependsOn: [{name: shop-db}]
	FLUX
	gm_write db/staging/cluster.yaml <<-\DB
	apiVersion: postgresql.cnpg.io/v1
	kind: Cluster
	metadata:
	  name: shop-db
	  annotations: {kustomize.toolkit.fluxcd.io/prune: "disabled"}
	spec:
	  instances: 3
	  imageName: ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie
	  storage: {size: 20Gi}
	DB
}

test_expect_success 'set up' '
	gm_rollout shop &&
	mkdir tree && ( cd tree && git init -q && gm_rollout_app &&
	surroundings && gm_commit "Before" ) &&
	git -C shop migrate emit 20260101 --env staging -o ../tree &&
	( cd tree && gm_commit "A" ) &&
	git -C shop migrate emit 20260101 --env staging --stage deploy \
		-o ../tree &&
	( cd tree && gm_commit "B" )
'

test_expect_success 'what is emitted keeps all rules, in each commit' '
	git migrate lint-flux tree >out &&
	gm_says "no findings" out &&
	git migrate lint-flux --since HEAD~ tree &&
	( cd tree && git migrate lint-flux --since HEAD~2 . >out
	git checkout -q HEAD~ && git migrate lint-flux --since HEAD~ . &&
	git checkout -q main )
'

test_expect_success 'both kinds of flags, and each runner of clusters, do' '
	gm_rollout other "flag: {provider: openfeature, name: f}" \
		"backup: {method: volumeSnapshot}" &&
	git -C other migrate emit -a --env staging --stage deploy -o ../other.out &&
	git -C other migrate emit -a --env staging -o ../other.out &&
	git migrate lint-flux other.out
'

# breaks <rule> <file> <sed expression>: a copy of the tree with that change
# breaks that rule, in that file, and is clean without it.
breaks() {
	rm -rf bad && cp -r tree bad &&
	sed -i "$3" "bad/$2" && ! cmp -s "tree/$2" "bad/$2" &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-$1]" out && gm_says "$2:" out
}

test_expect_success 'flux-sql: environments run the same' '
	cp -r shop shop2 && git -C shop2 migrate emit 20260101 --env develop \
		-o ../both && git migrate lint-flux both &&
	cp -r both one && ( cd shop2 &&
	sql 20260101_phone "ALTER TABLE users ADD COLUMN phone2 text;" &&
	gm_commit "Other" ) &&
	git -C shop2 migrate emit 20260101 --env production -o ../both &&
	gm_status 1 git migrate lint-flux both >out &&
	gm_says "[flux-sql]" out &&
	gm_says "production/20260101-phone/20-expand/job.yaml:" out &&
	gm_says "develop/20260101-phone/20-expand/job.yaml" out &&
	echo "-- more" >>one/flux/migrations/develop/20260101-phone/20-expand/expand.sql &&
	gm_status 1 git migrate lint-flux one >out &&
	gm_says "the SQL beside it is not what it says" out
'

test_expect_success 'flux-rights' '
	rm -rf bad && cp -r tree bad &&
	sed -i "s/- \"jobs\"/- \"cronjobs\"/" \
		bad/flux/migrations/staging/accounts/applier.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "may not get, create, patch, delete jobs.batch" out &&
	gm_says "/stages-a.yaml:" out && gm_says "[flux-rights]" out &&
	rm -rf bad && cp -r tree bad &&
	sed -i "s/- \"get\"/- \"list\"/" bad/$top/flux/accounts.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "60-observe/job.yaml" out && gm_says "[flux-rights]" out
'

test_expect_success 'flux-r1' '
	breaks r1 $top/20-expand/job.yaml \
		"s/^  backoffLimit.*/&\n  ttlSecondsAfterFinished: 600/"
'

test_expect_success 'flux-r2' '
	breaks r2 $top/20-expand/job.yaml \
		"s/^  name: .*/  name: \"gm-20260101-phone-expand\"/"
'

test_expect_success 'flux-r3' '
	breaks r3 $top/flux/stages-a.yaml "s/^  prune: true/&\n  force: true/" &&
	breaks r3 db/staging/cluster.yaml \
		"s/prune: .disabled./prune: \"disabled\", kustomize.toolkit.fluxcd.io\/force: \"enabled\"/"
'

test_expect_success 'flux-r4' '
	breaks r4 $top/20-expand/kustomization.yaml \
		"s/^- .job.yaml./&\n- \"..\/10-checkpoint\/backup.yaml\"/" ||
	gm_says "flux-r4" out
'

test_expect_success 'flux-r5' '
	breaks r5 $top/flux/stages-a.yaml "s/^  wait: true/  wait: false/" &&
	breaks r5 $top/flux/stages-a.yaml \
		"s/^    kind: .Backup.$/    kind: \"Restore\"/" &&
	breaks r5 clusters/staging/shop.yaml \
		"s/^  path: .\/flux.*/&\n  wait: true/"
'

test_expect_success 'flux-r6' '
	breaks r6 $top/flux/stages-a.yaml "s/conditions.exists(c, /conditions.filter(c, true).all(c, /"
'

test_expect_success 'flux-r7' '
	breaks r7 $top/flux/stages-b.yaml "0,/name: .delivery./s//name: \"other\"/"
'

test_expect_success 'flux-r8' '
	rm -rf bad && cp -r tree bad &&
	sed -i "s/phone-10-checkpoint/phone-95-checkpoint/" \
		bad/$top/flux/stages-a.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-r8]" out
'

test_expect_success 'flux-r9' '
	breaks r9 $top/flux/stages-a.yaml \
		"s/migration: .20260101-phone./migration: \"20250101-old\"/"
'

test_expect_success 'flux-r10' '
	breaks r10 $top/70-contract/job.yaml \
		"s/^  backoffLimit.*/&\n  suspend: true/"
'

test_expect_success 'flux-r11' '
	breaks r11 $top/10-checkpoint/backup.yaml \
		"s/^  annotations:/&\n    kustomize.toolkit.fluxcd.io\/ssa: \"IfNotPresent\"/"
'

test_expect_success 'flux-r12' '
	breaks r12 $top/flux/stages-b.yaml "s/timeout: .5m./timeout: \"2h\"/" &&
	breaks r12 $top/flux/stages-b.yaml "/retryInterval/d"
'

test_expect_success 'flux-r13' '
	rm -rf bad && cp -r tree bad && rm bad/$top/20-expand/*.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-r13]" out &&
	rm -rf bad/$top/20-expand &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-r13]" out
'

test_expect_success 'flux-r14' '
	breaks r14 $top/20-expand/kustomization.yaml "/substitute/d" &&
	breaks r14 $top/20-expand/job.yaml \
		"s/substitute: .disabled./substitute: \"Disabled\"/"
'

test_expect_success 'flux-r15' '
	breaks r15 $top/20-expand/job.yaml "s/backoffLimit: 0/backoffLimit: 6/" &&
	breaks r15 $top/20-expand/job.yaml "/ON_ERROR_STOP/d" &&
	breaks r15 $top/20-expand/job.yaml \
		"s/restartPolicy: .Never./restartPolicy: \"OnFailure\"/" &&
	rm -rf bad && cp -r tree bad && rm bad/$top/20-expand/stage_begin.sql &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "takes no advisory lock" out
'

test_expect_success 'flux-r16' '
	breaks r16 $top/10-checkpoint/backup.yaml "/prune: .disabled./d" &&
	breaks r16 db/staging/cluster.yaml "/annotations:/d"
'

test_expect_success 'flux-r17' '
	breaks r17 $top/20-expand/job.yaml \
		"s/db-client: .true./db-client: true/"
'

test_expect_success 'flux-r18' '
	breaks r18 db/staging/cluster.yaml "s/name: shop-db/name: shop.db/" &&
	rm -rf bad && cp -r tree bad &&
	yes -- "-- a long story" | head -n 70000 >>bad/$top/20-expand/expand.sql &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-r18]" out
'

test_expect_success 'flux-r19' '
	breaks r19 $top/10-checkpoint/backup.yaml \
		"s/method: .plugin./method: \"barmanObjectStore\"/"
'

test_expect_success 'flux-r20' '
	breaks r20 clusters/staging/shop.yaml "s/name: shop-db}/name: gone}/" &&
	rm -rf bad && cp -r tree bad &&
	sed -i "s/^  path: .\/db.*/&\n  dependsOn: [{name: gm-20260101-phone-20-expand}]/" \
		bad/clusters/staging/shop.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "[flux-r20]" out &&
	gm_says "wait for each other" out
'

test_expect_success 'flux-r21' '
	rm -rf bad && cp -r tree bad && ( cd bad &&
	sed -i "s/dependsOn: \[{name: shop-db}\]/dependsOn: [{name: shop-db}, {name: gm-20260101-phone-20-expand}]/" \
		clusters/staging/shop.yaml &&
	git migrate lint-flux --since HEAD . &&
	sed -i "s/2.7.0/2.8.0/" apps/shop/overlays/staging/kustomization.yaml &&
	echo "kind: ConfigMap" >apps/shop/overlays/staging/more.yaml &&
	gm_status 1 git migrate lint-flux --since HEAD . ) >out &&
	gm_says "[flux-r21]" out
'

test_expect_success 'flux-r22' '
	( cd tree && gm_status 1 git migrate lint-flux --since HEAD~2 . ) >out &&
	gm_says "[flux-r22]" out &&
	gm_says "gm-20260101-phone-40-backfill" out
'

test_expect_success 'places are those of the lines' '
	rm -rf bad && mkdir bad &&
	gm_write bad/a/b.yaml <<-\JOB &&
	# one
	kind: Job
	apiVersion: batch/v1
	metadata:
	  name: x-0123abcd-1
	spec:
	  ttlSecondsAfterFinished: 1
	  backoffLimit: 0
	  template: {spec: {restartPolicy: Never}}
	JOB
	gm_status 1 git migrate lint-flux --format=json bad >out &&
	gm_says "\"rule\": \"flux-r1\"" out &&
	gm_says "\"path\": \"a/b.yaml\"" out &&
	gm_says "\"line\": 7" out &&
	gm_status 1 git migrate lint-flux --format=sarif bad >out &&
	gm_says "flux-r1" out
'

test_expect_success 'flux-unread: what is no YAML is told, and the rest looked at' '
	echo "{{ range .Values }}" >bad/chart.yaml &&
	gm_status 1 git migrate lint-flux bad >out &&
	gm_says "chart.yaml:1:" out && gm_says "exclude" out &&
	gm_says "[flux-unread]" out && gm_says "[flux-r1]" out &&
	gm_status 1 git migrate lint-flux --exclude chart.yaml bad &&
	git migrate lint-flux --exclude chart.yaml --exclude "a/**" bad
'

test_expect_success 'what is not there' '
	gm_status 128 git migrate lint-flux nowhere 2>err &&
	gm_says "no directory" err &&
	gm_status 128 git migrate lint-flux tree/clusters/staging/shop.yaml &&
	gm_status 129 git migrate lint-flux &&
	gm_status 128 git migrate lint-flux --since nothing tree &&
	gm_status 128 git migrate lint-flux --since HEAD other.out
'

test_done

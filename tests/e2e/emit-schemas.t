#!/bin/sh
test_description='what is emitted, to kustomize, the real schemas and CEL'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"
. "$gm_e2e/schemas.sh"

# built <dir>: what kustomize makes of each directory, into built/; of equal ones
# once.
built() {
	mkdir -p built &&
		find "$1/flux" -name kustomization.yaml | sort >built.list &&
		while read -r file; do
			gm_dir=${file%/*}
			gm_hash=$(cat "$gm_dir"/* | sha256sum | cut -c 1-16)
			ls built/*"-$gm_hash.yaml" >/dev/null 2>&1 && continue
			gm_kustomize "$gm_dir" \
				>"built/$(echo "$gm_dir" | tr / _)-$gm_hash.yaml" ||
				return 1
		done <built.list
}

# emit <name> <option>...: for all environments, into <name>.out.
emit() {
	gm_name=$1
	shift
	git -C "$gm_name" migrate emit 20260101 --env develop --env staging \
		--env production -o "../$gm_name.out" "$@"
}

# every <name> <line of flux>...: all stages, those after the app in use.
every() {
	gm_rollout "$@" && mkdir "$1.out" && ( cd "$1.out" && gm_rollout_app ) &&
		emit "$1" --stage deploy && emit "$1"
}

# What a policy says where flags are kept in another way.
# shellcheck disable=SC2034 # by their names, below
{
	configmap='flag: {name: shop-flags}'
	env='flag: {provider: env, name: shop}'
	openfeature='flag: {provider: openfeature, name: shop-flags}'
	flagger='app: {kind: Deployment, name: shop, kustomization: shop-app, path: "apps/shop/overlays/{env}", canary: shop}'
}

for runner in psql git-migrate; do
	for flag in configmap env openfeature flagger; do
		name=$runner-$flag
		eval "line=\$$flag"
		test_expect_success "all stages keep the rules: $name" "
			every $name 'runner: $runner' '$line' &&
			git migrate lint-flux $name.out
		"
		test_expect_success KUSTOMIZE "kustomize builds them: $name" "
			built $name.out
		"
	done
done

test_expect_success 'so do they with volume snapshots, and the ways back' '
	every snapshot "backup: {method: volumeSnapshot}" \
		"accounts: {applier: gm-applier, worker: gm-worker}" &&
	gm_write snapshot.out/flux/infrastructure/data/cnpg-clusters/staging/db.yaml <<-\DB &&
	apiVersion: postgresql.cnpg.io/v1
	kind: Cluster
	metadata:
	  name: shop-db
	  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}
	spec:
	  instances: 3
	  imageName: ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie
	  storage: {size: 70Gi, storageClass: fast}
	  walStorage: {size: 10Gi}
	  postgresql: {parameters: {max_connections: "300"}}
	  resources: {limits: {memory: 2Gi, cpu: 1}}
	  affinity: {enablePodAntiAffinity: true, topologyKey: kubernetes.io/hostname}
	DB
	emit snapshot --stage rollback && cp -r snapshot.out gone.out &&
	emit snapshot --stage restore --lsn 0/3000060 &&
	git migrate lint-flux gone.out && git migrate lint-flux snapshot.out
'

test_expect_success KUSTOMIZE 'kustomize builds those' '
	built gone.out && built snapshot.out
'

test_expect_success KUSTOMIZE 'every stage of every environment was built' '
	for env in develop staging production; do
		for stage in flux 10-checkpoint 20-expand 40-backfill \
			50-enable-canary 60-observe 65-checkpoint 70-contract \
			80-rollback 90-restore
		do
			ls built/*_${env}_20260101-phone_$stage-* >/dev/null ||
				return 1
		done
	done
'

for flag in configmap env openfeature flagger; do
	test_expect_success KUSTOMIZE,YAML "rights for all of it, and no more: $flag" "
		'$gm_top/tests/lib/rights' psql-$flag.out built >log
	"
done

test_expect_success KUSTOMIZE,YAML 'what is the app'\''s alone is not made twice' '
	cp -r psql-configmap.out more.out && app=more.out/apps/shop/base &&
	cat >>$app/app.yaml <<-\MORE &&
	---
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: mailer}
	spec: {template: {metadata: {labels: {track: stable}}}}
	---
	apiVersion: v1
	kind: ServiceAccount
	metadata: {name: shop}
	---
	apiVersion: example.com/v1
	kind: Widget
	metadata: {name: shop}
	MORE
	echo "secretGenerator: [{name: key, literals: [a=b]}]" \
		>>$app/kustomization.yaml &&
	git -C psql-configmap migrate emit 20260101 --env develop \
		--env staging --env production -o ../more.out >said &&
	gm_says "12 files changed" said && built more.out &&
	gm_kustomize more.out/flux/migrations/staging/20260101-phone/50-enable-canary |
		sed -n "s/^kind: //p" | sort >kinds &&
	printf "%s\n" ConfigMap Deployment Secret >want &&
	test_cmp want kinds &&
	"$gm_top/tests/lib/rights" more.out built >log &&
	git migrate lint-flux more.out
'

test_expect_success KUSTOMIZE,SCHEMAS 'every object passes its schema' '
	gm_schemas built/*
'

test_expect_success SCHEMAS 'the schemas do refuse' '
	cat >good.yaml <<-\EOF &&
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: x}
	spec: {interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: x}}
	EOF
	gm_schemas good.yaml &&
	for change in "s/prune/prunes/" "s/1m/1d/" "s/GitRepository/Git/" \
		"s/Kustomization/Customization/"
	do
		sed "$change" good.yaml >bad.yaml &&
		gm_status 1 gm_schemas bad.yaml ||
			return 1
	done
'

test_expect_success KUSTOMIZE 'SQL goes through kustomize byte for byte' '
	gm_kustomize psql-configmap.out/flux/migrations/staging/20260101-phone/40-backfill >got &&
	gm_says "UPDATE users SET phone = \$\$\${x}\$\$;" got &&
	gm_says "kustomize.toolkit.fluxcd.io/substitute: disabled" got
'

test_expect_success KUSTOMIZE 'a few have the flag, in an app of their own' '
	for flag in configmap env; do
		gm_kustomize psql-$flag.out/flux/migrations/staging/20260101-phone/50-enable-canary \
			>got-$flag &&
		grep "^kind:" got-$flag >kinds &&
		gm_says "name: shop-20260101-phone-canary" got-$flag &&
		gm_says "replicas: 1" got-$flag &&
		gm_says "track: canary" got-$flag &&
		gm_silent Service kinds && gm_silent PodDisruptionBudget kinds ||
			return 1
	done &&
	gm_says "  PHONE: \"on\"" got-configmap &&
	grep -A 1 "name: PHONE" got-env | grep "value: \"on\"" &&
	gm_says "  PHONE: \"off\"" got-env &&
	test -z "$(find psql-flagger.out/flux/migrations -name "50-*")"
'

# cel <kind> <dir>: gm_cel of all objects of Flux in there.
cel() {
	# shellcheck disable=SC2046 # names without blanks
	gm_cel "$1" $(find "$2" -name "stages-*.yaml")
}

test_expect_success CEL 'a backup is done when it is completed, and found again' '
	cat >phases <<-\EOF &&
	waits	{"metadata": {"generation": 1}}
	waits	{"status": {}}
	waits	{"status": {"phase": ""}}
	waits	{"status": {"phase": "pending"}}
	waits	{"status": {"phase": "started"}}
	waits	{"status": {"phase": "running"}}
	waits	{"status": {"phase": "finalizing"}}
	waits	{"status": {"phase": "something new"}}
	waits	{"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "phase": "completed", "backupId": "20260925T031500"}}
	failed	{"status": {"phase": "failed"}}
	failed	{"status": {"phase": "walArchivingFailing"}}
	failed	{"status": {"phase": "invalid backup definition"}}
	done	{"status": {"phase": "completed", "backupId": "20260925T031500"}}
	EOF
	echo "waits {\"status\": {\"phase\": \"completed\"}}" | cat phases - |
		cel Backup psql-configmap.out &&
	echo "done {\"status\": {\"phase\": \"completed\"}}" | cat phases - |
		cel Backup snapshot.out
'

test_expect_success CEL 'a cluster is, when it is ready and its archive works' '
	for dir in psql-configmap.out snapshot.out; do
		cel Cluster $dir <<-\EOF || return 1
		waits	{"metadata": {"generation": 1}}
		waits	{"status": {}}
		waits	{"status": {"phase": "Setting up primary", "conditions": []}}
		waits	{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
		waits	{"status": {"conditions": [{"type": "Ready", "status": "False"}, {"type": "ContinuousArchiving", "status": "True"}]}}
		waits	{"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "ContinuousArchiving", "status": "False"}]}}
		waits	{"status": {"conditions": [{"type": "Ready", "status": "Unknown"}, {"type": "ContinuousArchiving", "status": "True"}]}}
		waits	{"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}, {"type": "ContinuousArchiving", "status": "True"}]}}
		done	{"status": {"conditions": [{"type": "LastBackupSucceeded", "status": "False"}, {"type": "Ready", "status": "True"}, {"type": "ContinuousArchiving", "status": "True"}]}}
		EOF
	done
'

test_expect_success CEL 'a canary is, when what was applied last is promoted' '
	cel Canary psql-flagger.out <<-\EOF
	waits	{"metadata": {"generation": 1}}
	waits	{"status": {"conditions": []}}
	waits	{"status": {"phase": "Initializing", "conditions": [{"type": "Promoted", "status": "Unknown"}]}}
	waits	{"status": {"phase": "Initialized", "lastAppliedSpec": "a", "conditions": [{"type": "Promoted", "status": "True"}]}}
	waits	{"status": {"phase": "Progressing", "lastAppliedSpec": "b", "lastPromotedSpec": "a", "conditions": [{"type": "Promoted", "status": "Unknown"}]}}
	waits	{"status": {"phase": "Promoting", "lastAppliedSpec": "b", "lastPromotedSpec": "a", "conditions": [{"type": "Promoted", "status": "Unknown"}]}}
	waits	{"status": {"phase": "Finalising", "lastAppliedSpec": "b", "lastPromotedSpec": "b", "conditions": [{"type": "Promoted", "status": "Unknown"}]}}
	waits	{"status": {"phase": "Succeeded", "lastAppliedSpec": "b", "lastPromotedSpec": "a", "conditions": [{"type": "Promoted", "status": "True"}]}}
	waits	{"status": {"phase": "Succeeded", "lastAppliedSpec": "b", "lastPromotedSpec": "b"}}
	failed	{"status": {"phase": "Failed", "lastAppliedSpec": "b", "lastPromotedSpec": "a", "conditions": [{"type": "Promoted", "status": "False"}]}}
	done	{"status": {"phase": "Succeeded", "lastAppliedSpec": "b", "lastPromotedSpec": "b", "conditions": [{"type": "Promoted", "status": "True"}]}}
	EOF
'

# soaked <verdict> <generation> <ready> <history>: a line for cel readyExpr.
soaked() {
	printf '%s {"dep": {"metadata": {"generation": %s}, "status": {"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "%s"}]%s}}, "self": {}}\n' \
		"$1" "$2" "$3" "${4:+, \"history\": [$4]}"
}

# passed <digest> <status> <first day> <last day>: an entry of a history.
passed() {
	printf '{"digest": "%s", "lastReconciledStatus": "%s", "firstReconciled": "2026-01-0%sT00:00:00Z", "lastReconciled": "2026-01-0%sT00:00:00Z"}' \
		"$@"
}

test_expect_success CEL 'where nobody observes, time has to pass without a change' '
	gm_rollout soak "observe: {}" && sed -i "/^  observe:/d" \
		soak/.migrate/policy.yaml &&
	( cd soak && gm_commit "Nothing to observe" ) &&
	mkdir soak.out && ( cd soak.out && gm_rollout_app ) &&
	emit soak --stage deploy 2>log &&
	ok=ReconciliationSucceeded &&
	{
		echo "waits {\"dep\": {\"metadata\": {\"generation\": 1}}, \"self\": {}}" &&
		soaked waits 2 True &&
		soaked waits 2 True "$(passed a $ok 3 3)" &&
		soaked waits 2 False "$(passed a $ok 3 5)" &&
		soaked waits 3 True "$(passed a $ok 3 5)" &&
		soaked waits 2 True "$(passed a HealthCheckFailed 3 5)" &&
		soaked waits 2 True "$(passed a $ok 1 5), $(passed b $ok 3 3)" &&
		soaked waits 2 True "$(passed a $ok 1 5), $(passed a BuildFailed 3 3)" &&
		soaked done 2 True "$(passed a $ok 3 5), $(passed b $ok 1 2)" &&
		soaked done 2 True "$(passed a $ok 3 4)"
	} | cel readyExpr soak.out
'

test_done

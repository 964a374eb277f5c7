#!/bin/sh
test_description='a rollout through three environments, and one taken back'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/rollout.sh"

phone=20260101_phone fill=20260102_fill drop=20260103_drop fax=20260105_fax
now=$(date +%s)

# in_hours <n>: the clock of what follows is that far ahead.
in_hours() {
	GIT_MIGRATE_NOW=$(date -u -d "@$((now + $1 * 3600))" +%Y-%m-%dT%H:%M:%SZ)
	export GIT_MIGRATE_NOW
}

# flux <environment>: what is there before.
flux() {
	gm_write "clusters/$1/shop.yaml" <<-FLUX
	# The shop in $1.
	apiVersion: source.toolkit.fluxcd.io/v1
	kind: GitRepository
	metadata: {name: delivery, namespace: $1}
	spec: {interval: 1m, url: "ssh://git@git.example.com/delivery.git"}
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-db, namespace: $1}
	spec:
	  interval: 30m
	  path: ./db/$1
	  prune: true
	  sourceRef: {kind: GitRepository, name: delivery}
	  healthChecks: [{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, name: shop-db, namespace: $1}]
	  healthCheckExprs:
	    - apiVersion: postgresql.cnpg.io/v1
	      kind: Cluster
	      current: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')"
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-migrations, namespace: $1}
	spec:
	  interval: 10m
	  path: ./flux/migrations/$1
	  prune: true
	  sourceRef: {kind: GitRepository, name: delivery}
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-app, namespace: $1}
	spec:
	  interval: 10m
	  path: ./apps/shop/overlays/$1
	  prune: true
	  wait: true
	  sourceRef: {kind: GitRepository, name: delivery}
	  dependsOn: [{name: shop-db}] # never without
	FLUX
	gm_write "db/$1/cluster.yaml" <<-\DB
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

# lands <message>: what is in the clone of ann, past all windows.
lands() {
	( cd ann && gm_commit "$1" && as ann git push -q origin HEAD:main ) &&
		gm_age server.git && at ann git fetch -q
}

# lint: the tip of the branch, and its step from the commit before.
lint() {
	git -C tree fetch -q ../ann flux &&
		git -C tree checkout -q --detach FETCH_HEAD &&
		git migrate lint-flux --since HEAD~ tree >lint.out && return
	cat lint.out && return 1
}

# advance <migration> <environment> <stage> <option>...
advance() {
	gm_id=$1 gm_env=$2 gm_stage=$3
	shift 3
	at ann git migrate advance "$gm_id" --env "$gm_env" \
		--stage "$gm_stage" --commit flux "$@" >said 2>err
}

# step ...: the same; it is one commit that keeps all rules.
step() {
	gm_before=$(git -C ann rev-parse flux) && advance "$@" &&
		test "$(git -C ann rev-parse flux~)" = "$gm_before" && lint && return
	cat said err && return 1
}

# refused ...: the same, and nothing is written.
refused() {
	gm_before=$(git -C ann rev-parse flux) &&
		gm_status 1 advance "$@" &&
		test "$(git -C ann rev-parse flux)" = "$gm_before"
}

# saw <migration> <environment> <stage> [<option>...]: and it passed.
saw() {
	gm_id=$1 gm_env=$2 gm_stage=$3
	shift 3
	at ann git migrate record "$gm_id" --env "$gm_env" --stage "$gm_stage" \
		--result pass -y "$@" >log
}

# app <environment> <tag>: the team deploys.
app() {
	sed -i "s/newTag: .*\"/newTag: \"$2\"/" \
		"tree/apps/shop/overlays/$1/kustomization.yaml" &&
		( cd tree && gm_commit "Deploy $2 in $1" ) &&
		git -C tree push -q ../ann HEAD:flux && lint
}

test_expect_success 'migrations that have landed, and manifests of the team' '
	gm_person ann && gm_server server.git &&
	git -C server.git migrate init --server --project shop >log &&
	as ann git clone -q server.git ann 2>log && (
		cd ann && gm_flux | {
			cat <<-\POLICY
			roles: {dba: [ann@example.com]}
			approvals: {contract: {need: {dba: 1}, expires: 14d}}
			evidence: {backup_max_age: 24h}
			environments:
			  - {name: develop, namespace: develop, cluster: shop-db}
			  - {name: staging, namespace: staging, cluster: shop-db, after: develop}
			  - {name: production, namespace: production, cluster: shop-db, after: staging}
			POLICY
			cat
		} | gm_policy && gm_signer ann >.migrate/allowed_signers
	) && lands "Policy" && git -C ann migrate init >log &&
	( cd ann && sql $phone "ALTER TABLE users ADD COLUMN phone text;" \
		"ALTER TABLE users DROP COLUMN phone;" ) && lands "Add a phone

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: PHONE" &&
	( cd ann && sql $fill "UPDATE users SET phone = tel;" ) && lands "Fill it

Migration-Phase: backfill" &&
	( cd ann && sql $drop "ALTER TABLE users DROP COLUMN tel;" &&
	gm_commit "Drop the old one

Migration-Phase: contract
Migration-Contracts: $phone
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>" &&
	as ann git push -q origin HEAD:topic &&
	as ann git migrate approve $drop -y --push >../log ) &&
	at ann git push -q origin HEAD:main && gm_age server.git &&
	at ann git fetch -q &&
	( cd ann && sql $fax "ALTER TABLE users ADD COLUMN fax text;" \
		"ALTER TABLE users DROP COLUMN fax;" ) && lands "Add a fax

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: PHONE" &&
	gm_repo tree && ( cd tree && gm_rollout_app && flux develop &&
	flux staging && flux production && gm_commit "The shop" ) &&
	git -C ann fetch -q ../tree HEAD:flux && git -C tree ls-files >first
'

test_expect_success 'nothing comes before its turn' '
	in_hours 1 && refused $phone production expand &&
	gm_says "of '\''$phone'\'' passed in staging" err &&
	gm_says "git migrate record $phone --env staging" err &&
	gm_status 1 at ann git migrate emit $phone --env production \
		--commit flux 2>err &&
	gm_says "environment before is not done" err &&
	( cd ann && git switch -q -c later &&
	sed -i "s/, after: staging//; s/^version: .*/version: 9/" \
		.migrate/policy.yaml && gm_commit "In no order" --no-verify ) &&
	gm_status 1 at ann git migrate emit $phone --env production \
		--commit flux 2>err &&
	gm_says "environment before is not done" err &&
	git -C ann switch -q main && git -C ann branch -q -D later &&
	refused $phone develop deploy && grep "unknown *expand" err &&
	refused $phone develop close && gm_says "no record says" err &&
	gm_status 129 advance $phone develop widen --step 2
'

# other <option>...: a commit with more in the contract than was approved.
other() {
	( cd ann && git switch -q -c other &&
	echo "DROP TABLE users;" >>migrations/$drop/up.sql &&
	gm_commit "More of it" --no-verify ) &&
	gm_before=$(git -C ann rev-parse flux) &&
	gm_status 128 at ann git migrate "$@" 2>err &&
	gm_says "70-contract/job.yaml: " err &&
	gm_says "was let go ahead, and this is no Job of its SQL" err &&
	test "$(git -C ann rev-parse flux)" = "$gm_before" &&
	git -C ann switch -q main && git -C ann branch -q -D other
}

# let_go <environment>: what a contract that may run does not let happen.
let_go() {
	other emit $drop --env "$1" --commit flux &&
	other advance $phone --env "$1" --stage observe --commit flux &&
	gm_status 128 advance $phone "$1" rollback &&
	gm_says "no record says that it failed" err &&
	gm_says "the way back is a restore" err &&
	gm_status 128 at ann git migrate emit $phone --env "$1" \
		--stage rollback --commit flux 2>err &&
	gm_says "no record says that it failed" err
}

test_expect_success 'where the app is not found, people are told' '
	at ann git migrate advance $phone --env develop --stage expand \
		--commit alone 2>err &&
	gm_says "'\''shop-app'\'' was not found here" err &&
	gm_says "wait for '\''gm-20260101-phone-20-expand'\''" err &&
	git -C ann branch -q -D alone
'

test_expect_success 'no rollback after any contract of the expand' '
	( cd ann && git switch -q -c more &&
	sql 20260106_more "ALTER TABLE users DROP COLUMN mobile;" &&
	gm_commit "Drop more

Migration-Phase: contract
Migration-Contracts: $phone
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>" --no-verify ) &&
	saw 20260106_more develop contract &&
	refused $phone develop rollback &&
	gm_says "'\''20260106_more'\'' has run" err &&
	git -C ann switch -q main && git -C ann branch -q -D more
'

hours=0
# through <environment>: from expand to close.
through() {
	in_hours $((hours + 1)) && step $phone "$1" expand &&
		gm_silent "not found" err &&
		gm_says "gm-20260101-phone-20-expand" "tree/clusters/$1/shop.yaml" &&
		saw $phone "$1" expand && app "$1" 2.8.0 &&
		step $fill "$1" deploy && refused $phone "$1" widen &&
		saw $fill "$1" backfill && saw $phone "$1" enable --percent 10 &&
		in_hours $((hours + 2)) && saw $phone "$1" observe &&
		step $phone "$1" widen &&
		gm_says "PHONE=on" "tree/apps/shop/overlays/$1/kustomization.yaml" &&
		saw $phone "$1" enable && saw $drop "$1" checkpoint &&
		at ann git migrate approve $drop --env "$1" -y >log &&
		refused $drop "$1" contract && grep "no-go *window" err &&
		in_hours $((hours + 25)) && saw $drop "$1" checkpoint &&
		step $drop "$1" contract &&
		gm_silent "suspend" \
			"tree/flux/migrations/$1/20260101-phone/flux/stages-b.yaml" &&
		git -C ann log -1 --format=%B flux >message &&
		gm_says "Rollout-Stage: contract" message && let_go "$1" &&
		gm_status 128 advance $phone "$1" close &&
		gm_says "no record says that it has run" err &&
		saw $drop "$1" contract && step $phone "$1" close &&
		gm_silent "gm-" "tree/clusters/$1/shop.yaml" &&
		gm_says "# never without" "tree/clusters/$1/shop.yaml" &&
		hours=$((hours + 25))
}

for env in develop staging production; do
	test_expect_success "from expand to close in $env" "through $env"
done

test_expect_success 'each record that a step rests on is there' '
	git -C ann log --format=%B flux >messages &&
	sed -n "s/^Rollout-Record: //p" messages | sort -u >named &&
	test "$(wc -l <named)" -ge 12 &&
	for ref in approvals evidence landed; do
		git -C ann ls-tree -r refs/notes/migrate/$ref 2>/dev/null |
			while read -r mode type blob path; do
				git -C ann cat-file blob $blob
			done
		git -C ann ls-tree -r refs/remotes/origin/migrate/$ref \
			2>/dev/null | while read -r mode type blob path; do
				git -C ann cat-file blob $blob
			done
	done | while read -r line; do
		printf %s "$line" | sha256sum | cut -c 1-64
	done | sort -u >there &&
	comm -23 named there >missing && test_must_be_empty missing
'

test_expect_success 'one that fails is run once more, and one is taken back' '
	saw $fax develop checkpoint && step $fax develop expand &&
	at ann git migrate record $fax --env develop --stage checkpoint \
		--result fail -y >log &&
	step $fax develop checkpoint --retry && grep "checkpoint.*-2$" said &&
	gm_fax=tree/flux/migrations/develop/20260105-fax &&
	! test -e $gm_fax/10-checkpoint &&
	gm_says "pre-2" $gm_fax/10-checkpoint-2/backup.yaml &&
	grep -A1 "dependsOn:" $gm_fax/flux/stages-a.yaml >waits &&
	gm_says "10-checkpoint-2" waits &&
	in_hours $((hours + 1)) && saw $fax develop checkpoint &&
	refused $fax develop expand --retry &&
	at ann git migrate record $fax --env develop --stage expand \
		--result fail -y >log &&
	step $fax develop expand --retry && grep "20-expand .*-2$" said &&
	gm_status 128 advance $fax develop expand --retry &&
	gm_says "no record says that attempt 2" err &&
	in_hours $((hours + 2)) && saw $fax develop expand &&
	app develop 2.9.0 && step $fax develop deploy &&
	step $fax develop rollback &&
	gm_says "PHONE=off" tree/apps/shop/overlays/develop/kustomization.yaml &&
	app develop 2.8.0 && step $fax develop rollback --step 2 &&
	gm_says "stages-rollback.yaml" \
		tree/flux/migrations/develop/20260105-fax/flux/kustomization.yaml &&
	gm_status 128 advance $fax develop deploy &&
	saw $fax develop rollback && step $fax develop close
'

test_expect_success 'nothing is left but the word that it was there' '
	git -C tree status --porcelain >status && test_must_be_empty status &&
	git -C tree ls-files >last &&
	comm -13 first last >more &&
	cat >want <<-\EOF &&
	flux/migrations/develop/20260101-phone/.git-migrate
	flux/migrations/develop/20260105-fax/.git-migrate
	flux/migrations/develop/accounts/.git-migrate
	flux/migrations/develop/accounts/applier.yaml
	flux/migrations/develop/kustomization.yaml
	flux/migrations/production/20260101-phone/.git-migrate
	flux/migrations/production/accounts/.git-migrate
	flux/migrations/production/accounts/applier.yaml
	flux/migrations/production/kustomization.yaml
	flux/migrations/staging/20260101-phone/.git-migrate
	flux/migrations/staging/accounts/.git-migrate
	flux/migrations/staging/accounts/applier.yaml
	flux/migrations/staging/kustomization.yaml
	EOF
	test_cmp want more && git migrate lint-flux tree &&
	git -C ann status --porcelain >status && test_must_be_empty status
'

test_done

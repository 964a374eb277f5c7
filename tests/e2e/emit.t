#!/bin/sh
test_description='git migrate emit'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"

top=flux/migrations/staging/20260101-phone

test_expect_success 'set up' '
	gm_rollout shop
'

test_expect_success 'wrong usage' '
	gm_status 129 git -C shop migrate emit --env staging -o out 2>err &&
	gm_says "name migrations" err &&
	gm_status 129 git -C shop migrate emit 2026 -a --env x -o out &&
	gm_status 129 git -C shop migrate emit 20260101 -o out 2>err &&
	gm_says "no environment" err &&
	gm_status 129 git -C shop migrate emit 20260101 --env staging 2>err &&
	gm_says "where the manifests go" err &&
	gm_status 129 git -C shop migrate emit 20260101 --env staging -o "" \
		2>err &&
	gm_says "where the manifests go" err &&
	gm_status 129 git -C shop migrate emit 20260101 --env staging -o out \
		--commit flux 2>err &&
	gm_status 129 git -C shop migrate emit 20260101 --env staging -o out \
		--lsn here 2>err &&
	gm_says "write-ahead log" err &&
	gm_status 129 git -C shop migrate emit 20260101 --env staging -o out \
		--stage nowhere &&
	test ! -e shop/out
'

test_expect_success 'what is not there is not found' '
	gm_status 128 git -C shop migrate emit nothing --env staging -o out &&
	gm_status 128 git -C shop migrate emit 20260101 --env stagin \
		-o out 2>err &&
	gm_says "Did you mean '\''staging'\''" err &&
	test ! -e shop/out
'

test_expect_success 'one directory for each stage' '
	git -C shop migrate emit 20260101_phone --env staging -o ../out >said &&
	gm_says "20-expand          active" said &&
	gm_says "70-contract        written" said &&
	for stage in 10-checkpoint 20-expand 40-backfill 50-enable-canary \
		60-observe 65-checkpoint 70-contract 80-rollback 90-restore
	do
		test -f "out/$top/$stage/kustomization.yaml" || return 1
	done &&
	cmp out/$top/20-expand/expand.sql shop/migrations/20260101_phone/up.sql &&
	cmp out/$top/40-backfill/backfill.sql \
		shop/migrations/20260102_fill/up.sql &&
	cmp out/$top/80-rollback/rollback.sql \
		shop/migrations/20260101_phone/down.sql &&
	gm_says "20260101-phone/flux" out/flux/migrations/staging/kustomization.yaml
'

test_expect_success 'the first commit names what comes before the app' '
	gm_says "stages-a.yaml" out/$top/flux/kustomization.yaml &&
	gm_silent "stages-b.yaml" out/$top/flux/kustomization.yaml &&
	gm_says "gm-20260101-phone-20-expand" out/$top/flux/stages-a.yaml &&
	gm_silent "suspend" out/$top/flux/stages-a.yaml
'

test_expect_success 'the ways back say what is lost, and how long they take' '
	for file in 10-checkpoint/backup 65-checkpoint/backup 80-rollback/job \
		90-restore/cluster
	do
		grep "^#.*RPO" out/$top/$file.yaml &&
		grep "^#.*RTO" out/$top/$file.yaml || return 1
	done
'

test_expect_success 'the account is beside the rollouts' '
	gm_says "accounts/applier.yaml" \
		out/flux/migrations/staging/kustomization.yaml &&
	account=out/flux/migrations/staging/accounts &&
	( cd $account && sha256sum --quiet -c .git-migrate ) &&
	gm_says "name: \"gm-shop-db-applier\"" $account/applier.yaml
'

test_expect_success 'again changes nothing, and another place gets the same' '
	gm_tree out >before &&
	git -C shop migrate emit 20260101_phone --env staging -o ../out >said &&
	gm_says "nothing to change" said &&
	gm_tree out >after &&
	test_cmp before after &&
	git -C shop migrate emit 20260103 --env staging -o ../other &&
	gm_tree other >after &&
	test_cmp before after
'

test_expect_success 'several at once write one after the other' '
	mkdir crowd && for n in 1 2 3 4; do
		{ git -C shop migrate emit 20260101 --env staging -o ../crowd \
			>crowd.$n 2>&1; echo $? >crowd.$n.status; } &
	done; wait &&
	cat crowd.?.status | sort -u >statuses && echo 0 >want &&
	test_cmp want statuses && gm_tree crowd >after && test_cmp before after &&
	test "$(grep -l "nothing to change" crowd.? | wc -l)" = 3
'

test_expect_success 'what a run left that was cut off goes' '
	left=crowd/$top/20-expand/job.yaml.tmp-0123456789abcdef &&
	: >$left && git -C shop migrate emit 20260101 --env staging -o ../crowd &&
	test ! -e $left && gm_tree crowd >after && test_cmp before after
'

test_expect_success 'sha256sum knows what is ours' '
	( cd out/$top && sha256sum --quiet -c .git-migrate )
'

test_expect_success 'the second commit: stages after the app, the contract suspended' '
	cp -r out b &&
	git -C shop migrate emit 20260101 --env staging --stage deploy \
		-o ../b >said &&
	gm_says "40-backfill        active" said &&
	gm_says "70-contract        suspended" said &&
	gm_says "stages-b.yaml" b/$top/flux/kustomization.yaml &&
	grep -A 15 "name: .gm-20260101-phone-70-contract" \
		b/$top/flux/stages-b.yaml | grep "suspend: true" &&
	gm_tree b >before &&
	git -C shop migrate emit 20260101 --env staging -o ../b &&
	git -C shop migrate emit 20260101 --env staging --stage expand -o ../b &&
	gm_tree b >after &&
	test_cmp before after
'

test_expect_success 'a stage alone writes no more than is asked for' '
	git -C shop migrate emit 20260101 --env staging --stage expand -o ../s &&
	test -d s/$top/20-expand && test ! -e s/$top/40-backfill &&
	test ! -e s/$top/90-restore && test ! -e s/$top/flux/stages-b.yaml
'

test_expect_success 'back: the rollback takes the stages after the app away' '
	git -C shop migrate emit 20260101 --env staging --stage rollback -o ../b &&
	gm_says "stages-rollback.yaml" b/$top/flux/kustomization.yaml &&
	test ! -e b/$top/70-contract && test ! -e b/$top/flux/stages-b.yaml &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		--stage enable -o ../b 2>err &&
	gm_says "R9" err
'

test_expect_success 'a restore has to be told where to' '
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		--stage restore -o ../b 2>err &&
	gm_says "git_migrate.checkpoint" err &&
	git -C shop migrate emit 20260101 --env staging --stage restore \
		--lsn 0/3000060 -o ../b &&
	gm_says "targetLSN: \"0/3000060\"" b/$top/90-restore/cluster.yaml &&
	gm_says "stages-restore.yaml" b/$top/flux/kustomization.yaml
'

test_expect_success 'the manifest of the cluster tells what to restore' '
	cp -r out c &&
	gm_write c/flux/infrastructure/data/cnpg-clusters/staging/db.yaml <<-\DB &&
	apiVersion: v1
	kind: Secret
	metadata: {name: shop-db}
	stringData: {password: very-secret}
	---
	apiVersion: postgresql.cnpg.io/v1
	kind: Cluster
	metadata: {name: shop-db}
	spec:
	  instances: 5
	  imageName: pg:18
	  storage: {size: 70Gi}
	DB
	git -C shop migrate emit 20260101 --env staging -o ../c &&
	gm_says "instances: 5" c/$top/90-restore/cluster.yaml &&
	gm_says "size: \"70Gi\"" c/$top/90-restore/cluster.yaml &&
	! grep -r very-secret c/$top
'

test_expect_success 'what was changed by hand stays, and is shown' '
	cp -r out hand &&
	sed -i "s/timeout: .*/timeout: 9m/" hand/$top/flux/stages-a.yaml &&
	cp -r hand kept &&
	sed -i "s/postgresql:17.6/postgresql:17.7/" shop/.migrate/policy.yaml &&
	( cd shop && gm_commit "Another image" ) &&
	gm_status 0 git -C shop migrate emit 20260101 --env staging -o ../out &&
	sed -i "s/^ *restore:.*/  accounts: {applier: one}/" \
		shop/.migrate/policy.yaml &&
	( cd shop && gm_commit "Another account" ) &&
	gm_status 1 git -C shop migrate emit 20260101 --env staging \
		-o ../hand 2>err &&
	gm_says "$top/flux/stages-a.yaml: was changed by hand" err &&
	gm_says "-  timeout: 9m" err &&
	gm_says "nothing was written" err &&
	diff -r hand kept &&
	git -C shop migrate emit 20260101 --env staging -o ../hand --force &&
	gm_silent "timeout: 9m" hand/$top/flux/stages-a.yaml &&
	test ! -e hand/$top/90-restore
'

test_expect_success 'in a list that others write in, theirs stays as it is' '
	gm_write list/flux/migrations/staging/kustomization.yml <<-\LIST &&
	# mine
	namespace: staging # all of it
	resources: [other]
	patches:
	  - path: p.yaml
	LIST
	git -C shop migrate emit 20260101 --env staging --force -o ../list &&
	cat >want <<-\LIST &&
	# mine
	namespace: staging # all of it
	resources: [other, "20260101-phone/flux"]
	patches:
	  - path: p.yaml
	LIST
	test_cmp want list/flux/migrations/staging/kustomization.yml &&
	test ! -e list/flux/migrations/staging/kustomization.yaml &&
	echo "kind: [" >list/flux/migrations/staging/kustomization.yml &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging --force \
		-o ../list 2>err &&
	gm_says "staging/kustomization.yml:" err
'

test_expect_success 'no link leads out of the place' '
	mkdir -p link/flux victim && ln -s ../../victim link/flux/migrations &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		-o ../link 2>err &&
	gm_says "a link stands where" err &&
	test -z "$(ls victim)"
'

test_expect_success 'as a commit on a branch, for all environments' '
	git -C shop migrate emit 20260101 --env develop --env staging \
		--env production --commit flux >said &&
	gm_says "on refs/heads/flux" said &&
	git -C shop rev-parse --verify flux &&
	git -C shop ls-tree -r --name-only flux >names &&
	gm_says "flux/migrations/production/20260101-phone/20-expand/job.yaml" \
		names &&
	git -C shop log -1 --format=%an%n%B flux >message &&
	gm_says "Ann Lee" message &&
	gm_says "Emit 20260101_phone for develop, staging, production" message &&
	gm_says "$(git -C shop rev-parse HEAD)" message &&
	git -C shop status --porcelain >status && test_must_be_empty status &&
	git -C shop fsck --strict
'

test_expect_success 'no commit where nothing changes' '
	git -C shop rev-parse flux >before &&
	git -C shop migrate emit 20260101 --env staging --commit flux >said &&
	gm_says "nothing to change" said &&
	git -C shop rev-parse flux >after &&
	test_cmp before after
'

test_expect_success 'the tree is the one that -o writes' '
	mkdir tree && git -C shop archive flux | tar -x -C tree &&
	rm -rf tree/flux/migrations/develop tree/flux/migrations/production &&
	rm -rf same &&
	git -C shop migrate emit 20260101 --env staging -o ../same &&
	gm_tree same >want && gm_tree tree >got && test_cmp want got
'

test_expect_success 'further stages are further commits' '
	git -C shop migrate emit 20260101 --env staging --stage deploy \
		--commit refs/heads/flux &&
	test "$(git -C shop rev-list --count flux)" = 2 &&
	git -C shop diff --name-only flux~ flux >names &&
	cat >want <<-EOF &&
	$top/.git-migrate
	$top/flux/kustomization.yaml
	EOF
	test_cmp want names
'

test_expect_success 'in a bare repository' '
	git clone -q --bare shop bare.git &&
	git -C bare.git branch -q -D flux &&
	git -C bare.git migrate emit 20260101 --env staging --commit flux &&
	git -C bare.git rev-parse --verify flux
'

test_expect_success 'a branch that is checked out, or none, is refused' '
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		--commit main 2>err &&
	gm_says "is checked out" err &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		--commit refs/notes/x 2>err &&
	gm_says "no branch" err &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		--commit "a..b" 2>err
'

test_expect_success 'all migrations at once' '
	git -C shop migrate emit --all --env develop -o ../all >said &&
	gm_says "develop: 20260101_phone" said &&
	test "$(grep -c "^develop:" said)" = 1
'

test_expect_success 'a template of the repository takes the place of ours' '
	cp -r shop own && ( cd own && mkdir -p .migrate/templates/flux &&
	sed "s/.1h./&/; s/timeout: .5m./timeout: '\''4m'\''/" \
		"$gm_top/templates/flux/stage.yaml" \
		>.migrate/templates/flux/stage.yaml &&
	gm_commit "Template" ) &&
	git -C own migrate emit 20260101 --env staging -o ../owned &&
	gm_says "timeout: \"4m\"" owned/$top/flux/stages-a.yaml
'

test_expect_success 'a template that breaks a rule is refused' '
	( cd own && sed -i "s/prune: true/&\\n  force: true/" \
		.migrate/templates/flux/stage.yaml && gm_commit "Force" ) &&
	gm_status 128 git -C own migrate emit 20260101 --env staging \
		-o ../forced 2>err &&
	gm_says "flux-r3" err && gm_says "migrate/templates" err &&
	test ! -e forced
'

test_done

#!/bin/sh
test_description='git migrate advance'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"

# What goes well is in story-flux.t.

# advance <status> <option>...
advance() {
	gm_expected=$1
	shift
	gm_status "$gm_expected" git -C shop migrate advance "$@" >out 2>err
}

test_expect_success 'wrong usage' '
	gm_rollout shop &&
	advance 129 20260101 --stage expand -o out &&
	gm_says "in which environment" err &&
	advance 129 20260101 --env develop -o out &&
	gm_says "to which stage" err &&
	advance 129 20260101 --env develop --stage expand &&
	gm_says "where the manifests go" err &&
	advance 129 20260101 --env develop --stage expand --step 2 -o out &&
	advance 129 20260101 --env develop --stage nowhere -o out &&
	advance 129 20260101 --env develop --stage restore --lsn x -o out &&
	gm_says "write-ahead log" err &&
	advance 128 20260101 --env develp --stage expand -o out &&
	gm_says "Did you mean" err &&
	advance 128 nothing --env develop --stage expand -o out &&
	test ! -e shop/out
'

test_expect_success 'what has not landed goes nowhere' '
	advance 1 20260101 --env develop --stage expand -o ../place &&
	gm_says "it has not landed" err &&
	gm_says "does not say go" err && test ! -e place
'

test_expect_success 'where nobody can sign, only a no stops' '
	advance 128 20260101 --env develop --stage deploy -o ../place &&
	gm_says "R22" err && gm_says "First comes: --stage expand." err &&
	git -C shop migrate emit 20260101 --env develop -o ../place &&
	advance 0 20260101 --env develop --stage deploy -o ../place &&
	gm_says "70-contract        suspended" out &&
	advance 0 20260101 --env develop --stage deploy -o ../place &&
	gm_says "nothing to change" out &&
	advance 1 20260101 --env develop --stage widen -o ../place &&
	advance 1 20260103 --env develop --stage contract -o ../place
'

test_expect_success 'back, step by step' '
	( cd place && gm_rollout_app ) &&
	advance 129 20260101 --env develop --stage rollback --step 3 -o ../place &&
	advance 128 20260101 --env develop --stage rollback --step 2 -o ../place &&
	gm_says "new code may run" err && gm_says "rollback --step 1" err &&
	advance 0 20260101 --env develop --stage rollback -o ../place &&
	gm_says "step 2" err && test -d place/flux/migrations/develop/20260101-phone/40-backfill &&
	test ! -e place/flux/migrations/develop/20260101-phone/60-observe &&
	advance 0 20260101 --env develop --stage rollback --step 2 -o ../place &&
	test ! -e place/flux/migrations/develop/20260101-phone/40-backfill
'

test_expect_success 'a restore, in three steps' '
	app=place/apps/shop/overlays/develop &&
	cluster=flux/migrations/develop/20260101-phone/90-restore/cluster.yaml &&
	echo "a: shop-db-app" >$app/patch.yaml &&
	advance 128 20260101 --env develop --stage restore --step 2 \
		--lsn 0/3000060 -o ../place &&
	gm_says "restore --step 1" err &&
	advance 0 20260101 --env develop --stage restore -o ../place &&
	gm_says "count: 0" $app/kustomization.yaml &&
	advance 128 20260101 --env develop --stage restore --step 2 -o ../place &&
	gm_says "Give it: --lsn" err &&
	advance 128 20260101 --env develop --stage restore --step 3 -o ../place &&
	gm_says "no restored cluster" err && gm_says "restore --step 2" err &&
	advance 0 20260101 --env develop --stage restore --step 2 \
		--lsn 0/3000060 -o ../place &&
	gm_says "stages-restore.yaml" \
		place/flux/migrations/develop/20260101-phone/flux/kustomization.yaml &&
	cp -r place other && advance 0 20260101 --env develop --stage restore \
		--step 2 --lsn 0/4000000 -o ../other &&
	again=${cluster%/*}-2/cluster.yaml && ! test -e other/$cluster &&
	gm_says "shop-db-r2" other/$again && gm_says "0/4000000" other/$again &&
	gm_silent "shop-db-r1" other/$again &&
	gm_tree other >before && advance 0 20260101 --env develop \
		--stage restore --step 2 --lsn 0/4000000 -o ../other &&
	gm_tree other >after && test_cmp before after &&
	cp -r place again && sed -i "s/90-restore active 1/90-restore active 2/" \
		again/flux/migrations/develop/20260101-phone/.git-migrate &&
	advance 0 20260101 --env develop --stage restore --step 3 -o ../again &&
	gm_says "shop-db-r2-app" again/${app#*/}/patch.yaml &&
	advance 0 20260101 --env develop --stage restore --step 3 -o ../place &&
	gm_silent "count: 0" $app/kustomization.yaml &&
	gm_says "shop-db-r1-app" $app/patch.yaml
'

test_expect_success 'a flag that is a variable is switched where it stands' '
	gm_rollout var "flag: {provider: env, name: shop}" && mkdir vars &&
	( cd vars && gm_rollout_app ) && app=vars/apps/shop/overlays/develop &&
	echo "patches: [{path: flags.yaml}]" >>$app/kustomization.yaml &&
	gm_write $app/flags.yaml <<-\EOF &&
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: shop}
	spec:
	  template:
	    spec:
	      containers:
	        - name: shop # with the flags
	          env: [{name: OTHER, value: "on"}, {name: PHONE, value: "on"}]
	EOF
	sed "s/PHONE, value: .on./PHONE, value: \"off\"/" $app/flags.yaml >want &&
	git -C var migrate emit 20260101 --env develop -o ../vars &&
	git -C var migrate emit 20260101 --env develop --stage deploy -o ../vars &&
	git -C var migrate advance 20260101 --env develop --stage rollback \
		-o ../vars &&
	test_cmp want $app/flags.yaml && git migrate lint-flux vars
'

test_done

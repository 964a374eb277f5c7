#!/bin/sh
test_description='git migrate emit: what is refused, and nothing is half written'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"

top=flux/migrations/staging/20260101-phone

# refused <repository> <id> <why> <way out>: for develop and staging, into an
# empty place, into one with another rollout, and as a commit; with no change
# anywhere.
refused() {
	rm -rf fresh half && cp -r out half && gm_tree half >before &&
		git -C "$1" for-each-ref >refs.before || return 1
	for gm_place in "-o ../fresh" "-o ../half" "--commit flux"; do
		# shellcheck disable=SC2086 # two words
		gm_status 128 git -C "$1" migrate emit "$2" --env develop \
			--env staging $gm_place >said 2>err &&
			gm_says "$3" err && gm_says "$4" err || return 1
	done
	test ! -e fresh && gm_tree half >after && test_cmp before after &&
		git -C "$1" for-each-ref >refs.after &&
		test_cmp refs.before refs.after &&
		git -C "$1" status --porcelain >seen && test_must_be_empty seen
}

# with <dir> <id> <SQL>: a copy of the shop with one more expand.
with() {
	cp -r shop "$1" && ( cd "$1" && sql "$2" "$3" && gm_commit "More

$expand" )
}

test_expect_success 'set up' '
	gm_rollout shop &&
	git -C shop migrate emit 20260101 --env develop --env staging -o ../out
'

test_expect_success 'R2: two migrations with one name for their Jobs' '
	with twins 20260104_a_b "CREATE TABLE a (a int);" &&
	( cd twins && sql 20260104_a-b "CREATE TABLE b (a int);" &&
	gm_commit "Twins

$expand" ) &&
	refused twins 20260104_a_b "R2: the objects of" "names:" &&
	refused twins 20260104_a-b "R2: the objects of" "names:" &&
	echo "  names: {20260104_a_b: ab}" >>twins/.migrate/policy.yaml &&
	( cd twins && gm_commit "Name one" ) &&
	git -C twins migrate emit 20260104_a_b --env staging -o ../twin &&
	test -d twin/flux/migrations/staging/ab
'

test_expect_success 'R18: a name that is too long' '
	with long 20260104_a_name_that_says_it_all_and_never_ends \
		"CREATE TABLE a (a int);" &&
	refused long 20260104 "R18: " "names: {"
'

test_expect_success 'R18: a name that is no label' '
	with label 20260104_Größe "CREATE TABLE a (a int);" &&
	refused label 20260104 "R18: " "names: {" &&
	echo "  names: {20260104_Größe: groesse}" >>label/.migrate/policy.yaml &&
	( cd label && gm_commit "Name it" ) &&
	git -C label migrate emit 20260104 --env staging -o ../named &&
	test -d named/flux/migrations/staging/groesse
'

test_expect_success 'R18: a name that is taken by the accounts' '
	with taken 20260104_a "CREATE TABLE a (a int);" &&
	echo "  names: {20260104_a: accounts}" >>taken/.migrate/policy.yaml &&
	( cd taken && gm_commit "A name" ) &&
	refused taken 20260104 "directory of the accounts" "names: {"
'

test_expect_success 'R16: a window that backups do not last' '
	cp -r shop stored && ( cd stored &&
	gm_write flux/infrastructure/data/cnpg-clusters/staging/store.yaml <<-\STORE &&
	apiVersion: barmancloud.cnpg.io/v1
	kind: ObjectStore
	metadata: {name: shop-db-store}
	spec: {retentionPolicy: 1d}
	STORE
	gm_commit "A store" ) &&
	refused stored 20260101 "keeps backups for 1d only" "retentionPolicy" &&
	git -C stored migrate emit 20260101 --env staging --stage rollback \
		-o ../back &&
	sed -i "s/1d/2d/" stored/flux/infrastructure/data/cnpg-clusters/staging/store.yaml &&
	( cd stored && gm_commit "Longer" ) &&
	git -C stored migrate emit 20260101 --env staging -o ../lasts
'

test_expect_success 'R18: names of clusters' '
	cp -r shop names && for name in 7shop a.b Shop \
		shop-db-and-so-on-and-so-on-and-so-on-and-so-on-and
	do
		git -C shop show HEAD:.migrate/policy.yaml | sed \
			"s/staging, cluster: shop-db/staging, cluster: \"$name\"/" \
			>names/.migrate/policy.yaml &&
		( cd names && gm_commit "Another name" ) &&
		refused names 20260101 "cluster" "hint: " || return 1
	done
'

test_expect_success 'an environment without a cluster' '
	cp -r shop nocluster && ( cd nocluster &&
	sed -i "s/namespace: staging, cluster: shop-db/namespace: staging/" \
		.migrate/policy.yaml && gm_commit "No cluster" ) &&
	refused nocluster 20260101 "has no cluster" "environments: [{name: staging"
'

test_expect_success 'R18: more SQL than fits into a ConfigMap' '
	with large 20260104_large "CREATE TABLE large (a int);" &&
	( cd large && yes -- "-- a long story" | head -n 70000 \
		>>migrations/20260104_large/up.sql && gm_commit "Large

$expand" ) &&
	refused large 20260104 "R18: its ConfigMap would hold" \
		"Split the migration" &&
	echo "  runner: git-migrate" >>large/.migrate/policy.yaml &&
	( cd large && gm_commit "The other runner" ) &&
	refused large 20260104 "R18: its ConfigMap would hold" \
		"Split the migration"
'

test_expect_success 'SQL that psql would read otherwise' '
	with meta 20260104_meta "\\! touch x" &&
	refused meta 20260104 "migrations/20260104_meta/up.sql:1:1" "hint: " &&
	with variable 20260104_variable "CREATE TABLE v (HOST int, a int[]);
UPDATE v SET a = a[1:HOST];" &&
	refused variable 20260104 "migrations/20260104_variable/up.sql:2:1" \
		"Write a blank behind that colon"
'

test_expect_success 'R14: SQL with ${x} and $$, where Flux would fill it in' '
	cp -r shop dollars && for template in kustomization job-psql; do
		( cd dollars && rm -rf .migrate/templates &&
		sed "/substitute: /d" "$gm_top/templates/flux/$template.yaml" |
			gm_write .migrate/templates/flux/$template.yaml &&
		gm_commit "Without the annotation" ) &&
		refused dollars 20260101 "flux-r14" ".migrate/templates/flux" ||
			return 1
	done
'

test_expect_success 'R20: nothing may wait for itself' '
	gm_write circle/clusters/shop.yaml <<-\FLUX &&
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-db, namespace: staging}
	spec:
	  path: ./db
	  dependsOn: [{name: gm-20260101-phone-20-expand}]
	FLUX
	echo "{{ no yaml" >circle/clusters/chart.yaml &&
	gm_tree circle >before &&
	gm_status 128 git -C shop migrate emit 20260101 --env develop \
		--env staging -o ../circle 2>err &&
	gm_says "R20: they would wait for each other" err &&
	gm_says "gm-20260101-phone-20-expand -> gm-20260101-phone-10-checkpoint" \
		err &&
	gm_says "clusters/shop.yaml:6:" err &&
	gm_says "Take one of these dependsOn away" err &&
	gm_tree circle >after && test_cmp before after
'

test_expect_success 'R20: nor by way of another namespace, whoever else does' '
	gm_write circle/clusters/shop.yaml <<-\FLUX &&
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: apart, namespace: apart}
	spec:
	  path: ./apart
	  dependsOn: [{name: apart}]
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: shop-db, namespace: staging}
	spec:
	  path: ./db
	  dependsOn: [{name: base, namespace: platform}]
	---
	apiVersion: kustomize.toolkit.fluxcd.io/v1
	kind: Kustomization
	metadata: {name: base, namespace: platform}
	spec:
	  path: ./base
	  dependsOn: [{name: gm-20260101-phone-10-checkpoint, namespace: staging}]
	FLUX
	gm_tree circle >before &&
	gm_status 128 git -C shop migrate emit 20260101 --env staging \
		-o ../circle 2>err &&
	gm_says "R20: they would wait for each other" err &&
	gm_says "gm-20260101-phone-10-checkpoint" err &&
	gm_tree circle >after && test_cmp before after
'

test_expect_success 'what others put there stops it, also by force' '
	cp -r out foreign &&
	echo "kind: ConfigMap" >foreign/$top/20-expand/more.yaml &&
	cp -r foreign kept &&
	gm_status 1 git -C shop migrate emit 20260101 --env staging --force \
		-o ../foreign 2>err &&
	gm_says "$top/20-expand/more.yaml: is not ours" err &&
	gm_says "move away what others put there" err &&
	gm_says "nothing was written" err &&
	diff -r foreign kept &&
	gm_write elsewhere/$top/20-expand/job.yaml </dev/null &&
	gm_status 1 git -C shop migrate emit 20260101 --env develop \
		--env staging -o ../elsewhere 2>err &&
	gm_says "20-expand/job.yaml: is not ours" err &&
	gm_tree elsewhere >after && test "$(wc -l <after)" = 1
'

test_expect_success 'on a branch as well' '
	git -C shop worktree add -q -b other ../tree &&
	echo mine | gm_write tree/$top/20-expand/job.yaml &&
	( cd tree && gm_commit "Mine" ) && git -C shop worktree remove ../tree &&
	git -C shop for-each-ref >before &&
	gm_status 1 git -C shop migrate emit 20260101 --env develop \
		--env staging --commit other 2>err &&
	gm_says "$top/20-expand/job.yaml: is not ours" err &&
	git -C shop for-each-ref >after && test_cmp before after
'

test_done

#!/bin/sh
test_description='git migrate drill --record'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

evidence=refs/notes/migrate/evidence
id=20261102_add_nick

# drill <person> <option>...: in that person's clone, of the migration.
drill() {
	gm_who=$1
	shift
	at "$gm_who" git migrate drill --record --env staging --rows=10 \
		--schema=../schema.sql "$@" $id
}

# note: the records on it in ann's clone.
note() {
	git -C ann notes --ref=migrate/evidence show \
		"HEAD:migrations/$id/up.sql"
}

test_expect_success 'people, and an expand' '
	gm_shop && echo "CREATE TABLE users (id int);" >schema.sql &&
	for who in ann eve; do
		( cd $who &&
		gm_expand $id "ALTER TABLE users ADD nick text;" &&
		echo "ALTER TABLE users DROP nick;" |
			gm_write migrations/$id/down.sql &&
		git add -A && git commit -q --amend --no-edit ) || return 1
	done
'

test_expect_success 'wrong usage' '
	gm_status 129 at ann git migrate drill -y $id 2>err &&
	gm_says "belong to --record" err &&
	gm_status 129 at ann git migrate drill --env staging $id 2>err &&
	gm_status 129 at ann git migrate drill --record $id 2>err &&
	gm_says "in which environment" err &&
	gm_status 129 at ann git migrate drill --record --env staging --all 2>err &&
	gm_says "one migration" err &&
	gm_status 129 drill ann --format=json 2>err &&
	gm_says "git migrate record --drill" err
'

test_expect_success 'who may not sign is told before anything starts' '
	gm_status 128 drill eve -y --pg-bin=/nowhere 2>err &&
	gm_says "your key is not in" err &&
	gm_status 128 at ann git migrate drill --record --env stagign \
		--pg-bin=/nowhere -y $id 2>err &&
	gm_says "Did you mean '\''staging'\''?" err &&
	gm_status 128 drill ann -y --pg-bin=/nowhere 2>err &&
	gm_says "there is no '\''initdb'\''" err &&
	test "$(gm_tip ann $evidence)" = none
'

test_expect_success 'what failed is not recorded' '
	echo "CREATE TABLE users (id int, nick text);" >other.sql &&
	gm_status 1 drill ann -y --schema=../other.sql >out 2>err &&
	grep "^ *apply *no " out &&
	gm_says "nothing is recorded, as it did not pass" err &&
	gm_says "git migrate record --env staging --stage restore --result fail $id" err &&
	test "$(gm_tip ann $evidence)" = none
'

test_expect_success 'what passed is, with what was rehearsed' '
	drill ann -y -m "on a laptop" >out 2>err &&
	grep "^$id: yes" out && gm_says "stage      restore" out &&
	gm_silent "the policy says" err &&
	note >line && grep "^gm1 evidence project=shop path=migrations/$id/up.sql .* env=staging role=dba signer=ann@example.com .* stage=restore result=pass sha256=.* why=on%20a%20laptop sig=ssh:" line &&
	sha=$(sed "s/.* sha256=\([0-9a-f]*\) .*/\1/" line) &&
	git -C ann notes --ref=migrate/exhibits show \
		"$(echo "$sha" | cut -c 1-40)" >exhibit &&
	test "$(sha256sum <exhibit | cut -c 1-64)" = "$sha" &&
	gm_says "\"id\": \"$id\"" exhibit &&
	at ann git migrate plan $id >plan &&
	grep "RTO: .*[0-9] s in a drill" plan &&
	gm_says "\"digest\": \"$(sed "s/.* digest=\([^ ]*\) .*/\1/" line)\"" exhibit
'

test_expect_success 'the report of a drill can be recorded as long as it is true' '
	at ann git migrate record $id --env production --drill ../exhibit -y &&
	note | grep " env=production .* stage=restore result=pass " &&
	( cd ann && echo "ALTER TABLE users DROP COLUMN nick;" |
		gm_write migrations/$id/down.sql &&
		git commit -q -a --amend --no-edit ) &&
	gm_status 128 at ann git migrate record $id --env production \
		--drill ../exhibit -y 2>err &&
	gm_says "has changed since it was rehearsed" err
'

test_done

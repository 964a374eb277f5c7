#!/bin/sh
test_description='git migrate evidence'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

gm_reviewers="$gm_reviewers
evidence: {backup_max_age: 24h}"
add=20261101_add_email
drop=20261120_drop_mail

# record <id> <stage> <option>...: ann saw it pass in staging.
record() {
	gm_id=$1 gm_stage=$2
	shift 2
	at ann git migrate record "$gm_id" --env staging --stage "$gm_stage" \
		--result pass -y "$@" >log
}

evidence() {
	at ann git migrate evidence "$@"
}

test_expect_success 'a contract on its way, with what speaks for it' '
	gm_shop &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop $add "ALTER TABLE users DROP mail;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob; do
		at $who git fetch -q && at $who git checkout -q origin/topic ||
			return 1
	done &&
	at ann git migrate approve $drop -y --push >log &&
	at bob git migrate approve $drop -y --push --reject -m "too early" >log &&
	at ann git fetch -q &&
	printf "all\tfine <here>\n" >seen &&
	record $add expand --file ../seen &&
	( cd eve && git checkout -q origin/main && as eve gm_expand \
		20261119_other "ALTER TABLE t ADD u int;" ) &&
	at ann git fetch -q ../eve HEAD &&
	at ann git migrate record 20261119_other --env staging \
		--stage checkpoint --result pass -y --at FETCH_HEAD >log
'

test_expect_success 'Markdown, for people' '
	evidence $drop >out &&
	gm_says "# 20261120&#95;drop&#95;mail" out &&
	gm_says "## staging: no-go, stage contract" out &&
	gm_says "## production: no-go, stage contract" out &&
	grep "^| expand | go | .*is applied" out &&
	grep "^| approvals | no-go | rejected by bob@example.com" out &&
	grep "^| backup | go | the newest backup" out &&
	gm_says "    all     fine <here>" out &&
	test "$(grep -c "^### .*: approve$" out)" = 1 &&
	test "$(grep -c "^### .*: reject$" out)" = 1 &&
	test "$(grep -c "^### .*: evidence expand pass$" out)" = 1 &&
	test "$(grep -c "^### .*: evidence checkpoint pass$" out)" = 1 &&
	test "$(grep -c "^### .*: landed$" out)" = 1
'

test_expect_success 'each record can be verified by what stands there' '
	sed -n "s/^    \(gm1 .*\)/\1/p" out >lines &&
	test "$(wc -l <lines)" = 5 &&
	while read -r line; do
		id=$(printf %s "$line" | sha256sum | cut -c 1-16) &&
		grep "^### $id: " out || return 1
	done <lines &&
	gm_says "$(sha256sum <seen | cut -c 1-64)" lines
'

test_expect_success 'of one environment, and of the expand' '
	evidence $drop --env staging >out &&
	gm_says "## staging" out && gm_silent "## production" out &&
	evidence $add --env production >out &&
	gm_says "## production: go, stage expand" out &&
	gm_says ": evidence expand pass" out &&
	gm_status 128 evidence $drop --env stagin 2>err &&
	gm_says "Did you mean '\''staging'\''" err
'

test_expect_success 'JSON and HTML, with nothing in them that acts' '
	evidence $drop --format json >out &&
	gm_says "\"verdict\": \"no-go\"" out &&
	gm_says "\"exhibit\": \"all\\tfine <here>\\n\"" out &&
	python3 -m json.tool out >/dev/null &&
	evidence $drop --format html >out &&
	gm_says "fine &lt;here&gt;" out && gm_silent "<here>" out
'

test_expect_success 'a record that does not count says why' '
	at ann git checkout -q -B other origin/topic &&
	( cd root && as root git fetch -q && git checkout -q -b roles origin/main &&
	sed -i "s/^version: 1/version: 2/; s/dba: .ann@example.com, /dba: [/" \
		.migrate/policy.yaml &&
	git commit -q -am "Ann leaves" ) &&
	git -C root rev-parse roles >tip &&
	git -C server.git fetch -q ../root roles &&
	git -C server.git update-ref refs/heads/main $(cat tip) &&
	at ann git fetch -q && evidence $drop --env staging >out &&
	gm_says "It does not count: its signer has not, or no longer, that role." \
		out
'

test_expect_success 'usage, and no policy' '
	gm_status 129 evidence 2>err &&
	gm_status 129 evidence $drop --format odd &&
	gm_status 128 evidence nothing 2>err &&
	gm_says "there is no migration" err &&
	gm_repo none && ( cd none && echo x >x && gm_commit x &&
	gm_status 128 git migrate evidence x 2>err &&
	gm_says "there is no .migrate/policy.yaml" err )
'

test_done

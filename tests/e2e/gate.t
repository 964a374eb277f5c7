#!/bin/sh
test_description='git migrate gate'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/prometheus.sh"

gm_reviewers="$gm_reviewers
evidence: {backup_max_age: 24h, restore_test_max_age: 30d}"
add=20261101_add_email
drop=20261120_drop_mail

# gate <status> <option>...: ann asks about the contract.
gate() {
	gm_expected=$1
	shift
	gm_status "$gm_expected" at ann git migrate gate $drop "$@" >out 2>err
}

# line <answer> <line> <words>: does the answer have it?
line() {
	grep -e "^  $1 *$2 .*$3" out || { cat out && return 1; }
}

# record <id> <env> <stage> [<option>...]
record() {
	gm_id=$1 gm_env=$2 gm_stage=$3
	shift 3
	at ann git migrate record "$gm_id" --env "$gm_env" \
		--stage "$gm_stage" --result pass -y "$@" >log
}

# record_then <seconds> ...: the same, as seen that long ago.
record_then() (
	GIT_MIGRATE_NOW=$(date -u -d "@$(($(date +%s) - $1))" \
		+%Y-%m-%dT%H:%M:%SZ)
	export GIT_MIGRATE_NOW
	shift
	record "$@"
)

# approved <env>: by both who have to.
approved() {
	at ann git migrate approve $drop --env "$1" -y --push >log &&
		at bob git migrate approve $drop --env "$1" -y --push >log &&
		at ann git fetch -q
}

test_expect_success 'a contract that has landed' '
	gm_shop &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob; do
		at $who git fetch -q && at $who git checkout -q origin/topic &&
		at $who git migrate approve $drop -y --push >log || return 1
	done &&
	at eve git push -q --no-verify origin topic:main &&
	for who in ann bob; do
		at $who git fetch -q && at $who git checkout -q origin/main ||
			return 1
	done
'

test_expect_success 'usage' '
	gate 129 && gm_says "in which environment" err &&
	gate 128 --env=stagign && gm_says "Did you mean" err &&
	gate 129 --env=staging --stage=never &&
	gm_status 128 at ann git migrate gate nothing --env=staging 2>err &&
	gm_says "there is no migration" err
'

test_expect_success 'what nobody has recorded is not known, and no-go' '
	gate 1 --env staging &&
	line go classification "declared contract, and its SQL is contract" &&
	line go landed "on refs/heads/main at" &&
	line go window "over since" &&
	line unknown expand "$add" && line unknown flag "FEATURE_X" &&
	line unknown slo "" && line unknown backup "" &&
	line unknown restore "" && line no-go approvals "missing" &&
	line go previous "first environment" && line go follow-ups "" &&
	test "$(tail -n 1 out)" = no-go &&
	gm_says "git migrate record $add --env staging --stage expand" out
'

test_expect_success 'with all of it: go' '
	record_then 90000 $add staging expand && record $add staging enable &&
	record $add staging observe && record $drop staging checkpoint &&
	record $drop staging restore && approved staging &&
	gate 0 --env staging && test "$(tail -n 1 out)" = go &&
	! grep "no-go\|unknown" out
'

test_expect_success 'its expand names the rollout as well' '
	( GIT_MIGRATE_NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ) &&
	export GIT_MIGRATE_NOW && gate 0 --env staging &&
	gm_status 0 at ann git migrate gate $add --env staging \
		--stage contract >out2 && test_cmp out out2 )
'

test_expect_success 'the window begins when it is applied there' '
	cp -r ann other && ( cd other &&
	git update-ref -d refs/notes/migrate/evidence &&
	as ann git migrate record $add --env staging --stage expand \
		--result pass -y >log &&
	gm_status 1 as ann git migrate gate $drop --env staging >out &&
	grep "no-go *window .*, by when it was applied in staging" out )
'

test_expect_success 'each line names the record that proves it' '
	gate 0 --env staging --format json &&
	gm_says "\"verdict\": \"go\"" out && gm_says "\"version\": 1" out &&
	git -C ann ls-tree -r refs/notes/migrate/evidence |
		while read -r mode type blob path; do
			git -C ann cat-file blob $blob
		done >lines &&
	while read -r one; do
		id=$(printf %s "$one" | sha256sum | cut -c 1-64) &&
		gm_says "\"$id\"" out || return 1
	done <lines &&
	test "$(wc -l <lines)" = 5
'

test_expect_success 'a later failure, and half a flag, are no-go' '
	sleep 1 && record $add staging enable --percent 5 &&
	gate 1 --env staging && line no-go flag "5 % only" &&
	sleep 1 && record $add staging enable && gate 0 --env staging &&
	sleep 1 && at ann git migrate record $add --env staging --stage observe \
		-y --run -- false >log &&
	gate 1 --env staging && line no-go slo "were not kept" &&
	gm_says "Turn the flag off" out
'

if command -v prometheus >/dev/null; then
	test_set_prereq PROMETHEUS
else
	say "skipping what needs prometheus: it is not installed"
fi

# observed <query> <word>: what a real Prometheus says of it goes on record.
observed() {
	cat >observe.json <<-JSON
	{"version": 1, "migration": "$add", "env": "staging", "window": 5,
	 "every": 1, "prometheus": "$gm_prometheus_url",
	 "queries": [{"name": "errors", "query": "$1", "max": "0.5"}]}
	JSON
	sleep 1 && at ann git migrate record $add --env staging \
		--stage observe -y --run -- git migrate observe --once \
		--config "$PWD/observe.json" >log
}

test_expect_success PROMETHEUS 'objectives as Prometheus knows them' '
	gm_prometheus && observed "vector(0.1)" &&
	gate 0 --env staging && line go slo "" &&
	observed "vector(0.7)" &&
	gate 1 --env staging && line no-go slo "were not kept"
'
gm_prometheus_stop

test_expect_success 'production waits for staging' '
	gate 1 --env production &&
	line no-go previous "passed in staging" &&
	line no-go approvals "" &&
	record $drop staging contract &&
	gate 1 --env production && line go previous "it passed in staging" &&
	line unknown expand "in production"
'

test_expect_success 'other stages ask less' '
	gm_status 0 at ann git migrate gate $add --env staging >out &&
	! grep -e "flag " out &&
	gm_status 1 at ann git migrate gate $add --env production \
		--stage enable >out &&
	line no-go previous "stage .observe. failed in staging" &&
	sleep 1 && record $add staging observe &&
	gm_status 0 at ann git migrate gate $add --env production \
		--stage enable >out &&
	line unknown expand "in production" && line go previous "" &&
	at ann git migrate record $add --env production --stage expand \
		--result fail -y >log &&
	gm_status 1 at ann git migrate gate $add --env production \
		--stage enable >out &&
	line no-go expand "it failed"
'

test_expect_success 'what staging has seen pass was these bytes, and no others' '
	gm_status 1 at ann git migrate gate $add --env production \
		--stage deploy >out && line go previous "" &&
	( cd ann && echo "-- more" >>migrations/$add/up.sql &&
	git commit -q --no-verify -a -m "Other bytes" ) &&
	gm_status 1 at ann git migrate gate $add --env production \
		--stage deploy >out && line no-go previous "passed in staging" &&
	git -C ann checkout -q HEAD~
'

test_expect_success 'what somebody signed who may not does not count' '
	at eve git fetch -q && git -C eve checkout -q origin/main &&
	gm_status 128 at eve git migrate record $add --env production \
		--stage expand --result pass -y 2>err &&
	gate 1 --env production && line no-go expand "by ann@example.com"
'

test_expect_success 'without a policy there is no gate' '
	gm_repo none && ( cd none && echo x >x && gm_commit x &&
	gm_status 128 git migrate gate x --env y 2>err &&
	gm_says "there is no .migrate/policy.yaml" err )
'

test_done

#!/bin/sh
test_description='git migrate apply by an override'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/pg.sh"

gm_pg
drop=20261120_drop_mail

# sealed: apply what a new bundle of it holds, dry.
sealed() (
	cd deploy && git fetch -q && rm -rf ../bundle &&
		git migrate bundle $drop -o ../bundle >/dev/null &&
		git migrate apply -n --bundle ../bundle --env staging
)

# runs: it would run, by the override; the same of a bundle.
runs() {
	gm_says "would apply $drop" out &&
		gm_says "runs by the override of ticket INC-7" err
}

# held <why>: it would not, whatever the ticket says.
held() {
	gm_says "refused: $drop: " out && gm_says "$1" out &&
		gm_silent "by the override" err
}

# glass <option>...: cem's override of $drop.
glass() {
	at cem git fetch -q && at cem git migrate break-glass $drop \
		--ticket INC-7 --risk "mail is lost" \
		--recovery "restore the table" --follow-up "review by the dba" \
		-y --push "$@"
}

test_expect_success 'a contract that landed by an override' '
	gm_shop &&
	gm_sql "CREATE TABLE users (id int PRIMARY KEY, mail text)" &&
	( cd eve && git checkout -q -b hot &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	git commit -q --amend --no-verify -m "$(git log -1 --format=%B)
Break-Glass: INC-7" && as eve git push -q --no-verify origin hot ) &&
	glass --at origin/hot >out &&
	at eve git push -q --no-verify origin hot:main 2>err &&
	git clone -q server.git deploy && ( cd deploy &&
	git config --add remote.origin.fetch \
		"refs/notes/migrate/*:refs/notes/migrate/*" && git fetch -q &&
	git migrate apply --to 20261101_add_email --env staging >../out )
'

test_expect_success 'what let it land does not let it run' '
	( cd deploy && gm_status 1 git migrate apply -n --env staging ) \
		>out 2>err && held "missing 1 dba, 1 app-owner" &&
	gm_status 1 sealed >out 2>err && held "missing 1 dba, 1 app-owner" &&
	gm_status 128 glass --at origin/main 2>err &&
	gm_says "has landed on" err && gm_says "say --env" err &&
	gm_status 128 glass --at origin/main --env stagin 2>err &&
	gm_says "there is no environment" err
'

test_expect_success 'one for an environment does, there' '
	glass --at origin/main --env staging >glass &&
	gm_says "It lets it run in staging until" glass &&
	git -C deploy fetch -q &&
	( cd deploy && git migrate apply -n --env staging ) >out 2>err && runs &&
	sealed >out 2>err && runs &&
	( cd deploy && gm_status 1 git migrate apply -n --env production ) \
		>out 2>err && held "missing 1 dba, 1 app-owner"
'

test_expect_success 'a rejection wins over it' '
	at bob git fetch -q &&
	at bob git migrate approve $drop --at origin/main --env staging \
		--reject -m no -y --push >out && git -C deploy fetch -q &&
	( cd deploy && gm_status 1 git migrate apply -n --env staging ) \
		>out 2>err && held "rejected by bob@example.com" &&
	gm_status 1 sealed >out 2>err && held "rejected by bob@example.com" &&
	id=$(at bob git notes --ref=migrate/approvals show \
		"origin/main:migrations/$drop/up.sql" |
		tail -n 1 | tr -d "\n" | sha256sum | cut -c1-64) &&
	at bob git migrate approve --revoke $id -y --push >out &&
	git -C deploy fetch -q &&
	( cd deploy && git migrate apply -n --env staging ) >out 2>err && runs
'

test_expect_success 'its follow-up is open until it is closed' '
	at cem git fetch -q && at cem git migrate status >out &&
	gm_says "by cem@example.com, to run in staging: review by the dba" out &&
	id=$(sed -n "s/.*break-glass --close \([0-9a-f]*\)\$/\1/p" glass) &&
	at cem git migrate approve --revoke $id -y --push >out &&
	at cem git fetch -q && at cem git migrate status >out &&
	gm_says "to run in staging: review by the dba" out &&
	at cem git migrate break-glass --close $id -y --push >out &&
	gm_says "Recorded close" out &&
	at cem git migrate status >out &&
	gm_silent "to run in staging" out
'

test_expect_success 'one that was taken back is none' '
	git -C deploy fetch -q &&
	( cd deploy && gm_status 1 git migrate apply -n --env staging ) \
		>out 2>err && held "missing 1 dba, 1 app-owner" &&
	gm_status 1 sealed >out 2>err && held "missing 1 dba, 1 app-owner"
'

test_done

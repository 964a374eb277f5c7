#!/bin/sh
test_description='git migrate break-glass'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

drop=20261120_drop_mail
notes=refs/notes/migrate/overrides

# glass <person> <option>...: a whole override of $drop.
glass() {
	gm_who=$1
	shift
	at "$gm_who" git migrate break-glass $drop --ticket INC-7 \
		--risk "mail is lost" --recovery "restore the table" \
		--follow-up "review by the dba" --yes "$@"
}

test_expect_success 'an emergency' '
	gm_shop &&
	( cd eve && git checkout -q -b hot &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" && as eve git push -q origin hot ) &&
	at cem git fetch -q && git -C cem checkout -q origin/hot
'

test_expect_success 'all four parts are required' '
	for part in ticket risk recovery follow-up; do
		set -- &&
		for other in ticket risk recovery follow-up; do
			test $other = $part || set -- "$@" --$other=x || return 1
		done &&
		gm_status 129 at cem git migrate break-glass $drop "$@" -y 2>err &&
		gm_says "error: --$part is missing" err &&
		gm_status 129 at cem git migrate break-glass $drop "$@" \
			"--$part= " -y 2>err &&
		gm_says "error: --$part is missing" err || return 1
	done &&
	gm_status 129 at cem git migrate break-glass --ticket=x 2>err &&
	gm_status 129 at cem git migrate break-glass $drop --ticket "x " \
		--risk=x --recovery=x --follow-up=x 2>err &&
	gm_says "one line" err
'

test_expect_success 'only who has the role can sign one' '
	gm_status 128 glass ann --at=HEAD 2>err &&
	at ann git fetch -q && git -C ann checkout -q origin/hot &&
	gm_status 128 glass ann 2>err &&
	gm_says "has none of the roles" err && gm_says "incident-owner" err
'

test_expect_success 'it shows what is signed, and how to name it' '
	glass cem --push >out &&
	gm_says "ticket     INC-7" out &&
	gm_says "follow-up  review by the dba" out &&
	gm_says "in the namespace override@git-migrate" out &&
	gm_says "    Break-Glass: INC-7" out &&
	git -C server.git notes --ref=migrate/overrides show \
		"$(git -C cem rev-parse HEAD:migrations/$drop/up.sql)" >note &&
	grep "^gm1 override .* role=incident-owner signer=cem@example.com .* ticket=INC-7 risk=mail%20is%20lost recovery=restore%20the%20table follow-up=review%20by%20the%20dba sig=ssh:" note &&
	at=$(sed "s/.* at=\([^ ]*\).*/\1/" note) &&
	until=$(sed "s/.* until=\([^ ]*\).*/\1/" note) &&
	test $(($(date -d "$until" +%s) - $(date -d "$at" +%s))) = 14400
'

test_expect_success 'verify lists it' '
	gm_status 1 at cem git migrate verify $drop >out &&
	gm_says "override '\''INC-7'\'': in force until" out &&
	gm_says "with '\''Break-Glass: INC-7'\''" out
'

test_expect_success 'a commit that does not name it does not pass' '
	gm_status 1 at eve git push --no-verify origin hot:main 2>err &&
	gm_says "unapproved" err
'

test_expect_success 'one that does lands' '
	( cd eve && git commit -q --amend --no-verify -m "$(git log -1 --format=%B)
Break-Glass: INC-7" && as eve git push -q --no-verify origin +hot:hot &&
	as eve git push --no-verify origin hot:main ) 2>err &&
	gm_says "passes by the override" err &&
	gm_says "review by the dba" err
'

test_expect_success 'the follow-up is open, and no contract lands' '
	( cd eve && as eve git fetch -q && git checkout -q -b next &&
	as eve gm_contract 20261121_drop_fax 20261101_add_email \
		"ALTER TABLE users DROP fax;" && as eve git push -q origin next ) &&
	for who in ann bob cem; do
		at $who git fetch -q && git -C $who checkout -q origin/next ||
			return 1
	done &&
	at ann git migrate approve 20261121_drop_fax -y --push >out &&
	at bob git migrate approve 20261121_drop_fax -y --push >out &&
	gm_status 1 at eve git push --no-verify origin next:main 2>err &&
	gm_says "the follow-up of the override '\''INC-7'\'' is open" err &&
	at cem git fetch -q && at cem git migrate verify >out &&
	gm_says "Open follow-ups:" out && gm_says "review by the dba" out &&
	at cem git migrate status >out &&
	gm_says "Open follow-ups:" out && gm_says "INC-7" out &&
	at cem git migrate status --format=json >out &&
	gm_says "\"follow_up\": \"review by the dba\"" out &&
	at cem git migrate verify --format=json >out &&
	gm_says "\"ticket\": \"INC-7\"" out
'

test_expect_success 'a signed record closes it' '
	id=$(at cem git migrate verify |
		sed -n "s/.*break-glass --close \([0-9a-f]*\)\$/\1/p") &&
	gm_status 128 at ann git migrate break-glass --close $id -y 2>err &&
	gm_says "cannot close a follow-up" err &&
	gm_status 129 at cem git migrate break-glass --close $id $drop 2>err &&
	gm_status 128 at cem git migrate break-glass --close 00000000 2>err &&
	gm_says "there is no record" err &&
	at cem git migrate break-glass --close $id -y --push -m reviewed >out &&
	gm_says "The follow-up of '\''INC-7'\'' by cem@example.com: review by the dba" out &&
	gm_says "Recorded close" out &&
	at cem git migrate verify >out &&
	gm_silent "Open follow-ups:" out &&
	at eve git push -q --no-verify origin next:main
'

test_expect_success 'one that was not used yet can be taken back' '
	( cd eve && as eve git fetch -q && git checkout -q -b later origin/main &&
	as eve gm_contract 20261122_drop_zip 20261101_add_email \
		"ALTER TABLE users DROP zip;" && git commit -q --amend --no-verify -m "$(git log -1 --format=%B)
Break-Glass: INC-8" && as eve git push -q --no-verify origin later ) &&
	at cem git fetch -q &&
	at cem git migrate break-glass 20261122_drop_zip --at origin/later \
		--ticket INC-8 --risk none --recovery none --follow-up none \
		-y --push >out &&
	id=$(sed -n "s/.*break-glass --close \([0-9a-f]*\)\$/\1/p" out) &&
	gm_status 128 at cem git migrate break-glass --close $id \
		</dev/null >out 2>err &&
	gm_says "approve --revoke $id" err &&
	at bob git fetch -q &&
	gm_status 128 at bob git migrate approve --revoke $id -y 2>err &&
	gm_says "cannot take back what" err &&
	at cem git migrate approve --revoke $id -y --push >out &&
	gm_says "Taken back will be the override by cem@example.com" out &&
	gm_status 1 at cem git migrate verify 20261122_drop_zip \
		--at origin/later >out &&
	gm_says "override '\''INC-8'\'': not in force" out &&
	gm_status 1 at eve git push --no-verify origin later:main 2>err &&
	gm_says "unapproved" err
'

# ago <seconds> <command>...: with the clock that long behind.
ago() (
	GIT_MIGRATE_NOW=$(date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ)
	export GIT_MIGRATE_NOW
	shift
	"$@"
)

test_expect_success 'threat 69: a follow-up that is closed beforehand' '
	( cd eve && git checkout -q -b early origin/main &&
	as eve gm_contract 20261123_drop_tel 20261101_add_email \
		"ALTER TABLE users DROP tel;" && git commit -q --amend --no-verify -m "$(git log -1 --format=%B)
Break-Glass: INC-9" && as eve git push -q --no-verify origin early ) &&
	at cem git fetch -q &&
	ago 1800 at cem git migrate break-glass 20261123_drop_tel \
		--at origin/early --ticket INC-9 --risk none --recovery none \
		--follow-up "tell ann" -y --push >out &&
	id=$(sed -n "s/.*break-glass --close \([0-9a-f]*\)\$/\1/p" out) &&
	ago 1200 at cem git migrate break-glass --close $id -y --push 2>err &&
	gm_says "closed before that does not count" err &&
	as eve git -C eve push --no-verify origin early:main 2>err &&
	gm_says "passes by the override" err &&
	at cem git fetch -q && at cem git migrate verify >out &&
	gm_says "Open follow-ups:" out && gm_says "tell ann" out &&
	at cem git migrate break-glass --close $id -y --push 2>err &&
	test_must_be_empty err && at cem git migrate verify >out &&
	gm_silent "Open follow-ups:" out
'

test_expect_success 'a policy without the entry allows none' '
	( cd first && git fetch -q && git reset -q --hard origin/main &&
	sed -e "s/^version: 1/version: 2/" -e "/break-glass:/d" \
		.migrate/policy.yaml >p && mv p .migrate/policy.yaml &&
	gm_commit "No more of that" && git push -q origin HEAD:policy ) &&
	at root git fetch -q &&
	at root git migrate approve --policy origin/policy -y --push >out &&
	git -C first push -q --no-verify origin HEAD:main &&
	at cem git fetch -q && gm_status 128 glass cem 2>err &&
	gm_says "allows no overrides" err && gm_says "break-glass: {need" err
'

test_done

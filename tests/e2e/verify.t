#!/bin/sh
test_description='git migrate verify'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

drop=20261120_drop_mail

test_expect_success 'a contract under review, and an expand' '
	gm_shop &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	as eve gm_expand 20261121_add_fax "ALTER TABLE users ADD fax text;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob cem dan root; do
		at $who git fetch -q && git -C $who checkout -q origin/topic ||
			return 1
	done
'

test_expect_success 'what is missing, who can sign it, and the command' '
	gm_status 1 at cem git migrate verify >out 2>err &&
	test_must_be_empty err &&
	cat >want <<-EOF &&
	20261101_add_email: landed
	$drop: missing 1 dba, 1 app-owner
	20261121_add_fax: not needed
	EOF
	grep "^[^ ]" out >got && test_cmp want got &&
	gm_says "    missing 1 dba of: ann@example.com, dan@example.com" out &&
	gm_says "    missing 1 app-owner of: bob@example.com" out &&
	gm_says "    to approve: git migrate approve $drop && git push origin refs/notes/migrate/approvals" out &&
	at cem git migrate verify 20261121_add_fax &&
	at cem git migrate verify 20261101 &&
	gm_status 1 at cem git migrate verify $drop --at HEAD~1 \
		--ref main >out &&
	gm_says "git migrate approve $drop --at '\''HEAD~1'\'' --ref main" out
'

test_expect_success 'each record with its state, and whether it was pushed' '
	at ann git migrate approve $drop -y --push -m fine >out &&
	at cem git fetch -q && gm_status 1 at cem git migrate verify $drop >out &&
	grep "^    [0-9a-f]\{16\} approve by ann@example.com as dba, .*Z: counts, until .*Z\$" out &&
	gm_says "        \"fine\"" out &&
	gm_says "missing 1 app-owner" out && gm_silent "missing 1 dba" out &&
	at dan git migrate approve $drop -y --push >out &&
	at dan git migrate approve $drop -y >out &&
	gm_status 1 at dan git migrate verify $drop >out &&
	grep "by dan@example.com as dba, .*: it is not needed\$" out &&
	grep "by dan@example.com as dba, .*: it is not needed (not pushed)\$" out &&
	at dan git migrate approve --push
'

test_expect_success 'log, show and status say how far it is' '
	at bob git fetch -q && at bob git migrate log >out &&
	grep "^ID .* APPROVALS  *OWNER\$" out &&
	grep "^$drop .* missing 1 app-owner  *Eve" out &&
	grep "^20261101_add_email .* -  *Eve" out &&
	at bob git migrate show $drop >out &&
	grep "^Approvals:  *missing 1 app-owner\$" out &&
	grep "^    [0-9a-f]\{16\} approve by ann@example.com as dba, " out &&
	at bob git migrate status >out &&
	grep -A 1 "^Approvals:\$" out | tail -n 1 >got &&
	grep "^    $drop  *missing 1 app-owner\$" got &&
	gm_silent "20261121_add_fax  not needed" out &&
	at bob git migrate log --format=json >out &&
	gm_says "\"words\": \"missing 1 app-owner\"" out &&
	at bob git migrate show --format=json $drop >out &&
	gm_says "\"state\": \"counts\"" out &&
	at bob git migrate status --format=json >out &&
	gm_says "\"state\": \"missing\"" out
'

test_expect_success 'where that cannot be told they say so, and the rest' '
	at bob git config migrate.sshKeygen /nonexistent &&
	at bob git migrate log >out 2>err &&
	gm_says "note: how approvals stand is not known:" err &&
	gm_says "$drop" out && gm_silent APPROVALS out &&
	at bob git config --unset migrate.sshKeygen
'

test_expect_success 'when all is there the answer is yes' '
	at bob git migrate approve $drop -y --push >out &&
	at bob git migrate verify >out &&
	grep "^$drop: approved 2 of 2 until 20.*Z\$" out &&
	at bob git migrate verify --format=json >out &&
	gm_says "\"approved\": true" out &&
	gm_says "\"state\": \"counts\"" out &&
	gm_says "\"policy_of\": \"origin/main\"" out &&
	python3 -c "
import json, sys
o = json.load(open(\"out\"))
m = {i[\"id\"]: i for i in o[\"migrations\"]}
d = m[\"$drop\"]
assert o[\"version\"] == 1 and o[\"project\"] == \"shop\", o
assert d[\"state\"] == \"approved\" and (d[\"have\"], d[\"want\"]) == (2, 2), d
assert len(d[\"records\"]) == 4 and d[\"missing\"] == [], d
assert m[\"20261121_add_fax\"][\"state\"] == \"not-needed\"
assert m[\"20261101_add_email\"][\"state\"] == \"landed\"
assert o[\"policy\"] is None and o[\"follow_ups\"] == []
"
'

test_expect_success 'it agrees with the server' '
	at eve git fetch -q && at eve git push -q origin topic:main &&
	at cem git fetch -q && at cem git migrate verify $drop >out &&
	gm_says "$drop: landed" out &&
	gm_says "what it is about has landed since: it counts once" out
'

test_expect_success 'one byte more, and nothing counts' '
	( cd eve && git checkout -q -b edited &&
	echo "-- more" >>migrations/$drop/up.sql &&
	as eve gm_commit "Edit" --no-verify &&
	as eve git push -q --no-verify origin edited ) &&
	at cem git fetch -q &&
	gm_status 1 at cem git migrate verify $drop --at origin/edited >out &&
	gm_says "missing 1 dba, 1 app-owner" out && gm_silent "counts" out
'

test_expect_success 'a rejection stands until it is taken back' '
	( cd eve && git checkout -q -b third origin/main &&
	as eve gm_contract 20261124_drop_c 20261101_add_email \
		"ALTER TABLE users DROP c;" && as eve git push -q origin third ) &&
	for who in ann bob dan cem; do
		at $who git fetch -q && git -C $who checkout -q origin/third ||
			return 1
	done &&
	at dan git migrate approve 20261124 -y --push >out &&
	at bob git migrate approve 20261124 -y --push >out &&
	at ann git migrate approve 20261124 -y --push --reject -m why >out &&
	at cem git fetch -q &&
	gm_status 1 at cem git migrate verify 20261124 >out &&
	gm_says "20261124_drop_c: rejected by ann@example.com" out &&
	gm_says "ann@example.com rejects this content" out &&
	id=$(sed -n "s/.*git migrate approve --revoke \([0-9a-f]*\)\$/\1/p" out) &&
	at ann git migrate approve --revoke $id -y --push >out &&
	at cem git fetch -q && at cem git migrate verify 20261124 >out &&
	gm_says "it takes $id back" out && gm_says "it was taken back" out
'

test_expect_success 'what expires is told, by the clock' '
	GIT_MIGRATE_NOW=2026-12-31T00:00:00Z gm_status 1 \
		at cem git migrate verify 20261124 >out &&
	gm_says "it has expired" out
'

test_expect_success 'a change of the policy is verified, too' '
	( cd first && git fetch -q && git reset -q --hard origin/main &&
	sed -e "s/^version: 1/version: 2/" .migrate/policy.yaml >p &&
	mv p .migrate/policy.yaml &&
	gm_commit "Raise" && git push -q origin HEAD:policy ) &&
	at root git fetch -q &&
	gm_status 1 at root git migrate verify --at origin/policy >out &&
	gm_says ".migrate/policy.yaml: missing 1 admin" out &&
	gm_says "git migrate approve --policy origin/policy" out &&
	at root git migrate approve --policy origin/policy -y --push >out &&
	at root git migrate verify --at origin/policy >out &&
	gm_says ".migrate/policy.yaml: approved 1 of 1" out &&
	at root git migrate verify --at origin/policy --format=json >out &&
	gm_says "\"kind\": \"policy\"" out
'

test_expect_success 'a running in an environment is asked for apart' '
	gm_status 1 at cem git migrate verify 20261124 --env staging >out &&
	gm_says "for refs/heads/main in staging" out &&
	gm_says "it is about another environment" out
'

test_expect_success 'a line that is no record is bad, whatever else there is' '
	git -C cem notes --ref=migrate/approvals append -m "gm1 nonsense" \
		"$(git -C cem rev-parse HEAD:migrations/20261124_drop_c/up.sql)" &&
	gm_status 128 at cem git migrate verify >out 2>err &&
	gm_says "is no record" err &&
	gm_says "20261124_drop_c: not known: a line is no record" out &&
	gm_status 128 at cem git migrate verify --format=json >out 2>err &&
	gm_says "\"state\": \"bad\"" out &&
	gm_status 128 at cem git migrate bundle 20261124_drop_c -o b 2>err &&
	grep "line [1-9][0-9]* of the note on [0-9a-f]* in refs/notes/migrate/approvals is no record: " err &&
	gm_says "have an administrator take the ref back" err
'

test_expect_success 'without a policy there is nothing to verify by' '
	gm_repo empty && ( cd empty && echo x >x && gm_commit x ) &&
	gm_status 128 git -C empty migrate verify 2>err &&
	gm_says "there is no .migrate/policy.yaml" err
'

test_done

#!/bin/sh
test_description='git migrate plan'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"

test_expect_success 'set up' '
	gm_rollout shop
'

test_expect_success 'everything that a decision rests on' '
	git -C shop migrate plan 20260101_phone >out 2>err &&
	test_must_be_empty err &&
	gm_says "# Rollout of \`20260101_phone\`" out &&
	gm_says "Add a phone" out &&
	gm_says "Rollback window: 1d" out &&
	gm_says "Owner: Ann Lee" out &&
	gm_says "Feature flag: PHONE" out &&
	gm_says "| 1 | expand | ALTER TABLE | adds column users.phone |  |" out &&
	gm_says "### \`20260102_fill\`" out &&
	gm_says "### \`20260103_drop\`" out &&
	gm_says "| 20-expand | expand | A, before the app | \`20260101_phone\` |" \
		out &&
	gm_says "|  | deploy | B, the app with the flag off |  |" out &&
	gm_says "| 70-contract | contract | B, suspended; D releases it |" out &&
	gm_says "### production" out &&
	gm_says "After: staging" out &&
	gm_says "the flag PHONE is not on for everybody" out &&
	gm_says "the query errors gives more than 0.01" out &&
	gm_says "Lost: what was written to users.phone" out &&
	gm_says "RPO: the restore point, just before the migration. RTO: " out &&
	gm_says "not measured yet: git migrate drill" out &&
	sed -n "/^### develop/,/^### staging/s/^| [^|]*| \([a-z]*\) |.*/\1/p" \
		out >order &&
	printf "%s\n" stage checkpoint expand deploy backfill enable observe \
		widen checkpoint contract close rollback restore >want &&
	test_cmp want order &&
	gm_says "|  | widen | C, the flag for everybody |  |" out &&
	gm_says "|  | close | E, while the backup is kept |  |" out &&
	git -C shop migrate show 20260101_phone | sed -n "s/^Digest: *//p" >digest &&
	gm_says "$(cat digest)" out
'

test_expect_success 'whichever migration of it is named' '
	git -C shop migrate plan 20260103 >got && test_cmp out got &&
	git -C shop migrate plan 20260102 >got && test_cmp out got
'

test_expect_success 'approvals that are asked for' '
	cp -r shop asks && cat >>asks/.migrate/policy.yaml <<-\POLICY &&
	roles: {dba: [ann@example.com], app: [bob@example.com]}
	approvals:
	  contract: {need: {dba: 1, app: 1}, exclude_author: true}
	evidence: {backup_max_age: 24h, restore_test_max_age: 30d}
	POLICY
	( cd asks && gm_commit "Approvals" ) &&
	git -C asks migrate plan 20260101 >got &&
	gm_says "Approval: 1 dba, 1 app, not the author" got &&
	gm_says "Approved: missing" got &&
	gm_says "the newest backup is older than 1d" got &&
	gm_says "no restore was tested in the last 30d" got
'

test_expect_success 'what is left out says why' '
	gm_rollout less "flag: {name: f, provider: openfeature}" &&
	sed -i "/^  observe:/d; s/, cluster: shop-db, after: develop//" \
		less/.migrate/policy.yaml &&
	( cd less && gm_commit "Less" ) &&
	git -C less migrate plan 20260101 >got &&
	gm_says "| observe | left out | the policy has nothing to be observed |" \
		got &&
	gm_says "No manifests: environment '\''staging'\'' has no cluster" got
'

test_expect_success 'without a policy there is a plan too' '
	gm_repo plain && ( cd plain &&
	sql 1_a "CREATE TABLE a (a int);" && gm_commit "A table" ) &&
	git -C plain migrate plan 1_a >got &&
	gm_says "The policy names none." got &&
	gm_says "there is no flag" got &&
	gm_says "Lost: what was written to a" got
'

test_expect_success 'a contract of its own, in another commit' '
	( cd plain && sql 2_b "DROP TABLE a;" && gm_commit "Drop it

Migration-Phase: contract
Migration-Contracts: none: nobody uses it" ) &&
	git -C plain migrate plan 2_b >got &&
	gm_says "No way: there is no expand" got &&
	gm_status 128 git -C plain migrate plan --at HEAD~ 2_b 2>err
'

test_expect_success 'json' '
	git -C shop migrate plan --format=json 20260101 >got &&
	gm_says "\"version\": 1" got &&
	gm_says "\"directory\": \"20-expand\"" got &&
	gm_says "\"class\": \"contract\"" got &&
	gm_says "\"ladder\"" got
'

test_expect_success 'nothing can speak to the terminal' '
	gm_repo evil && ( cd evil &&
	sql 1_a "CREATE TABLE a (a int);" &&
	gm_commit "$(printf "A\033]0;x\007 table")" ) &&
	git -C evil migrate plan 1_a >got &&
	! grep "$(printf "\033")" got
'

test_expect_success 'what is not there' '
	gm_status 128 git -C shop migrate plan nothing &&
	gm_status 129 git -C shop migrate plan
'

test_done

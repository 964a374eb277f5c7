#!/bin/sh
test_description='git migrate apply asks for approvals again'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/pg.sh"

gm_pg
drop=20261120_drop_mail
gm_reviewers="$gm_reviewers
evidence: {backup_max_age: 24h}"

# gm_seen <stage> <result> <time>: ann says so of staging, in deploy.
gm_seen() (
	cd deploy || exit 1
	gm_line="gm1 evidence project=shop path=migrations/$drop/up.sql\
 digest=$(git migrate show $drop --format=json |
		sed -n 's/^  "digest": "\(.*\)",$/\1/p')\
 phase=contract class=contract ref=refs/heads/main env=staging role=dba\
 signer=ann@example.com at=$3 until=9999-12-31T23:59:59Z\
 nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')\
 stage=$1 result=$2 sha256=$(printf x | sha256sum | cut -c1-64)"
	printf '%s' "$gm_line" >signed && rm -f signed.sig &&
		ssh-keygen -q -Y sign -n evidence@git-migrate \
			-f "$gm_base/ann/.ssh/id" signed &&
		git notes --ref=migrate/evidence append -m "$gm_line\
 sig=ssh:$(sed '/^-/d' signed.sig | tr -d '\n')" \
			"HEAD:migrations/$drop/up.sql"
)

test_expect_success 'a contract that has landed' '
	gm_shop &&
	gm_sql "CREATE TABLE users (id int PRIMARY KEY, mail text)" &&
	( cd eve && git checkout -q -b topic &&
	as eve gm_contract $drop 20261101_add_email \
		"ALTER TABLE users DROP mail;" &&
	as eve git push -q origin topic ) &&
	for who in ann bob; do
		at $who git fetch -q &&
		at $who git migrate approve $drop --at origin/topic -y \
			--push >out || return 1
	done &&
	at eve git push -q --no-verify origin topic:main 2>err &&
	git clone -q server.git deploy && (
	cd deploy &&
	git config --add remote.origin.fetch \
		"refs/notes/migrate/*:refs/notes/migrate/*" &&
	git fetch -q )
'

test_expect_success 'it waits for those of an environment' '
	( cd deploy && gm_status 1 git migrate apply >../out 2>../err ) &&
	gm_says "applied 20261101_add_email" out &&
	gm_says "refused: $drop: the policy asks for approvals to run it" out &&
	( cd deploy && gm_status 1 git migrate apply -n --env staging >../out ) &&
	gm_says "asks for approvals to run it in staging: missing 1 dba, 1 app-owner" out &&
	gm_says "git migrate approve $drop --env staging" out &&
	test "$(gm_sql "SELECT count(*) FROM pg_attribute WHERE attname = \$\$mail\$\$")" = 1
'

test_expect_success 'an environment that is not in the policy' '
	( cd deploy && gm_status 128 git migrate apply --env stagin 2>../err ) &&
	gm_says "there is no environment '\''stagin'\''" err &&
	gm_says "Did you mean '\''staging'\''?" err
'

test_expect_success 'those of another environment do not count' '
	for who in ann bob; do
		at $who git fetch -q &&
		at $who git migrate approve $drop --at origin/main -y \
			--env production --push >out || return 1
	done &&
	( cd deploy && git fetch -q && gm_status 1 git migrate apply \
		--env staging >../out ) &&
	gm_says "missing 1 dba, 1 app-owner" out
'

test_expect_success 'with them it runs' '
	for who in ann bob; do
		at $who git migrate approve $drop --at origin/main -y \
			--env staging --push >out || return 1
	done &&
	( cd deploy && git fetch -q && gm_status 1 git migrate apply \
		--env staging >../out ) &&
	gm_says "asks for a backup in the last 1 day: there is no evidence of one" out &&
	gm_seen checkpoint pass 2026-01-01T00:00:00Z &&
	( cd deploy && gm_status 1 git migrate apply --env staging >../out ) &&
	gm_says "the last one is of 2026-01-01T00:00:00Z" out &&
	gm_seen checkpoint pass "$(date -u -d "1 minute ago" +%Y-%m-%dT%H:%M:%SZ)" &&
	( cd deploy && git migrate apply -n --env staging >../out ) &&
	gm_says "would apply $drop (contract)" out &&
	gm_seen checkpoint fail "$(date -u +%Y-%m-%dT%H:%M:%SZ)" &&
	( cd deploy && gm_status 1 git migrate apply --env staging >../out ) &&
	gm_says ", failed" out &&
	( cd deploy && git migrate bundle $drop -o ../bundle &&
		gm_status 1 git migrate apply --bundle ../bundle \
		--env staging >../out ) &&
	gm_says "the policy of the bundle asks for a backup" out &&
	sleep 1 &&
	gm_seen checkpoint pass "$(date -u +%Y-%m-%dT%H:%M:%SZ)" &&
	( cd deploy && git migrate bundle $drop -o ../bundle &&
		git migrate apply -n --bundle ../bundle --env staging >../out ) &&
	( cd deploy && git migrate apply --env staging >../out ) &&
	gm_says "applied $drop (contract)" out &&
	test "$(gm_sql "SELECT count(*) FROM pg_attribute WHERE attname = \$\$mail\$\$")" = 0 &&
	test "$(gm_sql "SELECT env FROM git_migrate.migration WHERE id = \$\$$drop\$\$")" = staging
'

test_done

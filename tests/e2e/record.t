#!/bin/sh
test_description='git migrate record'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

id=20261101_add_email
evidence=refs/notes/migrate/evidence
exhibits=refs/notes/migrate/exhibits

# record <person> <option>...: of the expand that has landed, in staging.
record() {
	gm_who=$1
	shift
	at "$gm_who" git migrate record $id --env staging -y "$@"
}

# note <dir>: the records on that expand.
note() {
	git -C "$1" notes --ref=migrate/evidence show \
		"HEAD:migrations/$id/up.sql"
}

# exhibit <dir> <sha256>
exhibit() {
	git -C "$1" notes --ref=migrate/exhibits show "$(echo "$2" | cut -c 1-40)"
}

# hash: of standard input.
hash() {
	sha256sum | cut -c 1-64
}

# backup <phase> <cluster>
backup() {
	cat <<-JSON
	{"apiVersion": "v1", "kind": "List", "items": [
	{"apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
	 "metadata": {"name": "pre", "namespace": "any"},
	 "spec": {"cluster": {"name": "$2"}, "method": "plugin"},
	 "status": {"phase": "$1", "backupId": "1",
	  "startedAt": "2026-11-21T08:00:00Z",
	  "stoppedAt": "2026-11-21T08:10:00Z"}}]}
	JSON
}

test_expect_success 'people, and an expand that has landed' 'gm_shop'

test_expect_success 'what is missing is said' '
	gm_status 129 at ann git migrate record $id -y 2>err &&
	gm_says "in which environment" err &&
	gm_status 129 at ann git migrate record --env staging -y 2>err &&
	gm_status 129 record ann 2>err && gm_says "which stage" err &&
	gm_status 129 record ann --stage expand 2>err &&
	gm_says "did it pass or fail" err &&
	gm_status 129 record ann --stage expand --run 2>err &&
	gm_says "needs a command" err &&
	gm_status 129 record ann --stage expand --result pass x 2>err &&
	gm_status 129 record ann --stage expand --run --file x -- true 2>err &&
	gm_says "exclude each other" err &&
	gm_status 129 record ann --stage nothing --result pass 2>err &&
	gm_status 129 record ann --stage expand --result perhaps 2>err &&
	gm_status 129 record ann --stage expand --percent 5 --result pass 2>err &&
	gm_status 129 record ann --stage enable --percent 500 --result pass 2>err &&
	gm_says "no percentage" err &&
	gm_status 128 at ann git migrate record $id --env stagign -y \
		--stage expand --result pass 2>err &&
	gm_says "Did you mean '\''staging'\''?" err &&
	gm_status 128 at ann git migrate record nothing --env staging -y \
		--stage expand --result pass 2>err &&
	gm_says "there is no migration" err &&
	gm_status 128 at ann git migrate record $id --env staging \
		--stage expand --result pass </dev/null 2>err &&
	gm_says "there is no terminal" err &&
	test "$(gm_tip ann $evidence)" = none &&
	test "$(gm_tip ann $exhibits)" = none
'

test_expect_success 'a file is kept, and its hash signed' '
	printf "all\tfine\n" >seen &&
	record ann --stage expand --result pass --file ../seen -m "by eye" >out &&
	gm_says "all     fine" out && gm_says "stage      expand" out &&
	gm_says "in the namespace evidence@git-migrate" out &&
	gm_says "To push it: git push origin $exhibits $evidence" out &&
	hash <seen >want && note ann >line &&
	grep "^gm1 evidence project=shop path=migrations/$id/up.sql .* env=staging role=dba signer=ann@example.com .* stage=expand result=pass sha256=$(cat want) why=by%20eye sig=ssh:" line &&
	exhibit ann "$(cat want)" >got && test_cmp seen got
'

test_expect_success 'what a command prints is kept, on both channels' '
	record ann --stage backfill --run -- sh -c "echo one; echo two >&2" >out &&
	note ann | grep "stage=backfill result=pass .* why=sh%20-c%20.*exit%20status%200 sig=" &&
	printf "one\ntwo\n" >want && exhibit ann "$(hash <want)" >got &&
	test_cmp want got &&
	record ann --stage backfill --run -- sh -c "echo no; exit 3" >out &&
	note ann | grep "stage=backfill result=fail .*exit%20status%203" &&
	gm_status 128 record ann --stage backfill --result pass --run -- false 2>err &&
	gm_says "exit status 1" err &&
	gm_status 128 record ann --stage backfill --run -- ./nothing 2>err
'

test_expect_success 'a flag has a scope' '
	record ann --stage enable --percent 5 --result pass >out &&
	note ann | grep " stage=enable-5 result=pass " &&
	record ann --stage enable --percent 100 --result pass >out &&
	note ann | grep " stage=enable result=pass "
'

test_expect_success 'backups, as kubectl prints them' '
	backup completed any >b && record ann --from-kubectl ../b >out &&
	note ann | grep " stage=checkpoint result=pass sha256=$(hash <b) why=backup%20" &&
	backup failed any | record ann --from-kubectl - >out &&
	note ann | grep " stage=checkpoint result=fail " &&
	echo "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"s\", \"namespace\": \"n\"}}" >s &&
	gm_status 128 record ann --from-kubectl ../s 2>err &&
	gm_says "it is no Backup, Cluster or ObjectStore" err &&
	gm_status 128 record ann --from-kubectl ../nothing 2>err
'

test_expect_success 'a drill, of exactly these bytes' '
	digest=$(note ann | sed -n "1s/.* digest=\([^ ]*\) .*/\1/p") &&
	cat >d <<-JSON &&
	{"version": 1, "migrations": [{"id": "$id", "verdict": "pass",
	 "digest": "$digest",
	 "checks": {"restore": {"answer": "yes"}}, "rto_ms": 5}]}
	JSON
	record ann --drill ../d >out &&
	note ann | grep " stage=restore result=pass sha256=$(hash <d) " &&
	gm_status 128 record ann --drill ../b 2>err &&
	gm_says "no report of a drill" err &&
	sed "s/$digest/sha256:other/" d >e &&
	gm_status 128 record ann --drill ../e 2>err &&
	gm_says "'\''$id'\'' has changed since it was rehearsed" err
'

test_expect_success 'what cannot be kept is not recorded' '
	git -C ann rev-parse $evidence $exhibits >before &&
	printf "a\0b" >nul && head -c 1048577 /dev/zero | tr "\0" x >much &&
	gm_status 128 record ann --stage expand --result pass --file ../nul 2>err &&
	gm_says "no text in UTF-8" err &&
	gm_status 128 record ann --stage expand --result pass --file ../much 2>err &&
	git -C ann rev-parse $evidence $exhibits >after && test_cmp before after
'

test_expect_success 'the server takes it, with its exhibits' '
	record bob --stage expand --result pass --file ../seen --push >out &&
	gm_says "Pushed to origin." out &&
	at ann git migrate approve --push >out &&
	gm_says "Pushed $exhibits to origin." out &&
	at bob git fetch -q &&
	for ref in $evidence $exhibits; do
		test "$(gm_tip server.git $ref)" = "$(gm_tip ann $ref)" ||
			return 1
	done &&
	exhibit server.git "$(hash <d)" >got && test_cmp d got &&
	note ann | grep " role=app-owner signer=bob@example.com .* stage=expand "
'

test_expect_success 'and nothing else under that name' '
	git clone -q server.git other && blob=$(echo evil | git -C other hash-object -w --stdin) &&
	git -C other fetch -q origin "refs/notes/migrate/*:refs/notes/migrate/*" &&
	git -C other notes --ref=migrate/exhibits add -f -C $blob HEAD &&
	gm_status 1 at eve git -C ../other push origin $exhibits 2>err &&
	gm_says "it is not called after its SHA-256" err
'

test_expect_success 'who has no role records nothing' '
	gm_status 128 record eve --stage expand --result pass 2>err &&
	gm_says "your key is not in" err
'

test_done

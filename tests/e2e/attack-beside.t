#!/bin/sh
# The numbers are those of the list of threats.
test_description='attacks by what stands beside the migrations'
. "$(dirname "$0")/attack.sh"

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup
'

cd "$client" || exit 1

# added <path>: standard input as a file, in a commit.
added() {
	added_oid=$(git hash-object -w --stdin) &&
		git update-index --add --cacheinfo "100644,$added_oid,$1" &&
		gm_tick && git commit -q -m "Add a file"
}

test_expect_success 'threat 25: twins of the directory with the policy' '
	for path in .MIGRATE/policy.yaml .Migrate/allowed_signers \
		.migrate./policy.yaml ".migrate /policy.yaml" \
		"MIGRAT~1/policy.yaml" ".migrate::\$INDEX_ALLOCATION/policy.yaml" \
		"$(printf ".m\342\200\213igrate/policy.yaml")" .MIGRATE
	do
		gm_case && echo "version: 1" | added "$path" &&
			gm_refused policy-change gm_push &&
			gm_refused policy-change gm_push HEAD:refs/heads/release/1 ||
			return 1
	done
'

test_expect_success 'threat 25: names that only look a little like it' '
	for path in migrate/policy.yaml .migrated/notes .migrate-old/notes
	do
		gm_case && echo "version: 1" | added "$path" &&
			gm_taken gm_push || return 1
	done
'

test_expect_success 'threat 25: branches that are another one elsewhere' '
	gm_case && gm_bad_commit &&
	for ref in heads/Main heads/MAIN "heads/$(printf "m\320\260in")" \
		heads/Release/1 tags/V1 notes/MIGRATE/landed
	do
		gm_refused ref-refused gm_push "HEAD:refs/$ref" || return 1
	done &&
	gm_taken gm_push HEAD:refs/heads/Mainly
'

test_expect_success 'threat 74: SQL where nobody looks is pointed out' '
	gm_case && echo "DROP TABLE users;" | added db/changes/20260201_drop.sql &&
	gm_taken gm_push &&
	gm_says "unsafe-path" "$gm_base/out" &&
	gm_says "db/changes/20260201_drop.sql:1:1" "$gm_base/out" &&
	gm_says "in no directory of migrations that the policy lists" \
		"$gm_base/out" &&
	git migrate check "$base..HEAD" >out &&
	gm_says "db/changes/20260201_drop.sql:1:1" out
'

test_expect_success 'threat 74: what no deployment runs is not' '
	for path in tests/fixtures/20260201_drop.sql seeds/1_users.sql \
		docs/20260201_drop.sql
	do
		gm_case && echo "DROP TABLE users;" | added "$path" &&
			gm_taken gm_push &&
			gm_silent unsafe-path "$gm_base/out" || return 1
	done
'

test_expect_success 'threat 74: it does not excuse what is listed' '
	gm_case && echo "DROP TABLE users;" | added db/changes/20260201_drop.sql &&
	gm_bad_commit && gm_refused mixed-destructive gm_push
'

test_expect_success 'a revert of a revert is told what it lost' '
	gm_case && echo "CREATE TABLE more (id bigint);" |
		gm_write migrations/20260201_more/up.sql && git add -A && gm_tick &&
	git commit -q -F - <<-\EOF &&
	Add more

	Migration-Phase: expand
	Rollback-Window: 24h
	Rollback-Owner: Ann Lee <ann@example.com>
	Feature-Flag: none: the tests need no flag
	EOF
	gm_tick && git revert --no-edit HEAD >/dev/null &&
	gm_tick && git revert --no-edit HEAD >/dev/null &&
	original=$(git rev-parse --short=12 HEAD~2) &&
	gm_refused missing-phase gm_push &&
	gm_says "This brings commit $original back" "$gm_base/out" &&
	gm_says "copy: Migration-Phase: expand" "$gm_base/out" &&
	gm_says "copy: Rollback-Owner: Ann Lee <ann@example.com>" \
		"$gm_base/out" &&
	{ git log -1 --format=%B && sed -n "s/.*copy: //p" "$gm_base/out" |
		sed "s/ *$//"; } >message &&
	git commit -q --amend -F message && gm_taken gm_push
'

test_expect_success 'a server with the layout of Flyway' '
	server=$PWD/../flyway.git && gm_bare "$server" &&
	gm_repo ../flyway && cd ../flyway &&
	git remote add origin "$server" && gm_attack_policy 1 &&
	sed -e "/path: db.sql/d" -e "s/layout: directory/layout: flyway/" \
		.migrate/policy.yaml >policy &&
	mv policy .migrate/policy.yaml &&
	{ gm_head expand; echo "CREATE TABLE users (id bigint);"; } |
		gm_write migrations/V1__users.sql &&
	gm_commit Begin && git push -q origin main
'

# beside <line>: a migration with a script configuration of that one line.
beside() {
	git checkout -q -f -B work main && git clean -q -ffdx &&
		{ gm_head expand; echo "CREATE TABLE more (id bigint);"; } |
		gm_write migrations/V2__more.sql &&
		printf '%s\n' "$1" | gm_write migrations/V2__more.sql.conf &&
		gm_commit 'Add more'
}

test_expect_success 'its script configuration makes nothing else of the SQL' '
	( cd ../flyway && for line in encoding=UTF-16 shouldExecute=false \
		"shouldExecute=\${env}==production" noSuchThing=1 encoding "="
	do
		beside "$line" && gm_refused unsafe-content gm_push || exit 1
	done )
'

test_expect_success 'and what changes nothing is taken' '
	( cd ../flyway && beside encoding=UTF-8 && git push origin HEAD:main )
'

test_done

#!/bin/sh
# A merge that takes one side's file as it is changes nothing of its own.
test_description='attacks on approvals by merges that keep one side'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/records.sh"

# other <phase> <sql>: on the branch "other" eve has the same migration, with
# something else in it.
other() {
	git -C eve checkout -q -B other origin/main &&
		echo "$2" | gm_write "eve/$up" &&
		git -C eve add -A && gm_tick && printf '%s\n' "Another $id" '' \
			"Migration-Phase: $1" 'Rollback-Window: 24h' \
			'Rollback-Owner: Eve <eve@example.com>' \
			'Feature-Flag: FEATURE_X' \
			'Migration-Contracts: 20261101_add_email' |
			at eve git commit -q --no-verify -F -
}

# join <branch> <branch> <branch>: merge the second into the first, with the
# files of the third.
join() {
	gm_tick &&
		git -C eve checkout -q -B joined "$(git -C eve commit-tree \
			-p "$1" -p "$2" -m Join "$3^{tree}")"
}

test_expect_success 'a server, and a contract that waits for its approvals' '
	gm_shop && gm_forge_setup
'

test_expect_success 'threat 10: what is kept counts, not what was walked last' '
	again && other expand "CREATE TABLE harmless (id bigint);" &&
	join topic other topic && push_refused unapproved HEAD:main &&
	gm_says "phase-mismatch" out &&
	join other topic topic && push_refused unapproved HEAD:main
'

test_expect_success 'nor is it what was brought before that' '
	other expand "CREATE TABLE harmless (id bigint);" &&
	echo "CREATE TABLE harmless (id int);" | gm_write "eve/$up" &&
	git -C eve add -A && gm_tick &&
	at eve git commit -q --no-verify -m "Make it smaller" &&
	join topic other topic && push_refused unapproved HEAD:main
'

test_expect_success 'a phase for both does not help' '
	again && other contract "SELECT 1;" &&
	join topic other topic && push_refused unapproved HEAD:main
'

test_expect_success 'approved, what is kept lands' '
	gm_digest=$(digest_of) &&
	plant approvals "$(forge ann)" "$(forge bob role=app-owner)" &&
	at eve git push -q --no-verify origin HEAD:main
'

test_expect_success 'what is not kept needs no approvals' '
	again && other expand "CREATE TABLE harmless (id bigint);" &&
	echo "DROP TABLE harmless;" |
		gm_write "eve/migrations/$id/down.sql" &&
	git -C eve add -A &&
	at eve git commit -q --no-verify --amend --no-edit &&
	join topic other other &&
	at eve git push -q --no-verify origin HEAD:main
'

test_done

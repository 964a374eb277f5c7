#!/bin/sh
# What landed on another protected branch long ago has landed here, too: so
# long as it is still the same when all of a push is there.
test_description='attacks with what has landed on another branch'
. "$(dirname "$0")/attack.sh"

phone='ALTER TABLE users ADD phone text;'

# drop <expand> [<SQL>]: a contract, in a commit.
drop() {
	{
		gm_head contract "$1"
		echo "${2:-ALTER TABLE users DROP phone;}"
	} | gm_write migrations/20260202_drop/up.sql && gm_commit "Drop"
}

# follow: work has all that release/1 has, and main has not.
follow() {
	gm_case && git checkout -q -f -B work "$release"
}

# join <branch> <branch> <tree>: merge the second into the first.
join() {
	gm_tick && git checkout -q -f -B work "$(git commit-tree -p "$1" \
		-p "$2" -m Join "$3")"
}

test_expect_success 'a server, and an expand that landed on a release only' '
	gm_attack_setup && git checkout -q -B work "$base" &&
	gm_expand 20260201_phone "$phone" "SELECT 1;" && gm_commit "Phone" &&
	git push -q origin "$base:refs/heads/release/1" &&
	git push -q origin HEAD:refs/heads/release/1 &&
	release=$(git rev-parse HEAD) && gm_age "$server" && gm_kept=$(gm_refs)
'

test_expect_success 'controls: its contract may come with it' '
	follow && drop 20260201_phone && gm_taken gm_push &&
	gm_case && drop 20260201_phone &&
	gm_refused "[unknown-expand]" gm_push
'

test_expect_success 'not when it changes after the contract was judged' '
	follow && drop 20260201_phone &&
	gm_expand 20260201_phone "ALTER TABLE users ADD phone bigint;" \
		"SELECT 1;" &&
	gm_commit "Another phone" && gm_refused "[contract-too-early]" gm_push &&
	follow && drop 20260201_phone &&
	gm_expand 20260201_phone "$phone" "SELECT 2;" &&
	gm_commit "Another way back" && gm_refused "[contract-too-early]" gm_push
'

test_expect_success 'nor when it goes away again' '
	follow && drop 20260201_phone && git rm -q -r migrations/20260201_phone &&
	gm_commit "No phone" && gm_refused "[unknown-expand]" gm_push
'

test_expect_success 'nor when a merge keeps another one' '
	follow && drop 20260201_phone && git branch -f one &&
	for what in "ALTER TABLE users ADD phone bigint;/SELECT 1;" \
		"$phone/SELECT 2;"
	do
		git checkout -q -f -B two "$base" &&
		gm_expand 20260201_phone "${what%/*}" "${what#*/}" &&
		gm_commit "Another phone" && git checkout -q -f one &&
		git checkout -q two -- migrations/20260201_phone &&
		tree=$(git write-tree) && git reset -q --hard &&
		for order in "one two" "two one"
		do
			join $order "$tree" &&
			gm_refused "[contract-too-early]" gm_push || return 1
		done
	done
'

test_expect_success 'threat 11: nor when a merge keeps none' '
	follow && drop 20260201_phone && git branch -f one &&
	git checkout -q -f -B two "$base" && echo two >two.py &&
	gm_commit "Two" && git checkout -q -f one &&
	git rm -q -r migrations/20260201_phone && tree=$(git write-tree) &&
	git reset -q --hard &&
	for order in "one two" "two one"
	do
		join $order "$tree" && gm_refused "[unknown-expand]" gm_push ||
			return 1
	done
'

test_expect_success 'nor does a contract without its expand follow' '
	follow && drop 20260201_phone && git push -q origin \
		HEAD:refs/heads/release/1 && gm_age "$server" &&
	contract=$(git rev-parse HEAD) && gm_taken gm_push &&
	git checkout -q -f -B work "$base" &&
	git checkout -q "$contract" -- migrations/20260202_drop &&
	git push -q origin "$contract:refs/heads/release/1" &&
	gm_age "$server" &&
	gm_commit "The contract alone" &&
	gm_refused "[unknown-expand]" gm_push && gm_restore
'

test_done

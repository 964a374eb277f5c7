#!/bin/sh
# The numbers are those of the list of threats, part E.
test_description='attacks on the policy, and races'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/records.sh"

# lower: on eve's branch `next`, a policy that asks for nothing.
lower() {
	git -C eve checkout -q -B next "${1-origin/main}" &&
		sed -e "s/^version: 1/version: 2/" -e "/^approvals:/,/^  policy:/d" \
			eve/.migrate/policy.yaml >p &&
		mv p eve/.migrate/policy.yaml && by_eve 'Lower the policy'
}

by_eve() {
	git -C eve add -A && at eve git commit -q --no-verify -m "$1"
}

# signed_policy: root has approved what eve's HEAD makes of the policy.
signed_policy() {
	past fetch -q ../eve HEAD:refs/heads/policy &&
		at root git fetch -q origin \
			"+refs/heads/*:refs/remotes/origin/*" &&
		at root git update-ref -d refs/notes/migrate/approvals &&
		at root git migrate approve --policy origin/policy --yes \
			--push >approved 2>&1 && gm_says "Pushed" approved
}

test_expect_success 'a server, and a contract that waits for its approvals' '
	gm_shop && gm_forge_setup &&
	ann=$(forge ann) && bob=$(forge bob role=app-owner)
'

test_expect_success 'controls: a policy its admin has signed' '
	again && lower && push_refused policy-change &&
	gm_says "lacks approvals: 1 admin" out &&
	signed_policy && push_taken
'

test_expect_success 'threat 71: weakened in the same push' '
	again && lower && git -C eve cherry-pick "$topic" >/dev/null &&
	push_refused policy-change && gm_says "[unapproved]" out &&
	again && lower topic && push_refused policy-change &&
	gm_says "[unapproved]" out
'

test_expect_success 'threat 71: by a signer who comes with it' '
	again && git -C eve checkout -q -B next origin/main &&
	signers "$(gm_signer eve)" &&
	sed "s/\[root@/[eve@example.com, root@/;s/^version: 1/version: 2/" \
		eve/.migrate/policy.yaml >p &&
	mv p eve/.migrate/policy.yaml && by_eve "Me too" &&
	past fetch -q ../eve HEAD &&
	at eve git migrate approve --policy HEAD --role admin --yes \
		>out 2>&1
	push_refused policy-change
'

test_expect_success 'threat 71: signers alone, without the policy' '
	again && git -C eve checkout -q -B next origin/main &&
	signers "$(gm_signer eve)" && by_eve "Me too" &&
	push_refused policy-change
'

test_expect_success 'threat 72: an older policy comes back' '
	again && lower && signed_policy && push_taken && gm_fetch &&
	git -C eve checkout -q -B back origin/main &&
	at eve git revert --no-edit HEAD >/dev/null 2>&1 &&
	push_refused policy-change && gm_says "is not above" out &&
	git -C eve checkout -q -B back origin/main~1 &&
	push_refused ref-refused +HEAD:main &&
	# With the version raised it is a change like any other.
	git -C eve checkout -q -B back origin/main~1 &&
	sed "s/^version: 1/version: 3/" eve/.migrate/policy.yaml >p &&
	mv p eve/.migrate/policy.yaml && git -C eve reset -q --soft \
		origin/main && by_eve "Raise" && push_taken
'

test_expect_success 'threat 72: an approval of another change' '
	again && lower && signed_policy && echo "# more" \
		>>eve/.migrate/policy.yaml && by_eve "More" &&
	push_refused policy-change &&
	# The same content, but from another policy.
	again && lower && signed_policy && git -C eve checkout -q -B other \
		origin/main && echo "# other" >>eve/.migrate/policy.yaml &&
	by_eve "Other" && past fetch -q ../eve \
		+HEAD:refs/heads/main && gm_fetch &&
	git -C eve checkout -q next -- .migrate && by_eve "Lower" &&
	push_refused policy-change
'

test_expect_success 'threat 72: the floor in the configuration' '
	again && git -C server.git config migrate.policyVersion 2 &&
	push_refused "" && gm_says "judges by none before 2" out &&
	git -C server.git config --unset migrate.policyVersion
'

test_expect_success 'threat 73: thresholds that ask for nothing, or too much' '
	for need in "dba: 0" "dba: -1" "dba: 3" "nobody: 1" "dba: 1.5" \
		"dba: one" "dba: 99999999999"
	do
		again && git -C eve checkout -q -B next origin/main &&
		sed -e "s/need: {dba: 1, app-owner: 1}/need: {$need}/" \
			-e "s/^version: 1/version: 2/" \
			eve/.migrate/policy.yaml >p &&
		mv p eve/.migrate/policy.yaml && by_eve "Need" &&
		push_refused policy-change &&
		gm_says "cannot be used" out || return 1
	done
'

test_expect_success 'threat 74: patterns that see less' '
	for change in "s/path: migrations,/path: other,/" \
		"s/main\"\]/other\"]/" "s/docs/migrations/"
	do
		again && git -C eve checkout -q -B next origin/main &&
		sed -e "$change" -e "s/^version: 1/version: 2/" \
			eve/.migrate/policy.yaml >p &&
		! cmp -s p eve/.migrate/policy.yaml &&
		mv p eve/.migrate/policy.yaml && by_eve "Less" &&
		push_refused policy-change && git -C eve cherry-pick "$topic" \
			>/dev/null && push_refused policy-change || return 1
	done
'

# late <script>: what the server does behind the back of our judgement.
late() {
	cp server.git/hooks/pre-receive pre-receive &&
		{
			echo "#!/bin/sh"
			echo "input=\$(cat)"
			echo "echo \"\$input\" | ../pre-receive || exit 1"
			echo "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY"
			echo "unset GIT_ALTERNATE_OBJECT_DIRECTORIES"
			echo "$1"
		} >server.git/hooks/pre-receive
}

on_time() {
	mv pre-receive server.git/hooks/pre-receive
}

test_expect_success 'threat 75: a rejection that comes between' '
	again && plant approvals "$ann" "$bob" &&
	old=$(git -C server.git rev-parse refs/notes/migrate/approvals) &&
	plant approvals "$(forge dan kind=reject target=$gm_digest)" &&
	new=$(git -C server.git rev-parse refs/notes/migrate/approvals) &&
	past update-ref refs/notes/migrate/approvals $old &&
	git -C server.git migrate init --server --transactions >out &&
	gm_says "wrote    hooks/reference-transaction" out &&
	late "git -c core.hooksPath=/dev/null \
		update-ref refs/notes/migrate/approvals $new" &&
	test_when_finished on_time &&
	# Without the second hook that is not seen,
	chmod -x server.git/hooks/reference-transaction && push_taken &&
	# with it, it is.
	again && past update-ref refs/notes/migrate/approvals $old &&
	chmod +x server.git/hooks/reference-transaction &&
	! at eve git push --no-verify origin HEAD:main >out 2>&1 &&
	gm_says "rejected by dan@example.com" out &&
	gm_says "refs kept as they are" out &&
	test "$(git -C server.git rev-parse main)" = "$(git -C eve rev-parse \
		origin/main)"
'

test_expect_success 'threat 92: what is no push meets the second hook' '
	again && git -C server.git fetch -q ../eve HEAD &&
	! git -C server.git update-ref refs/heads/main "$topic" 2>out &&
	gm_says "[unapproved]" out &&
	! git -C server.git fetch -q ../eve +HEAD:refs/heads/main 2>out &&
	gm_says "[unapproved]" out &&
	! git -C server.git update-ref -d refs/heads/main 2>out &&
	gm_says "[ref-refused]" out &&
	! git -C server.git update-ref -d refs/notes/migrate/landed 2>out &&
	gm_says "may only be added to" out &&
	git -C server.git update-ref refs/heads/feature "$topic" &&
	plant approvals "$ann" "$bob" && push_taken &&
	test "$(git -C server.git rev-parse main)" = "$topic"
'

test_expect_success 'no second hook any more' '
	rm server.git/hooks/reference-transaction && again
'

test_expect_success 'threat 76: two pushes, each valid alone' '
	again && plant approvals "$ann" "$bob" &&
	git -C eve checkout -q -B one origin/main &&
	( cd eve && gm_expand 20261121_same "CREATE TABLE one (a int);" \
		--no-verify ) &&
	git -C eve checkout -q -B two origin/main &&
	( cd eve && gm_expand 20261121_same "CREATE TABLE two (a int);" \
		--no-verify ) &&
	at eve git push -q --no-verify origin one:main &&
	at eve git update-ref refs/remotes/origin/main one~1 &&
	! at eve git push --no-verify origin two:main >out 2>&1 &&
	git -C server.git rev-parse main >now &&
	git -C eve rev-parse one >want && test_cmp want now
'

test_expect_success 'threat 77: approvals in the push they would let through' '
	again && hang approvals "$ann" "$bob" &&
	push_refused unapproved HEAD:main refs/notes/migrate/approvals &&
	push_refused unapproved refs/notes/migrate/approvals HEAD:main &&
	push_refused unapproved --atomic refs/notes/migrate/approvals \
		HEAD:main &&
	at eve git push -q --no-verify origin refs/notes/migrate/approvals &&
	push_taken
'

test_expect_success 'threat 78: objects from elsewhere' '
	again && plant approvals "$ann" "$bob" &&
	old=$(git -C server.git rev-parse main) &&
	echo "$old $topic refs/heads/main" >input &&
	( cd server.git && GIT_DIR=. && export GIT_DIR &&
		hooks/pre-receive <../input ) &&
	! ( cd server.git && GIT_DIR=. && GIT_QUARANTINE_PATH=$gm_base/eve &&
		export GIT_DIR GIT_QUARANTINE_PATH &&
		hooks/pre-receive <../input ) 2>out &&
	gm_says "GIT_QUARANTINE_PATH is" out &&
	! ( cd server.git && GIT_DIR=. && GIT_NAMESPACE=other &&
		export GIT_DIR GIT_NAMESPACE && hooks/pre-receive <../input )
'

test_done

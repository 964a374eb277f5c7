#!/bin/sh
# The numbers are those of the list of threats, part A.
test_description='attacks by the shape of a push'
. "$(dirname "$0")/attack.sh"

# raw <update>...: what no honest client sends; with the objects of HEAD.
raw() {
	rawpush -r "HEAD ^$base" "$server" "$@"
}

# raw_refused <text> <update>...: the same for rawpush as gm_refused.
raw_refused() {
	raw_text=$1
	shift
	gm_refused "$raw_text" raw "$@"
}

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup && test "$(wc -l <"$gm_base/notes")" = 2 &&
	test "$(git -C "$server" config receive.fsckObjects)" = true
'

test_expect_success 'controls: what is honest is taken' '
	gm_case &&
	gm_expand 20260201_more && gm_commit "Add more" &&
	gm_taken gm_push &&
	gm_taken gm_push HEAD:refs/heads/feature &&
	gm_taken raw "$base $(git rev-parse HEAD) refs/heads/main" &&
	gm_case &&
	gm_contract 20260301_mixed && gm_commit "Drop" &&
	echo mixed >>app.py && gm_commit "Change the app" &&
	gm_taken gm_push
'

test_expect_success 'controls: the mixed commit is refused' '
	gm_case && gm_bad_commit &&
	gm_refused mixed-destructive gm_push &&
	raw_refused mixed-destructive \
		"$base $(git rev-parse HEAD) refs/heads/main"
'

test_expect_success 'threat 1: bytes in a ref name forge lines' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	good=$(git rev-parse HEAD~1) &&
	update="$base $bad refs/heads/main" &&
	# A line of its own for main, inside of another name.
	raw_refused "input:3: the push is malformed" "$update" \
		"$zero $bad refs/heads/x\\n$base $good refs/heads/main" &&
	raw_refused "input:3: the push is malformed" \
		"$zero $bad refs/heads/x\\n$base $good refs/heads/main" "$update" &&
	raw_refused "input:2: the push is malformed" "$update" \
		"$zero $bad refs/heads/x\\r" &&
	raw_refused "input:2: the push is malformed" "$update" \
		"$zero $bad refs/heads/\\e[2Jx" &&
	raw_refused "input:2: the push is malformed" "$update" \
		"$zero $bad refs/heads/a b" &&
	raw_refused "input:2: the push is malformed" "$update" \
		"$zero $bad  refs/heads/a" &&
	raw_refused "input:1: the push is malformed" \
		"$zero $bad refs/heads/a\\x7f" &&
	raw_refused "input:1: the push is malformed" \
		"$zero $bad refs/heads/../main" &&
	raw_refused "input:1: the push is malformed" \
		"$zero $bad refs/heads/a.lock" &&
	raw_refused "input:1: the push is malformed" \
		"$zero $bad main"
'

test_expect_success 'threat 2: two commands for one ref' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	raw_refused "refs/heads/main" "$base $bad refs/heads/main" \
		"$base $base refs/heads/main" &&
	raw_refused "refs/heads/main" "$base $base refs/heads/main" \
		"$base $bad refs/heads/main" &&
	raw_refused "refs/heads/x" "$zero $base refs/heads/x" \
		"$zero $base refs/heads/x"
'

test_expect_success 'threat 3: a false old value' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	raw_refused ref-refused "$bad $bad refs/heads/main" &&
	raw_refused ref-refused "$zero $bad refs/heads/main" &&
	gm_case && gm_expand 20260201_more && gm_commit "Add more" &&
	gm_push && next=$(git rev-parse HEAD) &&
	gm_bad_commit && bad=$(git rev-parse HEAD) &&
	raw_refused ref-refused "$base $bad refs/heads/main" &&
	# Even where nothing is wrong but this value.
	git checkout -q -f --detach "$next" &&
	gm_expand 20260202_most && gm_commit "Add most" &&
	most=$(git rev-parse HEAD) &&
	raw_refused ref-refused "$base $most refs/heads/main" &&
	gm_taken raw "$next $most refs/heads/main"
'

test_expect_success 'threat 4: deletion past the compare and swap' '
	gm_case && unknown=1234567890123456789012345678901234567890 &&
	git -C "$server" update-ref refs/notes/migrate/approvals \
		refs/notes/migrate/landed &&
	git -C "$server" update-ref refs/heads/release/1 "$base" &&
	git -C "$server" update-ref refs/heads/feature "$base" &&
	notes=$(gm_tip "$server" refs/notes/migrate/approvals) &&
	for ref in refs/heads/main refs/heads/release/1 refs/heads/feature \
		refs/notes/migrate/approvals refs/notes/migrate/landed
	do
		gm_refused ref-refused rawpush -o delete-refs "$server" \
			"$unknown $zero $ref" || return 1
	done &&
	gm_refused ref-refused rawpush -o delete-refs "$server" \
		"$base $zero refs/heads/main" &&
	gm_refused records-rewritten rawpush -o delete-refs "$server" \
		"$notes $zero refs/notes/migrate/approvals" &&
	gm_refused ref-refused rawpush -o delete-refs "$server" \
		"$notes $zero refs/notes/migrate/landed" &&
	gm_refused ref-refused gm_push :refs/heads/release/1 &&
	gm_refused records-rewritten gm_push :refs/notes/migrate/approvals &&
	gm_taken gm_push :refs/heads/feature
'

test_expect_success 'threat 5: commits parked on another ref first' '
	for ref in refs/heads/feature refs/tags/parked refs/notes/parked
	do
		gm_case && gm_bad_commit &&
		gm_push "HEAD:$ref" && test "$(gm_tip "$server" $ref)" = \
			"$(git rev-parse HEAD)" &&
		gm_refused mixed-destructive gm_push || return 1
	done
'

test_expect_success 'threat 6: force push and rewind' '
	gm_case && gm_expand 20260201_more && gm_commit "Add more" &&
	gm_push && git checkout -q -f -B work "$base" &&
	gm_refused ref-refused gm_push +HEAD:refs/heads/main &&
	gm_expand 20260202_other && gm_commit "Add another" &&
	gm_refused ref-refused gm_push +HEAD:refs/heads/main &&
	gm_refused ref-refused gm_push HEAD:refs/heads/x \
		+HEAD:refs/heads/main &&
	# A warning is not enough here.
	git -C "$server" config migrate.enforce warn &&
	gm_refused ref-refused gm_push +HEAD:refs/heads/main
'

test_expect_success 'threat 7: a new ref has no old value' '
	gm_case && gm_bad_commit &&
	gm_refused mixed-destructive gm_push HEAD:refs/heads/release/x &&
	git checkout -q --orphan alone && gm_commit "Begin again" &&
	gm_refused ref-refused gm_push HEAD:refs/heads/release/x &&
	git checkout -q -f work && git reset -q --hard "$base" &&
	gm_taken gm_push HEAD:refs/heads/release/x &&
	gm_expand 20260201_more && gm_commit "Add more" &&
	gm_taken gm_push HEAD:refs/heads/release/x
'

test_expect_success 'threat 8: delete and create again' '
	gm_case && git -C "$server" update-ref refs/heads/release/1 "$base" &&
	gm_refused ref-refused gm_push :refs/heads/main &&
	gm_refused ref-refused gm_push :refs/heads/release/1 &&
	gm_refused ref-refused gm_push :refs/heads/release/1 \
		HEAD:refs/heads/release/2 &&
	gm_bad_commit &&
	git -C "$server" update-ref -d refs/heads/release/1 &&
	gm_refused mixed-destructive gm_push HEAD:refs/heads/release/1
'

test_expect_success 'threat 9: a history with a root of its own' '
	gm_case && git checkout -q --orphan other && git rm -q -r -f . &&
	gm_contract 20260301_mixed && echo x >other.py &&
	gm_commit "Begin elsewhere" &&
	git checkout -q -f work && git merge -q --allow-unrelated-histories \
		-m "Join" other &&
	gm_refused ref-refused gm_push &&
	gm_says "root of its own" "$gm_base/out" &&
	# Harmless files make no difference.
	gm_case && git checkout -q --orphan harmless && git rm -q -r -f . &&
	echo x >docs.md && gm_commit "Begin elsewhere" &&
	git checkout -q -f work && git merge -q --allow-unrelated-histories \
		-m "Join" harmless &&
	gm_refused ref-refused gm_push
'

# diverge: branch "side" with an app change, "work" with another one.
diverge() {
	git checkout -q -f -B side "$base" && echo side >side.py &&
		gm_commit 'Change the side' &&
		git checkout -q -f -B work "$base" && echo work >work.py &&
		gm_commit 'Change the app'
}

test_expect_success 'threat 10: evil merge' '
	gm_case && diverge && git merge -q -m "Merge" side &&
	gm_taken gm_push &&
	gm_mixed && gm_commit "Merge" --amend &&
	test "$(git rev-list --parents -1 HEAD | wc -w)" = 3 &&
	gm_refused mixed-destructive gm_push &&
	git reset -q --hard HEAD && diverge &&
	git merge -q -m "Merge" side &&
	echo "DROP TABLE users;" >>migrations/20260102_name/up.sql &&
	gm_commit "Merge" --amend &&
	gm_refused edited-landed gm_push
'

test_expect_success 'threat 11: a merge that drops a file of one parent' '
	gm_case && git rm -q -r migrations/20260102_name &&
	gm_commit "Remove" && git branch -f removed &&
	git checkout -q -f -B work "$base" && echo work >work.py &&
	gm_commit "Change the app" &&
	# Equal to the first parent, then to the last.
	for order in "-p removed -p work" "-p work -p removed"
	do
		merge=$(git commit-tree $order -m "Merge" "removed^{tree}") &&
		gm_refused deleted-landed gm_push "$merge:refs/heads/main" ||
			return 1
	done &&
	diverge && merge=$(git commit-tree -p side -p work -m "Merge" \
		"$(git merge-tree --write-tree side work)^{tree}") &&
	gm_taken gm_push "$merge:refs/heads/main"
'

test_expect_success 'threat 11: a merge that takes the older side' '
	gm_case && echo 1 >one.py && gm_commit "One" && one=$(git rev-parse HEAD) &&
	gm_expand 20260201_more && gm_commit "Add more" && gm_push &&
	new=$(git rev-parse HEAD) && git checkout -q -f -B side "$one" &&
	echo 2 >two.py && gm_commit "Two" &&
	git merge -q -s ours -m "Merge" "$new" &&
	test ! -d migrations/20260201_more &&
	gm_refused deleted-landed gm_push &&
	git reset -q --hard HEAD~1 && git merge -q -m "Merge" "$new" &&
	gm_taken gm_push
'

test_expect_success 'threat 11: a merge that takes back the policy' '
	gm_case && echo 1 >one.py && gm_commit "One" && one=$(git rev-parse HEAD) &&
	gm_push && gm_attack_policy 2 && gm_commit "Change the policy" &&
	gm_push && new=$(git rev-parse HEAD) &&
	git checkout -q -f -B side "$one" && echo 2 >two.py && gm_commit "Two" &&
	git merge -q -s ours -m "Merge" "$new" &&
	gm_refused policy-change gm_push &&
	git reset -q --hard HEAD~1 && git merge -q -m "Merge" "$new" &&
	gm_taken gm_push
'

# octopus <legs> [<dirty leg>]: a merge of that many branches.
octopus() {
	parents=''
	tree=''
	git checkout -q -f -B work "$base"
	for leg in $(seq "$1"); do
		git checkout -q -f --detach "$base" && echo "$leg" >"leg$leg.py" &&
			if test "$leg" = "${2-}"; then gm_mixed; fi &&
			gm_commit "Leg $leg" || return 1
		parents="$parents -p $(git rev-parse HEAD)"
		test "$leg" != "${2-}" || tree=$(git rev-parse 'HEAD^{tree}')
	done
	# shellcheck disable=SC2086 # a list of options
	merge=$(git commit-tree $parents -m 'Octopus' \
		"${tree:-$(git rev-parse 'HEAD^{tree}')}")
}

test_expect_success 'threat 12: octopus with one dirty leg' '
	gm_case &&
	for legs in 3 20
	do
		octopus $legs && gm_taken gm_push "$merge:refs/heads/main" &&
		octopus $legs 2 &&
		gm_refused mixed-destructive gm_push "$merge:refs/heads/main" ||
			return 1
	done
'

test_expect_success 'threat 13: the first parent is the attacker' '
	gm_case && echo work >work.py && gm_commit "Change the app" && gm_push &&
	old=$(git rev-parse HEAD) && git checkout -q -f -B side "$base" &&
	gm_bad_commit && git merge -q -m "Merge" "$old" &&
	test "$(git rev-parse HEAD^2)" = "$old" &&
	gm_refused mixed-destructive gm_push &&
	# The first-parent line edits what has landed and back; the tip is
	# clean.
	git checkout -q -f -B side "$base" &&
	echo "DROP TABLE users;" >>migrations/20260101_users/up.sql &&
	gm_commit "Edit" && git checkout -q "$base" -- migrations &&
	gm_commit "Edit back" && git merge -q -m "Merge" "$old" &&
	git diff --quiet "$old" HEAD -- migrations &&
	gm_refused edited-landed gm_push &&
	# It does not have what main has.
	git checkout -q -f -B side "$base" && echo x >>app.py &&
	gm_commit "Change the app" && gm_refused ref-refused gm_push \
		+HEAD:refs/heads/main &&
	git merge -q -m "Merge" "$old" && gm_taken gm_push
'

test_expect_success 'threat 14: tags that deploy' '
	gm_case && gm_bad_commit && git tag -f light &&
	git tag -f -a -m one one HEAD && git tag -f -a -m two two one &&
	git tag -f -a -m three three two &&
	for tag in light one three
	do
		gm_refused mixed-destructive gm_push \
			"$tag:refs/tags/v1" || return 1
	done &&
	git tag -f -a -m blob blob "HEAD:app.py" &&
	git tag -f -a -m tree tree "HEAD^{tree}" &&
	for object in blob tree HEAD:app.py "HEAD^{tree}"
	do
		gm_refused ref-refused gm_push "$object:refs/tags/v1" ||
			return 1
	done &&
	gm_taken gm_push three:refs/tags/other &&
	git tag -f -a -m deep deep "$base" &&
	gm_taken gm_push refs/tags/deep:refs/tags/v1 &&
	for level in 1 2 3 4 5 6 7 8 9 10 11 12
	do
		git tag -f -a -m deep deep deep || return 1
	done &&
	gm_refused "refs/tags/v1" gm_push refs/tags/deep:refs/tags/v1 &&
	# A tag that has been judged stays where it is, or moves forward.
	git -C "$server" update-ref refs/tags/v1 "$base" &&
	git checkout -q -f -B work "$base" &&
	git commit -q --amend -m "Begin otherwise" &&
	gm_refused ref-refused gm_push +HEAD:refs/tags/v1
'

test_expect_success 'threat 15: a protected ref that names no commit' '
	gm_case && git tag -f -a -m tag tagged HEAD &&
	tag=$(git rev-parse tagged) &&
	raw_tag() { rawpush -r "tagged" "$server" "$@"; } &&
	gm_refused ref-refused raw_tag "$zero $tag refs/heads/release/x" &&
	gm_refused ref-refused raw_tag "$base $tag refs/heads/main" &&
	tree=$(git rev-parse "HEAD^{tree}") &&
	gm_refused ref-refused raw_tag "$base $tree refs/heads/main" &&
	git -C "$server" symbolic-ref refs/heads/alias refs/heads/main &&
	gm_bad_commit && gm_refused ref-refused gm_push HEAD:refs/heads/alias &&
	gm_says "another name" "$gm_base/out" &&
	git -C "$server" symbolic-ref -d refs/heads/alias &&
	gm_refused "not a ref name" raw "$base $(git rev-parse HEAD) HEAD"
'

test_expect_success 'threat 16: replaced objects and grafts' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	good=$(git commit-tree -p "$base" -m "Good" "$base^{tree}") &&
	gm_refused ref-refused gm_push "$good:refs/replace/$bad" &&
	git -C "$server" config migrate.allowRef refs/replace/ &&
	gm_refused ref-refused gm_push "$good:refs/replace/$bad" &&
	# One that is there all the same hides nothing.
	gm_push "$good:refs/heads/feature" && gm_push "$bad:refs/heads/bad" &&
	git -C "$server" update-ref "refs/replace/$bad" "$good" &&
	git -C "$server" diff --quiet "$base" "$bad" &&
	gm_refused mixed-destructive gm_push &&
	blob=$(git rev-parse HEAD:migrations/20260301_mixed/up.sql) &&
	harmless=$(echo "SELECT 1;" | git -C "$server" hash-object -w --stdin) &&
	git -C "$server" update-ref -d "refs/replace/$bad" &&
	git -C "$server" update-ref "refs/replace/$blob" "$harmless" &&
	gm_refused mixed-destructive gm_push &&
	gm_restore && gm_push "$bad:refs/heads/bad" &&
	echo "$bad" >"$server/info/grafts" &&
	gm_refused mixed-destructive gm_push
'

test_expect_success 'threat 17: other namespaces' '
	gm_case && gm_bad_commit &&
	for ref in refs/for/main refs/changes/01/1/1 refs/pull/1/head \
		refs/merge-requests/1/head refs/keep-around/x refs/stash \
		refs/namespaces/x/refs/heads/main refs/remotes/origin/main \
		refs/original/refs/heads/main refs/bisect/bad refs/x \
		refs/worktree/x refs/headsx/main refs/notes/migrate/landed \
		refs/notes/migrate/x refs/notes/migrate
	do
		gm_refused ref-refused gm_push "+HEAD:$ref" || return 1
	done &&
	for space in x refs/heads
	do
		gm_refused amespace git push --receive-pack \
			"env GIT_NAMESPACE=$space git-receive-pack" origin \
			HEAD:refs/heads/main || return 1
	done &&
	git -C "$server" config --add migrate.allowRef refs/for/ &&
	gm_taken gm_push HEAD:refs/for/main
'

test_expect_success 'threat 18: shallow clones and shallow servers' '
	gm_case && echo 1 >one.py && gm_commit "One" && echo 2 >two.py &&
	gm_commit "Two" && git branch -f deep &&
	rm -rf "$gm_base/shallow" &&
	git clone -q --depth 1 -b deep "file://$client" "$gm_base/shallow" &&
	cd "$gm_base/shallow" && echo 3 >three.py && gm_commit "Three" &&
	git -C "$server" config receive.shallowUpdate true &&
	gm_refused "$(git -C "$client" rev-parse refs/heads/deep~1)" git push "$server" \
		+HEAD:refs/heads/main &&
	cd "$client" && gm_push refs/heads/deep:refs/heads/main &&
	cd "$gm_base/shallow" &&
	gm_taken git push "$server" HEAD:refs/heads/main &&
	cd "$client" && git reset -q --hard "$base" &&
	gm_expand 20260201_more && gm_commit "Add more" &&
	echo "$base" >"$server/shallow" &&
	gm_refused shallow gm_push
'

test_expect_success 'threat 19: partial clones' '
	gm_case && gm_expand 20260201_more && gm_commit "Add more" &&
	git -C "$server" config core.repositoryFormatVersion 1 &&
	git -C "$server" config extensions.partialClone origin &&
	gm_refused partial gm_push &&
	gm_restore && git -C "$server" config remote.origin.url /nonexistent &&
	git -C "$server" config remote.origin.promisor true &&
	gm_refused partial gm_push &&
	gm_restore && gm_taken gm_push
'

test_expect_success 'threat 20: extensions that cannot be read' '
	gm_case && gm_expand 20260201_more && gm_commit "Add more" &&
	git -C "$server" config core.repositoryFormatVersion 1 &&
	for extension in worktreeConfig preciousObjects
	do
		git -C "$server" config extensions.$extension true &&
		gm_refused "unsupported repository" gm_push &&
		git -C "$server" config --unset extensions.$extension ||
			return 1
	done &&
	gm_taken gm_push
'

test_expect_success 'threat 20: SHA-256' '
	gm_case && rm -rf "$gm_base/sha256.git" "$gm_base/sha256" &&
	gm_server "$gm_base/sha256.git" --object-format=sha256 &&
	cp "$server/hooks/pre-receive" "$gm_base/sha256.git/hooks/" &&
	gm_repo "$gm_base/sha256" --object-format=sha256 &&
	cd "$gm_base/sha256" && gm_attack_policy && gm_commit "Begin" &&
	kept=$server && server=$gm_base/sha256.git &&
	{ gm_refused SHA-256 git push "$server" HEAD:refs/heads/main
	result=$?; server=$kept; } && test "$result" = 0 &&
	test_must_fail git -C "$gm_base/sha256.git" migrate init --server \
		>out 2>&1 &&
	gm_says SHA-256 out
'

test_expect_success 'threat 21: thousands of refs' '
	gm_case && gm_bad_commit && bad=$(git rev-parse HEAD) &&
	seq 10000 | sed "s|.*|$zero $base refs/heads/many/&|" >"$gm_base/many" &&
	raw_refused mixed-destructive "@$gm_base/many" \
		"$base $bad refs/heads/main" &&
	seq 20001 | sed "s|.*|$zero $base refs/heads/many/&|" >"$gm_base/many" &&
	raw_refused 20000 "@$gm_base/many"
'

test_expect_success 'threat 21: thousands of commits' '
	gm_case && gm_history many 5000 src &&
	git -C "$server" config --unset migrate.deadline &&
	gm_taken gm_push many:refs/heads/main &&
	git -C "$server" config migrate.deadline 60000 &&
	git checkout -q -f -B work many && gm_bad_commit &&
	gm_refused mixed-destructive gm_push
'

test_done

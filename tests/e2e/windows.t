#!/bin/sh
test_description='rollback windows: what is open stays, what is over is no obstacle'
. "$(dirname "$0")/attack.sh"

# taken: push HEAD to main, and keep it there.
taken() {
	gm_push >"$gm_base/out" 2>&1 && return
	cat "$gm_base/out"
	return 1
}

# land <id> <SQL>: an expand lands on main, just now.
land() {
	gm_expand "$1" "$2" 'SELECT 1;' && gm_commit "Add $1" && taken
}

# drop <id> <SQL> [<expand>]: a contract, in a commit.
drop() {
	{
		gm_head contract "${3:-20260102_name}"
		echo "$2"
	} | gm_write "migrations/$1/up.sql" && gm_commit "Contract $1"
}

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup
'

test_expect_success 'another name does not pass by an open window' '
	gm_case && land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	drop 20260202_drop "ALTER TABLE users DROP phone;" &&
	gm_refused "[contract-too-early]" gm_push &&
	gm_says "20260201_phone" "$gm_base/out" &&
	gm_says "column users.phone" "$gm_base/out" &&
	gm_says "until 20" "$gm_base/out" &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "DROP TABLE users;" &&
	gm_refused "table users" gm_push &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "ALTER TABLE users RENAME TO people;" &&
	gm_refused "table users" gm_push
'

test_expect_success 'another column of the same table is free' '
	gm_case && land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	drop 20260202_drop "ALTER TABLE users DROP name;" &&
	gm_taken gm_push
'

test_expect_success 'what nobody can name may be what a window keeps' '
	gm_case && land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	drop 20260202_drop "CALL tidy_up();" &&
	gm_refused "[contract-too-early]" gm_push &&
	gm_says "20260201_phone" "$gm_base/out" &&
	gm_says "does not name all" "$gm_base/out" &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;" &&
	gm_refused "about schema public" gm_push &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "DROP DATABASE shop;" &&
	gm_refused "[contract-too-early]" gm_push &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "DROP TABLE orders CASCADE;" &&
	gm_refused "no CASCADE" gm_push &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "DROP TABLE orders;" && gm_taken gm_push &&
	gm_case && land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	gm_age "$server" && drop 20260202_drop "CALL tidy_up();" &&
	gm_taken gm_push
'

test_expect_success 'nor does what comes in the same push, in any order' '
	gm_case && gm_expand 20260201_phone "ALTER TABLE users ADD phone text;" &&
	gm_commit "Add phone" &&
	drop 20260202_drop "ALTER TABLE users DROP phone;" &&
	gm_refused "comes in the same push" gm_push &&
	gm_case && drop 20260202_drop "ALTER TABLE users DROP phone;" &&
	gm_expand 20260201_phone "ALTER TABLE users ADD phone text;" &&
	gm_commit "Add phone" &&
	gm_refused "comes in the same push" gm_push &&
	gm_case && gm_expand 20260201_phone "ALTER TABLE users ADD phone text;" &&
	gm_commit "Add phone" &&
	drop 20260202_drop "ALTER TABLE users DROP name;" && gm_taken gm_push
'

test_expect_success 'an old window is over' '
	gm_case && land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	gm_age "$server" &&
	drop 20260202_drop "ALTER TABLE users DROP phone;" && gm_taken gm_push
'

test_expect_success 'an expand of something else is pointed out' '
	gm_case && drop 20260202_drop "DROP TABLE users_old;" &&
	gm_taken gm_push && gm_says "warning" "$gm_base/out" &&
	gm_says "[unknown-expand]" "$gm_base/out"
'

test_expect_success 'what only takes away was no expand' '
	gm_case && drop 20260202_drop "ALTER TABLE users DROP name;" && taken &&
	gm_age "$server" &&
	drop 20260203_drop "DROP TABLE users;" 20260202_drop &&
	gm_refused "[unknown-expand]" gm_push
'

test_expect_success 'a contract of nothing needs a reason, and approvals' '
	gm_case && drop 20260202_drop "DROP TABLE legacy;" none &&
	gm_refused "[bad-trailer]" gm_push &&
	gm_silent "[missing-contracts]" "$gm_base/out" &&
	git reset -q --hard HEAD~1 &&
	drop 20260202_drop "DROP TABLE legacy;" "none: from before the tool" &&
	gm_refused "[missing-contracts]" gm_push &&
	gm_case && gm_attack_policy 2 && cat >>.migrate/policy.yaml <<-\EOF &&
	roles: {dba: [ann@example.com]}
	approvals: {contract: {need: {dba: 1}}}
	EOF
	gm_commit "Ask for approvals" && taken &&
	drop 20260202_drop "DROP TABLE legacy;" "none: from before the tool" &&
	{ gm_push >"$gm_base/out" 2>&1; gm_silent "[missing-contracts]" "$gm_base/out"; } &&
	gm_silent "[contract-too-early]" "$gm_base/out" &&
	gm_case && gm_attack_policy 2 && cat >>.migrate/policy.yaml <<-\EOF &&
	roles: {dba: [ann@example.com]}
	approvals: {contract: {need: {dba: 1}}}
	EOF
	gm_commit "Ask for approvals" && taken &&
	land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	drop 20260202_drop "DROP TABLE users;" "none: from before the tool" &&
	gm_refused "[contract-too-early]" gm_push
'

# both: an expand and its contract land on main, one long after the other,
# while release/1 stays where it was.
both() {
	gm_case && gm_push HEAD:refs/heads/release/1 &&
		land 20260201_phone "ALTER TABLE users ADD phone text;" &&
		gm_age "$server" &&
		drop 20260202_drop "ALTER TABLE users DROP phone;" \
			20260201_phone && taken
}

test_expect_success 'a release branch follows main' '
	both && gm_taken gm_push HEAD:refs/heads/release/1
'

test_expect_success 'but not while the window is open on main' '
	gm_case && gm_push HEAD:refs/heads/release/1 &&
	land 20260201_phone "ALTER TABLE users ADD phone text;" &&
	drop 20260202_drop "ALTER TABLE users DROP phone;" 20260201_phone &&
	gm_refused "[contract-too-early]" gm_push &&
	gm_refused "[contract-too-early]" gm_push HEAD:refs/heads/release/1 &&
	gm_refused "[contract-too-early]" gm_push HEAD:refs/heads/main \
		HEAD:refs/heads/release/1
'

test_expect_success 'nor with anything else under its name' '
	both && git checkout -q -B other "$base" &&
	gm_expand 20260201_phone "ALTER TABLE users ADD phone text;" \
		"SELECT 2;" && gm_commit "Not as on main" &&
	drop 20260202_drop "ALTER TABLE users DROP phone;" 20260201_phone &&
	gm_refused "[contract-too-early]" gm_push HEAD:refs/heads/release/1
'

test_expect_success 'what landed on a release is merged back, and the other way' '
	both && git checkout -q -B fix "$base" &&
	gm_expand 20260301_fix "CREATE TABLE fix (id bigint);" &&
	gm_commit "Fix" && gm_push HEAD:refs/heads/release/1 &&
	gm_age "$server" &&
	git merge -q -m "Take main" work &&
	gm_push HEAD:refs/heads/release/1 &&
	git checkout -q work && git merge -q fix && gm_taken gm_push
'

test_expect_success 'a new branch does not open old windows again' '
	gm_case && gm_push HEAD:refs/heads/release/2 &&
	drop 20260202_drop "ALTER TABLE users DROP name;" &&
	gm_taken gm_push HEAD:refs/heads/release/2
'

test_expect_success 'out-of-order: a later commit may give it another number' '
	gm_case && gm_expand 20260101_before && gm_commit "Late" &&
	gm_refused "[out-of-order]" gm_push &&
	mkdir -p migrations/20260301_before &&
	git mv migrations/20260101_before/* migrations/20260301_before/ &&
	gm_commit "Renumber" && gm_taken gm_push &&
	gm_case && mkdir -p migrations/20260101_before &&
	echo "CREATE TABLE before (id bigint);" \
		>migrations/20260101_before/up.sql &&
	echo "DROP TABLE before;" >migrations/20260101_before/down.sql &&
	gm_commit "Late

$(gm_head expand | sed "s/^-- //")" &&
	git mv migrations/20260101_before migrations/20260301_before &&
	gm_commit "Renumber" && taken &&
	git -C "$server" notes --ref=migrate/landed show \
		"$(git rev-parse HEAD:migrations/20260301_before/up.sql)" \
		>"$gm_base/note" &&
	gm_says "phase=expand" "$gm_base/note"
'

test_expect_success 'what is edited or renamed is told alone' '
	gm_case && echo "SELECT 1;" >migrations/20260101_users/up.sql &&
	echo x >>app.py && gm_commit "Edit" &&
	gm_refused "[edited-landed]" gm_push &&
	gm_silent "[missing-" "$gm_base/out" &&
	gm_silent "[mixed-" "$gm_base/out" &&
	gm_case && git mv migrations/20260101_users migrations/20260101_people &&
	gm_commit "Rename" && gm_refused "[deleted-landed]" gm_push &&
	gm_silent "[missing-" "$gm_base/out" &&
	gm_silent "[out-of-order]" "$gm_base/out"
'

test_expect_success 'phase-mismatch: verify SQL only reads' '
	for sql in "CREATE TABLE x ();" "UPDATE users SET name = 1;" \
		"DROP TABLE users;"
	do
		gm_case && gm_expand 20260201_more &&
		echo "$sql" >migrations/20260201_more/verify.sql &&
		gm_commit "Verify" && gm_refused "[phase-mismatch]" gm_push &&
		gm_says "verify.sql must only read" "$gm_base/out" || return 1
	done &&
	gm_case && gm_expand 20260201_more &&
	echo "SELECT 1 / count(*) FROM users;" \
		>migrations/20260201_more/verify.sql &&
	gm_commit "Verify" && gm_taken gm_push
'

test_expect_success 'mixed-destructive: a link or a submodule is never neutral' '
	gm_case && gm_contract 20260201_drop && mkdir docs &&
	ln -s ../app.py docs/link && gm_commit "Link" &&
	gm_refused "[mixed-destructive]" gm_push &&
	gm_case && gm_contract 20260201_drop && git add -A &&
	git update-index --add --cacheinfo "160000,$base,docs/module" &&
	git commit -q -m "Submodule" &&
	gm_refused "[mixed-destructive]" gm_push &&
	gm_case && gm_contract 20260201_drop && mkdir -p docs &&
	echo text >docs/text && gm_commit "Text" && gm_taken gm_push
'

test_expect_success 'a way back that changed lands again, where it may' '
	gm_case && gm_attack_policy 2 &&
	echo "rules: {edited-landed: warning}" >>.migrate/policy.yaml &&
	gm_commit "Allow edits" && taken &&
	blob=$(git rev-parse HEAD:migrations/20260101_users/up.sql) &&
	git -C "$server" notes --ref=migrate/landed show "$blob" |
		grep -c main >"$gm_base/before" &&
	echo "DROP TABLE users; SELECT 1;" \
		>migrations/20260101_users/down.sql &&
	gm_commit "Another way back" && taken &&
	git -C "$server" notes --ref=migrate/landed show "$blob" |
		grep -c main >"$gm_base/after" &&
	test "$(cat "$gm_base/after")" = $(($(cat "$gm_base/before") + 1)) &&
	echo x >>app.py && gm_commit "App" && taken &&
	git -C "$server" notes --ref=migrate/landed show "$blob" |
		grep -c main >"$gm_base/again" &&
	test_cmp "$gm_base/after" "$gm_base/again"
'

test_expect_success 'the hooks of a clone know the commits before' '
	gm_case && git clone -q "$server" ../hooked && cd ../hooked &&
	git migrate init >/dev/null && git checkout -q -b feature &&
	git config user.name "Ann Lee" &&
	mkdir -p migrations/20260201_more &&
	echo "CREATE TABLE more (id int);" >migrations/20260201_more/up.sql &&
	echo "DROP TABLE more;" >migrations/20260201_more/down.sql &&
	git add migrations &&
	gm_tick && git commit -q -m "Add more

$(gm_head expand | sed "s/^-- //")" &&
	echo "CREATE TABLE more (id bigint);" \
		>migrations/20260201_more/up.sql &&
	git commit -q -a -m "Mend it" &&
	git mv migrations/20260201_more migrations/20260301_more &&
	git commit -q -m "Renumber it" &&
	git mv migrations/20260301_more migrations/20260101_more &&
	test_must_fail git commit -q -m "Slip it in" 2>"$gm_base/out" &&
	gm_says "[out-of-order]" "$gm_base/out" &&
	git reset -q --hard &&
	git push -q origin HEAD:refs/heads/main &&
	cd "$client" && rm -rf ../hooked && gm_restore
'

test_done

#!/bin/sh
test_description='every rule, by pushes to a guarded server: one that breaks it, one that keeps it'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/migration.sh"

# fresh <policy lines>: a guarded server and a clone `work` that has landed
# 20260101000000_users (an expand) under the given additions to the policy.
fresh() {
	rm -rf server.git work &&
	gm_server server.git &&
	git -C server.git migrate init --server --project shop >/dev/null &&
	git clone -q server.git work 2>/dev/null &&
	(
		cd work &&
		git symbolic-ref HEAD refs/heads/main &&
		gm_policy &&
		mkdir app &&
		echo one >app/code &&
		gm_commit "Start" &&
		git push -q origin main 2>/dev/null &&
		git branch -q --set-upstream-to=origin/main &&
		sql 20260101000000_users \
			"CREATE TABLE users (id bigint, phone text);" &&
		gm_commit "Add users

$expand" &&
		git push -q origin main
	)
}

# refused <rule> [<refspec>]: the push is refused, by that rule, and nothing
# moves; `check` says the same of the same commits.
refused() {
	git -C ../server.git for-each-ref >../before &&
	test_must_fail git push origin "${2-main}" 2>../err &&
	git -C ../server.git for-each-ref >../after &&
	test_cmp ../before ../after &&
	gm_says "[$1]" ../err &&
	if test -z "${2-}"
	then
		gm_status 1 git migrate check >../out &&
		gm_says "[$1]" ../out
	fi
}

# accepted [<refspec>]: the push lands, and no error was found.
accepted() {
	if test -z "${1-}"
	then
		git migrate check >../out
	fi &&
	git push origin "${1-main}" 2>../err &&
	gm_silent "error:" ../err
}

# again: back to what the server has.
again() {
	git reset -q --hard origin/main
}

test_expect_success 'a guarded server with one landed expand' '
	fresh &&
	git -C server.git rev-parse -q --verify refs/notes/migrate/landed
'

cd work || exit 1

test_expect_success 'mixed-destructive: a dropped column and app changes in one commit' '
	sql 20260201000000_drop "ALTER TABLE users DROP COLUMN phone;" &&
	echo two >app/code &&
	gm_commit "Drop it

Migration-Phase: contract
Migration-Contracts: 20260101000000_users" &&
	refused mixed-destructive &&
	gm_says "drops column" ../err &&
	gm_says "migrations/20260201000000_drop/up.sql:1:" ../err &&
	gm_says "app/code" ../err &&
	gm_says "git migrate split" ../err &&
	again
'

test_expect_success 'mixed-destructive: SQL that cannot be read counts as destructive' '
	sql 20260201000000_odd "ALTER TABEL users;" &&
	echo two >app/code &&
	gm_commit "Odd" &&
	refused mixed-destructive &&
	again
'

test_expect_success 'mixed-destructive: neutral paths may come along' '
	sql 20260201000000_more "ALTER TABLE users ADD COLUMN more text;" &&
	mkdir -p docs && echo doc >docs/page && echo doc >app/readme.md &&
	gm_commit "Add more

$expand" &&
	accepted
'

test_expect_success 'mixed-expand: a warning only' '
	sql 20260202000000_email "ALTER TABLE users ADD COLUMN email text;" &&
	echo three >app/code &&
	gm_commit "Add email

$expand" &&
	git migrate check >../out &&
	gm_says "[mixed-expand]" ../out &&
	git push origin main 2>../err &&
	gm_says "[mixed-expand]" ../err
'

test_expect_success 'phase-mismatch: declared expand, but it drops' '
	sql 20260301000000_drop "CREATE TABLE t (a int); DROP TABLE users;" &&
	gm_commit "Drop users

$expand" &&
	refused phase-mismatch &&
	gm_says "up.sql:1:36" ../err &&
	again
'

test_expect_success 'phase-mismatch: a backfill is not an expand' '
	sql 20260301000000_fill "UPDATE users SET email = 1;" &&
	gm_commit "Fill

$expand" &&
	refused phase-mismatch &&
	again &&
	sql 20260301000000_fill "UPDATE users SET email = 1;" &&
	gm_commit "Fill

Migration-Phase: backfill" &&
	accepted
'

test_expect_success 'trailers that a squash has moved are found again' '
	sql 20260301000001_squashed "ALTER TABLE users ADD COLUMN squashed text;" &&
	gm_commit "Add a (#12)

* Add a

$expand

* Fix a typo

Reviewed-by: Bob Ray <bob@example.com>" &&
	test_must_fail git push -q origin main 2>../err &&
	for words in "line 5 Migration-Phase: expand" \
		"line 6 Rollback-Window: 24h" \
		"line 7 Rollback-Owner: Ann Lee <ann@example.com>" \
		"line 8 Feature-Flag: FEATURE_X"
	do
		line=$(echo "$words" | cut -d " " -f 1,2) &&
		words=$(echo "$words" | cut -d " " -f 3-) &&
		gm_says "$words'\'' stands in $line of the message" \
			../err &&
		gm_says "Put '\''-- $words'\'' at the top of" ../err &&
		echo "-- $words" >>../header || return 1
	done &&
	cat ../header migrations/20260301000001_squashed/up.sql >../up &&
	cp ../up migrations/20260301000001_squashed/up.sql &&
	git commit -q -a --amend --no-edit &&
	accepted
'

test_expect_success 'missing-phase' '
	sql 20260302000000_a "ALTER TABLE users ADD COLUMN a text;" &&
	gm_commit "Add a

Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: FEATURE_X" &&
	refused missing-phase &&
	git commit -q --amend -F - <<-EOF &&
	Add a

	$expand
	EOF
	accepted
'

# missing <rule> <trailer to leave out>
missing() {
	again &&
	sql 20260303000000_b "ALTER TABLE users ADD COLUMN b text;" &&
	gm_commit "Add b

$(printf '%s\n' "$expand" | grep -v "^$2:")" &&
	refused "$1"
}

test_expect_success 'missing-window' 'missing missing-window Rollback-Window'
test_expect_success 'missing-owner' 'missing missing-owner Rollback-Owner'
test_expect_success 'missing-flag' 'missing missing-flag Feature-Flag'

test_expect_success 'missing-flag: "none" with a reason is an answer' '
	again &&
	sql 20260303000000_b "ALTER TABLE users ADD COLUMN b text;" &&
	gm_commit "Add b

$(printf "%s\n" "$expand" | sed "s/^Feature-Flag:.*/Feature-Flag: none: batch job/")" &&
	accepted
'

test_expect_success 'window-too-short' '
	sql 20260304000000_c "ALTER TABLE users ADD COLUMN c text;" &&
	gm_commit "Add c

$(printf "%s\n" "$expand" | sed "s/24h/23h/")" &&
	refused window-too-short &&
	git commit -q --amend -F - <<-EOF &&
	Add c

	$(printf "%s\n" "$expand" | sed "s/24h/25h/")
	EOF
	accepted
'

test_expect_success 'metadata may stand at the top of the SQL instead' '
	sql 20260305000000_d "-- Migration-Phase: expand
-- Rollback-Window: 24h
-- Rollback-Owner: Ann Lee <ann@example.com>
-- Feature-Flag: FEATURE_X
ALTER TABLE users ADD COLUMN d text;" &&
	gm_commit "Add d" &&
	accepted
'

test_expect_success 'bad-trailer: both present and different' '
	sql 20260306000000_e "-- Migration-Phase: backfill
ALTER TABLE users ADD COLUMN e text;" &&
	gm_commit "Add e

$expand" &&
	refused bad-trailer &&
	again
'

for gm_bad in \
	"Migration-Phase: extend" \
	"Rollback-Window: 24" \
	"Rollback-Window: 0h" \
	"Rollback-Owner: Ann" \
	"Feature-Flag: none" \
	"Migration-Fase: expand" \
	"Migration: 20990101000000_other" \
	"Migration-Requires: 20990101000000_other" \
	"Migration-Phase: backfill"
do
	test_expect_success "bad-trailer: $gm_bad" '
		again &&
		sql 20260306000000_e "ALTER TABLE users ADD COLUMN e text;" &&
		gm_commit "Add e

$expand
$gm_bad" &&
		refused bad-trailer
	'
done

test_expect_success 'bad-trailer: trailers that describe no migration' '
	again &&
	echo four >app/code &&
	gm_commit "Change the app

Migration-Phase: expand" &&
	refused bad-trailer &&
	again &&
	echo four >app/code &&
	gm_commit "Change the app

Feature-Flag: FEATURE_X
Migration-Requires: 20260101000000_users" &&
	accepted
'

test_expect_success 'bad-trailer: two migrations and nobody knows which is meant' '
	sql 20260307000000_f "CREATE TABLE f (a int);" &&
	sql 20260308000000_g "CREATE TABLE g (a int);" &&
	gm_commit "Two at once

$expand" &&
	refused bad-trailer &&
	git commit -q --amend -F - <<-EOF &&
	Two at once

	Migration: 20260307000000_f
	Migration: 20260308000000_g
	$expand
	EOF
	accepted
'

contract='Migration-Phase: contract
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>'

test_expect_success 'missing-contracts' '
	sql 20260401000000_drop "ALTER TABLE users DROP COLUMN phone;" &&
	gm_commit "Drop it

$contract" &&
	refused missing-contracts &&
	again
'

test_expect_success 'unknown-expand: no such migration' '
	sql 20260401000000_drop "ALTER TABLE users DROP COLUMN phone;" &&
	gm_commit "Drop it

$contract
Migration-Contracts: 20250101000000_never" &&
	refused unknown-expand &&
	again
'

test_expect_success 'unknown-expand: a backfill is none' '
	sql 20260401000000_drop "ALTER TABLE users DROP COLUMN phone;" &&
	gm_commit "Drop it

$contract
Migration-Contracts: 20260301000000_fill" &&
	git push -q origin main 2>../err;
	gm_says "[unknown-expand]" ../err &&
	again
'

test_expect_success 'contract-too-early: the window is open' '
	git fetch -q origin "refs/notes/migrate/landed:refs/notes/migrate/landed" &&
	sql 20260401000000_drop "ALTER TABLE users DROP COLUMN phone;" &&
	gm_commit "Drop it

$contract
Migration-Contracts: 20260101000000_users" &&
	refused contract-too-early &&
	gm_says "until 20" ../err &&
	again
'

test_expect_success 'contract-too-early: in the same push as its expand' '
	sql 20260401000000_h "CREATE TABLE h (a int);" &&
	gm_commit "Add h

$expand" &&
	sql 20260402000000_i "DROP TABLE h;" &&
	gm_commit "Drop h

$contract
Migration-Contracts: 20260401000000_h" &&
	refused contract-too-early &&
	gm_says "same push" ../err &&
	again
'

test_expect_success 'edited-landed' '
	echo "-- more" >>migrations/20260101000000_users/up.sql &&
	gm_commit "Edit" &&
	refused edited-landed &&
	gm_says "git migrate new" ../err &&
	again &&
	echo "-- more" >>migrations/20260101000000_users/down.sql &&
	gm_commit "Edit the way back" &&
	refused edited-landed &&
	again
'

test_expect_success 'edited-landed: edited and put back is no change' '
	echo "-- more" >>migrations/20260101000000_users/down.sql &&
	gm_commit "Edit" &&
	git revert --no-edit HEAD >/dev/null &&
	refused edited-landed &&
	git reset -q --hard origin/main &&
	accepted HEAD:refs/heads/copy
'

test_expect_success 'edited-landed: a permission is no edit' '
	chmod +x migrations/20260101000000_users/up.sql &&
	gm_commit "Make it executable" &&
	git migrate check >../out &&
	again
'

test_expect_success 'deleted-landed' '
	git rm -q -r migrations/20260101000000_users &&
	gm_commit "Delete" &&
	refused deleted-landed &&
	again &&
	git mv migrations/20260101000000_users migrations/20260101000000_people &&
	gm_commit "Rename" &&
	refused deleted-landed &&
	again
'

test_expect_success 'out-of-order' '
	sql 20260115000000_late "CREATE TABLE late (a int);" &&
	gm_commit "Late

$expand" &&
	refused out-of-order &&
	again &&
	sql 20260501000000_late "CREATE TABLE late (a int);" &&
	gm_commit "Late, renamed

$expand" &&
	accepted
'

test_expect_success 'out-of-order: one version twice' '
	sql 20260502000000_one "CREATE TABLE one (a int);" &&
	sql 20260502000000_two "CREATE TABLE two (a int);" &&
	gm_commit "Both

Migration: 20260502000000_one
Migration: 20260502000000_two
$expand" &&
	refused out-of-order &&
	again
'

test_expect_success 'opaque-sql' '
	sql 20260503000000_do "DO \$\$ BEGIN EXECUTE current_setting(chr(120)); END \$\$;" &&
	gm_commit "Do

Migration-Phase: backfill" &&
	refused opaque-sql &&
	again
'

test_expect_success 'opaque-sql: inside a declared contract the approval decides' '
	sql 20260503000000_do "DO \$\$ BEGIN EXECUTE current_setting(chr(120)); END \$\$;" &&
	gm_commit "Do

$contract
Migration-Contracts: 20260101000000_users" &&
	test_must_fail git push origin main 2>../err &&
	gm_says "[contract-too-early]" ../err &&
	gm_silent "[opaque-sql]" ../err &&
	again
'

test_expect_success 'missing-down: a warning' '
	sql 20260504000000_j "CREATE TABLE j (a int);" &&
	rm migrations/20260504000000_j/down.sql &&
	gm_commit "Add j

$expand" &&
	git push origin main 2>../err &&
	gm_says "[missing-down]" ../err
'

test_expect_success 'index-not-concurrent: a warning, or allowed with a reason' '
	sql 20260505000000_k "CREATE INDEX ON users (id);" &&
	gm_commit "Index

$expand" &&
	git push origin main 2>../err &&
	gm_says "[index-not-concurrent]" ../err &&
	sql 20260506000000_l "-- migrate: allow index-not-concurrent the table is empty
CREATE INDEX ON users (phone);" &&
	gm_commit "Index again

$expand" &&
	git push origin main 2>../err &&
	gm_silent "[index-not-concurrent]" ../err
'

test_expect_success 'unsafe-path: a symbolic link' '
	mkdir -p migrations/20260601000000_m &&
	ln -s ../20260101000000_users/up.sql migrations/20260601000000_m/up.sql &&
	gm_commit "Link

$expand" &&
	refused unsafe-path &&
	again
'

test_expect_success 'unsafe-path: SQL that no layout reads' '
	mkdir -p migrations/20260601000000_m &&
	echo "DROP TABLE users;" >migrations/20260601000000_m/Up.SQL &&
	gm_commit "Wrong name" &&
	refused unsafe-path &&
	again
'

test_expect_success 'unsafe-content: a NUL byte' '
	sql 20260601000000_m "CREATE TABLE m (a int);" &&
	printf "%s\\0%s\n" "-- ok" "DROP TABLE users;" \
		>>migrations/20260601000000_m/up.sql &&
	gm_commit "NUL

$expand" &&
	refused unsafe-content &&
	again
'

test_expect_success 'unsafe-content: attributes that change the bytes' '
	echo "migrations/** filter=evil" >.gitattributes &&
	sql 20260601000000_m "CREATE TABLE m (a int);" &&
	gm_commit "Filter

$expand" &&
	refused unsafe-content &&
	again
'

test_expect_success 'policy-change: with other files in one commit' '
	sed -i "s/^version: 1/version: 2/" .migrate/policy.yaml &&
	echo five >app/code &&
	gm_commit "Policy and app" &&
	refused policy-change &&
	again
'

test_expect_success 'policy-change: in one push with other commits' '
	echo five >app/code &&
	gm_commit "App" &&
	sed -i "s/^version: 1/version: 2/" .migrate/policy.yaml &&
	gm_commit "Policy" &&
	refused policy-change &&
	again
'

test_expect_success 'policy-change: without a higher version' '
	sed -i "s/24h/48h/" .migrate/policy.yaml &&
	gm_commit "Policy" &&
	refused policy-change &&
	gm_says "version: 2" ../err &&
	again
'

test_expect_success 'policy-change: unreadable, another project, gone' '
	echo "nonsense: 1" >>.migrate/policy.yaml &&
	sed -i "s/^version: 1/version: 2/" .migrate/policy.yaml &&
	gm_commit "Bad policy" &&
	refused policy-change &&
	again &&
	sed -i "s/^version: 1/version: 2/; s/shop/mall/" .migrate/policy.yaml &&
	gm_commit "Other project" &&
	refused policy-change &&
	again &&
	git rm -q .migrate/policy.yaml &&
	gm_commit "No policy" &&
	refused policy-change &&
	again
'

test_expect_success 'policy-change: alone and with a higher version' '
	sed -i "s/^version: 1/version: 2/; s/24h/1s/" .migrate/policy.yaml &&
	gm_commit "Shorter windows" &&
	accepted
'

test_expect_success 'a contract lands when the window of its expand is over' '
	sql 20260701000000_n "CREATE TABLE n (a int, b int);" &&
	gm_commit "Add n

$(printf "%s\n" "$expand" | sed "s/24h/1s/")" &&
	accepted &&
	sleep 2 &&
	sql 20260702000000_o "ALTER TABLE n DROP COLUMN b;" &&
	gm_commit "Drop b

$contract
Migration-Contracts: 20260701000000_n" &&
	accepted HEAD:main
'

test_expect_success 'ref-refused: deletion, rewind and odd namespaces' '
	git fetch -q origin &&
	refused ref-refused :main &&
	refused ref-refused +HEAD~1:main &&
	refused ref-refused HEAD:refs/replace/1234567890123456789012345678901234567890 &&
	refused ref-refused HEAD:refs/odd/place &&
	refused ref-refused +HEAD:refs/notes/migrate/landed &&
	accepted HEAD:refs/heads/feature
'

test_expect_success 'bad-record: what is no signed record' '
	git notes --ref=migrate/approvals add -m one HEAD:migrations/20260101000000_users/up.sql &&
	refused bad-record refs/notes/migrate/approvals
'

# taken <ref>: the server has it, whatever a push could do.
taken() {
	git -C ../server.git fetch -q ../work "+$1:$1"
}

test_expect_success 'records-rewritten: records are only added to' '
	taken refs/notes/migrate/approvals &&
	git notes --ref=migrate/approvals add -f -m three HEAD:migrations/20260101000000_users/up.sql &&
	refused records-rewritten refs/notes/migrate/approvals &&
	refused records-rewritten :refs/notes/migrate/approvals
'

test_done

#!/bin/sh
test_description='git migrate new'
. "$(dirname "$0")/lib.sh"

# shop <dir> [<layout>]: a repository with a policy, inside of it.
shop() {
	gm_repo "$1" && cd "$1" && gm_policy </dev/null &&
	if test -n "$2"
	then
		sed "s/layout: directory/layout: $2/" .migrate/policy.yaml >p &&
		mv p .migrate/policy.yaml
	fi &&
	gm_commit "Add the migration policy"
}

test_expect_success 'it writes the files of the layout and prints them' '
	(
		shop basic &&
		git migrate new "Add phone!" --flag=FEATURE_PHONE >../out 2>../err
	) &&
	cat >want <<-\EOF &&
	migrations/20261121100000_add_phone/up.sql
	migrations/20261121100000_add_phone/down.sql
	migrations/20261121100000_add_phone/verify.sql
	EOF
	test_cmp want out &&
	test_must_be_empty err &&
	(cd basic && cat $(cat ../out) >/dev/null)
'

test_expect_success 'what is declared stands at the top' '
	cat >want <<-\EOF &&
	-- Migration-Phase: expand
	-- Rollback-Window: 1d
	-- Rollback-Owner: Ann Lee <ann@example.com>
	-- Feature-Flag: FEATURE_PHONE
	EOF
	sed "/^\$/q" basic/migrations/20261121100000_add_phone/up.sql |
	sed "/^\$/d" >got &&
	test_cmp want got
'

test_expect_success 'the next one comes after it, committed or not' '
	(
		cd basic &&
		git migrate new second --flag=F >../out &&
		gm_says migrations/20261121100001_second/up.sql ../out &&
		gm_commit "Add two migrations" &&
		rm -r migrations &&
		git migrate new third --flag=F >../out &&
		gm_says migrations/20261121100002_third/up.sql ../out &&
		git checkout -q -- migrations
	)
'

test_expect_success 'from a subdirectory the same place is meant' '
	(
		cd basic && mkdir -p app && cd app &&
		git migrate new fourth --flag=F >../../out
	) &&
	gm_says migrations/20261121100003_fourth/up.sql out &&
	test -f basic/migrations/20261121100003_fourth/up.sql
'

test_expect_success 'a time that is ahead of the clock is counted on' '
	(
		shop ahead &&
		echo "SELECT 1;" |
		gm_write migrations/20261231235959_x/up.sql &&
		git migrate new y --flag=F >../out
	) &&
	gm_says migrations/20270101000000_y/up.sql out
'

test_expect_success 'the hook puts the trailers into the message' '
	(
		shop hooked &&
		git migrate init >/dev/null &&
		git migrate new phone --flag=PHONE >/dev/null &&
		echo "CREATE TABLE phone (n text);" \
			>>migrations/20261121100000_phone/up.sql &&
		gm_commit "Add a table of phones" &&
		git log -1 --format="%(trailers:only)" >../got &&
		git log -1 --format=%s >../subject
	) &&
	cat >want <<-\EOF &&
	Migration: 20261121100000_phone
	Migration-Phase: expand
	Rollback-Window: 1d
	Rollback-Owner: Ann Lee <ann@example.com>
	Feature-Flag: PHONE

	EOF
	test_cmp want got &&
	echo "Add a table of phones" >want &&
	test_cmp want subject
'

test_expect_success 'the hook does it once' '
	(
		cd hooked &&
		echo more >README && gm_commit "Say more" &&
		git log -1 --format="%(trailers:only)" >../got
	) &&
	echo >want &&
	test_cmp want got
'

test_expect_success 'another commit in between does not get them' '
	(
		cd hooked &&
		git migrate new email --flag=EMAIL >/dev/null &&
		echo "CREATE TABLE email (n text);" \
			>>migrations/20261121100001_email/up.sql &&
		echo even more >>README &&
		git add README && git commit -q -m "Say even more" &&
		git log -1 --format="%(trailers:only)" >../none &&
		gm_commit "Add a table of e-mails" &&
		git log -1 --format="%(trailers:only)" >../some
	) &&
	gm_silent Migration none &&
	gm_says "Migration: 20261121100001_email" some
'

test_expect_success 'what the file says goes before what was prepared' '
	(
		cd hooked &&
		git migrate new fax --flag=FAX >/dev/null &&
		sed -e "s/Window: 1d/Window: 48h/" -e "s/FAX/FAX_2/" \
			migrations/20261121100002_fax/up.sql >t &&
		mv t migrations/20261121100002_fax/up.sql &&
		echo "CREATE TABLE fax (n text);" \
			>>migrations/20261121100002_fax/up.sql &&
		gm_commit "Add a table of faxes" &&
		git log -1 --format="%(trailers:only)" >../got
	) &&
	gm_says "Rollback-Window: 2d" got &&
	gm_says "Feature-Flag: FAX_2" got
'

test_expect_success 'the message of a commit in the editor gets them above the comments' '
	(
		cd hooked &&
		git migrate new sms --flag=SMS >/dev/null &&
		echo "CREATE TABLE sms (n text);" \
			>>migrations/20261121100003_sms/up.sql &&
		git add -A &&
		gm_hook "$gm_base/editor" <<-\SCRIPT &&
		#!/bin/sh
		cp "$1" "$1.seen"
		{ echo "Add a table of messages"; cat "$1.seen"; } >"$1"
		SCRIPT
		GIT_EDITOR="$gm_base/editor" git commit -q &&
		git log -1 --format="%s/%(trailers:key=Migration)" >../got
	) &&
	echo "Add a table of messages/Migration: 20261121100003_sms" >want &&
	head -n 1 got >first &&
	test_cmp want first
'

test_expect_success 'a contract names the expand it closes' '
	(
		cd basic &&
		gm_status 129 git migrate new drop --phase=contract 2>../err &&
		gm_says "which expand" ../err &&
		git migrate new drop --contracts=20261121100000_add_phone \
			--window=36h --owner="Bob <bob@example.com>" >../out \
			2>../err
	) &&
	test_must_be_empty err &&
	up=basic/$(head -n 1 out) &&
	gm_says "-- Migration-Phase: contract" "$up" &&
	gm_says "-- Migration-Contracts: 20261121100000_add_phone" "$up" &&
	gm_says "-- Rollback-Window: 36h" "$up" &&
	gm_says "-- Rollback-Owner: Bob <bob@example.com>" "$up"
'

test_expect_success 'an expand that is not there is told' '
	(
		cd basic &&
		git migrate new one --contracts=20261121100000_add_fone \
			2>../near &&
		git migrate new two --contracts=nothing 2>../none
	) &&
	gm_says "no migration '\''20261121100000_add_fone'\''" near &&
	gm_says "did you mean '\''20261121100000_add_phone'\''?" near &&
	gm_says "no migration '\''nothing'\'' in '\''migrations'\''" none &&
	gm_silent "did you mean" none
'

test_expect_success 'a backfill needs no window' '
	(cd basic && git migrate new fill --phase=backfill >../out) &&
	up=basic/$(head -n 1 out) &&
	gm_says "-- Migration-Phase: backfill" "$up" &&
	gm_silent Rollback "$up"
'

test_expect_success 'wrong values are told' '
	(
		cd basic &&
		gm_status 129 git migrate new x --window=5 2>../err &&
		gm_says "no duration" ../err &&
		gm_status 129 git migrate new x --window=2h 2>../err &&
		gm_says "minimum" ../err &&
		gm_status 129 git migrate new x --phase=later 2>../err &&
		gm_status 129 git migrate new "..." 2>../err &&
		gm_says "no file name" ../err &&
		gm_status 129 git migrate new x --contracts=y --phase=expand \
			2>../err &&
		gm_status 129 git migrate new x --flag="a
b" 2>../err &&
		gm_status 129 git migrate new 2>../err
	)
'

test_expect_success 'a missing flag is told' '
	(cd basic && git migrate new noflag >../out 2>../err) &&
	gm_says "note: the policy asks for a feature flag" err
'

test_expect_success 'nobody is made the owner by guessing' '
	(
		shop nobody &&
		git config --global --unset user.email &&
		test_when_finished "git config --global user.email ann@example.com"
		gm_status 128 git migrate new x 2>../err &&
		git migrate new x --owner="Bob <bob@example.com>"
	) &&
	git config --global user.email ann@example.com &&
	gm_says "--owner" err
'

test_expect_success 'golang-migrate: digits are continued, their width kept' '
	(
		shop golang golang-migrate &&
		echo "SELECT 1;" | gm_write migrations/000009_x.up.sql &&
		echo "SELECT 1;" | gm_write migrations/000009_x.down.sql &&
		git migrate new add_y --flag=F >../out
	) &&
	printf "migrations/%s\n" 000010_add_y.up.sql 000010_add_y.down.sql >want &&
	test_cmp want out
'

test_expect_success 'flyway: the last part counts' '
	(
		shop flyway flyway &&
		echo "SELECT 1;" | gm_write migrations/V9__x.sql &&
		git migrate new add_y --flag=F >../out &&
		echo "SELECT 1;" | gm_write migrations/V10.4__z.sql &&
		git migrate new add_y --flag=F >>../out
	) &&
	printf "migrations/%s\n" V10__add_y.sql V10.5__add_y.sql >want &&
	test_cmp want out
'

test_expect_success 'diesel: dates with dashes' '
	(
		shop diesel diesel &&
		git migrate new add_y --flag=F >../out &&
		git migrate new add_z --flag=F >>../out
	) &&
	cat >want <<-\EOF &&
	migrations/2026-11-21-100000_add_y/up.sql
	migrations/2026-11-21-100000_add_y/down.sql
	migrations/2026-11-21-100001_add_z/up.sql
	migrations/2026-11-21-100001_add_z/down.sql
	EOF
	test_cmp want out
'

test_expect_success 'without a policy the layout in use is found' '
	gm_repo found &&
	(
		cd found &&
		echo "SELECT 1;" | gm_write db/migrations/0007_x.up.sql &&
		echo "SELECT 1;" | gm_write db/migrations/0007_x.down.sql &&
		gm_commit "Add a migration" &&
		git migrate new y >../out
	) &&
	gm_says db/migrations/0008_y.up.sql out
'

test_expect_success 'in an empty repository it starts' '
	gm_repo empty &&
	(cd empty && git migrate new first >../out) &&
	gm_says migrations/20261121100000_first/up.sql out
'

test_expect_success 'templates of the repository go first' '
	(
		shop own &&
		echo "-- {{phase}} {{id}} {{name}}" |
		gm_write .migrate/templates/migration/up.sql &&
		git migrate new x --flag=F >../out &&
		echo "-- expand 20261121100000_x x" >../want &&
		test_cmp ../want "$(head -n 1 ../out)" &&
		echo "{{nonsense}}" |
		gm_write .migrate/templates/migration/up.sql &&
		gm_status 128 git migrate new y --flag=F 2>../err &&
		gm_says ".migrate/templates/migration/up.sql:1" ../err &&
		! ls migrations | grep _y
	)
'

test_expect_success 'a broken policy is no policy' '
	(
		shop broken && echo "nonsense: 1" >>.migrate/policy.yaml &&
		gm_status 128 git migrate new x 2>../err
	) &&
	gm_says ".migrate/policy.yaml:" err
'

test_expect_success 'a message that names the migration is left alone' '
	(
		cd hooked &&
		git migrate new named --flag=F >../out &&
		echo "CREATE TABLE named (n text);" >>"$(head -n 1 ../out)" &&
		id=$(basename "$(dirname "$(head -n 1 ../out)")") &&
		gm_commit "Name it

Migration: $id
Migration-Phase: expand" &&
		git log -1 --format="%(trailers:only)" >../got &&
		printf "%s\n" "Migration: $id" "Migration-Phase: expand" "" >../want
	) &&
	test_cmp want got
'

test_expect_success 'what is given up leaves nothing behind' '
	(
		cd hooked &&
		git migrate new given_up --flag=F >../out &&
		rm -r "$(dirname "$(head -n 1 ../out)")" &&
		echo x >>README && gm_commit "Go on" &&
		git log -1 --format=%B >../got
	) &&
	gm_silent Migration got &&
	gm_silent given_up hooked/.git/migrate-trailers
'

test_expect_success 'a file that git ignores is not overwritten either' '
	(
		shop ignored && echo "migrations/*_x/" >.gitignore &&
		echo mine | gm_write migrations/20261121100000_x/down.sql &&
		gm_status 128 git migrate new x --flag=F 2>../err &&
		gm_says "exists already" ../err &&
		! test -e migrations/20261121100000_x/up.sql &&
		gm_says mine migrations/20261121100000_x/down.sql
	)
'

test_expect_success 'policies and templates that cannot be read' '
	(
		shop unread && mkdir -p .migrate/templates/migration/up.sql &&
		gm_status 128 git migrate new x --flag=F 2>../err &&
		rm -r .migrate/templates .migrate/policy.yaml &&
		mkdir .migrate/policy.yaml &&
		gm_status 128 git migrate new x --flag=F 2>../err &&
		rmdir .migrate/policy.yaml &&
		: "then HEAD has it" &&
		git migrate new x --flag=F >../out &&
		gm_says migrations/20261121100000_x/up.sql ../out
	)
'

test_expect_success 'a layout that is unknown or not clear' '
	(
		shop unknown nonsense &&
		gm_status 128 git migrate new x --flag=F 2>../err &&
		gm_says "unknown layout" ../err
	) &&
	(
		shop unclear auto &&
		echo "SELECT 1;" | gm_write migrations/V1__x.sql &&
		echo "SELECT 1;" | gm_write migrations/000001_x.up.sql &&
		gm_status 128 git migrate new x --flag=F 2>../err &&
		gm_says "is not clear" ../err
	)
'

test_expect_success 'a bare repository has no place for it' '
	gm_server bare.git &&
	gm_status 128 git -C bare.git migrate new x
'

test_expect_success 'a directory that holds only a README is an empty one' '
	gm_repo readme && cd readme && gm_policy &&
	sed -i "s/layout: directory/layout: auto/" .migrate/policy.yaml &&
	mkdir migrations && echo read >migrations/README.md &&
	: >migrations/.gitkeep &&
	gm_commit "Start" &&
	git migrate new first >../out &&
	gm_says "_first/up.sql" ../out &&
	cd ..
'

test_done

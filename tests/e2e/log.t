#!/bin/sh
test_description='git migrate log'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/overview.sh"

test_expect_success 'an empty repository has nothing to list' '
	gm_repo empty &&
	git -C empty migrate log >out 2>err &&
	test_must_be_empty out &&
	gm_says "note: there are no migrations" err
'

test_expect_success 'nor has one without migrations' '
	gm_repo none &&
	( cd none && echo hi >readme && gm_commit Start && git migrate log ) \
		>out 2>err &&
	test_must_be_empty out &&
	gm_says "note: there are no migrations" err &&
	git -C none migrate log --format=json >out 2>err &&
	gm_says "\"migrations\": []" out &&
	test_must_be_empty err
'

test_expect_success 'outside of a repository there is nothing to read' '
	mkdir outside &&
	gm_status 128 git -C outside migrate log 2>err &&
	gm_says "error: " err
'

test_expect_success 'migrations come in order, with what is known of them' '
	gm_shop shop &&
	git -C shop migrate log >out 2>err &&
	test_must_be_empty err &&
	awk "{ print \$1, \$2, \$3, \$4 }" out >got &&
	cat >want <<-\EOF &&
	ID PHASE CLASS WINDOW
	20261101_add_email expand expand 2d
	20261110_fill_email backfill backfill -
	20261120_drop_mail contract contract 1d
	EOF
	test_cmp want got &&
	grep "^20261101_add_email .* 2026-11-20T10:00:00Z  Ann Lee" out &&
	grep "^20261110_fill_email .* pending  *-\$" out &&
	short=$(git -C shop rev-parse --short=8 HEAD~2) &&
	grep "^20261101_add_email .* $short 2026-" out
'

test_expect_success 'versions order numerically, not as text' '
	gm_repo order &&
	( cd order &&
	echo "SELECT 1;" | gm_write migrations/10_b/up.sql &&
	echo "SELECT 1;" | gm_write migrations/9_a/up.sql &&
	gm_commit Two && git migrate log ) >out &&
	test "$(awk "NR > 1 { print \$1 }" out | tr "\n" " ")" = "9_a 10_b "
'

test_expect_success 'another commit can be looked at' '
	git -C shop migrate log HEAD~1 >out &&
	test "$(wc -l <out)" -eq 3 &&
	gm_silent drop_mail out &&
	gm_status 128 git -C shop migrate log no-such-rev 2>err &&
	gm_says "no-such-rev" err
'

test_expect_success 'json holds the same' '
	git -C shop migrate log --format=json >out &&
	gm_says "\"version\": 1" out &&
	gm_says "\"id\": \"20261101_add_email\"" out &&
	gm_says "\"state\": \"landed\"" out &&
	gm_says "\"until\": \"2026-11-22T10:00:00Z\"" out &&
	gm_says "\"head\": \"$(git -C shop rev-parse HEAD)\"" out
'

test_expect_success 'what the upstream branch has is told apart' '
	git clone -q shop clone &&
	git -C clone migrate log >out &&
	grep "^20261110_fill_email .* upstream " out &&
	grep "^20261101_add_email .* upstream " out &&
	git -C clone fetch -q origin "refs/notes/migrate/landed:refs/notes/migrate/landed" &&
	git -C clone migrate log >out &&
	grep "^20261101_add_email .* 2026-11-20T10:00:00Z " out
'

test_expect_success 'a bare repository does as well' '
	git clone -q --mirror shop bare.git &&
	git -C shop migrate log >want &&
	git -C bare.git migrate log >got &&
	test_cmp want got
'

test_expect_success 'ids cannot speak to the terminal' '
	gm_repo evil &&
	( cd evil &&
	name=$(printf "1_a\033[31m") &&
	echo "SELECT 1;" | gm_write "migrations/$name/up.sql" &&
	gm_commit "Try" && git migrate log ) >out &&
	gm_says "1_a\\e[31m" out &&
	! grep "$(printf "\033")" out
'

test_expect_success 'SQL that cannot be read is opaque, and no error' '
	gm_repo odd &&
	( cd odd &&
	printf "SELECT \0 1;\n" | gm_write migrations/1_nul/up.sql &&
	printf "SELECT \377;\n" | gm_write migrations/2_latin/up.sql &&
	gm_commit "Odd" && git migrate log ) >out &&
	grep "^1_nul  *-  *opaque " out &&
	grep "^2_latin  *-  *opaque " out
'

test_done

#!/bin/sh
test_description='git migrate show'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/overview.sh"

test_expect_success 'set up' '
	gm_shop shop
'

test_expect_success 'everything of a landed expand' '
	git -C shop migrate show 20261101_add_email >out 2>err &&
	test_must_be_empty err &&
	gm_says "migration 20261101_add_email" out &&
	grep "^Digest:  *sha256:[0-9a-f]\{64\}\$" out &&
	grep "^Phase:  *expand (class expand)\$" out &&
	grep "^Window:  *2d\$" out &&
	grep "^Owner:  *Ann Lee <ann@example.com>\$" out &&
	grep "^Flag:  *MAIL\$" out &&
	grep "^Introduced:  *$(git -C shop rev-parse HEAD~2) " out &&
	grep "^Landed:  *2026-11-20T10:00:00Z on refs/heads/main\$" out &&
	grep "^Until:  *2026-11-22T10:00:00Z, the window is open\$" out &&
	grep "^    up  *migrations/20261101_add_email/up.sql\$" out &&
	grep "^    down  *migrations/20261101_add_email/down.sql\$" out &&
	grep "^    1:1  *expand  *ALTER TABLE: " out &&
	gm_silent "SQL:" out
'

test_expect_success 'a pending contract says when it may land' '
	git -C shop migrate show 20261120_drop_mail >out &&
	grep "^Landed:  *no\$" out &&
	grep "^Contracts:  *20261101_add_email\$" out &&
	grep "^Allowed:  *from 2026-11-22T10:00:00Z\$" out &&
	grep "^    1:1  *contract  *ALTER TABLE: " out
'

test_expect_success 'the SQL on request' '
	git -C shop migrate show --sql 20261110_fill_email >out &&
	gm_says "    UPDATE users SET email = mail;" out
'

test_expect_success 'the beginning of an id is enough' '
	git -C shop migrate show 20261120 >got &&
	git -C shop migrate show 20261120_drop_mail >want &&
	test_cmp want got
'

test_expect_success 'unless it begins more than one' '
	gm_status 128 git -C shop migrate show 202611 2>err &&
	gm_says "begins the ids of 3 migrations" err
'

test_expect_success 'a mistyped id is not found, with a guess' '
	gm_status 128 git -C shop migrate show 20261101_add_emial >out 2>err &&
	test_must_be_empty out &&
	gm_says "there is no migration" err &&
	gm_says "Did you mean '\''20261101_add_email'\''?" err &&
	gm_status 128 git -C shop migrate show zzz 2>err &&
	gm_says "git migrate log" err &&
	gm_repo empty &&
	gm_status 128 git -C empty migrate show 1 2>err &&
	gm_says "there is no migration" err &&
	gm_status 129 git -C shop migrate show 2>err
'

test_expect_success 'another commit can be looked at' '
	gm_status 128 git -C shop migrate show --at=HEAD~1 20261120_drop_mail &&
	git -C shop migrate show --at=HEAD~1 20261110_fill_email
'

test_expect_success 'json holds the same, and digests of files' '
	git -C shop migrate show --format=json --sql 20261101_add_email >out &&
	gm_says "\"id\": \"20261101_add_email\"" out &&
	gm_says "\"sql\": \"ALTER TABLE users ADD email text;\\n\"" out &&
	sum=$(sha256sum shop/migrations/20261101_add_email/up.sql) &&
	gm_says "\"sha256\": \"${sum%% *}\"" out &&
	gm_says "\"tag\": \"ALTER TABLE\"" out
'

test_expect_success 'the digest outlives a rebase and not a change' '
	git -C shop migrate show 20261120_drop_mail >before &&
	( cd shop && git checkout -q -b again HEAD~1 && echo x >x &&
	gm_commit Other && git cherry-pick main >/dev/null &&
	git migrate show 20261120_drop_mail ) >after &&
	grep ^Digest before >want && grep ^Digest after >got &&
	test_cmp want got &&
	( cd shop && echo "-- more" >>migrations/20261120_drop_mail/up.sql &&
	gm_commit More && git migrate show 20261120_drop_mail ) >after &&
	grep ^Digest after >got && ! test_cmp want got >/dev/null &&
	grep "^Changed in:" after
'

test_expect_success 'a landed migration that was edited is told' '
	( cd shop && git checkout -q main &&
	echo "ALTER TABLE users DROP COLUMN email;" \
		>migrations/20261101_add_email/down.sql &&
	gm_commit Edit && git migrate show 20261101_add_email ) >out &&
	gm_says "it landed with another digest" out
'

test_expect_success 'nothing in a file can speak to the terminal' '
	gm_repo evil &&
	( cd evil && printf -- "-- \033]0;x\007\nSELECT 1;\n" |
	gm_write migrations/1_a/up.sql &&
	gm_commit "Try" --author="$(printf "A\001 <a@example.com>")" &&
	git migrate show --sql 1_a ) >out &&
	gm_says "\\e]0;x" out &&
	! grep "$(printf "\033")" out
'

test_done

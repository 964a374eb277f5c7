# tests/e2e/overview.sh: a repository for the tests of log, show and status.
#
# gm_shop <dir>: an expand that landed yesterday with a window of two days, a
# backfill and the contract of that expand, both pending.
# shellcheck shell=sh

# gm_land <id> <phase> <at> <until>: a record as post-receive writes it.
gm_land() {
	gm_path=migrations/$1/up.sql
	gm_digest=$(git migrate show "$1" --format=json |
		sed -n 's/^  "digest": "\(.*\)",$/\1/p') &&
		git notes --ref=migrate/landed add -m "gm1 landed project=shop\
 path=$gm_path digest=$gm_digest phase=$2 class=$2 ref=refs/heads/main\
 env=* role=server signer=server at=$3 until=$4\
 nonce=00112233445566778899aabbccddeeff" "HEAD:$gm_path"
}

gm_shop() {
	gm_repo "$1" && (
		cd "$1" &&
			gm_policy </dev/null && gm_commit 'Ask for windows' &&
			echo 'ALTER TABLE users ADD email text;' |
			gm_write migrations/20261101_add_email/up.sql &&
			echo 'ALTER TABLE users DROP email;' |
			gm_write migrations/20261101_add_email/down.sql &&
			gm_commit 'Add users.email

Migration-Phase: expand
Rollback-Window: 2d
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: MAIL' &&
			echo 'UPDATE users SET email = mail;' |
			gm_write migrations/20261110_fill_email/up.sql &&
			gm_commit 'Fill users.email

Migration-Phase: backfill' &&
			echo 'ALTER TABLE users DROP mail;' |
			gm_write migrations/20261120_drop_mail/up.sql &&
			gm_commit 'Drop users.mail

Migration-Phase: contract
Migration-Contracts: 20261101_add_email
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>' &&
			gm_land 20261101_add_email expand \
				2026-11-20T10:00:00Z 2026-11-22T10:00:00Z
	)
}

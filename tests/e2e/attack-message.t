#!/bin/sh
# The numbers are those of the list of threats, part C.
test_description='attacks by what a commit says of itself'
. "$(dirname "$0")/attack.sh"

# speak <message>: a migration that declares nothing in its file, and a message
# that printf writes; the SQL is $sql.
sql='CREATE TABLE more (id bigint);'
speak() {
	# shellcheck disable=SC2059 # that is what it is for
	gm_case && echo "$sql" | gm_write migrations/20260301_more/up.sql &&
		printf "$1" >"$gm_base/message" && gm_tick && git add -A &&
		git commit -q --cleanup=verbatim -F "$gm_base/message"
}

said() {
	speak "$2" && gm_refused "$1" gm_push && return
	echo "the message was: $2"
	return 1
}

phase='Migration-Phase: expand\n'
rest='Rollback-Window: 24h\nRollback-Owner: Ann Lee <ann@example.com>\n'
rest=${rest}'Feature-Flag: none: the tests need no flag\n'

# written <message file>: a commit object with this text after the tree, as it
# stands.
written() {
	{
		echo "tree $(git write-tree)"
		echo "parent $base"
		cat "$1"
	} | git hash-object --literally -t commit -w --stdin
}

people='author Ann Lee <ann@example.com> 1795300000 +0000
committer Ann Lee <ann@example.com> 1795300000 +0000'

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup && git -C "$server" config receive.fsckObjects false &&
	gm_configuration=$(cat "$server/config")
'

test_expect_success 'controls: the same words in their place' '
	speak "Add more\n\n$phase$rest" && gm_taken gm_push &&
	speak "Add more\n\nA body.\n\n$phase${rest}Signed-off-by: A <a@b.c>\n" &&
	gm_taken gm_push
'

test_expect_success 'threat 39: trailers that are none' '
	said missing-phase "Add more\n\n$phase$rest\nBut this is the end.\n" &&
	said missing-phase "Add more\n\nSome prose.\n$phase$rest" &&
	said missing-phase "Add more\n\n  $phase$rest" &&
	said missing-phase "$phase" &&
	said missing-phase "Add more\n\n> $phase" &&
	said missing-window "Add more\n\n$phase"
'

test_expect_success 'threat 39: trailers that are some grant nothing' '
	sql="DROP TABLE users;" &&
	said phase-mismatch "Drop\n\n$phase$rest" &&
	# A sign-off makes the paragraph a block of trailers.
	said phase-mismatch "Drop\n\nProse\n$phase${rest}Signed-off-by: A <a@b.c>\n" &&
	said phase-mismatch "Drop\n\n$phase${rest}Break-Glass: T-1\n" &&
	said phase-mismatch "Drop\n\n$phase${rest}Approved-by: Root <root@example.com>\n" &&
	gm_case && gm_mixed && gm_commit "Drop

Break-Glass: T-1
Reviewed-by: Root <root@example.com>" &&
	gm_refused mixed-destructive gm_push
'

test_expect_success 'threat 40: trailers twice, folded, with CR' '
	sql="CREATE TABLE more (id bigint);" &&
	said bad-trailer "Add more\n\n$phase$phase$rest" &&
	said bad-trailer "Add more\n\n${phase}Migration-Phase: contract\n$rest" &&
	said bad-trailer "Add more\n\n${phase}MIGRATION-PHASE: contract\n$rest" &&
	said bad-trailer "Add more\n\n${phase} contract\n$rest" &&
	said bad-trailer "Add more\n\nMigration-Phase: expand\r\n$rest" &&
	said bad-trailer "Add more\n\nMigration-Phase: exp\033[8mand\n$rest" &&
	said bad-trailer "Add more\n\nMigration-Phase:\n$rest" &&
	said bad-trailer "Add more\n\nMigration-Fase: expand\n$rest" &&
	said bad-trailer "Add more\n\n${phase}Migration: 20260101_users\n$rest" &&
	gm_case && gm_expand 20260301_more && gm_commit "Add more

Migration-Phase: contract" && gm_refused bad-trailer gm_push
'

test_expect_success 'threat 40: a line of dashes' '
	said missing-phase "Add more\n\n$phase$rest---\nmore\n" &&
	said missing-phase "Add more\n\n$phase$rest\n---\n\nmore: or less\n" &&
	speak "Add more\n\n---\n\nmore\n\n$phase$rest" && gm_taken gm_push
'

test_expect_success 'threat 40: the configuration of trailers' '
	git -C "$server" config trailer.separators "=" &&
	git -C "$server" config core.commentChar M &&
	git -C "$server" config trailer.phase.key Migration-Phase &&
	kept=$gm_configuration && gm_configuration=$(cat "$server/config") &&
	speak "Add more\n\n$phase$rest" && gm_taken gm_push &&
	said missing-phase "Add more\n\nMigration-Phase= expand\n$rest" &&
	gm_configuration=$kept
'

test_expect_success 'threat 41: NUL, and other encodings' '
	gm_case && echo "$sql" | gm_write migrations/20260301_more/up.sql &&
	git add -A &&
	{ echo "$people"; echo; printf "Add more\n\n$phase$rest"; } >text &&
	good=$(written text) && gm_taken gm_push "$good:refs/heads/main" &&
	{ echo "$people"; echo; printf "Add\000more\n\n$phase$rest"; } >text &&
	bad=$(written text) && gm_refused bad-trailer gm_push \
		"$bad:refs/heads/main" &&
	{ echo "$people"; echo; printf "Add more\n\n$phase$rest\000x\n"; } >text &&
	bad=$(written text) && gm_refused bad-trailer gm_push \
		"$bad:refs/heads/main" &&
	for encoding in UTF-16 UTF-7 ISO-8859-1 IBM037
	do
		{ echo "$people"; echo "encoding $encoding"; echo
		printf "Add more\n\n$phase$rest"; } >text &&
		bad=$(written text) && gm_refused bad-trailer gm_push \
			"$bad:refs/heads/main" || return 1
	done &&
	{ echo "$people"; echo "encoding utf-8"; echo
	printf "Add more\n\n$phase$rest"; } >text &&
	good=$(written text) && gm_taken gm_push "$good:refs/heads/main"
'

test_expect_success 'threat 41: headers that are read in more than one way' '
	gm_case && gm_mixed && git add -A &&
	# Which of two trees, which parents, which message?
	{ git rev-parse "$base^{tree}" | sed "s/^/tree /"; echo "$people"; echo; echo Drop; } >text &&
	bad=$(written text) && gm_refused "" gm_push "$bad:refs/heads/main" &&
	{ echo "$people"; echo "parent $base"; echo; echo Drop; } >text &&
	bad=$(written text) && gm_refused "" gm_push "$bad:refs/heads/main" &&
	{ echo "$people"; printf "gpgsig x\n \n\n\nDrop\n"; } >text &&
	bad=$(written text) && gm_refused mixed-destructive gm_push \
		"$bad:refs/heads/main" &&
	{ echo "author nobody"; echo "committer nobody"; echo; echo Drop; } \
		>text && bad=$(written text) &&
	gm_refused "" gm_push "$bad:refs/heads/main"
'

test_expect_success 'threat 42: a mailmap, forged authors' '
	gm_case && gm_mixed && cat >.mailmap <<-EOF &&
	Root <root@example.com> <ann@example.com>
	EOF
	git -C "$server" config mailmap.blob HEAD:.mailmap &&
	gm_commit "Drop" && gm_refused mixed-destructive gm_push &&
	for who in "Root <root@example.com>" "git-migrate <>" \
		"server <server>" "Ann Lee <bob@example.com>"
	do
		gm_case && gm_mixed && gm_commit "Drop" --author="$who" &&
		gm_refused mixed-destructive gm_push || return 1
	done &&
	gm_case && gm_expand 20260301_more &&
	gm_commit "Add more" --author="Root <root@example.com>" &&
	gm_taken gm_push
'

test_expect_success 'threat 43: somebody else as co-author' '
	sql="DROP TABLE users;" &&
	said phase-mismatch "Drop\n\n$phase${rest}Co-authored-by: B <b@x>\n" &&
	sql="CREATE TABLE more (id bigint);" &&
	speak "Add more\n\n$phase${rest}Co-authored-by: Root <root@example.com>\n" &&
	gm_taken gm_push
'

test_expect_success 'threat 44: variables that name a pusher' '
	gm_case && gm_bad_commit &&
	for who in root@example.com root ""
	do
		gm_refused mixed-destructive env "REMOTE_USER=$who" \
			"GL_ID=$who" "GL_USERNAME=$who" GL_PROTOCOL=web \
			"GITEA_PUSHER_NAME=$who" "GITEA_PUSHER_EMAIL=$who" \
			GITEA_INTERNAL_PUSH=true "GITHUB_USER_LOGIN=$who" \
			"GL_USER=$who" GL_BYPASS_ACCESS_CHECKS=1 \
			SSH_ORIGINAL_COMMAND=gitea-internal \
			GIT_PUSH_CERT_STATUS=G "GIT_PUSH_CERT_SIGNER=$who" \
			GIT_PUSH_OPTION_COUNT=1 GIT_PUSH_OPTION_0=migrate.skip \
			"GIT_COMMITTER_NAME=$who" GIT_MIGRATE_SKIP=1 SKIP=1 \
			git push origin HEAD:refs/heads/main || return 1
	done &&
	git -C "$server" config receive.advertisePushOptions true &&
	gm_refused mixed-destructive git push -o migrate.enforce=warn \
		-o skip -o ci.skip origin HEAD:refs/heads/main &&
	gm_case && gm_expand 20260301_more && gm_commit "Add more" &&
	gm_taken env REMOTE_USER= GL_ID= git push origin HEAD:refs/heads/main
'

test_expect_success 'threat 45: dates in commits decide nothing' '
	gm_case && gm_expand 20260301_more "ALTER TABLE users ADD more int;" &&
	gm_clock_kept=$gm_clock && gm_clock=100000000 && gm_commit "Add more" &&
	gm_clock=$gm_clock_kept && gm_push &&
	{ gm_head contract 20260301_more
	echo "ALTER TABLE users DROP COLUMN more;"; } |
		gm_write migrations/20260401_drop/up.sql && git add -A &&
	git commit -q -m "Drop more" &&
	gm_refused contract-too-early gm_push &&
	for time in 0 4102444800 9000000000
	do
		GIT_AUTHOR_DATE="@$time +0000" GIT_COMMITTER_DATE="@$time +1400" \
			git commit -q --amend --no-edit --reset-author &&
		gm_refused contract-too-early gm_push &&
		gm_refused contract-too-early env \
			GIT_MIGRATE_NOW=2036-01-01T00:00:00Z \
			git push origin HEAD:refs/heads/main || return 1
	done &&
	gm_age "$server" && gm_taken gm_push
'

test_done

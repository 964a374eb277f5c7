# tests/e2e/attack.sh: a guarded server, and pushes that must not get through.
#
#	#!/bin/sh
#	test_description='attacks: ...'
#	. "$(dirname "$0")/attack.sh"
#
# "$server" is a bare repository with the hooks installed by `git migrate init
# --server`, "$client" a clone, which the test runs in.  main has a policy and
# two landed expand migrations whose rollback windows ended long ago.  Both
# return to that state for each gm_case.
# shellcheck shell=sh

. "$(dirname "$0")/lib.sh"

gm_lib=$gm_top/tests/lib
zero=0000000000000000000000000000000000000000
PATH=$gm_lib:$PATH
export PATH
# Sanitizers want terabytes of address space, and write files of their own.
case $BUILD in
*san* | *cov*) ;;
*) ldd "$gm_program" 2>/dev/null | grep -q -e 'lib[a-z]*san' ||
	test_set_prereq PLAIN ;;
esac
test "$(id -u)" = 0 && test_set_prereq ROOT

# gm_attack_policy <version>: the policy of the server, in the work tree.
gm_attack_policy() {
	gm_write .migrate/policy.yaml <<-POLICY
	version: $1
	project: shop
	protected: ["refs/heads/main", "refs/heads/release/*", "refs/tags/v*"]
	postgres: 15
	migrations:
	  - {path: migrations, layout: directory}
	  - {path: db/sql, layout: directory}
	app:
	  neutral: ["docs/**", "**/*.md"]
	rollback_window: {minimum: 24h, owner: required, flag: required}
	POLICY
}

# gm_head <phase> [<id of the expand>]: what a migration has to declare.
gm_head() {
	echo "-- Migration-Phase: $1"
	echo '-- Rollback-Window: 24h'
	echo '-- Rollback-Owner: Ann Lee <ann@example.com>'
	echo '-- Feature-Flag: none: the tests need no flag'
	test -z "$2" || echo "-- Migration-Contracts: $2"
}

# gm_expand <id> [<SQL>]: a migration that is fine, in the work tree.
gm_expand() {
	{
		gm_head expand
		echo "${2:-CREATE TABLE t${1%%_*} (id bigint);}"
	} | gm_write "migrations/$1/up.sql"
	echo "${3:-DROP TABLE t${1%%_*};}" |
		gm_write "migrations/$1/down.sql"
}

# gm_contract <id> [<SQL>]: one that takes something away, and may.
gm_contract() {
	{
		gm_head contract 20260102_name
		echo "${2:-ALTER TABLE users DROP COLUMN name;}"
	} | gm_write "migrations/$1/up.sql"
}

# gm_mixed: a destructive migration and an app change, in the work tree.
gm_mixed() {
	gm_contract 20260301_mixed
	echo mixed >>app.py
}

# gm_bad_commit: what main must never get, as a commit on top of HEAD.
gm_bad_commit() {
	gm_mixed && gm_commit 'Drop the name'
}

gm_refs() {
	git -C "$server" for-each-ref
}

# gm_age <server>: let all rollback windows have ended long ago.
gm_age() {
	git -C "$1" notes --ref=migrate/landed list >"$gm_base/notes" &&
		while read -r gm_note gm_object; do
			git -C "$1" cat-file blob "$gm_note" |
				sed -e 's/ at=[^ ]*/ at=2026-01-01T00:00:00Z/' \
					-e 's/ until=[^ ]*/ until=2026-01-02T00:00:00Z/' \
					>"$gm_base/note" &&
				git -C "$1" notes --ref=migrate/landed add -f -C \
					"$(git -C "$1" hash-object -w "$gm_base/note")" \
					"$gm_object" 2>/dev/null || return 1
		done <"$gm_base/notes"
}

# gm_bare <dir>: a server with the hooks, and nothing in it.
gm_bare() {
	gm_server "$1" && git -C "$1" migrate init --server --project=shop \
		>"$gm_base/init.out" 2>&1 &&
		git -C "$1" config migrate.deadline 60000
}

gm_attack_setup() {
	server=$PWD/server.git
	client=$PWD/client
	gm_bare "$server" && gm_repo "$client" && cd "$client" &&
		git remote add origin "$server" && gm_attack_policy 1 &&
		gm_expand 20260101_users 'CREATE TABLE users (id bigint);' \
			'DROP TABLE users;' &&
		gm_expand 20260102_name 'ALTER TABLE users ADD name text;' \
			'ALTER TABLE users DROP name;' &&
		echo 'print()' >app.py && gm_commit 'Begin' &&
		git push -q origin main && gm_age "$server" &&
		base=$(git rev-parse HEAD) || return 1
	gm_kept=$(gm_refs)
	gm_configuration=$(cat "$server/config")
}

# gm_case: client and server as gm_attack_setup left them, on branch "work".
gm_case() {
	cd "$client" && git checkout -q -f -B work "$base" &&
		git clean -q -ffdx && gm_restore
}

# gm_restore: the server alone.
gm_restore() {
	printf '%s\n' "$gm_configuration" >"$server/config"
	rm -f "$server/shallow" "$server/info/attributes" "$server/info/grafts"
	test "$(gm_refs)" = "$gm_kept" && return
	gm_refs | sed -n 's/^.*	/delete /p' |
		git -C "$server" update-ref --no-deref --stdin &&
		printf '%s\n' "$gm_kept" |
		sed -n 's/^\([0-9a-f]*\) [a-z]*	\(.*\)/create \2 \1/p' |
			git -C "$server" update-ref --stdin
}

# gm_clean <file>: no byte a terminal would act on?
gm_clean() {
	LC_ALL=C grep -q -e "[$(printf '\001-\010\013-\037\177')]" "$1" ||
		return 0
	echo "control bytes in $1:"
	cat -v "$1"
	return 1
}

# gm_refused <text> <command>...: the command pushes, our hook refuses, and
# says the text; nothing moves; nothing it prints is raw.
gm_refused() {
	gm_want=$1
	shift
	gm_before=$(gm_refs)
	if "$@" >"$gm_base/out" 2>&1 </dev/null; then
		echo "accepted: $*"
		cat "$gm_base/out"
		return 1
	fi
	test "$(gm_refs)" = "$gm_before" || {
		echo "a ref moved: $*"
		return 1
	}
	gm_says 'pre-receive hook declined' "$gm_base/out" &&
		gm_says "$gm_want" "$gm_base/out" && gm_clean "$gm_base/out"
}

# gm_taken <command>...: the command pushes and the server takes it.  The
# server is then as before.
gm_taken() {
	"$@" >"$gm_base/out" 2>&1 </dev/null || {
		echo "refused: $*"
		cat "$gm_base/out"
		return 1
	}
	gm_clean "$gm_base/out" && gm_restore
}

# gm_push [<refspec>...]: push HEAD to main, or what is said.
gm_push() {
	test $# -gt 0 || set -- HEAD:refs/heads/main
	git push origin "$@"
}

# gm_history <branch> <n> <path>: that many commits on top of the base, each
# of which changes one file below the path.
gm_history() {
	awk -v base="$base" -v branch="$1" -v n="$2" -v path="$3" 'BEGIN {
		for (i = 0; i < n; i++) {
			print "commit refs/heads/" branch
			print "committer A <a@example.com>", 1795300000 + i, "+0000"
			print "data 2\nx"
			if (!i)
				print "from " base
			print "M 100644 inline " path "/" i % 40 "/note"
			text = "" i
			print "data " length(text) + 1 "\n" text
		}
	}' | git fast-import --quiet --force
}

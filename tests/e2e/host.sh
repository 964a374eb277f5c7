# tests/e2e/host.sh: a server with an account of its own, and its users.
#
#	#!/bin/sh
#	test_description='a host: ...'
#	. "$(dirname "$0")/host.sh"
#	gm_host_needs sshd openssh-server ...
#	gm_host
#
# "$host" is the home of the account that serves: as root an ordinary one of
# the system, else whoever runs the test.  The program lies in its bin/.
# "$host/shop.git" is guarded, and has on main the policy that gm_host_policy
# writes.  "$client" is the work tree of ann@example.com.
# shellcheck shell=sh

. "$(dirname "$0")/lib.sh"

host=$gm_base/host
client=$gm_base/client
# The clock of a server is what it is.
unset GIT_MIGRATE_NOW
# Daemons are there, but not where users look.
PATH=$PATH:/usr/sbin
export PATH

# gm_host_needs <program> <package>...: skip all where one is not installed.
gm_host_needs() {
	while test $# -gt 1; do
		if ! command -v "$1" >/dev/null; then
			skip_all="$1 is not installed (package $2)"
			test_done
		fi
		shift 2
	done
}

# gm_host_login: skip all where whoever runs the tests cannot log in.
gm_host_login() {
	test "$(id -u)" = 0 && return
	case $(getent passwd "$(id -un)") in
	*sh) return ;;
	esac
	skip_all="$(id -un) has no shell that sshd could run"
	test_done
}

gm_host_user=
gm_host_account() {
	gm_host_user=$(id -un)
	test "$(id -u)" = 0 || return 0
	# sshd runs the shell of the account, and most have none; that of
	# PostgreSQL has, and no person behind it.
	gm_host_user=$(getent passwd postgres; getent passwd) &&
		gm_host_user=$(echo "$gm_host_user" | awk -F : \
			'$3 > 0 && $7 ~ /\/(ba|da|z)?sh$/ { print $1; exit }')
	if test -z "$gm_host_user"; then
		skip_all='there is no account but root that has a shell'
		test_done
	fi
	chmod 711 "$gm_base" && chown "$gm_host_user" "$host"
}

# gm_host_run <command>...: run it as the host's account, with its environment.
gm_host_run() {
	if test "$(id -u)" = 0; then
		set -- setpriv --reuid="$gm_host_user" \
			--regid="$(id -g "$gm_host_user")" --clear-groups "$@"
	fi
	(cd "$host" && env -i HOME="$host" PATH="$host/bin:$PATH" \
		GIT_CONFIG_NOSYSTEM=1 LSAN_OPTIONS="$LSAN_OPTIONS" "$@")
}

# gm_host_file <path> [<mode>]: standard input into a file of the account.
gm_host_file() {
	gm_host_run mkdir -p "$(dirname "$1")" &&
		gm_host_run sh -c 'cat >"$1" && chmod "$2" "$1"' sh "$1" \
			"${2-644}"
}

# gm_host: make the account, its program, and the users' keys.
gm_host() {
	mkdir "$host" && gm_host_account || exit
	gm_host_file "$host/bin/git-migrate" 755 <"$gm_program" &&
		gm_host_file "$host/bin/git-migrate-full" 755 <"$gm_program-full" &&
		gm_host_file "$host/.gitconfig" <"$HOME/.gitconfig"
	if ! gm_host_run git migrate --version >/dev/null; then
		skip_all="$gm_host_user cannot reach $host"
		test_done
	fi
	gm_keys || exit
}

# gm_keys: the users' keys.
gm_keys() {
	for gm_name in ann bob; do
		ssh-keygen -q -t ed25519 -N '' -C "$gm_name@example.com" \
			-f "$gm_base/$gm_name" || return 1
	done
}

# gm_host_sshd <authorized keys>: an sshd of the account, and the users' side of
# it, as the host "host".  It answers on a pipe: `sshd -i` is what inetd runs.
gm_host_sshd() {
	ssh-keygen -q -t ed25519 -N '' -f "$gm_base/hostkey" &&
		gm_host_file "$host/hostkey" 600 <"$gm_base/hostkey" || return 1
	gm_host_file "$host/sshd_config" <<-CONFIG || return 1
	HostKey $host/hostkey
	AuthorizedKeysFile $1
	StrictModes no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	UsePAM no
	PidFile none
	SetEnv HOME=$host PATH=$host/bin:$PATH GIT_CONFIG_NOSYSTEM=1
	CONFIG
	gm_role=
	test "$(id -u)" = 0 && gm_role="setpriv --reuid=$gm_host_user\
 --regid=$(id -g "$gm_host_user") --clear-groups"
	echo "host $(cut -d ' ' -f 1,2 "$gm_base/hostkey.pub")" \
		>"$gm_base/known_hosts" &&
		cat >"$gm_base/ssh_config" <<-CONFIG
		Host host
		User $gm_host_user
		IdentitiesOnly yes
		IdentityAgent none
		UserKnownHostsFile $gm_base/known_hosts
		BatchMode yes
		LogLevel ERROR
		ProxyCommand $gm_role $(command -v sshd) -i -f $host/sshd_config -E $host/log
		CONFIG
}

# gm_as <user> <command>...: run it where git's ssh has the key of that user.
gm_as() {
	gm_name=$1
	shift
	GIT_SSH_COMMAND="ssh -F $gm_base/ssh_config -i $gm_base/$gm_name" "$@"
}

# gm_host_policy: the policy, and who may sign, in the work tree.
gm_host_policy() {
	gm_policy <<-\POLICY &&
	roles:
	  dba: [ann@example.com, bob@example.com]
	people:
	  ann@example.com: [ann]
	  bob@example.com: [bob]
	approvals:
	  contract: {need: {dba: 1}, exclude_pusher: true}
	POLICY
	for gm_name in ann bob; do
		printf '%s namespaces="approval@git-migrate" ' \
			"$gm_name@example.com" &&
			cut -d ' ' -f 1,2 "$gm_base/$gm_name.pub" || return 1
	done >.migrate/allowed_signers
}

# gm_host_client <url>: the work tree, with the first policy; push it.
gm_host_client() {
	gm_repo "$client" &&
		(
			cd "$client" &&
				git config gpg.format ssh &&
				git config user.signingkey "$gm_base/ann.pub" &&
				git remote add origin "$1" &&
				gm_host_policy &&
				gm_commit 'Add the migration policy'
		) && gm_as ann git -C "$client" push origin main
}

# gm_host_sql <id> <phase> <SQL>: a migration in the work tree.
gm_host_sql() {
	gm_write "migrations/$1/up.sql" <<-SQL
	-- Migration-Phase: $2
	-- Rollback-Window: 24h
	-- Rollback-Owner: Ann Lee <ann@example.com>
	-- Feature-Flag: none: the tests need no flag
	${4--- Migration-Contracts: none: older than the tool}
	$3
	SQL
	echo 'SELECT 1;' >"migrations/$1/down.sql"
}

# gm_host_tip <ref>: what the server has there.
gm_host_tip() {
	gm_host_run git -C shop.git rev-parse "$1"
}

# gm_host_judges: tests of what every host must do.  gm_as <user> <command>
# pushes as that user.
gm_host_judges() {
	test_expect_success 'a good push lands' '
		(
			cd "$client" &&
			gm_host_sql 20260901000000_fax expand \
				"CREATE TABLE fax (n text);" &&
			gm_commit "Add the fax" &&
			gm_as bob git push origin main &&
			gm_as bob git fetch -q origin \
				"refs/notes/migrate/*:refs/notes/migrate/*" &&
			git notes --ref=migrate/landed show \
				HEAD:migrations/20260901000000_fax/up.sql
		) >note &&
		gm_says "gm1 landed project=shop" note &&
		test "$(gm_tip "$client" HEAD)" = "$(gm_host_tip refs/heads/main)"
	'

	test_expect_success 'a mixed push is refused, and the client sees why' '
		tip=$(gm_host_tip refs/heads/main) &&
		(
			cd "$client" &&
			gm_host_sql 20261001000000_telex contract \
				"DROP TABLE telex;" &&
			echo "no telex" | gm_write app.c &&
			gm_commit "Drop the telex" &&
			test_must_fail gm_as ann git push origin main
		) 2>err &&
		gm_says "remote: " err &&
		gm_says mixed-destructive err &&
		gm_says "push refused; nothing was changed" err &&
		test "$tip" = "$(gm_host_tip refs/heads/main)" &&
		git -C "$client" reset -q --hard HEAD^
	'

	test_expect_success 'a contract without an approval is refused' '
		(
			cd "$client" &&
			gm_host_sql 20261001000000_telex contract \
				"DROP TABLE telex;" &&
			gm_commit "Drop the telex" &&
			gm_as ann git push -q origin HEAD:refs/heads/topic &&
			test_must_fail gm_as ann git push origin main
		) 2>err &&
		gm_says unapproved err &&
		gm_says "git migrate approve" err
	'

	test_expect_success 'whose push it is cannot approve it' '
		(
			cd "$client" &&
			git migrate approve -y --role dba 20261001000000_telex &&
			gm_as ann git push origin refs/notes/migrate/approvals &&
			test_must_fail gm_as ann git push origin main
		) 2>err &&
		gm_says unapproved err &&
		gm_says "approve by ann@example.com (dba): " err
	'

	test_expect_success 'the approval of another counts' '
		(
			cd "$client" &&
			git -c user.signingkey="$gm_base/bob.pub" \
				-c user.email=bob@example.com \
				migrate approve -y --role dba \
				20261001000000_telex &&
			gm_as bob git push origin refs/notes/migrate/approvals &&
			gm_as ann git push origin main
		) &&
		test "$(gm_tip "$client" HEAD)" = "$(gm_host_tip refs/heads/main)"
	'
}

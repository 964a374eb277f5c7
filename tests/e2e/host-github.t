#!/bin/sh
test_description='a host: GitHub Enterprise Server, as it calls hooks'
. "$(dirname "$0")/host_calls.sh"

# The environment is a directory to chroot into, which only root can.
if test "$(id -u)" != 0; then
	skip_all='only root can chroot'
	test_done
fi
case $BUILD in
*san* | *cov*)
	skip_all='such a build needs more than its libraries'
	test_done
	;;
esac
cage=$gm_base/cage
export cage

# proc <command>...: with /proc and /dev/fd in the cage, where that can be.
if unshare --mount sh -c 'mount -t proc proc /proc' 2>/dev/null; then
	proc() {
		unshare --mount sh -c '
			mount -t proc proc "$cage/proc" && exec "$@"' sh "$@"
	}
	test_set_prereq PROC
else
	proc() { "$@"; }
fi

# Stands in for the appliance: each push runs the script in the environment,
# with an environment of its own, where the repository is seen as well.
gm_hook "$gm_base/call" <<\CALL
#!/bin/sh
inside() {
	printf %s "$1" | sed "s|$cage||g"
}
exec timeout 5 env -i GIT_DIR=/repo.git \
	GITHUB_USER_LOGIN="$GITHUB_USER_LOGIN" GITHUB_USER_IP=192.0.2.1 \
	GITHUB_REPO_NAME=team/shop GITHUB_REPO_PUBLIC=false \
	GITHUB_VIA="$GITHUB_VIA" \
	${GIT_OBJECT_DIRECTORY:+GIT_OBJECT_DIRECTORY="$(inside "$GIT_OBJECT_DIRECTORY")"} \
	${GIT_OBJECT_DIRECTORY:+GIT_ALTERNATE_OBJECT_DIRECTORIES=/repo.git/objects} \
	${GIT_OBJECT_DIRECTORY:+GIT_QUARANTINE_PATH="$(inside "$GIT_QUARANTINE_PATH")"} \
	"$(command -v chroot)" "$cage" \
	/bin/sh -c 'cd /repo.git && exec /hook 2>/dev/null'
CALL

gm_as() {
	GITHUB_USER_LOGIN=$1
	export GITHUB_USER_LOGIN
	shift
	proc "$@"
}

test_expect_success 'the environment' '
	gm_status 129 "$hosts/github/environment" 2>err &&
	gm_says usage: err &&
	"$hosts/github/environment" --project shop --recorder recorder \
		env.tar.gz &&
	mkdir "$cage" && tar -C "$cage" -xzf env.tar.gz &&
	test -z "$(find "$cage" -type l)" &&
	chroot "$cage" /usr/local/bin/git-migrate --version &&
	git config --file "$cage/etc/gitconfig" migrate.deadline >deadline &&
	test "$(cat deadline)" -lt 5000
'

test_expect_success 'the hook, and the first policy' '
	cp "$hosts/github/pre-receive" "$cage/hook" &&
	ln -s /proc/self/fd "$cage/dev/fd" &&
	git init -q --bare "$cage/repo.git" && ln -s "$cage/repo.git" shop.git &&
	ln -s "$gm_base/call" shop.git/hooks/pre-receive &&
	gm_host_client "$cage/repo.git" 2>err &&
	gm_says "remote: note: first policy" err
'

test_expect_success 'an expand lands, and waits to be recorded' '
	(
		cd "$client" &&
		gm_host_sql 20260901000000_fax expand \
			"CREATE TABLE fax (n text);" &&
		gm_commit "Add the fax" && gm_as bob git push origin main
	) &&
	test_must_fail git -C shop.git rev-parse refs/notes/migrate/landed
'

test_expect_success 'the recorder does that, and nobody else can' '
	test_must_fail gm_as ann "$hosts/record" clone.git "$cage/repo.git" \
		shop 2>err &&
	gm_says "only the server writes what has landed" err &&
	gm_as recorder "$hosts/record" clone.git "$cage/repo.git" shop &&
	git -C shop.git notes --ref=migrate/landed show \
		main:migrations/20260901000000_fax/up.sql >note &&
	gm_says "gm1 landed project=shop" note &&
	tip=$(gm_host_tip refs/notes/migrate/landed) &&
	gm_as recorder "$hosts/record" clone.git "$cage/repo.git" shop &&
	test "$tip" = "$(gm_host_tip refs/notes/migrate/landed)" &&
	gm_status 129 "$hosts/record" x 2>err
'

test_expect_success 'nor can the recorder take records away' '
	git -C clone.git commit-tree -m none $(git -C clone.git mktree </dev/null) \
		>none &&
	test_must_fail gm_as recorder git -C clone.git push --force \
		"$cage/repo.git" "$(cat none):refs/notes/migrate/landed" 2>err &&
	gm_says records-rewritten err
'

test_expect_success 'the windows begin with the record' '
	(
		cd "$client" &&
		gm_host_sql 20260902000000_nofax contract "DROP TABLE fax;" \
			"-- Migration-Contracts: 20260901000000_fax" &&
		gm_commit "Drop the fax" &&
		test_must_fail gm_as bob git push origin main
		git reset -q --hard HEAD^
	) 2>err &&
	gm_says contract-too-early err &&
	gm_says "is open for another" err
'

test_expect_success 'a mixed push is refused, and the client sees why' '
	(
		cd "$client" &&
		gm_host_sql 20261001000000_telex contract "DROP TABLE telex;" &&
		echo "no telex" | gm_write app.c && gm_commit "Drop the telex" &&
		GITHUB_VIA="pull request merge button" && export GITHUB_VIA &&
		test_must_fail gm_as ann git push origin main
		git reset -q --hard HEAD^
	) 2>err &&
	gm_says mixed-destructive err &&
	gm_says "push refused; nothing was changed" err
'

test_expect_success PROC 'whose push it is cannot approve it, another can' '
	(
		cd "$client" &&
		gm_host_sql 20261001000000_telex contract "DROP TABLE telex;" &&
		gm_commit "Drop the telex" &&
		gm_as ann git push -q origin HEAD:refs/heads/topic &&
		git migrate approve -y --role dba 20261001000000_telex &&
		gm_as ann git push origin refs/notes/migrate/approvals &&
		test_must_fail gm_as ann git push origin main &&
		gm_as bob git push origin main
	) 2>err &&
	gm_says "its signer pushes the change" err &&
	test "$(gm_tip "$client" HEAD)" = "$(gm_host_tip refs/heads/main)"
'

test_done

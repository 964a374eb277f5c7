#!/bin/sh
test_description='a host: GitLab, as Gitaly calls hooks'
. "$(dirname "$0")/host_calls.sh"

# Stands in for `gitaly hooks set`: puts the archive in place of custom_hooks.
gm_hook "$gm_base/bin/gitaly" <<\GITALY
#!/bin/sh
test "$1 $2 $3 $4 $5" = "hooks set --storage default --repository" || exit 1
repo=$ROOT/$6
test "$7 $8" = "--config config.toml" || exit 1
rm -rf "$repo/custom_hooks" && tar -C "$repo" -xf -
GITALY

# Stands in for gitaly-hooks, where Gitaly leads core.hooksPath: the project's
# hooks, then those of all, each with the same input, in an environment of
# their own that names the quarantine but not GIT_QUARANTINE_PATH; the first
# that fails ends it.
gm_hook "$gm_base/gitaly/pre-receive" <<\HOOK
#!/bin/sh
name=${0##*/}
input=$(cat)
cd "$REPO" || exit 1
for hook in "$REPO/custom_hooks/$name" "$REPO/custom_hooks/$name.d"/*; do
	case $hook in *~) continue ;; esac
	test -f "$hook" && test -x "$hook" || continue
	printf '%s\n' "$input" | env -i HOME="$HOME" PATH="$PATH" \
		LANG=en_US.UTF-8 GIT_DIR="$REPO" \
		${GIT_OBJECT_DIRECTORY:+GIT_OBJECT_DIRECTORY="$REPO/${GIT_OBJECT_DIRECTORY##*.git/}"} \
		${GIT_OBJECT_DIRECTORY:+GIT_ALTERNATE_OBJECT_DIRECTORIES="$REPO/objects"} \
		${OLD:+GIT_CONFIG_PARAMETERS="$GIT_CONFIG_PARAMETERS"} \
		GL_REPOSITORY=project-7 GL_PROJECT_PATH=team/shop \
		GL_ID=user-2 GL_USERNAME="$GL_USERNAME" \
		GL_PROTOCOL="${GL_PROTOCOL:-ssh}" "$hook" || exit
done
HOOK
cp "$gm_base/gitaly/pre-receive" "$gm_base/gitaly/post-receive"

REPO=$gm_base/root/@hashed/6b/86/6b86b273.git
ROOT=$gm_base/root
GL_USERNAME=
OLD=
export REPO ROOT GL_USERNAME OLD

# gm_as <user> <command>...: a push of that user.
gm_as() {
	GL_USERNAME=$1
	shift
	cat >"$gm_base/receive" <<-SCRIPT &&
	#!/bin/sh
	exec git -c core.hooksPath=$gm_base/gitaly receive-pack "\$@"
	SCRIPT
	chmod +x "$gm_base/receive" &&
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.receivepack \
		GIT_CONFIG_VALUE_0=$gm_base/receive "$@"
}

test_expect_success 'it is guarded, beside hooks that are there' '
	git init -q --bare "$REPO" &&
	ln -s "$REPO" shop.git &&
	printf "#!/bin/sh\ncat >>%s/theirs\n" "$gm_base" |
	gm_hook "$REPO/custom_hooks/pre-receive.d/theirs" &&
	"$hosts/gitlab/install" --root "$ROOT" --config config.toml \
		"@hashed/6b/86/6b86b273.git" shop >out &&
	gm_silent "^fail" out &&
	gm_says "custom_hooks/pre-receive.d/pre-receive" out &&
	test -x "$REPO/custom_hooks/pre-receive.d/theirs" &&
	gm_status 129 "$hosts/gitlab/install" 2>err &&
	gm_says usage: err &&
	gm_status 129 "$hosts/gitlab/install" --roof x y 2>err
'

test_expect_success 'the first policy gets there' '
	gm_host_client "$REPO" 2>err &&
	gm_says "remote: note: first policy" err &&
	gm_says refs/heads/main "$gm_base/theirs"
'

gm_host_judges

test_expect_success 'each line is for its pages, and there are twenty at most' '
	(
		cd "$client" && git checkout -q -b many &&
		for n in 1 2 3 4 5 6 7 8 9
		do
			gm_host_sql 2026100200000${n}_t$n contract \
				"DROP TABLE t$n;" && echo $n | gm_write app.c &&
			gm_commit "Drop $n" || return 1
		done &&
		OLD=yes && GL_PROTOCOL=web && export GL_PROTOCOL &&
		test_must_fail gm_as bob git push origin many:main
	) 2>err &&
	sed -n "s/^remote: //p" err >lines &&
	gm_says "GL-HOOK-ERR: " lines &&
	test "$(grep -c "^GL-HOOK-ERR: " lines)" = 20 &&
	test "$(grep -c -v "^GL-HOOK-ERR: " lines)" = 0 &&
	gm_says mixed-destructive lines
'

test_expect_success 'with a recorder it records nothing itself' '
	git -C "$REPO" config migrate.recorder robot &&
	"$hosts/gitlab/install" --root "$ROOT" --config config.toml \
		"@hashed/6b/86/6b86b273.git" shop >out &&
	gm_says "what has landed is pushed by robot" out &&
	! test -e "$REPO/custom_hooks/post-receive.d/post-receive" &&
	test -x "$REPO/custom_hooks/pre-receive.d/pre-receive"
'

# The hooks look where it is usually installed, too.
ls /usr/local/bin/git-migrate /usr/bin/git-migrate /bin/git-migrate \
	>/dev/null 2>&1 || test_set_prereq NOWHERE
test_expect_success NOWHERE 'what it cannot run refuses' '
	(
		cd "$client" && git checkout -q main &&
		gm_commit "Nothing" --allow-empty &&
		mv "$gm_base/bin/git-migrate" "$gm_base/bin/gone" &&
		test_must_fail gm_as bob git push origin main
		mv "$gm_base/bin/gone" "$gm_base/bin/git-migrate"
	) 2>err &&
	gm_says "GL-HOOK-ERR: " err &&
	gm_says "git-migrate: " err
'

test_done

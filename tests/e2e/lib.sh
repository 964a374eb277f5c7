# tests/e2e/lib.sh: what every end-to-end test starts with.
#
#	#!/bin/sh
#	test_description='git migrate init'
#	. "$(dirname "$0")/lib.sh"
#	test_expect_success 'it works' '...'
#	test_done
#
# A test runs in an empty directory of its own with a HOME of its own, the
# built program on PATH as `git migrate`, one identity, fixed dates, and
# nothing of the user's or the system's git configuration.  BUILD names the
# build directory, from the top of the tree or absolute.
# shellcheck shell=sh

gm_e2e=$(cd "$(dirname "$0")" && pwd -P) || exit 1
gm_top=$(cd "$gm_e2e/../.." && pwd -P) || exit 1
case ${BUILD:=build} in
/*) gm_program=$BUILD/git-migrate ;;
*) gm_program=$gm_top/$BUILD/git-migrate ;;
esac
if ! test -x "$gm_program"; then
	echo "Bail out! $gm_program is not built; run make first"
	exit 1
fi

for gm_name in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\)=.*/\1/p'); do
	unset "$gm_name"
done
unset XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR GNUPGHOME SSH_AUTH_SOCK

gm_base=$(mktemp -d "${TMPDIR:-/tmp}/git-migrate-e2e.XXXXXX") || exit 1
gm_base=$(cd "$gm_base" && pwd -P) || exit 1
export SHARNESS_TEST_DIRECTORY="$gm_base" SHARNESS_BUILD_DIRECTORY="$gm_base/bin"
mkdir "$gm_base/bin" "$gm_base/home" &&
	ln -s "$gm_program" "$gm_base/bin/git-migrate" || exit 1

. "${SHARNESS_TEST_SRCDIR:-/usr/share/sharness}/sharness.sh"

# The directory goes with the trash that sharness removes inside of it.
test -n "${remove_trash-}" && remove_trash=$gm_base

HOME=$gm_base/home
GIT_CONFIG_NOSYSTEM=1
GIT_CEILING_DIRECTORIES=$gm_base
GIT_TERMINAL_PROMPT=0
GIT_EDITOR=:
GIT_MIGRATE_NOW=2026-11-21T10:00:00Z
export HOME GIT_CONFIG_NOSYSTEM GIT_CEILING_DIRECTORIES GIT_TERMINAL_PROMPT \
	GIT_EDITOR GIT_MIGRATE_NOW

cat >"$HOME/.gitconfig" <<\CONFIG || exit 1
[user]
	name = Ann Lee
	email = ann@example.com
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[gc]
	auto = 0
[protocol "file"]
	allow = always
CONFIG

# libgit2 1.5 does not free what it matches expressions in a configuration
# with (git_remote_list); only builds with a leak detector read this.
echo 'leak:libpcre2' >"$gm_base/lsan" || exit 1
LSAN_OPTIONS=suppressions=$gm_base/lsan:print_suppressions=0
export LSAN_OPTIONS

# gm_tick: a minute passes between two commits.
gm_clock=1795248000
gm_tick() {
	gm_clock=$((gm_clock + 60))
	GIT_AUTHOR_DATE="$gm_clock +0100"
	GIT_COMMITTER_DATE="$gm_clock +0000"
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}
gm_tick

# gm_repo <dir> [<option>...]: a new repository with a work tree.
gm_repo() {
	gm_dir=$1
	shift
	git init -q "$@" "$gm_dir"
}

# gm_server <dir> [<option>...]: a new bare repository.
gm_server() {
	gm_dir=$1
	shift
	git init -q --bare "$@" "$gm_dir"
}

# gm_write <path>: standard input into a file, with the directories above it.
gm_write() {
	mkdir -p "$(dirname "$1")" && cat >"$1"
}

# gm_hook <path>: standard input into an executable file.
gm_hook() {
	gm_write "$1" && chmod +x "$1"
}

# gm_commit <message> [<git commit option>...]: commit all there is in the
# work tree; the message may have more paragraphs.  The hooks of the
# the repository run.
gm_commit() {
	gm_message=$1
	shift
	gm_tick
	git add -A && printf '%s\n' "$gm_message" | git commit -q "$@" -F -
}

# gm_policy: a policy for the tests of a repository, in the work tree.  Lines
# on standard input stand behind it.
gm_policy() {
	gm_write .migrate/policy.yaml <<-\POLICY &&
	version: 1
	project: shop
	protected: ["refs/heads/main"]
	postgres: 15
	migrations:
	  - {path: migrations, layout: directory}
	app:
	  neutral: ["docs/**", "**/*.md"]
	rollback_window: {minimum: 24h, owner: required, flag: required}
	POLICY
	cat >>.migrate/policy.yaml
}

# gm_tip <dir> <ref>: what a ref of another repository points at, or "none".
gm_tip() {
	git -C "$1" rev-parse -q --verify "$2" || echo none
}

# gm_says <text> <file>: does the file hold this text, as it stands?
gm_says() {
	grep -F -q -e "$1" "$2" && return 0
	echo "no '$1' in $2:"
	cat "$2"
	return 1
}

# gm_silent <text> <file>: the opposite.
gm_silent() {
	! grep -F -e "$1" "$2"
}

# gm_status <expected> <command>...: run it and compare the exit status.
gm_status() {
	gm_want=$1
	shift
	"$@"
	gm_got=$?
	test "$gm_got" = "$gm_want" && return 0
	echo "exit status $gm_got, not $gm_want: $*"
	return 1
}

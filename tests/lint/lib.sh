# tests/lint/lib.sh: TAP for the lint tests, which are plain sh.
#
#	. "$(dirname "$0")/lib.sh"
#	empty 'no tabs in names' "$(find . -name '*	*')"
#	finish
#
# Runs at the top of the tree; $tmp is a directory that is removed at the
# end.
# shellcheck shell=sh

cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/git-migrate-lint.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
case ${BUILD:=build} in
/*) build=$BUILD ;;
*) build=$PWD/$BUILD ;;
esac
program=$build/git-migrate
count=0

# result <name> <text>: passes when the text is empty, else shows it.
empty() {
	count=$((count + 1))
	if test -z "$2"; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

finish() {
	echo "1..$count"
}

# sources: all C files of the program.
sources() {
	find src -name '*.[ch]' | LC_ALL=C sort
}

# tree: all files but git's own and what was built.
tree() {
	find . -type f ! -path './.git/*' ! -path './build*' ! -name config.mak |
		sed 's|^\./||' | LC_ALL=C sort
}

# commands: what commands.def lists; shown: those that help lists.
commands() {
	sed -n 's/^GM_CMD(\([a-z_]*\))$/\1/p' src/cmd/commands.def
}
shown() {
	"$program" help --list
}

# build_needed: without the program nothing of this can be tested.
build_needed() {
	test -x "$program" && return
	echo "Bail out! $program is not built; run make first"
	exit 1
}

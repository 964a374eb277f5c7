# tests/bench/lib.sh: what every benchmark starts with.
#
# A benchmark prints ratios against a reference measured in the same run.  It
# works in a directory of its own, which is removed at the end.
# shellcheck shell=sh

set -eu
bench=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$bench/../.." && pwd -P)
build=${BUILD:-build}
case $build in /*) ;; *) build=$top/$build ;; esac
if ! test -x "$build/git-migrate"; then
	echo "error: $build/git-migrate is not built; run 'make'" >&2
	exit 1
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/git-migrate-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
HOME=$dir PATH=$build:$PATH GIT_CONFIG_NOSYSTEM=1
export HOME PATH GIT_CONFIG_NOSYSTEM
git config --global user.name "Ann Lee"
git config --global user.email ann@example.com
git config --global init.defaultBranch main
git config --global gc.auto 0

# make_history <dir> <commits> <migrations>
make_history() {
	git init -q --bare "$1"
	"$bench/history" "$2" "$3" | git -C "$1" fast-import --quiet
	git -C "$1" symbolic-ref HEAD refs/heads/main
}

#!/bin/sh
# check --all against git log -p over the migrations, and how it grows.
# BENCH_REPO=<path> and BENCH_PATH=<directory> measure a repository of yours.
. "$(dirname "$0")/lib.sh"

# compare <repository> <migrations directory>
compare() {
	"$bench/measure" --memory 64 \
		"check --all=git -C '$1' migrate check --all" \
		"git log -p=git -C '$1' log -p --format=%H -- '$2'"
}

if test -n "${BENCH_REPO-}"; then
	compare "$BENCH_REPO" "${BENCH_PATH:-migrations}"
	exit
fi

echo "20,000 commits, 500 migrations:"
make_history "$dir/repo" 20000 500
compare "$dir/repo" migrations

echo "80,000 commits, 2,000 migrations, against 16 times 5,000 and 125:"
make_history "$dir/large" 80000 2000
make_history "$dir/small" 5000 125
"$bench/measure" --runs 3 \
	"one of 80,000=git -C '$dir/large' migrate check --all" \
	"16 of 5,000=for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		git -C '$dir/small' migrate check --all; done"

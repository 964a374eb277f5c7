#!/bin/sh
# 300 small migrations against one psql for each file, and against sqitch
# where it is installed; a backfill against one UPDATE of the same rows.
. "$(dirname "$0")/lib.sh"
. "$top/tests/e2e/pg.sh"
set +u

migrations=${BENCH_MIGRATIONS:-300}
rows=${BENCH_ROWS:-100000 1000000 3000000}
# As a server runs that has something to lose.
gm_pg 'fsync = on' 'max_wal_size = 4GB' 'checkpoint_timeout = 1h'

# ms <command>...: how long it takes
ms() {
	gm_from=$(date +%s%N)
	"$@" >/dev/null 2>"$dir/err" || { cat "$dir/err" >&2; exit 1; }
	echo $((($(date +%s%N) - gm_from) / 1000000))
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

each_psql() {
	for gm_file in migrations/*/up.sql; do
		psql -X -q -d "$1" -f "$gm_file" || return 1
	done
}

git init -q "$dir/small"
cd "$dir/small" || exit 1
n=0
while test $n -lt "$migrations"; do
	n=$((n + 1))
	id=$(printf '2026%010d_t%d' $n $n)
	mkdir -p "migrations/$id"
	echo "CREATE TABLE t$n (id bigint PRIMARY KEY, a text);" \
		>"migrations/$id/up.sql"
done
git add -A
git commit -q -m "Add tables"
gm_sql 'CREATE DATABASE psql'
gm_sql 'CREATE DATABASE apply'
psql=$(ms each_psql psql)
apply=$(ms git migrate apply --db dbname=apply)
echo "$migrations migrations: psql for each $psql ms, apply $apply ms," \
	"ratio $(ratio "$apply" "$psql") (at most 1.00)"

if command -v sqitch >/dev/null; then
	gm_sql 'CREATE DATABASE sqitch'
	mkdir "$dir/sqitch"
	cd "$dir/sqitch" || exit 1
	sqitch init bench --engine pg >/dev/null
	n=0
	while test $n -lt "$migrations"; do
		n=$((n + 1))
		echo "%syntax-version=1.0.0" >/dev/null
		echo "t$n 2026-01-01T00:00:00Z Ann Lee <ann@example.com> # t$n" \
			>>sqitch.plan
		echo "CREATE TABLE t$n (id bigint PRIMARY KEY, a text);" \
			>"deploy/t$n.sql"
	done
	sqitch=$(ms sqitch deploy "db:pg:sqitch")
	echo "$migrations migrations: sqitch $sqitch ms," \
		"$(ratio "$sqitch" "$apply") times as long as apply (at least 5)"
fi

git init -q "$dir/fill"
cd "$dir/fill" || exit 1
mkdir -p migrations/1_fill
printf -- '-- Migration-Phase: backfill\nUPDATE a SET c = b + 1;\n' \
	>migrations/1_fill/up.sql
git add -A
git commit -q -m "Fill"
# fill <rows> <database>
fill() {
	psql -X -q -c "DROP DATABASE IF EXISTS $2" -c "CREATE DATABASE $2" 2>&1
	psql -X -q -d "$2" -c "CREATE TABLE a (id bigint PRIMARY KEY, b int,
		c int, d text)" -c "INSERT INTO a SELECT i, i, NULL, 'some text'
		FROM generate_series(1, $1) i" -c 'VACUUM ANALYZE a' -c CHECKPOINT
}
for n in $rows; do
	whole=0 batches=0
	for i in 1 2 3; do
		fill "$n" whole >/dev/null
		whole=$((whole + $(ms psql -X -q -d whole -c \
			'UPDATE a SET c = b + 1')))
		fill "$n" batches >/dev/null
		batches=$((batches + $(ms git migrate apply --db dbname=batches)))
	done
	echo "$n rows: one UPDATE $((n * 3000 / whole)) rows/s, batches" \
		"$((n * 3000 / batches)) rows/s, ratio" \
		"$(ratio "$whole" "$batches") (of a million at least 0.80)"
done

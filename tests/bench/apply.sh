#!/bin/sh
# Small migrations against one psql for each file, and sqitch against them,
# where it is installed; a backfill against one UPDATE of the same rows.
# BENCH_LARGE=1 has more sizes, which must not change the ratio much;
# BENCH_MIGRATIONS, BENCH_ROWS and BENCH_RUNS are the numbers.
. "$(dirname "$0")/lib.sh"
. "$bench/../e2e/pg.sh"

migrations=${BENCH_MIGRATIONS:-300}
rows=1000000
test "${BENCH_LARGE:-0}" = 0 || rows='100000 1000000 3000000'
rows=${BENCH_ROWS:-$rows}
runs=${BENCH_RUNS:-3}

# It reads what may be unset.
set +u
# As a server runs that has something to lose.
gm_pg 'fsync = on' 'max_wal_size = 4GB' 'checkpoint_timeout = 1h'
set -u

# fresh <template> <database>: as the template is, with nothing left to write.
cat >"$dir/fresh" <<\FRESH
export PGOPTIONS='-c client_min_messages=warning'
exec psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $2" \
	-c "CREATE DATABASE $2 TEMPLATE $1" -c CHECKPOINT
FRESH

# One psql for each of the files.
cat >"$dir/psql" <<\PSQL
for file in migrations/*/up.sql; do
	psql -X -q -d psql -f "$file" || exit 2
done
PSQL

git init -q "$dir/small"
mkdir -p "$dir/sqitch/deploy"
n=0
cd "$dir/sqitch" || exit 1
printf '%%syntax-version=1.0.0\n%%project=bench\n\n' >sqitch.plan
printf '[core]\n\tengine = pg\n' >sqitch.conf
while test "$n" -lt "$migrations"; do
	n=$((n + 1))
	id=$dir/small/migrations/$(printf '2026%010d_t%d' "$n" "$n")
	mkdir -p "$id"
	echo "CREATE TABLE t$n (id bigint PRIMARY KEY, a text);" |
		tee "$id/up.sql" >"deploy/t$n.sql"
	echo "t$n 2026-01-01T00:00:00Z Ann Lee <ann@example.com> # t$n" \
		>>sqitch.plan
done
cd "$dir/small" || exit 1
git add -A
git commit -q -m "Add tables"

echo "$migrations migrations, apply against psql for each (at most 1.00):"
"$bench/measure" --runs "$runs" --before "sh $dir/fresh template0 \$1" \
	"apply=git migrate apply --db dbname=apply || exit 2" \
	"psql=sh $dir/psql"

echo "$migrations migrations, sqitch against apply (at least 5.00):"
if command -v sqitch >/dev/null; then
	"$bench/measure" --runs "$runs" \
		--before "sh $dir/fresh template0 \$1" \
		"sqitch=cd $dir/sqitch && sqitch deploy db:pg:sqitch || exit 2" \
		"apply=git migrate apply --db dbname=apply || exit 2"
else
	echo "skipped: sqitch is not installed"
fi

# A migration makes the table, as in life: the ledger is there already.
git init -q "$dir/fill"
cd "$dir/fill" || exit 1
mkdir -p migrations/1_table migrations/2_fill
echo 'CREATE TABLE a (id bigint PRIMARY KEY, b int, c int, d text);' \
	>migrations/1_table/up.sql
printf -- '-- Migration-Phase: backfill\nUPDATE a SET c = b + 1;\n' \
	>migrations/2_fill/up.sql
git add -A
git commit -q -m "Add a table and fill it"

for n in $rows; do
	sh "$dir/fresh" template0 filled
	git migrate apply --db dbname=filled --to 1_table
	psql -X -q -d filled -c "INSERT INTO a SELECT i, i, NULL, 'some text'
		FROM generate_series(1, $n) i" -c 'VACUUM ANALYZE a'
	echo "backfill of $n rows against one UPDATE (at most 1.25):"
	"$bench/measure" --runs "$runs" --before "sh $dir/fresh filled \$1" \
		"batches=git migrate apply --db dbname=batches || exit 2" \
		"whole=psql -X -q -d whole -c 'UPDATE a SET c = b + 1'"
done

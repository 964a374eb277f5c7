#!/bin/sh
# A drill of one migration on an empty schema, restore included, against the
# bare sequence of initdb, start, base backup and restore to a point.
. "$(dirname "$0")/lib.sh"
. "$bench/../e2e/pg.sh"

gm_pg_find || exit 1
git init -q "$dir/work"
mkdir -p "$dir/work/migrations/1_users"
echo 'CREATE TABLE users (id bigint PRIMARY KEY);' \
	>"$dir/work/migrations/1_users/up.sql"
echo 'DROP TABLE users;' >"$dir/work/migrations/1_users/down.sql"
git -C "$dir/work" add -A
git -C "$dir/work" commit -q -m Users

# The servers of the reference do not run as root either.
gm_pg_dir=$(mktemp -d /tmp/gm-bench.XXXXXX)
trap 'rm -rf "$dir" "$gm_pg_dir"' EXIT
gm_pg_owner
cat >"$gm_pg_dir/bare" <<\BARE
set -e
d=$(mktemp -d "$2/run.XXXXXX")
trap 'rm -rf "$d"' EXIT
PATH=$1:$PATH
export PGHOST=$d PGUSER=postgres PGDATABASE=postgres
cd "$d"
initdb -D data -U postgres -A trust -E UTF8 --locale=C -N
mkdir wal
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$d'
fsync = off
archive_mode = on
archive_command = 'cp %p $d/wal/%f'
CONF
pg_ctl -D data -s -w -l log start
pg_basebackup -D backup -c fast -X fetch -N
psql -X -q -c 'CREATE TABLE users (id bigint PRIMARY KEY)' \
	-c "SELECT pg_create_restore_point('here')" -c 'DROP TABLE users' \
	-c 'SELECT pg_switch_wal()'
pg_ctl -D data -s -w -m fast stop
cat >>backup/postgresql.conf <<CONF
archive_mode = off
restore_command = 'cp $d/wal/%f %p'
recovery_target_name = 'here'
recovery_target_action = 'promote'
CONF
touch backup/recovery.signal
pg_ctl -D backup -s -w -l log start
until test "$(psql -X -A -t -c 'SELECT pg_is_in_recovery()')" = f; do
	sleep 0.01
done
psql -X -q -c 'TABLE users'
pg_ctl -D backup -s -m immediate stop
BARE

echo "drill of one migration, restore included:"
"$bench/measure" --runs "${BENCH_RUNS:-5}" \
	drill="git -C $dir/work migrate drill --rows=0" \
	bare="$gm_pg_role sh $gm_pg_dir/bare $gm_pg_bin $gm_pg_dir"

#!/bin/sh
test_description='git migrate apply behind PgBouncer'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_bouncer=$(command -v pgbouncer || echo /usr/sbin/pgbouncer)
if ! test -x "$gm_bouncer"; then
	skip_all='PgBouncer is not installed'
	test_done
fi
gm_pg

# gm_pool <mode>: start it, in a directory of the server's user.
gm_pool() {
	gm_pool_dir=$gm_pg_dir/$1
	mkdir "$gm_pool_dir" && cat >"$gm_pool_dir/ini" <<-INI &&
	[databases]
	* = host=$gm_pg_dir port=5432
	[pgbouncer]
	listen_addr =
	unix_socket_dir = $gm_pool_dir
	listen_port = 6432
	pool_mode = $1
	default_pool_size = 4
	auth_type = any
	logfile = $gm_pool_dir/log
	pidfile = $gm_pool_dir/pid
	ignore_startup_parameters = extra_float_digits
	INI
	sed -i "s/^\* = .*/& user=postgres/" "$gm_pool_dir/ini" &&
		chown -R "$(stat -c %U "$gm_pg_dir")" "$gm_pool_dir" &&
		$gm_pg_role "$gm_bouncer" -q -d "$gm_pool_dir/ini" \
			</dev/null >/dev/null 2>&1 3>&- 4>&- 5>&-
}

for gm_mode in transaction session; do
	test_expect_success "in $gm_mode mode: refused, with a hint" '
		gm_pool $gm_mode && test_when_finished "kill \$(cat \"$gm_pool_dir/pid\")" &&
		if test $gm_mode = transaction; then
			gm_repo shop && cd shop &&
			echo "CREATE TABLE a (b int);" |
				gm_write migrations/1_a/up.sql && gm_commit "Add a"
		fi &&
		PGHOST=$gm_pool_dir PGPORT=6432 psql -X -q -c "SELECT 1" >out &&
		gm_status 128 git migrate apply \
			--db "host=$gm_pool_dir port=6432" 2>err &&
		gm_says "a pooler stands in front of the server" err &&
		gm_says "name it with --db" err &&
		gm_status 128 git migrate baseline --to 1_a \
			--db "host=$gm_pool_dir port=6432" 2>err &&
		gm_says "a pooler stands in front of the server" err &&
		git migrate status --db "host=$gm_pool_dir port=6432" >out &&
		gm_says "0 applied, 1 pending" out &&
		test "$(PGHOST=$gm_pool_dir PGPORT=6432 gm_sql "SHOW lock_timeout;
			SHOW search_path" | tr "\n" " ")" = "0 \"\$user\", public " &&
		test "$(gm_sql "SELECT to_regnamespace(\$\$git_migrate\$\$) IS NULL")" = t
	'
done

test_expect_success 'nothing of it is left in the server' '
	test "$(gm_sql "SELECT count(*) FROM pg_locks WHERE locktype = \$\$advisory\$\$")" = 0 &&
	git migrate apply
'

test_done

# tests/e2e/pg.sh: a PostgreSQL for the tests of one file.
#
# gm_pg [<line of postgresql.conf>...]: makes one and starts it, without
# fsync, reachable through a socket in a private directory; PGHOST, PGPORT,
# PGUSER (postgres, the superuser) and PGDATABASE are set to it.  It ends, and
# its files go, when the test does, however that ends.
# GM_PG_BIN names the directory of its programs; else the newest is looked for.
# gm_pg_stop [<mode>], gm_pg_kill, gm_pg_again: stop it (fast), kill -9 all of
# it, start it again.
# gm_sql <SQL>: run it with psql and print what it gives, unaligned.
# gm_pg_role: words in front of a command that has to run as the server's user.
# shellcheck shell=sh

gm_pg_find() {
	gm_pg_bin=${GM_PG_BIN-}
	test -x "$gm_pg_bin/initdb" && return
	gm_pg_bin=$(pg_config --bindir 2>/dev/null)
	test -x "$gm_pg_bin/initdb" && return
	for gm_dir in /usr/lib/postgresql/*/bin; do
		test -x "$gm_dir/initdb" && gm_pg_bin=$gm_dir
	done
	test -x "$gm_pg_bin/initdb" && return
	gm_pg_bin=$(command -v initdb) && gm_pg_bin=${gm_pg_bin%/initdb}
}

gm_pg_role=
gm_pg_owner() {
	test "$(id -u)" = 0 || return 0
	gm_pg_user=postgres
	id postgres >/dev/null 2>&1 || gm_pg_user=nobody
	gm_pg_role="setpriv --reuid=$gm_pg_user\
 --regid=$(id -g "$gm_pg_user") --clear-groups"
	chown "$gm_pg_user" "$gm_pg_dir"
}

# The parent of the shell that reads this, by the fourth field.
# shellcheck disable=SC2034 # the others have to be read past
gm_pg_parent() {
	read -r gm_pg_pid gm_pg_name gm_pg_state gm_pg_ppid gm_pg_rest \
		</proc/self/stat
}

# Ends it when the process that runs the test is gone.  A number can come back
# as that of another process; a parent cannot.
gm_pg_keep() {
	(
		trap '' HUP INT TERM
		gm_pg_parent
		gm_pg_first=$gm_pg_ppid
		while gm_pg_parent && test "$gm_pg_ppid" = "$gm_pg_first"; do
			sleep 0.2
		done
		read -r gm_pid <"$gm_pg_dir/data/postmaster.pid" &&
			kill -QUIT "$gm_pid"
		sleep 0.2
		rm -rf "$gm_pg_dir"
	) >/dev/null 2>&1 </dev/null 3>&- 4>&- 5>&- &
}

# shellcheck disable=SC2086 # $gm_pg_role is a list of words
gm_pg() {
	gm_pg_find || return 1
	gm_pg_dir=$(mktemp -d /tmp/gm-pg.XXXXXX) && gm_pg_owner || return 1
	gm_pg_keep
	(cd "$gm_pg_dir" && $gm_pg_role "$gm_pg_bin/initdb" -D data -U postgres \
		-A trust -E UTF8 --locale=C --wal-segsize=1 -N >init.log) ||
		return 1
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$gm_pg_dir'"
		echo "fsync = off"
		echo "dynamic_shared_memory_type = mmap"
		echo "max_connections = 40"
		echo "timezone = 'UTC'"
		for gm_line; do
			echo "$gm_line"
		done
	} >>"$gm_pg_dir/data/postgresql.conf"
	PGHOST=$gm_pg_dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PGHOST PGPORT PGUSER PGDATABASE
	gm_pg_again
}

# shellcheck disable=SC2086 # $gm_pg_role is a list of words
gm_pg_again() {
	(cd "$gm_pg_dir" && $gm_pg_role "$gm_pg_bin/pg_ctl" -D data -s -w \
		-l log start 3>&- 4>&- 5>&-)
}

# shellcheck disable=SC2086 # $gm_pg_role is a list of words
gm_pg_stop() {
	(cd "$gm_pg_dir" && $gm_pg_role "$gm_pg_bin/pg_ctl" -D data -s -w \
		-m "${1:-fast}" stop)
}

gm_pg_kill() {
	read -r gm_pid <"$gm_pg_dir/data/postmaster.pid" &&
		kill -STOP "$gm_pid" &&
		gm_children=$(cat "/proc/$gm_pid/task/$gm_pid/children") &&
		kill -KILL "$gm_pid" || return 1
	for gm_child in $gm_children; do
		kill -KILL "$gm_child"
	done
	# Its number may live on for a while, where nobody waits for it.
	rm -f "$gm_pg_dir/data/postmaster.pid" "$gm_pg_dir"/.s.PGSQL.*
	for gm_child in $gm_children; do
		while test -e "/proc/$gm_child/cwd"; do
			sleep 0.01
		done
	done
}

gm_sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}

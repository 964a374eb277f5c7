#!/bin/sh
test_description='git migrate apply where databases and roles are odd'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

gm_pg

gm_up() {
	gm_write "migrations/$1/up.sql" && gm_commit "Add $1"
}

# gm_fresh <dir> <database> [<option of CREATE DATABASE>...]: both made and
# entered, with a migration of each kind.
gm_fresh() {
	cd "$SHARNESS_TRASH_DIRECTORY" && gm_repo "$1" && cd "$1" &&
		echo "CREATE DATABASE :\"name\" $3;" |
		PGDATABASE=postgres psql -X -q -v "name=$2" &&
		PGDATABASE=$2 && export PGDATABASE &&
		echo "CREATE TABLE a (id int PRIMARY KEY, b text);" |
		gm_up 1_a &&
		echo "CREATE INDEX CONCURRENTLY i ON a (b);" | gm_up 2_b &&
		printf "%s\n" "-- Migration-Phase: backfill" \
			"UPDATE a SET b = 'x\\y' WHERE b IS NULL;" | gm_up 3_c
}

# gm_all: everything is applied, and status says so.
gm_all() {
	git migrate apply "$@" >out 2>err &&
		gm_says "3 migrations applied" out &&
		git migrate status --db "${2-}" >known &&
		gm_says "3 applied, 0 pending, 0 half-done" known
}

test_expect_success 'names of databases' '
	for gm_name in "a b" "q\"uo'\'\''te" "ünï" "-dash"
	do
		gm_fresh "names-$((gm_n += 1))" "$gm_name" && gm_all || return 1
	done
'

test_expect_success 'a name that could be more than one' '
	gm_fresh more "k=v" &&
	gm_all --db "postgresql:///k%3Dv" &&
	gm_says "Database k=v on" known &&
	git migrate status --db "dbname='\''k=v'\''" >known &&
	gm_says "3 applied" known
'

test_expect_success 'a long id is cut between characters' '
	gm_fresh long long &&
	echo "CREATE TABLE c (d int);" |
		gm_up 4_xääääääääääääääääääääääääääääääääääääääää &&
	echo "CREATE TABLE e (d int);" |
		gm_up 5_ääääääääääääääääääääääääääääääääääääääää &&
	git migrate apply >out &&
	gm_says "5 migrations applied" out
'

test_expect_success 'a database that cannot write all characters' '
	gm_fresh latin latin "ENCODING LATIN1 TEMPLATE template0" &&
	echo "COMMENT ON TABLE a IS '\''é'\'';" | gm_up 4_d &&
	echo "COMMENT ON TABLE a IS '\''€'\'';" | gm_up 5_e &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "migrations/5_e/up.sql:1:1:" err &&
	gm_says "has no equivalent in encoding" err &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.migration")" = 4 &&
	gm_fresh ascii ascii "ENCODING SQL_ASCII TEMPLATE template0" &&
	echo "COMMENT ON TABLE a IS '\''€'\'';" | gm_up 4_é &&
	git migrate apply >out &&
	gm_says "4 migrations applied" out
'

test_expect_success 'what a role has set for itself' '
	gm_fresh role role &&
	gm_sql "CREATE ROLE owner; CREATE ROLE odd LOGIN NOINHERIT IN ROLE owner;
		CREATE SCHEMA other; GRANT CREATE ON DATABASE role TO owner;
		GRANT ALL ON SCHEMA public, other TO owner" &&
	for gm_set in "role = owner" "search_path = other" \
		"standard_conforming_strings = off" "lock_timeout = 1" \
		"statement_timeout = 5000" "transform_null_equals = on" \
		"idle_in_transaction_session_timeout = 5" \
		"default_transaction_isolation = serializable" \
		"client_min_messages = debug5" "DateStyle = German" \
		"quote_all_identifiers = on" "bytea_output = escape"
	do
		gm_sql "ALTER ROLE odd SET $gm_set" || return 1
	done &&
	PGUSER=odd gm_all &&
	gm_says "note: search_path is other in sessions of odd, and public in" \
		err &&
	echo "CREATE TABLE e (f int);" | gm_up 5_e &&
	PGUSER=odd git migrate apply --search-path other >out 2>err &&
	! grep search_path err &&
	test "$(gm_sql "SELECT to_regclass(\$\$other.e\$\$) IS NOT NULL")" = t &&
	test "$(gm_sql "SELECT DISTINCT tableowner || schemaname FROM pg_tables
		WHERE tablename IN (\$\$a\$\$, \$\$migration\$\$) ORDER BY 1" |
		tr "\n" " ")" = "ownergit_migrate ownerpublic "
'

test_expect_success 'a session that may only read' '
	gm_fresh reads reads &&
	export PGOPTIONS="-c default_transaction_read_only=on" &&
	test_when_finished "unset PGOPTIONS" &&
	gm_status 1 git migrate apply >out &&
	gm_says "default_transaction_read_only is on" out &&
	PGOPTIONS="-c search_path=nowhere -c statement_timeout=5000" gm_all
'

test_expect_success 'fewer connections than it takes' '
	gm_fresh few few &&
	gm_sql "CREATE ROLE few LOGIN CONNECTION LIMIT 1;
		GRANT CREATE ON DATABASE few TO few;
		GRANT ALL ON SCHEMA public TO few" &&
	PGUSER=few gm_status 128 git migrate apply 2>err &&
	gm_says "too many connections for role" err &&
	gm_says "hint: An apply takes two connections" err &&
	until test "$(gm_sql "SELECT count(*) FROM pg_stat_activity
		WHERE usename = \$\$few\$\$")" = 0
	do
		sleep 0.1
	done &&
	gm_sql "ALTER ROLE few CONNECTION LIMIT 2" &&
	PGUSER=few git migrate apply >out &&
	gm_says "3 migrations applied" out
'

test_expect_success 'event triggers' '
	gm_fresh events events &&
	gm_sql "CREATE TABLE public.log (tag text);
		CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql
		AS \$\$BEGIN IF tg_tag = '\''CREATE INDEX'\'' THEN
		RAISE '\''no index here'\''; END IF; INSERT INTO public.log
		VALUES (tg_tag); END\$\$;
		CREATE EVENT TRIGGER e ON ddl_command_start
		EXECUTE FUNCTION public.f()" &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "note: event trigger e runs on ddl_command_start" err &&
	gm_says "no index here" err
'

test_expect_success 'a schema git_migrate that is not ours' '
	gm_fresh foreign foreign &&
	gm_sql "CREATE ROLE stranger; CREATE ROLE plain LOGIN;
		CREATE SCHEMA git_migrate AUTHORIZATION stranger;
		GRANT ALL ON DATABASE \"foreign\" TO plain" &&
	PGUSER=plain gm_status 128 git migrate apply 2>err &&
	gm_says "permission denied for schema git_migrate" err &&
	gm_says "hint: Connect as the role that owns the schema" err &&
	gm_status 128 git migrate apply 2>err &&
	gm_says "hint: It is somebody else" err &&
	gm_sql "DROP SCHEMA git_migrate" &&
	gm_all
'

test_expect_success 'rows that a policy hides count as rows' '
	gm_sql "ALTER TABLE git_migrate.migration ENABLE ROW LEVEL SECURITY;
		GRANT ALL ON SCHEMA git_migrate, public TO plain;
		GRANT ALL ON ALL TABLES IN SCHEMA git_migrate TO plain" &&
	for gm_command in apply status baseline; do
		PGUSER=plain gm_status 128 git migrate $gm_command --db "" \
			2>err &&
			gm_says "affected by row-level security" err || return 1
	done
'

test_expect_success 'a service' '
	gm_fresh service service &&
	printf "%s\n" "[shop]" "host=$PGHOST" "dbname=service" \
		"user=postgres" >services &&
	(
		export PGSERVICEFILE="$PWD/services" &&
		unset PGHOST PGDATABASE PGUSER &&
		gm_all --db service=shop &&
		gm_status 128 git migrate apply --db service=none 2>err &&
		gm_says "definition of service \"none\" not found" err
	)
'

test_expect_success 'whoever waits for another apply can be stopped' '
	gm_fresh waiting waiting &&
	{ gm_sql "SELECT pg_advisory_lock(hashtextextended(
		\$\$waiting/git_migrate\$\$, 0)), pg_sleep(600)" >/dev/null 2>&1 & } &&
	gm_holder=$! &&
	test_when_finished "wait $gm_holder || :" &&
	until test "$(gm_sql "SELECT count(*) FROM pg_locks
		WHERE locktype = \$\$advisory\$\$ AND granted")" = 1
	do
		sleep 0.1
	done &&
	{ git migrate apply --wait 10m 2>err & } &&
	gm_apply=$! &&
	until grep -q "waiting" err; do
		kill -0 $gm_apply || return 1
		sleep 0.1
	done &&
	kill -INT $gm_apply &&
	gm_status 128 wait $gm_apply &&
	gm_says "error: interrupted" err &&
	gm_sql "SELECT pg_terminate_backend(pid) FROM pg_locks
		WHERE locktype = \$\$advisory\$\$" &&
	gm_all
'

test_expect_success 'several hosts, of which one only replays' '
	gm_fresh hosts hosts &&
	gm_standby=$gm_pg_dir/standby &&
	$gm_pg_role mkdir -m 700 "$gm_standby" &&
	$gm_pg_role "$gm_pg_bin/pg_basebackup" -D "$gm_standby/data" -R -c fast &&
	$gm_pg_role sh -c "echo \"unix_socket_directories = '\''$gm_standby'\''\" \
		>>\"$gm_standby/data/postgresql.conf\"" &&
	(cd "$gm_standby" && $gm_pg_role "$gm_pg_bin/pg_ctl" -D data -s -w \
		-l log start 3>&- 4>&- 5>&-) &&
	test_when_finished "$gm_pg_role \"$gm_pg_bin/pg_ctl\" \
		-D \"$gm_standby/data\" -s -m immediate stop" &&
	gm_hosts="dbname=hosts host=$gm_standby,$PGHOST" &&
	gm_status 1 git migrate apply --db "$gm_hosts" >out &&
	gm_says "the server is in recovery: it only replays" out &&
	gm_says "target_session_attrs=read-write" out &&
	gm_status 128 git migrate baseline --to 1_a --db "$gm_hosts" 2>err &&
	gm_says "hint: Connect to the primary" err &&
	gm_all --db "$gm_hosts target_session_attrs=read-write" &&
	gm_status 128 git migrate apply \
		--db "host=$PGHOST target_session_attrs=standby" 2>err &&
	gm_says "server is not in hot standby mode" err &&
	gm_status 128 git migrate apply --db "host=/nowhere" 2>err &&
	! grep -F "\\t" err
'

test_done

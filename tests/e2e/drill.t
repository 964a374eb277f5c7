#!/bin/sh
test_description='git migrate drill'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/pg.sh"

# migration <id> <up> [<down> [<verify>]]: its files, not committed.
migration() {
	printf '%s\n' "$2" | gm_write "migrations/$1/up.sql" || return 1
	test -z "${3-}" ||
		printf '%s\n' "$3" | gm_write "migrations/$1/down.sql" ||
		return 1
	test -z "${4-}" ||
		printf '%s\n' "$4" | gm_write "migrations/$1/verify.sql"
}

# left: what drills leave behind, which is nothing.
left() {
	find "$TMPDIR" -name 'gm-pg.*'
}

# The directory of the servers: others may run at the same time.  In memory,
# where there is some, they take half as long.
gm_memory=/dev/shm
test -w $gm_memory &&
	test "$(df -P -k $gm_memory | awk 'END { print $4 }')" -gt 2000000 ||
	gm_memory=/tmp
TMPDIR=$(mktemp -d $gm_memory/gm-drill.XXXXXX) && chmod 1777 "$TMPDIR" ||
	exit 1
export TMPDIR
cleanup "rm -rf $TMPDIR"

test_expect_success 'set up' '
	gm_repo shop && ( cd shop &&
	migration 1_shop "CREATE TABLE users (id bigserial PRIMARY KEY,
		email text NOT NULL UNIQUE, phone text,
		age int CHECK (age BETWEEN 1 AND 130));
CREATE TABLE orders (id uuid PRIMARY KEY,
		user_id bigint NOT NULL REFERENCES users);" \
		"DROP TABLE orders; DROP TABLE users;" &&
	migration 2_nick "ALTER TABLE users ADD nick text;" \
		"ALTER TABLE users DROP nick;" \
		"SELECT 1 / count(*) FROM information_schema.columns
WHERE column_name = '\''nick'\'';" &&
	migration 3_age "ALTER TABLE users ALTER age TYPE bigint;" \
		"ALTER TABLE users ALTER age TYPE int;" &&
	migration 4_phone "ALTER TABLE users DROP phone;" \
		"ALTER TABLE users ADD phone text;" &&
	gm_commit Migrations )
'

# of <id>: what `out` says of it.
of() {
	sed -n "/^$1: /,/^[^ ]/p" out | sed '1!{/^[^ ]/d;}'
}

test_expect_success 'there, back, and back in time' '
	git -C shop migrate drill --all --rows=50 >out 2>err &&
	test_must_be_empty err && of 2_nick >two &&
	grep "^2_nick: yes, in " two &&
	gm_says "100 in 2 tables" two &&
	grep "^ *apply *yes " two &&
	gm_says "1:1  ALTER TABLE (expand)" two &&
	gm_says "ACCESS EXCLUSIVE on public.users for" two &&
	grep "^ *verify *yes " two &&
	grep "^ *again *note .*migrations/2_nick/up.sql:1:1: .*already exists" two &&
	grep "^ *down *yes .*nothing is lost" two &&
	grep "^ *up again *yes " two &&
	grep "^ *restore *yes .*100 rows are back" two &&
	grep "^2_nick  *yes  *yes  *note  *yes  *yes  *yes  *[0-9.]* " out &&
	grep "^4 migrations rehearsed on PostgreSQL [0-9.]*, 0 failed; RTO " out &&
	test -z "$(left)"
'

test_expect_success 'a rewrite is seen' '
	of 3_age >three &&
	gm_says "wrote anew table public.users" three &&
	grep "read all of public.users, . times, [0-9]* rows" three &&
	gm_says "changed column public.users.age from integer to bigint" three
'

test_expect_success 'what a contract takes away, and cannot bring back' '
	of 4_phone >four &&
	gm_says "ALTER TABLE (contract)" four &&
	gm_says "dropped column public.users.phone" four &&
	grep "^ *down *note .*rows are lost" four &&
	gm_says "public.users.phone: the values are others" four &&
	gm_says "100 rows are back" four
'

test_expect_success 'all of them, as JSON' '
	git -C shop migrate drill --all --rows=20 --format=json >out 2>err &&
	test_must_be_empty err &&
	python3 - <<-\PYTHON
	import json
	d = json.load(open("out"))
	assert d["version"] == 1 and d["verdict"] == "pass", d["verdict"]
	assert [m["id"] for m in d["migrations"]] == [
		"1_shop", "2_nick", "3_age", "4_phone"]
	one, two, three, four = d["migrations"]
	assert one["rows"] == 0 and two["rows"] == 40
	assert two["lossless"] and not four["lossless"]
	assert not two["idempotent"]
	assert two["checks"]["verify"]["answer"] == "yes"
	assert one["checks"]["verify"]["answer"] == "skipped"
	assert two["checks"]["up_again"]["answer"] == "yes"
	assert [o["object"] for o in two["objects"]] == [
		"column public.users.nick"]
	s = three["statements"][0]
	assert s["rewritten"] == ["table public.users"]
	assert s["class"] == "contract" and s["defects"] == []
	lock = s["locks"][0]
	assert lock["relation"] == "public.users", s["locks"]
	assert lock["mode"] == "ACCESS EXCLUSIVE" and lock["us"] > 0
	assert s["wal"] > 0 and s["us"] > 0 and d["rto_ms"] > 0
	PYTHON
'

test_expect_success 'the last one is meant where none is named' '
	git -C shop migrate drill --rows=0 --format=json >out &&
	gm_says "\"id\": \"4_phone\"" out &&
	gm_says "\"replayed\": 3" out &&
	gm_status 128 git -C shop migrate drill 5_nix 2>err &&
	gm_says "there is no migration" err &&
	gm_repo empty &&
	gm_status 128 git -C empty migrate drill 2>err &&
	gm_says "there is no migration" err
'

test_expect_success 'another commit can be rehearsed' '
	( cd shop && migration 5_bad "SELECT 1/0;" && gm_commit Bad ) &&
	gm_status 1 git -C shop migrate drill --rows=0 >out &&
	grep "^ *apply *no .*5_bad/up.sql:1:1: division by zero" out &&
	git -C shop migrate drill --rows=0 --at=HEAD~1 >out &&
	gm_says "0 in 2 tables" out &&
	grep "^1 migration rehearsed on PostgreSQL [0-9.]*, 0 failed" out &&
	grep "^4_phone: yes" out
'

test_expect_success 'what is wrong with each' '
	gm_repo wrong && ( cd wrong &&
	migration 1_a "CREATE TABLE a (x int NOT NULL DEFAULT 7, y int);" \
		"DROP TABLE a;" "SELECT 1;
SELECT 1 / count(*) FROM a;" &&
	migration 2_b "ALTER TABLE a ALTER x DROP NOT NULL;" \
		"ALTER TABLE a ALTER x SET DEFAULT 1;" &&
	migration 3_c "INSERT INTO a VALUES (1), (1);" &&
	migration 4_d "-- migrate: steps to show it
CREATE UNIQUE INDEX CONCURRENTLY u ON a (x);" &&
	migration 5_e "SELECT 1;" &&
	gm_policy </dev/null &&
	sed -i "s/^postgres: .*/postgres: 99/" .migrate/policy.yaml &&
	gm_commit Wrong &&
	gm_status 1 git migrate drill --all --rows=5 2>../err ) >out &&
	grep "note: this was PostgreSQL [0-9]*, and the policy says 99: " err
'

test_expect_success 'verify that says no' '
	of 1_a >one && grep "^1_a: no" one &&
	grep "^ *verify *no .*1_a/verify.sql:2:1: division by zero" one &&
	grep "^ *down *yes" one
'

test_expect_success 'a down that does not lead back' '
	of 2_b >two && grep "^2_b: no" two &&
	grep "^ *down *no .*the schema is not what it was before" two &&
	gm_says "changed column public.a.x" two &&
	gm_says "from integer NOT NULL DEFAULT 7" two &&
	gm_says "to   integer DEFAULT 1" two &&
	of 3_c | grep "^ *down *skipped there is no down SQL"
'

test_expect_success 'an index that is left INVALID' '
	of 4_d >four && gm_says "--rows 0 tries it on empty tables" four &&
	grep "^ *apply *no .*4_d/up.sql:2:1: could not create unique index" four &&
	test -z "$(of 5_e)" &&
	gm_says "4 migrations rehearsed" out && gm_says ", 3 failed; RTO" out
'

test_expect_success 'what fails on rows does not end it' '
	gm_repo rows && ( cd rows &&
	migration 1_a "CREATE TABLE a (x int);" &&
	migration 2_b "ALTER TABLE a ADD y int NOT NULL;" &&
	migration 3_c "ALTER TABLE a ADD z int;" "ALTER TABLE a DROP z;" &&
	gm_commit Rows && gm_status 1 git migrate drill --all --rows=5 ) >out &&
	of 2_b | grep "^ *apply *no .*contains null values" &&
	of 3_c >three && gm_says "5 in 1 table" three &&
	grep "^ *down *yes .*nothing is lost" three &&
	gm_says "3 migrations rehearsed" out && gm_says ", 1 failed; RTO" out
'

test_expect_success 'hostile SQL does not get out' '
	gm_repo evil && ( cd evil &&
	migration 1_a "CREATE TABLE a (x int);" \
		"COPY (SELECT 1) TO PROGRAM '\''touch $TMPDIR/out'\'';" \
		"SELECT lo_export(lo_from_bytea(0, '\''x'\''), '\''$TMPDIR/out'\'');" &&
	migration 2_b "SELECT 1;" "CREATE EXTENSION dblink;" \
		"SELECT pg_read_file('\''/etc/passwd'\'');" &&
	migration 3_c "SELECT 1;" \
		"SELECT lo_export(lo_from_bytea(0, '\''x'\''), '\''$TMPDIR/out'\'');" \
		"COPY a TO '\''$TMPDIR/out'\'';" &&
	migration 4_d "DO \$\$ BEGIN EXECUTE '\''COPY a FROM PROGRAM
'\'''\''touch $TMPDIR/out'\'''\'''\''; END \$\$;" && gm_commit Evil &&
	gm_status 1 git migrate drill --all --rows=5 ) >out 2>err &&
	test_must_be_empty err &&
	test "$(grep -c "^ *verify *no " out)" = 3 &&
	test "$(grep -c "^ *down *no " out)" = 3 &&
	of 4_d | grep "^ *apply *no .*pg_execute_server_program" &&
	! test -e "$TMPDIR/out"
'

test_expect_success 'nor does it by what it leaves behind' '
	gm_repo trap && ( cd trap &&
	migration 1_a "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS
\$\$BEGIN EXECUTE '\''COPY (SELECT 1) TO PROGRAM '\'''\''touch $TMPDIR/out'\'''\'''\'';
RETURN 1; END\$\$;
CREATE TABLE a (x int DEFAULT f(), y int CHECK (y > f() - 1));
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS
\$\$BEGIN PERFORM f(); RETURN NEW; END\$\$;
CREATE TABLE b (x int);
CREATE TRIGGER g BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION g();
CREATE CAST (b AS text) WITH INOUT AS IMPLICIT;" &&
	migration 2_b "SELECT 1;" && gm_commit Trap &&
	git migrate drill --rows=5 ) >out &&
	gm_says "only 0 in public.a: " out &&
	! test -e "$TMPDIR/out"
'

test_expect_success 'sleeps end, and psql is not needed' '
	gm_repo odd && ( cd odd &&
	migration 1_a "SELECT 1;" "SELECT pg_sleep(1000);" &&
	migration 2_b "SELECT 1;

\\! touch $TMPDIR/out" && gm_commit Odd &&
	gm_status 1 git migrate drill --all --timeout=5s >out &&
	grep "^ *down *no .*it takes longer than 5 s" out &&
	grep "^ *apply *no .*2_b/up.sql:3:1: .*psql" out ) &&
	! test -e "$TMPDIR/out"
'

test_expect_success 'wrong usage' '
	gm_status 129 git -C shop migrate drill --all 1_shop 2>err &&
	gm_status 129 git -C shop migrate drill --all --schema=x 2>err &&
	gm_status 129 git -C shop migrate drill --schema=x --from-db=y 2>err &&
	gm_status 129 git -C shop migrate drill --rows=many 2>err &&
	gm_says "is no number of rows" err &&
	gm_status 129 git -C shop migrate drill --timeout=soon 2>err
'

test_expect_success 'more SQL than is read' '
	gm_repo large && ( cd large &&
	migration 1_a "CREATE TABLE a (x text); -- $(printf "%070000d" 0)" &&
	for i in 1 2 3 4 5 6; do
		cat migrations/1_a/up.sql migrations/1_a/up.sql >more &&
		mv more migrations/1_a/up.sql || return 1
	done && gm_commit Large && gm_status 128 git migrate drill ) 2>err &&
	gm_says "migrations/1_a/up.sql: " err &&
	gm_says "bytes, the limit is 4194304" err &&
	gm_says "hint: Cut it into several migrations" err
'

test_expect_success 'without PostgreSQL there is no rehearsal' '
	gm_status 128 git -C shop migrate drill --pg-bin=/nowhere 2>err &&
	gm_says "there is no '\''initdb'\'' in '\''/nowhere'\''" err &&
	gm_says "hint: " err &&
	gm_status 128 git -C shop migrate drill --schema=nowhere.sql 2>err &&
	gm_says "nowhere.sql" err
'

test_expect_success 'on a schema, of a file or a database' '
	gm_pg && gm_sql "CREATE TABLE users (id int PRIMARY KEY, phone text);
		CREATE TABLE secret AS SELECT 4711 AS n;
		CREATE ROLE shop; ALTER TABLE users OWNER TO shop;
		GRANT SELECT ON secret TO shop;" &&
	gm_sql "CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0" &&
	PGDATABASE=latin gm_sql "CREATE TABLE users (id int, phone text);
		CREATE TABLE ünï (id int)" &&
	git -C shop migrate drill --at=HEAD~1 --rows=5 \
		--from-db="host=$PGHOST user=postgres dbname=latin" >out &&
	gm_says "10 in 2 tables" out &&
	git -C shop migrate drill --at=HEAD~1 --rows=5 \
		--from-db="host=$PGHOST user=postgres dbname=postgres" >out &&
	grep "^4_phone: yes" out &&
	gm_says "10 in 2 tables" out &&
	gm_says "made for the drill: role shop" out &&
	"$gm_pg_bin/pg_dump" --schema-only >schema.sql &&
	git -C shop migrate drill --at=HEAD~1 --rows=5 \
		--schema="$PWD/schema.sql" >out &&
	grep "^4_phone: yes" out &&
	gm_says "made for the drill: role shop" out &&
	gm_status 128 git -C shop migrate drill \
		--from-db="postgresql://u:s3cret@[nix" 2>err &&
	gm_silent s3cret err &&
	echo "CREATE TABLE x (a nix);" >schema.sql &&
	gm_status 128 git -C shop migrate drill \
		--schema="$PWD/schema.sql" 2>err &&
	gm_says "schema.sql:1:" err
'

test_expect_success 'killed at any moment it leaves nothing' '
	( cd shop && git checkout -q HEAD~1 ) &&
	for wait in 0.1 0.4 0.8 1.2; do
		pids= && for signal in KILL TERM INT; do
			git-migrate -C shop drill --rows=5 >out 2>err &
			pids="$pids $signal:$!"
		done
		sleep $wait && for pid in $pids; do
			kill -"${pid%:*}" "${pid#*:}"
		done
		for pid in $pids; do
			wait "${pid#*:}"
		done
	done &&
	n=0 && while test -n "$(left)" && test $n -lt 200; do
		sleep 0.1 && n=$((n + 1))
	done &&
	test -z "$(left)"
'

test_expect_success 'nothing in a name can speak to the terminal' '
	gm_repo ugly && ( cd ugly &&
	migration 1_a "$(printf "CREATE TABLE \"a\033]0;x\007\" (b int);
DO \$\$BEGIN RAISE E'\''\\\\033[31m'\''; END\$\$;")" &&
	gm_commit Ugly && gm_status 1 git migrate drill >out ) &&
	! grep "$(printf "\033")" ugly/out &&
	gm_says "\\e[31m" ugly/out
'

test_done

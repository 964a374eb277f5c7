#!/bin/sh
test_description='the Jobs of the runner psql, run for real'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"
. "$gm_e2e/pg.sh"
. "$gm_e2e/job.sh"

if ! command -v psql >/dev/null || ! gm_pg; then
	skip_all='PostgreSQL is not installed'
	test_done
fi

state() {
	gm_sql "SELECT state FROM git_migrate.migration WHERE id = '$1'"
}

# Some work for `git migrate emit`, as a commit of its own.
add() {
	( cd shop && sql "$1" "$2" "${3-SELECT 1;}" && gm_commit "Add $1

$expand" )
}

test_expect_success 'set up' '
	gm_rollout shop &&
	gm_sql "CREATE TABLE users (id int, tel text)" &&
	gm_sql "INSERT INTO users VALUES (1)"
'

test_expect_success 'the first run applies it, with a restore point before it' '
	dir=$(gm_stage 20260101_phone expand) &&
	gm_job "$dir" >said 2>err &&
	gm_says "git-migrate: 20260101_phone: restore point gm:20260101_phone:" said &&
	gm_says "git-migrate: 20260101_phone: applied" said &&
	gm_sql "SELECT phone FROM users" &&
	test "$(gm_ledger 20260101_phone)" = "applied 1 1" &&
	git -C shop migrate show 20260101_phone | grep ^Digest >shown &&
	gm_says "$(gm_sql "SELECT digest FROM git_migrate.migration")" shown &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.checkpoint")" = 1 &&
	test "$(gm_sql "SELECT env || kind FROM git_migrate.migration m
		JOIN git_migrate.step s ON s.migration = m.id")" = \
		stagingtransaction
'

test_expect_success 'the second run finds that it was done' '
	gm_sql "SELECT count(*) FROM git_migrate.event" >before &&
	gm_job "$dir" >said &&
	gm_says "applied before" said &&
	gm_sql "SELECT count(*) FROM git_migrate.event" >after &&
	test_cmp before after &&
	test "$(gm_ledger 20260101_phone)" = "applied 1 1"
'

test_expect_success 'SQL with dollars and braces is run as it is' '
	dir=$(gm_stage 20260101_phone backfill) &&
	gm_job "$dir" &&
	test "$(gm_sql "SELECT phone FROM users")" = "\${x}"
'

test_expect_success 'git migrate apply takes it as applied' '
	git -C shop migrate apply --to 20260102_fill >said 2>&1 &&
	gm_silent "restore point" said &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.event
		WHERE kind = '\''applied'\''")" = 2
'

test_expect_success 'what git migrate apply applied is not run again' '
	add 20260110_pair "CREATE TABLE pair (a int);" &&
	dir=$(gm_stage 20260110_pair expand) &&
	git -C shop migrate apply --to 20260110_pair &&
	test "$(state 20260110_pair)" = applied &&
	gm_job "$dir" >said &&
	gm_says "applied before" said
'

test_expect_success 'one at a time in a database' '
	add 20260111_lock "CREATE TABLE lock (a int);" &&
	dir=$(gm_stage 20260111_lock expand) &&
	{ psql -X -q -c "SELECT pg_advisory_lock(hashtextextended(
		current_database() || '\''/git_migrate'\'', 0)), pg_sleep(600)" \
		>/dev/null 2>&1 & } &&
	gm_wait "query LIKE '\''SELECT pg_advisory_lock%'\'' AND wait_event =
		'\''PgSleep'\''" 1 &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "somebody else runs a migration" err &&
	gm_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE query LIKE '\''SELECT pg_advisory_lock%'\''" &&
	test -z "$(state 20260111_lock)" &&
	gm_wait "query LIKE '\''SELECT pg_advisory_lock%'\''" 0 &&
	gm_job "$dir" && test "$(gm_ledger 20260111_lock)" = "applied 1 1"
'

test_expect_success 'an error leaves nothing behind' '
	add 20260112_error "CREATE TABLE error (a int); SELECT 1/(0 * count(*))
		FROM users;" &&
	dir=$(gm_stage 20260112_error expand) &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "division by zero" err &&
	test -z "$(state 20260112_error)" &&
	test -z "$(gm_sql "SELECT to_regclass('\''error'\'')")"
'

test_expect_success 'when it is mended another Job runs it' '
	gm_job_name "$dir" >before &&
	( cd shop && sql 20260112_error "CREATE TABLE error (a int);
		SELECT 1/count(*) FROM users;" && gm_commit "Mend it" ) &&
	dir=$(gm_stage 20260112_error expand) &&
	gm_job_name "$dir" >after && ! cmp -s before after &&
	gm_job "$dir" && test "$(gm_ledger 20260112_error)" = "applied 1 1"
'

test_expect_success 'neither does a run that was cut off, and the next does it all' '
	add 20260113_cut "CREATE TABLE cut (a int);
		SELECT CASE WHEN to_regclass('\''go'\'') IS NULL THEN pg_sleep(600)
		END;" &&
	dir=$(gm_stage 20260113_cut expand) &&
	gm_job_begin "$dir" &&
	gm_wait "wait_event = '\''PgSleep'\''" 1 &&
	kill -9 "$gm_job_pid" &&
	gm_wait "wait_event = '\''PgSleep'\''" 0 &&
	test -z "$(state 20260113_cut)" &&
	test -z "$(gm_sql "SELECT to_regclass('\''cut'\'')")" &&
	gm_sql "CREATE TABLE go (a int)" &&
	gm_job "$dir" &&
	test "$(gm_ledger 20260113_cut)" = "applied 1 1" &&
	gm_job "$dir" >said && gm_says "applied before" said
'

test_expect_success 'outside of a transaction' '
	add 20260114_index "CREATE INDEX CONCURRENTLY users_phone ON users (phone);" &&
	dir=$(gm_stage 20260114_index expand) &&
	gm_job "$dir" &&
	test "$(gm_sql "SELECT kind FROM git_migrate.step
		WHERE migration = '\''20260114_index'\''")" = alone &&
	test "$(gm_sql "SELECT indisvalid FROM pg_index WHERE indexrelid =
		'\''users_phone'\''::regclass")" = t &&
	gm_job "$dir" >said &&
	gm_says "applied before" said
'

test_expect_success 'there, a run that was cut off is for people to look at' '
	add 20260115_index "CREATE INDEX CONCURRENTLY users_id ON users (id);" &&
	dir=$(gm_stage 20260115_index expand) &&
	{ printf "%s\n" "BEGIN ISOLATION LEVEL REPEATABLE READ;" \
		"SELECT count(*) FROM users;" "SELECT pg_sleep(600);" |
		psql -X -q >/dev/null 2>&1 & } &&
	gm_wait "wait_event = '\''PgSleep'\''" 1 &&
	gm_job_begin "$dir" &&
	gm_wait "query LIKE '\''CREATE INDEX%'\'' AND wait_event_type =
		'\''Lock'\''" 1 &&
	kill -9 "$gm_job_pid" &&
	gm_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE wait_event = '\''PgSleep'\'' OR query LIKE
		'\''CREATE INDEX%'\''" &&
	gm_wait "query LIKE '\''CREATE INDEX%'\''" 0 &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "begun before, and not finished" err &&
	test "$(state 20260115_index)" = running
'

test_expect_success 'an index that is there and broken is not passed over' '
	gm_sql "UPDATE pg_index SET indisvalid = false WHERE indexrelid =
		'\''users_phone'\''::regclass" &&
	add 20260116_index "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_phone
		ON users (phone);" &&
	dir=$(gm_stage 20260116_index expand) &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "not there, or not valid" err
'

test_expect_success 'verify SQL that fails takes all of it back' '
	add 20260117_verify "CREATE TABLE verify (a int);" &&
	( cd shop && echo "SELECT 1/(0 * count(*)) FROM verify;" \
		>migrations/20260117_verify/verify.sql && gm_commit "Verify" ) &&
	dir=$(gm_stage 20260117_verify expand) &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "division by zero" err &&
	test -z "$(gm_sql "SELECT to_regclass('\''verify'\'')")" &&
	( cd shop && echo "SELECT count(*) FROM verify;" \
		>migrations/20260117_verify/verify.sql && gm_commit "Verify" ) &&
	dir=$(gm_stage 20260117_verify expand) &&
	gm_job "$dir" &&
	test "$(state 20260117_verify)" = applied
'

test_expect_success 'what changed after it ran is refused' '
	( cd shop && echo "-- more" >>migrations/20260117_verify/up.sql &&
	gm_commit "Change it" ) &&
	dir=$(gm_stage 20260117_verify expand) &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "applied with another digest" err
'

test_expect_success 'SQL that ends the transaction is refused' '
	add 20260118_commit "CREATE TABLE ends (a int);
		DO \$\$ BEGIN COMMIT; END \$\$;" &&
	gm_status 1 gm_stage 20260118_commit expand 2>err &&
	gm_says "DO cannot stand beside statements" err &&
	: "where only the server sees it, the server refuses it" &&
	add 20260118_hidden "CREATE TABLE ends (a int);
		DO \$\$ BEGIN EXECUTE lower('\''COMMIT'\''); END \$\$;" &&
	dir=$(gm_stage 20260118_hidden expand) &&
	gm_status 3 gm_job "$dir" 2>err &&
	test -z "$(gm_sql "SELECT to_regclass('\''ends'\'')")"
'

test_expect_success 'a role without more rights than it needs' '
	gm_sql "CREATE ROLE shop LOGIN" &&
	gm_sql "CREATE DATABASE shop OWNER shop" &&
	dir=$(gm_stage 20260110_pair expand) &&
	PGUSER=shop PGDATABASE=shop gm_job "$dir" >said 2>err &&
	gm_says "no restore point" err &&
	gm_says "20260110_pair: applied" said &&
	gm_sql "ALTER ROLE shop SET default_transaction_read_only = on" &&
	gm_status 3 env PGUSER=shop PGDATABASE=shop PGOPTIONS= \
		psql -X -q -v ON_ERROR_STOP=1 -f "$dir/run.sql" 2>err &&
	gm_says "nothing can be written here" err
'

test_expect_success 'back again' '
	dir=$(gm_stage 20260101_phone rollback) &&
	gm_job "$dir" >said &&
	gm_says "20260101_phone: taken back" said &&
	test "$(state 20260101_phone)" = reverted &&
	! gm_sql "SELECT phone FROM users" 2>/dev/null &&
	gm_job "$dir" >said &&
	gm_says "there is nothing to take back" said
'

test_expect_success 'and once more' '
	dir=out/flux/migrations/staging/20260101-phone/20-expand &&
	gm_job "$dir" &&
	test "$(state 20260101_phone)" = applied &&
	test "$(gm_sql "SELECT max(unit) FROM git_migrate.step
		WHERE migration = '\''20260101_phone'\''")" = 2
'

test_expect_success 'a rollback of what was never finished is refused' '
	dir=$(gm_stage 20260115_index rollback) &&
	gm_status 3 gm_job "$dir" 2>err &&
	gm_says "does not allow it to be" err
'

test_expect_success 'a server that nobody reaches' '
	gm_status 2 env PGHOST=/nowhere sh -c "exec psql -X -q -v ON_ERROR_STOP=1 \
		-f $dir/run.sql" 2>err
'

test_done

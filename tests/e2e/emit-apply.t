#!/bin/sh
test_description='the Jobs of the runner git-migrate, run for real'
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

test_expect_success 'set up' '
	gm_rollout shop "runner: git-migrate" &&
	gm_sql "CREATE TABLE users (id int PRIMARY KEY, tel text)" &&
	gm_sql "INSERT INTO users VALUES (1)"
'

test_expect_success 'the first run applies it' '
	dir=$(gm_stage 20260101_phone expand) &&
	gm_job "$dir" >said 2>&1 &&
	gm_says "20260101_phone" said &&
	gm_sql "SELECT phone FROM users" &&
	test "$(gm_ledger 20260101_phone)" = "applied 1 1" &&
	test "$(gm_sql "SELECT count(*) FROM git_migrate.checkpoint")" = 1 &&
	test "$(gm_sql "SELECT env FROM git_migrate.migration")" = staging
'

test_expect_success 'the second run finds that it was done' '
	gm_sql "SELECT count(*) FROM git_migrate.event" >before &&
	gm_job "$dir" &&
	gm_sql "SELECT count(*) FROM git_migrate.event" >after &&
	test_cmp before after &&
	test "$(gm_ledger 20260101_phone)" = "applied 1 1"
'

test_expect_success 'a backfill, in batches' '
	dir=$(gm_stage 20260101_phone backfill) &&
	gm_job "$dir" &&
	test "$(gm_sql "SELECT phone FROM users")" = "\${x}" &&
	test "$(gm_sql "SELECT kind FROM git_migrate.step
		WHERE migration = '\''20260102_fill'\''")" = batches
'

test_expect_success 'the psql stage takes what it applied as applied' '
	( cd shop && sed -i "s/^  runner:.*/  runner: psql/" \
		.migrate/policy.yaml && gm_commit "Runner" ) &&
	git -C shop migrate emit 20260101 --env staging --stage expand -o ../ps &&
	( cd ps/flux/migrations/staging/20260101-phone/20-expand &&
	psql -X -q -v ON_ERROR_STOP=1 -f run.sql ) >said &&
	gm_says "applied before" said &&
	( cd shop && git revert --no-edit HEAD >/dev/null )
'

test_expect_success 'who comes while another applies waits' '
	( cd shop && sql 20260111_lock "CREATE TABLE lock (a int);" &&
	gm_commit "Lock

$expand" ) &&
	gm_sql "SELECT 1" &&
	( cd shop && git migrate apply --to 20260103_drop >/dev/null 2>&1 ) &&
	dir=$(gm_stage 20260111_lock expand) &&
	{ psql -X -q -c "SELECT pg_advisory_lock(hashtextextended(
		current_database() || '\''/git_migrate'\'', 0)), pg_sleep(600)" \
		>/dev/null 2>&1 & } &&
	gm_wait "wait_event = '\''PgSleep'\''" 1 &&
	gm_job_begin "$dir" &&
	gm_wait "application_name LIKE '\''git-migrate%'\'' AND
		query LIKE '\''%advisory%'\''" 1 &&
	test -z "$(state 20260111_lock)" &&
	gm_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE wait_event = '\''PgSleep'\''" &&
	wait "$gm_job_pid" &&
	test "$(gm_ledger 20260111_lock)" = "applied 1 1"
'

test_expect_success 'an error leaves nothing behind' '
	( cd shop && sql 20260112_error "CREATE TABLE error (a int);
		SELECT 1/(0 * count(*)) FROM users;" &&
	gm_commit "Error

$expand" ) &&
	dir=$(gm_stage 20260112_error expand) &&
	gm_status 128 gm_job "$dir" 2>err &&
	gm_says "division by zero" err &&
	test -z "$(gm_ledger 20260112_error)" &&
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
	( cd shop && sql 20260113_cut "CREATE TABLE cut (a int);
		SELECT CASE WHEN to_regclass('\''go'\'') IS NULL THEN pg_sleep(600)
		END;" &&
	gm_commit "Cut

$expand" ) &&
	dir=$(gm_stage 20260113_cut expand) &&
	gm_job_begin "$dir" &&
	gm_wait "wait_event = '\''PgSleep'\''" 1 &&
	kill -9 "$gm_job_pid" &&
	gm_sql "CREATE TABLE go (a int)" &&
	gm_wait "application_name LIKE '\''git-migrate%'\''" 0 &&
	test -z "$(gm_sql "SELECT to_regclass('\''cut'\'')")" &&
	gm_job "$dir" &&
	test "$(gm_ledger 20260113_cut)" = "applied 1 1" &&
	gm_job "$dir" && test "$(gm_ledger 20260113_cut)" = "applied 1 1"
'

test_expect_success 'a backfill goes on behind the rows that it wrote' '
	gm_sql "CREATE TABLE counted (id int PRIMARY KEY, n int, hits int);
		INSERT INTO counted SELECT i, NULL, 0
			FROM generate_series(1, 3000) i;
		CREATE FUNCTION hit() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			NEW.hits := OLD.hits + 1;
			IF NEW.id = 2500 AND to_regclass('\''go_on'\'') IS NULL THEN
				PERFORM pg_sleep(600);
			END IF;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER hit BEFORE UPDATE ON counted
			FOR EACH ROW EXECUTE FUNCTION hit()" &&
	( cd shop && sql 20260114_count "UPDATE counted SET n = 1 WHERE n IS NULL;" &&
	gm_commit "Count

Migration-Phase: backfill" ) &&
	dir=$(gm_stage 20260114_count backfill) &&
	gm_job_begin "$dir" &&
	gm_wait "wait_event = '\''PgSleep'\''" &&
	kill -9 "$gm_job_pid" &&
	gm_wait "application_name LIKE '\''git-migrate%'\''" 0 &&
	written=$(gm_sql "SELECT count(*) FROM counted WHERE n = 1") &&
	test "$written" -gt 0 && test "$written" -lt 2500 &&
	gm_sql "CREATE TABLE go_on (a int)" &&
	gm_job "$dir" &&
	test "$(gm_ledger 20260114_count)" = "applied 1 1" &&
	test "$(gm_sql "SELECT count(*) FROM counted WHERE n = 1 AND hits = 1")" \
		= 3000
'

test_expect_success 'a bundle that is in use stays, whatever is recorded since' '
	dir=$(gm_stage 20260113_cut expand) &&
	gm_tree out >before &&
	( cd shop && echo "# more" >>.migrate/policy.yaml && gm_commit "Later" ) &&
	gm_stage 20260113_cut expand &&
	gm_tree out >after &&
	test_cmp before after
'

test_expect_success 'there is no psql in that image, so no rollback by it' '
	gm_rollout only "runner: git-migrate" "tool: gm:1" "image: gm:1" &&
	sed -i "/^  tool:/d" only/.migrate/policy.yaml &&
	( cd only && gm_commit "One image" ) &&
	git -C only migrate emit 20260101 --env staging -o ../only.out 2>err &&
	gm_says "no stage '\''rollback'\''" err &&
	gm_says "image: \"gm:1\"" \
		only.out/flux/migrations/staging/20260101-phone/20-expand/job.yaml
'

test_done

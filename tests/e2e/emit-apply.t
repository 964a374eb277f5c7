#!/bin/sh
test_description='the Jobs of the runner git-migrate, run for real'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"
. "$gm_e2e/pg.sh"

if ! command -v psql >/dev/null || ! gm_pg; then
	skip_all='PostgreSQL is not installed'
	test_done
fi

# job <directory>: what the Job of a stage runs, with what it would mount; the
# database is the one of the environment.
job() {
	rm -rf mounted && mkdir mounted &&
	sed -n 's/^ *path: "\(.*\)"$/\1/p' "$1/job.yaml" >items &&
	while read -r item; do
		test "$item" = ca.crt || cp "$1/$item" mounted || return 1
	done <items
	sed -n '/^ *command:/,/^ *env:/s/^ *- "\(.*\)"$/\1/p' "$1/job.yaml" >words
	set --
	while read -r word; do
		test "$word" = /bundle && word=mounted
		set -- "$@" "$word"
	done <words
	${job_exec-} "$@"
}

begin() {
	(
		job_exec='exec'
		job "$1"
	) >began 2>&1 &
	pid=$!
}

stage() {
	git -C shop migrate emit "$1" --env staging --stage "$2" -o ../out \
		>/dev/null || return 1
	echo "out/flux/migrations/staging/$(echo "$1" | tr _ -)"/*-"$2"
}

state() {
	gm_sql "SELECT state FROM git_migrate.migration WHERE id = '$1'"
}

wait_for() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		test "$(gm_sql "SELECT count(*) FROM pg_stat_activity WHERE $1")" \
			= "$2" && return
		sleep 0.5
	done
	return 1
}

test_expect_success 'set up' '
	gm_rollout shop "runner: git-migrate" &&
	gm_sql "CREATE TABLE users (id int PRIMARY KEY, tel text)" &&
	gm_sql "INSERT INTO users VALUES (1)"
'

test_expect_success 'the first run applies it' '
	dir=$(stage 20260101_phone expand) &&
	job "$dir" >said 2>&1 &&
	gm_says "20260101_phone" said &&
	gm_sql "SELECT phone FROM users" &&
	test "$(state 20260101_phone)" = applied &&
	test "$(gm_sql "SELECT env FROM git_migrate.migration")" = staging
'

test_expect_success 'the second run finds that it was done' '
	gm_sql "SELECT count(*) FROM git_migrate.event" >before &&
	job "$dir" &&
	gm_sql "SELECT count(*) FROM git_migrate.event" >after &&
	test_cmp before after
'

test_expect_success 'a backfill, in batches' '
	dir=$(stage 20260101_phone backfill) &&
	job "$dir" &&
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
	dir=$(stage 20260111_lock expand) &&
	{ psql -X -q -c "SELECT pg_advisory_lock(hashtextextended(
		current_database() || '\''/git_migrate'\'', 0)), pg_sleep(60)" \
		>/dev/null 2>&1 & } &&
	wait_for "wait_event = '\''PgSleep'\''" 1 &&
	begin "$dir" &&
	wait_for "application_name LIKE '\''git-migrate%'\'' AND
		query LIKE '\''%advisory%'\''" 1 &&
	test -z "$(state 20260111_lock)" &&
	gm_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE wait_event = '\''PgSleep'\''" &&
	wait "$pid" &&
	test "$(state 20260111_lock)" = applied
'

test_expect_success 'an error leaves nothing behind' '
	( cd shop && sql 20260112_error "CREATE TABLE error (a int);
		SELECT 1/(0 * count(*)) FROM users;" &&
	gm_commit "Error

$expand" ) &&
	dir=$(stage 20260112_error expand) &&
	! job "$dir" 2>err &&
	gm_says "division by zero" err &&
	test -z "$(gm_sql "SELECT to_regclass('\''error'\'')")" &&
	( cd shop && git reset -q --hard HEAD~ )
'

test_expect_success 'neither does a run that was cut off, and the next does it all' '
	( cd shop && sql 20260113_cut "CREATE TABLE cut (a int);
		SELECT CASE WHEN to_regclass('\''go'\'') IS NULL THEN pg_sleep(9)
		END;" &&
	gm_commit "Cut

$expand" ) &&
	dir=$(stage 20260113_cut expand) &&
	begin "$dir" &&
	wait_for "wait_event = '\''PgSleep'\''" 1 &&
	kill -9 "$pid" &&
	gm_sql "CREATE TABLE go (a int)" &&
	wait_for "application_name LIKE '\''git-migrate%'\''" 0 &&
	test -z "$(gm_sql "SELECT to_regclass('\''cut'\'')")" &&
	job "$dir" &&
	test "$(state 20260113_cut)" = applied
'

test_expect_success 'a bundle that is in use stays, whatever is recorded since' '
	dir=$(stage 20260113_cut expand) &&
	gm_tree out >before &&
	( cd shop && echo "# more" >>.migrate/policy.yaml && gm_commit "Later" ) &&
	stage 20260113_cut expand &&
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

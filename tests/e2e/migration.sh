# tests/e2e/migration.sh: migrations that a test writes by hand.
# shellcheck shell=sh

# The trailers of a well-formed expand.
# shellcheck disable=SC2034 # whoever reads this file uses it
expand='Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: FEATURE_X'

# sql <id> <up> [<down>]: write a migration, with a down file.
sql() {
	mkdir -p "migrations/$1" &&
	printf '%s\n' "$2" >"migrations/$1/up.sql" &&
	printf '%s\n' "${3-SELECT 1;}" >"migrations/$1/down.sql"
}

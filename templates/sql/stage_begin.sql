-- stage_begin: what every stage does first, run by psql.
--   gm_id gm_digest gm_tool: set by run.sql
--   Leaves with 3 when it cannot go on.  Takes the lock of `git migrate
--   apply` for as long as the session lasts, and makes the ledger if needed.

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
SET client_min_messages = 'notice';

SELECT pg_catalog.pg_is_in_recovery()
	OR pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool
	AS gm_no \gset
\if :gm_no
\warn git-migrate: :gm_id: nothing can be written here
DO 'BEGIN RAISE EXCEPTION ''git-migrate: the server is a standby, or read-only'';
END';
\endif

SELECT NOT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(
	pg_catalog.current_database() || '/git_migrate', 0)) AS gm_no \gset
\if :gm_no
\warn git-migrate: :gm_id: somebody else runs a migration in this database
DO 'BEGIN RAISE EXCEPTION ''git-migrate: the lock is held by another session'';
END';
\endif

SELECT pg_catalog.to_regclass('git_migrate.ledger') IS NULL AS gm_new \gset
\if :gm_new
BEGIN;
\ir ledger.sql
INSERT INTO git_migrate.event (kind, tool, detail)
VALUES ('installed', :'gm_tool', 'version 1');
COMMIT;
\endif

SELECT coalesce(max(version), 0) <> 1 AS gm_no FROM git_migrate.ledger \gset
\if :gm_no
\warn git-migrate: :gm_id: the ledger of this database is of another version
DO 'BEGIN RAISE EXCEPTION ''git-migrate: the ledger is not of version 1'';
END';
\endif

-- What is known of this migration.
SELECT coalesce(max(state), 'none') AS gm_state,
	coalesce(pg_catalog.bool_and(digest = :'gm_digest'), true) AS gm_same
FROM git_migrate.migration WHERE id = :'gm_id' \gset
SELECT coalesce(max(unit), 0) AS gm_unit,
	coalesce(pg_catalog.bool_or(state <> 'done'), false) AS gm_open
FROM git_migrate.step WHERE migration = :'gm_id' AND unit = (SELECT max(unit)
	FROM git_migrate.step WHERE migration = :'gm_id') \gset

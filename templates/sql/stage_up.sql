-- stage_up: run a migration, once, with psql.
--   gm_id gm_digest gm_path gm_sha256 gm_phase gm_class gm_env gm_tool:
--   what the ledger is told; gm_steps: its steps, as JSON; gm_indexes: the
--   indexes that have to be valid then, the same way; gm_point: the beginning
--   of the name of the restore point; gm_file: the SQL; gm_verify: the verify
--   SQL, or ""; gm_whole: on when all of it is one transaction.
--   0: it is applied; 3: it is not.

\ir stage_begin.sql

SELECT :'gm_state' IN ('applied', 'baseline') AND :'gm_same' AS gm_done,
	:'gm_state' IN ('applied', 'baseline') AND NOT :'gm_same' AS gm_other,
	:'gm_state' IN ('running', 'failed', 'unverified')
	AND (NOT :'gm_whole'::pg_catalog.bool OR :'gm_unit' <> '0') AS gm_half
\gset
\if :gm_done
\echo git-migrate: :gm_id: applied before
\quit
\endif
\if :gm_other
\warn git-migrate: :gm_id: applied with another digest than :gm_digest
DO 'BEGIN RAISE EXCEPTION ''git-migrate: the migration changed after it ran'';
END';
\endif
\if :gm_half
\warn git-migrate: :gm_id: begun before, and not finished: what it left has to
\warn be looked at: git migrate status --db shows it, and git migrate apply
\warn --resume goes on
DO 'BEGIN RAISE EXCEPTION ''git-migrate: an earlier run was cut off'';
END';
\endif

-- The place to come back to.
SELECT pg_catalog.has_function_privilege(
	'pg_catalog.pg_create_restore_point(text)', 'EXECUTE')
	AND pg_catalog.current_setting('wal_level') <> 'minimal' AS gm_may,
	pg_catalog.has_function_privilege('pg_catalog.pg_switch_wal()',
	'EXECUTE') AS gm_switch \gset
\set gm_checkpoint ''
\if :gm_may
SELECT :'gm_point' || pg_catalog.to_hex((extract(epoch FROM
	pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8) AS gm_name \gset
WITH c AS (
	INSERT INTO git_migrate.checkpoint
		(migration, name, lsn, timeline, system_id, wal_file)
	SELECT :'gm_id', :'gm_name', p.lsn, k.timeline_id, s.system_identifier,
		pg_catalog.pg_walfile_name(p.lsn)
	FROM pg_catalog.pg_create_restore_point(:'gm_name') p (lsn),
		pg_catalog.pg_control_checkpoint() k,
		pg_catalog.pg_control_system() s
	RETURNING id, lsn
), e AS (
	INSERT INTO git_migrate.event (migration, digest, kind, detail, tool)
	SELECT :'gm_id', :'gm_digest', 'checkpoint', :'gm_name', :'gm_tool'
	FROM c
)
SELECT id AS gm_checkpoint, lsn AS gm_lsn FROM c \gset
\echo git-migrate: :gm_id: restore point :gm_name at :gm_lsn
\if :gm_switch
SELECT pg_catalog.pg_switch_wal() AS gm_ignored \gset
\endif
\else
\warn git-migrate: :gm_id: no restore point: this role may not make one, or
\warn the server writes too little WAL
\endif

\if :gm_whole
BEGIN;
\endif
INSERT INTO git_migrate.migration AS m (id, digest, path, sql_sha256, phase,
	class, state, steps, env, tool, checkpoint)
VALUES (:'gm_id', :'gm_digest', :'gm_path', :'gm_sha256', :'gm_phase',
	:'gm_class', 'running',
	pg_catalog.jsonb_array_length(:'gm_steps'::pg_catalog.jsonb),
	nullif(:'gm_env', ''), :'gm_tool',
	nullif(:'gm_checkpoint', '')::pg_catalog.int8)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, path = excluded.path,
	sql_sha256 = excluded.sql_sha256, phase = excluded.phase,
	class = excluded.class, state = 'running', steps = excluded.steps,
	env = excluded.env, tool = excluded.tool, applied_by = session_user,
	started_at = pg_catalog.clock_timestamp(), finished_at = NULL,
	note = NULL, checkpoint = coalesce(excluded.checkpoint, m.checkpoint);
INSERT INTO git_migrate.event (migration, digest, kind, tool)
VALUES (:'gm_id', :'gm_digest', 'started', :'gm_tool');
SELECT pg_catalog.txid_current() AS gm_xid \gset

-- Statements that run in no transaction wait for others as long as it takes,
-- without keeping anybody from reading or writing.
\if :gm_whole
\else
SET lock_timeout = 0;
\endif
\ir :gm_file
RESET SESSION AUTHORIZATION;
RESET ROLE;

\if :gm_whole
SELECT pg_catalog.txid_current() <> :gm_xid AS gm_no \gset
\if :gm_no
\warn git-migrate: :gm_id: the SQL ended the transaction it was run in
DO 'BEGIN RAISE EXCEPTION ''git-migrate: the transaction was ended'';
END';
\endif
\else
BEGIN;
\endif

SELECT coalesce(pg_catalog.bool_or(NOT coalesce(i.indisvalid AND i.indisready,
	false)), false) AS gm_no
FROM pg_catalog.jsonb_array_elements_text(:'gm_indexes'::pg_catalog.jsonb) n
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid =
	pg_catalog.to_regclass(n)::pg_catalog.oid \gset
\if :gm_no
\warn git-migrate: :gm_id: an index it makes is not there, or not valid
DO 'BEGIN RAISE EXCEPTION ''git-migrate: an index is not valid'';
END';
\endif

SELECT :'gm_verify' <> '' AS gm_look \gset
\if :gm_look
SAVEPOINT git_migrate_verify;
SET LOCAL transaction_read_only = on;
\ir :gm_verify
ROLLBACK TO SAVEPOINT git_migrate_verify;
RELEASE SAVEPOINT git_migrate_verify;
\endif

INSERT INTO git_migrate.step (migration, unit, ordinal, kind, tag, line,
	sha256, state, done_at, xid)
SELECT :'gm_id', :gm_unit + 1, s.ordinal, s.kind, s.tag, s.line, s.sha256,
	'done', pg_catalog.clock_timestamp(),
	CASE WHEN s.kind = 'transaction' THEN pg_catalog.txid_current() END
FROM pg_catalog.jsonb_to_recordset(:'gm_steps'::pg_catalog.jsonb) s
	(ordinal pg_catalog.int4, kind pg_catalog.text, tag pg_catalog.text,
	line pg_catalog.int4, sha256 pg_catalog.text);
UPDATE git_migrate.migration SET state = 'applied',
	finished_at = pg_catalog.clock_timestamp() WHERE id = :'gm_id';
INSERT INTO git_migrate.event (migration, digest, kind, tool)
VALUES (:'gm_id', :'gm_digest', 'applied', :'gm_tool');
COMMIT;
\echo git-migrate: :gm_id: applied

-- stage_down: take a migration back, once, with psql.
--   gm_id gm_digest gm_tool gm_file gm_whole: as for stage_up
--   0: it is not applied; 3: it still is.

\ir stage_begin.sql

SELECT :'gm_state' IN ('none', 'reverted', 'failed') AND NOT :'gm_open'
	AS gm_done,
	:'gm_state' NOT IN ('none', 'reverted', 'failed', 'applied',
	'unverified') OR NOT :'gm_same' OR :'gm_open' AS gm_no \gset
\if :gm_done
\echo git-migrate: :gm_id: there is nothing to take back
\quit
\endif
\if :gm_no
\warn git-migrate: :gm_id: what the ledger says of it does not allow it to be
\warn taken back: it was begun and not finished, was not run here, or had
\warn another digest than :gm_digest
DO 'BEGIN RAISE EXCEPTION ''git-migrate: this cannot be taken back'';
END';
\endif

\if :gm_whole
BEGIN;
SELECT pg_catalog.txid_current() AS gm_xid \gset
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

UPDATE git_migrate.migration SET state = 'reverted',
	finished_at = pg_catalog.clock_timestamp() WHERE id = :'gm_id';
INSERT INTO git_migrate.event (migration, digest, kind, tool)
VALUES (:'gm_id', :'gm_digest', 'reverted', :'gm_tool');
COMMIT;
\echo git-migrate: :gm_id: taken back

-- ledger: what git-migrate remembers of a database, in the database.
--   Run as a whole, in one transaction, by a role that may create schemas.
--   Two runners write it: `git migrate apply` and the psql stage.
--   Everything is plain text, numbers and UTC times: read it with SELECT.

CREATE SCHEMA git_migrate;
COMMENT ON SCHEMA git_migrate IS
	'What git-migrate applied to this database, and how far it came.';

CREATE TABLE git_migrate.ledger (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	version integer NOT NULL,
	installed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	installed_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE git_migrate.ledger IS
	'The ledger itself: one row.';
COMMENT ON COLUMN git_migrate.ledger.singleton IS
	'Always true: there is one row.';
COMMENT ON COLUMN git_migrate.ledger.version IS
	'Version of these tables; a program that knows only older ones stops.';
COMMENT ON COLUMN git_migrate.ledger.installed_at IS
	'When the schema was made.';
COMMENT ON COLUMN git_migrate.ledger.installed_by IS
	'The role that made it.';

CREATE TABLE git_migrate.checkpoint (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	migration text NOT NULL,
	name text NOT NULL UNIQUE CHECK (pg_catalog.length(name) < 64),
	lsn pg_lsn NOT NULL,
	timeline integer NOT NULL,
	system_id bigint NOT NULL,
	at timestamptz(3) NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	wal_file text NOT NULL,
	archived_at timestamptz
);
COMMENT ON TABLE git_migrate.checkpoint IS
	'Restore points, each taken just before a migration.';
COMMENT ON COLUMN git_migrate.checkpoint.id IS
	'Counts up.';
COMMENT ON COLUMN git_migrate.checkpoint.migration IS
	'The migration it was taken for.';
COMMENT ON COLUMN git_migrate.checkpoint.name IS
	'Name of the restore point, for recovery_target_name.';
COMMENT ON COLUMN git_migrate.checkpoint.lsn IS
	'Its place in the write-ahead log, for recovery_target_lsn.';
COMMENT ON COLUMN git_migrate.checkpoint.timeline IS
	'The timeline of that place.';
COMMENT ON COLUMN git_migrate.checkpoint.system_id IS
	'System identifier of the cluster.';
COMMENT ON COLUMN git_migrate.checkpoint.at IS
	'When it was taken, to the millisecond, for recovery_target_time.';
COMMENT ON COLUMN git_migrate.checkpoint.wal_file IS
	'The segment of the write-ahead log that holds it.';
COMMENT ON COLUMN git_migrate.checkpoint.archived_at IS
	'When that segment was seen archived; null: not proven.';

CREATE TABLE git_migrate.migration (
	id text PRIMARY KEY,
	digest text NOT NULL,
	path text NOT NULL,
	sql_sha256 text NOT NULL,
	phase text NOT NULL CHECK (phase IN
		('none', 'expand', 'backfill', 'contract')),
	class text NOT NULL CHECK (class IN
		('neutral', 'expand', 'backfill', 'contract', 'opaque')),
	state text NOT NULL CHECK (state IN
		('running', 'failed', 'unverified', 'applied', 'baseline',
		'reverted')),
	steps integer NOT NULL CHECK (steps >= 0),
	env text,
	revision text,
	tool text NOT NULL,
	applied_by text NOT NULL DEFAULT session_user,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	finished_at timestamptz,
	checkpoint bigint REFERENCES git_migrate.checkpoint,
	note text
);
COMMENT ON TABLE git_migrate.migration IS
	'The state of each migration that was begun here.';
COMMENT ON COLUMN git_migrate.migration.id IS
	'Its directory or file stem, as in the repository.';
COMMENT ON COLUMN git_migrate.migration.digest IS
	'Digest of all its files and metadata: git migrate show prints it.';
COMMENT ON COLUMN git_migrate.migration.path IS
	'Path of its up SQL in the repository.';
COMMENT ON COLUMN git_migrate.migration.sql_sha256 IS
	'SHA-256 of its up SQL, in hex.';
COMMENT ON COLUMN git_migrate.migration.phase IS
	'The phase its author declared, or none.';
COMMENT ON COLUMN git_migrate.migration.class IS
	'The class its SQL was read as.';
COMMENT ON COLUMN git_migrate.migration.state IS
	'running: begun, not ended; failed: a step failed, what came before it'
	' holds; unverified: done, but verify.sql failed; applied; baseline:'
	' taken as applied without having run; reverted: taken back.';
COMMENT ON COLUMN git_migrate.migration.steps IS
	'How many steps it has; those that are begun stand in step.';
COMMENT ON COLUMN git_migrate.migration.env IS
	'The environment, where one was named.';
COMMENT ON COLUMN git_migrate.migration.revision IS
	'The commit it was applied from, where that is known.';
COMMENT ON COLUMN git_migrate.migration.tool IS
	'The program and its version.';
COMMENT ON COLUMN git_migrate.migration.applied_by IS
	'The role that ran it.';
COMMENT ON COLUMN git_migrate.migration.started_at IS
	'When it was begun.';
COMMENT ON COLUMN git_migrate.migration.finished_at IS
	'When it was done; null until then.';
COMMENT ON COLUMN git_migrate.migration.checkpoint IS
	'The restore point taken before it.';
COMMENT ON COLUMN git_migrate.migration.note IS
	'Why it is in that state: the error, or the reason of the baseline.';

CREATE TABLE git_migrate.step (
	migration text NOT NULL REFERENCES git_migrate.migration,
	unit integer NOT NULL CHECK (unit > 0),
	ordinal integer NOT NULL CHECK (ordinal > 0),
	kind text NOT NULL CHECK (kind IN
		('transaction', 'plain', 'alone', 'batches')),
	tag text NOT NULL,
	line integer NOT NULL,
	sha256 text NOT NULL,
	state text NOT NULL CHECK (state IN ('intended', 'done', 'failed')),
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	done_at timestamptz,
	outcome text,
	backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
	xid bigint,
	PRIMARY KEY (migration, unit, ordinal)
);
COMMENT ON TABLE git_migrate.step IS
	'The steps of each migration that were begun, in order.';
COMMENT ON COLUMN git_migrate.step.migration IS
	'The migration.';
COMMENT ON COLUMN git_migrate.step.unit IS
	'The run of the whole file: 1, and one more for each repeated run.';
COMMENT ON COLUMN git_migrate.step.ordinal IS
	'Its place in the file, from 1.';
COMMENT ON COLUMN git_migrate.step.kind IS
	'transaction: all statements in one, with the ledger; plain: one'
	' statement in a transaction with this row; alone: one statement that'
	' runs in no transaction; batches: a backfill.';
COMMENT ON COLUMN git_migrate.step.tag IS
	'What it is: CREATE INDEX.';
COMMENT ON COLUMN git_migrate.step.line IS
	'Line of the statement in the file.';
COMMENT ON COLUMN git_migrate.step.sha256 IS
	'SHA-256 of its text: a file that changed between two runs is refused.';
COMMENT ON COLUMN git_migrate.step.state IS
	'intended: begun, outcome not known; done; failed.';
COMMENT ON COLUMN git_migrate.step.started_at IS
	'When it was begun, or begun again.';
COMMENT ON COLUMN git_migrate.step.done_at IS
	'When it was done; null until then.';
COMMENT ON COLUMN git_migrate.step.outcome IS
	'How it was done, or the error.';
COMMENT ON COLUMN git_migrate.step.backend_pid IS
	'The server process that ran it.';
COMMENT ON COLUMN git_migrate.step.xid IS
	'Its transaction, for pg_xact_status; null for one that has none.';

CREATE TABLE git_migrate.backfill (
	migration text NOT NULL,
	unit integer NOT NULL,
	ordinal integer NOT NULL,
	relation text NOT NULL,
	key_columns text[] NOT NULL,
	last_key text[],
	walked bigint NOT NULL DEFAULT 0,
	rows bigint NOT NULL DEFAULT 0,
	batches bigint NOT NULL DEFAULT 0,
	batch_size bigint NOT NULL,
	estimate bigint NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (migration, unit, ordinal),
	FOREIGN KEY (migration, unit, ordinal) REFERENCES git_migrate.step
);
COMMENT ON TABLE git_migrate.backfill IS
	'How far each backfill has come; written with each batch.';
COMMENT ON COLUMN git_migrate.backfill.migration IS
	'The migration.';
COMMENT ON COLUMN git_migrate.backfill.unit IS
	'The unit of the step.';
COMMENT ON COLUMN git_migrate.backfill.ordinal IS
	'The ordinal of the step.';
COMMENT ON COLUMN git_migrate.backfill.relation IS
	'The table whose key is walked.';
COMMENT ON COLUMN git_migrate.backfill.key_columns IS
	'The columns of that key.';
COMMENT ON COLUMN git_migrate.backfill.last_key IS
	'The last key that is done, as text; null before the first batch.';
COMMENT ON COLUMN git_migrate.backfill.walked IS
	'Keys walked so far.';
COMMENT ON COLUMN git_migrate.backfill.rows IS
	'Rows written so far.';
COMMENT ON COLUMN git_migrate.backfill.batches IS
	'Batches committed so far.';
COMMENT ON COLUMN git_migrate.backfill.batch_size IS
	'Keys in the next batch.';
COMMENT ON COLUMN git_migrate.backfill.estimate IS
	'Rows of the table, as the planner guessed when it began.';
COMMENT ON COLUMN git_migrate.backfill.updated_at IS
	'When the last batch was committed.';

CREATE TABLE git_migrate.object (
	kind text NOT NULL,
	identity text NOT NULL,
	parent text NOT NULL,
	sha256 text NOT NULL,
	seen_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (kind, identity)
);
COMMENT ON TABLE git_migrate.object IS
	'The catalog after the last migration: what differs from it is drift.';
COMMENT ON COLUMN git_migrate.object.kind IS
	'What it is: table, column, index, ...';
COMMENT ON COLUMN git_migrate.object.identity IS
	'Its full name.';
COMMENT ON COLUMN git_migrate.object.parent IS
	'Kind and name of what it goes with; empty for what stands alone.';
COMMENT ON COLUMN git_migrate.object.sha256 IS
	'SHA-256 of its definition.';
COMMENT ON COLUMN git_migrate.object.seen_at IS
	'When it was looked at.';

CREATE TABLE git_migrate.event (
	seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	migration text,
	digest text,
	kind text NOT NULL,
	ordinal integer,
	detail text,
	actor text NOT NULL DEFAULT session_user,
	tool text NOT NULL,
	client inet DEFAULT pg_catalog.inet_client_addr(),
	backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(),
	xid bigint NOT NULL DEFAULT pg_catalog.txid_current()
);
COMMENT ON TABLE git_migrate.event IS
	'All that happened, oldest first; rows are added, never changed.';
COMMENT ON COLUMN git_migrate.event.seq IS
	'Counts up, with gaps.';
COMMENT ON COLUMN git_migrate.event.at IS
	'When.';
COMMENT ON COLUMN git_migrate.event.migration IS
	'The migration, or null where it is about the ledger.';
COMMENT ON COLUMN git_migrate.event.digest IS
	'The digest of the migration at that time.';
COMMENT ON COLUMN git_migrate.event.kind IS
	'installed, checkpoint, archived, started, step-done, step-failed,'
	' recovered, failed, unverified, applied, baseline, reverted, catalog.';
COMMENT ON COLUMN git_migrate.event.ordinal IS
	'The step, where it is about one.';
COMMENT ON COLUMN git_migrate.event.detail IS
	'In words.';
COMMENT ON COLUMN git_migrate.event.actor IS
	'The role that was connected.';
COMMENT ON COLUMN git_migrate.event.tool IS
	'The program and its version.';
COMMENT ON COLUMN git_migrate.event.client IS
	'Where it was connected from; null on a local socket.';
COMMENT ON COLUMN git_migrate.event.backend_pid IS
	'The server process.';
COMMENT ON COLUMN git_migrate.event.xid IS
	'The transaction that wrote the row.';

CREATE FUNCTION git_migrate.event_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	RAISE EXCEPTION 'git_migrate.event is only ever added to'
	USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION git_migrate.event_stays() IS
	'Refuses what would change or remove events.';
CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE
ON git_migrate.event FOR EACH STATEMENT
EXECUTE FUNCTION git_migrate.event_stays();
ALTER TABLE git_migrate.event ENABLE ALWAYS TRIGGER event_stays;

REVOKE ALL ON SCHEMA git_migrate FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA git_migrate FROM PUBLIC;
REVOKE ALL ON FUNCTION git_migrate.event_stays() FROM PUBLIC;
INSERT INTO git_migrate.ledger (version) VALUES (1);

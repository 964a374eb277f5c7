-- preflight_server: what stands against any migration on this server.
--   $1 integer  seconds after which a transaction is old
--   $2 text     the search_path of migrations; '' when nobody asked for one,
--               and it is public
--   returns     "check" text, level text (block, warn, note), what text,
--               hint text
WITH found ("check", level, what, hint) AS (
	SELECT 'primary', 'block', 'the server is in recovery: it only replays',
		'Connect to the primary, which target_session_attrs=read-write'
		|| ' finds among several hosts.'
	WHERE pg_catalog.pg_is_in_recovery()
	UNION ALL
	SELECT 'primary', 'block', 'the session is read-only ('
		|| 'default_transaction_read_only is on)',
		'Connect as a role, or to a server, that may write.'
	WHERE pg_catalog.current_setting('transaction_read_only')::boolean
		AND NOT pg_catalog.pg_is_in_recovery()
	UNION ALL
	SELECT 'version', 'block', 'the server is PostgreSQL '
		|| pg_catalog.current_setting('server_version')
		|| ', and 13 is the oldest that is supported', ''
	WHERE pg_catalog.current_setting('server_version_num')::integer < 130000
	UNION ALL
	SELECT 'archive', 'block', 'the last try to archive WAL failed, at '
		|| a.last_failed_wal || ': there is no point-in-time recovery',
		'Repair archive_command or archive_library first.'
	FROM pg_catalog.pg_stat_archiver a
	WHERE pg_catalog.current_setting('archive_mode') <> 'off'
		AND a.last_failed_time > coalesce(a.last_archived_time,
		'-infinity')
	UNION ALL
	SELECT 'transactions', 'warn', 'process ' || a.pid || ' of '
		|| coalesce(a.usename, '?') || ' has a transaction open for '
		|| pg_catalog.date_trunc('second', pg_catalog.now()
		- a.xact_start),
		'Concurrent index builds wait for it, and vacuum cannot clean up.'
	FROM pg_catalog.pg_stat_activity a
	WHERE a.datname = pg_catalog.current_database()
		AND a.pid <> pg_catalog.pg_backend_pid()
		AND a.backend_type = 'client backend'
		AND a.xact_start < pg_catalog.now()
		- pg_catalog.make_interval(secs => $1::integer)
	UNION ALL
	SELECT 'prepared', 'warn', 'prepared transaction ''' || p.gid
		|| ''' of ' || p.owner || ' is open since ' || p.prepared,
		'It outlives restarts: COMMIT PREPARED or ROLLBACK PREPARED it.'
	FROM pg_catalog.pg_prepared_xacts p
	WHERE p.database = pg_catalog.current_database()
	UNION ALL
	SELECT 'replication', 'warn', 'standby '
		|| coalesce(nullif(r.application_name, ''), r.client_addr::text,
		'?') || ' is '
		|| pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff(
		pg_catalog.pg_current_wal_lsn(), r.replay_lsn)) || ' behind',
		'Its queries on what changes are canceled when it replays.'
	FROM pg_catalog.pg_stat_replication r
	WHERE NOT pg_catalog.pg_is_in_recovery()
		AND pg_catalog.pg_wal_lsn_diff(CASE WHEN
		pg_catalog.pg_is_in_recovery() THEN NULL ELSE
		pg_catalog.pg_current_wal_lsn() END, r.replay_lsn) > 67108864
	UNION ALL
	SELECT 'replication', 'warn', 'role ' || current_user
		|| ' may not see how far standbys are behind: a backfill does'
		|| ' not wait for them', 'GRANT pg_monitor TO it.'
	WHERE EXISTS (SELECT FROM pg_catalog.pg_stat_replication r
		WHERE r.state IS NULL)
	UNION ALL
	SELECT 'session', 'warn', 'session_replication_role is '
		|| pg_catalog.current_setting('session_replication_role')
		|| ': triggers do not fire, and foreign keys are not checked',
		'ALTER ROLE or ALTER DATABASE has set it; RESET it there.'
	WHERE pg_catalog.current_setting('session_replication_role')
		<> 'origin'
	UNION ALL
	SELECT 'session', 'warn', 'search_path is ' || s.reset_val
		|| ' in sessions of ' || session_user
		|| ', and public in migrations',
		'Name it with --search-path.'
	FROM pg_catalog.pg_settings s
	WHERE s.name = 'search_path' AND $2 = '' AND s.reset_val <> 'public'
		AND (s.reset_val <> '"$user", public' OR EXISTS (SELECT
		FROM pg_catalog.pg_namespace n WHERE n.nspname = session_user))
	UNION ALL
	SELECT 'slots', 'warn', 'replication slot ' || s.slot_name || ' is '
		|| CASE WHEN s.wal_status IN ('unreserved', 'lost')
		THEN s.wal_status ELSE 'inactive' END
		|| coalesce(', and WAL for ' || pg_catalog.pg_size_pretty(
		s.safe_wal_size) || ' is left', ''),
		'A rewrite writes as much WAL as the table is large.'
	FROM pg_catalog.pg_replication_slots s
	WHERE NOT s.temporary AND (NOT s.active
		OR s.wal_status NOT IN ('reserved', 'extended'))
	UNION ALL
	SELECT 'connections', 'warn', 'only ' || f.free
		|| ' more connections are possible',
		'max_connections is nearly reached.'
	FROM (SELECT pg_catalog.current_setting('max_connections')::bigint
		- pg_catalog.current_setting(
		'superuser_reserved_connections')::bigint
		- count(*) AS free FROM pg_catalog.pg_stat_activity
		WHERE backend_type = 'client backend') f
	WHERE f.free < 3
	UNION ALL
	SELECT 'indexes', 'warn', 'index ' || x.indexrelid::pg_catalog.regclass
		|| ' of ' || x.indrelid::pg_catalog.regclass || ' is INVALID',
		'A build was cut off: writers pay for it and readers cannot use'
		|| ' it. Drop it, or REINDEX it concurrently.'
	FROM pg_catalog.pg_index x
	JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
	WHERE NOT x.indisvalid AND c.relkind = 'i'
	UNION ALL
	SELECT 'event triggers', 'note', 'event trigger ' || e.evtname
		|| ' runs on ' || e.evtevent, ''
	FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D'
)
SELECT "check", level, what, hint FROM found
ORDER BY pg_catalog.array_position('{block,warn,note}'::text[], level), "check",
	what
LIMIT 50

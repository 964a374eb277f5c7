-- preflight_targets: what stands against locking these relations.
--   $1 text[]    names, quoted where needed
--   $2 text[]    the lock each is to get: rows, long, writes, all
--   $3 boolean[] is it written anew?
--   $4 integer   seconds after which a transaction is old
--   returns      "check" text, level text (block, warn, note), what text,
--                hint text
WITH named AS (
	SELECT pg_catalog.to_regclass(u.name)::oid AS oid, u.lock, u.space
	FROM ROWS FROM (pg_catalog.unnest($1::text[]),
		pg_catalog.unnest($2::text[]),
		pg_catalog.unnest($3::boolean[])) AS u (name, lock, space)
), target AS (
	-- An index stands for its table as well.
	SELECT n.oid, n.lock, n.space FROM named n WHERE n.oid IS NOT NULL
	UNION
	SELECT x.indrelid, n.lock, false FROM named n
	JOIN pg_catalog.pg_index x ON x.indexrelid = n.oid
), held AS (
	SELECT t.oid, t.lock, l.pid, l.mode, l.virtualtransaction
	FROM target t JOIN pg_catalog.pg_locks l ON l.relation = t.oid
		AND l.locktype = 'relation' AND l.granted
		AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
		WHERE d.datname = pg_catalog.current_database())
	WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
		AND CASE t.lock WHEN 'all' THEN true
		WHEN 'writes' THEN l.mode NOT IN ('AccessShareLock',
		'RowShareLock')
		WHEN 'long' THEN l.mode NOT IN ('AccessShareLock')
		ELSE l.mode IN ('ShareLock', 'ShareRowExclusiveLock',
		'ExclusiveLock', 'AccessExclusiveLock') END
), found ("check", level, what, hint) AS (
	SELECT 'transactions', 'block', 'process ' || a.pid || ' of '
		|| coalesce(a.usename, '?') || ' (' || coalesce(a.state, '?')
		|| ') holds ' || h.mode || ' on ' || h.oid::pg_catalog.regclass
		|| ' for ' || pg_catalog.date_trunc('second', pg_catalog.now()
		- a.xact_start),
		'End it, or wait for it.'
	FROM held h JOIN pg_catalog.pg_stat_activity a ON a.pid = h.pid
	WHERE a.backend_type = 'client backend' AND a.xact_start
		< pg_catalog.now() - pg_catalog.make_interval(
		secs => $4::integer)
	UNION ALL
	SELECT 'prepared', 'block', 'a prepared transaction'
		|| coalesce(', ''' || p.gid || ''' of ' || p.owner || ',', '')
		|| ' holds ' || h.mode || ' on ' || h.oid::pg_catalog.regclass,
		'It outlives restarts: COMMIT PREPARED or ROLLBACK PREPARED it.'
	FROM held h LEFT JOIN pg_catalog.pg_locks x
		ON x.locktype = 'transactionid' AND x.pid IS NULL
		AND x.virtualtransaction = h.virtualtransaction
	LEFT JOIN pg_catalog.pg_prepared_xacts p
		ON p.transaction = x.transactionid
	WHERE h.pid IS NULL
	UNION ALL
	SELECT 'autovacuum', 'block', 'an autovacuum to prevent wraparound'
		|| ' works on ' || h.oid::pg_catalog.regclass
		|| ' and does not yield',
		'Wait until it is done.'
	FROM held h JOIN pg_catalog.pg_stat_activity a ON a.pid = h.pid
	WHERE a.backend_type = 'autovacuum worker'
		AND a.query LIKE '%(to prevent wraparound)%'
	UNION ALL
	SELECT 'progress', 'block', 'process ' || p.pid || ' runs '
		|| p.command || ' on ' || t.oid::pg_catalog.regclass,
		'Wait until it is done.'
	FROM target t JOIN (SELECT pid, relid, command
		FROM pg_catalog.pg_stat_progress_create_index
		UNION ALL SELECT pid, relid, command
		FROM pg_catalog.pg_stat_progress_cluster) p ON p.relid = t.oid
	WHERE t.lock <> 'rows' AND p.pid <> pg_catalog.pg_backend_pid()
	UNION ALL
	SELECT 'indexes', 'warn', 'index ' || x.indexrelid::pg_catalog.regclass
		|| ' of ' || t.oid::pg_catalog.regclass || ' is INVALID', ''
	FROM target t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid
	JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
	WHERE NOT x.indisvalid AND c.relkind = 'i'
	UNION ALL
	SELECT 'publications', 'warn', t.oid::pg_catalog.regclass
		|| ' is in publication ' || p.pubname
		|| ': changes of its form are not replicated',
		'Add on the subscriber first, drop on the publisher first.'
	FROM target t JOIN pg_catalog.pg_class c ON c.oid = t.oid
	JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_publication_tables p ON p.schemaname = n.nspname
		AND p.tablename = c.relname
	WHERE t.lock IN ('all', 'writes')
	UNION ALL
	SELECT 'space', 'note', t.oid::pg_catalog.regclass || ' is written anew: '
		|| pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size(
		t.oid)) || ' of room are needed meanwhile', ''
	FROM target t WHERE t.space
		AND pg_catalog.pg_total_relation_size(t.oid) > 104857600
	UNION ALL
	SELECT 'rights', 'block', 'role ' || current_user || ' does not own '
		|| t.oid::pg_catalog.regclass,
		'Connect as a role that has the rights of '
		|| pg_catalog.pg_get_userbyid(c.relowner) || '.'
	FROM target t JOIN pg_catalog.pg_class c ON c.oid = t.oid
	WHERE t.lock IN ('all', 'writes', 'long') AND c.relkind <> 'i'
		-- A member may SET ROLE first.
		AND NOT pg_catalog.pg_has_role(c.relowner, 'MEMBER')
		AND NOT pg_catalog.has_table_privilege(t.oid,
		'TRUNCATE, REFERENCES, TRIGGER')
	UNION ALL
	SELECT 'rights', 'block', 'role ' || current_user || ' may not write '
		|| t.oid::pg_catalog.regclass, ''
	FROM target t JOIN pg_catalog.pg_class c ON c.oid = t.oid
	WHERE t.lock = 'rows' AND NOT EXISTS (SELECT
		FROM pg_catalog.pg_roles r WHERE pg_catalog.pg_has_role(r.oid,
		'MEMBER') AND pg_catalog.has_table_privilege(r.oid, t.oid,
		'INSERT, UPDATE, DELETE')) AND NOT EXISTS (SELECT
		FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid
		AND a.attnum > 0 AND pg_catalog.has_column_privilege(t.oid,
		a.attnum, 'INSERT, UPDATE'))
)
SELECT DISTINCT "check", level, what, hint,
	pg_catalog.array_position('{block,warn,note}'::text[], level)
FROM found ORDER BY 5, 1, 3 LIMIT 50

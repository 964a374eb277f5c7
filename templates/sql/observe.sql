-- observe: what there is, by numbers that stay when names change.
--   returns      id text (a letter for the kind, and the number, behind that
--                of what it is a part of), what text, name text, file bigint
--                (of relations that have one, but for sequences, which are
--                a page each), facts text (what must not change unseen), odd
--                boolean (an index that is not valid, but for those of
--                partitioned tables, which are valid once each partition has
--                one), sorted by id
-- Runs as whoever runs the migration, with any search_path.
WITH rel AS (
	SELECT c.oid, c.relkind, c.relfilenode,
		pg_catalog.quote_ident(n.nspname) || '.'
		|| pg_catalog.quote_ident(c.relname) AS name,
		CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
		WHEN 'm' THEN 'materialized view' WHEN 'c' THEN 'type'
		WHEN 'f' THEN 'foreign table' WHEN 'i' THEN 'index'
		WHEN 'I' THEN 'index' ELSE 'table' END AS what
	FROM pg_catalog.pg_class c
	JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid >= 16384 AND n.nspname !~ '^pg_'
		AND n.nspname <> 'information_schema'
), object (id, what, name, file, facts, odd) AS (
	SELECT 'r' || r.oid, r.what, r.name, CASE WHEN r.relkind <> 'S'
		THEN r.relfilenode::bigint ELSE 0 END, '',
		x.indisvalid IS FALSE AND r.relkind = 'i'
	FROM rel r LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = r.oid
	UNION ALL
	SELECT 'a' || a.attrelid || '.' || a.attnum, 'column',
		r.name || '.' || pg_catalog.quote_ident(a.attname), 0,
		CASE WHEN a.attnotnull THEN 'NOT NULL ' ELSE '' END
		|| pg_catalog.format_type(a.atttypid, a.atttypmod), false
	FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
	WHERE a.attnum > 0 AND NOT a.attisdropped
		AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
	UNION ALL
	SELECT 'd' || d.adrelid || '.' || d.adnum, 'default',
		r.name || '.' || pg_catalog.quote_ident(a.attname), 0, '', false
	FROM rel r JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid
	JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
		AND a.attnum = d.adnum
	UNION ALL
	SELECT 'k' || k.conrelid || '.' || k.oid, 'constraint', pg_catalog.quote_ident(k.conname)
		|| ' of ' || r.name, 0, '', false
	FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
	WHERE k.contype NOT IN ('n', 't')
	UNION ALL
	SELECT 'g' || g.tgrelid || '.' || g.oid, 'trigger', pg_catalog.quote_ident(g.tgname)
		|| ' of ' || r.name, 0, '', false
	FROM rel r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid
	WHERE NOT g.tgisinternal
	UNION ALL
	SELECT 'l' || l.polrelid || '.' || l.oid, 'policy', pg_catalog.quote_ident(l.polname)
		|| ' of ' || r.name, 0, '', false
	FROM rel r JOIN pg_catalog.pg_policy l ON l.polrelid = r.oid
	UNION ALL
	SELECT 'f' || f.oid, 'function', pg_catalog.quote_ident(n.nspname) || '.'
		|| pg_catalog.quote_ident(f.proname) || '('
		|| pg_catalog.pg_get_function_identity_arguments(f.oid) || ')',
		0, '', false
	FROM pg_catalog.pg_proc f
	JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
	WHERE f.oid >= 16384 AND n.nspname !~ '^pg_'
	UNION ALL
	SELECT 't' || t.oid, CASE t.typtype WHEN 'd' THEN 'domain'
		ELSE 'type' END, pg_catalog.quote_ident(n.nspname) || '.'
		|| pg_catalog.quote_ident(t.typname), 0, '', false
	FROM pg_catalog.pg_type t
	JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
	WHERE t.oid >= 16384 AND n.nspname !~ '^pg_'
		AND t.typtype IN ('d', 'e', 'r')
	UNION ALL
	SELECT 'e' || e.enumtypid || '.' || e.oid, 'value', e.enumtypid::pg_catalog.regtype || ' '
		|| pg_catalog.quote_literal(e.enumlabel), 0, '', false
	FROM pg_catalog.pg_enum e WHERE e.oid >= 16384
	UNION ALL
	SELECT 'n' || n.oid, 'schema', pg_catalog.quote_ident(n.nspname), 0, '',
		false
	FROM pg_catalog.pg_namespace n
	WHERE n.oid >= 16384 AND n.nspname !~ '^pg_'
	UNION ALL
	SELECT 'x' || e.oid, 'extension', pg_catalog.quote_ident(e.extname), 0,
		'', false
	FROM pg_catalog.pg_extension e WHERE e.oid >= 16384
)
SELECT o.id, o.what, o.name, o.file, o.facts, o.odd
FROM object o
ORDER BY o.id COLLATE "C"

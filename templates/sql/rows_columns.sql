-- rows_columns: the columns of the tables of rows_tables.
--   returns      "table" text (oid), number integer, name text (as SQL writes
--                it), type text (oid), modifier integer, "full" text (the type
--                as SQL writes it), nullable boolean, auto boolean (the server
--                gives it a value), given boolean (it has a default), plain
--                text (the type below all domains), domains text[] (of its
--                domain and those below: what VALUE must fulfil)
WITH RECURSIVE domain (type, id) AS (
	SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
	UNION ALL
	SELECT d.type, t.typbasetype FROM domain d
	JOIN pg_catalog.pg_type t ON t.oid = d.id WHERE t.typtype = 'd'
)
SELECT a.attrelid::text, a.attnum, pg_catalog.quote_ident(a.attname),
	a.atttypid::text, a.atttypmod,
	pg_catalog.format_type(a.atttypid, a.atttypmod),
	NOT (a.attnotnull OR EXISTS (SELECT FROM domain d
	JOIN pg_catalog.pg_type t ON t.oid = d.id
	WHERE d.type = a.atttypid AND t.typnotnull)),
	a.attgenerated <> '' OR a.attidentity <> ''
	OR coalesce(pg_catalog.pg_get_expr(e.adbin, e.adrelid), '')
	~ '^nextval\(', a.atthasdef,
	coalesce((SELECT pg_catalog.format_type(t.typbasetype, t.typtypmod)
	FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.id
	JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
	WHERE d.type = a.atttypid AND t.typtype = 'd' AND b.typtype <> 'd'),
	pg_catalog.format_type(a.atttypid, a.atttypmod)),
	(SELECT pg_catalog.array_agg(pg_catalog.pg_get_expr(k.conbin, 0))
	FROM domain d JOIN pg_catalog.pg_constraint k ON k.contypid = d.id
	WHERE d.type = a.atttypid AND k.contype = 'c')
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid
	AND e.adnum = a.attnum
WHERE c.relkind = 'r' AND c.oid >= 16384 AND a.attnum > 0
	AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum

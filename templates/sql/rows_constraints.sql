-- rows_constraints: what the rows of the tables of rows_tables must fulfil.
--   returns      "table" text (oid), kind text ('c' a check, 'f' a reference),
--                text (the expression), columns integer[], other text (oid of
--                the table that is referenced), its name text, its columns
--                text[] (as SQL writes them)
SELECT k.conrelid::text, k.contype::text,
	CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
	ELSE '' END, coalesce(k.conkey, '{}'), k.confrelid::text,
	CASE WHEN k.contype = 'f' THEN (SELECT pg_catalog.quote_ident(n.nspname)
	|| '.' || pg_catalog.quote_ident(c.relname)
	FROM pg_catalog.pg_class c
	JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = k.confrelid) END,
	(SELECT pg_catalog.array_agg(pg_catalog.quote_ident(a.attname)
	ORDER BY u.at)
	FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u (num, at)
	JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid
	AND a.attnum = u.num)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE c.relkind = 'r' AND c.oid >= 16384 AND k.contype IN ('c', 'f')
	AND (k.contype = 'c' OR k.conparentid = 0
	OR c.relispartition)
ORDER BY k.conrelid, k.oid

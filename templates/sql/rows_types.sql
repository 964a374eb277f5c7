-- rows_types: what is known of each type a column can have.
--   returns      oid text, name text (as in the catalog), "full" text (as SQL
--                writes it), kind text (typtype), category text, base text and
--                modifier integer (of a domain), element text (of an array or
--                range), fields text[] of a composite type ("oid modifier")
SELECT t.oid::text, t.typname::text, pg_catalog.format_type(t.oid, NULL),
	t.typtype::text, t.typcategory::text, t.typbasetype::text, t.typtypmod,
	coalesce(r.rngsubtype, t.typelem)::text,
	CASE WHEN t.typtype = 'c' THEN (SELECT pg_catalog.array_agg(
	a.atttypid || ' ' || a.atttypmod ORDER BY a.attnum)
	FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid
	AND a.attnum > 0 AND NOT a.attisdropped) END
FROM pg_catalog.pg_type t
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm')
	OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c
	WHERE c.oid = t.typrelid AND c.relkind = 'c')

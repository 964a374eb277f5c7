-- sums_columns: the tables that hold rows, with what their rows are made of.
--   $1 text      a schema to leave out, '' for none
--   returns      "table" text, its "columns" text[], quoted, by name; both as
--                SQL writes them; generated columns are left out; logged
--                boolean: its rows are in the WAL
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
	(SELECT array_agg(quote_ident(a.attname) ORDER BY a.attname COLLATE "C")
	FROM pg_catalog.pg_attribute a
	WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		AND a.attgenerated = ''),
	c.relpersistence <> 'u'
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'
	AND n.nspname <> 'information_schema' AND n.nspname <> $1
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
	WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
		AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"

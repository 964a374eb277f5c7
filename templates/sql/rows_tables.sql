-- rows_tables: the tables rows can be put into.
--   $1 text      a schema to leave out, '' for none
--   returns      oid text, name text (as SQL writes it), bounds text (what
--                its rows must fulfil as a partition, or '')
-- Rows of a partitioned table go into its partitions.
SELECT c.oid::text, pg_catalog.quote_ident(n.nspname) || '.'
	|| pg_catalog.quote_ident(c.relname),
	coalesce(pg_catalog.pg_get_partition_constraintdef(c.oid), '')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'
	AND n.nspname <> 'information_schema' AND n.nspname <> $1
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
	WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
		AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- catalog: all objects of a database, each as a kind, a name and a text in
-- which every difference that matters shows.
--   $1 text      a schema to leave out, '' for none
--   returns      kind text, name text, parent text (the kind and name of what
--                it goes with, or ''), definition text
-- Runs with search_path = pg_catalog, so that names are written with schemas.
-- Leaves out what belongs to an extension.  PostgreSQL 12 and later.
WITH part (class, id) AS (
	SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e'
), ns AS (
	SELECT n.oid, n.nspname, quote_ident(n.nspname) AS name, n.nspowner,
		n.nspacl
	FROM pg_namespace n
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		AND n.nspname <> $1
		AND NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_namespace'::regclass AND p.id = n.oid)
), rel AS (
	SELECT c.oid, c.relkind, c.relname, c.relowner, c.relacl, c.relispartition,
		n.name || '.' || quote_ident(c.relname) AS name,
		CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
		WHEN 'm' THEN 'materialized view' WHEN 'c' THEN 'type'
		WHEN 'f' THEN 'foreign table' WHEN 'i' THEN 'index'
		WHEN 'I' THEN 'index' ELSE 'table' END AS kind,
		concat_ws(' ',
		CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
		CASE WHEN c.relkind = 'p' THEN 'PARTITION BY '
		|| pg_get_partkeydef(c.oid) END,
		CASE WHEN c.relispartition THEN
		(SELECT 'PARTITION OF ' || i.inhparent::regclass
		FROM pg_inherits i WHERE i.inhrelid = c.oid LIMIT 1)
		|| ' ' || pg_get_expr(c.relpartbound, c.oid)
		ELSE (SELECT 'INHERITS (' || string_agg(i.inhparent::regclass::text,
		', ' ORDER BY i.inhseqno) || ')' FROM pg_inherits i
		WHERE i.inhrelid = c.oid AND c.relkind NOT IN ('i', 'I')) END,
		CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
		CASE WHEN c.relforcerowsecurity THEN 'FORCED' END,
		CASE c.relreplident WHEN 'f' THEN 'REPLICA IDENTITY FULL'
		WHEN 'n' THEN CASE WHEN c.relkind IN ('r', 'p')
		THEN 'REPLICA IDENTITY NOTHING' END
		WHEN 'i' THEN 'REPLICA IDENTITY '
		|| (SELECT x.indexrelid::regclass FROM pg_index x
		WHERE x.indrelid = c.oid AND x.indisreplident) END,
		'WITH (' || array_to_string(c.reloptions, ', ') || ')',
		(SELECT 'USING ' || a.amname FROM pg_am a WHERE a.oid = c.relam
		AND a.amname NOT IN ('heap') AND c.relkind IN ('r', 'm', 'p')),
		(SELECT 'TABLESPACE ' || quote_ident(t.spcname)
		FROM pg_tablespace t WHERE t.oid = c.reltablespace)) AS more
	FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
	WHERE c.relkind NOT IN ('t') AND NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_class'::regclass AND p.id = c.oid)
), typ AS (
	SELECT t.oid, t.typtype, t.typowner, t.typacl, t.typrelid, t.typbasetype,
		t.typtypmod, t.typnotnull, t.typdefault, t.typcollation,
		n.name || '.' || quote_ident(t.typname) AS name,
		CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind
	FROM pg_type t JOIN ns n ON n.oid = t.typnamespace
	WHERE (t.typtype IN ('d', 'e', 'r', 'm')
		OR t.typtype = 'b' AND t.typelem = 0)
		AND NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_type'::regclass AND p.id = t.oid)
), fun AS (
	SELECT f.oid, f.prokind, f.proowner, f.proacl,
		n.name || '.' || quote_ident(f.proname) || '('
		|| pg_get_function_identity_arguments(f.oid) || ')' AS name,
		CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
		ELSE 'function' END AS kind
	FROM pg_proc f JOIN ns n ON n.oid = f.pronamespace
	WHERE NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_proc'::regclass AND p.id = f.oid)
), privileges (kind, name, owner, acl) AS (
	SELECT 'schema', n.name, n.nspowner,
		coalesce(n.nspacl, acldefault('n', n.nspowner)) FROM ns n
	UNION ALL
	SELECT r.kind, r.name, r.relowner, coalesce(r.relacl,
		acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char",
		r.relowner))
	FROM rel r WHERE r.relkind NOT IN ('i', 'I', 'c')
	UNION ALL
	SELECT 'column', r.name || '.' || quote_ident(a.attname), r.relowner,
		a.attacl
	FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid
	WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
	UNION ALL
	SELECT f.kind, f.name, f.proowner, coalesce(f.proacl,
		acldefault('f', f.proowner)) FROM fun f
	UNION ALL
	SELECT t.kind, t.name, t.typowner, coalesce(t.typacl,
		acldefault('T', t.typowner)) FROM typ t
), object (kind, name, parent, definition) AS (
	SELECT 'schema', n.name, '', 'OWNER ' || pg_get_userbyid(n.nspowner)
	FROM ns n
	UNION ALL
	SELECT 'extension', quote_ident(e.extname), '',
		e.extversion || ' IN ' || e.extnamespace::regnamespace
	FROM pg_extension e WHERE e.extname <> 'plpgsql'
	UNION ALL
	SELECT r.kind, r.name, '', concat_ws(' ', r.more,
		'OWNER ' || pg_get_userbyid(r.relowner),
		CASE r.relkind WHEN 'v' THEN pg_get_viewdef(r.oid)
		WHEN 'm' THEN pg_get_viewdef(r.oid) END)
	FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
	UNION ALL
	SELECT r.kind, r.name, '', concat_ws(', ',
		format_type(s.seqtypid, NULL), 'start ' || s.seqstart,
		'increment ' || s.seqincrement, 'from ' || s.seqmin,
		'to ' || s.seqmax, 'cache ' || s.seqcache,
		CASE WHEN s.seqcycle THEN 'cycle' END,
		(SELECT 'owned by ' || d.refobjid::regclass || '.'
		|| quote_ident(a.attname)
		FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid
		AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid
		AND d.refclassid = 'pg_class'::regclass
		AND d.deptype IN ('a', 'i') LIMIT 1),
		'OWNER ' || pg_get_userbyid(r.relowner))
	FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid
	UNION ALL
	SELECT 'column', r.name || '.' || quote_ident(a.attname),
		r.kind || ' ' || r.name, concat_ws(' ',
		format_type(a.atttypid, a.atttypmod),
		(SELECT 'COLLATE ' || c.oid::regcollation FROM pg_collation c
		JOIN pg_type t ON t.oid = a.atttypid WHERE c.oid = a.attcollation
		AND a.attcollation <> t.typcollation),
		CASE WHEN a.attnotnull THEN 'NOT NULL' END,
		CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
		WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
		CASE a.attgenerated WHEN '' THEN 'DEFAULT '
		WHEN 's' THEN 'GENERATED ALWAYS STORED AS '
		ELSE 'GENERATED ALWAYS AS ' END
		|| pg_get_expr(d.adbin, d.adrelid),
		CASE WHEN a.attstorage <> t.typstorage
		THEN 'STORAGE ' || a.attstorage::text END,
		CASE WHEN NULLIF(a.attstattarget, -1) IS NOT NULL
		THEN 'STATISTICS ' || a.attstattarget END)
	FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid
	JOIN pg_type t ON t.oid = a.atttypid
	LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attnum > 0 AND NOT a.attisdropped
		AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
	UNION ALL
	SELECT 'type', r.name, '', 'OWNER ' || pg_get_userbyid(r.relowner)
	FROM rel r WHERE r.relkind = 'c'
	UNION ALL
	SELECT 'constraint', quote_ident(k.conname) || ' of ' || r.name,
		r.kind || ' ' || r.name, pg_get_constraintdef(k.oid)
	FROM rel r JOIN pg_constraint k ON k.conrelid = r.oid
	WHERE k.contype NOT IN ('n', 't')
	UNION ALL
	SELECT 'constraint', quote_ident(k.conname) || ' of ' || t.name,
		t.kind || ' ' || t.name, pg_get_constraintdef(k.oid)
	FROM typ t JOIN pg_constraint k ON k.contypid = t.oid
	WHERE k.contype NOT IN ('n')
	UNION ALL
	SELECT 'index', r.name, o.kind || ' ' || o.name, concat_ws(' ',
		pg_get_indexdef(r.oid),
		CASE WHEN NOT x.indisvalid THEN 'INVALID' END,
		CASE WHEN x.indisclustered THEN 'CLUSTERED' END)
	FROM rel r JOIN pg_index x ON x.indexrelid = r.oid
	JOIN rel o ON o.oid = x.indrelid
	UNION ALL
	SELECT 'trigger', quote_ident(g.tgname) || ' of ' || r.name,
		r.kind || ' ' || r.name, pg_get_triggerdef(g.oid)
		|| CASE g.tgenabled WHEN 'O' THEN '' ELSE ' (' || CASE g.tgenabled
		WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END
		|| ')' END
	FROM rel r JOIN pg_trigger g ON g.tgrelid = r.oid
	WHERE NOT g.tgisinternal
	UNION ALL
	SELECT 'rule', quote_ident(w.rulename) || ' of ' || r.name,
		r.kind || ' ' || r.name, pg_get_ruledef(w.oid)
	FROM rel r JOIN pg_rewrite w ON w.ev_class = r.oid
	WHERE w.rulename <> '_RETURN'
	UNION ALL
	SELECT 'policy', quote_ident(l.polname) || ' of ' || r.name,
		r.kind || ' ' || r.name, concat_ws(' ',
		CASE WHEN l.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
		CASE l.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
		WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
		'TO ' || (SELECT string_agg(CASE u.id WHEN 0 THEN 'PUBLIC'
		ELSE pg_get_userbyid(u.id)::text END, ', '
		ORDER BY pg_get_userbyid(u.id))
		FROM unnest(l.polroles) u (id)),
		'USING (' || pg_get_expr(l.polqual, l.polrelid) || ')',
		'CHECK (' || pg_get_expr(l.polwithcheck, l.polrelid) || ')')
	FROM rel r JOIN pg_policy l ON l.polrelid = r.oid
	UNION ALL
	SELECT t.kind, t.name, '', concat_ws(' ',
		CASE t.typtype WHEN 'e' THEN 'ENUM (' || (SELECT string_agg(
		quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
		FROM pg_enum e WHERE e.enumtypid = t.oid) || ')'
		WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype,
		t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
		'DEFAULT ' || t.typdefault)
		WHEN 'r' THEN 'RANGE OF ' || (SELECT format_type(g.rngsubtype, NULL)
		FROM pg_range g WHERE g.rngtypid = t.oid) END,
		'OWNER ' || pg_get_userbyid(t.typowner))
	FROM typ t WHERE t.typtype <> 'm'
	UNION ALL
	SELECT f.kind, f.name, '', CASE f.prokind WHEN 'a' THEN
		(SELECT concat_ws(' ', 'RETURNS', pg_get_function_result(f.oid),
		g.aggtransfn::regprocedure, nullif(g.aggfinalfn, 0)::regprocedure,
		g.agginitval)
		FROM pg_aggregate g WHERE g.aggfnoid = f.oid)
		ELSE pg_get_functiondef(f.oid) END
		|| ' OWNER ' || pg_get_userbyid(f.proowner)
	FROM fun f
	UNION ALL
	SELECT 'statistics', n.name || '.' || quote_ident(s.stxname), '',
		pg_get_statisticsobjdef(s.oid)
	FROM pg_statistic_ext s JOIN ns n ON n.oid = s.stxnamespace
	UNION ALL
	SELECT 'cast', format_type(c.castsource, NULL) || ' AS '
		|| format_type(c.casttarget, NULL), '',
		concat_ws(' ', c.castfunc::regprocedure, c.castcontext, c.castmethod)
	FROM pg_cast c WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_cast'::regclass AND p.id = c.oid)
	UNION ALL
	SELECT 'operator', o.oid::regoperator::text, '',
		concat_ws(' ', o.oprcode, format_type(o.oprresult, NULL))
	FROM pg_operator o JOIN ns n ON n.oid = o.oprnamespace
	WHERE NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_operator'::regclass AND p.id = o.oid)
	UNION ALL
	SELECT 'collation', n.name || '.' || quote_ident(c.collname), '',
		concat_ws(' ', c.collprovider, c.collcollate, c.collctype)
	FROM pg_collation c JOIN ns n ON n.oid = c.collnamespace
	WHERE NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_collation'::regclass AND p.id = c.oid)
	UNION ALL
	SELECT 'text search configuration', n.name || '.'
		|| quote_ident(t.cfgname), '', (SELECT string_agg(m.maptokentype::text
		|| ' ' || m.mapdict::regdictionary::text, ', '
		ORDER BY m.maptokentype, m.mapseqno)
		FROM pg_ts_config_map m WHERE m.mapcfg = t.oid)
	FROM pg_ts_config t JOIN ns n ON n.oid = t.cfgnamespace
	WHERE NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_ts_config'::regclass AND p.id = t.oid)
	UNION ALL
	SELECT 'event trigger', quote_ident(e.evtname), '', concat_ws(' ',
		e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags)
	FROM pg_event_trigger e WHERE NOT EXISTS (SELECT FROM part p
		WHERE p.class = 'pg_event_trigger'::regclass AND p.id = e.oid)
	UNION ALL
	SELECT 'publication', quote_ident(b.pubname), '', concat_ws(' ',
		CASE WHEN b.puballtables THEN 'ALL TABLES' END,
		CASE WHEN b.pubinsert THEN 'insert' END,
		CASE WHEN b.pubupdate THEN 'update' END,
		CASE WHEN b.pubdelete THEN 'delete' END,
		CASE WHEN b.pubtruncate THEN 'truncate' END,
		(SELECT string_agg(pr.prrelid::regclass::text, ', '
		ORDER BY pr.prrelid::regclass::text)
		FROM pg_publication_rel pr WHERE pr.prpubid = b.oid))
	FROM pg_publication b
	UNION ALL
	SELECT 'server', quote_ident(s.srvname), '', concat_ws(' ',
		w.fdwname, s.srvtype, s.srvversion, s.srvoptions)
	FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w
		ON w.oid = s.srvfdw
	UNION ALL
	SELECT 'default privileges', concat_ws(' ', 'of',
		pg_get_userbyid(d.defaclrole), 'on', CASE d.defaclobjtype
		WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
		WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
		ELSE 'schemas' END, CASE WHEN d.defaclnamespace <> 0
		THEN 'in ' || d.defaclnamespace::regnamespace END), '',
		d.defaclacl::text
	FROM pg_default_acl d
	UNION ALL
	SELECT 'grant', concat_ws(' ', 'on', v.kind, v.name, 'to',
		CASE e.grantee WHEN 0 THEN 'PUBLIC'
		ELSE quote_ident(pg_get_userbyid(e.grantee)) END),
		v.kind || ' ' || v.name,
		string_agg(e.privilege_type || CASE WHEN e.is_grantable
		THEN ' WITH GRANT OPTION' ELSE '' END, ', '
		ORDER BY e.privilege_type)
	FROM privileges v, aclexplode(v.acl) e
	WHERE e.grantee <> v.owner
	GROUP BY v.kind, v.name, e.grantee
	UNION ALL
	SELECT 'comment', 'on ' || pg_describe_object(c.classoid, c.objoid,
		c.objsubid), '', c.description
	FROM pg_description c
	WHERE c.objoid >= 16384 AND NOT EXISTS (SELECT FROM part p
		WHERE p.class = c.classoid AND p.id = c.objoid)
		AND (SELECT i.schema FROM pg_identify_object(c.classoid, c.objoid,
		c.objsubid) i) IS DISTINCT FROM $1
)
SELECT o.kind, o.name, o.parent, o.definition
FROM object o
ORDER BY o.kind COLLATE "C", o.name COLLATE "C"

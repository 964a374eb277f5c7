#include "unit.h"

#include "sql/read.h"
#include "sql/sql.h"

/* Tags as the server's log gives them. */
static const char *const cases[][2] = {
	{ "SELECT 1", "SELECT" },
	{ "SELECT 1 INTO a", "SELECT INTO" },
	{ "CREATE TABLE a AS SELECT 1", "CREATE TABLE AS" },
	{ "CREATE MATERIALIZED VIEW a AS SELECT 1",
	  "CREATE MATERIALIZED VIEW" },
	{ "ALTER TABLE a ADD b int", "ALTER TABLE" },
	{ "ALTER INDEX a SET (fillfactor = 1)", "ALTER INDEX" },
	{ "ALTER VIEW a ALTER b DROP DEFAULT", "ALTER VIEW" },
	{ "ALTER TYPE a ADD ATTRIBUTE b int", "ALTER TYPE" },
	{ "ALTER TYPE a ADD VALUE 'b'", "ALTER TYPE" },
	{ "ALTER TABLE a RENAME TO b", "ALTER TABLE" },
	{ "ALTER TABLE a RENAME b TO c", "ALTER TABLE" },
	{ "ALTER VIEW a RENAME b TO c", "ALTER VIEW" },
	{ "ALTER TABLE a RENAME CONSTRAINT b TO c", "ALTER TABLE" },
	{ "ALTER SCHEMA a RENAME TO b", "ALTER SCHEMA" },
	{ "ALTER FUNCTION a() SET SCHEMA b", "ALTER FUNCTION" },
	{ "ALTER FUNCTION a() OWNER TO b", "ALTER FUNCTION" },
	{ "ALTER FUNCTION a() DEPENDS ON EXTENSION b", "ALTER FUNCTION" },
	{ "ALTER PROCEDURE a() SECURITY DEFINER", "ALTER PROCEDURE" },
	{ "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", "ALTER TABLE" },
	{ "DROP TABLE a", "DROP TABLE" },
	{ "DROP MATERIALIZED VIEW a", "DROP MATERIALIZED VIEW" },
	{ "DROP TRIGGER a ON b", "DROP TRIGGER" },
	{ "DROP OPERATOR CLASS a USING btree", "DROP OPERATOR CLASS" },
	{ "CREATE COLLATION a (locale = 'x')", "CREATE COLLATION" },
	{ "CREATE AGGREGATE a (int) (sfunc = b, stype = int)",
	  "CREATE AGGREGATE" },
	{ "CREATE PROCEDURE a() LANGUAGE sql AS ''", "CREATE PROCEDURE" },
	{ "CREATE FUNCTION a() RETURNS int LANGUAGE sql AS ''",
	  "CREATE FUNCTION" },
	{ "GRANT SELECT ON a TO b", "GRANT" },
	{ "REVOKE SELECT ON a FROM b", "REVOKE" },
	{ "GRANT a TO b", "GRANT ROLE" },
	{ "REVOKE a FROM b", "REVOKE ROLE" },
	{ "SET a = 1", "SET" },
	{ "RESET a", "RESET" },
	{ "RESET ALL", "RESET" },
	{ "DISCARD ALL", "DISCARD ALL" },
	{ "DISCARD TEMP", "DISCARD TEMP" },
	{ "BEGIN", "BEGIN" },
	{ "START TRANSACTION", "START TRANSACTION" },
	{ "COMMIT", "COMMIT" },
	{ "END", "COMMIT" },
	{ "ROLLBACK", "ROLLBACK" },
	{ "ROLLBACK TO a", "ROLLBACK" },
	{ "SAVEPOINT a", "SAVEPOINT" },
	{ "RELEASE a", "RELEASE" },
	{ "PREPARE TRANSACTION 'a'", "PREPARE TRANSACTION" },
	{ "VACUUM", "VACUUM" },
	{ "ANALYZE", "ANALYZE" },
	{ "FETCH a", "FETCH" },
	{ "MOVE a", "MOVE" },
	{ "DEALLOCATE a", "DEALLOCATE" },
	{ "DEALLOCATE ALL", "DEALLOCATE ALL" },
	{ "TRUNCATE a", "TRUNCATE TABLE" },
	{ "CREATE UNIQUE INDEX ON a (b)", "CREATE INDEX" },
	{ "REASSIGN OWNED BY a TO b", "REASSIGN OWNED" },
	{ "COPY a FROM '/b'", "COPY" },
	{ "\\timing", "\\timing" },
	{ "\\!ls", "\\!" },
	{ "garbage", "?" },
};

static void test_tags(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_err err = GM_ERR_INIT;
	struct gm_sql_file file;

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		assert_ok(gm_sql_read(&file, &a, gm_str(cases[i][0]), NULL,
				      &err));
		assert_int_equal(file.n, 1);
		if (strcmp(file.items[0].tag, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], file.items[0].tag);
	}
	assert_string_equal(gm_command_tag(NULL), "?");
	gm_arena_done(&a);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(gm_object_word(GM_OBJECT(MATVIEW)),
			    "materialized view");
	assert_string_equal(gm_object_word(-1), "object");
	assert_string_equal(gm_object_word(9999), "object");
}

GM_UNIT_MAIN(cmocka_unit_test(test_tags), cmocka_unit_test(test_words))

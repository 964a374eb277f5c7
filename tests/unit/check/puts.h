/*
 * tests/unit/check/puts: the files of a migration, as COMMIT takes them.
 */
#ifndef GM_TESTS_CHECK_PUTS_H
#define GM_TESTS_CHECK_PUTS_H

#define UP(id, sql)                                                            \
	{                                                                      \
		"migrations/" id "/up.sql", sql, 0                             \
	}
#define DOWN(id)                                                               \
	{                                                                      \
		"migrations/" id "/down.sql", "SELECT 1;", 0                   \
	}

#endif

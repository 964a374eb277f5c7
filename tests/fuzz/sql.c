/*
 * Any text as SQL: no crash, no endless loop, and each statement is within the
 * file, in order, with a class that the file's is not below.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <string.h>

#include "base/utf8.h"
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gm_sql_file *file, size_t size)
{
	size_t end = 0;

	for (size_t i = 0; i < file->n; i++) {
		const struct gm_sql_stmt *s = &file->items[i];

		if (s->offset < end || s->offset + s->len > size || !s->len)
			GM_BUG("a statement out of place");
		if (s->at + s->width > size || !s->why || !s->tag)
			GM_BUG("a statement without its reason");
		if (s->class_ > file->class_)
			GM_BUG("a file below its statements");
		end = s->offset + s->len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text = { (const char *)data, size };
	struct gm_err err = GM_ERR_INIT;
	struct gm_sql_file file;

	if (size && memchr(data, 0, size))
		return 0;
	if (!gm_utf8_valid(text, NULL))
		return 0;
	if (gm_sql_read(&file, &a, text, NULL, &err) == 0)
		check(&file, size);
	gm_arena_done(&a);
	return 0;
}

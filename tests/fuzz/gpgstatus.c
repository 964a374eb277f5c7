/*
 * Any text as what gpgv says: no crash, a reason for what is refused, and what
 * is taken says good once and nothing bad.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <string.h>

#include "approval/gpgstatus.h"

#define NOW INT64_C(1795268223)
#define SKEW 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many lines begin with that word. */
static size_t lines(struct gm_str text, const char *word)
{
	struct gm_str line, prefix = GM_STR("[GNUPG:] ");
	size_t n = 0;

	while (gm_str_line(&line, &text)) {
		if (!gm_str_starts(line, prefix))
			continue;
		line = gm_str_sub(line, prefix.len, line.len);
		if (gm_str_starts(line, gm_str(word)))
			n++;
	}
	return n;
}

static void check(const struct gm_gpgstatus *status, struct gm_str text)
{
	static const char *const once[] = { "NEWSIG", "GOODSIG ", "VALIDSIG " };
	static const char *const never[] = { "EXP",     "REV",   "BAD",
					     "ERR",     "NO",    "KEYREVOKED",
					     "FAILURE", "SIGEXP" };

	for (size_t i = 0; i < GM_COUNT(once); i++)
		if (lines(text, once[i]) != 1)
			GM_BUG("not said once");
	for (size_t i = 0; i < GM_COUNT(never); i++)
		if (strcmp(never[i], "NO") != 0 && lines(text, never[i]))
			GM_BUG("something bad was said");
	if (lines(text, "NO") != lines(text, "NOTATION_"))
		GM_BUG("something bad was said");
	if (strlen(status->fingerprint) != 40 || status->time > NOW + SKEW)
		GM_BUG("a key or a time that is none");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text = { (const char *)data, size };
	struct gm_gpgstatus status;
	const char *why = NULL;

	if (gm_gpgstatus_read(&status, &why, &a, text, NOW, SKEW))
		check(&status, text);
	else if (!why || !*why)
		GM_BUG("refused without a reason");
	gm_arena_done(&a);
	return 0;
}

/*
 * Any line as a record: no crash, a reason for what is refused, and what is
 * read is written again as the same bytes.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include "approval/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct gm_arena *a, const struct gm_record *r,
		  struct gm_str line)
{
	struct gm_err err = GM_ERR_INIT;
	const char *again;

	if (gm_record_encode(&again, a, r, &err) < 0 || !gm_str_is(line, again))
		GM_BUG("a record that is written otherwise");
	if (gm_record_payload(&again, a, r, &err) < 0 ||
	    !gm_str_eq(r->payload, gm_str(again)))
		GM_BUG("other bytes than those that are signed");
	if (!gm_record_namespace(r->kind) != (r->sig_kind == GM_SIG_NONE) ||
	    !r->sig.len != (r->sig_kind == GM_SIG_NONE))
		GM_BUG("a record without its signature");
	if (r->until < r->at || !r->project || !r->digest || !r->signer)
		GM_BUG("a record without its fields");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str line = { (const char *)data, size };
	struct gm_record record;
	const char *why = NULL;

	if (gm_record_decode(&record, &why, &a, line))
		check(&a, &record, line);
	else if (!why || !*why)
		GM_BUG("refused without a reason");
	gm_arena_done(&a);
	return 0;
}

/*
 * Any bytes as a policy: no crash, no endless loop, and what is refused is
 * refused with a place and a hint.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text = { (const char *)data, size };
	struct gm_err err = GM_ERR_INIT;
	struct gm_policy policy;

	if (gm_policy_read(&policy, &a, "fuzz", text, &err) < 0 &&
	    (err.code != GM_EPOLICY || !err.hint[0] ||
	     (!err.line && size <= GM_POLICY_MAX)))
		GM_BUG("an error without its place");
	gm_arena_done(&a);
	return 0;
}

/*
 * Any text as the list of signers: no crash, what is refused is refused with a
 * place and a hint, and no key in what is taken belongs to two.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <string.h>

#include "approval/signers.h"
#include "approval/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gm_signers *signers)
{
	for (size_t i = 0; i < signers->n; i++) {
		const struct gm_key *key = &signers->items[i];
		struct gm_str type;
		const char *why;

		if (!key->principal[0] || key->principal[0] == '-' ||
		    strpbrk(key->principal, "*?!, \t\"#"))
			GM_BUG("a principal that is none");
		if (gm_signers_ssh(signers, key->blob) != key)
			GM_BUG("a key of two");
		if (!gm_sshkey_read(&type, &why, key->blob))
			GM_BUG("a key that is none");
		if (key->before && key->before <= key->after)
			GM_BUG("a key that is never valid");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text = { (const char *)data, size };
	struct gm_err err = GM_ERR_INIT;
	struct gm_signers signers = { 0 };

	if (gm_signers_add_ssh(&signers, &a, "fuzz", text, &err) == 0)
		check(&signers);
	else if (err.code != GM_EPOLICY || !err.hint[0] || !err.line ||
		 !err.column || signers.n)
		GM_BUG("an error without its place");
	gm_arena_done(&a);
	return 0;
}

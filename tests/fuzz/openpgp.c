/*
 * Any bytes as OpenPGP keys, armored or not, and as a signature: no crash, a
 * hint for what is refused, and keys that are the same when read again.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <string.h>

#include "approval/openpgp.h"
#include "base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without a checksum, which the fuzzer could not guess. */
static struct gm_str armored(struct gm_arena *a, struct gm_str packets)
{
	struct gm_buf b = gm_buf(a);

	gm_buf_puts(&b, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n");
	gm_base64_encode(&b, packets);
	gm_buf_puts(&b, "\n-----END PGP PUBLIC KEY BLOCK-----\n");
	return gm_buf_view(&b);
}

static void check(const struct gm_openpgp_key *key, struct gm_arena *a)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_openpgp_keys again;

	if (strlen(key->fingerprint) != 40 || !key->packets.len)
		GM_BUG("a key that is none");
	if (gm_openpgp_read(&again, a, armored(a, key->packets), &err) < 0 ||
	    again.n != 1 ||
	    strcmp(again.items[0].fingerprint, key->fingerprint) != 0 ||
	    again.items[0].subkeys.n != key->subkeys.n ||
	    !gm_str_eq(again.items[0].packets, key->packets))
		GM_BUG("a key that is another one when read again");
}

static void read_keys(struct gm_arena *a, struct gm_str text)
{
	struct gm_err err = GM_ERR_INIT;
	struct gm_openpgp_keys keys;

	if (gm_openpgp_read(&keys, a, text, &err) < 0) {
		if (err.code != GM_EINPUT || !err.msg[0] || !err.hint[0])
			GM_BUG("refused without a hint");
		return;
	}
	if (!keys.n || keys.n > GM_OPENPGP_MAX)
		GM_BUG("too few or too many keys");
	for (size_t i = 0; i < keys.n; i++)
		check(&keys.items[i], a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str bytes = { (const char *)data, size };
	const char *why = NULL;

	read_keys(&a, bytes);
	read_keys(&a, armored(&a, bytes));
	if (!gm_openpgp_is_signature(&why, bytes) && (!why || !*why))
		GM_BUG("refused without a reason");
	gm_arena_done(&a);
	return 0;
}

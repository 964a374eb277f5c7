/*
 * Any bytes as an SSH signature, armored or not, and as a key: no crash, a
 * reason for what is refused, and no byte in what is taken that no part
 * accounts for.
 *
 *	clang -fsanitize=fuzzer,address,undefined
 */
#include <string.h>

#include "approval/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool within(struct gm_str part, struct gm_str whole)
{
	return part.ptr >= whole.ptr &&
	       part.ptr + part.len <= whole.ptr + whole.len;
}

static void check(const struct gm_sshsig *sig, struct gm_str blob)
{
	/* Magic, version and the lengths of five strings, one of them empty. */
	size_t known = 6 + 4 + 5 * 4 + sig->key.len + sig->namespace_.len +
		       sig->hash.len;
	struct gm_str type;
	const char *why;

	if (!within(sig->key, blob) || !within(sig->namespace_, blob) ||
	    !within(sig->hash, blob) || !within(sig->sig_type, blob))
		GM_BUG("a part that is elsewhere");
	if (known + 4 + sig->sig_type.len >= blob.len)
		GM_BUG("a signature without its bytes");
	if (!gm_sshkey_read(&type, &why, sig->key) ||
	    !gm_str_eq(type, sig->key_type))
		GM_BUG("a key that is none alone");
	if (!sig->touched && !sig->security_key)
		GM_BUG("a key that cannot be touched was not");
	if (gm_str_is(sig->sig_type, "ssh-rsa"))
		GM_BUG("SHA-1");
}

static void read_blob(struct gm_str blob)
{
	struct gm_sshsig sig;
	const char *why = NULL;

	if (gm_sshsig_read(&sig, &why, blob))
		check(&sig, blob);
	else if (!why || !*why)
		GM_BUG("refused without a reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str bytes = { (const char *)data, size }, blob, type;
	const char *why = NULL;

	read_blob(bytes);
	if (!gm_sshkey_read(&type, &why, bytes) && (!why || !*why))
		GM_BUG("refused without a reason");
	if (gm_sshsig_dearmor(&blob, &a, bytes)) {
		if (!gm_str_is(bytes, gm_sshsig_armor(&a, blob)))
			GM_BUG("an armor that is written otherwise");
		read_blob(blob);
	}
	gm_arena_done(&a);
	return 0;
}

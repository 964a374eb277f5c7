#include "base/digest.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

_Static_assert(GM_SHA256_SIZE == SHA256_DIGEST_SIZE, "SHA-256 has 32 bytes");

void gm_sha256_hex(char out[GM_SHA256_HEX + 1], struct gm_str bytes)
{
	uint8_t digest[GM_SHA256_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, bytes.len, (const uint8_t *)bytes.ptr);
	sha256_digest(&ctx, sizeof(digest), digest);
	base16_encode_update(out, sizeof(digest), digest);
	out[GM_SHA256_HEX] = '\0';
}

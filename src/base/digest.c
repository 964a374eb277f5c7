#include "base/digest.h"

#include <nettle/base16.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

_Static_assert(GM_SHA256_SIZE == SHA256_DIGEST_SIZE, "SHA-256 has 32 bytes");
_Static_assert(GM_SHA1_HEX == 2 * SHA1_DIGEST_SIZE, "SHA-1 has 20 bytes");

void gm_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_str bytes)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, bytes.len, (const uint8_t *)bytes.ptr);
	sha256_digest(&ctx, GM_SHA256_SIZE, out);
}

void gm_sha256_hex(char out[GM_SHA256_HEX + 1], struct gm_str bytes)
{
	uint8_t digest[GM_SHA256_SIZE];

	gm_sha256(digest, bytes);
	base16_encode_update(out, sizeof(digest), digest);
	out[GM_SHA256_HEX] = '\0';
}

void gm_sha1_hex(char out[GM_SHA1_HEX + 1], struct gm_str bytes)
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, bytes.len, (const uint8_t *)bytes.ptr);
	sha1_digest(&ctx, sizeof(digest), digest);
	base16_encode_update(out, sizeof(digest), digest);
	out[GM_SHA1_HEX] = '\0';
}

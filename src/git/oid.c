#include "git/oid.h"

#include <string.h>

bool gm_oid_is_zero(const struct gm_oid *oid)
{
	static const struct gm_oid zero;

	return gm_oid_eq(oid, &zero);
}

bool gm_oid_eq(const struct gm_oid *a, const struct gm_oid *b)
{
	return !memcmp(a->id, b->id, GM_OID_SIZE);
}

int gm_oid_cmp(const struct gm_oid *a, const struct gm_oid *b)
{
	return memcmp(a->id, b->id, GM_OID_SIZE);
}

const char *gm_oid_hex(struct gm_arena *a, const struct gm_oid *oid)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = gm_alloc(a, GM_OID_HEX + 1);

	for (size_t i = 0; i < GM_OID_SIZE; i++) {
		hex[2 * i] = digits[oid->id[i] >> 4];
		hex[2 * i + 1] = digits[oid->id[i] & 15];
	}
	return hex;
}

/* The value of a lower-case hex digit, or 255. */
static unsigned char digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned char)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned char)(c - 'a' + 10);
	return 255;
}

bool gm_oid_parse(struct gm_oid *out, struct gm_str hex)
{
	struct gm_oid oid;

	if (hex.len != GM_OID_HEX)
		return false;
	for (size_t i = 0; i < GM_OID_SIZE; i++) {
		unsigned char high = digit(hex.ptr[2 * i]);
		unsigned char low = digit(hex.ptr[2 * i + 1]);

		if ((high | low) > 15)
			return false;
		oid.id[i] = (unsigned char)(high << 4 | low);
	}
	*out = oid;
	return true;
}

struct gm_str gm_oid_key(const struct gm_oid *oid)
{
	return (struct gm_str){ (const char *)oid->id, GM_OID_SIZE };
}

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

/* The values of lower-case hex digits plus one; 0 for all other bytes. */
static const unsigned char digits_of[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

bool gm_oid_parse(struct gm_oid *out, struct gm_str hex)
{
	const unsigned char *p = (const unsigned char *)hex.ptr;
	struct gm_oid oid;

	if (hex.len != GM_OID_HEX)
		return false;
	for (size_t i = 0; i < GM_OID_SIZE; i++, p += 2) {
		unsigned high = digits_of[p[0]], low = digits_of[p[1]];

		if (!high || !low)
			return false;
		oid.id[i] = (unsigned char)((high - 1) << 4 | (low - 1));
	}
	*out = oid;
	return true;
}

struct gm_str gm_oid_key(const struct gm_oid *oid)
{
	return (struct gm_str){ (const char *)oid->id, GM_OID_SIZE };
}

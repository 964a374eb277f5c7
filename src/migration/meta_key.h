/*
 * migration/meta_key: the keys of metadata, and what a value of each may be.
 *
 * Design section 3.  Trailers and header lines share them; case does not
 * count in keys and phases.
 */
#ifndef GM_MIGRATION_META_KEY_H
#define GM_MIGRATION_META_KEY_H

#include "base/arena.h"
#include "base/str.h"

enum gm_meta_key {
	GM_KEY_MIGRATION,
	GM_KEY_PHASE,
	GM_KEY_CONTRACTS,
	GM_KEY_REQUIRES,
	GM_KEY_WINDOW,
	GM_KEY_OWNER,
	GM_KEY_FLAG,
	GM_KEY_BREAK_GLASS,
	GM_KEY_COUNT, /* none of them */
};

/* The longest value, in bytes. */
#define GM_META_VALUE 1000

/* As it is written: "Migration-Phase"; not for GM_KEY_COUNT. */
const char *gm_meta_key_name(enum gm_meta_key key);

/* The key of that name; GM_KEY_COUNT when it is none of ours. */
enum gm_meta_key gm_meta_key_find(struct gm_str name);

/*
 * Was one of our keys meant by a name that is none?  It starts with
 * "Migration-" or "Rollback-", or is nearly one of those that nobody else
 * has.  `*near` is the key that was probably meant, or NULL.
 */
bool gm_meta_key_misspelt(const char **near, struct gm_str name);

/*
 * Why `value` may not stand behind `key`: "'Rollback-Window: 24' is no
 * duration"; NULL when it may.  `*hint` then says how to write it.  A value
 * is 1 to GM_META_VALUE bytes of UTF-8 that show as what they are; a phase, a
 * duration (base/clock), "Name <e-mail>", or for a flag a word of letters,
 * digits, `_`, `.`, `-`; behind "none" of a flag or contract stands a reason.
 */
const char *gm_meta_value_error(const char **hint, struct gm_arena *a,
				enum gm_meta_key key, struct gm_str value);

enum gm_phase {
	GM_PHASE_NONE, /* not declared */
	GM_PHASE_EXPAND,
	GM_PHASE_BACKFILL,
	GM_PHASE_CONTRACT,
};

/* "expand", "backfill", "contract"; NULL for none. */
const char *gm_phase_name(enum gm_phase p);

/* The phase of that name, in any case; GM_PHASE_NONE when there is none. */
enum gm_phase gm_phase_parse(struct gm_str value);

/*
 * Does a contract say that it closes no expand ("none: <reason>"), since what
 * it takes away was there before the tool was?
 */
bool gm_contracts_none(const char *contracts);

#endif

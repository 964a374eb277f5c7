#include "migration/meta_key.h"

#include "base/clock.h"
#include "base/near.h"
#include "base/utf8.h"

static const char *const keys[GM_KEY_COUNT] = {
	[GM_KEY_MIGRATION] = "Migration",
	[GM_KEY_PHASE] = "Migration-Phase",
	[GM_KEY_CONTRACTS] = "Migration-Contracts",
	[GM_KEY_REQUIRES] = "Migration-Requires",
	[GM_KEY_WINDOW] = "Rollback-Window",
	[GM_KEY_OWNER] = "Rollback-Owner",
	[GM_KEY_FLAG] = "Feature-Flag",
	[GM_KEY_BREAK_GLASS] = "Break-Glass",
};

/* Keys whose misspelling is told: those that are nobody else's. */
#define OWN_KEYS (keys + GM_KEY_PHASE)
#define N_OWN_KEYS (GM_KEY_FLAG - GM_KEY_PHASE)

static const char *const phases[] = {
	[GM_PHASE_EXPAND] = "expand",
	[GM_PHASE_BACKFILL] = "backfill",
	[GM_PHASE_CONTRACT] = "contract",
};

const char *gm_phase_name(enum gm_phase p)
{
	return phases[p];
}

enum gm_phase gm_phase_parse(struct gm_str value)
{
	for (int p = GM_PHASE_EXPAND; p <= GM_PHASE_CONTRACT; p++)
		if (gm_str_ieq(value, gm_str(phases[p])))
			return (enum gm_phase)p;
	return GM_PHASE_NONE;
}

const char *gm_meta_key_name(enum gm_meta_key key)
{
	return keys[key];
}

enum gm_meta_key gm_meta_key_find(struct gm_str name)
{
	for (int k = 0; k < GM_KEY_COUNT; k++)
		if (gm_str_ieq(name, gm_str(keys[k])))
			return (enum gm_meta_key)k;
	return GM_KEY_COUNT;
}

/* "Migration-Owner" is an odd slip of the finger but a likely thought. */
static const char *same_end(struct gm_str name)
{
	struct gm_str end = gm_str_sub(name, gm_str_find(name, '-'), name.len);

	for (size_t i = GM_KEY_PHASE; end.len && i <= GM_KEY_FLAG; i++) {
		struct gm_str key = gm_str(keys[i]);

		if (gm_str_ieq(end,
			       gm_str_sub(key, gm_str_find(key, '-'), key.len)))
			return keys[i];
	}
	return NULL;
}

static bool is_own(struct gm_str name)
{
	return gm_str_ieq(gm_str_sub(name, 0, 10), GM_STR("Migration-")) ||
	       gm_str_ieq(gm_str_sub(name, 0, 9), GM_STR("Rollback-"));
}

bool gm_meta_key_misspelt(const char **near, struct gm_str name)
{
	*near = gm_near(name, OWN_KEYS, N_OWN_KEYS);
	if (*near)
		return true;
	*near = same_end(name);
	return is_own(name);
}

/* What no value may be, in words; NULL when it is fine. */
static const char *text_error(struct gm_str value)
{
	if (!value.len)
		return "has no value";
	if (value.len > GM_META_VALUE)
		return "has a value that is too long";
	if (!gm_utf8_valid(value, NULL))
		return "has a value that is not UTF-8";
	for (size_t at = 0; at < value.len;) {
		uint32_t c = gm_utf8_next(value, &at);

		if (c < ' ' || c == 0x7f || gm_utf8_deceives(c))
			return "has a value with characters that do not show";
	}
	return NULL;
}

static bool is_email(struct gm_str s)
{
	size_t at = gm_str_find(s, '@');

	if (!at || at + 1 >= s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ' ' || s.ptr[i] == '<' || s.ptr[i] == '>' ||
		    (s.ptr[i] == '@' && i != at))
			return false;
	return true;
}

/* "Ann Lee <ann@example.com>" */
static bool is_owner(struct gm_str s)
{
	size_t open = gm_str_find(s, '<');
	struct gm_str name = gm_str_trim(gm_str_sub(s, 0, open));

	return open < s.len && name.len && s.ptr[s.len - 1] == '>' &&
	       gm_str_find(name, '>') == name.len &&
	       is_email(gm_str_sub(s, open + 1, s.len - 1));
}

static bool is_word(struct gm_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-')
			return false;
	}
	return s.len > 0;
}

/* "none" and, behind a colon, why? */
static bool is_none(struct gm_str *reason, struct gm_str s)
{
	size_t colon = gm_str_find(s, ':');

	*reason = gm_str_trim(gm_str_sub(s, colon + 1, s.len));
	return gm_str_ieq(gm_str_trim(gm_str_sub(s, 0, colon)), GM_STR("none"));
}

bool gm_contracts_none(const char *contracts)
{
	struct gm_str reason;

	return is_none(&reason, gm_str(contracts));
}

static const char *none_error(struct gm_str s)
{
	struct gm_str reason;

	return is_none(&reason, s) && !reason.len
		       ? "says 'none' without a reason"
		       : NULL;
}

static const char *flag_error(struct gm_str s)
{
	struct gm_str reason;

	if (is_none(&reason, s))
		return none_error(s);
	return is_word(s) ? NULL : "is neither a word nor 'none: <reason>'";
}

/* Why a value of proper text is not one of its key; `*hint` says the form. */
static const char *form_error(const char **hint, struct gm_arena *a,
			      enum gm_meta_key key, struct gm_str value)
{
	const char *near;
	int64_t seconds;

	switch (key) {
	case GM_KEY_PHASE:
		near = gm_near(value, phases + 1, GM_COUNT(phases) - 1);
		*hint = near ? gm_printf(a, "Write '%s', if that is meant.",
					 near)
			     : "A phase is one of expand, backfill, contract.";
		return gm_phase_parse(value) ? NULL : "is no phase";
	case GM_KEY_WINDOW:
		*hint = "Write a whole number and one of s, m, h, d, w, such"
			" as '24h'; ten years at most.";
		return gm_duration_parse(&seconds, value) ? NULL
							  : "is no duration";
	case GM_KEY_OWNER:
		*hint = "Write a name and an e-mail address, such as"
			" 'Ann Lee <ann@example.com>'.";
		return is_owner(value) ? NULL
				       : "is no name with an e-mail"
					 " address in <>";
	case GM_KEY_FLAG:
		*hint = "Write the name of the flag (letters, digits, '_',"
			" '.', '-'), or 'none:' and why there is none.";
		return flag_error(value);
	case GM_KEY_CONTRACTS:
		*hint = "Write the id of the expand, or 'none:' and why there"
			" is none.";
		return none_error(value);
	default:
		return NULL;
	}
}

const char *gm_meta_value_error(const char **hint, struct gm_arena *a,
				enum gm_meta_key key, struct gm_str value)
{
	const char *why = text_error(value);

	if (why) {
		*hint = "Write one line of plain text after the colon, or take"
			" the line away.";
		return gm_printf(a, "'%s' %s", keys[key], why);
	}
	why = form_error(hint, a, key, value);
	return why ? gm_printf(a, "'%s: %s' %s", keys[key],
			       gm_str_dup(a, value), why)
		   : NULL;
}

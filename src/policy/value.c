#include "policy/value.h"

#include <string.h>

#include "base/glob.h"
#include "base/utf8.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

/* Are all bytes of `s` among `set`? */
static bool only(struct gm_str s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (!s.ptr[i] || !strchr(set, s.ptr[i]))
			return false;
	return true;
}

static bool starts_with_one_of(struct gm_str s, const char *set)
{
	return s.len && only(gm_str_sub(s, 0, 1), set);
}

static bool numeric(struct gm_str s)
{
	size_t points = 0;

	if (starts_with_one_of(s, "+-"))
		s = gm_str_sub(s, 1, s.len);
	if (gm_str_starts(s, GM_STR("0x")) || gm_str_starts(s, GM_STR("0X")))
		return only(gm_str_sub(s, 2, s.len), DIGIT "abcdefABCDEF_");
	if (gm_str_starts(s, GM_STR("0o")) || gm_str_starts(s, GM_STR("0b")))
		return only(gm_str_sub(s, 2, s.len), DIGIT "_");
	if (!starts_with_one_of(s, DIGIT) &&
	    !(s.len > 1 && s.ptr[0] == '.' &&
	      starts_with_one_of(gm_str_sub(s, 1, 2), DIGIT)))
		return false;
	/* With two points it is an address or a version, to everybody. */
	for (size_t i = 0; i < s.len; i++)
		points += s.ptr[i] == '.';
	if (points > 1 && gm_str_find(s, ':') == s.len)
		return false;
	/* Dates, times and base 60 are numbers to some, too. */
	return only(s, DIGIT "_.:-+eETZ ");
}

bool gm_value_ambiguous(struct gm_str s)
{
	static const char *const words[] = {
		"~",   "null", "true", "false", "yes",  "no",    "on",
		"off", "y",    "n",    ".nan",  ".inf", "+.inf", "-.inf",
	};

	for (size_t i = 0; i < GM_COUNT(words); i++)
		if (gm_str_ieq(s, gm_str(words[i])))
			return true;
	return numeric(s);
}

const char *gm_value_project(struct gm_str s)
{
	if (s.len > 63)
		return "longer than 63 characters";
	if (!starts_with_one_of(s, LOWER DIGIT))
		return "it must start with a lower-case letter or a digit";
	if (!only(s, LOWER DIGIT "._-"))
		return "only a-z, 0-9, '.', '_' and '-' may be in it";
	return NULL;
}

const char *gm_value_name(struct gm_str s)
{
	return gm_value_project(s);
}

const char *gm_value_layout(struct gm_str s)
{
	if (s.len > 32)
		return "longer than 32 characters";
	if (!starts_with_one_of(s, LOWER) || !only(s, LOWER DIGIT "-"))
		return "only a-z, 0-9 and '-' may be in it";
	return NULL;
}

const char *gm_value_principal(struct gm_str s)
{
	if (s.len > 255)
		return "longer than 255 characters";
	if (starts_with_one_of(s, "-"))
		return "it must not start with '-'";
	if (gm_str_find(s, '*') < s.len || gm_str_find(s, '?') < s.len)
		return "a principal is one person, not a pattern";
	if (!s.len || !only(s, LOWER UPPER DIGIT "._@+-"))
		return "only letters, digits and . _ @ + - may be in it";
	return NULL;
}

const char *gm_value_other_name(struct gm_str s)
{
	if (!s.len || s.len > 255)
		return "it is empty or longer than 255 bytes";
	if (gm_str_trim(s).len != s.len)
		return "it begins or ends with a blank";
	if (gm_str_find(s, '*') < s.len || gm_str_find(s, '?') < s.len)
		return "it is a name of one person, not a pattern";
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return "a control character is in it";
	return NULL;
}

const char *gm_value_ref(struct gm_str s)
{
	if (!gm_str_starts(s, GM_STR("refs/heads/")) &&
	    !gm_str_starts(s, GM_STR("refs/tags/")))
		return "it must start with refs/heads/ or refs/tags/";
	return gm_glob_error(s);
}

const char *gm_value_pattern(struct gm_str s)
{
	const char *why = gm_glob_error(s);

	if (why)
		return why;
	if (only(s, "*/"))
		return "it matches every path";
	return NULL;
}

static const char *bad_component(struct gm_str part)
{
	if (!part.len || gm_str_is(part, ".") || gm_str_is(part, ".."))
		return "it has an empty, '.' or '..' part";
	if (gm_str_ieq(part, GM_STR(".git")) ||
	    gm_str_ieq(part, GM_STR(".migrate")))
		return ".git and .migrate are not for it";
	return NULL;
}

const char *gm_value_directory(struct gm_str s)
{
	struct gm_str rest = s, part;
	const char *why;

	if (gm_str_is(s, "."))
		return NULL;
	if (s.len > GM_GLOB_MAX)
		return "longer than 1024 bytes";
	if (gm_str_starts(s, GM_STR("/")))
		return "it must be relative to the root of the repository";
	if (gm_str_ends(s, GM_STR("/")))
		return "it must not end with '/'";
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return "a control character is in it";
		if (strchr("*?[\\", s.ptr[i]))
			return "it is a directory, not a pattern";
	}
	while (gm_str_split(&part, &rest, '/')) {
		why = bad_component(part);
		if (why)
			return why;
	}
	return s.len ? NULL : "it is empty";
}

const char *gm_value_label(struct gm_str s)
{
	if (s.len > 63)
		return "longer than 63 characters";
	if (!starts_with_one_of(s, LOWER DIGIT) || !only(s, LOWER DIGIT "-.") ||
	    gm_str_ends(s, GM_STR("-")) || gm_str_ends(s, GM_STR(".")))
		return "not a name for Kubernetes: a-z, 0-9 and '-' inside";
	return NULL;
}

const char *gm_value_kind(struct gm_str s)
{
	if (s.len > 63 || !starts_with_one_of(s, UPPER) ||
	    !only(s, UPPER LOWER DIGIT))
		return "not a kind of Kubernetes";
	return NULL;
}

const char *gm_value_image(struct gm_str s)
{
	if (!s.len || s.len > 512)
		return "it is empty or longer than 512 characters";
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f)
			return "only printable ASCII without blanks may be in "
			       "it";
	return NULL;
}

/*
 * The same text with one letter for each {word}; NULL in ptr when there are
 * braces around something else.
 */
static struct gm_str without_words(char *out, size_t room, struct gm_str s)
{
	static const char *const words[] = { "{env}", "{cluster}" };
	size_t n = 0;

	while (s.len && n < room) {
		size_t skip = 0;

		for (size_t i = 0; i < GM_COUNT(words) && !skip; i++)
			if (gm_str_starts(s, gm_str(words[i])))
				skip = strlen(words[i]);
		if (!skip && (*s.ptr == '{' || *s.ptr == '}'))
			return GM_STR_NONE;
		out[n++] = skip ? 'x' : *s.ptr;
		s = gm_str_sub(s, skip ? skip : 1, s.len);
	}
	return (struct gm_str){ out, n };
}

static const char *check_pattern(struct gm_str s,
				 const char *(*check)(struct gm_str s))
{
	char plain[GM_GLOB_MAX + 1];
	struct gm_str text = without_words(plain, sizeof(plain), s);

	if (s.len && !text.ptr)
		return "only {env} and {cluster} may stand in braces";
	return check(text);
}

const char *gm_value_label_pattern(struct gm_str s)
{
	return check_pattern(s, gm_value_label);
}

const char *gm_value_directory_pattern(struct gm_str s)
{
	return check_pattern(s, gm_value_directory);
}

const char *gm_value_short(struct gm_str s)
{
	if (s.len > 30)
		return "longer than 30 characters";
	if (!starts_with_one_of(s, LOWER DIGIT) || !only(s, LOWER DIGIT "-") ||
	    gm_str_ends(s, GM_STR("-")))
		return "only a-z, 0-9 and, inside, '-' may be in it";
	return NULL;
}

const char *gm_value_decimal(struct gm_str s)
{
	struct gm_str whole;

	if (gm_str_starts(s, GM_STR("-")))
		s = gm_str_sub(s, 1, s.len);
	whole = gm_str_sub(s, 0, gm_str_find(s, '.'));
	if (!whole.len || s.len > 30 || !only(whole, DIGIT))
		return "digits, and a point with digits behind it";
	if (whole.len == s.len)
		return NULL;
	s = gm_str_sub(s, whole.len + 1, s.len);
	return s.len && only(s, DIGIT)
		       ? NULL
		       : "digits, and a point with digits behind it";
}

const char *gm_value_quantity(struct gm_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
		n++;
	if (!n || n > 9 || s.ptr[0] == '0' ||
	    (!gm_str_is(gm_str_sub(s, n, s.len), "Gi") &&
	     !gm_str_is(gm_str_sub(s, n, s.len), "Mi") &&
	     !gm_str_is(gm_str_sub(s, n, s.len), "Ti")))
		return "a whole number and Mi, Gi or Ti";
	return NULL;
}

const char *gm_value_url(struct gm_str s)
{
	if (!gm_str_starts(s, GM_STR("http://")) &&
	    !gm_str_starts(s, GM_STR("https://")))
		return "it must start with http:// or https://";
	if (s.len > 512 || s.ptr[s.len - 1] == '/')
		return "it is too long, or ends with '/'";
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
		    strchr("\"'\\@?#", s.ptr[i]))
			return "no blanks, quotes, queries or users may be in "
			       "it";
	return NULL;
}

const char *gm_value_query(struct gm_str s)
{
	if (!s.len || s.len > 4096)
		return "it is empty or longer than 4096 bytes";
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return "a control character is in it";
	return NULL;
}

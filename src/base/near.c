#include "base/near.h"

#include <string.h>

#define NEAR_MAX 2
/* Longer words are no typing slips, and cost time. */
#define WORD_MAX 64

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance of two words of at most WORD_MAX. */
static size_t distance(struct gm_str a, struct gm_str b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *older = rows[0], *old = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b.len; j++)
		old[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *spare = older;
		char c = lower(a.ptr[i - 1]);

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			char d = lower(b.ptr[j - 1]);

			row[j] = least(old[j], row[j - 1]) + 1;
			row[j] = least(row[j], old[j - 1] + (c != d));
			if (i > 1 && j > 1 && c == lower(b.ptr[j - 2]) &&
			    d == lower(a.ptr[i - 2]))
				row[j] = least(row[j], older[j - 2] + 1);
		}
		older = old;
		old = row;
		row = spare;
	}
	return old[b.len];
}

const char *gm_near(struct gm_str word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t limit = NEAR_MAX + 1;

	if (word.len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct gm_str other = gm_str(words[i]);
		size_t far;

		if (!words[i] || other.len > WORD_MAX)
			continue;
		far = distance(word, other);
		if (far < limit && far < word.len && far < other.len) {
			limit = far;
			best = words[i];
		}
	}
	return best;
}

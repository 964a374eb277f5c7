#include "base/embed.h"

#include <string.h>

struct gm_str gm_embed(const char *name)
{
	size_t low = 0, high = gm_embedded_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct gm_embedded *e = &gm_embedded[middle];
		int c = strcmp(name, e->name);

		if (!c)
			return (struct gm_str){ e->text, e->len };
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	GM_BUG(name);
}

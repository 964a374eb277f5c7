#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef GM_VERSION
#error "GM_VERSION comes from the Makefile"
#endif

const char gm_version[] = GM_VERSION;

void gm_bug(const char *file, int line, const char *why)
{
	fprintf(stderr, "BUG: %s:%d: %s\n", file, line, why);
	abort();
}

#include "check/result.h"

const char *gm_result_verdict(const struct gm_result *r)
{
	return r->findings.errors ? "refuse" : "pass";
}

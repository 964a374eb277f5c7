/*
 * tests/unit/report/landed: a migration for an overview.
 */
#ifndef GM_TESTS_UNIT_REPORT_LANDED_H
#define GM_TESTS_UNIT_REPORT_LANDED_H

#include "report/overview.h"

#define NOW 1795255200 /* 2026-11-21T10:00:00Z */
#define DAY 86400

/* An expand that landed yesterday, with a window of two days. */
static inline struct gm_overview_item landed_expand(const char *id)
{
	return (struct gm_overview_item){
		.id = id,
		.path = GM_STR("m/20261101_add_email/up.sql"),
		.phase = "expand",
		.digest = "sha256:aa",
		.class_ = GM_CLASS_EXPAND,
		.window = 2 * DAY,
		.owner = "Ann Lee <ann@example.com>",
		.flag = "MAIL\033[31m",
		.introduced = "0123456789012345678901234567890123456789",
		.changed = "0123456789012345678901234567890123456789",
		.author = "Ann Lee <ann@example.com>",
		.when = NOW - 2 * DAY,
		.state = GM_STATE_LANDED,
		.landed_at = NOW - DAY,
		.landed_until = NOW + DAY,
		.landed_ref = "refs/heads/main",
		.landed_digest = "sha256:aa",
	};
}

#endif

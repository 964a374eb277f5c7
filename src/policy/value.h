/*
 * policy/value: what the texts of a policy may look like.
 *
 * Each check answers why a text cannot be used, in words that go behind a
 * colon, or NULL when it can.
 */
#ifndef GM_POLICY_VALUE_H
#define GM_POLICY_VALUE_H

#include "base/str.h"

/*
 * Is this plain (unquoted) scalar a number, boolean, date or null to some
 * YAML reader?
 */
bool gm_value_ambiguous(struct gm_str s);

/* a-z 0-9 first, then also . _ - ; at most 63. */
const char *gm_value_project(struct gm_str s);
/* The same, for roles and environments. */
const char *gm_value_name(struct gm_str s);
/* A layout: a-z first, then a-z 0-9 - ; at most 32. */
const char *gm_value_layout(struct gm_str s);
/* A person or machine, literally: A-Z a-z 0-9 . _ @ + - ; no wildcards. */
const char *gm_value_principal(struct gm_str s);
/*
 * What else a person is called: a login, the name or address in a commit.  Any
 * text without control characters or wildcards.
 */
const char *gm_value_other_name(struct gm_str s);
/* A pattern of full branch names: refs/heads/... */
const char *gm_value_ref(struct gm_str s);
/* A pattern of paths that does not match them all. */
const char *gm_value_pattern(struct gm_str s);
/* A directory from the root, or "." for the root; no pattern. */
const char *gm_value_directory(struct gm_str s);
/* A name in Kubernetes: DNS labels, at most 63 bytes. */
const char *gm_value_label(struct gm_str s);
/* A kind in Kubernetes: letters and digits, the first upper-case. */
const char *gm_value_kind(struct gm_str s);
/* A container image: printable ASCII without blanks, at most 512. */
const char *gm_value_image(struct gm_str s);
/* A name in Kubernetes in which {env} and {cluster} may stand for others. */
const char *gm_value_label_pattern(struct gm_str s);
/* The same for a directory from the root. */
const char *gm_value_directory_pattern(struct gm_str s);
/* Part of names in Kubernetes: a-z, 0-9 and - inside; at most 30. */
const char *gm_value_short(struct gm_str s);
/* A decimal number: 5, -0.25. */
const char *gm_value_decimal(struct gm_str s);
/* A size in Kubernetes: 20Gi. */
const char *gm_value_quantity(struct gm_str s);
/* http:// or https:// and what follows, without blanks or quotes. */
const char *gm_value_url(struct gm_str s);
/* Any text of one line. */
const char *gm_value_query(struct gm_str s);

#endif

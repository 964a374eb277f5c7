/*
 * policy/fields: the keys of a policy, as a table.
 */
#ifndef GM_POLICY_FIELDS_H
#define GM_POLICY_FIELDS_H

#include "policy/schema.h"

/* Reads a whole policy into a struct gm_policy. */
extern const struct gm_field gm_policy_field;

/* Reads the key `flux` into a struct gm_policy_flux (policy/flux.c). */
int gm_read_flux(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base);

#endif

#include "db/inspect.h"

#include <string.h>

#include "db/control.h"
#include "db/drift.h"
#include "db/probe.h"

const char *gm_inspect_state_name(enum gm_inspect_state state)
{
	static const char *const names[] = { "pending", "applied", "half-done",
					     "changed", "stranger" };

	return names[state];
}

static enum gm_inspect_state state_of(const struct gm_apply_unit *u,
				      const struct gm_ledger_row *row)
{
	if (!row || row->state == GM_LEDGER_REVERTED)
		return GM_INSPECT_PENDING;
	if (!gm_ledger_is_done(row->state))
		return GM_INSPECT_HALF;
	if (!strcmp(row->digest, u->digest) ||
	    !strcmp(row->sql_sha256, u->sql_sha256))
		return GM_INSPECT_APPLIED;
	return u->repeatable ? GM_INSPECT_PENDING : GM_INSPECT_CHANGED;
}

/* What the catalog shows of the steps that were begun and are not done. */
static int look_steps(struct gm_inspect_item *item, struct gm_arena *a,
		      struct gm_conn *c, const struct gm_apply_unit *u,
		      struct gm_err *err)
{
	struct gm_steps steps;

	if (gm_ledger_steps(&item->steps, a, c, u->id, err) < 0 ||
	    gm_steps_read(&steps, a, u->up, u->phase, u->loose, err) < 0)
		return -1;
	for (size_t i = 0; i < item->steps.n; i++) {
		const struct gm_ledger_step *s = &item->steps.items[i];
		const struct gm_step *step;
		const char *found;

		if (!strcmp(s->state, "done") || s->ordinal < 1 ||
		    s->ordinal > (int64_t)steps.n)
			continue;
		step = &steps.items[s->ordinal - 1];
		if (gm_probe_look(&found, a, c, &steps.file.items[step->first],
				  err) < 0)
			return -1;
		if (found)
			*GM_PUSH(a, &item->found) = found;
	}
	return 0;
}

static enum gm_foreign_state theirs(const struct gm_foreigns *all,
				    const char *id, struct gm_str version)
{
	for (size_t i = 0; i < all->n; i++) {
		enum gm_foreign_state state =
			gm_foreign_says(&all->items[i], id, version);

		if (state != GM_FOREIGN_NONE)
			return state;
	}
	return GM_FOREIGN_NONE;
}

static int add_units(struct gm_inspect *out, struct gm_arena *a,
		     struct gm_conn *c, struct gm_apply_unit *units, size_t n,
		     struct gm_err *err)
{
	struct gm_map ids = gm_map(a);

	for (size_t i = 0; i < n; i++) {
		struct gm_inspect_item *item = GM_PUSH(a, out);

		gm_map_set(&ids, gm_str(units[i].id), &units[i]);
		gm_sha256_hex(units[i].sql_sha256, units[i].up);
		item->id = units[i].id;
		item->row = gm_ledger_find(&out->ledger, units[i].id);
		item->state = state_of(&units[i], item->row);
		item->theirs =
			theirs(&out->foreign, item->id, units[i].version);
		if (item->state == GM_INSPECT_HALF &&
		    look_steps(item, a, c, &units[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < out->ledger.n; i++) {
		const struct gm_ledger_row *row = &out->ledger.items[i];
		struct gm_inspect_item *item;

		if (gm_map_get(&ids, gm_str(row->id)))
			continue;
		item = GM_PUSH(a, out);
		item->id = row->id;
		item->row = row;
		item->state = GM_INSPECT_STRANGER;
	}
	for (size_t i = 0; i < out->n; i++)
		out->count[out->items[i].state]++;
	return 0;
}

int gm_inspect(struct gm_inspect *out, struct gm_arena *a, const char *uri,
	       struct gm_apply_unit *units, size_t n, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_conn_options options = { .uri = uri };
	struct gm_inspect found = { 0 };
	int known = 0;

	if (gm_conn_open(&c, &options, err) < 0 ||
	    gm_control_begin(c, "public", err) < 0)
		return -1;
	found.database = gm_strdup(a, gm_conn_name(c));
	if (gm_ledger_read(&found.ledger, a, c, err) < 0 ||
	    gm_foreign_read(&found.foreign, a, c, err) < 0)
		return -1;
	found.present = found.ledger.present;
	found.version = found.ledger.version;
	if (add_units(&found, a, c, units, n, err) < 0)
		return -1;
	if (found.present)
		known = gm_drift_read(&found.drift, a, c, err);
	if (known < 0)
		return -1;
	found.drift_known = known > 0;
	*out = found;
	return 0;
}

#include "db/baseline.h"

#include <string.h>

#include "base/buf.h"
#include "db/control.h"
#include "db/lock.h"

struct adopt {
	struct gm_arena *a;
	struct gm_apply_unit *units;
	size_t n;
	const struct gm_baseline_options *o;
	struct gm_baseline_result *out;
	struct gm_conn *c;
	struct gm_ledger ledger;
	struct {
		struct gm_ledger_entry *items;
		size_t n, cap;
	} entries;
};

static int refuse(struct adopt *d, const char *why, const char *hint)
{
	d->out->refused = why;
	d->out->hint = hint;
	return 1;
}

static int take(struct adopt *d, struct gm_apply_unit *u, struct gm_err *err)
{
	const struct gm_ledger_row *row = gm_ledger_find(&d->ledger, u->id);
	struct gm_sql_options options = { 0 };
	struct gm_sql_file sql;
	struct gm_ledger_entry *e;

	if (row && !gm_ledger_is_done(row->state))
		return refuse(d,
			      gm_printf(d->a, "'%s' is %s here", u->id,
					gm_ledger_state_name(row->state)),
			      "'git migrate apply' finishes what was begun.");
	if (row) {
		*GM_PUSH(d->a, &d->out->before) = u->id;
		return 0;
	}
	if (gm_sql_read(&sql, d->a, u->up, &options, err) < 0)
		return gm_fail_at(err, u->path, 0, 0);
	gm_sha256_hex(u->sql_sha256, u->up);
	e = GM_PUSH(d->a, &d->entries);
	*e = (struct gm_ledger_entry){
		.id = u->id,
		.digest = u->digest,
		.path = u->path,
		.sql_sha256 = u->sql_sha256,
		.phase = gm_phase_name(u->phase) ? gm_phase_name(u->phase)
						 : "none",
		.class_ = gm_class_name(sql.class_),
		.env = d->o->env,
		.revision = u->revision,
	};
	*GM_PUSH(d->a, &d->out->taken) = u->id;
	return 0;
}

static int take_up_to(struct adopt *d, struct gm_err *err)
{
	size_t last = d->n;

	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->units[i].id, d->o->to))
			last = i;
	if (last == d->n)
		return gm_fail(err, GM_ENOT_FOUND, "there is no migration '%s'",
			       d->o->to);
	for (size_t i = 0; i <= last; i++) {
		int no = take(d, &d->units[i], err);

		if (no)
			return no;
	}
	return 0;
}

/* The ledger to go by. */
static int choose(struct adopt *d, struct gm_err *err)
{
	struct gm_foreigns all;
	struct gm_foreign *found = NULL;
	struct gm_strings names = { 0 };
	struct gm_buf list = gm_buf(d->a);

	if (gm_foreign_read(&all, d->a, d->c, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (d->o->tool &&
		    !gm_str_ieq(gm_str(d->o->tool), gm_str(all.items[i].tool)))
			continue;
		found = &all.items[i];
		gm_buf_printf(&list, "%s%s (%s)", names.n ? ", " : "",
			      found->tool, found->table);
		*GM_PUSH(d->a, &names) = found->tool;
	}
	if (names.n > 1)
		return refuse(d,
			      gm_printf(d->a,
					"there are the ledgers of several"
					" tools: %s",
					list.ptr),
			      "Say with --from which one holds.");
	if (!found)
		return refuse(d, "the ledger of no other tool is found",
			      "Name the last migration that the database has"
			      " with --to.");
	d->out->from = found;
	return 0;
}

static int take_foreign(struct adopt *d, struct gm_err *err)
{
	int no = choose(d, err);

	if (no)
		return no;
	for (size_t i = 0; i < d->n; i++) {
		enum gm_foreign_state state = gm_foreign_says(
			d->out->from, d->units[i].id, d->units[i].version);

		if (state == GM_FOREIGN_FAILED)
			return refuse(d,
				      gm_printf(d->a,
						"%s says that '%s' failed, or"
						" is not finished",
						d->out->from->tool,
						d->units[i].id),
				      "Repair it with that tool first.");
		if (state != GM_FOREIGN_APPLIED)
			continue;
		no = take(d, &d->units[i], err);
		if (no)
			return no;
	}
	return 0;
}

static int write_down(struct adopt *d, struct gm_err *err)
{
	const char *why = d->o->why;

	if (!why)
		why = d->out->from ? gm_printf(d->a, "applied by %s",
					       d->out->from->tool)
				   : "taken as applied";
	if (d->o->dry_run || !d->entries.n)
		return 0;
	if (gm_ledger_install(d->c, err) < 0 ||
	    gm_ledger_baseline(d->c, d->entries.items, d->entries.n, why, err) <
		    0)
		return -1;
	return 0;
}

static int run(struct adopt *d, struct gm_err *err)
{
	struct gm_wait wait = { .limit_ms = d->o->wait_ms };
	const char *holder;
	int no;

	if (!d->o->dry_run) {
		int taken = gm_lock_take(&holder, d->a, d->c, &wait, err);

		if (taken < 0)
			return -1;
		if (!taken)
			return refuse(d,
				      gm_printf(d->a, "an apply runs here: %s",
						holder),
				      "Wait for it.");
	}
	if (gm_ledger_read(&d->ledger, d->a, d->c, err) < 0)
		return -1;
	no = d->o->to ? take_up_to(d, err) : take_foreign(d, err);
	if (!no)
		no = write_down(d, err);
	if (!d->o->dry_run)
		gm_lock_drop(d->c);
	return no;
}

int gm_baseline(struct gm_baseline_result *out, struct gm_arena *a,
		struct gm_apply_unit *units, size_t n,
		const struct gm_baseline_options *o, struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_conn_options options = { .uri = o->uri };
	struct adopt d = { .a = a, .units = units, .n = n, .o = o, .out = out };

	*out = (struct gm_baseline_result){ 0 };
	if (gm_conn_open(&c, &options, err) < 0 || gm_control_set(c, err) < 0)
		return -1;
	d.c = c;
	out->database = gm_strdup(a, gm_conn_name(c));
	return run(&d, err);
}

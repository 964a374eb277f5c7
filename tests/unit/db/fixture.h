/*
 * tests/unit/db/fixture: migrations for a database of one test.
 */
#ifndef GM_TESTS_UNIT_DB_FIXTURE_H
#define GM_TESTS_UNIT_DB_FIXTURE_H

#include "base/buf.h"
#include "db/apply.h"
#include "place.h"

/* A database of its own, and what apply says of it. */
struct fixture {
	struct gm_conn *look; /* a session of the test */
	const char *dbname;
	struct gm_apply_options o;
	struct gm_apply_result result;
	struct gm_buf news; /* one line each: "kind text" */
};

static void GM_UNUSED fixture_news(void *ctx, const struct gm_news *news)
{
	static const char *const kinds[] = { "note", "wait",    "begin",
					     "step", "blocked", "progress",
					     "done" };
	struct fixture *f = ctx;

	gm_buf_printf(&f->news, "%s %s %s\n", kinds[news->kind],
		      news->unit ? news->unit->id : "-",
		      news->text ? news->text : "");
}

static void GM_UNUSED fixture_open(struct fixture *f, const char *dbname)
{
	struct gm_conn *c = place_connect("postgres");

	assert_script(c, gm_printf(&arena,
				   "DROP DATABASE IF EXISTS %s WITH"
				   " (FORCE)",
				   dbname));
	assert_script(c, gm_printf(&arena, "CREATE DATABASE %s", dbname));
	gm_conn_close(&c);
	*f = (struct fixture){ .dbname = dbname, .o = gm_apply_defaults };
	f->look = place_connect(dbname);
	f->news = gm_buf(&arena);
	f->o.uri = gm_server_uri(&arena, server, NULL, dbname);
	f->o.news = fixture_news;
	f->o.ctx = f;
	f->o.wait_ms = f->o.patience_ms = 5000;
}

static void GM_UNUSED fixture_close(struct fixture *f)
{
	gm_conn_close(&f->look);
}

static struct gm_apply_unit GM_UNUSED unit_of(const char *id,
					      enum gm_phase phase,
					      const char *up)
{
	struct gm_apply_unit u = {
		.id = id,
		.path = gm_printf(&arena, "migrations/%s/up.sql", id),
		.phase = phase,
		.up = gm_str(up),
	};
	char sha[GM_SHA256_HEX + 1];

	gm_sha256_hex(sha, u.up);
	u.digest = gm_printf(&arena, "sha256:%s", sha);
	return u;
}

static int GM_UNUSED fixture_apply(struct fixture *f,
				   struct gm_apply_unit *units, size_t n)
{
	struct gm_apply_unit *copy = gm_alloc_n(&arena, n, sizeof(*copy));
	int result;

	memset(&err, 0, sizeof(err));
	f->news = gm_buf(&arena);
	memcpy(copy, units, n * sizeof(*copy));
	result = gm_apply(&f->result, &arena, copy, n, &f->o, &err);
	return result;
}

/* The first cell of a query, as text. */
GM_UNUSED static const char *value(struct fixture *f, const char *sql)
{
	struct gm_rows rows;

	assert_ok(gm_conn_exec(&rows, &arena, f->look, sql, NULL, 0, &err));
	return rows.n ? gm_cell(&rows, 0, 0) : "nothing";
}

#define assert_value(f, sql, want) assert_string_equal(value((f), (sql)), want)

/* What was said no to, in the order it was. */
GM_UNUSED static const char *refusals(const struct fixture *f)
{
	struct gm_buf b = gm_buf(&arena);

	for (size_t i = 0; i < f->result.refused.n; i++)
		gm_buf_printf(&b, "%s: %s\n",
			      f->result.refused.items[i].id
				      ? f->result.refused.items[i].id
				      : "-",
			      f->result.refused.items[i].why);
	return b.ptr;
}

#define assert_has(text, part)                                                 \
	do {                                                                   \
		if (!strstr((text), (part)))                                   \
			fail_msg("no '%s' in: %s", (part), (text));            \
	} while (0)

#define assert_applied(f, units)                                               \
	do {                                                                   \
		int got_ = fixture_apply((f), (units), GM_COUNT(units));       \
		if (got_)                                                      \
			fail_msg("%d: %s %s", got_, err.msg, refusals(f));     \
	} while (0)

#endif

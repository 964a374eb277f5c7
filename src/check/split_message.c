/* The messages of the commits that a split makes. */
#include <string.h>

#include "base/buf.h"
#include "base/tmpl.h"
#include "check/split.h"
#include "git/trailer.h"

/* Trailers that describe the same migrations; without ids: all of them. */
struct group {
	struct gm_strings ids;
	struct gm_trailers said;
};

struct groups {
	struct group *items;
	size_t n, cap;
};

/* Keys that say something of a migration and nothing of the app. */
static bool of_migration(struct gm_str key)
{
	static const char *const keys[] = {
		"Migration",       "Migration-Phase", "Migration-Contracts",
		"Rollback-Window", "Rollback-Owner",  "Break-Glass",
	};

	for (size_t i = 0; i < GM_COUNT(keys); i++)
		if (gm_str_ieq(key, gm_str(keys[i])))
			return true;
	return false;
}

static bool is_flag(struct gm_str key)
{
	return gm_str_ieq(key, GM_STR("Feature-Flag"));
}

/* Signed-off-by, Co-authored-by, ...: people, true of every part. */
static bool of_people(struct gm_str key)
{
	return key.len > 3 &&
	       gm_str_ieq(gm_str_sub(key, key.len - 3, key.len), GM_STR("-by"));
}

static void sort_trailers(struct groups *out, struct gm_arena *a,
			  const struct gm_trailers *trailers)
{
	bool starts = false;

	GM_PUSH(a, out);
	for (size_t i = 0; i < trailers->n; i++) {
		const struct gm_trailer *t = &trailers->items[i];

		if (gm_str_ieq(t->key, GM_STR("Migration"))) {
			if (!starts)
				GM_PUSH(a, out);
			starts = true;
			*GM_PUSH(a, &out->items[out->n - 1].ids) =
				gm_str_dup(a, t->value);
			continue;
		}
		if (!of_migration(t->key) && !is_flag(t->key))
			continue;
		starts = false;
		*GM_PUSH(a, &out->items[out->n - 1].said) = *t;
	}
}

static bool describes(const struct group *g, const char *id)
{
	for (size_t i = 0; i < g->ids.n; i++)
		if (!strcmp(g->ids.items[i], id))
			return true;
	return g->ids.n == 0;
}

static struct gm_str add(struct gm_arena *a, struct gm_str message,
			 const struct gm_trailer *t)
{
	return gm_trailer_add(a, message, gm_str_dup(a, t->key),
			      gm_str_dup(a, t->value));
}

static struct gm_str add_migrations(struct gm_arena *a, struct gm_str message,
				    const struct gm_split_part *part, bool flag,
				    const struct groups *groups)
{
	for (size_t i = 0; i < part->ids.n; i++) {
		const char *id = part->ids.items[i];

		message = gm_trailer_add(a, message, "Migration", id);
		for (size_t g = 0; g < groups->n; g++) {
			const struct group *group = &groups->items[g];

			if (!describes(group, id))
				continue;
			for (size_t k = 0; k < group->said.n; k++)
				if (flag || !is_flag(group->said.items[k].key))
					message = add(a, message,
						      &group->said.items[k]);
		}
	}
	return message;
}

/* Line `number`, 1-based: does it belong to a trailer that goes away? */
static bool goes(const struct gm_trailers *trailers, size_t number, bool flags)
{
	for (size_t i = trailers->n; i-- > 0;) {
		const struct gm_trailer *t = &trailers->items[i];

		if (t->line <= number)
			return of_migration(t->key) ||
			       (flags && is_flag(t->key));
	}
	return false;
}

/*
 * The old message without what was said of migrations.  A line that continues
 * a trailer starts with a blank.
 */
static struct gm_str strip(struct gm_arena *a, struct gm_str message,
			   const struct gm_trailers *trailers, bool flags)
{
	struct gm_buf out = gm_buf(a);
	struct gm_str rest = message, line;
	bool gone = false;

	for (size_t number = 1; gm_str_line(&line, &rest); number++) {
		bool continues =
			line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
		bool starts = false;

		for (size_t i = 0; i < trailers->n; i++)
			starts |= trailers->items[i].line == number;
		if (starts)
			gone = goes(trailers, number, flags);
		else if (!continues)
			gone = false;
		if (gone)
			continue;
		gm_buf_str(&out, line);
		gm_buf_putc(&out, '\n');
	}
	while (out.len > 1 && out.ptr[out.len - 1] == '\n' &&
	       out.ptr[out.len - 2] == '\n')
		out.ptr[--out.len] = 0;
	return gm_buf_view(&out);
}

static const char *join(struct gm_arena *a, const struct gm_strings *words)
{
	struct gm_buf out = gm_buf(a);

	for (size_t i = 0; i < words->n; i++) {
		gm_buf_puts(&out, i ? ", " : "");
		gm_buf_puts(&out, words->items[i]);
	}
	return out.ptr;
}

static int fill(struct gm_str *out, struct gm_arena *a,
		const struct gm_split *s, const struct gm_split_part *part,
		const struct gm_split_words *words, struct gm_err *err)
{
	bool migration = part != &s->parts[GM_SPLIT_POLICY];
	const struct gm_tmpl_var vars[] = {
		{ "verb", part->fresh ? "Add" : "Change" },
		{ "what", part->phase && *part->phase
				  ? gm_printf(a, "%s migration", part->phase)
				  : "migration" },
		{ "ids", join(a, &part->ids) },
		{ "subject", gm_commit_subject(a, &s->commit) },
		{ NULL, NULL },
	};

	if (migration)
		return gm_tmpl_fill(out, a, words->migration_from,
				    words->migration, vars, err);
	return gm_tmpl_fill(out, a, words->policy_from, words->policy, vars,
			    err);
}

static struct gm_str add_people(struct gm_arena *a, struct gm_str message,
				const struct gm_trailers *trailers)
{
	for (size_t i = 0; i < trailers->n; i++)
		if (of_people(trailers->items[i].key))
			message = add(a, message, &trailers->items[i]);
	return message;
}

static struct gm_str add_required(struct gm_arena *a, struct gm_str message,
				  const struct gm_split_part *part,
				  const struct gm_trailers *trailers)
{
	for (size_t i = 0; i < part->ids.n; i++) {
		bool there = false;

		for (size_t k = 0; k < trailers->n; k++)
			there |= gm_str_ieq(trailers->items[k].key,
					    GM_STR("Migration-Requires")) &&
				 gm_str_is(trailers->items[k].value,
					   part->ids.items[i]);
		if (!there)
			message =
				gm_trailer_add(a, message, "Migration-Requires",
					       part->ids.items[i]);
	}
	return message;
}

/* The part that keeps the old message: the app, or what comes nearest. */
static struct gm_split_part *keeper(struct gm_split *s)
{
	if (s->parts[GM_SPLIT_APP].changes.n)
		return &s->parts[GM_SPLIT_APP];
	if (s->parts[GM_SPLIT_ADD].changes.n)
		return &s->parts[GM_SPLIT_ADD];
	return &s->parts[GM_SPLIT_CONTRACT];
}

int gm_split_word(struct gm_split *s, struct gm_arena *a,
		  const struct gm_split_words *words, struct gm_err *err)
{
	struct gm_trailers trailers = { 0 };
	struct groups groups = { 0 };

	gm_trailers_parse(&trailers, a, s->commit.message);
	sort_trailers(&groups, a, &trailers);
	for (size_t i = 0; i < GM_SPLIT_KINDS; i++) {
		struct gm_split_part *part = &s->parts[i];
		bool keeps = part == keeper(s);
		struct gm_str text;

		if (!part->changes.n)
			continue;
		if (keeps)
			text = strip(a, s->commit.message, &trailers,
				     i != GM_SPLIT_APP);
		else if (fill(&text, a, s, part, words, err) < 0)
			return -1;
		text = add_migrations(a, text, part, i == GM_SPLIT_ADD,
				      &groups);
		if (i == GM_SPLIT_APP)
			text = add_required(a, text, &s->parts[GM_SPLIT_ADD],
					    &trailers);
		if (!keeps)
			text = add_people(a, text, &trailers);
		part->message = gm_str_dup(a, text);
	}
	return 0;
}

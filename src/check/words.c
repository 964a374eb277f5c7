/* What a commit message says, and whether the commit bears it out. */
#include <string.h>

#include "check/parts.h"

bool gm_judge_speaks(const struct gm_commit *c)
{
	/* Without a colon there is no trailer at all. */
	return gm_str_find(c->message, ':') < c->message.len &&
	       (gm_str_iholds(c->message, GM_STR("migration")) ||
		gm_str_iholds(c->message, GM_STR("rollback-")) ||
		gm_str_iholds(c->message, GM_STR("feature-flag")) ||
		gm_str_iholds(c->message, GM_STR("break-glass")));
}

/* Only what an app commit may say as well? */
static bool fits_app(const struct gm_meta *meta)
{
	return meta->phase == GM_PHASE_NONE && !meta->contracts &&
	       !meta->window && !meta->owner;
}

/* A way back that goes by another name, where versions pair files. */
static bool is_apart(const struct gm_parts *parts, const struct gm_touched *t)
{
	if (t->up || !t->root->layout->by_version || t->unit.repeatable)
		return false;
	for (size_t i = 0; i < parts->n; i++) {
		const struct gm_touched *other = parts->items[i];

		if (other->up && other->root == t->root &&
		    !other->unit.repeatable && !other->unit.baseline &&
		    gm_version_eq(other->unit.version, t->unit.version))
			return true;
	}
	return false;
}

/* Those that trailers may describe: of what goes away there is no need. */
static size_t count(const struct gm_parts *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < parts->n; i++)
		n += parts->items[i]->stays &&
		     !is_apart(parts, parts->items[i]);
	return n;
}

static void judge_scope(struct gm_judge *j, const struct gm_judged_commit *c,
			const struct gm_parts *parts,
			const struct gm_commit_meta *words)
{
	struct gm_finding *found;
	bool named = false;

	/* Forges write the trailers of a branch into its merge, too. */
	if (c->commit.n_parents > 1 && !parts->n)
		return;
	for (size_t i = 0; i < words->n; i++)
		named |= words->items[i].id != NULL;
	for (size_t i = 0; i < words->n; i++) {
		const struct gm_commit_meta_item *item = &words->items[i];

		if (item->id && !gm_parts_have(parts, item->id)) {
			found = gm_judge_find(j, c, GM_RULE_BAD_TRAILER,
					      GM_STR_NONE,
					      "'Migration: %s' names no"
					      " migration of this commit",
					      item->id);
			found->hint = "Name the directory or file stem of a"
				      " migration that this commit changes.";
		} else if (!item->id && !parts->n && !fits_app(&item->meta)) {
			found = gm_judge_find(j, c, GM_RULE_BAD_TRAILER,
					      GM_STR_NONE, "%s",
					      "the trailers describe a"
					      " migration, but the commit"
					      " holds none");
			found->hint = "Move them to the commit that holds the"
				      " migration, or check the directory's"
				      " name in the policy.";
		} else if (!item->id && !named && count(parts) > 1) {
			found = gm_judge_find(j, c, GM_RULE_BAD_TRAILER,
					      GM_STR_NONE,
					      "the commit holds %zu migrations,"
					      " and its trailers do not say"
					      " which they describe",
					      count(parts));
			found->hint = "Put 'Migration: <id>' above the trailers"
				      " of each.";
		}
	}
}

static void judge_required(struct gm_judge *j, const struct gm_judged_commit *c,
			   const struct gm_parts *parts,
			   const struct gm_commit_meta *words)
{
	for (size_t i = 0; i < words->requires_.n; i++) {
		const char *id = words->requires_.items[i];

		if (gm_landed_named(j, NULL, id) ||
		    gm_pending_named(j, NULL, id) || gm_parts_have(parts, id))
			continue;
		gm_judge_find(j, c, GM_RULE_BAD_TRAILER, GM_STR_NONE,
			      "'Migration-Requires: %s' names no migration of"
			      " this repository",
			      id)
			->hint = "'git migrate log' lists the migrations and"
				 " their ids.";
	}
}

static void judge_encoding(struct gm_judge *j, const struct gm_judged_commit *c)
{
	struct gm_str encoding = gm_str(c->commit.encoding);
	struct gm_str message = c->commit.message;
	bool nul = gm_str_find(message, '\0') < message.len;

	if (!nul && (!encoding.len || gm_str_ieq(encoding, GM_STR("UTF-8"))))
		return;
	gm_judge_find(j, c, GM_RULE_BAD_TRAILER, GM_STR_NONE, "%s",
		      nul ? "the commit message holds a NUL byte"
			  : "the commit message is not in UTF-8")
		->hint = "Write the message again, in UTF-8: git commit"
			 " --amend.";
}

void gm_judge_words(struct gm_commit_meta *out, struct gm_judge *j,
		    const struct gm_judged_commit *c,
		    const struct gm_parts *parts)
{
	struct gm_findings *f = &j->result->findings;
	struct gm_trailers trailers = { 0 };
	size_t before = f->n;

	judge_encoding(j, c);
	gm_trailers_parse(&trailers, j->scratch, c->commit.message);
	gm_meta_from_trailers(out, j->arena, &trailers, f);
	for (; before < f->n; before++)
		gm_judge_blame(c, &f->items[before]);
	for (size_t i = 0; i < out->n; i++)
		if (out->items[i].meta.break_glass)
			*GM_PUSH(j->arena, &j->tickets) =
				out->items[i].meta.break_glass;
	judge_scope(j, c, parts, out);
	judge_required(j, c, parts, out);
}

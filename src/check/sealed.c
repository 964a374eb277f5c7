#include "check/sealed.h"

#include <string.h>

#include "base/buf.h"

#define TIMEOUT_MS 30000

static const char *part_path(struct gm_arena *a, const char *dir,
			     const char *name)
{
	return gm_printf(a, "%s/%s", dir, name);
}

static int read_records(struct gm_records *out, struct gm_arena *a,
			const char *path, struct gm_str text,
			struct gm_err *err)
{
	struct gm_str line;
	const char *why;

	for (size_t n = 1; gm_str_line(&line, &text); n++) {
		struct gm_record *r;

		if (!gm_str_trim(line).len)
			continue;
		r = GM_PUSH(a, out);
		if (gm_record_decode(r, &why, a, line))
			continue;
		gm_fail(err, GM_EINPUT, "the line is no record: %s", why);
		gm_fail_at(err, path, n, 0);
		return gm_hint(err, "Write the bundle anew, with 'git migrate"
				    " bundle'.");
	}
	return 0;
}

/* key-<principal>.asc */
static int read_key(struct gm_signers *out, struct gm_arena *a,
		    const char *path, const struct gm_bundle_part *p,
		    struct gm_err *err)
{
	struct gm_str name = gm_str(p->name);

	if (!gm_str_starts(name, GM_STR(GM_BUNDLE_KEY)) ||
	    !gm_str_ends(name, GM_STR(GM_BUNDLE_KEY_END)))
		return 0;
	name = gm_str_sub(name, strlen(GM_BUNDLE_KEY),
			  name.len - strlen(GM_BUNDLE_KEY_END));
	return gm_signers_add_gpg(out, a, path, gm_str_dup(a, name), p->content,
				  err);
}

int gm_sealed_read(struct gm_sealed *out, struct gm_arena *a, const char *dir,
		   const struct gm_bundle *b, struct gm_err *err)
{
	struct gm_sealed s = { 0 };

	for (size_t i = 0; i < b->parts.n; i++) {
		const struct gm_bundle_part *p = &b->parts.items[i];
		const char *path = part_path(a, dir, p->name);
		int result = 0;

		if (!strcmp(p->name, GM_BUNDLE_POLICY)) {
			result = gm_policy_read(&s.policy, a, path, p->content,
						err);
			s.asks = true;
		} else if (!strcmp(p->name, GM_BUNDLE_SIGNERS)) {
			result = gm_signers_add_ssh(&s.signers, a, path,
						    p->content, err);
		} else if (!strcmp(p->name, GM_BUNDLE_RECORDS)) {
			result = read_records(&s.records, a, path, p->content,
					      err);
		} else {
			result = read_key(&s.signers, a, path, p, err);
		}
		if (result < 0)
			return -1;
	}
	if (s.asks && strcmp(s.policy.project, b->project)) {
		gm_fail(err, GM_EINPUT,
			"the bundle is of project '%s', and its policy of '%s'",
			b->project, s.policy.project);
		return -1;
	}
	*out = s;
	return 0;
}

/* What is judged, and the records with what is known of their signatures. */
struct docket {
	struct gm_arena *a;
	const struct gm_sealed *s;
	struct gm_subject subject;
	const struct gm_record **records;
	struct gm_proof *proofs;
	size_t n;
	int64_t now;
};

static int prove(struct docket *d, struct gm_err *err)
{
	const struct gm_verifier verifier = { .ssh_keygen =
						      "/usr/bin/ssh-keygen",
					      .gpgv = "/usr/bin/gpgv",
					      .timeout_ms = TIMEOUT_MS };
	const struct gm_records *all = &d->s->records;

	d->records = gm_alloc_n(d->a, all->n, sizeof(const void *));
	d->proofs = gm_alloc_n(d->a, all->n, sizeof(*d->proofs));
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].kind != GM_RECORD_LANDED)
			d->records[d->n++] = &all->items[i];
	return gm_verify(d->proofs, d->a, &verifier, &d->s->signers, d->records,
			 d->n, d->now, err);
}

/*
 * Count those of one kind; overrides only of one ticket.  Rejections and
 * revocations always count.
 */
static void count(struct gm_tally *out, struct docket *d,
		  const struct gm_policy_approval *need,
		  enum gm_record_kind kind, const char *ticket)
{
	const struct gm_record **some =
		gm_alloc_n(d->a, d->n, sizeof(const void *));
	struct gm_proof *proofs = gm_alloc_n(d->a, d->n, sizeof(*proofs));
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct gm_record *r = d->records[i];

		if (r->kind != kind && r->kind != GM_RECORD_REJECT &&
		    r->kind != GM_RECORD_REVOKE)
			continue;
		if (ticket && r->kind == kind && strcmp(r->ticket, ticket))
			continue;
		proofs[n] = d->proofs[i];
		some[n++] = r;
	}
	gm_tally(out, d->a, &d->s->policy, need, kind, &d->subject, some,
		 proofs, n, d->now);
}

static const char *by_override(struct docket *d)
{
	const struct gm_policy_approval *need =
		gm_policy_approval(&d->s->policy, "break-glass");
	struct gm_tally t;

	for (size_t i = 0; need && i < d->n; i++) {
		if (d->records[i]->kind != GM_RECORD_OVERRIDE)
			continue;
		count(&t, d, need, GM_RECORD_OVERRIDE, d->records[i]->ticket);
		if (t.approved)
			return d->records[i]->ticket;
	}
	return NULL;
}

static const char *words(struct gm_arena *a, const struct gm_tally *t)
{
	struct gm_buf b = gm_buf(a);

	if (t->rejected_by)
		return gm_printf(a, "rejected by %s", t->rejected_by->signer);
	gm_buf_puts(&b, "missing ");
	for (size_t i = 0; i < t->n_missing; i++)
		gm_buf_printf(&b, "%s%d %s", i ? ", " : "", t->missing[i].count,
			      t->missing[i].role);
	return b.ptr;
}

int gm_sealed_judge(struct gm_sealed_answer *out, struct gm_arena *a,
		    const struct gm_sealed *s, const struct gm_bundle *b,
		    const char *class_, const char *env, int64_t now,
		    struct gm_err *err)
{
	const char *phase = gm_phase_name(b->meta.phase);
	struct docket d = {
		.a = a,
		.s = s,
		.now = now,
		.subject = {
			.project = b->project,
			.digest = b->digest,
			.phase = phase ? phase : "none",
			.class_ = class_,
			.ref = b->ref,
			.env = env ? env : "*",
			.authors = b->authors,
		},
	};
	const char *kind = gm_subject_kind(b->meta.phase, class_);
	struct gm_tally t;

	*out = (struct gm_sealed_answer){ .approved = !s->asks };
	if (!s->asks)
		return 0;
	d.subject.path = gm_str_dup(a, gm_bundle_file(b, GM_ROLE_UP)->path);
	if (prove(&d, err) < 0)
		return -1;
	count(&t, &d, gm_policy_approval(&s->policy, kind), GM_RECORD_APPROVE,
	      NULL);
	out->approved = t.approved;
	if (t.approved)
		return 0;
	out->ticket = by_override(&d);
	out->approved = out->ticket != NULL;
	out->why = words(a, &t);
	return 0;
}

static bool is_newer(const struct gm_record *one, const struct gm_record *two)
{
	if (!two || one->at != two->at)
		return !two || one->at > two->at;
	return !strcmp(one->result, "fail");
}

int gm_sealed_evidence(const struct gm_record **out, struct gm_arena *a,
		       const struct gm_sealed *s, const char *ref,
		       const char *env, const char *stage, int64_t now,
		       struct gm_err *err)
{
	struct docket d = { .a = a, .s = s, .now = now };
	const struct gm_record *best = NULL;

	if (prove(&d, err) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++) {
		const struct gm_record *r = d.records[i];

		if (r->kind == GM_RECORD_EVIDENCE && d.proofs[i].good &&
		    !strcmp(r->project, s->policy.project) &&
		    !strcmp(r->ref, ref) && !strcmp(r->stage, stage) &&
		    (!env || !strcmp(r->env, env)) && now < r->until &&
		    r->at <= now + GM_CLOCK_SKEW &&
		    gm_policy_has_role(&s->policy, r->role,
				       gm_str(r->signer)) &&
		    is_newer(r, best))
			best = r;
	}
	*out = best;
	return 0;
}

#include "cmd/seal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approval/exhibit.h"
#include "approval/sshsig.h"
#include "approval/verify.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/near.h"
#include "cmd/exchange.h"
#include "git/ref.h"
#include "git/walk.h"

/* The fewest digits that name a record. */
#define ID_MIN 8

/* --- the start --- */

static int no_policy(struct gm_err *err)
{
	gm_fail(err, GM_ENOT_FOUND, "there is no %s to approve by",
		GM_POLICY_PATH);
	return gm_hint(err, "'git migrate init' writes one; 'git fetch' brings"
			    " the one of the server.");
}

static int open_review(struct gm_seal *s, struct gm_err *err)
{
	const struct gm_review_from from = {
		.remote = s->args->remote,
		.ref = s->args->ref,
		.now = gm_now(),
	};
	int found = gm_review_open(&s->review, s->cx->arena, s->cx->repo, &from,
				   err);

	if (found < 0)
		return -1;
	return found ? 0 : no_policy(err);
}

static int unknown_ssh_key(const struct gm_seal *s, struct gm_err *err)
{
	struct gm_buf text = gm_buf(s->cx->arena);
	struct gm_str type = GM_STR_NONE;
	const char *why;

	gm_base64_encode(&text, s->signing.public_);
	if (!gm_sshkey_read(&type, &why, s->signing.public_))
		return gm_fail(err, GM_EINPUT,
			       "your key cannot sign records: %s", why);
	gm_fail(err, GM_EINPUT, "your key is not in %s of %s", GM_SIGNERS_PATH,
		s->review.where);
	return gm_hint(err,
		       "Add this line to it, in a commit of its own that raises"
		       " 'version' in\n%s, and have an admin run\n"
		       "'git migrate approve --policy <commit>':\n%s %.*s %s",
		       GM_POLICY_PATH, s->principal, (int)type.len, type.ptr,
		       text.ptr);
}

static int unknown_gpg_key(const struct gm_seal *s, struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "no GPG key of '%s' is in %s of %s",
		s->principal, GM_KEYS_DIR, s->review.where);
	return gm_hint(err,
		       "Commit it, with a raised 'version' in %s and nothing"
		       " else,\nand have an admin run 'git migrate approve"
		       " --policy <commit>':\n"
		       "gpg --armor --export %s >%s/%s.asc",
		       GM_POLICY_PATH,
		       gm_shell_word(s->cx->arena, s->principal), GM_KEYS_DIR,
		       s->principal);
}

/* Better told now than after the passphrase was asked for. */
static int check_key(const struct gm_seal *s, struct gm_err *err)
{
	const struct gm_signers *signers =
		gm_approvals_signers(s->review.approvals);

	if (s->signing.kind == GM_SIG_SSH) {
		if (s->signing.public_.len &&
		    !gm_signers_ssh(signers, s->signing.public_))
			return unknown_ssh_key(s, err);
		return 0;
	}
	for (size_t i = 0; i < signers->n; i++)
		if (signers->items[i].kind == GM_SIG_GPG &&
		    gm_key_is_of(&signers->items[i], s->principal))
			return 0;
	return unknown_gpg_key(s, err);
}

int gm_seal_open(struct gm_seal *out, struct gm_ctx *cx,
		 const struct gm_seal_args *args, const char *ref,
		 struct gm_err *err)
{
	struct gm_seal s = { .cx = cx, .args = args };
	const char *at = args->at ? args->at : "HEAD";

	if (open_review(&s, err) < 0)
		return -1;
	/* Who is going to push asks the remote now: others may object. */
	if (args->push && s.review.remote &&
	    gm_exchange_fetch(cx, s.review.remote, err) < 0)
		return -1;
	if (gm_exchange_join(cx, s.review.remote, ref, err) < 0 ||
	    open_review(&s, err) < 0 ||
	    gm_rev_commit(&s.tip, cx->repo, at, err) < 0 ||
	    gm_signing_read(&s.signing, cx->arena, cx->repo, err) < 0 ||
	    gm_signing_principal(&s.principal, cx->arena, cx->repo, &s.signing,
				 gm_approvals_signers(s.review.approvals),
				 err) < 0 ||
	    check_key(&s, err) < 0)
		return -1;
	*out = s;
	return 0;
}

/* --- the record --- */

int gm_seal_record(struct gm_record *out, const struct gm_seal *s,
		   enum gm_record_kind kind, const struct gm_subject *subject,
		   struct gm_err *err)
{
	struct gm_record r = {
		.kind = kind,
		.project = subject->project,
		.path = subject->path,
		.digest = subject->digest,
		.phase = subject->phase,
		.class_ = subject->class_,
		.ref = subject->ref,
		.env = subject->env,
		.signer = s->principal,
		.at = s->review.now,
		.until = GM_RECORD_FOREVER,
	};

	if (s->args->why && *s->args->why)
		r.why = s->args->why;
	if (gm_record_nonce(&r, s->cx->arena, err) < 0)
		return -1;
	*out = r;
	return 0;
}

struct gm_subject gm_seal_about(const struct gm_record *record)
{
	return (struct gm_subject){
		.project = record->project,
		.path = record->path,
		.digest = record->digest,
		.phase = record->phase,
		.class_ = record->class_,
		.ref = record->ref,
		.env = record->env,
	};
}

/* --- the role --- */

static bool has_role(const struct gm_seal *s, const char *role)
{
	return gm_policy_has_role(&s->review.policy, role,
				  gm_str(s->principal));
}

static int named_role(const char **out, const struct gm_seal *s,
		      struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	const char **names =
		gm_alloc_n(s->cx->arena, p->n_roles, sizeof(*names));
	const char *near;
	bool known = false;

	for (size_t i = 0; i < p->n_roles; i++) {
		names[i] = p->roles[i].name;
		known |= !strcmp(names[i], s->args->role);
	}
	if (known && has_role(s, s->args->role)) {
		*out = s->args->role;
		return 0;
	}
	if (known) {
		gm_fail(err, GM_EINPUT,
			"'%s' has not the role '%s' in the policy of %s",
			s->principal, s->args->role, s->review.where);
		return gm_hint(err, "The policy says under 'roles' who has.");
	}
	gm_fail(err, GM_EINPUT, "there is no role '%s' in the policy of %s",
		s->args->role, s->review.where);
	near = gm_near(gm_str(s->args->role), names, p->n_roles);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "The policy lists them under 'roles'.");
}

static void keep_own(struct gm_strings *list, const struct gm_seal *s,
		     const char *role)
{
	if (has_role(s, role))
		*GM_PUSH(s->cx->arena, list) = role;
}

static const char *joined(struct gm_arena *a, const struct gm_strings *list)
{
	struct gm_buf b = gm_buf(a);

	for (size_t i = 0; i < list->n; i++)
		gm_buf_printf(&b, "%s%s", i ? ", " : "", list->items[i]);
	return b.ptr;
}

static int no_role(const struct gm_seal *s, const struct gm_strings *needed,
		   struct gm_err *err)
{
	gm_fail(err, GM_EINPUT, "'%s' has none of the roles that are needed",
		s->principal);
	if (!needed->n)
		return gm_hint(err, "The policy of %s gives '%s' no role.",
			       s->review.where, s->principal);
	return gm_hint(err, "Needed by the policy of %s: %s.", s->review.where,
		       joined(s->cx->arena, needed));
}

int gm_seal_role(const char **out, const struct gm_seal *s,
		 const struct gm_policy_approval *need,
		 const struct gm_tally *tally, struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	struct gm_strings needed = { 0 }, own = { 0 }, missing = { 0 };

	if (s->args->role)
		return named_role(out, s, err);
	for (size_t i = 0; tally && i < tally->n_missing; i++)
		keep_own(&missing, s, tally->missing[i].role);
	for (size_t i = 0; need && i < need->n_need; i++) {
		*GM_PUSH(s->cx->arena, &needed) = need->need[i].role;
		keep_own(&own, s, need->need[i].role);
	}
	for (size_t i = 0; !need && i < p->n_roles; i++)
		keep_own(&own, s, p->roles[i].name);
	if (!own.n)
		return no_role(s, &needed, err);
	if (missing.n == 1 || own.n == 1) {
		*out = missing.n == 1 ? missing.items[0] : own.items[0];
		return 0;
	}
	gm_fail(err, GM_EINPUT, "as what: %s?",
		joined(s->cx->arena, missing.n ? &missing : &own));
	return gm_hint(err,
		       "You have more than one of these roles, and count once:"
		       " choose with --role.");
}

/* --- the environment --- */

int gm_seal_env(const struct gm_seal *s, const char *env, struct gm_err *err)
{
	const struct gm_policy *p = &s->review.policy;
	const char **names =
		gm_alloc_n(s->cx->arena, p->n_environments, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < p->n_environments; i++) {
		names[i] = p->environments[i].name;
		if (!strcmp(names[i], env))
			return 0;
	}
	gm_fail(err, GM_EINPUT,
		"there is no environment '%s' in the policy of"
		" %s",
		env, s->review.where);
	near = gm_near(gm_str(env), names, p->n_environments);
	if (near)
		return gm_hint(err, "Did you mean '%s'?", near);
	return gm_hint(err, "The policy lists them under 'environments'.");
}

int gm_seal_place(struct gm_review_item *item, const struct gm_seal *s,
		  const char *env, struct gm_err *err)
{
	if (env) {
		if (gm_seal_env(s, env, err) < 0)
			return -1;
		item->subject.env = env;
		return 0;
	}
	if (!item->landed)
		return 0;
	gm_fail(err, GM_EINPUT, "'%s' has landed on '%s' already", item->id,
		item->subject.ref);
	return gm_hint(err, "To let it run in an environment, say --env; for"
			    " another ref, name it with --ref.");
}

/* --- show and ask --- */

static void show_field(const struct gm_seal *s, const char *name,
		       const char *value)
{
	if (value)
		fprintf(s->cx->out, "    %-10s %s\n", name,
			gm_escaped(s->cx->arena, gm_str(value)));
}

static const char *until_words(const struct gm_seal *s,
			       const struct gm_record *r)
{
	if (r->until == GM_RECORD_FOREVER)
		return "it is taken back";
	return gm_time_format(s->cx->arena, r->until);
}

int gm_seal_show(const struct gm_seal *s, const struct gm_record *r,
		 struct gm_err *err)
{
	const char *payload;

	if (gm_record_payload(&payload, s->cx->arena, r, err) < 0)
		return -1;
	fprintf(s->cx->out, "%s, by the policy of %s:\n",
		gm_record_kind_name(r->kind), s->review.where);
	show_field(s, "project", r->project);
	show_field(s, "path", r->path);
	show_field(s, "digest", r->digest);
	show_field(s, "phase", r->phase);
	show_field(s, "class", r->class_);
	show_field(s, "ref", r->ref);
	show_field(s, "env", r->env);
	show_field(s, "role", r->role);
	show_field(s, "signer", r->signer);
	show_field(s, "at", gm_time_format(s->cx->arena, r->at));
	show_field(s, "until", until_words(s, r));
	show_field(s, "target", r->target);
	show_field(s, "stage", r->stage);
	show_field(s, "result", r->result);
	show_field(s, "sha256", r->sha256);
	show_field(s, "ticket", r->ticket);
	show_field(s, "risk", r->risk);
	show_field(s, "recovery", r->recovery);
	show_field(s, "follow-up", r->follow_up);
	show_field(s, "why", r->why);
	fprintf(s->cx->out, "Signed will be, in the namespace %s:\n    %s\n",
		gm_record_namespace(r->kind),
		gm_escaped(s->cx->arena, gm_str(payload)));
	fflush(s->cx->out);
	return 0;
}

/*
 * A server takes records about what it has, and refuses all that come with one
 * about something else.
 */
static int note_unpushed(const struct gm_seal *s, struct gm_err *err)
{
	struct gm_refs refs = { 0 };

	if (!s->review.remote)
		return 0;
	if (gm_ref_list(&refs, s->cx->arena, s->cx->repo,
			gm_printf(s->cx->arena, "refs/remotes/%s/",
				  s->review.remote),
			err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		int there = gm_is_ancestor(s->cx->repo, &s->tip,
					   &refs.items[i].oid, err);

		if (there)
			return there < 0 ? -1 : 0;
	}
	gm_cmd_note(s->cx,
		    "'%s' is not known to have %.12s: push that before the"
		    " record, which is refused without",
		    s->review.remote, gm_oid_hex(s->cx->arena, &s->tip));
	return 0;
}

int gm_seal_ask(const struct gm_seal *s, const char *question,
		struct gm_err *err)
{
	char answer[16];

	if (note_unpushed(s, err) < 0)
		return -1;
	if (s->args->yes)
		return 1;
	if (!isatty(STDIN_FILENO)) {
		gm_fail(err, GM_EINPUT,
			"there is no terminal to ask on whether to sign this");
		return gm_hint(err, "Read what stands above, and say --yes.");
	}
	fprintf(s->cx->err, "%s [y/N] ", question);
	fflush(s->cx->err);
	if (!fgets(answer, sizeof(answer), stdin))
		answer[0] = 0;
	if (answer[0] == 'y' || answer[0] == 'Y')
		return 1;
	fputs("Not signed.\n", s->cx->err);
	return 0;
}

/* --- the end --- */

static int check_own(const struct gm_seal *s, const struct gm_record *r,
		     struct gm_err *err)
{
	struct gm_verifier verifier;
	struct gm_proof proof;

	if (gm_verifier_read(&verifier, s->cx->arena, s->cx->repo, err) < 0 ||
	    gm_verify(&proof, s->cx->arena, &verifier,
		      gm_approvals_signers(s->review.approvals), &r, 1,
		      s->review.now, err) < 0)
		return -1;
	if (proof.good)
		return 0;
	gm_fail(err, GM_EINPUT,
		"the signature was made, but the server would not take it: %s",
		proof.why);
	return gm_hint(err,
		       "Nothing was recorded.  Compare the key that git signs"
		       " with (user.signingKey) with %s and %s of %s.",
		       GM_SIGNERS_PATH, GM_KEYS_DIR, s->review.where);
}

/* What goes to the server with such a record: what it rests on first. */
static int find_refs(struct gm_strings *out, const struct gm_seal *s,
		     enum gm_record_kind kind, struct gm_err *err)
{
	struct gm_oid tip;
	int found =
		kind == GM_RECORD_EVIDENCE
			? gm_ref_get(&tip, s->cx->repo, GM_EXHIBITS_REF, err)
			: 0;

	if (found > 0)
		*GM_PUSH(s->cx->arena, out) = GM_EXHIBITS_REF;
	*GM_PUSH(s->cx->arena, out) = gm_record_ref(kind);
	return found < 0 ? -1 : 0;
}

static int bring(struct gm_seal *s, enum gm_record_kind kind,
		 struct gm_err *err)
{
	const char *remote = s->review.remote;
	struct gm_strings refs = { 0 };

	if (!remote)
		return 0;
	if (find_refs(&refs, s, kind, err) < 0)
		return -1;
	if (!s->args->push) {
		fprintf(s->cx->out, "To push it: git push %s",
			gm_shell_word(s->cx->arena, remote));
		for (size_t i = 0; i < refs.n; i++)
			fprintf(s->cx->out, " %s", refs.items[i]);
		fputc('\n', s->cx->out);
		return 0;
	}
	for (size_t i = 0; i < refs.n; i++)
		if (gm_exchange_push(s->cx, remote, refs.items[i], err) < 0)
			return -1;
	fprintf(s->cx->out, "Pushed to %s.\n",
		gm_escaped(s->cx->arena, gm_str(remote)));
	return 0;
}

/* Also when it was not taken: then it waits. */
static int publish(struct gm_seal *s, enum gm_record_kind kind,
		   struct gm_err *err)
{
	struct gm_err other = GM_ERR_INIT;
	int brought = bring(s, kind, err);

	if (gm_exchange_settle(s->cx, s->review.remote,
			       brought < 0 ? &other : err) < 0)
		return -1;
	return brought;
}

int gm_seal_close(struct gm_seal *s, struct gm_record *record,
		  const struct gm_oid *on, struct gm_err *err)
{
	struct gm_arena *a = s->cx->arena;
	struct gm_record done;
	const char *line, *why;

	if (gm_sign(record, a, &s->signing, err) < 0 ||
	    gm_record_encode(&line, a, record, err) < 0)
		return -1;
	if (!gm_record_decode(&done, &why, a, gm_str(line)))
		return gm_fail(err, GM_EINPUT, "the record cannot be read: %s",
			       why);
	if (check_own(s, &done, err) < 0 ||
	    gm_record_append(s->cx->repo, on, &done, err) < 0)
		return -1;
	*record = done;
	fprintf(s->cx->out, "Recorded %s %.16s by %s as %s.\n",
		gm_record_kind_name(done.kind), done.id, done.signer,
		done.role);
	return publish(s, done.kind, err);
}

/* --- records by their id --- */

int gm_seal_find(const struct gm_record **out, const struct gm_seal *s,
		 const char *ref, const char *id, struct gm_err *err)
{
	const struct gm_record *found = NULL;
	const struct gm_records *all;
	size_t len = strlen(id);

	if (len < ID_MIN || len > GM_SHA256_HEX ||
	    strspn(id, "0123456789abcdef") != len) {
		gm_fail(err, GM_EUSAGE, "'%s' is no id of a record", id);
		return gm_hint(err,
			       "Give at least %d of its hex digits; 'git"
			       " migrate verify' shows them.",
			       ID_MIN);
	}
	if (gm_approvals_records(&all, s->review.approvals, ref, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		if (strncmp(all->items[i].id, id, len))
			continue;
		if (found && strcmp(found->id, all->items[i].id)) {
			gm_fail(err, GM_EINPUT,
				"'%s' begins the ids of several records", id);
			return gm_hint(err, "Give more digits.");
		}
		found = &all->items[i];
	}
	if (!found) {
		gm_fail(err, GM_ENOT_FOUND, "there is no record '%s' in %s", id,
			ref);
		return gm_hint(err, "'git migrate verify' shows them; 'git"
				    " fetch' brings those of others.");
	}
	*out = found;
	return 0;
}

#include "approval/verify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "approval/gpgstatus.h"
#include "approval/openpgp.h"
#include "approval/sshsig.h"
#include "base/base64.h"
#include "base/child.h"

#define TIMEOUT_MS 15000
/* What a program may print about one signature. */
#define OUTPUT_MAX ((size_t)64 << 10)
/* So many are asked about before what they needed is freed. */
#define CHUNK 256

/* --- the programs --- */

static int read_program(const char **out, struct gm_arena *a,
			const struct gm_repo *r, const char *name,
			const char *fallback, struct gm_err *err)
{
	const char *value;

	if (gm_config_get(&value, a, r, name, err) < 0)
		return -1;
	if (value && value[0] != '/') {
		gm_fail(err, GM_EPROGRAM, "%s is '%s', no absolute path", name,
			value);
		return gm_hint(err, "Set it to a path such as %s.", fallback);
	}
	*out = value ? value : fallback;
	return 0;
}

int gm_verifier_read(struct gm_verifier *out, struct gm_arena *a,
		     const struct gm_repo *r, struct gm_err *err)
{
	struct gm_verifier v = { .timeout_ms = TIMEOUT_MS };

	if (read_program(&v.ssh_keygen, a, r, "migrate.sshKeygen",
			 "/usr/bin/ssh-keygen", err) < 0 ||
	    read_program(&v.gpgv, a, r, "migrate.gpgv", "/usr/bin/gpgv", err) <
		    0)
		return -1;
	*out = v;
	return 0;
}

/* Somebody else's program could call any signature good (threat 84). */
static int check_program(const char *path, const char *package,
			 const char *setting, struct gm_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		gm_fail_errno(err, errno, "cannot use '%s'", path);
		err->code = GM_EPROGRAM;
		return gm_hint(err,
			       "Install it (Debian: %s), or say where it "
			       "is: git config %s <path>.",
			       package, setting);
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0) {
		gm_fail(err, GM_EPROGRAM, "'%s' is no program that can be run",
			path);
		return gm_hint(err, "Say where it is: git config %s <path>.",
			       setting);
	}
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    st.st_mode & (S_IWGRP | S_IWOTH)) {
		gm_fail(err, GM_EPROGRAM, "'%s' could be changed by others",
			path);
		return gm_hint(err, "It must belong to root, or to who runs "
				    "this, and be writable by nobody else.");
	}
	if (access("/dev/fd", X_OK) < 0) {
		gm_fail(err, GM_EPROGRAM, "there is no /dev/fd");
		return gm_hint(err, "Mount /proc where the hooks run.");
	}
	return 0;
}

/* --- one signature --- */

/* Something to ask a program about. */
struct job {
	size_t at; /* which record */
	enum gm_sig_kind kind;
	const struct gm_key *key; /* SSH: whose it is */
	const char *namespace_;
	struct gm_str files[2]; /* who may sign; the signature */
	const char *argv[13];
};

/* A principal's OpenPGP keys. */
struct ring {
	const char *principal;
	struct gm_str packets;
};

struct judge {
	struct gm_proof *proofs;
	struct gm_arena *a;
	struct gm_arena scratch; /* for one chunk */
	const struct gm_verifier *v;
	const struct gm_signers *signers;
	const struct gm_record *const *records;
	int64_t now;
	bool checked[3]; /* the program for this kind of signature */
	struct {
		struct job *items;
		size_t n, cap;
	} jobs;
	struct {
		struct ring *items;
		size_t n, cap;
	} rings;
};

static void bad(struct judge *j, size_t at, const struct gm_key *key,
		const char *why)
{
	j->proofs[at] = (struct gm_proof){ .key = key, .why = why };
}

static void good(struct judge *j, size_t at, const struct gm_key *key)
{
	j->proofs[at] = (struct gm_proof){ .good = true, .key = key };
}

/* What is wrong with a key of ours for this record; NULL: nothing. */
static const char *key_error(const struct judge *j, const struct gm_key *key,
			     const struct gm_record *r)
{
	const char *namespace_ = gm_record_namespace(r->kind);

	if (!gm_key_is_of(key, r->signer))
		return gm_printf(j->a, "its key is that of '%s', not of '%s'",
				 key->principal, r->signer);
	if (!gm_key_signs(key, namespace_))
		return gm_printf(j->a, "its key may not sign '%s'", namespace_);
	if (key->after && j->now < key->after)
		return "its key is not valid yet";
	if (key->before && j->now >= key->before)
		return "its key is no longer valid";
	return NULL;
}

static void examine_ssh(struct judge *j, size_t at)
{
	const struct gm_record *r = j->records[at];
	const char *namespace_ = gm_record_namespace(r->kind), *why;
	const struct gm_key *key;
	struct gm_sshsig sig;
	struct gm_buf line;
	struct job *job;

	if (!gm_sshsig_read(&sig, &why, r->sig)) {
		bad(j, at, NULL,
		    gm_printf(j->a, "its signature is refused: %s", why));
		return;
	}
	key = gm_signers_ssh(j->signers, sig.key);
	if (!key) {
		bad(j, at, NULL, "its key is none of the signers'");
		return;
	}
	why = key_error(j, key, r);
	if (!why && !gm_str_is(sig.namespace_, namespace_))
		why = gm_printf(j->a, "it is signed as '%.*s', not as '%s'",
				sig.namespace_.len > 100
					? 100
					: (int)sig.namespace_.len,
				sig.namespace_.ptr, namespace_);
	if (!why && !sig.touched)
		why = "its security key was not touched";
	if (why) {
		bad(j, at, key, why);
		return;
	}
	line = gm_buf(&j->scratch);
	gm_buf_printf(&line, "%s namespaces=\"%s\" %.*s ", key->principal,
		      namespace_, (int)sig.key_type.len, sig.key_type.ptr);
	gm_base64_encode(&line, key->blob);
	gm_buf_putc(&line, '\n');
	job = GM_PUSH(&j->scratch, &j->jobs);
	*job = (struct job){
		.at = at,
		.kind = GM_SIG_SSH,
		.key = key,
		.namespace_ = namespace_,
		.files = { gm_buf_view(&line),
			   gm_str(gm_sshsig_armor(&j->scratch, r->sig)) },
		.argv = { j->v->ssh_keygen, "-Y", "verify", "-f", "/dev/fd/3",
			  "-I", key->principal, "-n", namespace_, "-s",
			  "/dev/fd/4", NULL },
	};
}

/* All OpenPGP keys of a principal. */
static struct gm_str ring_of(struct judge *j, const char *principal)
{
	struct gm_buf all = gm_buf(&j->scratch);
	struct ring *ring;

	for (size_t i = 0; i < j->rings.n; i++)
		if (!strcmp(j->rings.items[i].principal, principal))
			return j->rings.items[i].packets;
	for (size_t i = 0; i < j->signers->n; i++) {
		const struct gm_key *key = &j->signers->items[i];

		if (key->kind == GM_SIG_GPG && gm_key_is_of(key, principal))
			gm_buf_str(&all, key->blob);
	}
	ring = GM_PUSH(&j->scratch, &j->rings);
	*ring = (struct ring){ principal, gm_buf_view(&all) };
	return ring->packets;
}

static void examine_gpg(struct judge *j, size_t at)
{
	const struct gm_record *r = j->records[at];
	const char *why;
	struct gm_str ring;
	struct job *job;

	if (!gm_openpgp_is_signature(&why, r->sig)) {
		bad(j, at, NULL,
		    gm_printf(j->a, "its signature is refused: %s", why));
		return;
	}
	ring = ring_of(j, r->signer);
	if (!ring.len) {
		bad(j, at, NULL,
		    gm_printf(j->a, "'%s' has no OpenPGP key here", r->signer));
		return;
	}
	job = GM_PUSH(&j->scratch, &j->jobs);
	*job = (struct job){
		.at = at,
		.kind = GM_SIG_GPG,
		.files = { ring, r->sig },
		.argv = { j->v->gpgv, "--status-fd", "1", "--homedir",
			  "/nonexistent", "--weak-digest", "SHA1", "--keyring",
			  "/dev/fd/3", "/dev/fd/4", "-", NULL },
	};
}

static void examine(struct judge *j, size_t at)
{
	const struct gm_record *r = j->records[at];

	if (!gm_record_namespace(r->kind) || r->sig_kind == GM_SIG_NONE)
		bad(j, at, NULL, "it is not signed");
	else if (r->sig_kind == GM_SIG_SSH)
		examine_ssh(j, at);
	else
		examine_gpg(j, at);
}

/* --- what the programs say --- */

static int unexpected(const struct job *job, int status, struct gm_err *err)
{
	gm_fail(err, GM_EPROGRAM,
		"'%s' did not do what it should: exit status %d", job->argv[0],
		status);
	return gm_hint(err,
		       "Is it OpenSSH 8.2 or later? Run '%s -Y verify' by "
		       "hand.",
		       job->argv[0]);
}

/* Good "<namespace>" signature for <principal> with <type> key <key> */
static bool says_good(const struct job *job, struct gm_arena *a,
		      struct gm_str out)
{
	const char *head = gm_printf(a, "Good \"%s\" signature for %s with ",
				     job->namespace_, job->key->principal);
	const char *tail = gm_printf(a, " key %s\n", job->key->fingerprint);

	return gm_str_starts(out, gm_str(head)) &&
	       gm_str_ends(out, gm_str(tail)) &&
	       gm_str_find(out, '\n') == out.len - 1;
}

static int hear_ssh(struct judge *j, const struct job *job, int status,
		    struct gm_str out, struct gm_err *err)
{
	if (status == 255) {
		bad(j, job->at, job->key,
		    "its signature does not fit what it should sign");
		return 0;
	}
	if (status || !says_good(job, &j->scratch, out))
		return unexpected(job, status, err);
	good(j, job->at, job->key);
	return 0;
}

static const struct gm_key *gpg_key(const struct judge *j,
				    const char *fingerprint)
{
	for (size_t i = 0; i < j->signers->n; i++) {
		const struct gm_key *key = &j->signers->items[i];

		if (key->kind == GM_SIG_GPG &&
		    !strcmp(key->fingerprint, fingerprint))
			return key;
	}
	return NULL;
}

/* Whoever extends their key can leave the records as they are. */
static const char *refused(struct judge *j, const struct gm_record *r,
			   const char *why)
{
	if (strcmp(why, GM_GPG_KEY_EXPIRED) != 0)
		return gm_printf(j->a, "its signature is refused: %s", why);
	return gm_printf(j->a,
			 "its signature is refused: %s; it counts again when"
			 " its owner has extended that ('gpg"
			 " --quick-set-expire') and a new export of it has"
			 " landed in " GM_KEYS_DIR "/%s.asc",
			 why, r->signer);
}

static void hear_gpg(struct judge *j, const struct job *job, int status,
		     struct gm_str out)
{
	const struct gm_record *r = j->records[job->at];
	const struct gm_key *key;
	struct gm_gpgstatus said;
	const char *why;

	if (!gm_gpgstatus_read(&said, &why, j->a, out, j->now, GM_CLOCK_SKEW)) {
		bad(j, job->at, NULL, refused(j, r, why));
		return;
	}
	key = gpg_key(j, said.fingerprint);
	why = key ? key_error(j, key, r) : "its key is none of the signers'";
	if (!why && status)
		why = "its signature is refused: gpgv failed";
	if (why)
		bad(j, job->at, key, why);
	else
		good(j, job->at, key);
}

static int check_programs(struct judge *j, struct gm_err *err)
{
	for (size_t i = 0; i < j->jobs.n; i++) {
		enum gm_sig_kind kind = j->jobs.items[i].kind;
		int failed;

		if (j->checked[kind])
			continue;
		failed = kind == GM_SIG_SSH
				 ? check_program(j->v->ssh_keygen,
						 "openssh-client",
						 "migrate.sshKeygen", err)
				 : check_program(j->v->gpgv, "gpgv",
						 "migrate.gpgv", err);
		if (failed)
			return -1;
		j->checked[kind] = true;
	}
	return 0;
}

static int ask(struct judge *j, struct gm_err *err)
{
	static const char *const env[] = { "LC_ALL=C", NULL };
	size_t n = j->jobs.n;
	struct gm_child *children =
		gm_alloc_n(&j->scratch, n, sizeof(*children));
	struct gm_str *out = gm_alloc_n(&j->scratch, n, sizeof(*out));
	int *status = gm_alloc_n(&j->scratch, n, sizeof(*status));

	if (check_programs(j, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct job *job = &j->jobs.items[i];

		children[i] = (struct gm_child){
			.argv = job->argv,
			.dir = "/",
			.input = j->records[job->at]->payload,
			.max_output = OUTPUT_MAX,
			.env = env,
			.files = job->files,
			.n_files = GM_COUNT(job->files),
			.mute = true,
			.apart = true,
			.timeout_ms = j->v->timeout_ms,
		};
	}
	if (gm_child_run_all(status, out, &j->scratch, children, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct job *job = &j->jobs.items[i];

		if (job->kind == GM_SIG_GPG)
			hear_gpg(j, job, status[i], out[i]);
		else if (hear_ssh(j, job, status[i], out[i], err) < 0)
			return -1;
	}
	return 0;
}

static void done(struct judge *j)
{
	gm_arena_done(&j->scratch);
}

int gm_verify(struct gm_proof *proofs, struct gm_arena *a,
	      const struct gm_verifier *v, const struct gm_signers *signers,
	      const struct gm_record *const *records, size_t n, int64_t now,
	      struct gm_err *err)
{
	GM_AUTO(done)
	struct judge j = { .proofs = gm_alloc_n(a, n, sizeof(*proofs)),
			   .a = a,
			   .v = v,
			   .signers = signers,
			   .records = records,
			   .now = now };

	for (size_t i = 0; i < n; i++) {
		examine(&j, i);
		if (j.jobs.n < CHUNK && i + 1 < n)
			continue;
		if (ask(&j, err) < 0)
			return -1;
		gm_arena_done(&j.scratch);
		memset(&j.jobs, 0, sizeof(j.jobs));
		memset(&j.rings, 0, sizeof(j.rings));
	}
	for (size_t i = 0; i < n; i++)
		proofs[i] = j.proofs[i];
	return 0;
}

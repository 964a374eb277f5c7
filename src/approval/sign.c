#include "approval/sign.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approval/openpgp.h"
#include "approval/sshsig.h"
#include "base/buf.h"
#include "base/child.h"

/* A larger signature would fit into no record. */
#define OUTPUT_MAX ((size_t)16 << 10)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Our environment.  What is signed comes on standard input, so ssh-keygen
 * takes itself for not being on a terminal, and would rather open a window
 * than ask there.  git gives it the terminal: have it asked there, too.
 */
static const char *const *environment(struct gm_arena *a)
{
	static const char never[] = "SSH_ASKPASS_REQUIRE=never";
	size_t n = 0;
	const char **env;

	if (!isatty(STDIN_FILENO) || getenv("SSH_ASKPASS_REQUIRE"))
		return NULL;
	while (environ[n])
		n++;
	env = gm_alloc_n(a, n + 2, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		env[i] = environ[i];
	env[n] = never;
	return env;
}

static int failed(const struct gm_signing *s, struct gm_err *err,
		  const char *why)
{
	gm_fail(err, GM_EPROGRAM, "'%s' made no signature: %s", s->program,
		why);
	return gm_hint(
		err,
		s->kind == GM_SIG_SSH
			? "Is the key in the agent (ssh-add -L), or can its "
			  "file be read? Try: echo x | ssh-keygen -Y sign "
			  "-n test -f <key>."
			: "Does gpg have the secret key (gpg -K)? On a "
			  "terminal it may need: export GPG_TTY=$(tty).");
}

/* Run the program on the payload. */
static int run(struct gm_str *out, struct gm_arena *a,
	       const struct gm_signing *s, const struct gm_child *child,
	       struct gm_err *err)
{
	int status = gm_child_run(out, a, child, err);

	if (status < 0 && !err->hint[0])
		return gm_hint(err,
			       "What it should sign was not sent anywhere. "
			       "migrate.signTimeout sets how long it may "
			       "take.");
	if (status < 0)
		return -1;
	if (status)
		return failed(s, err, gm_printf(a, "exit status %d", status));
	return 0;
}

static int sign_ssh(struct gm_str *sig, struct gm_arena *a,
		    const struct gm_signing *s, struct gm_str payload,
		    const char *namespace_, struct gm_err *err)
{
	bool theirs = !strcmp(base_name(s->program), "ssh-keygen");
	struct gm_str public_ =
		gm_str(gm_printf(a, "%s\n", s->literal ? s->key : ""));
	const char *argv[10] = { s->program,
				 "-Y",
				 "sign",
				 "-n",
				 namespace_,
				 "-f",
				 s->literal ? "/dev/fd/3" : s->key };
	struct gm_child child = { .argv = argv,
				  .input = payload,
				  .max_output = OUTPUT_MAX,
				  .env = environment(a),
				  .files = &public_,
				  .n_files = s->literal,
				  .timeout_ms = s->timeout_ms };
	struct gm_sshsig read;
	struct gm_str armor;
	const char *why;
	size_t n = 7;

	if (s->literal)
		argv[n++] = "-U";
	/* Other programs take what git gives them, and perhaps no more. */
	if (theirs)
		argv[n++] = "-q";
	if (run(&armor, a, s, &child, err) < 0)
		return -1;
	if (!gm_sshsig_dearmor(sig, a, armor))
		return failed(s, err, "it printed something else");
	if (!gm_sshsig_read(&read, &why, *sig))
		return failed(s, err, why);
	if (!gm_str_eq(read.key, s->public_))
		return failed(s, err, "it signed with another key");
	if (!gm_str_is(read.namespace_, namespace_))
		return failed(s, err, "it signed for something else");
	if (!read.touched)
		return failed(s, err, "the security key was not touched");
	return 0;
}

static int sign_gpg(struct gm_str *sig, struct gm_arena *a,
		    const struct gm_signing *s, struct gm_str payload,
		    struct gm_err *err)
{
	const char *const argv[] = { s->program, "--detach-sign", "--no-armor",
				     "--no-textmode",
				     /* SHA-256 is too short for some curves. */
				     "--digest-algo", "SHA512", "--local-user",
				     s->key, NULL };
	const struct gm_child child = { .argv = argv,
					.input = payload,
					.max_output = OUTPUT_MAX,
					.timeout_ms = s->timeout_ms };
	const char *why;

	if (run(sig, a, s, &child, err) < 0)
		return -1;
	if (!gm_openpgp_is_signature(&why, *sig))
		return failed(s, err, why);
	return 0;
}

int gm_sign(struct gm_record *r, struct gm_arena *a, const struct gm_signing *s,
	    struct gm_err *err)
{
	const char *namespace_ = gm_record_namespace(r->kind), *payload;
	struct gm_str sig;

	if (!namespace_)
		return gm_fail(err, GM_EINPUT, "a record '%s' is not signed",
			       gm_record_kind_name(r->kind));
	if (gm_record_payload(&payload, a, r, err) < 0)
		return -1;
	if (s->kind == GM_SIG_SSH
		    ? sign_ssh(&sig, a, s, gm_str(payload), namespace_, err) < 0
		    : sign_gpg(&sig, a, s, gm_str(payload), err) < 0)
		return -1;
	r->sig_kind = s->kind;
	r->sig = sig;
	return 0;
}

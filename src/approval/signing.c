#include "approval/sign.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "approval/sshsig.h"
#include "base/base64.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "policy/value.h"

#define TIMEOUT_MS 120000
#define KEY_MAX ((size_t)64 << 10)

#define SET_UP                                                                 \
	"Sign with an SSH key: git config --global gpg.format ssh; git "       \
	"config "                                                              \
	"--global user.signingKey ~/.ssh/id_ed25519.pub. Or with GPG: git "    \
	"config --global user.signingKey <key id>."

/* --- words of git's configuration --- */

/* The first of these that is set and not empty. */
static int first_set(const char **out, struct gm_arena *a,
		     const struct gm_repo *r, const char *const *names,
		     struct gm_err *err)
{
	for (*out = NULL; *names; names++) {
		if (gm_config_get(out, a, r, *names, err) < 0)
			return -1;
		if (*out && **out)
			return 0;
	}
	*out = NULL;
	return 0;
}

static int get(const char **out, struct gm_arena *a, const struct gm_repo *r,
	       const char *name, struct gm_err *err)
{
	const char *const names[] = { name, NULL };

	return first_set(out, a, r, names, err);
}

/* "~/x" and "~user/x" as git has them. */
static const char *expand_home(struct gm_arena *a, const char *path)
{
	const char *slash = strchrnul(path, '/'), *home = getenv("HOME");
	const struct passwd *pw;

	if (path[0] != '~')
		return path;
	if (slash == path + 1)
		return home ? gm_printf(a, "%s%s", home, slash) : path;
	pw = getpwnam(gm_strndup(a, path + 1, (size_t)(slash - path - 1)));
	return pw ? gm_printf(a, "%s%s", pw->pw_dir, slash) : path;
}

/* git looks from the top of the work tree. */
static const char *absolute(struct gm_arena *a, const struct gm_repo *r,
			    const char *path)
{
	const char *top = gm_repo_worktree(r);

	path = expand_home(a, path);
	if (path[0] == '/')
		return path;
	return gm_printf(a, "%s/%s", top ? top : gm_repo_gitdir(r), path);
}

/*
 * A command's words: blanks apart, '...' and "..." together, \ before a
 * character.  This is all that git does with gpg.ssh.defaultKeyCommand.
 */
static const char *split_words(struct gm_strings *words, struct gm_arena *a,
			       const char *line)
{
	struct gm_buf word = gm_buf(a);
	bool open = false;
	char quote = 0;

	for (const char *p = line; *p; p++) {
		if (!quote && strchr(" \t\r\n\v\f", *p)) {
			if (open)
				*GM_PUSH(a, words) = word.ptr;
			open = false;
			word = gm_buf(a);
			continue;
		}
		if (!quote && strchr("|&;<>()$`*?", *p))
			return "it needs a shell";
		open = true;
		if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '\\' && quote != '\'' && !*++p)
			return "a backslash ends it";
		else
			gm_buf_putc(&word, *p);
	}
	if (quote)
		return "a quote is not closed";
	if (open)
		*GM_PUSH(a, words) = word.ptr;
	return words->n ? NULL : "it is empty";
}

/* --- ssh --- */

static bool is_literal(const char *key)
{
	return !strncmp(key, "key::", 5) || !strncmp(key, "ssh-", 4);
}

/* "ssh-ed25519 AAAA... comment", the first line of it. */
static int parse_public(struct gm_str *out, struct gm_arena *a,
			struct gm_str text, const char *what,
			struct gm_err *err)
{
	struct gm_str line = GM_STR_NONE, rest, word, type;
	const char *why;

	gm_str_line(&line, &text);
	rest = gm_str_trim(line);
	gm_str_split(&type, &rest, ' ');
	if (!rest.len || !gm_str_split(&word, &rest, ' ') ||
	    !gm_base64_decode(out, a, word)) {
		gm_fail(err, GM_EINPUT, "%s holds no SSH public key", what);
		return gm_hint(err, "Let user.signingKey name a .pub file, or "
				    "a key as 'key::ssh-ed25519 AAAA...'.");
	}
	if (!gm_sshkey_read(&type, &why, *out)) {
		gm_fail(err, GM_EUNSUPPORTED, "%s: %s", what, why);
		return gm_hint(err, "Sign with a plain Ed25519, ECDSA or RSA "
				    "key, or with a security key.");
	}
	return 0;
}

/* The public half lies in the file itself, or beside it. */
static int read_public(struct gm_str *out, struct gm_arena *a, const char *path,
		       struct gm_err *err)
{
	struct gm_err none = GM_ERR_INIT;
	const char *beside = gm_printf(a, "%s.pub", path);
	struct gm_str text;

	if (gm_file_read(&text, a, path, KEY_MAX, &none) == 0 &&
	    !gm_str_starts(text, GM_STR("-----BEGIN ")))
		return parse_public(out, a, text, gm_printf(a, "'%s'", path),
				    err);
	if (gm_file_read(&text, a, beside, KEY_MAX, err) < 0) {
		if (none.code) {
			*err = none;
			return gm_hint(err,
				       "user.signingKey names it. " SET_UP);
		}
		return gm_hint(err,
			       "Write the public half: ssh-keygen -y -f "
			       "%s >%s.",
			       path, beside);
	}
	return parse_public(out, a, text, gm_printf(a, "'%s'", beside), err);
}

static int key_command_failed(struct gm_err *err, const char *command,
			      const char *why)
{
	gm_fail(err, GM_EPROGRAM, "gpg.ssh.defaultKeyCommand '%s': %s", command,
		why);
	return gm_hint(err, "git runs it without a shell; it has to print "
			    "'key::' and a public key, or one that begins with "
			    "'ssh-'. Or set user.signingKey.");
}

static int ask_for_key(const char **out, struct gm_arena *a,
		       const struct gm_repo *r, int64_t timeout_ms,
		       struct gm_err *err)
{
	struct gm_child child = { .max_output = KEY_MAX,
				  .apart = true,
				  .timeout_ms = timeout_ms };
	struct gm_strings words = { 0 };
	const char *command, *why;
	struct gm_str text, line = GM_STR_NONE;
	int status;

	if (get(&command, a, r, "gpg.ssh.defaultKeyCommand", err) < 0)
		return -1;
	if (!command) {
		gm_fail(err, GM_ENOT_FOUND,
			"gpg.format is ssh, but user.signingKey is not set");
		return gm_hint(err, SET_UP);
	}
	why = split_words(&words, a, command);
	if (why)
		return key_command_failed(err, command, why);
	*GM_PUSH(a, &words) = NULL;
	child.argv = words.items;
	status = gm_child_run(&text, a, &child, err);
	if (status < 0)
		return gm_fail_in(err, "gpg.ssh.defaultKeyCommand");
	if (status)
		return key_command_failed(
			err, command, gm_printf(a, "exit status %d", status));
	gm_str_line(&line, &text);
	*out = gm_str_dup(a, line);
	if (!is_literal(*out))
		return key_command_failed(err, command, "it prints no key");
	return 0;
}

static int read_ssh(struct gm_signing *s, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	if (!s->key && ask_for_key(&s->key, a, r, s->timeout_ms, err) < 0)
		return -1;
	s->literal = is_literal(s->key);
	if (!s->literal) {
		s->key = absolute(a, r, s->key);
		return read_public(&s->public_, a, s->key, err);
	}
	if (!strncmp(s->key, "key::", 5))
		s->key += 5;
	return parse_public(&s->public_, a, gm_str(s->key), "user.signingKey",
			    err);
}

/* --- gpg --- */

static int identity(const char **out, struct gm_arena *a,
		    const struct gm_repo *r, const char *variable,
		    const char *committer, const char *user, struct gm_err *err)
{
	const char *const names[] = { committer, user, NULL };
	const char *value = getenv(variable);

	if (value && *value) {
		*out = value;
		return 0;
	}
	return first_set(out, a, r, names, err);
}

/* Without user.signingKey git asks for the key of the committer. */
static int read_gpg(struct gm_signing *s, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	const char *name, *email;
	const char *argv[] = { s->program,           "--batch", "--with-colons",
			       "--list-secret-keys", NULL,      NULL };
	struct gm_child child = { .argv = argv,
				  .max_output = KEY_MAX,
				  .mute = true,
				  .apart = true,
				  .timeout_ms = s->timeout_ms };
	struct gm_err ignored = GM_ERR_INIT;

	if (s->key)
		return 0;
	if (identity(&name, a, r, "GIT_COMMITTER_NAME", "committer.name",
		     "user.name", err) < 0 ||
	    identity(&email, a, r, "GIT_COMMITTER_EMAIL", "committer.email",
		     "user.email", err) < 0)
		return -1;
	if (name && email) {
		s->key = gm_printf(a, "%s <%s>", name, email);
		argv[4] = s->key;
		if (gm_child_run(NULL, a, &child, &ignored) == 0)
			return 0;
	}
	gm_fail(err, GM_ENOT_FOUND, "git is not set up to sign here");
	return gm_hint(err, SET_UP);
}

int gm_signing_read(struct gm_signing *out, struct gm_arena *a,
		    const struct gm_repo *r, struct gm_err *err)
{
	static const char *const gpg[] = { "gpg.openpgp.program", "gpg.program",
					   NULL };
	static const char *const ssh[] = { "gpg.ssh.program", NULL };
	struct gm_signing s = { .timeout_ms = TIMEOUT_MS };
	const char *format, *limit;
	int64_t seconds;

	if (get(&format, a, r, "gpg.format", err) < 0 ||
	    get(&limit, a, r, "migrate.signTimeout", err) < 0 ||
	    get(&s.key, a, r, "user.signingKey", err) < 0)
		return -1;
	if (limit && !gm_duration_parse(&seconds, gm_str(limit))) {
		gm_fail(err, GM_EINPUT, "migrate.signTimeout is '%s'", limit);
		return gm_hint(err, "Write a duration such as 2m or 90s.");
	}
	if (limit)
		s.timeout_ms = seconds * 1000;
	if (!format || !strcasecmp(format, "openpgp"))
		s.kind = GM_SIG_GPG;
	else if (!strcasecmp(format, "ssh"))
		s.kind = GM_SIG_SSH;
	else {
		gm_fail(err, GM_EUNSUPPORTED,
			"gpg.format '%s' is not supported", format);
		return gm_hint(err, SET_UP);
	}
	if (first_set(&s.program, a, r, s.kind == GM_SIG_SSH ? ssh : gpg, err) <
	    0)
		return -1;
	if (!s.program)
		s.program = s.kind == GM_SIG_SSH ? "ssh-keygen" : "gpg";
	s.program = expand_home(a, s.program);
	if ((s.kind == GM_SIG_SSH ? read_ssh : read_gpg)(&s, a, r, err) < 0)
		return -1;
	*out = s;
	return 0;
}

/* --- who it is --- */

/* "0xC8A1FE0F74B7E2E1!": at least a long key id, as GnuPG writes them. */
static bool is_key(const char *fingerprint, struct gm_str id)
{
	if (gm_str_starts(id, GM_STR("0x")))
		id = gm_str_sub(id, 2, id.len);
	if (gm_str_ends(id, GM_STR("!")))
		id.len--;
	if (id.len < 16 || id.len > strlen(fingerprint))
		return false;
	fingerprint += strlen(fingerprint) - id.len;
	return gm_str_ieq(id, gm_str(fingerprint));
}

static const struct gm_key *find_gpg(const struct gm_signers *signers,
				     struct gm_str id)
{
	for (size_t i = 0; i < signers->n; i++) {
		const struct gm_key *key = &signers->items[i];

		if (key->kind != GM_SIG_GPG)
			continue;
		if (is_key(key->fingerprint, id))
			return key;
		for (size_t k = 0; k < key->subkeys.n; k++)
			if (is_key(key->subkeys.items[k], id))
				return key;
	}
	return NULL;
}

static const char *lower(struct gm_arena *a, const char *name)
{
	char *copy = gm_strdup(a, name);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

int gm_signing_principal(const char **out, struct gm_arena *a,
			 const struct gm_repo *r, const struct gm_signing *s,
			 const struct gm_signers *signers, struct gm_err *err)
{
	const struct gm_key *key = s->kind == GM_SIG_SSH
					   ? gm_signers_ssh(signers, s->public_)
					   : find_gpg(signers, gm_str(s->key));
	const char *email, *why;

	if (key) {
		*out = lower(a, key->principal);
		return 0;
	}
	if (get(&email, a, r, "user.email", err) < 0)
		return -1;
	if (!email) {
		gm_fail(err, GM_ENOT_FOUND, "user.email is not set");
		return gm_hint(err, "Set it to what the policy calls you: git "
				    "config user.email ann@example.com.");
	}
	why = gm_value_principal(gm_str(email));
	if (why) {
		gm_fail(err, GM_EINPUT, "user.email '%s' is no principal: %s",
			email, why);
		return gm_hint(err, "Set it to what the policy calls you.");
	}
	*out = lower(a, email);
	return 0;
}

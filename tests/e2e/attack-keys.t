#!/bin/sh
# The numbers are those of the list of threats, part D: what gpg, gpgv and
# ssh-keygen would call a good signature.
test_description='attacks with signatures that programs let pass'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/records.sh"

if ! command -v gpg >/dev/null || ! command -v gpgv >/dev/null; then
	say 'gpg or gpgv is not installed: no key of GPG is tried'
	test_done
fi

# gpg_of <gpg option>...: as gina.
gpg_of() {
	gpg --homedir "$gm_base/gina/.gnupg" --batch --quiet --no-tty --yes \
		--passphrase "" --pinentry-mode loopback "$@"
}

# gpg_key <name> <expires>: the fingerprint of a new one, of long ago.
gpg_key() {
	gpg_of --faked-system-time 20200101T000000 \
		--quick-gen-key "$1" rsa2048 sign "$2" >/dev/null &&
		gpg_of --list-keys --with-colons "$1" |
		sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -n 1
}

# as_key <fingerprint>...: they are gina's, for the server.
as_key() {
	git -C eve checkout -q -B next origin/main &&
		gpg_of --armor --export "$@" \
			>eve/.migrate/keys/gina@example.com.asc &&
		on_main 'Another key'
}

# sealed <gpg option>...: an approval by gina, signed that way.
sealed() {
	payload=$(forge gina) && payload=${payload%% sig=*} &&
		printf '%s sig=gpg:%s' "$payload" "$(printf '%s' "$payload" |
			gpg_of "$@" --detach-sign | base64 -w0)"
}

# no_good <text> <line>: it can neither be pushed nor, were it there, count.
no_good() {
	plant approvals "$2" "$bob" && push_refused unapproved &&
		gm_says "$1" out && gm_says '1 dba' out &&
		git -C eve update-ref -d refs/notes/migrate/approvals &&
		past update-ref -d refs/notes/migrate/approvals &&
		hang approvals "$2" &&
		as_refused bad-record refs/notes/migrate/approvals &&
		gm_says "$1" out &&
		git -C eve update-ref -d refs/notes/migrate/approvals
}

test_expect_success 'a server with a reviewer who has keys of GPG' '
	gm_shop && gm_forge_setup && gm_person gina &&
	mkdir -m 700 "$gm_base/gina/.gnupg" &&
	key=$(gpg_key gina never) && old=$(gpg_key old 1y) &&
	gone=$(gpg_key gone never) && more=$(gpg_key more never) &&
	mkdir eve/.migrate/keys &&
	gpg_of --armor --export "$key" >eve/.migrate/keys/gina@example.com.asc &&
	as_policy "dba: [ann@example.com, dan@example.com]" \
		"dba: [ann@example.com, dan@example.com, gina@example.com]" &&
	topic=$(git -C eve rev-parse HEAD) &&
	gm_kept=$(git -C server.git for-each-ref) && bob=$(forge bob role=app-owner)
'

test_expect_success 'controls: with one of them it lands' '
	again && plant approvals "$(sealed -u "$key")" "$bob" && push_taken
'

test_expect_success 'threat 54: a key that has expired' '
	line=$(sealed -u "$old" --faked-system-time 20200601T000000) &&
	again && as_key "$key" "$old" && no_good "its key has expired" "$line"
'

test_expect_success 'threat 54: a key that was revoked' '
	line=$(sealed -u "$gone") && again && as_key "$key" "$gone" &&
	plant approvals "$line" "$bob" && push_taken &&
	sed "s/^:---/---/" "$gm_base/gina/.gnupg/openpgp-revocs.d/$gone.rev" \
		>revocation && gpg_of --import revocation &&
	again && as_key "$key" "$gone" && no_good "revoked" "$line"
'

test_expect_success 'threat 54: a key that is nobody'\''s here' '
	again && other=$(gpg_key other never) &&
	no_good "none of" "$(sealed -u "$other")"
'

test_expect_success 'threat 55: two signatures in one' '
	again && line=$(sealed -u "$key") && blob=${line##* sig=gpg:} &&
	two=$({ printf "%s" "$blob" | base64 -d &&
		printf "%s" "$blob" | base64 -d; } | base64 -w0) &&
	no_good "something behind it" "${line%"$blob"}$two" &&
	no_good "something behind it" "$(sealed -u "$key" -u "$more")" &&
	no_good "no OpenPGP signature" "$(sealed -u "$key" --armor)"
'

test_expect_success 'threat 56: weak, as text, of the future' '
	again &&
	no_good "signature is refused" \
		"$(sealed -u "$key" --digest-algo SHA1)" &&
	no_good "its hash is none of" \
		"$(sealed -u "$key" --digest-algo SHA224)" &&
	no_good "binary mode" "$(sealed -u "$key" --textmode)" &&
	no_good "dated in the future" \
		"$(sealed -u "$key" --faked-system-time 20400101T000000)"
'

# untouched <line>: with the signature of a security key that nobody touched.
untouched() {
	printf '%s sig=ssh:%s' "${1%% sig=*}" "$(sk_key | perl -MMIME::Base64 -e '
		sub text { pack "N/a*", shift }
		my $type = "sk-ssh-ed25519\@openssh.com";
		print "SSHSIG", pack("N", 1), text(decode_base64(<STDIN>)),
			text("approval\@git-migrate"), text(""), text("sha512"),
			text(text($type) . text("x" x 64) . pack("CN", 0, 7));
	' | base64 -w0)"
}

# sk_key: the public key of one, which is never there.
sk_key() {
	perl -e 'print pack("N/a*" x 3, "sk-ssh-ed25519\@openssh.com",
		"\1" x 32, "ssh:")' | base64 -w0
}

test_expect_success 'threat 63: a security key that was not touched' '
	again && as_signers "gina@example.com sk-ssh-ed25519@openssh.com $(sk_key)" &&
	no_good "was not touched" "$(untouched "$(forge gina)")"
'

gpgconf --homedir "$gm_base/gina/.gnupg" --kill all
test_done

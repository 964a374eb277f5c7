#!/bin/sh
test_description='keys in real life: the recipes of the README'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"

drop=20261120_drop_mail
signers=.migrate/allowed_signers

# raise: the version of the policy in the work tree by one.
raise() {
	was=$(sed -n 's/^version: //p' .migrate/policy.yaml) &&
		sed "s/^version: .*/version: $((was + 1))/" \
			.migrate/policy.yaml >policy.new &&
		mv policy.new .migrate/policy.yaml
}

# replace <sed script> <file>
replace() {
	sed "$1" "$2" >file.new && mv file.new "$2"
}

# change <message> <command>...: the recipe for all changes of who may sign: a
# commit of its own, approved by an admin, and pushed.
change() {
	message=$1 && shift &&
		( cd first && git fetch -q &&
		git checkout -q -B keys origin/main && "$@" && raise &&
		gm_commit "$message" && git push -q origin +keys ) &&
		at root git fetch -q &&
		at root git migrate approve --policy origin/keys --yes --push \
			>out && git -C first fetch -q &&
		git -C first push -q origin keys:main
}

# pending <id> <column>: a contract under review on its own branch.
pending() {
	( cd eve && as eve git fetch -q &&
	git checkout -q -b "$1" origin/main &&
	as eve gm_contract "$1" 20261101_add_email \
		"ALTER TABLE users DROP $2;" && as eve git push -q origin "$1" )
}

test_expect_success 'a shop with a contract under review' '
	gm_shop && pending $drop mail && at ann git fetch -q &&
	at ann git migrate approve $drop --at origin/$drop -y --push >out
'

test_expect_success 'nobody changes who may sign without an admin' '
	( cd first && git fetch -q && git checkout -q -B keys origin/main &&
	gm_signer eve >>$signers && raise && gm_commit "Let me in" &&
	gm_status 1 git push --no-verify origin keys:main 2>../err ) &&
	gm_says "policy-change" err && gm_says "1 admin" err
'

new_laptop() {
	ssh-keygen -q -t ed25519 -N "" -f "$gm_base/ann/.ssh/new" &&
	printf "ann@example.com %s\n" \
		"$(cut -d" " -f1,2 "$gm_base/ann/.ssh/new.pub")" >>$signers
}

test_expect_success 'a new laptop: both keys are hers, and she counts once' '
	change "A second key of ann" new_laptop &&
	at ann git fetch -q &&
	at ann git -c user.signingkey="$gm_base/ann/.ssh/new.pub" \
		migrate approve $drop --at origin/$drop -y --push >out &&
	gm_says "missing 1 app-owner" out &&
	gm_status 1 at ann git migrate verify $drop --at origin/$drop >out &&
	test "$(grep -c "approve by ann@example.com" out)" = 2 &&
	gm_says "it is not needed" out
'

lost_key() {
	old=$(cut -d" " -f2 "$gm_base/ann/.ssh/id.pub") &&
	grep -v -F "$old" $signers >signers.new && mv signers.new $signers
}

test_expect_success 'a lost key: what it signed does not count any more' '
	change "The lost key of ann" lost_key &&
	at ann git fetch -q &&
	gm_status 128 at ann git migrate approve $drop --at origin/$drop -y \
		2>err &&
	gm_says "your key is not in .migrate/allowed_signers of origin/main" err &&
	gm_status 1 at ann git migrate verify $drop --at origin/$drop >out &&
	test "$(grep -c "approve by ann@example.com .*: counts" out)" = 1 &&
	at ann git config user.signingkey "$gm_base/ann/.ssh/new.pub" &&
	at ann git migrate approve $drop --at origin/$drop -y --push >out
'

dan_leaves() {
	replace "s/, dan@example.com//" .migrate/policy.yaml &&
	replace "/^dan@example.com /d" $signers
}

test_expect_success 'a person who leaves: no role, no key, no say' '
	pending 20261121_drop_fax fax &&
	pending 20261122_drop_pager pager &&
	at dan git fetch -q &&
	at dan git migrate approve 20261121_drop_fax -y --push \
		--at origin/20261121_drop_fax >out &&
	at dan git migrate approve 20261122_drop_pager -y --push --reject \
		--at origin/20261122_drop_pager >out &&
	change "Dan leaves" dan_leaves && at bob git fetch -q &&
	gm_status 1 at bob git migrate verify 20261121_drop_fax \
		--at origin/20261121_drop_fax >out &&
	gm_says "missing 1 dba" out && gm_says "approve by dan@example.com" out &&
	gm_status 1 at bob git migrate verify 20261122_drop_pager \
		--at origin/20261122_drop_pager >out &&
	gm_says "20261122_drop_pager: missing 1 dba, 1 app-owner" out &&
	gm_status 128 at dan git migrate approve 20261121_drop_fax -y --push \
		--at origin/20261121_drop_fax 2>err &&
	gm_says "bad-record" err && at dan git fetch -q
	gm_status 128 at dan git migrate approve 20261121_drop_fax -y \
		--at origin/20261121_drop_fax 2>err &&
	gm_says "your key is not in .migrate/allowed_signers of origin/main" err
'

test_expect_success 'a role that would be left without enough people is refused' '
	( cd first && git checkout -q -B keys origin/main && git fetch -q &&
	git reset -q --hard origin/main &&
	replace "s/app-owner: .bob@example.com./app-owner: []/" \
		.migrate/policy.yaml && raise && gm_commit "Bob leaves" --no-verify &&
	gm_status 1 git push --no-verify origin keys:main 2>../err ) &&
	gm_says "policy-change" err
'

lost_admin() {
	ssh-keygen -q -t ed25519 -N "" -f "$gm_base/root/.ssh/new" &&
	replace "/^root@example.com /d" $signers &&
	printf "root@example.com %s\n" \
		"$(cut -d" " -f1,2 "$gm_base/root/.ssh/new.pub")" >>$signers
}

test_expect_success 'the last admin'\''s key is lost: only on the server itself' '
	( cd first && git fetch -q && git checkout -q -B keys origin/main &&
	lost_admin && raise && gm_commit "Another key of root" &&
	git push -q origin +keys ) &&
	gm_status 1 git -C first push --no-verify origin keys:main &&
	git -C server.git update-ref refs/heads/main refs/heads/keys &&
	at root git fetch -q &&
	at root git config user.signingkey "$gm_base/root/.ssh/new.pub" &&
	change "Raise" : &&
	at root git fetch -q && git -C root show origin/main:.migrate/policy.yaml >out
'

if ! command -v gpg >/dev/null || ! command -v gpgv >/dev/null; then
	say 'gpg or gpgv is not installed: no key of GPG is tried'
	test_done
fi

# gpg_of <gpg option>...: as gina.
gpg_of() {
	gpg --homedir "$gm_base/gina/.gnupg" --batch --quiet --no-tty \
		--passphrase "" --pinentry-mode loopback "$@"
}

# Her key is of last year and was for a day.
gina_comes() {
	mkdir -p .migrate/keys &&
	gpg_of --armor --export "$key" >.migrate/keys/gina@example.com.asc &&
	replace "s/dba: .ann@example.com/&, gina@example.com/" \
		.migrate/policy.yaml
}

gina_comes_again() {
	gpg_of --armor --export "$key" >.migrate/keys/gina@example.com.asc
}

test_expect_success 'a key of GPG that has expired' '
	mkdir -p "$gm_base/gina" && mkdir -m 700 "$gm_base/gina/.gnupg" &&
	gpg_of --faked-system-time 20251120T000000 \
		--quick-gen-key "gina <gina@example.com>" rsa2048 sign 1d &&
	key=$(gpg_of --list-keys --with-colons | sed -n "s/^fpr:*\([0-9A-F]*\):/\1/p" |
		head -n 1) &&
	cat >"$gm_base/gina/.gitconfig" <<-CONFIG &&
	[user]
		name = gina
		email = gina@example.com
		signingkey = $key
	[gpg]
		program = $gm_base/gina/gpg
	[protocol "file"]
		allow = always
	CONFIG
	gm_hook "$gm_base/gina/gpg" <<-SCRIPT &&
	#!/bin/sh
	GNUPGHOME=$gm_base/gina/.gnupg exec gpg "\$@"
	SCRIPT
	change "Gina comes" gina_comes &&
	as gina git clone -q server.git gina &&
	gm_status 128 at gina git migrate approve 20261121_drop_fax -y \
		--at origin/20261121_drop_fax >out 2>err &&
	gm_says "made no signature" err &&
	test "$(gm_tip gina refs/notes/migrate/approvals)" = none
'

test_expect_success 'is extended, and published again' '
	gpg_of --quick-set-expire "$key" 10y &&
	change "The key of gina is extended" gina_comes_again &&
	at gina git fetch -q &&
	at gina git migrate approve 20261121_drop_fax -y --push \
		--at origin/20261121_drop_fax >out &&
	gm_says "missing 1 app-owner" out &&
	git -C server.git notes --ref=migrate/approvals show \
		"$(git -C gina rev-parse origin/20261121_drop_fax:migrations/20261121_drop_fax/up.sql)" >note &&
	grep " signer=gina@example.com .* sig=gpg:" note
'

gpgconf --homedir "$gm_base/gina/.gnupg" --kill all
test_done

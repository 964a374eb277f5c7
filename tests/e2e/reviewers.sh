# tests/e2e/reviewers.sh: people with keys, and a server that asks for them.
#
#	gm_person <name> [<key type>]	makes $gm_base/<name>, a HOME with a key
#	as <name> <command>...		runs it as that person
#	at <name> <command>...		the same, in that person's clone
#	gm_signer <name>		prints a line of .migrate/allowed_signers
#	gm_shop				makes server.git and a clone of it for
#					ann (dba), bob (app-owner), cem
#					(incident-owner), eve (nothing), root (admin)
#
# In a clone, `main` has the policy and an expand that landed long ago.  Time is
# what the clock says, for the server as for everybody.
# shellcheck shell=sh

unset GIT_MIGRATE_NOW

gm_person() {
	mkdir -p "$gm_base/$1/.ssh" &&
		ssh-keygen -q -t "${2:-ed25519}" -N '' -C "$1" \
			-f "$gm_base/$1/.ssh/id" &&
		cat >"$gm_base/$1/.gitconfig" <<-CONFIG
		[user]
			name = $1
			email = $1@example.com
			signingkey = $gm_base/$1/.ssh/id.pub
		[gpg]
			format = ssh
		[init]
			defaultBranch = main
		[advice]
			detachedHead = false
		[gc]
			auto = 0
		[protocol "file"]
			allow = always
		CONFIG
}

as() (
	HOME=$gm_base/$1
	shift
	"$@"
)

at() (
	cd "$1" && as "$@"
)

gm_signer() {
	printf '%s@example.com %s\n' "$1" "$(cut -d' ' -f1,2 "$gm_base/$1/.ssh/id.pub")"
}

# The part of a policy about people.
gm_reviewers='roles:
  dba: [ann@example.com, dan@example.com]
  app-owner: [bob@example.com]
  incident-owner: [cem@example.com]
  admin: [root@example.com]
people:
  ann@example.com: [ann]
approvals:
  contract: {need: {dba: 1, app-owner: 1}, exclude_author: true, expires: 14d}
  break-glass: {need: {incident-owner: 1}, expires: 4h}
  policy: {need: {admin: 1}}
environments:
  - {name: staging}
  - {name: production, after: staging}'

# gm_expand <id> <sql>: commit an expand.
gm_expand() {
	echo "$2" | gm_write "migrations/$1/up.sql" &&
		echo 'SELECT 1;' | gm_write "migrations/$1/down.sql" &&
		gm_commit "Expand $1

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Eve <eve@example.com>
Feature-Flag: FEATURE_X"
}

# gm_contract <id> <expand> <sql>: commit the contract of an expand.
gm_contract() {
	echo "$3" | gm_write "migrations/$1/up.sql" &&
		gm_commit "Contract $1

Migration-Phase: contract
Migration-Contracts: $2
Rollback-Window: 24h
Rollback-Owner: Eve <eve@example.com>"
}

# gm_age <repository>: what has landed did so long ago.
gm_age() {
	git -C "$1" notes --ref=migrate/landed list >"$gm_base/notes" &&
		while read -r gm_note gm_on; do
			gm_note=$(git -C "$1" cat-file blob "$gm_note" | sed \
				's/ at=[^ ]* until=[^ ]* / at=2026-01-01T00:00:00Z until=2026-01-02T00:00:00Z /' |
				git -C "$1" hash-object -w --stdin) &&
				git -C "$1" notes --ref=migrate/landed add -f \
					-C "$gm_note" "$gm_on" || return 1
		done <"$gm_base/notes"
}

gm_shop() {
	for gm_who in ann bob cem dan eve root; do
		gm_person $gm_who || return 1
	done
	gm_server server.git && git -C server.git migrate init --server \
		--project shop >/dev/null &&
		git clone -q server.git first && (
		cd first &&
			echo "$gm_reviewers" | gm_policy &&
			for gm_who in ann bob cem dan root; do
				gm_signer $gm_who
			done >.migrate/allowed_signers &&
			gm_commit 'Guard the schema' &&
			git push -q origin main &&
			gm_expand 20261101_add_email \
				'ALTER TABLE users ADD email text;' &&
			git push -q origin main
	) && gm_age server.git && for gm_who in ann bob cem dan eve root; do
		as $gm_who git clone -q server.git $gm_who &&
			git -C $gm_who migrate init >/dev/null &&
			as $gm_who git -C $gm_who fetch -q || return 1
	done
}

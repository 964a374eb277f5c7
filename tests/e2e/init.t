#!/bin/sh
test_description='git migrate init, in a clone'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/recorder.sh"

test_expect_success 'it writes policy, signers and hooks' '
	gm_repo fresh &&
	git -C fresh migrate init >out &&
	gm_says "wrote    .migrate/policy.yaml" out &&
	gm_says "wrote    .migrate/allowed_signers" out &&
	for hook in pre-commit prepare-commit-msg commit-msg pre-push
	do
		gm_says "wrote    .git/hooks/$hook" out &&
		test -x fresh/.git/hooks/$hook &&
		gm_says "git migrate hook $hook" fresh/.git/hooks/$hook ||
		return 1
	done &&
	gm_says "project: \"fresh\"" fresh/.migrate/policy.yaml &&
	gm_says "refs/heads/main" fresh/.migrate/policy.yaml &&
	gm_says "layout: directory" fresh/.migrate/policy.yaml
'

test_expect_success 'the policy it writes is a policy' '
	(cd fresh && gm_commit "Add the migration policy") &&
	git -C fresh migrate doctor >out &&
	gm_says "project fresh, version 1" out
'

test_expect_success 'once more changes nothing' '
	cp -R fresh/.git/hooks hooks.before &&
	cp fresh/.git/config config.before &&
	echo "# mine" >>fresh/.migrate/policy.yaml &&
	git -C fresh migrate init >out &&
	gm_silent wrote out &&
	gm_silent chained out &&
	gm_says "kept     .migrate/policy.yaml" out &&
	gm_says "# mine" fresh/.migrate/policy.yaml &&
	diff -r hooks.before fresh/.git/hooks &&
	test_cmp config.before fresh/.git/config
'

test_expect_success 'the installed hooks pass arguments and input on' '
	gm_server up.git &&
	git -C fresh remote add up "$PWD/up.git" &&
	(cd fresh && recorded gm_commit "Say hello" --allow-empty) &&
	gm_says "ours: hook pre-commit" log.txt ||
	cp "$LOG" log.txt &&
	gm_says "ours: hook pre-commit" log.txt &&
	gm_says "ours: hook prepare-commit-msg .git/COMMIT_EDITMSG message" log.txt &&
	gm_says "ours: hook commit-msg .git/COMMIT_EDITMSG" log.txt &&
	(cd fresh && recorded git push -q up main) &&
	gm_says "ours: hook pre-push up" "$LOG" &&
	gm_says "ours got: refs/heads/main" "$LOG"
'

test_expect_success 'the answer of our hook counts' '
	(cd fresh && OURS_SAYS=1 && export OURS_SAYS &&
	 test_must_fail recorded git commit -q --allow-empty -m no)
'

test_expect_success 'without the program a client hook lets git go on' '
	mkdir bare-path &&
	for tool in git sh cat dirname env sed
	do
		ln -s "$(command -v $tool)" bare-path/ || return 1
	done &&
	(cd fresh && PATH="$gm_base/trash directory.init/bare-path" \
		git commit -q --allow-empty -m "No guard") 2>err &&
	gm_says "not on PATH" err
'

test_expect_success 'the project and the branch are found' '
	gm_repo "My Shop.git" &&
	git -C "My Shop.git" checkout -q -b trunk &&
	git -C "My Shop.git" migrate init &&
	gm_says "project: \"my-shop\"" "My Shop.git/.migrate/policy.yaml" &&
	gm_says "refs/heads/trunk" "My Shop.git/.migrate/policy.yaml"
'

test_expect_success 'the project is called as its origin is' '
	gm_repo work &&
	git -C work remote add other https://example.com/other.git &&
	git -C work migrate init >/dev/null &&
	gm_says "project: \"work\"" work/.migrate/policy.yaml &&
	while read -r url name
	do
		rm -rf work/.migrate &&
		git -C work config remote.origin.url "$url" &&
		git -C work migrate init >/dev/null &&
		gm_says "project: \"$name\"" work/.migrate/policy.yaml ||
			return 1
	done <<-\URLS
	https://example.com/team/Shop.git shop
	https://example.com/team/my_shop/ my_shop
	git@example.com:team/shop.git shop
	git@example.com:shop.git shop
	ssh://git@example.com:2222/~ann/shop shop
	/srv/git/shop.git/ shop
	../Our_Shop/.git our_shop
	https://example.com/%40.shop- 40.shop
	https://example.com/--- work
	/ work
	URLS
'

test_expect_success 'dumps of the schema are neutral' '
	gm_repo dumps &&
	(
		cd dumps &&
		echo "CREATE TABLE t (i int);" |
		gm_write db/migrations/000001_t.up.sql &&
		for file in db/schema.sql api/db/structure.sql src/schema.rs
		do
			echo | gm_write $file || return 1
		done &&
		gm_commit "Add a table" &&
		git migrate init
	) &&
	gm_says "neutral: [\"docs/**\", \"**/*.md\", \"db/schema.sql\"]" \
		dumps/.migrate/policy.yaml &&
	gm_says "# A tool writes the schema down in db/schema.sql." \
		dumps/.migrate/policy.yaml &&
	gm_says "# src/schema.rs is not among them" dumps/.migrate/policy.yaml &&
	git -C dumps migrate doctor >out &&
	gm_says "project dumps, version 1" out
'

test_expect_success 'and so are those beside each directory of migrations' '
	gm_repo several-dumps &&
	(
		cd several-dumps &&
		for dir in api/db web/db "odd[a]/db"
		do
			echo "CREATE TABLE t (i int);" |
			gm_write "$dir/migrations/20260101000000_t/up.sql" &&
			echo | gm_write "$dir/structure.sql" || return 1
		done &&
		gm_commit "Add a table" &&
		git migrate init
	) &&
	gm_says ", \"api/db/structure.sql\", \"web/db/structure.sql\"]" \
		several-dumps/.migrate/policy.yaml
'

test_expect_success 'the project can be named' '
	gm_repo named &&
	git -C named migrate init --project=till &&
	gm_says "project: \"till\"" named/.migrate/policy.yaml &&
	gm_status 129 git -C named migrate init --project="A b"
'

test_expect_success 'the layout that is in use is found' '
	gm_repo golang &&
	(
		cd golang &&
		echo "CREATE TABLE t (i int);" |
		gm_write db/migrations/000001_t.up.sql &&
		echo "DROP TABLE t;" |
		gm_write db/migrations/000001_t.down.sql &&
		gm_commit "Add a table" &&
		git migrate init
	) &&
	gm_says "{path: \"db/migrations\", layout: golang-migrate}" \
		golang/.migrate/policy.yaml
'

test_expect_success 'every directory of migrations is named' '
	gm_repo several &&
	(
		cd several &&
		echo "CREATE TABLE t (i int);" |
		gm_write a/migrations/20260101000000_t/up.sql &&
		echo "CREATE TABLE u (i int);" |
		gm_write b/migrations/V1__u.sql &&
		gm_commit "Add tables" &&
		git migrate init
	) &&
	gm_says "{path: \"a/migrations\", layout: directory}" \
		several/.migrate/policy.yaml &&
	gm_says "{path: \"b/migrations\", layout: flyway}" \
		several/.migrate/policy.yaml
'

test_expect_success 'records are fetched, without force, once' '
	git clone -q up.git cloned &&
	git -C cloned migrate init >out &&
	gm_says "set      remote.origin.fetch" out &&
	git -C cloned migrate init >out &&
	gm_says "kept     remote.origin.fetch" out &&
	git -C cloned config --get-all remote.origin.fetch >specs &&
	grep -c "^refs/notes/migrate/\*:refs/notes/migrate/\*$" specs >count &&
	test "$(cat count)" = 1
'

test_expect_success 'a fetch that may replace records is told' '
	git clone -q up.git forced &&
	git -C forced config --add remote.origin.fetch \
		"+refs/notes/migrate/*:refs/notes/migrate/*" &&
	git -C forced migrate init 2>err &&
	gm_says "take the" err
'

test_expect_success 'a hook that was there runs first; its failure wins' '
	gm_repo chain &&
	gm_hook chain/.git/hooks/pre-commit <<-\HOOK &&
	#!/bin/sh
	echo "theirs: $*" >>"$LOG"
	exit "${THEIRS_SAYS:-0}"
	HOOK
	cp chain/.git/hooks/pre-commit theirs &&
	git -C chain migrate init >out &&
	gm_says "chained  .git/hooks/pre-commit" out &&
	test_cmp theirs chain/.git/hooks/pre-commit.before-git-migrate &&
	(cd chain && recorded git commit -q --allow-empty -m one) &&
	sed -n 1,2p "$LOG" >got &&
	printf "%s\n" "theirs: " "ours: hook pre-commit" >want &&
	test_cmp want got &&
	(cd chain && THEIRS_SAYS=3 && export THEIRS_SAYS &&
	 test_must_fail recorded git commit -q --allow-empty -m two) &&
	gm_says theirs "$LOG" &&
	gm_silent ours "$LOG"
'

test_expect_success 'it is not chained twice' '
	git -C chain migrate init >out &&
	gm_says "kept     .git/hooks/pre-commit" out &&
	test_cmp theirs chain/.git/hooks/pre-commit.before-git-migrate &&
	! test -e chain/.git/hooks/pre-commit.before-git-migrate.before-git-migrate
'

test_expect_success 'both get all of the input of a push' '
	gm_hook chain/.git/hooks/pre-push <<-\HOOK &&
	#!/bin/sh
	sed "s/^/theirs got: /" >>"$LOG"
	HOOK
	git -C chain migrate init >out &&
	gm_says "chained  .git/hooks/pre-push" out &&
	git -C chain remote add up "$PWD/up.git" &&
	(cd chain && recorded git push -q up main:one main:two) &&
	grep "^theirs got: refs/heads/main .* refs/heads/one " "$LOG" &&
	grep "^theirs got: refs/heads/main .* refs/heads/two " "$LOG" &&
	grep "^ours got: refs/heads/main .* refs/heads/one " "$LOG" &&
	grep "^ours got: refs/heads/main .* refs/heads/two " "$LOG"
'

test_expect_success 'a hook that reads nothing does no harm' '
	printf "#!/bin/sh\nexit 0\n" |
	gm_hook chain/.git/hooks/pre-push.before-git-migrate &&
	(cd chain && recorded git push -q up main:three) 2>err &&
	gm_says "ours got: refs/heads/main" "$LOG" &&
	test_must_be_empty err
'

test_expect_success 'exact bytes: no line feed is lost or added' '
	printf "a b\nno end" >raw &&
	gm_hook chain/.git/hooks/pre-push.before-git-migrate <<-\HOOK &&
	#!/bin/sh
	cat >"$LOG.theirs"
	HOOK
	gm_hook "$gm_base/bytes/git-migrate" <<-\HOOK &&
	#!/bin/sh
	cat >"$LOG.ours"
	HOOK
	(cd chain && PATH="$gm_base/bytes:$PATH" .git/hooks/pre-push up url) <raw &&
	test_cmp raw "$LOG.theirs" &&
	test_cmp raw "$LOG.ours"
'

test_expect_success 'a hook that is switched off stays off' '
	gm_repo off &&
	printf "#!/bin/sh\nexit 1\n" | gm_write off/.git/hooks/pre-commit &&
	git -C off migrate init >out &&
	gm_says "not executable" out &&
	(cd off && recorded git commit -q --allow-empty -m one) &&
	gm_says "ours: hook pre-commit" "$LOG"
'

test_expect_success 'a hook that is a program or a link is chained too' '
	gm_repo kinds &&
	cp "$(command -v env)" kinds/.git/hooks/pre-commit &&
	gm_hook kinds/tools/check <<-\HOOK &&
	#!/bin/sh
	echo linked >>"$LOG"
	HOOK
	ln -s ../../tools/check kinds/.git/hooks/commit-msg &&
	git -C kinds migrate init >out &&
	gm_says "chained  .git/hooks/pre-commit" out &&
	gm_says "chained  .git/hooks/commit-msg" out &&
	test -L kinds/.git/hooks/commit-msg.before-git-migrate &&
	! test -L kinds/.git/hooks/commit-msg &&
	(cd kinds && recorded git commit -q --allow-empty -m one) &&
	gm_says linked "$LOG" &&
	gm_says "ours: hook pre-commit" "$LOG" &&
	gm_says "ours: hook commit-msg" "$LOG" &&
	gm_silent ours kinds/tools/check
'

test_expect_success 'a hook that acts on its own name is left, with a word' '
	gm_repo dispatch &&
	gm_hook dispatch/.git/hooks/pre-commit <<-\HOOK &&
	#!/bin/sh
	exec run-all "$(basename "$0")" "$@"
	HOOK
	cp dispatch/.git/hooks/pre-commit theirs &&
	git -C dispatch migrate init >out &&
	gm_says "left     .git/hooks/pre-commit" out &&
	gm_says "git migrate hook pre-commit \"\$@\" || exit" out &&
	test_cmp theirs dispatch/.git/hooks/pre-commit &&
	echo "git migrate hook pre-commit \"\$@\" || exit" \
		>>dispatch/.git/hooks/pre-commit &&
	git -C dispatch migrate init >out &&
	gm_says "kept     .git/hooks/pre-commit" out
'

# hook_with <lines>: init's word on a pre-commit that it must not rename.
hook_with() {
	rm -rf judged && gm_repo judged && {
		printf "#!/bin/sh\n# %s\n%s\n" "\$(basename \"\$0\")" "$1"
		echo ": \"\$(basename \"\$0\")\""
		printf "%s\n" "$2"
	} | gm_hook judged/.git/hooks/pre-commit &&
		git -C judged migrate init
}

test_expect_success 'a call whose failure counts is one' '
	while read -r line
	do
		hook_with "$line" >out &&
		gm_says "kept     .git/hooks/pre-commit" out || return 1
	done <<-\LINES &&
	git migrate hook pre-commit "$@" || exit
	  git-migrate hook pre-commit || exit $?
	/usr/local/bin/git-migrate hook pre-commit || exit 1
	exec git migrate hook pre-commit "$@"
	LINES
	hook_with "" "git migrate hook pre-commit # the last one" >out &&
	gm_says "kept     .git/hooks/pre-commit" out &&
	hook_with "" "git migrate hook pre-commit
exit \$?" >out &&
	gm_says "kept     .git/hooks/pre-commit" out &&
	hook_with "set -eu
git migrate hook pre-commit" >out &&
	gm_says "kept     .git/hooks/pre-commit" out
'

test_expect_success 'a call whose failure is lost is none' '
	while read -r line
	do
		hook_with "$line" >out &&
		gm_says "left     .git/hooks/pre-commit" out ||
		{ echo "# $line"; return 1; }
	done <<-\LINES
	git migrate hook pre-commit "$@" || true
	git migrate hook pre-commit "$@" || exit 0
	git migrate hook pre-commit || exit || true
	git migrate hook pre-commit; true
	git migrate hook pre-commit &
	git migrate hook pre-commit && exit
	git migrate hook pre-commit | cat
	git migrate hook pre-commit
	git migrate hook pre-commits || exit
	git migrate hook pre-push || exit
	echo git migrate hook pre-commit || exit
	echo "git migrate hook pre-commit"
	false && git migrate hook pre-commit || exit
	! git migrate hook pre-commit || exit
	my-git migrate hook pre-commit || exit
	# git migrate hook pre-commit || exit
	LINES
'

test_expect_success 'neither is one that belongs to another line' '
	hook_with "echo \\
git migrate hook pre-commit || exit" >out &&
	gm_says "left     .git/hooks/pre-commit" out &&
	hook_with "git migrate hook pre-commit \\
	|| true" >out &&
	gm_says "left     .git/hooks/pre-commit" out
'

test_expect_success 'husky 9: versioned hooks are not touched' '
	gm_repo husky &&
	(
		cd husky &&
		git config core.hooksPath .husky/_ &&
		for hook in pre-commit commit-msg pre-push prepare-commit-msg
		do
			gm_hook .husky/_/$hook <<-\HOOK || return 1
			#!/usr/bin/env sh
			. "$(dirname "$0")/h"
			HOOK
		done &&
		gm_write .husky/_/h <<-\HOOK &&
		n=$(basename "$0")
		s=$(dirname "$(dirname "$0")")/$n
		[ ! -f "$s" ] && exit 0
		sh -e "$s" "$@"
		exit $?
		HOOK
		echo "echo npm test >>\"\$LOG\"" | gm_write .husky/pre-commit &&
		cp -R .husky ../husky.before &&
		git migrate init >../out &&
		test_cmp ../husky.before/pre-commit .husky/pre-commit &&
		diff -r ../husky.before/_ .husky/_ &&
		gm_says "left     .husky/pre-commit" ../out &&
		gm_says "wrote    .husky/pre-push (commit it" ../out &&
		echo "git migrate hook pre-commit \"\$@\" || exit" \
			>>.husky/pre-commit &&
		git migrate init >../out &&
		gm_says "kept     .husky/pre-commit" ../out &&
		recorded git commit -q --allow-empty -m one &&
		gm_says "npm test" "$LOG" &&
		gm_says "ours: hook pre-commit" "$LOG" &&
		gm_says "ours: hook commit-msg" "$LOG"
	)
'

test_expect_success 'husky 8: the same without the underscore' '
	gm_repo husky8 &&
	(
		cd husky8 &&
		git config core.hooksPath .husky &&
		printf "#!/usr/bin/env sh\nnpm test\n" |
		gm_hook .husky/pre-commit &&
		cp .husky/pre-commit ../before &&
		git migrate init >../out &&
		gm_says "left     .husky/pre-commit" ../out &&
		test_cmp ../before .husky/pre-commit &&
		test -x .husky/commit-msg
	)
'

test_expect_success 'the pre-commit framework keeps working, installed again too' '
	gm_repo framework &&
	gm_hook framework-hook <<-\HOOK &&
	#!/usr/bin/env bash
	# File generated by pre-commit: https://pre-commit.com
	echo framework >>"$LOG"
	if test -n "$PRE_COMMIT_RUNNING_LEGACY"; then
		echo "a loop" >&2
		exit 1
	fi
	legacy=$(dirname "$0")/pre-commit.legacy
	if test -x "$legacy"; then
		PRE_COMMIT_RUNNING_LEGACY=1 "$legacy" "$@" || exit
	fi
	HOOK
	cp framework-hook framework/.git/hooks/pre-commit &&
	git -C framework migrate init >out &&
	gm_says "chained  .git/hooks/pre-commit" out &&
	(cd framework && recorded git commit -q --allow-empty -m one) &&
	gm_says framework "$LOG" &&
	gm_says "ours: hook pre-commit" "$LOG" &&
	: "what it does when it is installed again" &&
	mv framework/.git/hooks/pre-commit \
		framework/.git/hooks/pre-commit.legacy &&
	cp framework-hook framework/.git/hooks/pre-commit &&
	(cd framework && recorded git commit -q --allow-empty -m two) &&
	gm_says "ours: hook pre-commit" "$LOG" &&
	git -C framework migrate init >out &&
	gm_says "kept     .git/hooks/pre-commit" out
'

test_expect_success 'lefthook keeps working, installed again too' '
	gm_repo lefthook &&
	gm_hook lefthook-hook <<-\HOOK &&
	#!/bin/sh
	call_lefthook() { echo "lefthook $*" >>"$LOG"; }
	call_lefthook run "pre-commit" "$@"
	HOOK
	cp lefthook-hook lefthook/.git/hooks/pre-commit &&
	git -C lefthook migrate init >out &&
	(cd lefthook && recorded git commit -q --allow-empty -m one) &&
	gm_says "lefthook run pre-commit" "$LOG" &&
	gm_says "ours: hook pre-commit" "$LOG" &&
	: "what it does when it is installed again" &&
	mv lefthook/.git/hooks/pre-commit lefthook/.git/hooks/pre-commit.old &&
	cp lefthook-hook lefthook/.git/hooks/pre-commit &&
	git -C lefthook migrate init >out &&
	gm_says "chained  .git/hooks/pre-commit" out &&
	(cd lefthook && recorded git commit -q --allow-empty -m two) &&
	gm_says "lefthook run pre-commit" "$LOG" &&
	gm_says "ours: hook pre-commit" "$LOG"
'

test_expect_success 'a second, different hook is not lost either' '
	gm_hook chain/.git/hooks/pre-commit <<-\HOOK &&
	#!/bin/sh
	echo another
	HOOK
	cp chain/.git/hooks/pre-commit another &&
	git -C chain migrate init >out &&
	gm_says "left     .git/hooks/pre-commit" out &&
	gm_says "merge the two" out &&
	test_cmp another chain/.git/hooks/pre-commit
'

test_expect_success 'hooks that other repositories share are left alone' '
	gm_repo shared &&
	mkdir all-hooks &&
	git -C shared config core.hooksPath "$PWD/all-hooks" &&
	git -C shared migrate init >out &&
	gm_says "left     " out &&
	gm_says "outside of this repository" out &&
	test -z "$(ls all-hooks)"
'

test_expect_success 'a linked work tree shares its hooks' '
	git -C fresh worktree add -q ../linked HEAD &&
	git -C linked migrate init >out &&
	gm_says "kept     .migrate/policy.yaml" out &&
	gm_silent wrote out
'

test_expect_success 'with an ssh key to sign with, it is the first signer' '
	gm_repo signer &&
	ssh-keygen -q -t ed25519 -N "" -C ann -f key &&
	git -C signer config gpg.format ssh &&
	git -C signer config user.signingkey "$PWD/key" &&
	git -C signer migrate init &&
	gm_says "ann@example.com namespaces=\"*@git-migrate\" ssh-ed25519 " \
		signer/.migrate/allowed_signers &&
	gm_silent PRIVATE signer/.migrate/allowed_signers
'

test_expect_success 'a key may stand in the configuration itself' '
	gm_repo literal &&
	git -C literal config gpg.format ssh &&
	git -C literal config user.signingkey "key::$(cat key.pub)" &&
	git -C literal migrate init &&
	gm_says "$(cut -d " " -f 1,2 key.pub)" \
		literal/.migrate/allowed_signers &&
	cp key.pub "$HOME/ours.pub" &&
	gm_repo home &&
	git -C home config gpg.format ssh &&
	git -C home config user.signingkey "~/ours.pub" &&
	git -C home migrate init &&
	gm_says "$(cut -d " " -f 1,2 key.pub)" home/.migrate/allowed_signers
'

test_expect_success 'what is no key makes no signer' '
	echo "no key" >not-a-key &&
	gm_repo keyless &&
	git -C keyless config gpg.format ssh &&
	git -C keyless config user.signingkey "$PWD/not-a-key" &&
	git -C keyless migrate init &&
	grep -v "^#" keyless/.migrate/allowed_signers >lines
	test_must_be_empty lines
'

test_expect_success 'the main branch is that of the remote' '
	git -C up.git symbolic-ref HEAD refs/heads/one &&
	git clone -q up.git side &&
	git -C side checkout -q -b feature &&
	git -C side migrate init &&
	gm_says "refs/heads/one" side/.migrate/policy.yaml
'

test_expect_success 'on a detached HEAD it is the default one' '
	gm_repo detached &&
	(cd detached && gm_commit Start --allow-empty &&
	 git checkout -q --detach &&
	 git -c init.defaultBranch=unused config init.defaultBranch trunk &&
	 git migrate init) &&
	gm_says "refs/heads/trunk" detached/.migrate/policy.yaml
'

test_expect_success 'two layouts in one directory are not guessed at' '
	gm_repo mixed &&
	(
		cd mixed &&
		echo "SELECT 1;" | gm_write migrations/V1__x.sql &&
		echo "SELECT 1;" | gm_write migrations/000001_x.up.sql &&
		gm_commit Start &&
		gm_status 128 git migrate init 2>../err &&
		! test -e .migrate
	) &&
	gm_says migrations err
'

test_expect_success 'a hook that is a directory is left' '
	gm_repo odd && mkdir odd/.git/hooks/pre-commit &&
	git -C odd migrate init >out &&
	gm_says "left     .git/hooks/pre-commit: it is a directory" out &&
	test -d odd/.git/hooks/pre-commit
'

test_expect_success 'a bare repository asks for --server' '
	gm_server bare.git &&
	gm_status 129 git -C bare.git migrate init 2>err &&
	gm_says "init --server" err &&
	gm_status 129 git -C fresh migrate init --policy-ref=main 2>err &&
	gm_says "for --server" err
'

test_expect_success 'outside of a repository it says so' '
	mkdir nowhere &&
	gm_status 128 git -C nowhere migrate init 2>err &&
	gm_says "error: " err
'

test_done

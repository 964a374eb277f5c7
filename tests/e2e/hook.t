#!/bin/sh
test_description='git migrate hook: the hooks of a clone and of a server'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/migration.sh"

test_expect_success 'a guarded server, and a clone with hooks' '
	gm_server server.git &&
	git -C server.git migrate init --server --project shop >/dev/null &&
	git clone -q server.git work 2>/dev/null &&
	cd work &&
	git symbolic-ref HEAD refs/heads/main &&
	git migrate init >/dev/null &&
	gm_policy && mkdir app && echo 1 >app/code &&
	gm_commit "Start" &&
	git push -q -u origin main 2>../err &&
	gm_says "first policy" ../err &&
	cd ..
'

cd work || exit 1

test_expect_success 'pre-commit refuses what the server would' '
	sql 1_a "DROP TABLE a;" && echo 2 >app/code &&
	git add -A &&
	test_must_fail git commit -m "Mix" 2>../err &&
	gm_says "[mixed-destructive]" ../err &&
	gm_says "no-verify" ../err &&
	git reset -q --hard
'

test_expect_success 'commit-msg asks for the metadata' '
	sql 1_a "CREATE TABLE a (b int);" && git add -A &&
	test_must_fail git commit -m "Add a" 2>../err &&
	gm_says "[missing-phase]" ../err &&
	git commit -q -m "Add a

$expand" &&
	git push -q
'

test_expect_success 'amending only the message is no new commit' '
	sql 2_b "CREATE TABLE b (b int);" && git add -A &&
	git commit -q --no-verify -m "Add b" &&
	git commit -q --amend -m "Add b

$expand" &&
	git migrate check
'

test_expect_success 'a merge is judged against both of its parents' '
	git checkout -q -b side HEAD~1 &&
	echo 3 >app/side && git add -A && git commit -q -m "Side" &&
	git checkout -q main &&
	git merge -q --no-ff -m "Merge" side &&
	git migrate check
'

test_expect_success 'pre-push refuses before anything is sent' '
	sql 3_c "DROP TABLE b;" && echo 4 >app/code && git add -A &&
	git commit -q --no-verify -m "Mix" &&
	test_must_fail git push 2>../err &&
	gm_says "[mixed-destructive]" ../err &&
	gm_silent "remote:" ../err &&
	test_must_fail git push --no-verify 2>../err &&
	gm_says "remote:" ../err &&
	git reset -q --hard HEAD~1 &&
	git push -q
'

test_expect_success 'enforce=warn accepts and says so; not for the records' '
	git -C ../server.git config migrate.enforce warn &&
	sql 4_d "DROP TABLE b;" && echo 5 >app/code && git add -A &&
	git commit -q --no-verify -m "Mix" &&
	git push --no-verify 2>../err &&
	gm_says "[mixed-destructive]" ../err &&
	gm_says "is '\''warn'\''" ../err &&
	test_must_fail git push --no-verify origin :main 2>../err &&
	test_must_fail git push --no-verify origin +HEAD:refs/notes/migrate/landed 2>../err &&
	gm_says "[ref-refused]" ../err &&
	git -C ../server.git config migrate.enforce maybe &&
	echo 6 >app/code && git add -A && git commit -q --no-verify -m "App" &&
	test_must_fail git push --no-verify 2>../err &&
	gm_says "migrate.enforce" ../err &&
	git -C ../server.git config --unset migrate.enforce &&
	git push -q --no-verify
'

test_expect_success 'the update hook does the same, ref by ref' '
	mv ../server.git/hooks/pre-receive ../server.git/hooks/kept &&
	printf "#!/bin/sh\nexec git migrate hook update \"\$@\"\n" \
		>../server.git/hooks/update &&
	chmod +x ../server.git/hooks/update &&
	sql 5_e "DROP TABLE a;" && echo 7 >app/code && git add -A &&
	git commit -q --no-verify -m "Mix" &&
	test_must_fail git push --no-verify origin main main:feature 2>../err &&
	gm_says "[mixed-destructive]" ../err &&
	test "$(gm_tip ../server.git feature)" = "$(git rev-parse main)" &&
	test "$(gm_tip ../server.git main)" = "$(git rev-parse main~1)" &&
	git reset -q --hard HEAD~1 &&
	rm ../server.git/hooks/update &&
	mv ../server.git/hooks/kept ../server.git/hooks/pre-receive
'

test_expect_success 'post-receive records what landed, once, on the blob' '
	sql 6_f "CREATE TABLE f (a int);" && git add -A &&
	git commit -q -m "Add f

$expand" &&
	git push -q &&
	git -C ../server.git notes --ref=migrate/landed \
		show main:migrations/6_f/up.sql >../note &&
	gm_says "gm1 landed project=shop path=migrations/6_f/up.sql digest=sha256:" ../note &&
	gm_says "phase=expand class=expand ref=refs/heads/main env=*" ../note &&
	test $(wc -l <../note) = 1 &&
	echo 8 >app/code && git add -A && git commit -q -m "App" &&
	git push -q &&
	git -C ../server.git notes --ref=migrate/landed \
		show main:migrations/6_f/up.sql >../note &&
	test $(wc -l <../note) = 1
'

# An editor that writes a subject, or takes all that was prepared away.
gm_hook "$gm_base/bin/rewrite" <<\EDITOR
#!/bin/sh
case $EDIT in
subject) sed -i '1s/^/Add phones/' "$1" ;;
nothing) sed -i '/^[A-Z].*:/d' "$1" ;;
esac
EDITOR

# settings: ways in which a message comes with other words of git's own.
settings='core.commentChar=#
core.commentChar=;
core.commentChar=auto
commit.verbose=true
commit.cleanup=scissors'

# edited <setting> <what the editor does>
edited() {
	EDIT=$2 GIT_EDITOR=rewrite \
		git -c commit.verbose=true -c "$1" commit -q 2>../err
}

test_expect_success 'what was prepared alone is no message' '
	git migrate new phone --flag=PHONE >/dev/null &&
	echo "CREATE TABLE phone (n text);" \
		>>migrations/7_phone/up.sql &&
	git add -A && git rev-parse HEAD >../before &&
	for setting in $settings
	do
		test_must_fail edited "$setting" leave &&
		gm_says "the message has no subject" ../err &&
		gm_says "Write a subject above the trailers" ../err &&
		test_must_fail edited "$setting" nothing &&
		gm_says "empty commit message" ../err || return 1
	done &&
	test_must_fail git commit -q 2>../err &&
	gm_says "the message has no subject" ../err &&
	test_must_fail git commit -q -s -m "" 2>../err &&
	gm_says "the message has no subject" ../err &&
	git rev-parse HEAD >../after &&
	test_cmp ../before ../after
'

test_expect_success 'with a subject it is one, however git marks comments' '
	for setting in $settings
	do
		edited "$setting" subject &&
		git log -1 --format=%B >../message &&
		sed -n 1,3p ../message >../start &&
		printf "%s\n" "Add phones" "" \
			"Migration: 7_phone" >../want &&
		test_cmp ../want ../start &&
		test "$(wc -l <../message)" = 8 &&
		git reset -q --soft HEAD~1 || return 1
	done
'

test_expect_success 'a subject may look like a comment or like a trailer' '
	for subject in "#12 add phones" "Migration: add phones"
	do
		git commit -q -m "$subject" &&
		git log -1 --format=%s >../subject &&
		echo "$subject" >../want &&
		test_cmp ../want ../subject &&
		git reset -q --soft HEAD~1 || return 1
	done &&
	git commit -q -m "Add phones" && git push -q
'

test_expect_success 'what was pushed to a branch nobody guards has not landed' '
	git checkout -q -b topic origin/main &&
	sql 20_t "CREATE TABLE twenty (b int);" && git add -A &&
	git commit -q -m "Add twenty

$expand" &&
	git push -q -u origin topic &&
	sql 20_t "CREATE TABLE twenty (b bigint);" &&
	git commit -q -a -m "Use more bits" &&
	git mv migrations/20_t migrations/21_t &&
	git commit -q -m "Renumber" &&
	git migrate check >../out && gm_says "3 commits" ../out &&
	git push -q && sql 22_t "DROP TABLE twenty;" && git add -A &&
	git commit -q --no-verify -m "Drop it" && git push -q &&
	gm_status 1 git migrate check >../out &&
	gm_says "22_t" ../out &&
	git checkout -q main
'

test_expect_success 'called in ways git never does' '
	gm_status 129 git migrate hook 2>../err &&
	gm_status 129 git migrate hook post-commit 2>../err &&
	gm_says "pre-receive" ../err &&
	gm_status 129 git migrate hook update one 2>../err &&
	gm_status 129 git migrate hook commit-msg 2>../err &&
	gm_status 128 git migrate hook commit-msg /nowhere 2>../err
'

test_done

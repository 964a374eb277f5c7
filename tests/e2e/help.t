#!/bin/sh
test_description='git migrate help, and help everywhere'
. "$(dirname "$0")/lib.sh"

test_expect_success 'help is the overview' '
	git migrate -h >want &&
	git migrate help >got &&
	test_cmp want got
'

test_expect_success 'help for a command is its usage' '
	git migrate check -h >want &&
	git migrate help check >got &&
	test_cmp want got
'

test_expect_success 'the commands as a list' '
	git migrate help --list >out &&
	grep -x check out &&
	grep -x explain out &&
	! grep -x help out
'

test_expect_success 'an unknown command is wrong usage, with a guess' '
	gm_status 129 git migrate help chekc >out 2>err &&
	test_must_be_empty out &&
	gm_says "Did you mean '\''check'\''?" err &&
	gm_status 129 git migrate help zzzzz 2>err &&
	gm_says "git migrate -h" err
'

test_expect_success 'the same where the command belongs' '
	gm_status 129 git migrate chekc >out 2>err &&
	test_must_be_empty out &&
	gm_says "Did you mean '\''check'\''?" err &&
	gm_says "usage: git migrate" err &&
	gm_status 129 git migrate zzzzz 2>err &&
	gm_says "git migrate -h" err
'

test_expect_success 'without a manual --help prints the usage' '
	printf "#!/bin/sh\nexit 16\n" | gm_hook no-manual/man &&
	( PATH=$PWD/no-manual:$PATH && git migrate check --help ) >out &&
	git migrate check -h >want &&
	test_cmp want out
'

command -v man >/dev/null && test_set_prereq MAN
MANPAGER=cat PAGER=cat
export MANPAGER PAGER

test_expect_success MAN 'the page of a command is found beside the program' '
	( unset MANPATH && git migrate check --help ) >out &&
	gm_says "GIT-MIGRATE-CHECK(1)" out &&
	MANPATH=/nonexistent git migrate check --help >out &&
	gm_says "GIT-MIGRATE-CHECK(1)" out
'

# Only man-db looks beside the directories on PATH.
command -v manpath >/dev/null && test_set_prereq MANDB

test_expect_success MANDB 'git finds the manual beside a program on PATH' '
	ln -s "$(dirname "$gm_program")" built &&
	( unset MANPATH && PATH=$PWD/built:$PATH && git migrate --help ) >out &&
	gm_says "GIT-MIGRATE(1)" out
'

test_expect_success 'pages are filled from the tables' '
	cat >git-migrate-log.1 <<-\EOF &&
	.Sh OPTIONS
	.\" @OPTIONS@
	.\" a comment stays
	.Sh EXIT STATUS
	.\" @EXIT@
	EOF
	git migrate help --fill-manual git-migrate-log.1 >out &&
	grep "^.It Fl .*format" out &&
	gm_says ".It 129" out &&
	gm_says "a comment stays" out &&
	gm_silent "@OPTIONS@" out &&
	gm_silent "@EXIT@" out
'

test_expect_success 'and what nobody knows is an error' '
	printf ".Sh X\n.\\\\\" @NONSENSE@\n" >git-migrate-log.1 &&
	gm_status 128 git migrate help --fill-manual git-migrate-log.1 2>err &&
	gm_says "git-migrate-log.1:2:1" err &&
	gm_status 128 git migrate help --fill-manual no-such-page.1 2>err
'

test_expect_success 'what a push waits for needs no library of a client' '
	ldd "$gm_program" >libraries &&
	gm_says libgit2 libraries &&
	gm_silent libpq libraries &&
	gm_silent libcurl libraries
'

test_expect_success 'the guard alone says what it misses' '
	mkdir alone && cp "$gm_program" alone/git-migrate &&
	alone/git-migrate check -h >out && gm_says "usage: git migrate check" out &&
	alone/git-migrate --version >out && gm_says "git-migrate version" out &&
	gm_status 128 alone/git-migrate log 2>err &&
	gm_says "git-migrate-full" err &&
	gm_says "install both again" err
'

test_done

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

test_expect_success '--help opens the page, or prints the usage without one' '
	# Without a viewer that works there is the short help.
	MANPATH=/nonexistent PAGER=cat git migrate check --help >out 2>err &&
	gm_says "git migrate check" out
'

man=$(dirname "$gm_program")/man
command -v man >/dev/null && test -f "$man/git-migrate-check.1" &&
	test_set_prereq MAN

test_expect_success MAN 'the page of a command, and of all' '
	mkdir -p man/man1 && cp "$man"/*.1 man/man1/ &&
	( MANPATH=$PWD/man MANPAGER=cat PAGER=cat && export MANPATH MANPAGER PAGER &&
	git migrate check --help >check 2>err &&
	git migrate --help >all 2>>err ) &&
	gm_says "GIT-MIGRATE-CHECK(1)" check &&
	gm_says "GIT-MIGRATE(1)" all
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

test_done

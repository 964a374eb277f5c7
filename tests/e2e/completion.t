#!/bin/sh
test_description='git migrate completion'
. "$(dirname "$0")/lib.sh"

if ! command -v bash >/dev/null; then
	skip_all='bash is not installed'
	test_done
fi

# complete <word>...: what bash offers for the last word, without the blank
# behind it, one a line.
cat >complete.bash <<\EOF
eval "$(git migrate completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
__git_migrate_main
for found in "${COMPREPLY[@]}"; do
	printf '%s\n' "${found% }"
done
EOF
complete() {
	bash complete.bash "$@"
}

test_expect_success 'there is a script for three shells and no other' '
	for shell in bash zsh fish; do
		git migrate completion $shell >out && test -s out || return 1
	done &&
	gm_status 129 git migrate completion csh >out 2>err &&
	test_must_be_empty out &&
	gm_says "csh" err &&
	gm_status 129 git migrate completion 2>err
'

test_expect_success 'the scripts are correct' '
	git migrate completion bash >script && bash -n script &&
	if command -v zsh >/dev/null; then
		git migrate completion zsh >script && zsh -n script
	fi &&
	if command -v fish >/dev/null; then
		git migrate completion fish >script && fish -n script
	fi
'

test_expect_success 'every command completes' '
	git migrate help --list | LC_ALL=C sort >want &&
	complete git-migrate "" | LC_ALL=C sort >got &&
	test_cmp want got &&
	complete git migrate "" | LC_ALL=C sort >got &&
	test_cmp want got &&
	complete git -C . migrate -C . "" | LC_ALL=C sort >got &&
	test_cmp want got &&
	for name in $(git migrate help --list); do
		complete git-migrate "$name" >got &&
		grep -q -x "$name" got || return 1
	done
'

test_expect_success 'every option of every command completes' '
	for name in $(git migrate help --list); do
		git migrate $name -h | grep -o "^  *\(-., \)\{0,1\}--[a-z-]*" |
			grep -o -e "--.*" >options
		complete git migrate $name -- >got &&
		while read -r option; do
			grep -q -x -e "$option" got ||
				{ echo "$name: no $option"; return 1; }
		done <options || return 1
	done
'

test_expect_success 'values complete, in both ways to write them' '
	complete git migrate check --format s >got &&
	echo sarif >want &&
	test_cmp want got &&
	complete git migrate check --format=s >got &&
	test_cmp want got &&
	complete git migrate log --format "" | LC_ALL=C sort >got &&
	printf "human\njson\n" >want &&
	test_cmp want got
'

test_expect_success 'operands complete' '
	complete git migrate explain mixed- >got &&
	printf "mixed-destructive\nmixed-expand\n" >want &&
	test_cmp want got &&
	complete git migrate completion "" >got &&
	printf "bash\nzsh\nfish\n" >want &&
	test_cmp want got &&
	gm_repo shop &&
	( cd shop && echo "SELECT 1;" | gm_write migrations/1_a/up.sql &&
	gm_commit Start && git branch topic &&
	bash ../complete.bash git migrate show "" >../got &&
	bash ../complete.bash git migrate log to >../revs ) &&
	echo 1_a >want &&
	test_cmp want got &&
	echo topic >want &&
	test_cmp want revs
'

test_expect_success 'nothing fits: no candidate, and no noise' '
	complete git migrate check zzz >got 2>err &&
	test_must_be_empty got &&
	test_must_be_empty err &&
	complete git migrate no-such-command --x >got 2>err &&
	test_must_be_empty got &&
	test_must_be_empty err
'

git_completion=/usr/share/bash-completion/completions/git
test -r $git_completion && test_set_prereq GIT_COMPLETION

test_expect_success GIT_COMPLETION 'through the completion of git' '
	cat >through.bash <<-EOF &&
	. /usr/share/bash-completion/bash_completion 2>/dev/null
	. $git_completion
	eval "\$(git migrate completion bash)"
	COMP_WORDS=("\$@") COMP_CWORD=\$((\$# - 1))
	COMP_LINE="\$*" COMP_POINT=\${#COMP_LINE}
	\${git_main:-__git_wrap__git_main}
	printf "%s\n" "\${COMPREPLY[@]% }"
	EOF
	bash through.bash git migrate expl >got &&
	echo explain >want &&
	test_cmp want got &&
	bash through.bash git migrate log --for >got &&
	echo --format >want &&
	test_cmp want got
'

test_done

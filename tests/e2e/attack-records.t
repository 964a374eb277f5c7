#!/bin/sh
# What is written beside the records, so that they are lost, or nobody can
# write one any more.
test_description='attacks on the places of records'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/records.sh"

PATH=$gm_top/tests/lib:$PATH
approvals=refs/notes/migrate/approvals
evidence=refs/notes/migrate/evidence
overrides=refs/notes/migrate/overrides

take() {
	at eve git push --no-verify origin "$@" >out 2>&1 || {
		cat out
		return 1
	}
}

# repeat <text> <n>: so many lines of it.
repeat() {
	awk -v text="$1" -v n="$2" 'BEGIN { while (i++ < n) print text }'
}

# spoil <line> <n>: so many like it, whose signature fits none of them.
spoil() {
	awk -v line="$1" -v n="$2" 'BEGIN {
		while (i++ < n) {
			sub(/ nonce=[^ ]*/, sprintf(" nonce=%032d", i), line)
			print line
		}
	}'
}

# plant_file <records> <file>: as plant, with the lines of a file.
plant_file() {
	past fetch -q ../eve HEAD && note_in server.git "$1" \
		"$(git -C eve rev-parse "HEAD:$up")" "$2"
}

# proof <person> [<field>=<value>]...: evidence.
proof() (
	who=$1
	shift
	forge "$who" kind=evidence ns=evidence@git-migrate env=production \
		extra="stage=expand result=pass sha256=$(printf %064d 0)" "$@"
)

test_expect_success 'a server, and a contract that waits for its approvals' '
	gm_shop && gm_forge_setup &&
	ann=$(forge ann) && bob=$(forge bob role=app-owner)
'

test_expect_success 'threat 66: a note filled with lines that nobody signed' '
	again && repeat "" 4000000 >flood && hang_file approvals flood &&
	as_refused bad-record $approvals &&
	gm_says "more empty lines than records" out &&
	again && plant approvals "$ann" &&
	( cd eve && git fetch -q origin $approvals:$approvals ) &&
	repeat "" 3 >flood && hang_file approvals flood &&
	as_refused bad-record $approvals &&
	again && plant approvals "$ann" &&
	( cd eve && git fetch -q origin $approvals:$approvals ) &&
	repeat "$ann" 60 >flood && hang_file approvals flood &&
	as_refused bad-record $approvals && gm_says "a line twice" out &&
	gm_says "cat_sort_uniq" out &&
	# As git-notes appends it, it is taken.
	again && plant approvals "$ann" &&
	( cd eve && git fetch -q origin $approvals:$approvals ) &&
	{ echo && printf "%s\n" "$bob"; } >more && hang_file approvals more &&
	take $approvals && push_taken
'

test_expect_success 'threat 66: notes that hold nothing, on what is not there' '
	again && ( cd eve && blob=$(echo | git hash-object -w --stdin) &&
		awk -v blob="$blob" "BEGIN { for (i = 0; i < 256; i++)
			printf \"100644 blob %s\\t%040x\\n\", blob, i }" |
			git mktree --missing >../tree &&
		git update-ref $overrides \
			"$(echo x | git commit-tree "$(cat ../tree)")" ) &&
	as_refused bad-record $overrides
'

test_expect_success 'threat 66: evidence of who has no part in it' '
	again && as_signers "$(gm_signer eve)" &&
	hang evidence "$(proof eve)" && as_refused bad-record $evidence &&
	gm_says "has not that role" out &&
	# Nor does who has one leave no room to say that something failed.
	again && spoil "$(proof ann)" 192 >flood && plant_file evidence flood &&
	( cd eve && git fetch -q origin $evidence:$evidence ) &&
	hang evidence "$(proof ann)" && as_refused bad-record $evidence &&
	gm_says "more than 192 lines" out &&
	( cd eve && git fetch -q origin +$evidence:$evidence ) &&
	hang evidence "$(proof bob role=app-owner)" && take $evidence
'

test_expect_success 'threat 37, 66: what others have signed of something else' '
	again && for n in $(seq 17)
	do
		forge ann path=migrations/$n/up.sql && echo || return 1
	done >flood && note_in server.git approvals \
		"$(git -C eve rev-parse HEAD:.migrate/policy.yaml)" flood &&
	( cd eve && git fetch -q origin $approvals:$approvals ) &&
	hang_file approvals flood && as_refused bad-record $approvals &&
	gm_says "as well" out
'

test_expect_success 'threat 66: a good record behind many that are not' '
	again && for line in "$ann" "$(forge dan)" "$bob"
	do
		spoil "$line" 64 || return 1
	done >flood && plant_file approvals flood && plant approvals "$ann" &&
	push_refused unapproved && gm_says "lacks approvals: 1 app-owner" out &&
	plant approvals "$bob" && push_taken
'

test_expect_success 'threat 17: what only a clone may have' '
	again && plant approvals "$ann" && for records in approvals landed
	do
		ref=refs/notes/remotes/x/migrate/$records &&
		git -C eve update-ref $ref \
			"$(git -C server.git rev-parse refs/notes/migrate/landed)" &&
		as_refused ref-refused $ref || return 1
	done
'

# expand <name>: an expand in a directory of that name, as a commit on main.
expand() {
	sql=$(git -C eve cat-file blob \
		"HEAD:migrations/20261101_add_email/up.sql" |
		sed 's/email/fax/' | git -C eve hash-object -w --stdin) &&
		printf '100644 blob %s\t%s\n' "$sql" down.sql "$sql" up.sql |
		git -C eve mktree >migration && {
		git -C eve ls-tree origin/main:migrations
		printf '040000 tree %s\t%s\n' "$(cat migration)" "$1"
	} | git -C eve mktree >migrations && {
		git -C eve ls-tree origin/main | grep -v migrations
		printf '040000 tree %s\tmigrations\n' "$(cat migrations)"
	} | git -C eve mktree >tree &&
		git -C eve log -1 --format=%B "HEAD^{/Expand}" |
		as eve git -C eve commit-tree -p origin/main \
			"$(cat tree)" >commit
}

test_expect_success 'threat 49: what landed, and cannot be recorded' '
	again && plant approvals "$ann" "$bob" &&
	# 1500 letters, of two bytes each: six in a record.
	long=20261130_$(repeat "é" 1500 | tr -d "\n") &&
	expand "$long" && as_refused unsafe-path "$(cat commit):main" &&
	gm_says "longer than 1024 bytes" out &&
	expand "20261130_$(repeat x 255 | tr -d "\n")" &&
	as_refused unsafe-path "$(cat commit):main" &&
	# Where the policy lets it pass, only that one is not recorded.
	again && as_policy "environments:" "rules: {unsafe-path: off}
environments:" && expand "$long" && take "$(cat commit):main" &&
	gm_says "makes no proper record" out && gm_fetch &&
	expand 20261201_fax && take "$(cat commit):main" &&
	git -C server.git notes --ref=migrate/landed list \
		"$(git -C eve rev-parse "$(cat commit):migrations/20261201_fax/up.sql")"
'

# landings: how many are recorded of eve's contract.
landings() {
	git -C server.git notes --ref=migrate/landed show \
		"$(git -C eve rev-parse "topic:$up")" 2>/dev/null | wc -l
}

# landed_late: two hours from now.
landed_late() {
	gm_on=$(git -C eve rev-parse "topic:$up") &&
		past notes --ref=migrate/landed show "$gm_on" |
		sed "s/ at=[^ ]* until=[^ ]*/ at=$(stamp 7200) until=$(stamp 93600)/" \
			>late && past notes --ref=migrate/landed add -f -C "$(
			past hash-object -w --stdin <late
		)" "$gm_on"
}

# next_push <command>...: another contract on top of main, which has all its
# approvals, is what eve pushes with it.
next_push() (
	id=20261121_drop_fax && up=migrations/$id/up.sql && gm_fetch && (
		cd eve && git checkout -q -B next origin/main &&
			as eve gm_contract $id 20261101_add_email \
				'ALTER TABLE users DROP COLUMN fax;'
	) && gm_digest=$(digest_of) &&
		plant approvals "$(forge ann)" "$(forge bob role=app-owner)" &&
		"$@"
)

test_expect_success 'an override that no commit names is not used' '
	again && plant overrides "$(override cem)" &&
	plant approvals "$ann" "$bob" && push_taken && test "$(landings)" = 1 &&
	next_push push_taken
'

test_expect_success 'threat 69: an override whose landing nobody records' '
	again && glass "Break-Glass: INC-7" && plant overrides "$(override cem)" &&
	# The connection ends, and git does not run post-receive.
	new=$(git -C eve rev-parse HEAD) && at eve rawpush -x -r "HEAD ^origin/main" \
		../server.git "$(git -C eve rev-parse origin/main) $new refs/heads/main" &&
	test "$(git -C server.git rev-parse main)" = "$new" &&
	test "$(landings)" = 0 &&
	next_push push_refused unapproved &&
	gm_says "follow-up of the override '\''INC-7'\'' is open" out &&
	# Nor is it forgotten where the next push records it, too late.
	gm_fetch && ( cd eve && git checkout -q -B docs origin/main &&
		echo x >README.md && as eve gm_commit "Document it" ) && push_taken &&
	test "$(landings)" = 1 && landed_late &&
	next_push push_refused unapproved &&
	gm_says "follow-up of the override '\''INC-7'\'' is open" out
'

test_done

#!/bin/sh
# The numbers are those of the list of threats, part D.
test_description='attacks on approvals'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/records.sh"

test_expect_success 'a server, and a contract that waits for its approvals' '
	gm_shop && gm_forge_setup
'

test_expect_success 'controls: who may approve, does' '
	bob=$(forge bob role=app-owner) &&
	ann=$(forge ann) &&
	taken_with "$ann" "$bob" &&
	refused_with unapproved "$ann" &&
	refused_with unapproved "$bob" &&
	refused_with unapproved &&
	record_taken approvals "$ann" "$bob"
'

test_expect_success 'threat 46: replay elsewhere' '
	for field in project=other path=migrations/20261120_drop/up2.sql \
		ref=refs/heads/release/1 env=production stage=x \
		phase=expand class=expand
	do
		case $field in
		stage=*)	line=$(forge ann extra="stage=x") ;;
		*)	line=$(forge ann "$field") ;;
		esac &&
		case $field in
		stage=*)	refused_with bad-record "$line" "$bob" ;;
		*)	refused_with unapproved "$line" "$bob" ;;
		esac || return 1
	done &&
	record_refused bad-record approvals "$(forge ann project=other)"
'

test_expect_success 'threat 47: SQL that changed after the approval' '
	again && ( cd eve && printf " " >>"$up" && git add -A &&
		as eve git commit -q --no-verify --amend --no-edit ) &&
	plant approvals "$ann" "$bob" &&
	push_refused unapproved &&
	again && ( cd eve && echo "SELECT 1;" >"migrations/$id/verify.sql" &&
		git add -A && as eve git commit -q --no-verify --amend --no-edit ) &&
	plant approvals "$ann" "$bob" &&
	push_refused unapproved
'

test_expect_success 'SQL that stood for a while in what was pushed' '
	# The push lands by its end; a new branch would land at its middle.
	again && as_policy "\"refs/heads/main\"" \
		"\"refs/heads/main\", \"refs/heads/release/*\"" &&
	plant approvals "$ann" "$bob" && ( cd eve &&
		git checkout -q -B detour origin/main &&
		echo "DROP TABLE users;" | gm_write $up && git add -A &&
		as eve git commit -q --no-verify -C topic &&
		git checkout -q topic -- $up &&
		as eve git commit -q --no-verify -C topic ) &&
	push_taken && push_refused unapproved HEAD~:refs/heads/release/1 &&
	gm_says "never landed as it is" out &&
	at eve git push -q --no-verify origin HEAD:refs/heads/release/1 \
		HEAD~2:refs/heads/release/2
'

test_expect_success 'threat 48: the digest is of SHA-256' '
	line=$(forge ann digest=sha1:$(git -C eve rev-parse "HEAD:$up")) &&
	refused_with bad-record "$line" "$bob" &&
	record_refused bad-record approvals "$line"
'

test_expect_success 'threat 49: approved, landed, and landed again' '
	again && plant approvals "$ann" "$bob" && push_taken &&
	gm_fetch && ( cd eve && git checkout -q -B undo origin/main &&
		git rm -q -r "migrations/$id" && gm_tick &&
		as eve git commit -q --no-verify -m "Take it out" ) &&
	git -C server.git fetch -q ../eve +undo:refs/heads/main &&
	( cd eve && git checkout -q -B back undo &&
		git checkout -q topic -- "migrations/$id" &&
		gm_tick && as eve git commit -q --no-verify -C topic ) &&
	gm_fetch &&
	push_refused unapproved HEAD:main &&
	gm_says "has landed" out
'

test_expect_success 'threat 50: approving by oneself' '
	# eve wrote it: with every role there is she does not count.
	again && as_policy "dba: [ann@example.com, dan@example.com]" \
		"dba: [ann@example.com, dan@example.com, eve@example.com]" &&
	plant approvals "$(forge eve)" "$bob" && push_refused unapproved &&
	plant approvals "$ann" && push_taken
'

test_expect_success 'threat 50: two keys of one person' '
	gm_person ann2 &&
	again && as_policy "app-owner: [bob@example.com]" \
		"app-owner: [bob@example.com, ann@example.com]" &&
	as_signers "ann@example.com $(cut -d" " -f1,2 "$gm_base"/ann2/.ssh/id.pub)" &&
	plant approvals "$ann" \
		"$(forge ann2 role=app-owner signer=ann@example.com)" &&
	push_refused unapproved &&
	gm_says "1 app-owner" out
'

test_expect_success 'threat 51: one signature twice, or made twice' '
	refused_with unapproved "$ann" "$ann" &&
	refused_with unapproved "$ann" "$(forge ann)" "$(forge ann)" &&
	gm_person gus ecdsa && again &&
	as_policy "app-owner: [bob@example.com]" \
		"app-owner: [gus@example.com]" &&
	as_signers "$(gm_signer gus)" &&
	gus=$(forge gus role=dba) &&
	plant approvals "$gus" "$(forge_again gus "$gus")" &&
	push_refused unapproved
'

test_expect_success 'threat 52: one key of two people' '
	policy_refused "eve@example.com $(cut -d" " -f1,2 "$gm_base"/ann/.ssh/id.pub)" &&
	gm_says "ann@example.com" out
'

test_expect_success 'threat 53: principals that match many' '
	for line in "*@example.com" "e*e@example.com" "!ann@example.com,*" \
		"eve@example.com,ann@example.com" "?ve@example.com"
	do
		policy_refused "$line $(cut -d" " -f1,2 "$gm_base"/eve/.ssh/id.pub)" ||
			return 1
	done &&
	# Who signs is not who they say they are.
	line=$(forge eve signer=ann@example.com) &&
	refused_with unapproved "$line" "$bob" &&
	record_refused bad-record approvals "$line" &&
	line=$(forge bob signer=ann@example.com) &&
	refused_with unapproved "$line" "$bob" &&
	record_refused bad-record approvals "$line"
'

test_expect_success 'threat 57: more in the envelope than a signature' '
	sig=$(printf "%s" "$ann" | sed "s/.* sig=ssh://") &&
	head=$(printf "%s" "$ann" | sed "s/ sig=ssh:.*//") &&
	longer=$({ printf "%s" "$sig" | base64 -d; printf "more"; } |
		base64 -w0) &&
	double=$({ printf "%s" "$sig" | base64 -d
		printf "%s" "$sig" | base64 -d; } | base64 -w0) &&
	for bad in "$longer" "$double" "$sig=" "${sig%??}" "" "AAAA"
	do
		refused_with unapproved "$head sig=ssh:$bad" "$bob" ||
			refused_with bad-record "$head sig=ssh:$bad" "$bob" ||
			return 1
		record_refused bad-record approvals "$head sig=ssh:$bad" ||
			return 1
	done
'

test_expect_success 'threat 58: a signature made for something else' '
	for ns in git file override@git-migrate evidence@git-migrate \
		approval@git-migrat
	do
		line=$(forge ann ns=$ns) &&
		refused_with unapproved "$line" "$bob" &&
		record_refused bad-record approvals "$line" || return 1
	done &&
	# A key for something else only.
	again && as_signers "$(gm_signer ann |
		sed "s/ ssh/ namespaces=\"git\" ssh/")" ann &&
	plant approvals "$ann" "$bob" && push_refused unapproved
'

test_expect_success 'threat 59: dates that the signer chooses' '
	refused_with unapproved "$(forge ann at=2026-01-01T00:00:00Z \
		until=2036-01-01T00:00:00Z)" "$bob" &&
	gm_says "expired" out &&
	refused_with unapproved "$(forge ann at=2036-01-01T00:00:00Z \
		until=2036-01-02T00:00:00Z)" "$bob" &&
	refused_with unapproved "$(forge ann until="$(stamp -10)" \
		at="$(stamp -20)")" "$bob" &&
	for bad in 2026-11-21 "2026-11-21T10:00:00" 2026-11-21T10:00:00+01:00 \
		2026-13-21T10:00:00Z 0
	do
		record_refused bad-record approvals "$(forge ann at=$bad)" ||
			return 1
	done
'

test_expect_success 'threat 59: keys that are not valid any more, or not yet' '
	key=$(cut -d" " -f1,2 "$gm_base"/ann/.ssh/id.pub) &&
	again && as_signers \
		"ann@example.com valid-before=\"20260101Z\" $key" ann &&
	plant approvals "$ann" "$bob" && push_refused unapproved &&
	again && as_signers \
		"ann@example.com valid-after=\"20360101Z\" $key" ann &&
	plant approvals "$ann" "$bob" && push_refused unapproved &&
	# Signed while it was valid is of no use later.
	again && as_signers \
		"ann@example.com valid-before=\"20260101Z\" $key" ann &&
	plant approvals "$(forge ann at=2025-12-01T00:00:00Z)" "$bob" &&
	push_refused unapproved &&
	policy_refused "ann@example.com valid-before=\"20360101\" $key" ann
'

test_expect_success 'threat 60, 61: a key that is taken away' '
	again && as_signers "" ann &&
	plant approvals "$ann" "$bob" && push_refused unapproved &&
	gm_says "ann@example.com" out
'

test_expect_success 'threat 62: certificates' '
	policy_refused "*@example.com cert-authority $(cut -d" " -f1,2 \
		"$gm_base"/eve/.ssh/id.pub)" &&
	policy_refused "eve@example.com cert-authority $(cut -d" " -f1,2 \
		"$gm_base"/eve/.ssh/id.pub)" &&
	ssh-keygen -q -s "$gm_base"/root/.ssh/id -I x -n ann@example.com \
		-V always:forever "$gm_base"/eve/.ssh/id.pub &&
	line=$(forge eve signer=ann@example.com cert="$gm_base"/eve/.ssh/id-cert.pub) &&
	refused_with unapproved "$line" "$bob" &&
	record_refused bad-record approvals "$line"
'

test_expect_success 'threat 64: roles as they are now' '
	again && as_policy "dba: [ann@example.com, dan@example.com]" \
		"dba: [dan@example.com]" &&
	plant approvals "$ann" "$bob" && push_refused unapproved &&
	refused_with unapproved "$(forge ann role=app-owner)" \
		"$(forge bob role=dba)" &&
	refused_with unapproved "$(forge ann role=admin)" "$bob"
'

test_expect_success 'threat 65: a rejection cannot be got rid of' '
	digest=$(digest_of) &&
	no=$(forge dan kind=reject target=$digest) &&
	refused_with unapproved "$ann" "$bob" "$no" &&
	gm_says "rejected by dan@example.com" out &&
	# Nor taken back by somebody else, nor pushed away.
	refused_with unapproved "$ann" "$bob" "$no" \
		"$(forge ann kind=revoke target=$(id_of "$no"))" &&
	again && plant approvals "$ann" "$bob" "$no" &&
	hang approvals "$ann" "$bob" &&
	as_refused records-rewritten \
		+refs/notes/migrate/approvals:refs/notes/migrate/approvals &&
	as_refused records-rewritten :refs/notes/migrate/approvals &&
	# Dan changes his mind.
	taken_with "$ann" "$bob" "$no" \
		"$(forge dan kind=revoke target=$(id_of "$no"))"
'

test_expect_success 'threat 65: what is taken back stays so' '
	off=$(forge ann kind=revoke target=$(id_of "$ann")) &&
	refused_with unapproved "$ann" "$bob" "$off" &&
	refused_with unapproved "$ann" "$bob" "$off" \
		"$(forge ann kind=revoke target=$(id_of "$off"))" &&
	refused_with unapproved "$ann" "$bob" \
		"$(forge root kind=revoke role=admin target=$(id_of "$ann"))" &&
	# Somebody else cannot, nor can she what is not hers.
	taken_with "$ann" "$bob" \
		"$(forge bob role=app-owner kind=revoke target=$(id_of "$ann"))"
'

test_expect_success 'threat 66: floods' '
	long=$(awk "BEGIN { while (n++ < 9000) printf \"x\" }") &&
	record_refused bad-record approvals "$(forge ann why=$long)" &&
	again && one=$(forge ann) &&
	awk -v line="${one%% nonce=*}" "BEGIN { for (i = 0; i < 300; i++)
		printf \"%s nonce=%032x sig=ssh:AAAA\\n\", line, i }" >flood &&
	hang_file approvals flood &&
	as_refused bad-record refs/notes/migrate/approvals &&
	# Nor does one signer fill the note, so that nobody could reject.
	again && for n in $(seq 65); do forge bob role=app-owner && echo; done \
		>flood && hang_file approvals flood &&
	as_refused bad-record refs/notes/migrate/approvals &&
	gm_says "more than 64 lines" out &&
	again && sed 1d flood >less && hang_file approvals less &&
	at eve git push -q --no-verify origin refs/notes/migrate/approvals &&
	hang approvals "$(forge ann kind=reject "target=$gm_digest")" &&
	at eve git push -q --no-verify origin refs/notes/migrate/approvals &&
	push_refused unapproved
'

test_expect_success 'threat 67: notes that tools read differently' '
	for form in upper tree link twice nul other
	do
		again && odd_notes $form &&
		as_refused records-rewritten refs/notes/migrate/approvals &&
		plant_ref refs/notes/migrate/approvals &&
		push_refused "" || {
			echo "the form was $form"
			return 1
		}
	done
'

test_expect_success 'threat 68: another class than was approved' '
	for class in neutral expand backfill opaque
	do
		refused_with unapproved "$(forge ann class=$class)" "$bob" ||
			return 1
	done
'

test_expect_success 'records that are not written as we write them' '
	for bad in "gm1 approve" "GM1 approve" "gm2 approve" "${ann% *}" \
		" $ann" "$ann " "$(echo "$ann" | sed "s/ ref=/  ref=/")" \
		"$(echo "$ann" | sed "s/ ref=[^ ]*//")" \
		"$(echo "$ann" | sed "s/ ref=/ ref=x ref=/")" \
		"$(echo "$ann" | sed "s/\( ref=[^ ]*\)\( env=[^ ]*\)/\2\1/")" \
		"$(echo "$ann" | sed "s/=shop/=%73hop/")" \
		"$(echo "$ann" | sed "s/=shop/=sho%7/")" \
		"$(echo "$ann" | sed "s/ role=/ rôle=/")" \
		"$(echo "$ann" | tr " " "\t")" \
		"$(echo "$ann" | sed "s/ at=/ colour=red at=/")" \
		"<<<<<<< mine"
	do
		record_refused bad-record approvals "$bad" &&
		refused_with bad-record "$ann" "$bob" "$bad" || return 1
	done
'

test_expect_success 'records in the wrong place' '
	record_refused bad-record overrides "$ann" &&
	record_refused bad-record evidence "$ann" &&
	again && plant overrides "$ann" "$bob" && push_refused ""
'

test_expect_success 'threat 69: an override that is none' '
	trailer="Break-Glass: INC-7" &&
	for lines in "" "$ann"
	do
		again && glass "$trailer" && test -z "$lines" ||
			plant approvals "$lines" &&
		push_refused unapproved || return 1
	done &&
	again && glass "$trailer" && git -C server.git config \
		receive.advertisePushOptions true &&
	push_refused unapproved -o break-glass=INC-7 HEAD:main &&
	git -C server.git config --unset receive.advertisePushOptions &&
	again && glass "$trailer" && ( MIGRATE_BREAK_GLASS=INC-7 &&
		export MIGRATE_BREAK_GLASS && push_refused unapproved ) &&
	# Signed by somebody who may not, or as something else.
	glass_refused ann &&
	glass_refused cem kind=approve &&
	glass_refused cem ns=approval@git-migrate &&
	glass_refused cem at=2026-01-01T00:00:00Z until=2026-01-01T01:00:00Z &&
	glass_refused cem at="$(stamp -18000)" &&
	glass_refused cem project=other &&
	glass_refused cem digest=sha256:$(printf %064d 0) &&
	glass_refused cem ref=refs/heads/other &&
	glass_refused cem ticket=INC-8
'

test_expect_success 'threat 69: an override, once' '
	again && glass "$trailer" && plant overrides "$(override cem)" &&
	push_taken && gm_says "by the override" out &&
	gm_says "break-glass --close" out
'

test_expect_success 'threat 65, 69: an override of a rejection' '
	for no in "$(forge dan kind=reject "target=$gm_digest")" \
		"$(forge bob role=app-owner kind=reject "target=$gm_digest")"
	do
		again && glass "$trailer" && plant overrides "$(override cem)" &&
		plant approvals "$no" && push_refused unapproved &&
		gm_says "rejected by" out || return 1
	done &&
	# Cem, who may break the glass, cannot take it back; an admin can.
	plant approvals "$(forge cem role=incident-owner kind=revoke \
		"target=$(id_of "$no")")" && push_refused unapproved &&
	plant approvals "$(forge root role=admin kind=revoke \
		"target=$(id_of "$no")")" && push_taken
'

test_expect_success 'threat 70: an override of the policy, or of records' '
	again && ( cd eve && git checkout -q -B lower origin/main &&
		sed "s/^version: 1/version: 2/" .migrate/policy.yaml >p &&
		mv p .migrate/policy.yaml && gm_commit "Lower

$trailer" ) && glass_for .migrate/policy.yaml &&
	push_refused policy-change &&
	again && glass "$trailer" && plant overrides "$(override cem)" &&
	plant approvals "$ann" && hang approvals "$bob" &&
	as_refused records-rewritten \
		+refs/notes/migrate/approvals:refs/notes/migrate/approvals
'

test_done

#!/bin/sh
test_description='git migrate explain'
. "$(dirname "$0")/lib.sh"

test_expect_success 'the list names every rule with its severity' '
	git migrate explain >out 2>err &&
	test_must_be_empty err &&
	grep "^mixed-destructive  *error  *destructive SQL" out &&
	grep "^missing-down  *warning  " out &&
	awk "length > 80" out >wide &&
	test_must_be_empty wide &&
	test "$(wc -l <out)" -gt 20
'

test_expect_success 'a rule is explained' '
	git migrate explain mixed-destructive >out &&
	grep "^mixed-destructive: " out &&
	grep "^severity: error\$" out &&
	grep "^Why it hurts\$" out &&
	grep "^What to do instead\$" out &&
	gm_silent "##" out
'

test_expect_success 'fixed rules and hazards say so' '
	git migrate explain policy-change >out &&
	gm_says "a policy cannot change" out &&
	git migrate explain index-not-concurrent >out &&
	gm_says "silenced by: -- migrate: allow index-not-concurrent" out
'

test_expect_success 'a mistyped rule is not found, with a guess' '
	gm_status 128 git migrate explain mixed-destrutive >out 2>err &&
	test_must_be_empty out &&
	gm_says "Did you mean '\''mixed-destructive'\''?" err &&
	gm_status 128 git migrate explain "" 2>err &&
	gm_status 128 git migrate explain "$(printf "a\033b")" 2>err &&
	gm_says "a\\eb" err
'

test_expect_success 'the policy of the repository counts' '
	gm_repo shop &&
	( cd shop &&
	echo "rules: {mixed-expand: error, missing-down: off}" | gm_policy &&
	git migrate explain mixed-expand >../before &&
	gm_commit Policy &&
	git migrate explain mixed-expand >../after &&
	git migrate explain >../list ) &&
	grep "^severity: warning\$" before &&
	gm_says "severity: error, set by the policy of this repository (default: warning)" after &&
	grep "^mixed-expand  *error  *\* " list &&
	grep "^missing-down  *off  *\* " list &&
	gm_says "* set by the policy" list
'

test_expect_success 'a broken policy does not keep anything from being explained' '
	( cd shop && echo "nonsense: 1" >>.migrate/policy.yaml &&
	gm_commit Break && git migrate explain missing-down ) >out 2>err &&
	grep "^severity: warning\$" out &&
	gm_says "note: the policy" err
'

test_expect_success 'json' '
	git migrate explain --format=json >out &&
	gm_says "\"rule\": \"mixed-destructive\"" out &&
	git migrate explain --format=json opaque-sql >out &&
	gm_says "\"default\": \"error\"" out &&
	gm_says "\"text\": \"A statement cannot" out
'

test_done

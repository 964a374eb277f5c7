#!/bin/sh
# The list of attacks, tests/attacks.md, names tests that are there.
. "$(dirname "$0")/lib.sh"

# listed: "<number> <test>" of each line of the list.
listed() {
	sed -n 's/^| \([0-9][0-9]*\) | .* | \([^|]*\) |$/\1 \2/p' tests/attacks.md |
		while read -r number tests; do
			for test in $(echo "$tests" | tr -d ,); do
				echo "$number $test"
			done
		done
}

# tried: the same, of what the tests are called.
tried() {
	grep -E "^test_expect_success.*'threats? [0-9]" tests/e2e/*.t |
		sed -n 's,^tests/e2e/\([^:]*\):.*threats* \([0-9, ]*\).*,\1 \2,p' |
		while read -r test numbers; do
			for number in $(echo "$numbers" | tr , ' '); do
				echo "$number $test"
			done
		done
}

listed | sort -u >"$tmp/listed"
tried | sort -u >"$tmp/tried"

empty 'each attack is on the list, once' "$(
	seq 94 >"$tmp/numbers"
	sed -n 's/^| \([0-9][0-9]*\) .*/\1/p' tests/attacks.md |
		diff "$tmp/numbers" - | grep '^[<>]'
)"

empty 'each is tried where the list says' "$(
	sort -u "$tmp/tried" >"$tmp/sorted" && comm -23 "$tmp/listed" "$tmp/sorted"
)"

empty 'each that is tried is on the list' "$(
	comm -13 "$tmp/listed" "$tmp/tried"
)"

finish

#!/bin/sh
# Every rule is explained, and every rule has a push or a commit that shows it
# at work.
. "$(dirname "$0")/lib.sh"
build_needed

# The definitions in one line, without the comment above them.
sed '/^[/ ]\*/d' src/base/rules.def | tr -d '\n' >"$tmp/def"
rules=$(grep -o 'GM_RULE([A-Z0-9_]*,[[:space:]]*"[a-z0-9-]*"' "$tmp/def" |
	sed 's/.*"\(.*\)"/\1/')

empty 'rules.def lists rules' "$(test -n "$rules" || echo none)"

empty 'every rule has a text, and every text a rule' "$(
	for rule in $rules; do echo "$rule.md"; done | LC_ALL=C sort >"$tmp/want"
	for file in templates/rules/*; do basename "$file"; done |
		LC_ALL=C sort | diff "$tmp/want" -
)"

empty 'the texts fit a terminal and have their parts' "$(
	for file in templates/rules/*.md; do
		awk -v file="$file" '
		length > 72 { print file ":" FNR ": too wide" }
		/[^ -~]/ { print file ":" FNR ": not plain ASCII" }
		/^## / { parts = parts substr($0, 4) ";" }
		END {
			if (NR < 15 || NR > 35)
				print file ": " NR " lines"
			if (parts !~ /^Why it hurts;What to do instead;(Example;)?$/)
				print file ": parts are " parts
		}' "$file"
	done
)"

empty 'every rule is explained' "$(
	cd "$tmp" || exit
	for rule in $rules; do
		"$program" explain "$rule" >out 2>&1 || echo "$rule: status $?"
		grep -q "^$rule: " out || echo "$rule: no title"
		grep -q '^What to do instead$' out || echo "$rule: no advice"
	done
)"

empty 'every rule is seen at work' "$(
	for rule in $rules; do
		# The tests of explain itself show nothing of a rule.
		grep -l -w -e "$rule" tests/e2e/*.t |
			grep -v -x -e tests/e2e/explain.t | grep -q . ||
			echo "$rule: in no test under tests/e2e"
	done
)"

empty 'every rule is used in the program' "$(
	grep -o 'GM_RULE([A-Z0-9_]*' "$tmp/def" | sed 's/.*(//' | while read -r id; do
		grep -q -w -e "GM_RULE_$id" -e "$id" src/*/*.c || echo "$id"
	done
)"
finish

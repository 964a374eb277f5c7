#!/bin/sh
# The manual is complete, correct mdoc, and says what -h says.
. "$(dirname "$0")/lib.sh"
build_needed

man=$build/man/man1
LC_ALL=C
export LC_ALL

# flat <page>: its text without overstrikes and line breaks, one blank between
# words.
flat() {
	mandoc -T ascii "$1" | sed 's/.\x08//g' | tr -s ' \t\n' '   '
}

# section <page> <name>: one section of it, the same way.
section() {
	mandoc -T ascii "$1" | sed 's/.\x08//g' |
		awk -v name="$2" '/^[A-Z]/ { inside = $0 == name; next } inside' |
		tr -s ' \t\n' '   '
}

# usage_words: standard input in one line; "--x=y" is "--x y".
usage_words() {
	tr -s '=\n ' '   ' | sed 's/^ *//; s/ *$//; s/ \.\.\./.../g'
	echo
}

for page in src/cmd/*.1; do
	name=$(basename "$page")
	empty "$name is built from its source" "$(
		"$program" help --fill-manual "$page" 2>&1 |
			diff - "$man/$name" 2>&1
	)"
	empty "$name is correct" "$(
		mandoc -T lint -W warning "$man/$name" 2>&1 |
			grep -v 'referenced manual not found'
	)"
	empty "$name leaves nothing to fill in" "$(grep -n '^\.\\" @' "$man/$name")"
	empty "$name refers to pages that are there" "$(
		sed -n 's/^\.Xr \(git-migrate[a-z-]*\) 1.*/\1/p' "$man/$name" |
			while read -r other; do
				test -f "src/cmd/$other.1" || echo "$other"
			done
	)"
done

for name in $("$program" help --list); do
	page=$man/git-migrate-$name.1
	empty "git-migrate-$name: SYNOPSIS is what -h says" "$(
		"$program" "$name" -h | sed '/^$/,$d; s/^usage: *//' |
			tr -d '<>' | usage_words >"$tmp/want"
		section "$page" SYNOPSIS | usage_words >"$tmp/got"
		# A page may tell several forms apart; then all words count.
		if test "$(grep -o 'git migrate' "$tmp/got" | wc -l)" -gt 1; then
			for file in "$tmp/want" "$tmp/got"; do
				tr -d '[]' <"$file" | tr ' ' '\n' |
					sort -u >"$file.words"
			done
			diff "$tmp/want.words" "$tmp/got.words"
		else
			diff "$tmp/want" "$tmp/got"
		fi
	)"
	empty "git-migrate-$name: every option is there" "$(
		section "$page" OPTIONS >"$tmp/options"
		for option in $("$program" "$name" --git-completion-helper --); do
			grep -q -e "${option%=}" "$tmp/options" || echo "$option"
		done
	)"
done

flat "$man/git-migrate.1" >"$tmp/all"
empty 'git-migrate.1 names every command' "$(
	for name in $("$program" help --list); do
		grep -q "git-migrate-$name(1)" "$tmp/all" || echo "$name"
	done
)"
empty 'git-migrate.1 names every rule' "$(
	for rule in $("$program" explain | awk 'NF == 0 { exit } { print $1 }'); do
		grep -q -e "$rule" "$tmp/all" || echo "$rule"
	done
)"
empty 'git-migrate.1 names every exit status' "$(
	section "$man/git-migrate.1" 'EXIT STATUS' >"$tmp/exit"
	for status in 0 1 128 129; do
		grep -q -w "$status" "$tmp/exit" || echo "$status"
	done
)"
empty 'git-migrate.1 names every configuration key the program reads' "$(
	sed -n 's/.*"\(migrate\.[a-zA-Z]*\)".*/\1/p' src/*/*.c | sort -u |
		while read -r key; do
			grep -q -e "$key" "$tmp/all" || echo "$key"
		done
)"
finish

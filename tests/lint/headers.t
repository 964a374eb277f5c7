#!/bin/sh
# Each header compiles alone, and says what it is for.
. "$(dirname "$0")/lib.sh"

cc=${CC:-cc}
command -v "$cc" >/dev/null || cc=gcc

empty 'each header compiles alone' "$(
	libpq=$(pkg-config --cflags libpq)
	for header in $(sources | grep '\.h$') tests/unit.h; do
		echo "#include \"$header\"" >"$tmp/one.c"
		echo 'extern int gm_unused;' >>"$tmp/one.c"
		# shellcheck disable=SC2086 # flags, one a word
		"$cc" -std=gnu11 -Wall -Wextra -Werror -Wpedantic -fsyntax-only \
			-D_GNU_SOURCE -I. -Isrc $libpq \
			"$tmp/one.c" 2>&1 | head -n 5
	done
)"

empty 'each header is guarded by its own name' "$(
	for header in $(sources | grep '\.h$'); do
		guard=GM_$(echo "${header#src/}" | tr 'a-z/.' 'A-Z__')
		grep -q "^#ifndef $guard\$" "$header" || echo "$header: not $guard"
		grep -q "^#define $guard\$" "$header" || echo "$header: not $guard"
	done
)"

empty 'each header says what it is for' "$(
	for header in $(sources | grep '\.h$'); do
		name=${header#src/}
		sed -n 2p "$header" | grep -q "^ \* [a-z/]*: " ||
			sed -n 2p "$header" | grep -q "^ \* ${name%.h}: " ||
			echo "$header: begins with $(sed -n 2p "$header")"
	done
)"

empty 'everything with linkage begins with gm_' "$(
	test -f "$build/libgm.a" || exit
	nm -g --defined-only "$build/libgm.a" 2>/dev/null |
		awk 'NF == 3 && $3 !~ /^(gm_|__|_)/ { print $3 }' | sort -u
)"
finish

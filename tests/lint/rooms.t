#!/bin/sh
# A room includes only the rooms below it, and a library's headers only the
# room that is made for it.  src/README.md is the map.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # names without blanks
set -- $(sources)

# The rooms and what they may include, from the table of src/README.md.
awk -F '|' '
function rooms(text) { gsub(/[`,\/]/, " ", text); return text }
/^\| `/ {
	room = rooms($2)
	gsub(/ /, "", room)
	below = rooms($4)
	if (below ~ /all below/)
		below = all
	all = all " " room
	print room, room, below
	if (room !~ /[.]c$/)
		names[++n] = room
}
' src/README.md >"$tmp/top-down"
# "all below" is what the lines after it name.
awk '{ line[NR] = $0; name[NR] = $1 }
END {
	for (i = 1; i <= NR; i++) {
		if (name[i] == "cmd")
			for (j = i + 1; j <= NR; j++)
				line[i] = line[i] " " name[j]
		print line[i]
	}
}' "$tmp/top-down" >"$tmp/map"

empty 'src/README.md lists the rooms' "$(
	for room in src/*/; do basename "$room"; done | LC_ALL=C sort >"$tmp/dirs"
	awk '$1 !~ /[.]c$/ { print $1 }' "$tmp/map" | LC_ALL=C sort |
		diff - "$tmp/dirs"
)"

empty 'rooms include downwards' "$(awk '
NR == FNR { below[$1] = " " $0 " "; next }
/^#include "/ {
	split(FILENAME, path, "/")
	split($2, target, "/")
	to = substr(target[1], 2)
	if (!index(below[path[2]], " " to " "))
		print FILENAME ":" FNR ": " path[2] " may not use " to
}' "$tmp/map" "$@")"

empty 'each library has its room' "$(awk '
BEGIN {
	owner["git2.h"] = "git"
	owner["pg_query.h"] = "sql"
	owner["yaml.h"] = "policy rollout"
	owner["libpq-fe.h"] = "db"
	owner["curl"] = "rollout"
	owner["nettle"] = owner["unicase.h"] = owner["uninorm.h"] = "base"
}
/^#include </ {
	split(FILENAME, path, "/")
	name = $2
	gsub(/[<>]/, "", name)
	sub(/^git2\/.*/, "git2.h", name)
	sub(/^pg_query\/.*/, "pg_query.h", name)
	sub(/^nettle\/.*/, "nettle", name)
	sub(/^curl\/.*/, "curl", name)
	if ((name in owner) &&
	    !index(" " owner[name] " ", " " path[2] " "))
		print FILENAME ":" FNR ": <" name "> belongs to " owner[name]
}' "$@")"

# The test can fail: a wrong include is found.
printf '#include "cmd/cmd.h"\n' >"$tmp/bad.c"
empty 'a wrong include would be found' "$(
	mkdir -p "$tmp/src/sql" && mv "$tmp/bad.c" "$tmp/src/sql/bad.c"
	cd "$tmp" && awk '
	NR == FNR { below[$1] = " " $0 " "; next }
	/^#include "/ {
		split(FILENAME, path, "/")
		split($2, target, "/")
		if (!index(below[path[2]], " " substr(target[1], 2) " "))
			found = 1
	}
	END { if (!found) print "it was not" }' map src/sql/bad.c
)"
finish

#!/bin/sh
# Functions that nobody should call, marks of unfinished work, paths that
# exist on one machine only.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # names without blanks
set -- $(sources)

# code: the sources without comments and string literals, with their places.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		line = $0
		gsub(/\\./, "", line)
		gsub(/"[^"]*"/, "\"\"", line)
		out = ""
		while (line != "") {
			if (inside) {
				end = index(line, "*/")
				if (!end)
					break
				line = substr(line, end + 2)
				inside = 0
			}
			start = index(line, "/*")
			if (!start) {
				out = out line
				break
			}
			out = out substr(line, 1, start - 1)
			line = substr(line, start + 2)
			inside = 1
		}
		print FILENAME ":" FNR ": " out
	}' "$@"
}

banned='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol'
banned="$banned|atof|system|popen|gmtime|localtime|ctime|asctime|mktemp"
banned="$banned|tmpnam|tempnam|alloca|setjmp|longjmp|scanf|sscanf|strerror"

empty 'no banned functions' "$(code "$@" |
	grep -E "(^|[^A-Za-z0-9_>.])($banned)[[:space:]]*\(")"

empty 'a banned function would be found' "$(
	printf 'int f(void)\n{\n\treturn system("strcpy(x)"); /* no */\n}\n' \
		>"$tmp/bad.c"
	code "$tmp/bad.c" |
		grep -q -E "(^|[^A-Za-z0-9_>.])($banned)[[:space:]]*\(" ||
		echo 'it was not'
	printf '/*\n * system(x)\n */\nchar *s = "system(x)";\n' >"$tmp/good.c"
	code "$tmp/good.c" | grep -E "$banned"
)"

empty 'nothing but main and cmd prints or exits' "$(
	code "$@" | grep -v -E '^src/(main\.c|cmd/)' |
		grep -E '(^|[^A-Za-z0-9_])(printf|puts|perror|exit|_exit)[[:space:]]*\(' |
		grep -v -E '^src/(base/(base|arena|child|twin)|db/(keeper|launch))\.c:'
)"

empty 'no typedef of a struct or enum' "$(
	code "$@" | grep -E 'typedef[[:space:]]+(struct|enum|union)'
)"

empty 'no line comments' "$(code "$@" | grep -E '(^|[^:])//')"

marks='TO''DO|FIX''ME|X''XX:|HA''CK'
empty 'no marks of unfinished work' "$(
	tree | grep -v '^tests/lint/banned.t$' |
		xargs grep -n -I -E "(^|[^A-Za-z])($marks)([^A-Za-z]|\$)" /dev/null
)"

empty 'no paths of one machine' "$(
	tree | grep -v '^tests/lint/banned.t$' |
		xargs grep -n -I -E '(^|[^A-Za-z0-9_.{}"$-])/(work|home|root)/' /dev/null
)"

empty 'nothing that was generated is committed' "$(
	git ls-files | grep -E '\.(o|a|so|gcda|gcno|orig|rej|swp)$|^build'
)"

empty 'files end in one newline, without blanks at ends of lines' "$(
	tree | grep -E '\.(c|h|def|sh|t|md|1|awk)$|^Makefile$|^hooks/' |
		while read -r file; do
		test -s "$file" || continue
		test -z "$(tail -c 1 "$file")" || echo "$file: no newline"
		test -n "$(tail -c 2 "$file" | tr -d '\n')" ||
			test "$(wc -c <"$file")" -lt 2 || echo "$file: blank end"
		case $file in
		*.c | *.h | *.def | *.1 | Makefile)
			grep -n '[[:blank:]]$' "$file" | sed "s|^|$file:|" ;;
		esac
	done
)"
finish

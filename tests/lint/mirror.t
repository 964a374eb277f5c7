#!/bin/sh
# Tests stand where the code does: a unit test for each source file, and for
# each command a manual page and an end-to-end test.  A long test may be split:
# push_records.c is a test of push.c.
. "$(dirname "$0")/lib.sh"

# dashed <names>: as they are typed.
dashed() {
	printf '%s\n' "$1" | tr _ -
}

empty 'each source file has its unit test' "$(
	for file in src/*/*.c; do
		case $file in src/cmd/*) continue ;; esac
		test=tests/unit/${file#src/}
		test -f "$test" || ls "${test%.c}"_*.c >/dev/null 2>&1 ||
			echo "no $test"
	done
)"

empty 'each unit test has its source file' "$(
	for file in tests/unit/*/*.c; do
		source=src/${file#tests/unit/}
		test -f "$source" || test -f "${source%_*}.c" ||
			echo "no $source"
	done
)"

empty 'each command is one file' "$(
	for name in $(commands); do
		grep -q "^const struct gm_cmd gm_cmd_$name = {" "src/cmd/$name.c" ||
			echo "no gm_cmd_$name in src/cmd/$name.c"
	done
)"

empty 'each command has a manual page' "$(
	for name in $(commands); do
		grep -q GM_CMD_HIDDEN "src/cmd/$name.c" && continue
		page=src/cmd/git-migrate-$(dashed "$name").1
		test -f "$page" || echo "no $page"
	done
)"

empty 'each page has its command' "$(
	for page in src/cmd/*.1; do
		name=$(basename "$page" .1)
		test "$name" = git-migrate && continue
		dashed "$(commands)" | grep -q -x -e "${name#git-migrate-}" ||
			echo "$page"
	done
)"

empty 'each command has an end-to-end test' "$(
	for name in $(commands); do
		test=tests/e2e/$(dashed "$name").t
		test -f "$test" || echo "no $test"
	done
)"

empty 'each hook calls the program, and is one of git'"'"'s' "$(
	for hook in hooks/*; do
		name=$(basename "$hook")
		test -x "$hook" || echo "$hook is not executable"
		grep -q "^exec git migrate hook $name \"\$@\"\$" "$hook" ||
			echo "$hook does not call git migrate hook $name"
	done
)"

empty 'tests are executable' "$(
	for file in tests/e2e/*.t tests/lint/*.t tests/lint/run; do
		test -x "$file" || echo "$file"
	done
)"

empty 'files are not too long' "$(
	wc -l src/*/*.c src/*/*.h | awk '$2 != "total" && $1 > 800'
)"
finish

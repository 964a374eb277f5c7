#!/bin/sh
# Help always works, and wrong usage is always told apart.
. "$(dirname "$0")/lib.sh"
build_needed
cd "$tmp" || exit 1

# asked <words>: run it; says what is wrong with its answer.
asked() {
	"$program" "$@" >out 2>err || echo "status $?"
	test -s out || echo 'nothing on standard output'
	test -s err && echo 'something on standard error'
	test -z "$(tail -c 1 out)" || echo 'no newline at the end'
	awk 'length > 80 { print "too wide: " $0 }' out
	grep -n '[[:blank:]]$' out | sed 's/^/blank at the end: /'
}

# refused <words>: wrong usage; says what is wrong with the answer.
refused() {
	"$program" "$@" >out 2>err
	status=$?
	test $status = 129 || echo "status $status"
	test -s out && echo 'something on standard output'
	grep -q '^usage: ' err || echo 'no usage'
}

empty 'git migrate -h' "$(asked -h)"
empty 'git migrate --version' "$(asked --version)"
empty 'git migrate' "$(refused)"
empty 'git migrate with an unknown command' "$(refused no-such-command)"
empty '-h lists each command' "$(
	"$program" -h >out
	for name in $("$program" help --list); do
		grep -q "^    $name " out || echo "$name"
	done
)"

for name in $("$program" help --list) help; do
	empty "git migrate $name -h" "$(asked "$name" -h)"
	empty "git migrate help $name" "$(asked help "$name")"
	empty "git migrate $name with an unknown option" \
		"$(refused "$name" --no-such-option)"
	empty "git migrate $name: summary and usage" "$(
		"$program" "$name" -h >out
		head -n 1 out | grep -q "^usage: git migrate $name" || head -n 1 out
		summary=$(awk 'NF == 0 { getline; print; exit }' out)
		case $summary in
		'    '[a-z]*[!.]) ;;
		*) echo "summary: $summary" ;;
		esac
	)"
done
finish

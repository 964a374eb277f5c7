#!/bin/sh
# A push of one commit through the pre-receive hook, against the same push
# through a hook that accepts everything.
. "$(dirname "$0")/lib.sh"

runs=${BENCH_RUNS:-21}
git init -q "$dir/work"
cd "$dir/work" || exit 1 || exit 1
mkdir -p app
git migrate init >/dev/null
rm -f .git/hooks/*
git add -A
git commit -q -m "Start"
n=0
while test $n -lt 50; do
	n=$((n + 1))
	id=$(printf '2020%010d_t%d' $n $n)
	mkdir -p "migrations/$id"
	echo "CREATE TABLE t$n (id bigint);" >"migrations/$id/up.sql"
	echo "DROP TABLE t$n;" >"migrations/$id/down.sql"
done
git add -A
git commit -q -m "What there is already"
for kind in guarded open; do
	git init -q --bare "$dir/$kind.git"
	git push -q "$dir/$kind.git" main
done
git -C "$dir/guarded.git" migrate init --server --project work >/dev/null
printf '#!/bin/sh\nexec true\n' >"$dir/open.git/hooks/pre-receive"
chmod +x "$dir/open.git/hooks/pre-receive"
rm -f "$dir/guarded.git/hooks/post-receive"

# One commit more for each run and each server, made beforehand.
# one <kind> <what>: a script that pushes the next commit of that kind
prepare() {
	i=0
	while test $i -le "$runs"; do
		i=$((i + 1))
		case $1 in
		app) echo "$i" >app/file ;;
		migration)
			id=$(printf '2021%010d_n%d' $i $i)
			mkdir -p "migrations/$id"
			echo "ALTER TABLE t1 ADD COLUMN c$i int;" \
				>"migrations/$id/up.sql"
			echo "ALTER TABLE t1 DROP COLUMN c$i;" \
				>"migrations/$id/down.sql"
			;;
		esac
		git add -A
		git commit -q -F - <<-EOF
		Change $1 $i
		$(test "$1" = app || printf '\n%s\n%s\n%s\n%s' \
			'Migration-Phase: expand' 'Rollback-Window: 24h' \
			'Rollback-Owner: Ann Lee <ann@example.com>' \
			"Feature-Flag: F$i")
		EOF
		git tag "$1-$i"
	done
}
for what in app migration; do
	prepare $what
	for kind in guarded open; do
		cat >"$dir/push-$kind" <<-EOF
		#!/bin/sh
		n=\$(cat "$dir/at-$kind-$what" 2>/dev/null || echo 0)
		n=\$((n + 1))
		echo \$n >"$dir/at-$kind-$what"
		git push -q "$dir/$kind.git" "refs/tags/$what-\$n^{commit}:refs/heads/main"
		EOF
		chmod +x "$dir/push-$kind"
	done
	echo "a push of one commit ($what):"
	"$bench/measure" --runs "$runs" --difference \
		"with the guard=$dir/push-guarded" \
		"with 'exec true'=$dir/push-open"
	test "$(git -C "$dir/guarded.git" rev-parse main)" = \
		"$(git -C "$dir/open.git" rev-parse main)" || {
		echo "error: the guard refused a push" >&2
		exit 1
	}
done

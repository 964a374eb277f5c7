#!/bin/sh
# The manifests of 200 migrations for three environments, as one commit,
# against the same bytes through git fast-import.
# shellcheck disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"
gm_e2e=$bench/../e2e
. "$gm_e2e/rollout.sh"

n=${BENCH_MIGRATIONS:-200}
git init -q "$dir/work"
cd "$dir/work" || exit 1
gm_policy() {
	mkdir -p .migrate
	{ printf 'version: 1\nproject: shop\n' && cat; } >.migrate/policy.yaml
}
gm_rollout_policy
git add -A
git commit -q -m Policy

# data <text>: as fast-import wants it.
data() {
	printf 'data %d\n%s\n' "${#1}" "$1"
}

i=0
while test $i -lt "$n"; do
	i=$((i + 1))
	echo "commit refs/heads/main"
	echo "committer Ann Lee <ann@example.com> $((1795248000 + i)) +0000"
	data "Add a column

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: FEATURE_$i"
	test $i -gt 1 || echo "from refs/heads/main^0"
	id=$(printf '2020%010d_column_%d' $i $i)
	echo "M 100644 inline migrations/$id/up.sql"
	data "ALTER TABLE users ADD COLUMN c_$i text;"
	echo "M 100644 inline migrations/$id/down.sql"
	data "ALTER TABLE users DROP COLUMN c_$i;"
done | git fast-import --quiet
git clone -q --bare "$dir/work" "$dir/start.git"

# fresh <repository> <command>: run it in a repository without the manifests.
fresh() {
	echo "rm -rf $1 && cp -r $dir/start.git $1 && git -C $1 $2"
}
emit="migrate emit --all --env develop --env staging --env production"
sh -c "$(fresh "$dir/emitted.git" "$emit --commit flux")" >/dev/null
git -C "$dir/emitted.git" fast-export flux >"$dir/stream"
files=$(git -C "$dir/emitted.git" ls-tree -r flux | wc -l)

echo "emit of $n migrations for 3 environments ($files files):"
"$bench/measure" --runs "${BENCH_RUNS:-5}" \
	"emit=$(fresh "$dir/emitted.git" "$emit --commit flux")" \
	"git fast-import=$(fresh "$dir/imported.git" \
		"fast-import --quiet <$dir/stream")"
test "$(git -C "$dir/emitted.git" rev-parse 'flux^{tree}')" = \
	"$(git -C "$dir/imported.git" rev-parse 'flux^{tree}')" || {
	echo "error: they wrote different bytes" >&2
	exit 1
}

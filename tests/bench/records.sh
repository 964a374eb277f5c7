#!/bin/sh
# What verifying costs: one migration among a hundred thousand records against
# one among ten, and a thousand migrations with three approvals each against as
# many runs of `ssh-keygen -Y verify`.
. "$(dirname "$0")/lib.sh"

runs=${BENCH_RUNS:-7}
many=${BENCH_MIGRATIONS:-1000}
mkdir "$dir/keys" "$dir/bare"
for name in ann bob cem; do
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/keys/$name"
	printf '%s@example.com namespaces="*@git-migrate" ' $name
	cat "$dir/keys/$name.pub"
done >"$dir/signers"

# make_repo <dir> <migrations> <notes on other objects> [<options of records>]
make_repo() {
	repo=$1 migrations=$2 others=$3
	shift 3
	git init -q "$repo"
	"$bench/history" $((2 * migrations + 2)) $((migrations + 1)) |
		git -C "$repo" fast-import --quiet
	git -C "$repo" reset -q --hard main
	mkdir "$repo/.migrate"
	cp "$dir/signers" "$repo/.migrate/allowed_signers"
	cat >"$repo/.migrate/policy.yaml" <<-\EOF
	version: 1
	project: shop
	roles:
	  dba: [ann@example.com]
	  app-owner: [bob@example.com]
	  lead: [cem@example.com]
	approvals:
	  expand: {need: {dba: 1, app-owner: 1, lead: 1}}
	EOF
	git -C "$repo" add .migrate
	git -C "$repo" commit -q -m "Say who approves"
	git -C "$repo" migrate log --format=json >"$dir/log.json"
	(cd "$repo" && "$bench/records" "$@" "$dir/log.json" \
		2026-01-01T00:00:00Z "$dir/keys" "$others" \
		ann=dba bob=app-owner cem=lead |
		git fast-import --quiet)
	test "$(find "$repo/migrations" -name up.sql | wc -l)" -eq "$migrations"
	git -C "$repo" migrate verify >/dev/null
}

echo "verify of one migration with three approvals:"
make_repo "$dir/few" 1 9
make_repo "$dir/hoard" 1 100000
id=$(ls "$dir/few/migrations")
"$bench/measure" --runs "$((3 * runs))" --difference \
	"among 100,000 records=git -C '$dir/hoard' migrate verify $id" \
	"among ten=git -C '$dir/few' migrate verify $id"

echo "$many migrations with three approvals each:"
make_repo "$dir/large" "$many" 0 --bare "$dir/bare"
cat >"$dir/bare.sh" <<EOF
for sig in "$dir"/bare/*.sig; do
	name=\${sig##*/}
	ssh-keygen -q -Y verify -n approval@git-migrate -f "$dir/signers" \
		-s "\$sig" -I "\${name%%.*}@example.com" <"\${sig%.sig}" ||
		exit 2
done
EOF
"$bench/measure" --runs "$runs" \
	"verify=git -C '$dir/large' migrate verify" \
	"$((3 * many)) times ssh-keygen -Y verify=sh '$dir/bare.sh'"

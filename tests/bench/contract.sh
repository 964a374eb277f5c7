#!/bin/sh
# A push of one contract with two approvals through the pre-receive hook,
# against the same push through a hook that accepts everything.
. "$(dirname "$0")/lib.sh"

runs=${BENCH_RUNS:-21}
mkdir "$dir/keys"
for name in ann bob root; do
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/keys/$name"
done
git init -q "$dir/work"
cd "$dir/work" || exit 1
mkdir -p app .migrate
echo 1 >app/file
cat >.migrate/policy.yaml <<\EOF
version: 1
project: shop
rollback_window: none
roles:
  dba: [ann@example.com]
  app-owner: [bob@example.com]
  admin: [root@example.com]
approvals:
  contract: {need: {dba: 1, app-owner: 1}}
  policy: {need: {admin: 1}}
EOF
for name in ann bob root; do
	printf '%s@example.com namespaces="*@git-migrate" ' $name
	cat "$dir/keys/$name.pub"
done >.migrate/allowed_signers
git add -A
git commit -q -m "Start"

# step <id> <up> <down> <subject and trailers>: a commit with one migration
step() {
	mkdir -p "migrations/$1"
	echo "$2" >"migrations/$1/up.sql"
	echo "$3" >"migrations/$1/down.sql"
	git add -A
	printf '%s\n' "$4" | git commit -q -F -
}
last=$((runs + 1))
for i in $(seq $last); do
	step "$(printf '2020%010d_add_c%d' "$i" "$i")" \
		"ALTER TABLE t ADD COLUMN c$i int;" \
		"ALTER TABLE t DROP COLUMN c$i;" \
		"Add c$i

Migration-Phase: expand
Rollback-Window: 1s
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: F$i"
done
git tag expanded
for i in $(seq $last); do
	step "$(printf '2021%010d_drop_c%d' "$i" "$i")" \
		"ALTER TABLE t DROP COLUMN c$i;" \
		"ALTER TABLE t ADD COLUMN c$i int;" \
		"Drop c$i

Migration-Phase: contract
Migration-Contracts: $(printf '2020%010d_add_c%d' "$i" "$i")
Rollback-Window: 1s
Rollback-Owner: Ann Lee <ann@example.com>"
	git tag "drop-$i"
done
git migrate log --format=json >"$dir/log.json"
"$bench/records" "$dir/log.json" 2020-01-01T00:00:00Z "$dir/keys" 0 \
	ann=dba bob=app-owner | git fast-import --quiet

for kind in guarded open; do
	git init -q --bare "$dir/$kind.git"
	git push -q "$dir/$kind.git" expanded^0:refs/heads/main
	cat >"$dir/push-$kind" <<-EOF
	#!/bin/sh
	n=\$(cat "$dir/at-$kind" 2>/dev/null || echo 0)
	n=\$((n + 1))
	echo \$n >"$dir/at-$kind"
	git push -q "$dir/$kind.git" "refs/tags/drop-\$n^{commit}:refs/heads/main"
	EOF
	chmod +x "$dir/push-$kind"
done
git -C "$dir/guarded.git" migrate init --server --project shop >/dev/null
printf '#!/bin/sh\nexec true\n' >"$dir/open.git/hooks/pre-receive"
chmod +x "$dir/open.git/hooks/pre-receive"
rm -f "$dir/guarded.git/hooks/post-receive"
for kind in guarded open; do
	git push -q "$dir/$kind.git" main:refs/heads/next
	sleep 2
	if test $kind = guarded && git push -q "$dir/guarded.git" \
		"refs/tags/drop-1^{commit}:refs/heads/main" 2>/dev/null; then
		echo "error: the guard asks for no approval" >&2
		exit 1
	fi
	git push -q "$dir/$kind.git" refs/notes/migrate/approvals
done

echo "a push of one contract with two approvals:"
"$bench/measure" --runs "$runs" --difference \
	"with the guard=$dir/push-guarded" "with 'exec true'=$dir/push-open"
test "$(git -C "$dir/guarded.git" rev-parse main)" = \
	"$(git -C "$dir/open.git" rev-parse main)" || {
	echo "error: the guard refused a push" >&2
	exit 1
}

#!/bin/sh
test_description='git migrate check: ranges, formats, and repositories of every kind'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/migration.sh"

test_expect_success 'a repository without commits' '
	gm_repo empty &&
	git -C empty migrate check 2>err &&
	gm_says "no commits yet" err &&
	git -C empty migrate check --all &&
	git -C empty migrate check --staged
'

test_expect_success 'no repository at all' '
	mkdir nothing &&
	gm_status 128 git -C nothing migrate check 2>err &&
	gm_says "error:" err
'

test_expect_success 'a repository with a good and a bad commit' '
	gm_repo work &&
	cd work &&
	gm_policy && mkdir app && echo one >app/code &&
	gm_commit "Start" &&
	sql 20260101000000_users "CREATE TABLE users (id bigint);" &&
	gm_commit "Add users

$expand" &&
	sql 20260102000000_drop "DROP TABLE orders;" && echo two >app/code &&
	gm_commit "Drop orders" &&
	cd ..
'

cd work || exit 1

test_expect_success 'ranges: A..B, A.. and A' '
	git migrate check HEAD~2..HEAD~1 >../out &&
	gm_status 1 git migrate check HEAD~1..HEAD >../out &&
	gm_says "[mixed-destructive]" ../out &&
	gm_status 1 git migrate check HEAD~1.. >../out &&
	gm_status 1 git migrate check HEAD~2 >../out &&
	git migrate check HEAD..HEAD >../out
'

test_expect_success 'ranges that cannot be judged' '
	gm_status 129 git migrate check HEAD~1...HEAD 2>../err &&
	gm_says "two dots" ../err &&
	gm_status 128 git migrate check nowhere..HEAD 2>../err &&
	gm_says "nowhere" ../err &&
	gm_status 128 git migrate check 2>../err &&
	gm_says "--set-upstream-to" ../err &&
	gm_status 129 git migrate check --all HEAD~1..HEAD 2>../err &&
	gm_status 129 git migrate check --all --staged 2>../err &&
	gm_status 129 git migrate check --staged HEAD 2>../err &&
	gm_status 129 git migrate check --format=nice HEAD~1.. 2>../err &&
	gm_says "json" ../err
'

test_expect_success 'the way the best compilers say it' '
	gm_status 1 git migrate check HEAD~1.. >../out &&
	gm_says "migrations/20260102000000_drop/up.sql:1:" ../out &&
	gm_says "DROP TABLE orders;" ../out &&
	gm_says "^" ../out &&
	gm_says "Drop orders" ../out &&
	gm_says "app/code" ../out &&
	gm_says "git migrate split" ../out
'

test_expect_success 'json, as the design has it' '
	gm_status 1 git migrate check --format=json HEAD~2.. >../out &&
	python3 - ../out <<-\EOF
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert set(d) == {"version", "verdict", "findings", "migrations"}, d
	assert d["version"] == 1 and d["verdict"] == "refuse"
	for f in d["findings"]:
	    assert set(f) == {"rule", "severity", "message", "commit", "path",
	                      "line", "column", "hint"}, f
	rules = [f["rule"] for f in d["findings"]]
	assert "mixed-destructive" in rules, rules
	assert [m["id"] for m in d["migrations"]] == [
	    "20260101000000_users", "20260102000000_drop"], d["migrations"]
	for m in d["migrations"]:
	    assert set(m) == {"id", "phase", "class", "digest", "path",
	                      "statements"}, m
	    for s in m["statements"]:
	        assert set(s) == {"line", "column", "class", "tag",
	                          "hazards"}, s
	assert d["migrations"][1]["class"] == "contract"
	assert d["migrations"][0]["digest"].startswith("sha256:")
	EOF
'

test_expect_success 'the other formats are what their readers take' '
	for format in tap sarif github gitlab junit
	do
		gm_status 1 git migrate check --format=$format HEAD~2.. \
			>../out.$format || return 1
	done &&
	python3 - .. <<-\EOF &&
	import json, sys, xml.dom.minidom as m
	d = sys.argv[1]
	s = json.load(open(d + "/out.sarif"))
	assert s["version"] == "2.1.0"
	assert s["runs"][0]["results"], s
	g = json.load(open(d + "/out.gitlab"))
	assert all(x["fingerprint"] and x["location"]["path"] for x in g), g
	x = m.parse(d + "/out.junit")
	assert x.getElementsByTagName("failure")
	EOF
	grep "^::error " ../out.github &&
	grep "^not ok " ../out.tap &&
	grep "^1\.\.[1-9]" ../out.tap
'

test_expect_success '@{upstream}..HEAD is what is judged by default' '
	git init -q --bare ../server.git &&
	git remote add origin ../server.git &&
	git push -q origin HEAD~1:refs/heads/main &&
	git fetch -q &&
	git branch -q --set-upstream-to=origin/main &&
	gm_status 1 git migrate check >../out &&
	gm_says "Drop orders" ../out &&
	git push -q origin main &&
	git migrate check >../out
'

test_expect_success '--all judges the whole history as a line of landings' '
	gm_status 1 git migrate check --all >../out &&
	gm_says "[mixed-destructive]" ../out &&
	gm_status 1 git migrate check --all --format=json >../out &&
	gm_says "20260101000000_users" ../out &&
	git migrate check --all HEAD~1 >../out
'

test_expect_success '--staged judges the index, and asks for no trailers' '
	sql 20260103000000_more "ALTER TABLE users ADD COLUMN more text;" &&
	git add migrations &&
	git migrate check --staged >../out &&
	gm_silent "[missing-phase]" ../out &&
	echo "DROP TABLE users;" >migrations/20260103000000_more/up.sql &&
	echo three >app/code &&
	git add -A &&
	gm_status 1 git migrate check --staged >../out &&
	gm_says "[mixed-destructive]" ../out &&
	git reset -q --hard
'

test_expect_success 'a detached HEAD, a linked work tree, a directory below' '
	git checkout -q --detach &&
	gm_status 1 git migrate check HEAD~1.. >../out &&
	git checkout -q main &&
	git worktree add -q ../linked HEAD~1 2>/dev/null &&
	git -C ../linked migrate check HEAD~1.. >../out &&
	gm_status 1 git -C app migrate check HEAD~1.. >../out &&
	gm_status 1 git migrate -C app check HEAD~1.. >../out &&
	gm_status 1 git migrate check -C app HEAD~1.. >../out
'

test_expect_success 'a bare repository' '
	gm_status 1 git -C ../server.git migrate check main~1..main >../out &&
	gm_says "[mixed-destructive]" ../out &&
	gm_status 128 git -C ../server.git migrate check --staged 2>../err
'

test_expect_success 'paths with blanks, quotes, newlines and odd bytes in the app' '
	mkdir -p "app/a b" &&
	name=$(printf "app/a b/\"q\" \\n \\377 \\033[2J") &&
	echo odd >"$name" &&
	sql 20260104000000_drop "DROP TABLE invoices;" &&
	gm_commit "Odd names" &&
	gm_status 1 git migrate check HEAD~1.. >../out &&
	gm_says "[mixed-destructive]" ../out &&
	gm_says "app/a b/" ../out &&
	! grep -q "$(printf "\\033")" ../out &&
	gm_status 1 git migrate check --format=json HEAD~1.. >../out &&
	python3 -m json.tool <../out >/dev/null &&
	git reset -q --hard HEAD~1
'

test_expect_success 'submodules outside of the migrations are app' '
	git update-index --add --cacheinfo \
		160000,$(git rev-parse HEAD),vendor/lib &&
	sql 20260104000000_drop "DROP TABLE invoices;" &&
	git add migrations && git commit -q -m "Submodule" &&
	gm_status 1 git migrate check HEAD~1.. >../out &&
	gm_says "vendor/lib" ../out &&
	git reset -q --hard HEAD~1
'

test_expect_success 'no policy: the built-in one, and a note' '
	gm_repo ../plain &&
	cd ../plain &&
	mkdir app && echo 1 >app/code && gm_commit "Start" &&
	sql 1_a "DROP TABLE a;" && echo 2 >app/code && gm_commit "Mix" &&
	gm_status 1 git migrate check HEAD~1.. >../out 2>../err &&
	gm_says "built-in policy" ../err &&
	gm_says "[mixed-destructive]" ../out &&
	gm_silent "[missing-phase]" ../out &&
	cd ../work
'

# policy_as <what to make of it>: commit that and judge on top of it.
policy_as() {
	gm_repo ../odd && cd ../odd && mkdir .migrate && eval "$1" &&
	gm_commit "Policy" && echo x >file && gm_commit "More" &&
	{ gm_status 128 git migrate check HEAD~1.. 2>../err; result=$?; } &&
	cd ../work && rm -rf ../odd && return "$result"
}

test_expect_success 'a policy that is a link, a directory, or far too large' '
	policy_as "ln -s ../other .migrate/policy.yaml" &&
	gm_says "regular file" ../err &&
	policy_as "mkdir .migrate/policy.yaml && echo 1 >.migrate/policy.yaml/x" &&
	gm_says "regular file" ../err &&
	policy_as "yes \"# ten megabytes of comment\" | head -c 10000000 >.migrate/policy.yaml" &&
	gm_says "larger than" ../err &&
	policy_as "printf \"version: 1\nproject: shop\nversoin: 2\n\" >.migrate/policy.yaml" &&
	gm_says "policy.yaml:3:1" ../err &&
	gm_says "version" ../err
'

test_expect_success 'a branch that main has left behind takes nothing away' '
	gm_repo ../behind && cd ../behind && gm_policy && gm_commit "Start" &&
	git checkout -q -b topic &&
	sql 20260102000000_two "CREATE TABLE two (id bigint);" &&
	gm_commit "Two

$expand" &&
	git checkout -q main &&
	sql 20260101000000_one "CREATE TABLE one (id bigint);" &&
	gm_commit "One

$expand" &&
	git migrate check main..topic >../out 2>../err &&
	gm_silent "deleted-landed" ../out &&
	gm_says "judged from" ../err &&
	git rm -q -r migrations && gm_commit "Take it out" &&
	gm_status 1 git migrate check HEAD~1.. >../out &&
	gm_says "[deleted-landed]" ../out &&
	cd ../work && rm -rf ../behind
'

test_expect_success 'output that does not arrive is no answer' '
	gm_status 128 git migrate check HEAD~2.. >/dev/full 2>../err
'

test_done

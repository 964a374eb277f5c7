#!/bin/sh
test_description='large inputs: a right answer or a clear refusal, in bounded memory'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/migration.sh"

test_expect_success 'a guarded server and a clone' '
	gm_server server.git &&
	git -C server.git migrate init --server --project shop >/dev/null &&
	git -C server.git config migrate.deadline 60000 &&
	git clone -q server.git work 2>/dev/null &&
	cd work &&
	git symbolic-ref HEAD refs/heads/main &&
	gm_policy && echo 1 >code &&
	gm_commit "Start" &&
	git push -q -u origin main &&
	cd ..
'

cd work || exit 1

test_expect_success '50 MB of SQL' '
	mkdir -p migrations/1_big &&
	yes "INSERT INTO t VALUES (1);" | head -c 50000000 \
		>migrations/1_big/up.sql &&
	gm_commit "Big

Migration-Phase: backfill" &&
	gm_status 1 git migrate check >../out &&
	gm_says "[unsafe-content]" ../out &&
	test_must_fail git push 2>../err &&
	gm_says "[unsafe-content]" ../err &&
	git reset -q --hard HEAD~1
'

test_expect_success '100,000 paths in one commit' '
	{
		echo "commit refs/heads/wide" &&
		echo "committer Ann Lee <ann@example.com> 1795248000 +0000" &&
		echo "data 4" && echo "Wide" &&
		echo "from refs/heads/main^0" &&
		i=0 &&
		while test $i -lt 100
		do
			seq -f "M 100644 inline app/d$i/f%g
data 2
x
" 1 1000 && i=$((i + 1)) || return 1
		done &&
		echo "M 100644 inline migrations/1_a/up.sql" &&
		echo "data 13" && echo "DROP TABLE a;"
	} >../stream &&
	git fast-import --quiet --done <<-EOF &&
	$(cat ../stream)
	done
	EOF
	gm_status 1 git migrate check main..wide >../out &&
	gm_says "[mixed-destructive]" ../out &&
	gm_says "100000 app files" ../out &&
	gm_says "more" ../out
'

test_expect_success '10,000 refs in one push' '
	tip=$(git rev-parse main) &&
	seq -f "create refs/heads/many/%g $tip" 1 10000 |
		git update-ref --stdin &&
	git push -q origin "refs/heads/many/*:refs/heads/many/*" &&
	test $(git -C ../server.git for-each-ref refs/heads/many | wc -l) = 10000
'

test_done

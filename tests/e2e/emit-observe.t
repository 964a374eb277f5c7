#!/bin/sh
test_description='the Job of the stage observe, run for real'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"
unset GIT_MIGRATE_NOW

# A server that is Kubernetes and Prometheus: the Job in the file `made` was
# made at the time that stands there, and nothing is ever measured.  What is
# asked goes to `asked`, a line each.
serve() {
	rm -f port
	perl -MIO::Socket::INET -e '
		$SIG{ALRM} = sub { exit };
		alarm 120;
		$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
			Listen => 5) or die;
		open P, ">", "port.new"; print P $s->sockport; close P;
		rename "port.new", "port";
		while ($c = $s->accept) {
			$r = "";
			while (sysread $c, $r, 65536, length $r) {
				next unless $r =~ /\r\n\r\n(.*)/s;
				$body = $1;
				last unless $r =~ /^content-length: *(\d+)/mi;
				last if length $body >= $1;
			}
			open A, ">>", "asked";
			$r =~ s/\r?\n/ | /g; print A "$r\n"; close A;
			open F, "<", "made"; $made = <F>; close F; chomp $made;
			$text = $r =~ m{^GET /apis/} ?
				"{\"kind\":\"Job\",\"metadata\":{\"creationTimestamp\":\"$made\"}}" :
				"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}";
			$status = $made eq "forbidden" ? "403 No" : "200 OK";
			print $c "HTTP/1.0 $status\r\n\r\n$text";
			close $c;
		}' &
	served=$!
	while ! test -s port; do
		kill -0 $served || return 1
		sleep 0.1
	done
	url=http://127.0.0.1:$(cat port)
}

# job: what the Job runs, with what it would mount; exec it in a subshell.
job() {
	sed -n '/^ *command:/,/^ *env:/s/^ *- "\(.*\)"$/\1/p' \
		"$stage/job.yaml" >words
	set --
	while read -r word; do
		case $word in
		/observe/*) word=$stage${word#/observe} ;;
		/account) word=$PWD/account ;;
		https://kubernetes.default.svc/*)
			word=$url${word#https://kubernetes.default.svc} ;;
		esac
		set -- "$@" "$word"
	done <words
	exec "$@"
}

# looks <n>: wait until Prometheus was asked so often.
looks() {
	until test "$(grep -c '^POST' asked)" -ge "$1"; do
		kill -0 "$pid" || return 1
		sleep 0.1
	done
}

ago() {
	date -u -d "-$1" +%Y-%m-%dT%H:%M:%SZ
}

test_expect_success 'set up' '
	serve && gm_rollout shop \
		"observe: {prometheus: \"$url\", every: 1s, window: 1h, queries: {errors: {query: \"up == 0\", max: 0.01}}}" &&
	git -C shop migrate emit 20260101 --env staging -o ../out >/dev/null &&
	stage=$PWD/out/flux/migrations/staging/20260101-phone/60-observe &&
	mkdir account && echo s3cret >account/token && : >account/ca.crt
'

test_expect_success 'a pod that is lost half-way does not begin the window anew' '
	ago "10 min" >made && began=$(date -d "$(cat made)" +%s) &&
	{ ( job ) >out1 2>&1 & } && pid=$! &&
	looks 1 && kill -KILL $pid && { wait $pid || :; } &&
	grep "^POST" asked | head -n 1 >first &&
	gm_says "start=$began&" first &&
	mv asked asked.first && : >asked &&
	{ ( job ) >out2 2>&1 & } && pid=$! &&
	looks 1 && kill -TERM $pid && { wait $pid || :; } &&
	grep "^POST" asked | head -n 1 >second &&
	gm_says "start=$began&" second
'

test_expect_success 'Kubernetes is asked for this very Job, with the token' '
	name=$(sed -n "s/^  name: \"\(.*\)\"/\1/p" "$stage/job.yaml" | head -n 1) &&
	gm_says "GET /apis/batch/v1/namespaces/staging/jobs/$name HTTP" \
		asked.first &&
	gm_says "Authorization: Bearer s3cret" asked.first &&
	grep "^POST" asked.first >posts && gm_silent s3cret posts
'

test_expect_success 'its window ends where that of the first pod would have' '
	ago "2 hours" >made && began=$(date -d "$(cat made)" +%s) && : >asked &&
	gm_status 3 sh -c "exit \$1" x "$( ( job ) >out3 2>&1; echo $? )" &&
	gm_says "measured nothing" out3 &&
	gm_says "start=$began&end=$((began + 3600))&" asked
'

test_expect_success 'the Job has time for the window, and may ask' '
	seconds=$(sed -n "s/.*activeDeadlineSeconds: //p" "$stage/job.yaml") &&
	test "$seconds" -gt 3600 &&
	accounts=$stage/../flux/accounts.yaml &&
	grep -A 12 "^kind: \"Role\"" "$accounts" |
		grep "name: \"gm-20260101-phone-watcher\""
'

test_expect_success 'not allowed to ask, it observes nothing' '
	echo forbidden >made && : >asked &&
	gm_status 128 sh -c "exit \$1" x "$( ( job ) >out4 2>&1; echo $? )" &&
	gm_says "allowed to get jobs" out4 &&
	gm_silent "POST" asked
'

test -z "${pid-}" || kill "$pid" 2>/dev/null
kill "$served" 2>/dev/null
wait "$served" 2>/dev/null

test_done

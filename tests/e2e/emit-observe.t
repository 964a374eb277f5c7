#!/bin/sh
test_description='the Job of the stage observe, run for real'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/rollout.sh"
. "$gm_e2e/job.sh"
. "$gm_e2e/prometheus.sh"
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

# looks <n>: wait until Prometheus was asked so often.
looks() {
	until test "$(grep -c '^POST' asked)" -ge "$1"; do
		kill -0 "$gm_job_pid" || return 1
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
	gm_job_account=$PWD/account gm_job_server=$url &&
	mkdir account && echo s3cret >account/token && : >account/ca.crt
'

test_expect_success 'a pod that is lost half-way does not begin the window anew' '
	ago "10 min" >made && began=$(date -d "$(cat made)" +%s) &&
	gm_job_begin "$stage" && looks 1 &&
	kill -KILL $gm_job_pid && { wait $gm_job_pid || :; } &&
	grep "^POST" asked | head -n 1 >first &&
	gm_says "start=$began&" first &&
	mv asked asked.first && : >asked &&
	gm_job_begin "$stage" && looks 1 &&
	kill -TERM $gm_job_pid && { wait $gm_job_pid || :; } &&
	grep "^POST" asked | head -n 1 >second &&
	gm_says "start=$began&" second
'

test_expect_success 'Kubernetes is asked for this very Job, with the token' '
	name=$(gm_job_name "$stage") &&
	gm_says "GET /apis/batch/v1/namespaces/staging/jobs/$name HTTP" \
		asked.first &&
	gm_says "Authorization: Bearer s3cret" asked.first &&
	grep "^POST" asked.first >posts && gm_silent s3cret posts
'

test_expect_success 'its window ends where that of the first pod would have' '
	ago "2 hours" >made && began=$(date -d "$(cat made)" +%s) && : >asked &&
	gm_status 3 gm_job "$stage" >said 2>&1 &&
	gm_says "measured nothing" said &&
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
	gm_status 128 gm_job "$stage" 2>err &&
	gm_says "allowed to get jobs" err &&
	gm_silent "POST" asked
'

if command -v prometheus >/dev/null; then
	test_set_prereq PROMETHEUS
else
	say "skipping what needs prometheus: it is not installed"
fi

# watch <query>: $stage is that of a rollout whose policy asks the real
# Prometheus this, for three seconds; "at least 1".
watch() {
	rm -rf shop out && gm_rollout shop "observe: {prometheus: \"$gm_prometheus_url\", every: 1s, window: 3s, queries: {up: {query: \"$1\", min: 1}}}" &&
		git -C shop migrate emit 20260101 --env staging -o ../out >log &&
		ago "0 sec" >made
}

test_expect_success PROMETHEUS 'objectives that a real Prometheus saw kept' '
	gm_prometheus "{job_name: down, static_configs: [{targets: [\"127.0.0.1:1\"]}]}" &&
	: "of itself, be it late or not" &&
	watch "count(up{job='\''self'\''})" &&
	gm_status 0 gm_job "$stage" >said 2>&1 &&
	gm_says "kept: all objectives were kept" said
'

test_expect_success PROMETHEUS 'one that was broken' '
	watch "sum(up{job='\''down'\''})" &&
	gm_status 3 gm_job "$stage" >said 2>&1 &&
	gm_says "broken: '\''up'\'' was 0" said
'

test_expect_success PROMETHEUS 'and one that nothing was measured for' '
	watch "sum(up{job='\''nowhere'\''})" &&
	gm_status 3 gm_job "$stage" >said 2>&1 &&
	gm_says "measured nothing" said
'

test -z "${gm_job_pid-}" || kill "$gm_job_pid" 2>/dev/null
kill "$served" 2>/dev/null
wait "$served" 2>/dev/null
gm_prometheus_stop

test_done

#!/bin/sh
test_description='git migrate observe'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/prometheus.sh"
unset GIT_MIGRATE_NOW

# config <url> <window> <query> [<max>]
config() {
	cat >observe.json <<-JSON
	{"version": 1, "migration": "1_a", "env": "staging", "prometheus": "$1",
	 "window": $2, "every": 1,
	 "queries": [{"name": "errors", "query": "$3", "max": "${4-0.5}"}]}
	JSON
}

# observe <status> <option>...
observe() {
	gm_expected=$1
	shift
	gm_status "$gm_expected" git migrate observe --config observe.json "$@" \
		>out 2>err
}

# serve <text>: an HTTP server that answers each request with this text; its
# address in $url.
serve() {
	printf '%b' "$1" >answer
	rm -f port
	perl -MIO::Socket::INET -e '
		$SIG{ALRM} = sub { exit };
		alarm 60;
		local $/; open F, "<", "answer"; $text = <F>;
		$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
			Listen => 5) or die;
		open P, ">", "port.new"; print P $s->sockport; close P;
		rename "port.new", "port";
		while ($c = $s->accept) {
			sysread $c, $request, 65536;
			open R, ">", "request"; print R $request; close R;
			print $c $text;
			close $c;
		}' &
	served=$!
	while ! test -s port; do
		kill -0 $served || return 1
		sleep 0.1
	done
	url=http://127.0.0.1:$(cat port)
}

unserve() {
	kill "$served" 2>/dev/null
	wait "$served" 2>/dev/null
	:
}

test_expect_success 'usage' '
	gm_status 129 git migrate observe 2>err && gm_says "what to ask" err &&
	config http://127.0.0.1:1 5 up &&
	observe 129 --once --since 2026-11-21T10:00:00Z &&
	observe 129 --since yesterday &&
	observe 129 --once --job http://127.0.0.1:1 &&
	observe 129 --state x --job http://127.0.0.1:1 &&
	observe 129 --account . &&
	observe 128 --job file:///etc/passwd && gm_says "over http" err &&
	observe 128 --job http://127.0.0.1:1 --account nowhere &&
	gm_status 128 git migrate observe --config nothing 2>err &&
	echo x >state && observe 128 --state state && gm_says "holds no time" err
'

test_expect_success 'a server that is none is not believed' '
	observe 128 --once && gm_says "cannot be asked" err &&
	for answer in "HTTP/1.0 200 OK\r\n\r\n<html>" "HTTP/1.0 200 OK\r\n\r\n" \
		"HTTP/1.0 502 No\r\n\r\n" "nothing" \
		"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n" \
		"HTTP/1.0 200 OK\r\n\r\n{\"status\":\"success\",\"warnings\":[\"part\"],\"data\":{}}"; do
		serve "$answer" && config $url 5 up && observe 128 --once
		result=$?
		unserve
		test $result = 0 || return 1
	done
'

test_expect_success 'a redirection is not followed' '
	serve "HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n" &&
	config $url 5 up && observe 128 --once && unserve &&
	gm_says "answers with a redirection" err
'

test_expect_success 'a token is sent' '
	serve "HTTP/1.0 200 OK\r\n\r\n{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}" &&
	config $url 5 up && echo "s3cret" >token &&
	observe 3 --once --token-file token && unserve &&
	gm_says "measured nothing" out &&
	gm_says "Authorization: Bearer s3cret" request &&
	gm_says "POST /api/v1/query_range" request
'

if command -v prometheus >/dev/null; then
	test_set_prereq PROMETHEUS
else
	say "skipping what needs prometheus: it is not installed"
fi

test_expect_success PROMETHEUS 'a real Prometheus' '
	gm_prometheus && url=$gm_prometheus_url &&
	config $url 5 "vector(0)" && observe 0 --once
'

test_expect_success PROMETHEUS 'kept, broken, nothing, and no query' '
	config $url 5 "vector(0.1)" && observe 0 --once &&
	gm_says "kept: all objectives were kept" out &&
	config $url 5 "vector(0.7)" && observe 3 --once &&
	gm_says "broken: '\''errors'\'' was 0.7" out &&
	config $url 5 "absent_everywhere" && observe 3 --once &&
	gm_says "measured nothing" out &&
	config $url 5 "vector(0) / 0" && observe 3 --once &&
	config $url 5 "rate(" && observe 128 --once && gm_says "parse error" err
'

test_expect_success PROMETHEUS 'it waits for the end of the window' '
	config $url 3 "vector(0.1)" && observe 0 && gm_says kept out &&
	config $url 600 "vector(0.7)" && observe 3 && gm_says broken out
'

test_expect_success PROMETHEUS 'started anew, it goes on where it was' '
	date -u -d "-1 hour" +%Y-%m-%dT%H:%M:%SZ >state &&
	config $url 1800 "vector(0.1)" && observe 0 --state state &&
	observe 0 --since "$(cat state)" &&
	config $url 1800 "vector(0.1) + (time() < bool $(date -d "-50 min" +%s))" &&
	observe 3 --state state && gm_says "was 1.1" out
'

gm_prometheus_stop

test_done

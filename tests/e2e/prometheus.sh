# tests/e2e/prometheus.sh: a Prometheus for the tests of one file.
#
# gm_prometheus [<entry of scrape_configs>...]: start it and wait until it has
# measured them and itself (job `self`) once.  Its address is in
# $gm_prometheus_url.  It fails where there is no Prometheus.
# gm_prometheus_stop: end it; to be called before test_done.  Where nobody does,
# it ends after ten minutes.
# shellcheck shell=sh

gm_prometheus_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

# Had it measured itself and each of the others two seconds ago?  What begins
# now begins behind that, with its seconds cut off too.
gm_prometheus_ready() {
	perl -MIO::Socket::INET -e '
		$s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]",
			Timeout => 5) or exit 1;
		print $s "GET /api/v1/query?query=up&time=", time - 2,
			" HTTP/1.0\r\n\r\n";
		$n = 0;
		while (<$s>) { $n++ while /"__name__":"up"/g }
		exit($n < $ARGV[1])' "$@"
}

# Another program may take the port before it does: then again.
gm_prometheus() {
	command -v prometheus >/dev/null || return 1
	gm_try=0
	while test $((gm_try += 1)) -le 5; do
		gm_port=$(gm_prometheus_port) || return 1
		{
			echo 'global: {scrape_interval: 1s}'
			echo 'scrape_configs:'
			echo "  - {job_name: self, static_configs: [{targets: ['127.0.0.1:$gm_port']}]}"
			for gm_line; do
				echo "  - $gm_line"
			done
		} >prometheus.yml
		perl -e 'alarm 600; exec @ARGV' prometheus --config.file=prometheus.yml \
			--storage.tsdb.path=prometheus.data \
			--web.listen-address="127.0.0.1:$gm_port" \
			>prometheus.log 2>&1 &
		gm_prometheus_pid=$!
		while kill -0 $gm_prometheus_pid 2>/dev/null; do
			if gm_prometheus_ready "$gm_port" $(($# + 1)); then
				# shellcheck disable=SC2034 # for the test
				gm_prometheus_url=http://127.0.0.1:$gm_port
				return
			fi
			sleep 0.2
		done
		wait $gm_prometheus_pid
	done
	cat prometheus.log
	return 1
}

gm_prometheus_stop() {
	test -n "${gm_prometheus_pid-}" || return 0
	kill "$gm_prometheus_pid" 2>/dev/null
	wait "$gm_prometheus_pid" 2>/dev/null
	:
}

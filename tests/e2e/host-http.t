#!/bin/sh
test_description='a host: plain git over http, with a real web server'
. "$(dirname "$0")/host.sh"
gm_host_needs apache2 apache2-bin
modules=/usr/lib/apache2/modules
if ! test -e "$modules/mod_cgi.so"; then
	skip_all='this is not the apache2 of Debian'
	test_done
fi
gm_host
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

# gm_apache: start it; it ends when the test does, however that ends.  Another
# program than this shell waits for that, since it would keep what the shell
# has put aside, the pipe that prove reads among it.
gm_apache() {
	gm_host_run apache2 -f "$host/apache.conf" \
		</dev/null >/dev/null 2>&1 3>&- 4>&- 5>&-
	gm_keeper='
		until read -r server <"$2"; do
			kill -0 "$1" || exit
			sleep 0.1
		done
		trap "" HUP INT TERM
		while kill -0 "$1"; do
			sleep 0.1
		done
		kill "$server"'
	(exec sh -c "$gm_keeper" sh $$ "$host/apache.pid") \
		</dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- &
	for gm_try in $(seq 100); do
		sleep 0.1
		test -s "$host/apache.pid" && return
	done
	cat "$host/error.log"
	return 1
}

test_expect_success 'setup: an account, its web server, two users' '
	port=$(python3 -c "
import socket
s = socket.socket()
s.bind((\"127.0.0.1\", 0))
print(s.getsockname()[1])") &&
	python3 -c "
import base64, hashlib
for name in \"ann\", \"bob\":
    word = hashlib.sha1(b\"secret\").digest()
    print(name + \":{SHA}\" + base64.b64encode(word).decode())" >passwords &&
	gm_host_file passwords <passwords &&
	{
		for module in mpm_prefork alias cgi env auth_basic authn_core \
			authn_file authz_core authz_user
		do
			echo "LoadModule ${module}_module $modules/mod_$module.so"
		done &&
		cat <<-CONFIG
		ServerRoot $host
		ServerName localhost
		Listen 127.0.0.1:$port
		PidFile $host/apache.pid
		ErrorLog $host/error.log
		StartServers 1
		MinSpareServers 1
		SetEnv GIT_PROJECT_ROOT $host
		SetEnv GIT_HTTP_EXPORT_ALL
		SetEnv HOME $host
		SetEnv PATH $host/bin:$PATH
		ScriptAlias /git/ $(git --exec-path)/git-http-backend/
		<Location /git/>
		AuthType Basic
		AuthName git
		AuthUserFile $host/passwords
		Require valid-user
		</Location>
		CONFIG
	} | gm_host_file apache.conf &&
	gm_apache
'

# What git asks for a name and a password.
gm_hook "$gm_base/askpass" <<\ASK
#!/bin/sh
case $1 in
Username*) echo "$GM_HTTP_USER" ;;
*) echo secret ;;
esac
ASK

gm_as() {
	gm_name=$1
	shift
	GM_HTTP_USER=$gm_name GIT_ASKPASS=$gm_base/askpass "$@"
}

test_expect_success 'the first policy gets there' '
	gm_host_run git init -q --bare shop.git &&
	gm_host_run git -C shop.git migrate init --server --project shop &&
	gm_host_run git -C shop.git config migrate.pusher http &&
	gm_host_client "http://127.0.0.1:$port/git/shop.git"
'

test_expect_success 'without a name nothing can be pushed' '
	test_must_fail env GIT_ASKPASS=false \
		git -C "$client" push origin main:refs/heads/anybody
'

gm_host_judges
test_done

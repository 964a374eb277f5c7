#!/bin/sh
test_description='a host: plain git over ssh, with a real sshd'
. "$(dirname "$0")/host.sh"
gm_host_needs sshd openssh-server
gm_host_login
gm_host


test_expect_success 'setup: an account, its sshd, two users' '
	gm_host_sshd "$host/authorized_keys" &&
	for name in ann bob
	do
		printf "command=\"%s\",restrict %s\n" \
			"REMOTE_USER=$name exec git-shell -c \\\"\$SSH_ORIGINAL_COMMAND\\\"" \
			"$(cat "$gm_base/$name.pub")" || return 1
	done >keys &&
	gm_host_file authorized_keys <keys
'

test_expect_success 'the first policy gets there' '
	gm_host_run git init -q --bare shop.git &&
	gm_host_run git -C shop.git migrate init --server --project shop &&
	gm_host_run git -C shop.git config migrate.pusher http &&
	gm_host_client "host:$host/shop.git"
'

gm_host_judges

# git itself does not send its own settings, so ssh is given them.
test_expect_success 'configuration that a client sends is refused' '
	echo "AcceptEnv GIT_*" >>"$host/sshd_config" &&
	(
		cd "$client" && gm_commit "Nothing" --allow-empty &&
		GIT_SSH_COMMAND="env GIT_CONFIG_COUNT=1 \
			GIT_CONFIG_KEY_0=migrate.enforce GIT_CONFIG_VALUE_0=warn \
			ssh -o SendEnv=GIT_* -F $gm_base/ssh_config \
			-i $gm_base/bob" &&
		export GIT_SSH_COMMAND &&
		test_must_fail git push origin main
	) 2>err &&
	gm_says "GIT_CONFIG_COUNT is set" err &&
	gm_says "AcceptEnv" err
'

test_done

#!/bin/sh
test_description='a host: gitolite, through a real sshd'
. "$(dirname "$0")/host.sh"
gm_host_needs sshd openssh-server gitolite gitolite3
gm_host_login
gm_host
hosts=$gm_top/contrib/hosts

test_expect_success 'setup: gitolite, its sshd, two users' '
	gm_host_sshd "$host/.ssh/authorized_keys" &&
	gm_host_file ann.pub <"$gm_base/ann.pub" &&
	gm_host_run env GIT_CONFIG_COUNT=1 GIT_CONFIG_VALUE_0=master \
		GIT_CONFIG_KEY_0=init.defaultBranch gitolite setup -pk ann.pub
'

test_expect_success 'a repository, by way of gitolite-admin' '
	gm_as ann git clone -q host:gitolite-admin admin &&
	cp "$gm_base/bob.pub" admin/keydir/ &&
	cat >>admin/conf/gitolite.conf <<-\CONF &&
	repo team/shop
	    RW+ = ann bob
	CONF
	(cd admin && gm_commit "Add the shop" && gm_as ann git push -q)
'

test_expect_success 'the hooks need a place that no push can change' '
	mkdir ours && cp -R "$hosts/gitolite" ours/ && chmod -R a+rX ours &&
	gm_host_run mkdir ours &&
	tar -C ours -cf - gitolite | gm_host_run tar -C ours -xf - &&
	test_must_fail gm_host_run ours/gitolite/install team/shop 2>err &&
	gm_says "LOCAL_CODE is not set" err &&
	gm_host_run sed -i "/^%RC = (/a LOCAL_CODE => \"\$ENV{HOME}/local\"," \
		.gitolite.rc
'

test_expect_success 'a hook of somebody else is not overwritten' '
	echo "#!/bin/sh" | gm_host_file local/hooks/common/pre-receive 755 &&
	test_must_fail gm_host_run ours/gitolite/install team/shop 2>err &&
	gm_says "there is a hook already" err &&
	gm_host_run rm local/hooks/common/pre-receive
'

test_expect_success 'it is guarded' '
	gm_host_run ours/gitolite/install team/shop >out &&
	gm_says "set      migrate.project shop" out &&
	gm_host_run ours/gitolite/install team/shop=shop >out &&
	gm_silent "set  " out &&
	gm_host_run ln -s repositories/team/shop.git shop.git
'

test_expect_success 'the first policy gets there' '
	gm_host_client host:team/shop
'

test_expect_success 'gitolite-admin is pushed to as before' '
	(cd admin && gm_commit "Nothing" --allow-empty && gm_as ann git push -q)
'

gm_host_judges
test_done

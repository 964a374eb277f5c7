# tests/e2e/host_calls.sh: a host that cannot be run here: its way to call hooks.
#
# As host.sh, but the host runs as whoever runs the test.  "$hosts" is
# contrib/hosts.
# shellcheck shell=sh

. "$(dirname "$0")/host.sh"

hosts=$gm_top/contrib/hosts
gm_host_run() { "$@"; }
gm_keys

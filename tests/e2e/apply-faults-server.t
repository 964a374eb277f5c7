#!/bin/sh
test_description='the server is killed at each step of git migrate apply

As in apply-faults.t.'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/faults.sh"

test_expect_success 'a server, and what is applied there' 'gm_faults'

for gm_scenario in transactional stepwise backfill; do
	for gm_when in before after; do
		test_expect_success "$gm_scenario: killed, $gm_when" "
			gm_break $gm_scenario $gm_when server ${GM_FAULT_STEP:-5}
		"
	done
done

test_expect_success 'that was enough' 'gm_enough 75'

test_done

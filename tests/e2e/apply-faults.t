#!/bin/sh
test_description='git migrate apply is killed and cut off at each step

Each case breaks every GM_FAULT_STEP-th request of an apply in one way, and
has the next apply finish it.  With GM_FAULT_STEP=1 that is all of them.'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/faults.sh"

test_expect_success 'a server, and what is applied there' 'gm_faults'

for gm_scenario in transactional stepwise backfill; do
	for gm_when in before after; do
		test_expect_success "$gm_scenario: killed, $gm_when" "
			gm_break $gm_scenario $gm_when client ${GM_FAULT_STEP:-6}
		"
		test_expect_success "$gm_scenario: cut off, $gm_when" "
			gm_break $gm_scenario $gm_when cut ${GM_FAULT_STEP:-16}
		"
	done
done

test_expect_success 'two to eight at once' 'gm_break many'
test_expect_success 'that was enough' 'gm_enough 120'

test_done

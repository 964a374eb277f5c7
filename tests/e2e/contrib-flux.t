#!/bin/sh
test_description='what contrib/flux has for the teams'
. "$(dirname "$0")/lib.sh"
. "$gm_e2e/reviewers.sh"
. "$gm_e2e/rollout.sh"
. "$gm_e2e/schemas.sh"

snippets=$gm_top/contrib/flux
add=20261101_add_email

test_expect_success 'the snippets keep the rules' '
	git migrate lint-flux "$snippets"
'

test_expect_success SCHEMAS 'and pass their schemas' '
	gm_schemas "$snippets"/alerts.yaml "$snippets"/flagger.yaml
'

test_expect_success CEL 'the app is ready when Flagger has promoted it' '
	gm_cel Canary "$snippets"/flagger.yaml <<-\EOF
	waits	{"status": {}}
	waits	{"status": {"phase": "Progressing", "lastAppliedSpec": "b", "lastPromotedSpec": "a"}}
	waits	{"status": {"phase": "Succeeded", "lastAppliedSpec": "b", "lastPromotedSpec": "a", "conditions": [{"type": "Promoted", "status": "True"}]}}
	failed	{"status": {"phase": "Failed"}}
	done	{"status": {"phase": "Initialized"}}
	done	{"status": {"phase": "Succeeded", "lastAppliedSpec": "b", "lastPromotedSpec": "b", "conditions": [{"type": "Promoted", "status": "True"}]}}
	EOF
'

test_expect_success 'alerts name every stage, and those that something follows' '
	sed -n "s/.*git-migrate.dev\/stage: \"\(.*\)\".*/\1/p" \
		"$snippets/alerts.yaml" >named &&
	printf "%s\n" expand observe contract checkpoint expand backfill enable \
		observe contract rollback restore >want &&
	test_cmp want named
'

# next <environment> <stage>: as the workflow of ann runs it; gh writes down
# what it is asked for.
next() {
	: >asked && ( PATH=$PWD/bin:$PATH &&
	at ann "$snippets/next" $add "$@" >said 2>&1 )
}

test_expect_success 'set up' '
	gm_reviewers="$(echo "$gm_reviewers" | sed "
		s/{name: \(staging\|production\)/&, namespace: shop, cluster: shop-db/")
$(gm_flux)" &&
	gm_shop &&
	gm_hook bin/gh <<-\GH &&
	#!/bin/sh
	echo "$@" >>../asked
	GH
	gm_repo tree && ( cd tree && gm_rollout_app && gm_commit "The app" &&
	git push -q ../server.git HEAD:refs/heads/flux ) &&
	at ann git fetch -q && at ann git branch -q flux origin/flux &&
	at ann git migrate advance $add --env staging --stage expand \
		--commit flux && at ann git push -q origin flux
'

test_expect_success 'what the events carry is what next takes' '
	git -C ann show flux:flux/migrations/staging/20261101-add-email/flux/stages-a.yaml \
		>stages &&
	gm_says "event.toolkit.fluxcd.io/migration: \"$add\"" stages &&
	gm_says "event.toolkit.fluxcd.io/environment: \"staging\"" stages &&
	gm_says "event.toolkit.fluxcd.io/stage: \"expand\"" stages
'

test_expect_success 'behind a finished expand: the app and what follows it' '
	next staging expand && branch=advance/staging/$add/deploy &&
	echo "pr create --base flux --head $branch --fill --draft" >want &&
	test_cmp want asked &&
	test "$(git -C server.git rev-list --count flux..$branch)" = 1 &&
	git -C server.git log -1 --format=%B $branch >message &&
	gm_says "Rollout-Stage: deploy" message &&
	gm_says "Rollout-Record:" message &&
	git -C server.git notes --ref=migrate/evidence show \
		"main:migrations/$add/up.sql" >records &&
	gm_says "stage=expand result=pass" records
'

test_expect_success 'told again, it opens nothing' '
	git -C server.git for-each-ref >before &&
	next staging expand && test_must_be_empty asked &&
	gm_says "is there already" said &&
	git -C server.git for-each-ref >after && test_cmp before after
'

test_expect_success 'nor where the gate does not say go, or nothing follows' '
	! next production expand && test_must_be_empty asked &&
	gm_says "does not say go" said &&
	! git -C server.git rev-parse -q --verify advance/production/$add/deploy &&
	next staging backfill && test_must_be_empty asked &&
	gm_says "nothing comes by itself" said
'

test_done

/*
 * tests/unit/report/reviewed: a result of `verify` with some of everything.
 */
#ifndef GM_TESTS_REPORT_REVIEWED_H
#define GM_TESTS_REPORT_REVIEWED_H

#include "unit.h"

#include "report/review.h"

struct sample {
	struct gm_arena a;
	struct gm_review review;
	struct gm_record records[4];
	struct gm_vote votes[4];
	struct gm_tally_missing missing[2];
	struct gm_strings dbas, nobody;
	struct gm_reviewed all;
};

static inline void sample_record(struct sample *s, size_t at,
				 enum gm_record_kind kind, const char *signer,
				 enum gm_vote_state state, const char *why)
{
	struct gm_record *r = &s->records[at];

	r->kind = kind;
	r->signer = signer;
	r->role = "dba";
	r->at = 1795255200;
	r->until = at ? GM_RECORD_FOREVER : 1795258800;
	memset(r->id, '0' + (int)at, GM_SHA256_HEX);
	s->votes[at] = (struct gm_vote){ r, state, why };
}

static inline struct gm_review_item *
sample_item(struct sample *s, const char *id, enum gm_review_state state)
{
	struct gm_review_item *item = GM_PUSH(&s->a, &s->all);

	item->id = id;
	item->kind = "contract";
	item->state = state;
	item->subject = (struct gm_subject){
		.path = "m/1 a/up.sql",
		.digest = "sha256:00",
		.phase = "contract",
		.class_ = "opaque",
		.ref = "refs/heads/main",
		.env = "*",
	};
	return item;
}

static inline void sample_start(struct sample *s)
{
	static char here;
	struct gm_review_item *item;
	struct gm_bad_line *bad;

	*s = (struct sample){ 0 };
	s->review.policy.project = "shop";
	s->review.ref = "refs/heads/main";
	s->review.where = "origin/main";
	s->review.remote = "origin";
	s->all.review = &s->review;
	s->all.options = " --ref x";
	s->all.at = "v1";
	s->all.unpushed = gm_map(&s->a);
	*GM_PUSH(&s->a, &s->dbas) = "ann@example.com";
	*GM_PUSH(&s->a, &s->dbas) = "dan@example.com";
	sample_record(s, 0, GM_RECORD_APPROVE, "ann@example.com",
		      GM_VOTE_COUNTS, NULL);
	sample_record(s, 1, GM_RECORD_REJECT, "dan@example.com",
		      GM_VOTE_REJECTS, "it rejects this content");
	s->records[1].why = "no\033[m";
	s->records[1].target = "sha256:00";
	sample_record(s, 2, GM_RECORD_APPROVE, "eve@example.com", GM_VOTE_BAD,
		      "not good");
	sample_record(s, 3, GM_RECORD_OVERRIDE, "cem@example.com",
		      GM_VOTE_COUNTS, NULL);
	s->records[3].ticket = "INC-1";
	s->records[3].follow_up = "look";
	s->records[3].path = "m/1 a/up.sql";
	gm_map_set(&s->all.unpushed, gm_str(s->records[2].id), &here);

	sample_item(s, "1_landed", GM_REVIEW_LANDED);
	sample_item(s, "2_free", GM_REVIEW_NOT_NEEDED);
	item = sample_item(s, "3_yes", GM_REVIEW_APPROVED);
	item->have = item->want = 1;
	item->tally = (struct gm_tally){ .approved = true,
					 .votes = &s->votes[0],
					 .n = 1,
					 .until = 1795258800 };
	item = sample_item(s, "4_more", GM_REVIEW_MISSING);
	item->subject.env = "staging";
	s->missing[0] = (struct gm_tally_missing){ "dba", 2, &s->dbas };
	s->missing[1] = (struct gm_tally_missing){ "app", 1, &s->nobody };
	item->tally = (struct gm_tally){ .votes = &s->votes[2],
					 .n = 1,
					 .missing = s->missing,
					 .n_missing = 2 };
	*GM_PUSH(&s->a, &item->tickets) = (struct gm_review_ticket){
		"INC-1",
		{ .approved = true,
		  .votes = &s->votes[3],
		  .n = 1,
		  .until = 1795258800 },
	};
	*GM_PUSH(&s->a, &item->tickets) =
		(struct gm_review_ticket){ .name = "INC-2" };
	item = sample_item(s, "5_no", GM_REVIEW_REJECTED);
	item->tally = (struct gm_tally){ .votes = &s->votes[1],
					 .n = 1,
					 .rejected_by = &s->records[1] };
	item = sample_item(s, "6_bad", GM_REVIEW_BAD);
	bad = gm_alloc(&s->a, sizeof(*bad));
	*bad = (struct gm_bad_line){ .ref = GM_APPROVALS_REF,
				     .line = 3,
				     .why = "odd" };
	item->bad.bad = bad;
	item->bad.n_bad = 1;
	item = sample_item(s, NULL, GM_REVIEW_MISSING);
	item->kind = "policy";
	s->all.open.items = gm_alloc(&s->a, sizeof(*s->all.open.items));
	s->all.open.items[0] = (struct gm_follow_up){ &s->records[3], 100 };
	s->all.open.n = 1;
}

#endif

#include "cmd/attest.h"

#include "approval/exhibit.h"
#include "base/escape.h"

#define SHOWN_LINES 20

static void show_exhibit(const struct gm_seal *s, struct gm_str exhibit)
{
	struct gm_str rest = exhibit, line;

	for (int n = 0; gm_str_line(&line, &rest); n++) {
		struct gm_buf text = gm_buf(s->cx->arena);

		if (n == SHOWN_LINES) {
			fputs("    ...\n", s->cx->out);
			break;
		}
		gm_escape_source(&text, line, NULL);
		fprintf(s->cx->out, "    %s\n", text.ptr);
	}
}

static int choose_role(const char **out, const struct gm_seal *s,
		       struct gm_err *err)
{
	if (!s->args->role && gm_policy_has_role(&s->review.policy, "operator",
						 gm_str(s->principal))) {
		*out = "operator";
		return 0;
	}
	return gm_seal_role(out, s, NULL, NULL, err);
}

int gm_attest(struct gm_seal *s, struct gm_review_item *item,
	      const struct gm_attest *of, struct gm_err *err)
{
	char sha256[GM_SHA256_HEX + 1];
	struct gm_record r;
	int answer;

	item->subject.env = of->env;
	gm_sha256_hex(sha256, of->exhibit);
	if (gm_seal_record(&r, s, GM_RECORD_EVIDENCE, &item->subject, err) <
		    0 ||
	    choose_role(&r.role, s, err) < 0)
		return -1;
	r.stage = of->stage;
	r.result = of->result;
	r.sha256 = sha256;
	if (!r.why && of->why)
		r.why = of->why;
	show_exhibit(s, of->exhibit);
	if (gm_seal_show(s, &r, err) < 0)
		return -1;
	answer = gm_seal_ask(s, "Record this?", err);
	if (answer <= 0)
		return answer < 0 ? -1 : 1;
	if (gm_exhibit_keep(sha256, s->cx->repo, of->exhibit, err) < 0)
		return -1;
	return gm_seal_close(s, &r, &item->on, err);
}

#include "cmd/listing.h"

#include <string.h>

#include "check/review.h"

const struct gm_opt gm_listing_opts[] = {
	GM_OPT_WORD(0, "format", struct gm_listing_args, format, "format",
		    "human json", "how to print it"),
	GM_OPT_OPERAND("rev", struct gm_listing_args, rev,
		       "the commit to look at: HEAD"),
	GM_OPT_END,
};

void gm_listing_review(struct gm_overview *o, struct gm_ctx *cx)
{
	struct gm_err why = GM_ERR_INIT;

	if (gm_review_overview(o, cx->arena, cx->repo, &why) == 0)
		return;
	gm_cmd_note(cx, "how approvals stand is not known: %s%s%s", why.path,
		    why.path[0] ? ": " : "", why.msg);
}

int gm_listing_print(struct gm_overview *o, struct gm_ctx *cx,
		     const struct gm_listing_args *args,
		     const struct gm_listing_writer *writer, struct gm_err *err)
{
	bool json = args->format && !strcmp(args->format, "json");
	struct gm_buf out = gm_buf(cx->arena);

	if (gm_overview_read(o, cx->arena, cx->repo, args->rev, err) < 0)
		return -1;
	gm_listing_review(o, cx);
	if (json)
		writer->json(&out, o);
	else
		writer->human(&out, o, cx->color);
	fwrite(out.ptr, 1, out.len, cx->out);
	return json;
}

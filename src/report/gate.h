/*
 * report/gate: go or no-go, line by line.
 *
 * All bytes that come from the repository are escaped.
 */
#ifndef GM_REPORT_GATE_H
#define GM_REPORT_GATE_H

#include "base/buf.h"
#include "rollout/gate.h"

/* A line for each question, then the verdict. */
void gm_report_gate(struct gm_buf *out, const struct gm_gate *g);

/*
 * {"version":1,"verdict":"go"|"no-go","migration","env","stage",
 *  "lines":[{"line","answer","message","hint","records":[id...]}]}
 */
void gm_report_gate_json(struct gm_buf *out, const struct gm_gate *g);

#endif

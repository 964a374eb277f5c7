#include "base/finding.h"

#define SOURCE_MAX 400

static const struct gm_rule_info rules[GM_RULE_COUNT] = {
#define GM_RULE(id, name, severity, flags, title)                              \
	[GM_RULE_##id] = { name, severity, flags, title },
#include "base/rules.def"
#undef GM_RULE
};

static const char *const severities[] = {
	[GM_SEV_OFF] = "off",
	[GM_SEV_WARNING] = "warning",
	[GM_SEV_ERROR] = "error",
};

const char *gm_severity_name(enum gm_severity s)
{
	return severities[s];
}

bool gm_severity_parse(enum gm_severity *out, struct gm_str s)
{
	for (size_t i = 0; i < GM_COUNT(severities); i++) {
		if (gm_str_is(s, severities[i])) {
			*out = (enum gm_severity)i;
			return true;
		}
	}
	return false;
}

const struct gm_rule_info *gm_rule_info(enum gm_rule rule)
{
	return &rules[rule];
}

bool gm_rule_find(enum gm_rule *out, struct gm_str name)
{
	for (size_t i = 0; i < GM_RULE_COUNT; i++) {
		if (gm_str_is(name, rules[i].name)) {
			*out = (enum gm_rule)i;
			return true;
		}
	}
	return false;
}

struct gm_findings gm_findings(struct gm_arena *a,
			       const enum gm_severity *severity)
{
	return (struct gm_findings){ .arena = a, .severity = severity };
}

GM_PRINTF(4, 0)
static struct gm_finding *add(struct gm_findings *f, enum gm_rule rule,
			      enum gm_severity most, const char *fmt,
			      va_list args)
{
	enum gm_severity severity =
		f->severity ? f->severity[rule] : rules[rule].severity;
	struct gm_finding *finding;

	if (severity > most)
		severity = most;
	if (severity == GM_SEV_ERROR)
		f->errors++;
	else if (severity == GM_SEV_WARNING)
		f->warnings++;
	if (severity == GM_SEV_OFF || f->n >= GM_FINDINGS_MAX) {
		f->dropped += severity != GM_SEV_OFF;
		finding = gm_alloc(f->arena, sizeof(*finding));
	} else {
		finding = GM_PUSH(f->arena, f);
	}
	finding->rule = rule;
	finding->severity = severity;
	finding->message = gm_vprintf(f->arena, fmt, args);
	return finding;
}

struct gm_finding *gm_find(struct gm_findings *f, enum gm_rule rule,
			   const char *fmt, ...)
{
	struct gm_finding *finding;
	va_list args;

	va_start(args, fmt);
	finding = add(f, rule, GM_SEV_ERROR, fmt, args);
	va_end(args);
	return finding;
}

struct gm_finding *gm_find_warning(struct gm_findings *f, enum gm_rule rule,
				   const char *fmt, ...)
{
	struct gm_finding *finding;
	va_list args;

	va_start(args, fmt);
	finding = add(f, rule, GM_SEV_WARNING, fmt, args);
	va_end(args);
	return finding;
}

void gm_find_hint(struct gm_findings *f, struct gm_finding *finding,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	finding->hint = gm_vprintf(f->arena, fmt, args);
	va_end(args);
}

void gm_find_note(struct gm_findings *f, struct gm_finding *finding,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	*GM_PUSH(f->arena, &finding->notes) = gm_vprintf(f->arena, fmt, args);
	va_end(args);
}

/* Where `offset` stands; a place behind it is of no use. */
static struct gm_spot where(struct gm_str text, const struct gm_spot *known,
			    size_t offset)
{
	struct gm_spot at = { 0, 1, 1 };

	if (known && known->line && known->offset <= offset)
		at = *known;
	for (; at.offset < offset; at.offset++) {
		at.column++;
		if (text.ptr[at.offset] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}

void gm_find_from(struct gm_findings *f, struct gm_finding *finding,
		  struct gm_str path, struct gm_str text,
		  const struct gm_spot *known, size_t offset, size_t width)
{
	struct gm_spot at =
		where(text, known, offset < text.len ? offset : text.len);
	size_t start = at.offset - (at.column - 1);
	struct gm_str line = gm_str_sub(text, start, start + SOURCE_MAX);

	finding->line = at.line;
	finding->column = at.column;
	finding->path = path;
	finding->source.len = gm_str_find(line, '\n');
	finding->source.ptr =
		gm_str_dup(f->arena, gm_str_sub(line, 0, finding->source.len));
	finding->width = width;
}

void gm_find_at(struct gm_findings *f, struct gm_finding *finding,
		struct gm_str path, struct gm_str text, size_t offset,
		size_t width)
{
	gm_find_from(f, finding, path, text, NULL, offset, width);
}

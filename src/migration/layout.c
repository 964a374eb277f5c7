#include "migration/layout.h"

#include "base/utf8.h"

static const char *const roles[] = {
	[GM_ROLE_UP] = "up",
	[GM_ROLE_DOWN] = "down",
	[GM_ROLE_VERIFY] = "verify",
	[GM_ROLE_CONFIG] = "config",
};

const char *gm_role_name(enum gm_role role)
{
	return roles[role];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the run of digits (and `also`, unless 0) at the start. */
static size_t digits(struct gm_str s, char also)
{
	size_t n = 0;

	while (n < s.len && (is_digit(s.ptr[n]) || (also && s.ptr[n] == also)))
		n++;
	return n;
}

static bool has_slash(struct gm_str path)
{
	return gm_str_find(path, '/') < path.len;
}

static struct gm_str base_name(struct gm_str path)
{
	size_t at = path.len;

	while (at && path.ptr[at - 1] != '/')
		at--;
	return gm_str_sub(path, at, path.len);
}

static bool cut_end(struct gm_str *s, struct gm_str end)
{
	if (!gm_str_ends(*s, end))
		return false;
	s->len -= end.len;
	return true;
}

/* "'<part>' <text>", for messages. */
static const char *say(struct gm_arena *a, struct gm_str part, const char *text)
{
	return gm_printf(a, "'%s' %s", gm_str_dup(a, part), text);
}

/* --- <version>_<name>/up.sql: `directory` and `diesel` --- */

static const struct {
	const char *name;
	enum gm_role role;
	bool diesel; /* of that layout alone */
} members[] = {
	{ "up.sql", GM_ROLE_UP, false },
	{ "down.sql", GM_ROLE_DOWN, false },
	{ "verify.sql", GM_ROLE_VERIFY, false },
	{ "metadata.toml", GM_ROLE_CONFIG, true },
};

static bool is_version_name(size_t *version, struct gm_str dir, bool diesel)
{
	*version = digits(dir, diesel ? '-' : '\0');
	return *version && is_digit(dir.ptr[0]) && *version + 1 < dir.len &&
	       dir.ptr[*version] == '_';
}

static bool match_member(struct gm_unit_path *out, struct gm_str path,
			 bool diesel)
{
	size_t slash = gm_str_find(path, '/');
	struct gm_str dir = gm_str_sub(path, 0, slash);
	struct gm_str file = gm_str_sub(path, slash + 1, path.len);
	size_t version;

	if (!is_version_name(&version, dir, diesel))
		return false;
	for (size_t i = 0; i < GM_COUNT(members); i++) {
		if (!gm_str_is(file, members[i].name) ||
		    (members[i].diesel && !diesel))
			continue;
		*out = (struct gm_unit_path){
			.id = dir,
			.version = gm_str_sub(dir, 0, version),
			.role = members[i].role,
		};
		return true;
	}
	return false;
}

static bool match_directory(struct gm_unit_path *out, struct gm_str path)
{
	return match_member(out, path, false);
}

static bool match_diesel(struct gm_unit_path *out, struct gm_str path)
{
	return match_member(out, path, true);
}

static const char *odd_member(struct gm_arena *a, struct gm_str path,
			      bool diesel)
{
	size_t slash = gm_str_find(path, '/');
	struct gm_str dir = gm_str_sub(path, 0, slash);
	struct gm_str file = gm_str_sub(path, slash + 1, path.len);
	size_t version;

	if (dir.len && dir.ptr[0] == '.')
		return say(a, dir, "starts with a dot, and is skipped");
	if (!has_slash(path))
		return say(a, path,
			   "lies beside the directories of the migrations;"
			   " the SQL of one is <version>_<name>/up.sql");
	if (!is_version_name(&version, dir, diesel))
		return say(a, dir,
			   diesel ? "is not of the form <version>_<name>, the"
				    " version made of digits and '-'"
				  : "is not of the form <digits>_<name>");
	if (has_slash(file))
		return say(a, path,
			   "lies too deep: below <version>_<name>/"
			   " there are no more directories");
	return say(a, file,
		   "is none of a migration's files, which are up.sql, down.sql"
		   " and verify.sql, in lower case");
}

static const char *odd_directory(struct gm_arena *a, struct gm_str path,
				 bool sql)
{
	return sql ? odd_member(a, path, false) : NULL;
}

static const char *odd_diesel(struct gm_arena *a, struct gm_str path, bool sql)
{
	return sql ? odd_member(a, path, true) : NULL;
}

/* --- <digits>_<title>.up.sql: golang-migrate --- */

static bool match_golang(struct gm_unit_path *out, struct gm_str path)
{
	size_t version = digits(path, '\0');
	enum gm_role role = GM_ROLE_UP;
	struct gm_str stem = path;

	if (has_slash(path) || !version || version == path.len ||
	    path.ptr[version] != '_')
		return false;
	if (cut_end(&stem, GM_STR(".down.sql")))
		role = GM_ROLE_DOWN;
	else if (!cut_end(&stem, GM_STR(".up.sql")))
		return false;
	if (stem.len <= version)
		return false;
	*out = (struct gm_unit_path){
		.id = stem,
		.version = gm_str_sub(stem, 0, version),
		.role = role,
	};
	return true;
}

/* Is ".up." or ".down." in it?  Then the tool runs it, whatever it ends in. */
static bool has_direction(struct gm_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		struct gm_str rest = gm_str_sub(name, i, name.len);

		if (gm_str_starts(rest, GM_STR(".up.")) ||
		    gm_str_starts(rest, GM_STR(".down.")))
			return true;
	}
	return false;
}

static const char *odd_golang(struct gm_arena *a, struct gm_str path, bool sql)
{
	size_t version = digits(path, '\0');
	bool versioned =
		version && version < path.len && path.ptr[version] == '_';

	if (!sql && !(versioned && !has_slash(path) && has_direction(path)))
		return NULL;
	if (has_slash(path))
		return say(a, path,
			   "lies in a subdirectory, which golang-migrate does"
			   " not read");
	if (!versioned)
		return say(a, path,
			   "does not start with the version, digits and then"
			   " '_'");
	if (has_direction(path))
		return say(a, path,
			   "is run by golang-migrate, but does not end in"
			   " '.up.sql' or '.down.sql'");
	return say(a, path, "does not end in '.up.sql' or '.down.sql'");
}

/* --- V<version>__<description>.sql: Flyway --- */

/* Numbers joined by single `.` or `_`. */
static bool is_flyway_version(struct gm_str s)
{
	bool after_digit = false;

	for (size_t i = 0; i < s.len; i++) {
		if (is_digit(s.ptr[i]))
			after_digit = true;
		else if ((s.ptr[i] == '.' || s.ptr[i] == '_') && after_digit)
			after_digit = false;
		else
			return false;
	}
	return after_digit;
}

/* The first "__" of `s`, or its length. */
static size_t separator(struct gm_str s)
{
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.ptr[i] == '_' && s.ptr[i + 1] == '_')
			return i;
	return s.len;
}

static bool match_flyway(struct gm_unit_path *out, struct gm_str path)
{
	struct gm_str stem = base_name(path), version;
	enum gm_role role = GM_ROLE_UP;
	bool config = cut_end(&stem, GM_STR(".conf"));
	size_t at;
	char kind;

	if (!cut_end(&stem, GM_STR(".sql")) || stem.len < 2)
		return false;
	kind = stem.ptr[0];
	at = 1 + separator(gm_str_sub(stem, 1, stem.len));
	version = gm_str_sub(stem, 1, at);
	if (at + 2 >= stem.len)
		return false;
	if (kind == 'R' ? version.len > 0 : !is_flyway_version(version))
		return false;
	if (kind == 'U')
		role = GM_ROLE_DOWN;
	else if (kind != 'V' && kind != 'B' && kind != 'R')
		return false;
	*out = (struct gm_unit_path){
		.id = stem,
		.version = version,
		.role = config ? GM_ROLE_CONFIG : role,
		.repeatable = kind == 'R',
		.baseline = kind == 'B',
	};
	return true;
}

/* An undo belongs to the versioned migration of the same name. */
static struct gm_str flyway_id(struct gm_arena *a,
			       const struct gm_unit_path *unit)
{
	char *id;

	if (unit->id.ptr[0] != 'U')
		return unit->id;
	id = gm_str_dup(a, unit->id);
	id[0] = 'V';
	return (struct gm_str){ id, unit->id.len };
}

static const char *odd_flyway(struct gm_arena *a, struct gm_str path, bool sql)
{
	struct gm_str name = base_name(path), rest;
	size_t at;

	if (!sql)
		return NULL;
	if (gm_str_starts(name, GM_STR("before")) ||
	    gm_str_starts(name, GM_STR("after")))
		return say(a, name,
			   "is a callback of Flyway, which runs outside of"
			   " any migration");
	if (name.ptr[0] != 'V' && name.ptr[0] != 'U' && name.ptr[0] != 'R' &&
	    name.ptr[0] != 'B')
		return say(a, name,
			   "does not start with V, U, B or R, in upper case");
	if (!gm_str_ends(name, GM_STR(".sql")))
		return say(a, name, "does not end in '.sql', in lower case");
	rest = gm_str_sub(name, 1, name.len);
	at = separator(rest);
	if (at + sizeof("__.sql") - 1 >= rest.len)
		return say(a, name,
			   "has no '__' with a description between its"
			   " version and '.sql'");
	if (name.ptr[0] == 'R')
		return say(a, name,
			   "has something between its R and '__': a"
			   " repeatable migration has no version");
	return say(a, name,
		   "has no version, numbers joined by '.' or '_', between its"
		   " first letter and '__'");
}

/* --- the table --- */

/*
 * Diesel compares versions as text (diesel_migrations: MigrationVersion holds
 * a string), after it has dropped the dashes: one of 18 digits may sort before
 * one of 14.
 */
static int diesel_cmp(struct gm_str a, struct gm_str b)
{
	for (;;) {
		while (a.len && a.ptr[0] == '-')
			a = gm_str_sub(a, 1, a.len);
		while (b.len && b.ptr[0] == '-')
			b = gm_str_sub(b, 1, b.len);
		if (!a.len || !b.len)
			return (a.len > 0) - (b.len > 0);
		if (a.ptr[0] != b.ptr[0])
			return (unsigned char)a.ptr[0] -
			       (unsigned char)b.ptr[0];
		a = gm_str_sub(a, 1, a.len);
		b = gm_str_sub(b, 1, b.len);
	}
}

const struct gm_layout gm_layouts[] = {
	{
		.name = "directory",
		.summary = "<digits>_<name>/up.sql, down.sql, verify.sql",
		.has_down = true,
		.match = match_directory,
		.odd = odd_directory,
	},
	{
		.name = "diesel",
		.summary = "Diesel: <version>_<name>/up.sql, down.sql,"
			   " metadata.toml",
		.has_down = true,
		.match = match_diesel,
		.odd = odd_diesel,
		.compare = diesel_cmp,
	},
	{
		.name = "golang-migrate",
		.summary = "golang-migrate: <digits>_<title>.up.sql, .down.sql",
		.has_down = true,
		.flat = true,
		.by_version = true,
		.match = match_golang,
		.odd = odd_golang,
	},
	{
		.name = "flyway",
		.summary = "Flyway: V<version>__<description>.sql, U, R, B,"
			   " .sql.conf",
		.flat = true,
		.by_version = true,
		.match = match_flyway,
		.odd = odd_flyway,
		.unit_id = flyway_id,
	},
	{ .name = NULL },
};

#define LAYOUTS (GM_COUNT(gm_layouts) - 1)

const struct gm_layout *gm_layout_find(struct gm_str name)
{
	for (size_t i = 0; i < LAYOUTS; i++)
		if (gm_str_is(name, gm_layouts[i].name))
			return &gm_layouts[i];
	return NULL;
}

/* Which layouts, as bits, read this path? */
static unsigned readers(struct gm_str path)
{
	struct gm_unit_path unit;
	unsigned bits = 0;

	_Static_assert(LAYOUTS <= 8 * sizeof(bits), "a bit a layout");
	for (size_t i = 0; i < LAYOUTS; i++)
		if (gm_layouts[i].match(&unit, path))
			bits |= 1u << i;
	return bits;
}

bool gm_layout_known(struct gm_str path)
{
	return readers(path) != 0;
}

/* In words, two files that no layout reads both. */
static const char *mixed(struct gm_arena *a, const struct gm_str *paths,
			 size_t n)
{
	unsigned common = ~0u, bits = 0;
	size_t i = 0, other = 0;

	/* The file that ends what the ones before it have in common. */
	for (; i < n; i++) {
		bits = readers(paths[i]);
		if (!bits)
			continue;
		if (!(common & bits))
			break;
		common &= bits;
	}
	/* The first before it that clashes; else the last one read. */
	for (size_t p = i; p--;) {
		unsigned theirs = readers(paths[p]);

		if (theirs && (!(theirs & bits) || !readers(paths[other])))
			other = p;
	}
	return gm_printf(a,
			 "files of two layouts are mixed: '%s' is of '%s',"
			 " '%s' of '%s'",
			 gm_str_dup(a, paths[other]),
			 gm_layouts[__builtin_ctz(readers(paths[other]))].name,
			 gm_str_dup(a, paths[i]),
			 gm_layouts[__builtin_ctz(bits)].name);
}

const struct gm_layout *gm_layout_detect(const char **why, struct gm_arena *a,
					 const struct gm_str *paths, size_t n)
{
	unsigned common = ~0u;

	for (size_t i = 0; i < n; i++) {
		unsigned bits = readers(paths[i]);

		if (bits)
			common &= bits;
	}
	if (common == ~0u) {
		*why = "it holds no migrations of a known layout";
		return NULL;
	}
	if (common)
		return &gm_layouts[__builtin_ctz(common)];
	*why = mixed(a, paths, n);
	return NULL;
}

const char *gm_layout_near_miss(const struct gm_layout *l, struct gm_arena *a,
				struct gm_str path)
{
	struct gm_unit_path unit;
	struct gm_str name = base_name(path);

	if (!name.len || gm_str_is(path, "schema.sql") ||
	    gm_str_is(path, "structure.sql") || l->match(&unit, path))
		return NULL;
	return l->odd(a, path,
		      gm_str_ends(gm_path_fold(a, name), GM_STR(".sql")));
}

/* --- versions --- */

/* The next digit that counts: not `-`, and no 0 in front. */
static bool next_digit(char *digit, struct gm_str *part, bool leading)
{
	while (part->len) {
		*digit = part->ptr[0];
		*part = gm_str_sub(*part, 1, part->len);
		if (*digit != '-' && !(leading && *digit == '0'))
			return true;
	}
	return false;
}

static int number_cmp(struct gm_str a, struct gm_str b)
{
	int first = 0;
	bool any = false;

	for (;;) {
		char x = 0, y = 0;
		bool more_a = next_digit(&x, &a, !any);
		bool more_b = next_digit(&y, &b, !any);

		/* The longer number is the larger one. */
		if (more_a != more_b)
			return more_a ? 1 : -1;
		if (!more_a)
			return first;
		if (!first)
			first = (unsigned char)x - (unsigned char)y;
		any = true;
	}
}

/* Take the part before the next `.` or `_` off; empty at the end. */
static struct gm_str next_part(struct gm_str *rest)
{
	struct gm_str part;
	size_t n = 0;

	while (n < rest->len && rest->ptr[n] != '.' && rest->ptr[n] != '_')
		n++;
	part = gm_str_sub(*rest, 0, n);
	*rest = gm_str_sub(*rest, n + 1, rest->len);
	return part;
}

int gm_version_cmp(struct gm_str a, struct gm_str b)
{
	while (a.len || b.len) {
		int order = number_cmp(next_part(&a), next_part(&b));

		if (order)
			return order;
	}
	return 0;
}

int gm_layout_cmp(const struct gm_layout *l, struct gm_str a, struct gm_str b)
{
	return l->compare ? l->compare(a, b) : gm_version_cmp(a, b);
}

bool gm_version_eq(struct gm_str a, struct gm_str b)
{
	return !gm_version_cmp(a, b);
}

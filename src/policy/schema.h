/*
 * policy/schema: a YAML tree into C structs, driven by tables.
 *
 * A table has one `struct gm_field` for each key: where its value goes, which
 * function reads it, what it may look like, and what holds when it is absent.
 * Everything a reader of the policy may get wrong is reported from here, with
 * place and hint.  To add a key, add an entry to a table (policy/fields.c).
 */
#ifndef GM_POLICY_SCHEMA_H
#define GM_POLICY_SCHEMA_H

#include "policy/node.h"

/* A value that was read, and where it stood: for checks across keys. */
struct gm_place {
	const void *value;
	const struct gm_node *node;
};

struct gm_reader {
	struct gm_arena *arena;
	const char *name;   /* of the file, for errors */
	struct gm_str text; /* of the file */
	struct gm_err *err;
	struct {
		struct gm_place *items;
		size_t n, cap;
	} places;
	bool builtin; /* reading the default of an absent key */
};

struct gm_field {
	const char *key; /* NULL ends a table */
	/* One of the functions below. */
	int (*read)(struct gm_reader *r, const struct gm_field *f,
		    const struct gm_node *n, void *base);
	size_t at;             /* of the value in its struct */
	size_t size;           /* of the value; of one element for arrays */
	size_t count_at;       /* arrays: of their size_t in the struct */
	const char *like;      /* an example, for hints */
	const char *none;      /* a word that leaves the value zero, or NULL */
	const char *otherwise; /* YAML that holds when the key is absent;
				  NULL: the value stays zero */
	bool required;
	int64_t min, max;  /* numbers: the range; lists: the fewest entries */
	const char *words; /* blank-separated choices */
	/* Why a text cannot be used; NULL when it can. */
	const char *(*check)(struct gm_str text);
	const struct gm_field *fields; /* structs: their table */
	const struct gm_field *name;   /* named arrays: the key's field */
	const struct gm_field *value;  /* arrays: the element's field */
};

/* Location of a member, for table entries. */
#define GM_FIELD(type, member)                                                 \
	.at = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define GM_FIELD_ARRAY(type, member, count)                                    \
	.at = offsetof(type, member), .size = sizeof(*((type *)NULL)->member), \
	.count_at = offsetof(type, count)

/* int or int64_t, by `size`: plain decimal digits, min..max. */
int gm_read_int(struct gm_reader *r, const struct gm_field *f,
		const struct gm_node *n, void *base);
/* bool: true or false, nothing else. */
int gm_read_bool(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base);
/* bool: the first (false) or second (true) of `words`. */
int gm_read_either(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base);
/* An enum: 0 for the first of `words`, 1 for the second, and so on. */
int gm_read_choice(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base);
/* const char *: one of `words`. */
int gm_read_word(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base);
/* int64_t, in seconds: "24h". */
int gm_read_duration(struct gm_reader *r, const struct gm_field *f,
		     const struct gm_node *n, void *base);
/*
 * const char *: a text that `check` accepts.  Plain scalars that other YAML
 * readers take for a number, a boolean or null must be quoted.
 */
int gm_read_text(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base);
/* struct gm_strings: at least `min` such texts, no two equal but for case. */
int gm_read_texts(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n, void *base);
/* A struct of `fields`, or the same struct when `at` is 0. */
int gm_read_struct(struct gm_reader *r, const struct gm_field *f,
		   const struct gm_node *n, void *base);
/* An array of at least `min` of `value`, from a list. */
int gm_read_list(struct gm_reader *r, const struct gm_field *f,
		 const struct gm_node *n, void *base);
/*
 * An array of at least `min`, from a mapping: `name` reads the key and `value`
 * the value of each entry.
 */
int gm_read_named(struct gm_reader *r, const struct gm_field *f,
		  const struct gm_node *n, void *base);

/*
 * Fail at a place, with GM_EPOLICY.  Returns -1; follow it with gm_hint.
 */
int gm_read_fail(struct gm_reader *r, const struct gm_node *n, const char *fmt,
		 ...) GM_PRINTF(3, 4);

/*
 * Hint at the nearest of `n` words, or at all of them.  `what` is what they
 * are ("Known keys here").  Returns -1.
 */
int gm_read_suggest(struct gm_reader *r, struct gm_str word, const char *what,
		    const char *const *words, size_t n);

/* Where the value at this address was read; NULL: nowhere. */
const struct gm_node *gm_read_place(const struct gm_reader *r,
				    const void *value);

#endif

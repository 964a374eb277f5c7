/*
 * sql/split: a file as psql reads it, statement by statement.
 *
 * A statement ends at a semicolon outside of quotes, comments, the brackets
 * of CREATE RULE and the body of BEGIN ATOMIC ... END.  A backslash outside
 * of quotes begins a psql meta-command, which goes on to the end of its line.
 */
#ifndef GM_SQL_SPLIT_H
#define GM_SQL_SPLIT_H

#include "sql/lex.h"

struct gm_splitter {
	struct gm_str text;
	size_t at;    /* where to go on */
	bool no_psql; /* a function body: a backslash means nothing */
};

enum gm_piece_kind { GM_PIECE_END, GM_PIECE_STATEMENT, GM_PIECE_META };

struct gm_piece {
	enum gm_piece_kind kind;
	size_t lead;   /* where the blanks and comments before it begin */
	size_t at;     /* its first token */
	size_t len;    /* to its last token, without the semicolon */
	bool ended;    /* by a semicolon */
	bool variable; /* it holds a psql variable: :name, :'name' */
	bool preset;   /* one that psql may have set itself: :HOST, :PORT */
	bool cut;      /* by a meta-command, which comes next */
};

/* The next piece.  Empty statements are passed over. */
void gm_split_next(struct gm_piece *piece, struct gm_splitter *s);

enum gm_split_data {
	GM_SPLIT_DATA_OK,
	GM_SPLIT_DATA_ENDLESS, /* no line with \. alone */
	GM_SPLIT_DATA_BEHIND,  /* more text behind the statement's semicolon */
};

/*
 * The last piece was COPY ... FROM STDIN: pass over its data, which begin on
 * the next line.
 */
enum gm_split_data gm_split_data(struct gm_splitter *s);

#endif

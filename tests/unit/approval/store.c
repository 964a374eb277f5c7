#include "unit/migration/place.h"

#include "approval/store.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FETCHED "refs/notes/remotes/origin/migrate/approvals"

static const struct gm_record sample = {
	.kind = GM_RECORD_APPROVE,
	.project = "shop",
	.path = "migrations/1_a/up.sql",
	.digest = "sha256:" HEX64,
	.phase = "contract",
	.class_ = "contract",
	.ref = "refs/heads/main",
	.env = "*",
	.role = "dba",
	.signer = "ann@example.com",
	.at = 1795255200,
	.until = 1795341600,
	.nonce = "0123456789abcdef0123456789abcdef",
	.sig_kind = GM_SIG_SSH,
	.sig = { "signature", 9 },
};

static struct gm_oid tip, one, two;

static void objects(void)
{
	one = blob("1");
	two = blob("2");
}

static const char *line_of(const struct gm_record *r)
{
	const char *line = NULL;

	assert_ok(gm_record_encode(&line, &arena, r, &err));
	return line;
}

static void note(const char *ref, const struct gm_oid *on, const char *text)
{
	const struct gm_note_line line = { *on, text };

	assert_ok(gm_notes_append(repo, ref, &line, 1, "x", &err));
}

static void find_tip(const char *ref)
{
	assert_int_equal(gm_ref_get(&tip, repo, ref, &err), 1);
}

static void test_append(void **state)
{
	struct gm_record r = sample;
	struct gm_records list = { 0 };

	(void)state;
	objects();
	assert_ok(gm_record_append(repo, &one, &r, &err));
	r.role = "app-owner";
	assert_ok(gm_record_append(repo, &one, &r, &err));
	assert_ok(gm_record_append(repo, &one, &r, &err));
	assert_ok(gm_record_append(repo, &two, &r, &err));
	find_tip(GM_APPROVALS_REF);
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&one, &err));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.n_bad, 0);
	assert_string_equal(list.items[0].role, "dba");
	assert_string_equal(list.items[1].role, "app-owner");
	assert_true(gm_oid_eq(&list.items[1].on, &one));
	assert_str(list.items[1].line, line_of(&r));
	list = (struct gm_records){ 0 };
	assert_ok(gm_records_all(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				 &err));
	assert_int_equal(list.n, 3);
	one = blob("3");
	list = (struct gm_records){ 0 };
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&one, &err));
	assert_int_equal(list.n, 0);
}

static void test_kinds(void **state)
{
	struct gm_record r = sample;
	struct gm_oid oid;

	(void)state;
	objects();
	r.kind = GM_RECORD_CLOSE;
	r.target = HEX64;
	assert_ok(gm_record_append(repo, &one, &r, &err));
	assert_int_equal(gm_ref_get(&oid, repo, GM_OVERRIDES_REF, &err), 1);
	assert_int_equal(gm_ref_get(&oid, repo, GM_APPROVALS_REF, &err), 0);
}

static void test_append_refuses(void **state)
{
	struct gm_record r = sample;
	struct gm_oid oid;

	(void)state;
	objects();
	r.sig.len = 0;
	assert_int_equal(gm_record_append(repo, &one, &r, &err), -1);
	assert_int_equal(err.code, GM_EINPUT);
	assert_int_equal(gm_ref_get(&oid, repo, GM_APPROVALS_REF, &err), 0);
}

static bool bad_is(const struct gm_records *list, size_t at, const char *ref,
		   size_t line, const char *why)
{
	const struct gm_bad_line *bad = &list->bad[at];

	return !strcmp(bad->ref, ref) && bad->line == line &&
	       gm_oid_eq(&bad->on, &one) && strstr(bad->why, why);
}

static void test_bad_lines(void **state)
{
	struct gm_record r = sample;
	struct gm_records list = { 0 };
	const char *text;

	(void)state;
	objects();
	note(GM_APPROVALS_REF, &one, "<<<<<<< HEAD");
	note(GM_APPROVALS_REF, &one, line_of(&r));
	r.kind = GM_RECORD_CLOSE;
	r.target = HEX64;
	note(GM_APPROVALS_REF, &one, line_of(&r));
	text = gm_printf(&arena, "%s ", line_of(&sample));
	note(GM_APPROVALS_REF, &one, text);
	find_tip(GM_APPROVALS_REF);
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&one, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.n_bad, 3);
	assert_true(bad_is(&list, 0, GM_APPROVALS_REF, 1, "'gm1'"));
	assert_true(bad_is(&list, 1, GM_APPROVALS_REF, 3, "'close'"));
	assert_true(bad_is(&list, 2, GM_APPROVALS_REF, 4, "more than"));
	list = (struct gm_records){ 0 };
	assert_ok(gm_records_all(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				 &err));
	assert_int_equal(list.n_bad, 3);
}

/* A note as git writes it: blank lines, lines twice, no LF at the end. */
static void test_of_git(void **state)
{
	struct gm_records list = { 0 };
	struct gm_notes notes = { 0 };
	const char *line;
	struct gm_note *n;
	struct gm_commit c = { .message = GM_STR("x") };
	struct gm_oid commit, none = { { 0 } };
	struct gm_files files = { 0 };
	struct gm_file *f;

	(void)state;
	objects();
	line = line_of(&sample);
	n = GM_PUSH(&arena, &notes);
	n->on = one;
	n->blob = blob(gm_printf(&arena, "\n%s\n\n\n%s", line, line));
	f = GM_PUSH(&arena, &files);
	f->path = gm_str(gm_oid_hex(&arena, &one));
	f->mode = GM_MODE_FILE;
	f->oid = n->blob;
	assert_ok(gm_tree_edit(&c.tree, repo, &none, &files, &err));
	c.author.name = c.author.email = "x";
	c.committer = c.author;
	assert_ok(gm_commit_write(&commit, repo, &c, &err));
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &commit,
				&one, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.n_bad, 0);
}

/* What was fetched is read as well, and nothing counts twice. */
static void test_fetched(void **state)
{
	struct gm_record r = sample;
	struct gm_records list = { 0 };

	(void)state;
	objects();
	note(GM_APPROVALS_REF, &one, line_of(&r));
	note(FETCHED, &one, line_of(&r));
	r.signer = "bob@example.com";
	note(FETCHED, &one, line_of(&r));
	r.kind = GM_RECORD_LANDED;
	r.role = r.signer = "server";
	r.sig_kind = GM_SIG_NONE;
	note(FETCHED, &one, line_of(&r));
	find_tip(GM_APPROVALS_REF);
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&one, &err));
	find_tip(FETCHED);
	assert_ok(
		gm_records_on(&list, &arena, repo, FETCHED, &tip, &one, &err));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[1].signer, "bob@example.com");
	assert_int_equal(list.n_bad, 1);
	assert_true(bad_is(&list, 0, FETCHED, 3, "'landed'"));
	assert_ok(gm_records_all(&list, &arena, repo, FETCHED, &tip, &err));
	assert_int_equal(list.n, 2);
}

static void test_limit(void **state)
{
	struct gm_note_line lines[GM_RECORDS_PER_NOTE];
	struct gm_record r = sample;
	struct gm_records list = { 0 };

	(void)state;
	objects();
	for (int i = 0; i < GM_RECORDS_PER_NOTE; i++) {
		r.nonce = gm_printf(&arena, "%032x", (unsigned)i);
		lines[i].on = one;
		lines[i].line = line_of(&r);
	}
	assert_ok(gm_notes_append(repo, GM_APPROVALS_REF, lines,
				  GM_RECORDS_PER_NOTE - 1, "x", &err));
	assert_ok(gm_record_append(repo, &one, &r, &err));
	find_tip(GM_APPROVALS_REF);
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&one, &err));
	assert_int_equal(list.n, GM_RECORDS_PER_NOTE);
	r.nonce = sample.nonce;
	assert_int_equal(gm_record_append(repo, &one, &r, &err), -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_ok(gm_record_append(repo, &two, &r, &err));
	note(GM_APPROVALS_REF, &one, line_of(&r));
	find_tip(GM_APPROVALS_REF);
	list = (struct gm_records){ 0 };
	assert_int_equal(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF,
				       &tip, &one, &err),
			 -1);
	assert_int_equal(err.code, GM_ELIMIT);
	assert_non_null(strstr(err.msg, "257"));
	assert_int_equal(list.n, 0);
	assert_int_equal(gm_records_all(&list, &arena, repo, GM_APPROVALS_REF,
					&tip, &err),
			 -1);
	assert_int_equal(list.n, 0);
	assert_ok(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF, &tip,
				&two, &err));
}

static void test_no_notes(void **state)
{
	struct gm_records list = { 0 };

	(void)state;
	objects();
	assert_int_equal(gm_records_on(&list, &arena, repo, GM_APPROVALS_REF,
				       &one, &one, &err),
			 -1);
	assert_non_null(strstr(err.msg, GM_APPROVALS_REF));
	assert_int_equal(gm_records_all(&list, &arena, repo, GM_APPROVALS_REF,
					&one, &err),
			 -1);
}

GM_UNIT_MAIN(CASE(test_append), CASE(test_kinds), CASE(test_append_refuses),
	     CASE(test_bad_lines), CASE(test_of_git), CASE(test_fetched),
	     CASE(test_limit), CASE(test_no_notes))

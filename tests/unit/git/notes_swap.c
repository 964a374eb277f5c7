#include "git/notes.h"

#include "git/lib.h"
#include "git/ref.h"
#include "place.h"

#define REF "refs/notes/migrate/x"

struct plan {
	int calls;
	int rivals; /* how many times somebody else is faster */
	int answer;
};

static struct gm_oid tree;

static void setup(void)
{
	make_repo();
	open_repo();
	commit_all("x");
	tree = rev("HEAD^{tree}");
}

static int make(struct gm_oid *to, struct gm_notes_move *m, struct gm_err *e)
{
	struct plan *plan = m->arg;

	plan->calls++;
	if (plan->answer <= 0)
		return plan->answer ? gm_fail(e, GM_EINPUT, "no plan") : 0;
	if (plan->calls <= plan->rivals)
		GIT("update-ref", REF,
		    GIT("commit-tree", "-m",
			gm_printf(&arena, "rival %d", plan->calls),
			"HEAD^{tree}"));
	assert_ok(gm_notes_commit(to, m, &tree, &m->from, 1, "mine", e));
	return plan->answer;
}

static int swap(struct plan *plan)
{
	return gm_notes_swap(repo, REF, "moved", make, plan, &err);
}

static void test_moves(void **state)
{
	struct plan plan = { .answer = 1 };

	(void)state;
	setup();
	assert_int_equal(swap(&plan), 1);
	assert_int_equal(swap(&plan), 1);
	assert_int_equal(plan.calls, 2);
	assert_string_equal(
		GIT("log", "--format=%s|%an|%ce|%P", "--reverse", REF),
		gm_printf(&arena,
			  "mine|Bob Ray|bob@example.com|\n"
			  "mine|Bob Ray|bob@example.com|%s",
			  GIT("rev-parse", REF "~1")));
}

static void test_tries_again(void **state)
{
	struct plan plan = { .answer = 1, .rivals = 3 };

	(void)state;
	setup();
	assert_int_equal(swap(&plan), 1);
	assert_int_equal(plan.calls, 4);
	assert_string_equal(GIT("log", "--format=%s", REF), "mine\nrival 3");
}

static void test_answers(void **state)
{
	struct plan plan = { .answer = 0 };
	struct gm_oid oid;

	(void)state;
	setup();
	assert_int_equal(swap(&plan), 0);
	assert_int_equal(gm_ref_get(&oid, repo, REF, &err), 0);
	plan.answer = -1;
	assert_failed(swap(&plan), GM_EINPUT, "no plan");
	assert_int_equal(plan.calls, 2);
	put(".git/" REF, "not a ref\n");
	plan.answer = 1;
	assert_failed(swap(&plan), GM_EGIT, "cannot read ref");
	setenv("GIT_QUARANTINE_PATH", in_place(".git/objects"), 1);
	open_repo();
	assert_failed(swap(&plan), GM_EGIT, "nothing is written");
	assert_int_equal(plan.calls, 2);
}

static void test_note_read(void **state)
{
	struct gm_oid blob, on = { { 1 } };
	struct gm_str got;

	(void)state;
	setup();
	assert_ok(gm_blob_write(&blob, repo, GM_STR("a\nb\n"), &err));
	assert_ok(gm_note_read(&got, &arena, repo, &on, &blob, &err));
	assert_str(got, "a\nb\n");
	assert_ok(gm_blob_write(&blob, repo, GM_STR("a\0b\n"), &err));
	assert_failed(gm_note_read(&got, &arena, repo, &on, &blob, &err),
		      GM_EINPUT, "a NUL is in the note on 01000");
}

static void test_extend(void **state)
{
	struct gm_strings lines = { 0 };
	struct gm_buf text = gm_buf(&arena);

	(void)state;
	assert_false(gm_note_extend(&text, &lines));
	*GM_PUSH(&arena, &lines) = "one";
	*GM_PUSH(&arena, &lines) = "two";
	*GM_PUSH(&arena, &lines) = "one";
	assert_true(gm_note_extend(&text, &lines));
	assert_string_equal(text.ptr, "one\ntwo\n");
	assert_false(gm_note_extend(&text, &lines));
	text = gm_buf(&arena);
	gm_buf_puts(&text, "\nold\n\ntwo");
	assert_true(gm_note_extend(&text, &lines));
	assert_string_equal(text.ptr, "\nold\n\ntwo\none\n");
}

GM_UNIT_MAIN(PLACE_TEST(test_moves), PLACE_TEST(test_tries_again),
	     PLACE_TEST(test_answers), PLACE_TEST(test_note_read),
	     PLACE_TEST(test_extend))

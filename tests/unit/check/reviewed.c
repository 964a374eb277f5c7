#include "clone.h"

#include "git/notes.h"

#define DROP "migrations/2_drop/up.sql"

/* An expand that the remote has, and a contract that it has not. */
static void start(struct clone *c)
{
	clone_start(c, SHOP);
	clone_write(c, "migrations/1_add/up.sql", "ALTER TABLE t ADD a int;\n");
	clone_commit(c, "Add\n\nMigration-Phase: expand");
	GIT(c, "remote", "add", "origin", "nowhere");
	GIT(c, "update-ref", "refs/remotes/origin/main", "HEAD");
	clone_write(c, DROP, "ALTER TABLE t DROP b;\n");
	clone_commit(c, "Drop\n\nMigration-Phase: contract");
	GIT(c, "-c", "author.name=Ann", "-c", "author.email=ann@example.com",
	    "commit", "-q", "--amend", "--no-edit", "--reset-author");
	clone_write(c, "migrations/3_more/up.sql",
		    "ALTER TABLE t ADD c int;\n");
	clone_commit(c, "More\n\nMigration-Phase: expand");
}

static void look(struct gm_review *review, struct gm_overview *o,
		 struct gm_oid *tip, struct clone *c)
{
	struct gm_err err;

	assert_int_equal(clone_review(review, c, NULL, NULL, &err), 1);
	assert_ok(gm_rev_commit(tip, c->repo, "HEAD", &err));
	assert_ok(gm_review_people(review, &c->a, c->repo, tip, &err));
	assert_ok(gm_overview_read_by(o, &c->a, c->repo, NULL, &review->policy,
				      &err));
	assert_int_equal(o->n, 3);
}

static void judge(struct gm_review_item *item, struct clone *c,
		  const struct gm_review *review, const struct gm_overview *o,
		  size_t at)
{
	struct gm_err err = GM_ERR_INIT;

	assert_ok(
		gm_review_migration(item, &c->a, c->repo, review, o, at, &err));
	assert_ok(gm_review_prepare(&c->a, review, item, 1, &err));
	assert_ok(gm_review_judge(item, &c->a, review, &err));
}

static void test_migrations(void **state)
{
	struct clone c;
	struct gm_review review;
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_oid tip;

	(void)state;
	start(&c);
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 0);
	assert_true(item.landed);
	assert_int_equal(item.state, GM_REVIEW_LANDED);
	assert_int_equal(item.subject.authors.n, 0);
	assert_string_equal(gm_review_words(&c.a, &item), "landed");

	judge(&item, &c, &review, &o, 1);
	assert_false(item.landed);
	assert_int_equal(item.state, GM_REVIEW_MISSING);
	assert_string_equal(item.kind, "contract");
	assert_string_equal(item.subject.path, DROP);
	assert_string_equal(item.subject.class_, "contract");
	assert_string_equal(item.subject.project, "shop");
	assert_int_equal(item.have, 0);
	assert_int_equal(item.want, 2);
	assert_string_equal(gm_review_words(&c.a, &item), "missing 2 dba");
	/* The author by name and address, and the committer. */
	assert_int_equal(item.subject.authors.n, 4);
	assert_string_equal(item.subject.authors.items[1], "ann@example.com");
	assert_string_equal(item.subject.authors.items[3], "eve@example.com");

	judge(&item, &c, &review, &o, 2);
	assert_int_equal(item.state, GM_REVIEW_NOT_NEEDED);
	assert_null(item.need);
	assert_string_equal(gm_review_words(&c.a, &item), "not needed");
	clone_end(&c);
}

/* A landed one of which a byte differs has not landed. */
static void test_edited(void **state)
{
	struct clone c;
	struct gm_review review;
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_oid tip;

	(void)state;
	start(&c);
	clone_write(&c, "migrations/1_add/up.sql",
		    "ALTER TABLE t ADD x int;\n");
	clone_commit(&c, "Edit");
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 0);
	assert_false(item.landed);
	clone_write(&c, "migrations/1_add/up.sql",
		    "ALTER TABLE t ADD a int;\n");
	clone_write(&c, "migrations/1_add/down.sql", "SELECT 1;\n");
	clone_commit(&c, "Back, and a file more");
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 0);
	assert_false(item.landed);
	clone_end(&c);
}

/* The very files it landed with, each in its place, and no others. */
static void test_exact_files(void **state)
{
	static const char add[] = "ALTER TABLE t ADD a int;\n";
	static const struct {
		const char *from, *to; /* a file moves; to nowhere: it goes */
		bool landed;
	} cases[] = {
		{ NULL, NULL, true },
		{ "migrations/1_add/down.sql", NULL, false },
		{ "migrations/1_add/down.sql", "migrations/1_add/verify.sql",
		  false },
		{ "migrations/1_add", "migrations/4_add", false },
		{ "migrations/1_add/notes.txt", NULL, true },
		{ "migrations/2_drop", "migrations/4_drop", true },
	};

	(void)state;
	for (size_t i = 0; i < GM_COUNT(cases); i++) {
		struct clone c;
		struct gm_review review;
		struct gm_review_item item;
		struct gm_overview o;
		struct gm_oid tip;
		size_t at = 0;

		start(&c);
		clone_write(&c, "migrations/1_add/up.sql", add);
		clone_write(&c, "migrations/1_add/down.sql", "SELECT 1;\n");
		clone_write(&c, "migrations/1_add/notes.txt", "of no account");
		clone_commit(&c, "What has landed");
		GIT(&c, "update-ref", "refs/remotes/origin/main", "HEAD");
		if (cases[i].to)
			GIT(&c, "mv", cases[i].from, cases[i].to);
		else if (cases[i].from)
			GIT(&c, "rm", "-q", cases[i].from);
		clone_commit(&c, "And then");
		look(&review, &o, &tip, &c);
		while (!strstr(o.set->items[at]->id, "_add"))
			at++;
		judge(&item, &c, &review, &o, at);
		if (item.landed != cases[i].landed)
			fail_msg("case %zu", i);
		clone_end(&c);
	}
}

static void test_policy(void **state)
{
	struct clone c;
	struct gm_review review;
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_oid tip;
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	start(&c);
	look(&review, &o, &tip, &c);
	assert_ok(gm_review_policy(&item, &c.a, c.repo, &review, &tip, &err));
	assert_true(item.landed);
	clone_write(&c, ".migrate/allowed_signers", "# nobody\n");
	clone_commit(&c, "Nobody");
	look(&review, &o, &tip, &c);
	assert_ok(gm_review_policy(&item, &c.a, c.repo, &review, &tip, &err));
	assert_false(item.landed);
	assert_null(item.id);
	assert_string_equal(item.kind, "policy");
	assert_int_equal(item.subject.authors.n, 2);
	assert_ok(gm_review_judge(&item, &c.a, &review, &err));
	assert_string_equal(gm_review_words(&c.a, &item), "missing 1 admin");
	clone_end(&c);
}

static void test_bad_line(void **state)
{
	struct clone c;
	struct gm_review review;
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_oid tip;

	(void)state;
	start(&c);
	GIT(&c, "notes", "--ref=migrate/approvals", "add", "-m", "gm1 x",
	    "HEAD:" DROP);
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 1);
	assert_int_equal(item.state, GM_REVIEW_BAD);
	assert_int_equal(item.bad.n_bad, 1);
	assert_non_null(strstr(gm_review_words(&c.a, &item), "no record"));
	clone_end(&c);
}

/* Tickets are listed once each, whatever their records are worth. */
static void test_tickets(void **state)
{
	static const char *const names[] = { "INC-1", "INC-2", "INC-1" };
	struct clone c;
	struct gm_review review;
	struct gm_review_item item;
	struct gm_overview o;
	struct gm_err err = GM_ERR_INIT;
	struct gm_record r;
	struct gm_oid tip;

	(void)state;
	start(&c);
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 1);
	r = (struct gm_record){
		.kind = GM_RECORD_OVERRIDE,
		.project = "shop",
		.path = DROP,
		.digest = item.subject.digest,
		.phase = "contract",
		.class_ = "contract",
		.ref = "refs/heads/main",
		.env = "*",
		.role = "dba",
		.signer = "ann@example.com",
		.until = GM_RECORD_FOREVER,
		.risk = "r",
		.recovery = "r",
		.follow_up = "f",
		.sig_kind = GM_SIG_SSH,
		.sig = GM_STR("none"),
	};
	for (size_t i = 0; i < GM_COUNT(names); i++) {
		r.ticket = names[i];
		assert_ok(gm_record_nonce(&r, &c.a, &err));
		assert_ok(gm_record_append(c.repo, &item.on, &r, &err));
	}
	look(&review, &o, &tip, &c);
	judge(&item, &c, &review, &o, 1);
	assert_int_equal(item.tickets.n, 2);
	for (size_t i = 0; i < item.tickets.n; i++)
		assert_false(item.tickets.items[i].tally.approved);
	assert_int_equal(item.tickets.items[0].tally.n +
				 item.tickets.items[1].tally.n,
			 3);
	assert_int_equal(item.state, GM_REVIEW_MISSING);
	clone_end(&c);
}

static void test_unpushed(void **state)
{
	struct clone c;
	struct gm_review review;
	struct gm_map map;
	struct gm_err err = GM_ERR_INIT;
	char id[GM_SHA256_HEX + 1];

	(void)state;
	start(&c);
	map = gm_map(&c.a);
	assert_int_equal(clone_review(&review, &c, NULL, NULL, &err), 1);
	assert_ok(gm_review_unpushed(&map, &c.a, c.repo, &review,
				     GM_APPROVALS_REF, &err));
	GIT(&c, "notes", "--ref=migrate/approvals", "add", "-m", "one",
	    "HEAD:" DROP);
	/* Nothing to compare with. */
	assert_int_equal(clone_review(&review, &c, NULL, NULL, &err), 1);
	assert_ok(gm_review_unpushed(&map, &c.a, c.repo, &review,
				     GM_APPROVALS_REF, &err));
	assert_int_equal(map.n, 0);
	GIT(&c, "update-ref", "refs/notes/remotes/origin/migrate/approvals",
	    GM_APPROVALS_REF);
	GIT(&c, "notes", "--ref=migrate/approvals", "append", "-m", "two",
	    "HEAD:" DROP);
	assert_int_equal(clone_review(&review, &c, NULL, NULL, &err), 1);
	assert_ok(gm_review_unpushed(&map, &c.a, c.repo, &review,
				     GM_APPROVALS_REF, &err));
	assert_int_equal(map.n, 1);
	gm_sha256_hex(id, GM_STR("two"));
	assert_non_null(gm_map_get(&map, gm_str(id)));
	review.remote = NULL;
	assert_ok(gm_review_unpushed(&map, &c.a, c.repo, &review,
				     GM_APPROVALS_REF, &err));
	clone_end(&c);
}

static void test_overview(void **state)
{
	struct clone c;
	struct gm_overview o;
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	start(&c);
	clone_open(&c);
	assert_ok(gm_overview_read(&o, &c.a, c.repo, NULL, &err));
	assert_ok(gm_review_overview(&o, &c.a, c.repo, &err));
	assert_null(o.items[0].review);
	assert_int_equal(o.items[1].review->state, GM_REVIEW_MISSING);
	assert_int_equal(o.items[2].review->state, GM_REVIEW_NOT_NEEDED);
	assert_non_null(o.open);
	assert_int_equal(o.open->n, 0);
	/* One that cannot be read is left out, and nothing else. */
	GIT(&c, "rm", "-q", DROP);
	assert_int_equal(
		symlink("x", gm_printf(&c.a, "%s/migrations/9", c.dir)), 0);
	clone_write(&c, "migrations/4_x/down.sql", "SELECT 1;\n");
	clone_commit(&c, "Odd");
	clone_open(&c);
	assert_ok(gm_overview_read(&o, &c.a, c.repo, NULL, &err));
	assert_ok(gm_review_overview(&o, &c.a, c.repo, &err));
	for (size_t i = 0; i < o.n; i++)
		assert_true(o.items[i].path.len || !o.items[i].review);
	clone_end(&c);
}

/* A policy that asks for nothing is not asked. */
static void test_overview_without_approvals(void **state)
{
	struct clone c;
	struct gm_overview o;
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	clone_start(&c, "version: 1\nproject: shop\n");
	clone_write(&c, DROP, "ALTER TABLE t DROP b;\n");
	clone_commit(&c, "Drop");
	clone_open(&c);
	assert_ok(gm_overview_read(&o, &c.a, c.repo, NULL, &err));
	assert_ok(gm_review_overview(&o, &c.a, c.repo, &err));
	assert_int_equal(o.n, 1);
	assert_null(o.items[0].review);
	assert_null(o.open);
	clone_end(&c);
}

static void test_words(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_record no = { .signer = "ann@example.com" };
	struct gm_tally_missing missing[] = { { .role = "dba", .count = 2 },
					      { .role = "app", .count = 1 } };
	struct gm_review_item item = { .have = 2, .want = 2 };

	(void)state;
	item.state = GM_REVIEW_APPROVED;
	assert_string_equal(gm_review_words(&a, &item), "approved 2 of 2");
	item.state = GM_REVIEW_REJECTED;
	item.tally.rejected_by = &no;
	assert_string_equal(gm_review_words(&a, &item),
			    "rejected by ann@example.com");
	item.state = GM_REVIEW_MISSING;
	item.tally.missing = missing;
	item.tally.n_missing = 2;
	assert_string_equal(gm_review_words(&a, &item), "missing 2 dba, 1 app");
	for (int i = GM_REVIEW_LANDED; i <= GM_REVIEW_BAD; i++)
		for (int k = GM_REVIEW_LANDED; k < i; k++)
			assert_string_not_equal(
				gm_review_state_name((enum gm_review_state)i),
				gm_review_state_name((enum gm_review_state)k));
	gm_arena_done(&a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_migrations), cmocka_unit_test(test_edited),
	     cmocka_unit_test(test_exact_files), cmocka_unit_test(test_policy),
	     cmocka_unit_test(test_bad_line), cmocka_unit_test(test_tickets),
	     cmocka_unit_test(test_unpushed), cmocka_unit_test(test_overview),
	     cmocka_unit_test(test_overview_without_approvals),
	     cmocka_unit_test(test_words))

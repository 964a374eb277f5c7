#include "approval/approvals.h"

#include "unit/approval/records.h"

static struct gm_follow_ups list;
static struct gm_oid tip; /* of MAIN; zero: not known */

static size_t open_ones(const char *ref)
{
	list = (struct gm_follow_ups){ 0 };
	assert_ok(open_at(NOW, false));
	assert_ok(gm_approvals_follow_ups(&list, ap, ref, &tip, &err));
	return list.n;
}

static struct gm_record override(void)
{
	return record_of(GM_RECORD_OVERRIDE, "cem", "incident-owner");
}

static struct gm_record closing(const char *who, const char *target)
{
	struct gm_record r = record_of(GM_RECORD_CLOSE, who, "incident-owner");

	r.at = NOW - 800;
	r.target = target;
	return r;
}

/* An override that was used a quarter of an hour ago. */
static const char *used(void)
{
	const char *id = add(override());

	land(MAIN, DIGEST("a"), NOW - 900);
	return id;
}

static void test_used(void **state)
{
	const char *id;

	(void)state;
	assert_int_equal(open_ones(MAIN), 0);
	id = add(override());
	assert_int_equal(open_ones(MAIN), 0);
	land("refs/heads/release", DIGEST("a"), NOW - 900);
	land(MAIN, DIGEST("b"), NOW - 900);
	assert_int_equal(open_ones(MAIN), 0);
	assert_int_equal(open_ones("refs/heads/release"), 0);
	land(MAIN, DIGEST("a"), NOW - 900);
	assert_int_equal(open_ones(MAIN), 1);
	assert_string_equal(list.items[0].override->id, id);
	assert_string_equal(list.items[0].override->follow_up, "write it up");
	assert_int_equal(list.items[0].landed_at, NOW - 900);
	assert_int_equal(open_ones("refs/heads/release"), 0);
}

static void test_of_another_project(void **state)
{
	struct gm_record r = override();

	(void)state;
	r.project = "other";
	add(r);
	land(MAIN, DIGEST("a"), NOW - 900);
	assert_int_equal(open_ones(MAIN), 0);
}

static void test_when(void **state)
{
	struct gm_record r = override();

	(void)state;
	r.at = NOW - 2000;
	r.until = NOW - 1000;
	add(r);
	land(MAIN, DIGEST("a"), r.at - GM_CLOCK_SKEW - 1);
	assert_int_equal(open_ones(MAIN), 0);
	/* It is recorded with the next push, where its own broke off. */
	land(MAIN, DIGEST("a"), r.until + DAY);
	assert_int_equal(open_ones(MAIN), 1);
	assert_int_equal(list.items[0].landed_at, r.until + DAY);
	land(MAIN, DIGEST("a"), r.at - GM_CLOCK_SKEW);
	assert_int_equal(open_ones(MAIN), 1);
	assert_int_equal(list.items[0].landed_at, r.at - GM_CLOCK_SKEW);
}

/* What runs in an environment is not seen: it is open from the beginning. */
static void test_of_an_environment(void **state)
{
	struct gm_record r = override();
	const char *id;

	(void)state;
	used();
	r.env = "staging";
	r.nonce = "00000000000000000000000000000000";
	id = add(r);
	assert_int_equal(open_ones(MAIN), 2);
	assert_int_equal(open_ones("refs/heads/release"), 0);
	open_ones(MAIN);
	for (size_t i = 0; i < 2; i++)
		if (!list.items[i].landed_at)
			assert_string_equal(list.items[i].override->id, id);
	r = closing("cem", id);
	r.env = "staging";
	r.at = NOW - 3600 - GM_CLOCK_SKEW - 1;
	add(r);
	assert_int_equal(open_ones(MAIN), 2);
	r.at = NOW - 3600;
	r.sig.len = 0;
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	assert_int_equal(list.items[0].landed_at, NOW - 900);
}

/* The commit that MAIN names then. */
static void commit_as(const char *message)
{
	GIT("commit", "-q", "--allow-empty", "-m", message);
	tip = oid_of(GIT("rev-parse", "HEAD"));
}

static void test_named(void **state)
{
	const char *id = used();

	(void)state;
	commit_as("Drop c\n\nBreak-Glass: OPS-2\nBreak-Glass: XOPS-1");
	assert_int_equal(open_ones(MAIN), 0);
	commit_as("Talk of OPS-1\n\nBreak-Glass: OPS-1\n\nand go on.");
	assert_int_equal(open_ones(MAIN), 0);
	commit_as("Drop c\n\nbreak-glass: OPS-1");
	assert_int_equal(open_ones(MAIN), 1);
	commit_as("Another");
	assert_int_equal(open_ones(MAIN), 1);
	assert_string_equal(list.items[0].override->id, id);
	add(closing("cem", id));
	assert_int_equal(open_ones(MAIN), 0);
}

static void test_named_by_sql(void **state)
{
	(void)state;
	commit_as("Drop c");
	up = a_blob("-- Break-Glass: OPS-1\nDROP TABLE c;\n");
	used();
	assert_int_equal(open_ones(MAIN), 1);
	up = a_blob("-- Break-Glass: OPS-2\nDROP TABLE c;\n");
	used();
	assert_int_equal(open_ones(MAIN), 1);
}

/* The hook that records did not run: the ref has it all the same. */
static void test_not_recorded(void **state)
{
	struct gm_record r = override();

	(void)state;
	put(UP, "ALTER TABLE t DROP c;\n");
	commit_all("Drop c\n\nBreak-Glass: OPS-1");
	commit_as("Another");
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	assert_int_equal(list.items[0].landed_at, r.at);
	/* Other files of it were there before: these came beside. */
	land(MAIN, DIGEST("b"), r.at - GM_CLOCK_SKEW - 1);
	assert_int_equal(open_ones(MAIN), 1);
	/* It was there before. */
	land(MAIN, DIGEST("a"), r.at - DAY);
	assert_int_equal(open_ones(MAIN), 0);
	land("refs/heads/release", DIGEST("a"), r.at);
	assert_int_equal(open_ones(MAIN), 0);
	/* Another one came in its place. */
	r.digest = DIGEST("c");
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	land(MAIN, DIGEST("d"), r.at - GM_CLOCK_SKEW);
	assert_int_equal(open_ones(MAIN), 0);
	/* Other SQL is something else. */
	r.on = up = a_blob("DROP TABLE t;\n");
	add(r);
	assert_int_equal(open_ones(MAIN), 0);
}

static void test_order(void **state)
{
	struct gm_record r = override();

	(void)state;
	used();
	r.on = up = a_blob("another");
	r.digest = DIGEST("c");
	add(r);
	r.nonce = "00000000000000000000000000000000";
	r.sig.len = 0;
	add(r);
	land(MAIN, DIGEST("c"), NOW - 1000);
	assert_int_equal(open_ones(MAIN), 3);
	assert_int_equal(list.items[0].landed_at, NOW - 1000);
	assert_int_equal(list.items[1].landed_at, NOW - 1000);
	assert_int_equal(list.items[2].landed_at, NOW - 900);
}

static void test_closed(void **state)
{
	const char *id = used();

	(void)state;
	add(closing("cem", id));
	assert_int_equal(open_ones(MAIN), 0);
}

static void test_closed_by_admin(void **state)
{
	const char *id = used();

	(void)state;
	add(closing("root", id));
	assert_int_equal(open_ones(MAIN), 0);
}

/* Nobody closes beforehand what is not there yet, by any date. */
static void test_closed_early(void **state)
{
	const char *id = add(override());
	struct gm_record r = closing("cem", id);

	(void)state;
	r.at = NOW - 900 - GM_CLOCK_SKEW - 1;
	add(r);
	assert_int_equal(open_ones(MAIN), 0);
	land(MAIN, DIGEST("a"), NOW - 900);
	assert_int_equal(open_ones(MAIN), 1);
	r.at = NOW + GM_CLOCK_SKEW + 1;
	r.sig.len = 0;
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	r.at = NOW - 900 - GM_CLOCK_SKEW;
	r.sig.len = 0;
	add(r);
	assert_int_equal(open_ones(MAIN), 0);
}

/* Where the landing is not recorded, after the override at least. */
static void test_closed_unrecorded(void **state)
{
	const char *id = add(override());
	struct gm_record r = closing("cem", id);

	(void)state;
	put(UP, "ALTER TABLE t DROP c;\n");
	commit_all("Drop c\n\nBreak-Glass: OPS-1");
	commit_as("Another");
	r.at = override().at - GM_CLOCK_SKEW - 1;
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	add(closing("cem", id));
	assert_int_equal(open_ones(MAIN), 0);
}

static void test_not_closed(void **state)
{
	struct gm_record r;
	const char *id = used(), *other;

	(void)state;
	add(closing("ann", id));
	add(closing("dev", id));
	assert_int_equal(open_ones(MAIN), 1);
	/* Forged. */
	r = closing("cem", id);
	sign_as(&r, "dev");
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	/* Of something else. */
	other = add(override());
	add(closing("cem", other));
	assert_int_equal(open_ones(MAIN), 1);
	assert_string_equal(list.items[0].override->id, id);
	r = closing("cem", id);
	r.ref = "refs/heads/release";
	add(r);
	r = closing("cem", id);
	r.digest = DIGEST("b");
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
	/* Taking it back is no work done. */
	r = record_of(GM_RECORD_REVOKE, "cem", "incident-owner");
	r.target = id;
	add(r);
	assert_int_equal(open_ones(MAIN), 1);
}

/* Whoever leaves leaves the work behind. */
static void test_signer_left(void **state)
{
	const char *id = used();

	(void)state;
	commit_signers(signer("root", ""));
	assert_int_equal(open_ones(MAIN), 1);
	add(closing("root", id));
	assert_int_equal(open_ones(MAIN), 0);
}

/* What they have closed stays closed, though. */
static void test_closer_left(void **state)
{
	const char *id = used();

	(void)state;
	add(closing("cem", id));
	commit_signers(signer("root", ""));
	assert_int_equal(open_ones(MAIN), 0);
	/* No longer in that role, but in force. */
	commit_signers(gm_printf(&arena, "%s%s", signer("root", ""),
				 signer("cem", "")));
	assert_int_equal(open_ones(MAIN), 0);
	read_policy("version: 2\nproject: shop\nroles:\n"
		    "  admin: [root@example.com]\n");
	assert_int_equal(open_ones(MAIN), 1);
}

static void test_closer_expired(void **state)
{
	const char *id = used();

	(void)state;
	add(closing("cem", id));
	commit_signers(signer("cem", "valid-before=\"20261121095000Z\" "));
	assert_int_equal(open_ones(MAIN), 0);
	commit_signers(signer("cem", "valid-before=\"20261121094639Z\" "));
	assert_int_equal(open_ones(MAIN), 1);
	commit_signers(signer("cem", "valid-after=\"20261121100001Z\" "));
	assert_int_equal(open_ones(MAIN), 1);
}

static void test_fetched(void **state)
{
	const char *id = used();

	(void)state;
	make_fetched(GM_OVERRIDES_REF);
	make_fetched(GM_LANDED_REF);
	assert_int_equal(open_ones(MAIN), 0);
	assert_ok(open_at(NOW, true));
	assert_ok(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err));
	assert_int_equal(list.n, 1);
	/* Closed here, and not pushed yet. */
	add(closing("cem", id));
	assert_ok(open_at(NOW, true));
	assert_ok(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err));
	assert_int_equal(list.n, 0);
}

static void test_errors(void **state)
{
	(void)state;
	used();
	GIT("config", "migrate.sshKeygen", in_place("nothing"));
	open_repo();
	/* Without a closing no program is needed. */
	assert_int_equal(open_ones(MAIN), 1);
	add(closing("cem", list.items[0].override->id));
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err),
		      GM_EPROGRAM, "");
	add_line(GM_OVERRIDES_REF, "gm1 override");
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err),
		      GM_EINPUT, "line 3 of the note");
	GIT("update-ref", GM_OVERRIDES_REF, gm_oid_hex(&arena, &policy_commit));
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err),
		      GM_EINPUT, GM_OVERRIDES_REF);
}

static void test_bad_landed(void **state)
{
	(void)state;
	used();
	add_line(GM_LANDED_REF, "x");
	assert_ok(open_at(NOW, false));
	assert_failed(gm_approvals_follow_ups(&list, ap, MAIN, &tip, &err),
		      GM_EINPUT, GM_LANDED_REF);
}

/* What was found out is kept, for each ref apart. */
static void test_once(void **state)
{
	struct gm_follow_ups again;

	(void)state;
	used();
	assert_int_equal(open_ones(MAIN), 1);
	assert_ok(gm_approvals_follow_ups(&again, ap, "refs/heads/x", &tip,
					  &err));
	assert_int_equal(again.n, 0);
	assert_ok(gm_approvals_follow_ups(&again, ap, MAIN, &tip, &err));
	assert_ptr_equal(again.items, list.items);
	assert_int_equal(again.n, 1);
}

static int setup(void **state)
{
	tip = (struct gm_oid){ { 0 } };
	return records_setup(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, place_done)

GM_UNIT_MAIN(CASE(test_used), CASE(test_of_another_project), CASE(test_when),
	     CASE(test_of_an_environment), CASE(test_named),
	     CASE(test_named_by_sql), CASE(test_not_recorded), CASE(test_order),
	     CASE(test_closed), CASE(test_closed_by_admin),
	     CASE(test_closed_early), CASE(test_closed_unrecorded),
	     CASE(test_not_closed), CASE(test_signer_left),
	     CASE(test_closer_left), CASE(test_closer_expired),
	     CASE(test_fetched), CASE(test_errors), CASE(test_bad_landed),
	     CASE(test_once))

#include "db/basebackup.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "db/keeper.h"
#include "place.h"

static const char *first;

static const char *in(const char *dir, const char *name)
{
	return gm_printf(&arena, "%s/%s", dir, name);
}

static struct gm_basebackup backup_to(struct gm_conn *c, const char *name)
{
	struct gm_basebackup b = {
		.conn = c,
		.data = in(gm_server_dir(server), "data"),
		.to = in(gm_server_dir(server), name),
		.log = gm_server_log(server),
	};

	assert_ok(gm_identity_find(&b.who, &arena, &err));
	return b;
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void what_is_in_it(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_basebackup b = backup_to(c, "here");
	struct gm_str label;
	struct stat st;

	(void)state;
	assert_ok(gm_basebackup(&first, &arena, &b, &err));
	assert_ok(gm_file_read(&label, &arena, in(b.to, "backup_label"), 4096,
			       &err));
	assert_non_null(strstr(label.ptr, "START WAL LOCATION: "));
	assert_non_null(strstr(label.ptr, "BACKUP METHOD: streamed"));
	assert_non_null(
		strstr(label.ptr, gm_printf(&arena, "(file %s)", first)));
	assert_int_equal(access(in(b.data, "postmaster.pid"), F_OK), 0);
	assert_int_equal(access(in(b.to, "postmaster.pid"), F_OK), -1);
	assert_int_equal(access(in(b.to, "postmaster.opts"), F_OK), -1);
	assert_int_equal(access(in(b.to, "global/pg_control"), F_OK), 0);
	assert_true(entries(in(b.data, "pg_wal")) > 0);
	assert_int_equal(entries(in(b.to, "pg_wal")), 0);
	assert_int_equal(entries(in(b.to, "base")),
			 entries(in(b.data, "base")));
	assert_int_equal(stat(b.to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(st.st_uid, b.who.uid);
	assert_int_equal(stat(in(b.to, "backup_label"), &st), 0);
	assert_int_equal(st.st_uid, b.who.uid);
	gm_keeper_remove(b.to);
}

static void no_second_in_its_place(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_basebackup b = backup_to(c, "data");

	(void)state;
	assert_int_equal(gm_basebackup(&first, &arena, &b, &err), -1);
	assert_non_null(strstr(err.msg, "cannot make"));
	/* It has not begun: another one can. */
	b = backup_to(c, "second");
	assert_ok(gm_basebackup(&first, &arena, &b, &err));
	gm_keeper_remove(b.to);
}

static void files_that_cannot_be_read(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_basebackup b = backup_to(c, "third");

	(void)state;
	b.data = "/nowhere";
	assert_int_equal(gm_basebackup(&first, &arena, &b, &err), -1);
	assert_non_null(strstr(err.msg, "cannot read '/nowhere'"));
	gm_keeper_remove(b.to);
}

static void a_copy_that_fails(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_basebackup b = backup_to(c, "fifth");
	const char *closed = in(b.data, "closed");

	(void)state;
	assert_ok(gm_file_write(closed, GM_STR("x"), 0, false, &err));
	assert_int_equal(gm_basebackup(&first, &arena, &b, &err), -1);
	assert_non_null(strstr(err.msg, "'cp' failed: cp: "));
	assert_non_null(strstr(err.hint, "Is there room for a copy"));
	unlink(closed);
	gm_keeper_remove(b.to);
}

static void a_server_that_says_no(void **state)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = place_connect("postgres");
	struct gm_basebackup b = backup_to(c, "fourth");

	(void)state;
	assert_script(c, "CREATE ROLE nobody_special; SET ROLE nobody_special");
	assert_int_equal(gm_basebackup(&first, &arena, &b, &err), -1);
	assert_int_equal(err.code, GM_EDB);
	assert_int_equal(entries(b.to), 0);
	gm_keeper_remove(b.to);
}

GM_DB_MAIN(cmocka_unit_test(what_is_in_it),
	   cmocka_unit_test(no_second_in_its_place),
	   cmocka_unit_test(files_that_cannot_be_read),
	   cmocka_unit_test(a_copy_that_fails),
	   cmocka_unit_test(a_server_that_says_no))

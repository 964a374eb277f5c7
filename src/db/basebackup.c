#include "db/basebackup.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#define COPY_MS 3600000

/* Of another server, or not to be there when one starts. */
static bool is_left_out(const char *name)
{
	static const char *const names[] = { ".", "..", "postmaster.pid",
					     "postmaster.opts",
					     "backup_label.old" };

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Directories that are wanted, but not what is in them. */
static bool is_emptied(const char *name)
{
	static const char *const names[] = {
		"pg_dynshmem",  "pg_notify",   "pg_replslot", "pg_serial",
		"pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal",
	};

	for (size_t i = 0; i < GM_COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Copy what is in the data directory. */
static int copy(const struct gm_basebackup *b, struct gm_arena *a,
		struct gm_err *err)
{
	struct gm_strings argv = { NULL };
	struct gm_launch l = { .dir = b->data,
			       .log = b->log,
			       .who = b->who,
			       .on_death = SIGTERM };
	DIR *dir = opendir(b->data);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return gm_fail_errno(err, errno, "cannot read '%s'", b->data);
	*GM_PUSH(a, &argv) = "cp";
	*GM_PUSH(a, &argv) = "-a";
	*GM_PUSH(a, &argv) = "--";
	while (!result && (entry = readdir(dir))) {
		if (is_left_out(entry->d_name))
			continue;
		if (is_emptied(entry->d_name))
			result = gm_identity_mkdir(
				&b->who,
				gm_printf(a, "%s/%s", b->to, entry->d_name),
				err);
		else
			*GM_PUSH(a, &argv) = gm_strdup(a, entry->d_name);
	}
	closedir(dir);
	*GM_PUSH(a, &argv) = b->to;
	*GM_PUSH(a, &argv) = NULL;
	l.argv = argv.items;
	if (!result && gm_launch_run(&l, COPY_MS, err) < 0)
		/* On a full disk its own words may not have found room. */
		result = gm_hint(err, "Is there room for a copy of '%s'?",
				 b->data);
	return result;
}

int gm_basebackup(const char **first, struct gm_arena *a,
		  const struct gm_basebackup *b, struct gm_err *err)
{
	bool old = gm_conn_version(b->conn) < 150000;
	struct gm_rows start, stop;

	if (gm_identity_mkdir(&b->who, b->to, err) < 0 ||
	    gm_conn_row(&start, a, b->conn,
			old ? "SELECT pg_walfile_name(pg_start_backup('drill',"
			      " true, false))"
			    : "SELECT pg_walfile_name(pg_backup_start('drill',"
			      " true))",
			NULL, 0, err) < 0 ||
	    copy(b, a, err) < 0 ||
	    gm_conn_row(&stop, a, b->conn,
			old ? "SELECT labelfile FROM pg_stop_backup(false,"
			      " false)"
			    : "SELECT labelfile FROM pg_backup_stop(false)",
			NULL, 0, err) < 0)
		return -1;
	*first = gm_cell(&start, 0, 0);
	return gm_identity_write(&b->who,
				 gm_printf(a, "%s/backup_label", b->to),
				 gm_str(gm_cell(&stop, 0, 0)), err);
}

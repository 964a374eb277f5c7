#include "db/server.h"

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "db/basebackup.h"
#include "db/binaries.h"
#include "db/keeper.h"
#include "db/launch.h"

#define FIRST_PORT 5432
#define INITDB_MS 120000
#define START_MS 60000
#define STOP_MS 30000
#define RESTORE_MS 3600000
#define ARCHIVE_MS 60000

struct gm_server {
	struct gm_keeper *keeper; /* of the first one; NULL in a restored */
	struct gm_identity who;
	const char *superuser;
	const char *bin, *dir, *log;
	const char *data;   /* the data directory */
	const char *backup; /* the base backup, or NULL */
	int port, version;
	int restored; /* so many were, from this one */
	bool archive;
	pid_t pid;
	struct gm_arena *arena;
	struct gm_server_times times;
};

static void moment(void)
{
	const struct timespec t = { .tv_nsec = 5000000 };

	nanosleep(&t, NULL);
}

static const char *program(const struct gm_server *s, const char *name)
{
	return gm_printf(s->arena, "%s/%s", s->bin, name);
}

static struct gm_launch launch(const struct gm_server *s,
			       const char *const *argv)
{
	return (struct gm_launch){ .argv = argv,
				   .dir = s->dir,
				   .log = s->log,
				   .who = s->who,
				   .on_death = SIGTERM };
}

/* ---- files of the cluster ---- */

static int append(const struct gm_server *s, const char *name,
		  struct gm_str text, struct gm_err *err)
{
	const char *path = gm_printf(s->arena, "%s/%s", s->data, name);
	struct gm_buf b = gm_buf(s->arena);
	struct gm_str old;

	if (gm_file_read(&old, s->arena, path, (size_t)1 << 20, err) < 0)
		return -1;
	gm_buf_str(&b, old);
	gm_buf_str(&b, text);
	return gm_identity_write(&s->who, path, gm_buf_view(&b), err);
}

static int configure(const struct gm_server *s,
		     const struct gm_server_options *o, struct gm_err *err)
{
	struct gm_buf b = gm_buf(s->arena);

	gm_buf_printf(&b,
		      "\nlisten_addresses = ''\n"
		      "unix_socket_directories = '%s'\n"
		      "port = %d\n"
		      "max_connections = 40\n"
		      "fsync = off\n"
		      "full_page_writes = off\n"
		      "wal_level = replica\n"
		      "dynamic_shared_memory_type = mmap\n"
		      "checkpoint_timeout = 1h\n"
		      "max_wal_size = 4GB\n"
		      "autovacuum = off\n"
		      "jit = off\n"
		      "max_logical_replication_workers = 0\n"
		      "log_timezone = 'UTC'\n"
		      "timezone = 'UTC'\n",
		      s->dir, s->port);
	if (s->archive)
		gm_buf_printf(&b,
			      "archive_mode = on\n"
			      "archive_command = 'cp \"%%p\" \"%s/wal/%%f\"'\n",
			      s->dir);
	for (const char *const *line = o->settings; line && *line; line++)
		gm_buf_printf(&b, "%s\n", *line);
	return append(s, "postgresql.conf", gm_buf_view(&b), err);
}

static bool has_locale(const char *name)
{
	locale_t found = newlocale(LC_ALL_MASK, name, (locale_t)0);

	if (!found)
		return false;
	freelocale(found);
	return true;
}

static int initdb(struct gm_server *s, struct gm_err *err)
{
	const bool utf8 = has_locale("C.UTF-8");
	const char *const argv[] = { program(s, "initdb"),
				     "--pgdata",
				     s->data,
				     "--username",
				     s->superuser,
				     "--auth=trust",
				     "--encoding=UTF8",
				     utf8 ? "--locale=C.UTF-8" : "--locale=C",
				     "--wal-segsize=1",
				     "--no-sync",
				     NULL };
	struct gm_launch l = launch(s, argv);
	int64_t from = gm_ticks_ms();

	if (gm_launch_run(&l, INITDB_MS, err) < 0)
		return -1;
	s->times.initdb = gm_ticks_ms() - from;
	return 0;
}

/* ---- starting and stopping ---- */

const char *gm_server_uri(struct gm_arena *a, const struct gm_server *s,
			  const char *user, const char *dbname)
{
	struct gm_buf b = gm_buf(a);
	const char *const values[] = { user ? user : s->superuser, dbname };

	gm_buf_printf(&b, "host=%s hostaddr='' port=%d options=''", s->dir,
		      s->port);
	gm_buf_puts(&b, " target_session_attrs=any channel_binding=prefer"
			" gssencmode=disable");
	for (size_t i = 0; i < GM_COUNT(values); i++) {
		gm_buf_puts(&b, i ? " dbname='" : " user='");
		for (const char *c = values[i]; *c; c++) {
			if (*c == '\'' || *c == '\\')
				gm_buf_putc(&b, '\\');
			gm_buf_putc(&b, *c);
		}
		gm_buf_putc(&b, '\'');
	}
	return b.ptr;
}

int gm_server_connect(struct gm_conn **out, const struct gm_server *s,
		      const char *user, const char *dbname, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	struct gm_conn_options o = { .uri = gm_server_uri(&a, s, user,
							  dbname) };

	return gm_conn_open(out, &o, err);
}

/* It ended by itself: say what it said. */
static int died(const struct gm_server *s, struct gm_err *err)
{
	gm_fail(err, GM_EPROGRAM, "the private PostgreSQL did not start");
	return gm_launch_blame(s->log, err);
}

/* Until it takes connections, and when `replay`, has ended its recovery. */
static int wait_until_open(struct gm_server *s, bool replay, int64_t limit,
			   struct gm_err *err)
{
	int64_t until = gm_ticks_ms() + limit;
	struct gm_err last = GM_ERR_INIT;
	struct gm_rows r;
	int status;

	while (gm_ticks_ms() < until) {
		GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
		GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;

		if (gm_launch_wait(&status, s->pid, 0)) {
			s->pid = 0;
			return died(s, err);
		}
		if (gm_server_connect(&c, s, NULL, "postgres", &last) == 0) {
			s->version = gm_conn_version(c);
			if (!replay)
				return 0;
			if (gm_conn_row(&r, &a, c, "SELECT pg_is_in_recovery()",
					NULL, 0, &last) == 0 &&
			    !gm_cell_bool(&r, 0, 0))
				return 0;
		}
		moment();
	}
	gm_fail(err, GM_EPROGRAM,
		"the private PostgreSQL did not open within %lld seconds: %s",
		(long long)(limit / 1000), last.msg);
	return -1;
}

static int start(struct gm_server *s, bool replay, int64_t limit,
		 struct gm_err *err)
{
	const char *const argv[] = { program(s, "postgres"), "-D", s->data,
				     NULL };
	struct gm_launch l = launch(s, argv);
	int64_t from = gm_ticks_ms();

	l.on_death = SIGQUIT;
	if (gm_launch_start(&s->pid, &l, err) < 0)
		return -1;
	if (wait_until_open(s, replay, limit, err) < 0) {
		struct gm_err ignored = GM_ERR_INIT;

		(void)!gm_server_stop(s, GM_STOP_IMMEDIATE, &ignored);
		return -1;
	}
	s->times.start = gm_ticks_ms() - from;
	return 0;
}

int gm_server_start(struct gm_server *s, struct gm_err *err)
{
	if (s->pid)
		return 0;
	return start(s, false, START_MS, err);
}

/* The children of a process, separated by blanks. */
static struct gm_str children(struct gm_arena *a, pid_t pid)
{
	const char *path = gm_printf(a, "/proc/%ld/task/%ld/children",
				     (long)pid, (long)pid);
	const size_t room = 65536;
	char *text = gm_alloc(a, room);
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file) {
		n = fread(text, 1, room, file);
		fclose(file);
	}
	return (struct gm_str){ text, n };
}

/* Gone, or a zombie, which has no directory any more. */
static bool is_gone(struct gm_arena *a, pid_t pid)
{
	char where[8];

	return readlink(gm_printf(a, "/proc/%ld/cwd", (long)pid), where,
			sizeof(where)) < 0;
}

/* kill -9, also of its children: none may outlive it and hold its memory. */
static void kill_all(pid_t pid)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	int64_t until = gm_ticks_ms() + STOP_MS;
	struct gm_str list, rest, word;
	uint64_t child;

	kill(pid, SIGSTOP);
	list = rest = children(&a, pid);
	kill(pid, SIGKILL);
	while (gm_str_split(&word, &rest, ' '))
		if (gm_str_uint(&child, gm_str_trim(word)) && child > 1)
			kill((pid_t)child, SIGKILL);
	while (gm_str_split(&word, &list, ' '))
		while (gm_str_uint(&child, gm_str_trim(word)) &&
		       !is_gone(&a, (pid_t)child) && gm_ticks_ms() < until)
			moment();
}

int gm_server_stop(struct gm_server *s, enum gm_server_stop how,
		   struct gm_err *err)
{
	int status;

	if (!s->pid)
		return 0;
	if (how == GM_STOP_KILL)
		kill_all(s->pid);
	else
		kill(s->pid, how == GM_STOP_FAST ? SIGINT : SIGQUIT);
	if (!gm_launch_wait(&status, s->pid, STOP_MS)) {
		kill_all(s->pid);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
		s->pid = 0;
		return gm_fail(err, GM_EPROGRAM,
			       "the private PostgreSQL did not stop by itself");
	}
	s->pid = 0;
	return 0;
}

/* ---- the whole ---- */

static int open_all(struct gm_server *s, const struct gm_server_options *o,
		    struct gm_err *err)
{
	struct gm_binaries bin;

	if (gm_binaries_find(&bin, s->arena, o->bin, err) < 0 ||
	    gm_identity_find(&s->who, s->arena, err) < 0 ||
	    gm_keeper_open(&s->keeper, s->arena, &s->who, err) < 0)
		return -1;
	s->bin = bin.dir;
	s->version = bin.version;
	s->dir = gm_keeper_dir(s->keeper);
	s->log = gm_printf(s->arena, "%s/log", s->dir);
	s->data = gm_printf(s->arena, "%s/data", s->dir);
	if (gm_identity_mkdir(&s->who, gm_printf(s->arena, "%s/wal", s->dir),
			      err) < 0 ||
	    initdb(s, err) < 0 || configure(s, o, err) < 0)
		return -1;
	return start(s, false, START_MS, err);
}

int gm_server_open(struct gm_server **out, struct gm_arena *a,
		   const struct gm_server_options *o, struct gm_err *err)
{
	struct gm_server *s = gm_alloc(a, sizeof(*s));

	s->arena = a;
	s->port = FIRST_PORT;
	s->archive = o->archive;
	s->superuser = o->superuser ? o->superuser : "postgres";
	if (open_all(s, o, err) < 0) {
		gm_server_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void gm_server_close(struct gm_server **s)
{
	struct gm_err ignored = GM_ERR_INIT;
	struct gm_server *it = *s;

	if (!it)
		return;
	(void)!gm_server_stop(it, GM_STOP_IMMEDIATE, &ignored);
	if (it->keeper)
		gm_keeper_close(&it->keeper);
	else if (it->data)
		gm_keeper_remove(it->data);
	*s = NULL;
}

const char *gm_server_dir(const struct gm_server *s)
{
	return s->dir;
}

int gm_server_port(const struct gm_server *s)
{
	return s->port;
}

int gm_server_pid(const struct gm_server *s)
{
	return (int)s->pid;
}

const char *gm_server_log(const struct gm_server *s)
{
	return s->log;
}

int gm_server_version(const struct gm_server *s)
{
	return s->version;
}

const struct gm_server_times *gm_server_times(const struct gm_server *s)
{
	return &s->times;
}

/* ---- points in time ---- */

int gm_server_point(const char **lsn, struct gm_arena *a,
		    const struct gm_server *s, const char *name,
		    struct gm_err *err)
{
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_rows r;

	if (gm_server_connect(&c, s, NULL, "postgres", err) < 0 ||
	    gm_conn_row(&r, a, c, "SELECT pg_create_restore_point($1)", &name,
			1, err) < 0)
		return -1;
	*lsn = gm_cell(&r, 0, 0);
	return 0;
}

/* WAL from before a backup restores nothing any more. */
static void forget_wal(const struct gm_server *s, const char *first)
{
	DIR *dir = opendir(gm_printf(s->arena, "%s/wal", s->dir));
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, first) < 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

int gm_server_backup(struct gm_server *s, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	struct gm_basebackup b = { .data = s->data,
				   .to = gm_printf(s->arena, "%s/backup%d",
						   s->dir, s->restored),
				   .log = s->log,
				   .who = s->who };
	int64_t from = gm_ticks_ms();
	const char *first;

	gm_keeper_remove(b.to);
	s->backup = NULL;
	if (gm_server_connect(&c, s, NULL, "postgres", err) < 0)
		return -1;
	b.conn = c;
	if (gm_basebackup(&first, &a, &b, err) < 0)
		return -1;
	forget_wal(s, first);
	s->backup = b.to;
	s->times.backup = gm_ticks_ms() - from;
	return 0;
}

/* Close the segment that is written, and wait until it is in the archive. */
static int archive(const struct gm_server *s, struct gm_err *err)
{
	GM_AUTO(gm_arena_done) struct gm_arena a = GM_ARENA_INIT;
	GM_AUTO(gm_conn_close) struct gm_conn *c = NULL;
	int64_t until = gm_ticks_ms() + ARCHIVE_MS;
	const char *kept, *waiting;
	struct gm_rows r;

	if (gm_server_connect(&c, s, NULL, "postgres", err) < 0 ||
	    gm_conn_row(&r, &a, c, "SELECT pg_walfile_name(pg_switch_wal())",
			NULL, 0, err) < 0)
		return -1;
	kept = gm_printf(&a, "%s/wal/%s", s->dir, gm_cell(&r, 0, 0));
	waiting = gm_printf(&a, "%s/pg_wal/archive_status/%s.ready", s->data,
			    gm_cell(&r, 0, 0));
	while (access(kept, F_OK) < 0 || access(waiting, F_OK) == 0) {
		if (gm_ticks_ms() >= until)
			return gm_fail(err, GM_EPROGRAM,
				       "the private PostgreSQL did not archive"
				       " its WAL");
		moment();
	}
	return 0;
}

static int configure_restore(const struct gm_server *s, const char *wal,
			     const char *name, struct gm_err *err)
{
	struct gm_buf b = gm_buf(s->arena);

	gm_buf_printf(&b,
		      "port = %d\n"
		      "archive_mode = off\n"
		      "restore_command = 'cp \"%s/wal/%%f\" \"%%p\"'\n"
		      "recovery_target_timeline = 'current'\n"
		      "recovery_target_action = 'promote'\n"
		      "recovery_target_name = '",
		      s->port, wal);
	for (; *name; name++) {
		if (*name == '\'')
			gm_buf_putc(&b, '\'');
		gm_buf_putc(&b, *name);
	}
	gm_buf_puts(&b, "'\n");
	if (append(s, "postgresql.auto.conf", gm_buf_view(&b), err) < 0)
		return -1;
	return gm_identity_write(
		&s->who, gm_printf(s->arena, "%s/recovery.signal", s->data),
		GM_STR(""), err);
}

int gm_server_restore(struct gm_server **out, struct gm_arena *a,
		      struct gm_server *s, const char *name, struct gm_err *err)
{
	struct gm_server *new = gm_alloc(a, sizeof(*new));
	int64_t from = gm_ticks_ms();

	if (!s->backup || !s->archive)
		return gm_fail(err, GM_EINPUT,
			       "there is no base backup to"
			       " restore from");
	if (archive(s, err) < 0)
		return -1;
	*new = (struct gm_server){ .who = s->who,
				   .superuser = s->superuser,
				   .bin = s->bin,
				   .dir = s->dir,
				   .data = s->backup,
				   .version = s->version,
				   .arena = a,
				   .times = s->times };
	s->backup = NULL;
	s->restored++;
	new->port = s->port + s->restored;
	new->log = gm_printf(a, "%s/log%d", s->dir, s->restored);
	if (configure_restore(new, s->dir, name, err) < 0 ||
	    start(new, true, RESTORE_MS, err) < 0) {
		gm_server_close(&new);
		return -1;
	}
	s->times.restore = new->times.restore = gm_ticks_ms() - from;
	*out = new;
	return 0;
}

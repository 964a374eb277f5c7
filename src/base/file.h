/*
 * base/file: whole files in and out.
 */
#ifndef GM_BASE_FILE_H
#define GM_BASE_FILE_H

#include "base/err.h"
#include "base/str.h"

/*
 * Read all of a regular file (`path` "-": standard input) of at most `max`
 * bytes; a NUL stands behind the content.  Fails with GM_ENOT_FOUND when
 * there is none, GM_ELIMIT when it is larger, GM_EINPUT for a directory or
 * device, GM_EIO otherwise.
 */
GM_MUST_CHECK
int gm_file_read(struct gm_str *out, struct gm_arena *a, const char *path,
		 size_t max, struct gm_err *err);

/* The same from an open descriptor, which stays open. */
GM_MUST_CHECK
int gm_fd_read(struct gm_str *out, struct gm_arena *a, int fd, size_t max,
	       struct gm_err *err);

/*
 * Write a file as a whole: a temporary file beside it, then a rename.  `mode`
 * as for open(2).  With `keep`, an existing file is left alone and the result
 * is 1.
 */
GM_MUST_CHECK
int gm_file_write(const char *path, struct gm_str content, unsigned mode,
		  bool keep, struct gm_err *err);

/* The length of the path whose temporary file is called so; 0: it is none.  A
   run that is cut off leaves such a file behind. */
size_t gm_file_temporary(const char *name);

/* Make a directory and those above it; existing ones are fine. */
GM_MUST_CHECK
int gm_dir_make(const char *path, struct gm_err *err);

/*
 * Be the only one of those that ask for this directory, until the program
 * ends.  GM_EIO when somebody else still is after ten seconds.  A directory
 * that is not there, or cannot be locked, is nobody's.
 */
GM_MUST_CHECK
int gm_dir_lock(const char *path, struct gm_err *err);

/* Write everything to a descriptor, over short writes and EINTR. */
GM_MUST_CHECK
int gm_fd_write(int fd, struct gm_str content, struct gm_err *err);

#endif
